"""Sources, their schedule and their fetches: which are due, who is asking them, how it went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from tracker.conduct import Condition, Conduct
from tracker.errors import NotFound
from tracker.health import Rhythm
from tracker.model import Fetch, Schedule, Source, Watched
from tracker.store.conduct import FRESH, Conducts, columns
from tracker.store.engine import upsert
from tracker.store.rows import FetchRow, ItemRow, SourceRow

_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]
_FETCH = FetchRow.__table__  # type: ignore[attr-defined]
_SETTINGS = tuple(Source.model_fields)
_SCHEDULE = tuple(Schedule.model_fields)
_REMEMBERED = ("lease_owner", "lease_until", *_SCHEDULE, *Conduct.model_fields)


class Sources(Conducts):
    def register(self, sources: Iterable[Source], *, sample: bool = False) -> None:
        """Makes the table say what the configuration says; schedules, fetches and items stay.

        A source that is no longer named is kept, and not asked any more. A new address starts without validators. An
        address that the source itself has left for good (`move`) is not new, so the configuration may still name it.
        """
        rows = [{**source.model_dump(mode="json"), "configured": True, "sample": sample} for source in sources]
        if not any(self._unregistered(rows, sample)):
            return  # nothing to write: most starts do not need the lock
        with self.writing() as db:
            changed, gone = self._unregistered(rows, sample)
            if gone:
                db.execute(sa.update(_SOURCE).where(_SOURCE.c.id.in_(gone)).values(configured=False))
            for row in changed:
                moved = sa.or_(_SOURCE.c.url != row["url"], _SOURCE.c.kind != row["kind"])
                forget = {
                    name: sa.case((moved, sa.null()), else_=_SOURCE.c[name])
                    for name in ("etag", "last_modified", "body_hash", "next_at")
                }
                forget |= {
                    name: sa.case((moved, sa.literal(value, _SOURCE.c[name].type)), else_=_SOURCE.c[name])
                    for name, value in FRESH.items()
                }
                statement = upsert(db, _SOURCE).values(**row, next_reason="new", failures=0)
                db.execute(statement.on_conflict_do_update(index_elements=["id"], set_={**row, **forget}))
            ids = [row["id"] for row in changed]
            self.note("configuration", "sources registered", "source", "", None, {"changed": ids, "gone": gone})

    def _unregistered(self, rows: list[dict[str, Any]], sample: bool) -> tuple[list[dict[str, Any]], list[str]]:
        """What the table does not say yet: rows that are new or different, and ids that are not named any more."""
        with self.reading() as db:
            there = {row.id: row for row in db.execute(sa.select(_SOURCE))}
        named = {row["id"] for row in rows}
        moved = {row.id: row.url for row in there.values() if row.moved_from}
        rows = [
            {**row, "url": moved[row["id"]]}
            if row["id"] in moved and there[row["id"]].moved_from == row["url"]
            else row
            for row in rows
        ]
        gone = [id for id, row in there.items() if row.configured and row.sample == sample and id not in named]
        return [row for row in rows if not _same(there.get(row["id"]), row)], gone

    def watched(self, ids: Sequence[str] | None = None) -> list[Watched]:
        """Configured sources with their schedules, by name; only `ids` when given.

        Raises NotFound for an id that is not there.
        """
        query = sa.select(_SOURCE).where(_SOURCE.c.configured).order_by(_SOURCE.c.name, _SOURCE.c.id)
        if ids is not None:
            query = query.where(_SOURCE.c.id.in_(list(ids)))
        with self.reading() as db:
            found = [_watched(row) for row in db.execute(query)]
        for id in ids or ():
            if id not in {watched.source.id for watched in found}:
                raise NotFound(f"there is no source {id!r}; `tracker sources` lists them")
        return found

    def claim_due(
        self,
        now: datetime,
        owner: str,
        lease: timedelta,
        limit: int,
        ids: Sequence[str] | None = None,
        *,
        all: bool = False,  # noqa: A002  the command's own word
    ) -> list[Watched]:
        """Takes up to `limit` due sources for `owner`, longest due first; nobody else gets them while the lease lasts.

        `ids` (named sources, also disabled ones) or `all` (enabled ones): whether due or not. One statement, so two
        rounds at once never take the same source. What is gone is never asked, what is paused only by name.
        """
        free = sa.or_(_SOURCE.c.lease_until.is_(None), _SOURCE.c.lease_until < now)
        wanted = [_SOURCE.c.configured, free, _SOURCE.c.condition != Condition.GONE.value]
        if ids is not None:
            wanted.append(_SOURCE.c.id.in_(list(ids)))
        else:
            wanted.append(_SOURCE.c.enabled)
            wanted.append(sa.or_(_SOURCE.c.paused_until.is_(None), _SOURCE.c.paused_until <= now))
            if not all:
                wanted.append(sa.or_(_SOURCE.c.next_at.is_(None), _SOURCE.c.next_at <= now))
        chosen = (
            sa.select(_SOURCE.c.id)
            .where(*wanted)
            .order_by(_SOURCE.c.next_at.asc().nulls_first(), _SOURCE.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        statement = (
            sa.update(_SOURCE)
            .where(_SOURCE.c.id.in_(chosen.scalar_subquery()))
            .values(lease_owner=owner, lease_until=now + lease)
            .returning(*_SOURCE.c)
        )
        with self.writing() as db:
            taken = [_watched(row) for row in db.execute(statement)]
        return sorted(
            taken, key=lambda watched: (watched.schedule.next_at is not None, watched.schedule.next_at or now)
        )

    def release_leases(self, owner: str) -> None:
        """Gives back what `owner` has taken and not finished; it is due as before."""
        with self.writing() as db:
            db.execute(
                sa.update(_SOURCE).where(_SOURCE.c.lease_owner == owner).values(lease_owner=None, lease_until=None)
            )

    def lease_owners(self) -> set[str]:
        """Who holds leases at the moment, ended ones included."""
        with self.reading() as db:
            return set(
                db.scalars(sa.select(_SOURCE.c.lease_owner).where(_SOURCE.c.lease_owner.is_not(None)).distinct())
            )

    def add_fetches(self, done: Sequence[tuple[Fetch, Schedule, Conduct]]) -> None:
        """Writes how fetches went, how their sources answer and when to ask next, and ends the leases.

        A source's new condition, and a 304 that was wrong, are events.
        """
        if not done:
            return
        with self.writing() as db:
            before = self._answering(db, [fetch.source_id for fetch, *_ in done])
            db.execute(sa.insert(_FETCH), [fetch.model_dump() for fetch, *_ in done])
            db.execute(
                sa.update(_SOURCE)
                .where(_SOURCE.c.id == sa.bindparam("of"))
                .values({name: sa.bindparam(f"new_{name}", type_=_SOURCE.c[name].type) for name in _REMEMBERED}),
                [
                    {
                        "of": fetch.source_id,
                        "new_lease_owner": None,
                        "new_lease_until": None,
                        **{f"new_{name}": getattr(schedule, name) for name in _SCHEDULE},
                        **{f"new_{name}": value for name, value in columns(conduct).items()},
                    }
                    for fetch, schedule, conduct in done
                ],
            )
            for fetch, _, conduct in done:
                self.note_conduct(fetch.source_id, before[fetch.source_id], conduct)

    def fetches(self, source_id: str, limit: int = 30) -> list[Fetch]:
        """The last fetches of a source, newest first."""
        query = (
            sa.select(_FETCH).where(_FETCH.c.source_id == source_id).order_by(_FETCH.c.at.desc(), _FETCH.c.id.desc())
        )
        with self.reading() as db:
            return [_fetch(row) for row in db.execute(query.limit(limit))]

    def last_fetches(self) -> dict[str, Fetch]:
        """The newest fetch of each source that was ever asked."""
        newest = sa.select(sa.func.max(_FETCH.c.id)).group_by(_FETCH.c.source_id)
        with self.reading() as db:
            return {row.source_id: _fetch(row) for row in db.execute(sa.select(_FETCH).where(_FETCH.c.id.in_(newest)))}

    def source_counts(self, now: datetime) -> dict[str, tuple[int, int, int]]:
        """Items of each source that arrived in the last 7 days, the last 28 days, and ever."""
        arrived = col(ItemRow.arrived_at)
        query = sa.select(
            col(ItemRow.source_id),
            sa.func.sum(sa.case((arrived >= now - timedelta(days=7), 1), else_=0)),
            sa.func.sum(sa.case((arrived >= now - timedelta(days=28), 1), else_=0)),
            sa.func.count(),
        ).group_by(col(ItemRow.source_id))
        with self.reading() as db:
            return {row[0]: (row[1], row[2], row[3]) for row in db.execute(query)}

    def rhythms(self) -> dict[str, Rhythm]:
        """When each source brought news, as we saw it arrive; sources that never did are left out."""
        arrived = col(ItemRow.arrived_at)
        days = sa.func.count(sa.distinct(sa.func.date(arrived)))
        query = sa.select(col(ItemRow.source_id), sa.func.min(arrived), sa.func.max(arrived), days)
        with self.reading() as db:
            return {
                row[0]: Rhythm(first=row[1], last=row[2], days=row[3])
                for row in db.execute(query.group_by(col(ItemRow.source_id)))
            }

    def new_items_since(self, ids: Sequence[str], since: datetime) -> dict[str, int]:
        """How many items of each of these sources have arrived since then; those without any are left out."""
        arrived = sa.select(col(ItemRow.source_id), sa.func.count()).where(col(ItemRow.arrived_at) >= since)
        query = arrived.group_by(col(ItemRow.source_id))
        with self.reading() as db:
            return {
                row[0]: row[1]
                for start in range(0, len(ids), 400)
                for row in db.execute(query.where(col(ItemRow.source_id).in_(ids[start : start + 400])))
            }

    def filling(self, source_id: str) -> dict[str, Any] | None:
        """How far the history of a source is filled back, as it was left; None: never begun, or done."""
        with self.reading() as db:
            left: dict[str, Any] | None = db.scalar(sa.select(_SOURCE.c.filling).where(_SOURCE.c.id == source_id))
        return left

    def keep_filling(self, source_id: str, left: dict[str, Any] | None) -> None:
        """Remembers how far the history of a source is filled back."""
        with self.writing() as db:
            db.execute(sa.update(_SOURCE).where(_SOURCE.c.id == source_id).values(filling=left))

    def next_due(self) -> datetime | None:
        """When the next enabled source is due; None when one is due at once or there is none."""
        asked = _SOURCE.c.condition != Condition.GONE.value
        query = sa.select(_SOURCE.c.next_at).where(_SOURCE.c.enabled, _SOURCE.c.configured, asked)
        with self.reading() as db:
            times = list(db.scalars(query.order_by(_SOURCE.c.next_at.asc().nulls_first()).limit(1)))
        return times[0] if times else None


def _same(old: Any, new: dict[str, Any]) -> bool:
    return old is not None and all(getattr(old, name) == value for name, value in new.items())


def _watched(row: Any) -> Watched:
    return Watched(
        source=Source.model_validate({name: getattr(row, name) for name in _SETTINGS}),
        schedule=Schedule.model_validate({name: getattr(row, name) for name in _SCHEDULE}),
        sample=row.sample,
    )


def _fetch(row: Any) -> Fetch:
    return Fetch.model_validate({name: getattr(row, name) for name in Fetch.model_fields})
