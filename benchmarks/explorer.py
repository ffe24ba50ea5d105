"""How quick is the explorer? `python -m benchmarks.explorer [NUMBERS …] [--sessions 200] [--postgresql URL]`.

For 10,000 and 100,000 public initiatives over one process of the explorer, spoken to as a browser does:
each view run alone, over filters that differ from run to run, and how much it grows with the number; then sessions that
walk through the views with ten seconds of thought. CPU is that of the process. The database is an SQLite file, or an
empty PostgreSQL database for the first number alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from benchmarks.publish import BEGAN, records
from tracker.model import Person, Published, Role
from tracker.store import Store, open_store
from tracker.store.rows import METADATA
from tracker.text import folded

NUMBERS = (10_000, 100_000)
THOUGHT_SECONDS = 10.0
ROUNDS = 6  # of each session
ALONE = 15  # runs of each view
BAR_MS = 300  # p95 of a run
RARE = ["".join(pair) for pair in zip("bcdfglmnprst" * 25, "aeiou" * 60, strict=True)]
VIEWS = {
    "list": "",
    "second page": "page=2",
    "map": "view=map",
    "table": "view=table",
    "table by country": "view=table&sort=country",
    "table, changed first": "view=table&sort=-changed",
    "timeline": "view=timeline",
    "charts": "view=charts",
    "compare": "compare=CA,FR,MX,BR",
    "search": "q={word}",
}
FILTERS = ("", "issue=hate_crime", "type=A1", "country=CA", "issue=domestic_violence&status=active", "from=2020-05")


def fill(store: Store, made: tuple[Published, ...]) -> None:
    """The public's copy as approvals would leave it, written at once; one in twenty without a date."""
    chance = random.Random(7)
    by = store.add_person(Person(email="ana@example.org", name="Ana", role=Role.EDITOR), "no hash", "benchmark")
    names = ("initiative", "public_initiative", "public_facet", "public_change")
    tables = [METADATA.tables[name] for name in names]
    for start in range(0, len(made), 2_000):
        part = made[start : start + 2_000]
        rows: list[list[dict[str, object]]] = [[], [], [], []]
        for one in part:
            content = one.initiative
            said = [text for wording in content.wordings.values() for text in (wording.title, wording.summary)]
            rows[0].append({"id": one.id, "state": "draft", "revision": 1, "title": "", "drafted_by": by.id,
                            "changed_by": by.id, "changed_at": BEGAN})  # fmt: skip
            rows[1].append(
                {
                    "id": one.id,
                    "revision": 1,
                    "began_on": content.start.first_day if content.start and one.id % 20 else None,
                    "first_public_at": one.first_public_at,
                    "changed_at": one.changed_at,
                    "verified_at": one.verified_at,
                    "words": folded(" ".join([*said, "".join(chance.choices(RARE, k=3))])),
                    "content": content.model_dump(mode="json"),
                    "sources": [source.model_dump(mode="json") for source in one.sources],
                }
            )
            codes = {
                "issue": content.issues,
                "type": content.types,
                "country": content.countries,
                "actor_kind": [actor.kind for actor in content.actors],
                "target": content.targets,
                "status": [content.status],
            }
            rows[2] += [{"initiative_id": one.id, "kind": kind, "code": code} for kind in codes for code in codes[kind]]
            rows[3].append({"initiative_id": one.id, "at": one.changed_at, "what": "added", "revision": 1,
                            "fields": [], "reason": ""})  # fmt: skip
        with store.writing() as db:
            for table, lines in zip(tables, rows, strict=True):
                db.execute(table.insert(), lines)


class Process(NamedTuple):
    """A process of the explorer, which is never busy on more than one core."""

    pid: int
    address: str

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@contextmanager
def serving(folder: Path, url: str) -> Iterator[Process]:
    config = folder / "config.yaml"
    config.write_text(f"database: {url}\ndata: {folder}\n", encoding="utf-8")
    command = [sys.executable, "-m", "dashboard.serve", "public", "--config", str(config), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.readline() if process.stdout else ""
        try:
            yield Process(process.pid, said.split(": ", 1)[1].strip())
        finally:
            process.terminate()


class Run(NamedTuple):
    ms: float
    kilobytes: float


def opened(process: Process) -> connect:
    return connect(
        f"ws://{urlsplit(process.address).netloc}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        origin=Origin(process.address),
        max_size=None,
        open_timeout=60,
        ping_interval=None,
    )


async def run(socket: ClientConnection, query: str) -> Run:
    """One run of the start page, to its end."""
    asked = BackMsg()
    asked.rerun_script.query_string = query
    began, received = time.perf_counter(), 0
    await socket.send(asked.SerializeToString())
    while True:
        raw = await socket.recv()
        received += len(raw)
        message = ForwardMsg.FromString(raw if isinstance(raw, bytes) else raw.encode())
        if message.WhichOneof("type") == "script_finished":
            return Run((time.perf_counter() - began) * 1000, received / 1000)


def asked_for(view: str, number: int) -> str:
    shown = VIEWS[view].format(word="".join(RARE[number * 7 % 200 : number * 7 % 200 + 2]))
    return "&".join(filter(None, ["lang=en", shown, FILTERS[number % len(FILTERS)]]))


async def alone(process: Process) -> dict[str, tuple[float, float, float]]:
    """For each view: milliseconds of a run (median), of CPU (mean), kilobytes sent (mean)."""
    found = {}
    async with opened(process) as socket:
        for _ in range(5):
            await run(socket, "lang=en")
        for view in VIEWS:
            before = process.cpu_seconds()
            runs = [await run(socket, asked_for(view, number)) for number in range(ALONE)]
            cpu = (process.cpu_seconds() - before) * 1000 / ALONE
            found[view] = (
                statistics.median(one.ms for one in runs),
                cpu,
                statistics.mean(one.kilobytes for one in runs),
            )
    return found


async def together(process: Process, sessions: int) -> None:
    """Sessions that walk through the views, each with its own filters and ten seconds of thought."""
    chance = random.Random(11)
    before = process.megabytes()
    firsts: list[float] = []
    again: list[float] = []
    at_once = asyncio.Semaphore(8)  # how many arrive at the same time

    async def session(number: int) -> None:
        async with at_once:
            socket = await opened(process)
            firsts.append((await run(socket, "lang=en")).ms)
        ready.append(socket)
        await started.wait()
        await asyncio.sleep(chance.random() * THOUGHT_SECONDS)
        for step in range(ROUNDS):
            again.append((await run(socket, asked_for(chance.choice(list(VIEWS)), number * 3 + step))).ms)
            await asyncio.sleep(THOUGHT_SECONDS * (0.5 + chance.random()))

    ready: list[ClientConnection] = []
    started = asyncio.Event()
    tasks = [asyncio.create_task(session(number)) for number in range(sessions)]
    while len(ready) < sessions:
        await asyncio.sleep(0.1)
        for task in tasks:
            if task.done():
                task.result()
    there = process.megabytes()
    began, cpu = time.perf_counter(), process.cpu_seconds()
    started.set()
    await asyncio.gather(*tasks)
    seconds, cpu = time.perf_counter() - began, process.cpu_seconds() - cpu
    p50, p95 = (sorted(again)[int(len(again) * share)] for share in (0.5, 0.95))
    print(
        f"{sessions} sessions: first run p50 {statistics.median(firsts):.0f} ms; rerun p50 {p50:.0f}, p95 {p95:.0f} ms "
        f"(to be under {BAR_MS}: {'met' if p95 < BAR_MS else 'NOT MET'}); {cpu * 1000 / len(again):.1f} CPU ms a run, "
        f"{100 * cpu / seconds:.0f} % of a core"
    )
    print(
        f"memory: {before:.0f} MB before, {there:.0f} with all sessions, {process.megabytes():.0f} after "
        f"{len(again)} runs: {(there - before) / sessions:.2f} MB a session"
    )
    for socket in ready:
        await socket.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int, default=NUMBERS)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--postgresql", default="")
    given = parser.parse_args()
    numbers = given.numbers[:1] if given.postgresql else given.numbers
    measured = {}
    for number in numbers:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            url = given.postgresql or f"sqlite:///{folder}/tracker.db"
            store = open_store(url)
            fill(store, records(number))
            store.close()
            with serving(folder, url) as process:
                print(f"\n{number:,} initiatives, load {os.getloadavg()[0]:.1f}")
                measured[number] = asyncio.run(alone(process))
                for view, (ms, cpu, size) in measured[number].items():
                    less = measured[numbers[0]][view][1]
                    print(
                        f"{view:<24}{ms:8.0f} ms {cpu:8.1f} CPU ms {size:8.1f} kB   {cpu / less:5.2f} of the first",
                        flush=True,
                    )
                asyncio.run(together(process, given.sessions))


if __name__ == "__main__":
    main()
