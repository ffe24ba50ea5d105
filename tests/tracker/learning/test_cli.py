import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.tracker.learning.made import items
from tracker import vectors
from tracker.cli import build
from tracker.errors import BadInput, WrongUse


@pytest.fixture(autouse=True)
def _without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "available", lambda: False)


def rank(*args: object) -> Result:
    result = CliRunner().invoke(build(), ["rank", *map(str, args)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def written(file: Path, first: int, last: int, *, relevant: bool = True) -> Path:
    texts, wanted = items(last)
    with file.open("w", encoding="utf-8") as lines:
        for number in range(first, last):
            title, text = texts[number].split("\n")
            row: dict[str, object] = {"id": number, "title": title, "text": text}
            lines.write(json.dumps(row | ({"relevant": wanted[number]} if relevant else {})) + "\n")
    return file


def test_the_pool_comes_best_first(tmp_path: Path) -> None:
    decided, pool = written(tmp_path / "d", 0, 40), written(tmp_path / "p", 40, 80, relevant=False)

    result = rank("--decisions", decided, "--pool", pool)

    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert {row["id"] for row in found[:10]} == set(range(40, 80, 4))
    assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)
    assert result.stderr.count("semantic") == 1


def test_a_replay_shows_every_item_once_and_says_where_one_could_stop(tmp_path: Path) -> None:
    result = rank("--simulate", written(tmp_path / "p", 0, 60))

    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert sorted(row["id"] for row in found) == list(range(60))
    assert "100% read (60): recall 1.000" in result.stderr
    assert "95 % found" in result.stderr


def test_a_decision_without_its_answer_is_named_by_file_and_line(tmp_path: Path) -> None:
    pool = written(tmp_path / "p", 0, 3, relevant=False)

    with pytest.raises(BadInput, match=r'p, line 1: "relevant" should be true or false'):
        rank("--decisions", pool, "--pool", pool)


def test_a_pool_without_decisions_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="--decisions"):
        rank("--pool", written(tmp_path / "p", 0, 3))
