"""When is a source asked next, and why then? Functions of what is known; the clock comes in as an argument."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from tracker.conduct import Condition, Conduct, Hints
from tracker.model import Entry, Outcome, Schedule, Source

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=24)  # of adaptive
PATIENCE = timedelta(days=7)  # the longest wait, as long as a source is not asleep
FAILING_WEIGHT = 8.0
ASLEEP_AFTER, ASLEEP_WAIT = timedelta(days=90), timedelta(days=30)
FIRST_DAY = timedelta(days=1)
DOUBT_AFTER_304, DOUBT_AFTER = 20, timedelta(days=7)  # before "not modified" is put to the test
BELIEVED_AFTER_SEEN, BELIEVED_AFTER = 3, timedelta(days=7)  # before a source's new address replaces the old one
LOOKED_AT_AGAIN = timedelta(days=3)
RHYTHM = timedelta(days=14)  # over which news is counted

# How much each failure in a row adds to the doublings of the wait: a network that is down says least about the source.
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


def after_success(
    source: Source,
    new_in_14_days: int,
    now: datetime,
    hints: Hints | None = None,
    fresh_for: timedelta = timedelta(),
    watched_since: datetime | None = None,
) -> tuple[datetime, str]:
    """When to ask next after an answer that could be read, and why then.

    An adaptive source is asked every half hour on the first day that it is watched, for nobody knows its rhythm yet.
    An adaptive source is asked no sooner than its publisher wants (`hints` of the feed, `fresh_for` of the headers),
    and not in the hours and days that it names, as far as that costs 24 hours at most. A configured interval is kept.
    """
    wait, why = interval(source, new_in_14_days)
    if source.every != "adaptive":
        return now + wait, why
    if watched_since is not None and now - watched_since < FIRST_DAY and wait > SHORTEST:
        wait, why = SHORTEST, "adaptive: every half hour on its first day, to learn its rhythm"
    hints = hints or Hints()
    wanted, where = max((timedelta(minutes=hints.wait_minutes), hints.why), (fresh_for, "caching headers"))
    if min(wanted, LONGEST) > wait:
        wait = min(wanted, LONGEST)
        why = f"the publisher asks to wait {int(wait.total_seconds() // 60)} minutes ({where})"
    at = now + wait
    for _ in range(24):
        if at.hour not in hints.skip_hours and at.weekday() not in hints.skip_days:
            break
        at += timedelta(hours=1)
    return at, why if at == now + wait else f"{why}; later, as the publisher names hours or days to skip"


def doubtful(conduct: Conduct, now: datetime) -> bool:
    """Whether "not modified" was answered for so long that the source is asked without conditions once.

    20 times in a row or for 7 days; twice and for a day as long as it was never found to be right.
    """
    times, whole_at = conduct.unchanged_in_a_row, conduct.whole_at
    since = now - whole_at if whole_at is not None else timedelta()
    return (
        times >= DOUBT_AFTER_304
        or (times > 0 and since >= DOUBT_AFTER)
        or (times > 1 and since >= FIRST_DAY and not conduct.reliable_304)
    )


def address(source: Source, conduct: Conduct, now: datetime) -> str:
    """Where to ask a source: at its own address, or where that redirects for good, which is looked at every 3 days."""
    asked = conduct.moving_asked_at
    return conduct.moving_to if conduct.moving_to and asked and now - asked < LOOKED_AT_AGAIN else source.url


def redirected(conduct: Conduct, url: str, target: str | None, now: datetime) -> tuple[Conduct, str | None]:
    """What is remembered of a permanent redirect from `url` to a `target` that could be read, and the new address.

    The address changes when the same target was seen 3 times over 7 days, at once from http to https of the same
    host. None: it stays. A target of None (answered itself, or redirected for a while) ends the waiting.
    """
    if target is None:
        return conduct.but(moving_to=None, moving_seen=0, moving_since=None, moving_asked_at=None), None
    same = target == conduct.moving_to
    seen = conduct.moving_seen + 1 if same else 1
    since = (conduct.moving_since if same else None) or now
    believed = seen >= BELIEVED_AFTER_SEEN and now - since >= BELIEVED_AFTER
    conduct = conduct.but(moving_to=target, moving_seen=seen, moving_since=since, moving_asked_at=now)
    return conduct, target if believed or _secured(url, target) else None


def _secured(url: str, target: str) -> bool:
    old, new = urlsplit(url), urlsplit(target)
    return (old.scheme, new.scheme, old.hostname) == ("http", "https", new.hostname)


def troubled(conduct: Conduct, outcome: Outcome, status: int | None, now: datetime) -> Conduct:
    """How a source stands after one more failure: ok, failing (weights of 8 in a row), asleep (90 days) or gone (410).

    A failure weighs 0.25 when the network may be to blame, 0.5 when it may pass (404, 408, 425, 429, 5xx), else 1.
    """
    weight = conduct.trouble_weight + (0.5 if status in SOFT_STATUS else WEIGHTS.get(outcome, 1.0))
    since = conduct.trouble_since or now
    if status == 410:
        condition = Condition.GONE
    elif now - since >= ASLEEP_AFTER:
        condition = Condition.ASLEEP
    else:
        condition = Condition.FAILING if weight >= FAILING_WEIGHT else Condition.OK
    changed = conduct.condition_since if condition is conduct.condition else now
    return conduct.but(trouble_weight=weight, trouble_since=since, condition=condition, condition_since=changed)


def recovered(conduct: Conduct, now: datetime) -> Conduct:
    """How a source stands after a success: one is enough."""
    changed = conduct.condition_since if conduct.condition is Condition.OK else now
    return conduct.but(trouble_weight=0.0, trouble_since=None, condition=Condition.OK, condition_since=changed)


def after_failure(
    source: Source,
    schedule: Schedule,
    conduct: Conduct,
    outcome: Outcome,
    status: int | None,
    new_in_14_days: int,
    now: datetime,
) -> tuple[datetime | None, str]:
    """When to ask next after a failure, and why then; None for never. Schedule and conduct include this failure.

    The wait doubles with the weight of the failures in a row, up to 7 days (or the configured interval); a failing
    source is asked once a week, one that sleeps once a month: a source that comes back is found again by itself.
    """
    times = "once" if schedule.failures == 1 else f"{schedule.failures} times in a row"
    why = f"failed {times} ({outcome.value.replace('_', ' ')}{f', {status}' if status else ''})"
    usual, _ = interval(source, new_in_14_days)
    match conduct.condition:
        case Condition.GONE:
            return None, f"gone (410): not asked until it is reopened (tracker sources reopen {source.id})"
        case Condition.ASLEEP:
            return now + max(ASLEEP_WAIT, usual), f"asleep, asked once a month: {why}"
        case Condition.FAILING:
            return now + max(PATIENCE, usual), f"failing, asked once a week: {why}"
        case Condition.OK:
            return now + min(usual * 2**conduct.trouble_weight, max(PATIENCE, usual)), why


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
