"""Are copies, rewritten texts and translations of real texts found? `python -m benchmarks.likeness CORPUS [VENVS]`.

Labelled pairs by kind, altered copies of real records among all of them, and the English twin of each French and
Spanish record. Beside ours, on the same texts, MinHash with bands: datasketch and rensa, run by VENVS/v_dup.
"""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tracker import similarity, stories, vectors
from tracker.similar import pairs
from tracker.similarity import Told
from tracker.translation import Meaning, Pool, signs, text_of

COPIES = 2_000
AGENCY = ("(Reuters) -", "PRESS RELEASE.", "By our correspondent:", "MADRID, 4 May (EFE).")
OTHER_WORDS = ("also", "however", "recently", "local", "further", "about", "again", "still", "often", "today")
ALTERED = ("new headline", "agency prefix", "cut tail", "dropped sentence", "0-5 % of words changed")

PEERS = """
import json, sys, time
texts = json.load(sys.stdin)
def runs(text):
    words = text.lower().split()
    return [" ".join(words[n:n + 3]) for n in range(max(len(words) - 2, 1))]
def datasketch():
    from datasketch import MinHash, MinHashLSH
    lsh, found = MinHashLSH(threshold=0.5, num_perm=128), []
    for n, text in enumerate(texts):
        one = MinHash(num_perm=128)
        one.update_batch([run.encode() for run in runs(text)])
        found += [[int(other), n] for other in lsh.query(one)]
        lsh.insert(str(n), one)
    return found
def rensa():
    from rensa import RMinHash, RMinHashLSH
    lsh, found = RMinHashLSH(threshold=0.5, num_perm=128, num_bands=32), []
    for n, text in enumerate(texts):
        one = RMinHash(num_perm=128, seed=42)
        one.update(runs(text))
        found += [[other, n] for other in lsh.query(one)]
        lsh.insert(n, one)
    return found
for name, peer in (("datasketch 128, 0.5", datasketch), ("rensa 128, 32 bands", rensa)):
    began = time.perf_counter()
    found = peer()
    print(json.dumps([name, time.perf_counter() - began, found]))
"""

Found = set[tuple[int, int]]


def main(corpus: Path, venvs: Path | None) -> None:
    labelled(rows(corpus / "dup_pairs.jsonl.gz"), venvs)
    records = rows(corpus / "records.jsonl.gz")
    altered([one for one in records if len(one["text"]) >= 300], venvs)
    twins(records)


def rows(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def by_all(texts: list[Told], venvs: Path | None) -> Iterable[tuple[str, float, Found]]:
    """Each method's name, seconds and pairs of places, the earlier one first."""
    lines = iter([{"id": n, "title": one.title, "text": one.text} for n, one in enumerate(texts)])
    yield "ours", 0.0, {(a, b) for a, b, _ in pairs(lines, [])}
    python = venvs / "v_dup" / "bin" / "python" if venvs else None
    if python is None or not python.exists():
        print("  datasketch and rensa: left out, there is no VENVS/v_dup")
        return
    told = json.dumps([f"{one.title} {one.text}" for one in texts])
    ran = subprocess.run([python, "-c", PEERS], input=told, capture_output=True, text=True, check=True)
    for line in ran.stdout.splitlines():
        name, seconds, found = json.loads(line)
        yield name, seconds, {(a, b) for a, b in found}


def labelled(all_pairs: list[dict[str, Any]], venvs: Path | None) -> None:
    place: dict[str, int] = {}
    for pair in all_pairs:
        for text in (pair["a"], pair["b"]):
            place.setdefault(text, len(place))
    print("labelled pairs: method, kind, recall, precision")
    for name, _, found in by_all([Told("", text) for text in place], venvs):
        for kind in sorted({pair["kind"] for pair in all_pairs}):
            counted = Counter(
                (pair["label"], tuple(sorted((place[pair["a"]], place[pair["b"]]))) in found)
                for pair in all_pairs
                if pair["kind"] == kind and pair["a"] != pair["b"]
            )
            right, wrong, missed = counted[1, True], counted[0, True], counted[1, False]
            precision = f"{right / (right + wrong):.3f}" if right + wrong else "-"
            print(f"  {name:22} {kind:18} {right / (right + missed):.3f}  {precision}")


def altered(records: list[dict[str, Any]], venvs: Path | None) -> None:
    """Copies of one to three alterations each among all records; a pair that we did not make, and that shares under
    70 % of the shorter one's runs of three words, is wrong.
    """
    choice = random.Random(1)
    texts = [Told(one["title"], one["text"]) for one in records]
    made: dict[tuple[int, int], tuple[str, ...]] = {}
    for number in choice.sample(range(len(records)), min(COPIES, len(records))):
        hows = tuple(choice.sample(ALTERED, choice.randint(1, 3)))
        copy = texts[number]
        for how in hows:
            copy = _altered(copy, how, choice)
        made[number, len(texts)] = hows
        texts.append(copy)
    print(f"{len(made):,} altered copies among {len(records):,} records: method, recall, precision, texts a second")
    for name, seconds, found in by_all(texts, venvs):
        hits = found & made.keys()
        wrong = sum(similarity.shared(texts[a], texts[b]) < 0.7 for a, b in found - made.keys())
        speed = f"{len(texts) / seconds:,.0f}" if name != "ours" else f"{_speed(texts):,.0f}"
        print(f"  {name:22} {len(hits) / len(made):.3f}  {len(hits) / max(len(hits) + wrong, 1):.3f}  {speed}")
        if name == "ours":
            for how in ALTERED:
                of = [pair for pair, hows in made.items() if how in hows]
                print(f"    {how:26} {sum(pair in hits for pair in of) / len(of):.3f}")


def _altered(told: Told, how: str, choice: random.Random) -> Told:
    words, sentences = told.text.split(), told.text.split(". ")
    match how:
        case "new headline":
            return told._replace(title=" ".join(choice.sample(told.title.split(), (len(told.title.split()) + 1) // 2)))
        case "agency prefix":
            return told._replace(text=f"{choice.choice(AGENCY)} {told.text}")
        case "cut tail":
            return told._replace(text=" ".join(words[: max(len(words) * 3 // 5, 12)]))
        case "dropped sentence":
            dropped = choice.randrange(len(sentences))
            left = [one for number, one in enumerate(sentences) if number != dropped]
            return told._replace(text=". ".join(left)) if len(sentences) > 2 else told
        case _:
            share = choice.uniform(0, 0.05)
            return told._replace(
                text=" ".join(
                    choice.choice(OTHER_WORDS) if word.islower() and choice.random() < share else word for word in words
                )
            )


def _speed(texts: list[Told]) -> float:
    """Texts a second that are marked and compared, as the peers do; suggesting and meaning left out."""
    marked: dict[int, list[int]] = {}
    began = time.perf_counter()
    for start in range(0, len(texts), 200):
        some = texts[start : start + 200]
        for number, (told, marks) in enumerate(zip(some, similarity.marks(some), strict=True), start):
            if not any(similarity.alike(told, texts[n]) is not None for n in stories.most_shared(marks, marked)):
                for value in marks:
                    marked.setdefault(value, []).append(number)
    return len(texts) / (time.perf_counter() - began)


def twins(records: list[dict[str, Any]]) -> None:
    if not vectors.available():
        print("twins by meaning: left out, the extra `semantic` is not installed")
        return
    english = [one for one in records if one["language"] == "en"]
    pool = Pool(_meanings(english))
    print(f"the English twin among {len(english):,} records: language, first, grouped, wrong, wrong without it")
    for language in ("fr", "es"):
        groups = {one["group"] for one in english}
        those = [
            one
            for one in records
            if one["dataset"] == "wedo" and one["language"] == language and one["group"] in groups
        ]
        first = grouped = wrong = alone = 0
        for record, meaning in zip(those, _meanings(those), strict=True):
            meaning = meaning._replace(id=-1)
            found = pool.twins(meaning, most=300)
            right = bool(found) and english[found[0].id]["group"] == record["group"]
            first += right
            grouped += right and found[0].sure
            wrong += bool(found) and found[0].sure and not right
            others = [twin.id for twin in found if english[twin.id]["group"] != record["group"]][:20]
            without = Pool(_meanings([english[id] for id in others])).twins(meaning) if others else []
            alone += bool(without) and without[0].sure
        print(f"  {language}  {first / len(those):.3f}  {grouped / len(those):.3f}  {wrong}  {alone} of {len(those)}")


def _meanings(records: list[dict[str, Any]]) -> list[Meaning]:
    told = [Told(one["title"], one["text"]) for one in records]
    return [
        Meaning(
            number,
            record["language"],
            frozenset([record["country"]] if record["country"] else []),
            None,
            signs(one),
            row,
        )
        for number, (record, one, row) in enumerate(
            zip(records, told, vectors.encode(list(map(text_of, told))), strict=True)
        )
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
