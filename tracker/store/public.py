"""The public's door: approved records alone, read-only."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from tracker.errors import NotFound
from tracker.model import Filters, Initiative, Published, Time, Value
from tracker.store.coverage import Searched
from tracker.store.public_changes import PublicChanges
from tracker.store.public_index import CHUNK, Index, among, as_set, current, keep, members, portion, size, union
from tracker.store.rows import CoverageRow, PublicChangeRow, PublicInitiativeRow, ReleaseRow
from tracker.text import folded

_PUBLIC = PublicInitiativeRow.__table__  # type: ignore[attr-defined]
_CHANGE = PublicChangeRow.__table__  # type: ignore[attr-defined]
_RELEASE = ReleaseRow.__table__  # type: ignore[attr-defined]
_COVERAGE = CoverageRow.__table__  # type: ignore[attr-defined]

FACETS = {  # kind in the table: field of Filters
    "issue": "issues",
    "type": "types",
    "country": "countries",
    "actor_kind": "actor_kinds",
    "target": "targets",
    "status": "statuses",
}


class ReleaseLine(Value):
    """A release in a list of releases."""

    number: int
    at: Time
    total: int
    folder: str


class Overview(Value):
    """The tracker in numbers."""

    total: int
    by_issue: dict[str, int]
    by_country: dict[str, int]
    by_type: dict[str, int]
    changed_at: Time | None  # of the newest approval
    release: ReleaseLine | None  # the newest


class PublicChange(Value):
    """One line of an initiative's public history."""

    at: Time
    what: str  # added | changed | withdrawn | merged | restored
    revision: int | None
    fields: tuple[str, ...]
    reason: str = ""
    into: int | None = None  # of merged: the initiative that tells of it now


class Side(Value):
    """One country beside others, in numbers."""

    total: int
    first: date | None  # the days on which the first and the last of them began
    last: date | None
    counts: dict[str, dict[str, int]]  # kind of code: code: number, the largest first


class Order(StrEnum):
    """In which order a list of initiatives is given."""

    BEGAN = "began"  # began last first
    CHANGED = "changed"  # changed last first
    PUBLISHED = "published"  # published last first
    ID = "id"  # the first one first
    COUNTRY = "country"  # by code
    ISSUE = "issue"  # by code
    TYPE = "type"  # by code
    STATUS = "status"  # by code


class PublicStore(PublicChanges):
    """What the public may ask."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        super().__init__(url, read_only=read_only)
        self._index: Index | None = None
        self._renewing = Lock()
        self._seen: WeakKeyDictionary[sa.Connection, Index] = WeakKeyDictionary()

    def count(self, wanted: Filters, *, since: datetime | None = None) -> int:
        """How many there are; with `since`, of those that changed at that time or later."""
        with self.reading() as db:
            return size(self._wanted(db, wanted, since))

    def page(
        self,
        wanted: Filters,
        offset: int = 0,
        limit: int = 20,
        *,
        order: Order = Order.BEGAN,
        codes: Sequence[str] = (),
        backwards: bool = False,
        since: datetime | None = None,
    ) -> list[Published]:
        """Initiatives, those that began last first and those without a date at the end, or in another order.

        An order by codes puts an initiative that has several where the first of them stands: first those of `codes`,
        then the others from A to Z.
        """
        with self.reading() as db:
            index, found = self._sets(db), self._wanted(db, wanted, since)
            if order in _TIMES:
                ids = _by_time(db, found, _TIMES[order], backwards, offset, limit)
            else:
                groups = (
                    [index.everything]
                    if order is Order.ID
                    else index.by_day(backwards)
                    if order is Order.BEGAN
                    else index.by_code(_KINDS[order], codes, backwards)
                )
                lowest_first = backwards is not (order is Order.ID)
                ids = portion((found & those for those in groups), offset, limit, lowest_first=lowest_first)
            return _in_order(db, ids)

    def newest(self, wanted: Filters, limit: int = 50, offset: int = 0) -> list[Published]:
        """Initiatives, last changed first: what a news feed shows."""
        return self.page(wanted, offset, limit, order=Order.CHANGED)

    def several(self, ids: Iterable[int]) -> dict[int, Published]:
        """Those of these that are public, by number."""
        with self.reading() as db:
            return {record.id: record for record in _in_order(db, list(ids))}

    def each(self, wanted: Filters) -> Iterator[Published]:
        """All of them in the order of `page`, a few hundred in memory at a time."""
        with self.reading() as db:
            index = self._sets(db)
            ids = portion((self._wanted(db, wanted) & those for those in index.by_day()), 0, None)
            public = set(members(index.everything))
            for start in range(0, len(ids), CHUNK):
                yield from (linked(record, public) for record in _read(db, ids[start : start + CHUNK]))

    def one(self, id: int) -> Published:
        """Raises NotFound for what is not public, whatever it is."""
        with self.reading() as db:
            row = db.execute(sa.select(_PUBLIC).where(_PUBLIC.c.id == id)).one_or_none()
            if row is None:
                raise NotFound(f"there is no public initiative {id}")
            return _of_public(db, [published(row)])[0]

    def withdrawn(self, id: int) -> bool:
        """Whether this was public once and was withdrawn."""
        history = self.history(id)
        return bool(history) and history[0].what == "withdrawn"

    def merged_into(self, id: int) -> int | None:
        """The initiative that tells now of this one, which was public once."""
        history = self.history(id)
        return history[0].into if history and history[0].what == "merged" else None

    def history(self, id: int) -> list[PublicChange]:
        """What the public saw change, newest first; empty for what never was public."""
        query = sa.select(_CHANGE).where(_CHANGE.c.initiative_id == id).order_by(_CHANGE.c.id.desc())
        with self.reading() as db:
            return [
                PublicChange(
                    at=row.at,
                    what=row.what,
                    revision=row.revision,
                    fields=tuple(row.fields),
                    reason=row.reason,
                    into=row.into_id,
                )
                for row in db.execute(query)
            ]

    def facets(self, wanted: Filters) -> dict[str, dict[str, int]]:
        """For each kind of code, how many initiatives there would be with each code, the other filters as they are.

        Kinds: issue, type, country, actor_kind, target, status. Largest number first; codes without any are left out.
        """
        with self.reading() as db:
            index = self._sets(db)
            counted = index.facets.get(wanted)
            if counted is None:
                found = self._wanted(db, wanted)
                counted = {
                    kind: index.counted(
                        kind, self._wanted(db, wanted.but(**{field: ()})) if getattr(wanted, field) else found
                    )
                    for kind, field in FACETS.items()
                }
                keep(index.facets, wanted, counted)
        return counted

    def months(self, wanted: Filters) -> dict[date | None, int]:
        """How many initiatives began in each month, the first one first; None: without a date.

        The other filters as they are, but for the months that are asked for. Months without any are left out.
        """
        with self.reading() as db:
            index, found = self._sets(db), self._wanted(db, wanted.but(from_month=None, to_month=None))
        counted: dict[date | None, int] = {month: size(those & found) for month, those in index.months.items()}
        counted[None] = size(index.days.get(None, 0) & found)
        return {month: number for month, number in counted.items() if number}

    def beside(self, wanted: Filters, countries: Iterable[str]) -> dict[str, Side]:
        """Each of these countries in numbers, the other filters as they are."""
        with self.reading() as db:
            index, found = self._sets(db), self._wanted(db, wanted.but(countries=()))
        return {code: _side(index, found & index.having("country", [code])) for code in countries}

    def crossed(self, kind: str, with_kind: str, code: str | None = None) -> dict[str, dict[str, int]]:
        """For each code of a kind (or this one alone), how many initiatives have each code of another kind beside it.

        Kinds are those of `facets`. Codes in their order; the largest number first within one.
        """
        with self.reading() as db:
            index = self._sets(db)
        codes = index.codes.get(kind, {}) if code is None else [code]
        found = {each: index.counted(with_kind, index.having(kind, [each])) for each in sorted(codes)}
        return {each: counted for each, counted in found.items() if counted}

    def searched(self, wanted: Filters) -> frozenset[str]:
        """Countries that somebody has searched, wholly or in part, for one of these issues and months at least."""
        newest = sa.select(sa.func.max(_COVERAGE.c.id)).group_by(
            _COVERAGE.c.country, _COVERAGE.c.issue, _COVERAGE.c.month
        )
        if wanted.issues:
            newest = newest.where(_COVERAGE.c.issue.in_(wanted.issues))
        if wanted.from_month:
            newest = newest.where(_COVERAGE.c.month >= wanted.from_month)
        if wanted.to_month:
            newest = newest.where(_COVERAGE.c.month <= wanted.to_month)
        looked = sa.select(_COVERAGE.c.country).where(
            _COVERAGE.c.id.in_(newest), _COVERAGE.c.state.in_([Searched.SEARCHED.value, Searched.PARTLY.value])
        )
        with self.reading() as db:
            return frozenset(db.scalars(looked.distinct()))

    def overview(self) -> Overview:
        nothing = Filters()
        facets = self.facets(nothing)
        with self.reading() as db:
            changed = db.scalar(sa.select(sa.func.max(_PUBLIC.c.changed_at)))
        releases = self.releases()
        return Overview(
            total=self.count(nothing),
            by_issue=facets["issue"],
            by_country=facets["country"],
            by_type=facets["type"],
            changed_at=changed,
            release=releases[0] if releases else None,
        )

    def releases(self) -> list[ReleaseLine]:
        """Finished releases, newest first."""
        query = sa.select(_RELEASE).where(_RELEASE.c.written).order_by(_RELEASE.c.number.desc())
        with self.reading() as db:
            return [
                ReleaseLine(number=row.number, at=row.at, total=row.total, folder=row.folder)
                for row in db.execute(query)
            ]

    # ------------------------------------------------------------------------------------------------------- inside

    def _sets(self, db: sa.Connection) -> Index:
        """The index as everything public stands at the first question of a transaction; made when there is none yet."""
        found = self._seen.get(db)
        if found is None:
            if self._index is None:
                with self._renewing:  # one of those who ask at the same time makes it
                    self._index = current(db, self._index)
            found = self._index = self._seen[db] = current(db, self._index)
        return found

    def _wanted(self, db: sa.Connection, wanted: Filters, since: datetime | None = None) -> int:
        """The set of what is asked for."""
        index = self._sets(db)
        found = index.everything
        for kind, field in FACETS.items():
            if codes := getattr(wanted, field):
                found &= index.having(kind, codes)
        if wanted.from_month or wanted.to_month:
            first, last = wanted.from_month or date.min, wanted.to_month or date.max
            found &= union(those for month, those in index.months.items() if first <= month <= last)
        if words := folded(wanted.text).split():
            found &= index.saying(db, words)
        if since is not None:
            found &= as_set(db.scalars(sa.select(_PUBLIC.c.id).where(_PUBLIC.c.changed_at >= since)))
        return found


def _by_time(
    db: sa.Connection, found: int, column: sa.Column[Any], backwards: bool, offset: int, limit: int
) -> list[int]:
    by = (column.asc(), _PUBLIC.c.id.asc()) if backwards else (column.desc(), _PUBLIC.c.id.desc())
    asked = sa.select(_PUBLIC.c.id).order_by(*by).execution_options(yield_per=CHUNK)
    with db.scalars(asked) as rows:
        return list(islice(filter(among(found), rows), offset, offset + limit))


def _side(index: Index, those: int) -> Side:
    days = [day for day, began in index.days.items() if day is not None and began & those]
    return Side(
        total=size(those),
        first=min(days, default=None),
        last=max(days, default=None),
        counts={kind: index.counted(kind, those) for kind in FACETS},
    )


def linked(record: Published, public: Container[int]) -> Published:
    """The record with only those links to other initiatives that the public can follow."""
    content = record.initiative
    if content.previous is None and not content.related:
        return record
    links = {
        "previous": content.previous if content.previous in public else None,
        "related": tuple(id for id in content.related if id in public),
    }
    return record.model_copy(update={"initiative": content.model_copy(update=links)})


def _of_public(db: sa.Connection, records: list[Published]) -> list[Published]:
    named = {id for one in records for id in (*one.initiative.related, one.initiative.previous) if id is not None}
    public = set(db.scalars(sa.select(_PUBLIC.c.id).where(_PUBLIC.c.id.in_(named)))) if named else set()
    return [linked(record, public) for record in records]


def _read(db: sa.Connection, ids: list[int]) -> list[Published]:
    """These that are public, in the order of the numbers."""
    rows = {row.id: row for row in db.execute(sa.select(_PUBLIC).where(_PUBLIC.c.id.in_(ids)))}
    return [published(rows[id]) for id in ids if id in rows]


def _in_order(db: sa.Connection, ids: list[int]) -> list[Published]:
    return _of_public(db, _read(db, ids))


_TIMES = {Order.CHANGED: _PUBLIC.c.changed_at, Order.PUBLISHED: _PUBLIC.c.first_public_at}
_KINDS = {Order.COUNTRY: "country", Order.ISSUE: "issue", Order.TYPE: "type", Order.STATUS: "status"}


def published(row: Any) -> Published:
    return Published(
        id=row.id,
        revision=row.revision,
        initiative=Initiative.model_validate(row.content),
        sources=tuple(row.sources),
        first_public_at=row.first_public_at,
        changed_at=row.changed_at,
        verified_at=row.verified_at,
        sample=row.sample,
    )
