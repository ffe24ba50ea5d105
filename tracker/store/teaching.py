"""What decisions teach: the items that models read, the decisions that taught them, and the models themselves."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from tracker.errors import Busy, Conflict, NotFound, Sentence
from tracker.model import (
    Drawn,
    InitiativeState,
    ItemState,
    KeptModel,
    ModelState,
    Suggestion,
    Verdict,
)
from tracker.store.audit import Audit
from tracker.store.engine import sqlite_path, upsert
from tracker.store.items import SHOWN_FROM
from tracker.store.rows import (
    DecisionRow,
    InitiativeRevisionRow,
    InitiativeRow,
    ItemFacetRow,
    ItemRow,
    ItemVectorRow,
    ModelRow,
    SuggestionRow,
)

_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_SUGGESTION = SuggestionRow.__table__  # type: ignore[attr-defined]
_DECISION = DecisionRow.__table__  # type: ignore[attr-defined]
_FACET = ItemFacetRow.__table__  # type: ignore[attr-defined]
_VECTOR = ItemVectorRow.__table__  # type: ignore[attr-defined]
_MODEL = ModelRow.__table__  # type: ignore[attr-defined]
_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_REVISION = InitiativeRevisionRow.__table__  # type: ignore[attr-defined]

BY_MODEL = "model-"  # how the version of a suggestion begins that a model has made
WEIGHTS_KEPT = 20  # models that can be put in service again; older ones keep their line alone
_READ = 1_000  # characters of a text; models read no further
_CHUNK = 400
_OPEN = (ItemState.WAITING.value, ItemState.HELD.value)
_JUDGED = (Verdict.INCLUDE.value, Verdict.EVIDENCE.value, Verdict.EXCLUDE.value)


class Read(NamedTuple):
    """What a model needs of an item: the beginning of its text, and what the word lists said of it last."""

    suggestion_id: int
    item_id: int
    text: str  # title, line break, the rest
    suggestion: Suggestion
    vector: bytes | None
    vector_version: str | None


class Said(NamedTuple):
    """What was said of an item: by the word lists last, and what the desk shows, which may be a model's."""

    words_id: int
    words: Suggestion
    shown: Suggestion


class Taught(NamedTuple):
    """What somebody decided of an item, with what is on record about it: the line that models learn from."""

    id: int
    item_id: int
    person_id: int
    at: datetime
    verdict: Verdict
    reason: str | None
    issues: tuple[str, ...]
    types: tuple[str, ...]  # of the initiative as it is coded by now; none while it is not
    drawn_by: Drawn


class Judged(NamedTuple):
    """A decision beside what the machine had said of the item."""

    id: int
    item_id: int
    person_id: int
    at: datetime
    verdict: Verdict
    reason: str | None
    drawn_by: Drawn
    issues: frozenset[str]
    countries: frozenset[str]
    language: str
    source_id: str
    suggestion: Suggestion | None  # none: nothing was shown, or it was not kept what

    @property
    def wanted(self) -> bool:
        return self.verdict is not Verdict.EXCLUDE


class Teaching(Audit):
    # --------------------------------------------------------------------------------------------- what models read

    def newest_suggestion(self) -> int:
        """The number of the newest suggestion; 0 when there is none."""
        with self.reading() as db:
            return int(db.scalar(sa.select(sa.func.max(_SUGGESTION.c.id))) or 0)

    def read_since(self, after: int, up_to: int, limit: int) -> list[Read]:
        """Items with what the word lists said of them in suggestions after one and up to another, oldest first."""
        query = self._read().where(_SUGGESTION.c.id > after, _SUGGESTION.c.id <= up_to)
        with self.reading() as db:
            return [_read(row) for row in db.execute(query.order_by(_SUGGESTION.c.id).limit(limit))]

    def read_again(self, suggestion_ids: Sequence[int]) -> list[Read]:
        """The same for these suggestions, those whose item was compared across languages by now."""
        with self.reading() as db:
            return [
                _read(row)
                for start in range(0, len(suggestion_ids), _CHUNK)
                for row in db.execute(
                    self._read().where(
                        _SUGGESTION.c.id.in_(suggestion_ids[start : start + _CHUNK]), _ITEM.c.meant_by.is_not(None)
                    )
                )
            ]

    def _read(self) -> sa.Select[Any]:
        columns = [_SUGGESTION.c[name] for name in Suggestion.model_fields]
        return (
            sa.select(
                _SUGGESTION.c.id,
                _SUGGESTION.c.item_id,
                _ITEM.c.title,
                sa.func.substr(_ITEM.c.summary, 1, _READ).label("summary"),
                sa.func.substr(_ITEM.c.text, 1, _READ).label("text"),
                _VECTOR.c.vector,
                _VECTOR.c.version.label("vector_version"),
                *columns,
            )
            .join(_ITEM, _ITEM.c.id == _SUGGESTION.c.item_id)
            .outerjoin(_VECTOR, _VECTOR.c.item_id == _ITEM.c.id)
            .where(_SUGGESTION.c.version.not_like(f"{BY_MODEL}%"))
        )

    def waiting_scores(self, limit: int | None = None) -> list[tuple[int, float]]:
        """Every item of the queue (or so many) and its place in it, best first; held ones after waiting ones."""
        found: list[tuple[int, float]] = []
        with self.reading() as db:
            for state in _OPEN:  # one after the other: each is a walk along the index of the queue
                query = sa.select(_ITEM.c.id, _ITEM.c.score).where(_ITEM.c.state == state)
                query = query.order_by(_ITEM.c.score.desc(), _ITEM.c.id)
                left = None if limit is None else limit - len(found)
                found += [(id, score) for id, score in db.execute(query.limit(left))]
        return found

    def texts_of(self, item_ids: Sequence[int]) -> dict[int, str]:
        """The texts of these items as models read them."""
        columns = (
            _ITEM.c.id,
            _ITEM.c.title,
            sa.func.substr(_ITEM.c.summary, 1, _READ).label("summary"),
            sa.func.substr(_ITEM.c.text, 1, _READ).label("text"),
        )
        with self.reading() as db:
            return {
                row.id: _text(row)
                for start in range(0, len(item_ids), _CHUNK)
                for row in db.execute(sa.select(*columns).where(_ITEM.c.id.in_(item_ids[start : start + _CHUNK])))
            }

    def rank(self, scores: Sequence[tuple[int, float]]) -> None:
        """Gives these items their new places in the queue, in one transaction."""
        if scores:
            with self.writing() as db:
                db.execute(
                    sa.update(_ITEM).where(_ITEM.c.id == sa.bindparam("of")).values(score=sa.bindparam("place")),
                    [{"of": id, "place": score} for id, score in scores],
                )

    def said_of(self, item_ids: Sequence[int]) -> dict[int, Said]:
        """What was said of these items, newest; those that nothing was said of are left out."""
        found: dict[int, Said] = {}
        with self.reading() as db:
            for start in range(0, len(item_ids), _CHUNK):
                chosen = _SUGGESTION.c.item_id.in_(item_ids[start : start + _CHUNK])
                for row in db.execute(sa.select(_SUGGESTION).where(chosen).order_by(_SUGGESTION.c.id)):
                    said = suggestion_of(row)
                    if said.version.startswith(BY_MODEL):
                        found[row.item_id] = found[row.item_id]._replace(shown=said)
                    else:
                        found[row.item_id] = Said(row.id, said, said)
        return found

    def suggest_again(self, said: Mapping[int, tuple[int, Suggestion]], now: datetime) -> int:
        """Writes what a model says of items, beside what the word lists said; how many were written.

        For each item: the suggestion of the word lists that it stands on, and the new one. One whose text was read
        again since then, or is still to be, is left.
        """
        if not said:
            return 0
        with self.writing() as db:
            newest: dict[int, int] = dict(
                db.execute(
                    sa.select(_SUGGESTION.c.item_id, sa.func.max(_SUGGESTION.c.id))
                    .where(_SUGGESTION.c.item_id.in_(list(said)), _SUGGESTION.c.version.not_like(f"{BY_MODEL}%"))
                    .group_by(_SUGGESTION.c.item_id)
                ).all()
            )
            query = sa.select(_ITEM.c.id).where(_ITEM.c.id.in_(list(said)), _ITEM.c.read_by.is_not(None))
            fresh = [id for id in db.scalars(query.order_by(_ITEM.c.id)) if newest.get(id) == said[id][0]]
            if not fresh:
                return 0
            db.execute(
                sa.insert(_SUGGESTION),
                [{**said[id][1].model_dump(mode="json"), "item_id": id, "made_at": now} for id in fresh],
            )
            db.execute(sa.delete(_FACET).where(_FACET.c.item_id.in_(fresh), _FACET.c.kind == "issue"))
            facets = [
                {"item_id": id, "kind": "issue", "code": scored.code}
                for id in fresh
                for scored in said[id][1].issues
                if scored.score >= SHOWN_FROM
            ]
            if facets:
                db.execute(upsert(db, _FACET).on_conflict_do_nothing(), facets)
            return len(fresh)

    # --------------------------------------------------------------------------------------------- what taught them

    def taught(self) -> list[Taught]:
        """The decision that stands on each decided item, oldest first; held items teach nothing."""
        undoing = sa.select(_DECISION.c.undoes).where(_DECISION.c.undoes.is_not(None))
        newest = sa.select(sa.func.max(_DECISION.c.id)).group_by(_DECISION.c.item_id)
        query = (
            sa.select(_DECISION, _REVISION.c.content)
            .join(_ITEM, _ITEM.c.id == _DECISION.c.item_id)
            .outerjoin(
                _INITIATIVE,
                sa.and_(
                    _INITIATIVE.c.id == _DECISION.c.initiative_id,
                    _INITIATIVE.c.state != InitiativeState.DROPPED.value,
                ),
            )
            .outerjoin(
                _REVISION,
                sa.and_(_REVISION.c.initiative_id == _INITIATIVE.c.id, _REVISION.c.revision == _INITIATIVE.c.revision),
            )
            .where(
                _DECISION.c.verdict.in_(_JUDGED),
                _DECISION.c.id.not_in(undoing),
                _DECISION.c.id.in_(newest),
            )
            .order_by(_DECISION.c.id)
        )
        with self.reading() as db:
            return [
                Taught(
                    id=row.id,
                    item_id=row.item_id,
                    person_id=row.person_id,
                    at=row.at,
                    verdict=Verdict(row.verdict),
                    reason=row.reason,
                    issues=tuple((row.content or {}).get("issues") or row.issues),
                    types=tuple((row.content or {}).get("types") or ()),
                    drawn_by=Drawn(row.drawn_by),
                )
                for row in db.execute(query)
            ]

    def newest_decision(self) -> int:
        """The number of the newest decision; 0 when there is none."""
        with self.reading() as db:
            return int(db.scalar(sa.select(sa.func.max(_DECISION.c.id))) or 0)

    def decided_after(self, decision_id: int) -> int:
        """How many decisions, undoings among them, came after that one."""
        with self.reading() as db:
            later = sa.select(sa.func.count()).select_from(_DECISION).where(_DECISION.c.id > decision_id)
            return int(db.scalar(later) or 0)

    def judged(self, since: datetime | None = None) -> list[Judged]:
        """Every decision since then that its maker did not take back, with what was shown to them, oldest first.

        Of several of one person on one item, the last.
        """
        undo = _DECISION.alias("undo")
        own = sa.exists().where(undo.c.undoes == _DECISION.c.id, undo.c.person_id == _DECISION.c.person_id)
        shown = [_SUGGESTION.c[name].label(f"said_{name}") for name in Suggestion.model_fields]
        query = (
            sa.select(_DECISION, _ITEM.c.language, _ITEM.c.source_id, *shown)
            .join(_ITEM, _ITEM.c.id == _DECISION.c.item_id)
            .outerjoin(_SUGGESTION, _SUGGESTION.c.id == _DECISION.c.suggestion_id)
            .where(_DECISION.c.verdict.in_(_JUDGED), sa.not_(own))
            .order_by(_DECISION.c.id)
        )
        if since is not None:
            query = query.where(_DECISION.c.at >= since)
        found: dict[tuple[int, int], Judged] = {}
        with self.reading() as db:
            for row in db.execute(query):
                found.pop((row.item_id, row.person_id), None)
                found[row.item_id, row.person_id] = _judged(row)
        return list(found.values())

    def batch(self, since: datetime) -> tuple[list[bool], int]:
        """Whether each item decided since then was wanted, in the order of the decisions, and how many still wait.

        The batch is what waited then and what has arrived since.
        """
        undoing = sa.select(_DECISION.c.undoes).where(_DECISION.c.undoes.is_not(None), _DECISION.c.at >= since)
        query = (
            sa.select(_DECISION.c.item_id, _DECISION.c.verdict)
            .where(_DECISION.c.at >= since, _DECISION.c.verdict.in_(_JUDGED), _DECISION.c.id.not_in(undoing))
            .order_by(_DECISION.c.id)
        )
        waits = sa.select(sa.func.count()).select_from(_ITEM).where(_ITEM.c.state == ItemState.WAITING.value)
        with self.reading() as db:
            decided = {row.item_id: row.verdict != Verdict.EXCLUDE.value for row in db.execute(query)}
            return list(decided.values()), int(db.scalar(waits) or 0)

    # -------------------------------------------------------------------------------------------------- the models

    def models(self, limit: int = 50) -> list[KeptModel]:
        """What was learnt, newest first."""
        query = sa.select(*_ABOUT).order_by(_MODEL.c.version.desc()).limit(limit)
        with self.reading() as db:
            return [_kept(row) for row in db.execute(query)]

    def model(self, version: int) -> KeptModel:
        """One of them. Raises NotFound."""
        with self.reading() as db:
            row = db.execute(sa.select(*_ABOUT).where(_MODEL.c.version == version)).one_or_none()
        if row is None:
            raise NotFound(Sentence("there is no model {version}; `tracker models` lists them", version=version))
        return _kept(row)

    def serving(self) -> KeptModel | None:
        """The model in service; None while the word lists alone answer."""
        with self.reading() as db:
            row = db.execute(sa.select(*_ABOUT).where(_MODEL.c.state == ModelState.IN_SERVICE.value)).one_or_none()
        return None if row is None else _kept(row)

    def weights(self, version: int) -> bytes:
        """The weights of a model (`learning.kept`). Raises NotFound, also for one whose weights were let go."""
        with self.reading() as db:
            kept: bytes | None = db.scalar(sa.select(_MODEL.c.weights).where(_MODEL.c.version == version))
        if kept is None:
            self.model(version)
            raise NotFound(
                Sentence(
                    "the weights of model {version} were let go; `tracker models` shows which are kept", version=version
                )
            )
        return bytes(kept)

    def has_weights(self) -> set[int]:
        """The versions that can be put in service."""
        with self.reading() as db:
            return set(db.scalars(sa.select(_MODEL.c.version).where(_MODEL.c.weights.is_not(None))))

    def next_model(self) -> int:
        """The number that the next model will have."""
        with self.reading() as db:
            return int(db.scalar(sa.select(sa.func.max(_MODEL.c.version))) or 0) + 1

    def add_model(self, model: KeptModel, weights: bytes | None, who: str) -> None:
        """Keeps a model; one that is in service takes the place of the one that was.

        The weights of the oldest of those out of service are let go: decisions can teach them again.
        """
        with self.writing() as db:
            if model.state is ModelState.IN_SERVICE:
                self._retire(db, f"model {model.version} took its place", who)
            db.execute(sa.insert(_MODEL).values(**model.model_dump(), weights=weights))
            self.note(who, model.state.value, "model", model.version, None, _told(model))
            kept = sa.select(_MODEL.c.version).where(_MODEL.c.weights.is_not(None)).order_by(_MODEL.c.version.desc())
            oldest = list(db.scalars(kept.offset(WEIGHTS_KEPT)))
            let_go = sa.update(_MODEL).where(
                _MODEL.c.version.in_(oldest), _MODEL.c.state != ModelState.IN_SERVICE.value
            )
            db.execute(let_go.values(weights=None))

    def put_in_service(self, version: int, reason: str, who: str, put_by: int | None) -> KeptModel:
        """Puts a model in service instead of the one that is. Raises NotFound, also when its weights were let go."""
        with self.writing() as db:
            model = self.model(version)
            self.weights(version)
            if model.state is not ModelState.IN_SERVICE:
                self._retire(db, f"model {version} took its place", who)
            now = model.but(state=ModelState.IN_SERVICE, reason=reason, put_by=put_by)
            self._move(db, model, now, who)
        return now

    def hand_back(self, reason: str, who: str) -> KeptModel:
        """The model in service, which the machine may replace again. Raises NotFound when none is in service."""
        with self.writing() as db:
            model = self.serving()
            if model is None:
                raise NotFound(Sentence("no model is in service: the word lists alone answer until enough was decided"))
            now = model.but(reason=reason, put_by=None)
            self._move(db, model, now, who)
        return now

    def _retire(self, db: sa.Connection, reason: str, who: str) -> None:
        model = self.serving()
        if model is not None:
            self._move(db, model, model.but(state=ModelState.RETIRED, reason=reason, put_by=None), who)

    def _move(self, db: sa.Connection, before: KeptModel, after: KeptModel, who: str) -> None:
        moved = db.execute(
            sa.update(_MODEL)
            .where(_MODEL.c.version == before.version, _MODEL.c.state == before.state.value)
            .values(state=after.state.value, reason=after.reason, put_by=after.put_by)
        )
        if moved.rowcount == 0:
            raise Conflict(
                Sentence("somebody moved model {version} in the meantime; look again", version=before.version),
                what="moved",
            )
        self.note(who, after.state.value, "model", after.version, _told(before), _told(after))

    # ------------------------------------------------------------------------------------------------ one at a time

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Holds other processes off the same work on this database, until the block or the process ends.

        Raises Busy when another one does it.
        """
        busy = Busy(f"another process does the {what} on this database already; it goes on by itself, or stop it first")
        path = sqlite_path(self.url)
        if path is None:
            if self.engine.dialect.name != "postgresql":  # a database in memory has one process
                yield
                return
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
                if not db.scalar(sa.select(sa.func.pg_try_advisory_lock(sa.func.hashtext(f"tracker {what}")))):
                    raise busy
                try:
                    yield
                finally:
                    db.execute(sa.select(sa.func.pg_advisory_unlock(sa.func.hashtext(f"tracker {what}"))))
            return
        with path.with_name(f"{path.name}.{what}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise busy from None
            yield


_ABOUT = [_MODEL.c[name] for name in KeptModel.model_fields]


def suggestion_of(row: Any, prefix: str = "") -> Suggestion:
    """The suggestion in a row that has its columns."""
    return Suggestion.model_validate({name: getattr(row, prefix + name) for name in Suggestion.model_fields})


def _text(row: Any) -> str:
    return f"{row.title}\n{row.summary}\n{row.text}".strip()


def _read(row: Any) -> Read:
    return Read(row.id, row.item_id, _text(row), suggestion_of(row), row.vector, row.vector_version)


def _judged(row: Any) -> Judged:
    return Judged(
        id=row.id,
        item_id=row.item_id,
        person_id=row.person_id,
        at=row.at,
        verdict=Verdict(row.verdict),
        reason=row.reason,
        drawn_by=Drawn(row.drawn_by),
        issues=frozenset(row.issues),
        countries=frozenset(row.countries),
        language=row.language,
        source_id=row.source_id,
        suggestion=None if row.said_version is None else suggestion_of(row, "said_"),
    )


def _kept(row: Any) -> KeptModel:
    return KeptModel.model_validate({name: getattr(row, name) for name in KeptModel.model_fields})


def _told(model: KeptModel) -> dict[str, Any]:
    return {"state": model.state.value, "reason": model.reason, "put_by": model.put_by}
