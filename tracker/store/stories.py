"""Stories: which items tell the same one. The item without `copy_of` stands for it, the others stand behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tracker.errors import NotFound
from tracker.model import Item, ItemState, Likeness, Member, Value
from tracker.store.audit import Audit
from tracker.store.engine import upsert
from tracker.store.rows import ClaimRow, ItemRow, PersonRow, SourceRow, StoryMarkRow

_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_MARK = StoryMarkRow.__table__  # type: ignore[attr-defined]
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
        """Lets waiting items stand behind others that stand for their story; what was touched since then is left."""
        with self.writing() as db:
            there = self._standing(db, {id for one in behind for id in (one.id, one.stands)})
            for one in behind:
                item, stands = there.get(one.id), there.get(one.stands)
                if item is None or item.state is not ItemState.WAITING or item.copy_of is not None or stands is None:
                    continue
                values = {"copy_kind": one.kind.value, "copy_score": one.score, "state": ItemState.COPY.value}
                db.execute(
                    sa.update(_ITEM).where(_ITEM.c.id == one.id).values(copy_of=stands.copy_of or stands.id, **values)
                )

    def members(self, id: int) -> list[Member]:
        """The story that an item belongs to: the item that stands for it, then the others as they arrived.

        Raises NotFound.
        """
        with self.reading() as db:
            own = db.execute(sa.select(_ITEM.c.id, _ITEM.c.copy_of).where(_ITEM.c.id == id)).one_or_none()
            if own is None:
                raise NotFound(f"there is no item {id}")
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


def _item(row: Any) -> Item:
    return Item.model_validate({name: getattr(row, name) for name in Item.model_fields})
