"""The rules of quality: random checks alone measure, few say too little, and who disagrees is named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.makers import NOW
from tests.tracker.teaching import arrive, decide, mixed
from tracker import quality, review
from tracker.learning.stopping import Advice
from tracker.model import Drawn, Person, Scored, Source, Suggestion, Verdict
from tracker.store import Store
from tracker.store.teaching import Judged


def judged(so: bool, said: float, **changes: Any) -> Judged:
    good = Judged(
        id=1,
        item_id=1,
        person_id=1,
        at=NOW,
        verdict=Verdict.INCLUDE if so else Verdict.EXCLUDE,
        reason=None if so else "outside_issues",
        drawn_by=Drawn.AUDIT,
        issues=frozenset(["domestic_violence"]) if so else frozenset(),
        countries=frozenset(["CA"]) if so else frozenset(),
        language="en",
        source_id="ministry-en",
        suggestion=Suggestion(version="words-1", initiative=said),
    )
    return good._replace(**changes)


def many(found: int, missed: int, **changes: Any) -> list[Judged]:
    """Wanted items of which the machine found some and missed others."""
    return [judged(True, 0.9, **changes) for _ in range(found)] + [judged(True, 0.1, **changes) for _ in range(missed)]


def test_precision_and_recall_are_told_by_language_with_their_numbers() -> None:
    audits = [*many(3, 1), judged(False, 0.8), judged(False, 0.1), *many(1, 0, language="fr")]

    english, french = quality.lines(audits, lambda one: one.language)

    assert (english.code, english.audits, french.code, french.audits) == ("en", 6, "fr", 1)
    assert (english.found.precision.value, english.found.precision.of) == (0.75, 4)
    assert (english.found.recall.value, english.found.recall.of) == (0.75, 4)
    assert french.found.recall.low < 0.3


def test_what_a_decision_says_nothing_of_is_not_counted() -> None:
    silent = [judged(False, 0.9, reason="duplicate"), judged(True, 0.9, suggestion=None)]

    assert quality.lines(silent, lambda one: one.language) == ()


def test_an_issue_is_measured_where_the_decision_says_what_the_item_is_about() -> None:
    said = Suggestion(
        version="words-1",
        issues=(Scored(code="domestic_violence", score=0.8), Scored(code="hate_crime", score=0.4)),
    )
    audits = [judged(True, 0.9, suggestion=said), judged(False, 0.9, suggestion=said)]
    audits.append(judged(False, 0.9, suggestion=said, reason="problem_only"))

    [line] = quality.issues(audits)

    assert (line.code, line.audits) == ("domestic_violence", 2)
    assert (line.found.precision.value, line.found.recall.value) == (0.5, 1.0)


def test_calibration_tells_what_was_said_beside_how_often_it_was_so() -> None:
    bins = quality.calibration([True, False, True, True], [0.55, 0.51, 1.0, 0.95])

    assert [(one.low, one.so.of) for one in bins if one.so.of] == [(0.5, 2), (0.9, 2)]
    assert bins[5].said == pytest.approx(0.53)
    assert (bins[5].so.value, bins[9].so.value) == (0.5, 1.0)
    assert math.isnan(bins[0].said)


@pytest.mark.parametrize(
    ("french", "alerts"),
    [((27, 3), []), ((25, 5), ["fr"]), ((20, 9), [])],
    ids=["as good", "0.10 under English", "too few to say"],
)
def test_a_language_that_falls_behind_english_is_told_once_enough_stands_behind_it(
    french: tuple[int, int], alerts: list[str]
) -> None:
    audits = [*many(28, 2), *many(*french, language="fr")]

    found = quality.alerts(quality.lines(audits, lambda one: one.language))

    assert [one.language for one in found] == alerts


def agreeing(person: int, agree: int, disagree: int) -> list[Judged]:
    return many(agree, disagree, person_id=person)


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ([agreeing(1, 90, 10), agreeing(2, 10, 90)], ["Eve"]),
        ([agreeing(1, 90, 10), agreeing(2, 85, 15)], []),
        ([agreeing(1, 90, 10), agreeing(2, 5, 24)], []),
        ([agreeing(2, 10, 90)], []),
    ],
    ids=["flips", "as others do", "too few to say", "nobody to compare with"],
)
def test_an_account_that_disagrees_three_standard_errors_more_than_others_is_named(
    made: Sequence[Sequence[Judged]], named: list[str]
) -> None:
    found = quality.suspects([one for some in made for one in some], {1: "Ana", 2: "Eve"})

    assert [one.name for one in found] == named


def test_two_people_are_compared_where_they_decided_the_same_item() -> None:
    pairs = [(True, True), (False, False), (True, False), (False, False)]
    both = [
        judged(so, 0.5, item_id=item, person_id=person)
        for item, pair in enumerate(pairs)
        for person, so in enumerate(pair)
    ]

    found = quality.between_people([*both, judged(True, 0.5, item_id=99)])

    assert (found.raw.value, found.raw.of) == (0.75, 4)
    assert found.kappa == pytest.approx(0.5)


def test_machine_and_people_are_compared_on_initiative_country_and_issue() -> None:
    said = Suggestion(
        version="words-1",
        initiative=0.9,
        issues=(Scored(code="domestic_violence", score=0.9),),
        countries=(Scored(code="CA", score=0.9),),
    )

    found = quality.beside([judged(True, 0, suggestion=said), judged(False, 0, suggestion=said)])

    assert {one.what: (one.agreement.raw.value, one.agreement.raw.of) for one in found} == {
        "initiative": (0.5, 2),
        "country": (1.0, 1),
        "issue:domestic_violence": (0.5, 2),
    }


def test_a_report_over_nothing_says_so(store: Store, now: datetime) -> None:
    report = quality.report(store, now)

    assert (report.decisions, report.audits, report.stop, report.languages) == (0, 0, None, ())
    assert math.isnan(report.overall.found.recall.value)
    assert report.since == now - timedelta(days=90)


def test_a_report_measures_by_random_checks_alone(
    store: Store, source: Source, ana: Person, ben: Person, now: datetime
) -> None:
    wanted = mixed(40)
    items = arrive(store, source, wanted, now)
    decide(store, ana, items[:30], wanted[:30], now)
    decide(store, ben, items[30:], wanted[30:], now, drawn_by=Drawn.AUDIT)

    report = quality.report(store, now + timedelta(hours=1))

    assert (report.decisions, report.audits, report.overall.audits) == (40, 10, 10)
    assert [line.code for line in report.sources] == [source.id]
    assert report.effort[-1] == (40, 1.0)
    assert quality.report(store, now, since=now + timedelta(hours=1)).decisions == 0


def test_what_its_maker_took_back_is_not_judged_but_what_somebody_else_took_back_is(
    store: Store, source: Source, ana: Person, ben: Person, now: datetime
) -> None:
    items = arrive(store, source, [True, True], now)
    slip, judgement = decide(store, ana, items, [False, False], now)

    review.undo(store, ana, slip.id, "back-1", now)
    review.undo(store, ben, judgement.id, "back-2", now)
    decide(store, ben, [items[1]], [True], now)

    assert [(one.item_id, one.person_id, one.wanted) for one in store.judged()] == [
        (items[1], ana.id, False),
        (items[1], ben.id, True),
    ]


def test_a_batch_begins_on_monday_and_holds_what_waited_then(store: Store, source: Source, ana: Person) -> None:
    monday = datetime(2020, 5, 4, tzinfo=UTC)
    items = arrive(store, source, mixed(10), monday - timedelta(days=2))
    decide(store, ana, items[:3], mixed(3), monday - timedelta(hours=1))
    assert quality.stopping(store, monday) is None
    decide(store, ana, items[3:7], [True, False, False, False], monday)

    stop = quality.stopping(store, monday + timedelta(days=6))

    assert stop is not None
    assert stop.since == monday
    assert (stop.progress.read, stop.progress.found, stop.progress.unread) == (4, 1, 3)
    assert stop.progress.advice is Advice.GO_ON


@pytest.mark.parametrize(
    ("verdict", "reason", "chosen", "told"),
    [
        (Verdict.INCLUDE, None, ("hate_crime",), {"hate_crime"}),
        (Verdict.EVIDENCE, None, ("hate_crime",), {"hate_crime"}),
        (Verdict.INCLUDE, None, (), None),  # nobody has said
        (Verdict.EXCLUDE, "outside_issues", ("hate_crime",), set()),  # suggested, and left chosen
        (Verdict.EXCLUDE, "too_old", ("hate_crime",), None),
        (Verdict.HOLD, None, ("hate_crime",), None),
    ],
)
def test_a_decision_tells_the_issues_of_an_item_only_where_somebody_has_said_so(
    verdict: Verdict, reason: str | None, chosen: tuple[str, ...], told: set[str] | None
) -> None:
    assert quality.tells_issues(verdict, reason, chosen) == told


def test_an_item_on_hold_tells_nothing_of_being_an_initiative() -> None:
    assert quality.tells_initiative(Verdict.HOLD, None) is None
