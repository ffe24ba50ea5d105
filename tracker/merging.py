"""Two initiatives that are one, and one that is two: put right by a person, and taken back exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from tracker.errors import BadInitiative, Conflict, IncompleteDecision, Sentence, by_field
from tracker.model import EvidenceRole, Initiative, Person, Record, Role
from tracker.people import require
from tracker.store import Store
from tracker.store.acts import Act, Did
from tracker.taxonomy import Taxonomy


class Take(StrEnum):
    """What the merged one says in a field."""

    KEPT = "kept"
    OTHER = "other"
    BOTH = "both"  # of lists: the kept one's first


_NOTHING: tuple[Any, ...] = (None, "", (), "unknown")


def differing(kept: Initiative, other: Initiative) -> list[str]:
    """Fields in which the other one says something, and something else. Wordings by language: wording_fr."""
    languages = [
        f"wording_{language}"
        for language, wording in other.wordings.items()
        if (wording.title or wording.summary) and wording != kept.wordings.get(language)
    ]
    names = [name for name in Initiative.model_fields if name not in ("wordings", "contact")]
    fields = [
        name for name in names if getattr(other, name) not in _NOTHING and getattr(other, name) != getattr(kept, name)
    ]
    contact = ["contact"] if other.contact.given and other.contact != kept.contact else []
    return [*languages, *fields, *contact]


def may_take(kept: Initiative, field: str) -> tuple[Take, ...]:
    """The choices of a field, the usual one first: unions of lists, what there is where the kept one says nothing."""
    if isinstance(getattr(kept, field, None), tuple):
        return (Take.BOTH, Take.KEPT, Take.OTHER)
    if field.startswith("wording_"):
        silent = field.removeprefix("wording_") not in kept.wordings
    else:
        silent = not kept.contact.given if field == "contact" else getattr(kept, field) in _NOTHING
    return (Take.OTHER, Take.KEPT) if silent else (Take.KEPT, Take.OTHER)


def united(kept: Initiative, other: Initiative, chosen: Mapping[str, Take]) -> Initiative:
    """What the kept one says after the merge; fields that were not chosen take the usual choice."""
    changes: dict[str, Any] = {}
    wordings = dict(kept.wordings)
    for field in differing(kept, other):
        take = chosen.get(field) or may_take(kept, field)[0]
        if take is Take.KEPT:
            continue
        if field.startswith("wording_"):
            language = field.removeprefix("wording_")
            wordings[language] = other.wordings[language]
        elif take is Take.BOTH:
            ours = getattr(kept, field)
            changes[field] = (*ours, *(one for one in getattr(other, field) if one not in ours))
        else:
            changes[field] = getattr(other, field)
    return kept.but(**changes, wordings=wordings)


def merge(
    store: Store,
    taxonomy: Taxonomy,
    person: Person,
    kept: Record,
    other: Record,
    chosen: Mapping[str, Take],
    reason: str,
    now: datetime,
) -> Act:
    """The other one is merged into the kept one, by an editor: evidence moves, its number leads there for ever.

    The kept one is a draft then, with what was taken from the other; until somebody else approves it the public sees
    what it saw. Raises Conflict when either has moved on since it was read.
    """
    require(person, Role.EDITOR, Sentence("merge initiatives"))
    if kept.id == other.id:
        raise IncompleteDecision(
            Sentence("initiative {id} cannot be merged into itself; choose another one", id=kept.id)
        )
    if not reason.strip():
        raise IncompleteDecision(Sentence("say why the two are one, for the history"))
    content = united(kept.initiative, other.initiative, chosen)
    if unknown := taxonomy.unknown(content):
        raise BadInitiative(by_field(unknown))
    return store.merge_initiatives(
        (kept.id, kept.revision), (other.id, other.revision), content, person, now, taxonomy.version, reason.strip()
    )


def attach_instead(
    store: Store, taxonomy: Taxonomy, person: Person, draft: Record, other_id: int, role: EvidenceRole, now: datetime
) -> Act:
    """The items of a draft stand behind another initiative instead, in this role, and the draft is given up.

    Nothing of what the draft says is taken; for whoever drafted it, or an editor. Raises Conflict when it was public.
    """
    require(person, Role.ANALYST, Sentence("attach evidence to another initiative"))
    if draft.drafted_by != person.id:
        require(person, Role.EDITOR, Sentence("give up the draft of somebody else"))
    if draft.first_public_at is not None:
        raise Conflict(
            Sentence("initiative {id} was public: merge the two instead", id=draft.id), what=draft.state.value
        )
    if draft.id == other_id:
        raise IncompleteDecision(
            Sentence("initiative {id} cannot be attached to itself; choose another one", id=draft.id)
        )
    with store.writing():
        other = store.record(other_id)
        return store.merge_initiatives(
            (other.id, other.revision), (draft.id, draft.revision), None, person, now, taxonomy.version,
            f"draft {draft.id} tells of it", role,
        )  # fmt: skip


def split(
    store: Store,
    taxonomy: Taxonomy,
    person: Person,
    record: Record,
    item_ids: Sequence[int],
    reason: str,
    now: datetime,
    *,
    keep: bool = False,
) -> Record:
    """A new draft with a copy of the content and the chosen items, related to this one.

    With `keep` the items stand behind both: one item may tell of two. Raises IncompleteDecision when nothing was
    chosen, or nothing would be left.
    """
    require(person, Role.ANALYST, Sentence("split an initiative"))
    there = {one.item.id for one in store.evidence(record.id)}
    chosen = [id for id in item_ids if id in there]
    if not chosen:
        raise IncompleteDecision(Sentence("choose the evidence of the new initiative"))
    if not keep and len(chosen) == len(there):
        raise IncompleteDecision(Sentence("leave some evidence behind this initiative, or keep it behind both"))
    act = store.split_initiative(
        record.id, record.revision, chosen, person, now, taxonomy.version,
        reason.strip() or f"split from {record.id}", keep=keep,
    )  # fmt: skip
    return store.record(act.other_id or 0)


def undo(store: Store, person: Person, act_id: int, now: datetime, reason: str = "") -> Act:
    """Both initiatives stand as before the merge or the split, also where the merge was approved and is public.

    By whoever did it, or an editor. Raises Conflict when something was built on it.
    """
    act = store.act(act_id)
    if act.what not in (Did.MERGED, Did.SPLIT):
        raise Conflict(Sentence("act {id} is no merge and no split", id=act_id), what=act.what.value)
    if act.person_id != person.id:
        require(person, Role.EDITOR, Sentence("take back what somebody else did"))
    require(person, Role.ANALYST, Sentence("take something back"))
    return store.take_back(act_id, person, now, reason.strip() or "taken back")
