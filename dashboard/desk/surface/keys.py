"""Which key does what in triage? Everybody can choose their own keys, or none at all."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dashboard.words import mark
from tracker.errors import BadInput
from tracker.store import Store

SETTING = "triage keys"
RESERVED = frozenset("cr")  # Streamlit's own: C empties its caches, R runs the page again

# By what they do: the key, and what it is called where keys are chosen.
ACTIONS = {
    "include": ("a", mark("New initiative")),
    "exclude": ("x", mark("Exclude, then the digit of the reason")),
    "evidence": ("e", mark("Evidence for an existing initiative, then its digit")),
    "story": ("d", mark("Same story as another item, then its digit")),
    "hold": ("s", mark("Hold for later (also the space bar)")),
    "undo": ("u", mark("Undo (also Backspace)")),
    "country": ("g", mark("To the countries")),
    "note": ("n", mark("To the note")),
    "original": ("o", mark("Open the original")),
    "next": ("j", mark("Look at the next one without deciding")),
    "previous": ("k", mark("Look at the one before")),
    "search": ("/", mark("Search")),
    "help": ("?", mark("This help")),
}


class Keys(BaseModel):
    """The keys of one person. Digits choose issues and reasons and stay so."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    on: bool = True  # off: somebody who speaks to their computer must not decide by a word
    keys: dict[str, str] = {}  # only those that differ

    def chosen(self) -> dict[str, str]:
        """The key of each act."""
        return {act: self.keys.get(act, key) for act, (key, _) in ACTIONS.items()}


def checked(raw: Any) -> Keys:
    """The keys that a browser sends. Raises BadInput, naming what is wrong."""
    try:
        keys = Keys.model_validate(raw)
    except ValidationError as problem:
        raise BadInput(f"keys: {problem.errors()[0]['msg']}") from problem
    for act, key in keys.keys.items():
        if act not in ACTIONS:
            raise BadInput(f"keys: there is no act {act[:30]!r}; known: {', '.join(ACTIONS)}")
        if len(key) != 1 or not key.isprintable() or key != key.lower() or key.isdigit() or key.isspace():
            raise BadInput(f"keys: {act} needs one letter or sign; digits and the space bar are taken")
        if key in RESERVED:
            raise BadInput(f"keys: {key.upper()} belongs to the page itself; choose another for {act}")
    chosen = list(keys.chosen().values())
    if twice := {key for key in chosen if chosen.count(key) > 1}:
        raise BadInput(f"keys: {', '.join(sorted(twice))} would do two things")
    return keys


def of(store: Store, person_id: int) -> Keys:
    """The keys of this person; the standard ones until they choose others."""
    kept = store.setting(person_id, SETTING)
    if kept is None:
        return Keys()
    try:
        return checked(kept)
    except BadInput:  # of a time when other acts were known
        return Keys(on=kept.get("on") is not False)


def keep(store: Store, person_id: int, raw: Any) -> Keys:
    """The keys, kept for this person. Raises BadInput."""
    keys = checked(raw)
    store.set_setting(person_id, SETTING, keys.model_dump())
    return keys
