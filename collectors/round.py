"""One round: which sources are asked now, by whom, and what is kept of it?

A source is finished in one transaction or not at all: its items, its fetch, its schedule and the end of its lease. So a
round may be ended at any moment; what it had not finished is due as before.
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
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from collectors import network
from collectors.due import RHYTHM
from collectors.parsing import Parsers
from collectors.spider import HOSTS_AT_ONCE, Get, fetching
from collectors.visit import Collected, Known, Wait, visit
from tracker.conduct import Conduct
from tracker.evidence import Archive
from tracker.intake import finish
from tracker.model import Fetch, Outcome, Source, Watched
from tracker.settings import Settings
from tracker.store import Store

log = logging.getLogger(__name__)

LEASE = timedelta(hours=1)
MOST_SOURCES = 5000  # of one round

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
) -> list[Fetch]:
    """The same inside a running loop, ended by `stop`."""
    if ids is not None:
        store.watched(ids)  # says which id is wrong before anything is asked
    with _lease(store, settings.data) as owner:
        watched = store.claim_due(now(), owner, LEASE, MOST_SOURCES, ids, all=all)
        report = progress or (lambda *_: None)
        report(None, 0, len(watched))
        if not watched:
            return []
        done: list[Fetch] = []
        held: list[Collected] = []  # gave no answer at all: whose fault that is shows at the end
        archive = Archive(settings.evidence)
        conducts = store.conducts([of.source.id for of in watched])

        def hold_or_keep(brought: Collected) -> None:
            if network.doubtful(brought.fetch):
                held.append(brought)
            else:
                keep(brought)

        def keep(brought: Collected) -> None:
            for answer in brought.answers:  # before the items that rest on them
                archive.keep(answer.url, answer.status, answer.content_type, answer.body, now())
            ended(_kept(store, settings, brought, conducts[brought.watched.source.id], now()))

        def ended(fetch: Fetch) -> None:
            done.append(fetch)
            log.info(
                "fetch done source=%s outcome=%s new=%d known=%d refused=%d ms=%d",
                *(fetch.source_id, fetch.outcome.value, fetch.new, fetch.known, fetch.refused, fetch.duration_ms),
            )
            report(fetch, len(done), len(watched))

        rhythm = _rhythm(store, now())
        waiting = await ask(stop, settings, watched, conducts, now, store.known_addresses, hold_or_keep, rhythm, wait)
        blamed = _blamed(store, held, len(done), now())
        for brought in held:
            if brought.fetch.outcome in blamed:
                ended(_spared(store, brought, now()))
            else:
                keep(brought)
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


def _blamed(store: Store, held: Sequence[Collected], answered: int, now: datetime) -> frozenset[Outcome]:
    """Which kinds of failure are ours, judged from all that were silent in a round; the alarm begins or ends here."""
    failed = [
        network.Failed(
            host=urlsplit(brought.watched.source.url).hostname or "",
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
    return blamed


def _spared(store: Store, brought: Collected, now: datetime) -> Fetch:
    """The fetch of a source that could not be reached through our own fault: written down, and not counted."""
    fetch = brought.fetch.but(note="not counted: our own network seems to fail")
    store.add_fetch(fetch, network.spared(brought.watched.schedule, now))
    return fetch


def _kept(store: Store, settings: Settings, brought: Collected, before: Conduct, now: datetime) -> Fetch:
    """The fetch with its counts, after everything that the visit brought was written."""
    source, conduct = brought.watched.source, brought.conduct
    # Reading texts takes time, which no lock should: only without any is all of it one transaction. Else the conduct
    # goes first: when the round dies between the two, the source is due as before and asked again.
    with contextlib.nullcontext() if brought.entries else store.writing():
        if conduct != before:
            store.remember(source.id, conduct)
        if brought.moved_to:
            store.move(source.id, brought.moved_to)
        if brought.host_waits_until:
            store.pause_host(source.url, brought.host_waits_until, brought.schedule.next_reason)
        fetch = finish(
            store,
            source,
            brought.fetch,
            brought.schedule,
            brought.entries,
            now,
            sample=brought.watched.sample,
            taxonomy=settings.taxonomy,
        )
        if brought.tests_304 and fetch.new:
            store.remember(source.id, store.conducts([source.id])[source.id].but(unreliable_304=True))
        return fetch


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
) -> set[str]:
    """Visits each source and hands what it brought to `keep`; returns early when `stop` is set.

    Sources of one host are visited one after the other, hosts side by side. What `keep` raises ends the round. The
    result names the sources that were not visited because their host asked to wait. `wait` allows a second try.
    """
    waiting: set[str] = set()
    hosts: dict[str, list[Watched]] = {}
    for of in watched:
        hosts.setdefault(urlsplit(of.source.url).hostname or "", []).append(of)
    room = asyncio.Semaphore(HOSTS_AT_ONCE)

    async def visits(get: Get) -> None:
        async with Parsers() as parsers:

            async def one_host(sources: Sequence[Watched]) -> None:
                for number, of in enumerate(sources, 1):
                    async with room:
                        conduct = conducts.get(of.source.id, Conduct())
                        brought = await visit(of, conduct, get, parsers, known, new_lately(of.source), now(), wait)
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

    await fetching(settings.collect, settings.contact, visits)
    return waiting


async def _end(tasks: Sequence[asyncio.Task[None]], stop: asyncio.Event) -> None:
    await stop.wait()
    for task in tasks:
        task.cancel()


def _rhythm(store: Store, now: datetime) -> Rhythm:
    """Counts the new items of a source where the count decides when it is asked next."""
    return lambda source: store.new_items_since(source.id, now - RHYTHM) if source.every == "adaptive" else 0


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
