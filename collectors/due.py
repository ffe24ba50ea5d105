"""When is a source asked next, and why then? Functions of what is known; the clock comes in as an argument."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from tracker.model import Entry, Outcome, Schedule, Source

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)  # of adaptive
PATIENCE = timedelta(days=7)  # the longest wait of all
RHYTHM = timedelta(days=14)  # over which news is counted

# How much each failure in a row doubles the wait: a network that is down says least about the source.
WEIGHTS = {Outcome.UNREACHABLE: 0.25, Outcome.TIMEOUT: 0.25}
SOFT_STATUS = frozenset({404, 408, 425, 429, *range(500, 600)})


def interval(source: Source, new_in_14_days: int) -> tuple[timedelta, str]:
    """How long to wait after a fetch that went well, and why.

    `every: adaptive` asks about twice as often as the source brings news, between 30 minutes and 24 hours, plus up to a
    tenth that depends on the id alone, so that sources do not all come due at once.
    """
    if source.every != "adaptive":
        return int(source.every[:-1]) * UNITS[source.every[-1]], f"every {source.every}, as configured"
    if new_in_14_days <= 0:
        wait, why = LONGEST, "no news in 14 days"
    else:
        wait = min(max(RHYTHM / (2 * new_in_14_days), SHORTEST), LONGEST)
        why = f"{new_in_14_days} new in 14 days"
    tenth = int.from_bytes(hashlib.sha256(source.id.encode()).digest()[:2], "big") / 0xFFFF / 10
    return wait * (1 + tenth), f"adaptive: {why}"


def recent(entries: Iterable[Entry], now: datetime) -> int:
    """How many entries say that they were published in the last 14 days: a source's rhythm at its first fetch."""
    return sum(1 for entry in entries if entry.published and now - RHYTHM <= entry.published <= now)


def after_success(source: Source, new_in_14_days: int, now: datetime) -> tuple[datetime, str]:
    """When to ask next after an answer that could be read, and why then."""
    wait, why = interval(source, new_in_14_days)
    return now + wait, why


def after_failure(
    source: Source, schedule: Schedule, outcome: Outcome, status: int | None, new_in_14_days: int, now: datetime
) -> tuple[datetime, str]:
    """When to ask next after a failure, and why then. `schedule.failures` counts those in a row, this one included.

    The wait grows with each failure in a row and never beyond 7 days (or the configured interval): a source that comes
    back is found again by itself.
    """
    usual, _ = interval(source, new_in_14_days)
    weight = 0.5 if status in SOFT_STATUS else WEIGHTS.get(outcome, 1.0)
    doublings = min(weight * schedule.failures, 20.0)
    wait = min(usual * 2**doublings, max(PATIENCE, usual))
    times = "once" if schedule.failures == 1 else f"{schedule.failures} times in a row"
    return now + wait, f"failed {times} ({outcome.value.replace('_', ' ')}{f', {status}' if status else ''})"


def retry_after(header: str | None, now: datetime) -> datetime | None:
    """When the server wants to be asked again: `Retry-After` in seconds or as a date, at most 7 days ahead.

    None when the header is missing, cannot be read, or lies in the past.
    """
    if not header:
        return None
    header = header.strip()
    try:
        wanted = now + timedelta(seconds=int(header)) if header.isdecimal() else parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return now + PATIENCE if header.isdecimal() else None
    if wanted.tzinfo is None:
        wanted = wanted.replace(tzinfo=UTC)
    return min(wanted.astimezone(UTC), now + PATIENCE) if wanted > now else None
