"""The activity page has a sentence for everything that the tracker writes down of work."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracker
from dashboard.desk.activity import SENTENCES
from tracker.conduct import Condition
from tracker.model import InitiativeState, ModelState, Verdict
from tracker.store.news import FEED, NOT_TOLD

# What is named by a value: `source {condition}` and the like.
NAMED_BY_A_VALUE = [
    *(f"source {condition.value}" for condition in Condition),
    *(f"initiative to {state.value}" for state in (InitiativeState.DRAFT, InitiativeState.SECOND_LOOK)),
    *(state.value for state in ModelState),
    *(f"decided {verdict.value}" for verdict in Verdict),
]


def texts(node: ast.expr, function: ast.AST) -> set[str]:
    """What this expression may be, where that stands in the same function."""
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=one, orelse=other):
            return texts(one, function) | texts(other, function)
        case ast.Name(id=name):
            made = [each for each in ast.walk(function) if isinstance(each, ast.Assign)]
            return {
                text
                for each in made
                if any(isinstance(to, ast.Name) and to.id == name for to in each.targets)
                for text in texts(each.value, function)
            }
    return set()


def noted() -> Iterator[tuple[str, str]]:
    """What the tracker writes into its audit, and of which subject."""
    for path in Path(tracker.__file__).parent.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in ast.walk(function):
                if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                    continue
                if call.func.attr == "note" and len(call.args) > 2:
                    for what in texts(call.args[1], function):
                        yield what, next(iter(texts(call.args[2], function)), "")
                elif call.func.attr == "verified":  # an initiative; it is handed on to a note
                    yield str(getattr(call.args[-1], "value", "")), "initiative"


WRITTEN = sorted({what for what, subject in noted() if subject in FEED and what not in ("decided", *NOT_TOLD)})


def test_what_is_written_is_found() -> None:
    assert {"exclusion sent back", "initiative approved", "checked: still so", "coverage set"} < {*WRITTEN}


@pytest.mark.parametrize("what", [*WRITTEN, *NAMED_BY_A_VALUE])
def test_everything_that_happens_has_its_sentence(what: str) -> None:
    assert what in SENTENCES
