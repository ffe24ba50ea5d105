"""Where does the browser find the surface? Its script and its look are files of this server, loaded once a page."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

FOLDER = Path(__file__).parent
KINDS = {".js": "text/javascript", ".css": "text/css"}
FILES = {path.name: path for path in sorted(FOLDER.iterdir()) if path.suffix in KINDS}
NAME, STATE = "triage_surface", "outbox"


def routes() -> list[Route]:
    """The files of the surface."""
    return [Route("/surface/{name}", _file, methods=["GET"])]


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in FILES:
        return PlainTextResponse("Not found", status_code=404)
    return Response(_read(name), media_type=f"{KINDS[FILES[name].suffix]}; charset=utf-8")


@cache
def _read(name: str) -> bytes:
    return FILES[name].read_bytes()


@cache
def _loader() -> str:
    """The script that Streamlit is given: the whole of it would travel with every answer."""
    mark = hashlib.sha256(b"".join(_read(name) for name in FILES)).hexdigest()[:12]
    return (
        f'const loaded = import(new URL("/surface/surface.js?{mark}", document.baseURI).href);\n'
        "export default async (component) => (await loaded).draw(component);\n"
    )


@cache
def _component() -> Any:
    import streamlit as st

    return st.components.v2.component(NAME, js=_loader())


def mounted(key: str, data: dict[str, Any], heard: Callable[[], None]) -> None:
    """Draws the surface; `heard` is called when the browser has sent something, which is the state `outbox`."""
    _component()(key=key, data=data, **{f"on_{STATE}_change": heard})
