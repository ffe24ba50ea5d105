"""The rules of `tracker digest`: texts on stdout, files where they are asked for, a sentence where it cannot."""

from __future__ import annotations

import json

import pytest

from tests.dashboard.conftest import fill
from tests.tracker.test_cli import Command
from tracker.store import open_store


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Command:
    command = Command(tmp_path_factory.mktemp("digest"))
    store = open_store(command.url)
    fill(store)
    store.close()
    return command


def test_the_texts_of_a_week_are_said_ready_to_post(tracker: Command) -> None:
    said = tracker("digest", "--week", "2020-W19", "--language", "fr").stdout

    assert said.startswith("31 initiatives contre la violence et la haine pendant la COVID-19 ont été ajoutées")
    assert "/digest/2020-W19?lang=fr" in said


def test_the_week_is_told_to_programmes_in_every_language(tracker: Command) -> None:
    told = json.loads(tracker("digest", "--week", "2020-W19", "--json").stdout)

    assert (told["week"], len(told["added"]), list(told["texts"])) == ("2020-W19", 31, ["en", "fr", "es"])
    assert all(len(texts["short"]) <= 280 and len(texts["long"]) <= 500 for texts in told["texts"].values())


def test_files_are_written_where_they_are_asked_for(tracker: Command) -> None:
    paths = tracker("digest", "--week", "2020-W19", "--language", "en", "--out", "posts/new").stdout.split()

    assert [path.split("/")[-1] for path in paths] == [
        "2020-W19.json",
        "2020-W19-en.txt",
        "2020-W19-en-issues.svg",
        "2020-W19-en-issues.png",
        "2020-W19-en-countries.svg",
        "2020-W19-en-countries.png",
    ]
    assert (tracker.folder / paths[3]).read_bytes().startswith(b"\x89PNG")


def test_without_a_week_it_is_the_last_one_that_is_over(tracker: Command) -> None:
    assert "Nothing new in the tracker this week." in tracker("digest", "--language", "en").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--week", "spring"], "is no week such as 2020-W18"), (["--language", "de"], "--language is one of en, fr, es")],
)
def test_wrong_use_is_a_sentence(tracker: Command, arguments: list[str], says: str) -> None:
    assert says in tracker("digest", *arguments, status=2).stderr
