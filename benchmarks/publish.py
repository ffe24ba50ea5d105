"""How long does a release take, and how large is it? `python -m benchmarks.publish [NUMBER OF INITIATIVES] [data]`.

With `data` the static pages are left out: a hundred thousand initiatives are three hundred thousand pages.

Beside it, in the same run, the floor: the same number of files of the same sizes written and nothing else done.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from babel import Locale

from dashboard.site.pages import write_pages
from tracker import publish
from tracker import taxonomy as taxonomy_of
from tracker.model import Accuracy, Actor, Cited, Contact, Initiative, Published, Release, RoughDate, Wording
from tracker.publishing.files import data_files
from tracker.settings import Settings

BEGAN = datetime(2020, 5, 1, tzinfo=UTC)
SENTENCE = "The province opens a helpline for people in danger at home; it answers by text message, day and night. "


def records(number: int) -> tuple[Published, ...]:
    """Made-up public records with two wordings each, over all countries, types and issues; the same every time."""
    choice = random.Random(1)
    taxonomy = taxonomy_of.load()
    countries = sorted(code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha())
    return tuple(
        Published(
            id=id,
            revision=1,
            initiative=Initiative(
                wordings={
                    "en": Wording(title=f"Helpline by text message, number {id}", summary=SENTENCE * 4),
                    "fr" if id % 2 else "es": Wording(title=f"Texte {id}", summary=SENTENCE * 4),
                },
                issues=tuple(choice.sample(taxonomy.codes("issues"), choice.choice([1, 1, 2]))),
                types=tuple(choice.sample(taxonomy.codes("types"), choice.choice([1, 2, 3]))),
                countries=(choice.choice(countries),),
                targets=tuple(choice.sample(taxonomy.codes("targets"), 2)),
                actors=(Actor(name="Ministry of Families", kind="executive", level="national"),),
                status=choice.choice(taxonomy.codes("statuses")),
                start=RoughDate(on=date(2020, 3, 1) + timedelta(days=id % 400), accuracy=choice.choice(list(Accuracy))),
                contact=Contact(phone="+1 555 0100", url="https://example.org/") if id % 4 == 0 else Contact(),
            ),
            sources=(Cited(title="Province opens helpline", url=f"https://example.org/{id}", source="Ministry"),) * 2,
            first_public_at=BEGAN,
            changed_at=BEGAN + timedelta(minutes=id),
            verified_at=BEGAN,
        )
        for id in range(1, number + 1)
    )


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(number: int, *, pages: bool = True) -> None:
    settings, taxonomy = Settings(), taxonomy_of.load()
    release = Release(number=1, at=BEGAN, records=records(number))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "release"
        folder.mkdir()
        marks = [(cpu_seconds(), time.perf_counter())]
        publish.write_data(release, folder, settings, taxonomy)
        marks.append((cpu_seconds(), time.perf_counter()))
        if pages:
            write_pages(release, folder, settings, taxonomy)
        marks.append((cpu_seconds(), time.perf_counter()))
        data = {name: (folder / name).stat().st_size for name in data_files(folder)}
        sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        floor = Path(place) / "floor"
        floor.mkdir()
        marks.append((cpu_seconds(), time.perf_counter()))
        for place_in_row, size in enumerate(sizes):
            (floor / str(place_in_row)).write_bytes(b"x" * size)
        marks.append((cpu_seconds(), time.perf_counter()))
    for name, size in sorted(data.items(), key=lambda pair: -pair[1])[:12]:
        print(f"{name:<28}{size / 1e6:10.2f} MB")
    spans = {"data files": (0, 1), "static pages": (1, 2), "floor: the same files": (3, 4)}
    took = {}
    for name, (first, last) in spans.items():
        took[name] = marks[last][0] - marks[first][0]
        print(f"{name:<24}{took[name]:8.2f} s CPU {marks[last][1] - marks[first][1]:8.2f} s wall")
    whole = took["data files"] + took["static pages"]
    print(f"{number} initiatives, {len(sizes)} files, {sum(sizes) / 1e6:.0f} MB")
    print(
        f"{1000 * whole / number:.2f} ms CPU an initiative, {whole / took['floor: the same files']:.1f} times the floor"
    )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, pages="data" not in sys.argv)
