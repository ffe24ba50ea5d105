"""What is remembered of how a source has answered? Values that decide whether, when and where it is asked."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from tracker.model import Time, Value


class Condition(StrEnum):
    """How a source is doing, beyond single failures."""

    OK = "ok"
    FAILING = "failing"  # asked once a week
    ASLEEP = "asleep"  # without a success for 90 days; asked once a month
    GONE = "gone"  # answered 410; not asked until a person reopens it


class Hints(Value):
    """When a publisher wants its feed to be read: `wait_minutes` apart, not at these UTC hours, not on these days."""

    wait_minutes: int = Field(default=0, ge=0)
    why: str = ""
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()  # Monday is 0


class Conduct(Value):
    """What is remembered of a source's answers. The empty value is that of a source that was never asked."""

    condition: Condition = Condition.OK
    condition_since: Time | None = None
    trouble_weight: float = 0.0  # summed over the failures in a row
    trouble_since: Time | None = None  # the first of them
    unchanged_in_a_row: int = 0  # answers 304
    whole_at: Time | None = None  # the last answer that had a body
    unreliable_304: bool = False  # it said "not modified" while there was news
    reliable_304: bool = False  # it was put to the test, and had no news
    watched_since: Time | None = None  # the first success
    hints: Hints | None = None
    moving_to: str | None = None  # where it redirects for good, not yet believed
    moving_seen: int = 0
    moving_since: Time | None = None
    moving_asked_at: Time | None = None  # when its own address was asked last, since it redirects


class NetworkAlarm(Value):
    """Our own network fails: so many of the sources asked in one round gave no answer, since then."""

    silent: int
    asked: int
    since: Time
