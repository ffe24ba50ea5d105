"""Filters with a name, each person's own and the team's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tracker.errors import NotFound, Sentence
from tracker.model import Person, Time, Value
from tracker.store.audit import Audit
from tracker.store.engine import upsert
from tracker.store.rows import PersonRow, SavedFilterRow

_SAVED = SavedFilterRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]


class SavedFilter(Value):
    """A filter that somebody has kept: for which page, under which name, and whether the team sees it."""

    id: int = 0
    person_id: int
    by: str = ""  # name
    page: str  # search | queue | initiatives
    name: str
    shared: bool = False
    wanted: dict[str, Any]  # fields of the page's filter
    saved_at: Time


class SavedFilters(Audit):
    def keep_filter(self, page: str, name: str, shared: bool, wanted: dict[str, Any], by: Person, now: datetime) -> int:
        """Keeps the filter, in place of this person's one of the same name; gives its number."""
        values = {"shared": shared, "wanted": wanted, "saved_at": now}
        key = {"person_id": by.id, "page": page, "name": name}
        with self.writing() as db:
            statement = upsert(db, _SAVED).values(**key, **values)
            kept = statement.on_conflict_do_update(index_elements=list(key), set_=values).returning(_SAVED.c.id)
            id = int(db.execute(kept).scalar_one())
            self.note(by.email, "filter kept", "filter", id, None, {"page": page, "name": name, "shared": shared})
        return id

    def drop_filter(self, id: int, by: Person) -> None:
        with self.writing() as db:
            before = self.saved_filter(id)
            db.execute(sa.delete(_SAVED).where(_SAVED.c.id == id))
            told = {"page": before.page, "name": before.name, "shared": before.shared}
            self.note(by.email, "filter dropped", "filter", id, told, None)

    def saved_filters(self, page: str, person_id: int) -> list[SavedFilter]:
        """This person's filters of a page and the team's, by name."""
        query = _all().where(_SAVED.c.page == page, sa.or_(_SAVED.c.person_id == person_id, _SAVED.c.shared))
        with self.reading() as db:
            found = [_saved(row) for row in db.execute(query)]
        return sorted(found, key=lambda one: (one.name.casefold(), one.id))

    def saved_filter(self, id: int) -> SavedFilter:
        """Raises NotFound."""
        with self.reading() as db:
            row = db.execute(_all().where(_SAVED.c.id == id)).one_or_none()
        if row is None:
            raise NotFound(Sentence("there is no saved filter {id} any more", id=id))
        return _saved(row)


def _all() -> sa.Select[Any]:
    return sa.select(_SAVED, _PERSON.c.name.label("by")).join(_PERSON, _PERSON.c.id == _SAVED.c.person_id)


def _saved(row: Any) -> SavedFilter:
    return SavedFilter.model_validate({name: getattr(row, name) for name in SavedFilter.model_fields})
