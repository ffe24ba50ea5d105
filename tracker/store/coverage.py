"""Where somebody has searched, and what sources, items and initiatives say of the same country, issue and month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import sqlalchemy as sa
from pydantic import AfterValidator

from tracker.model import Code, Country, InitiativeState, Outcome, Person, Time, Value
from tracker.store.audit import Audit
from tracker.store.rows import (
    CoverageRow,
    EvidenceRow,
    FetchDayRow,
    FetchRow,
    InitiativeRevisionRow,
    InitiativeRow,
    ItemFacetRow,
    ItemRow,
    PersonRow,
)

_LINE = CoverageRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_FETCH = FetchRow.__table__  # type: ignore[attr-defined]
_DAY = FetchDayRow.__table__  # type: ignore[attr-defined]
_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_FACET = ItemFacetRow.__table__  # type: ignore[attr-defined]
_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_REVISION = InitiativeRevisionRow.__table__  # type: ignore[attr-defined]
_EVIDENCE = EvidenceRow.__table__  # type: ignore[attr-defined]

ANSWERED = (Outcome.OK.value, Outcome.UNCHANGED.value)
_COUNTS = (InitiativeState.DRAFT.value, InitiativeState.SECOND_LOOK.value, InitiativeState.APPROVED.value)


class Searched(StrEnum):
    """What somebody says of a country, an issue and a month. Until then it is not searched."""

    SEARCHED = "searched"
    PARTLY = "partly"
    NOT_SEARCHED = "not_searched"


def _first_day(value: date) -> date:
    return value.replace(day=1)


Month = Annotated[date, AfterValidator(_first_day)]


class Place(NamedTuple):
    """A cell: what is searched or not."""

    country: str
    issue: str
    month: date  # its first day


class CoverageLine(Value):
    """What somebody has said of a cell."""

    country: Country
    issue: Code
    month: Month
    state: Searched
    note: Annotated[str, "how and where, or why not"] = ""
    by: str = ""  # name
    at: Time | None = None

    @property
    def place(self) -> Place:
        return Place(self.country, self.issue, self.month)


class Found(NamedTuple):
    """How many initiatives began in a month: those in work or public, and those of them that are public."""

    all: int
    public: int


class CoverageLines(Audit):
    # -------------------------------------------------------------------------------------------------- what was said

    def coverage_lines(self, first: date, last: date, country: str | None = None) -> dict[Place, CoverageLine]:
        """The newest line on each cell of these months (both included), of all countries or of one."""
        newest = (
            sa.select(sa.func.max(_LINE.c.id))
            .where(_LINE.c.month >= _first_day(first), _LINE.c.month <= last)
            .group_by(_LINE.c.country, _LINE.c.issue, _LINE.c.month)
        )
        if country is not None:
            newest = newest.where(_LINE.c.country == country)
        with self.reading() as db:
            return {line.place: line for line in self._lines(db, _LINE.c.id.in_(newest))}

    def coverage_history(self, place: Place) -> list[CoverageLine]:
        """Everything that was ever said of a cell, newest first."""
        of = (_LINE.c[name] == value for name, value in place._asdict().items())
        with self.reading() as db:
            return self._lines(db, sa.and_(*of))[::-1]

    def add_coverage(self, lines: Iterable[CoverageLine], by: Person, now: datetime) -> int:
        """Writes lines, with one line in the audit for all of them; gives how many."""
        rows = [{**line.model_dump(exclude={"by", "at"}), "person_id": by.id, "at": now} for line in lines]
        if not rows:
            return 0
        with self.writing() as db:
            db.execute(sa.insert(_LINE), rows)
            told = {
                "countries": sorted({row["country"] for row in rows}),
                "issues": sorted({row["issue"] for row in rows}),
                "months": sorted({f"{row['month']:%Y-%m}" for row in rows}),
                "state": sorted({str(row["state"]) for row in rows}),
                "note": rows[0]["note"],
            }
            self.note(by.email, "coverage set", "coverage", len(rows), None, told)
        return len(rows)

    def _lines(self, db: sa.Connection, which: sa.ColumnElement[bool]) -> list[CoverageLine]:
        query = sa.select(_LINE, _PERSON.c.name).join(_PERSON, _PERSON.c.id == _LINE.c.person_id).where(which)
        return [
            CoverageLine(
                country=row.country, issue=row.issue, month=row.month, state=row.state, note=row.note, by=row.name,
                at=row.at,
            )
            for row in db.execute(query.order_by(_LINE.c.id))
        ]  # fmt: skip

    # ------------------------------------------------------------------------------------------ what else is known

    def answered_by_month(self, first: datetime, until: datetime) -> Counter[tuple[str, date]]:
        """How many fetches of each source went well in each month from `first` on and before `until`."""
        found: Counter[tuple[str, date]] = Counter()
        with self.reading() as db:
            single = _month(db, _FETCH.c.at)
            query = (
                sa.select(_FETCH.c.source_id, single, sa.func.count())
                .where(_FETCH.c.at >= first, _FETCH.c.at < until, _FETCH.c.outcome.in_(ANSWERED))
                .group_by(_FETCH.c.source_id, single)
            )
            for source_id, month, number in db.execute(query):
                found[source_id, _day(month)] += number
            days = sa.select(_DAY.c.source_id, _DAY.c.day, _DAY.c.fetches - _DAY.c.failed)
            for source_id, day, number in db.execute(
                days.where(_DAY.c.day >= first.date(), _DAY.c.day < until.date(), _DAY.c.fetches > _DAY.c.failed)
            ):
                found[source_id, _first_day(day)] += number
        return found

    def seen_by_month(self, first: datetime, until: datetime, country: str | None = None) -> dict[Place, int]:
        """How many items of each month seem to speak of a country and an issue.

        By the date that the source gives, else by when we saw them first.
        """
        of, about = _FACET.alias("of"), _FACET.alias("about")
        # `type_`: without it the value loses its zone on its way to the database.
        when = sa.func.coalesce(_ITEM.c.published_at, _ITEM.c.arrived_at, type_=_ITEM.c.arrived_at.type)
        with self.reading() as db:
            month = _month(db, when)
            query = (
                sa.select(of.c.code, about.c.code, month, sa.func.count())
                .select_from(_ITEM)
                .join(of, sa.and_(of.c.item_id == _ITEM.c.id, of.c.kind == "country"))
                .join(about, sa.and_(about.c.item_id == _ITEM.c.id, about.c.kind == "issue"))
                .where(when >= first, when < until)
                .group_by(of.c.code, about.c.code, month)
            )
            if country is not None:
                query = query.where(of.c.code == country)
            return {Place(one, issue, _day(said)): number for one, issue, said, number in db.execute(query)}

    def found_by_month(self, first: date, last: date) -> dict[Place, Found]:
        """How many initiatives of each country and issue began in each of these months (both included).

        By their start, else their announcement, else the date of the oldest item behind them. One that is known to the
        year alone counts in its January.
        """
        when = sa.func.coalesce(_ITEM.c.published_at, _ITEM.c.arrived_at, type_=_ITEM.c.arrived_at.type)
        oldest = (
            sa.select(_EVIDENCE.c.initiative_id, sa.func.min(when).label("at"))
            .join(_ITEM, _ITEM.c.id == _EVIDENCE.c.item_id)
            .where(_EVIDENCE.c.removed_at.is_(None))
            .group_by(_EVIDENCE.c.initiative_id)
            .subquery()
        )
        content = _REVISION.c.content
        query = (
            sa.select(
                content["countries"].label("countries"),
                content["issues"].label("issues"),
                content["start"]["on"].as_string().label("start"),
                content["announced"]["on"].as_string().label("announced"),
                oldest.c.at,
                _INITIATIVE.c.approved_revision,
            )
            .select_from(_INITIATIVE)
            .join(
                _REVISION,
                sa.and_(_REVISION.c.initiative_id == _INITIATIVE.c.id, _REVISION.c.revision == _INITIATIVE.c.revision),
            )
            .outerjoin(oldest, oldest.c.initiative_id == _INITIATIVE.c.id)
            .where(_INITIATIVE.c.state.in_(_COUNTS))
        )
        all_, public = Counter[Place](), Counter[Place]()
        with self.reading() as db:
            for row in db.execute(query):
                began = row.start or row.announced or (row.at.date().isoformat() if row.at else None)
                if began is None or not first.isoformat()[:7] <= began[:7] <= last.isoformat()[:7]:
                    continue
                for country in row.countries or ():
                    for issue in row.issues or ():
                        place = Place(country, issue, _day(began[:7]))
                        all_[place] += 1
                        public[place] += row.approved_revision is not None
        return {place: Found(number, public[place]) for place, number in all_.items()}


def _month(db: sa.Connection, column: Any) -> sa.ColumnElement[str]:
    """The month of a time as 2020-05, in UTC."""
    if db.dialect.name == "postgresql":
        return sa.func.to_char(sa.func.timezone("UTC", column), "YYYY-MM", type_=sa.String())
    return sa.func.strftime("%Y-%m", column, type_=sa.String())


def _day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
