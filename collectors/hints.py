"""When does a publisher want its feed to be read? From the head of the feed, and from the headers of the answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from tracker.conduct import Hints

HEAD_BYTES = 65_536
MOST_MINUTES = 24 * 60
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PERIODS = {"hourly": 60, "daily": 1440, "weekly": 7 * 1440, "monthly": 30 * 1440, "yearly": 365 * 1440}

_FIRST_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)


def publisher_hints(body: bytes) -> Hints:
    """What the head of a feed says with ttl, skipHours, skipDays, sy:updatePeriod; empty where it says nothing.

    The wait is in minutes, at most 24 hours; the longer of two counts. Hours are UTC, Monday is day 0. What cannot be
    read is not there: a hint never costs a feed.
    """
    head = _COMMENT.sub(b"", body[:HEAD_BYTES])
    first = _FIRST_ENTRY.search(head)
    text = head[: first.start() if first else None].decode("latin-1").replace("<![CDATA[", "").replace("]]>", "")
    waits = [(int(found), f"ttl {found}") for found in re.findall(r"<ttl>\s*(\d{1,7})\s*</ttl>", text)[:1]]
    period, frequency = _one("updatePeriod", r"[a-zA-Z]+", text), _one("updateFrequency", r"\d{1,5}", text)
    if period or frequency:
        often = max(int(frequency or 1), 1)
        minutes = PERIODS.get((period or "daily").lower(), 0) // often
        waits.append((minutes, f"updated {(period or 'daily').lower()}{f' {often} times' if often > 1 else ''}"))
    wait, why = max(waits, default=(0, ""))
    hours = {int(hour) % 24 for hour in _many("skipHours", r"<hour>\s*(\d{1,2})\s*</hour>", text) if int(hour) <= 24}
    days = {
        DAYS.index(day.lower()) for day in _many("skipDays", r"<day>\s*(\w+)\s*</day>", text) if day.lower() in DAYS
    }
    return Hints(
        wait_minutes=min(wait, MOST_MINUTES),
        why=why if wait else "",
        skip_hours=tuple(sorted(hours)) if len(hours) < 24 else (),
        skip_days=tuple(sorted(days)) if len(days) < 7 else (),
    )


def _one(name: str, value: str, text: str) -> str | None:
    found = re.search(rf"<\w+:{name}[^>]*>\s*({value})\s*</", text)
    return found[1] if found else None


def _many(name: str, value: str, text: str) -> list[str]:
    found = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return re.findall(value, found[1]) if found else []


def fresh_for(cache_control: str | None, expires: str | None, date: str | None, now: datetime) -> timedelta:
    """How long an answer may be kept: `max-age`, else `Expires` (against the server's own `Date`); zero if unsaid.

    At most 24 hours.
    """
    said = (cache_control or "").lower()
    if re.search(r"\bno-(cache|store)\b", said):
        return timedelta()
    if found := re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", said):
        return min(timedelta(seconds=int(found[1])), timedelta(minutes=MOST_MINUTES))
    until, since = _time(expires), _time(date) or now
    return min(max(until - since, timedelta()), timedelta(minutes=MOST_MINUTES)) if until else timedelta()


def _time(header: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(header) if header else None
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found
