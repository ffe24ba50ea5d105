"""Initiatives, their revisions, the items behind them, and what the public may see of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
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
from tracker.store.engine import add
from tracker.store.rows import (
    DecisionRow,
    EvidenceRow,
    InitiativeRevisionRow,
    InitiativeRow,
    ItemRow,
    PersonRow,
    PublicChangeRow,
    PublicFacetRow,
    PublicInitiativeRow,
    SourceRow,
)
from tracker.store.search import Searching
from tracker.text import folded

_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_REVISION = InitiativeRevisionRow.__table__  # type: ignore[attr-defined]
_EVIDENCE = EvidenceRow.__table__  # type: ignore[attr-defined]
_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_DECISION = DecisionRow.__table__  # type: ignore[attr-defined]
_PUBLIC = PublicInitiativeRow.__table__  # type: ignore[attr-defined]
_FACET = PublicFacetRow.__table__  # type: ignore[attr-defined]
_CHANGE = PublicChangeRow.__table__  # type: ignore[attr-defined]


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


class Initiatives(Searching):
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
            moved = db.execute(
                sa.update(_INITIATIVE)
                .where(_INITIATIVE.c.id == id, _INITIATIVE.c.revision == revision)
                .values(
                    state=InitiativeState.DRAFT.value,
                    revision=revision + 1,
                    title=_any_title(content),
                    changed_by=by.id,
                    changed_at=now,
                )
            )
            if moved.rowcount == 0:
                raise self._overtaken(before)
            self._revise(db, id, revision + 1, content, by, now, codebook, reason, suggestion_ids)
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
                )
                .values(state=to.value)
            )
            if moved.rowcount == 0:
                raise self._overtaken(before)
            after = {"state": to.value, **({"note": note} if note else {})}
            self.note(by.email, f"initiative to {to.value}", "initiative", id, {"state": before.state.value}, after)
            return self.record(id)

    def approve_initiative(self, id: int, revision: int, by: Person, now: datetime) -> Record:
        """Makes `revision` what the public sees, in one transaction with the public's copy of it.

        Raises Conflict when the record has moved on. The database itself refuses an approver who wrote the revision.
        """
        with self.writing() as db:
            before = self.record(id)
            moved = db.execute(
                sa.update(_INITIATIVE)
                .where(
                    _INITIATIVE.c.id == id,
                    _INITIATIVE.c.revision == revision,
                    _INITIATIVE.c.state == InitiativeState.SECOND_LOOK.value,
                )
                .values(
                    state=InitiativeState.APPROVED.value,
                    approved_revision=revision,
                    written_by=_INITIATIVE.c.changed_by,
                    approved_by=by.id,
                    approved_at=now,
                    first_public_at=sa.func.coalesce(_INITIATIVE.c.first_public_at, now),
                )
            )
            if moved.rowcount == 0:
                raise self._overtaken(before)
            public_before = db.execute(sa.select(_PUBLIC.c.content).where(_PUBLIC.c.id == id)).one_or_none()
            old = Initiative.model_validate(public_before.content) if public_before else None
            fields = sorted(changes(old, before.initiative)) if old else []
            what = "changed" if old else "added"
            db.execute(
                sa.insert(_CHANGE).values(
                    initiative_id=id, at=now, what=what, revision=revision, fields=fields, reason=""
                )
            )
            after = self.record(id)
            self._show(db, after, now)
            self.note(
                by.email, "initiative approved", "initiative", id, {"state": before.state.value}, {"revision": revision}
            )
            return after

    def withdraw_initiative(self, id: int, by: Person, now: datetime, reason: str) -> Record:
        """Takes a record away from the public; its number, revisions and reason stay. Conflict when not public."""
        with self.writing() as db:
            before = self.record(id)
            moved = db.execute(
                sa.update(_INITIATIVE)
                .where(_INITIATIVE.c.id == id, _INITIATIVE.c.approved_revision.is_not(None))
                .values(
                    state=InitiativeState.WITHDRAWN.value, approved_revision=None, approved_by=None, written_by=None
                )
            )
            if moved.rowcount == 0:
                raise Conflict(Sentence("initiative {id} is not public", id=id), what=before.state.value)
            db.execute(sa.delete(_FACET).where(_FACET.c.initiative_id == id))
            db.execute(sa.delete(_PUBLIC).where(_PUBLIC.c.id == id))
            db.execute(
                sa.insert(_CHANGE).values(
                    initiative_id=id, at=now, what="withdrawn", revision=None, fields=[], reason=reason
                )
            )
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
                    )
                )
                before = content
        return found[::-1]

    # ------------------------------------------------------------------------------------------------------ evidence

    def add_evidence(
        self, initiative_id: int, item_id: int, by: Person, now: datetime, role: EvidenceRole, excerpt: str = ""
    ) -> None:
        """Links an item to an initiative, once. The public sees it from the next approval on."""
        there = sa.select(_EVIDENCE.c.id).where(
            _EVIDENCE.c.initiative_id == initiative_id, _EVIDENCE.c.item_id == item_id, _EVIDENCE.c.removed_at.is_(None)
        )
        with self.writing() as db:
            self.record(initiative_id)
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

    def _overtaken(self, record: Record) -> Conflict:
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

    def _show(self, db: sa.Connection, record: Record, now: datetime) -> None:
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
            "verified_at": now,
            "sample": record.sample,
            "words": folded(" ".join(_words(content))),
            "content": content.model_dump(mode="json"),
            "sources": sources,
        }
        db.execute(sa.delete(_FACET).where(_FACET.c.initiative_id == record.id))
        db.execute(sa.delete(_PUBLIC).where(_PUBLIC.c.id == record.id))
        db.execute(sa.insert(_PUBLIC).values(id=record.id, **values))
        facets = [
            {"initiative_id": record.id, "kind": kind, "code": code}
            for kind, codes in (
                ("issue", content.issues),
                ("type", content.types),
                ("country", content.countries),
                ("actor_kind", tuple(dict.fromkeys(actor.kind for actor in content.actors if actor.kind))),
                ("target", content.targets),
                ("status", (content.status,)),
            )
            for code in codes
        ]
        if facets:
            db.execute(sa.insert(_FACET), facets)


def changes(before: Initiative, after: Initiative) -> dict[str, tuple[Any, Any]]:
    """The fields that differ: name -> (before, after), as plain values. Wordings are told by language."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    found = {name: (old[name], new[name]) for name in old if name != "wordings" and old[name] != new[name]}
    for language in {**old["wordings"], **new["wordings"]}:
        was, is_ = old["wordings"].get(language) or {}, new["wordings"].get(language) or {}
        for part in ("title", "summary"):
            if was.get(part, "") != is_.get(part, ""):
                found[f"{part}_{language}"] = (was.get(part, ""), is_.get(part, ""))
    return found


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
        sample=row.sample,
    )
