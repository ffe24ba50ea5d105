"""When do two items tell the same story?

Two questions, both answered from the texts alone. `marks` picks numbers out of a text, so that texts which share a
passage share marks: runs of eight words are hashed, and of each stretch the smallest hash is kept (winnowing,
Schleimer, Wilkerson and Aiken 2003). Unlike MinHash it finds a short text within a long one, a passage between other
people's words, and it needs no tuning to a degree of likeness. `alike` then compares two texts word by word: how much
of the shorter one stands in the other, and whether what differs is wording, or the name or number that makes one
sentence tell of two different measures.
"""

from __future__ import annotations

import difflib
import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from tracker.text import folded

RUN = 8  # words that are hashed together: fewer would make common phrases into marks
WINDOW, SHORT_WINDOW = 12, 4  # of so many runs one mark is kept; texts under SHORT_TEXT words keep more
SHORT_TEXT = 60
READ_WORDS = 260  # of title and text: feeds and agencies cut and add at the end
MOST_MARKS = 40
COMPARED_WORDS = 600

SAME_SHARE = 0.7  # of the shorter text's runs of three words, from which two sources tell the same story
SAME_SOURCE_SHARE = 0.9  # within one source, texts share its manner and its boilerplate
SHORT_SHARE = 0.85  # of a text under SHORT_TEXT words, where one other phrase can make another measure
SURE_SHARE = 0.9  # from here on, the headlines may be nearly strangers
SHARED_TITLE, SURE_SHARED_TITLE = 0.5, 0.3  # of the longer words of each headline that stand in the other item
SHORT_SPAN = 8  # words: a longer replacement is another sentence, not another name in the same one
NUMBERS_AGREE, NAMES_AGREE = 0.75, 0.6  # of the numbers and names of whichever text has fewer
FREE_NUMBERS_EVERY = 60  # words: one changed number in so many is a correction, not another measure

_WORD = re.compile(r"\w+(?:[-.,:/’']\w+)*")
_DIGIT = re.compile(r"\d")
_FACTORS = (np.uint64(0x9E3779B97F4A7C15) ** np.arange(1, RUN + 1, dtype=np.uint64)) | np.uint64(1)


class Told(NamedTuple):
    """What is compared of an item."""

    title: str
    text: str
    source_id: str = ""


class Says(Protocol):
    """An item, as far as its words go."""

    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def source_id(self) -> str: ...


def told(item: Says) -> Told:
    """What is compared of an item."""
    return Told(item.title, item.text or item.summary, item.source_id)


def marks(texts: Sequence[Told]) -> list[list[int]]:
    """For each text the numbers to find its likes by, at most 40, below 2**63; none when it is shorter than 8 words."""
    words = [_WORD.findall(folded(f"{one.title}\n{one.text[: READ_WORDS * 9]}"))[:READ_WORDS] for one in texts]
    hashes = np.fromiter(map(_word_hash, (word for one in words for word in one)), dtype=np.uint64)
    if len(hashes) < RUN:
        return [[] for _ in texts]
    runs = np.zeros(len(hashes) - RUN + 1, dtype=np.uint64)
    for place in range(RUN):
        runs += hashes[place : len(hashes) - RUN + 1 + place] * _FACTORS[place]
    runs ^= runs >> np.uint64(29)
    runs *= np.uint64(0xBF58476D1CE4E5B9)
    runs >>= np.uint64(2)
    # Runs with a number are taken first: sentences that many stories share differ in theirs.
    numbers = np.lib.stride_tricks.sliding_window_view(hashes & np.uint64(1), RUN).any(axis=1)
    runs[~numbers] |= np.uint64(1 << 62)
    found, start = [], 0
    for one in words:
        found.append(_winnowed(runs[start : start + len(one) - RUN + 1], len(one)) if len(one) >= RUN else [])
        start += len(one)
    return found


def _winnowed(runs: npt.NDArray[np.uint64], words: int) -> list[int]:
    window = min(WINDOW if words >= SHORT_TEXT else SHORT_WINDOW, len(runs))
    smallest = np.lib.stride_tricks.sliding_window_view(runs, window).min(axis=1)
    kept: list[int] = list(dict.fromkeys(smallest.tolist()))
    return kept[:MOST_MARKS]


@lru_cache(maxsize=20_000)
def _word_hash(word: str) -> int:
    data = word.encode("utf-8", "replace")
    mixed = zlib.crc32(data) << 32 | zlib.crc32(data, 0x5BD1E995)
    return mixed | 1 if _is_number(word) else mixed & ~1  # the lowest bit says whether there is a digit in it


def shared(one: Told, other: Told) -> float:
    """How much of the shorter text stands in the other, 0 to 1, whatever story they tell."""
    return round(_share(one, other), 3)


def alike(one: Told, other: Told) -> float | None:
    """How much of the shorter text stands in the other, 0 to 1, when both tell the same story; else None.

    Within one source the headlines must be alike as well, and no number may differ: there, like texts are often a
    series, or what stands under every page.
    """
    same_source = bool(one.source_id) and one.source_id == other.source_id
    first, second = _words(one), _words(other)
    short = min(len(first), len(second)) < SHORT_TEXT
    if same_source and short:
        return None
    if (same_source or short) and _other_numbers(one.title, other.title):
        return None
    titles = min(_stands_in(one, other, same_source), _stands_in(other, one, same_source))
    if titles < SURE_SHARED_TITLE:  # costs less to know than what the texts share
        return None
    share = _share(one, other)
    if share < (SAME_SOURCE_SHARE if same_source else SHORT_SHARE if short else SAME_SHARE):
        return None
    if titles < SHARED_TITLE and (share < SURE_SHARE or same_source):
        return None
    corrections = 0 if same_source else min(len(first), len(second)) // FREE_NUMBERS_EVERY
    return round(share, 3) if _same_particulars(first, second, corrections) else None


@lru_cache(maxsize=256)  # a new item is compared with several
def _words(one: Told) -> list[str]:
    """The words of the text with their capitals; the headline counts only where there is hardly a text."""
    text = _WORD.findall(one.text[: COMPARED_WORDS * 12])[:COMPARED_WORDS]
    if one.text.rstrip(" ])").endswith(("…", "...")):
        text = text[:-1]  # a feed's cut goes through words and numbers
    if len(text) < 2 * RUN:
        text = _WORD.findall(one.title) + text
    return text


@lru_cache(maxsize=256)
def _runs_of_three(one: Told) -> frozenset[tuple[str, str, str]]:
    words = list(map(str.lower, _words(one)))
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _share(one: Told, other: Told) -> float:
    runs = _runs_of_three(one), _runs_of_three(other)
    shorter = min(map(len, runs))
    return len(runs[0] & runs[1]) / shorter if shorter else 0.0


def _other_numbers(one: str, other: str) -> bool:
    """Whether each of two headlines has a number that the other lacks: two days of one series."""
    numbers = [{word for word in _WORD.findall(title) if _is_number(word)} for title in (one, other)]
    return bool(numbers[0] - numbers[1]) and bool(numbers[1] - numbers[0])


def _stands_in(one: Told, other: Told, title_alone: bool) -> float:
    """How much of a headline's longer words stands in the other item, or in its headline alone."""
    wanted = _longer_words(one.title)
    return len(wanted & _there(other, title_alone)) / len(wanted) if wanted else 1.0


@lru_cache(maxsize=2048)
def _longer_words(title: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(folded(title)) if len(word) >= 4)


@lru_cache(maxsize=256)
def _there(one: Told, title_alone: bool) -> frozenset[str]:
    return frozenset(_WORD.findall(folded(one.title if title_alone else f"{one.title}\n{one.text[:10_000]}")))


def _same_particulars(first: list[str], second: list[str], corrections: int) -> bool:
    """Whether no name, and no more numbers than `corrections`, stands in the one where the other has a different one.

    Only short replacements count: where a whole sentence was rewritten, its names may differ. A script without capitals
    does not tell names apart, so there every replaced word counts as one.
    """
    bare = list(map(_bare, first)), list(map(_bare, second))
    for is_one, enough in ((_is_number, NUMBERS_AGREE), (_is_name, NAMES_AGREE)):
        ours, theirs = (
            {there for word, there in zip(*pair, strict=True) if is_one(word)}
            for pair in zip((first, second), bare, strict=True)
        )
        if ours and theirs and len(ours & theirs) < enough * min(len(ours), len(theirs)):
            return False
    corrected = 0
    for a, b, c, d in _replaced(*bare):
        old, new = first[a:b], second[c:d]
        if max(len(old), len(new)) > SHORT_SPAN:
            continue
        if any(map(_is_name, old)) and any(map(_is_name, new)):
            return False
        corrected += any(map(_is_number, old)) and any(map(_is_number, new))
    return corrected <= corrections


def _replaced(first: list[str], second: list[str]) -> list[tuple[int, int, int, int]]:
    """Where words stand for others (from and to in the first, from and to in the second).

    One or two equal words between are chance, as two sentences have them, and belong to the replacement.
    """
    found: list[tuple[int, int, int, int]] = []
    a = c = 0
    matcher = difflib.SequenceMatcher(None, first, second, autojunk=False)
    for block in matcher.get_matching_blocks():
        if 0 < block.size < 3 and a != 0:
            continue
        if a < block.a and c < block.b:
            found.append((a, block.a, c, block.b))
        a, c = block.a + block.size, block.b + block.size
    return found


_bare = lru_cache(maxsize=20_000)(folded)


def _is_number(word: str) -> bool:
    return _DIGIT.search(word) is not None


def _is_name(word: str) -> bool:
    return not word[0].islower() and not _is_number(word)
