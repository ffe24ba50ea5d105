"""Which filters may somebody keep, share and drop, and do their codes still exist?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from tracker.errors import BadInput, NotFound, Sentence
from tracker.model import InitiativeState, ItemState, Person, Role
from tracker.people import require
from tracker.store import Store
from tracker.store.filters import SavedFilter
from tracker.taxonomy import Taxonomy

PAGES = ("search", "queue", "initiatives")
LONGEST_NAME = 60  # characters

# Fields of the pages' filters that hold a code of the codebook, and its group.
_CODES = {"issue": "issues", "type": "types", "reason": "exclusion_reasons"}
_SOURCES = ("source", "source_id")
_PEOPLE = ("decided_by", "assigned_to", "coder")
_STATES = frozenset({*ItemState, *InitiativeState})


def keep(
    store: Store, person: Person, page: str, name: str, wanted: dict[str, Any], now: datetime, *, shared: bool = False
) -> int:
    """Keeps a filter under a name, in place of one's own of the same name; gives its number.

    Sharing it with the team takes an editor. Raises BadInput for a page that has none, or a name that is empty or long.
    """
    require(person, Role.ANALYST, Sentence("save a filter"))
    if shared:
        require(person, Role.EDITOR, Sentence("share a filter with the team"))
    if page not in PAGES:
        raise BadInput(
            Sentence("there are no saved filters for {page!r}; known: {known}", page=page, known=", ".join(PAGES))
        )
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(Sentence("give the filter a name of 1 to {most} characters", most=LONGEST_NAME))
    return store.keep_filter(page, name, shared, {key: value for key, value in wanted.items() if value}, person, now)


def drop(store: Store, person: Person, id: int) -> None:
    """Somebody's own filter goes, and for an editor also a shared one. Raises NotFound, NotAllowed."""
    saved = store.saved_filter(id)
    require(
        person,
        Role.ANALYST if saved.person_id == person.id else Role.EDITOR,
        Sentence("remove the filter of somebody else"),
    )
    if saved.person_id != person.id and not saved.shared:
        raise NotFound(Sentence("there is no saved filter {id} any more", id=id))
    store.drop_filter(id, person)


def usable(store: Store, taxonomy: Taxonomy, saved: SavedFilter) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of a kept filter can still be asked for; and the fields whose code, source or person is there no more."""
    asked = [saved.wanted[field] for field in _SOURCES if field in saved.wanted]
    sources = {source.source.id for source in store.watched(asked)} if asked else set()
    people = {person.id for person in store.people()}
    known: dict[str, Collection[Any]] = {
        **{field: taxonomy.codes(group) for field, group in _CODES.items()},
        **dict.fromkeys(_SOURCES, sources),
        **dict.fromkeys(_PEOPLE, people),
        "state": _STATES,
    }
    gone = {field: value for field, value in saved.wanted.items() if field in known and value not in known[field]}
    return {field: value for field, value in saved.wanted.items() if field not in gone}, gone
