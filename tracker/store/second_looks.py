"""What a second look leaves on record: verdicts on fields, a conversation, what was confirmed, looks that are due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Field

from tracker.errors import Conflict, Sentence
from tracker.model import InitiativeState, Person, Record, Time, Value
from tracker.store.initiatives import Initiatives
from tracker.store.rows import (
    FieldCommentRow,
    InitiativeMessageRow,
    InitiativeRow,
    PersonRow,
    PublicInitiativeRow,
    SafetyConfirmationRow,
)

_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_COMMENT = FieldCommentRow.__table__  # type: ignore[attr-defined]
_MESSAGE = InitiativeMessageRow.__table__  # type: ignore[attr-defined]
_CONFIRMATION = SafetyConfirmationRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_PUBLIC = PublicInitiativeRow.__table__  # type: ignore[attr-defined]


class FieldVerdict(StrEnum):
    FINE = "fine"
    DOUBT = "doubt"
    WRONG = "wrong"


class FieldComment(Value):
    """What somebody thinks of one field of one revision."""

    initiative_id: int
    revision: int
    field: Annotated[str, Field(min_length=1, max_length=60)]
    verdict: FieldVerdict
    text: Annotated[str, Field(max_length=2000)] = ""
    person_id: int
    person: str = ""  # name
    at: Time


class Message(Value):
    """One line of the conversation on an initiative."""

    initiative_id: int
    revision: int
    text: Annotated[str, Field(min_length=1, max_length=4000)]
    person_id: int
    person: str = ""  # name
    at: Time


class Confirmation(Value):
    """That somebody looked at words which could hurt a person, and why they do not."""

    initiative_id: int
    field: str
    kind: str
    words: str
    text_hash: str
    because: str
    person_id: int
    person: str = ""  # name
    written_by: int
    at: Time


class SecondLooks(Initiatives):
    def add_field_comment(self, comment: FieldComment, by: Person) -> None:
        values = comment.model_dump(exclude={"person"})
        with self.writing() as db:
            db.execute(sa.insert(_COMMENT).values(**values))
            said = {"field": comment.field, "verdict": comment.verdict.value, "revision": comment.revision}
            self.note(by.email, "field commented", "initiative", comment.initiative_id, None, said)

    def field_comments(self, initiative_id: int, revision: int | None = None) -> list[FieldComment]:
        """What was said of the fields of a revision, or of all, oldest first."""
        query = (
            sa.select(_COMMENT, _PERSON.c.name.label("person"))
            .join(_PERSON, _PERSON.c.id == _COMMENT.c.person_id)
            .where(_COMMENT.c.initiative_id == initiative_id)
            .order_by(_COMMENT.c.id)
        )
        if revision is not None:
            query = query.where(_COMMENT.c.revision == revision)
        return [FieldComment.model_validate(row) for row in self._looked_up(query)]

    def add_message(self, message: Message, by: Person) -> None:
        with self.writing() as db:
            db.execute(sa.insert(_MESSAGE).values(**message.model_dump(exclude={"person"})))
            self.note(by.email, "message", "initiative", message.initiative_id)

    def messages(self, initiative_id: int) -> list[Message]:
        """The conversation on an initiative, oldest first."""
        query = (
            sa.select(_MESSAGE, _PERSON.c.name.label("person"))
            .join(_PERSON, _PERSON.c.id == _MESSAGE.c.person_id)
            .where(_MESSAGE.c.initiative_id == initiative_id)
            .order_by(_MESSAGE.c.id)
        )
        return [Message.model_validate(row) for row in self._looked_up(query)]

    def add_confirmation(self, confirmation: Confirmation, by: Person) -> None:
        """The database itself refuses one by the writer of the text."""
        with self.writing() as db:
            db.execute(sa.insert(_CONFIRMATION).values(**confirmation.model_dump(exclude={"person"})))
            said = {"field": confirmation.field, "kind": confirmation.kind, "because": confirmation.because}
            self.note(by.email, "confirmed harmless", "initiative", confirmation.initiative_id, None, said)

    def confirmations(self, initiative_id: int) -> list[Confirmation]:
        """Everything that was confirmed of an initiative, oldest first; of texts that it has no more as well."""
        query = (
            sa.select(_CONFIRMATION, _PERSON.c.name.label("person"))
            .join(_PERSON, _PERSON.c.id == _CONFIRMATION.c.person_id)
            .where(_CONFIRMATION.c.initiative_id == initiative_id)
            .order_by(_CONFIRMATION.c.id)
        )
        return [Confirmation.model_validate(row) for row in self._looked_up(query)]

    def verified(self, id: int, by: Person, now: datetime, next_check_on: date | None, what: str) -> Record:
        """The public is told that it is still so, from now; a later look that was due is taken. Conflict otherwise."""
        with self.writing() as db:
            moved = db.execute(
                sa.update(_INITIATIVE)
                .where(_INITIATIVE.c.id == id, _INITIATIVE.c.approved_revision.is_not(None))
                .values(last_verified_at=now, next_check_on=next_check_on, urgent_reason="", look_due_at=None)
            )
            if moved.rowcount == 0:
                record = self.record(id)
                raise Conflict(Sentence("initiative {id} is not public", id=id), what=record.state.value)
            db.execute(sa.update(_PUBLIC).where(_PUBLIC.c.id == id).values(verified_at=now))
            after = {"next_check_on": next_check_on.isoformat() if next_check_on else None}
            self.note(by.email, what, "initiative", id, None, after)
            return self.record(id)

    def set_next_check(self, id: int, by: Person, on: date | None) -> Record:
        with self.writing() as db:
            before = self.record(id)
            db.execute(sa.update(_INITIATIVE).where(_INITIATIVE.c.id == id).values(next_check_on=on))
            dates = [{"next_check_on": day.isoformat() if day else None} for day in (before.next_check_on, on)]
            self.note(by.email, "next check set", "initiative", id, *dates)
            return self.record(id)

    def looks_due(self) -> list[Record]:
        """Initiatives that went public urgently and whose full look is still to be taken, the soonest first."""
        return self._records(_INITIATIVE.c.look_due_at.is_not(None), _INITIATIVE.c.look_due_at)

    def checks_due(self, today: date, limit: int = 200) -> list[Record]:
        """Public initiatives of which somebody is to make sure again, the longest due first."""
        due = sa.and_(
            _INITIATIVE.c.next_check_on <= today,
            _INITIATIVE.c.approved_revision.is_not(None),
            _INITIATIVE.c.merged_into.is_(None),
        )
        return self._records(due, _INITIATIVE.c.next_check_on, limit)

    def merges_waiting(self) -> list[Record]:
        """Initiatives into which a public one was merged, and which nobody has approved since."""
        gone = _INITIATIVE.alias("gone")
        waiting = sa.select(gone.c.merged_into).where(
            gone.c.merged_into.is_not(None), gone.c.state == InitiativeState.APPROVED.value
        )
        return self._records(_INITIATIVE.c.id.in_(waiting), _INITIATIVE.c.changed_at)

    # ------------------------------------------------------------------------------------------------------- inside

    def _records(self, condition: Any, order: Any, limit: int = 200) -> list[Record]:
        query = sa.select(_INITIATIVE.c.id).where(condition).order_by(order, _INITIATIVE.c.id).limit(limit)
        with self.reading() as db:
            ids = list(db.scalars(query))
            found = {record.id: record for record in self.records(ids=ids, limit=limit)}
            return [found[id] for id in ids]

    def _looked_up(self, query: Any) -> Iterable[dict[str, Any]]:
        with self.reading() as db:
            rows = [dict(row) for row in db.execute(query).mappings()]
        for row in rows:
            row.pop("id")
        return rows
