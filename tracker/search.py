"""What does a search ask for, and where in a text does it stand? Words as they are indexed, on every database alike.

A word finds every word that begins with it, accents and case aside; "words in quotes" stand exactly so, one after the
other; `OR` between two makes them alternatives; a minus in front leaves out what has it. Nothing that somebody types is
an error. Scripts that put no space between words (Chinese, Japanese, Thai and their like) are indexed by pairs of
letters, so that any part of a sentence is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tracker.text import folded

LONGEST_TEXT = 50_000  # characters of one text that are indexed; PostgreSQL keeps no more than a megabyte of words
LONGEST_SEARCH = 300  # characters
_MOST_TERMS = 20
_SHORTEST_BEGINNING = 3  # letters; shorter words are found as they stand, else `un` finds half of everything
_LONGEST_WORD = 60

# Letters of scripts that put no spaces between words, after folding.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
# Signs that belong to the word that they stand in: vowels of India's scripts, accents that stand apart, vowel points.
_SIGNS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u06ea-\u06ed\u0711\u0730-\u074a\u0900-\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a4d\u0a81-\u0a83"
    "\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b4d\u0b82\u0bbe-\u0bcd\u0c00-\u0c04\u0c3e-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6"
    "\u0d00-\u0d03\u0d3b-\u0d4d\u0d82\u0d83\u0dca-\u0ddf\u0f18-\u0f39\u0f71-\u0f84\u200c\u200d"
)
_SIMPLE = re.compile(r"[^\W_]+")
_WORD = re.compile(rf"(?:[{_UNSPACED}]|(?<=[{_UNSPACED}])[{_SIGNS}])+|(?:[^\W_{_UNSPACED}]|[{_SIGNS}])+")
_ODD = re.compile(rf"[{_UNSPACED}{_SIGNS}]")
_UNSPACED_WORD = re.compile(rf"[{_UNSPACED}]")
_ARABIC = re.compile(r"[\u0620-\u06ff]")
_ARTICLE = re.compile(r"^(?:[وفبك]?ال|لل)(?=\w{3})")  # "the", alone or after "and", "with", "for"

_ASKED = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+)')
_QUOTES = str.maketrans(dict.fromkeys("“”„«»‟＂", '"') | {"−": "-", "–": "-", "—": "-", "－": "-"})
_OR = frozenset({"OR", "OU", "O", "|"})


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand next to each other in this order; the last may be no more than the beginning of one."""

    words: tuple[str, ...]
    beginning: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: one of each group of terms, and none of the others."""

    wanted: tuple[tuple[Term, ...], ...] = ()
    unwanted: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted)


def words(text: str) -> list[str]:
    """The words of a text as they are indexed, in order."""
    text = folded(text[:LONGEST_TEXT])
    if not _ODD.search(text):
        found = _SIMPLE.findall(text)
    else:
        found = [piece for word in _WORD.findall(text) for piece in _pieces(word)]
    if _ARABIC.search(text):
        found = [_bare(word) for word in found]
    return [word if len(word) <= _LONGEST_WORD else word[:_LONGEST_WORD] for word in found]


def read(text: str) -> Search:
    """What somebody who types this looks for. Never an error: what cannot be understood is left out."""
    groups: list[list[Term]] = []
    unwanted: list[Term] = []
    alternative = False
    for part in _ASKED.finditer(text[:LONGEST_SEARCH].translate(_QUOTES)):
        word, phrase, minus = part["word"], part["phrase"], bool(part["minus"])
        if word in _OR:
            alternative = bool(groups)
            continue
        if word is not None and word.startswith("-"):
            word, minus = word.lstrip("-"), True
        term = _phrase(phrase) if word is None else _beginning(word)
        if term is None:
            continue
        if len(unwanted) + sum(map(len, groups)) >= _MOST_TERMS:
            break
        if minus:
            unwanted.append(term)
        elif alternative:
            groups[-1].append(term)
        else:
            groups.append([term])
        alternative = False
    return Search(tuple(tuple(dict.fromkeys(group)) for group in groups), tuple(dict.fromkeys(unwanted)))


def says(text: list[str], term: Term) -> bool:
    """Whether these words, as `words` gives them, have the term."""
    length = len(term.words)
    return any(_stands(text, place, term) for place in range(len(text) - length + 1))


def marked(text: str, search: Search) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether the search asked for it."""
    terms = [term for group in search.wanted for term in group]
    spots = list(_spots(text[:LONGEST_TEXT]))
    bare = [word for word, _, _ in spots]
    found: list[tuple[int, int]] = []
    for place, (_, start, _) in enumerate(spots):
        for term in terms:
            if _stands(bare, place, term):
                end = spots[place + len(term.words) - 1][2]
                if found and start <= found[-1][1]:
                    found[-1] = (found[-1][0], max(found[-1][1], end))
                else:
                    found.append((start, end))
    pieces, done = [], 0
    for start, end in found:
        pieces += [(text[done:start], False), (text[start:end], True)]
        done = end
    return [piece for piece in [*pieces, (text[done:], False)] if piece[0]]


def excerpt(text: str, search: Search, length: int = 240) -> list[tuple[str, bool]]:
    """Some `length` characters of the text around the first place that the search asked for, in marked pieces."""
    pieces = marked(" ".join(text.split()), search)
    before = 0
    for piece, hit in pieces:
        if hit:
            break
        before += len(piece)
    else:
        before = 0
    start = max(0, before - length // 3)
    plain = "".join(piece for piece, _ in pieces)
    if start:
        space = plain.find(" ", start, before)
        start = space + 1 if space != -1 else start
    end = min(len(plain), start + length)
    if end < len(plain):
        space = plain.rfind(" ", start + length // 2, end)
        end = space if space != -1 else end
    shown, place = [], 0
    for piece, hit in pieces:
        part = piece[max(0, start - place) : max(0, end - place)]
        place += len(piece)
        if part:
            shown.append((part, hit))
    if start:
        shown.insert(0, ("… ", False))
    if end < len(plain):
        shown.append((" …", False))
    return shown


def _spots(text: str) -> Iterator[tuple[str, int, int]]:
    """Each indexed word of a text as it stands, with where it begins and ends there."""
    for match in _WORD.finditer(text):
        word = match[0]
        if not _UNSPACED_WORD.match(word):
            bare = folded(word)
            yield (_bare(bare) if _ARABIC.search(bare) else bare)[:_LONGEST_WORD], match.start(), match.end()
            continue
        letters = [(folded(letter), match.start() + place) for place, letter in enumerate(word)]
        letters = [(letter, place) for letter, place in letters if letter]
        for number, (letter, place) in enumerate(letters):
            after = letters[number + 1] if number + 1 < len(letters) else None
            yield letter + (after[0] if after else ""), place, (after[1] if after else place) + 1


def _stands(text: list[str], place: int, term: Term) -> bool:
    length = len(term.words)
    if text[place : place + length - 1] != list(term.words[:-1]) or place + length > len(text):
        return False
    last = text[place + length - 1]
    return last.startswith(term.words[-1]) if term.beginning else last == term.words[-1]


def _pieces(word: str) -> list[str]:
    """A word of a script without spaces as its pairs of letters, and its last letter; any other as it is."""
    if not _UNSPACED_WORD.match(word):
        return [word]
    return [word[place : place + 2] for place in range(len(word))]


def _bare(word: str) -> str:
    """An Arabic word without its article and without the strokes that only stretch it."""
    return _ARTICLE.sub("", word.replace("\u0640", "")) or word


def _phrase(text: str) -> Term | None:
    found = words(text)
    if not found:
        return None
    if len(found[-1]) == 1 and _UNSPACED_WORD.match(found[-1]):
        # The last letter of such a run is indexed by itself only where the text ends there: here it may go on.
        return Term(tuple(found[:-1])) if _ends_in_pair(found) else Term(tuple(found), beginning=True)
    return Term(tuple(found))


def _ends_in_pair(found: list[str]) -> bool:
    return len(found) > 1 and len(found[-2]) == 2 and found[-2].endswith(found[-1])


def _beginning(word: str) -> Term | None:
    starred = word.endswith("*")
    term = _phrase(word)
    if term is None or _UNSPACED_WORD.match(term.words[-1]):
        return term
    return Term(term.words, beginning=starred or len(term.words[-1]) >= _SHORTEST_BEGINNING)
