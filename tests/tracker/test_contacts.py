"""Help contacts: checked by editors, public for as long as the check holds, never forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.makers import NOW, an_initiative
from tracker import contacts, taxonomy
from tracker.errors import BadInput, Conflict, NotAllowed, NotFound
from tracker.model import CONTACT_HOLDS, HelpContact, InitiativeState, Person
from tracker.store import Store

LATER = NOW + timedelta(days=1)


def a_contact(**changes: Any) -> HelpContact:
    good: dict[str, Any] = {
        "country": "CA",
        "subdivision": "CA-QC",
        "names": {"en": "Sample line", "fr": "Ligne d'exemple"},
        "phone": "+1 555 0100",
        "source": "https://line.example.org/",
    }
    return HelpContact.model_validate({**good, **changes})


def test_a_contact_that_an_editor_has_checked_is_part_of_the_next_release(store: Store, ben: Person) -> None:
    contacts.add(store, a_contact(), ben, NOW)

    [public] = store.release_next(LATER, "test").contacts

    assert (public.contact, public.checked_at, public.checked_by) == (a_contact(), NOW, "")


def test_a_check_that_is_too_old_counts_no_more_until_somebody_checks_again(store: Store, ben: Person) -> None:
    made = contacts.add(store, a_contact(), ben, NOW)
    too_late = NOW + CONTACT_HOLDS + timedelta(seconds=1)
    assert store.release_next(too_late, "test").contacts == ()

    contacts.check(store, made.number, made.revision, made.contact, ben, too_late)

    assert [one.checked_at for one in store.release_next(too_late, "test").contacts] == [too_late]


def test_an_analyst_may_not_change_contacts(store: Store, ana: Person, ben: Person) -> None:
    made = contacts.add(store, a_contact(), ben, NOW)

    with pytest.raises(NotAllowed, match="takes the role editor"):
        contacts.add(store, a_contact(), ana, NOW)
    with pytest.raises(NotAllowed, match="takes the role editor"):
        contacts.check(store, made.number, 1, made.contact, ana, NOW)
    with pytest.raises(NotAllowed, match="takes the role editor"):
        contacts.withdraw(store, made.number, 1, ana, NOW, "wrong")
    assert [one.revision for one in store.contact_history(made.number)] == [1]


def test_a_withdrawn_contact_leaves_the_public_and_keeps_its_history(store: Store, ben: Person) -> None:
    made = contacts.add(store, a_contact(), ben, NOW)

    contacts.withdraw(store, made.number, made.revision, ben, LATER, "nobody answers")

    assert store.contacts() == []
    assert store.release_next(LATER, "test").contacts == ()
    history = [(one.withdrawn, one.reason, one.checked_by) for one in store.contact_history(made.number)]
    assert history == [(True, "nobody answers", "Ben"), (False, "", "Ben")]


def test_a_contact_is_withdrawn_for_a_reason(store: Store, ben: Person) -> None:
    made = contacts.add(store, a_contact(), ben, NOW)

    with pytest.raises(BadInput, match="say why"):
        contacts.withdraw(store, made.number, made.revision, ben, NOW, "  ")


def test_who_saves_a_contact_that_somebody_changed_since_is_told(store: Store, ben: Person) -> None:
    made = contacts.add(store, a_contact(), ben, NOW)
    contacts.check(store, made.number, made.revision, a_contact(phone="+1 555 0101"), ben, LATER)

    with pytest.raises(Conflict, match="Ben changed this contact on 2020-05-05"):
        contacts.check(store, made.number, made.revision, a_contact(phone="+1 555 0102"), ben, LATER)

    assert [one.contact.phone for one in store.contacts()] == ["+1 555 0101"]


def test_a_contact_that_does_not_exist_cannot_be_checked(store: Store, ben: Person) -> None:
    with pytest.raises(NotFound, match="no help contact 7"):
        contacts.check(store, 7, 1, a_contact(), ben, NOW)


def test_the_lines_of_a_contact_cannot_be_changed_in_the_database(store: Store, ben: Person) -> None:
    contacts.add(store, a_contact(), ben, NOW)

    for statement in ("UPDATE help_contact SET reason = 'x'", "DELETE FROM help_contact"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.engine.begin() as connection:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"phone": "call me"}, "phone: write a number"),
        ({"phone": "", "url": None}, "a contact needs a telephone number"),
        ({"names": {}}, "names: give a name"),
        ({"subdivision": "FR-75"}, "FR-75 is no part of CA"),
        ({"source": "line.example.org"}, "source: write the whole address"),
        ({"targets": ("martians",)}, "targets: the codebook does not have martians"),
    ],
)
def test_what_cannot_be_called_is_refused_with_what_would_be_right(wrong: dict[str, Any], said: str) -> None:
    given = {**a_contact().model_dump(), **wrong}

    with pytest.raises(BadInput, match=said):
        contacts.drafted(given, taxonomy.load())


def test_a_contact_is_named_in_the_language_of_the_reader_where_it_has_one() -> None:
    assert a_contact().name("fr") == ("fr", "Ligne d'exemple")
    assert a_contact().name("es") == ("en", "Sample line")
    assert a_contact(names={"ar": "خط"}).name("es") == ("ar", "خط")


def test_a_change_of_contacts_or_a_check_that_became_too_old_asks_for_a_release(store: Store, ben: Person) -> None:
    store.release_written(store.release_next(NOW, "test").number, "1", {}, "test")
    assert store.last_release(LATER) == (NOW, False)

    contacts.add(store, a_contact(), ben, LATER)
    assert store.last_release(LATER) == (NOW, True)

    store.release_written(store.release_next(LATER, "test").number, "2", {}, "test")
    assert store.last_release(LATER + CONTACT_HOLDS) == (LATER, False)
    assert store.last_release(LATER + CONTACT_HOLDS + timedelta(seconds=1)) == (LATER, True)


def test_a_number_that_was_withdrawn_is_told_in_every_later_release(store: Store, ana: Person, ben: Person) -> None:
    made = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    states = InitiativeState
    store.move_initiative(made.id, made.revision, [states.DRAFT], states.SECOND_LOOK, ana)
    store.approve_initiative(made.id, made.revision, ben, NOW)
    assert store.release_next(NOW, "test").gone == ()
    store.withdraw_initiative(made.id, ben, LATER, "The source took it back.")

    for _ in range(2):
        release = store.release_next(LATER, "test")
        store.release_written(release.number, "x", {}, "test")
        assert [(one.initiative_id, one.reason) for one in release.gone] == [(made.id, "The source took it back.")]
