"""A parser runs out of memory over one source: that one is told of, the others have their items."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.round import collect
from tests.collectors.conftest import Reply, Web, feed_at, feed_of
from tests.makers import NOW
from tracker.model import Outcome
from tracker.settings import Settings
from tracker.store import Store

# A parser in which reading the greedy feed asks for more than its limit, or is ended as the system ends a process.
PARSER = """
import os, signal
from collectors import parsing
read = parsing.read
def greedy(job, body):
    if job.url.endswith("/greedy"):
        {does}
    return read(job, body)
parsing.read = greedy
parsing.main(10)
"""


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("bytearray(2 * parsing.MEMORY_BYTES)", "needs too much memory; it was given up"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "reading it ended the parser (status -9); it was given up"),
    ],
)
def test_a_feed_that_takes_all_memory_costs_that_feed_alone(
    web: Web, settings: Settings, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, does: str, said: str
) -> None:
    start = asyncio.create_subprocess_exec

    async def started(*_: str, **how: Any) -> asyncio.subprocess.Process:
        folder = Path(__file__).parents[2]
        return await start(sys.executable, "-c", PARSER.format(does=does), cwd=folder, **how)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)
    names = ("before", "greedy", "after")
    for name in names:
        web.pages[f"/{name}"] = Reply(feed_of(name))
    sqlite_store.register([feed_at(web.url(f"/{name}"), id=name, every="1d") for name in names])

    fetches = {fetch.source_id: fetch for fetch in collect(sqlite_store, settings, lambda: NOW)}

    assert {id: fetch.outcome for id, fetch in fetches.items()} == {
        "before": Outcome.OK,
        "greedy": Outcome.UNREADABLE,
        "after": Outcome.OK,
    }
    assert said in fetches["greedy"].error
    assert len(sqlite_store.queue_arrivals()) == 2
    [greedy] = sqlite_store.watched(["greedy"])
    assert greedy.schedule.failures == 1
    assert NOW < (greedy.schedule.next_at or NOW) < NOW + timedelta(days=3)
