"""What is every country called? Puts CLDR's names and our own table together into countries.json.

Run `python -m tracker.reading.build_countries` after a change of places.yaml or with a new Babel; a test tells when.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

from babel import Locale
from pydantic import Field

from tracker import yamlfile
from tracker.errors import BadTaxonomy
from tracker.model import Country, Language, Value

HERE = Path(__file__).parent
LANGUAGES = ("en", "fr", "es", "pt", "de", "it", "nl", "ar")

# No government and hardly anybody to speak of, or no country at all.
_LEFT_OUT = re.compile(r"A[CQ]|B[LQV]|C[CPQX]|DG|E[AUZ]|GS|HM|I[CO]|M[FS]|NF|PN|QO|S[HJ]|T[AFK]|U[MN]|X[AB]|ZZ")

# Names that are more often something else: a first name, a grenade, a meeting, an island (Iceland in German).
_MISLEADING = {
    "Mauricio",
    "Maurice",
    "Dominique",
    "Réunion",
    "Reunión",
    "Reunião",
    "Riunione",
    "Guadalupe",
    "Guadalupa",
}
_MISLEADING |= {"Grenade", "Granada", "Man", "Maurício", "Martinica", "Salvador", "Island"}

Term = Annotated[str, Field(min_length=2, max_length=80)]


class Called(Value):
    """What our table says of one country."""

    names: tuple[Term, ...] = ()
    people: tuple[Term, ...] = ()
    places: tuple[Term, ...] = ()


class Places(Value):
    """Our table."""

    countries: dict[Country, Called]
    shared: dict[Term, tuple[Country, ...]]
    blanked: dict[Language, tuple[Term, ...]] = Field(alias="not")


def build(table: Path = HERE / "places.yaml") -> dict[str, dict[str, str]]:
    """All terms by kind (`name`, `people`, `place`, `not`) with the countries that they stand for, most likely first.

    Raises BadTaxonomy when the table cannot be followed.
    """
    places = yamlfile.read(table, BadTaxonomy).checked(Places, BadTaxonomy)
    built: dict[str, dict[str, str]] = {"name": _of_cldr(), "people": {}, "place": {}, "not": {}}
    for code, called in places.countries.items():
        for kind, terms in (("name", called.names), ("people", called.people), ("place", called.places)):
            for term in terms:
                built[kind][term] = code
    for term, codes in places.shared.items():
        kind = next((kind for kind, terms in built.items() if term in terms), "people" if term[-1] == "*" else "place")
        built[kind][term] = " ".join(codes)
    for phrases in places.blanked.values():
        built["not"].update(dict.fromkeys(phrases, ""))
    return {kind: dict(sorted(terms.items())) for kind, terms in built.items()}


def _of_cldr() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if not re.fullmatch("[A-Z]{2}", code) or _LEFT_OUT.match(code):
                continue
            if name not in _MISLEADING:
                for variant in _variants(name, language):
                    found.setdefault(variant, code)
    return found


def _variants(name: str, language: str) -> list[str]:
    """The name as running text has it: without brackets, with `and` for `&`, in German also in the genitive."""
    plain = re.sub(r"\s*\(.*?\)", "", name).strip()
    if re.search(r",|\b(SAR|RAE|RAS|Sonderverwaltungsregion)\b", plain):
        return []  # "Hong Kong SAR China": the names of our table do better
    variants = [plain, plain.replace("&", _AND.get(language, "&"))]
    if language == "de" and plain[-1] not in "sxz":
        variants.append(plain + "s")
    return [variant for variant in dict.fromkeys(variants) if len(variant) > 2]


_AND = {"en": "and", "fr": "et", "es": "y", "pt": "e", "de": "und", "it": "e", "nl": "en"}


def as_text(built: dict[str, dict[str, str]]) -> str:
    """The contents of countries.json."""
    return json.dumps(built, ensure_ascii=False, indent=0) + "\n"


if __name__ == "__main__":
    (HERE / "countries.json").write_text(as_text(build()), encoding="utf-8")
