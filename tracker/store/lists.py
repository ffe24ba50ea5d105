"""Which initiatives does somebody want to see in a list, and in which order?"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from tracker.model import InitiativeState, Record, Value
from tracker.store import search
from tracker.store.initiatives import Initiatives, overtaken_by_sources
from tracker.store.rows import AssignmentRow, InitiativeFacetRow, InitiativeRow

_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_FACET = InitiativeFacetRow.__table__  # type: ignore[attr-defined]
_ASSIGNMENT = AssignmentRow.__table__  # type: ignore[attr-defined]


class ListOrder(StrEnum):
    NEWEST = "newest"  # last written first
    OLDEST = "oldest"  # waiting longest first
    DUE = "due"  # of those with a day: the soonest to be checked first
    TITLE = "title"


class InitiativeFilter(Value):
    """What somebody wants to see of the initiatives. Empty fields ask for everything."""

    state: InitiativeState | None = None
    issue: str | None = None
    country: str | None = None
    type: str | None = None
    assigned_to: int | None = None  # a person's number
    coder: int | None = None  # who drafted it or wrote the newest revision
    to_check: bool = False  # public, and its day to be checked again has come
    source_changed: bool = False  # one of its sources has changed since
    waiting_days: int | None = None  # not written for so many days or more
    text: str = ""
    order: ListOrder = ListOrder.NEWEST


class Lists(Initiatives):
    def listed(self, wanted: InitiativeFilter, now: datetime, *, limit: int = 25, offset: int = 0) -> list[Record]:
        """Initiatives with their newest revision, in the order that was asked for."""
        query = _wanted(sa.select(_INITIATIVE.c.id), wanted, now).order_by(*_ORDERS[wanted.order])
        with self.reading() as db:
            ids = list(db.scalars(query.limit(limit).offset(offset)))
            by_id = {record.id: record for record in self.records(ids=ids, limit=limit)} if ids else {}
        return [by_id[id] for id in ids]

    def listed_by_state(self, wanted: InitiativeFilter, now: datetime) -> dict[str, int]:
        """How many initiatives there are in each state, whatever state the filter asks for."""
        query = _wanted(sa.select(_INITIATIVE.c.state, sa.func.count()), wanted.but(state=None), now)
        with self.reading() as db:
            return dict(db.execute(query.group_by(_INITIATIVE.c.state)).all())

    def listed_codes(self, kind: str) -> dict[str, int]:
        """How many initiatives have each issue, country or type; largest number first."""
        query = sa.select(_FACET.c.code, sa.func.count()).where(_FACET.c.kind == kind).group_by(_FACET.c.code)
        with self.reading() as db:
            counted: dict[str, int] = dict(db.execute(query).all())
        return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


_ORDERS: dict[ListOrder, tuple[Any, ...]] = {
    ListOrder.NEWEST: (_INITIATIVE.c.changed_at.desc(), _INITIATIVE.c.id.desc()),
    ListOrder.OLDEST: (_INITIATIVE.c.changed_at, _INITIATIVE.c.id),
    ListOrder.DUE: (_INITIATIVE.c.next_check_on.is_(None), _INITIATIVE.c.next_check_on, _INITIATIVE.c.id),
    ListOrder.TITLE: (sa.func.lower(_INITIATIVE.c.title), _INITIATIVE.c.id),
}


def _wanted(query: sa.Select[Any], wanted: InitiativeFilter, now: datetime) -> sa.Select[Any]:
    if wanted.state:
        query = query.where(_INITIATIVE.c.state == wanted.state.value)
    for kind, code in (("issue", wanted.issue), ("country", wanted.country), ("type", wanted.type)):
        if code:
            query = query.where(_INITIATIVE.c.id.in_(search.with_code(kind, code)))
    if wanted.assigned_to:
        theirs = sa.select(_ASSIGNMENT.c.subject_id).where(
            _ASSIGNMENT.c.kind == "initiative", _ASSIGNMENT.c.person_id == wanted.assigned_to
        )
        query = query.where(_INITIATIVE.c.id.in_(theirs))
    if wanted.coder:
        query = query.where(sa.or_(_INITIATIVE.c.drafted_by == wanted.coder, _INITIATIVE.c.changed_by == wanted.coder))
    if wanted.to_check:
        public = _INITIATIVE.c.approved_revision.is_not(None)
        query = query.where(public, _INITIATIVE.c.next_check_on <= now.date())
    if wanted.source_changed:
        query = query.where(_INITIATIVE.c.id.in_(overtaken_by_sources(_INITIATIVE.c.id)))
    if wanted.waiting_days:
        query = query.where(_INITIATIVE.c.changed_at <= now - timedelta(days=wanted.waiting_days))
    if wanted.text.strip():
        query = query.where(_INITIATIVE.c.id.in_(search.initiatives_that_say(wanted.text)))
    return query
