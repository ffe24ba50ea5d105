"""Do many workers ask each source once, whatever happens to them? `python -m benchmarks.fleet [--sources N] …`.

Three workers on one PostgreSQL, one of them behind a network cable of its own (a network namespace: needs root), over a
web of our own. While they collect, one worker is killed and a new one started, the database is restarted, and the cable
is pulled for longer than the others wait. Then it is counted: sources that were asked twice within their interval,
sources that were forgotten, hosts that were asked by two at once. Nothing is asked outside this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.ports import free_port
from tests.postgresql import Server
from tracker.model import Source
from tracker.settings import Settings
from tracker.store import Store, open_store

CABLE = ("10.88.0.1", "10.88.0.2")  # our end and the worker's
HOSTS = "10.89.0.0/16"  # all of them are this machine
ANSWER_SECONDS = 0.03
WORKER = """
import logging, sys
from collectors import jobs
from tracker import taxonomy
from tracker.settings import Settings
from tracker.store import open_store
logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
settings = Settings.model_validate_json(sys.argv[1])
jobs.main(jobs.Work(open_store(settings.database), settings, taxonomy.load()), sys.argv[2])
"""


# ------------------------------------------------------------------------------------------------------------- the web


def serve(port: int) -> None:
    """Feeds at every address of HOSTS; `/counts` tells what was asked."""
    from aiohttp import web

    asked: dict[str, list[float]] = defaultdict(list)
    at_once: dict[str, int] = defaultdict(int)
    most: dict[str, int] = defaultdict(int)

    async def feed(request: web.Request) -> web.Response:
        host = request.host.partition(":")[0]
        if request.path == "/robots.txt":
            return web.Response(status=404)
        asked[request.path].append(time.time())
        at_once[host] += 1
        most[host] = max(most[host], at_once[host])
        try:
            await asyncio.sleep(ANSWER_SECONDS)
        finally:
            at_once[host] -= 1
        number = request.path[1:]
        items = "".join(
            f"<item><title>Shelter {number} opens wing {one}</title><link>https://news{number}.example/{one}</link></item>"
            for one in range(2)
        )
        body = f'<rss version="2.0"><channel><title>{number}</title>{items}</channel></rss>'
        return web.Response(text=body, content_type="application/rss+xml")

    async def counts(_: web.Request) -> web.Response:
        return web.json_response({"asked": asked, "most": max(most.values(), default=0)})

    app = web.Application()
    app.router.add_get("/counts", counts)
    app.router.add_get("/{path:.*}", feed)
    web.run_app(app, host="0.0.0.0", port=port, print=None, access_log=None)  # noqa: S104  # every address of HOSTS


# ------------------------------------------------------------------------------------------------------------ the cable


def ip(*given: str) -> None:
    subprocess.run(["/usr/sbin/ip", *given], check=True)


@contextlib.contextmanager
def cable() -> Iterator[int]:
    """The process whose network is at the other end of a cable from ours."""
    holder = subprocess.Popen(["/usr/bin/unshare", "-n", "sleep", "infinity"])
    time.sleep(0.3)
    inside = ["nsenter", "-t", str(holder.pid), "-n"]
    try:
        ip("link", "set", "lo", "up")
        ip("route", "add", "local", HOSTS, "dev", "lo")
        ip("link", "add", "trk0", "type", "veth", "peer", "name", "trk1", "netns", str(holder.pid))
        ip("addr", "add", f"{CABLE[0]}/24", "dev", "trk0")
        ip("link", "set", "trk0", "up")
        subprocess.run([*inside, "ip", "addr", "add", f"{CABLE[1]}/24", "dev", "trk1"], check=True)
        subprocess.run([*inside, "ip", "link", "set", "trk1", "up"], check=True)
        subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
        subprocess.run([*inside, "ip", "route", "add", "default", "via", CABLE[0]], check=True)
        yield holder.pid
    finally:
        holder.kill()
        holder.wait()
        subprocess.run(["/usr/sbin/ip", "route", "del", "local", HOSTS, "dev", "lo"], check=False)
        subprocess.run(["/usr/sbin/ip", "link", "del", "trk0"], check=False, stderr=subprocess.DEVNULL)


# ------------------------------------------------------------------------------------------------------------ the fleet


def register(store: Store, sources: int, per_host: int, port: int, every: str) -> None:
    def one(number: int) -> Source:
        host = number // per_host
        url = f"http://10.89.{host // 250}.{host % 250 + 1}:{port}/{number}"
        return Source.model_validate(
            {"id": f"feed-{number}", "name": f"Feed {number}", "kind": "feed", "url": url, "every": every}
        )

    store.register([one(number) for number in range(sources)])


def counts(port: int) -> dict[str, Any]:
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/counts", timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def fetched(store: Store) -> dict[str, list[datetime]]:
    """When each source was fetched, as it was written."""
    found: dict[str, list[datetime]] = defaultdict(list)
    with store.reading() as db:
        for id, at in db.execute(sa.text('SELECT source_id, at FROM "fetch" ORDER BY at')):
            found[id].append(at)
    return found


def main(given: list[str] | None = None) -> int:
    """0 when no source was written twice within its interval, none forgotten and no host asked by two at once."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    options.add_argument("--sources", type=int, default=2_000)
    options.add_argument("--per-host", type=int, default=4)
    options.add_argument("--every", type=int, default=5, help="interval of each source, in minutes")
    options.add_argument("--minutes", type=float, default=12, help="how long the fleet works")
    asked = options.parse_args(given)
    if os.geteuid() != 0 or not Path("/usr/sbin/ip").exists():
        print("a network of its own for one worker needs root and iproute2", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as where, cable() as inside:
        return measure(Path(where), inside, asked)


def measure(folder: Path, inside: int, asked: argparse.Namespace) -> int:
    folder.chmod(0o755)
    (folder / "pg").mkdir()
    server, port = Server(folder / "pg", network="10.88.0.0/24"), free_port()
    web = multiprocessing.get_context("spawn").Process(target=serve, args=(port,), daemon=True)
    web.start()
    store = open_store(server.url())
    register(store, asked.sources, asked.per_host, port, f"{asked.every}m")
    from collectors import jobs

    asyncio.run(jobs.prepare(jobs.engine(store.url)))

    def worker(number: int, *, behind: bool = False) -> subprocess.Popen[bytes]:
        settings = Settings.model_validate(
            {
                "database": server.url(host=CABLE[0] if behind else "127.0.0.1"),
                "data": folder / f"data-{number}",
                "collect": {"allow_networks": [HOSTS], "per_host_delay_seconds": 0.2, "timeout_seconds": 10},
            }
        )
        enter = ["nsenter", "-t", str(inside), "-n"] if behind else []
        log = (folder / f"worker-{number}.log").open("ab")
        command = [*enter, sys.executable, "-c", WORKER, settings.model_dump_json(), f"worker-{number}"]
        return subprocess.Popen(command, stderr=log)

    workers = [worker(1), worker(2), worker(3, behind=True)]
    began = time.monotonic()
    length = asked.minutes * 60
    faults = {
        0.12: "kill -9 of worker 1, another one starts",
        0.30: "the database restarts",
        0.45: "the cable of worker 3 is pulled",
        0.65: "the cable is back",
    }
    due = dict(faults)
    try:
        while (elapsed := time.monotonic() - began) < length:
            for share in [share for share in due if elapsed > share * length]:
                print(f"{elapsed:6.0f} s  {due.pop(share)}", flush=True)
                if share == 0.12:
                    workers[0].send_signal(signal.SIGKILL)
                    workers[0].wait()
                    workers[0] = worker(4)
                elif share == 0.30:
                    server.stop()
                    time.sleep(5)
                    server.start()
                elif share == 0.45:
                    ip("link", "set", "trk0", "down")
                else:
                    ip("link", "set", "trk0", "up")
            time.sleep(1)
            alive = [one.poll() is None for one in workers]
            if not all(alive):
                print(f"{elapsed:6.0f} s  a worker ended by itself: {alive}", flush=True)
                return 1
        for one in workers:
            one.terminate()
        ended = [one.wait(60) for one in workers]
        return report(store, counts(port), asked, ended)
    finally:
        for one in workers:
            one.kill()
        for number in range(1, 5):
            log = folder / f"worker-{number}.log"
            lines = log.read_text().splitlines() if log.exists() else []
            print(f"worker {number} said {len(lines)} lines, the last of them:", *lines[-4:], sep="\n    ")
        web.terminate()
        store.close()
        server.stop()


def report(store: Store, web: dict[str, Any], asked: argparse.Namespace, ended: list[int]) -> int:
    interval = timedelta(minutes=asked.every)
    times, now = fetched(store), datetime.now(UTC)
    gaps = [(after - before) for of in times.values() for before, after in pairwise(of)]
    # A source is asked again a little early at most: its interval is spread, to keep sources apart.
    twice = sum(gap < 0.85 * interval for gap in gaps)
    forgotten = asked.sources - len(times)
    late = sum(now - of[-1] > 2 * interval for of in times.values())
    hits = {path: sorted(of) for path, of in web["asked"].items()}
    excess = sum(
        after - before < 0.85 * interval.total_seconds() for of in hits.values() for before, after in pairwise(of)
    )
    print(f"{asked.sources} sources on {-(-asked.sources // asked.per_host)} hosts, every {asked.every} min")
    print(f"fetches written {sum(map(len, times.values()))}, requests {sum(map(len, hits.values()))}")
    print(f"written twice within the interval: {twice}")
    print(f"asked twice within the interval: {excess} (what a killed or cut off worker had asked and not written)")
    print(f"never asked: {forgotten}; longer ago than two intervals: {late}")
    with store.reading() as db:
        for id in [one for one in (f"feed-{number}" for number in range(asked.sources)) if one not in times][:8]:
            query = sa.text("SELECT host, lease_owner, lease_until, next_at, condition FROM source WHERE id = :id")
            print("   ", id, *db.execute(query, {"id": id}).one())
    print(f"most requests at once to one host: {web['most']}")
    print(f"exit status of the workers: {ended}")
    good = twice == 0 and forgotten == 0 and late == 0 and web["most"] <= 1 and not any(ended)
    print("all as it should be" if good else "NOT as it should be")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
