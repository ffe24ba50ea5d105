"""The second look: two people for everything, what could hurt somebody, publishing at once, checks that come due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tests.makers import HOUR, NOW, a_decision, a_person, an_entry, an_initiative
from tracker import intake, review, second_look
from tracker.errors import BadInitiative, Conflict, IncompleteDecision, NotAllowed, NotFound
from tracker.model import InitiativeState, Person, Record, Role, RoughDate, Source, Wording
from tracker.safety import REASONS, Finding, Kind
from tracker.store import PublicStore, Store
from tracker.store.engine import MIGRATIONS
from tracker.store.second_looks import FieldVerdict
from tracker.taxonomy import Taxonomy

LANGUAGES = ("en", "fr", "es")
RISKY = {"en": Wording(title="A new shelter", summary="The shelter opened at 48 Maple Grove Road.")}


@pytest.fixture
def carl(store: Store) -> Person:
    return store.add_person(a_person(email="carl@example.org", name="Carl", role=Role.EDITOR), "no hash", "test")


@pytest.fixture
def draft(store: Store, source: Source, taxonomy: Taxonomy, ana: Person, now: datetime) -> Record:
    """A complete draft by Ana, made from an item."""
    [item_id] = intake.take_in(store, source, [an_entry()], now).new_ids
    made = review.decide(store, taxonomy, ana, a_decision(item_id=item_id, person_id=ana.id))
    return review.save(store, taxonomy, ana, made.initiative_id or 0, 1, an_initiative(), now, "coded")


@pytest.fixture
def waiting(store: Store, draft: Record, ana: Person, now: datetime) -> Record:
    return review.submit(store, ana, draft.id, draft.revision, LANGUAGES, now)


@pytest.fixture
def risky(store: Store, taxonomy: Taxonomy, draft: Record, ana: Person, now: datetime) -> Record:
    """One that tells where a shelter is, waiting for its second look."""
    saved = review.save(store, taxonomy, ana, draft.id, draft.revision, an_initiative(wordings=RISKY), now)
    return review.submit(store, ana, saved.id, saved.revision, LANGUAGES, now)


def approved(store: Store, record: Record, ben: Person, now: datetime = NOW) -> Record:
    return second_look.approve(store, ben, record.id, record.revision, now)


@pytest.fixture
def door(store: Store) -> Iterator[PublicStore]:
    """What the public sees, through its own door."""
    opened = PublicStore(store.url)
    yield opened
    opened.close()


def the_finding(store: Store, record: Record) -> Finding:
    [finding] = second_look.findings(store, record)
    return finding


# -------------------------------------------------------------------------------------------------- fields and talk


def test_a_field_that_is_marked_wrong_keeps_the_revision_from_the_public(
    store: Store, waiting: Record, ben: Person, carl: Person, now: datetime
) -> None:
    second_look.comment(
        store, carl, waiting.id, waiting.revision, "title_en", FieldVerdict.WRONG, "not in the source", now
    )

    with pytest.raises(BadInitiative, match="title_en: Carl finds it wrong"):
        approved(store, waiting, ben)
    second_look.comment(store, carl, waiting.id, waiting.revision, "title_en", FieldVerdict.FINE, "", now)

    assert approved(store, waiting, ben).state is InitiativeState.APPROVED


def test_a_verdict_belongs_to_the_revision_that_was_read(
    store: Store, taxonomy: Taxonomy, waiting: Record, ana: Person, ben: Person, now: datetime
) -> None:
    second_look.comment(store, ben, waiting.id, waiting.revision, "start", FieldVerdict.WRONG, "in May", now)
    mended = review.save(
        store, taxonomy, ana, waiting.id, waiting.revision, an_initiative(start=RoughDate.parse("2020-05")), now
    )

    assert second_look.marked_wrong(store, mended) == []
    with pytest.raises(Conflict):
        second_look.comment(store, ben, waiting.id, waiting.revision, "start", FieldVerdict.FINE, "", now)
    assert [one.text for one in store.field_comments(waiting.id)] == ["in May"]


@pytest.mark.parametrize("verdict", [FieldVerdict.DOUBT, FieldVerdict.WRONG])
def test_a_doubt_says_what_about(
    store: Store, waiting: Record, ben: Person, now: datetime, verdict: FieldVerdict
) -> None:
    with pytest.raises(IncompleteDecision, match="start: say what is"):
        second_look.comment(store, ben, waiting.id, waiting.revision, "start", verdict, " ", now)


def test_nobody_judges_the_fields_that_they_wrote(store: Store, waiting: Record, ana: Person, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        second_look.comment(store, ana, waiting.id, waiting.revision, "start", FieldVerdict.FINE, "", now)


def test_a_field_that_does_not_exist_is_named(store: Store, waiting: Record, ben: Person, now: datetime) -> None:
    with pytest.raises(NotFound, match="'colour'"):
        second_look.comment(store, ben, waiting.id, waiting.revision, "colour", FieldVerdict.FINE, "", now)


def test_fields_that_are_wrong_are_reason_enough_to_send_it_back(
    store: Store, waiting: Record, ben: Person, now: datetime
) -> None:
    second_look.comment(store, ben, waiting.id, waiting.revision, "start", FieldVerdict.WRONG, "it began in May", now)

    second_look.send_back(store, ben, waiting.id, waiting.revision, "")

    assert store.events("initiative", waiting.id)[0].after == {"state": "draft", "note": "start: it began in May"}


def test_the_conversation_keeps_who_said_what_and_when(
    store: Store, waiting: Record, ana: Person, ben: Person, now: datetime
) -> None:
    second_look.say(store, ben, waiting.id, "Is it open to men?", now)
    second_look.say(store, ana, waiting.id, "Yes, to all.", now + HOUR)

    said = [(one.person, one.text, one.at) for one in store.messages(waiting.id)]
    assert said == [("Ben", "Is it open to men?", now), ("Ana", "Yes, to all.", now + HOUR)]


@pytest.mark.parametrize("table", ["field_comment", "initiative_message", "safety_confirmation", "initiative_act"])
def test_what_a_second_look_left_on_record_can_only_grow(
    store: Store, risky: Record, ben: Person, now: datetime, table: str
) -> None:
    second_look.comment(store, ben, risky.id, risky.revision, "start", FieldVerdict.FINE, "", now)
    second_look.say(store, ben, risky.id, "Fine.", now)
    finding = the_finding(store, risky)
    second_look.confirm(store, ben, risky.id, risky.revision, finding, "not_a_shelter", now)
    approved(store, risky, ben)

    rows = sa.table(table, sa.column("id"))
    for act in (sa.update(rows).values(id=99), sa.delete(rows)):
        with (
            pytest.raises((sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.InternalError), match="append-only"),
            store.writing() as db,
        ):
            db.execute(act)


# ------------------------------------------------------------------------------------------ what could hurt somebody


def test_what_could_hurt_somebody_is_confirmed_by_another_person_before_it_is_public(
    store: Store, door: PublicStore, risky: Record, ben: Person, now: datetime
) -> None:
    finding = the_finding(store, risky)

    with pytest.raises(BadInitiative, match=r"summary_en: '48 Maple Grove Road' could hurt somebody"):
        approved(store, risky, ben)
    second_look.confirm(store, ben, risky.id, risky.revision, finding, "public_office", now)
    approved(store, risky, ben)

    [kept] = store.confirmations(risky.id)
    assert (kept.person, kept.words, kept.because) == ("Ben", "48 Maple Grove Road", "public_office")
    assert door.one(risky.id).revision == risky.revision


def test_nobody_confirms_what_they_wrote(store: Store, risky: Record, ana: Person, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        second_look.confirm(store, ana, risky.id, risky.revision, the_finding(store, risky), "not_a_shelter", now)


def test_the_database_itself_refuses_a_confirmation_by_the_writer(
    store: Store, risky: Record, ana: Person, ben: Person, now: datetime
) -> None:
    second_look.confirm(store, ben, risky.id, risky.revision, the_finding(store, risky), "not_a_shelter", now)
    [kept] = store.confirmations(risky.id)

    with pytest.raises(sa.exc.IntegrityError):
        store.add_confirmation(kept.but(person_id=ana.id), ana)


def test_a_changed_text_is_asked_again(
    store: Store, taxonomy: Taxonomy, risky: Record, ana: Person, ben: Person, now: datetime
) -> None:
    second_look.confirm(store, ben, risky.id, risky.revision, the_finding(store, risky), "not_a_shelter", now)
    longer = {"en": RISKY["en"].but(summary=f"{RISKY['en'].summary} It has twelve beds.")}

    other_field = an_initiative(wordings=RISKY, locality="Laval")
    same_text = review.save(store, taxonomy, ana, risky.id, risky.revision, other_field, now)
    assert second_look.unconfirmed(store, same_text) == []
    changed = review.save(store, taxonomy, ana, risky.id, same_text.revision, an_initiative(wordings=longer), now)

    assert [one.words for one in second_look.unconfirmed(store, changed)] == ["48 Maple Grove Road"]


def test_who_confirmed_and_then_wrote_on_has_confirmed_their_own(
    store: Store, taxonomy: Taxonomy, risky: Record, ben: Person, now: datetime
) -> None:
    second_look.confirm(store, ben, risky.id, risky.revision, the_finding(store, risky), "not_a_shelter", now)

    by_ben = review.save(
        store, taxonomy, ben, risky.id, risky.revision, an_initiative(wordings=RISKY, locality="X"), now
    )

    assert len(second_look.unconfirmed(store, by_ben)) == 1


def test_a_confirmation_takes_a_reason_that_fits_and_words_that_are_there(
    store: Store, risky: Record, ben: Person, now: datetime
) -> None:
    finding = the_finding(store, risky)

    with pytest.raises(IncompleteDecision, match="not_a_shelter, public_office"):
        second_look.confirm(store, ben, risky.id, risky.revision, finding, "help_line", now)
    other = finding.but(words="1 Elm Street")
    with pytest.raises(NotFound, match="'1 Elm Street'"):
        second_look.confirm(store, ben, risky.id, risky.revision, other, "not_a_shelter", now)


def test_each_kind_has_reasons_for_which_it_hurts_nobody() -> None:
    assert set(REASONS) == set(Kind)
    assert all(REASONS.values())


# ------------------------------------------------------------------------------------------------ publishing at once


def test_an_editor_publishes_a_draft_at_once_with_a_reason_and_it_is_marked(
    store: Store, door: PublicStore, draft: Record, ben: Person, now: datetime
) -> None:
    with pytest.raises(IncompleteDecision, match="say why"):
        second_look.publish_at_once(store, ben, draft.id, draft.revision, " ", now)
    record = second_look.publish_at_once(store, ben, draft.id, draft.revision, "the line opens tonight", now)

    assert (record.urgent_reason, record.look_due_at) == ("the line opens tonight", now + timedelta(days=7))
    assert [one.id for one in store.looks_due()] == [draft.id]
    assert store.events("initiative", draft.id)[0].what == "initiative published urgently"
    seen = door.one(draft.id)
    assert seen.verified_at is None


def test_urgent_or_not_the_writer_does_not_publish_alone(
    store: Store, taxonomy: Taxonomy, draft: Record, ben: Person, now: datetime
) -> None:
    by_ben = review.save(store, taxonomy, ben, draft.id, draft.revision, an_initiative(locality="Laval"), now)

    with pytest.raises(NotAllowed, match="somebody else"):
        second_look.publish_at_once(store, ben, draft.id, by_ben.revision, "tonight", now)
    with pytest.raises(sa.exc.IntegrityError):
        store.approve_initiative(draft.id, by_ben.revision, ben, now, urgent="tonight", look_due_at=now)


def test_only_editors_publish_at_once(store: Store, draft: Record, now: datetime) -> None:
    dana = store.add_person(a_person(email="dana@example.org", name="Dana"), "no hash", "test")

    with pytest.raises(NotAllowed, match="takes the role editor"):
        second_look.publish_at_once(store, dana, draft.id, draft.revision, "tonight", now)


def test_what_is_urgent_is_still_asked_whom_it_could_hurt(
    store: Store, risky: Record, ben: Person, now: datetime
) -> None:
    with pytest.raises(BadInitiative, match="could hurt somebody"):
        second_look.publish_at_once(store, ben, risky.id, risky.revision, "tonight", now)


def test_what_is_urgent_needs_no_title_in_a_public_language(
    store: Store, taxonomy: Taxonomy, draft: Record, ana: Person, ben: Person, now: datetime
) -> None:
    content = an_initiative(wordings={"pt": Wording(title="Linha de apoio")})
    saved = review.save(store, taxonomy, ana, draft.id, draft.revision, content, now)

    record = second_look.publish_at_once(store, ben, saved.id, saved.revision, "tonight", now)

    assert record.state is InitiativeState.APPROVED


def test_the_mark_of_urgency_has_a_reason_in_the_database(store: Store, waiting: Record, ben: Person) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        store.approve_initiative(waiting.id, waiting.revision, ben, NOW, look_due_at=NOW)


def test_the_later_look_is_a_third_persons_and_only_then_the_public_reads_when_it_was_verified(
    store: Store, door: PublicStore, draft: Record, ana: Person, ben: Person, carl: Person, now: datetime
) -> None:
    second_look.publish_at_once(store, ben, draft.id, draft.revision, "tonight", now)

    for one in (ana, ben):
        with pytest.raises(NotAllowed, match="for a third"):
            second_look.look_later(store, one, draft.id, now)
    record = second_look.look_later(store, carl, draft.id, now + HOUR)

    assert (record.urgent_reason, record.look_due_at) == ("", None)
    assert store.looks_due() == []
    assert door.one(draft.id).verified_at == now + HOUR
    with pytest.raises(Conflict, match="no later look is due"):
        second_look.look_later(store, carl, draft.id, now)


def test_a_full_second_look_at_the_next_revision_clears_the_mark(
    store: Store, taxonomy: Taxonomy, draft: Record, ana: Person, ben: Person, now: datetime
) -> None:
    record = second_look.publish_at_once(store, ben, draft.id, draft.revision, "tonight", now)
    edited = review.save(store, taxonomy, ana, record.id, record.revision, an_initiative(locality="Laval"), now)
    sent = review.submit(store, ana, edited.id, edited.revision, LANGUAGES, now)

    assert approved(store, sent, ben).look_due_at is None


# ------------------------------------------------------------------------------------------------------------- undo


def test_an_approval_is_taken_back_and_the_public_sees_what_it_saw(
    store: Store, door: PublicStore, taxonomy: Taxonomy, waiting: Record, ana: Person, ben: Person, now: datetime
) -> None:
    first = approved(store, waiting, ben)
    before = door.one(first.id)
    edited = review.save(store, taxonomy, ana, first.id, first.revision, an_initiative(locality="Laval"), now)
    sent = review.submit(store, ana, edited.id, edited.revision, LANGUAGES, now)
    approved(store, sent, ben, now + HOUR)

    act = store.acts(first.id)[0]
    record = second_look.take_back(store, ben, act.id, "too early", now + 2 * HOUR)

    assert (record.state, record.approved_revision) == (InitiativeState.SECOND_LOOK, first.revision)
    assert door.one(first.id) == before
    assert [change.what for change in door.history(first.id)] == ["changed", "changed", "added"]


def test_a_first_approval_that_is_taken_back_leaves_the_public_without_it_and_says_why(
    store: Store, door: PublicStore, waiting: Record, ana: Person, ben: Person, now: datetime
) -> None:
    approved(store, waiting, ben)

    with pytest.raises(NotAllowed):
        second_look.take_back(store, ana, store.acts(waiting.id)[0].id, "mine", now)
    second_look.take_back(store, ben, store.acts(waiting.id)[0].id, "wrong button", now)

    assert door.withdrawn(waiting.id)
    assert door.history(waiting.id)[0].reason == "wrong button"
    assert store.record(waiting.id).state is InitiativeState.SECOND_LOOK


def test_an_approval_that_a_release_holds_is_not_taken_back(
    store: Store, waiting: Record, ben: Person, now: datetime
) -> None:
    approved(store, waiting, ben)
    release = store.release_next(now + HOUR, "test")
    store.release_written(release.number, "releases/1", {}, "test")

    with pytest.raises(Conflict, match="release 1 holds it"):
        second_look.take_back(store, ben, store.acts(waiting.id)[0].id, "wrong button", now)


def test_an_approval_on_which_somebody_wrote_is_not_taken_back(
    store: Store, taxonomy: Taxonomy, waiting: Record, ana: Person, ben: Person, now: datetime
) -> None:
    record = approved(store, waiting, ben)
    review.save(store, taxonomy, ana, record.id, record.revision, an_initiative(locality="Laval"), now)

    with pytest.raises(Conflict, match="is at revision"):
        second_look.take_back(store, ben, store.acts(waiting.id)[0].id, "wrong button", now)


def test_a_withdrawal_is_taken_back_by_an_editor_to_the_same_revision(
    store: Store, door: PublicStore, waiting: Record, ana: Person, ben: Person, now: datetime
) -> None:
    approved(store, waiting, ben)
    before = door.one(waiting.id)
    second_look.withdraw(store, ben, waiting.id, "wrong number", now)
    act = store.acts(waiting.id)[0]

    with pytest.raises(NotAllowed):
        second_look.take_back(store, ana, act.id, "it was right", now)
    second_look.take_back(store, ben, act.id, "it was right", now + HOUR)

    assert door.one(waiting.id) == before
    assert [change.what for change in door.history(waiting.id)] == ["restored", "withdrawn", "added"]
    with pytest.raises(Conflict, match="taken back already"):
        second_look.take_back(store, ben, act.id, "again", now)


# ------------------------------------------------------------------------------------------------------------- time


def test_an_approved_initiative_is_to_be_checked_in_sixty_days_unless_it_has_ended() -> None:
    today = date(2020, 5, 4)

    assert second_look.next_check("active", today) == date(2020, 7, 3)
    assert second_look.next_check("ended", today) is None


def test_what_is_still_so_is_told_to_the_public_and_comes_due_again(
    store: Store, door: PublicStore, waiting: Record, ana: Person, ben: Person, now: datetime
) -> None:
    approved(store, waiting, ben)
    later = now + timedelta(days=61)
    assert store.checks_due(now.date()) == []
    assert [one.id for one in store.checks_due(later.date())] == [waiting.id]

    record = second_look.still_so(store, ana, waiting.id, later)

    assert store.checks_due(later.date()) == []
    assert (record.last_verified_at, record.next_check_on) == (later, later.date() + timedelta(days=60))
    assert door.one(waiting.id).verified_at == later


def test_while_a_later_look_is_due_nobody_says_that_it_is_still_so(
    store: Store, draft: Record, ana: Person, ben: Person, now: datetime
) -> None:
    second_look.publish_at_once(store, ben, draft.id, draft.revision, "tonight", now)

    with pytest.raises(Conflict, match="full look first"):
        second_look.still_so(store, ana, draft.id, now)


def test_what_has_ended_waits_for_a_second_look_with_its_date(
    store: Store, taxonomy: Taxonomy, waiting: Record, ana: Person, ben: Person, now: datetime
) -> None:
    record = approved(store, waiting, ben)

    sent = second_look.ended(
        store, taxonomy, ana, record.id, record.revision, RoughDate.parse("2020-05"), LANGUAGES, now
    )

    assert (sent.state, sent.initiative.status, str(sent.initiative.end)) == (
        InitiativeState.SECOND_LOOK,
        "ended",
        "2020-05",
    )
    assert approved(store, sent, ben).next_check_on is None


def test_the_day_of_the_next_check_can_be_set(store: Store, waiting: Record, ana: Person, ben: Person) -> None:
    approved(store, waiting, ben)

    second_look.check_on(store, ana, waiting.id, date(2020, 5, 10))

    assert [one.id for one in store.checks_due(date(2020, 5, 10))] == [waiting.id]


def test_what_was_public_before_checks_were_kept_comes_due_like_any_other(
    store: Store, waiting: Record, ben: Person
) -> None:
    approved(store, waiting, ben)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.engine.connect() as plain:
        connection = plain.execution_options(writes=True)
        config.attributes["connection"] = connection
        with connection.begin():
            command.downgrade(config, "0018")

    store.upgrade()

    record = store.record(waiting.id)
    assert (record.last_verified_at, record.next_check_on) == (NOW, date(2020, 7, 3))
