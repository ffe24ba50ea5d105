"""What was done to initiatives as a whole, with how they stood before: what it takes to put them back exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from tracker.errors import NotFound, Sentence
from tracker.model import Initiative, Person, Time, Value
from tracker.store.engine import add
from tracker.store.rows import (
    EvidenceRow,
    InitiativeActRow,
    InitiativeRow,
    PersonRow,
    PublicChangeRow,
    PublicFacetRow,
    PublicInitiativeRow,
)
from tracker.store.search import Searching, index_initiatives

_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_ACT = InitiativeActRow.__table__  # type: ignore[attr-defined]
_EVIDENCE = EvidenceRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_PUBLIC = PublicInitiativeRow.__table__  # type: ignore[attr-defined]
_FACET = PublicFacetRow.__table__  # type: ignore[attr-defined]
_CHANGE = PublicChangeRow.__table__  # type: ignore[attr-defined]

# What makes up how an initiative stands. Its revisions are append-only and stay, whatever is put back.
_STANDS = (
    "state", "revision", "title", "changed_by", "changed_at", "approved_revision", "written_by", "approved_by",
    "approved_at", "first_public_at", "merged_into", "next_check_on", "last_verified_at", "urgent_reason",
    "look_due_at",
)  # fmt: skip


class Did(StrEnum):
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    SPLIT = "split"
    UNDONE = "undone"


class Act(Value):
    """One act on an initiative as a whole."""

    id: int
    what: Did
    initiative_id: int
    other_id: int | None = None  # what was merged into it, or split from it
    person_id: int
    person: str  # name
    at: Time
    reason: str = ""
    revision: int  # of the initiative, after the act
    undoes: int | None = None
    undone: bool = False


class Moved(Value):
    """Links between items and initiatives that an act ended and began, by their numbers."""

    ended: tuple[int, ...] = ()
    began: tuple[int, ...] = ()


class Acts(Searching):
    def act(self, id: int) -> Act:
        """Raises NotFound."""
        found = self._acts(_ACT.c.id == id)
        if not found:
            raise NotFound(Sentence("there is no act {id} on an initiative", id=id))
        return found[0]

    def acts(self, initiative_id: int) -> list[Act]:
        """What was done to this initiative as a whole, newest first: by itself, or as the other one."""
        return self._acts(sa.or_(_ACT.c.initiative_id == initiative_id, _ACT.c.other_id == initiative_id))

    def related(self, initiative_id: int) -> list[int]:
        """Initiatives that were split from this one, or from which it was split, but for those taken back."""
        split = [act for act in self.acts(initiative_id) if act.what is Did.SPLIT and not act.undone]
        ends = [act.other_id if act.initiative_id == initiative_id else act.initiative_id for act in split]
        return sorted({end for end in ends if end is not None})

    # ------------------------------------------------------------------------------------------------------- inside

    def _acts(self, condition: Any) -> list[Act]:
        undoing = _ACT.alias("undoing")
        query = (
            sa.select(_ACT, _PERSON.c.name, undoing.c.id.label("undone_by"))
            .join(_PERSON, _PERSON.c.id == _ACT.c.person_id)
            .outerjoin(undoing, undoing.c.undoes == _ACT.c.id)
            .where(condition)
            .order_by(_ACT.c.id.desc())
        )
        with self.reading() as db:
            return [
                Act(
                    id=row.id,
                    what=row.what,
                    initiative_id=row.initiative_id,
                    other_id=row.other_id,
                    person_id=row.person_id,
                    person=row.name,
                    at=row.at,
                    reason=row.reason,
                    revision=row.revision,
                    undoes=row.undoes,
                    undone=row.undone_by is not None,
                )
                for row in db.execute(query)
            ]

    def _did(
        self,
        db: sa.Connection,
        what: Did,
        id: int,
        by: Person,
        now: datetime,
        *,
        revision: int,
        before: Mapping[str, Any] | None = None,
        moved: Moved | None = None,
        other_id: int | None = None,
        reason: str = "",
        undoes: int | None = None,
    ) -> int:
        return add(
            db,
            _ACT,
            what=what.value,
            initiative_id=id,
            other_id=other_id,
            person_id=by.id,
            at=now,
            reason=reason,
            revision=revision,
            before=dict(before or {}),
            evidence=(moved or Moved()).model_dump(mode="json"),
            undoes=undoes,
        )

    def _stood(self, db: sa.Connection, ids: Iterable[int]) -> dict[str, Any]:
        """How these initiatives stand, and what the public sees of them, as JSON."""
        wanted = list(ids)
        rows = db.execute(sa.select(_INITIATIVE).where(_INITIATIVE.c.id.in_(wanted))).mappings()
        public = {row["id"]: row for row in db.execute(sa.select(_PUBLIC).where(_PUBLIC.c.id.in_(wanted))).mappings()}
        return {
            str(row["id"]): {
                "row": {name: _plain(row[name]) for name in _STANDS},
                "public": {name: _plain(value) for name, value in public[row["id"]].items()}
                if row["id"] in public
                else None,
            }
            for row in rows
        }

    def _before(self, db: sa.Connection, act_id: int) -> tuple[dict[str, Any], Moved]:
        row = db.execute(sa.select(_ACT.c.before, _ACT.c.evidence).where(_ACT.c.id == act_id)).one()
        return dict(row.before), Moved.model_validate(row.evidence)

    def _taken_back(self, db: sa.Connection, id: int) -> set[int]:
        """The revisions of an initiative that an act made which was taken back."""
        undoing = _ACT.alias("undoing")
        query = (
            sa.select(_ACT.c.revision, _ACT.c.before)
            .join(undoing, undoing.c.undoes == _ACT.c.id)
            .where(_ACT.c.initiative_id == id, _ACT.c.what == Did.MERGED.value)
        )
        made = {row.revision: row.before[str(id)]["row"]["revision"] for row in db.execute(query)}
        return {revision for revision, before in made.items() if revision != before}

    def _put_back(self, db: sa.Connection, before: Mapping[str, Any], now: datetime, reason: str) -> None:
        """These initiatives stand as they stood, and the public sees what it saw, with a line in its history."""
        for id, was in ((int(key), value) for key, value in before.items()):
            values = {name: _back(_INITIATIVE.c[name], value) for name, value in was["row"].items()}
            db.execute(sa.update(_INITIATIVE).where(_INITIATIVE.c.id == id).values(**values))
            now_public = db.execute(sa.select(_PUBLIC.c.content, _PUBLIC.c.revision).where(_PUBLIC.c.id == id)).first()
            public = was["public"]
            if public is None:
                self._hide(db, id)
                if now_public is not None:
                    self._tell_public(db, id, now, "withdrawn", reason=reason)
                continue
            content = Initiative.model_validate(public["content"])
            kept = {name: _back(_PUBLIC.c[name], value) for name, value in public.items() if name != "id"}
            self._write_public(db, id, kept, content)
            if now_public is None:
                self._tell_public(db, id, now, "restored", revision=public["revision"], reason=reason)
            elif now_public.revision != public["revision"]:
                fields = sorted(changes(Initiative.model_validate(now_public.content), content))
                self._tell_public(db, id, now, "changed", revision=public["revision"], fields=fields, reason=reason)
        self._point(db, before, now)
        index_initiatives(db, [int(id) for id in before])  # by what is their newest revision again

    def _point(self, db: sa.Connection, ids: Iterable[int | str], now: datetime) -> None:
        """Of merged ones that the public knows and does not see any more: where they are told now."""
        for id in map(int, ids):
            if db.scalar(sa.select(_PUBLIC.c.id).where(_PUBLIC.c.id == id)) is not None:
                continue
            into = db.scalar(sa.select(_INITIATIVE.c.merged_into).where(_INITIATIVE.c.id == id))
            last = db.execute(
                sa.select(_CHANGE.c.what, _CHANGE.c.into_id)
                .where(_CHANGE.c.initiative_id == id)
                .order_by(_CHANGE.c.id.desc())
                .limit(1)
            ).first()
            if into is not None and last is not None and (last.what, last.into_id) != ("merged", into):
                self._tell_public(db, id, now, "merged", into=into)

    def _swap(self, db: sa.Connection, moved: Moved, now: datetime) -> None:
        """Takes back a move of evidence: what began ends, what ended goes on as if it had not."""
        began = sa.update(_EVIDENCE).where(_EVIDENCE.c.id.in_(moved.began), _EVIDENCE.c.removed_at.is_(None))
        db.execute(began.values(removed_at=now))
        db.execute(sa.update(_EVIDENCE).where(_EVIDENCE.c.id.in_(moved.ended)).values(removed_at=None))

    def _tell_public(
        self,
        db: sa.Connection,
        id: int,
        now: datetime,
        what: str,
        *,
        revision: int | None = None,
        fields: Iterable[str] = (),
        reason: str = "",
        into: int | None = None,
    ) -> None:
        """One line of the public's history."""
        line = {"initiative_id": id, "at": now, "what": what, "revision": revision, "fields": list(fields)}
        db.execute(sa.insert(_CHANGE).values(**line, reason=reason, into_id=into))

    def _hide(self, db: sa.Connection, id: int) -> None:
        db.execute(sa.delete(_FACET).where(_FACET.c.initiative_id == id))
        db.execute(sa.delete(_PUBLIC).where(_PUBLIC.c.id == id))

    def _write_public(self, db: sa.Connection, id: int, values: Mapping[str, Any], content: Initiative) -> None:
        """The public's copy, with the codes to find it by."""
        self._hide(db, id)
        db.execute(sa.insert(_PUBLIC).values(id=id, **values))
        facets = [
            {"initiative_id": id, "kind": kind, "code": code}
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


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _back(column: sa.Column[Any], value: Any) -> Any:
    """A value out of JSON as its column wants it."""
    if not isinstance(value, str):
        return value
    if isinstance(column.type, sa.Date):
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if column.name.endswith("_at") else value
