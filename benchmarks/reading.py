"""How well are texts read, and how fast? `python -m benchmarks.reading [FOLDER OF THE CORPUS]`.

Issues, countries and initiatives against the labelled records (rows on which two readers may differ are left out),
languages against the labelled texts, headlines also beside langdetect as it comes. Figures are given by data set and
language, since one figure for all would mostly tell of one data set in one style of English.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import langdetect
from babel.core import get_global
from langdetect import DetectorFactory

from tracker import reading
from tracker.model import Suggestion
from tracker.reading.language import detect, recognised

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
ISSUES = ("domestic_violence", "hate_crime", "victim_services")
SAME_LANGUAGE = {"nb": "no", "nn": "no"}
Row = dict[str, Any]


class Found(NamedTuple):
    """How often something was found rightly, wrongly and not at all."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return f"P {self.precision:.3f}  R {self.recall:.3f}  F1 {self.f1:.3f}  ({self.right + self.missed} true)"


class Countries(NamedTuple):
    """How often the countries are exactly those of the label, and how often the first is one of them."""

    rows: int
    named: int  # rows in which the text names a country at all
    exact: int
    best: int

    def __str__(self) -> str:
        return (
            f"exact {self.exact / self.rows:.3f}  named {self.named / self.rows:.3f}  "
            f"first is right where named {self.best / max(1, self.named):.3f}  ({self.rows} rows)"
        )


def rows(folder: Path, name: str) -> list[Row]:
    with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def records(folder: Path) -> list[tuple[Row, Suggestion]]:
    """The labelled records with what is read from them, without those on which two readers may differ."""
    clear = [row for row in rows(folder, "records.jsonl.gz") if not row["borderline"]]
    return [(row, reading.read(row["title"], row["text"])) for row in clear]


def issue(read: Iterable[tuple[Row, Suggestion]], code: str) -> Found:
    """How well an issue is suggested (from one chance in two)."""
    said = [
        (code in row["issues"], any(one.code == code and one.score >= 0.5 for one in it.issues)) for row, it in read
    ]
    return Found(
        sum(true and found for true, found in said),
        sum(found and not true for true, found in said),
        sum(true and not found for true, found in said),
    )


def countries(read: Iterable[tuple[Row, Suggestion]]) -> Countries:
    """How well countries are found in the rows that are labelled with one."""
    alpha2 = {three: two for two, three in _alpha3().items()}
    total = Countries(0, 0, 0, 0)
    for row, suggestion in read:
        true = {alpha2.get(code, code) for code in row["countries"]}
        if not true:
            continue
        chosen = {one.code for one in suggestion.countries if one.score >= 0.5}
        first = suggestion.countries[0].code if suggestion.countries else None
        total = Countries(
            total.rows + 1, total.named + bool(first), total.exact + (chosen == true), total.best + (first in true)
        )
    return total


def _alpha3() -> dict[str, str]:
    """ISO 3166-1 alpha-2 to alpha-3."""
    aliases = get_global("territory_aliases")
    return {two[0]: three for three, two in aliases.items() if len(three) == 3 and three.isalpha() and len(two) == 1}


def initiative(read: Iterable[tuple[Row, Suggestion]]) -> float:
    """The chance that an initiative is put before something else (area under the curve)."""
    return _before([(it.initiative, row["is_initiative"] == "yes") for row, it in read])


def queue(read: Iterable[tuple[Row, Suggestion]]) -> float:
    """The chance that the queue shows a record of the three issues before another one."""
    return _before([(it.score, row["issues"] != ["none"]) for row, it in read])


def _before(scored: list[tuple[float, bool]]) -> float:
    wanted = [score for score, true in scored if true]
    other = sorted(score for score, true in scored if not true)
    if not wanted or not other:
        return float("nan")
    places = sum((bisect_left(other, score) + bisect_right(other, score)) / 2 for score in wanted)
    return places / len(wanted) / len(other)


def languages(folder: Path, declared: Callable[[Row], str | None] = lambda _: None) -> dict[str, tuple[int, int]]:
    """(right, all) by kind of text, for languages that can be recognised; `headline` and the like, and `all`."""
    labelled = rows(folder, "langid.jsonl.gz")
    known = {detect("", row["lang"])[0] for row in labelled} & recognised()
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in labelled:
        true = SAME_LANGUAGE.get(row["lang"], row["lang"])
        if true in known:
            right = detect(row["text"], declared(row))[0] == true
            for key in (row["kind"], "all", *(["headline " + true] if row["kind"] == "headline" else [])):
                found[key][0] += right
                found[key][1] += 1
    return {key: (right, every) for key, (right, every) in sorted(found.items())}


def as_it_comes(folder: Path) -> tuple[int, int]:
    """(right, all) of langdetect's own detection, with a fixed seed, on headlines."""
    DetectorFactory.seed = 0
    headlines = [row for row in rows(folder, "langid.jsonl.gz") if row["kind"] == "headline"]
    return sum(langdetect.detect(row["text"]) == row["lang"] for row in headlines), len(headlines)


def main(folder: Path) -> None:
    """Prints all figures."""
    reading.read("warm", "up")
    start = time.perf_counter()
    read = records(folder)
    each = (time.perf_counter() - start) / len(read)
    print(f"{reading.VERSION}: {len(read)} records, {each * 1e6:.0f} µs each, language included")
    parts = sorted({(row["dataset"], row["language"]) for row, _ in read if row["issues"] != ["none"]})

    def of(dataset: str, language: str) -> list[tuple[Row, Suggestion]]:
        return [(row, it) for row, it in read if (row["dataset"], row["language"]) == (dataset, language)]

    f1 = [issue(read, code).f1 for code in ISSUES]
    print(f"\nissues: macro-F1 {sum(f1) / len(f1):.3f}")
    for code in ISSUES:
        print(f"  {code:18} all          {issue(read, code)}")
        for dataset, language in parts:
            found = issue(of(dataset, language), code)
            if found.right + found.missed + found.wrong:
                print(f"  {'':18} {dataset:8} {language:3} {found}")
    print("\ncountries (from the text alone)")
    for dataset, language in parts:
        if (found_countries := countries(of(dataset, language))).rows > 20:
            print(f"  {dataset:8} {language:3} {found_countries}")
    print("\ninitiative before others, and record of an issue before others in the queue (area under the curve)")
    about = [(row, it) for row, it in read if row["issues"] != ["none"]]
    print(f"  all: initiative {initiative(read):.3f} (of an issue: {initiative(about):.3f})  queue {queue(read):.3f}")
    for dataset, language in parts:
        part = of(dataset, language)
        print(f"  {dataset:8} {language:3} initiative {initiative(part):.3f}  queue {queue(part):.3f}")
    start = time.perf_counter()
    by_kind = languages(folder)
    each = (time.perf_counter() - start) / by_kind["all"][1]
    print(f"\nlanguages ({each * 1e6:.0f} µs each)")
    told = languages(folder, lambda row: row["lang"])
    for kind, (right, every) in by_kind.items():
        print(f"  {kind:12} {right / every:.3f}  when declared {told[kind][0] / every:.3f}  ({every})")
    start = time.perf_counter()
    right, every = as_it_comes(folder)
    each = (time.perf_counter() - start) / every
    print(f"  headline, langdetect as it comes: {right / every:.3f}  ({every}), {each * 1e6:.0f} µs each")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS)
