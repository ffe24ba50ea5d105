"""The commands about learning: what they print, and that a service stops in order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.makers import NOW, a_person, a_source
from tests.tracker.teaching import arrive, decide, mixed
from tests.tracker.test_cli import Command
from tests.waiting import PATIENCE
from tracker import cli, learn_cli
from tracker.model import Drawn, Role
from tracker.store import open_store


@pytest.fixture
def decided(tmp_path: Path) -> Command:
    """With forty items, twenty of them decided by chance, and an editor's account."""
    tracker = Command(tmp_path)
    store = open_store(tracker.url)
    store.register([a_source()])
    ben = store.add_person(a_person(email="ben@example.org", name="Ben", role=Role.EDITOR), "no hash", "test")
    wanted = mixed(40)
    items = arrive(store, a_source(), wanted, NOW)
    decide(store, ben, items[:20], wanted[:20], NOW, drawn_by=Drawn.AUDIT)
    store.close()
    return tracker


def test_what_was_learnt_by_hand_is_listed_compared_and_rolled_back(decided: Command) -> None:
    learnt = decided("learn", "--once")

    assert "model 1 in_service" in learnt.stdout
    assert learnt.stderr.endswith("model 1 is in service\n")
    [listed] = json.loads(decided("models", "list", "--json").stdout)
    assert (listed["version"], listed["state"], listed["made_of"], listed["kept"]) == (1, "in_service", 20, True)
    assert "model 1, in_service" in decided("models", "show", "1").stdout
    assert "20 decisions" in decided("models", "compare", "1", "1").stdout
    assert "model 1 is in service and stays" in decided("models", "use", "1", "--by", "ben@example.org").stdout
    assert "in_service, pinned" in decided("models").stdout
    assert "until a newer one" in decided("models", "use", "auto", "--by", "ben@example.org").stdout


def test_a_check_says_which_model_serves_and_when_decisions_are_not_learnt_from(decided: Command) -> None:
    def learning() -> tuple[bool, str]:
        found = json.loads(decided("check", "--json", status=1).stdout)
        return next((one["well"], one["says"]) for one in found if one["what"] == "learning")

    before = learning()
    decided("learn", "--once")
    after = learning()
    store = open_store(decided.url)
    [first, *_] = store.waiting_scores()
    decide(store, store.people()[0], [first[0]], [False], NOW)
    store.close()
    unlearnt = learning()

    assert before == (True, "the word lists order the queue until enough is decided")
    assert after[0]
    assert after[1].startswith("model 1 is in service, made ")
    assert not unlearnt[0]
    assert unlearnt[1].endswith("newer decisions are not learnt from: is `tracker up` running?")


def test_a_model_that_does_not_exist_is_told(decided: Command) -> None:
    assert "there is no model 7" in decided("models", "show", "7", status=1).stderr
    assert "VERSION is a number or auto" in decided("models", "use", "x", "--by", "ben@example.org", status=2).stderr


def test_quality_is_printed_as_tables_and_as_json(decided: Command) -> None:
    tables = decided("evaluate", "--since", "2020-05-01").stdout
    found = json.loads(decided("evaluate", "--since", "2020-05-01", "--json").stdout)

    assert "20 decisions since 2020-05-01, 20 of them on random checks" in tables
    assert "too few" in tables
    assert (found["decisions"], found["audits"], found["overall"]["found"]["recall"]["of"]) == (20, 20, 7)
    assert "write a day such as" in decided("evaluate", "--since", "May", status=2).stderr


def test_the_service_learns_and_stops_when_told(decided: Command) -> None:
    store = open_store(decided.url)
    running = subprocess.Popen(
        [sys.executable, *learn_cli.LEARNING.args, "--config", str(decided.folder / "config.yaml")],
        cwd=decided.folder,
        stderr=subprocess.PIPE,
        env={
            **os.environ,
            "TRACKER_DATA": str(decided.folder / "data"),
            "PYTHONPATH": str(Path(cli.__file__).parent.parent),
        },
        text=True,
    )
    assert running.stderr is not None
    said = ""
    while "pass done" not in said and running.poll() is None:
        said += running.stderr.readline()

    running.send_signal(signal.SIGTERM)
    _, rest = running.communicate(timeout=PATIENCE)

    assert running.returncode == 0, said + rest
    assert rest.endswith("learning stopped\n")
    assert store.model(1).made_of == 20
    store.close()
