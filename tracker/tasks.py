"""Who may give whom something to look after? Everybody to everybody; it is a request, and locks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from tracker.errors import BadInput, Sentence
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
    require(person, Role.ANALYST, Sentence("assign"))
    to = store.person(to_id)
    if not to.active:
        raise BadInput(Sentence("the account of {name} is switched off; choose somebody else", name=to.name))
    if due_on is not None and due_on < now.date():
        raise BadInput(Sentence("{day} has passed; choose a day from today on", day=str(due_on)))
    if len(note) > LONGEST_NOTE:
        raise BadInput(
            Sentence("the note has {number} characters; {most} are enough", number=len(note), most=LONGEST_NOTE)
        )
    wanted = list(dict.fromkeys(ids))
    store.assign(kind, wanted, to, person, now, due_on, " ".join(note.split()))
    return len(wanted)


def unassign(store: Store, person: Person, kind: str, ids: Sequence[int]) -> int:
    """Nobody is to look after these any more; how many had somebody."""
    require(person, Role.ANALYST, Sentence("take an assignment back"))
    return store.unassign(kind, list(dict.fromkeys(ids)), person)
