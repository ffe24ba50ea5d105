"""The desk's process empties the letter box beside its pages, and goes on after whatever went wrong."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest

from dashboard.desk import tending
from tracker import submissions
from tracker.errors import StoreUnavailable
from tracker.settings import Settings
from tracker.store import Store


def test_tending_goes_on_after_a_mistake_and_ends_when_told(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[Exception | None] = [StoreUnavailable("the disk is full"), ValueError("a mistake of ours"), None]
    done = threading.Event()

    def tend(store: Store, settings: Settings, now: datetime) -> None:
        answer = answers.pop(0) if answers else None
        if answer:
            raise answer
        done.set()

    monkeypatch.setattr(submissions, "tend", tend)
    stop = tending.begin(sqlite_store, Settings(), every_seconds=0.01)

    assert done.wait(10)
    stop.set()
    for thread in _tending():
        thread.join(10)
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
    assert _tending() == []


def _tending() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "letter box"]
