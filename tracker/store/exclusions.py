"""Exclusions by one person that another one is to look at, and how many of them did not stand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from tracker.errors import Sentence
from tracker.model import Decision, ItemState, Person, Verdict
from tracker.store.audit import Audit
from tracker.store.engine import add
from tracker.store.rows import ClaimRow, DecisionRow, ExclusionLookRow, ItemRow
from tracker.store.second_coding import DRAWN_UNDER, only_once

_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_DECISION = DecisionRow.__table__  # type: ignore[attr-defined]
_CLAIM = ClaimRow.__table__  # type: ignore[attr-defined]
_LOOK = ExclusionLookRow.__table__  # type: ignore[attr-defined]


class Looked(NamedTuple):
    """How many exclusions somebody else has looked at, and how many of them went back into the queue."""

    looked_at: int
    sent_back: int


class Exclusions(Audit):
    def excluded_by_one(
        self, safe: Collection[str], person_id: int | None, now: datetime, limit: int = 1
    ) -> list[Decision]:
        """Exclusions for one reason that is not safe, that nobody else has looked at.

        For this person: not their own, and not open at somebody else's desk; the one that they have open comes first,
        then the most promising item.
        """
        query, order = self._by_one(sa.select(_DECISION), safe, person_id), [_ITEM.c.score.desc(), _ITEM.c.id]
        if person_id is not None:
            open_now = sa.select(_CLAIM.c.item_id).where(_CLAIM.c.expires_at > now)
            query = query.where(_ITEM.c.id.not_in(open_now.where(_CLAIM.c.person_id != person_id)))
            mine = open_now.where(_CLAIM.c.person_id == person_id)
            order.insert(0, sa.case((_ITEM.c.id.in_(mine), 0), else_=1))
        query = query.order_by(*order).limit(limit)
        with self.reading() as db:
            return [_decision(row) for row in db.execute(query)]

    def count_excluded_by_one(self, safe: Collection[str], person_id: int | None = None) -> int:
        """How many there are, for anybody or for this person."""
        with self.reading() as db:
            return int(db.scalar(self._by_one(sa.select(sa.func.count(_DECISION.c.id)), safe, person_id)) or 0)

    def _by_one(self, query: sa.Select[Any], safe: Collection[str], person_id: int | None) -> sa.Select[Any]:
        later = _DECISION.alias("later")
        query = query.join(_ITEM, _ITEM.c.id == _DECISION.c.item_id).where(
            _ITEM.c.state == ItemState.EXCLUDED.value,
            # What was drawn for a blind second coding gets its second look there, and keeps blind until then.
            _ITEM.c.second_lot >= DRAWN_UNDER,
            _DECISION.c.verdict == Verdict.EXCLUDE.value,
            _DECISION.c.reason.not_in(sorted(safe)),
            sa.cast(_DECISION.c.reasons_more, sa.String) == "[]",
            sa.not_(sa.exists().where(later.c.item_id == _DECISION.c.item_id, later.c.id > _DECISION.c.id)),
            sa.not_(sa.exists().where(_LOOK.c.decision_id == _DECISION.c.id)),
        )
        return query if person_id is None else query.where(_DECISION.c.person_id != person_id)

    def add_look(self, decision: Decision, by: Person, now: datetime, *, stands: bool) -> None:
        """Keeps that somebody else has looked. Raises Conflict when another person was first."""
        with self.writing() as db:
            with only_once(Sentence("somebody has looked at item {id} already", id=decision.item_id)):
                add(
                    db,
                    _LOOK,
                    decision_id=decision.id,
                    first_person_id=decision.person_id,
                    person_id=by.id,
                    at=now,
                    stands=stands,
                )
            db.execute(sa.delete(_CLAIM).where(_CLAIM.c.item_id == decision.item_id, _CLAIM.c.person_id == by.id))
            what = "exclusion confirmed" if stands else "exclusion sent back"
            self.note(by.email, what, "item", decision.item_id, None, {"decision": decision.id})

    def looked(self, since: datetime | None = None) -> Looked:
        """What came of looking, since then or ever."""
        back = sa.func.coalesce(sa.func.sum(sa.case((_LOOK.c.stands, 0), else_=1)), 0)
        query = sa.select(sa.func.count(), back).select_from(_LOOK)
        if since is not None:
            query = query.where(_LOOK.c.at >= since)
        with self.reading() as db:
            return Looked(*map(int, db.execute(query).one()))


def _decision(row: Any) -> Decision:
    return Decision.model_validate({name: getattr(row, name) for name in Decision.model_fields})
