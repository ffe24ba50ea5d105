"""What does one dangerous source do to a round? `python -m benchmarks.hazards [NAME ...]`.

Each danger alone with five healthy feeds, in a command of its own: its memory (of the whole tree, and of each part),
its time, the bytes that the server could send, the entries of the healthy ones that were stored, and what was said.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from pathlib import Path

from benchmarks.kit import ours, tree
from benchmarks.kit.web import ENTRIES, HAZARDS, Served, serving

HEALTHY = 5
MEMORY_MB = 150


def main(names: list[str]) -> int:
    """0 when every danger stays below the bar and harms no healthy source, else 1."""
    unknown = set(names) - set(HAZARDS)
    if unknown:
        print(f"no such danger: {', '.join(sorted(unknown))}; known: {', '.join(HAZARDS)}", file=sys.stderr)
        return 2
    print(f"one dangerous source and {HEALTHY} healthy ones; bar {MEMORY_MB} MB, all {HEALTHY * ENTRIES} entries")
    print(
        f"{'':<30}{'MB':>6}{'main':>6}{'parsers':>9}{'wall s':>8}{'MB sent':>9}{'healthy':>9}{'items':>8}"
        f"  {'outcome':<13}said"
    )
    with serving() as web:
        met = [one(web, name) for name in ("nothing dangerous", *(names or HAZARDS))]
    print(f"{sum(met)} of {len(met)} within the bars")
    return 0 if all(met) else 1


def one(web: Served, name: str) -> bool:
    """Whether a round with this danger kept to the bars; its figures are printed."""
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        danger = web.url("hazard", HAZARDS.index(name)) if name in HAZARDS else web.url("feed", 50)
        healthy = [web.url("feed", 20 + number) for number in range(HEALTHY)]
        (folder / "feeds.txt").write_text("\n".join((danger, *healthy)) + "\n")
        ours.set_up(folder)
        web.counted()
        command = [sys.executable, "-m", "benchmarks.kit.ours", "command", where]
        ran = tree.run(command, folder=Path(__file__).parents[1])
        asked = web.counted()
        fetches = {fetch["source_id"]: fetch for fetch in json.loads(ran.said)} if ran.said else {}
        with sqlite3.connect(folder / "data" / "tracker.db") as db:
            items = dict(db.execute("SELECT source_id, count(*) FROM item GROUP BY source_id").fetchall())
        db.close()
    fetch = fetches.get("feed-0", {"outcome": "?", "error": ran.complained[-200:], "note": ""})
    stored = sum(count for source, count in items.items() if source != "feed-0")
    print(
        f"{name:<30}{ran.memory_mb:>6.0f}{ran.parts_mb.get('main', 0):>6.0f}{ran.parts_mb.get('parsers', 0):>9.0f}"
        f"{ran.wall:>8.1f}{asked.get('bytes', 0) / 1e6:>9.1f}{stored:>9}{items.get('feed-0', 0):>8}  "
        f"{fetch['outcome']:<13}{(fetch['error'] or fetch['note'])[:90]}"
        + ("  <- THE PRIVATE SERVICE WAS ASKED" if asked.get("private") else ""),
        flush=True,
    )
    return ran.memory_mb <= MEMORY_MB and stored == HEALTHY * ENTRIES and not asked.get("private")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
