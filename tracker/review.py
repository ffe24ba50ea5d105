"""The desk: what waits for an analyst, what the analyst decides, and how a decision becomes a coded initiative."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tracker import places, similarity
from tracker.errors import BadInitiative, Conflict, IncompleteDecision, NotFound, Sentence, by_field
from tracker.model import (
    Decision,
    Drawn,
    EvidenceRole,
    Initiative,
    InitiativeState,
    Item,
    ItemState,
    Likeness,
    Origin,
    Person,
    Record,
    Role,
    Verdict,
    Waiting,
    Wording,
    lacking,
)
from tracker.people import require
from tracker.store import Store
from tracker.store.drafting import WorkingCopy
from tracker.store.items import QueueFilter
from tracker.taxonomy import Taxonomy

CLAIM_LASTS = timedelta(minutes=10)
AUDITED = 0.1  # share of the items of a session that are drawn by chance

_OPEN = (ItemState.WAITING, ItemState.HELD)
_STATE_AFTER = {
    Verdict.INCLUDE: ItemState.INCLUDED,
    Verdict.EVIDENCE: ItemState.INCLUDED,
    Verdict.EXCLUDE: ItemState.EXCLUDED,
    Verdict.HOLD: ItemState.HELD,
}


# ------------------------------------------------------------------------------------------------------------ triage


def open_item(store: Store, person: Person, item_id: int, now: datetime, drawn_by: Drawn = Drawn.SEARCH) -> Waiting:
    """The item, claimed for this person for ten minutes. Raises Conflict, with the name, when somebody has it open.

    What somebody opens by hand is drawn by search; what they have open already stays drawn as it was.
    """
    require(person, Role.ANALYST, Sentence("open an item"))
    store.claim(item_id, person.id, now, now + CLAIM_LASTS, drawn_by)
    return store.item(item_id, now)


def lease(
    store: Store,
    person: Person,
    wanted: QueueFilter,
    held: Sequence[int],
    number: int,
    now: datetime,
    chance: Callable[[], float] = random.random,
) -> list[int]:
    """The items of a desk: those of `held` that this person still has open, then the next ones, up to `number`.

    They are claimed: no two people get the same one. The next ones are the best ones; but one in ten is any one, to
    measure what the order and the suggestions miss. `chance` gives a number from 0 to 1. Under filters that look at
    what the machine said, they are always the best ones.
    """
    require(person, Role.ANALYST, Sentence("open an item"))
    until = now + CLAIM_LASTS
    with store.writing():
        kept = store.renew(held, person.id, until)
        missing = max(0, number - len(kept))
        by_chance = [_leaves_chance_alone(wanted) and chance() < AUDITED for _ in range(missing)]
        drawn: dict[bool, list[int]] = {}
        for audit in (True, False):
            how_many = sum(1 for one in by_chance if one is audit)
            besides = (*kept, *drawn.get(True, ()))
            drawn_by = Drawn.AUDIT if audit else Drawn.QUEUE
            drawn[audit] = (
                store.lease(wanted, person.id, now, until, how_many, besides=besides, drawn_by=drawn_by)
                if how_many
                else []
            )
    return [*kept, *(drawn[audit].pop(0) for audit in by_chance if drawn[audit])]


def _leaves_chance_alone(wanted: QueueFilter) -> bool:
    return wanted == QueueFilter(language=wanted.language, source_id=wanted.source_id)


def decide(store: Store, taxonomy: Taxonomy, person: Person, decision: Decision) -> Decision:
    """The decision as it stands on record, after everything that follows from it was written with it.

    Include drafts an initiative from the item and links it; evidence links it to the initiative named. How the item
    was drawn is what the claim says, where this person has it open. The same key
    twice is one decision. Raises Conflict when somebody was first (the item is not at the version that was seen) or has
    the item open, and IncompleteDecision when the exclusion's reason, an issue or a suggestion does not exist.
    """
    require(person, Role.ANALYST, Sentence("decide"))
    if decision.verdict is Verdict.UNDO:
        raise IncompleteDecision("a decision is taken back with undo()")
    _known_codes(taxonomy, decision)
    with store.writing():
        if (earlier := _earlier(store, person, decision)) is not None:
            return earlier
        if name := store.open_elsewhere(decision.item_id, person.id, decision.at):
            raise Conflict(f"{name} has item {decision.item_id} open", by=name, what="claim")
        waiting = store.item(decision.item_id, decision.at)
        if waiting.item.state not in (ItemState.WAITING, ItemState.HELD, ItemState.COPY):
            raise store.who_was_first(decision.item_id)
        if waiting.item.version != decision.item_version:
            raise store.who_was_first(decision.item_id)
        if decision.suggestion_id is not None and not store.suggested(decision.suggestion_id, decision.item_id):
            raise IncompleteDecision(f"suggestion {decision.suggestion_id} was not made for item {decision.item_id}")
        if decision.verdict is Verdict.INCLUDE:
            record = store.add_initiative(
                first_draft(waiting, decision), person, decision.at, taxonomy.version, sample=waiting.item.sample
            )
            decision = decision.but(initiative_id=record.id)
        if decision.initiative_id is not None:
            role = EvidenceRole.PRIMARY if decision.verdict is Verdict.INCLUDE else EvidenceRole.CORROBORATES
            store.add_evidence(decision.initiative_id, decision.item_id, person, decision.at, role)
        decision = decision.but(
            codebook=taxonomy.version,
            drawn_by=store.drawn(decision.item_id, person.id) or decision.drawn_by,
            suggestion_id=decision.suggestion_id or waiting.suggestion_id,
        )
        return store.add_decision(decision, _STATE_AFTER[decision.verdict], person.email)


def _earlier(store: Store, person: Person, decision: Decision) -> Decision | None:
    """What has arrived with the same key before. Raises Conflict when that was another decision."""
    earlier = store.decision_by_key(decision.key)
    if earlier is None:
        return None
    if (earlier.person_id, earlier.item_id, earlier.verdict) != (person.id, decision.item_id, decision.verdict):
        raise Conflict("another decision has this key already", what="key")
    return earlier


def undo(store: Store, person: Person, decision_id: int, key: str, now: datetime) -> Decision:
    """The item waits again; both the decision and its undoing stay on record. The same key twice is one undoing.

    Only the newest decision on an item can be taken back, by whoever made it or an editor. Raises Conflict otherwise,
    or when the initiative that it made has gone further than a draft.
    """
    require(person, Role.ANALYST, Sentence("take back a decision"))
    with store.writing():
        decision = store.decision(decision_id)
        if (earlier := store.decision_by_key(key)) is not None:
            if (earlier.person_id, earlier.undoes) != (person.id, decision_id):
                raise Conflict("another decision has this key already", what="key")
            return earlier
        if decision.person_id != person.id:
            require(person, Role.EDITOR, Sentence("take back the decision of somebody else"))
        return take_back(store, person, decision, key, now)


def take_back(store: Store, person: Person, decision: Decision, key: str, now: datetime) -> Decision:
    """What `undo` does, once it is settled whose decision this person may take back. Raises Conflict as it does."""
    require(person, Role.ANALYST, Sentence("take back a decision"))
    with store.writing():
        newest = store.decisions(item_id=decision.item_id, limit=1)[0]
        if newest.id != decision.id or decision.verdict is Verdict.UNDO:
            raise Conflict(
                Sentence("decision {id} is not the newest on its item any more", id=decision.id), what="undo"
            )
        if decision.initiative_id is not None:
            record = store.record(decision.initiative_id)
            if record.merged_into is not None:
                raise store.overtaken(record)
            if decision.verdict is Verdict.INCLUDE:
                if record.approved_revision is not None or record.state is not InitiativeState.DRAFT:
                    raise Conflict(
                        Sentence(
                            "initiative {id} is not a draft any more; send it back or withdraw it first", id=record.id
                        ),
                        what=record.state.value,
                    )
                store.move_initiative(
                    record.id,
                    record.revision,
                    [InitiativeState.DRAFT],
                    InitiativeState.DROPPED,
                    person,
                    "decision undone",
                )
            store.remove_evidence(decision.initiative_id, decision.item_id, person, now)
        item = store.item(decision.item_id, now).item
        back = Decision(
            key=key,
            item_id=item.id,
            item_version=item.version,
            person_id=person.id,
            at=now,
            verdict=Verdict.UNDO,
            undoes=decision.id,
            codebook=decision.codebook,
        )
        state = ItemState.WAITING if item.copy_of is None else ItemState.COPY
        return store.add_decision(back, state, person.email)


def split(store: Store, person: Person, item_id: int, now: datetime) -> Item:
    """The item, which waits again: a person says that it tells another story, and no machine joins it again.

    Raises Conflict when it stands for itself already.
    """
    require(person, Role.ANALYST, Sentence("split a story"))
    with store.writing():
        item = store.item(item_id, now).item
        if item.copy_of is None:
            raise Conflict(Sentence("item {id} stands for itself already", id=item_id), what="split")
        store.place(item_id, None, person.email, placed_by=person.id)
        store.add_marks({item.id: similarity.marks([similarity.told(item)])[0]})
        return store.item(item_id, now).item


def join(store: Store, person: Person, item_id: int, other_id: int) -> int:
    """The item that stands for the story of both, after everything of the one story went to the other.

    A decided item stands before an undecided one, else the earlier of the two. Raises NotFound for either.
    """
    require(person, Role.ANALYST, Sentence("join two stories"))
    with store.writing():
        one, other = store.members(item_id), store.members(other_id)
        if one[0].item.id == other[0].item.id:
            return one[0].item.id
        kept, moved = sorted((one, other), key=lambda story: (story[0].item.state in _OPEN, story[0].item.id))
        stands = kept[0].item
        for member in moved:
            score = similarity.shared(similarity.told(stands), similarity.told(member.item))
            store.place(member.item.id, stands.id, person.email, kind=Likeness.JOINED, score=score, placed_by=person.id)
        return stands.id


def first_draft(waiting: Waiting, decision: Decision) -> Initiative:
    """What an initiative begins as: the source's own words, and only those codes that a person has chosen."""
    language, wording = own_words(waiting)
    return Initiative(wordings={language: wording}, issues=decision.issues, countries=decision.countries)


def own_words(waiting: Waiting) -> tuple[str, Wording]:
    """What a source itself says of an initiative, title and first sentences, with the language that it is in."""
    item = waiting.item
    language = waiting.suggestion.language if waiting.suggestion.language != "und" else item.declared_language or "und"
    return language, Wording(title=item.title[:300], summary=_beginning(item), origin=Origin.SOURCE)


def _beginning(item: Item) -> str:
    """The summary, or the first sentences of the text, up to some 500 characters."""
    text = item.summary or item.text
    if len(text) <= 500:
        return text
    cut = text[:500]
    end = max(cut.rfind(". "), cut.rfind("。"), cut.rfind("؟ "))
    return cut[: end + 1] if end > 100 else cut.rsplit(" ", 1)[0] + " …"


def _known_codes(taxonomy: Taxonomy, decision: Decision) -> None:
    if decision.verdict is Verdict.EXCLUDE and decision.reason not in taxonomy.codes("exclusion_reasons"):
        known = ", ".join(taxonomy.codes("exclusion_reasons"))
        raise IncompleteDecision(Sentence("an exclusion needs a reason of the codebook: {known}", known=known))
    for reason in decision.reasons_more:
        if reason not in taxonomy.codes("exclusion_reasons"):
            known = ", ".join(taxonomy.codes("exclusion_reasons"))
            raise IncompleteDecision(
                Sentence("there is no exclusion reason '{reason}'; known: {known}", reason=reason, known=known)
            )
    for issue in decision.issues:
        if issue not in taxonomy.codes("issues"):
            known = ", ".join(taxonomy.codes("issues"))
            raise IncompleteDecision(Sentence("there is no issue '{issue}'; known: {known}", issue=issue, known=known))


# ----------------------------------------------------------------------------------------------------------- coding


def save(
    store: Store,
    taxonomy: Taxonomy,
    person: Person,
    record_id: int,
    revision: int,
    content: Initiative,
    now: datetime,
    reason: str = "",
    suggestion_ids: Sequence[int] = (),
) -> Record:
    """The record with a new revision; what did not change makes none. What this person had typed is no draft any more.

    Saved work need not be complete, but every code, place and initiative that it names must exist (BadInitiative names
    the field). `suggestion_ids` are what stood suggested on the form. Raises Conflict when somebody saved since
    `revision` was read.
    """
    require(person, Role.ANALYST, Sentence("change an initiative"))
    if unknown := [*taxonomy.unknown(content), *places.unknown(content)]:
        raise BadInitiative(by_field(unknown))
    with store.writing():
        record = store.record(record_id)
        _links(store, record_id, record.initiative, content)
        if record.revision != revision or record.initiative != content:
            record = store.add_revision(
                record_id, revision, content, person, now, taxonomy.version, reason, suggestion_ids
            )
        store.drop_working_copy(record_id, person.id)
    return record


_ITSELF = Sentence("an initiative cannot be its own")


def _links(store: Store, record_id: int, before: Initiative, content: Initiative) -> None:
    """Raises BadInitiative where another initiative is named that there is not, or that would make a circle."""
    named = {"previous": (content.previous,) if content.previous is not None else (), "related": content.related}
    wanted = {id for ids in named.values() for id in ids}
    there = {record.id: record for record in store.records(ids=sorted(wanted), limit=len(wanted))} if wanted else {}
    wrong = [
        (field, Sentence("there is no initiative {id}", id=id) if id not in there else _ITSELF)
        for field, ids in named.items()
        for id in ids
        if id not in there or id == record_id
    ]
    if wrong:
        raise BadInitiative(by_field(wrong))
    seen, later = {record_id}, content.previous
    while later is not None and content.previous != before.previous:
        if later in seen:
            why = Sentence("initiative {id} is itself an update of this one", id=content.previous)
            raise BadInitiative(by_field([("previous", why)]))
        seen.add(later)
        later = store.record(later).initiative.previous


def keep(
    store: Store, person: Person, record_id: int, revision: int, fields: Mapping[str, Any], now: datetime
) -> WorkingCopy:
    """What this person has typed into the form so far: theirs alone, and no revision. It stays until they save.

    `revision` is what it is based on. Fields of the form that are not named stay as they were kept before.
    """
    require(person, Role.ANALYST, Sentence("change an initiative"))
    return store.keep_working_copy(record_id, person.id, revision, fields, now)


def forget(store: Store, person: Person, record_id: int) -> None:
    """Lets go of what this person has typed and not saved."""
    require(person, Role.ANALYST, Sentence("change an initiative"))
    store.drop_working_copy(record_id, person.id)


def submit(
    store: Store, person: Person, record_id: int, revision: int, languages: tuple[str, ...], now: datetime
) -> Record:
    """The draft waits for somebody else's second look. Raises BadInitiative naming every field that is missing."""
    require(person, Role.ANALYST, Sentence("send an initiative to the second look"))
    record = store.record(record_id)
    missing = lacking(record.initiative, languages, now.date())
    if missing:
        raise BadInitiative(by_field(missing))
    if not store.evidence(record_id):
        raise BadInitiative(Sentence("evidence: needs at least one item that reports it"))
    return store.move_initiative(record_id, revision, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, person)


def link(
    store: Store, person: Person, record_id: int, item_id: int, role: EvidenceRole, now: datetime, excerpt: str = ""
) -> None:
    """One more item behind an initiative. Raises NotFound for either."""
    require(person, Role.ANALYST, Sentence("add evidence"))
    if store.item(item_id, now).item.state is ItemState.COPY:
        raise NotFound(Sentence("item {id} is a copy; link the one that it copies", id=item_id))
    store.add_evidence(record_id, item_id, person, now, role, excerpt)
