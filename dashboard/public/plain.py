"""What do the pages look like that are no part of Streamlit: the description of the API, and the digest?"""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.look import ASSETS, style_sheet
from dashboard.params import link
from dashboard.public.answers import Open
from dashboard.public.visit import ExplorerLinks
from dashboard.render import render
from dashboard.shell import language_of
from dashboard.words import OWN_NAMES, mark, words
from tracker.publishing.about import name_of

MENU = (
    ("overview", mark("Overview")),
    ("countries", mark("Countries")),
    ("data", mark("Data")),
    ("method", mark("Method")),
    ("help", mark("Get help now")),
)
_SHEET = style_sheet("base", "pages", "plain")
_VERSION = hashlib.sha256((_SHEET + (ASSETS / "leave.js").read_text("utf-8")).encode()).hexdigest()[:12]


def plain_routes() -> list[BaseRoute]:
    def style(_: Request) -> Response:
        return Response(_SHEET, media_type="text/css", headers={"Cache-Control": "public, max-age=86400"})

    return [Route("/assets/plain.css", style)]


def page(here: Open, request: Request, name: str, title: str, **values: Any) -> Response:
    """A page of `templates/plain/` in the language that the request asks for. It needs no script."""
    language = language_of(request, here.settings)
    said = words(language)
    links = ExplorerLinks(language)
    path = request.url.path
    site_name = name_of(here.settings, language)
    body = render(
        f"plain/{name}.html",
        said,
        title=f"{title} – {site_name}",
        site_name=site_name,
        leave_to=here.settings.site.leave_to,
        organisation=here.settings.site.organisation,
        licence=here.settings.site.licence,
        version=_VERSION,
        menu=[(one, links.page(one), said.t(label)) for one, label in MENU],
        languages=[(code, OWN_NAMES[code], link(path, language=code)) for code in here.settings.languages],
        canonical=here.site + link(path, language=language),
        site=here.site,
        path=path,
        **values,
    )
    return HTMLResponse(body)
