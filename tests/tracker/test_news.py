"""What people are told of what others did, and what the feed says happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.makers import a_decision, a_person, a_source, an_entry, an_initiative, asked
from tracker import intake, review, second_look, tasks
from tracker.conduct import Condition, Conduct
from tracker.model import EvidenceRole, Fetch, Outcome, Person, Record, Role, Source, Verdict
from tracker.store import Store
from tracker.store.audit import Event
from tracker.taxonomy import Taxonomy

# The audit notes when something was written down, so these tests live now.
NOW = datetime.now(UTC)


@pytest.fixture
def record(store: Store, source: Source, ana: Person) -> Record:
    """An initiative of Ana's with its evidence."""
    intake.take_in(store, source, [an_entry()], NOW)
    made = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    store.add_evidence(made.id, 1, ana, NOW, EvidenceRole.PRIMARY)
    return made


def told(store: Store, person: Person) -> list[str]:
    return [one.what for one in store.notices(person, datetime.now(UTC)) if not one.read]


def unread(store: Store, person: Person) -> int:
    return store.unread_notices(person, datetime.now(UTC))


def test_whoever_is_assigned_something_is_told_with_the_note(
    store: Store, record: Record, ana: Person, ben: Person
) -> None:
    due = (NOW + timedelta(days=2)).date()
    tasks.assign(store, ana, "initiative", [record.id], ben.id, NOW, due_on=due, note="please")
    tasks.assign(store, ana, "item", [1], ben.id, NOW)

    item, initiative = store.notices(ben, datetime.now(UTC))

    assert (item.what, item.kind, item.subject, item.title) == ("assigned", "item", "1", an_entry().title)
    assert (initiative.note, initiative.due_on, initiative.by) == ("please", due, ana.email)
    assert told(store, ana) == []
    assert unread(store, ben) == 2


def test_what_one_does_oneself_is_no_news(store: Store, record: Record, ana: Person) -> None:
    tasks.assign(store, ana, "initiative", [record.id], ana.id, NOW)
    review.submit(store, ana, record.id, 1, ("en",), NOW)

    assert told(store, ana) == []


def test_a_second_look_is_asked_of_everybody_but_the_author_until_it_was_taken(
    store: Store, record: Record, ana: Person, ben: Person
) -> None:
    review.submit(store, ana, record.id, 1, ("en",), NOW)
    assert (told(store, ana), told(store, ben)) == ([], ["second_look"])

    second_look.send_back(store, ben, record.id, 1, "Which town?")

    assert told(store, ben) == []
    [back] = store.notices(ana, datetime.now(UTC))
    assert (back.what, back.note, back.by) == ("sent_back", "Which town?", ben.email)

    review.submit(store, ana, record.id, 1, ("en",), NOW)
    assert told(store, ben) == ["second_look"]


def test_authors_are_told_of_approval_and_withdrawal(store: Store, record: Record, ana: Person, ben: Person) -> None:
    review.submit(store, ana, record.id, 1, ("en",), NOW)
    second_look.approve(store, ben, record.id, 1, NOW)
    second_look.withdraw(store, ben, record.id, "Not true", NOW)

    assert told(store, ana) == ["withdrawn", "approved"]
    assert told(store, ben) == []


def test_authors_are_told_that_a_source_has_changed_until_they_have_dealt_with_it(
    store: Store, source: Source, record: Record, ana: Person, ben: Person
) -> None:
    later = NOW + timedelta(seconds=1)
    intake.take_in(store, source, [an_entry(text="It says something else.")], later)
    assert (told(store, ana), told(store, ben)) == (["source_changed"], [])

    store.add_revision(record.id, 1, an_initiative(locality="Lyon"), ana, later, "1", "read again")

    assert told(store, ana) == []


def test_authors_are_told_when_their_initiative_is_to_be_checked(
    store: Store, record: Record, ana: Person, ben: Person
) -> None:
    review.submit(store, ana, record.id, 1, ("en",), NOW)
    second_look.approve(store, ben, record.id, 1, NOW)
    with store.writing() as db:
        row = sa.text("UPDATE initiative SET next_check_on = :day")
        db.execute(row, {"day": str((NOW - timedelta(days=1)).date())})

    assert "check_due" in told(store, ana)


def test_editors_are_told_of_broken_sources_until_they_are_well(
    store: Store, source: Source, ana: Person, ben: Person
) -> None:
    fetch = Fetch(source_id=source.id, at=NOW, outcome=Outcome.TIMEOUT)
    asked(store, fetch, conduct=Conduct(condition=Condition.FAILING))
    assert (told(store, ana), told(store, ben)) == ([], ["source_broken"])
    assert store.notices(ben, datetime.now(UTC))[0].title == source.name

    asked(store, fetch, conduct=Conduct(condition=Condition.OK))

    assert told(store, ben) == []


def test_what_was_read_stays_read_and_what_comes_later_is_new(
    store: Store, record: Record, ana: Person, ben: Person
) -> None:
    tasks.assign(store, ana, "item", [1], ben.id, NOW)
    tasks.assign(store, ana, "initiative", [record.id], ben.id, NOW)
    first = store.notices(ben, datetime.now(UTC))[0]

    store.read_notice(ben.id, first.key, NOW)
    store.read_notice(ben.id, first.key, NOW)
    assert unread(store, ben) == 1
    assert [one.read for one in store.notices(ben, datetime.now(UTC))] == [True, False]

    store.read_all_notices(ben.id, datetime.now(UTC))
    assert unread(store, ben) == 0
    assert len(store.notices(ben, datetime.now(UTC))) == 2

    tasks.assign(store, ana, "item", [1], ben.id, NOW)
    assert unread(store, ben) == 1


def test_one_person_s_reading_is_not_another_s(store: Store, record: Record, ana: Person, ben: Person) -> None:
    chloe = store.add_person(a_person(email="chloe@example.org", name="Chloe", role=Role.ADMIN), "no hash", "test")
    review.submit(store, ana, record.id, 1, ("en",), NOW)

    store.read_all_notices(ben.id, datetime.now(UTC))

    assert (unread(store, ben), unread(store, chloe)) == (0, 1)


def test_the_feed_tells_of_work_and_not_of_accounts(
    store: Store, taxonomy: Taxonomy, record: Record, ana: Person, ben: Person
) -> None:
    review.decide(store, taxonomy, ben, a_decision(person_id=ben.id, verdict=Verdict.EXCLUDE, reason="opinion"))

    store.note("nobody", "network waits", "network", "0a1b2c3d")

    whats = [event.what for event in store.activity()]

    assert whats[0] == "decided"
    assert "initiative drafted" in whats
    assert "person added" not in whats


def test_the_feed_is_narrowed_by_person_subject_and_author(
    store: Store, taxonomy: Taxonomy, record: Record, ana: Person, ben: Person
) -> None:
    review.decide(store, taxonomy, ben, a_decision(person_id=ben.id, verdict=Verdict.EXCLUDE, reason="opinion"))
    review.submit(store, ana, record.id, 1, ("en",), NOW)
    second_look.send_back(store, ben, record.id, 1, "Which town?")

    def seen(**wanted: object) -> list[str]:
        return [event.what for event in store.activity(**wanted)]  # type: ignore[arg-type]

    assert seen(by=ben.email) == ["initiative to draft", "decided"]
    assert seen(subject="item", subject_id="1") == ["decided"]
    assert seen(of=ana.id)[0] == "initiative to draft"
    assert seen(of=ben.id) == []
    assert seen(whats=("decided",)) == ["decided"]
    assert seen(limit=1, offset=1) == ["initiative to second_look"]


def test_things_have_their_titles(store: Store, record: Record, source: Source) -> None:
    titles = store.titles(
        [("item", "1"), ("initiative", str(record.id)), ("source", source.id), ("item", "x"), ("release", "1")]
    )

    assert titles == {
        ("item", "1"): an_entry().title,
        ("initiative", str(record.id)): "Helpline by text message",
        ("source", source.id): source.name,
    }


def test_an_event_of_a_time_before_this_one_is_no_error(store: Store, ana: Person, ben: Person) -> None:
    store.note(ben.email, "initiative approved", "initiative", 99, None, "text")
    store.note(ben.email, "assigned", "item", 1, None, None)
    store.note("collectors", "source gone", "source", a_source().id, "ok", "gone")

    assert store.notices(ana, datetime.now(UTC)) == []
    assert isinstance(store.activity()[0], Event)
