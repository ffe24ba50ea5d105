"""Where in the world is how much? Our own drawing: Equal Earth, classes of equal size, honest about what is unknown.

The shapes are frozen in `world.json` (`build_map.py` says how they are made). A map is for the eye alone: the page has
the same numbers in a table beside it, which is what keyboards and screen readers get.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale
from markupsafe import Markup, escape

SHIPPED = Path(__file__).with_name("world.json")
MOST_CLASSES = 5
NONE_FOUND, NOT_SEARCHED = "m0", "mx"  # classes of the style sheet; m1 to m5 are the classes of numbers
DOT = 3.2  # radius of a territory that is too small to be drawn

# Two-letter codes of CLDR that ISO 3166-1 does not assign to a country or territory. XK is not of ISO, but in use.
_NOT_ISO = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


@dataclass(frozen=True)
class World:
    """The frozen drawing: outlines and dots by country, and who is whose neighbour by land."""

    width: int
    height: int
    shapes: Mapping[str, str]
    dots: Mapping[str, tuple[float, float]]
    borders: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Key:
    """A line of the legend: a class of the style sheet, and the smallest and largest number in it."""

    style: str
    low: int
    high: int


@cache
def world() -> World:
    return World(**json.loads(SHIPPED.read_text(encoding="utf-8")))


@cache
def countries() -> tuple[str, ...]:
    """Every country and territory of ISO 3166-1, and Kosovo, by code."""
    known = map(str, Locale("en").territories)
    return tuple(sorted(code for code in known if len(code) == 2 and code.isalpha() and code not in _NOT_ISO))


def keys(numbers: Iterable[int], most: int = MOST_CLASSES) -> tuple[Key, ...]:
    """Classes with about as many countries in each, smallest numbers first; equal numbers are never in two classes."""
    left = sorted(number for number in numbers if number > 0)
    found: list[tuple[int, int]] = []
    while left:
        share = -(-len(left) // (most - len(found)))
        high = left[share - 1]
        found.append((left[0], high))
        left = [number for number in left if number > high]
    # The darkest stands for the most, however few classes there are.
    lightest = MOST_CLASSES - len(found) + 1
    return tuple(Key(f"m{lightest + place}", low, high) for place, (low, high) in enumerate(found))


def style(number: int, searched: bool, legend: Iterable[Key]) -> str:
    """How a country with this number is drawn."""
    if number <= 0:
        return NONE_FOUND if searched else NOT_SEARCHED
    return next(key.style for key in legend if key.low <= number <= key.high)


def draw(
    numbers: Mapping[str, int],
    searched: Container[str],
    legend: Iterable[Key],
    href: Callable[[str], str],
    title: Callable[[str], str],
    chosen: Container[str] = (),
    *,
    beside: bool = False,
) -> Markup:
    """The map as SVG. Each shape is a link that says what its title says; none is reached by Tab, the table is.

    With `beside`, links open a page beside this one, as in a frame of another site.
    """
    more = ' target="_blank" rel="noopener noreferrer"' if beside else ""
    drawn = world()

    def link(code: str, shape: str) -> str:
        look = style(numbers.get(code, 0), code in searched, legend) + (" on" if code in chosen else "")
        where, said = escape(href(code)), escape(title(code))
        return f'<a href="{where}"{more} tabindex="-1" class="{look}"><title>{said}</title>{shape}</a>'

    shapes = [(code, f'<path d="{path}"/>') for code, path in drawn.shapes.items()]
    shapes += [(code, f'<circle cx="{x}" cy="{y}" r="{DOT}"/>') for code, (x, y) in drawn.dots.items()]
    # What is chosen comes last, so that no neighbour covers its outline.
    parts = [link(code, shape) for code, shape in sorted(shapes, key=lambda one: one[0] in chosen)]
    return Markup(  # noqa: S704  # what is not ours was escaped above
        f'<svg class="t-map" viewBox="-4 -4 {drawn.width + 8} {drawn.height + 8}" aria-hidden="true">{HATCH}'
        + "".join(parts)
        + "</svg>"
    )


HATCH = (
    '<defs><pattern id="t-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M0 0V5"/></pattern></defs>'
)
