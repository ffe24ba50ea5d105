"""Which provinces, states and regions does a country have, and what are they called? ISO 3166-2, by names of CLDR."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tracker.errors import Sentence
from tracker.model import Initiative
from tracker.text import folded

BUILT = Path(__file__).with_name("places.tsv")  # made by `python -m tracker.reading.build_countries`
_LANGUAGES = ("en", "fr", "es")


def place(code: str, language: str) -> str:
    """What a subdivision such as CA-QC is called in `language`, else in English; an unknown code is its own name."""
    names = _names().get(code)
    if names is None:
        return code
    return names[_LANGUAGES.index(language)] if language in _LANGUAGES else names[0]


def places(countries: Iterable[str], language: str) -> list[tuple[str, str]]:
    """(code, name) of every subdivision of these countries, country by country, in alphabetical order."""
    return [one for country in countries for one in _places(country, language)]


def unknown(initiative: Initiative) -> list[tuple[str, str]]:
    """Subdivisions that there are not: (field, why), empty when there are all of them."""
    return [
        ("subdivisions", Sentence("'{code}' is no subdivision of ISO 3166-2 such as CA-QC", code=code))
        for code in initiative.subdivisions
        if code not in _names()
    ]


@cache
def _places(country: str, language: str) -> tuple[tuple[str, str], ...]:
    found = [(code, place(code, language)) for code in _names() if code.startswith(f"{country}-")]
    return tuple(sorted(found, key=lambda pair: folded(pair[1])))


@cache
def _names() -> dict[str, tuple[str, str, str]]:
    found = {}
    for line in BUILT.read_text(encoding="utf-8").splitlines():
        code, english, french, spanish = line.split("\t")
        found[code] = (english, french or english, spanish or english)
    return found
