"""What does the public process answer beside its pages? Permalinks here; the API, feeds, files and cards have rooms."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.params import link
from dashboard.public.answers import HIGHEST_ID, MERGED, Open
from dashboard.public.api import api_routes
from dashboard.public.cards import card_routes
from dashboard.public.drawings import drawing_routes
from dashboard.public.files import file_routes
from dashboard.public.news import news_routes
from dashboard.public.plain import plain_routes
from dashboard.public.weeks import week_routes
from dashboard.shell import language_of, not_found
from tracker.settings import Settings
from tracker.store import PublicStore
from tracker.taxonomy import Taxonomy


def public_routes(store: PublicStore, settings: Settings, taxonomy: Taxonomy) -> list[BaseRoute]:
    """The routes, in the order in which they are tried. All of them take the filters of the explorer's address."""
    here = Open(store, settings, taxonomy)

    def initiative(request: Request) -> Response:
        id = request.path_params["id"]
        if id > HIGHEST_ID or not store.history(id):
            return not_found(settings, language_of(request, settings))
        if target := store.merged_into(id):
            # To the permalink, not the page: whoever keeps the new address keeps one that lasts.
            to = link(f"/initiative/{target}", language=request.query_params.get("lang", ""))
            return RedirectResponse(to, 301, headers=MERGED)
        return _moved(request, "/initiative", {"id": id})

    def country(request: Request) -> Response:
        code = request.path_params["code"].upper()
        if not (len(code) == 2 and code.isascii() and code.isalpha()):
            return not_found(settings, language_of(request, settings))
        return _moved(request, "/country", {"code": code})

    return [
        *api_routes(here),
        *news_routes(here),
        *card_routes(here),
        *drawing_routes(here),
        *week_routes(here),
        *plain_routes(),
        Route("/initiative/{id:int}", initiative),
        Route("/country/{code:str}", country),
        *file_routes(here),
    ]


def _moved(request: Request, path: str, more: Mapping[str, object]) -> Response:
    """From a permalink to the page, which Streamlit wants at an address of one part."""
    return RedirectResponse(link(path, language=request.query_params.get("lang", ""), more=more), 302)
