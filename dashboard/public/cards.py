"""Small cards of an initiative or a country for the pages of others, and oEmbed, by which these find them.

A card has no script, sets no cookie and asks nobody for anything; it alone may stand in a frame.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from dashboard.headers import CARDS, hash_of
from dashboard.look import style_sheet
from dashboard.params import link
from dashboard.public.answers import HIGHEST_ID, MERGED, Open, Problem
from dashboard.render import render
from dashboard.shell import language_of
from dashboard.shown import Reader, shortened
from dashboard.words import words
from tracker.errors import NotFound
from tracker.model import Filters, Published
from tracker.publishing.about import name_of
from tracker.publishing.writing import address_of
from tracker.settings import Settings

WIDTH, HEIGHT = 600, 240
EXCERPT_LENGTH = 160
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page of ours is about: an initiative by its number, or a country by its code."""

    kind: str  # initiative | country
    key: str
    language: str = ""


def card_routes(here: Open) -> list[BaseRoute]:
    def language(request: Request) -> str:
        return language_of(request, here.settings)

    def initiative(request: Request) -> Response:
        id, tongue = request.path_params["id"], language(request)
        if id <= HIGHEST_ID:
            try:
                return _of_initiative(here, here.store.one(id), tongue)
            except NotFound:
                if target := here.store.merged_into(id):
                    to = link(f"{CARDS}initiative/{target}", language=request.query_params.get("lang", ""))
                    return RedirectResponse(to, 301, headers=MERGED)
                if here.store.history(id):
                    said = words(tongue).t("This initiative was withdrawn.")
                    return _card(here, tongue, 410, heading=said, title=said)
        said = words(tongue).t("There is no such initiative here.")
        return _card(here, tongue, 404, heading=said, title=said)

    def country(request: Request) -> Response:
        code, tongue = request.path_params["code"].upper(), language(request)
        if not _is_country(code, tongue):
            said = words(tongue).t("There is no such country.")
            return _card(here, tongue, 404, heading=said, title=said)
        return _of_country(here, code, tongue)

    return [
        here.route(f"{CARDS}initiative/{{id:int}}", initiative, depends=language),
        here.route(f"{CARDS}country/{{code}}", country, depends=language),
        here.route("/oembed", lambda request: _oembed(here, request), depends=language),
    ]


# ------------------------------------------------------------------------------------------------------------ cards


def _of_initiative(here: Open, record: Published, language: str) -> Response:
    said = words(language)
    line = Reader(said, here.taxonomy, _Links(here, language)).line(record)
    return _card(
        here,
        language,
        heading=line.title,
        title=said.t("Initiative {number}", number=record.id),
        href=line.href,
        excerpt=shortened(record.initiative.wording(language)[1].summary, EXCERPT_LENGTH),
        language=line.language,
        meta=line.meta,
        sample=record.sample,
        updated=said.t("updated {date}", date=said.date(record.changed_at)),
    )


def _of_country(here: Open, code: str, language: str) -> Response:
    said = words(language)
    reader = Reader(said, here.taxonomy, _Links(here, language))
    filters = Filters(countries=(code,))
    found, by_issue = here.store.count(filters), here.store.crossed("country", "issue", code).get(code, {})
    newest = here.store.newest(filters, 1)
    return _card(
        here,
        language,
        heading=said.country(code),
        title=said.country(code),
        href=reader.links.country(code),
        excerpt=said.n("{n} initiative", "{n} initiatives", found),
        counts=[(reader.label("issues", issue), said.number(number)) for issue, number in by_issue.items()],
        sample=any(record.sample for record in newest),
        updated=said.t("updated {date}", date=said.date(newest[0].changed_at)) if newest else "",
    )


def _card(here: Open, tongue: str, status: int = 200, **values: Any) -> Response:
    said = words(tongue)
    style = style_sheet("card")
    usual = {"href": "", "excerpt": "", "language": "", "meta": (), "counts": (), "sample": False, "updated": ""}
    body = render(
        "card.html",
        said,
        style=style,
        site_name=name_of(here.settings, tongue),
        home=f"{here.site}/?lang={tongue}",
        **{**usual, **values},
    )
    headers = {"Content-Security-Policy": card_policy(), "Cross-Origin-Resource-Policy": "cross-origin"}
    return HTMLResponse(body, status, headers=headers)


@cache
def card_policy() -> str:
    """Nothing is loaded, nothing runs; anybody may frame it."""
    style = hash_of(style_sheet("card"))
    return f"default-src 'none'; style-src {style}; base-uri 'none'; form-action 'none'; frame-ancestors *"


@dataclass(frozen=True, slots=True)
class _Links:
    """Whole addresses, since a card stands on other sites."""

    here: Open
    language: str

    def initiative(self, id: int) -> str:
        return address_of(id, self.here.settings, self.language)

    def issue(self, code: str) -> str:
        return self.here.site + link("/", Filters(issues=(code,)), language=self.language)

    def type(self, code: str) -> str:
        return self.here.site + link("/", Filters(types=(code,)), language=self.language)

    def country(self, code: str) -> str:
        return self.here.site + link(f"/country/{code}", language=self.language)


def _is_country(code: str, language: str) -> bool:
    return bool(re.fullmatch("[A-Z]{2}", code)) and words(language).country(code) != code


# ----------------------------------------------------------------------------------------------------------- oEmbed


def shown_at(address: str, settings: Settings) -> Shown | None:
    """What the page at an address of ours is about; None for another page, and for any address of others."""
    try:
        asked, ours = urlsplit(address), urlsplit(settings.site.url.rstrip("/"))
        if asked.scheme not in ("http", "https") or asked.netloc.lower() != ours.netloc.lower():
            return None
        path, given = asked.path.removeprefix(ours.path), parse_qs(asked.query, max_num_fields=20)
    except ValueError:
        return None
    spoken = next(iter(given.get("lang", [])), "")
    if found := re.fullmatch(r"(?:/site|/releases/\d+)/(en|fr|es)/(initiative|country)/(\w+)\.html", path):
        return _checked(found[2], found[3], found[1])
    if found := re.fullmatch(r"/(initiative|country)/(\w+)/?", path):
        return _checked(found[1], found[2], spoken)
    if path in ("/initiative", "/country"):
        key = next(iter(given.get("id" if path == "/initiative" else "code", [])), "")
        return _checked(path[1:], key, spoken)
    return None


def _checked(kind: str, key: str, language: str) -> Shown | None:
    good = r"[0-9]{1,10}" if kind == "initiative" else r"[A-Za-z]{2}"
    if not re.fullmatch(good, key):
        return None
    return Shown(kind, key.upper() if kind == "country" else str(int(key)), language)


def _oembed(here: Open, request: Request) -> Response:
    """oEmbed 1.0, type rich."""
    given = request.query_params
    form = given.get("format", "json")
    if form not in ("json", "xml"):
        raise Problem(501, f"format: {form[:20]!r} is neither json nor xml", parameter="format")
    shown = shown_at(given.get("url", "")[:2000], here.settings)
    if shown is None:
        raise Problem(404, f"url: give the address of an initiative or a country of {here.site}", parameter="url")
    language = shown.language if shown.language in here.settings.languages else language_of(request, here.settings)
    title = _title(here, shown, language)
    width = min(WIDTH, _most(given.get("maxwidth"), "maxwidth"))
    height = min(HEIGHT, _most(given.get("maxheight"), "maxheight"))
    source = here.site + link(f"{CARDS}{shown.kind}/{shown.key}", language=language)
    made = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": name_of(here.settings, language),
        "provider_url": f"{here.site}/",
        "cache_age": 3600,
        "width": width,
        "height": height,
        "html": (
            f'<iframe src="{escape(source)}" title="{escape(title)}" width="{width}" height="{height}" '
            'style="border:0" loading="lazy" referrerpolicy="no-referrer" '
            'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
        ),
    }
    if form == "json":
        return JSONResponse(made)
    root = ET.Element("oembed")
    for name, value in made.items():
        ET.SubElement(root, name).text = _NOT_XML.sub("", str(value))
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, media_type="text/xml")


def _title(here: Open, shown: Shown, language: str) -> str:
    if shown.kind == "country":
        if not _is_country(shown.key, language):
            raise Problem(404, f"url: there is no country {shown.key}", parameter="url")
        return words(language).country(shown.key)
    id = int(shown.key)
    if id > HIGHEST_ID:
        raise Problem(404, f"url: there is no public initiative {id}", parameter="url")
    record = here.store.one(here.store.merged_into(id) or id)
    return record.initiative.wording(language)[1].title


def _most(text: str | None, name: str) -> int:
    if text is None:
        return WIDTH
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > 0):
        raise Problem(400, f"{name}: {text[:20]!r} is no whole number from 1 on", parameter=name)
    return int(text)
