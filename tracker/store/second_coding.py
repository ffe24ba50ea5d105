"""Items that a second person codes without knowing the first decision, and what editors find where the two differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Self

import sqlalchemy as sa
from pydantic import AfterValidator, model_validator

from tracker.errors import Conflict, NotFound, Sentence
from tracker.model import Code, Country, Item, ItemState, Person, Suggestion, Time, Value, Verdict
from tracker.store.audit import Audit
from tracker.store.engine import add
from tracker.store.items import LOTS, NOT_READ
from tracker.store.rows import (
    AdjudicationRow,
    ClaimRow,
    DecisionRow,
    InitiativeRevisionRow,
    InitiativeRow,
    ItemRevisionRow,
    ItemRow,
    SecondCodingRow,
    SourceRow,
    SuggestionRow,
)
from tracker.store.teaching import suggestion_of

_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_OLD = ItemRevisionRow.__table__  # type: ignore[attr-defined]
_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]
_DECISION = DecisionRow.__table__  # type: ignore[attr-defined]
_SUGGESTION = SuggestionRow.__table__  # type: ignore[attr-defined]
_CLAIM = ClaimRow.__table__  # type: ignore[attr-defined]
_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_REVISION = InitiativeRevisionRow.__table__  # type: ignore[attr-defined]
_SECOND = SecondCodingRow.__table__  # type: ignore[attr-defined]
_RULING = AdjudicationRow.__table__  # type: ignore[attr-defined]

DRAWN_UNDER = LOTS // 10  # of `item.second_lot`: one item in ten
_CLOSED = (ItemState.INCLUDED.value, ItemState.EXCLUDED.value)


def _as_set(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))


Codes = Annotated[tuple[Code, ...], AfterValidator(_as_set)]
Countries = Annotated[tuple[Country, ...], AfterValidator(_as_set)]


class Coding(Value):
    """What somebody says of an item: in or out, why, and what it is about. The order of codes says nothing."""

    verdict: Verdict
    reason: Code | None = None  # of an exclusion
    issues: Codes = ()
    countries: Countries = ()
    type: Code | None = None  # the primary one; none: not said

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.verdict not in (Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.HOLD):
            raise ValueError("a coding says include, exclude or hold")
        if (self.verdict is Verdict.EXCLUDE) != (self.reason is not None):
            raise ValueError("an exclusion needs its reason, and nothing else has one")
        return self


class Ruling(Value):
    """What an editor found where two codings differ: the third value."""

    coding: Coding
    by: int
    at: Time
    why: str
    overturned: bool  # the item was decided anew


class Twice(Value):
    """An item that two people have coded, each without the other."""

    id: int
    item_id: int
    title: str
    url: str
    language: str | None
    decision_id: int
    drawn_version: int  # of the item, that the first had before their eyes
    initiative_id: int | None
    first: Coding
    first_by: int
    first_at: Time
    second: Coding
    second_by: int
    second_at: Time
    codebook: str
    ruling: Ruling | None = None


class AsItWas(Value):
    """An item as the first coder met it: the text of then, and the suggestion of then; nothing of the decision."""

    item: Item
    source: str  # name
    suggestion: Suggestion
    decision_id: int


@contextmanager
def only_once(message: str) -> Iterator[None]:
    """Turns the database's own refusal of a second line into a Conflict: two people can press at the same moment."""
    try:
        yield
    except sa.exc.IntegrityError as refused:
        if "unique" not in str(refused.orig).casefold():
            raise  # another rule was broken, which nobody's haste explains
        raise Conflict(message, what="twice") from refused


class SecondCodings(Audit):
    # ------------------------------------------------------------------------------------------------ to be coded

    def drawn_for(self, person_id: int, now: datetime, limit: int = 1) -> list[int]:
        """Drawn items that this person may code and nobody else has open: their own open one, then by their lots."""
        open_now = sa.select(_CLAIM.c.item_id).where(_CLAIM.c.expires_at > now)
        others, mine = open_now.where(_CLAIM.c.person_id != person_id), open_now.where(_CLAIM.c.person_id == person_id)
        query = self._drawn(sa.select(_ITEM.c.id), person_id).where(_ITEM.c.id.not_in(others))
        order = (sa.case((_ITEM.c.id.in_(mine), 0), else_=1), _ITEM.c.second_lot, _ITEM.c.id)
        with self.reading() as db:
            return list(db.scalars(query.order_by(*order).limit(limit)))

    def count_drawn(self, person_id: int | None = None) -> int:
        """How many drawn items still wait for a second coding, by this person or by anybody."""
        with self.reading() as db:
            return int(db.scalar(self._drawn(sa.select(sa.func.count(_ITEM.c.id)), person_id)) or 0)

    def _drawn(self, query: sa.Select[Any], person_id: int | None) -> sa.Select[Any]:
        coded = sa.exists().where(_SECOND.c.item_id == _ITEM.c.id)
        query = query.where(_ITEM.c.state.in_(_CLOSED), _ITEM.c.second_lot < DRAWN_UNDER, sa.not_(coded))
        query = query.where(sa.exists().where(_DECISION.c.item_id == _ITEM.c.id))
        if person_id is None:
            return query
        # Who ever decided it, or has worked on what it became, knows what was decided.
        own = _DECISION.alias("own")
        knows = sa.or_(
            sa.exists().where(own.c.item_id == _ITEM.c.id, own.c.person_id == person_id),
            sa.exists().where(
                own.c.item_id == _ITEM.c.id,
                own.c.initiative_id == _REVISION.c.initiative_id,
                _REVISION.c.person_id == person_id,
            ),
            sa.exists().where(
                own.c.item_id == _ITEM.c.id,
                own.c.initiative_id == _INITIATIVE.c.id,
                _INITIATIVE.c.approved_by == person_id,
            ),
        )
        return query.where(sa.not_(knows))

    def may_code(self, item_id: int, person_id: int) -> bool:
        """Whether the item was drawn, is still to be coded, and this person knows nothing of the decision."""
        with self.reading() as db:
            query = self._drawn(sa.select(_ITEM.c.id), person_id).where(_ITEM.c.id == item_id)
            return db.scalar(query) is not None

    def as_it_was(self, item_id: int, decision_id: int | None = None) -> AsItWas:
        """The item as it stood before the eyes of whoever made this decision, or the last one on it.

        Raises NotFound where nobody has decided it.
        """
        decision = sa.select(_DECISION).where(_DECISION.c.item_id == item_id).order_by(_DECISION.c.id.desc()).limit(1)
        if decision_id is not None:
            decision = decision.where(_DECISION.c.id == decision_id)
        texts = sa.select(_OLD).where(_OLD.c.item_id == item_id).order_by(_OLD.c.id)
        query = sa.select(_ITEM, _SOURCE.c.name.label("source_name")).join(_SOURCE).where(_ITEM.c.id == item_id)
        with self.reading() as db:
            decided = db.execute(decision).one_or_none()
            if decided is None:
                raise NotFound(Sentence("nobody has decided item {id}", id=item_id))
            row = db.execute(query).one()
            replaced = db.execute(texts).all()
            said = db.execute(sa.select(_SUGGESTION).where(_SUGGESTION.c.id == decided.suggestion_id)).one_or_none()
        item = Item.model_validate({name: getattr(row, name) for name in Item.model_fields})
        # A decision of a time before this was counted is told by its hour.
        then = decided.replaced_texts
        if then is None:
            then = sum(text.replaced_at <= decided.at for text in replaced)
        if then < len(replaced):
            old = replaced[then]
            item = item.but(title=old.title, summary=old.summary, text=old.text)
        suggestion = NOT_READ if said is None else suggestion_of(said)
        return AsItWas(
            item=item.but(version=decided.item_version),
            source=row.source_name,
            suggestion=suggestion,
            decision_id=decided.id,
        )

    # -------------------------------------------------------------------------------------------------- what was said

    def add_second_coding(self, item_id: int, decision_id: int, coding: Coding, by: Person, now: datetime,
                          codebook: str) -> int:  # fmt: skip
        """Writes what a second person says; the item itself stays as it is. Gives its number.

        Raises Conflict when the decision was taken back in the meantime, or somebody was first.
        """
        newest = (
            sa.select(_DECISION.c.id, _DECISION.c.person_id)
            .where(_DECISION.c.item_id == item_id)
            .order_by(_DECISION.c.id.desc())
            .limit(1)
        )
        with self.writing() as db:
            found = db.execute(newest).one_or_none()
            if found is None or found.id != decision_id:
                raise Conflict(
                    Sentence(
                        "item {id} was decided anew while you read it; nothing was kept, go on with the next",
                        id=item_id,
                    ),
                    what="decided",
                )
            if not self.may_code(item_id, by.id):
                raise Conflict(
                    Sentence("item {id} was coded by somebody else, or is not yours to code", id=item_id), what="coded"
                )
            with only_once(Sentence("you have coded item {id} already", id=item_id)):
                id = add(
                    db,
                    _SECOND,
                    item_id=item_id,
                    decision_id=decision_id,
                    first_person_id=found.person_id,
                    person_id=by.id,
                    at=now,
                    codebook=codebook,
                    **coding.model_dump(mode="json"),
                )
            db.execute(sa.delete(_CLAIM).where(_CLAIM.c.item_id == item_id, _CLAIM.c.person_id == by.id))
            # What was said stays out of the audit page, where the first coder and a later one would read it.
            self.note(by.email, "coded a second time", "item", item_id, None, {"second_coding": id})
        return id

    def twice(self, since: datetime | None = None, ids: Sequence[int] | None = None) -> list[Twice]:
        """Everything that two people have coded, oldest second coding first, with what an editor found."""
        query = (
            sa.select(
                _SECOND,
                *(_DECISION.c[name].label(f"first_{name}")
                  for name in ("at", "verdict", "reason", "issues", "countries", "item_version", "initiative_id")),
                _ITEM.c.title,
                _ITEM.c.url,
                _ITEM.c.language,
                *(_RULING.c[name].label(f"ruling_{name}")
                  for name in ("at", "person_id", "verdict", "reason", "issues", "countries", "type", "why",
                               "overturned")),
            )
            .join(_DECISION, _DECISION.c.id == _SECOND.c.decision_id)
            .join(_ITEM, _ITEM.c.id == _SECOND.c.item_id)
            .outerjoin(_RULING, _RULING.c.second_coding_id == _SECOND.c.id)
            .order_by(_SECOND.c.id)
        )  # fmt: skip
        if since is not None:
            query = query.where(_SECOND.c.at >= since)
        if ids is not None:
            query = query.where(_SECOND.c.id.in_(list(ids)))
        with self.reading() as db:
            rows = db.execute(query).all()
            types = self._types(
                db, {(row.first_initiative_id, row.first_person_id) for row in rows if row.first_verdict == "include"}
            )
        return [_twice(row, types) for row in rows]

    def coded_twice(self, id: int) -> Twice:
        """One of them. Raises NotFound."""
        found = self.twice(ids=[id])
        if not found:
            raise NotFound(Sentence("there is no second coding {id}", id=id))
        return found[0]

    def _types(self, db: sa.Connection, of: Iterable[tuple[int | None, int]]) -> dict[tuple[int, int], str]:
        """The primary type that these people have first coded on these initiatives, where they have named one."""
        wanted = {pair for pair in of if pair[0] is not None}
        if not wanted:
            return {}
        query = (
            sa.select(_REVISION.c.initiative_id, _REVISION.c.person_id, _REVISION.c.content["types"].label("types"))
            .where(_REVISION.c.initiative_id.in_({id for id, _ in wanted}))
            .order_by(_REVISION.c.revision.desc())
        )
        return {
            (row.initiative_id, row.person_id): row.types[0]
            for row in db.execute(query)
            if row.types and (row.initiative_id, row.person_id) in wanted
        }

    # ------------------------------------------------------------------------------------------------- what was found

    def add_ruling(self, twice: Twice, coding: Coding, by: Person, now: datetime, why: str, codebook: str, *,
                   overturned: bool) -> None:  # fmt: skip
        """Keeps what an editor found, once. Raises Conflict when another editor was first."""
        with self.writing() as db:
            with only_once(Sentence("another editor has settled item {id} already", id=twice.item_id)):
                add(
                    db,
                    _RULING,
                    second_coding_id=twice.id,
                    first_person_id=twice.first_by,
                    second_person_id=twice.second_by,
                    person_id=by.id,
                    at=now,
                    why=why,
                    codebook=codebook,
                    overturned=overturned,
                    **coding.model_dump(mode="json"),
                )
            after = {"second_coding": twice.id, "verdict": coding.verdict.value, "why": why, "overturned": overturned}
            self.note(by.email, "adjudicated", "item", twice.item_id, None, after)


def _twice(row: Any, types: dict[tuple[int, int], str]) -> Twice:
    verdict = Verdict(row.first_verdict)
    first = Coding(
        verdict=Verdict.INCLUDE if verdict is Verdict.EVIDENCE else verdict,
        reason=row.first_reason if verdict is Verdict.EXCLUDE else None,
        issues=tuple(row.first_issues),
        countries=tuple(row.first_countries),
        type=types.get((row.first_initiative_id, row.first_person_id)),
    )
    ruling = None
    if row.ruling_at is not None:
        ruling = Ruling(
            coding=_coding(row, "ruling_"),
            by=row.ruling_person_id,
            at=row.ruling_at,
            why=row.ruling_why,
            overturned=row.ruling_overturned,
        )
    return Twice(
        id=row.id,
        item_id=row.item_id,
        title=row.title,
        url=row.url,
        language=None if row.language == "und" else row.language,
        decision_id=row.decision_id,
        drawn_version=row.first_item_version,
        initiative_id=row.first_initiative_id,
        first=first,
        first_by=row.first_person_id,
        first_at=row.first_at,
        second=_coding(row, ""),
        second_by=row.person_id,
        second_at=row.at,
        codebook=row.codebook,
        ruling=ruling,
    )


def _coding(row: Any, prefix: str) -> Coding:
    return Coding.model_validate({name: getattr(row, prefix + name) for name in Coding.model_fields})
