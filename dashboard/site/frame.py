"""What surrounds every page of one language: head, way out, menu, languages, foot. Titles tell little on purpose."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from dashboard.render import render
from dashboard.shown import Reader
from dashboard.site.parts import StaticLinks, base_of, name_of
from dashboard.words import OWN_NAMES, Words, mark
from tracker.settings import Settings
from tracker.taxonomy import Taxonomy

MENU = (
    ("overview", "index.html", mark("Overview")),
    ("countries", "countries.html", mark("Countries")),
    ("types", "types.html", mark("Types")),
    ("search", "search.html", mark("Search")),
    ("data", "data.html", mark("Data")),
    ("method", "method.html", mark("Method")),
    ("help", "help.html", mark("Get help now")),
)
LOCALES = {"en": "en_GB", "fr": "fr_FR", "es": "es_ES"}  # as link previews want them

# What differs from page to page, and stands as a mark in the surroundings.
_PATH, _TITLE, _FEED, _LAST, _CONTENT, _TAIL = (f"\0{number}\0" for number in range(6))


@dataclass(frozen=True)
class Page:
    """One page before it is put into its frame."""

    path: str  # within the folder of the language
    content: str
    title: str = ""  # of the tab and of link previews, so it tells nothing; empty: the name of the site
    current: str = ""  # which entry of the menu this is
    crumbs: tuple[tuple[str, str], ...] = ()  # (name, path) of the pages between the overview and this one
    here: str = ""  # what this page is called at the end of the crumbs
    schema: dict[str, Any] = field(default_factory=dict)  # schema.org
    feed: str = ""  # a feed of this page alone
    leads_to: str = ""  # the page to which a browser goes on by itself, with no script and at once


class Frame:
    """Puts pages of one language into their surroundings."""

    def __init__(self, said: Words, settings: Settings, taxonomy: Taxonomy) -> None:
        self.said = said
        self.settings = settings
        self.taxonomy = taxonomy
        self.name = name_of(settings, said.language)
        self.base = base_of(settings)
        self.explorer = settings.site.url.rstrip("/")
        self.top = Reader(said, taxonomy, StaticLinks())
        self.below = Reader(said, taxonomy, StaticLinks("../"))
        self.chrome = self._chrome()
        self._surroundings: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[str | int]] = {}
        self._trails: dict[tuple[tuple[str, str], ...], tuple[str, int]] = {}

    def draw(self, name: str, **values: Any) -> str:
        """A template in this language, with what is the same on all its pages."""
        return render(name, self.said, chrome=self.chrome, **values)

    def around(self, page: Page) -> str:
        """The whole page."""
        pieces = self._around("../" * page.path.count("/"), page.current, page.crumbs)
        title = f"{page.title} – {self.name}" if page.title else self.name
        feed = f'<link rel="alternate" type="application/atom+xml" href="{escape(page.feed)}">\n' if page.feed else ""
        last = page.here or page.title
        parts = (page.path, escape(title), feed, escape(last), page.content, self._schemas(page, last))
        whole = "".join([parts[piece] if isinstance(piece, int) else piece for piece in pieces])
        if page.leads_to:
            on = f'</title>\n<meta http-equiv="refresh" content="0; url={escape(page.leads_to)}">'
            whole = whole.replace("</title>", on, 1)
        return whole

    def _around(self, up: str, current: str, crumbs: tuple[tuple[str, str], ...]) -> list[str | int]:
        """The surroundings in pieces; a number stands where that part of the page comes."""
        found = self._surroundings.get((up, current, crumbs))
        if found is None:
            marks = {"path": _PATH, "title": _TITLE, "content": _CONTENT, "tail": _TAIL, "last": _LAST, "feed": _FEED}
            steps = [(self.said.t("Overview"), "index.html"), *crumbs] if crumbs else []
            languages = [(code, OWN_NAMES[code], f"{up}../{code}/{_PATH}") for code in self.settings.languages]
            whole = self.draw("pages/layout.html", up=up, current=current, crumbs=steps, languages=languages, **marks)
            found = [int(piece) if place % 2 else piece for place, piece in enumerate(whole.split("\0"))]
            self._surroundings[up, current, crumbs] = found
        return found

    def _schemas(self, page: Page, last: str) -> str:
        """What programmes read of a page, in the words of schema.org."""
        told = [_json({"@context": "https://schema.org", **page.schema})] if page.schema else []
        if page.crumbs:
            before, number = self._trail(page.crumbs)
            address = f"{self.base}/{self.said.language}/{page.path}"
            told.append(f"{before},{_json(_step(number, last, address))}]}}")
        # Within a script only `<` could end it, or begin a comment.
        safe = (one.replace("<", "\\u003c") for one in told)
        return "".join(f'<script type="application/ld+json">{one}</script>\n' for one in safe)

    def _trail(self, crumbs: tuple[tuple[str, str], ...]) -> tuple[str, int]:
        """The beginning of a list of crumbs, and the number of the one that is still to come."""
        found = self._trails.get(crumbs)
        if found is None:
            here = f"{self.base}/{self.said.language}"
            steps = [(self.said.t("Overview"), "index.html"), *crumbs]
            items = [_step(number, name, f"{here}/{path}") for number, (name, path) in enumerate(steps, 1)]
            told = {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}
            found = self._trails[crumbs] = (_json(told).removesuffix("]}"), len(items) + 1)
        return found

    def _chrome(self) -> SimpleNamespace:
        """What is the same on every page of the language, said once."""
        t = self.said.t
        site = self.settings.site
        menu = [(name, path, t(label)) for name, path, label in MENU]
        named = {name: label for name, _, label in menu}
        where = urlsplit(site.url)
        return SimpleNamespace(
            name=self.name,
            base=self.base,
            origin=f"{where.scheme}://{where.netloc}",
            locale=LOCALES[self.said.language],
            releases=f"{self.explorer}/releases",
            languages=self.settings.languages,
            menu=menu,
            menu_method=named["method"],
            menu_data=named["data"],
            menu_help=named["help"],
            skip=t("Skip to the content"),
            pages=t("Pages"),
            path=t("Where this page stands"),
            to_explorer=t("Explorer"),
            explorer=f"{self.explorer}/?lang={self.said.language}",
            send=f"{self.explorer}/submit?lang={self.said.language}",
            menu_send=t("Send in an initiative"),
            menu_privacy=t("Privacy and safety"),
            leave=leave(self.said, self.settings),
            footer=t("{organisation}. Licence: {licence}.", organisation=site.organisation, licence=site.licence),
        )


def leave(said: Words, settings: Settings) -> Markup:
    """The way out, which stands on every page."""
    return Markup(render("leave.html", said, leave_to=settings.site.leave_to))  # noqa: S704  # the template escapes


def _step(number: int, name: str, address: str) -> dict[str, Any]:
    return {"@type": "ListItem", "position": number, "name": name, "item": address}


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
