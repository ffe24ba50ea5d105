"""Which week is meant? Weeks run from Monday to Sunday in UTC and are numbered as ISO 8601 does: 2020-W18."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tracker.errors import WrongUse

FIRST_YEAR = 2020


@dataclass(frozen=True, order=True, slots=True)
class Week:
    year: int
    number: int

    @classmethod
    def of(cls, when: datetime) -> Week:
        year, number, _ = when.astimezone(UTC).isocalendar()
        return cls(year, number)

    @classmethod
    def parse(cls, text: str) -> Week:
        """`2020-W18`. Raises WrongUse for anything else, and for a week that the year does not have."""
        found = re.fullmatch(r"(20[0-9]{2})-[wW]([0-9]{2})", text)
        week = cls(int(found[1]), int(found[2])) if found else None
        try:
            if week and week.year >= FIRST_YEAR and week.monday:
                return week
        except ValueError:
            pass
        raise WrongUse(f"{text[:20]!r} is no week such as 2020-W18")

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.monday, time(), UTC)

    @property
    def ends(self) -> datetime:
        """The first moment that is no more of it."""
        return self.begins + timedelta(days=7)

    @property
    def before(self) -> Week:
        return Week.of(self.begins - timedelta(days=1))

    @property
    def after(self) -> Week:
        return Week.of(self.ends)

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"


def last_whole(now: datetime) -> Week:
    """The newest week that is over."""
    return Week.of(now).before
