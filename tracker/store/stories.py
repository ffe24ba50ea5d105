"""Stories: which items tell the same one. The item without `copy_of` stands for it, the others stand behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from tracker.errors import NotFound, Sentence
from tracker.model import MISSING_LANGUAGE, InitiativeState, Item, ItemState, Likeness, Member, Value
from tracker.store.audit import Audit
from tracker.store.engine import upsert
from tracker.store.rows import (
    ClaimRow,
    EvidenceRow,
    InitiativeRow,
    ItemDayRow,
    ItemFacetRow,
    ItemRow,
    ItemVectorRow,
    PersonRow,
    SourceRow,
    StoryMarkRow,
)

_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_MARK = StoryMarkRow.__table__  # type: ignore[attr-defined]
_VECTOR = ItemVectorRow.__table__  # type: ignore[attr-defined]
_DAY = ItemDayRow.__table__  # type: ignore[attr-defined]
_FACET = ItemFacetRow.__table__  # type: ignore[attr-defined]
_EVIDENCE = EvidenceRow.__table__  # type: ignore[attr-defined]
_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_CLAIM = ClaimRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]

_CHUNK = 900  # values in one IN list
MOST_OF_A_MARK = 8  # items, each of a story of its own, that are kept of one mark


class Behind(Value):
    """How an item stands behind another one."""

    id: int
    stands: int
    kind: Likeness
    score: float


class ToMean(NamedTuple):
    """What is needed of an item to look for its translations."""

    item: Item
    language: str  # as the suggestion has it
    source_country: str | None
    is_untouched: bool  # it waits, nobody has it open, and neither a person nor a change of its text has placed it


class Meant(NamedTuple):
    """What is kept of an item across languages."""

    id: int
    language: str
    countries: frozenset[str]
    day: int | None
    signs: bytes
    vector: bytes | None
    version: str
    story: int | None


class Reported(NamedTuple):
    """An item behind an initiative, as far as likeness goes."""

    initiative_id: int
    title: str  # of the initiative
    item_title: str
    vector: bytes | None


class Stories(Audit):
    def marked(self, values: Iterable[int]) -> dict[int, list[int]]:
        """The items that have each of these marks, lowest number first; marks that no item has are left out."""
        found: dict[int, list[int]] = defaultdict(list)
        wanted = list(values)
        with self.reading() as db:
            for start in range(0, len(wanted), _CHUNK):
                chosen = _MARK.c.value.in_(wanted[start : start + _CHUNK])
                for value, id in db.execute(sa.select(_MARK.c.value, _MARK.c.item_id).where(chosen)):
                    found[value].append(id)
        return found

    def standing(self, ids: Iterable[int]) -> dict[int, Item]:
        """For each of these items: the one that stands for its story, which may be itself."""
        with self.reading() as db:
            there = self._standing(db, set(ids))
            behind = {one.copy_of for one in there.values() if one.copy_of is not None} - there.keys()
            stands = there | self._standing(db, behind)
        return {id: one if one.copy_of is None else stands[one.copy_of] for id, one in there.items()}

    def _standing(self, db: sa.Connection, ids: set[int]) -> dict[int, Item]:
        if not ids:
            return {}
        return {row.id: _item(row) for row in db.execute(sa.select(_ITEM).where(_ITEM.c.id.in_(ids)))}

    def add_marks(self, marks: Mapping[int, Sequence[int]]) -> None:
        """Notes the marks of items, by their numbers."""
        rows = [{"value": value, "item_id": id} for id, values in marks.items() for value in values]
        if rows:
            with self.writing() as db:
                db.execute(upsert(db, _MARK).on_conflict_do_nothing(), rows)

    def stand_behind(self, behind: Sequence[Behind]) -> None:
        """Lets waiting items stand behind others that stand for their story; what was touched since then is left.

        Those that stand behind such an item go with it; if a person has placed one of them there, all of them stay.
        """
        with self.writing() as db:
            there = self._standing(db, {id for one in behind for id in (one.id, one.stands)})
            for one in behind:
                item, stands = there.get(one.id), there.get(one.stands)
                if item is None or item.state is not ItemState.WAITING or item.copy_of is not None or stands is None:
                    continue
                if item.placed_by is not None or (stands.copy_of or stands.id) == item.id:
                    continue
                values = {
                    "copy_of": stands.copy_of or stands.id,
                    "copy_kind": one.kind.value,
                    "copy_score": one.score,
                }
                followers = list(db.execute(sa.select(_ITEM.c.id, _ITEM.c.placed_by).where(_ITEM.c.copy_of == one.id)))
                if any(follower.placed_by is not None for follower in followers):
                    continue
                if followers:
                    db.execute(sa.update(_ITEM).where(_ITEM.c.copy_of == one.id).values(**values))
                db.execute(sa.update(_ITEM).where(_ITEM.c.id == one.id).values(**values, state=ItemState.COPY.value))

    def members(self, id: int) -> list[Member]:
        """The story that an item belongs to: the item that stands for it, then the others as they arrived.

        Raises NotFound.
        """
        with self.reading() as db:
            own = db.execute(sa.select(_ITEM.c.id, _ITEM.c.copy_of).where(_ITEM.c.id == id)).one_or_none()
            if own is None:
                raise NotFound(Sentence("there is no item {id}", id=id))
            stands = own.copy_of or own.id
            query = (
                sa.select(_ITEM, _SOURCE.c.name.label("source_name"), _PERSON.c.name.label("placed_by_name"))
                .join(_SOURCE, _SOURCE.c.id == _ITEM.c.source_id)
                .outerjoin(_PERSON, _PERSON.c.id == _ITEM.c.placed_by)
                .where(sa.or_(_ITEM.c.id == stands, _ITEM.c.copy_of == stands))
            )
            found = [
                Member(
                    item=_item(row),
                    source=row.source_name,
                    placed_by=row.placed_by_name or "",
                )
                for row in db.execute(query)
            ]
        return sorted(found, key=lambda one: (one.item.copy_of is not None, one.item.arrived_at, one.item.id))

    def place(
        self,
        id: int,
        stands: int | None,
        who: str,
        *,
        kind: Likeness | None = None,
        score: float | None = None,
        placed_by: int | None = None,
    ) -> None:
        """Puts an item behind the one that stands for its story, or, with None, lets it stand for itself again.

        What nobody has decided waits again, or waits no more; a decision on it stands. `placed_by` is the person who
        says so, `who` the name in the audit.
        """
        with self.writing() as db:
            before = db.execute(sa.select(_ITEM.c.state, _ITEM.c.copy_of).where(_ITEM.c.id == id)).one()
            undecided = (ItemState.WAITING.value, ItemState.HELD.value)
            state = before.state
            if stands is None and state == ItemState.COPY.value:
                state = ItemState.WAITING.value
            elif stands is not None and state in undecided:
                state = ItemState.COPY.value
            values: dict[str, Any] = {
                "copy_of": stands,
                "copy_kind": kind.value if kind else None,
                "copy_score": score,
                "state": state,
                "version": _ITEM.c.version + 1,
            }
            if placed_by is not None:
                values["placed_by"] = placed_by
            if stands is None:
                values["meant_by"] = None  # what stands for itself is compared across languages
            db.execute(sa.update(_ITEM).where(_ITEM.c.id == id).values(**values))
            db.execute(sa.delete(_CLAIM).where(_CLAIM.c.item_id == id))
            self.note(
                who,
                "split from its story" if stands is None else "joined to a story",
                "item",
                id,
                {"state": before.state, "copy_of": before.copy_of},
                {"state": state, "copy_of": stands},
            )

    # ------------------------------------------------------------------------------------------ across languages

    def to_mean(self, limit: int, version: str, weaker: str, now: datetime) -> list[ToMean]:
        """Up to so many items that were read and not yet compared across languages by this version, oldest first.

        What another version than the `weaker` one has compared stays as it is.
        """
        claimed = sa.exists().where(_CLAIM.c.item_id == _ITEM.c.id, _CLAIM.c.expires_at > now)
        untouched = sa.and_(
            _ITEM.c.state == ItemState.WAITING.value,
            _ITEM.c.copy_of.is_(None),
            _ITEM.c.placed_by.is_(None),
            _ITEM.c.changed_at.is_(None),
            sa.not_(claimed),
        )
        query = (
            sa.select(_ITEM, untouched.label("is_untouched"), _SOURCE.c.country.label("source_country"))
            .join(_SOURCE, _SOURCE.c.id == _ITEM.c.source_id)
            .where(_ITEM.c.read_by.is_not(None))
            .order_by(_ITEM.c.id)
        )
        found: list[ToMean] = []
        with self.reading() as db:
            for waits in (_ITEM.c.meant_by.is_(None), *([_ITEM.c.meant_by == weaker] if weaker != version else [])):
                if len(found) < limit:
                    found += [
                        ToMean(_item(row), row.language, row.source_country, row.is_untouched)
                        for row in db.execute(query.where(waits).limit(limit - len(found)))
                    ]
        return found

    def countries_of(self, ids: Iterable[int]) -> dict[int, frozenset[str]]:
        """The countries that the newest suggestions of these items name; items without one are left out."""
        found: dict[int, set[str]] = defaultdict(set)
        query = sa.select(_FACET.c.item_id, _FACET.c.code).where(_FACET.c.kind == "country")
        with self.reading() as db:
            for id, code in db.execute(query.where(_FACET.c.item_id.in_(list(ids)))):
                found[id].add(code)
        return {id: frozenset(codes) for id, codes in found.items()}

    def meant_near(self, days: Iterable[int], countries: Iterable[str] | None, most: int) -> list[Meant]:
        """What is known of the items of these days that speak of these countries, or of none; None: of any.

        At most so many, the newest, lowest number first.
        """
        near = sa.select(_DAY.c.item_id, _DAY.c.day, _DAY.c.country).where(_DAY.c.day.in_(list(days)))
        if countries is not None:
            near = near.where(_DAY.c.country.in_([*countries, ""]))
        there: dict[int, set[str]] = defaultdict(set)
        day_of: dict[int, int] = {}
        with self.reading() as db:
            for row in db.execute(near):
                there[row.item_id].add(row.country)
                day_of[row.item_id] = row.day
            ids = sorted(there, reverse=True)[:most]
            found = []
            for start in range(0, len(ids), _CHUNK):
                for row in self._meant(db, ids[start : start + _CHUNK]):
                    named = frozenset(there[row.item_id] - {""})
                    found.append(_meant_of(row, named, day_of[row.item_id]))
        return sorted(found, key=lambda one: one.id)

    def meant(self, id: int) -> Meant | None:
        """What is known of an item across languages; None when it was not compared yet."""
        with self.reading() as db:
            days = list(db.execute(sa.select(_DAY.c.day, _DAY.c.country).where(_DAY.c.item_id == id)))
            rows = self._meant(db, [id])
        if not rows:
            return None
        named = frozenset(row.country for row in days if row.country)
        return _meant_of(rows[0], named, days[0].day if days else None)

    def _meant(self, db: sa.Connection, ids: Sequence[int]) -> Sequence[Any]:
        query = (
            sa.select(_VECTOR, _ITEM.c.language, _ITEM.c.declared_language, _ITEM.c.copy_of)
            .join(_ITEM, _ITEM.c.id == _VECTOR.c.item_id)
            .where(_VECTOR.c.item_id.in_(ids))
        )
        return db.execute(query).all()

    def add_meanings(self, meant: Sequence[Meant], looked_at: Mapping[int, str], version: str) -> None:
        """Keeps what is known of items, and that this version has compared all that it looked at.

        `looked_at` are those items, with the hash of what they said then; what says something else by now is left.
        """
        with self.writing() as db:
            query = sa.select(_ITEM.c.id, _ITEM.c.content_hash).where(_ITEM.c.id.in_(list(looked_at)))
            done = [row.id for row in db.execute(query) if row.content_hash == looked_at[row.id]]
            kept = [one for one in meant if one.id in set(done)]
            db.execute(sa.delete(_DAY).where(_DAY.c.item_id.in_(done)))
            db.execute(sa.delete(_VECTOR).where(_VECTOR.c.item_id.in_(done)))
            if kept:
                rows = [
                    {"item_id": one.id, "version": one.version, "vector": one.vector, "signs": one.signs}
                    for one in kept
                ]
                db.execute(sa.insert(_VECTOR), rows)
                days = [
                    {"item_id": one.id, "day": one.day, "country": country}
                    for one in kept
                    if one.day is not None
                    for country in (one.countries or [""])
                ]
                db.execute(sa.insert(_DAY), days)
            db.execute(sa.update(_ITEM).where(_ITEM.c.id.in_(done)).values(meant_by=version))

    def reported(self, countries: Iterable[str], limit: int) -> list[Reported]:
        """Items behind initiatives that are not dropped, those that speak of these countries; none: of any.

        At most `limit`, those whose initiatives were changed last.
        """
        chosen = (
            sa.select(_EVIDENCE.c.initiative_id, _EVIDENCE.c.item_id)
            .join(_INITIATIVE, _INITIATIVE.c.id == _EVIDENCE.c.initiative_id)
            .where(_EVIDENCE.c.removed_at.is_(None), _INITIATIVE.c.state != InitiativeState.DROPPED.value)
            .order_by(_INITIATIVE.c.changed_at.desc(), _INITIATIVE.c.id.desc())
            .limit(limit)
        )
        if codes := list(countries):
            named = sa.and_(_FACET.c.item_id == _EVIDENCE.c.item_id, _FACET.c.kind == "country")
            chosen = chosen.outerjoin(_FACET, named).where(sa.func.coalesce(_FACET.c.code, codes[0]).in_(codes))
        few = chosen.subquery()  # first which ones, then what they say: sorting what they say would take longest
        query = (
            sa.select(_INITIATIVE.c.id, _INITIATIVE.c.title, _ITEM.c.title.label("item_title"), _VECTOR.c.vector)
            .select_from(few)
            .join(_INITIATIVE, _INITIATIVE.c.id == few.c.initiative_id)
            .join(_ITEM, _ITEM.c.id == few.c.item_id)
            .outerjoin(_VECTOR, _VECTOR.c.item_id == few.c.item_id)
        )
        with self.reading() as db:
            return [Reported(*row) for row in db.execute(query)]


def _meant_of(row: Any, countries: frozenset[str], day: int | None) -> Meant:
    language = row.language if row.language != MISSING_LANGUAGE else row.declared_language or MISSING_LANGUAGE
    return Meant(row.item_id, language, countries, day, row.signs, row.vector, row.version, row.copy_of)


def _item(row: Any) -> Item:
    return Item.model_validate({name: getattr(row, name) for name in Item.model_fields})
