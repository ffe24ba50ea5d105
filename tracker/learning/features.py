"""What do the models see of an item?

Three parts, side by side: hashed words (single ones and pairs), what the word lists say (`tracker.reading`), and where
the text stands among others of like meaning (`tracker.vectors`), which may be missing.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from tracker import vectors
from tracker.text import folded

if TYPE_CHECKING:
    from tracker.model import Suggestion

BUCKETS = 2**18
READ_AT_MOST = 1_000  # characters, as of the vectors: the first sentences say what it is about
BLOCK = 16_384  # rows that are worked on at once, so that what is needed on the way stays small

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

QUEUE, INITIATIVE = "queue", "initiative"

WORD = re.compile(r"\w\w+")
_MASK = BUCKETS - 1
# A word that stands ten times says more than one that stands once, but not ten times more.
_WORTH = np.concatenate([[0.0], 1.0 + np.log(np.arange(1, 256))]).astype(np.float32)


def grams(words: Sequence[str]) -> Iterator[str]:
    """Each word, and each pair of neighbours."""
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"


def bucket(gram: str) -> int:
    """The column of a word or pair; a few share one."""
    return zlib.crc32(gram.encode("utf-8", "surrogatepass")) & _MASK


def columns(issues: Sequence[str], types: Sequence[str]) -> tuple[str, ...]:
    """The names of what the word lists say, in the order in which a table keeps it: these are names of tags too."""
    return (QUEUE, INITIATIVE, *(f"issue:{code}" for code in issues), *(f"type:{code}" for code in types))


def said(suggestions: Sequence[Suggestion], names: Sequence[str]) -> Floats:
    """What suggestions made by words alone say of each name: a row each, from 0 to 1; what is not said is 0."""
    place = {name: number for number, name in enumerate(names)}
    found = np.zeros((len(suggestions), len(names)), dtype=np.float32)
    for row, one in enumerate(suggestions):
        scores = {QUEUE: one.score, INITIATIVE: one.initiative}
        scores |= {f"issue:{it.code}": it.score for it in one.issues} | {
            f"type:{it.code}": it.score for it in one.types
        }
        for name, score in scores.items():
            if name in place:
                found[row, place[name]] = score
    return found


@dataclass(slots=True)
class _Block:
    """Some rows of a table.

    Counts are kept as bytes: five bytes a word instead of eight. So are the numbers of a vector, as parts of the
    greatest of its row: a row takes half a kilobyte, and making numbers of it again costs far less than from half
    precision, which took most of the time of a new order.
    """

    starts: npt.NDArray[np.int64]
    buckets: npt.NDArray[np.int32]
    counts: npt.NDArray[np.uint8]
    said: Floats
    vectors: npt.NDArray[np.int8]
    scales: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1

    def words(self) -> Any:
        """The words as a sparse matrix, not yet weighed against each other."""
        from scipy.sparse import csr_array

        return csr_array((_WORTH[self.counts], self.buckets, self.starts.astype(np.int32)), shape=(len(self), BUCKETS))

    def meaning(self) -> Floats:
        """The vectors as numbers again."""
        return self.vectors.astype(np.float32) * self.scales[:, None]

    def at(self, rows: Rows) -> _Block:
        lengths = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        places = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        said, vectors, scales = self.said[rows], self.vectors[rows], self.scales[rows]
        return _Block(starts, self.buckets[places], self.counts[places], said, vectors, scales)


def _joined(blocks: Sequence[_Block]) -> _Block:
    ends = np.cumsum([0, *(one.starts[-1] for one in blocks)])
    starts = [one.starts[:-1] + end for one, end in zip(blocks, ends, strict=False)]
    return _Block(
        np.concatenate([*starts, ends[-1:]]),
        np.concatenate([one.buckets for one in blocks]),
        np.concatenate([one.counts for one in blocks]),
        np.concatenate([one.said for one in blocks]),
        np.concatenate([one.vectors for one in blocks]),
        np.concatenate([one.scales for one in blocks]),
    )


class Table:
    """Items as the models see them, a row each, in the order in which they were added.

    A row takes some 400 bytes for 40 words, and half a kilobyte for its vector.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._blocks: list[_Block] = []
        self._seen_in = np.zeros(BUCKETS, dtype=np.int64)

    def __len__(self) -> int:
        return sum(map(len, self._blocks))

    def add(self, texts: Sequence[str], words_say: Floats, meaning: npt.NDArray[Any] | None = None) -> None:
        """Adds a row for each text (its title first, then a line break).

        `words_say` is what `said` gives for `names`; `meaning` is what `vectors.encode` gives, with a row of zeros for
        a text without vector, or nothing where there are none.
        """
        if words_say.shape != (len(texts), len(self.names)):
            raise ValueError(f"{len(texts)} texts and {len(self.names)} names, but scores of shape {words_say.shape}")
        for start in range(0, len(texts), BLOCK):
            part = slice(start, start + BLOCK)
            self._append(_block(texts[part], words_say[part], None if meaning is None else meaning[part]))

    def _append(self, block: _Block) -> None:
        self._seen_in += np.bincount(block.buckets, minlength=BUCKETS)
        if self._blocks and len(self._blocks[-1]) + len(block) <= BLOCK:
            block = _joined([self._blocks.pop(), block])
        self._blocks.append(block)

    def at(self, rows: Sequence[int] | Rows) -> Table:
        """A table of these rows alone, in this order; it weighs words by itself."""
        part = Table(self.names)
        chosen = np.asarray(rows, dtype=np.intp)
        for start in range(0, len(chosen), BLOCK):
            part._append(self._block_at(chosen[start : start + BLOCK]))
        return part

    def _block_at(self, rows: Rows) -> _Block:
        ends = np.cumsum([len(one) for one in self._blocks])
        if len(rows) and (rows.min() < 0 or rows.max() >= ends[-1]):
            raise IndexError(f"there is no such row among {len(self)}")
        home = np.searchsorted(ends, rows, side="right")
        homes = [int(one) for one in np.unique(home)]
        if not homes:
            return _block([], np.zeros((0, len(self.names)), dtype=np.float32), None)
        parts = [self._blocks[one].at(rows[home == one] - (ends[one] - len(self._blocks[one]))) for one in homes]
        order = np.argsort(np.concatenate([np.flatnonzero(home == one) for one in homes]))
        return _joined(parts).at(order)

    def rarity(self) -> Floats:
        """What a word is worth, by how few of the items have it; 1 for one that all have."""
        weight = np.log((1 + len(self)) / (1 + self._seen_in)) + 1
        return np.asarray(weight, dtype=np.float32)

    def matrix(self, rows: Sequence[int] | Rows, rarity: Floats) -> Any:
        """These rows as one sparse matrix: words (of length 1 together), what word lists say, meaning."""
        from scipy.sparse import csr_array, diags_array, hstack

        block = self._block_at(np.asarray(rows, dtype=np.intp))
        words = block.words()
        words.data *= rarity[block.buckets]
        length = np.sqrt(np.asarray((words * words).sum(axis=1)).ravel())
        words = diags_array((1 / np.maximum(length, 1e-9)).astype(np.float32)) @ words
        dense = np.hstack([block.said, block.meaning()])
        return hstack([words, csr_array(dense)], format="csr")

    def products(self, weights: Weights) -> Doubles:
        """What each row is worth by these weights: a row an item, a column a set of weights."""
        found = np.empty((len(self), weights.sets))
        weighed = np.ascontiguousarray((weights.words * weights.rarity).T)
        squared = weights.rarity**2
        start = 0
        for block in self._blocks:
            words = block.words()
            worth = words @ weighed
            words.data *= words.data
            length = np.sqrt(words @ squared)
            worth /= np.maximum(length, 1e-9)[:, None]
            worth += block.said @ weights.said.T
            worth += (block.vectors.astype(np.float32) @ weights.vectors.T) * block.scales[:, None]
            found[start : start + len(block)] = worth
            start += len(block)
        return found + weights.offsets

    def say(self, name: str) -> Floats:
        """What the word lists say of one name, for each row."""
        place = self.names.index(name)
        return np.concatenate([np.zeros(0, dtype=np.float32), *(one.said[:, place] for one in self._blocks)])

    def of(self, row: int) -> Floats:
        """What the word lists say of one row, in the order of `names`."""
        found: Floats = self._block_at(np.array([row])).said[0]
        return found

    def meaning(self, rows: Sequence[int] | Rows) -> Floats:
        """The vectors of these rows; zeros where there is none."""
        return self._block_at(np.asarray(rows, dtype=np.intp)).meaning()


@dataclass(frozen=True, slots=True)
class Weights:
    """What each column of a table counts: a row for each set of weights (a tag, or the order of the queue)."""

    rarity: Floats
    words: Floats  # sets x BUCKETS
    said: Floats  # sets x names
    vectors: Floats  # sets x vectors.SIZE
    offsets: Doubles

    @property
    def sets(self) -> int:
        return len(self.offsets)

    @classmethod
    def of(cls, rarity: Floats, coefficients: npt.NDArray[Any], offsets: Doubles, names: int) -> Self:
        """The weights from coefficients over the columns of `Table.matrix`."""
        parts = np.asarray(coefficients, dtype=np.float32)
        words, rest = parts[:, :BUCKETS], parts[:, BUCKETS:]
        return cls(rarity, words, rest[:, :names], rest[:, names:], np.asarray(offsets, dtype=np.float64))


def _block(texts: Sequence[str], words_say: Floats, meaning: npt.NDArray[Any] | None) -> _Block:
    directions = np.zeros((len(texts), vectors.SIZE), np.float32) if meaning is None else meaning.astype(np.float32)
    scales = np.abs(directions).max(axis=1, initial=0) / 127
    buckets: list[int] = []
    counts: list[int] = []
    starts = [0]
    for text in texts:
        found = Counter(map(bucket, grams(WORD.findall(folded(text[:READ_AT_MOST])))))
        buckets.extend(found)
        counts.extend(found.values())
        starts.append(len(buckets))
    return _Block(
        np.array(starts, dtype=np.int64),
        np.array(buckets, dtype=np.int32),
        np.minimum(np.array(counts, dtype=np.int64), 255).astype(np.uint8),
        np.asarray(words_say, dtype=np.float32),
        np.rint(directions / np.maximum(scales, 1e-9)[:, None]).astype(np.int8),
        scales.astype(np.float32),
    )
