"""The rules of what an admin does with accounts, and everybody with their own."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.makers import a_person
from tracker import accounts, people
from tracker.errors import BadInput, Conflict, NotAllowed, NotFound
from tracker.model import Person, Role
from tracker.store import Store
from tracker.store.audit import EventFilter

PASSWORD = "four quiet brown horses"
OTHER = "six loud white geese"


@pytest.fixture
def chloe(store: Store) -> Person:
    return people.add(store, a_person(email="chloe@example.org", name="Chloe", role=Role.ADMIN), PASSWORD, "test")


@pytest.fixture
def dan(store: Store) -> Person:
    return people.add(store, a_person(email="dan@example.org", name="Dan"), PASSWORD, "test")


def test_an_invited_person_has_no_password_until_the_link_is_used(store: Store, chloe: Person, now: datetime) -> None:
    link = accounts.invite(store, chloe, a_person(email="eve@example.org", name="Eve"), now)

    eve = next(one for one in accounts.everybody(store, chloe, now) if one.person.name == "Eve")
    assert (eve.has_password, eve.link_until) == (False, now + timedelta(days=7))
    people.use_link(store, link, PASSWORD, now)
    eve = next(one for one in accounts.everybody(store, chloe, now) if one.person.name == "Eve")
    assert (eve.has_password, eve.link_until, eve.sign_ins, eve.last_seen_at) == (True, None, 1, now)


def test_an_address_is_invited_once(store: Store, chloe: Person, dan: Person, now: datetime) -> None:
    with pytest.raises(BadInput, match="has an account already"):
        accounts.invite(store, chloe, a_person(email=dan.email), now)


def test_a_new_link_ends_the_old_password_and_every_sign_in(
    store: Store, chloe: Person, dan: Person, now: datetime
) -> None:
    token = people.sign_in(store, dan.email, PASSWORD, now)

    link = accounts.new_link(store, chloe, dan.id, now)

    assert people.who(store, token, now) is None
    assert people.sign_in(store, dan.email, PASSWORD, now) is None
    assert people.who(store, people.use_link(store, link, OTHER, now), now) == dan


def test_who_is_switched_off_gets_no_link(store: Store, chloe: Person, dan: Person, now: datetime) -> None:
    accounts.switch_off(store, chloe, dan.id)

    with pytest.raises(Conflict, match="switch the account on first"):
        accounts.new_link(store, chloe, dan.id, now)


def test_a_role_counts_from_the_next_action_on(store: Store, chloe: Person, dan: Person, now: datetime) -> None:
    token = people.sign_in(store, dan.email, PASSWORD, now)

    accounts.give_role(store, chloe, dan.id, Role.EDITOR)

    person = people.who(store, token, now)
    assert person is not None
    assert person.role is Role.EDITOR


def test_the_last_admin_can_neither_step_down_nor_be_switched_off(store: Store, chloe: Person, dan: Person) -> None:
    with pytest.raises(Conflict, match="last admin"):
        accounts.give_role(store, chloe, chloe.id, Role.EDITOR)
    with pytest.raises(Conflict, match="last admin"):
        accounts.switch_off(store, chloe, chloe.id)

    accounts.give_role(store, chloe, dan.id, Role.ADMIN)
    accounts.give_role(store, chloe, chloe.id, Role.EDITOR)

    assert {one.email: one.role for one in store.people()} == {chloe.email: Role.EDITOR, dan.email: Role.ADMIN}


def test_an_account_that_is_switched_on_again_lets_in(store: Store, chloe: Person, dan: Person, now: datetime) -> None:
    accounts.switch_off(store, chloe, dan.id)
    accounts.switch_on(store, chloe, dan.id)

    assert people.sign_in(store, dan.email, PASSWORD, now) is not None


def test_people_see_and_end_their_own_sign_ins_one_by_one_or_all_others(
    store: Store, chloe: Person, dan: Person, now: datetime
) -> None:
    tokens = [people.sign_in(store, dan.email, PASSWORD, now, browser=name) or "" for name in ("Firefox", "Chrome", "")]
    assert {one.browser for one in accounts.sign_ins(store, dan, dan.id, now)} == {"Firefox", "Chrome", ""}

    accounts.end_sign_in(store, dan, people.hidden(tokens[0]))
    assert [people.who(store, token, now) is not None for token in tokens] == [False, True, True]
    assert accounts.end_sign_ins(store, dan, dan.id, but=people.hidden(tokens[1])) == 1
    assert [people.who(store, token, now) is not None for token in tokens] == [False, True, False]
    with pytest.raises(NotAllowed):
        accounts.end_sign_in(store, dan, people.hidden(tokens[0]))  # it is nobody's any more
    with pytest.raises(NotFound, match="ended already"):
        accounts.end_sign_in(store, chloe, people.hidden(tokens[0]))


def test_an_admin_sees_and_ends_the_sign_ins_of_others_and_nobody_else_does(
    store: Store, chloe: Person, dan: Person, now: datetime
) -> None:
    mine = people.sign_in(store, chloe.email, PASSWORD, now) or ""
    theirs = people.sign_in(store, dan.email, PASSWORD, now) or ""

    with pytest.raises(NotAllowed):
        accounts.sign_ins(store, dan, chloe.id, now)
    with pytest.raises(NotAllowed):
        accounts.end_sign_in(store, dan, people.hidden(mine))
    with pytest.raises(NotAllowed):
        accounts.end_sign_ins(store, dan, chloe.id)
    accounts.end_sign_ins(store, chloe, dan.id)

    assert people.who(store, theirs, now) is None
    assert people.who(store, mine, now) == chloe


def test_sign_ins_that_were_idle_too_long_are_not_listed(store: Store, dan: Person, now: datetime) -> None:
    people.sign_in(store, dan.email, PASSWORD, now)

    assert len(accounts.sign_ins(store, dan, dan.id, now + timedelta(minutes=59))) == 1
    assert accounts.sign_ins(store, dan, dan.id, now + timedelta(minutes=61)) == []


def test_ones_own_password_is_changed_with_the_old_one_and_everywhere_else_ends(
    store: Store, dan: Person, now: datetime
) -> None:
    before = people.sign_in(store, dan.email, PASSWORD, now)

    token = accounts.change_password(store, dan, PASSWORD, OTHER, now)

    assert people.who(store, before, now) is None
    assert people.who(store, token, now) == dan
    assert people.sign_in(store, dan.email, OTHER, now) is not None


def test_whoever_sits_down_at_an_open_desk_cannot_guess_the_password_there(
    store: Store, dan: Person, now: datetime
) -> None:
    for _ in range(3):
        with pytest.raises(NotAllowed, match="not your password"):
            accounts.change_password(store, dan, "wrong", OTHER, now)

    with pytest.raises(NotAllowed):
        accounts.change_password(store, dan, PASSWORD, OTHER, now)


@pytest.mark.parametrize(("new", "sentence"), [("short", "12 characters"), (PASSWORD, "is the old one")])
def test_a_new_password_is_new_and_strong(store: Store, dan: Person, now: datetime, new: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        accounts.change_password(store, dan, PASSWORD, new, now)


def test_the_language_is_kept(store: Store, dan: Person) -> None:
    accounts.choose_language(store, dan, "fr")

    assert store.person(dan.id).language == "fr"
    with pytest.raises(BadInput):
        accounts.choose_language(store, dan, "tlh")


def test_a_forgotten_identity_is_signed_out_and_links_anew(
    store: Store, chloe: Person, dan: Person, now: datetime
) -> None:
    known = people.Proven(issuer="https://login.example.org", subject="7", email=dan.email, email_verified=True)
    token = people.let_in_as(store, known, now)

    accounts.forget_identity(store, chloe, dan.id)

    assert people.who(store, token, now) is None
    assert people.let_in_as(store, known.but(subject="8"), now)


def test_the_audit_is_found_by_who_what_whom_and_when(store: Store, chloe: Person, dan: Person, now: datetime) -> None:
    people.sign_in(store, dan.email, PASSWORD, now)
    accounts.give_role(store, chloe, dan.id, Role.EDITOR)
    today = store.events(limit=1)[0].at

    def found(limit: int = 10, offset: int = 0, **wanted: object) -> list[str]:
        return [event.what for event in accounts.audit(store, chloe, EventFilter.model_validate(wanted), limit, offset)]

    assert found(who=chloe.email) == ["person changed"]
    assert found(subject="person", subject_id=str(dan.id)) == ["person changed", "signed in", "person added"]
    assert found(what="signed in") == ["signed in"]
    assert found(since=today + timedelta(seconds=1)) == []
    assert found(before=today + timedelta(seconds=1), limit=2) == ["person changed", "signed in"]
    assert found(limit=2, offset=2) == ["person added", "person added"]
    assert "signed in" in store.audited("what")
