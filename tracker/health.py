"""Does a source keep its habits? What can be said of one from when its news arrived."""

from __future__ import annotations

from datetime import datetime, timedelta

from tracker.model import Time, Value

SHORTEST_SILENCE = timedelta(days=7)
TIMES_ITS_HABIT = 3
HABIT_NEEDS_DAYS = 3  # with news; before that nobody knows what is usual


class Rhythm(Value):
    """When a source brought news: on how many days, from the first to the last."""

    first: Time
    last: Time
    days: int

    @property
    def usual_gap(self) -> timedelta | None:
        """From one day with news to the next, on average; None as long as there is no habit yet."""
        if self.days < HABIT_NEEDS_DAYS:
            return None
        return (self.last - self.first) / (self.days - 1)


def silent_for(rhythm: Rhythm | None, now: datetime) -> timedelta | None:
    """How long a source has been silent, when that is longer than its habit explains; else None.

    Silence counts from three times the usual gap on, and never before a week: a ministry may pause over a holiday.
    """
    if rhythm is None or (gap := rhythm.usual_gap) is None:
        return None
    silence = now - rhythm.last
    return silence if silence > max(TIMES_ITS_HABIT * gap, SHORTEST_SILENCE) else None
