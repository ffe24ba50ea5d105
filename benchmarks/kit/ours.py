"""How do we collect them? The command `tracker collect --all`, or rounds within one process.

`python -m benchmarks.kit.ours HOW FOLDER PASS`, as the peers: FOLDER has `feeds.txt`, PASS is setup, round or held. A
round prints what it cost to suggest, which no peer does.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.kit.tree import Peak

if TYPE_CHECKING:
    from tracker.settings import Settings
    from tracker.store import Store

START = datetime(2020, 5, 5, tzinfo=UTC)


def set_up(folder: Path, *, listed: bool = False, **changes: object) -> None:
    """A folder with a configuration and a store. `listed`: the sources stand in the configuration, not in the store."""
    from tracker.model import Source
    from tracker.settings import load
    from tracker.store import open_store

    config = folder / "config.yaml"
    urls = (folder / "feeds.txt").read_text().split()
    rows = [
        {"id": f"feed-{n}", "name": f"Feed {n}", "kind": "feed", "url": url, **changes} for n, url in enumerate(urls)
    ]
    config.write_text(
        f"data: {folder}/data\ndatabase: sqlite:///{folder}/data/tracker.db\n"
        "collect:\n  allow_networks: [127.1.0.0/16]\n  per_host_delay_seconds: 0.05\n  timeout_seconds: 30\n"
        + ("sources: " + json.dumps(rows).replace("}, ", "},\n  ") + "\n" if listed else "")
    )
    (folder / "data").mkdir()
    settings = load(config)
    store = open_store(settings.database)
    store.register(settings.sources)
    if not listed:
        for row in rows:
            store.add_source(Source.model_validate(row), "benchmark")


def opened(folder: Path) -> tuple[Store, Settings]:
    from tracker.settings import load
    from tracker.store import open_store

    settings = load(folder / "config.yaml")
    return open_store(settings.database), settings


def kept(folder: Path) -> tuple[int, str]:
    """How many items there are, and a digest of all that is kept of them: equal when nothing was written."""
    with sqlite3.connect(folder / "data" / "tracker.db") as db:
        digest, items = hashlib.sha256(), 0
        for table in ("item", "item_revision", "suggestion", "carrier"):
            for row in db.execute(f"SELECT * FROM {table} ORDER BY 1, 2"):  # noqa: S608  # our own names
                digest.update(repr(row).encode())
                items += table == "item"
    db.close()
    return items, digest.hexdigest()


class Spent:
    """CPU seconds of this process that were spent on what no peer does: suggestions, and telling stories apart.

    What stands within another part counts for the inner one alone.
    """

    def __init__(self) -> None:
        from tracker import stories, suggestions
        from tracker.store import Store

        self._seconds: dict[str, float] = {}
        self._around: list[str] = []
        for part, where, name in (
            ("suggesting", suggestions, "make"),
            ("stories", stories, "find"),
            ("stories", Store, "add_marks"),
        ):
            setattr(where, name, self._timed(part, getattr(where, name)))

    def _timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        self._seconds[part] = 0.0

        def timed(*given: Any, **named: Any) -> Any:
            began = time.process_time()
            self._around.append(part)
            try:
                return function(*given, **named)
            finally:
                self._around.pop()
                spent = time.process_time() - began
                self._seconds[part] += spent
                if self._around:
                    self._seconds[self._around[-1]] -= spent

        return timed

    def taken(self) -> dict[str, float]:
        """The seconds since the last look, by part."""
        taken, self._seconds = self._seconds, dict.fromkeys(self._seconds, 0.0)
        return taken


def command(folder: Path) -> None:
    """One `tracker collect --all`, from its start to its end."""
    from tracker import cli

    spent = Spent()
    sys.argv = ["tracker", "--config", str(folder / "config.yaml"), "collect", "--all", "--json"]
    try:
        cli.main()
    finally:
        print(json.dumps(spent.taken()), file=sys.stderr)


def rounds(folder: Path, count: int) -> None:
    """Rounds in this process, each with what it cost; a JSON object a line."""
    from collectors.round import collect

    store, settings = opened(folder)
    spent, clock = Spent(), START
    for _ in range(count):
        clock += timedelta(days=1)
        peak, began, cpu = Peak(), time.perf_counter(), used()
        fetches = collect(store, settings, clocked(clock), all=True)
        cost = {"cpu": used() - cpu, "wall": time.perf_counter() - began, **spent.taken()}
        items, digest = kept(folder)
        bad = sorted({fetch.error for fetch in fetches if fetch.error})
        print(json.dumps({**cost, "memory_mb": peak.stop(), "held": items, "digest": digest, "bad": bad}), flush=True)
        sys.stdin.readline()  # until the requests of this round were counted


def growth(folder: Path, sources: int) -> None:
    """A first round over the due ones among `sources`; prints what it cost, and the time to claim them."""
    from collectors.round import collect
    from tracker.model import Source

    set_up(folder)
    store, settings = opened(folder)
    there = len(store.watched())
    later = START + timedelta(days=365)
    store.register(
        Source.model_validate(
            {"id": f"later-{n}", "name": f"Later {n}", "kind": "feed", "url": f"https://later{n}.example/"}
        )
        for n in range(sources - there)
    )
    with sqlite3.connect(folder / "data" / "tracker.db") as db:
        db.execute("UPDATE source SET next_at = ? WHERE id LIKE 'later-%'", (f"{later:%Y-%m-%d %H:%M:%S.%f}",))
    db.close()
    claims = []
    for _ in range(5):
        began = time.perf_counter()
        taken = store.claim_due(START, "benchmark", timedelta(hours=1), 5000)
        claims.append((time.perf_counter() - began) * 1000)
        if len(taken) != there:
            raise SystemExit(f"{len(taken)} sources were due, not {there}")
        store.release_leases("benchmark")
    peak, began, cpu = Peak(), time.perf_counter(), used()
    fetches = collect(store, settings, clocked(START))
    cost = {"cpu": used() - cpu, "wall": time.perf_counter() - began, "memory_mb": peak.stop()}
    if len(fetches) != there or any(fetch.error for fetch in fetches):
        raise SystemExit(f"{len(fetches)} fetches: {sorted({fetch.error for fetch in fetches})[:3]}")
    print(json.dumps({**cost, "claim_ms": min(claims)}))


def slow(folder: Path) -> None:
    """A round; prints after how many seconds each source was stored that brought something, and when it was over."""
    from collectors.round import collect
    from tracker.model import Fetch

    set_up(folder)
    store, settings = opened(folder)
    stored: list[float] = []
    began = time.perf_counter()

    def progress(fetch: Fetch | None, _: int, __: int) -> None:
        if fetch and fetch.new:
            stored.append(time.perf_counter() - began)

    collect(store, settings, clocked(START), all=True, progress=progress)
    print(json.dumps({"stored": stored, "over": time.perf_counter() - began}))


def scrapy(folder: Path) -> None:
    """Only fetches, by Scrapy as we use it or by aiohttp, each address twice; prints the CPU milliseconds of each part.

    The second time with an ETag, so that next to nothing is sent. Nothing is read or stored.
    """
    import asyncio

    start = used()
    import aiohttp

    aiohttp_import = used() - start
    from collectors.spider import HOSTS_AT_ONCE, Get, fetching

    spider_import = used() - start
    from tracker.settings import Collect

    urls = (folder / "feeds.txt").read_text().split()
    tags: dict[str, str | None] = {}
    polite = Collect.model_validate({"allow_networks": ["127.1.0.0/16"], "per_host_delay_seconds": 0.001})

    async def nothing(_: Get) -> None: ...

    async def by_scrapy(get: Get) -> None:
        room = asyncio.Semaphore(HOSTS_AT_ONCE)

        async def one(url: str) -> None:
            async with room:
                tags[url] = (await get(url, etag=tags.get(url), robots=False)).etag

        await asyncio.gather(*map(one, urls))

    async def by_aiohttp() -> None:
        room = asyncio.Semaphore(HOSTS_AT_ONCE)
        async with aiohttp.ClientSession() as session:

            async def one(url: str) -> None:
                headers = {"If-None-Match": tags[url] or ""} if url in tags else {}
                async with room, session.get(url, headers=headers) as answer:
                    await answer.read()
                    tags[url] = answer.headers.get("ETag")

            await asyncio.gather(*map(one, urls))

    def each(run: Callable[[], Any], count: int) -> float:
        began = used()
        run()
        return (used() - began) * 1000 / count

    found = {"import: aiohttp": aiohttp_import * 1000, "import: collectors.spider": spider_import * 1000}
    found["first crawl of a process, empty"] = each(lambda: asyncio.run(fetching(polite, "x@example.org", nothing)), 1)
    found["later crawl, empty"] = each(lambda: asyncio.run(fetching(polite, "x@example.org", nothing)), 1)
    for what in ("whole", "304"):
        each_by = each(lambda: asyncio.run(fetching(polite, "x@example.org", by_scrapy)), len(urls))
        found[f"a request by Scrapy, {what}"] = each_by
    tags.clear()
    for what in ("whole", "304"):
        found[f"a request by aiohttp, {what}"] = each(lambda: asyncio.run(by_aiohttp()), len(urls))
    print(json.dumps(found))


def clocked(now: datetime) -> Callable[[], datetime]:
    return lambda: now


def used() -> float:
    """CPU seconds of this process and of its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    how, where = sys.argv[1], Path(sys.argv[2])
    match how:
        case "command":
            command(where)
        case "rounds":
            rounds(where, int(sys.argv[3]))
        case "growth":
            growth(where, int(sys.argv[3]))
        case "slow":
            slow(where)
        case "scrapy":
            scrapy(where)
