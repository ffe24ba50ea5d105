"""The contract of the command: exit statuses, data on stdout, sentences on stderr, an example in every help."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from tests.makers import NOW, a_person, a_source, an_entry, entries
from tracker import cli, intake, people
from tracker.evidence import Archive
from tracker.store import open_store

PASSWORD = "four quiet brown horses"
CONFIG = "contact: us@example.org\nsources: []\n"


class Command:
    """`tracker` as a person calls it: another process, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'data' / 'tracker.db'}"
        (folder / "config.yaml").write_text(CONFIG)

    def __call__(self, *arguments: str, stdin: str = "", status: int = 0) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "tracker", *arguments],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env={**environment, "PYTHONPATH": str(Path(cli.__file__).parent.parent)},
        )
        assert done.returncode == status, done.stderr
        return done


@pytest.fixture
def tracker(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def waiting(tracker: Command) -> Command:
    """With three waiting items and Ana's account."""
    store = open_store(tracker.url)
    store.register([a_source()])
    intake.take_in(store, a_source(), entries(3), NOW)
    people.add(store, a_person(), PASSWORD, "test")
    store.close()
    return tracker


def commands() -> Iterator[tuple[str, typer.core.TyperCommand]]:
    def walk(name: str, command: object) -> Iterator[tuple[str, typer.core.TyperCommand]]:
        if isinstance(command, typer.core.TyperGroup):
            for part, inner in command.commands.items():
                yield from walk(f"{name} {part}", inner)
        elif isinstance(command, typer.core.TyperCommand):
            yield name, command

    yield from walk("tracker", get_command(cli.build()))


@pytest.mark.parametrize(("name", "command"), [pytest.param(*pair, id=pair[0]) for pair in commands()])
def test_every_command_has_help_with_an_example(name: str, command: typer.core.TyperCommand) -> None:
    assert f"Example: {name}" in (command.help or "")


def test_the_command_line_loads_nothing_heavy() -> None:
    heavy = [
        "scrapy",
        "twisted",
        "streamlit",
        "pandas",
        "sqlalchemy",
        "sqlmodel",
        "trafilatura",
        "feedparser",
        "alembic",
        "lxml",
        "babel",
        "argon2",
    ]
    code = (
        f"import sys; from tracker import cli; cli.build(); print([name for name in {heavy!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_the_queue_is_counted_by_state_language_issue_and_age(waiting: Command) -> None:
    counted = json.loads(waiting("queue", "--json").stdout)

    assert counted["state"] == {"waiting": 3}
    assert counted["language"] == {"en": 3}
    assert counted["age"]["older"] == 3


def test_a_decision_from_a_script_is_audited_as_such(waiting: Command) -> None:
    made = waiting(
        *[
            "decide",
            "1",
            "--by",
            "ana@example.org",
            "--verdict",
            "exclude",
            "--reason",
            "problem_only",
            "--version",
            "1",
            "--json",
        ]
    )

    assert json.loads(made.stdout)["note"] == "by script"


def test_an_exclusion_from_a_script_may_have_two_reasons(waiting: Command) -> None:
    reasons = ["--reason", "opinion", "--reason", "not_covid", "--reason", "opinion"]
    made = waiting(
        "decide", "1", "--by", "ana@example.org", "--verdict", "exclude", "--version", "1", "--json", *reasons
    )

    assert (json.loads(made.stdout)["reason"], json.loads(made.stdout)["reasons_more"]) == ("opinion", ["not_covid"])


def test_who_comes_second_is_told_who_was_first_with_status_4(waiting: Command) -> None:
    decide = ["decide", "1", "--by", "ana@example.org", "--verdict", "hold", "--version", "1"]
    waiting(*decide)

    late = waiting(*decide, status=4)

    assert late.stderr == "tracker: item 1: Ana was first (hold)\n"
    assert late.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ("decide 1 --by ana@example.org --verdict maybe --version 1", 2, "include, exclude or hold"),
        ("decide 1 --by ana@example.org --verdict exclude --version 1", 2, "exclude needs --reason"),
        ("decide 99 --by ana@example.org --verdict hold --version 1", 1, "there is no item 99"),
        ("decide 1 --by nobody@example.org --verdict hold --version 1", 1, "tracker people list"),
        ("people add not-an-address --name X", 2, "email"),
        ("--config nowhere.yaml queue", 3, "there is no such file"),
        ("nonsense", 2, "No such command"),
    ],
)
def test_wrong_use_and_bad_input_end_with_a_sentence_and_their_status(
    waiting: Command, arguments: str, status: int, said: str
) -> None:
    done = waiting(*arguments.split(), status=status)

    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_mistakes_in_the_configuration_are_told_with_file_line_and_entry(tracker: Command) -> None:
    (tracker.folder / "config.yaml").write_text("contct: us@example.org\nsources:\n  - {id: x}\n")

    said = tracker("check", status=1).stdout

    assert "config.yaml, line 1, contct: there is no such setting. Did you mean contact?" in said
    assert "line 3" in said


def test_a_source_with_an_issue_that_the_taxonomy_lacks_is_named(tracker: Command) -> None:
    source = "{id: a-b, name: A, kind: feed, url: 'https://example.org/x', issues: [trafficking]}"
    (tracker.folder / "config.yaml").write_text(f"sources:\n  - {source}\n")

    said = tracker("queue", status=3).stderr

    assert "source a-b: there is no issue 'trafficking'" in said


def test_accounts_are_made_listed_and_switched_off(tracker: Command) -> None:
    tracker("people", "add", "ana@example.org", "--name", "Ana", "--role", "editor", stdin=f"{PASSWORD}\n")
    tracker("people", "disable", "ana@example.org")

    [ana] = json.loads(tracker("people", "list", "--json").stdout)

    assert (ana["role"], ana["active"]) == ("editor", False)


def test_the_glass_is_broken_for_somebody_with_an_account_and_for_nobody_else(tracker: Command) -> None:
    tracker("people", "add", "ana@example.org", "--name", "Ana", "--role", "admin", stdin=f"{PASSWORD}\n")

    printed = tracker("people", "break-glass", "ana@example.org")

    assert re.fullmatch(r"/welcome/[\w-]{40,}\n", printed.stdout)
    assert "address of the desk" in printed.stderr
    assert "nobody has the address" in tracker("people", "break-glass", "ben@example.org", status=1).stderr


def test_a_weak_password_makes_no_account(tracker: Command) -> None:
    said = tracker("people", "add", "ana@example.org", "--name", "Ana", stdin="short\n", status=3).stderr

    assert "12 characters or more" in said
    assert json.loads(tracker("people", "list", "--json").stdout) == []


def test_a_backup_can_be_restored(waiting: Command) -> None:
    waiting("db", "backup", "copy.db")
    waiting(*["decide", "1", "--by", "ana@example.org", "--verdict", "hold", "--version", "1"])

    waiting("db", "restore", "copy.db", "--yes")

    assert json.loads(waiting("queue", "--json").stdout)["state"] == {"waiting": 3}


def test_the_search_index_can_be_made_anew(waiting: Command) -> None:
    assert waiting("db", "reindex").stdout == "3 items and initiatives can be found\n"


def test_a_folder_that_cannot_be_written_is_a_sentence(tracker: Command) -> None:
    (tracker.folder / "data").write_text("a file where the folder should be")

    said = tracker("queue", status=1).stderr

    assert "cannot be" in said
    assert "TRACKER_DATA" in said


def test_check_says_what_to_do_about_each_thing(waiting: Command) -> None:
    found = {finding["what"]: finding for finding in json.loads(waiting("check", "--json", status=1).stdout)}

    assert found["database"]["well"]
    assert "a second look needs two" in found["people"]["says"]


def test_the_evidence_of_an_item_is_found_to_the_byte_and_a_damaged_copy_is_said_to_be_lost(tracker: Command) -> None:
    archive = Archive(str(tracker.folder / "data" / "evidence"))
    digest = archive.keep("https://families.example.org/news.xml", 200, "text/xml", b"<rss>the feed</rss>", NOW)
    store = open_store(tracker.url)
    store.register([a_source()])
    intake.take_in(
        store, a_source(), [an_entry(copy_digest=digest, copy_url="https://families.example.org/news.xml")], NOW
    )
    store.close()

    assert tracker("evidence", "1", "--body").stdout == "<rss>the feed</rss>"
    [whole] = json.loads(tracker("evidence", "1", "--json").stdout)
    Path(tracker.folder / "data" / "evidence" / archive.path(digest)).write_bytes(b"something else")
    [lost] = json.loads(tracker("evidence", "1", "--json").stdout)

    assert (whole["whole"], whole["digest"], whole["bytes"]) == (True, digest, 19)
    assert lost["whole"] is False
