"""The audit speaks in words: every act and every subject that the code notes has its sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import tracker
from dashboard.desk.acts import ACTS, SUBJECTS
from tracker.conduct import Condition
from tracker.model import InitiativeState, ModelState
from tracker.store.acts import Did

ROOMS = [Path(tracker.__file__).parent.parent / name for name in ("tracker", "collectors", "dashboard")]
ONWARD = (InitiativeState.DRAFT, InitiativeState.SECOND_LOOK, InitiativeState.DROPPED)
NOTED_BY_STATE = {
    *(f"taken back: {one.value}" for one in Did if one is not Did.UNDONE),
    *(f"source {one.value}" for one in Condition),
    *(f"initiative to {one.value}" for one in ONWARD),
    *(one.value for one in ModelState),
}


def noted(place: int) -> Iterator[str]:
    """The words in that place of each call of `note` that writes the audit, and those that are chosen just before."""
    for room in ROOMS:
        for path in room.rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and len(one.args) > 3]
            said = [one.args[place] for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr == "note"]
            if any(isinstance(one, ast.Name) and one.id == "what" for one in said):
                said += [one.value for one in ast.walk(tree) if isinstance(one, ast.Assign) and _is_what(one)]
            words = [word for one in said if not isinstance(one, ast.JoinedStr) for word in ast.walk(one)]
            yield from (one.value for one in words if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _is_what(assigned: ast.Assign) -> bool:
    return [one.id for one in assigned.targets if isinstance(one, ast.Name)] == ["what"]


def test_every_act_that_the_code_notes_has_a_sentence() -> None:
    said = set(noted(1)) - {""}

    assert {"signed in", "exclusion confirmed", "password removed", "split from its story"} <= said
    assert said | NOTED_BY_STATE <= set(ACTS)


def test_everything_that_is_noted_of_has_a_name() -> None:
    assert set(noted(2)) <= set(SUBJECTS)
