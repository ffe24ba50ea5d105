"""The map of what an address asks for, as a piece of a page: Streamlit would take drawings out of its own pages."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute

from dashboard.params import View, link, toggled
from dashboard.public.answers import Open
from dashboard.render import render
from dashboard.shell import language_of
from dashboard.site.parts import map_figure
from dashboard.words import words


def drawing_routes(here: Open) -> list[BaseRoute]:
    def depends(request: Request) -> str:
        searched = sorted(here.store.searched(here.filters(request)))
        return language_of(request, here.settings) + hashlib.sha256(",".join(searched).encode()).hexdigest()

    def world(request: Request) -> Response:
        said, filters = words(language_of(request, here.settings)), here.filters(request)

        def href(code: str) -> str:
            chosen = toggled(filters, "country", code)
            return link("/", chosen, language=said.language, more={"view": View.MAP})

        figure = map_figure(
            said, here.store.facets(filters)["country"], here.store.searched(filters), href, filters.countries
        )
        return HTMLResponse(render("parts/map.html", said, map=figure))

    return [here.route("/drawing/map", world, depends=depends)]
