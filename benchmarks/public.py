"""How fast is what the public meets? `python -m benchmarks.public [static|phone] [NUMBERS OF INITIATIVES …]`.

static: the pages at 1,000, 10,000 and 100,000 initiatives, made anew and after one in a hundred has changed; beside it
the floor in the same run: files of the same names and sizes, without templates. phone: the first paint on a slow phone.
"""

from __future__ import annotations

import gzip
import math
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.publish import BEGAN, cpu_seconds, records
from dashboard.site.pages import write_pages
from tracker import publish
from tracker import taxonomy as taxonomy_of
from tracker.model import Published, Release
from tracker.settings import Settings

NUMBERS = (1_000, 10_000, 100_000)
BARS = {"seconds at 10,000": 10.0, "bytes of a page": 100_000, "bytes of the index at 10,000, gzip": 300_000,
        "first paint on a slow phone, seconds": 2.0}  # fmt: skip


class Took(NamedTuple):
    cpu: float
    wall: float


class Measured(NamedTuple):
    """One size of the site."""

    number: int
    anew: Took
    again: Took
    floor: Took
    reused: int
    files: int
    bytes: int
    largest: tuple[str, int]
    index_bytes: int


def timed(act: Callable[[], Any]) -> tuple[Took, Any]:
    cpu, wall = cpu_seconds(), time.perf_counter()
    given = act()
    return Took(cpu_seconds() - cpu, time.perf_counter() - wall), given


def shelved(shelf: Path, number: int, made: tuple[Published, ...]) -> tuple[Path, Took, int]:
    """A release in its folder, how long its pages took, and how many of them it shares with the one before."""
    settings, taxonomy = Settings(), taxonomy_of.load()
    release = Release(number=number, at=BEGAN, records=made)
    folder = shelf / str(number)
    folder.mkdir()
    publish.write_data(release, folder, settings, taxonomy)
    took, reused = timed(lambda: write_pages(release, folder, settings, taxonomy))
    (shelf / "current").unlink(missing_ok=True)
    (shelf / "current").symlink_to(folder.name)
    return folder, took, reused


def measured(number: int) -> Measured:
    made = records(number)
    with tempfile.TemporaryDirectory() as place:
        folder, anew, _ = shelved(Path(place), 1, made)
        files = {path.relative_to(folder): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
        pages = {str(path): size for path, size in files.items() if path.suffix == ".html"}
        index = sum(len(gzip.compress(path.read_bytes(), 6)) for path in folder.glob("search/en-*.json"))
        floor, _ = timed(lambda: _written(Path(place) / "floor", files))
        later = BEGAN + timedelta(days=400)
        changed = tuple(one.but(changed_at=later, revision=2) if one.id % 100 == 0 else one for one in made)
        _, again, reused = shelved(Path(place), 2, changed)
    heaviest = max(pages, key=pages.__getitem__)
    return Measured(
        number, anew, again, floor, reused, len(files), sum(files.values()), (heaviest, pages[heaviest]), index
    )


def _written(place: Path, files: dict[Path, int]) -> None:
    for path, size in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(b"x" * size)


def static(numbers: tuple[int, ...]) -> None:
    found = []
    for number in numbers:
        one = measured(number)
        found.append(one)
        print(f"{number:>7} initiatives  pages anew {one.anew.cpu:7.2f} s CPU {one.anew.wall:7.2f} s wall")
        print(
            f"{'':>20} 1 % changed {one.again.cpu:6.2f} s CPU {one.again.wall:7.2f} s wall, {one.reused} pages shared"
        )
        print(f"{'':>20} floor      {one.floor.cpu:7.2f} s CPU {one.floor.wall:7.2f} s wall")
        heaviest, size = one.largest
        print(f"{'':>20} {one.files} files, {one.bytes / 1e6:.0f} MB; largest page {heaviest}, {size} bytes")
        print(f"{'':>20} index of the search, gzip: {one.index_bytes} bytes in English")
    for less, more in pairwise(found):
        growth = math.log(more.anew.cpu / less.anew.cpu) / math.log(more.number / less.number)
        print(f"from {less.number} to {more.number}: time grows with the number to the power of {growth:.2f}")


def phone(number: int) -> None:
    """First paint with a processor four times slower and the network of a fast 3G, nothing in the cache, no gzip."""
    from tests.browser import launched

    with tempfile.TemporaryDirectory() as place:
        folder, _, _ = shelved(Path(place), 1, records(number))
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with launched() as browser:
            for path in (
                "en/index.html",
                "en/country/CA.html",
                "en/countries.html",
                "en/initiative/1.html",
                "en/help.html",
            ):
                paints = sorted(
                    _first_paint(browser, f"http://127.0.0.1:{server.server_port}/{path}") for _ in range(3)
                )
                print(f"{path:<24} first paint {paints[1]:5.2f} s (of three: {paints[0]:.2f} to {paints[2]:.2f})")
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def _first_paint(browser: Any, address: str) -> float:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    fast_3g = {"offline": False, "latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}
    session.send("Network.emulateNetworkConditions", fast_3g)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address)
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
    seconds = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000")
    context.close()
    return float(seconds)


def main(arguments: list[str]) -> None:
    which = [name for name in arguments if not name.isdigit()] or ["static", "phone"]
    numbers = tuple(int(number) for number in arguments if number.isdigit())
    for name, bar in BARS.items():
        print(f"to be under: {name} {bar:g}")
    if "static" in which:
        static(numbers or NUMBERS)
    if "phone" in which:
        phone(numbers[0] if numbers else 10_000)


if __name__ == "__main__":
    main(sys.argv[1:])
