"""Does it stay as it is, for days? `python -m benchmarks.soak [--minutes 60] [--hasten 60]`, not part of `make bench`.

The scheduler watches a web whose sources misbehave, each in its own way, while some of them have news all the time. Its
clock runs faster than ours. Each minute its memory, open files, threads, database, evidence and rows are looked at;
at the end, whether they still grow, and by how much for each item that it keeps.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.kit.tree import counts, shares
from benchmarks.kit.web import MISBEHAVIOURS, Served, serving

LEVEL_MB_AN_HOUR = 20  # of memory over the last half; more is growth
COLUMNS = ("minute", "day", "memory_mb", "main_mb", "files", "threads", "database_mb", "evidence_mb", "items",
           "revisions", "fetches", "events", "fetch_days")  # fmt: skip


def watch(folder: Path, urls: list[str], hasten: float) -> None:
    """Runs the scheduler over these sources until it is told to stop."""
    from collectors.round import stopping
    from collectors.schedule import run
    from tracker.model import Source
    from tracker.settings import Settings
    from tracker.store import open_store

    settings = Settings.model_validate(
        {
            "data": folder,
            "database": f"sqlite:///{folder}/tracker.db",
            "collect": {
                "allow_networks": ["127.1.0.0/16"],
                "per_host_delay_seconds": 0.05,
                "timeout_seconds": 10,
                "max_megabytes": 2,
            },
        }
    )
    store = open_store(settings.database)
    store.register(
        Source.model_validate(
            {"id": f"wild-{number}", "name": f"Wild {number}", "kind": "feed", "url": url, "every": "60m"}
        )
        for number, url in enumerate(urls)
    )
    began, real = datetime.now(UTC), time.monotonic()

    async def until_told() -> None:
        stop = asyncio.Event()
        with stopping(stop):
            await run(store, settings, lambda: began + timedelta(seconds=hasten * (time.monotonic() - real)), stop)

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    asyncio.run(until_told())


def looked_at(pid: int, folder: Path, minute: float, hasten: float) -> dict[str, float]:
    """The figures of this moment."""
    held, (files, threads) = shares(pid), counts(pid)
    with sqlite3.connect(f"file:{folder}/tracker.db?mode=ro", uri=True, timeout=30) as db:
        rows = {
            name: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  # our own names
            for name, table in (
                ("items", "item"),
                ("revisions", "item_revision"),
                ("fetches", "fetch"),
                ("events", "event"),
                ("fetch_days", "fetch_day"),
            )
        }
    db.close()
    return {
        "minute": minute,
        "day": minute * hasten / 60 / 24,
        "memory_mb": sum(held.values()),
        "main_mb": held.get("main", 0),
        "files": files,
        "threads": threads,
        "database_mb": sum(path.stat().st_size for path in folder.glob("tracker.db*")) / 1e6,
        "evidence_mb": sum(path.stat().st_size for path in (folder / "evidence").rglob("*") if path.is_file()) / 1e6,
        **rows,
    }


def slope(rows: list[dict[str, float]], what: str, by: str = "minute") -> float:
    """How much a figure grows for each `by`, over these rows (least squares); 0 where `by` does not move."""
    xs, ys = [row[by] for row in rows], [row[what] for row in rows]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((one - x) ** 2 for one in xs)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / spread if spread else 0.0


def soak(web: Served, minutes: float, hasten: float, sources: int) -> dict[str, Any]:
    """The figures, a row a minute, after they were printed."""
    urls = [web.url("wild", number, hosts=sources) for number in range(sources)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "log"
        command = [sys.executable, "-m", "benchmarks.soak", "--watch", name, "--hasten", str(hasten)]
        with log.open("w") as complaints, subprocess.Popen(command, stdin=subprocess.PIPE, stderr=complaints) as child:
            assert child.stdin is not None  # noqa: S101
            child.stdin.write(json.dumps(urls).encode())
            child.stdin.close()
            print("  ".join(f"{column:>11}" for column in COLUMNS), flush=True)
            began, rows = time.monotonic(), list[dict[str, float]]()
            while (minute := (time.monotonic() - began) / 60) < minutes and child.poll() is None:
                time.sleep(max(0, 60 * (len(rows) + 1) - 60 * minute))
                rows.append(looked_at(child.pid, folder, (time.monotonic() - began) / 60, hasten))
                print("  ".join(f"{rows[-1][column]:11.4g}" for column in COLUMNS), flush=True)
            alive = child.poll() is None
            child.send_signal(signal.SIGTERM)
        if not alive:
            print(f"THE SCHEDULER ENDED BY ITSELF, status {child.returncode}")
        with sqlite3.connect(folder / "tracker.db") as db:
            outcomes = dict(db.execute("SELECT outcome, count(*) FROM fetch GROUP BY outcome").fetchall())
            kept = dict(db.execute("SELECT source_id, count(*) FROM item GROUP BY source_id").fetchall())
            whole = db.execute("PRAGMA integrity_check").fetchone()[0]
        db.close()
        complained = Counter(line[:110] for line in log.read_text().splitlines())
    half = rows[len(rows) // 2 :]
    print(f"\nover the last half ({len(half)} minutes):")
    for what in ("memory_mb", "main_mb", "files", "threads", "database_mb", "evidence_mb", "items", "fetches"):
        print(f"  {what:<12} {slope(half, what) * 60:+10.2f} an hour")
    item, bytes_of_it = (slope(half, what, "items") * 1000 for what in ("database_mb", "evidence_mb"))
    print(f"  for each new item: {item:.1f} kB of database, {bytes_of_it:.1f} kB of evidence")
    level = slope(half, "main_mb") * 60 <= LEVEL_MB_AN_HOUR
    print(f"memory of the main process {'is level' if level else 'STILL GROWS'} (bar {LEVEL_MB_AN_HOUR} MB an hour)")
    asked = web.counted()
    print(f"requests {asked.get('requests', 0)}, of them to a private service {asked.get('private', 0)} (bar 0)")
    print(f"outcomes: {outcomes}; database: {whole}")
    by_kind = Counter[str]()
    for source, count in kept.items():
        by_kind[MISBEHAVIOURS[int(source.partition("-")[2]) % len(MISBEHAVIOURS)]] += count
    print(f"items by misbehaviour: {dict(by_kind)}")
    print(f"logged: {sum(complained.values())} lines; {complained.most_common(8)}")
    return {"rows": rows, "outcomes": outcomes, "alive": alive, "level": level}


def main() -> int:
    """0 when the scheduler lives, its memory is level and nothing private was asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--hasten", type=float, default=60, help="how much faster the scheduler's clock runs")
    options.add_argument("--sources", type=int, default=2 * len(MISBEHAVIOURS))
    options.add_argument("--watch", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.watch:
        watch(Path(asked.watch), json.load(sys.stdin), asked.hasten)
        return 0
    with serving(news_seconds=3600 / asked.hasten) as web:
        found = soak(web, asked.minutes, asked.hasten, asked.sources)
    return 0 if found["alive"] and found["level"] else 1


if __name__ == "__main__":
    sys.exit(main())
