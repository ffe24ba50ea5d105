"""Workers that share one database: what is due is asked once, a dead worker's part is done by another one."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors import jobs
from collectors.round import Share, collect_until
from tests.collectors.conftest import Asked, Reply, Web, feed_at, feed_of
from tests.makers import NOW
from tests.waiting import until
from tracker.errors import WrongUse
from tracker.settings import Settings
from tracker.store import Store

HOUR = timedelta(hours=1)

WORKER = """
    import sys
    from collectors import jobs
    from tracker import taxonomy
    from tracker.settings import Settings
    from tracker.store import open_store

    import logging
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    for name, value in zip(("SHARE", "SILENT_SECONDS", "HEARTBEAT_SECONDS", "CUT_OFF_SECONDS"), sys.argv[2:]):
        setattr(jobs, name, float(value) if "." in value else int(value))
    settings = Settings.model_validate_json(sys.argv[1])
    jobs.main(jobs.Work(open_store(settings.database), settings, taxonomy.load()), "worker")
"""


@pytest.fixture
def fleet(web: Web, settings: Settings, postgresql_store: Store) -> Settings:
    asyncio.run(jobs.prepare(jobs.engine(postgresql_store.url)))
    patient = settings.collect.but(timeout_seconds=60)  # the machine may be busy
    return settings.but(database=postgresql_store.url, collect=patient)


@contextmanager
def a_worker(settings: Settings, share: int = 5, silent: int = 3) -> Iterator[subprocess.Popen[str]]:
    """A worker whose peers lose patience after seconds, not a minute."""
    command = [sys.executable, "-c", textwrap.dedent(WORKER), settings.model_dump_json()]
    process = subprocess.Popen(
        [*command, str(share), str(silent), "0.5", "2.0"],
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def register(store: Store, web: Web, number: int) -> None:
    """So many feeds, on the hosts of the web in turn."""
    for one in range(number):
        web.pages[f"/{one}"] = Reply(feed_of(f"{one}-a", f"{one}-b"))
    store.register([feed_at(web.url(f"/{one}", web.hosts[one % 3]), id=f"feed-{one}") for one in range(number)])


# ---------------------------------------------------------------------------------------------------------- the claims


def test_no_host_is_shared_by_two_workers(store: Store, web: Web) -> None:
    register(store, web, 6)

    first = store.claim_due(NOW, "one", HOUR, 1, apart=timedelta(seconds=1))
    second = store.claim_due(NOW, "two", HOUR, 6, apart=timedelta(seconds=1))
    third = store.claim_due(NOW, "three", HOUR, 6, apart=timedelta(seconds=1))

    assert [one.source.id for one in first] == ["feed-0"]
    assert {one.source.id for one in second} == {"feed-1", "feed-2", "feed-4", "feed-5"}
    assert third == []


def test_hosts_stay_apart_however_many_claim_at_once(store: Store, web: Web) -> None:
    register(store, web, 30)
    taken: dict[str, list[str]] = {}

    def claim(owner: str) -> None:
        other = Store(store.url)
        taken[owner] = [one.source.url.split("/")[2] for one in other.claim_due(NOW, owner, HOUR, 3, apart=HOUR)]
        other.close()

    threads = [threading.Thread(target=claim, args=(f"worker-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    holders = Counter(host for hosts in taken.values() for host in set(hosts))
    assert holders
    assert set(holders.values()) == {1}


def test_a_host_that_was_asked_a_moment_ago_rests(store: Store, web: Web, settings: Settings) -> None:
    register(store, web, 1)
    asyncio.run(collect_until(asyncio.Event(), store, settings, lambda: NOW, share=Share("one", 5)))
    register(store, web, 4)  # feed-3 is on the host of feed-0

    def claimed(after: timedelta) -> set[str]:
        found = store.claim_due(NOW + after, "two", HOUR, 9, apart=timedelta(seconds=10))
        store.release_leases("two")
        return {one.source.id for one in found}

    assert claimed(timedelta(seconds=5)) == {"feed-1", "feed-2"}
    assert claimed(timedelta(seconds=15)) == {"feed-1", "feed-2", "feed-3"}


def test_what_a_round_brings_after_its_sources_went_to_another_one_is_dropped(
    store: Store, web: Web, settings: Settings
) -> None:
    def taken_away(_: Asked) -> Reply:
        store.release_leases("slow")
        store.claim_due(NOW, "another", HOUR, 1)
        return Reply(feed_of("a"))

    web.pages["/0"] = taken_away
    store.register([feed_at(web.url("/0"), id="feed-0")])

    asyncio.run(collect_until(asyncio.Event(), store, settings, lambda: NOW, share=Share("slow", 5)))

    assert store.fetches("feed-0") == []
    assert store.queue_arrivals() == []
    assert store.lease_owners() == {"another"}


# --------------------------------------------------------------------------------------------------------- the workers


def test_workers_need_postgresql(sqlite_url: str) -> None:
    with pytest.raises(WrongUse, match="tracker up"):
        jobs.engine(sqlite_url)


def test_workers_share_what_is_due_and_ask_each_source_once(fleet: Settings, web: Web, postgresql_store: Store) -> None:
    store = postgresql_store
    register(store, web, 60)

    with a_worker(fleet), a_worker(fleet), a_worker(fleet):
        until(lambda: store.count_due(datetime.now(UTC)) == 0 and not store.lease_owners())

    assert Counter(path for path in web.paths()) == Counter(f"/{number}" for number in range(60))
    assert set(web.most_at_once.values()) == {1}
    assert len(store.queue_arrivals()) == 120


def test_a_worker_that_is_told_to_end_gives_back_what_it_has_not_done(
    fleet: Settings, web: Web, postgresql_store: Store
) -> None:
    store, held = postgresql_store, threading.Event()
    web.pages["/slow"] = Reply(feed_of("slow"), wait=held)
    store.register([feed_at(web.url("/slow"), id="slow")])

    with a_worker(fleet) as worker:
        until(lambda: "/slow" in web.paths())
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    held.set()

    assert store.lease_owners() == set()
    assert store.count_due(datetime.now(UTC)) == 1


def test_what_a_killed_worker_had_begun_is_done_by_another_one(
    fleet: Settings, web: Web, postgresql_store: Store
) -> None:
    store, held = postgresql_store, threading.Event()
    register(store, web, 12)
    web.pages["/4"] = Reply(feed_of("4-a", "4-b"), wait=held)

    with a_worker(fleet, share=12) as first:
        until(lambda: "/4" in web.paths())
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        held.set()
        assert store.lease_owners() != set()
        with a_worker(fleet, share=12):
            until(lambda: store.count_due(datetime.now(UTC)) == 0 and not store.lease_owners())

    assert len(store.queue_arrivals()) == 24
    assert all(len(store.fetches(f"feed-{number}")) == 1 for number in range(12))
