"""What do several pages show in the same way? Rows with bars, numbers by code, the types under their headings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard import worldmap
from dashboard.shown import Links, Reader
from dashboard.words import Words
from tracker.model import Published
from tracker.settings import Settings
from tracker.taxonomy import Taxonomy, Type

if TYPE_CHECKING:
    from markupsafe import Markup

HELP_TYPES = ("A1", "A2", "A3")  # the types that somebody in need looks for, where the taxonomy has them


@dataclass(frozen=True)
class Bar:
    name: str
    href: str
    count: str
    percent: float
    current: bool = False  # what is chosen


def bars(
    counts: dict[str, int],
    name: Callable[[str], str],
    href: Callable[[str], str],
    said: Words,
    chosen: Container[str] = (),
) -> list[Bar]:
    """Rows of a table with bars: the largest is 100 percent wide; in the order of `counts`."""
    most = max([1, *counts.values()])
    return [
        Bar(name(code), href(code), said.number(count), round(100 * count / most, 1), code in chosen)
        for code, count in counts.items()
    ]


@dataclass(frozen=True)
class Tile:
    """A number that leads somewhere, and what it is the number of."""

    name: str
    href: str
    count: str
    note: str = ""


@dataclass(frozen=True)
class LegendLine:
    """A colour of the map and what it stands for."""

    style: str
    said: str


@dataclass(frozen=True)
class MapFigure:
    """A map with its legend, as the pages show it."""

    drawing: Markup
    legend: tuple[LegendLine, ...]


def map_figure(
    said: Words,
    numbers: Mapping[str, int],
    searched: Container[str],
    href: Callable[[str], str],
    chosen: Container[str] = (),
    *,
    beside: bool = False,
) -> MapFigure:
    """The map of these numbers by country, with its legend; `beside`: its links open beside it (`worldmap.draw`)."""
    legend = worldmap.keys(numbers.values())

    def title(code: str) -> str:
        return f"{said.country(code)}: {number_or_none(said, numbers.get(code, 0), code in searched)}"

    told = [
        LegendLine(
            key.style,
            said.number(key.low) if key.low == key.high else f"{said.number(key.low)}–{said.number(key.high)}",
        )
        for key in legend
    ]
    told.append(LegendLine(worldmap.NONE_FOUND, said.t("none found")))
    told.append(LegendLine(worldmap.NOT_SEARCHED, said.t("not searched")))
    return MapFigure(worldmap.draw(numbers, searched, legend, href, title, chosen, beside=beside), tuple(told))


def number_or_none(said: Words, number: int, searched: bool) -> str:
    """How many initiatives there are, or why there is no number."""
    return said.number(number) if number else none_found(said, searched)


def none_found(said: Words, searched: bool) -> str:
    """Why there is no number."""
    return said.t("none found") if searched else said.t("not searched")


def help_types(taxonomy: Taxonomy, reader: Reader) -> list[tuple[str, str]]:
    """(name, address) of the types under which a person in need finds a number to call."""
    there = taxonomy.codes("types")
    return [(reader.label("types", code), reader.links.type(code)) for code in HELP_TYPES if code in there]


def families(taxonomy: Taxonomy, language: str) -> list[tuple[str, list[Type]]]:
    """The types under their headings."""
    kinds = [kind for kind in taxonomy.group("types") if isinstance(kind, Type)]
    return [
        (family.label.get(language), [kind for kind in kinds if kind.family == family.code])
        for family in taxonomy.group("type_families")
    ]


def counted(records: Iterable[Published], field: str) -> dict[str, int]:
    """How many records have each code of a field of the initiative; the largest first, then by code."""
    found = Counter(code for record in records for code in getattr(record.initiative, field))
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def name_of(settings: Settings, language: str) -> str:
    """What the site is called."""
    return settings.site.name.get(language) or settings.site.organisation


def base_of(settings: Settings) -> str:
    """Where the newest release is found on the web."""
    return f"{settings.site.url.rstrip('/')}/site"


class StaticLinks(Links):
    """Addresses between the pages of one language, from the top (`up` empty) or from a folder below it (`../`)."""

    def __init__(self, up: str = "") -> None:
        self.up = up

    def initiative(self, id: int) -> str:
        return f"{self.up}initiative/{id}.html"

    def issue(self, code: str) -> str:
        return f"{self.up}issue/{code}.html"

    def type(self, code: str) -> str:
        return f"{self.up}type/{code}.html"

    def country(self, code: str) -> str:
        return f"{self.up}country/{code}.html"

    def page(self, name: str) -> str:
        return f"{self.up}{'index' if name == 'overview' else name}.html"
