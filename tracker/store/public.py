"""The public's door: approved records alone, read-only."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from tracker.errors import NotFound
from tracker.model import Filters, Initiative, Published, Time, Value
from tracker.store.public_changes import PublicChanges
from tracker.store.rows import PublicChangeRow, PublicFacetRow, PublicInitiativeRow, ReleaseRow
from tracker.text import folded

_PUBLIC = PublicInitiativeRow.__table__  # type: ignore[attr-defined]
_FACET = PublicFacetRow.__table__  # type: ignore[attr-defined]
_CHANGE = PublicChangeRow.__table__  # type: ignore[attr-defined]
_RELEASE = ReleaseRow.__table__  # type: ignore[attr-defined]

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


class Order(StrEnum):
    """In which order a list of initiatives is given."""

    BEGAN = "began"  # began last first
    CHANGED = "changed"  # changed last first
    PUBLISHED = "published"  # published last first
    ID = "id"  # the first one first


class PublicStore(PublicChanges):
    """What the public may ask."""

    def count(self, wanted: Filters, *, since: datetime | None = None) -> int:
        """How many there are; with `since`, of those that changed at that time or later."""
        query = _changed_since(_wanted(sa.select(sa.func.count()).select_from(_PUBLIC), wanted), since)
        with self.reading() as db:
            return int(db.scalar(query) or 0)

    def page(
        self,
        wanted: Filters,
        offset: int = 0,
        limit: int = 20,
        *,
        order: Order = Order.BEGAN,
        since: datetime | None = None,
    ) -> list[Published]:
        """Initiatives, those that began last first and those without a date at the end, or in another order."""
        query = _changed_since(_wanted(sa.select(_PUBLIC), wanted), since)
        with self.reading() as db:
            ordered = query.order_by(*_ORDERS[order]).offset(offset).limit(limit)
            return _of_public(db, [published(row) for row in db.execute(ordered)])

    def newest(self, wanted: Filters, limit: int = 50, offset: int = 0) -> list[Published]:
        """Initiatives, last changed first: what a news feed shows."""
        return self.page(wanted, offset, limit, order=Order.CHANGED)

    def several(self, ids: Iterable[int]) -> dict[int, Published]:
        """Those of these that are public, by number."""
        with self.reading() as db:
            rows = db.execute(sa.select(_PUBLIC).where(_PUBLIC.c.id.in_(list(ids))))
            return {record.id: record for record in _of_public(db, [published(row) for row in rows])}

    def each(self, wanted: Filters) -> Iterator[Published]:
        """All of them in the order of `page`, a few hundred in memory at a time."""
        query = _wanted(sa.select(_PUBLIC), wanted).order_by(*_ORDER)
        with self.reading() as db:
            public = set(db.scalars(sa.select(_PUBLIC.c.id)))
            for row in db.execution_options(yield_per=500).execute(query):
                yield linked(published(row), public)

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
        found: dict[str, dict[str, int]] = {}
        with self.reading() as db:
            for kind, field in FACETS.items():
                others = wanted.model_copy(update={field: ()})
                query = sa.select(_FACET.c.code, sa.func.count()).where(_FACET.c.kind == kind).group_by(_FACET.c.code)
                if others != Filters():
                    query = query.where(_FACET.c.initiative_id.in_(_wanted(sa.select(_PUBLIC.c.id), others)))
                counted = db.execute(query).all()
                found[kind] = dict(sorted(counted, key=lambda pair: (-pair[1], pair[0])))
        return found

    def crossed(self, kind: str, with_kind: str, code: str | None = None) -> dict[str, dict[str, int]]:
        """For each code of a kind (or this one alone), how many initiatives have each code of another kind beside it.

        Kinds are those of `facets`. Codes in their order; the largest number first within one.
        """
        one, other = _FACET.alias(), _FACET.alias()
        query = (
            sa.select(one.c.code, other.c.code, sa.func.count())
            .join(other, sa.and_(other.c.initiative_id == one.c.initiative_id, other.c.kind == with_kind))
            .where(one.c.kind == kind)
            .group_by(one.c.code, other.c.code)
        )
        if code is not None:
            query = query.where(one.c.code == code)
        found: dict[str, dict[str, int]] = {}
        with self.reading() as db:
            for first, second, number in sorted(db.execute(query), key=lambda row: (row[0], -row[2], row[1])):
                found.setdefault(first, {})[second] = number
        return found

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


_ORDER = (_PUBLIC.c.began_on.desc().nulls_last(), _PUBLIC.c.id.desc())
_ORDERS = {
    Order.BEGAN: _ORDER,
    Order.CHANGED: (_PUBLIC.c.changed_at.desc(), _PUBLIC.c.id.desc()),
    Order.PUBLISHED: (_PUBLIC.c.first_public_at.desc(), _PUBLIC.c.id.desc()),
    Order.ID: (_PUBLIC.c.id,),
}


def _changed_since(query: sa.Select[Any], since: datetime | None) -> sa.Select[Any]:
    return query if since is None else query.where(_PUBLIC.c.changed_at >= since)


def _wanted(query: sa.Select[Any], wanted: Filters) -> sa.Select[Any]:
    for kind, field in FACETS.items():
        if codes := getattr(wanted, field):
            has = sa.select(_FACET.c.initiative_id).where(_FACET.c.kind == kind, _FACET.c.code.in_(codes))
            query = query.where(_PUBLIC.c.id.in_(has))
    for word in folded(wanted.text).split():
        query = query.where(_PUBLIC.c.words.contains(word, autoescape=True))
    return query


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
