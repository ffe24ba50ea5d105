"""Floors on real feeds and pages that others wrote: a little under what is reached."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collectors.files import Saved, extracted, parsed

pytestmark = [pytest.mark.corpus, pytest.mark.slow, pytest.mark.timeout(300)]  # 1,250 feeds and 826 pages


def rows(corpus: Path, kind: str) -> list[dict[str, Any]]:
    with gzip.open(corpus / f"{kind}.index.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def unpacked(corpus: Path, kind: str, folder: Path, index: list[dict[str, Any]]) -> list[Saved]:
    with tarfile.open(corpus / f"{kind}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    found = []
    for row in index:
        headers = {key.lower(): value for key, value in row.get("headers", {}).items()}
        url = row.get("url") or headers.get("content-location") or "https://feeds.example/feed"
        found.append(Saved(row["file"], folder / row["file"], url, headers.get("content-type")))
    return found


def by_file(lines: Iterator[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for line in map(json.loads, lines):
        found.setdefault(line["file"], []).append(line)
    return found


def test_every_feed_gives_all_its_entries(corpus: Path, tmp_path: Path) -> None:
    index = rows(corpus, "feeds")

    found = by_file(parsed(unpacked(corpus, "feeds", tmp_path, index), strict=False))

    broken = [lines[0]["error"] for lines in found.values() if "error" in lines[0]]
    whole = [row for row in index if row["raw_items"] is not None]
    right = sum(len(found.get(row["file"], [])) == row["raw_items"] for row in whole)
    assert len(broken) <= 1, broken
    assert right >= len(whole) - 1


def test_what_the_entries_say_is_what_their_authors_say_they_say(corpus: Path, tmp_path: Path) -> None:
    index = [row for row in rows(corpus, "feeds") if row["gold_kind"] == "entries"]

    found = by_file(parsed(unpacked(corpus, "feeds", tmp_path, index), strict=False))

    right = {"title": 0, "date": 0}
    count = {"title": 0, "date": 0}
    for row in index:
        for gold, entry in zip(row["gold"], found[row["file"]], strict=True):
            for name, said in (("title", entry["title"]), ("date", (entry["published"] or "")[:19])):
                if gold.get(name):
                    count[name] += 1
                    expected = gold[name][:19] if name == "date" else " ".join(gold[name].split())
                    right[name] += said == expected
    assert min(count.values()) > 150
    assert right == count


def test_articles_are_extracted_as_well_as_the_best_extractors_do(corpus: Path, tmp_path: Path) -> None:
    index = [row for row in rows(corpus, "pages") if row["kind"] == "article"]

    found = by_file(extracted(unpacked(corpus, "pages", tmp_path, index), strict=False))

    taken = missed = wrong = own = own_right = guesses = guesses_right = 0
    for row in index:
        entry = found[row["file"]][0]
        text = " ".join(entry.get("text", "").split())
        wanted = [" ".join(piece.split()) in text for piece in row["gold"].get("must_contain", ())]
        taken, missed = taken + sum(wanted), missed + wanted.count(False)
        wrong += sum(" ".join(piece.split()) in text for piece in row["gold"].get("must_not_contain", ()))
        date = row["gold"].get("date")
        if isinstance(date, str) and entry.get("published"):
            right = entry["published"][:10] == date[:10]
            if entry["published_origin"] == "page":
                own, own_right = own + 1, own_right + right
            else:
                guesses, guesses_right = guesses + 1, guesses_right + right
    precision, recall = taken / (taken + wrong), taken / (taken + missed)
    assert 2 * precision * recall / (precision + recall) > 0.90
    assert own_right / own > 0.87
    assert guesses_right / guesses > 0.72
