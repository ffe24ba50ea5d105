"""How much does a round over many feeds cost, beside a bare loop that only fetches and parses in the same run?

`python -m benchmarks.collect [--feeds 500] [--hosts 100]`: feeds of 20 entries on loopback, a first and an unchanged
round. The ratios are what to keep; seconds depend on the machine. CPU counts the parsers' processes, not the server.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ENTRIES = 20
SENTENCES = {
    "en": "The ministry opens shelters day and night, and a helpline answers victims in nine languages. ",
    "fr": "Le ministère ouvre des maisons d’hébergement jour et nuit, et une ligne d’écoute répond aux victimes. ",
    "es": "El ministerio abre refugios de día y de noche, y una línea de ayuda atiende a las víctimas. ",
}


def address(number: int, hosts: int, port: int) -> str:
    return f"http://127.1.{number % hosts}.1:{port}/{number}"


def feed(number: int) -> bytes:
    """A feed of 20 entries with their whole text, about 30 kB."""
    language = ("en", "fr", "es")[number % 3]
    items = "".join(
        f"<item><title>{SENTENCES[language][:60]}{number}-{n}</title><link>https://news{number}.example/{n}</link>"
        f'<guid isPermaLink="false">{number}-{n}</guid><pubDate>Mon, 04 May 2020 {n:02}:00:00 GMT</pubDate>'
        f"<description><![CDATA[<p>{SENTENCES[language]}{number} {n}</p>]]></description><content:encoded><![CDATA["
        f"{''.join(f'<p>{SENTENCES[language]}<a href=/x>{p}</a></p>' for p in range(9))}]]></content:encoded></item>"
        for n in range(ENTRIES)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>News {number}</title><language>{language}</language>{items}</channel></rss>"
    ).encode()


def serve(feeds: int) -> None:
    """A web server for the feeds, which understands ETags; says its port on stdout."""
    from aiohttp import web

    bodies = [feed(number) for number in range(feeds)]
    tags = [f'"{hashlib.sha256(body).hexdigest()[:16]}"' for body in bodies]

    async def answer(request: web.Request) -> web.Response:
        number = int(request.path[1:])
        headers = {"ETag": tags[number]}
        if request.headers.get("If-None-Match") == tags[number]:
            return web.Response(status=304, headers=headers)
        return web.Response(body=bodies[number], headers=headers, content_type="application/rss+xml")

    async def forever() -> None:
        app = web.Application()
        app.router.add_get("/{number}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "0.0.0.0", 0)  # noqa: S104  # all of 127/8
        await site.start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()

    asyncio.run(forever())


# ------------------------------------------------------------------------------------------------------- contenders


def ours(folder: Path, feeds: int, hosts: int, port: int, delay: float) -> Callable[[int], int]:
    """The tracker's own round: guard, workers, store, suggestions."""
    from collectors.round import collect
    from tracker.model import Source
    from tracker.settings import Settings
    from tracker.store import open_store

    settings = Settings.model_validate(
        {
            "data": folder,
            "database": f"sqlite:///{folder}/tracker.db",
            "collect": {"allow_networks": ["127.0.0.0/8"], "per_host_delay_seconds": delay},
        }
    )
    store = open_store(settings.database)
    urls = [address(number, hosts, port) for number in range(feeds)]
    store.register(
        Source.model_validate({"id": f"feed-{number}", "name": f"Feed {number}", "kind": "feed", "url": url})
        for number, url in enumerate(urls)
    )

    def one_round(number: int) -> int:
        now = datetime(2020, 5, 5, tzinfo=UTC) + timedelta(days=number)
        fetches = collect(store, settings, lambda: now, all=True)
        bad = [fetch.error for fetch in fetches if fetch.error]
        if bad or len(fetches) != feeds:
            raise SystemExit(f"{len(bad)} of {len(fetches)} fetches failed: {bad[:3]}")
        return sum(fetch.new for fetch in fetches)

    return one_round


def bare(feeds: int, hosts: int, port: int, *, parse: bool) -> Callable[[int], int]:
    """A loop that fetches with ETags, 16 at once, and, if wanted, parses: no guard, no pauses, nothing stored."""
    import io

    import aiohttp
    import feedparser

    tags: dict[str, str] = {}

    async def fetch(session: aiohttp.ClientSession, room: asyncio.Semaphore, url: str) -> int:
        headers = {"If-None-Match": tags[url]} if url in tags else {}
        async with room, session.get(url, headers=headers) as answer:
            body = await answer.read()
            tags[url] = answer.headers.get("ETag", "")
            if answer.status == 304 or not parse:
                return 0
            options = {"sanitize_html": False, "resolve_relative_uris": False}
            return len(feedparser.parse(io.BytesIO(body), **options).entries)

    async def everything() -> int:
        room = asyncio.Semaphore(16)
        async with aiohttp.ClientSession() as session:
            urls = [address(number, hosts, port) for number in range(feeds)]
            return sum(await asyncio.gather(*(fetch(session, room, url) for url in urls)))

    return lambda _: asyncio.run(everything())


def contend(name: str, feeds: int, hosts: int, port: int, delay: float) -> None:
    """Runs one contender's rounds in this process and prints what they cost, as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        makers: dict[str, Callable[[], Callable[[int], int]]] = {
            "ours": lambda: ours(Path(folder), feeds, hosts, port, delay),
            "fetch only": lambda: bare(feeds, hosts, port, parse=False),
            "fetch + feedparser": lambda: bare(feeds, hosts, port, parse=True),
        }
        peak = Peak()
        one_round = makers[name]()
        results = []
        for number in range(2):
            cpu, wall = _cpu(), time.perf_counter()
            entries = one_round(number)
            results.append({"cpu": _cpu() - cpu, "wall": time.perf_counter() - wall, "entries": entries})
        print(json.dumps({"name": name, "rounds": results, "memory_mb": peak.stop()}))


class Peak(threading.Thread):
    """The most memory that this process and its children held together, looked at five times a second.

    Pages that several processes share (libraries above all) are divided among them (PSS), so that none counts twice.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self.over = 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(0.2):
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            self.most = max(self.most, sum(map(self._share, ("self", *children))))

    @staticmethod
    def _share(pid: str) -> int:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has ended
            return 0
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))

    def stop(self) -> float:
        """Megabytes."""
        self.over.set()
        self.join()
        return self.most / 1e6


def _cpu() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """The measurements, after they were printed as a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--feeds", type=int, default=500)
    options.add_argument("--hosts", type=int, default=100)
    options.add_argument("--delay", type=float, default=0.05, help="seconds between two requests to a host")
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--contend", help=argparse.SUPPRESS)
    options.add_argument("--port", type=int, help=argparse.SUPPRESS)
    asked = options.parse_args(arguments)
    if asked.serve:
        serve(asked.feeds)
    if asked.contend:
        contend(asked.contend, asked.feeds, asked.hosts, asked.port, asked.delay)
        return {}
    size = ["--feeds", str(asked.feeds), "--hosts", str(asked.hosts), "--delay", str(asked.delay)]
    command = [sys.executable, "-m", "benchmarks.collect", *size]
    with subprocess.Popen([*command, "--serve"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None  # noqa: S101
        port = server.stdout.readline().strip()
        try:
            found = [
                json.loads(
                    subprocess.run(
                        [*command, "--port", port, "--contend", name], stdout=subprocess.PIPE, check=True, text=True
                    ).stdout
                )
                for name in ("fetch only", "fetch + feedparser", "ours")
            ]
        finally:
            server.kill()
    _show(found, asked.feeds)
    return {"collect": found}


def _show(found: list[dict[str, Any]], feeds: int) -> None:
    base = found[1]["rounds"]
    print(f"{feeds} feeds x {ENTRIES} entries; CPU seconds with children, ratios to fetch + feedparser")
    print(f"{'':<20}{'first':>8}{'ratio':>7}{'wall':>7}   {'unchanged':>9}{'ratio':>7}{'wall':>7}   {'memory MB':>9}")
    for one in found:
        first, second = one["rounds"]
        print(
            f"{one['name']:<20}{first['cpu']:>8.2f}{first['cpu'] / base[0]['cpu']:>7.2f}{first['wall']:>7.1f}"
            f"   {second['cpu']:>9.2f}{second['cpu'] / base[1]['cpu']:>7.2f}{second['wall']:>7.1f}"
            f"   {one['memory_mb']:>9.0f}"
        )


if __name__ == "__main__":
    main()
