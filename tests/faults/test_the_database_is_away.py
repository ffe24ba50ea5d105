"""The server of the database is stopped in the middle of a round, and comes back."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from collectors.schedule import run
from tests.collectors.conftest import Asked, Reply, Web, feed_at, feed_of
from tests.makers import NOW
from tests.postgresql import Server, installed
from tests.waiting import until
from tracker.errors import StoreUnavailable
from tracker.model import ItemState
from tracker.settings import Settings
from tracker.store import Store, open_store
from tracker.store.items import QueueFilter

pytestmark = pytest.mark.postgresql

EVERYTHING = QueueFilter(states=tuple(ItemState))


@pytest.fixture
def server(postgresql: str) -> Iterator[Server]:  # it skips where there is no PostgreSQL
    assert installed()
    folder = Path(tempfile.mkdtemp(prefix="tracker-away-"))
    running = Server(folder, settings="-c fsync=off -c full_page_writes=off")
    yield running
    running.stop("immediate")
    shutil.rmtree(folder, ignore_errors=True)


class World:
    """A web whose feeds hold their answers until they may go, and a clock that the test moves."""

    def __init__(self, web: Web, number: int) -> None:
        self.now, self.asked, self.may_answer = NOW, threading.Event(), threading.Event()
        self.sources = [feed_at(web.url(f"/{n}", web.hosts[n % 3]), id=f"feed-{n}") for n in range(number)]
        for n in range(number):
            web.pages[f"/{n}"] = self.answer

    def answer(self, asked: Asked) -> Reply:
        self.asked.set()
        self.may_answer.wait(30)
        return Reply(feed_of(f"{asked.path[1:]}-a", f"{asked.path[1:]}-b"))


def test_a_round_whose_database_goes_away_says_so_and_a_later_one_has_everything_once(
    server: Server, web: Web, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("collectors.schedule.LONGEST_WAIT", timedelta(seconds=0.2))
    caplog.set_level(logging.ERROR, "collectors.schedule")
    store, world = open_store(server.url()), World(web, 6)
    store.register(world.sources)

    def away_and_back() -> None:
        until(world.asked.is_set)
        server.stop()
        world.may_answer.set()
        until(lambda: len(caplog.records) > 1)
        with pytest.raises(StoreUnavailable, match="The database server does not answer"):
            store.count_due(world.now)
        server.start()
        world.now += timedelta(hours=2)  # what the broken round had taken is free again after an hour
        until(lambda: all(store.fetches(source.id) for source in world.sources))

    async def watched() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(run(store, settings, lambda: world.now, stop))
        try:
            await asyncio.to_thread(away_and_back)
        finally:
            stop.set()
        await asyncio.wait_for(running, 20)

    asyncio.run(watched())

    assert {record.message.split(" (")[0] for record in caplog.records} == {
        "round failed: The database server does not answer."
    }
    assert titles(store, world) == sorted(f"{n}-{which}" for n in range(6) for which in "ab")
    assert [len(store.fetches(source.id)) for source in world.sources] == [1] * 6
    store.close()


def titles(store: Store, world: World) -> list[str]:
    return sorted(waiting.item.title for waiting in store.queue(EVERYTHING, world.now, limit=100))
