"""Initiatives, their revisions, the items behind them, and what the public may see of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from tracker.errors import Conflict, NotFound, Sentence
from tracker.model import (
    Cited,
    EvidenceRole,
    Initiative,
    InitiativeState,
    Item,
    Person,
    Record,
    Revision,
    Time,
    Value,
)
from tracker.places import place
from tracker.store import search
from tracker.store.acts import Acts, Did, changes
from tracker.store.engine import add
from tracker.store.rows import (
    DecisionRow,
    EvidenceRow,
    InitiativeRevisionRow,
    InitiativeRow,
    ItemRow,
    PersonRow,
    PublicInitiativeRow,
    SourceRow,
)
from tracker.text import folded

_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_REVISION = InitiativeRevisionRow.__table__  # type: ignore[attr-defined]
_EVIDENCE = EvidenceRow.__table__  # type: ignore[attr-defined]
_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_DECISION = DecisionRow.__table__  # type: ignore[attr-defined]
_PUBLIC = PublicInitiativeRow.__table__  # type: ignore[attr-defined]


_IN_WORK = (InitiativeState.DRAFT, InitiativeState.SECOND_LOOK, InitiativeState.APPROVED)


class Evidence(Value):
    """An item behind an initiative, as the desk shows it."""

    id: int
    item: Item
    source: str  # name
    role: EvidenceRole
    excerpt: str = ""
    added_by: str
    added_at: Time


class SourceChange(Value):
    """An item behind an initiative whose source has changed the text since the initiative was written or approved."""

    initiative_id: int
    item_id: int
    title: str
    url: str
    at: Time
    since: Time  # until then, what the item said has been taken into account


class Initiatives(Acts):
    # -------------------------------------------------------------------------------------------------- at the desk

    def add_initiative(self, content: Initiative, by: Person, now: datetime, codebook: str, *, sample: bool) -> Record:
        """A draft with its first revision."""
        with self.writing() as db:
            values = {
                "state": InitiativeState.DRAFT.value,
                "revision": 1,
                "title": _any_title(content),
                "drafted_by": by.id,
                "changed_by": by.id,
                "changed_at": now,
                "sample": sample,
            }
            id = add(db, _INITIATIVE, **values)
            self._revise(db, id, 1, content, by, now, codebook, "drafted")
            self.note(by.email, "initiative drafted", "initiative", id, None, content)
            return self.record(id)

    def add_revision(
        self,
        id: int,
        revision: int,
        content: Initiative,
        by: Person,
        now: datetime,
        codebook: str,
        reason: str,
        suggestion_ids: Sequence[int] = (),
    ) -> Record:
        """The next revision, made on `revision`; the record is a draft again, the public still sees the approved one.

        `suggestion_ids` are what was suggested on the form that it was written in. Raises Conflict when `revision` is
        not the newest any more.
        """
        with self.writing() as db:
            before = self.record(id)
            # Not `revision + 1`: that number may be of a revision that was taken back.
            newest = sa.select(sa.func.max(_REVISION.c.revision)).where(_REVISION.c.initiative_id == id)
            next_one = int(db.scalar(newest) or 0) + 1
            moved = db.execute(
                sa.update(_INITIATIVE)
                .where(_INITIATIVE.c.id == id, _INITIATIVE.c.revision == revision, _INITIATIVE.c.merged_into.is_(None))
                .values(
                    state=InitiativeState.DRAFT.value,
                    revision=next_one,
                    title=_any_title(content),
                    changed_by=by.id,
                    changed_at=now,
                )
            )
            if moved.rowcount == 0:
                raise self.overtaken(before)
            self._revise(db, id, next_one, content, by, now, codebook, reason, suggestion_ids)
            differences = changes(before.initiative, content)
            self.note(
                by.email,
                "initiative changed",
                "initiative",
                id,
                {name: old for name, (old, _) in differences.items()},
                {name: new for name, (_, new) in differences.items()},
            )
            return self.record(id)

    def move_initiative(
        self,
        id: int,
        revision: int,
        expected: Iterable[InitiativeState],
        to: InitiativeState,
        by: Person,
        note: str = "",
    ) -> Record:
        """The record in another state that makes nothing public. Raises Conflict when it is not where it was seen."""
        with self.writing() as db:
            before = self.record(id)
            moved = db.execute(
                sa.update(_INITIATIVE)
                .where(
                    _INITIATIVE.c.id == id,
                    _INITIATIVE.c.revision == revision,
                    _INITIATIVE.c.state.in_([state.value for state in expected]),
                    _INITIATIVE.c.merged_into.is_(None),
                )
                .values(state=to.value)
            )
            if moved.rowcount == 0:
                raise self.overtaken(before)
            after = {"state": to.value, **({"note": note} if note else {})}
            self.note(by.email, f"initiative to {to.value}", "initiative", id, {"state": before.state.value}, after)
            return self.record(id)

    def approve_initiative(
        self,
        id: int,
        revision: int,
        by: Person,
        now: datetime,
        *,
        next_check_on: date | None = None,
        urgent: str = "",
        look_due_at: datetime | None = None,
    ) -> Record:
        """Makes `revision` what the public sees, in one transaction with the public's copy of it.

        What was merged into it is told there from now on. `urgent` says why it skips the queue: then it counts as
        verified only after the look that is due at `look_due_at`. Raises Conflict when the record has moved on. The
        database itself refuses an approver who wrote the revision.
        """
        states = [InitiativeState.SECOND_LOOK]
        if urgent:
            states += [InitiativeState.DRAFT, InitiativeState.WITHDRAWN]
        verified = None if urgent else now
        with self.writing() as db:
            before = self.record(id)
            joined = list(db.scalars(sa.select(_INITIATIVE.c.id).where(_INITIATIVE.c.merged_into == id)))
            stood = self._stood(db, [id, *joined])
            moved = db.execute(
                sa.update(_INITIATIVE)
                .where(
                    _INITIATIVE.c.id == id,
                    _INITIATIVE.c.revision == revision,
                    _INITIATIVE.c.state.in_([state.value for state in states]),
                    _INITIATIVE.c.merged_into.is_(None),
                )
                .values(
                    state=InitiativeState.APPROVED.value,
                    approved_revision=revision,
                    written_by=_INITIATIVE.c.changed_by,
                    approved_by=by.id,
                    approved_at=now,
                    first_public_at=sa.func.coalesce(_INITIATIVE.c.first_public_at, now),
                    next_check_on=next_check_on,
                    last_verified_at=verified,
                    urgent_reason=urgent,
                    look_due_at=look_due_at,
                )
            )
            if moved.rowcount == 0:
                raise self.overtaken(before)
            public_before = db.execute(sa.select(_PUBLIC.c.content).where(_PUBLIC.c.id == id)).one_or_none()
            old = Initiative.model_validate(public_before.content) if public_before else None
            fields = sorted(changes(old, before.initiative)) if old else []
            self._tell_public(db, id, now, "changed" if old else "added", revision=revision, fields=fields)
            after = self.record(id)
            self._show(db, after, now, verified)
            for other in joined:
                self._hide(db, other)
                public = _INITIATIVE.c.approved_revision.is_not(None)
                gone = {"state": InitiativeState.WITHDRAWN.value, "approved_revision": None, "approved_by": None}
                db.execute(
                    sa.update(_INITIATIVE).where(_INITIATIVE.c.id == other, public).values(**gone, written_by=None)
                )
            self._point(db, joined, now)
            self._did(db, Did.APPROVED, id, by, now, revision=revision, before=stood, reason=urgent)
            what = "initiative published urgently" if urgent else "initiative approved"
            why = {"reason": urgent} if urgent else {}
            self.note(by.email, what, "initiative", id, {"state": before.state.value}, {"revision": revision, **why})
            return after

    def withdraw_initiative(self, id: int, by: Person, now: datetime, reason: str) -> Record:
        """Takes a record away from the public; its number, revisions and reason stay. Conflict when not public."""
        with self.writing() as db:
            before = self.record(id)
            stood = self._stood(db, [id])
            moved = db.execute(
                sa.update(_INITIATIVE)
                .where(
                    _INITIATIVE.c.id == id,
                    _INITIATIVE.c.approved_revision.is_not(None),
                    _INITIATIVE.c.merged_into.is_(None),
                )
                .values(
                    state=InitiativeState.WITHDRAWN.value,
                    approved_revision=None,
                    approved_by=None,
                    written_by=None,
                    next_check_on=None,
                    urgent_reason="",
                    look_due_at=None,
                )
            )
            if moved.rowcount == 0:
                raise Conflict(Sentence("initiative {id} is not public", id=id), what=before.state.value)
            self._hide(db, id)
            self._tell_public(db, id, now, "withdrawn", reason=reason)
            self._did(db, Did.WITHDRAWN, id, by, now, revision=before.revision, before=stood, reason=reason)
            self.note(
                by.email, "initiative withdrawn", "initiative", id, {"state": before.state.value}, {"reason": reason}
            )
            return self.record(id)

    def record(self, id: int) -> Record:
        """One initiative with its newest revision. Raises NotFound."""
        found = self.records(ids=[id], states=None)
        if not found:
            raise NotFound(Sentence("there is no initiative {id}", id=id))
        return found[0]

    def records(
        self,
        *,
        states: Sequence[InitiativeState] | None = None,
        ids: Sequence[int] | None = None,
        text: str = "",
        source_changed: bool = False,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Record]:
        """Initiatives with their newest revision, last changed first; only those of `source_changes` when told so."""
        query = _filtered(sa.select(_INITIATIVE, _REVISION.c.content), states, ids, text)
        if source_changed:
            query = query.where(_INITIATIVE.c.id.in_(overtaken_by_sources(_INITIATIVE.c.id)))
        query = query.join(
            _REVISION,
            sa.and_(_REVISION.c.initiative_id == _INITIATIVE.c.id, _REVISION.c.revision == _INITIATIVE.c.revision),
        )
        query = query.order_by(_INITIATIVE.c.changed_at.desc(), _INITIATIVE.c.id.desc()).limit(limit).offset(offset)
        with self.reading() as db:
            return [_record(row) for row in db.execute(query)]

    def records_by_state(self) -> dict[str, int]:
        query = sa.select(_INITIATIVE.c.state, sa.func.count()).group_by(_INITIATIVE.c.state)
        with self.reading() as db:
            return dict(db.execute(query).all())

    def revisions(self, id: int) -> list[Revision]:
        """Every revision of an initiative with what it changed, newest first."""
        query = (
            sa.select(_REVISION, _PERSON.c.name)
            .join(_PERSON, _PERSON.c.id == _REVISION.c.person_id)
            .where(_REVISION.c.initiative_id == id)
            .order_by(_REVISION.c.revision)
        )
        found, before = [], Initiative()
        with self.reading() as db:
            taken_back = self._taken_back(db, id)
            for row in db.execute(query):
                content = Initiative.model_validate(row.content)
                found.append(
                    Revision(
                        initiative_id=id,
                        revision=row.revision,
                        at=row.at,
                        person=row.name,
                        reason=row.reason,
                        codebook=row.codebook,
                        changes=changes(before, content),
                        initiative=content,
                        taken_back=row.revision in taken_back,
                    )
                )
                if row.revision not in taken_back:
                    before = content
        return found[::-1]

    # ------------------------------------------------------------------------------------------------------ evidence

    def add_evidence(
        self, initiative_id: int, item_id: int, by: Person, now: datetime, role: EvidenceRole, excerpt: str = ""
    ) -> None:
        """Links an item to an initiative, once. The public sees it from the next approval on.

        Raises Conflict, naming the other one, for an initiative that was merged into another.
        """
        there = sa.select(_EVIDENCE.c.id).where(
            _EVIDENCE.c.initiative_id == initiative_id, _EVIDENCE.c.item_id == item_id, _EVIDENCE.c.removed_at.is_(None)
        )
        with self.writing() as db:
            record = self.record(initiative_id)
            if record.merged_into is not None:
                raise self.overtaken(record)
            if db.scalar(there) is not None:
                return
            values = {"initiative_id": initiative_id, "item_id": item_id, "role": role.value, "excerpt": excerpt}
            db.execute(sa.insert(_EVIDENCE).values(**values, added_by=by.id, added_at=now))
            self.note(by.email, "evidence added", "initiative", initiative_id, None, values)

    def remove_evidence(self, initiative_id: int, item_id: int, by: Person, now: datetime) -> None:
        with self.writing() as db:
            db.execute(
                sa.update(_EVIDENCE)
                .where(
                    _EVIDENCE.c.initiative_id == initiative_id,
                    _EVIDENCE.c.item_id == item_id,
                    _EVIDENCE.c.removed_at.is_(None),
                )
                .values(removed_at=now)
            )
            self.note(by.email, "evidence removed", "initiative", initiative_id, {"item_id": item_id}, None)

    def evidence(self, initiative_id: int) -> list[Evidence]:
        """The items behind an initiative, in the order in which they were added."""
        query = (
            sa.select(
                _ITEM,
                _EVIDENCE.c.id.label("evidence_id"),
                _EVIDENCE.c.role,
                _EVIDENCE.c.excerpt,
                _EVIDENCE.c.added_at,
                _SOURCE.c.name.label("source_name"),
                _PERSON.c.name.label("person_name"),
            )
            .join(_ITEM, _ITEM.c.id == _EVIDENCE.c.item_id)
            .join(_SOURCE, _SOURCE.c.id == _ITEM.c.source_id)
            .join(_PERSON, _PERSON.c.id == _EVIDENCE.c.added_by)
            .where(_EVIDENCE.c.initiative_id == initiative_id, _EVIDENCE.c.removed_at.is_(None))
            .order_by(_EVIDENCE.c.id)
        )
        with self.reading() as db:
            return [
                Evidence(
                    id=row.evidence_id,
                    item=Item.model_validate({name: getattr(row, name) for name in Item.model_fields}),
                    source=row.source_name,
                    role=row.role,
                    excerpt=row.excerpt,
                    added_by=row.person_name,
                    added_at=row.added_at,
                )
                for row in db.execute(query)
            ]

    def source_changes(self, initiative_ids: Sequence[int] | None = None) -> dict[int, list[SourceChange]]:
        """Initiatives in work or public whose sources have changed since, the newest change first; only these ids.

        It ends when the initiative is saved or approved again.
        """
        query = overtaken_by_sources(
            _INITIATIVE.c.id, _INITIATIVE.c.changed_at, _INITIATIVE.c.approved_at, _EVIDENCE.c.added_at,
            _ITEM.c.id, _ITEM.c.title, _ITEM.c.url, _ITEM.c.changed_at,
        ).order_by(_ITEM.c.changed_at.desc(), _ITEM.c.id)  # fmt: skip
        if initiative_ids is not None:
            query = query.where(_INITIATIVE.c.id.in_(list(initiative_ids)))
        found: dict[int, list[SourceChange]] = {}
        with self.reading() as db:
            for id, written, approved, added, item_id, title, url, at in db.execute(query):
                since = max(time for time in (written, approved, added) if time)
                change = SourceChange(initiative_id=id, item_id=item_id, title=title, url=url, at=at, since=since)
                found.setdefault(id, []).append(change)
        return found

    # ------------------------------------------------------------------------------------------------------- inside

    def _revise(
        self,
        db: sa.Connection,
        id: int,
        revision: int,
        content: Initiative,
        by: Person,
        now: datetime,
        codebook: str,
        reason: str,
        suggestion_ids: Sequence[int] = (),
    ) -> None:
        db.execute(
            sa.insert(_REVISION).values(
                initiative_id=id,
                revision=revision,
                at=now,
                person_id=by.id,
                reason=reason,
                codebook=codebook,
                content=content.model_dump(mode="json"),
                suggestion_ids=list(suggestion_ids),
            )
        )
        search.index_initiatives(db, [id])

    def overtaken(self, record: Record) -> Conflict:
        """What to raise when somebody was quicker: it says who, and what the record is now."""
        if record.merged_into is not None:
            return Conflict(
                Sentence(
                    "initiative {id} was merged into {other}; work on that one, or undo the merge",
                    id=record.id,
                    other=record.merged_into,
                ),
                what="merged",
            )
        with self.reading() as db:
            name = db.scalar(sa.select(_PERSON.c.name).where(_PERSON.c.id == record.changed_by)) or ""
        return Conflict(
            Sentence(
                "initiative {id} has moved on: {name} wrote revision {revision}; read it again",
                id=record.id,
                name=name,
                revision=record.revision,
            ),
            by=name,
            what=record.state.value,
        )

    def _show(self, db: sa.Connection, record: Record, now: datetime, verified: datetime | None) -> None:
        """The public's copy of an approved record: what it says, its sources, the words and codes to find it by."""
        content = record.initiative
        began = content.start or content.announced
        sources = [
            Cited(
                title=evidence.item.title,
                url=evidence.item.url,
                source=evidence.source,
                language=evidence.item.declared_language or "und",
                published=evidence.item.dated,
                role=evidence.role,
            ).model_dump(mode="json")
            for evidence in self.evidence(record.id)
        ]
        values = {
            "revision": record.revision,
            "began_on": began.first_day if began else None,
            "first_public_at": record.first_public_at,
            "changed_at": now,
            "verified_at": verified,
            "sample": record.sample,
            "words": folded(" ".join(_words(content))),
            "content": content.model_dump(mode="json"),
            "sources": sources,
        }
        self._write_public(db, record.id, values, content)


def overtaken_by_sources(*columns: Any) -> sa.Select[Any]:
    """These columns of each initiative and item behind it whose source has changed the item since."""
    changed = _ITEM.c.changed_at
    return (
        sa.select(*columns)
        .select_from(_INITIATIVE)
        .join(_EVIDENCE, sa.and_(_EVIDENCE.c.initiative_id == _INITIATIVE.c.id, _EVIDENCE.c.removed_at.is_(None)))
        .join(_ITEM, _ITEM.c.id == _EVIDENCE.c.item_id)
        .where(
            _INITIATIVE.c.state.in_([state.value for state in _IN_WORK]),
            changed > _EVIDENCE.c.added_at,
            changed > _INITIATIVE.c.changed_at,
            sa.or_(_INITIATIVE.c.approved_at.is_(None), changed > _INITIATIVE.c.approved_at),
        )
    )


def _any_title(content: Initiative) -> str:
    return content.wording("en")[1].title


def _words(content: Initiative) -> list[str]:
    return [
        *(text for wording in content.wordings.values() for text in (wording.title, wording.summary)),
        content.locality,
        *(place(code, language) for code in content.subdivisions for language in ("en", "fr", "es")),
        content.recipients,
        *(actor.name for actor in content.actors),
        *content.keywords,
    ]


def _filtered(
    query: sa.Select[Any], states: Sequence[InitiativeState] | None, ids: Sequence[int] | None, text: str
) -> sa.Select[Any]:
    if states is not None:
        query = query.where(_INITIATIVE.c.state.in_([state.value for state in states]))
    if ids is not None:
        query = query.where(_INITIATIVE.c.id.in_(list(ids)))
    for word in text.split():
        query = query.where(_INITIATIVE.c.title.icontains(word, autoescape=True))
    return query


def _record(row: Any) -> Record:
    return Record(
        id=row.id,
        state=row.state,
        revision=row.revision,
        approved_revision=row.approved_revision,
        initiative=Initiative.model_validate(row.content),
        drafted_by=row.drafted_by,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        approved_by=row.approved_by,
        first_public_at=row.first_public_at,
        written_by=row.written_by,
        merged_into=row.merged_into,
        next_check_on=row.next_check_on,
        last_verified_at=row.last_verified_at,
        urgent_reason=row.urgent_reason,
        look_due_at=row.look_due_at,
        sample=row.sample,
    )
