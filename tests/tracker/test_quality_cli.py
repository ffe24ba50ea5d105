"""The command `tracker quality export`: what two people have coded, without their names."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import sqlalchemy as sa

from tests.makers import NOW, a_decision, a_person, a_source, entries
from tests.tracker.test_cli import Command
from tracker import intake, review, second_coding, taxonomy
from tracker.model import Verdict
from tracker.store import open_store
from tracker.store.second_coding import Coding


def test_codings_go_out_as_a_table_or_as_lines_and_name_nobody(tmp_path: Path) -> None:
    tracker = Command(tmp_path)
    empty = tracker("quality", "export")
    assert (empty.stdout.count("\n"), "no item was coded" in empty.stderr) == (1, True)

    store, codes = open_store(tracker.url), taxonomy.load()
    ana = store.add_person(a_person(), "no hash", "test")
    ben = store.add_person(a_person(email="ben@example.org", name="Ben"), "no hash", "test")
    store.register([a_source()])
    intake.take_in(store, a_source(), entries(1), NOW)
    with store.writing() as db:
        db.execute(sa.text("UPDATE item SET second_lot = 0"))
    made = review.decide(store, codes, ana, a_decision(person_id=ana.id))
    hold = Coding(verdict=Verdict.HOLD)
    second_coding.code(store, codes, ben, 1, made.id, hold, NOW)
    store.close()

    table = tracker("quality", "export").stdout
    lines = tracker("quality", "export", "--form", "jsonl").stdout

    assert [row["verdict"] for row in csv.DictReader(io.StringIO(table))] == ["include", "hold"]
    assert [json.loads(line)["by"] for line in lines.splitlines()] == ["first", "second"]
    assert "Ana" not in table + lines
