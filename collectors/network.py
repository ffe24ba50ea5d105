"""Is it the sources, or is it our own network? Judged when a round has ended, from all that failed in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.model import Fetch, Outcome, Schedule

SHARE = 0.1  # of the sources of a round that fail in the same way
FEWEST = 3  # of them, and of their hosts
WAIT = timedelta(minutes=5)  # before they are asked again
NOT_COUNTED = "not counted: our own network seems to fail"
_KINDS = (Outcome.UNREACHABLE, Outcome.TIMEOUT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """One source that gave no answer at all in this round."""

    host: str
    kind: Outcome
    schedule: Schedule  # from before the round


def doubtful(fetch: Fetch) -> bool:
    """Whether this failure may be ours: nothing answered, neither with a page nor with an error."""
    return fetch.outcome in _KINDS and fetch.status is None


def ours(failed: Iterable[Failed], asked: int, last_success: datetime | None) -> frozenset[Outcome]:
    """The kinds of failure for which our own network is to blame, of a round that has asked `asked` sources.

    It is when a tenth of them, at least 3 on 3 hosts, fail alike without having failed before. Who was spared for that
    reason once, and is still silent although some source has answered since (`last_success`), speaks for itself.
    """
    found = set()
    witnesses = [one for one in failed if not one.schedule.failures and not _outlived(one.schedule, last_success)]
    for kind in _KINDS:
        alike = [one for one in witnesses if one.kind is kind]
        enough = len(alike) >= max(FEWEST, SHARE * asked)
        if enough and len({one.host for one in alike}) >= FEWEST:
            found.add(kind)
    return frozenset(found)


def _outlived(schedule: Schedule, last_success: datetime | None) -> bool:
    """Whether the source was spared when it was asked last, and the network has worked since."""
    last, well = schedule.last_fetch_at, schedule.last_success_at
    spared = last is not None and (well is None or well < last)
    return spared and last is not None and last_success is not None and last_success >= last


def spared(schedule: Schedule, now: datetime) -> Schedule:
    """The schedule of a source whose failure is ours: not counted, asked again soon."""
    return schedule.but(next_at=now + WAIT, next_reason="not counted: our own network seems to fail", last_fetch_at=now)
