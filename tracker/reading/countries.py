"""Of which countries, provinces and international bodies does a text speak, and of which country first?

A country is known by its names (CLDR, in the languages that we can recognise), by its people, its provinces and its
large cities; `countries.tsv` holds them all and is built from CLDR, GeoNames and `places.yaml`. The longest term wins
(New Mexico is not Mexico), capitals count where they tell apart (Turkey and turkey, US and us), the title and the first
sentences count more than the rest, and a term that several countries share goes to the one that follows (Paris, Texas)
or that the text, the source or the link speaks of anyway.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import ahocorasick

from tracker.model import Scored
from tracker.reading.folding import Folded, begins_word, fold, in_capitals

BUILT = Path(__file__).with_name("countries.tsv")

_WEIGHT = {
    "name": 1.0,
    "people": 0.8,
    "province": 0.8,
    "city": 0.8,
    "town": 0.5,
    "doubtful": 0.8,
    "body": 1.0,
    "not": 0.0,
}
_IN_TITLE, _EARLY, _LATER, _LATE = 3.0, 1.5, 1.0, 0.5  # times the weight, by where the term stands
_EARLY_CHARACTERS, _LATE_CHARACTERS = 250, 1500
_REPEATED = 0.5  # each further mention counts half of the one before
_FIRST_NAMED = 1.15  # the country named first is usually the one that acts
_OF_THE_SOURCE = 1.0
_SHOWN_FROM = 0.15

# What a link says, less than a name in the text: the words of its path, and the domain of a country.
_WORDS_OF_LINK, _DOMAIN_OF_LINK = 1.25, 1.05
_WHERE_NAMED = 0.25  # times these, when the text itself names a country

# Domains that are sold to the whole world, or that are no country's.
_SOLD = "ac ai am as bz cc cd co dj eu fm ga gg gl im io la ly me ml nu pw sc sh st su tk to tv vc ws"
_GENERIC = frozenset(_SOLD.split())
_GOVERNMENTS = frozenset(("gov", "gob", "gouv", "govt"))
_DOMAIN_OF = {"uk": "GB", "gov": "US", "mil": "US", "quebec": "CA", "scot": "GB", "cat": "ES", "paris": "FR"}
_SECTIONS = {"us": "US", "us-news": "US", "usa": "US", "uk": "GB", "uk-news": "GB"}  # of world-wide newspapers


_SURE_IN_LINK = ("name", "people", "province")
_SHORTEST_IN_LINK = 4  # letters


class Spoken(NamedTuple):
    """What a text speaks of, each best first."""

    countries: tuple[Scored, ...]
    places: tuple[Scored, ...]  # ISO 3166-2
    bodies: tuple[Scored, ...]


class _Term(NamedTuple):
    kind: str
    codes: tuple[str, ...]  # most likely first; none for a phrase that means no country
    if_followed: tuple[str, ...]  # what it means only when the country follows: Paris, Texas
    capitals: tuple[int, ...]  # places of the capitals within the term
    open: bool  # ends with *
    acronym: bool
    anywhere: bool  # of a script that writes words together


class _Mention(NamedTuple):
    term: _Term
    start: int
    end: int


class _Evidence:
    """How much speaks for each code, and which words."""

    def __init__(self) -> None:
        self._found: dict[str, float] = defaultdict(float)
        self._terms: dict[str, dict[str, None]] = defaultdict(dict)
        self._times: dict[str, int] = defaultdict(int)

    def add(self, code: str, weight: float, word: str) -> None:
        """Another mention: worth less when the code was named before, or others were named before it."""
        weight *= _REPEATED ** self._times[code]
        if not self._times[code]:
            weight *= _FIRST_NAMED ** -sum(1 for other in self._times if other != code)
        self._found[code] += weight
        self._times[code] += 1
        self._terms[code][word] = None

    def suppose(self, code: str, weight: float, words: Iterable[str] = ()) -> None:
        """What speaks for the code besides the text."""
        self._found[code] += weight
        self._terms[code].update(dict.fromkeys(words))

    def scored(self) -> tuple[Scored, ...]:
        most = max(self._found.values(), default=0.0)
        scored = [
            Scored(
                code=code, score=round(found / (found + 1) * (found / most) ** 0.5, 3), terms=tuple(self._terms[code])
            )
            for code, found in self._found.items()
        ]
        return tuple(
            sorted((one for one in scored if one.score >= _SHOWN_FROM), key=lambda one: (-one.score, one.code))
        )


def spoken_of(folded: Folded, title_length: int, of_the_source: str | None = None, url: str = "") -> Spoken:
    """The countries, provinces and bodies of a text, each with the probability that the text is about it and its words.

    `title_length` is how many characters of the text are its title. The source's country is added even when the text
    does not name it, with one chance in two, less when the text names others; so is the country of the link `url`.
    """
    mentions = _mentions(folded)
    of_link = _of_link(url)
    clear = {it.term.codes[0][:2] for it in mentions if len(it.term.codes) == 1 and it.term.kind not in _UNCLEAR}
    besides = [code for code in (of_the_source, *of_link) if code]
    countries, places, bodies = _Evidence(), _Evidence(), _Evidence()
    for number, mention in enumerate(mentions):
        term = mention.term
        place = mention.start if folded.starts is None else folded.starts[mention.start]
        weight = _WEIGHT[term.kind] * _emphasis(place, title_length)
        word = folded.written(mention.start, mention.end)
        if term.kind == "body":
            bodies.add(term.codes[0], weight, word)
            continue
        code = _that_follows(folded.text, mention, mentions[number + 1 : number + 2])
        if code is None:
            if term.kind == "doubtful" and not any(code[:2] in clear or code[:2] in besides for code in term.codes):
                continue
            code = _meant(term.codes, clear, besides)
        countries.add(code[:2], weight, word)
        if len(code) > 2:
            places.add(code, weight, word)
    if of_the_source:
        countries.suppose(of_the_source, _OF_THE_SOURCE)
    named = any(it.term.kind != "body" for it in mentions)
    for code, (weight, words) in of_link.items():
        if code != of_the_source:
            countries.suppose(code, weight * (_WHERE_NAMED if named else 1.0), words)
    return Spoken(countries.scored(), places.scored(), bodies.scored())


_PLACES = ("city", "town", "doubtful")
_UNCLEAR = ("doubtful", "body")


def _that_follows(text: str, mention: _Mention, after: list[_Mention]) -> str | None:
    """Which of the places of one name is meant when its country or province stands after it: London, Ontario."""
    if not after or mention.term.kind not in _PLACES or text[mention.end : after[0].start] not in (", ", " ("):
        return None
    following = after[0].term
    if following.kind not in ("name", "province"):
        return None
    for code in (*mention.term.codes, *mention.term.if_followed):
        if any(code == said or (code[:2] == said[:2] and 2 in (len(code), len(said))) for said in following.codes):
            return max(code, following.codes[0] if following.kind == "province" else "", key=len)
    return None


def _meant(codes: tuple[str, ...], clear: set[str], besides: list[str]) -> str:
    """Which of the countries that share a term is meant."""
    if not clear & {code[:2] for code in codes}:
        for country in besides:
            if found := next((code for code in codes if code[:2] == country), None):
                return found
    return next((code for code in codes if code[:2] in clear), codes[0])


def _emphasis(place: int, title_length: int) -> float:
    if place < title_length:
        return _IN_TITLE
    if place < title_length + _EARLY_CHARACTERS:
        return _EARLY
    return _LATER if place < title_length + _LATE_CHARACTERS else _LATE


def _of_link(url: str) -> dict[str, tuple[float, tuple[str, ...]]]:
    """The countries of which an address speaks, by its domain and the words of its path: how much, which words."""
    if not url:
        return {}
    try:
        path = unquote(urlsplit(url[:1000]).path).replace("_", "-").lower()
    except ValueError:
        return {}
    found: dict[str, tuple[float, tuple[str, ...]]] = {}
    # "kyrgyzstans-lockdown": in an address, the genitive has lost its apostrophe.
    for written in dict.fromkeys((path, re.sub(r"(?<=[a-z]{4})s(?![a-z])", "", path))):
        words = fold(re.sub(r"[-+.]+", " ", written))
        for it in _mentions(words, of_link=True):
            if it.term.kind in _SURE_IN_LINK and len(it.term.codes) == 1 and it.end - it.start >= _SHORTEST_IN_LINK:
                found.setdefault(it.term.codes[0][:2], (_WORDS_OF_LINK, (words.written(it.start, it.end),)))
    for section in path.split("/"):
        if section in _SECTIONS:
            found.setdefault(_SECTIONS[section], (_DOMAIN_OF_LINK, ()))
    return found or dict.fromkeys(domain_of(url), (_DOMAIN_OF_LINK, ()))


def domain_of(url: str) -> list[str]:
    """The country whose domain an address is under; none when it is nobody's, or sold to the whole world."""
    try:
        host = (urlsplit(url[:1000]).hostname or "").rstrip(".")
    except ValueError:
        return []
    *_, above, top = ("", "", *host.split("."))
    code = _DOMAIN_OF.get(top, top.upper() if top not in _GENERIC or above in _GOVERNMENTS else "")
    return [code] if code in _known() else []


def _mentions(folded: Folded, *, of_link: bool = False) -> list[_Mention]:
    """What names a country, in the order of the text; of terms that overlap, the first and longest.

    `of_link`: the words are those of an address, where there are no capitals.
    """
    text = folded.text
    shouted: bool | None = None
    found = []
    for last, (length, terms) in _automaton().iter(text):
        start, end = last - length + 1, last + 1
        begins = begins_word(text, start)
        closed = end == len(text) or not text[end].isalnum()
        for written in terms:
            term = _term(written)
            if not ((begins and (closed or term.open)) or term.anywhere):
                continue
            if of_link:
                if term.acronym:
                    continue
            elif term.acronym:
                shouted = in_capitals(folded.original[:400]) if shouted is None else shouted
                # In a shouted text "US" and "us" look alike.
                if shouted or not all(folded.begins_with_capital(start + place) for place in term.capitals):
                    continue
            elif not all(folded.begins_with_capital(start + place) for place in term.capitals):
                continue
            found.append(_Mention(term, start, end if closed or term.anywhere else _end_of_word(text, end)))
    found.sort(key=lambda mention: (mention.start, -mention.end, len(mention.term.codes) != 0))
    kept: list[_Mention] = []
    reach = 0
    for mention in found:
        if mention.start >= reach:
            reach = mention.end
            if mention.term.codes:
                kept.append(mention)
    return kept


def _end_of_word(text: str, end: int) -> int:
    while end < len(text) and text[end].isalnum():
        end += 1
    return end


@cache
def _automaton() -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    by_text: dict[str, list[str]] = defaultdict(list)
    for line in BUILT.read_text(encoding="utf-8").splitlines():
        text, rest = line.split("\t", 1)
        by_text[text].append(rest)
    for text, found in by_text.items():
        automaton.add_word(text, (len(text), tuple(found)))
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=4096)  # of twelve thousand terms, a text has a few
def _term(written: str) -> _Term:
    """A line of the table, without its text; see build_countries.as_text."""
    kind, codes, capitals, flags = written.split("\t")
    meant, _, if_followed = codes.partition("|")
    return _Term(
        kind=kind,
        codes=tuple(meant.split()),
        if_followed=tuple(if_followed.split()),
        capitals=tuple(map(int, capitals.split())),
        open="o" in flags,
        acronym="a" in flags,
        anywhere="s" in flags,
    )


@cache
def _known() -> frozenset[str]:
    """The countries that have a name here."""
    lines = BUILT.read_text(encoding="utf-8").splitlines()
    return frozenset(codes for _, kind, codes, *_ in (line.split("\t") for line in lines) if kind == "name")
