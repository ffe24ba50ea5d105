"""How long does it take to see what may be the same, and how often is somebody asked for nothing?

`python -m benchmarks.second_look RECORDS.jsonl.gz`: one JSON object a line with `text`, `is_initiative` and `dataset`.
Ten thousand initiatives of these texts, each compared with all others; then what `safety` asks about real summaries, in
which hardly anything should hurt anybody, and about the sample of sentences that could.
"""

from __future__ import annotations

import gzip
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tracker import same
from tracker.model import Initiative, Person, Wording
from tracker.safety import findings
from tracker.store import open_store

NOW = datetime(2020, 5, 4, 12, tzinfo=UTC)
NUMBER, ASKED = 10_000, 200
SAMPLE = Path(__file__).parent.parent / "tests" / "samples" / "what_could_hurt.yaml"


def saying(text: str, language: str = "en") -> Initiative:
    return Initiative(wordings={language: Wording(title=text[:100], summary=text[100:900])}, types=("A2",))


def compared(rows: list[dict[str, Any]]) -> None:
    """Milliseconds to find what may be the same as one of ten thousand."""
    chance = random.Random(1)
    texts = [row["text"] for row in rows if len(row["text"]) > 60]
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/tracker.db")
        person = store.add_person(Person(email="ana@example.org", name="Ana"), "no hash", "benchmark")
        with store.writing():
            for number in range(NUMBER):
                words = texts[number % len(texts)].split()
                if number >= len(texts):  # there are not enough of them: the same words in another order
                    chance.shuffle(words)
                store.add_initiative(saying(" ".join(words)), person, NOW, "1", sample=False)
        began = time.perf_counter()
        while store.index_words(same.words_of):
            pass
        print(f"words of {NUMBER:,} initiatives looked up first: {time.perf_counter() - began:.1f} s, once")
        took = []
        for id in chance.sample(range(1, NUMBER), ASKED):
            began = time.perf_counter()
            same.similar_to(store, id, NOW)
            took.append((time.perf_counter() - began) * 1000)
        store.close()
    median, most = statistics.median(took), sorted(took)[ASKED * 95 // 100]
    print(f"similar to one of {NUMBER:,}: median {median:.0f} ms, 95 of 100 under {most:.0f}")


def asked(rows: list[dict[str, Any]]) -> None:
    """What would be asked of real summaries, and what of the sample is found."""
    real = [row for row in rows if row["is_initiative"] == "yes" and row["dataset"] == "undp"]
    kinds: Counter[str] = Counter()
    with_one = 0
    for row in real:
        found = findings(Initiative(wordings={"en": Wording(summary=row["text"][:5000])}))
        kinds.update(finding.kind.value for finding in found)
        with_one += bool(found)
    print(f"of {len(real)} real summaries {with_one} are asked about: {dict(kinds.most_common())}")
    sample = YAML(typ="safe").load(SAMPLE.read_text("utf-8"))
    for group in ("harmful", "harder"):
        hits = [
            kind in {one.kind.value for one in findings(Initiative(wordings={language: Wording(summary=text)}))}
            for language, kind, text in sample[group]
        ]
        print(f"sample, {group}: {sum(hits)} of {len(hits)} found")


def main() -> None:
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    asked(rows)
    compared(rows)


if __name__ == "__main__":
    main()
