"""How much does a round over many feeds cost, beside other collectors on the same feeds in the same run?

`python -m benchmarks.collect [--work feeds|articles|growth|slow|scrapy] [--feeds 500] [--runs 3]`; else all.
The web is a process of its own on loopback and not counted. The ratios are what to keep; seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.kit import ours, tree
from benchmarks.kit.web import ENTRIES, Served, serving

HERE = Path(__file__).parent
READER = ("reader==3.26", "sgmllib3k==1.0.0")  # it imports sgmllib, which its feed parser no longer brings
FIGURES = ("cpu", "wall", "memory_mb", "held", "suggesting", "stories", "digest")
ROUNDS = ("first", "unchanged", "again")
SLOW_STORED_SECONDS, SLOW_OVER_SECONDS = 3, 35
GROWTH = (500, 2000, 5000, 20_000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What one round of one contender cost, and what it left."""

    cpu: float
    wall: float
    memory_mb: float
    requests: int
    not_modified: int
    held: int  # entries, afterwards
    suggesting: float | None = None  # CPU seconds of it; None where nothing is suggested
    stories: float | None = None  # of telling them apart
    digest: str = ""  # of what is kept, ours only
    wrote: bool = False  # to items, though nothing had changed
    bad: str = ""


Contender = Callable[[Path, Served], list[Cost]]


# ------------------------------------------------------------------------------------------------------- contenders


def peer(name: str, python: str) -> Contender:
    """A peer, a process a round."""
    script = str(HERE / "kit" / "peers.py")
    env = {"HOME": "", "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}

    def contend(folder: Path, web: Served) -> list[Cost]:
        def run(what: str) -> tree.Ran:
            command = [python, script, name, str(folder), what]
            ran = tree.run(command, folder=folder, env={**env, "HOME": str(folder)})
            if ran.status:
                raise SystemExit(f"{name}, {what}: ended with {ran.status}\n{ran.complained[-2000:]}")
            return ran

        run("setup")
        found = []
        for _ in ROUNDS:
            web.counted()
            ran, asked = run("round"), web.counted()
            found.append(_cost(ran, asked, int(run("held").said.split()[-1])))
        return found

    return contend


def command(*, listed: bool = False, **changes: Any) -> Contender:
    """`tracker collect --all`, a process a round, its sources changed so; `listed`: they stand in config.yaml."""

    def contend(folder: Path, web: Served) -> list[Cost]:
        ours.set_up(folder, listed=listed, **changes)
        found = []
        for _ in ROUNDS:
            web.counted()
            line = [sys.executable, "-m", "benchmarks.kit.ours", "command", str(folder)]
            ran = tree.run(line, folder=HERE.parent)
            asked = web.counted()
            if ran.status:
                raise SystemExit(f"ours: ended with {ran.status}\n{ran.complained[-2000:]}")
            bad = sorted({fetch["error"] for fetch in json.loads(ran.said) if fetch["error"]})
            spent: dict[str, float] = json.loads(ran.complained.splitlines()[-1])
            items, digest = ours.kept(folder)
            found.append(_cost(ran, asked, items, **spent, digest=digest, bad="; ".join(bad[:2])))
        return found

    return contend


def rounds(**changes: Any) -> Contender:
    """Rounds within one process, as the scheduler runs them."""

    def contend(folder: Path, web: Served) -> list[Cost]:
        ours.set_up(folder, **changes)
        found = []
        line = [sys.executable, "-m", "benchmarks.kit.ours", "rounds", str(folder), str(len(ROUNDS))]
        web.counted()
        with subprocess.Popen(
            line, cwd=HERE.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None  # noqa: S101
            assert process.stdout is not None  # noqa: S101
            for _ in ROUNDS:
                told = json.loads(process.stdout.readline())
                asked = web.counted()
                found.append(
                    Cost(
                        **{key: told[key] for key in FIGURES},
                        **_asked(asked),
                        bad="; ".join(told["bad"][:2]),
                    )
                )
                process.stdin.write("\n")
                process.stdin.flush()
        return found

    return contend


def _cost(ran: tree.Ran, asked: Mapping[str, int], held: int, **more: Any) -> Cost:
    return Cost(cpu=ran.cpu, wall=ran.wall, memory_mb=ran.memory_mb, held=held, **_asked(asked), **more)


def _asked(asked: Mapping[str, int]) -> dict[str, Any]:
    return {"requests": asked.get("requests", 0), "not_modified": asked.get("not_modified", 0)}


def readers_python() -> str | None:
    """The Python of an environment with reader, made when it is not there; None where it cannot be made."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tracker-benchmarks"
    folder = cache / f"reader-{hashlib.sha256(' '.join(READER).encode()).hexdigest()[:8]}"
    python = folder / "bin" / "python"
    if (folder / "ready").exists():
        return str(python)
    print(f"making an environment for {READER[0]} (once)", file=sys.stderr, flush=True)
    venv.create(folder, with_pip=True, clear=True)
    install = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", *READER]
    if subprocess.run(install, check=False).returncode:
        return None
    (folder / "ready").touch()
    return str(python)


# ------------------------------------------------------------------------------------------------------ feeds, articles


def race(
    contenders: Mapping[str, Contender | str], urls: Sequence[str], web: Served, runs: int
) -> dict[str, list[Cost]]:
    """The median of each round of each contender, by name; those that are only a reason are left out."""
    found: dict[str, list[list[Cost]]] = {}
    for number in range(runs):
        for name, contend in contenders.items():
            if isinstance(contend, str):
                continue
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "feeds.txt").write_text("\n".join(urls) + "\n")
                costs = contend(Path(folder), web)
            found.setdefault(name, []).append([replace(cost, wrote=cost.digest != costs[0].digest) for cost in costs])
            print(f"  run {number + 1} of {runs}: {name} done", file=sys.stderr, flush=True)
    return {name: [_median([one[at] for one in many]) for at in range(len(ROUNDS))] for name, many in found.items()}


def _median(costs: Sequence[Cost]) -> Cost:
    """The run in the middle by its CPU: its other figures belong to it."""
    return sorted(costs, key=lambda cost: cost.cpu)[(len(costs) - 1) // 2]


def show(found: Mapping[str, list[Cost]], missing: Mapping[str, str], wanted: int, base: Sequence[str]) -> None:
    """A line a contender and round; ratios to the contenders of `base` in the same round."""
    heads = "".join(f"{'to ' + name.split()[-1]:>14}" for name in base)
    print(
        f"\n{'':<30}{'round':<11}{'CPU s':>7}{heads}{'suggest s':>10}{'stories s':>10}"
        f"{'wall s':>8}{'MB':>6}{'requests':>9}{'304':>6}{'held':>8}"
    )
    for name, costs in found.items():
        for which, cost in zip(ROUNDS, costs, strict=True):
            at = ROUNDS.index(which)
            ratios = "".join(f"{_ratio(cost.cpu, found.get(one), at):>14}" for one in base)
            ours_alone = "".join(
                f"{'-' if one is None else f'{one:.2f}':>10}" for one in (cost.suggesting, cost.stories)
            )
            print(
                f"{name if not at else '':<30}{which:<11}{cost.cpu:>7.2f}{ratios}{ours_alone}{cost.wall:>8.1f}"
                f"{cost.memory_mb:>6.0f}{cost.requests:>9}{cost.not_modified:>6}{cost.held:>8}"
                + ("" if cost.held == wanted else f"  <- {wanted} expected")
                + (f"  <- {cost.bad}" if cost.bad else "")
            )
    for name, why in missing.items():
        print(f"{name:<30}MISSING: {why}")


def _collecting(cost: Cost) -> float:
    """CPU seconds without what no peer does."""
    return cost.cpu - (cost.suggesting or 0) - (cost.stories or 0)


def _ratio(cpu: float, others: list[Cost] | None, at: int) -> str:
    return f"{cpu / others[at].cpu:.2f}" if others else "-"


def bar(what: str, value: float, most: float, stretch: float | None = None) -> bool:
    """Says whether a bar is met; a bar is the most that is allowed."""
    beyond = f", stretch {stretch:g} {'met' if value <= stretch else 'not met'}" if stretch is not None else ""
    print(f"  {'met    ' if value <= most else 'NOT MET'} {what}: {value:.2f} (bar {most:g}{beyond})")
    return value <= most


def feeds(web: Served, count: int, hosts: int, runs: int) -> bool:
    """Feeds: a first round and unchanged ones, beside the peers."""
    python = readers_python()
    contenders: dict[str, Contender | str] = {
        "fetch only": peer("fetch only", sys.executable),
        "fetch + feedparser": peer("fetch + feedparser", sys.executable),
        "newsboat": peer("newsboat", sys.executable)
        if shutil.which("newsboat")
        else "not on the path (Debian: newsboat)",
        "reader": peer("reader", python) if python else f"{READER[0]} could not be installed",
        "ours, a command": command(),
        "ours, sources in config.yaml": command(listed=True),
        "ours, rounds of a process": rounds(),
    }
    urls = [web.url("feed", number, hosts) for number in range(count)]
    found = race(contenders, urls, web, runs)
    missing = {name: why for name, why in contenders.items() if isinstance(why, str)}
    print(f"\n{count} feeds x {ENTRIES} entries on {hosts} hosts, medians of {runs}; CPU of the whole process tree")
    show(found, missing, count * ENTRIES, ("newsboat", "reader"))
    met = []
    for name in ("ours, a command", "ours, rounds of a process"):
        first, unchanged, _ = found[name]
        collecting, with_stories = _collecting(first), first.cpu - (first.suggesting or 0)
        print(f"{name}:")
        if "newsboat" in found:
            most = found["newsboat"][0].cpu
            met.append(bar("first round, collecting alone, to newsboat", collecting / most, 1, 0.5))
            bar("the same with stories told apart", with_stories / most, 1, 0.5)
            bar("first round, with all that is done, to newsboat", first.cpu / most, 1, 0.5)
        if "reader" in found:
            met.append(bar("unchanged round to reader", unchanged.cpu / found["reader"][1].cpu, 1, 0.6))
        met.append(bar("feeds of the unchanged round not asked conditionally", count - unchanged.not_modified, 0))
        met.append(
            bar("rounds that wrote to items though nothing had changed", sum(cost.wrote for cost in found[name]), 0)
        )
    return all(met)


def articles(web: Served, runs: int, count: int = 20) -> bool:
    """Feeds whose entries have their whole text on pages, beside trafilatura on the same bytes."""
    contenders: dict[str, Contender | str] = {
        "fetch + trafilatura": peer("fetch + trafilatura", sys.executable),
        "the same with title and date": peer("the same with title and date", sys.executable),
        "ours, a command": command(full_text=True),
        "ours, rounds of a process": rounds(full_text=True),
    }
    urls = [web.url("shelf", number, count) for number in range(count)]
    found = race(contenders, urls, web, runs)
    print(f"\n{count} feeds x {ENTRIES} pages, each on a host of its own, text extracted; medians of {runs}")
    base = ("fetch + trafilatura", "the same with title and date")
    show(found, {}, count * ENTRIES, base)
    first, unchanged, _ = found["ours, rounds of a process"]
    collecting = _collecting(first)
    return all(
        (
            bar(
                "first round, collecting alone, to trafilatura with title and date",
                collecting / found[base[1]][0].cpu,
                1.3,
            ),
            bar("first round, collecting alone, to trafilatura", collecting / found[base[0]][0].cpu, 1.3),
            bar("requests of the unchanged round, beyond one a source", unchanged.requests - count, 0),
        )
    )


# --------------------------------------------------------------------------------------------------------- growth, slow


def growth(web: Served, count: int = 500) -> bool:
    """A round over as many due sources, of more and more in the same store: memory, and the time to claim them."""
    print(f"\na round over {count} due sources, of more and more in one store")
    print(f"{'sources':>9}{'claim ms':>10}{'CPU s':>8}{'wall s':>8}{'MB':>6}")
    found = []
    for sources in GROWTH:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "feeds.txt").write_text("\n".join(web.url("feed", number) for number in range(count)) + "\n")
            line = [sys.executable, "-m", "benchmarks.kit.ours", "growth", name, str(sources)]
            ran = tree.run(line, folder=HERE.parent)
            if ran.status:
                raise SystemExit(ran.complained[-2000:])
            told = json.loads(ran.said)
        found.append(told)
        print(
            f"{sources:>9}{told['claim_ms']:>10.1f}{told['cpu']:>8.2f}{told['wall']:>8.1f}{told['memory_mb']:>6.0f}",
            flush=True,
        )
    return all(
        (
            bar("memory at the end to memory at the start", found[-1]["memory_mb"] / found[0]["memory_mb"], 1.1),
            bar("claim time at the end, ms", found[-1]["claim_ms"], 100),
        )
    )


def slow(web: Served, healthy: int = 30) -> bool:
    """One source that drips a byte a second among healthy ones: when those were stored, and when the round ended."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        urls = [web.url("hazard", 3), *(web.url("feed", number) for number in range(4, 4 + healthy))]
        (folder / "feeds.txt").write_text("\n".join(urls) + "\n")
        ran = tree.run([sys.executable, "-m", "benchmarks.kit.ours", "slow", name], folder=HERE.parent)
        if ran.status:
            raise SystemExit(ran.complained[-2000:])
        told = json.loads(ran.said)
    print(f"\n1 source drips a byte a second, {healthy} are healthy")
    return all(
        (
            bar("healthy ones that were not stored", healthy - len(told["stored"]), 0),
            bar("last healthy one stored after, s", max(told["stored"]), SLOW_STORED_SECONDS),
            bar("round over after, s", told["over"], SLOW_OVER_SECONDS),
        )
    )


def scrapy(web: Served, runs: int, count: int = 500) -> bool:
    """What Scrapy costs beside bare aiohttp, part by part (decision 0008). There is no bar."""
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "feeds.txt").write_text("\n".join(web.url("feed", number) for number in range(count)))
        for _ in range(runs):
            ran = tree.run([sys.executable, "-m", "benchmarks.kit.ours", "scrapy", name], folder=HERE.parent)
            if ran.status:
                raise SystemExit(ran.complained[-2000:])
            found.append(json.loads(ran.said))
    print(f"\nfetching alone, {count} feeds; CPU ms, least of {runs}")
    for part in found[0]:
        print(f"  {part:<36}{min(one[part] for one in found):>9.2f}")
    return True


def main() -> int:
    """0 when all bars are met, else 1."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--work", choices=("feeds", "articles", "growth", "slow", "scrapy"))
    options.add_argument("--feeds", type=int, default=500)
    options.add_argument("--hosts", type=int, default=100)
    options.add_argument("--runs", type=int, default=3)
    asked = options.parse_args()
    met = []
    with serving() as web:
        if asked.work in (None, "feeds"):
            met.append(feeds(web, asked.feeds, asked.hosts, asked.runs))
        if asked.work in (None, "articles"):
            met.append(articles(web, asked.runs))
        if asked.work in (None, "growth"):
            met.append(growth(web))
        if asked.work in (None, "slow"):
            met.append(slow(web))
        if asked.work in (None, "scrapy"):
            met.append(scrapy(web, asked.runs))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
