"""How many items an hour does somebody decide, and the team?

It is a measure of a workplace: it tells how long the queue will take, not who is good. Everybody sees their own figure
and the team's; those of others are for editors, who plan the work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from tracker.errors import Sentence
from tracker.model import Person, Role
from tracker.people import may, require
from tracker.store import Store

PAUSE = timedelta(minutes=5)
LEAST = timedelta(minutes=1)  # active time below which a figure would say nothing
AIM_PER_HOUR = 60  # on include or exclude with keys alone (triage.md §4.2)


class Pace(NamedTuple):
    """How many items were decided in how much active time."""

    decided: int
    active: timedelta

    @property
    def per_hour(self) -> float:
        """Items an hour; nan where there is too little active time to say."""
        seconds = self.active.total_seconds()
        return 3600 * self.decided / seconds if self.active >= LEAST else float("nan")


class Paces(NamedTuple):
    """What somebody may see: their own, the team's, and of everybody by number for editors (else none)."""

    own: Pace
    team: Pace
    people: int
    each: tuple[tuple[int, Pace], ...]


def pace(times: Iterable[datetime]) -> Pace:
    """The pace of one person's decisions.

    Active time is the sum of all gaps between one decision and the next that are under five minutes; a longer one is a
    pause. Decided are the items that end such a gap, so the first after a pause counts on neither side:

        per hour = number of gaps under 5 minutes / their sum
    """
    ordered = sorted(times)
    gaps = [later - earlier for earlier, later in pairwise(ordered) if later - earlier < PAUSE]
    return Pace(len(gaps), sum(gaps, timedelta()))


def together(paces: Sequence[Pace]) -> Pace:
    """The pace of several people: all their items over all their active time."""
    return Pace(sum(one.decided for one in paces), sum((one.active for one in paces), timedelta()))


def paces(store: Store, person: Person, since: datetime) -> Paces:
    """What this person may see of the paces since then."""
    require(person, Role.ANALYST, Sentence("see how fast the desk works"))
    times: dict[int, list[datetime]] = defaultdict(list)
    for who, at in store.decision_times(since):
        times[who].append(at)
    found = {who: pace(some) for who, some in times.items()}
    each = sorted(found.items(), key=lambda pair: pair[0]) if may(person, Role.EDITOR) else []
    own = found.get(person.id, Pace(0, timedelta()))
    return Paces(own, together(list(found.values())), len(found), tuple(each))
