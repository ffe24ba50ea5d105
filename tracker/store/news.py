"""What has happened, and what of it is for one person? Read from the audit and from where things stand.

Nothing is written for a notice: it follows from what was done, and only what a person has read of it is kept.
Decision 0014.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from tracker.model import InitiativeState, Person, Role, Time, Value
from tracker.store.audit import Audit, Event
from tracker.store.engine import upsert
from tracker.store.initiatives import overtaken_by_sources
from tracker.store.rows import (
    AdjudicationRow,
    EventRow,
    InitiativeRow,
    ItemRow,
    NoticeReadRow,
    SecondCodingRow,
    SourceRow,
)  # fmt: skip

_EVENT = EventRow.__table__  # type: ignore[attr-defined]
_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]
_SECOND = SecondCodingRow.__table__  # type: ignore[attr-defined]
_RULING = AdjudicationRow.__table__  # type: ignore[attr-defined]
_READ = NoticeReadRow.__table__  # type: ignore[attr-defined]

KEPT = timedelta(days=60)  # what is older is told by the activity page alone
MOST = 200  # notices that one person is shown
_UNTIL = ""  # the key of "all until then"

# Subjects of the audit that the feed tells of: accounts and sign-ins are for those who look after them.
FEED = ("item", "initiative", "source", "release", "model", "word list", "network", "coverage")
NOT_TOLD = ("network waits",)  # of sign-ins too, though a network is its subject

_OF_MY_INITIATIVE = {
    "initiative approved": "approved",
    "initiative published urgently": "approved",
    "initiative withdrawn": "withdrawn",
    "initiative merged away": "merged",
    "initiatives merged": "merged",
    "initiative split": "split",
    "field commented": "commented",
    "message": "commented",
}
_BROKEN = ("source failing", "source asleep", "source gone")
_TOLD = ("assigned", "initiative to draft", "initiative to second_look", *_OF_MY_INITIATIVE, *_BROKEN)


class Notice(Value):
    """Something that one person should know."""

    key: str  # the same for the same thing, so that it stays read
    what: str  # assigned | sent_back | approved | withdrawn | merged | split | commented | second_look | …
    kind: str  # item | initiative | source
    subject: str  # its number, or the id of a source
    title: str = ""
    by: str = ""  # e-mail address of who did it; empty: nobody
    note: str = ""
    due_on: date | None = None
    at: Time
    read: bool = False


class News(Audit):
    # ------------------------------------------------------------------------------------------------- activity

    def activity(
        self,
        *,
        by: str | None = None,
        of: int | None = None,
        subject: str | None = None,
        subject_id: str | None = None,
        whats: Sequence[str] | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Event]:
        """What was done to items, initiatives, sources, releases, models and words, newest first.

        `by` is an e-mail address or a part of the tracker; `of` a person's number, for what was done to their
        initiatives. Who has coded an item a second time is told once an editor has settled it: until then it is blind.
        """
        settled = sa.select(sa.cast(_SECOND.c.item_id, sa.String())).join(
            _RULING, _RULING.c.second_coding_id == _SECOND.c.id
        )
        query = sa.select(_EVENT).where(
            _EVENT.c.subject.in_([subject] if subject else list(FEED)),
            _EVENT.c.what.not_in(NOT_TOLD),
            sa.or_(_EVENT.c.what != "coded a second time", _EVENT.c.subject_id.in_(settled)),
        )
        if by is not None:
            query = query.where(_EVENT.c.who == by)
        if of is not None:
            number = sa.cast(_INITIATIVE.c.id, sa.String())
            theirs = sa.select(number).where(sa.or_(_INITIATIVE.c.drafted_by == of, _INITIATIVE.c.changed_by == of))
            query = query.where(_EVENT.c.subject == "initiative", _EVENT.c.subject_id.in_(theirs))
        if subject_id is not None:
            query = query.where(_EVENT.c.subject_id == subject_id)
        if whats is not None:
            query = query.where(_EVENT.c.what.in_(list(whats)))
        with self.reading() as db:
            rows = db.execute(query.order_by(_EVENT.c.id.desc()).limit(limit).offset(offset)).mappings()
            return [Event.model_validate(dict(row)) for row in rows]

    def titles(self, subjects: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """What these items and initiatives are called, and the names of these sources."""
        wanted: dict[str, set[str]] = {}
        for kind, id in subjects:
            wanted.setdefault(kind, set()).add(id)
        found: dict[tuple[str, str], str] = {}
        with self.reading() as db:
            for kind, table in (("item", _ITEM), ("initiative", _INITIATIVE)):
                numbers = [int(id) for id in wanted.get(kind, ()) if id.isdecimal()]
                query = sa.select(table.c.id, table.c.title).where(table.c.id.in_(numbers))
                found |= {(kind, str(id)): title for id, title in (db.execute(query).all() if numbers else ())}
            if sources := wanted.get("source"):
                query = sa.select(_SOURCE.c.id, _SOURCE.c.name).where(_SOURCE.c.id.in_(sources))
                found |= {("source", id): name for id, name in db.execute(query)}
        return found

    # -------------------------------------------------------------------------------------------------- notices

    def notices(self, person: Person, now: datetime) -> list[Notice]:
        """What this person should know of the last 60 days, newest first, and what of it they have read."""
        with self.reading() as db:
            until, read = self._read_until(db, person, now)
            found = self._since(db, person, now - KEPT, now)
        return [one.but(read=one.at <= until or one.key in read) for one in found]

    def unread_notices(self, person: Person, now: datetime) -> int:
        """How many notices this person has not read; 200 stands for that many or more."""
        with self.reading() as db:
            until, read = self._read_until(db, person, now)
            return sum(one.key not in read for one in self._since(db, person, max(until, now - KEPT), now))

    def read_notice(self, person_id: int, key: str, now: datetime) -> None:
        """This person has read this one."""
        with self.writing() as db:
            statement = upsert(db, _READ).values(person_id=person_id, key=key, at=now)
            db.execute(statement.on_conflict_do_nothing())

    def read_all_notices(self, person_id: int, until: datetime) -> None:
        """This person has read everything until then."""
        with self.writing() as db:
            db.execute(sa.delete(_READ).where(_READ.c.person_id == person_id))
            db.execute(sa.insert(_READ).values(person_id=person_id, key=_UNTIL, at=until))

    def _read_until(self, db: sa.Connection, person: Person, now: datetime) -> tuple[datetime, set[str]]:
        rows = db.execute(sa.select(_READ.c.key, _READ.c.at).where(_READ.c.person_id == person.id)).all()
        until = next((row.at for row in rows if row.key == _UNTIL), now - KEPT)
        return until, {row.key for row in rows if row.key != _UNTIL}

    def _since(self, db: sa.Connection, person: Person, since: datetime, now: datetime) -> list[Notice]:
        found = [*_from_events(db, person, since), *_checks_due(db, person, since, now), *_changed(db, person, since)]
        return sorted(found, key=lambda one: (one.at, one.key), reverse=True)[:MOST]


def _from_events(db: sa.Connection, person: Person, since: datetime) -> list[Notice]:
    told = [what for what in _TOLD if what not in _BROKEN or person.role is not Role.ANALYST]
    query = sa.select(_EVENT).where(_EVENT.c.what.in_(told), _EVENT.c.at > since, _EVENT.c.who != person.email)
    events = db.execute(query.order_by(_EVENT.c.id.desc()).limit(5 * MOST)).all()
    numbers = {int(event.subject_id) for event in events if event.subject == "initiative"}
    columns = [_INITIATIVE.c[name] for name in ("id", "title", "state", "drafted_by", "changed_by")]
    theirs = {row.id: row for row in db.execute(sa.select(*columns).where(_INITIATIVE.c.id.in_(numbers)))}
    still_broken: dict[str, str] = dict(
        db.execute(
            sa.select(_SOURCE.c.id, _SOURCE.c.name).where(_SOURCE.c.condition != "ok", _SOURCE.c.configured)
        ).all()
    )
    items = {int(event.subject_id) for event in events if event.subject == "item"}
    titles: dict[int, str] = (
        dict(db.execute(sa.select(_ITEM.c.id, _ITEM.c.title).where(_ITEM.c.id.in_(items))).all()) if items else {}
    )
    found, told_of = [], set()
    for event in events:
        after = event.after if isinstance(event.after, dict) else {}
        initiative = theirs.get(int(event.subject_id)) if event.subject == "initiative" else None
        what = _for(person, event, after, initiative, still_broken)
        if what is None or (what, event.subject_id) in told_of:
            continue
        if what in ("second_look", "source_broken"):
            told_of.add((what, event.subject_id))  # it waits once, however often it came and went
        if event.subject == "initiative":
            title = initiative.title if initiative else ""
        else:
            title = (
                still_broken.get(event.subject_id, "") if event.subject == "source" else titles[int(event.subject_id)]
            )
        found.append(
            Notice(
                key=f"event:{event.id}",
                what=what,
                kind=event.subject,
                subject=event.subject_id,
                title=title,
                by=event.who if event.subject != "source" else "",
                note=str(after.get("note") or after.get("reason") or after.get("comment") or ""),
                due_on=date.fromisoformat(after["due_on"]) if after.get("due_on") else None,
                at=event.at,
            )
        )
    return found


def _for(person: Person, event: Any, after: dict[str, Any], initiative: Any, broken: dict[str, str]) -> str | None:
    """What an event tells this person; None: nothing."""
    if event.what == "assigned":
        return "assigned" if after.get("person") == person.id else None
    if event.what in _BROKEN:
        return "source_broken" if event.subject_id in broken else None
    if initiative is None:
        return None
    if event.what == "initiative to second_look":
        waits = initiative.state == InitiativeState.SECOND_LOOK.value and initiative.changed_by != person.id
        return "second_look" if waits else None
    if person.id not in (initiative.drafted_by, initiative.changed_by):
        return None
    if event.what == "initiative to draft":
        before = event.before if isinstance(event.before, dict) else {}
        return "sent_back" if before.get("state") == InitiativeState.SECOND_LOOK.value else None
    return _OF_MY_INITIATIVE.get(event.what)


def _mine(person: Person) -> sa.ColumnElement[bool]:
    return sa.or_(_INITIATIVE.c.drafted_by == person.id, _INITIATIVE.c.changed_by == person.id)


def _checks_due(db: sa.Connection, person: Person, since: datetime, now: datetime) -> list[Notice]:
    query = sa.select(_INITIATIVE.c.id, _INITIATIVE.c.title, _INITIATIVE.c.next_check_on).where(
        _mine(person),
        _INITIATIVE.c.approved_revision.is_not(None),
        _INITIATIVE.c.next_check_on <= now.date(),
        _INITIATIVE.c.next_check_on >= since.date(),
    )
    due = [
        Notice(
            key=f"check:{row.id}:{row.next_check_on}",
            what="check_due",
            kind="initiative",
            subject=str(row.id),
            title=row.title,
            at=datetime.combine(row.next_check_on, time(), UTC),
        )
        for row in db.execute(query.order_by(_INITIATIVE.c.next_check_on.desc()).limit(MOST))
    ]
    return [one for one in due if one.at > since]


def _changed(db: sa.Connection, person: Person, since: datetime) -> list[Notice]:
    query = overtaken_by_sources(
        _INITIATIVE.c.id, _INITIATIVE.c.title, _ITEM.c.id.label("item_id"), _ITEM.c.changed_at
    ).where(_mine(person), _ITEM.c.changed_at > since)  # fmt: skip
    return [
        Notice(
            key=f"changed:{row.id}:{row.item_id}:{row.changed_at.isoformat()}",
            what="source_changed",
            kind="initiative",
            subject=str(row.id),
            title=row.title,
            at=row.changed_at,
        )
        for row in db.execute(query.order_by(_ITEM.c.changed_at.desc()).limit(MOST))
    ]
