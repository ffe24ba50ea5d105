"""One round: which sources are asked now, by whom, and what is kept of it?

A source is finished in one transaction (with a few others) or not at all: its items, its fetch, how it answers, its
schedule and the end of its lease. So a round may be ended at any moment; what it had not finished is due as before.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import IO

from collectors import network
from collectors.due import RHYTHM
from collectors.parsing import Parsers
from collectors.spider import HOSTS_AT_ONCE, Get, RobotsFiles, fetching
from collectors.visit import Collected, Known, Wait, on_behalf_of, visit
from tracker import suggestions
from tracker.address import host_of
from tracker.conduct import Conduct
from tracker.evidence import Archive
from tracker.intake import Visited, finish
from tracker.model import Fetch, Outcome, Source, Watched
from tracker.settings import Settings
from tracker.store import Store

log = logging.getLogger(__name__)

LEASE = timedelta(hours=1)
ROBOTS_KEPT = timedelta(days=1)  # RFC 9309, 2.4
WRITTEN_TOGETHER = 25  # visits of one transaction
WRITTEN_AFTER_SECONDS = 1
HELD_BYTES = 16_000_000  # of bodies that wait to be written
# In a long round, new items are read now and then, a few at a time, for it holds up everything else; else at its end.
READ_EVERY_SECONDS = 10
READ_BETWEEN = 200
MOST_SOURCES = 5000  # of one round


@dataclass(frozen=True)
class Share:
    """The part of a round that one of many workers takes, and the name under which it holds its sources.

    Hosts are not shared: none is asked by two workers at once, nor by another one within the usual pause.
    """

    owner: str
    most: int


Clock = Callable[[], datetime]
Rhythm = Callable[[Source], int]  # new items of the last 14 days
# The fetch that has just ended (None at the start), how many have ended, of how many.
Progress = Callable[[Fetch | None, int, int], None]


def collect(
    store: Store,
    settings: Settings,
    now: Clock,
    ids: Sequence[str] | None = None,
    *,
    all: bool = False,  # noqa: A002  # the command's own word
    progress: Progress | None = None,
    wait: Wait = asyncio.sleep,
) -> list[Fetch]:
    """One round over the due (or the named, or all) sources; the fetches as they ended, unfinished ones last.

    Ctrl-C and SIGTERM end it: sources that were finished by then are kept, the others come back as `broken_off` and are
    due as before. Nothing that a single source does ends the round. Raises NotFound for an id that is not there.
    """

    async def until_interrupted() -> list[Fetch]:
        stop = asyncio.Event()
        with stopping(stop):
            return await collect_until(stop, store, settings, now, ids, all=all, progress=progress, wait=wait)

    return asyncio.run(until_interrupted())


@contextlib.contextmanager
def stopping(stop: asyncio.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM set `stop`, a second one ends the process as usual."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def once() -> None:
        stop.set()
        for number in signals:
            loop.remove_signal_handler(number)

    try:
        for number in signals:
            loop.add_signal_handler(number, once)
    except (ValueError, RuntimeError):  # not in the main thread: whoever called us has the signals
        yield
        return
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def collect_until(
    stop: asyncio.Event,
    store: Store,
    settings: Settings,
    now: Clock,
    ids: Sequence[str] | None = None,
    *,
    all: bool = False,  # noqa: A002
    progress: Progress | None = None,
    wait: Wait = asyncio.sleep,
    share: Share | None = None,
) -> list[Fetch]:
    """The same inside a running loop, ended by `stop`; with `share`, of some due sources among many workers."""
    if ids is not None:
        store.watched(ids)  # says which id is wrong before anything is asked
    with _lease(store, settings.data) if share is None else _held(store, share.owner) as owner:
        most = MOST_SOURCES if share is None else share.most
        apart = None if share is None else timedelta(seconds=settings.collect.per_host_delay_seconds)
        wind_back(store, now())
        watched = store.claim_due(now(), owner, LEASE, most, ids, all=all, apart=apart)
        report = progress or (lambda *_: None)
        report(None, 0, len(watched))
        if not watched:
            # The desk may have changed its words meanwhile: what waits is read again, due sources or not.
            suggestions.make(store, now(), settings.taxonomy, until=stop.is_set)
            return []
        done: list[Fetch] = []
        held: list[Collected] = []  # gave no answer at all: whose fault that is shows at the end
        conducts = store.conducts([of.source.id for of in watched])

        read_at = monotonic()

        def write(visits: Sequence[Collected]) -> None:
            for fetch in _written(store, archive, owner, visits, now()):
                done.append(fetch)
                log.info(
                    "fetch done source=%s outcome=%s new=%d known=%d refused=%d ms=%d",
                    *(fetch.source_id, fetch.outcome.value, fetch.new, fetch.known, fetch.refused, fetch.duration_ms),
                )
                report(fetch, len(done), len(watched))
            nonlocal read_at
            if monotonic() - read_at > READ_EVERY_SECONDS:
                suggestions.make(store, now(), settings.taxonomy, most=READ_BETWEEN)
                read_at = monotonic()

        def hold_or_put(brought: Collected) -> None:
            (held.append if network.doubtful(brought.fetch) else basket.put)(brought)

        archive = Archive(settings.evidence)
        basket = _Basket(write)
        robots = RobotsFiles(known=store.robots(now() - ROBOTS_KEPT))
        rhythm = _rhythm(store, watched, now())
        asking = asyncio.create_task(
            ask(stop, settings, watched, conducts, now, store.known_addresses, hold_or_put, rhythm, wait, robots)
        )
        try:
            while not asking.done():
                await asyncio.wait([asking], timeout=WRITTEN_AFTER_SECONDS)
                basket.write()
        finally:
            asking.cancel()
            await asyncio.wait([asking])
        basket.write()
        for brought in _judged(store, held, conducts, len(done), now()):
            basket.put(brought)
        basket.write()
        store.keep_robots(robots.fetched, now())
        waiting = asking.result()
        suggestions.make(store, now(), settings.taxonomy, until=stop.is_set)
        finished = {fetch.source_id for fetch in done}
        broken_off = [
            Fetch(
                source_id=of.source.id,
                at=now(),
                outcome=Outcome.BROKEN_OFF,
                error="the round was ended before this source",
            )
            for of in watched
            if of.source.id not in finished and of.source.id not in waiting
        ]
        return [*done, *broken_off]


def wind_back(store: Store, now: datetime) -> None:
    """After the clock went back: no source waits for a time that was wrong, and none is asked at once because of it."""
    if number := store.wind_back(now, LEASE):
        log.warning("the clock went back; sources are asked by what it shows now sources=%d", number)


def _judged(
    store: Store, held: Sequence[Collected], conducts: Mapping[str, Conduct], answered: int, now: datetime
) -> list[Collected]:
    """The silent sources of a round, as they are to be written: what is our own failure is not counted against them.

    The alarm begins or ends here.
    """
    failed = [
        network.Failed(
            host=host_of(brought.watched.source.url),
            kind=brought.fetch.outcome,
            schedule=brought.watched.schedule,
        )
        for brought in held
    ]
    asked = answered + len(held)
    blamed = network.ours(failed, asked, store.last_success() if held else None)
    if blamed:
        store.network_fails(sum(one.kind in blamed for one in failed), asked, now)
    elif answered:
        store.network_works()
    return [
        replace(
            brought,
            fetch=brought.fetch.but(note=network.NOT_COUNTED),
            schedule=network.spared(brought.watched.schedule, now),
            conduct=conducts[brought.watched.source.id],
        )
        if brought.fetch.outcome in blamed
        else brought
        for brought in held
    ]


class _Basket:
    """Where visits are put when they end, to be written a few at a time: that costs far less than one by one."""

    def __init__(self, write: Callable[[Sequence[Collected]], None]) -> None:
        self._write = write
        self._waiting: list[Collected] = []
        self._bytes = 0

    def put(self, brought: Collected) -> None:
        """Takes one visit; when there are many, or large ones, they are written."""
        self._waiting.append(brought)
        self._bytes += sum(len(answer.body) for answer in brought.answers)
        if len(self._waiting) >= WRITTEN_TOGETHER or self._bytes > HELD_BYTES:
            self.write()

    def write(self) -> None:
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        if waiting:
            self._write(waiting)


def _written(store: Store, archive: Archive, owner: str, visits: Sequence[Collected], now: datetime) -> list[Fetch]:
    """The fetches with their counts, after everything that the visits brought was written: whole, or not at all.

    Visits to sources that were given to another round meanwhile are dropped: that one asks them again.
    """
    for brought in visits:
        for answer in brought.answers:  # before the items that rest on them
            archive.keep(answer.url, answer.status, answer.content_type, answer.body, now)
    with store.writing():
        mine = store.still_held(owner, [brought.watched.source.id for brought in visits])
        for brought in visits:
            if brought.watched.source.id not in mine:
                log.warning("source was given to another round source=%s", brought.watched.source.id)
        visits = [brought for brought in visits if brought.watched.source.id in mine]
        fetches = finish(
            store,
            [
                Visited(
                    source=brought.watched.source,
                    fetch=brought.fetch,
                    schedule=brought.schedule,
                    conduct=brought.conduct,
                    entries=brought.entries,
                    sample=brought.watched.sample,
                    tests_304=brought.tests_304,
                )
                for brought in visits
            ],
            now,
        )
        for brought in visits:
            source = brought.watched.source
            if brought.moved_to:
                store.move(source.id, brought.moved_to)
            if brought.host_waits_until:
                store.pause_host(source.url, brought.host_waits_until, brought.schedule.next_reason)
    return fetches


async def ask(
    stop: asyncio.Event,
    settings: Settings,
    watched: Sequence[Watched],
    conducts: Mapping[str, Conduct],
    now: Clock,
    known: Known,
    keep: Callable[[Collected], None],
    new_lately: Rhythm,
    wait: Wait | None = None,
    robots: RobotsFiles | None = None,
) -> set[str]:
    """Visits each source and hands what it brought to `keep`; returns early when `stop` is set.

    Sources of one host are visited one after the other, hosts side by side. What `keep` raises ends the round. The
    result names the sources that were not visited because their host asked to wait. `wait` allows a second try.
    """
    waiting: set[str] = set()
    hosts: dict[str, list[Watched]] = {}
    for of in watched:
        hosts.setdefault(host_of(of.source.url), []).append(of)
    room = asyncio.Semaphore(HOSTS_AT_ONCE)

    async def visits(get: Get) -> None:
        async with Parsers() as parsers:

            async def one_host(sources: Sequence[Watched]) -> None:
                for number, of in enumerate(sources, 1):
                    async with room:
                        conduct = conducts.get(of.source.id, Conduct())
                        asked = on_behalf_of(of.source, get, feeds_ignore_robots=settings.collect.feeds_ignore_robots)
                        brought = await visit(of, conduct, asked, parsers, known, new_lately(of.source), now(), wait)
                        keep(brought)
                    if brought.host_waits_until:
                        waiting.update(other.source.id for other in sources[number:])
                        break

            tasks = [asyncio.create_task(one_host(sources)) for sources in hosts.values()]
            watcher = asyncio.create_task(_end(tasks, stop))
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            finally:
                for task in (*tasks, watcher):
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
            for problem in ended:
                if isinstance(problem, Exception):
                    raise problem

    await fetching(settings.collect, settings.caller, visits, robots)
    return waiting


async def _end(tasks: Sequence[asyncio.Task[None]], stop: asyncio.Event) -> None:
    await stop.wait()
    for task in tasks:
        task.cancel()


def _rhythm(store: Store, watched: Sequence[Watched], now: datetime) -> Rhythm:
    """The new items of a source as they stand when the round begins, where their number decides when to ask next."""
    adaptive = [of.source.id for of in watched if of.source.every == "adaptive"]
    counted = store.new_items_since(adaptive, now - RHYTHM)
    return lambda source: counted.get(source.id, 0)


# ------------------------------------------------------------------------------------------------------------ leases


@contextlib.contextmanager
def _lease(store: Store, data: Path) -> Iterator[str]:
    """A name under which sources are claimed; at the end, claims that are left are given back.

    On one machine a file lock tells whether a round still runs, however it ended: claims of dead rounds are given back
    at once. Rounds of several machines (PostgreSQL) wait until the lease ends.
    """
    folder = data / "leases"
    folder.mkdir(parents=True, exist_ok=True)
    if store.url.startswith("sqlite"):
        _give_back_of_the_dead(store, folder)
    owner = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
    with (folder / owner).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield owner
        finally:
            store.release_leases(owner)
            (folder / owner).unlink(missing_ok=True)


@contextlib.contextmanager
def _held(store: Store, owner: str) -> Iterator[str]:
    """The name; at the end, claims under it that are left are given back."""
    try:
        yield owner
    finally:
        store.release_leases(owner)


def _give_back_of_the_dead(store: Store, folder: Path) -> None:
    for file in folder.iterdir():
        with file.open("a") as lock:
            if not _locked(lock):
                log.warning("a round had ended without giving back its sources; they are due again owner=%s", file.name)
                store.release_leases(file.name)
                file.unlink(missing_ok=True)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False
