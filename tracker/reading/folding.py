"""Which letters count when two spellings are the same word, and where did each stand in the text?"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_APOSTROPHES = "'’‘ʼ´`"
_SPACES = re.compile("  +")


class Folded(NamedTuple):
    """A text without capitals and accents, and the way back to the text as it was written."""

    text: str
    original: str
    starts: list[int] | None  # position in `original` of each character of `text`; None when they are the same

    def written(self, start: int, end: int) -> str:
        """The part of the original text that became `text[start:end]`."""
        if self.starts is None:
            return self.original[start:end]
        if end >= len(self.starts):
            return self.original[self.starts[start] :].rstrip()
        # Characters that vanish in folding (a combining accent) belong to the letter before them.
        return self.original[self.starts[start] : self.starts[end]].rstrip() if end > start else ""

    def begins_with_capital(self, start: int) -> bool:
        """Whether the letter at `start` was written as a capital (or belongs to a script that has none)."""
        letter = self.original[start if self.starts is None else self.starts[start]]
        return letter == letter.upper()


class _Letters(dict[int, str]):
    """What each character folds to, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _letter(chr(code))
        if len(folded) != 1:
            _UNEVEN.add(chr(code))
        return folded


def _letter(character: str) -> str:
    if character in _APOSTROPHES:
        return "'"
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp", "Cc", "Pd"):
        return " "
    if category in ("Cf", "Mn", "Cs") or character == "ـ":  # soft hyphen, accents, lone surrogates, tatweel
        return ""
    special = _SPECIAL.get(character)
    if special is not None:
        return special
    # Folded twice: some letters, as those of mathematics, have a small one only when they are taken apart.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character.casefold()).casefold())
    return "".join(_SPECIAL.get(part, part) for part in plain if unicodedata.category(part) != "Mn")


# Letters that Unicode does not take apart, and Arabic letters that are written one for the other.
_SPECIAL = {"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"}
_SPECIAL |= {"ı": "i", "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه"}

_LETTERS = _Letters()
_UNEVEN: set[str] = set()  # letters met that become none, or several


def fold(text: str) -> Folded:
    """The text without capitals and accents; runs of spaces, hyphens and control characters become one space."""
    folded = text.translate(_LETTERS)
    starts = None
    if not _UNEVEN.isdisjoint(text):
        starts = [place for place, character in enumerate(text) for _ in _LETTERS[ord(character)]]
    if "  " in folded:
        places: list[int] = []
        parts: list[str] = []
        after = 0
        for run in _SPACES.finditer(folded):
            parts.append(folded[after : run.start() + 1])
            places.extend(range(after, run.start() + 1))
            after = run.end()
        parts.append(folded[after:])
        places.extend(range(after, len(folded)))
        folded = "".join(parts)
        starts = places if starts is None else [starts[place] for place in places]
    return Folded(folded, text, starts)


_ARABIC_PREFIXES = "وفبلك"


def begins_word(text: str, place: int) -> bool:
    """Whether a word begins at `place` of a folded text, or something that is no letter stands there."""
    if not place or not text[place - 1].isalnum() or not text[place].isalnum():
        return True
    # Arabic writes `and`, `in`, `for` and the like together with the word that follows.
    return text[place - 1] in _ARABIC_PREFIXES and (place == 1 or not text[place - 2].isalnum())


def in_capitals(text: str) -> bool:
    """Whether most of the letters are capitals."""
    letters = "".join(filter(str.isalpha, text))
    return sum(map(str.isupper, letters)) > 0.6 * len(letters)
