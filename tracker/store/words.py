"""What the desk has put into the word lists and taken out of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from tracker.errors import NotFound, Sentence
from tracker.model import ListedWord, Person, WordChange
from tracker.store.audit import Audit
from tracker.store.engine import add
from tracker.store.rows import ItemRow, PersonRow, WordListRow

_WORD = WordListRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_ITEM = ItemRow.__table__  # type: ignore[attr-defined]


class Told(NamedTuple):
    """What an item says, to look for words in."""

    id: int
    title: str
    text: str


class WordLists(Audit):
    def own_words(self) -> tuple[ListedWord, ...]:
        """The newest line on each word that the desk ever put in or took out, in the order in which they were written.

        Empty while the lists are as they ship.
        """
        with self.reading() as db:
            rows = db.execute(sa.select(_WORD).order_by(_WORD.c.id)).all()
        newest: dict[tuple[str, ...], ListedWord] = {}
        for row in rows:
            key = (row.language, row.group_name, row.code, row.kind, row.term)
            newest.pop(key, None)
            newest[key] = _word(row)
        return tuple(newest.values())

    def add_word(self, word: ListedWord, person: Person, now: datetime, reason: str = "") -> int:
        """Writes a line on a word, with its line in the audit; gives its number."""
        values = word.model_dump()
        with self.writing() as db:
            id = add(db, _WORD, **values, at=now, person_id=person.id, reason=reason)
            what = "word added" if word.added else "word taken out"
            self.note(person.email, what, "word list", id, None, {**values, "reason": reason})
        return id

    def word_changes(self, limit: int = 50) -> list[WordChange]:
        """What was put in and taken out, newest first."""
        query = sa.select(_WORD, _PERSON.c.name).join(_PERSON, _PERSON.c.id == _WORD.c.person_id)
        with self.reading() as db:
            return [_change(row) for row in db.execute(query.order_by(_WORD.c.id.desc()).limit(limit))]

    def word_change(self, id: int) -> WordChange:
        """One line of that history. Raises NotFound."""
        query = sa.select(_WORD, _PERSON.c.name).join(_PERSON, _PERSON.c.id == _WORD.c.person_id)
        with self.reading() as db:
            row = db.execute(query.where(_WORD.c.id == id)).one_or_none()
        if row is None:
            raise NotFound(Sentence("there is no change {id} of the word lists", id=id))
        return _change(row)

    def newest_told(self, limit: int) -> Sequence[Told]:
        """What the newest items say, newest first: all that a suggestion is made from."""
        text = _ITEM.c.summary + "\n" + _ITEM.c.text
        query = sa.select(_ITEM.c.id, _ITEM.c.title, text).order_by(_ITEM.c.id.desc()).limit(limit)
        with self.reading() as db:
            return [Told._make(row) for row in db.execute(query)]


def _word(row: Any) -> ListedWord:
    return ListedWord(**{name: getattr(row, name) for name in ListedWord.model_fields})


def _change(row: Any) -> WordChange:
    return WordChange(id=row.id, at=row.at, person=row.name, word=_word(row), reason=row.reason)
