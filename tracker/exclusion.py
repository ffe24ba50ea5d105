"""Which exclusions are enough from one person, and what happens to the others?

One person alone misses some 13 % of what belongs in; with two obvious reasons only 1.2 % (triage.md §4.2). So an
exclusion by one person stands when it has two reasons, or one that the codebook calls safe. Any other is looked at by
somebody else, who lets it stand or puts the item back into the queue. Of the items that are drawn for a blind second
coding, that coding is the second look.
"""

from __future__ import annotations

from datetime import datetime

from tracker import review
from tracker.errors import Conflict, NotAllowed, Sentence
from tracker.model import Decision, Drawn, Person, Role, Verdict
from tracker.people import require
from tracker.review import CLAIM_LASTS
from tracker.store import Store
from tracker.taxonomy import Taxonomy


def open_next(store: Store, taxonomy: Taxonomy, person: Person, now: datetime) -> Decision | None:
    """The next exclusion by somebody else alone, its item claimed for ten minutes; None when there is none."""
    require(person, Role.ANALYST, Sentence("look at an exclusion"))
    for decision in store.excluded_by_one(taxonomy.safe_reasons, person.id, now, limit=20):
        try:
            store.claim(decision.item_id, person.id, now, now + CLAIM_LASTS, Drawn.SEARCH)
        except Conflict:  # somebody was quicker by a moment
            continue
        return decision
    return None


def look(store: Store, person: Person, decision_id: int, now: datetime, *, stands: bool) -> None:
    """Lets an exclusion stand, or puts its item back into the queue for anybody to decide.

    Raises NotAllowed for whoever excluded it, and Conflict when it is not the newest decision any more or somebody
    has looked.
    """
    require(person, Role.ANALYST, Sentence("look at an exclusion"))
    with store.writing():
        decision = store.decision(decision_id)
        if decision.person_id == person.id:
            raise NotAllowed(
                Sentence(
                    "{name} has excluded item {id}: the second look is for somebody else",
                    name=person.name,
                    id=decision.item_id,
                )
            )
        newest = store.decisions(item_id=decision.item_id, limit=1)[0]
        if newest.id != decision.id or decision.verdict is not Verdict.EXCLUDE:
            raise Conflict(
                Sentence("item {id} was decided anew; there is nothing to look at", id=decision.item_id),
                what="decided",
            )
        store.add_look(decision, person, now, stands=stands)
        if not stands:
            review.take_back(store, person, decision, f"sent-back-{decision.id}", now)
