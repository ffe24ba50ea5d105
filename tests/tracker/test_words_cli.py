"""The command `tracker words`: the desk's own words go out as lines and come in from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.makers import a_person
from tests.tracker.test_cli import Command
from tracker.model import Role
from tracker.store import open_store

LINE = '{"language":"en","group_name":"issues","code":"hate_crime","kind":"strong","term":"brickflinging","added":true}'


@pytest.fixture
def tracker(tmp_path: Path) -> Command:
    """With an editor's and an analyst's account."""
    command = Command(tmp_path)
    store = open_store(command.url)
    store.add_person(a_person(email="ben@example.org", name="Ben", role=Role.EDITOR), "no hash", "test")
    store.add_person(a_person(), "no hash", "test")
    store.close()
    return command


def test_what_was_exported_is_imported_once_by_an_editor(tracker: Command) -> None:
    assert tracker("words", "export").stdout == ""
    file = tracker.folder / "words.jsonl"
    file.write_text(f"{LINE}\n")

    assert "may not" in tracker("words", "import", str(file), "--by", "ana@example.org", status=1).stderr
    assert tracker("words", "import", str(file), "--by", "ben@example.org").stdout.startswith("1 words changed")
    assert tracker("words", "import", str(file), "--by", "ben@example.org").stdout.startswith("0 words changed")

    assert tracker("words", "export").stdout == f"{LINE}\n"


def test_a_line_that_is_no_word_is_named_and_nothing_is_changed(tracker: Command) -> None:
    file = tracker.folder / "words.jsonl"
    file.write_text(f'{LINE}\n{{"language":"en","group_name":"issues","kind":"loud","term":"x"}}\n')

    wrong = tracker("words", "import", str(file), "--by", "ben@example.org", status=3)

    assert "words.jsonl, line 2: kind:" in wrong.stderr
    assert tracker("words", "export").stdout == ""
