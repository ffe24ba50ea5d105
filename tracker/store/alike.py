"""Which initiatives have words in common? What `same` compares is looked up here, in a table of words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import sqlalchemy as sa

from tracker.model import Initiative
from tracker.store.initiatives import Initiatives
from tracker.store.rows import EvidenceRow, InitiativeRevisionRow, InitiativeRow, InitiativeWordRow

_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_REVISION = InitiativeRevisionRow.__table__  # type: ignore[attr-defined]
_EVIDENCE = EvidenceRow.__table__  # type: ignore[attr-defined]
_WORD = InitiativeWordRow.__table__  # type: ignore[attr-defined]

_AT_ONCE = 500  # some 0.4 s


class Spread(NamedTuple):
    """How common words are among initiatives: of all, how many have each word."""

    total: int
    having: dict[int, int]


class Alike(Initiatives):
    def index_words(self, words_of: Callable[[Initiative], Iterable[int]]) -> int:
        """How many initiatives were given their words: of those whose newest revision has none yet, the newest.

        After the first migration of a large store the rest follows with the next calls.
        """
        fresh = sa.or_(_INITIATIVE.c.compared.is_(None), _INITIATIVE.c.compared != _INITIATIVE.c.revision)
        query = (
            sa.select(_INITIATIVE.c.id, _INITIATIVE.c.revision, _REVISION.c.content)
            .join(
                _REVISION,
                sa.and_(_REVISION.c.initiative_id == _INITIATIVE.c.id, _REVISION.c.revision == _INITIATIVE.c.revision),
            )
            .where(fresh)
            .order_by(_INITIATIVE.c.id.desc())
            .limit(_AT_ONCE)
        )
        with self.reading() as db:
            if db.scalar(sa.select(_INITIATIVE.c.id).where(fresh).limit(1)) is None:
                return 0
        with self.writing() as db:
            rows = db.execute(query).all()
            db.execute(sa.delete(_WORD).where(_WORD.c.initiative_id.in_([row.id for row in rows])))
            found = [
                {"word": word, "initiative_id": row.id}
                for row in rows
                for word in set(words_of(Initiative.model_validate(row.content)))
            ]
            if found:
                db.execute(sa.insert(_WORD), found)
            newest = sa.update(_INITIATIVE).where(_INITIATIVE.c.id.in_([row.id for row in rows]))
            db.execute(newest.values(compared=_INITIATIVE.c.revision))
            return len(rows)

    def reported_by(self, item_ids: Iterable[int]) -> set[int]:
        """Initiatives behind which one of these items stands."""
        query = sa.select(_EVIDENCE.c.initiative_id).where(
            _EVIDENCE.c.item_id.in_(list(item_ids)), _EVIDENCE.c.removed_at.is_(None)
        )
        with self.reading() as db:
            return set(db.scalars(query))

    def spread(self, words: Iterable[int]) -> Spread:
        """How many initiatives have each of these words."""
        counted = sa.select(_WORD.c.word, sa.func.count()).where(_WORD.c.word.in_(list(words))).group_by(_WORD.c.word)
        with self.reading() as db:
            total = int(db.scalar(sa.select(sa.func.count()).select_from(_INITIATIVE)) or 0)
            return Spread(total, dict(db.execute(counted).all()))

    def with_words(self, words: Iterable[int]) -> list[tuple[int, int]]:
        """(initiative, word) for each of these words, whatever state the initiative is in."""
        query = sa.select(_WORD.c.initiative_id, _WORD.c.word).where(_WORD.c.word.in_(list(words)))
        with self.reading() as db:
            return [(row.initiative_id, row.word) for row in db.execute(query)]
