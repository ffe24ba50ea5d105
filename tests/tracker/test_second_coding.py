"""The rules of blind second coding: drawn by chance, another person, the item as it was, and a third who settles."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.makers import a_decision, a_person, an_initiative, entries
from tracker import intake, review, second_coding, suggestions
from tracker.errors import Conflict, IncompleteDecision, NotAllowed
from tracker.model import ItemState, Person, Role, Source, Verdict
from tracker.store import Store
from tracker.store.items import LOTS
from tracker.store.second_coding import DRAWN_UNDER, Coding, Twice
from tracker.taxonomy import Taxonomy

IN = Coding(verdict=Verdict.INCLUDE, issues=("domestic_violence",), countries=("CA",), type="A2")
OUT = Coding(verdict=Verdict.EXCLUDE, reason="problem_only")


@pytest.fixture
def chloe(store: Store) -> Person:
    return store.add_person(a_person(email="chloe@example.org", name="Chloe"), "no hash", "test")


@pytest.fixture
def dan(store: Store) -> Person:
    """Another editor, besides Ben."""
    return store.add_person(a_person(email="dan@example.org", name="Dan", role=Role.EDITOR), "no hash", "test")


@pytest.fixture
def items(store: Store, source: Source, now: datetime) -> list[int]:
    """Four waiting items, of which the first three are drawn."""
    intake.take_in(store, source, entries(4), now)
    suggestions.make(store, now)
    draw(store, [1, 2, 3, DRAWN_UNDER])
    return [1, 2, 3, 4]


def draw(store: Store, lots: Sequence[int]) -> None:
    with store.writing() as db:
        for number, lot in enumerate(lots, 1):
            db.execute(sa.text("UPDATE item SET second_lot = :lot WHERE id = :id"), {"lot": lot, "id": number})


def decide(store: Store, taxonomy: Taxonomy, person: Person, item_id: int, now: datetime, coding: Coding = OUT) -> int:
    waiting = store.item(item_id, now)
    decision = a_decision(
        key=f"{person.id}-{item_id}-{waiting.item.version}",
        item_id=item_id,
        item_version=waiting.item.version,
        person_id=person.id,
        at=now,
        verdict=coding.verdict,
        reason=coding.reason,
        issues=coding.issues,
        countries=coding.countries,
    )
    return review.decide(store, taxonomy, person, decision).id


def coded(store: Store, taxonomy: Taxonomy, person: Person, now: datetime, coding: Coding) -> Twice:
    opened = second_coding.open_next(store, person, now)
    assert opened is not None
    id = second_coding.code(store, taxonomy, person, opened.item.id, opened.decision_id, coding, now)
    return store.coded_twice(id)


# -------------------------------------------------------------------------------------------------------- who gets it


def test_a_tenth_of_what_arrives_is_drawn_before_anybody_reads_it(store: Store, source: Source, now: datetime) -> None:
    intake.take_in(store, source, entries(400), now)

    with store.reading() as db:
        lots = list(db.scalars(sa.text("SELECT second_lot FROM item")))

    assert len(set(lots)) > 390
    assert all(0 <= lot < LOTS for lot in lots)
    assert 12 <= sum(lot < DRAWN_UNDER for lot in lots) <= 80  # 40 expected; beyond that once in a million


def test_only_drawn_items_that_are_decided_are_offered_and_only_to_others(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    assert second_coding.open_next(store, ben, now) is None  # nothing is decided

    for item in (items[1], items[3]):
        decide(store, taxonomy, ana, item, now)

    assert second_coding.open_next(store, ana, now) is None
    opened = second_coding.open_next(store, ben, now)
    assert opened is not None
    assert opened.item.id == items[1]
    assert (store.count_drawn(ana.id), store.count_drawn(ben.id), store.count_drawn()) == (0, 1, 1)


def test_who_knows_what_was_decided_is_not_asked(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, chloe: Person, items: list[int], now: datetime
) -> None:
    slip = decide(store, taxonomy, chloe, items[0], now)
    review.undo(store, chloe, slip, "slip", now)
    decide(store, taxonomy, ana, items[0], now, IN)
    record = store.records()[0]
    review.save(store, taxonomy, ben, record.id, record.revision, an_initiative(), now)

    assert [store.count_drawn(person.id) for person in (ana, ben, chloe)] == [0, 0, 0]
    assert store.count_drawn() == 1


def test_two_people_are_not_given_the_same_item_at_once(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, chloe: Person, items: list[int], now: datetime
) -> None:
    decide(store, taxonomy, ana, items[0], now)
    decide(store, taxonomy, ana, items[1], now)

    opened = [second_coding.open_next(store, person, now) for person in (ben, chloe, ben)]

    assert [one.item.id for one in opened if one] == [items[0], items[1], items[0]]


def test_what_somebody_has_open_stays_before_them_when_another_item_comes_free(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    decide(store, taxonomy, ana, items[1], now)
    assert second_coding.open_next(store, ben, now) is not None
    decide(store, taxonomy, ana, items[0], now)  # with a smaller lot

    opened = second_coding.open_next(store, ben, now)

    assert opened is not None
    assert opened.item.id == items[1]


def test_the_item_is_shown_as_it_was_with_the_suggestion_of_then(
    store: Store, taxonomy: Taxonomy, source: Source, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    before = store.item(items[0], now)
    decide(store, taxonomy, ana, items[0], now)
    # The round that brings the change began before the decision: its hour says nothing.
    changed = entries(1)[0].but(title="The helpline closes", text="It was closed for good.")
    intake.take_in(store, source, [changed], now - timedelta(minutes=5))
    suggestions.make(store, now)

    opened = second_coding.open_next(store, ben, now)

    assert opened is not None
    assert store.item(items[0], now).item.title == "The helpline closes"
    assert (opened.item.title, opened.item.text) == (before.item.title, before.item.text)
    assert opened.suggestion == before.suggestion
    assert opened.item.version == before.item.version


# ----------------------------------------------------------------------------------------------------- what they say


def test_a_second_coding_changes_nothing_of_the_item(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    decide(store, taxonomy, ana, items[0], now)
    before = store.item(items[0], now).item

    twice = coded(store, taxonomy, ben, now, IN)

    assert store.item(items[0], now).item == before
    assert (twice.first, twice.second) == (OUT, IN)
    assert (twice.first_by, twice.second_by, twice.ruling) == (ana.id, ben.id, None)
    assert store.count_drawn() == 0
    assert second_coding.open_next(store, ben, now) is None


def test_nobody_codes_twice_nor_their_own(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    decision = decide(store, taxonomy, ana, items[0], now)

    with pytest.raises(Conflict, match="not yours"):
        second_coding.code(store, taxonomy, ana, items[0], decision, IN, now)
    second_coding.code(store, taxonomy, ben, items[0], decision, IN, now)
    with pytest.raises(Conflict, match="coded by somebody else"):
        second_coding.code(store, taxonomy, ben, items[0], decision, IN, now)


def test_the_database_itself_refuses_one_person_as_both(
    store: Store, taxonomy: Taxonomy, ana: Person, items: list[int], now: datetime
) -> None:
    decision = decide(store, taxonomy, ana, items[0], now)
    row = (
        "INSERT INTO second_coding (item_id, decision_id, first_person_id, person_id, at, verdict, issues, countries,"
        " codebook) VALUES (:item, :decision, :who, :who, '2020-05-04', 'hold', '[]', '[]', '1')"
    )

    with pytest.raises(sa.exc.IntegrityError, match="two_people"), store.writing() as db:
        db.execute(sa.text(row), {"item": items[0], "decision": decision, "who": ana.id})


def test_what_was_decided_anew_meanwhile_is_not_coded(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    decision = decide(store, taxonomy, ana, items[0], now)
    opened = second_coding.open_next(store, ben, now)
    assert opened is not None
    review.undo(store, ana, decision, "back", now)

    with pytest.raises(Conflict, match="decided anew"):
        second_coding.code(store, taxonomy, ben, items[0], opened.decision_id, IN, now)

    assert store.twice() == []


@pytest.mark.parametrize(
    ("coding", "named"),
    [
        (IN.but(type="Q9"), "type: 'Q9'"),
        (IN.but(issues=("none_such",)), "issues: 'none_such'"),
        (OUT.but(reason="none_such"), "reason: 'none_such'"),
    ],
)
def test_codes_must_be_in_the_codebook(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime,
    coding: Coding, named: str,
) -> None:  # fmt: skip
    decision = decide(store, taxonomy, ana, items[0], now)

    with pytest.raises(IncompleteDecision, match=named):
        second_coding.code(store, taxonomy, ben, items[0], decision, coding, now)


def test_the_type_of_the_first_is_what_they_coded_first_and_nobody_elses(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, chloe: Person, items: list[int], now: datetime
) -> None:
    for item in items[:2]:
        decide(store, taxonomy, ana, item, now, IN)
    mine, others = sorted(store.records(), key=lambda record: record.id)
    mine = review.save(store, taxonomy, ana, mine.id, 1, an_initiative(types=("A1", "G3")), now)
    review.save(store, taxonomy, ana, mine.id, 2, an_initiative(types=("A2",)), now)
    review.save(store, taxonomy, ben, others.id, 1, an_initiative(types=("A2",)), now)

    found = [coded(store, taxonomy, chloe, now, IN) for _ in range(2)]

    assert [one.first.type for one in found] == ["A1", None]


def test_what_was_said_can_only_grow(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, dan: Person, items: list[int], now: datetime
) -> None:
    decide(store, taxonomy, ana, items[0], now)
    twice = coded(store, taxonomy, ben, now, IN)
    second_coding.settle(store, taxonomy, dan, twice.id, OUT, "only figures", now)

    for act in (
        "UPDATE second_coding SET codebook = 'x'",
        "DELETE FROM second_coding",
        "UPDATE adjudication SET codebook = 'x'",
        "DELETE FROM adjudication",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.writing() as db:
            db.execute(sa.text(act))


# ---------------------------------------------------------------------------------------------------- who settles it


def test_an_editor_who_is_neither_of_the_two_is_asked(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, chloe: Person, dan: Person, items: list[int],
    now: datetime,
) -> None:  # fmt: skip
    decide(store, taxonomy, ana, items[0], now)
    decide(store, taxonomy, ana, items[1], now)
    twice = coded(store, taxonomy, ben, now, IN)
    coded(store, taxonomy, ben, now, OUT)  # the two agree on this one

    assert [one.id for one in second_coding.to_settle(store.twice(), dan)] == [twice.id]
    assert second_coding.to_settle(store.twice(), ben) == []
    with pytest.raises(NotAllowed, match="somebody else"):
        second_coding.settle(store, taxonomy, ben, twice.id, IN, "I say so", now)
    with pytest.raises(NotAllowed, match="role editor"):
        second_coding.settle(store, taxonomy, chloe, twice.id, IN, "I say so", now)


def test_settling_needs_a_reason_and_happens_once(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, dan: Person, items: list[int], now: datetime
) -> None:
    decide(store, taxonomy, ana, items[0], now)
    twice = coded(store, taxonomy, ben, now, IN)

    with pytest.raises(IncompleteDecision, match="why:"):
        second_coding.settle(store, taxonomy, dan, twice.id, OUT, "  ", now)
    second_coding.settle(store, taxonomy, dan, twice.id, OUT, "only figures", now)
    with pytest.raises(Conflict, match="already"):
        second_coding.settle(store, taxonomy, dan, twice.id, IN, "on second thought", now)

    assert second_coding.to_settle(store.twice(), dan) == []


def test_who_coded_a_second_time_stands_in_the_feed_once_it_is_settled(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, dan: Person, items: list[int], now: datetime
) -> None:
    decide(store, taxonomy, ana, items[0], now)
    twice = coded(store, taxonomy, ben, now, IN)

    assert [event.what for event in store.activity(subject="item")] == ["decided"]
    assert store.activity(by=ben.email, whats=["coded a second time"]) == []
    assert store.events("item", 1, limit=1)[0].what == "coded a second time"  # the audit has it

    second_coding.settle(store, taxonomy, dan, twice.id, OUT, "only figures", now)

    assert [(event.what, event.who) for event in store.activity(subject="item", limit=2)] == [
        ("adjudicated", dan.email),
        ("coded a second time", ben.email),
    ]


def test_what_stands_stays_and_all_three_are_kept(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, dan: Person, items: list[int], now: datetime
) -> None:
    decide(store, taxonomy, ana, items[0], now)
    twice = coded(store, taxonomy, ben, now, IN)

    settled = second_coding.settle(store, taxonomy, dan, twice.id, OUT.but(reason="opinion"), "an opinion", now)

    assert settled.ruling is not None
    assert (settled.ruling.coding.reason, settled.ruling.by, settled.ruling.overturned) == ("opinion", dan.id, False)
    assert len(store.decisions(item_id=items[0])) == 1


def test_what_is_turned_over_is_taken_back_and_decided_by_the_editor(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, dan: Person, items: list[int], now: datetime
) -> None:
    decide(store, taxonomy, ana, items[0], now)
    twice = coded(store, taxonomy, ben, now, IN)

    settled = second_coding.settle(store, taxonomy, dan, twice.id, IN, "it opens a line", now)

    assert settled.ruling is not None
    assert settled.ruling.overturned
    history = [(one.verdict, one.person_id) for one in store.decisions(item_id=items[0])]
    assert history == [(Verdict.INCLUDE, dan.id), (Verdict.UNDO, dan.id), (Verdict.EXCLUDE, ana.id)]
    assert store.item(items[0], now).item.state is ItemState.INCLUDED
    assert len(store.records()) == 1
    assert settled.first == OUT  # as it was, whatever came of it


def test_a_decision_whose_initiative_has_gone_further_is_not_turned_over_in_silence(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, dan: Person, items: list[int], now: datetime
) -> None:
    decide(store, taxonomy, ana, items[0], now, IN)
    record = review.save(store, taxonomy, ana, 1, 1, an_initiative(), now)
    twice = coded(store, taxonomy, ben, now, OUT)
    review.submit(store, ana, record.id, record.revision, ("en",), now)

    with pytest.raises(Conflict, match="not a draft any more; send it back"):
        second_coding.settle(store, taxonomy, dan, twice.id, OUT, "no initiative", now)

    assert store.coded_twice(twice.id).ruling is None
    assert store.item(items[0], now).item.state is ItemState.INCLUDED


def test_a_decision_that_was_made_anew_meanwhile_is_left_alone(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, dan: Person, items: list[int], now: datetime
) -> None:
    first = decide(store, taxonomy, ana, items[0], now)
    twice = coded(store, taxonomy, ben, now, IN)
    review.undo(store, ana, first, "back", now)
    decide(store, taxonomy, ana, items[0], now, IN)

    settled = second_coding.settle(store, taxonomy, dan, twice.id, IN, "it opens a line", now)

    assert settled.ruling is not None
    assert not settled.ruling.overturned
    assert len(store.records()) == 1


def test_of_editors_who_settle_at_the_same_moment_one_is_first(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, dan: Person, items: list[int], now: datetime
) -> None:
    editors = [dan, *(store.add_person(editor(name), "no hash", "test") for name in ("Eve", "Fay", "Gus"))]
    decide(store, taxonomy, ana, items[0], now)
    twice = coded(store, taxonomy, ben, now, IN)
    told: list[str] = []

    def settle(person: Person) -> None:
        own = Store(store.url)
        try:
            second_coding.settle(own, taxonomy, person, twice.id, IN, "it opens a line", now)
            told.append("settled")
        except Conflict as late:
            told.append(str(late))
        finally:
            own.close()

    threads = [threading.Thread(target=settle, args=(person,)) for person in editors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == [*[f"another editor has settled item {items[0]} already"] * 3, "settled"]
    assert [one.verdict for one in store.decisions(item_id=items[0])] == [
        Verdict.INCLUDE,
        Verdict.UNDO,
        Verdict.EXCLUDE,
    ]
    assert len(store.records()) == 1


def editor(name: str) -> Person:
    return a_person(email=f"{name.lower()}@example.org", name=name, role=Role.EDITOR)
