"""How well are articles read, beside plain trafilatura? `python -m benchmarks.extract [FOLDER OF THE CORPUS]`.

Real pages with what their labellers say should be found. Text: F1 over the pieces that must be found and those that
must not, and over runs of four words where the whole text is known. Title: the same words, case and accents aside.
Date: the same day, wrong or none. By family, which is the collection that a page was taken from.
"""

from __future__ import annotations

import gzip
import json
import sys
import tarfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trafilatura

from collectors.page import read_article
from tracker.errors import BadPage
from tracker.text import folded

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
SHINGLE = 4  # words


@dataclass
class Score:
    """What one reader found on the pages of one family."""

    pages: int = 0
    seconds: float = 0.0
    pieces: Counter[str] = field(default_factory=Counter)  # taken, missed, wrong
    texts: list[float] = field(default_factory=list)  # F1 of each page whose text is known
    titles: Counter[bool] = field(default_factory=Counter)
    dates: Counter[str] = field(default_factory=Counter)  # right, wrong, none

    def add(self, gold: dict[str, Any], title: str, text: str, date: str) -> None:
        """Counts one page. `date` is its day, or empty."""
        self.pages += 1
        text = " ".join(text.split())
        for piece in gold.get("must_contain", ()):
            self.pieces["taken" if " ".join(piece.split()) in text else "missed"] += 1
        for piece in gold.get("must_not_contain", ()):
            self.pieces["wrong"] += " ".join(piece.split()) in text
        if isinstance(gold.get("text"), str) and gold["text"].strip():
            self.texts.append(f1(shingles(gold["text"]), shingles(text)))
        if isinstance(gold.get("title"), str) and gold["title"].strip():
            self.titles[folded(gold["title"]) == folded(title)] += 1
        if isinstance(gold.get("date"), str):
            self.dates["none" if not date else "right" if date == gold["date"][:10] else "wrong"] += 1

    @property
    def segments(self) -> float:
        """F1 over the pieces."""
        taken = self.pieces["taken"]
        return 2 * taken / max(1, 2 * taken + self.pieces["missed"] + self.pieces["wrong"])

    def row(self) -> str:
        """One line of the table; a dash where no page of the family tells."""
        return "  ".join(
            (
                f"{self.segments:7.3f}" if self.pieces else f"{'-':>7}",
                f"{sum(self.texts) / len(self.texts):7.3f}" if self.texts else f"{'-':>7}",
                *(share(self.titles, True),),
                *(share(self.dates, which) for which in ("right", "wrong", "none")),
                f"{1000 * self.seconds / max(1, self.pages):6.1f}",
            )
        )


def share(counts: Counter[Any], what: object) -> str:
    return f"{counts[what] / counts.total():7.3f}" if counts.total() else f"{'-':>7}"


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = folded(text).split()
    return Counter(tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)))


def f1(wanted: Counter[tuple[str, ...]], found: Counter[tuple[str, ...]]) -> float:
    return 2 * (wanted & found).total() / max(1, wanted.total() + found.total())


def ours(body: bytes, url: str) -> tuple[str, str, str]:
    """Title, text and day as the collectors read them; empty where there is no article."""
    try:
        entry = read_article(body, url)
    except BadPage:
        return "", "", ""
    return entry.title, entry.text, f"{entry.published:%Y-%m-%d}" if entry.published else ""


def plain(body: bytes, url: str) -> tuple[str, str, str]:
    """The same by trafilatura with its own defaults."""
    found: Any = trafilatura.bare_extraction(body, url=url, with_metadata=True, include_comments=False)
    return (found.title or "", found.text or "", found.date or "") if found else ("", "", "")


def main(folder: Path) -> None:
    """Prints the table, by family and for all."""
    if not (folder / "pages.tar.gz").exists():
        print(f"{folder}: the corpus of real pages is not there; nothing is measured")
        return
    with gzip.open(folder / "pages.index.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = {row["file"]: row for row in map(json.loads, lines) if row["kind"] == "article"}
    scores: dict[tuple[str, str], Score] = {}
    with tarfile.open(folder / "pages.tar.gz") as archive:
        for member in archive:
            row = rows.get(member.name.removeprefix("./"))
            file = archive.extractfile(member) if row else None
            if row is None or file is None:
                continue
            body, family = file.read(), row["sources"][0].partition(":")[0].partition("/")[2]
            for name, read in (("ours", ours), ("trafilatura", plain)):
                start = time.process_time()
                title, text, date = read(body, row["url"] or "https://page.example/")
                took = time.process_time() - start
                for of in (family, "all"):
                    score = scores.setdefault((of, name), Score())
                    score.seconds += took
                    score.add(row["gold"], title, text, date)
    print(f"{'family':30} pages  reader        pieces    texts    title  date ok    wrong     none  ms/page")
    for family in sorted({family for family, _ in scores}, key=lambda family: (family == "all", family)):
        for name in ("ours", "trafilatura"):
            score = scores[family, name]
            print(f"{family:30} {score.pages:5}  {name:12} {score.row()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else CORPUS)
