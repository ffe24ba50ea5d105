from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collectors.schedule import LONGEST_WAIT, SHORTEST_WAIT, run, until_next
from tests.collectors.conftest import Reply, Web, feed_at, feed_of
from tests.makers import HOUR, NOW, asked
from tests.waiting import PATIENCE, until
from tracker.errors import StoreUnavailable
from tracker.model import Fetch, Outcome
from tracker.settings import Settings
from tracker.store import Store


@pytest.mark.parametrize(
    ("next_due", "wait"),
    [
        (None, LONGEST_WAIT),
        (NOW + 3 * HOUR, LONGEST_WAIT),
        (NOW + timedelta(seconds=20), timedelta(seconds=20)),
        (NOW - HOUR, SHORTEST_WAIT),
    ],
)
def test_the_scheduler_waits_until_the_next_source_is_due_within_bounds(
    next_due: datetime | None, wait: timedelta
) -> None:
    assert until_next(next_due, NOW) == wait


def test_fetches_of_long_ago_become_sums_when_the_scheduler_starts(settings: Settings, sqlite_store: Store) -> None:
    sqlite_store.register([feed_at("http://127.0.1.1:9/feed", enabled=False)])
    for days in (100, 99, 80, 0):
        at = NOW - timedelta(days=days)
        asked(sqlite_store, Fetch(source_id="news", at=at, outcome=Outcome.OK))

    async def until_tidied() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(run(sqlite_store, settings, lambda: NOW, stop))
        await asyncio.to_thread(until, lambda: len(sqlite_store.fetches("news")) == 2)
        stop.set()
        await asyncio.wait_for(running, PATIENCE)

    asyncio.run(until_tidied())

    assert len(sqlite_store.fetch_days(NOW - timedelta(days=200))["news"]) == 4


def test_a_round_that_fails_is_not_the_end(
    web: Web, settings: Settings, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.pages["/feed"] = Reply(feed_of("a"))
    sqlite_store.register([feed_at(web.url("/feed"))])
    claim = sqlite_store.claim_due
    failed: list[int] = []
    monkeypatch.setattr("collectors.schedule.LONGEST_WAIT", timedelta(seconds=0.05))

    def fails_twice(*args: object, **named: object) -> object:
        if len(failed) < 2:
            failed.append(1)
            raise StoreUnavailable("the disk is full") if len(failed) == 1 else KeyError("a bug")
        return claim(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(sqlite_store, "claim_due", fails_twice)

    async def until_collected() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(run(sqlite_store, settings, lambda: NOW, stop))
        await asyncio.to_thread(until, lambda: sqlite_store.fetches("news"))
        stop.set()
        await asyncio.wait_for(running, PATIENCE)

    asyncio.run(until_collected())

    assert len(failed) == 2
    assert sqlite_store.fetches("news")[0].new == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_scheduler_collects_what_is_due_and_stops_when_told(
    web: Web, tmp_path: Path, sqlite_store: Store, sqlite_url: str, number: signal.Signals
) -> None:
    web.pages["/feed"] = Reply(feed_of("a"))
    config = tmp_path / "config.yaml"
    config.write_text(
        f"database: {sqlite_url}\n"
        "collect: {allow_networks: [127.0.1.0/24], per_host_delay_seconds: 0.01}\n"
        f"sources:\n  - {{id: news, name: News, kind: feed, url: '{web.url('/feed')}', every: 1d}}\n"
    )
    environment = {**os.environ, "TRACKER_DATA": str(tmp_path)}

    running = subprocess.Popen(
        [sys.executable, "-m", "collectors.schedule", "--config", str(config)],
        stderr=subprocess.PIPE, env=environment, text=True,
    )  # fmt: skip
    until(lambda: sqlite_store.last_fetches().get("news"))
    running.send_signal(number)
    _, said = running.communicate(timeout=PATIENCE)

    assert running.returncode == 0, said
    assert "scheduler stopped" in said
    assert sqlite_store.fetches("news")[0].new == 1


def test_the_scheduler_says_what_is_wrong_with_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("sources: [{id: news}]\n")

    ended = subprocess.run(
        [sys.executable, "-m", "collectors.schedule", "--config", str(config)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 3
    assert "Traceback" not in ended.stderr
    assert "config.yaml" in ended.stderr
