"""Of which countries does a text speak, and which one first?

A country is known by its names (CLDR, in eight languages), by its people and by its places; `countries.json` holds them
all and is built from CLDR and `places.yaml`. The longest term wins (New Mexico is not Mexico), capitals count where
they tell apart (Turkey and turkey, US and us), the title and the first sentences count more than the rest, and a term
that several countries share goes to the one that the text or the source speaks of anyway.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import ahocorasick

from tracker.model import Scored
from tracker.reading.folding import Folded, begins_word, fold, in_capitals

BUILT = Path(__file__).with_name("countries.json")

_WEIGHT = {"name": 1.0, "people": 0.8, "place": 0.8, "not": 0.0}
_IN_TITLE, _EARLY, _LATER, _LATE = 3.0, 1.5, 1.0, 0.5  # times the weight, by where the term stands
_EARLY_CHARACTERS, _LATE_CHARACTERS = 250, 1500
_REPEATED = 0.5  # each further mention counts half of the one before
_FIRST_NAMED = 1.15  # the country named first is usually the one that acts
_OF_THE_SOURCE = 1.0
_SHOWN_FROM = 0.15


class _Term(NamedTuple):
    codes: tuple[str, ...]  # most likely first; none for a phrase that means no country
    weight: float
    capitals: tuple[int, ...]  # places of the capitals within the term
    open: bool  # ends with *
    acronym: bool


class _Mention(NamedTuple):
    codes: tuple[str, ...]
    weight: float
    start: int
    end: int


def countries(folded: Folded, title_length: int, of_the_source: str | None = None) -> tuple[Scored, ...]:
    """The countries of a text, best first, each with the probability that the text is about it and what named it.

    `title_length` is how many characters of the text are its title. The source's country is added even when the text
    does not name it, with one chance in two, less when the text names others.
    """
    mentions = _mentions(folded)
    clear = {mention.codes[0] for mention in mentions if len(mention.codes) == 1}
    evidence: dict[str, float] = defaultdict(float)
    terms: dict[str, dict[str, None]] = defaultdict(dict)
    times: dict[str, int] = defaultdict(int)
    for mention in mentions:
        code = _meant(mention.codes, clear, of_the_source)
        place = mention.start if folded.starts is None else folded.starts[mention.start]
        emphasis = _emphasis(place, title_length) * _REPEATED ** times[code]
        if not times[code]:
            emphasis *= _FIRST_NAMED ** -sum(1 for other in times if other != code)
        evidence[code] += mention.weight * emphasis
        times[code] += 1
        terms[code][folded.written(mention.start, mention.end)] = None
    if of_the_source:
        evidence[of_the_source] += _OF_THE_SOURCE
    if not evidence:
        return ()
    most = max(evidence.values())
    scored = [
        Scored(code=code, score=round(found / (found + 1) * (found / most) ** 0.5, 3), terms=tuple(terms[code]))
        for code, found in evidence.items()
    ]
    return tuple(sorted((one for one in scored if one.score >= _SHOWN_FROM), key=lambda one: (-one.score, one.code)))


def _meant(codes: tuple[str, ...], clear: set[str], of_the_source: str | None) -> str:
    """Which of the countries that share a term is meant."""
    if of_the_source in codes and not clear & set(codes):
        return str(of_the_source)
    return next((code for code in codes if code in clear), codes[0])


def _emphasis(place: int, title_length: int) -> float:
    if place < title_length:
        return _IN_TITLE
    if place < title_length + _EARLY_CHARACTERS:
        return _EARLY
    return _LATER if place < title_length + _LATE_CHARACTERS else _LATE


def _mentions(folded: Folded) -> list[_Mention]:
    """What names a country, in the order of the text; of terms that overlap, the first and longest."""
    text = folded.text
    shouted: bool | None = None
    found = []
    for last, (length, terms) in _automaton().iter(text):
        start, end = last - length + 1, last + 1
        if not begins_word(text, start):
            continue
        closed = end == len(text) or not text[end].isalnum()
        for term in terms:
            if not (closed or term.open):
                continue
            if term.acronym:
                shouted = in_capitals(folded.original[:400]) if shouted is None else shouted
                if shouted:
                    continue
            if all(folded.begins_with_capital(start + place) for place in term.capitals):
                found.append(_Mention(term.codes, term.weight, start, end if closed else _end_of_word(text, end)))
    kept, reach = [], -1
    for mention in sorted(found, key=lambda mention: (mention.start, -mention.end, -len(mention.codes))):
        if mention.start >= reach:
            reach = mention.end
            if mention.codes:
                kept.append(mention)
    return kept


def _end_of_word(text: str, end: int) -> int:
    while end < len(text) and text[end].isalnum():
        end += 1
    return end


@cache
def _automaton() -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    by_text: dict[str, list[_Term]] = defaultdict(list)
    built: dict[str, dict[str, str]] = json.loads(BUILT.read_text(encoding="utf-8"))
    for kind, terms in built.items():
        for term, codes in terms.items():
            plain = term.rstrip("*")
            by_text[fold(plain).text].append(
                _Term(
                    tuple(codes.split()),
                    _WEIGHT[kind],
                    tuple(_capitals(plain)),
                    term.endswith("*"),
                    plain.isupper() and len(plain) <= 3,
                )
            )
    for text, found in by_text.items():
        automaton.add_word(text, (len(text), tuple(found)))
    automaton.make_automaton()
    return automaton


def _capitals(term: str) -> Iterable[int]:
    """Where the folded term had capitals."""
    folded = fold(term)
    for place in range(len(folded.text)):
        letter = term[place if folded.starts is None else folded.starts[place]]
        if letter.isupper():
            yield place
