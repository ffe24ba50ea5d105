"""What an analyst has typed into the form of an initiative and not saved, and what stood suggested when they saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from tracker.model import Initiative, InitiativeState, Suggestion, Time, Value
from tracker.store.engine import Database, upsert
from tracker.store.rows import InitiativeRevisionRow, InitiativeRow, SuggestionRow, WorkingCopyRow
from tracker.store.teaching import suggestion_of

_COPY = WorkingCopyRow.__table__  # type: ignore[attr-defined]
_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_REVISION = InitiativeRevisionRow.__table__  # type: ignore[attr-defined]
_SUGGESTION = SuggestionRow.__table__  # type: ignore[attr-defined]

_CHUNK = 500  # ids in one statement


class WorkingCopy(Value):
    """The fields of the form that one person has changed since `revision`, as they typed them."""

    initiative_id: int
    person_id: int
    revision: int
    fields: dict[str, Any]
    at: Time


class Coded(NamedTuple):
    """The revision that a person wrote in a form with suggestions on it, and these."""

    initiative_id: int
    content: Initiative
    suggestions: tuple[Suggestion, ...]


class Drafting(Database):
    def working_copy(self, initiative_id: int, person_id: int) -> WorkingCopy | None:
        """What this person has typed and not saved; None where there is nothing."""
        with self.reading() as db:
            row = db.execute(sa.select(_COPY).where(*_of(initiative_id, person_id))).one_or_none()
        return WorkingCopy.model_validate(row._asdict()) if row else None

    def keep_working_copy(
        self, initiative_id: int, person_id: int, revision: int, fields: Mapping[str, Any], now: datetime
    ) -> WorkingCopy:
        """The copy with these fields as well. Fields that another window of the same person changed stay."""
        with self.writing() as db:
            before = self.working_copy(initiative_id, person_id)
            kept = {**(before.fields if before else {}), **fields}
            values = {"revision": revision, "fields": kept, "at": now}
            statement = upsert(db, _COPY).values(initiative_id=initiative_id, person_id=person_id, **values)
            keys = [_COPY.c.initiative_id, _COPY.c.person_id]
            db.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
        return WorkingCopy(initiative_id=initiative_id, person_id=person_id, revision=revision, fields=kept, at=now)

    def drop_working_copy(self, initiative_id: int, person_id: int) -> None:
        with self.writing() as db:
            db.execute(sa.delete(_COPY).where(*_of(initiative_id, person_id)))

    def working_copies(self, person_id: int) -> list[WorkingCopy]:
        """All that this person has not saved, last typed first."""
        query = sa.select(_COPY).where(_COPY.c.person_id == person_id).order_by(_COPY.c.at.desc())
        with self.reading() as db:
            return [WorkingCopy.model_validate(row._asdict()) for row in db.execute(query)]

    def record_revision(self, initiative_id: int) -> int:
        """The number of the newest revision; 0 where there is no such initiative."""
        with self.reading() as db:
            return int(db.scalar(sa.select(_INITIATIVE.c.revision).where(_INITIATIVE.c.id == initiative_id)) or 0)

    def next_draft(self, person_id: int, after: int) -> int | None:
        """The number of the draft to go on with, other than `after`: this person's own first, the oldest first."""
        query = (
            sa.select(_INITIATIVE.c.id)
            .where(_INITIATIVE.c.state == InitiativeState.DRAFT.value, _INITIATIVE.c.id != after)
            .order_by(sa.case((_INITIATIVE.c.changed_by == person_id, 0), else_=1), _INITIATIVE.c.id)
            .limit(1)
        )
        with self.reading() as db:
            found: int | None = db.scalar(query)
        return found

    def initiative_titles(self, limit: int, ids: tuple[int, ...] = ()) -> dict[int, str]:
        """Titles by number: of these, and of the newest that were not given up."""
        shown = _INITIATIVE.c.state != InitiativeState.DROPPED.value
        newest = sa.select(_INITIATIVE.c.id, _INITIATIVE.c.title).where(shown).order_by(_INITIATIVE.c.id.desc())
        named = sa.select(_INITIATIVE.c.id, _INITIATIVE.c.title).where(_INITIATIVE.c.id.in_(ids))
        with self.reading() as db:
            found = {row.id: row.title for row in db.execute(named)} if ids else {}
            return found | {row.id: row.title for row in db.execute(newest.limit(limit))}

    def coded(self, since: datetime) -> list[Coded]:
        """The first revision of each initiative that was written beside suggestions since then, with these."""
        query = (
            sa.select(_REVISION.c.initiative_id, _REVISION.c.content, _REVISION.c.suggestion_ids)
            .where(_REVISION.c.at >= since, _REVISION.c.revision > 1)
            .order_by(_REVISION.c.initiative_id, _REVISION.c.revision)
        )
        first: dict[int, Any] = {}
        said: dict[int, Suggestion] = {}
        with self.reading() as db:
            for row in db.execute(query):
                if row.suggestion_ids:
                    first.setdefault(row.initiative_id, row)
            wanted = sorted({id for row in first.values() for id in row.suggestion_ids})
            for start in range(0, len(wanted), _CHUNK):
                some = sa.select(_SUGGESTION).where(_SUGGESTION.c.id.in_(wanted[start : start + _CHUNK]))
                said |= {row.id: suggestion_of(row) for row in db.execute(some)}
        return [
            Coded(
                initiative_id=id,
                content=Initiative.model_validate(row.content),
                suggestions=tuple(said[one] for one in row.suggestion_ids if one in said),
            )
            for id, row in first.items()
        ]


def _of(initiative_id: int, person_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (_COPY.c.initiative_id == initiative_id, _COPY.c.person_id == person_id)
