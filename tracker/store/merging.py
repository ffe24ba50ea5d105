"""Two initiatives made one, one made two, and both taken back exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from tracker.errors import Conflict, Sentence
from tracker.model import EvidenceRole, Initiative, InitiativeState, Person
from tracker.store.acts import Act, Did, Moved
from tracker.store.initiatives import Initiatives
from tracker.store.rows import EvidenceRow, InitiativeRow, ReleaseRecordRow, ReleaseRow

_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_EVIDENCE = EvidenceRow.__table__  # type: ignore[attr-defined]
_HOLDS = ReleaseRecordRow.__table__  # type: ignore[attr-defined]
_RELEASE = ReleaseRow.__table__  # type: ignore[attr-defined]

_DONE = {  # what stands in the way of taking something back
    Did.APPROVED: Sentence("approved"),
    Did.WITHDRAWN: Sentence("withdrawn"),
    Did.MERGED: Sentence("merged"),
}


class Merging(Initiatives):
    def merge_initiatives(
        self,
        kept: tuple[int, int],
        gone: tuple[int, int],
        content: Initiative | None,
        by: Person,
        now: datetime,
        codebook: str,
        reason: str,
        role: EvidenceRole | None = None,
    ) -> Act:
        """Moves the evidence of `gone` to `kept` and marks it as merged into it; (number, revision) of each.

        `content` becomes a revision of `kept`, which is a draft then: the public sees what it saw until somebody
        approves. None leaves `kept` as it stands. `role` is what the evidence does there, else what it did. What was
        merged into `gone` points to `kept`. Raises Conflict when either has moved on.
        """
        with self.writing() as db:
            self._alone(db, [kept[0], gone[0]])
            for id, revision in (kept, gone):
                record = self.record(id)
                if record.revision != revision or record.merged_into is not None:
                    raise self.overtaken(record)
                if record.state is InitiativeState.DROPPED:
                    raise Conflict(
                        Sentence("initiative {id} was given up; it cannot be merged", id=id), what=record.state.value
                    )
            id, other = kept[0], gone[0]
            pointing = list(db.scalars(sa.select(_INITIATIVE.c.id).where(_INITIATIVE.c.merged_into == other)))
            changed = [id] if content is not None else []
            before = self._stood(db, [*changed, other, *pointing])
            moved = self._move_evidence(db, other, id, None, by, now, role)
            revision = kept[1]
            if content is not None:
                revision = self.add_revision(id, revision, content, by, now, codebook, reason).revision
            dropped = sa.case(
                (_INITIATIVE.c.first_public_at.is_(None), InitiativeState.DROPPED.value), else_=_INITIATIVE.c.state
            )
            db.execute(sa.update(_INITIATIVE).where(_INITIATIVE.c.id == other).values(merged_into=id, state=dropped))
            db.execute(sa.update(_INITIATIVE).where(_INITIATIVE.c.id.in_(pointing)).values(merged_into=id))
            act = self._did(
                db, Did.MERGED, id, by, now, revision=revision, before=before, moved=moved, other_id=other,
                reason=reason,
            )  # fmt: skip
            self.note(by.email, "initiatives merged", "initiative", id, None, {"from": other, "reason": reason})
            self.note(by.email, "initiative merged away", "initiative", other, None, {"into": id, "reason": reason})
            return self.act(act)

    def split_initiative(
        self,
        id: int,
        revision: int,
        item_ids: Iterable[int],
        by: Person,
        now: datetime,
        codebook: str,
        reason: str,
        *,
        keep: bool,
    ) -> Act:
        """A draft with a copy of the content and these items; with `keep` they stay behind the first one as well.

        Raises Conflict when it has moved on.
        """
        with self.writing() as db:
            self._alone(db, [id])
            record = self.record(id)
            if record.revision != revision or record.merged_into is not None:
                raise self.overtaken(record)
            made = self.add_initiative(record.initiative, by, now, codebook, sample=record.sample)
            moved = self._move_evidence(db, id, made.id, list(item_ids), by, now, None, keep=keep)
            act = self._did(db, Did.SPLIT, id, by, now, revision=revision, moved=moved, other_id=made.id, reason=reason)
            self.note(by.email, "initiative split", "initiative", id, None, {"new": made.id, "reason": reason})
            return self.act(act)

    def take_back(self, act_id: int, by: Person, now: datetime, reason: str) -> Act:
        """Everything stands as it stood before the act; the act, its undoing and all revisions stay on record.

        A merge is taken back together with its approval. Raises Conflict when something was built on it.
        """
        with self.writing() as db:
            act = self.act(act_id)
            self._alone(db, [act.initiative_id, *([act.other_id] if act.other_id else [])])
            act = self.act(act_id)
            if act.undone or act.what is Did.UNDONE:
                raise Conflict(
                    Sentence("act {act} on initiative {id} was taken back already", act=act_id, id=act.initiative_id),
                    what="undone",
                )
            before, moved = self._before(db, act_id)
            together = self._built_on(act, before)
            for later in together:  # newest first: what stood before the oldest of them counts
                before = {**self._before(db, later.id)[0], **before}
            if act.what is Did.SPLIT:
                self._drop(db, act)
            self._put_back(db, before, now, reason)
            self._swap(db, moved, now)
            for one in (*together, act):
                undone = self._did(
                    db, Did.UNDONE, one.initiative_id, by, now, revision=one.revision, other_id=one.other_id,
                    reason=reason, undoes=one.id,
                )  # fmt: skip
            for id in filter(None, (act.initiative_id, act.other_id)):
                after = {"act": act.id, "reason": reason}
                self.note(by.email, f"taken back: {act.what.value}", "initiative", id, None, after)
            return self.act(undone)

    # ------------------------------------------------------------------------------------------------------- inside

    def _alone(self, db: sa.Connection, ids: Iterable[int]) -> None:
        """Nobody else changes these until the transaction ends; in one order, so that two never wait for each other."""
        wanted = sa.select(_INITIATIVE.c.id).where(_INITIATIVE.c.id.in_(list(ids))).order_by(_INITIATIVE.c.id)
        db.execute(wanted.with_for_update())  # SQLite has one writer at a time anyway

    def _move_evidence(
        self,
        db: sa.Connection,
        from_id: int,
        to_id: int,
        item_ids: list[int] | None,
        by: Person,
        now: datetime,
        role: EvidenceRole | None,
        *,
        keep: bool = False,
    ) -> Moved:
        there = {one.item.id for one in self.evidence(to_id)}
        ended, began = [], []
        for one in self.evidence(from_id):
            if item_ids is not None and one.item.id not in item_ids:
                continue
            if not keep:
                ended.append(one.id)
            if one.item.id in there:
                continue
            link = {"initiative_id": to_id, "item_id": one.item.id, "role": (role or one.role).value}
            new = sa.insert(_EVIDENCE).values(**link, excerpt=one.excerpt, added_by=by.id, added_at=now)
            began.append(db.execute(new.returning(_EVIDENCE.c.id)).scalar_one())
        db.execute(sa.update(_EVIDENCE).where(_EVIDENCE.c.id.in_(ended)).values(removed_at=now))
        return Moved(ended=tuple(ended), began=tuple(began))

    def _built_on(self, act: Act, before: Mapping[str, object]) -> list[Act]:
        """Later acts that are taken back with this one. Raises Conflict when anything else was built on it."""
        record = self.record(act.initiative_id)
        touched = str(record.id) in before
        if touched and record.revision != act.revision:
            raise Conflict(
                Sentence(
                    "initiative {id} is at revision {revision} by now: what was done at revision {then} cannot be "
                    "taken back any more",
                    id=record.id,
                    revision=record.revision,
                    then=act.revision,
                ),
                what="changed",
            )
        if act.what is Did.APPROVED and (release := self._released(act)):
            raise Conflict(
                Sentence("release {number} holds it: withdraw initiative {id} instead", number=release, id=record.id),
                what="released",
            )
        if act.what is Did.SPLIT:
            made = self.record(act.other_id or 0)
            if (made.state, made.revision, made.merged_into) != (InitiativeState.DRAFT, 1, None):
                raise Conflict(
                    Sentence("initiative {id} was worked on since: merge the two instead", id=made.id), what="changed"
                )
            return []
        ids = [id for id in (act.initiative_id if touched else None, act.other_id) if id is not None]
        since = {
            one.id: one
            for id in ids
            for one in self.acts(id)
            if one.id > act.id and not one.undone and one.what not in (Did.UNDONE, Did.SPLIT)
        }
        together = [since[id] for id in sorted(since, reverse=True)]
        for one in together:
            if not (act.what is Did.MERGED and one.what is Did.APPROVED and one.initiative_id == act.initiative_id):
                raise Conflict(
                    Sentence(
                        "{name} has done something to initiative {id} since ({what}): take that back first",
                        name=one.person,
                        id=one.initiative_id,
                        what=_DONE[one.what],
                    ),
                    by=one.person,
                    what=one.what.value,
                )
        return together

    def _released(self, act: Act) -> int | None:
        """The first release since that holds what the act approved."""
        query = (
            sa.select(sa.func.min(_RELEASE.c.number))
            .join(_HOLDS, _HOLDS.c.number == _RELEASE.c.number)
            .where(
                _RELEASE.c.written,
                _RELEASE.c.at >= act.at,
                _HOLDS.c.initiative_id == act.initiative_id,
                _HOLDS.c.revision == act.revision,
            )
        )
        with self.reading() as db:
            number: int | None = db.scalar(query)
            return number

    def _drop(self, db: sa.Connection, act: Act) -> None:
        gone = sa.update(_INITIATIVE).where(_INITIATIVE.c.id == act.other_id)
        db.execute(gone.values(state=InitiativeState.DROPPED.value))
