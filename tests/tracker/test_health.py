"""When a source is in trouble, and what is kept of its fetches to tell that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.makers import HOUR, NOW, a_decision, a_source, an_initiative, asked, entries
from tracker import intake
from tracker.conduct import Condition, Conduct
from tracker.health import SENTENCES, Rhythm, Told, Trouble, Week, silent_for, troubles, unexpected
from tracker.model import (
    EvidenceRole,
    Expect,
    Fetch,
    FetchDay,
    ItemState,
    Outcome,
    Person,
    Source,
    Verdict,
    Watched,
)
from tracker.store import Store

DAY = timedelta(days=1)


def a_rhythm(*, every_days: float, days: int = 11, last: datetime = NOW) -> Rhythm:
    return Rhythm(first=last - every_days * (days - 1) * DAY, last=last, days=days)


@pytest.mark.parametrize(
    ("every_days", "silent_days", "alarm"),
    [
        (1, 6, False),  # three times its habit, but not a week
        (1, 8, True),
        (5, 14, False),
        (5, 16, True),
        (30, 80, False),
        (30, 91, True),
    ],
)
def test_silence_is_news_after_three_times_the_habit_and_a_week(
    every_days: float, silent_days: int, alarm: bool
) -> None:
    silence = silent_for(a_rhythm(every_days=every_days), NOW + silent_days * DAY)

    assert silence == (silent_days * DAY if alarm else None)


def test_a_source_without_a_habit_raises_no_alarm() -> None:
    assert silent_for(None, NOW) is None
    assert silent_for(a_rhythm(every_days=1, days=2), NOW + 365 * DAY) is None


def test_the_rhythm_counts_days_with_news_not_items(store: Store) -> None:
    store.register([a_source()])
    for number in range(3):
        intake.take_in(store, a_source(), entries(4 * (number + 1)), NOW + 2 * number * DAY)

    rhythm = store.rhythms()["ministry-en"]

    assert rhythm == Rhythm(first=NOW, last=NOW + 4 * DAY, days=3)
    assert rhythm.usual_gap == 2 * DAY


# -------------------------------------------------------------------------------------------------------- expectations


@pytest.mark.parametrize(
    ("expect", "new", "asked_days", "difference"),
    [
        (Expect(), 0, 14, 0),
        (Expect(at_least=3), 2, 7, -1),
        (Expect(at_least=3), 2, 6, 0),  # not a whole week yet
        (Expect(at_least=3), 3, 7, 0),
        (Expect(at_most=10), 12, 1, 2),  # too many is known at once
        (Expect(at_most=10), 10, 14, 0),
        (Expect(at_least=1, at_most=10), 0, 14, -1),
    ],
)
def test_too_many_are_news_at_once_and_too_few_after_a_whole_week_of_asking(
    expect: Expect, new: int, asked_days: int, difference: int
) -> None:
    assert unexpected(expect, Week(new=new, since=NOW - asked_days * DAY), NOW) == difference
    assert unexpected(expect, None, NOW) == 0


def test_what_a_source_had_when_it_was_first_asked_is_not_news_of_the_week(store: Store) -> None:
    store.register([a_source(), a_source(id="never", url="https://b.example/f")])
    for days, new in ((13, 400), (6, 2), (1, 3)):
        fetch = Fetch(source_id="ministry-en", at=NOW - days * DAY, outcome=Outcome.OK, new=new)
        asked(store, fetch)

    assert store.weeks(NOW) == {"ministry-en": Week(new=5, since=NOW - 13 * DAY)}
    assert store.weeks(NOW - 7 * DAY) == {"ministry-en": Week(new=5, since=NOW - 13 * DAY)}


# ------------------------------------------------------------------------------------------------------------ troubles


def fetched(outcome: Outcome = Outcome.HTTP_ERROR, status: int | None = None, error: str = "") -> Fetch:
    return Fetch(source_id="ministry-en", at=NOW, outcome=outcome, status=status, error=error)


WELL = fetched(Outcome.OK, 200)
QUIET = Conduct()
FOR_DAYS = Conduct(trouble_since=NOW - 12 * DAY)


def told(
    fetch: Fetch | None, conduct: Conduct = QUIET, rhythm: Rhythm | None = None, week: Week | None = None,
    **changes: Any,
) -> list[Trouble]:  # fmt: skip
    one = Watched(source=a_source(expect=Expect(at_least=2)), **changes)
    return [said.trouble for said in troubles(one, fetch, conduct, rhythm, week, NOW)]


def test_why_a_source_cannot_be_read_is_told_in_one_sentence() -> None:
    assert told(fetched(status=410), Conduct(condition=Condition.GONE)) == [Trouble.GONE]
    assert told(fetched(status=401), FOR_DAYS) == [Trouble.LOGIN]
    assert told(fetched(status=403), FOR_DAYS) == [Trouble.REFUSED]
    assert told(fetched(status=404), FOR_DAYS) == [Trouble.MISSING]
    assert told(fetched(Outcome.UNREADABLE, 200, "https://a/: is a web page, not a feed; …")) == [Trouble.PAGE]
    assert told(fetched(Outcome.TIMEOUT), FOR_DAYS) == [Trouble.FAILING]


def test_what_may_pass_by_itself_and_what_is_not_asked_is_no_trouble() -> None:
    assert told(None) == []
    assert told(WELL) == []
    assert told(fetched(Outcome.TIMEOUT), Conduct(trouble_since=NOW - HOUR)) == []
    assert told(fetched(status=404), FOR_DAYS, paused=True) == []


def test_habits_are_judged_only_of_a_source_that_answers() -> None:
    silent, few = a_rhythm(every_days=1, last=NOW - 20 * DAY), Week(new=0, since=NOW - 10 * DAY)

    assert told(WELL, rhythm=silent, week=few) == [Trouble.SILENT, Trouble.TOO_FEW]
    assert told(fetched(status=403), FOR_DAYS, silent, few) == [Trouble.REFUSED]
    assert told(WELL, week=Week(new=2, since=NOW - 10 * DAY)) == []


def test_a_move_and_a_wrong_304_are_told_of_a_source_that_works() -> None:
    conduct = Conduct(moving_to="https://new.example/f", unreliable_304=True)

    assert told(WELL, conduct) == [Trouble.MOVED, Trouble.UNRELIABLE]
    assert str(troubles(Watched(source=a_source()), WELL, conduct, None, None, NOW)[0]) == (
        "It has moved to https://new.example/f."
    )


def test_every_trouble_has_its_sentence() -> None:
    facts: dict[str, int | str] = {"days": 1, "usual": 2, "number": 3, "expected": 4, "address": "a"}

    assert set(SENTENCES) == set(Trouble)
    assert all("{" not in str(Told(trouble=trouble, facts=facts)) for trouble in Trouble)


# ---------------------------------------------------------------------------------------------- what is kept of fetches


def test_old_fetches_become_sums_of_days_and_nothing_is_lost_of_what_they_counted(store: Store, source: Source) -> None:
    for hours in (-2, -1, 1, 2, 30):
        good = hours != 1
        outcome = Outcome.OK if good else Outcome.TIMEOUT
        numbers = {"seen": 10, "new": 2, "known": 8, "body_bytes": 1_500_000_000} if good else {}
        fetch = Fetch(source_id=source.id, at=NOW + hours * HOUR, outcome=outcome, duration_ms=7, **numbers)
        asked(store, fetch)
    before = store.fetch_days(NOW - 5 * DAY)

    folded = store.fold_fetches(NOW + 3 * DAY)
    again = store.fold_fetches(NOW + 3 * DAY)

    assert (folded, again) == (4, 0)
    assert [fetch.at for fetch in store.fetches(source.id)] == [NOW + 30 * HOUR]  # the newest stays
    assert store.fetch_days(NOW - 5 * DAY) == before
    assert store.fetch_days(NOW - 5 * DAY, source.id)[source.id][0] == FetchDay(
        source_id=source.id, day=NOW.date(), fetches=4, failed=1, seen=30, new=6, known=24,
        body_bytes=4_500_000_000, duration_ms=28,
    )  # fmt: skip


def test_a_day_that_has_not_ended_is_not_summed_up_and_one_that_was_is_added_to(store: Store, source: Source) -> None:
    for hours in (0, 1, 2):
        asked(store, Fetch(source_id=source.id, at=NOW + hours * HOUR, outcome=Outcome.OK))

    assert store.fold_fetches(NOW + 5 * HOUR) == 0
    assert store.fold_fetches(NOW + DAY) == 2
    asked(store, Fetch(source_id=source.id, at=NOW + DAY, outcome=Outcome.OK))
    assert store.fold_fetches(NOW + DAY) == 1
    assert [day.fetches for day in store.fetch_days(NOW - DAY)[source.id]] == [3, 1]


# ------------------------------------------------------------------------------------------------- what a source brings


def test_what_a_source_brings_is_counted_against_what_was_decided_of_it(
    store: Store, source: Source, ana: Person
) -> None:
    intake.take_in(store, source, entries(5), NOW)
    items = [1, 2, 3, 4]
    states = (ItemState.INCLUDED, ItemState.EXCLUDED, ItemState.EXCLUDED, ItemState.HELD)
    record = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    for item, state in zip(items, states, strict=True):
        decision = a_decision(key=str(item), item_id=item, verdict=Verdict.EXCLUDE, reason="opinion", person_id=ana.id)
        store.add_decision(decision, state, ana.email)
    for _ in range(2):
        store.add_evidence(record.id, 1, ana, NOW, EvidenceRole.PRIMARY)
    other = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    store.add_evidence(other.id, 1, ana, NOW, EvidenceRole.PRIMARY)

    assert store.brought() == {source.id: (1, 3)}
    store.remove_evidence(record.id, 1, ana, NOW)
    store.remove_evidence(other.id, 1, ana, NOW)
    assert store.brought() == {source.id: (0, 3)}
