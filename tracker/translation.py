"""Do two texts in different languages tell the same story?

Two witnesses. `signs` are what translators leave alone: numbers, references, proper names. A sentence vector
(`vectors.py`), where there is one, says what the text means. Templates mean the same in every town: where the numbers
or the names of two texts contradict each other they are only likely to be one story, and never sure.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tracker.model import MISSING_LANGUAGE
from tracker.similarity import Told
from tracker.text import folded
from tracker.vectors import SIZE, Vectors

VERSION = "signs-1"  # of what is known of an item without a vector
READ_CHARACTERS = 3_000
MOST_SIGNS = 48
FORTNIGHT = 14  # days between two items that may still be one story

# Cosines. Of the measures of one country, none over the first was no translation, and 6 in 100 over the second.
SURE, LIKELY = 0.72, 0.6
SURE_UNNAMED = 0.8  # where no name is shared; the same sentences of two towns reach 0.76
CLEARLY = 0.02  # by so much the best is better than the best of another story
NUMBERS_AGREE = 0.75  # of the numbers of whichever text has fewer
SURE_WEIGHT, LIKELY_WEIGHT = 7, 4  # of the signs that two texts share, where there is no vector
SURE_PART, SURE_NUMBERS = 0.5, 3  # of the signs of whichever text has fewer; names alone are also of another part
MUTUAL = 0.65  # the cosine of two that are each other's best, among all that there are

MOST_COMPARED = 300  # items that are as near as likely ones are, the nearest first

_NAME, _NUMBER, _REFERENCE = 0, 1, 2  # the lowest bits of a sign
_WEIGHTS = {_NAME: 1, _NUMBER: 1, _REFERENCE: 4}
_COMMON_SIGN = 60  # items that share one sign: from there on it finds nothing

_WORD = re.compile(r"\w+(?:[-–/’'.:]\w+)*")
_THOUSANDS = re.compile(r"(?<=\d)[.,\s](?=\d{3}(?!\d))")
_DECIMAL = re.compile(r"(?<=\d),(?=\d)")
_LATIN = re.compile(r"[A-ZÀ-ÖØ-Þ][\w’'-]{2,}")
_DISEASE = re.compile(r"(?i)^(covid|sars|cov|2019-ncov|ncov|coronavirus)\b")


class Meaning(NamedTuple):
    """What is compared of an item across languages."""

    id: int
    language: str  # BCP 47
    countries: frozenset[str] = frozenset()  # none: not known
    day: int | None = None  # of the date that its source claims, else of the day it was seen; since year 1
    signs: frozenset[int] = frozenset()
    vector: Vectors | None = None
    story: int | None = None  # the item that stands for its story, when that is another one


class Twin(NamedTuple):
    """An item that tells the same story in another language: for sure, or only likely."""

    id: int
    score: float
    sure: bool


def text_of(told: Told) -> str:
    """What a vector is made of."""
    return f"{told.title}. {told.text}" if told.text else told.title


def signs(told: Told) -> frozenset[int]:
    """Numbers for what a translation leaves as it is; the first 48. Names of other scripts than Latin are left out."""
    text = f"{told.title}.\n{told.text}"[:READ_CHARACTERS]
    text = _DECIMAL.sub(".", _THOUSANDS.sub("", text))
    found: dict[int, None] = {}
    for match in _WORD.finditer(text):
        word = match.group()
        if _DISEASE.match(word):
            continue
        digits = sum(map(str.isdigit, word))
        if digits and digits < len(word) and digits >= 3 and any(map(str.isalpha, word)):
            kind = _REFERENCE
        elif digits:
            kind = _NUMBER
            word = "".join(re.findall(r"[\d.:/-]+", word))
        elif _LATIN.fullmatch(word) and not _begins_sentence(text, match.start(), word):
            kind = _NAME
        else:
            continue
        found[zlib.crc32(folded(word).encode()) << 2 | kind] = None
        if len(found) == MOST_SIGNS:
            break
    return frozenset(found)


def _begins_sentence(text: str, start: int, word: str) -> bool:
    """Whether a capital may stand there for the place alone; words all in capitals are names wherever they are."""
    before = text[max(start - 4, 0) : start].rstrip(" «\"“'(")
    return not word.isupper() and (not before or before[-1] in ".!?:\n-–—")


class Pool:
    """Items among which others are looked for."""

    def __init__(self, meanings: Iterable[Meaning] = ()) -> None:
        self._there: list[Meaning] = []
        self._vectors = np.zeros((64, SIZE), dtype=np.float32)
        self._languages = np.zeros(64, dtype=np.int64)
        self._numbers: dict[str, int] = {MISSING_LANGUAGE: 0}  # of languages
        self._without = 0  # items that have no vector
        self._by_sign: dict[int, list[int]] = defaultdict(list)
        self._indexed = 0  # items whose signs are in there
        for one in meanings:
            self.add(one)

    def add(self, one: Meaning) -> None:
        place = len(self._there)
        self._there.append(one)
        if place == len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
            self._languages = np.concatenate([self._languages, np.zeros_like(self._languages)])
        self._languages[place] = self._numbers.setdefault(_language(one), len(self._numbers))
        if one.vector is None:
            self._without += 1
        else:
            self._vectors[place] = one.vector

    def twins(self, one: Meaning, most: int = 3) -> list[Twin]:
        """Items of the pool that tell the story of this one in another language, best first; at most one is sure."""
        fitting = self._fitting(one)
        found = [Twin(other.id, round(score, 3), False) for score, other in fitting[:most]]
        if found and self._is_sure(one, fitting):
            found[0] = found[0]._replace(sure=True)
        return found

    def pairs(self) -> Iterator[tuple[int, int, float]]:
        """Every two of the pool that tell one story in two languages, the lower number first.

        Besides what is sure: two that are each other's best in their languages.
        """
        best: dict[tuple[int, str], tuple[int, float, bool]] = {}  # of an item in another language
        for one in self._there:
            fitting = self._fitting(one)
            for language in {other.language for _, other in fitting}:
                here = [(score, other) for score, other in fitting if other.language == language]
                best[one.id, language] = (here[0][1].id, here[0][0], self._is_sure(one, here))
        by_id = {one.id: one for one in self._there}
        told = set()
        for (id, _), (other, score, sure) in best.items():
            pair = min(id, other), max(id, other)
            back = best.get((other, by_id[id].language), (None,))[0]
            mutual = back == id and score >= MUTUAL and _numbers_agree(by_id[id].signs, by_id[other].signs)
            if (sure or mutual) and pair not in told:
                told.add(pair)
                yield *pair, round(score, 3)

    def _fitting(self, one: Meaning) -> list[tuple[float, Meaning]]:
        """Those that may tell the story of this one in another language, best first."""
        scored = self._meant(one) if one.vector is not None else {}
        scored |= {place: score for place, score in self._signed(one).items() if place not in scored}
        fitting = [
            (score, self._there[place]) for place, score in scored.items() if comparable(one, self._there[place])
        ]
        return sorted(fitting, key=lambda pair: (-pair[0], pair[1].id))

    def _meant(self, one: Meaning) -> dict[int, float]:
        """Those of other languages that mean much the same; of sentences that are everywhere, the nearest few."""
        assert one.vector is not None  # noqa: S101
        number = len(self._there)
        languages = self._languages[:number]
        other = (languages != self._numbers.get(_language(one), -1)) & (languages != 0)
        cosines = np.where(other, self._vectors[:number] @ one.vector, 0.0)
        places = np.flatnonzero(cosines >= LIKELY)
        if len(places) > MOST_COMPARED:
            places = places[np.argsort(-cosines[places], kind="stable")[:MOST_COMPARED]]
        return {int(place): min(float(cosines[place]), 1.0) for place in places}

    def _signed(self, one: Meaning) -> dict[int, float]:
        """Those that share rare signs with this one and cannot be compared by meaning, with the part that is shared."""
        if one.vector is not None and not self._without:
            return {}
        for place in range(self._indexed, len(self._there)):
            for sign in self._there[place].signs:
                self._by_sign[sign].append(place)
        self._indexed = len(self._there)
        weights: Counter[int] = Counter()
        for sign in one.signs:
            places = self._by_sign.get(sign, ())
            if len(places) <= _COMMON_SIGN:
                weights.update(dict.fromkeys(places, _WEIGHTS[sign & 3]))
        return {
            place: _part(one.signs, self._there[place].signs)
            for place, weight in weights.items()
            if weight >= LIKELY_WEIGHT and (one.vector is None or self._there[place].vector is None)
        }

    def _is_sure(self, one: Meaning, fitting: Sequence[tuple[float, Meaning]]) -> bool:
        score, best = fitting[0]
        if not _numbers_agree(one.signs, best.signs):
            return False
        story = best.story or best.id
        second = max((score for score, other in fitting if (other.story or other.id) != story), default=0.0)
        if score - second < CLEARLY:
            return False
        if one.vector is not None and best.vector is not None:
            return score >= (SURE if _names_agree(one.signs, best.signs) else SURE_UNNAMED)
        both = one.signs & best.signs
        numbers = sum(sign & 3 != _NAME for sign in both)
        weight = sum(_WEIGHTS[sign & 3] for sign in both)
        return (
            _names_agree(one.signs, best.signs)
            and score >= SURE_PART
            and numbers >= SURE_NUMBERS
            and weight >= SURE_WEIGHT
        )


def packed(signs: frozenset[int]) -> bytes:
    """Signs as they are kept, eight bytes each."""
    return np.array(sorted(signs), dtype=np.int64).tobytes()


def unpacked(kept: bytes) -> frozenset[int]:
    """The signs that were kept."""
    return frozenset(np.frombuffer(kept, dtype=np.int64).tolist())


def comparable(one: Meaning, other: Meaning) -> bool:
    """Whether one could be the other's translation: two known languages, a country in common, within a fortnight.

    A country or a day that is not known is no obstacle.
    """
    languages = {_language(one), _language(other)}
    if len(languages) < 2 or MISSING_LANGUAGE in languages or one.id == other.id:
        return False
    if one.countries and other.countries and not one.countries & other.countries:
        return False
    return one.day is None or other.day is None or abs(one.day - other.day) <= FORTNIGHT


def _language(one: Meaning) -> str:
    return one.language.split("-")[0]


def _numbers_agree(ours: frozenset[int], theirs: frozenset[int]) -> bool:
    """Whether most numbers and references of whichever text has fewer stand in the other."""
    first, second = ({sign for sign in signs if sign & 3 != _NAME} for signs in (ours, theirs))
    return not first or not second or len(first & second) >= NUMBERS_AGREE * min(len(first), len(second))


def _names_agree(ours: frozenset[int], theirs: frozenset[int]) -> bool:
    """Whether two texts that both name somebody have a name in common."""
    first, second = ({sign for sign in signs if sign & 3 == _NAME} for signs in (ours, theirs))
    return not first or not second or bool(first & second)


def _part(ours: frozenset[int], theirs: frozenset[int]) -> float:
    return len(ours & theirs) / max(min(len(ours), len(theirs)), 1)
