"""Who is to look after which item or initiative, until when? An assignment locks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tracker.errors import NotFound, Sentence
from tracker.model import InitiativeState, ItemState, Person, Time, Value
from tracker.store.audit import Audit
from tracker.store.engine import upsert
from tracker.store.rows import AssignmentRow, InitiativeRow, ItemRow, PersonRow

_ASSIGNMENT = AssignmentRow.__table__  # type: ignore[attr-defined]
_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]

SUBJECTS: dict[str, sa.Table] = {"item": _ITEM, "initiative": _INITIATIVE}
STILL_OPEN = {
    "item": (ItemState.WAITING.value, ItemState.HELD.value, ItemState.COPY.value),
    "initiative": (InitiativeState.DRAFT.value, InitiativeState.SECOND_LOOK.value),
}


class Assignment(Value):
    """One thing that somebody is to look after."""

    kind: str  # item | initiative
    id: int
    title: str
    state: str
    to: int  # the person's number
    name: str  # theirs
    by: str  # name of whoever assigned it
    at: Time
    due_on: date | None = None
    note: str = ""


class Tasks(Audit):
    def assign(
        self, kind: str, ids: Sequence[int], to: Person, by: Person, now: datetime, due_on: date | None, note: str
    ) -> None:
        """Gives these to one person, in place of whoever had them. Raises NotFound, and then assigns none of them."""
        values = {
            "person_id": to.id, "assigned_by": by.id, "assigned_at": now, "due_on": due_on, "note": note
        }  # fmt: skip
        told = {"person": to.id, "name": to.name, "due_on": due_on.isoformat() if due_on else None, "note": note}
        with self.writing() as db:
            there = set(db.scalars(sa.select(SUBJECTS[kind].c.id).where(SUBJECTS[kind].c.id.in_(list(ids)))))
            for id in ids:
                if id not in there:
                    gone = "there is no item {id}" if kind == "item" else "there is no initiative {id}"
                    raise NotFound(Sentence(gone, id=id))
                statement = upsert(db, _ASSIGNMENT).values(kind=kind, subject_id=id, **values)
                db.execute(statement.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=values))
                self.note(by.email, "assigned", kind, id, None, told)

    def unassign(self, kind: str, ids: Sequence[int], by: Person) -> int:
        """Nobody is to look after these any more; how many had somebody."""
        with self.writing() as db:
            mine = sa.and_(_ASSIGNMENT.c.kind == kind, _ASSIGNMENT.c.subject_id.in_(list(ids)))
            gone = db.execute(sa.select(_ASSIGNMENT.c.subject_id, _ASSIGNMENT.c.person_id).where(mine)).all()
            db.execute(sa.delete(_ASSIGNMENT).where(mine))
            for id, person_id in gone:
                self.note(by.email, "unassigned", kind, id, {"person": person_id}, None)
        return len(gone)

    def assignments(
        self, *, to: int | None = None, kind: str | None = None, ids: Sequence[int] | None = None, every: bool = False
    ) -> list[Assignment]:
        """Who looks after what, the soonest due first; only what is still to be done, unless `every` is asked for."""
        to_, by = _PERSON.alias("to"), _PERSON.alias("by")
        found: list[Assignment] = []
        with self.reading() as db:
            for each in [kind] if kind else list(SUBJECTS):
                subject = SUBJECTS[each]
                query = (
                    sa.select(
                        _ASSIGNMENT, subject.c.title, subject.c.state, to_.c.name.label("name"), by.c.name.label("by")
                    )
                    .join(subject, subject.c.id == _ASSIGNMENT.c.subject_id)
                    .join(to_, to_.c.id == _ASSIGNMENT.c.person_id)
                    .join(by, by.c.id == _ASSIGNMENT.c.assigned_by)
                    .where(_ASSIGNMENT.c.kind == each)
                )
                if to is not None:
                    query = query.where(_ASSIGNMENT.c.person_id == to)
                if ids is not None:
                    query = query.where(_ASSIGNMENT.c.subject_id.in_(list(ids)))
                if not every:
                    query = query.where(subject.c.state.in_(STILL_OPEN[each]))
                found += [_assignment(row) for row in db.execute(query)]
        return sorted(found, key=lambda one: (one.due_on or date.max, one.at, one.id))


def _assignment(row: Any) -> Assignment:
    return Assignment(
        kind=row.kind,
        id=row.subject_id,
        title=row.title,
        state=row.state,
        to=row.person_id,
        name=row.name,
        by=row.by,
        at=row.assigned_at,
        due_on=row.due_on,
        note=row.note,
    )
