"""Which letters go together in which language? Puts langdetect's profiles into profiles.npz, which loads at once.

Run `python -m tracker.reading.build_profiles` with a new langdetect; a test tells when.
"""

from __future__ import annotations

import json
import unicodedata
from importlib.resources import files
from typing import Any

import numpy
from langdetect.utils.ngram import NGram

from tracker.reading.language import BUILT, key_of

SMOOTHING = 0.5 / 10_000  # langdetect's own: what a letter group is worth in a language that does not know it


def build() -> dict[str, Any]:
    """The arrays of profiles.npz.

    `languages`; `groups`, each group of letters as a number, in order; `ends`, where the languages that know it end in
    `column` (the number of the language) and `worth` (in nats); `letters`, what each character of the basic plane
    becomes before groups are formed.
    """
    languages, keys, column, worth = [], [], [], []
    for number, file in enumerate(
        sorted(files("langdetect").joinpath("profiles").iterdir(), key=lambda file: file.name)
    ):
        profile = json.loads(file.read_text(encoding="utf-8"))
        languages.append(profile["name"])
        totals = profile["n_words"]
        known = [(group, times) for group, times in profile["freq"].items() if len(group) <= 3]
        keys.append(numpy.array([key_of(group) for group, _ in known], dtype=numpy.uint64))
        share = numpy.array([times / totals[len(group) - 1] for group, times in known])
        worth.append(numpy.log1p(share / SMOOTHING).astype(numpy.float32))
        column.append(numpy.full(len(known), number, dtype=numpy.uint8))
    every = numpy.concatenate(keys)
    order = numpy.argsort(every, kind="stable")
    groups, counts = numpy.unique(every, return_counts=True)
    return {
        "languages": numpy.array(languages),
        "groups": groups,
        "ends": numpy.cumsum(counts).astype(numpy.uint32),
        "column": numpy.concatenate(column)[order],
        "worth": numpy.concatenate(worth)[order],
        "letters": numpy.array([ord(_letter(chr(code))) for code in range(0x10000)], dtype=numpy.uint16),
    }


def _letter(letter: str) -> str:
    return str(NGram.normalize(letter)) if unicodedata.category(letter)[0] in "LM" else " "


if __name__ == "__main__":
    numpy.savez_compressed(BUILT, **build())
