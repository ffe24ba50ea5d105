"""Who may give whom something to look after? Everybody to everybody; it is a request, and locks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from tracker.errors import BadInput
from tracker.model import Person, Role
from tracker.people import require
from tracker.store import Store

LONGEST_NOTE = 500  # characters


def assign(
    store: Store,
    person: Person,
    kind: str,
    ids: Sequence[int],
    to_id: int,
    now: datetime,
    *,
    due_on: date | None = None,
    note: str = "",
) -> int:
    """Gives these items or initiatives to one person; how many.

    Raises BadInput when the person's account is switched off, the day has passed or the note is too long, and NotFound
    for a person, an item or an initiative that does not exist.
    """
    require(person, Role.ANALYST, "assign")
    to = store.person(to_id)
    if not to.active:
        raise BadInput(f"the account of {to.name} is switched off; choose somebody else")
    if due_on is not None and due_on < now.date():
        raise BadInput(f"{due_on} has passed; choose a day from today on")
    if len(note) > LONGEST_NOTE:
        raise BadInput(f"the note has {len(note)} characters; {LONGEST_NOTE} are enough")
    wanted = list(dict.fromkeys(ids))
    store.assign(kind, wanted, to, person, now, due_on, " ".join(note.split()))
    return len(wanted)


def unassign(store: Store, person: Person, kind: str, ids: Sequence[int]) -> int:
    """Nobody is to look after these any more; how many had somebody."""
    require(person, Role.ANALYST, "take an assignment back")
    return store.unassign(kind, list(dict.fromkeys(ids)), person)
