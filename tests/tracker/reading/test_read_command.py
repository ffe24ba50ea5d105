"""The command `tracker read`: lines in, lines out, and a sentence for what cannot be read."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tracker.cli import build
from tracker.errors import BadInput

FIELDS = ["id", "language", "language_confidence", "countries", "issues", "initiative", "types", "terms"]
FIELDS += ["places", "bodies", "grounds", "targets", "actor_kinds"]


@pytest.fixture(scope="module")
def command() -> typer.Typer:
    return build()


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRACKER_CONFIG", raising=False)


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_each_line_is_answered_by_one_line_in_the_same_order(command: typer.Typer, tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    items = [
        {"id": "a", "title": "Kenya opens a domestic violence hotline", "text": ""},
        {"id": 2, "title": "", "text": "", "language": "fr", "country": "ca"},
        {"id": None, "title": "Mascarillas", "text": None, "language": None, "country": None},
    ]
    file.write_text("\n".join(map(json.dumps, items)) + "\n\n", encoding="utf-8")

    answer = CliRunner().invoke(command, ["read", str(file)], catch_exceptions=False)

    first, second, third = lines(answer.stdout)
    assert list(first) == FIELDS
    assert (first["id"], second["id"], third["id"]) == ("a", 2, None)
    assert first["countries"][0]["code"] == "KE"
    assert {issue["issue"]: issue["score"] for issue in first["issues"]}["domestic_violence"] >= 0.5
    assert first["types"][0]["type"] == "A1"
    assert (second["language"], second["countries"]) == ("fr", [{"code": "CA", "score": 0.5}])


def test_a_dash_reads_standard_input(command: typer.Typer) -> None:
    answer = CliRunner().invoke(command, ["read", "-"], input='{"id": 1, "title": "Racisme", "text": ""}\n')

    assert lines(answer.stdout)[0]["issues"][0]["issue"] == "hate_crime"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 1: no JSON"),
        ("[1]", "line 1: should be an object with an id"),
        ('{"title": "a"}', "line 1: should be an object with an id"),
        ('{"id": 1, "title": 5}', "line 1: title should be text"),
        ('{"id": 1, "title": "a", "country": "Canada"}', "line 1: country 'Canada' is no two-letter code"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(command: typer.Typer, tmp_path: Path, line: str, complaint: str) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text(line, encoding="utf-8")

    with pytest.raises(BadInput, match=complaint) as error:
        CliRunner().invoke(command, ["read", str(file)], catch_exceptions=False)

    assert str(file) in str(error.value)
    assert error.value.exit_status == 3


def test_a_file_that_is_not_there_is_named(command: typer.Typer) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.jsonl: cannot be read"):
        CliRunner().invoke(command, ["read", "nowhere.jsonl"], catch_exceptions=False)


def test_a_file_that_is_not_text_is_named(command: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(BadInput, match="cannot be read"):
        CliRunner().invoke(command, ["read", "items.jsonl"], catch_exceptions=False)


def test_the_help_shows_an_example(command: typer.Typer) -> None:
    assert "tracker read items.jsonl" in CliRunner().invoke(command, ["read", "--help"]).stdout
