"""Where has somebody searched, so that "none found" can be told from "nobody has looked"?

What a person says counts. Beside it stands what the tracker can tell by itself: how many sources of the country speak
of the issue and answered in that month, how many items seem to be about it, and how many initiatives began then. From
that comes a proposal, "partly" at most: machines that answered are not a search.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from tracker.model import EARLIEST, Code, Country, Source, Value
from tracker.store.coverage import CoverageLine, Found, Month, Place, Searched

if TYPE_CHECKING:
    from tracker.store import Store

NOTHING = Found(0, 0)


class Cell(Value):
    """A country, an issue and a month: what somebody says of it, and what is known besides."""

    country: Country
    issue: Code
    month: Month
    state: Searched = Searched.NOT_SEARCHED
    said: CoverageLine | None = None  # none: nobody has said anything yet
    sources: int = 0  # of this country, on this issue, that are asked
    answered: int = 0  # those of them that answered in the month
    fetches: int = 0  # how often they did
    items: int = 0
    found: int = 0  # initiatives, in work or public
    public: int = 0

    @property
    def none_found(self) -> bool:
        """Somebody has searched, and there is nothing: not the same as that nobody has looked."""
        return self.state is Searched.SEARCHED and self.found == 0

    @property
    def proposed(self) -> Searched | None:
        """What the tracker proposes where nobody has said anything: partly, when a source answered; else nothing."""
        return Searched.PARTLY if self.said is None and self.answered else None


def months(first: date, last: date) -> list[date]:
    """The first day of each month from the one to the other, both included."""
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return found


def coverage(store: Store, issues: Iterable[str], first: date, last: date) -> dict[Place, Cell]:
    """Every cell of these issues and months of which anything is known; any other is `Cell` with nothing in it."""
    return _cells(store, list(issues), months(first, last), None)


def coverage_of(store: Store, country: str, issue: str, today: date, first: date = EARLIEST) -> list[Cell]:
    """One country and issue, month by month until today, whether anything is known or not."""
    wanted = months(first, today)
    cells = _cells(store, [issue], wanted, country)
    return [
        cells.get(Place(country, issue, month), Cell(country=country, issue=issue, month=month)) for month in wanted
    ]


def speaks_of(source: Source, country: str, issue: str) -> bool:
    """Whether a source is one of this country and may report on this issue; one that names no issue may on all."""
    return source.country == country and (not source.issues or issue in source.issues)


def as_csv(cells: Iterable[Cell]) -> str:
    """The cells as CSV with a head: codes and figures, and the note of whoever has searched."""
    written = io.StringIO()
    sheet = csv.writer(written, lineterminator="\n")
    sheet.writerow(
        ["country", "issue", "month", "state", "none_found", "note", "sources", "answered", "fetches", "items", "found",
         "public"]
    )  # fmt: skip
    for cell in cells:
        sheet.writerow(
            [
                cell.country,
                cell.issue,
                f"{cell.month:%Y-%m}",
                cell.state.value,
                "yes" if cell.none_found else "no",
                _harmless(cell.said.note if cell.said else ""),
                *(cell.sources, cell.answered, cell.fetches, cell.items, cell.found, cell.public),
            ]
        )
    return written.getvalue()


# ------------------------------------------------------------------------------------------------------------- inside


def _cells(store: Store, issues: list[str], wanted: list[date], country: str | None) -> dict[Place, Cell]:
    if not wanted:
        return {}
    first, last = wanted[0], wanted[-1]
    start, until = _midnight(first), _midnight((last + timedelta(days=31)).replace(day=1))
    said = store.coverage_lines(first, last, country)
    seen = store.seen_by_month(start, until, country)
    found = store.found_by_month(first, last)
    asked = _asked(store, issues, country)
    answers = store.answered_by_month(start, until)
    places = {
        *said,
        *seen,
        *found,
        *(Place(*of, month) for of in asked for month in wanted),
    }
    return {
        place: _cell(place, said, asked, answers, seen, found)
        for place in sorted(places)
        if place.issue in issues and country in (None, place.country)
    }


def _cell(
    place: Place,
    said: Mapping[Place, CoverageLine],
    asked: Mapping[tuple[str, str], list[str]],
    answers: Mapping[tuple[str, date], int],
    seen: Mapping[Place, int],
    found: Mapping[Place, Found],
) -> Cell:
    line = said.get(place)
    sources = asked.get((place.country, place.issue), [])
    fetches = [number for id in sources if (number := answers.get((id, place.month), 0))]
    return Cell(
        country=place.country,
        issue=place.issue,
        month=place.month,
        state=line.state if line else Searched.NOT_SEARCHED,
        said=line,
        sources=len(sources),
        answered=len(fetches),
        fetches=sum(fetches),
        items=seen.get(place, 0),
        found=found.get(place, NOTHING).all,
        public=found.get(place, NOTHING).public,
    )


def _asked(store: Store, issues: list[str], country: str | None) -> dict[tuple[str, str], list[str]]:
    """The sources that are asked, by the country and issue that they speak of."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in store.watched():
        source = one.source
        if one.asked and source.country and country in (None, source.country):
            for issue in issues:
                if speaks_of(source, source.country, issue):
                    found[source.country, issue].append(source.id)
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _harmless(text: str) -> str:
    """Text that a spreadsheet takes for text, not for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
