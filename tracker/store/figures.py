"""The tracker in numbers, for those who keep it running: what waits, what is late, what fails. No names, no texts."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from tracker.model import InitiativeState, ItemState, Value
from tracker.store.engine import sqlite_path
from tracker.store.rows import (
    CopyRow,
    DecisionRow,
    FetchRow,
    InitiativeRow,
    ItemRow,
    ModelRow,
    ReleaseRow,
    SessionRow,
    SourceRow,
)
from tracker.store.sources import Sources, may_be_asked

_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]
_FETCH = FetchRow.__table__  # type: ignore[attr-defined]
_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_DECISION = DecisionRow.__table__  # type: ignore[attr-defined]
_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_RELEASE = ReleaseRow.__table__  # type: ignore[attr-defined]
_MODEL = ModelRow.__table__  # type: ignore[attr-defined]
_COPY = CopyRow.__table__  # type: ignore[attr-defined]
_SESSION = SessionRow.__table__  # type: ignore[attr-defined]

LATELY = timedelta(hours=1)
MOST_LATELY = 200_000  # rows of an hour that are looked at


class Figures(Value):
    """Where everything stands at one time. Seconds where not said otherwise; None: there is nothing to measure."""

    sources: dict[str, int]  # enabled ones, by condition
    due: int
    lag: float | None  # of the source that has been due longest and that nobody asks
    fetches: dict[str, int]  # of the last hour, by outcome
    fetch_seconds: float | None  # mean of the last hour
    arrived: int  # items in the last hour
    items: dict[str, int]  # by state
    oldest_waiting: float | None
    decisions: int  # ever
    decided: int  # in the last hour
    initiatives: dict[str, int]  # by state
    oldest_second_look: float | None
    release: int  # number of the newest, 0: none
    release_age: float | None
    model: int  # version in service, 0: the word lists alone
    unlearnt: int  # decisions since the newest model
    signed_in: int
    database_bytes: int
    jobs: dict[str, int]  # of the job engine, by status; empty without it


class Keeping(Sources):
    def figures(self, now: datetime) -> Figures:
        """The tracker in numbers; some 100 ms at a million items."""
        since = now - LATELY
        asked = sa.and_(_SOURCE.c.configured, _SOURCE.c.enabled, sa.not_(_SOURCE.c.paused))
        due = (*may_be_asked(now), _SOURCE.c.next_at <= now)
        waits = _ITEM.c.state == ItemState.WAITING.value
        looks = _INITIATIVE.c.state == InitiativeState.SECOND_LOOK.value
        # The last hour is at the end of the numbers: no index on times is needed.
        last_fetch, last_item = (sa.select(sa.func.max(table.c.id)).scalar_subquery() for table in (_FETCH, _ITEM))
        fetched_lately = (_FETCH.c.id > last_fetch - MOST_LATELY, _FETCH.c.at >= since)
        recent = sa.select(_FETCH.c.outcome, _FETCH.c.duration_ms).where(*fetched_lately).subquery()
        with self.reading() as db:

            def counted(column: sa.ColumnElement[str], *where: sa.ColumnElement[bool]) -> dict[str, int]:
                return dict(db.execute(sa.select(column, sa.func.count()).where(*where).group_by(column)).all())

            def age(at: datetime | None) -> float | None:
                return None if at is None else max(0.0, (now - at).total_seconds())

            model = db.execute(sa.select(_MODEL.c.version).where(_MODEL.c.state == "in_service")).scalar() or 0
            learnt = db.scalar(sa.select(_MODEL.c.scores).order_by(_MODEL.c.version.desc()).limit(1)) or {}
            newest = db.execute(
                sa.select(_RELEASE.c.number, _RELEASE.c.at).where(_RELEASE.c.written).order_by(_RELEASE.c.number.desc())
            ).first()
            return Figures(
                sources=counted(_SOURCE.c.condition, asked),
                due=self.count_due(now),
                lag=age(db.scalar(sa.select(sa.func.min(_SOURCE.c.next_at)).where(*due))),
                fetches=counted(recent.c.outcome),
                fetch_seconds=_seconds(db.scalar(sa.select(sa.func.avg(recent.c.duration_ms)))),
                arrived=db.scalar(
                    sa.select(sa.func.count()).where(_ITEM.c.id > last_item - MOST_LATELY, _ITEM.c.arrived_at >= since)
                ),
                items=counted(_ITEM.c.state),
                oldest_waiting=age(db.scalar(sa.select(sa.func.min(_ITEM.c.arrived_at)).where(waits))),
                decisions=db.scalar(sa.select(sa.func.count()).select_from(_DECISION)),
                decided=db.scalar(sa.select(sa.func.count()).where(_DECISION.c.at >= since)),
                initiatives=counted(_INITIATIVE.c.state),
                oldest_second_look=age(db.scalar(sa.select(sa.func.min(_INITIATIVE.c.changed_at)).where(looks))),
                release=newest.number if newest else 0,
                release_age=age(newest.at) if newest else None,
                model=model,
                unlearnt=db.scalar(sa.select(sa.func.count()).where(_DECISION.c.id > int(learnt.get("up_to", 0)))),
                signed_in=db.scalar(sa.select(sa.func.count()).where(_SESSION.c.expires_at > now)),
                database_bytes=self._bytes(db),
                jobs=_jobs(db),
            )

    # ------------------------------------------------------------------------------------------------------- keeping

    def ended_sign_ins(self, now: datetime) -> int:
        """How many sign-ins have ended and are still on record."""
        with self.reading() as db:
            return int(db.scalar(sa.select(sa.func.count()).where(_SESSION.c.expires_at < now)) or 0)

    def forget_sign_ins(self, now: datetime) -> None:
        """Removes sign-ins that have ended; that they were is in the audit."""
        with self.writing() as db:
            db.execute(sa.delete(_SESSION).where(_SESSION.c.expires_at < now))

    def idle_copies(self, before: datetime) -> list[str]:
        """Digests of kept bytes that only items rest on which were excluded before then; in their order.

        What stands behind an initiative, waits, or was excluded later keeps its bytes, also where others share them.
        """
        last = (
            sa.select(_DECISION.c.item_id, sa.func.max(_DECISION.c.at).label("at"))
            .group_by(_DECISION.c.item_id)
            .subquery()
        )
        idle = sa.and_(_ITEM.c.state == ItemState.EXCLUDED.value, last.c.at < before)
        query = (
            sa.select(_COPY.c.digest)
            .join(_ITEM, _ITEM.c.id == _COPY.c.item_id)
            .outerjoin(last, last.c.item_id == _ITEM.c.id)
            .group_by(_COPY.c.digest)
            .having(sa.func.sum(sa.case((idle, 0), else_=1)) == 0)
            .order_by(_COPY.c.digest)
        )
        with self.reading() as db:
            return list(db.scalars(query))

    def _bytes(self, db: sa.Connection) -> int:
        if db.dialect.name == "postgresql":
            return int(db.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database()))) or 0)
        path = sqlite_path(self.url)
        return path.stat().st_size if path and path.exists() else 0


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else float(milliseconds) / 1000


def _jobs(db: sa.Connection) -> dict[str, int]:
    if db.dialect.name != "postgresql" or not sa.inspect(db).has_table("procrastinate_jobs"):
        return {}
    return dict(db.execute(sa.text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1")).all())
