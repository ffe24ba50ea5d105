"""How does an address say what a reader wants to see? Codes, never labels, so that a link works in every language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote_plus

from dashboard.words import LANGUAGES
from tracker.model import Filters
from tracker.taxonomy import Taxonomy

PAGE_LENGTH = 20
TABLE_LENGTH = 50
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
SORTS = ("began", "changed", "country", "issue", "type", "status")
MONTHS = {"from": "from_month", "to": "to_month"}  # name in the address: field of Filters
NAMES = (*FILTERS, *MONTHS, "q")  # everything that narrows
MOST_COMPARED = 4


class View(StrEnum):
    """How what was found is shown."""

    LIST = "list"
    MAP = "map"
    TABLE = "table"
    TIMELINE = "timeline"
    CHARTS = "charts"
    COMPARE = "compare"


class Sort(NamedTuple):
    """The order of the table: `changed`, or `-changed` for the other way round."""

    order: str = SORTS[0]
    backwards: bool = False

    def __str__(self) -> str:
        return f"-{self.order}" if self.backwards else self.order


def read_filters(given: Mapping[str, Iterable[str]], taxonomy: Taxonomy) -> Filters:
    """What the address asks for. A code that does not exist is passed over: an old link still shows something.

    Several codes of one kind are given as `issue=a&issue=b` or `issue=a,b`.
    """
    wanted: dict[str, object] = {}
    for name, (field, group) in FILTERS.items():
        if group is None:
            wanted[field] = _countries(given.get(name, ()))
        else:
            codes = _parts(given.get(name, ()))
            wanted[field] = tuple(dict.fromkeys(code for code in codes if code in taxonomy.codes(group)))
    wanted |= {field: read_month(first(given, name)) for name, field in MONTHS.items()}
    text = " ".join(first(given, "q").replace("\0", " ").split())  # which PostgreSQL refuses
    return Filters(**wanted, text=text[:LONGEST_TEXT])


def first(given: Mapping[str, Iterable[str]], name: str) -> str:
    """The first value of a parameter; empty when there is none."""
    return next(iter(given.get(name, ())), "")


def read_month(text: str) -> date | None:
    """The first day of a month such as 2020-04; None for anything else."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


def read_view(given: Mapping[str, Iterable[str]]) -> View:
    """The view that is asked for; countries to compare ask for theirs, and nothing known for the list."""
    asked = first(given, "view")
    if asked in set(View):
        return View(asked)
    return View.COMPARE if read_compared(given) else View.LIST


def read_sort(given: Mapping[str, Iterable[str]]) -> Sort:
    """The order of the table; the usual one for what is none."""
    asked = first(given, "sort")
    order = asked.removeprefix("-")
    return Sort(order, asked.startswith("-")) if order in SORTS else Sort()


def read_compared(given: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The countries to be shown side by side, four at most."""
    return _countries(given.get("compare", ()))[:MOST_COMPARED]


def toggled(wanted: Filters, name: str, code: str) -> Filters:
    """The filters with this code besides, or without it where it was among them."""
    field, _ = FILTERS[name]
    chosen = getattr(wanted, field)
    others = tuple(one for one in chosen if one != code)
    return wanted.but(**{field: others if code in chosen else (*chosen, code)})


def read_number(given: Mapping[str, Iterable[str]], name: str) -> int | None:
    """A whole number above zero such as a page or an id; None when there is none that can be read."""
    text = first(given, name)
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    return number or None


def read_page(given: Mapping[str, Iterable[str]]) -> int:
    """The page of the list, counted from 1."""
    return min(read_number(given, "page") or 1, LAST_PAGE)


def as_pairs(wanted: Filters, *, language: str = "", page: int = 1) -> list[tuple[str, str]]:
    """The parameters that ask for the same again, always in the same order."""
    pairs = [("lang", language)] if language else []
    pairs += [(name, code) for name, (field, _) in FILTERS.items() for code in getattr(wanted, field)]
    pairs += [(name, month.isoformat()[:7]) for name, field in MONTHS.items() if (month := getattr(wanted, field))]
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
    asked = "&".join(f"{name}={_quoted(value)}" for name, value in pairs)
    return f"{path}?{asked}" if asked else path


_quoted = lru_cache(maxsize=10_000)(quote_plus)  # a page has hundreds of links of the same few codes


def _parts(values: Iterable[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",")]


def _countries(values: Iterable[str]) -> tuple[str, ...]:
    codes = (code.upper() for code in _parts(values) if len(code) == 2 and code.isascii() and code.isalpha())
    return tuple(dict.fromkeys(codes))


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
