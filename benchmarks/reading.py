"""How well are texts read, and how fast? `python -m benchmarks.reading [FOLDER OF THE CORPUS] [--venvs DIR]`.

Issues, countries and initiatives against the labelled records (rows on which two readers may differ are left out),
languages against the labelled texts. Beside ours stand the answers of others in the same run, where DIR has a virtual
environment for them: `v_geo` (geotext, flashgeotext, country_converter with pandas before 3) and `v_lang` (langdetect,
lingua-language-detector, py3langid); the domain of the link speaks for their countries where they find none. Figures
are given by data set and language, since one figure for all would mostly tell of one data set in one style of English.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from babel.core import get_global

from tracker import reading
from tracker.model import Suggestion
from tracker.reading.countries import domain_of, spoken_of
from tracker.reading.folding import fold
from tracker.reading.language import detect, recognised

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
ISSUES = ("domestic_violence", "hate_crime", "victim_services")
TOLD_FROM = 0.5
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
            f"first is right where named {self.best / max(1, self.named):.3f}, of all {self.best / self.rows:.3f}  "
            f"({self.rows} rows)"
        )


def rows(folder: Path, name: str) -> list[Row]:
    with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def records(folder: Path, *, link: bool = False) -> list[tuple[Row, Suggestion]]:
    """The labelled records with what is read from them, without those on which two readers may differ.

    `link`: with the address of the record, which stands for what its source would tell.
    """
    clear = [row for row in rows(folder, "records.jsonl.gz") if not row["borderline"]]
    return [(row, reading.read(row["title"], row["text"], url=(row["source_url"] or "") * link)) for row in clear]


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
    """How well countries are found in the rows that are labelled with one (told from one chance in two)."""
    return counted(
        (row, [one.code for one in it.countries if one.score >= TOLD_FROM], [one.code for one in it.countries])
        for row, it in read
    )


def counted(told: Iterable[tuple[Row, list[str], list[str]]]) -> Countries:
    """The same for (row, countries that are told, all that were found, best first)."""
    alpha2 = {three: two for two, three in _alpha3().items()}
    total = Countries(0, 0, 0, 0)
    for row, chosen, found in told:
        true = {alpha2.get(code, code) for code in row["countries"]}
        if true:
            total = Countries(
                total.rows + 1,
                total.named + bool(found),
                total.exact + (set(chosen) == true),
                total.best + (bool(found) and found[0] in true),
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


def calibration(folder: Path) -> list[tuple[float, int, float, float]]:
    """For each tenth of confidence without a declaration: where it begins, texts, confidence, share that is right."""
    found: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for row in rows(folder, "langid.jsonl.gz"):
        true = SAME_LANGUAGE.get(row["lang"], row["lang"])
        if true in recognised():
            language, confidence = detect(row["text"])
            found[min(int(confidence * 10), 9)].append((confidence, language == true))
    return [
        (tenth / 10, len(of), sum(said for said, _ in of) / len(of), sum(right for _, right in of) / len(of))
        for tenth, of in sorted(found.items())
    ]


def peer(venvs: Path, name: str, texts: list[str]) -> tuple[list[Any], float]:
    """What another reads in these texts, and how long each took it, loading included, in seconds."""
    python = venvs / ("v_lang" if name in LANGUAGE_PEERS else "v_geo") / "bin" / "python"
    script = Path(__file__).parent / "kit" / "readers.py"
    start = time.perf_counter()
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run([python, script, name], input=lines, capture_output=True, text=True, check=True)
    each = (time.perf_counter() - start) / len(texts)
    return [json.loads(line) for line in done.stdout.splitlines()], each


COUNTRY_PEERS = ("geotext", "flashgeotext", "country_converter")
LANGUAGE_PEERS = ("langdetect", "lingua", "py3langid")


def country_peers(venvs: Path, folder: Path, parts: list[tuple[str, str]]) -> None:
    """Prints how well others find countries, alone and with the domain of the link where they find none."""
    clear = [row for row in rows(folder, "records.jsonl.gz") if not row["borderline"] and row["countries"]]
    clear = [row for row in clear if (row["dataset"], row["language"]) in parts]
    for name in COUNTRY_PEERS:
        said, each = peer(venvs, name, [" ".join(f"{row['title']} {row['text']}".split()) for row in clear])
        print(f"  {name}, {each * 1e6:.0f} µs each with loading")
        codes = [[_code(one) for one in found] if isinstance(found, list) else [] for found in said]
        for part in parts:
            of = [
                (row, one) for row, one in zip(clear, codes, strict=True) if (row["dataset"], row["language"]) == part
            ]
            if len(of) > 20:
                alone = counted((row, one, one) for row, one in of)
                by_link = [(row, one or domain_of(row["source_url"] or "")) for row, one in of]
                linked = counted((row, one, one) for row, one in by_link)
                print(f"    {part[0]:8} {part[1]:3} alone {alone}")
                print(f"    {'':12} link  {linked}")


def _code(name: str) -> str:
    found = [] if len(name) == 2 else spoken_of(fold(name), 0).countries
    return found[0].code if found else name


def language_peers(venvs: Path, folder: Path) -> None:
    """Prints how well others recognise the language of headlines, and of titles with their text."""
    headlines = [row for row in rows(folder, "langid.jsonl.gz") if row["kind"] == "headline"]
    whole = [row for row in rows(folder, "records.jsonl.gz") if row["dataset"] == "wedo"]
    sets = (
        ("headline", [(row["text"], row["lang"]) for row in headlines]),
        ("title and text", [(f"{row['title']}\n{row['text']}", row["language"]) for row in whole]),
    )
    for kind, labelled in sets:
        ours = [detect(text)[0] for text, _ in labelled]
        print(f"  {kind:15} {'ours':12} {_by_language(ours, labelled)}")
        for name in LANGUAGE_PEERS:
            said, each = peer(venvs, name, [text for text, _ in labelled])
            print(f"  {'':15} {name:12} {_by_language(said, labelled)}  {each * 1e6:.0f} µs each with loading")


def _by_language(said: list[str], labelled: list[tuple[str, str]]) -> str:
    right: dict[str, list[bool]] = defaultdict(list)
    for one, (_, true) in zip(said, labelled, strict=True):
        for key in ("all", true):
            right[key].append(one == true)
    return "  ".join(f"{key} {sum(of) / len(of):.3f} ({len(of)})" for key, of in sorted(right.items()))


def main(folder: Path, venvs: Path | None = None) -> None:
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
    print("\ncountries (with the link as prior)")
    linked = records(folder, link=True)
    for dataset, language in parts:
        part = [(row, it) for row, it in linked if (row["dataset"], row["language"]) == (dataset, language)]
        if (found_countries := countries(part)).rows > 20:
            print(f"  {dataset:8} {language:3} {found_countries}")
    if venvs:
        country_peers(venvs, folder, parts)
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
    print("\n  says    texts  on average  right")
    for tenth, texts, said, right_share in calibration(folder):
        print(f"  {tenth:.1f}  {texts:7}  {said:10.2f}  {right_share:5.2f}")
    if venvs:
        language_peers(venvs, folder)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    options.add_argument("--venvs", type=Path)
    given = options.parse_args()
    main(given.folder, given.venvs)
