"""Is a source well, and does it keep its habits? What is wrong with it, told in a sentence each."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from tracker.conduct import Condition, Conduct
from tracker.model import Expect, Fetch, Outcome, Time, Value, Watched

WELL = frozenset({Outcome.OK, Outcome.UNCHANGED})

SHORTEST_SILENCE = timedelta(days=7)
TIMES_ITS_HABIT = 3
HABIT_NEEDS_DAYS = 3  # with news; before that nobody knows what is usual
WEEK = timedelta(days=7)


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


class Week(Value):
    """What a source brought in the last 7 days, without its first fetch, which brings what was there before.

    `since` is when that first fetch was, as far back as 14 days.
    """

    new: int
    since: Time


def unexpected(expect: Expect, week: Week | None, now: datetime) -> int:
    """How many new items a week are too many (above 0) or too few (below 0) for what is expected; else 0.

    Too few is only known after a whole week of asking.
    """
    if week is None:
        return 0
    if expect.at_most is not None and week.new > expect.at_most:
        return week.new - expect.at_most
    if expect.at_least is not None and week.new < expect.at_least and now - week.since >= WEEK:
        return week.new - expect.at_least
    return 0


class Trouble(StrEnum):
    """What a person may have to do something about."""

    GONE = "gone"
    LOGIN = "login"
    PAGE = "page"
    MISSING = "missing"
    REFUSED = "refused"
    FAILING = "failing"
    MOVED = "moved"
    SILENT = "silent"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    UNRELIABLE = "unreliable"


# In the words of analysts. The desk translates them.
SENTENCES = {
    Trouble.GONE: "Removed for good (410): it is not asked any more.",
    Trouble.LOGIN: "It now asks for a login.",
    Trouble.PAGE: "It is a web page, not a feed.",
    Trouble.MISSING: "There is nothing at its address any more (404).",
    Trouble.REFUSED: "It refuses us (403).",
    Trouble.FAILING: "It has failed for {days} days.",
    Trouble.MOVED: "It has moved to {address}.",
    Trouble.SILENT: "Silent for {days} days; it usually brings news every {usual} days.",
    Trouble.TOO_FEW: "Only {number} new in a week; at least {expected} are expected.",
    Trouble.TOO_MANY: "{number} new in a week; at most {expected} are expected.",
    Trouble.UNRELIABLE: "It says “not modified” wrongly, so it is always read whole.",
}


class Told(Value):
    """One trouble of a source, with what its sentence needs."""

    trouble: Trouble
    facts: dict[str, int | str] = {}

    def __str__(self) -> str:
        return SENTENCES[self.trouble].format(**self.facts)


def troubles(
    one: Watched, fetch: Fetch | None, conduct: Conduct, rhythm: Rhythm | None, week: Week | None, now: datetime
) -> list[Told]:
    """What is wrong with a source, the worst first. Empty when it is well, or is not asked at the moment.

    `fetch` is its newest one. What it brings says nothing as long as it cannot be read.
    """
    if not one.asked:
        return []
    found = _failure(fetch, conduct, now) if fetch else []
    if conduct.moving_to:
        found.append(Told(trouble=Trouble.MOVED, facts={"address": conduct.moving_to}))
    if not fetch or fetch.outcome in WELL:
        found += _habits(one.source.expect, rhythm, week, now)
    if conduct.unreliable_304:
        found.append(Told(trouble=Trouble.UNRELIABLE))
    return found


def _failure(fetch: Fetch, conduct: Conduct, now: datetime) -> list[Told]:
    """Why the newest fetch failed, when that is for a person to know; one failure that may pass is not."""
    if conduct.condition is Condition.GONE:
        return [Told(trouble=Trouble.GONE)]
    if fetch.outcome in WELL:
        return []
    if fetch.status == 401:
        return [Told(trouble=Trouble.LOGIN)]
    if is_a_page(fetch.error):
        return [Told(trouble=Trouble.PAGE)]
    if fetch.status in (403, 404):
        return [Told(trouble=Trouble.REFUSED if fetch.status == 403 else Trouble.MISSING)]
    days = (now - conduct.trouble_since).days if conduct.trouble_since else 0
    return [Told(trouble=Trouble.FAILING, facts={"days": days})] if days else []


def _habits(expect: Expect, rhythm: Rhythm | None, week: Week | None, now: datetime) -> list[Told]:
    found = []
    if rhythm and rhythm.usual_gap and (silence := silent_for(rhythm, now)):
        usual = max(1, round(rhythm.usual_gap / timedelta(days=1)))
        found.append(Told(trouble=Trouble.SILENT, facts={"days": silence.days, "usual": usual}))
    if week and (difference := unexpected(expect, week, now)):
        trouble = Trouble.TOO_MANY if difference > 0 else Trouble.TOO_FEW
        found.append(Told(trouble=trouble, facts={"number": week.new, "expected": week.new - difference}))
    return found


def is_a_page(error: str) -> bool:
    """Whether a feed could not be read because there is a web page at its address."""
    return "is a web page, not a feed" in error
