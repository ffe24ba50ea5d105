"""In which language is a text written, and how sure is that?

The letter statistics are those of langdetect (55 languages); the sum is ours. langdetect draws letter groups at random
and stops early, which makes short titles a lottery; here every group counts, so that the same text always gets the
same answer, several times faster; the smallest words and the language that the source declares are weighed in.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy

from tracker.model import MISSING_LANGUAGE
from tracker.reading.folding import in_capitals

BUILT = Path(__file__).with_name("profiles.npz")

READ_AT_MOST = 200  # characters; more text does not change the answer, only the time

# What a competitor must win by, in nats, to overrule the source's declaration: some feeds declare the wrong language,
# most do not.
DECLARED_LEAD = 12.0

# Head start of the languages that our sources speak; it settles titles of a few words that fit several languages.
EXPECTED_LEAD = 3.0
EXPECTED = frozenset({"en", "fr", "es", "pt", "de", "it", "ar", "nl", "ru", "zh", "pl", "sv", "no", "da", "el", "tr"})

# The smallest words of the languages that our sources speak, and of those that are taken for them: a headline holds few
# letters and many names, and one "under" tells more than a Venezuela. Each different one is worth so many nats.
SMALL_WORD_LEAD = 4.0
_SMALL_WORDS = {
    "en": "the of and to in for on with by from at as is are was be not does do has have will that this their "
    "its after amid under over how who what more it his her an or but than they we our you against during "
    "about into out up",
    "es": "el la los las de del y en para por con que un una se su sus al no es más sobre entre desde hasta lo "
    "como pero son fue ante tras contra a o",
    "fr": "le la les des du de et en pour par avec dans que qui un une au aux sur se sa ses son est pas plus ne "
    "ce cette il elle ou où sont après contre sous entre à d l",
    "pt": "o a os as do da dos das e em no na nos nas para por com que um uma ao à se não é mais são contra "
    "após sobre entre sua seu",
    "it": "il lo la i gli le di del della dei delle e in nel nella per con che un una al alla non è più da dal "
    "dalla si sono contro sul sulla come",
    "de": "der die das und in im den dem des zu mit von für auf ein eine ist nicht bei nach wie aus sich wird "
    "gegen über vor als auch es",
    "ca": "el la els les de del i en per amb que un una al no és més dels a s l d als contra",
    "nl": "de het een en van in op te met voor is niet bij aan door om over uit tegen naar als er",
    "sv": "och i att det som en på är av för med till den har inte om ett de från mot",
    "no": "og i det som en på er av for med til den har ikke om et de fra mot å",
    "da": "og i det som en på er af for med til den har ikke om et de fra mod at",
    "pl": "i w na z do się nie że o to po za od przez dla jest przy oraz",
    "ro": "și în de la cu pe nu a din că pentru este un o se mai au",
    "af": "die en van in het is nie vir met op te dat n wat by om na",
    "id": "di dan yang untuk dengan dari ke ini pada tidak dalam akan",
    "tr": "ve bir bu için ile de da çok daha olarak",
}

# The chance of being right by the nats between the best and the second language, fitted to 4,400 labelled texts from
# single words to sentences: none apart is one in three, 5 apart two in three, 10 apart nine in ten.
_CONFIDENCE = (-0.85, 0.32)

# Languages that langdetect does not know, but whose letters give them away.
_BY_SCRIPT = {"GEORGIAN": "ka", "ARMENIAN": "hy", "ETHIOPIC": "am", "MYANMAR": "my", "KHMER": "km", "LAO": "lo"}
_BY_SCRIPT |= {"SINHALA": "si", "ORIYA": "or", "TIBETAN": "bo", "THAANA": "dv"}

# Chinese characters are common to three languages, and langdetect takes short Chinese titles for Korean. Without a
# letter of their own (as langdetect writes them: one for all) a text is neither Korean nor Japanese; with one it is not
# Chinese.
_OWN_LETTERS = {"ko": {"가"}, "ja": {"あ", "ア"}}

_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "fil": "tl", "zh-cn": "zh", "zh-tw": "zh", "mo": "ro"}
_MARKUP = re.compile(r"<[^<>]{0,500}>|https?://\S+|\S+@\S+|&\w{2,8};|[#@]\w+")
_WORD = re.compile(r"[^\W\d_]+")
_BASIC_LATIN, _OTHER = re.compile("[A-Za-z]"), re.compile("[\u0300-\U0010ffff]")
_MOST_ROWS = 50_000  # letter groups; some 4 MB
_ACRONYM = re.compile(r"\w*[A-ZÀ-ÖØ-Þ]{2}\w*")


def detect(text: str, declared: str | None = None) -> tuple[str, float]:
    """The language of `text` as a BCP 47 code without region, and the probability that this is right.

    `declared` is what the source says; it stands unless the text clearly speaks against it, and always when it is a
    language that cannot be recognised here. A text without letters is in the declared language with probability one
    half, else in `und` with probability 0.
    """
    stated = _base(declared)
    read = text[:READ_AT_MOST]
    counts = _letter_groups(read)
    if not read.isascii() and (scripted := _by_script(counts)):
        return scripted
    scores = _scores(counts)
    for language, letters in _OWN_LETTERS.items():
        scores.pop("zh" if letters & counts.keys() else language, None)
    if not scores or (stated and stated not in recognised()):
        return (stated, 0.5) if stated else (MISSING_LANGUAGE, 0.0)
    for language in EXPECTED & scores.keys():
        scores[language] += EXPECTED_LEAD
    for word in set(_WORD.findall(read.lower())):
        for language in _speakers().get(word, ()):
            if language in scores:
                scores[language] += SMALL_WORD_LEAD
    if stated:
        scores[stated] = scores.get(stated, 0.0) + DECLARED_LEAD
    # The code decides between equals, so that the order of a dictionary never does.
    best, second, *_ = [*sorted(scores.items(), key=lambda pair: (-pair[1], pair[0])), ("", 0.0)]
    at_none, by_nat = _CONFIDENCE
    confidence = 1 / (1 + math.exp(-at_none - by_nat * min(best[1] - second[1], 100.0)))
    return best[0], round(confidence, 3)


@cache
def recognised() -> frozenset[str]:
    """The codes of the languages that can be recognised."""
    return frozenset(_profiles().languages) | frozenset(_BY_SCRIPT.values())


@cache
def _speakers() -> dict[str, list[str]]:
    """The languages that have each small word."""
    found: dict[str, list[str]] = {}
    for language, words in _SMALL_WORDS.items():
        for word in words.split():
            found.setdefault(word, []).append(language)
    return found


def _by_script(counts: Counter[str]) -> tuple[str, float] | None:
    """The language that alone writes with most of these letters, as far as we know."""
    letters = [letter for letter in counts if len(letter) == 1 and letter > "\u0500"]
    for name, language in _BY_SCRIPT.items() if letters else ():
        own = sum(counts[letter] for letter in letters if unicodedata.name(letter, "").startswith(name))
        if own > 0.5 * sum(counts[letter] for letter in counts if len(letter) == 1):
            return language, 0.95
    return None


def _base(declared: str | None) -> str | None:
    """The declared language without region, under the name that it has here; None when it is no language code."""
    if not declared or not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", declared.strip()):
        return None
    base = re.split("[-_]", declared.strip().lower())[0]
    return None if base == MISSING_LANGUAGE else _SAME.get(base, base)


def _scores(counts: Counter[str]) -> dict[str, float]:
    """How much better each language explains the letter groups than a language that knows none of them, in nats."""
    profiles = _profiles()
    found: dict[str, float] = {}
    for name, score in zip(profiles.languages, profiles.scores(counts), strict=True):
        if score > 0:  # Chinese has two profiles: the better one counts
            found[name] = max(score, found.get(name, 0.0))
    return found


class _Profiles:
    """langdetect's profiles, turned round: what each letter group is worth in the languages that know it.

    A group is known by two or three languages on average, so only those are kept, one after the other: those of the
    group in row `n` stand from `_ends[n - 1]` to `_ends[n]`. See build_profiles.
    """

    def __init__(self) -> None:
        with numpy.load(BUILT) as built:
            self.languages = [_SAME.get(name, name) for name in built["languages"].tolist()]
            self.letters: dict[int, int] = _Letters(built["letters"])
            self._row = _Rows(built["groups"])
            self._column, self._worth = built["column"], built["worth"]
            self._ends = numpy.concatenate((built["ends"], built["ends"][-1:])).astype(numpy.int64)
        self._count = numpy.diff(self._ends, prepend=0)  # the last row: groups that none knows

    def scores(self, counts: Counter[str]) -> list[float]:
        """The nats of each language for these letter groups; groups that no language knows say nothing."""
        if not counts:
            return [0.0] * len(self.languages)
        rows = numpy.fromiter(map(self._row.__getitem__, counts), dtype=numpy.int64, count=len(counts))
        times = numpy.fromiter(counts.values(), dtype=numpy.int64, count=len(counts))
        lengths = self._count[rows]
        # For each group, the places of what it is worth: its own end, less what was counted before it, and so on.
        places = numpy.repeat(self._ends[rows] - numpy.cumsum(lengths), lengths) + numpy.arange(lengths.sum())
        said = self._worth[places] * numpy.repeat(times, lengths)
        # Summed one after the other, not by a matrix product, whose last digits depend on the machine.
        total: list[float] = numpy.bincount(self._column[places], said, len(self.languages)).tolist()
        return total


class _Rows(dict[str, int]):
    """In which row each letter group stands, kept once it was met: most texts have the same few thousand ones."""

    def __init__(self, groups: Any) -> None:
        super().__init__()
        self._groups = groups

    def __missing__(self, group: str) -> int:
        key = key_of(group)
        row = int(self._groups.searchsorted(key))
        known = row if row < len(self._groups) and self._groups[row] == key else len(self._groups)
        if len(self) > _MOST_ROWS:
            self.clear()
        self[group] = known
        return known


def key_of(group: str) -> Any:
    """The number of a group of up to three letters, by which the profiles are in order."""
    first, second, third = (ord(letter) for letter in group.ljust(3, "\0"))
    return numpy.uint64(first << 42 | second << 21 | third)


@cache
def _profiles() -> _Profiles:
    return _Profiles()


class _Letters(dict[int, int]):
    """What each character becomes before groups are formed: langdetect's rules, kept once a character was met."""

    def __init__(self, basic: Any) -> None:
        super().__init__()
        self._basic = basic

    def __missing__(self, code: int) -> int:
        other = code if unicodedata.category(chr(code))[0] in "LM" else 32
        self[code] = known = int(self._basic[code]) if code < len(self._basic) else other
        return known


def _letter_groups(text: str) -> Counter[str]:
    """Groups of one to three letters within words, with the border of a word as a space."""
    text = unicodedata.normalize("NFC", _MARKUP.sub(" ", text))
    # Headlines in capitals are read as if they were not; else a run of capitals is an acronym and no word.
    text = text.lower() if in_capitals(text) else _ACRONYM.sub(" ", text)
    text = text.translate(_profiles().letters)
    if not text.isascii() and 2 * len(_BASIC_LATIN.findall(text)) < len(_OTHER.findall(text)):
        # A few Latin names in an Arabic text say nothing.
        text = re.sub("[A-Za-z]", " ", text)
    groups: list[str] = []
    for word in text.split():
        groups += _groups_of(word)
    return Counter(groups)


@lru_cache(maxsize=2048)  # most words of a text are among the commonest ones
def _groups_of(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    pairs = (padded[start : start + 2] for start in range(len(word) + 1))
    return (*word, *pairs, *(padded[start : start + 3] for start in range(len(word))))
