"""Releases: which public records each holds, and what changed since the one before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

import sqlalchemy as sa

from tracker.model import EARLIEST, ESTIMATED, Change, Coverage, Initiative, Release, SearchState, Time, Value
from tracker.store.acts import changes
from tracker.store.contacts import Contacts
from tracker.store.coverage import CoverageLine, CoverageLines, Searched
from tracker.store.public import linked, published
from tracker.store.rows import (
    EvidenceRow,
    InitiativeRevisionRow,
    ItemRow,
    PublicChangeRow,
    PublicInitiativeRow,
    ReleaseRecordRow,
    ReleaseRow,
)

_RELEASE = ReleaseRow.__table__  # type: ignore[attr-defined]
_HOLDS = ReleaseRecordRow.__table__  # type: ignore[attr-defined]
_REVISION = InitiativeRevisionRow.__table__  # type: ignore[attr-defined]
_PUBLIC = PublicInitiativeRow.__table__  # type: ignore[attr-defined]
_CHANGE = PublicChangeRow.__table__  # type: ignore[attr-defined]
_EVIDENCE = EvidenceRow.__table__  # type: ignore[attr-defined]
_ITEM = ItemRow.__table__  # type: ignore[attr-defined]


class Way(Value):
    """When something that became public was claimed to be, when we saw it first, and when we published it."""

    claimed: Time | None = None
    seen: Time | None = None
    public: Time


class Releases(Contacts, CoverageLines):
    def release_next(self, now: datetime, by: str) -> Release:
        """Numbers a release and notes what it holds. Not listed, and the number free, until `release_written`.

        The change log compares with the last finished release; records are in order of their ids.
        """
        with self.writing() as db:
            last = db.scalar(sa.select(sa.func.max(_RELEASE.c.number)).where(_RELEASE.c.written)) or 0
            number = last + 1
            db.execute(sa.delete(_HOLDS).where(_HOLDS.c.number == number))
            db.execute(sa.delete(_RELEASE).where(_RELEASE.c.number == number))
            records = [published(row) for row in db.execute(sa.select(_PUBLIC).order_by(_PUBLIC.c.id))]
            begun = sa.insert(_RELEASE).values(number=number, at=now, total=len(records), checksums={}, written=False)
            db.execute(begun.values(folder=""))
            if records:
                held = [{"number": number, "initiative_id": one.id, "revision": one.revision} for one in records]
                db.execute(sa.insert(_HOLDS), held)
            before = {
                row.initiative_id: row.revision for row in db.execute(sa.select(_HOLDS).where(_HOLDS.c.number == last))
            }
            log = []
            for record in records:
                if record.id not in before:
                    log.append(Change(initiative_id=record.id, what="added"))
                elif before[record.id] != record.revision:
                    was = db.scalar(
                        sa.select(_REVISION.c.content).where(
                            _REVISION.c.initiative_id == record.id, _REVISION.c.revision == before[record.id]
                        )
                    )
                    values = changes(Initiative.model_validate(was), record.initiative)
                    told = {name: values[name] for name in sorted(values)}
                    log.append(Change(initiative_id=record.id, what="changed", fields=tuple(told), values=told))
            log += [_gone(db, id) for id in sorted(set(before) - {record.id for record in records})]
            merged = _merged(db)
            gone = tuple(_gone(db, id) for id in _not_public(db))
            contacts = tuple(one.but(checked_by="", reason="") for one in self.contacts() if one.holds(now))
            self.note(by, "release begun", "release", number, None, {"total": len(records)})
        public = {record.id for record in records}
        return Release(
            number=number,
            at=now,
            records=tuple(linked(one, public) for one in records),
            changes=tuple(log),
            merged=merged,
            gone=gone,
            contacts=contacts,
            coverage=whole_time(self.coverage_lines(EARLIEST, now.date()).values(), now.date()),
        )

    def last_release(self, now: datetime) -> tuple[datetime | None, bool]:
        """When the newest finished release was begun (None: there is none); whether anything public changed since.

        That the check of a help contact has become too old is a change: the contact has to go.
        """
        with self.reading() as db:
            last: datetime | None = db.scalar(sa.select(sa.func.max(_RELEASE.c.at)).where(_RELEASE.c.written))
            query = sa.select(_CHANGE.c.id)
            changed = db.scalar(query.where(_CHANGE.c.at > last).limit(1) if last else query.limit(1))
            contacts = self.contacts(withdrawn=True)
        then = last or datetime.min.replace(tzinfo=UTC)
        other = any(one.checked_at > then or (one.holds(then) and not one.holds(now)) for one in contacts)
        return last, changed is not None or other

    def newest_folder(self) -> str | None:
        """The folder of the newest finished release, within the data folder or whole; None when there is none."""
        query = sa.select(_RELEASE.c.folder).where(_RELEASE.c.written).order_by(_RELEASE.c.number.desc()).limit(1)
        with self.reading() as db:
            folder: str | None = db.scalar(query)
        return folder

    def release_written(self, number: int, folder: str, checksums: dict[str, str], by: str) -> None:
        """From now on the release is listed and never changes."""
        with self.writing() as db:
            db.execute(
                sa.update(_RELEASE)
                .where(_RELEASE.c.number == number, _RELEASE.c.written.is_(False))
                .values(folder=folder, checksums=checksums, written=True)
            )
            self.note(by, "release written", "release", number, None, {"folder": folder})

    def ways_to_the_public(self) -> list[Way]:
        """Of every public initiative the times on its way, by its number: claimed, seen first, published."""
        first = (
            sa.select(
                _EVIDENCE.c.initiative_id,
                sa.func.min(_ITEM.c.arrived_at).label("seen"),
                sa.func.min(_claimed()).label("claimed"),
            )
            .join(_ITEM, _ITEM.c.id == _EVIDENCE.c.item_id)
            .where(_EVIDENCE.c.removed_at.is_(None))
            .group_by(_EVIDENCE.c.initiative_id)
            .subquery()
        )
        query = (
            sa.select(_PUBLIC.c.first_public_at, first.c.seen, first.c.claimed)
            .outerjoin(first, first.c.initiative_id == _PUBLIC.c.id)
            .order_by(_PUBLIC.c.id)
        )
        with self.reading() as db:
            return [Way(claimed=row.claimed, seen=row.seen, public=row.first_public_at) for row in db.execute(query)]


def _claimed() -> sa.ColumnElement[datetime]:
    """The date that the source gives, as `Item.dated` has it: none where it is only when we saw the item first."""
    first_sight = sa.and_(_ITEM.c.published_origin == ESTIMATED, _ITEM.c.published_at == _ITEM.c.arrived_at)
    return sa.case((first_sight, None), else_=_ITEM.c.published_at)


def _gone(db: sa.Connection, id: int) -> Change:
    """Why a record of the last release is in this one no more: withdrawn with a reason, or merged into another."""
    last = db.execute(
        sa.select(_CHANGE.c.reason, _CHANGE.c.into_id)
        .where(_CHANGE.c.initiative_id == id, _CHANGE.c.what.in_(["withdrawn", "merged"]))
        .order_by(_CHANGE.c.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return Change(initiative_id=id, what="withdrawn")
    # For readers of the files a merged one is gone like a withdrawn one; what is new is where it went.
    reason = f"merged into initiative {last.into_id}" if last.into_id else last.reason
    return Change(initiative_id=id, what="withdrawn", reason=reason, merged_into=last.into_id)


def _merged(db: sa.Connection) -> dict[int, int]:
    """Of all that the public once saw and that are told elsewhere now: number -> number of the other one."""
    newest = sa.select(sa.func.max(_CHANGE.c.id)).group_by(_CHANGE.c.initiative_id)
    lines = sa.select(_CHANGE.c.initiative_id, _CHANGE.c.into_id).where(
        _CHANGE.c.id.in_(newest), _CHANGE.c.what == "merged"
    )
    return {row.initiative_id: row.into_id for row in db.execute(lines.order_by(_CHANGE.c.initiative_id))}


def _not_public(db: sa.Connection) -> list[int]:
    """What was public once and is not any more, in order of the ids."""
    public = sa.select(_PUBLIC.c.id)
    query = sa.select(_CHANGE.c.initiative_id).where(_CHANGE.c.initiative_id.not_in(public)).distinct()
    return list(db.scalars(query.order_by(_CHANGE.c.initiative_id)))


def whole_time(lines: Iterable[CoverageLine], until: date) -> tuple[Coverage, ...]:
    """How far each country was searched for each issue over the whole time, from what is said of its months.

    Searched as a whole means in every month that is over; anything less is in part. What nobody searched is left out.
    """
    months = (until.year - EARLIEST.year) * 12 + until.month - EARLIEST.month
    said: dict[tuple[str, str], list[Searched]] = {}
    for line in lines:
        over = (line.month.year, line.month.month) < (until.year, until.month)
        if line.state is Searched.PARTLY or (line.state is Searched.SEARCHED and not over):
            said.setdefault((line.country, line.issue), []).append(Searched.PARTLY)
        elif line.state is Searched.SEARCHED:
            said.setdefault((line.country, line.issue), []).append(Searched.SEARCHED)
    return tuple(
        Coverage(
            country=country,
            issue=issue,
            state=SearchState.SEARCHED if 0 < months <= states.count(Searched.SEARCHED) else SearchState.PARTLY,
        )
        for (country, issue), states in sorted(said.items())
    )
