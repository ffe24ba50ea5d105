"""What does a browser get before Streamlit has loaded? Our page around it, in the reader's language; else a true 404.

Streamlit answers every address with one and the same page: English, titled "Streamlit", status 200. Here each page has
a route of its own, and what is no page is not found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import lxml.html
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.look import ASSETS, style_sheet
from dashboard.params import preferred_language
from dashboard.render import render
from dashboard.words import words
from tracker.settings import Settings


class NotStreamlits(StringConvertor):
    """Any path but Streamlit's own files and sockets. Its agent interface is not among what we let through."""

    regex = r"(?!_stcore/(?!agent)|static/|media/|component/).*"


register_url_convertor("not_streamlits", NotStreamlits())


@dataclass(frozen=True)
class Head:
    """What Streamlit wants in the head of its page, and the inline scripts in it, for the content policy."""

    html: str
    scripts: tuple[str, ...]


@cache
def streamlit_head() -> Head:
    """Read from the installed Streamlit, since names and scripts change with every release of it."""
    from streamlit.file_util import get_static_dir

    page = lxml.html.document_fromstring((Path(get_static_dir()) / "index.html").read_text(encoding="utf-8"))
    kept = []
    scripts = []
    for element in page.xpath("/html/head")[0].iterchildren("link", "script", "style"):
        if element.tag == "link" and element.get("rel") not in ("stylesheet", "preload", "modulepreload"):
            continue  # icon, and the pointer to the agent interface, which is off
        for name in ("href", "src"):
            # Absolute, so that an address with a slash too many finds them all the same.
            if (value := element.get(name, "")).startswith("./"):
                element.set(name, value[1:])
        if element.tag == "script" and not element.get("src"):
            scripts.append(element.text or "")
        element.tail = None
        kept.append(lxml.html.tostring(element, encoding="unicode"))
    return Head(html="\n    ".join(kept), scripts=tuple(scripts))


def language_of(request: Request, settings: Settings) -> str:
    """The language to answer a request in: `?lang=`, else the browser's wish, else the first public one."""
    wish = request.headers.get("accept-language")
    return preferred_language(request.query_params.get("lang"), wish, settings.languages)


def shell_routes(settings: Settings, pages: Mapping[str, str], *, desk: bool) -> list[BaseRoute]:
    """The routes of Streamlit's pages, of our own few files and, last, of everything that does not exist.

    `pages`: path without its slash (the start page is the empty one) -> title, an English sentence of the catalogues.
    """
    sheet = style_sheet("base", "shell") if desk else style_sheet("base", "shell", "explorer")
    version = hashlib.sha256(
        (sheet + "".join(path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob("*.js")))).encode()
    ).hexdigest()[:12]
    paths = [f"/{path}" for path in pages]

    def page(request: Request) -> Response:
        language = language_of(request, settings)
        said = words(language)
        path = request.url.path.removeprefix("/")
        name = settings.site.name.get(language, settings.site.organisation)
        title = said.t(pages[path])
        head = streamlit_head()
        body = render(
            "shell.html",
            said,
            title=f"{title} – {name}" if path else name,
            site_name=name,
            leave_to=settings.site.leave_to,
            streamlit_head=head.html,
            alternates=[] if desk else [(other, f"/{path}?lang={other}") for other in settings.languages],
            pages=paths,
            embed="" if desk else _embedded(request, settings, language),
            desk=desk,
            version=version,
        )
        return HTMLResponse(body, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language"})

    def style(_: Request) -> Response:
        return Response(sheet, media_type="text/css", headers=_KEPT)

    def asset(name: str, kind: str) -> Route:
        def answer(_: Request) -> Response:
            return FileResponse(ASSETS / name, media_type=kind, headers=_KEPT)

        return Route(f"/assets/{name}", answer)

    def missing(request: Request) -> Response:
        language = language_of(request, settings)
        return not_found(settings, language, desk=desk, version=version)

    return [
        *(Route(path, page) for path in paths),
        Route("/assets/shell.css", style),
        asset("icon.svg", "image/svg+xml"),
        asset("go.js", "text/javascript"),
        asset("leave.js", "text/javascript"),
        asset("typing.js", "text/javascript"),
        Route("/{path:not_streamlits}", missing, methods=_EVERY_METHOD),
    ]


def _embedded(request: Request, settings: Settings, language: str) -> str:
    """The lasting address of the initiative or country that a page is about, by which others may embed it; or none."""
    name = {"/initiative": "id", "/country": "code"}.get(request.url.path, "")
    key = request.query_params.get(name, "") if name else ""
    if not (key.isascii() and key.isalnum() and len(key) <= 10):
        return ""
    return f"{settings.site.url.rstrip('/')}{request.url.path}/{key}?lang={language}"


def not_found(settings: Settings, language: str, *, desk: bool = False, version: str = "") -> Response:
    """The page for an address where there is nothing, with status 404."""
    body = render(
        "missing.html",
        words(language),
        site_name=settings.site.name.get(language, settings.site.organisation),
        leave_to=settings.site.leave_to,
        desk=desk,
        version=version,
    )
    return HTMLResponse(body, status_code=404, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language"})


_KEPT = {"Cache-Control": "public, max-age=86400"}  # the address carries the version
_EVERY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
