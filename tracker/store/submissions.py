"""The letter box of the public, what the desk has taken out of it, and what each sender may see of that."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from tracker.errors import Conflict, NotFound
from tracker.letters import Letter, LetterKind, ReplyState, Sent
from tracker.model import InitiativeState, Item, ItemState, Source, Time, Value, Verdict
from tracker.store.audit import Audit
from tracker.store.engine import Database, add, upsert
from tracker.store.rows import (
    DecisionRow,
    InitiativeRow,
    ItemRow,
    LetterRow,
    ReplyRow,
    SourceRow,
    SubmissionContactRow,
    SubmissionRow,
)

_LETTER = LetterRow.__table__  # type: ignore[attr-defined]
_SUBMISSION = SubmissionRow.__table__  # type: ignore[attr-defined]
_CONTACT = SubmissionContactRow.__table__  # type: ignore[attr-defined]
_REPLY = ReplyRow.__table__  # type: ignore[attr-defined]
_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_DECISION = DecisionRow.__table__  # type: ignore[attr-defined]
_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]

_CLOSED = (ReplyState.TAKEN, ReplyState.NOT_TAKEN, ReplyState.WITHDRAWN)


class Reply(Value):
    """Where a submission stands, as its sender may see it."""

    state: ReplyState
    reason: str = ""
    initiative_id: int | None = None
    noted: bool = False
    changed_at: Time | None = None  # None: the desk has not taken it out of the box yet


class Submission(Value):
    """What somebody outside sent, for the desk."""

    id: int
    item_id: int
    at: Time
    language: str
    sent: Sent
    spam_signs: tuple[str, ...]
    note: str
    noted_at: Time | None
    withdrawn_at: Time | None
    state: ReplyState
    initiative_id: int | None
    has_contact: bool


class Box(Database):
    """The public's side of the letter box. It puts letters in, counts them, and reads replies; nothing else.

    On PostgreSQL the rights of the role see to it (`roles.py`); SQLite has none, so the connection itself refuses every
    other statement.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _shut)

    def put(self, letter: Letter) -> None:
        """The letter is in the box. Raises Conflict when it is there already, or was."""
        if letter.kind is LetterKind.SUBMISSION and self._answered(letter.reply_hash):
            raise Conflict("this form was sent already", what="letter")
        try:
            with self.writing() as db:
                db.execute(sa.insert(_LETTER).values(**letter.model_dump(mode="python")))
        except sa.exc.IntegrityError:
            raise Conflict("this form was sent already", what="letter") from None

    def count(self) -> int:
        """How many letters the desk has not taken out yet."""
        with self.reading() as db:
            return int(db.scalar(sa.select(sa.func.count(_LETTER.c.id))) or 0)

    def reply(self, reply_hash: str) -> Reply | None:
        """Where the submission behind a reply link stands; None where there is none."""
        query = sa.select(_REPLY).where(_REPLY.c.reply_hash == reply_hash)
        papers = [reply_hash, f"note:{reply_hash}", f"withdrawal:{reply_hash}"]
        with self.reading() as db:
            row = db.execute(query).one_or_none()
            there = set(db.scalars(sa.select(_LETTER.c.id).where(_LETTER.c.id.in_(papers))))
        if row is None and reply_hash not in there:
            return None
        found = Reply(state=ReplyState.WAITING)
        if row is not None:
            found = _reply(row)
        if papers[1] in there:
            found = found.but(noted=True)
        return found.but(state=ReplyState.WITHDRAWN) if papers[2] in there else found

    def _answered(self, reply_hash: str) -> bool:
        with self.reading() as db:
            return db.scalar(sa.select(_REPLY.c.state).where(_REPLY.c.reply_hash == reply_hash)) is not None


def open_box(url: str) -> Box:
    """The public's side of the letter box. Raises StoreUnavailable when the database cannot be written by this user."""
    return Box(url)


def _shut(connection: sqlite3.Connection, _record: object) -> None:
    """From now on this connection can put letters in and read replies; SQLite refuses to prepare anything else."""
    readable = {"letter": {"id", "kind", ""}, "reply": {*_REPLY.c.keys(), ""}}

    def allowed(act: int, one: str | None, two: str | None, _database: str | None, _trigger: str | None) -> int:
        if act in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_TRANSACTION):
            return sqlite3.SQLITE_OK
        if act == sqlite3.SQLITE_FUNCTION and two == "count":
            return sqlite3.SQLITE_OK
        if act == sqlite3.SQLITE_READ and (two or "") in readable.get(one or "", ()):
            return sqlite3.SQLITE_OK
        if act == sqlite3.SQLITE_INSERT and one == "letter":
            return sqlite3.SQLITE_OK
        if act == sqlite3.SQLITE_PRAGMA and one == "read_uncommitted" and two is None:  # the driver asks at the start
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    connection.set_authorizer(allowed)


class _Standing(NamedTuple):
    """What is known of a submission, to tell its sender where it stands."""

    reply_hash: str
    submission_id: int
    noted_at: datetime | None
    withdrawn_at: datetime | None
    item_state: str
    decided_at: datetime | None
    verdict: str | None
    reason: str | None
    initiative_id: int | None
    initiative_state: str | None
    is_public: bool


class Submissions(Audit):
    def letters(self, limit: int) -> list[Letter]:
        """What lies in the box, oldest first."""
        query = sa.select(_LETTER).order_by(_LETTER.c.at, _LETTER.c.id).limit(limit)
        with self.reading() as db:
            return [Letter.model_validate(row._asdict()) for row in db.execute(query)]

    def burn(self, letter_id: str) -> None:
        """The letter is gone from the box."""
        with self.writing() as db:
            db.execute(sa.delete(_LETTER).where(_LETTER.c.id == letter_id))

    def found_public_source(self, source: Source) -> None:
        """The source of what the public sends, made once: not configured, so that nothing ever asks or lists it."""
        columns = {**source.model_dump(mode="json"), "host": "", "next_reason": "never asked", "failures": 0}
        known = {name: value for name, value in columns.items() if name in _SOURCE.c}
        with self.writing() as db:
            statement = upsert(db, _SOURCE).values(**known, configured=False, sample=False, origin="desk")
            db.execute(statement.on_conflict_do_nothing())

    def add_submission(self, letter: Letter, item: Item, sent: Sent, contact: str, signs: Sequence[str]) -> int | None:
        """The number of the submission, whose item was added just now. None where this letter was taken before."""
        with self.writing() as db:
            there = db.scalar(sa.select(_SUBMISSION.c.id).where(_SUBMISSION.c.reply_hash == letter.reply_hash))
            if there is not None:
                return None
            id = add(
                db,
                _SUBMISSION,
                item_id=item.id,
                reply_hash=letter.reply_hash,
                at=letter.at,
                language=letter.language,
                content=sent.model_dump(mode="json"),
                spam_signs=list(signs),
                note="",
            )
            if contact:
                db.execute(sa.insert(_CONTACT).values(submission_id=id, contact=contact))
            after = {"item": item.id, "concerns": sent.concerns, "spam": list(signs)}
            self.note("the public", "sent in", "submission", id, None, after)
        return id

    def add_sender_note(self, reply_hash: str, text: str, now: datetime) -> None:
        """The sender's one note; a second one changes nothing."""
        with self.writing() as db:
            where = (_SUBMISSION.c.reply_hash == reply_hash, _SUBMISSION.c.noted_at.is_(None))
            id = db.scalar(sa.select(_SUBMISSION.c.id).where(*where))
            if id is not None:
                db.execute(sa.update(_SUBMISSION).where(_SUBMISSION.c.id == id).values(note=text, noted_at=now))
                self.note("the public", "note added", "submission", id)

    def withdraw_submission(self, reply_hash: str, now: datetime) -> None:
        """The sender takes it back: the contact is gone; an item that nobody has decided waits no more.

        Where other items stand behind it, it stays, for them.
        """
        with self.writing() as db:
            where = (_SUBMISSION.c.reply_hash == reply_hash, _SUBMISSION.c.withdrawn_at.is_(None))
            row = db.execute(sa.select(_SUBMISSION.c.id, _SUBMISSION.c.item_id).where(*where)).one_or_none()
            if row is None:
                return
            db.execute(sa.update(_SUBMISSION).where(_SUBMISSION.c.id == row.id).values(withdrawn_at=now))
            db.execute(sa.delete(_CONTACT).where(_CONTACT.c.submission_id == row.id))
            behind = _ITEM.alias("behind")
            others = sa.exists().where(behind.c.copy_of == row.item_id)  # their story waits on
            open_states = [ItemState.WAITING.value, ItemState.HELD.value]
            item = sa.update(_ITEM).where(_ITEM.c.id == row.item_id, _ITEM.c.state.in_(open_states), ~others)
            db.execute(item.values(state=ItemState.EXCLUDED.value))
            self.note("the public", "withdrawn by its sender", "submission", row.id)

    def count_open_submissions(self) -> int:
        query = sa.select(sa.func.count()).select_from(_SUBMISSION.join(_ITEM, _ITEM.c.id == _SUBMISSION.c.item_id))
        with self.reading() as db:
            return int(db.scalar(query.where(_ITEM.c.state == ItemState.WAITING.value)) or 0)

    def same_words(self, content_hash: str, source_id: str) -> bool:
        """Whether somebody has sent these very words before."""
        query = sa.select(_ITEM.c.id).where(_ITEM.c.content_hash == content_hash, _ITEM.c.source_id == source_id)
        with self.reading() as db:
            return db.scalar(query.limit(1)) is not None

    def submissions(self, *, open_only: bool = True, limit: int = 50, offset: int = 0) -> list[Submission]:
        """What the public sent, newest first; `open_only`: what is not decided."""
        query = (
            sa.select(_SUBMISSION, _REPLY.c.state, _REPLY.c.initiative_id, _CONTACT.c.submission_id)
            .join(_REPLY, _REPLY.c.reply_hash == _SUBMISSION.c.reply_hash)
            .outerjoin(_CONTACT, _CONTACT.c.submission_id == _SUBMISSION.c.id)
            .order_by(_SUBMISSION.c.at.desc(), _SUBMISSION.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        if open_only:
            query = query.where(_REPLY.c.state.not_in([state.value for state in _CLOSED]))
        with self.reading() as db:
            return [_submission(row) for row in db.execute(query)]

    def submission_contact(self, id: int, who: str) -> str:
        """How the sender wished to be reached; that it was read is noted. Raises NotFound where nothing is kept."""
        with self.writing() as db:
            found: str | None = db.scalar(sa.select(_CONTACT.c.contact).where(_CONTACT.c.submission_id == id))
            if found is None:
                raise NotFound(f"no contact is kept of submission {id}")
            self.note(who, "contact read", "submission", id)
        return found

    def refresh_replies(self, now: datetime) -> int:
        """Makes what senders see say what the desk has decided; how many of them changed."""
        with self.reading() as db:
            before = {row.reply_hash: row for row in db.execute(sa.select(_REPLY))}
            standings = _standings(db)
        changed: dict[str, dict[str, Any]] = {}
        for one in standings:
            state, reason, initiative = _seen_outside(one)
            said = (state.value, reason, initiative, one.noted_at is not None)
            old = before.get(one.reply_hash)
            if old is None or (old.state, old.reason, old.initiative_id, old.noted) != said:
                changed[one.reply_hash] = dict(zip(("state", "reason", "initiative_id", "noted"), said, strict=True))
        if changed:  # most of the time there is nothing to write, and no lock is taken
            with self.writing() as db:
                for reply_hash, values in changed.items():
                    set_ = {**values, "changed_at": now}
                    statement = upsert(db, _REPLY).values(reply_hash=reply_hash, **set_)
                    db.execute(statement.on_conflict_do_update(index_elements=["reply_hash"], set_=set_))
        return len(changed)

    def old_contacts(self, now: datetime, after: timedelta, longest: timedelta) -> list[int]:
        """Submissions whose contact need not be kept: decided `after` ago, or sent `longest` ago."""
        with self.reading() as db:
            kept = set(db.scalars(sa.select(_CONTACT.c.submission_id)))
            if not kept:
                return []
            sent = {row.id: row.at for row in db.execute(sa.select(_SUBMISSION.c.id, _SUBMISSION.c.at))}
            decided = {one.submission_id: one for one in _standings(db) if one.submission_id in kept}
        return sorted(
            id
            for id in kept
            if sent[id] <= now - longest
            or (decided[id].decided_at is not None and _closed_by(decided[id], now - after))
        )

    def forget_contacts(self, ids: Sequence[int]) -> None:
        """The contacts of these submissions are gone for good."""
        if not ids:
            return
        with self.writing() as db:
            db.execute(sa.delete(_CONTACT).where(_CONTACT.c.submission_id.in_(list(ids))))
            self.note("retention", "contacts let go", "submission", "", None, {"contacts": len(ids)})


def _standings(db: sa.Connection) -> list[_Standing]:
    """All submissions with the newest decision on their story; one that stands behind another goes with it."""
    head = _ITEM.alias("head")
    newest = (
        sa.select(sa.func.max(_DECISION.c.id)).where(_DECISION.c.item_id == head.c.id).correlate(head).scalar_subquery()
    )
    query = (
        sa.select(
            _SUBMISSION.c.reply_hash,
            _SUBMISSION.c.id,
            _SUBMISSION.c.noted_at,
            _SUBMISSION.c.withdrawn_at,
            head.c.state,
            _DECISION.c.at,
            _DECISION.c.verdict,
            _DECISION.c.reason,
            _DECISION.c.initiative_id,
            _INITIATIVE.c.state,
            _INITIATIVE.c.approved_revision.is_not(None),
        )
        .join(_ITEM, _ITEM.c.id == _SUBMISSION.c.item_id)
        .join(head, head.c.id == sa.func.coalesce(_ITEM.c.copy_of, _ITEM.c.id))
        .outerjoin(_DECISION, _DECISION.c.id == newest)
        .outerjoin(_INITIATIVE, _INITIATIVE.c.id == _DECISION.c.initiative_id)
    )
    return [_Standing._make(row) for row in db.execute(query)]


def _closed_by(one: _Standing, before: datetime) -> bool:
    final = (Verdict.INCLUDE.value, Verdict.EVIDENCE.value, Verdict.EXCLUDE.value)
    return one.verdict in final and one.decided_at is not None and one.decided_at <= before


def _seen_outside(one: _Standing) -> tuple[ReplyState, str, int | None]:
    """(state, reason, number of the public initiative): nothing that is not public already, but that it is in work."""
    if one.withdrawn_at is not None:
        return ReplyState.WITHDRAWN, "", None
    if one.verdict == Verdict.EXCLUDE.value and one.item_state == ItemState.EXCLUDED.value:
        return ReplyState.NOT_TAKEN, one.reason or "", None
    if one.verdict in (Verdict.INCLUDE.value, Verdict.EVIDENCE.value) and one.item_state == ItemState.INCLUDED.value:
        if one.is_public and one.initiative_state not in (
            InitiativeState.DROPPED.value,
            InitiativeState.WITHDRAWN.value,
        ):
            return ReplyState.TAKEN, "", one.initiative_id
        return ReplyState.LOOKED_AT, "", None
    if one.item_state == ItemState.HELD.value:
        return ReplyState.LOOKED_AT, "", None
    return ReplyState.WAITING, "", None


def _reply(row: Any) -> Reply:
    return Reply(
        state=ReplyState(row.state),
        reason=row.reason,
        initiative_id=row.initiative_id,
        noted=row.noted,
        changed_at=row.changed_at,
    )


def _submission(row: Any) -> Submission:
    return Submission(
        id=row.id,
        item_id=row.item_id,
        at=row.at,
        language=row.language,
        sent=Sent.model_validate(row.content),
        spam_signs=tuple(row.spam_signs),
        note=row.note,
        noted_at=row.noted_at,
        withdrawn_at=row.withdrawn_at,
        state=ReplyState(row.state),
        initiative_id=row.initiative_id,
        has_contact=row.submission_id is not None,
    )
