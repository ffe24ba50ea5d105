"""Sources, their schedule and their fetches: which are due, who is asking them, how it went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from tracker.address import canonical, host_of
from tracker.conduct import Condition, Conduct
from tracker.errors import Conflict, NotFound, Sentence
from tracker.health import WEEK, WELL, Rhythm, Week
from tracker.model import Fetch, FetchDay, InitiativeState, ItemState, Keeper, Schedule, Source, Watched
from tracker.store.conduct import FRESH, Conducts, columns
from tracker.store.engine import upsert
from tracker.store.rows import EvidenceRow, FetchDayRow, FetchRow, InitiativeRow, ItemRow, SourceRow

_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]
_FETCH = FetchRow.__table__  # type: ignore[attr-defined]
_DAY = FetchDayRow.__table__  # type: ignore[attr-defined]
_SUMMED = tuple(name for name in FetchDay.model_fields if name not in ("source_id", "day"))
_SETTINGS = tuple(Source.model_fields)
_SCHEDULE = tuple(Schedule.model_fields)
CLOCKS_DIFFER = timedelta(minutes=10)  # of several machines: no more than that, or the clock went back
_REMEMBERED = ("lease_owner", "lease_until", *_SCHEDULE, *Conduct.model_fields)


class Sources(Conducts):
    def register(self, sources: Iterable[Source], *, sample: bool = False) -> None:
        """Makes the table say what the configuration says; schedules, fetches, items and pauses stay.

        A source that is no longer named is kept, and not asked any more; those of the desk stay as they are. A new
        address starts without validators. An address that the source itself has left for good (`move`) is not new, so
        the configuration may still name it.
        """
        ours = {"configured": True, "sample": sample, "origin": Keeper.CONFIG.value}
        rows = [{**_columns(source), **ours} for source in sources]
        if not any(self._unregistered(rows, sample)):
            return  # nothing to write: most starts do not need the lock
        with self.writing() as db:
            changed, gone = self._unregistered(rows, sample)
            if gone:
                db.execute(sa.update(_SOURCE).where(_SOURCE.c.id.in_(gone)).values(configured=False))
            if changed:
                statement = upsert(db, _SOURCE)
                said = {name: statement.excluded[name] for name in changed[0]}
                forget = _forgetting(said["url"], said["kind"])
                statement = statement.on_conflict_do_update(index_elements=["id"], set_={**said, **forget})
                db.execute(statement, [{**row, "next_reason": "new", "failures": 0} for row in changed])
            ids = [row["id"] for row in changed]
            self.note("configuration", "sources registered", "source", "", None, {"changed": ids, "gone": gone})

    def _unregistered(self, rows: list[dict[str, Any]], sample: bool) -> tuple[list[dict[str, Any]], list[str]]:
        """What the table does not say yet: rows that are new or different, and ids that are not named any more."""
        kept = [_SOURCE.c[name] for name in dict.fromkeys([*_SETTINGS, "host", "configured", "sample", "origin"])]
        with self.reading() as db:
            there = {row.id: row for row in db.execute(sa.select(*kept, _SOURCE.c.moved_from))}
        named = {row["id"] for row in rows}
        moved = {row.id: row.url for row in there.values() if row.moved_from}
        rows = [
            {**row, "url": moved[row["id"]], "host": host_of(moved[row["id"]])}
            if row["id"] in moved and there[row["id"]].moved_from == row["url"]
            else row
            for row in rows
        ]
        gone = [
            id
            for id, row in there.items()
            if row.configured and row.origin == Keeper.CONFIG.value and row.sample == sample and id not in named
        ]
        return [row for row in rows if not _same(there.get(row["id"]), row)], gone

    def add_source(self, source: Source, who: str, *, sample: bool = False) -> None:
        """A further source, kept by the desk. Raises Conflict when its id or its address is watched already."""
        address = canonical(source.url)
        with self.writing() as db:
            for row in db.execute(sa.select(_SOURCE.c.id, _SOURCE.c.name, _SOURCE.c.url, _SOURCE.c.configured)):
                if row.id == source.id or (row.configured and canonical(row.url) == address):
                    raise Conflict(
                        Sentence("{url} is watched already: {name} ({id})", url=row.url, name=row.name, id=row.id),
                        what="source",
                    )
            values = {**_columns(source), "sample": sample, "origin": Keeper.DESK.value}
            db.execute(sa.insert(_SOURCE).values(**values, configured=True, next_reason="new", failures=0))
            self.note(who, "source added", "source", source.id, None, source)

    def change_source(self, source: Source, who: str) -> None:
        """What the desk now says of one of its sources. A new address starts afresh, and is asked soon.

        Raises NotFound, and Conflict for a source that is written in config.yaml.
        """
        with self.writing() as db:
            [before] = self.watched([source.id])
            if before.origin is not Keeper.DESK:
                raise Conflict(
                    Sentence("this source is written in config.yaml: change {id} there", id=source.id), what="config"
                )
            new = source.model_dump(mode="json")
            values = {**_columns(source), **_forgetting(source.url, source.kind.value)}
            db.execute(sa.update(_SOURCE).where(_SOURCE.c.id == source.id).values(**values))
            old = before.source.model_dump(mode="json")
            changed = [name for name in new if old[name] != new[name]]
            told = ({name: side[name] for name in changed} for side in (old, new))
            self.note(who, "source changed", "source", source.id, *told)

    def pause_source(self, source_id: str, paused: bool, who: str) -> None:
        """Lets a source rest until a person resumes it, or ends that. It is noted when it changes something."""
        with self.writing() as db:
            [before] = self.watched([source_id])
            if before.paused == paused:
                return
            db.execute(sa.update(_SOURCE).where(_SOURCE.c.id == source_id).values(paused=paused))
            self.note(who, "source paused" if paused else "source resumed", "source", source_id, before.paused, paused)

    def ask_soon(self, source_id: str, who: str) -> None:
        """Makes a source due now."""
        with self.writing() as db:
            self.watched([source_id])
            soon = {"next_at": None, "next_reason": "asked for by a person", "paused_until": None}
            db.execute(sa.update(_SOURCE).where(_SOURCE.c.id == source_id).values(**soon))
            self.note(who, "source to be asked soon", "source", source_id)

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
                raise NotFound(Sentence("there is no source '{id}'; `tracker sources` lists them", id=id))
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
        apart: timedelta | None = None,
    ) -> list[Watched]:
        """Takes up to `limit` due sources for `owner`, longest due first; nobody else gets them while the lease lasts.

        `ids` (named sources, also disabled ones) or `all` (enabled ones): whether due or not. One statement, so two
        rounds at once never take the same source. What is gone is never asked, what is paused only by name. With
        `apart`, no host is shared: a source stays due while another one of its host is taken, or was asked within
        that time.
        """
        if ids is not None:
            wanted = [*_there(now), _SOURCE.c.id.in_(list(ids))]
        else:
            wanted = may_be_asked(now) if all else [*may_be_asked(now), _due(now)]
        if apart is not None:
            other = _SOURCE.alias()
            taken_now = sa.or_(other.c.lease_until >= now, other.c.last_fetch_at > now - apart)
            wanted.append(sa.not_(sa.exists().where(other.c.host == _SOURCE.c.host, taken_now)))
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
            if apart is not None and db.dialect.name == "postgresql":
                # Two at once would each find a host free, and take one source of it. SQLite writes one after the other.
                db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("tracker hosts"))))
            taken = [_watched(row) for row in db.execute(statement)]
        return sorted(
            taken, key=lambda watched: (watched.schedule.next_at is not None, watched.schedule.next_at or now)
        )

    def wind_back(self, now: datetime, lease: timedelta) -> int:
        """How many sources seem to have been asked later than now, because the clock went back since: from then on they
        count as asked now, with the waits that they had. Nor does a lease last longer than `lease` from now.
        """
        latest, longest = now + CLOCKS_DIFFER, now + lease + CLOCKS_DIFFER
        ahead = sa.or_(_SOURCE.c.last_fetch_at > latest, _SOURCE.c.lease_until > longest)
        times = [_SOURCE.c[name] for name in ("last_fetch_at", "next_at", "paused_until", "lease_until")]
        query = sa.select(_SOURCE.c.id, *times).where(ahead)
        with self.reading() as db:
            if db.execute(query.limit(1)).first() is None:
                return 0
        with self.writing() as db:
            rows = db.execute(query).all()
            for row in rows:
                values: dict[str, datetime] = {}
                if row.last_fetch_at is not None and row.last_fetch_at > latest:
                    by = row.last_fetch_at - now
                    values |= {"last_fetch_at": now}
                    values |= {name: at - by for name in ("next_at", "paused_until") if (at := getattr(row, name))}
                if row.lease_until is not None and row.lease_until > longest:
                    values["lease_until"] = now + lease
                db.execute(sa.update(_SOURCE).where(_SOURCE.c.id == row.id).values(**values))
        return len(rows)

    def still_held(self, owner: str, ids: Sequence[str]) -> set[str]:
        """Those of these sources that `owner` has taken and that nobody else was given since.

        Within a transaction that writes, they stay so until its end.
        """
        query = sa.select(_SOURCE.c.id).where(_SOURCE.c.id.in_(list(ids)), _SOURCE.c.lease_owner == owner)
        with self.reading() as db:
            return set(db.scalars(query.with_for_update()))

    def count_due(self, now: datetime) -> int:
        """How many sources are due and not taken."""
        query = sa.select(sa.func.count()).where(*may_be_asked(now), _due(now))
        with self.reading() as db:
            return int(db.scalar(query) or 0)

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

    def weeks(self, now: datetime) -> dict[str, Week]:
        """What each source brought in the last 7 days; sources that were not asked in the last 14 are left out."""
        lately = _FETCH.c.at >= now - timedelta(days=14)
        first = (
            sa.select(_FETCH.c.source_id, sa.func.min(_FETCH.c.at).label("at"))
            .where(lately)
            .group_by(_FETCH.c.source_id)
            .subquery()
        )
        counted = sa.and_(_FETCH.c.at >= now - WEEK, _FETCH.c.at > first.c.at)
        query = (
            sa.select(first.c.source_id, first.c.at, sa.func.sum(sa.case((counted, _FETCH.c.new), else_=0)))
            .join(_FETCH, sa.and_(_FETCH.c.source_id == first.c.source_id, lately))
            .group_by(first.c.source_id, first.c.at)
        )
        with self.reading() as db:
            return {row[0]: Week(since=row[1], new=row[2]) for row in db.execute(query)}

    def brought(self) -> dict[str, tuple[int, int]]:
        """Of each source: items that stand behind an initiative, and items that were decided (held ones are not)."""
        stands = sa.exists().where(
            col(EvidenceRow.item_id) == col(ItemRow.id),
            col(EvidenceRow.removed_at).is_(None),
            col(EvidenceRow.initiative_id) == col(InitiativeRow.id),
            col(InitiativeRow.state) != InitiativeState.DROPPED.value,
        )
        decided = col(ItemRow.state).in_([ItemState.INCLUDED.value, ItemState.EXCLUDED.value])
        query = sa.select(
            col(ItemRow.source_id),
            sa.func.sum(sa.case((stands, 1), else_=0)),
            sa.func.sum(sa.case((decided, 1), else_=0)),
        ).group_by(col(ItemRow.source_id))
        with self.reading() as db:
            return {row[0]: (row[1], row[2]) for row in db.execute(query)}

    def fetch_days(self, since: datetime, source_id: str | None = None) -> dict[str, list[FetchDay]]:
        """The fetches of each source (or one), day by day (UTC) from `since` on, the oldest first."""
        singles = sa.select(*_daily(self.url)).where(_FETCH.c.at >= since).group_by(_FETCH.c.source_id, sa.text("day"))
        sums = sa.select(_DAY).where(_DAY.c.day >= since.date())
        if source_id is not None:
            singles = singles.where(_FETCH.c.source_id == source_id)
            sums = sums.where(_DAY.c.source_id == source_id)
        days: dict[tuple[str, date], FetchDay] = {}
        with self.reading() as db:
            for row in [*db.execute(sums).mappings(), *db.execute(singles).mappings()]:
                one = FetchDay.model_validate(dict(row))
                there = days.get((one.source_id, one.day))
                days[one.source_id, one.day] = one if there is None else _together(there, one)
        found: dict[str, list[FetchDay]] = {}
        for key in sorted(days):
            found.setdefault(key[0], []).append(days[key])
        return found

    def old_fetches(self, before: datetime) -> int:
        """How many fetches `fold_fetches` would sum up."""
        with self.reading() as db:
            return int(db.scalar(sa.select(sa.func.count()).where(*_old(before))) or 0)

    def fold_fetches(self, before: datetime) -> int:
        """Sums up by day (UTC) the fetches of the days that had ended `before` then; how many single ones that were.

        The newest fetch of each source stays as it is.
        """
        with self.writing() as db:
            ids = list(db.scalars(sa.select(_FETCH.c.id).where(*_old(before))))
            for start in range(0, len(ids), 5_000):
                old = _FETCH.c.id.in_(ids[start : start + 5_000])
                sums = sa.select(*_daily(self.url)).where(old).group_by(_FETCH.c.source_id, sa.text("day"))
                statement = upsert(db, _DAY).from_select(_DAY.c.keys(), sums)
                more = {name: _DAY.c[name] + statement.excluded[name] for name in _SUMMED}
                db.execute(statement.on_conflict_do_update(index_elements=["source_id", "day"], set_=more))
                db.execute(sa.delete(_FETCH).where(old))
        return len(ids)

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
        query = sa.select(_SOURCE.c.next_at).where(
            _SOURCE.c.enabled, sa.not_(_SOURCE.c.paused), _SOURCE.c.configured, asked
        )
        with self.reading() as db:
            times = list(db.scalars(query.order_by(_SOURCE.c.next_at.asc().nulls_first()).limit(1)))
        return times[0] if times else None


def _there(now: datetime) -> list[sa.ColumnElement[bool]]:
    """Sources that can be taken at all: configured, not gone, and in nobody's hands."""
    free = sa.or_(_SOURCE.c.lease_until.is_(None), _SOURCE.c.lease_until < now)
    return [_SOURCE.c.configured, free, _SOURCE.c.condition != Condition.GONE.value]


def may_be_asked(now: datetime) -> list[sa.ColumnElement[bool]]:
    """Sources that a round may take by itself: enabled, and paused neither by a person nor by their host."""
    rested = sa.or_(_SOURCE.c.paused_until.is_(None), _SOURCE.c.paused_until <= now)
    return [*_there(now), _SOURCE.c.enabled, sa.not_(_SOURCE.c.paused), rested]


def _due(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(_SOURCE.c.next_at.is_(None), _SOURCE.c.next_at <= now)


def _old(before: datetime) -> list[sa.ColumnElement[bool]]:
    """Fetches of days that had ended `before` then, but for the newest one of each source."""
    newest = sa.select(sa.func.max(_FETCH.c.id)).group_by(_FETCH.c.source_id)
    midnight = before.replace(hour=0, minute=0, second=0, microsecond=0)
    return [_FETCH.c.at < midnight, _FETCH.c.id.not_in(newest)]


def _columns(source: Source) -> dict[str, Any]:
    """What is set of a source, as its columns hold it."""
    return {**source.model_dump(mode="json"), "host": host_of(source.url)}


def _forgetting(url: Any, kind: Any) -> dict[str, Any]:
    """What is forgotten of a source that gets another address or kind; nothing when both stay."""
    moved = sa.or_(_SOURCE.c.url != url, _SOURCE.c.kind != kind)
    forget = {
        name: sa.case((moved, sa.null()), else_=_SOURCE.c[name])
        for name in ("etag", "last_modified", "body_hash", "next_at")
    }
    return forget | {
        name: sa.case((moved, sa.literal(value, _SOURCE.c[name].type)), else_=_SOURCE.c[name])
        for name, value in FRESH.items()
    }


def _same(old: Any, new: dict[str, Any]) -> bool:
    return old is not None and all(getattr(old, name) == value for name, value in new.items())


def _watched(row: Any) -> Watched:
    return Watched(
        source=Source.model_validate({name: getattr(row, name) for name in _SETTINGS}),
        schedule=Schedule.model_validate({name: getattr(row, name) for name in _SCHEDULE}),
        sample=row.sample,
        origin=row.origin,
        paused=row.paused,
    )


def _daily(url: str) -> list[Any]:
    """The columns of `fetch_day`, summed up over single fetches that are grouped by source and day."""
    at = _FETCH.c.at if url.startswith("sqlite") else sa.func.timezone("UTC", _FETCH.c.at)
    failed = sa.case((_FETCH.c.outcome.in_([outcome.value for outcome in WELL]), 0), else_=1)
    sums = {"fetches": sa.func.count(), "failed": sa.func.sum(failed)}
    sums |= {name: sa.func.sum(_FETCH.c[name]) for name in _SUMMED if name not in sums}
    day = sa.func.date(at, type_=sa.Date()).label("day")
    return [_FETCH.c.source_id, day, *(sums[name].label(name) for name in _SUMMED)]


def _together(one: FetchDay, other: FetchDay) -> FetchDay:
    return one.but(**{name: getattr(one, name) + getattr(other, name) for name in _SUMMED})


def _fetch(row: Any) -> Fetch:
    return Fetch.model_validate({name: getattr(row, name) for name in Fetch.model_fields})
