"""Which files does the public process hand out? Downloads of one view, and the static releases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles

from dashboard.params import as_pairs
from dashboard.public.answers import Open
from dashboard.shell import language_of, not_found
from dashboard.site.countries import MAP
from dashboard.site.found import ROBOTS
from tracker.model import Filters
from tracker.publishing.about import LICENCES
from tracker.publishing.objects import as_json
from tracker.publishing.tables import as_csv
from tracker.settings import Settings

KEPT_IN_MEMORY_BYTES = 4_000_000
# Of the map that others show in a frame; its style lies beside it.
MAP_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"


def file_routes(here: Open) -> list[BaseRoute]:
    store, settings, taxonomy = here.store, here.settings, here.taxonomy

    def as_file(name: str, kind: str, parts: Callable[[Filters], Iterator[str]]) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            # Written whole before the first byte leaves: one view of the database, and no reader who is slow holds it.
            kept: IO[bytes] = SpooledTemporaryFile(KEPT_IN_MEMORY_BYTES)  # noqa: SIM115  # closed by _chunks
            for part in parts(here.filters(request)):
                kept.write(part.encode())
            size = kept.tell()
            kept.seek(0)
            headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
            return StreamingResponse(_chunks(kept), media_type=kind, headers=headers)

        return answer

    def csv_of(filters: Filters) -> Iterator[str]:
        yield from as_csv(store.each(filters), settings, taxonomy)

    def json_of(filters: Filters) -> Iterator[str]:
        about = {
            "at": datetime.now(UTC).isoformat(),
            "asked": dict(as_pairs(filters)),
            "licence": settings.site.licence,
            "licence_url": LICENCES.get(settings.site.licence),
            "organisation": settings.site.organisation,
        }
        yield from as_json(store.each(filters), settings, about)

    async def newest(request: Request) -> Response:
        releases = await run_in_threadpool(store.releases)
        if not releases:
            return not_found(settings, language_of(request, settings))
        return await _file(request, settings, releases[0].folder)

    async def numbered(request: Request) -> Response:
        releases = await run_in_threadpool(store.releases)
        for release in releases:
            if release.number == request.path_params["number"]:
                return await _file(request, settings, release.folder)
        return not_found(settings, language_of(request, settings))

    async def found(request: Request) -> Response:
        """What search engines look for at the root of a host: the newest release has it."""
        releases = await run_in_threadpool(store.releases)
        if releases:
            return await _file(request, settings, releases[0].folder, request.url.path.removeprefix("/"))
        if request.url.path == "/robots.txt":
            return PlainTextResponse(ROBOTS)
        return not_found(settings, language_of(request, settings))

    return [
        Route("/robots.txt", found),
        Route("/sitemap.xml", found),
        here.route("/download.csv", as_file("initiatives.csv", "text/csv; charset=utf-8", csv_of)),
        here.route("/download.json", as_file("initiatives.json", "application/json", json_of)),
        Route("/site", lambda _: RedirectResponse("/site/", 301)),
        Route("/site/{path:path}", newest),
        Route("/releases/{number:int}", lambda request: RedirectResponse(f"{request.url.path}/", 301)),
        Route("/releases/{number:int}/{path:path}", numbered),
    ]


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(65_536):
            yield part


async def _file(request: Request, settings: Settings, folder: str, name: str = "") -> Response:
    """A file of a release, that of the address or `name`; or the page for what is not there."""
    files = StaticFiles(directory=settings.data / folder, html=True, check_dir=False)
    path = files.get_path({**request.scope, "root_path": "", "path": f"/{name or request.path_params['path']}"})
    try:
        answer = await files.get_response(path, request.scope)
    except HTTPException as problem:
        if problem.status_code != 404:
            raise
        return not_found(settings, language_of(request, settings))
    if path.endswith(f"/{MAP}"):
        answer.headers["Content-Security-Policy"] = MAP_POLICY
    return answer
