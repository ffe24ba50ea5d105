"""The command `tracker similar`: lines in, pairs of one story out, in other words and other languages."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.tracker.test_similarity import OTHER, SAME, STORY
from tests.tracker.test_translation import ENGLISH, FRENCH, OTHER_TOWN
from tracker.cli import build
from tracker.errors import BadInput
from tracker.similarity import Told


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRACKER_CONFIG", raising=False)


def pairs(*texts: Told) -> list[tuple[int, int, float]]:
    lines = [json.dumps({"id": id, "title": told.title, "text": told.text}) for id, told in enumerate(texts)]
    answer = CliRunner().invoke(build(), ["similar", "-"], input="\n".join(lines), catch_exceptions=False)
    found = [json.loads(line) for line in answer.stdout.splitlines()]
    assert all(list(one) == ["a", "b", "similarity"] for one in found)
    return [tuple(one.values()) for one in found]


def test_all_who_tell_one_story_are_paired_and_another_story_with_none() -> None:
    found = pairs(STORY, SAME["under a new headline"], OTHER["of another place"], STORY)

    assert {(a, b) for a, b, _ in found} == {(0, 1), (0, 3), (1, 3)}
    assert all(0.7 <= score <= 1 for *_, score in found)


def test_a_translation_is_paired_and_the_same_measure_of_another_town_is_not() -> None:
    [(a, b, score)] = pairs(ENGLISH, FRENCH, OTHER_TOWN)

    assert (a, b) == (0, 1)
    assert score > 0.7


def test_no_lines_make_no_pairs() -> None:
    assert pairs() == []


def test_a_line_that_is_not_as_it_should_be_is_named(tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text('{"id": 1, "title": "A", "text": "B"}\n{"id": 2, "title": 3}\n', encoding="utf-8")

    with pytest.raises(BadInput, match=r"items\.jsonl, line 2: title should be text"):
        CliRunner().invoke(build(), ["similar", str(file)], catch_exceptions=False)
