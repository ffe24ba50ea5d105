"""Who codes a decided item a second time, who settles what two people see differently, and what follows from it.

Which items are coded twice is drawn when they arrive (`item.second_lot`, one in ten, from the system's chance): before
anybody has read them, so that nobody's choice of what to decide, nor taking a decision back and making it again, can
bring an item in or keep it out. The number is not shown anywhere.

The second person sees the item as it was: the text of then and the suggestion that the first one was shown, since
otherwise a difference might be one of what was on the screen. They see neither the decision nor whose it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from tracker import review
from tracker.agreement import disagreements
from tracker.errors import Conflict, IncompleteDecision, NotAllowed, Sentence, by_field
from tracker.model import Decision, Drawn, Person, Role
from tracker.people import require
from tracker.review import CLAIM_LASTS
from tracker.store import Store
from tracker.store.second_coding import AsItWas, Coding, Twice
from tracker.taxonomy import Taxonomy


def open_next(store: Store, person: Person, now: datetime) -> AsItWas | None:
    """The next drawn item that this person may code, claimed for ten minutes; None when there is none.

    What they have open already comes back first. Nobody is given an item whose decision they know: their own, or one
    that they coded or approved as an initiative.
    """
    require(person, Role.ANALYST, Sentence("code a second time"))
    for item_id in store.drawn_for(person.id, now, limit=20):
        try:
            store.claim(item_id, person.id, now, now + CLAIM_LASTS, Drawn.SEARCH)
        except Conflict:  # somebody was quicker by a moment
            continue
        return store.as_it_was(item_id)
    return None


def code(
    store: Store, taxonomy: Taxonomy, person: Person, item_id: int, decision_id: int, coding: Coding, now: datetime
) -> int:
    """Keeps what a second person says, once; gives its number. The item stays as it is, whatever they say.

    Raises IncompleteDecision for codes that do not exist, and Conflict when the item was decided anew since it was
    opened, when somebody was first, and for whoever knows the first decision.
    """
    require(person, Role.ANALYST, Sentence("code a second time"))
    _known(taxonomy, coding)
    return store.add_second_coding(item_id, decision_id, coding, person, now, taxonomy.version)


def to_settle(coded: Iterable[Twice], person: Person) -> list[Twice]:
    """Of what two people see differently, what nobody has settled and this person may: they are neither of the two."""
    return [
        one for one in disagreements(coded) if one.ruling is None and person.id not in (one.first_by, one.second_by)
    ]


def settle(
    store: Store, taxonomy: Taxonomy, person: Person, coding_id: int, coding: Coding, why: str, now: datetime
) -> Twice:
    """Keeps what an editor finds, with the reason, beside the two codings; gives all three.

    Where it turns the decision over that stands on the item, that is taken back and the item is decided again, by
    the editor, as at any other desk: both stay in the item's history. Raises NotAllowed for one of the two,
    IncompleteDecision without a reason, and Conflict when somebody was first, or when the initiative that the decision
    made has gone further than a draft.
    """
    require(person, Role.EDITOR, Sentence("settle what two people see differently"))
    _known(taxonomy, coding)
    if not why.strip():
        raise IncompleteDecision(Sentence("why: say what decides it, so that the next one like it is coded alike"))
    with store.writing():
        twice = store.coded_twice(coding_id)
        if person.id in (twice.first_by, twice.second_by):
            raise NotAllowed(
                Sentence(
                    "{name} has coded item {id}: settling it is for somebody else", name=person.name, id=twice.item_id
                )
            )
        newest = store.decisions(item_id=twice.item_id, limit=1)[0]
        overturned = newest.id == twice.decision_id and coding.verdict is not twice.first.verdict
        store.add_ruling(twice, coding, person, now, why.strip(), taxonomy.version, overturned=overturned)
        if overturned:
            _decide_again(store, taxonomy, person, twice, coding, why.strip(), now)
    return store.coded_twice(coding_id)


def _decide_again(
    store: Store, taxonomy: Taxonomy, person: Person, twice: Twice, coding: Coding, why: str, now: datetime
) -> None:
    review.undo(store, person, twice.decision_id, f"settled-{twice.id}-undo", now)
    decision = Decision(
        key=f"settled-{twice.id}-{uuid.uuid4()}",
        item_id=twice.item_id,
        item_version=store.item(twice.item_id, now).item.version,
        person_id=person.id,
        at=now,
        verdict=coding.verdict,
        reason=coding.reason,
        note=why,
        issues=coding.issues,
        countries=coding.countries,
        drawn_by=Drawn.SEARCH,
    )
    review.decide(store, taxonomy, person, decision)


def _known(taxonomy: Taxonomy, coding: Coding) -> None:
    groups = (
        ("reason", "exclusion_reasons", [coding.reason] if coding.reason else []),
        ("issues", "issues", coding.issues),
        ("type", "types", [coding.type] if coding.type else []),
    )
    for field, group, codes in groups:
        for code in codes:
            if code not in taxonomy.codes(group):
                none = Sentence(
                    "'{code}' is none of the {group}: {known}",
                    code=code,
                    group=group.replace("_", " "),
                    known=", ".join(taxonomy.codes(group)),
                )
                raise IncompleteDecision(by_field([(field, none)]))
