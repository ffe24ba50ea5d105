"""The week as a picture of 1200 x 630 pixels: SVG by template, PNG by resvg with fonts of our own.

Neither the machine's fonts nor a browser take part, so the same week gives the same bytes anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import resvg_py

from dashboard.digest.telling import Digest, span
from dashboard.look import ASSETS, LIGHT
from dashboard.render import render
from dashboard.words import Words
from tracker.publishing.about import name_of
from tracker.settings import Settings
from tracker.taxonomy import Taxonomy

KINDS = ("issues", "countries")
WIDTH, HEIGHT = 1200, 630
_ROWS = 5
_LETTERS = 44  # of a name, before it is cut
_TOP, _TIGHT, _WIDE = 256, 58, 96  # pixels: where bars begin, and between them when there are many, or few
_WIDEST = 620  # pixels of a bar
_FONTS = [str(path) for path in sorted((ASSETS / "fonts").glob("*.otf"))]


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    count: str
    width: int
    top: int


def as_svg(digest: Digest, kind: str, words: Words, settings: Settings, taxonomy: Taxonomy) -> str:
    """The picture of a week: by issue or by country."""
    n = words.n
    if kind == "issues":
        there = taxonomy.codes("issues") if digest.published else ()
        counts = [(taxonomy.label("issues", code, words.language), digest.by_issue.get(code, 0)) for code in there]
        rest = 0
    else:
        every = [(words.country(code), number) for code, number in digest.by_country.items()]
        counts, rest = every[:_ROWS], max(0, len(every) - _ROWS)
    added = len(digest.published)
    return render(
        "digest.svg",
        words,
        colours=LIGHT,
        width=WIDTH,
        height=HEIGHT,
        site=_cut(name_of(settings, words.language), 60),
        organisation=_cut(settings.site.organisation, 60),
        host=_cut(settings.site.url.split("://", 1)[-1].rstrip("/"), 40),
        week=str(digest.week),
        span=span(digest.week, words),
        number=words.number(added),
        unit=n("initiative added", "initiatives added", added),
        total=n("{n} in all", "{n} in all", digest.total),
        updated=n("{n} updated", "{n} updated", len(digest.changed)),
        head="" if not counts else words.t("By issue") if kind == "issues" else words.t("By country or territory"),
        bars=_bars(counts, words),
        rest=n("and {n} further country or territory", "and {n} further countries and territories", rest)
        if rest
        else "",
        rest_top=_TOP + _TIGHT * len(counts),
        nothing=words.t("International initiatives alone") if added and not counts else "",
        sample=words.t("Sample") if digest.sample else "",
    )


def as_png(svg: str) -> bytes:
    return _rendered(svg)


@lru_cache(maxsize=32)
def _rendered(svg: str) -> bytes:
    drawn = resvg_py.svg_to_bytes(
        svg_string=svg, font_files=_FONTS, skip_system_fonts=True, font_family="Source Sans Pro", width=WIDTH
    )
    return bytes(drawn)


def _bars(counts: Sequence[tuple[str, int]], words: Words) -> list[Bar]:
    most = max([1, *(number for _, number in counts)])
    step = _WIDE if len(counts) <= 3 else _TIGHT
    return [
        Bar(_cut(name, _LETTERS), words.number(number), round(_WIDEST * number / most), _TOP + step * place)
        for place, (name, number) in enumerate(counts)
    ]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
