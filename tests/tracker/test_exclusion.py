"""The rule of exclusions by one person: two reasons or a safe one are enough, any other is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from tests.makers import a_decision, a_person, entries
from tracker import exclusion, intake, review
from tracker.errors import Conflict, IncompleteDecision, NotAllowed
from tracker.model import Decision, ItemState, Person, Source, Verdict
from tracker.store import Store
from tracker.store.exclusions import Looked
from tracker.store.second_coding import DRAWN_UNDER
from tracker.taxonomy import Taxonomy


def test_the_shipped_codebook_calls_safe_what_the_text_alone_shows(taxonomy: Taxonomy) -> None:
    assert taxonomy.safe_reasons == {"duplicate", "older_unchanged", "private_data"}


@pytest.fixture
def items(store: Store, source: Source, now: datetime) -> list[int]:
    """Four waiting items; none is drawn for a blind second coding."""
    intake.take_in(store, source, entries(4), now)
    with store.writing() as db:
        db.execute(sa.text("UPDATE item SET second_lot = :lot"), {"lot": DRAWN_UNDER})
    return [1, 2, 3, 4]


def exclude(store: Store, taxonomy: Taxonomy, person: Person, item_id: int, now: datetime, *reasons: str) -> Decision:
    version = store.item(item_id, now).item.version
    decision = a_decision(
        key=f"{item_id}-{version}",
        item_id=item_id,
        item_version=version,
        person_id=person.id,
        at=now,
        verdict=Verdict.EXCLUDE,
        reason=reasons[0],
        reasons_more=reasons[1:],
    )
    return review.decide(store, taxonomy, person, decision)


def waiting_for(store: Store, taxonomy: Taxonomy, person: Person, now: datetime) -> list[int]:
    return [one.item_id for one in store.excluded_by_one(taxonomy.safe_reasons, person.id, now, limit=10)]


@pytest.mark.parametrize(
    ("reasons", "enough"),
    [
        (["problem_only"], False),
        (["problem_only", "opinion"], True),
        (["duplicate"], True),
        (["duplicate", "opinion"], True),
        (["opinion", "duplicate"], True),
    ],
)
def test_two_reasons_or_a_safe_one_are_enough(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime,
    reasons: list[str], enough: bool,
) -> None:  # fmt: skip
    exclude(store, taxonomy, ana, items[0], now, *reasons)

    assert waiting_for(store, taxonomy, ben, now) == ([] if enough else [items[0]])


def test_exclusions_that_are_not_enough_wait_for_somebody_else(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    exclude(store, taxonomy, ana, items[0], now, "problem_only")
    exclude(store, taxonomy, ana, items[1], now, "problem_only", "opinion")
    exclude(store, taxonomy, ana, items[2], now, "duplicate")
    exclude(store, taxonomy, ben, items[3], now, "not_covid")

    assert waiting_for(store, taxonomy, ben, now) == [items[0]]
    assert waiting_for(store, taxonomy, ana, now) == [items[3]]
    assert store.count_excluded_by_one(taxonomy.safe_reasons) == 2


def test_a_drawn_item_gets_its_second_look_blind_and_not_here(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    exclude(store, taxonomy, ana, items[0], now, "problem_only")
    with store.writing() as db:
        db.execute(sa.text("UPDATE item SET second_lot = 0"))

    assert waiting_for(store, taxonomy, ben, now) == []
    assert store.drawn_for(ben.id, now) == [items[0]]


def test_the_most_promising_item_is_looked_at_first(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    for item in items[:2]:
        exclude(store, taxonomy, ana, item, now, "problem_only")
    store.rank([(items[0], 0.1), (items[1], 0.8)])

    decision = exclusion.open_next(store, taxonomy, ben, now)

    assert decision is not None
    assert decision.item_id == items[1]


def test_two_people_do_not_look_at_the_same_one(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    exclude(store, taxonomy, ana, items[0], now, "problem_only")
    chloe = store.add_person(a_person(email="chloe@example.org", name="Chloe"), "no hash", "test")

    assert exclusion.open_next(store, taxonomy, ben, now) is not None
    assert exclusion.open_next(store, taxonomy, chloe, now) is None
    assert exclusion.open_next(store, taxonomy, chloe, now + timedelta(minutes=11)) is not None


def test_what_stands_is_looked_at_once_and_what_does_not_waits_again(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    stands = exclude(store, taxonomy, ana, items[0], now, "problem_only")
    wrong = exclude(store, taxonomy, ana, items[1], now, "problem_only")

    exclusion.look(store, ben, stands.id, now, stands=True)
    exclusion.look(store, ben, wrong.id, now, stands=False)

    assert store.item(items[0], now).item.state is ItemState.EXCLUDED
    assert store.item(items[1], now).item.state is ItemState.WAITING
    assert [one.verdict for one in store.decisions(item_id=items[1])] == [Verdict.UNDO, Verdict.EXCLUDE]
    assert store.looked() == Looked(looked_at=2, sent_back=1)
    assert waiting_for(store, taxonomy, ben, now) == []
    with pytest.raises(Conflict, match="already"):
        exclusion.look(store, ben, stands.id, now, stands=False)


def test_who_excluded_it_does_not_look_at_it(
    store: Store, taxonomy: Taxonomy, ana: Person, items: list[int], now: datetime
) -> None:
    decision = exclude(store, taxonomy, ana, items[0], now, "problem_only")

    with pytest.raises(NotAllowed, match="somebody else"):
        exclusion.look(store, ana, decision.id, now, stands=True)
    assert exclusion.open_next(store, taxonomy, ana, now) is None


def test_what_was_taken_back_meanwhile_is_not_looked_at(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    decision = exclude(store, taxonomy, ana, items[0], now, "problem_only")
    review.undo(store, ana, decision.id, "back", now)

    with pytest.raises(Conflict, match="decided anew"):
        exclusion.look(store, ben, decision.id, now, stands=False)


def test_further_reasons_are_codes_of_the_codebook_each_once_and_only_of_exclusions(
    store: Store, taxonomy: Taxonomy, ana: Person, items: list[int], now: datetime
) -> None:
    with pytest.raises(IncompleteDecision, match="'none_such'"):
        exclude(store, taxonomy, ana, items[0], now, "problem_only", "none_such")
    with pytest.raises(ValidationError, match="each once"):
        a_decision(verdict=Verdict.EXCLUDE, reason="opinion", reasons_more=("opinion",))
    with pytest.raises(ValidationError, match="each once"):
        a_decision(reasons_more=("opinion",))


def test_what_was_looked_at_can_only_grow(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, items: list[int], now: datetime
) -> None:
    decision = exclude(store, taxonomy, ana, items[0], now, "problem_only")
    exclusion.look(store, ben, decision.id, now, stands=True)

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.writing() as db:
        db.execute(sa.text("DELETE FROM exclusion_look"))
