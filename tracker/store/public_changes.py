"""What has changed in public and when, and where a record went that is there no more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tracker.model import Time, Value
from tracker.store.engine import Database
from tracker.store.rows import PublicChangeRow, PublicInitiativeRow, ReleaseRow

_CHANGE = PublicChangeRow.__table__  # type: ignore[attr-defined]
_PUBLIC = PublicInitiativeRow.__table__  # type: ignore[attr-defined]
_RELEASE = ReleaseRow.__table__  # type: ignore[attr-defined]


class ListedChange(Value):
    """One line of the public history of everything."""

    id: int
    initiative_id: int
    at: Time
    what: str  # added | changed | withdrawn | merged
    revision: int | None = None
    fields: tuple[str, ...] = ()
    reason: str = ""


class Stamp(Value):
    """What everything public stands at: two answers of the same stamp are the same."""

    change: int  # number of the newest line of the history
    at: Time | None  # of that line
    release: int


class PublicChanges(Database):
    def changes(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        offset: int = 0,
        limit: int | None = 100,
    ) -> list[ListedChange]:
        """What the public saw change from `since` on and before `until`, the newest first."""
        query = _between(sa.select(_CHANGE), since, until).order_by(_CHANGE.c.at.desc(), _CHANGE.c.id.desc())
        with self.reading() as db:
            found = db.execute(query.offset(offset).limit(limit) if limit is not None else query)
            return [
                ListedChange(
                    id=row.id,
                    initiative_id=row.initiative_id,
                    at=row.at,
                    what=row.what,
                    revision=row.revision,
                    fields=tuple(row.fields),
                    reason=row.reason,
                )
                for row in found
            ]

    def count_changes(self, *, since: datetime | None = None, until: datetime | None = None) -> int:
        query = _between(sa.select(sa.func.count()).select_from(_CHANGE), since, until)
        with self.reading() as db:
            return int(db.scalar(query) or 0)

    def count_published_before(self, when: datetime) -> int:
        """How many of what is public was so before that time, changed since or not."""
        query = sa.select(sa.func.count()).select_from(_PUBLIC).where(_PUBLIC.c.first_public_at < when)
        with self.reading() as db:
            return int(db.scalar(query) or 0)

    def stamp(self) -> Stamp:
        """Cheap enough for every answer."""
        newest = sa.select(_CHANGE.c.id, _CHANGE.c.at).order_by(_CHANGE.c.id.desc()).limit(1)
        with self.reading() as db:
            line = db.execute(newest).one_or_none()
            release = db.scalar(sa.select(sa.func.max(_RELEASE.c.number)).where(_RELEASE.c.written)) or 0
        return Stamp(change=line.id if line else 0, at=line.at if line else None, release=release)


def _between(query: sa.Select[Any], since: datetime | None, until: datetime | None) -> sa.Select[Any]:
    if since is not None:
        query = query.where(_CHANGE.c.at >= since)
    if until is not None:
        query = query.where(_CHANGE.c.at < until)
    return query
