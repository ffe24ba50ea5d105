"""The first page: what there is in numbers, the newest initiatives, and where in the world they are."""

from __future__ import annotations

from markupsafe import Markup

from dashboard.shown import Line, shortened
from dashboard.site.contents import Contents
from dashboard.site.countries import figure
from dashboard.site.frame import Frame, Page
from dashboard.site.parts import Tile, bars
from dashboard.site.reuse import Shelf
from dashboard.site.searching import box

NEWEST = 10
EXCERPT = 150  # characters: shorter than in other lists, so that the page is seen at once
TOP_COUNTRIES = 12


def write(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    said, t = frame.said, frame.said.t
    tiles = [
        Tile(
            frame.top.label("issues", code),
            frame.top.links.issue(code),
            said.number(len(contents.by_issue.get(code, ()))),
        )
        for code in contents.taxonomy.codes("issues")
    ]
    most = dict(sorted(contents.numbers.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP_COUNTRIES])
    lead = [
        said.n("{n} initiative", "{n} initiatives", len(contents.records)),
        said.n("{n} country or territory", "{n} countries and territories", len(contents.numbers)),
        t("as of {date}", date=said.date(contents.release.at)),
    ]
    content = frame.draw(
        "pages/overview.html",
        sample=contents.sample,
        lead=" · ".join(lead),
        tiles=tiles,
        search=box(frame, contents, ""),
        countries=bars(most, frame.top.country, frame.top.links.country, said),
        map=figure(frame, contents, frame.top.links.country),
        lines=[
            Markup(frame.draw("parts/entry.html", line=_short(frame.top.line(record))))  # noqa: S704
            for record in contents.records[:NEWEST]
        ],
    )
    schema = {
        "@type": "WebSite",
        "name": frame.name,
        "url": f"{frame.base}/{said.language}/index.html",
        "inLanguage": said.language,
        "publisher": {"@type": "Organization", "name": frame.settings.site.organisation},
    }
    page = Page("index.html", content, current="overview", schema=schema)
    shelf.write(f"{said.language}/index.html", frame.around(page))


def _short(line: Line) -> Line:
    return line._replace(excerpt=shortened(line.excerpt, EXCERPT))
