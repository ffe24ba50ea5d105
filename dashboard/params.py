"""How does an address say what a reader wants to see? Codes, never labels, so that a link works in every language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from dashboard.words import LANGUAGES
from tracker.model import Filters
from tracker.taxonomy import Taxonomy

PAGE_LENGTH = 20
LONGEST_TEXT = 200
LAST_PAGE = 100_000
_NOTHING: Mapping[str, object] = MappingProxyType({})

# name in the address: (field of Filters, group of the taxonomy)
FILTERS: dict[str, tuple[str, str | None]] = {
    "issue": ("issues", "issues"),
    "type": ("types", "types"),
    "country": ("countries", None),
    "actor": ("actor_kinds", "actor_kinds"),
    "target": ("targets", "targets"),
    "status": ("statuses", "statuses"),
}


def read_filters(given: Mapping[str, Iterable[str]], taxonomy: Taxonomy) -> Filters:
    """What the address asks for. A code that does not exist is passed over: an old link still shows something.

    Several codes of one kind are given as `issue=a&issue=b` or `issue=a,b`.
    """
    wanted: dict[str, object] = {}
    for name, (field, group) in FILTERS.items():
        codes = [code.strip() for value in given.get(name, ()) for code in value.split(",")]
        if group is None:
            known = [code.upper() for code in codes if len(code) == 2 and code.isascii() and code.isalpha()]
        else:
            known = [code for code in codes if code in taxonomy.codes(group)]
        wanted[field] = tuple(dict.fromkeys(known))
    text = " ".join(next(iter(given.get("q", ())), "").replace("\0", " ").split())  # which PostgreSQL refuses
    return Filters(**wanted, text=text[:LONGEST_TEXT])


def read_number(given: Mapping[str, Iterable[str]], name: str) -> int | None:
    """A whole number above zero such as a page or an id; None when there is none that can be read."""
    text = next(iter(given.get(name, ())), "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    return number or None


def read_page(given: Mapping[str, Iterable[str]]) -> int:
    """The page of the list, counted from 1."""
    return min(read_number(given, "page") or 1, LAST_PAGE)


def as_pairs(wanted: Filters, *, language: str = "", page: int = 1) -> list[tuple[str, str]]:
    """The parameters that ask for the same again, always in the same order."""
    pairs = [("lang", language)] if language else []
    pairs += [(name, code) for name, (field, _) in FILTERS.items() for code in getattr(wanted, field)]
    if wanted.text:
        pairs.append(("q", wanted.text))
    if page > 1:
        pairs.append(("page", str(page)))
    return pairs


def link(
    path: str,
    wanted: Filters | None = None,
    *,
    language: str = "",
    page: int = 1,
    more: Mapping[str, object] = _NOTHING,
) -> str:
    """An address within the site, such as `/?lang=fr&issue=hate_crime&page=2`."""
    pairs = [(name, str(value)) for name, value in more.items()]
    pairs += as_pairs(wanted or Filters(), language=language, page=page)
    return f"{path}?{urlencode(pairs)}" if pairs else path


def preferred_language(asked: str | None, accept: str | None, available: Iterable[str] = LANGUAGES) -> str:
    """The language to answer in: the one asked for, else the browser's first choice that there is, else the first.

    `accept` is the header Accept-Language, or a locale such as fr-CA; what cannot be read counts as no wish.
    """
    known = list(available)
    if asked in known:
        return str(asked)
    wishes = []
    for place, part in enumerate((accept or "").split(",")):
        tag, _, parameters = part.strip().partition(";")
        quality = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameters)
        wishes.append((-float(quality[1]) if quality else -1.0, place, tag.strip().split("-")[0].lower()))
    for weight, _, language in sorted(wishes):
        if language in known and weight < 0:
            return language
    return known[0]
