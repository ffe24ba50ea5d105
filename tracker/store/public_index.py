"""Which public initiatives have which code, and when did each begin? Sets of their numbers, kept in memory.

A set is one whole number in which bit n stands for initiative n: to narrow one by another and to count what is left
takes microseconds, where rows of a database take a second for 100,000 initiatives (decision 0020).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import sqlalchemy as sa

from tracker.model import Filters
from tracker.store.rows import PublicChangeRow, PublicFacetRow, PublicInitiativeRow

_PUBLIC = PublicInitiativeRow.__table__  # type: ignore[attr-defined]
_FACET = PublicFacetRow.__table__  # type: ignore[attr-defined]
_CHANGE = PublicChangeRow.__table__  # type: ignore[attr-defined]

OVERLAP = 200  # lines of the history that are looked at again: of two writers, the later number may be there first
CHUNK = 500  # initiatives that are asked for at once
MOST_KEPT = 300  # searches and filters whose results are kept
_FEW = 64

Codes = Mapping[str, Mapping[str, int]]  # kind -> code -> set
Key = TypeVar("Key")
Answer = TypeVar("Answer")


@dataclass(eq=False)
class Index:
    """The public copy as it stood after a line of its history."""

    base: int  # lines of the history after this one are compared to see whether something has changed
    newest: int
    lines: int  # after `base`
    codes: Codes
    days: Mapping[date | None, int]  # on which they began
    words: Mapping[int, str] | None = None  # the folded texts, from the first search on
    texts: dict[str, int] = field(default_factory=dict)  # what was searched for -> what was found
    facets: dict[Filters, dict[str, dict[str, int]]] = field(default_factory=dict)

    @cached_property
    def everything(self) -> int:
        return union(self.days.values())

    @cached_property
    def _by_day(self) -> tuple[int, ...]:
        return tuple(self.days[day] for day in sorted(day for day in self.days if day is not None))

    def by_day(self, backwards: bool = False) -> Iterable[int]:
        """Sets of those that began on one day, the last day first or the first; without a date: at the end."""
        return (*(self._by_day if backwards else self._by_day[::-1]), self.days.get(None, 0))

    def by_code(self, kind: str, codes: Sequence[str] = (), backwards: bool = False) -> Iterable[int]:
        """Sets of those that have one code, each number once: first these codes, then others from A to Z, then none."""
        there = self.codes.get(kind, {})
        ordered = [*codes, *sorted(there.keys() - set(codes))]
        left = self.everything
        for code in reversed(ordered) if backwards else ordered:
            yield left & there.get(code, 0)
            left &= ~there.get(code, 0)
        yield left

    @cached_property
    def months(self) -> Mapping[date, int]:
        """Sets by the month in which they began, the first one first; those without a date in none."""
        found: dict[date, int] = {}
        for day in sorted(day for day in self.days if day is not None):
            month = day.replace(day=1)
            found[month] = found.get(month, 0) | self.days[day]
        return found

    def having(self, kind: str, codes: Iterable[str]) -> int:
        """Those that have one of the codes at least."""
        there = self.codes.get(kind, {})
        return union(there.get(code, 0) for code in codes)

    def saying(self, db: sa.Connection, words: Sequence[str]) -> int:
        """Those that have all of the words, which are folded, somewhere in their texts."""
        text = " ".join(words)
        found = self.texts.get(text)
        if found is None:
            if self.words is None:
                self.words = _texts(db)
            first, *others = sorted(words, key=len, reverse=True)  # the longest is the rarest
            ids = [id for id, said in self.words.items() if first in said]
            for word in others:
                ids = [id for id in ids if word in self.words[id]]
            found = as_set(ids)
            keep(self.texts, text, found)
        return found

    def counted(self, kind: str, among: int) -> dict[str, int]:
        """How many of a set have each code; the largest number first, codes without any left out."""
        found = {code: number for code, those in self.codes.get(kind, {}).items() if (number := size(those & among))}
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def keep(kept: dict[Key, Answer], key: Key, answer: Answer) -> None:
    """Notes an answer of an index; when there are many, the others are let go."""
    if len(kept) >= MOST_KEPT:
        kept.clear()
    kept[key] = answer


def size(those: int) -> int:
    return those.bit_count()


def as_set(ids: Iterable[int]) -> int:
    found = bytearray()
    for id in ids:
        place = id >> 3
        if place >= len(found):
            found.extend(bytes(place - len(found) + 1024))
        found[place] |= 1 << (id & 7)
    return int.from_bytes(found, "little")


def members(those: int) -> Iterator[int]:
    """The numbers in a set, the highest first."""
    if size(those) < _FEW:
        while those:
            top = those.bit_length() - 1
            yield top
            those ^= 1 << top
        return
    raw = those.to_bytes((those.bit_length() + 7) // 8, "little")
    for place in range(len(raw) - 1, -1, -1):
        if raw[place]:
            yield from (8 * place + bit for bit in _BITS[raw[place]])


def among(those: int) -> Callable[[int], bool]:
    """Whether a number is in the set, asked of many numbers."""
    raw = those.to_bytes((those.bit_length() + 7) // 8, "little")
    return lambda id: id >> 3 < len(raw) and bool(raw[id >> 3] >> (id & 7) & 1)


def portion(groups: Iterable[int], offset: int, limit: int | None, *, lowest_first: bool = False) -> list[int]:
    """Some of the numbers of sets that follow each other; within one the highest first, or the lowest."""
    found: list[int] = []
    for those in groups:
        if offset >= size(those):
            offset -= size(those)
            continue
        ids = list(members(those))[:: -1 if lowest_first else 1]
        found += ids[offset:]
        offset = 0
        if limit is not None and len(found) >= limit:
            return found[:limit]
    return found


def current(db: sa.Connection, kept: Index | None) -> Index:
    """The index as the database stands: the same one, one with what has changed since, or one made from nothing."""
    base = kept.base if kept else 0
    newest, lines = db.execute(
        sa.select(sa.func.coalesce(sa.func.max(_CHANGE.c.id), 0), sa.func.count()).where(_CHANGE.c.id > base)
    ).one()
    if kept and (newest, lines) == (kept.newest, kept.lines):
        return kept
    base = max(0, newest - OVERLAP)
    lines = db.scalar(sa.select(sa.func.count()).select_from(_CHANGE).where(_CHANGE.c.id > base)) or 0
    # What is read is never older than what was counted.
    whole = kept is None or newest < kept.newest  # the latter: a backup was restored
    if kept is None or whole:
        return Index(base, newest, lines, *_read(db))
    ids = sorted(db.scalars(sa.select(_CHANGE.c.initiative_id).where(_CHANGE.c.id > kept.base).distinct()))
    words = kept.words
    if words is not None:
        words = {**words, **dict.fromkeys(ids, ""), **_texts(db, ids)}
    return Index(base, newest, lines, *_changed(db, kept, ids), words)


def _read(db: sa.Connection) -> tuple[Codes, Mapping[date | None, int]]:
    def joined(column: Any) -> Any:  # one row a set: a hundredth of what single rows would take
        return sa.func.aggregate_strings(sa.cast(column, sa.String), ",")

    codes: dict[str, dict[str, int]] = {}
    for kind, code, ids in db.execute(
        sa.select(_FACET.c.kind, _FACET.c.code, joined(_FACET.c.initiative_id)).group_by(_FACET.c.kind, _FACET.c.code)
    ):
        codes.setdefault(kind, {})[code] = as_set(map(int, ids.split(",")))
    days = db.execute(sa.select(_PUBLIC.c.began_on, joined(_PUBLIC.c.id)).group_by(_PUBLIC.c.began_on))
    return codes, {day: as_set(map(int, ids.split(","))) for day, ids in days}


def _texts(db: sa.Connection, ids: Sequence[int] | None = None) -> dict[int, str]:
    """What is searched: of all of them, or of these."""
    query = sa.select(_PUBLIC.c.id, _PUBLIC.c.words)
    rows = db.execute(query if ids is None else query.where(_PUBLIC.c.id.in_(ids)))
    return {row.id: row.words for row in rows}


def _changed(db: sa.Connection, kept: Index, ids: Sequence[int]) -> tuple[Codes, Mapping[date | None, int]]:
    others = ~as_set(ids)
    codes = {kind: {code: those & others for code, those in known.items()} for kind, known in kept.codes.items()}
    days = {day: those & others for day, those in kept.days.items()}
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        for row in db.execute(sa.select(_FACET).where(_FACET.c.initiative_id.in_(some))):
            known = codes.setdefault(row.kind, {})
            known[row.code] = known.get(row.code, 0) | 1 << row.initiative_id
        for row in db.execute(sa.select(_PUBLIC.c.id, _PUBLIC.c.began_on).where(_PUBLIC.c.id.in_(some))):
            days[row.began_on] = days.get(row.began_on, 0) | 1 << row.id
    return codes, {day: those for day, those in days.items() if those}


def union(sets: Iterable[int]) -> int:
    found = 0
    for those in sets:
        found |= those
    return found


_BITS = tuple(tuple(bit for bit in range(7, -1, -1) if byte >> bit & 1) for byte in range(256))
