"""The rules of the silence alarm."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.makers import NOW, a_source, entries
from tracker import intake
from tracker.health import Rhythm, silent_for
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
