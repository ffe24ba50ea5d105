"""Why does a model say so? The words for and against, or the decided items that mean most alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from tracker.learning.features import BUCKETS, READ_AT_MOST, WORD, Rows, Table, Weights, bucket
from tracker.text import folded

MOST_TERMS, MOST_ALIKE = 5, 2


class Term(NamedTuple):
    """A word or pair as it stands in the text, and what it adds (over 0: for, under 0: against)."""

    text: str
    weight: float


class Alike(NamedTuple):
    """A decided item of like meaning: its row, and the cosine of the two vectors."""

    row: int
    cosine: float


@dataclass(frozen=True, slots=True)
class Why:
    """What made one answer: at most five terms each way, strongest first, and alike items where meaning decides."""

    pro: tuple[Term, ...]
    contra: tuple[Term, ...]
    words: float  # what all words together add
    lists: float  # what the word lists add
    meaning: float  # what the vector adds
    alike: tuple[Alike, ...] = ()


def why(table: Table, row: int, text: str, weights: Weights, number: int, decided: Sequence[int] | Rows) -> Why:
    """Why the row is worth what it is by the set of weights `number`; `text` is what the row was made of.

    `decided` are the rows to look for alike ones among; they are given where the vector adds most of the three.
    """
    rarity = weights.rarity
    seen = table.matrix([row], rarity)
    columns, values = seen.indices, seen.data
    worth = dict(
        zip(
            (int(one) for one in columns[columns < BUCKETS]),
            values[columns < BUCKETS] * weights.words[number][columns[columns < BUCKETS]],
            strict=True,
        )
    )
    lists = float(table.of(row) @ weights.said[number])
    meaning = float(table.meaning([row])[0] @ weights.vectors[number])
    terms = _terms(text, worth)
    words = float(sum(worth.values()))
    strongest = abs(meaning) > max(abs(words), abs(lists))
    return Why(
        pro=tuple(sorted((one for one in terms if one.weight > 0), key=lambda one: -one.weight)[:MOST_TERMS]),
        contra=tuple(sorted((one for one in terms if one.weight < 0), key=lambda one: one.weight)[:MOST_TERMS]),
        words=words,
        lists=lists,
        meaning=meaning,
        alike=alike(table, row, decided) if strongest else (),
    )


def alike(table: Table, row: int, decided: Sequence[int] | Rows, most: int = MOST_ALIKE) -> tuple[Alike, ...]:
    """The decided rows that mean most like this one, best first; none where it has no vector."""
    others = np.setdiff1d(np.asarray(decided, dtype=np.intp), [row])
    cosines = table.meaning(others) @ table.meaning([row])[0]
    best = np.argsort(-cosines, kind="stable")[:most]
    return tuple(Alike(int(others[one]), float(cosines[one])) for one in best if cosines[one] > 0)


def _terms(text: str, worth: dict[int, float]) -> list[Term]:
    """Each word and pair of the text once, as it is written, with its part of what its bucket is worth."""
    read = text[:READ_AT_MOST]
    written: list[tuple[str, int, int]] = []  # folded, with its place in the text
    for found in WORD.finditer(read):
        written.extend((part, found.start(), found.end()) for part in WORD.findall(folded(found.group())))
    terms: dict[str, tuple[int, int]] = {}
    for gram, start, end in written:
        terms.setdefault(gram, (start, end))
    for (first, start, _), (second, _, end) in pairwise(written):
        terms.setdefault(f"{first} {second}", (start, end))
    shared = Counter(map(bucket, terms))
    return [
        Term(" ".join(read[start:end].split()), float(worth[bucket(gram)]) / shared[bucket(gram)])
        for gram, (start, end) in terms.items()
        if bucket(gram) in worth
    ]
