"""The audit: who did what, when, with the values before and after. Append-only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from tracker.model import Time, Value
from tracker.store.engine import Database, plain
from tracker.store.rows import EventRow

_EVENT = EventRow.__table__  # type: ignore[attr-defined]


class Event(Value):
    """One line of the audit."""

    id: int
    at: Time
    who: str
    what: str
    subject: str
    subject_id: str
    before: Any = None
    after: Any = None


class EventFilter(Value):
    """Which lines of the audit are wanted; what is empty asks for all."""

    who: str = ""
    what: str = ""
    subject: str = ""
    subject_id: str = ""
    since: Time | None = None
    before: Time | None = None


class Audit(Database):
    def note(
        self, who: str, what: str, subject: str, subject_id: str | int, before: Any = None, after: Any = None
    ) -> None:
        """One line, in the transaction of the change that it tells of."""
        with self.writing() as db:
            db.execute(
                sa.insert(_EVENT).values(
                    at=datetime.now(UTC),  # when it was written down, whatever time the act itself claims
                    who=who,
                    what=what,
                    subject=subject,
                    subject_id=str(subject_id),
                    before=plain(before),
                    after=plain(after),
                )
            )

    def events(self, subject: str | None = None, subject_id: str | int | None = None, limit: int = 100) -> list[Event]:
        """The audit, newest first, of one subject or of everything."""
        query = sa.select(_EVENT).order_by(_EVENT.c.id.desc()).limit(limit)
        if subject is not None:
            query = query.where(_EVENT.c.subject == subject)
        if subject_id is not None:
            query = query.where(_EVENT.c.subject_id == str(subject_id))
        with self.reading() as db:
            return [Event.model_validate(dict(row)) for row in db.execute(query).mappings()]

    def audit(self, wanted: EventFilter, limit: int, offset: int = 0) -> list[Event]:
        """The lines that are wanted, newest first, a page at a time."""
        query = sa.select(_EVENT).order_by(_EVENT.c.id.desc()).limit(limit).offset(offset)
        for name in ("who", "what", "subject", "subject_id"):
            if value := getattr(wanted, name):
                query = query.where(_EVENT.c[name] == value)
        if wanted.since is not None:
            query = query.where(_EVENT.c.at >= wanted.since)
        if wanted.before is not None:
            query = query.where(_EVENT.c.at < wanted.before)
        with self.reading() as db:
            return [Event.model_validate(dict(row)) for row in db.execute(query).mappings()]

    def audited(self, column: str) -> list[str]:
        """What the audit holds under `who`, `what` or `subject`, each once, in order."""
        with self.reading() as db:
            return list(db.execute(sa.select(_EVENT.c[column]).distinct().order_by(_EVENT.c[column])).scalars())
