"""A round that is killed at any moment has written whole sources or nothing of them, and the next one goes on.

`TRACKER_TEST_KILLS=50 python -m pytest tests/collectors/test_killed.py` kills more often.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

import pytest

from tests.collectors.conftest import Asked, Reply, Web, feed_at, feed_of
from tests.makers import NOW
from tracker.model import ItemState
from tracker.settings import Settings
from tracker.store import Store, open_store
from tracker.store.items import QueueFilter

KILLS = int(os.environ.get("TRACKER_TEST_KILLS", "3"))
SOURCES, ENTRIES = 30, 5
ALL = QueueFilter(states=tuple(ItemState))

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["collectors.round"])


def a_round(settings: Settings, now: datetime) -> None:
    """What the killed process does."""
    from collectors.round import collect

    collect(open_store(settings.database), settings, lambda: now, all=True)


def start(settings: Settings, now: datetime) -> multiprocessing.process.BaseProcess:
    process = _processes.Process(target=a_round, args=(settings, now))
    process.start()
    return process


class News:
    """Feeds that have new entries in each edition; the ETag names the edition."""

    def __init__(self, web: Web) -> None:
        self.edition = 1
        self.sources = [
            feed_at(web.url(f"/{number}", web.hosts[number % 3]), id=f"feed-{number}") for number in range(SOURCES)
        ]
        for number in range(SOURCES):
            web.pages[f"/{number}"] = self.feed

    def feed(self, asked: Asked) -> Reply:
        etag = f'"{self.edition}"'
        if asked.headers.get("if-none-match") == etag:
            return Reply(status=304)
        return Reply(feed_of(*self.titles(asked.path[1:], self.edition)), headers={"ETag": etag})

    @staticmethod
    def titles(number: str, edition: int) -> list[str]:
        return [f"{number}-{entry}-of-{of}" for of in range(1, edition + 1) for entry in range(ENTRIES)]


def check(store: Store, now: datetime, news: News) -> None:
    """Each source stands at one edition: its ETag, its items and nothing between."""
    held: dict[str, list[str]] = {source.id: [] for source in news.sources}
    for waiting in store.queue(ALL, now, limit=100_000):
        held[waiting.item.source_id].append(waiting.item.title)
    for watched in store.watched():
        number = watched.source.id.removeprefix("feed-")
        edition = int((watched.schedule.etag or '"0"').strip('"'))
        assert sorted(held[watched.source.id]) == sorted(news.titles(number, edition)), watched.source.id
        assert (watched.schedule.last_success_at is None) is (edition == 0)


def test_a_round_that_is_killed_has_written_whole_sources_and_the_next_one_goes_on(
    web: Web, settings: Settings, store: Store, tmp_path: Path
) -> None:
    settings = settings.but(
        database=store.url, collect={**settings.collect.model_dump(), "per_host_delay_seconds": 0.001}
    )
    news = News(web)
    store.register(news.sources)
    now, chance = NOW, random.Random(2020)
    began = perf_counter()
    start(settings, now).join()
    usual = perf_counter() - began
    check(store, now, news)
    killed = 0
    while killed < KILLS:
        news.edition += 1
        now += timedelta(hours=2)  # on PostgreSQL, the claims of a dead round end after an hour
        process = start(settings, now)
        process.join(chance.uniform(0.1, 1.1) * usual)
        if process.is_alive():
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            killed += 1
        check(store, now, news)

    now += timedelta(hours=2)
    last = start(settings, now)
    last.join()

    assert last.exitcode == 0
    check(store, now, news)
    assert store.unread(10) == []
    assert {watched.schedule.etag for watched in store.watched()} == {f'"{news.edition}"'}
    if store.url.startswith("sqlite"):
        with sqlite3.connect(tmp_path / "tracker.db") as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()


@pytest.fixture(autouse=True)
def _same_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes find the packages where these tests do."""
    monkeypatch.chdir(Path(__file__).parents[2])
