"""What does the public process answer beside its pages? Data of one view, permalinks, and the static releases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles

from dashboard.params import FILTERS, as_pairs, link, read_filters, read_number, read_page
from dashboard.shell import language_of, not_found
from dashboard.words import words
from tracker.errors import NotFound
from tracker.model import Filters
from tracker.publish import LICENCES, as_atom, as_csv, as_json, as_object
from tracker.settings import Settings
from tracker.store import PublicStore
from tracker.taxonomy import Taxonomy

API_LENGTH, API_MOST = 20, 100
FEED_LENGTH = 50
KEPT_IN_MEMORY_BYTES = 4_000_000
_OPEN = {"Access-Control-Allow-Origin": "*"}  # public data, for scripts of other sites too


def public_routes(store: PublicStore, settings: Settings, taxonomy: Taxonomy) -> list[BaseRoute]:
    """The routes, in the order in which they are tried. All of them take the filters of the explorer's address."""
    site = settings.site.url.rstrip("/")

    def wanted(request: Request) -> Filters:
        return read_filters({name: request.query_params.getlist(name) for name in (*FILTERS, "q")}, taxonomy)

    def some(request: Request) -> Response:
        given = {name: request.query_params.getlist(name) for name in ("page", "limit")}
        filters, page = wanted(request), read_page(given)
        limit = min(read_number(given, "limit") or API_LENGTH, API_MOST)
        total = store.count(filters)
        pages = max(1, -(-total // limit))
        more = {"limit": limit} if limit != API_LENGTH else {}
        return JSONResponse(
            {
                "total": total,
                "page": page,
                "pages": pages,
                "limit": limit,
                "next": site + link("/api/initiatives", filters, page=page + 1, more=more) if page < pages else None,
                "licence": settings.site.licence,
                "initiatives": [
                    as_object(record, settings) for record in store.page(filters, (page - 1) * limit, limit)
                ],
            },
            headers=_OPEN,
        )

    def one(request: Request) -> Response:
        id = request.path_params["id"]
        try:
            return JSONResponse(as_object(store.one(id), settings), headers=_OPEN)
        except NotFound as error:
            if (into := store.merged_into(id)) is not None:
                return RedirectResponse(f"/api/initiatives/{into}", 302, headers=_OPEN)
            gone = store.withdrawn(id)
            said = f"initiative {id} was withdrawn" if gone else str(error)
            return JSONResponse({"error": said}, status_code=410 if gone else 404, headers=_OPEN)

    def as_file(name: str, kind: str, parts: Callable[[Filters], Iterator[str]]) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            # Written whole before the first byte leaves: one view of the database, and no reader who is slow holds it.
            kept: IO[bytes] = SpooledTemporaryFile(KEPT_IN_MEMORY_BYTES)  # noqa: SIM115  # closed by _chunks
            for part in parts(wanted(request)):
                kept.write(part.encode())
            size = kept.tell()
            kept.seek(0)
            headers = {
                **_OPEN,
                "Content-Disposition": f'attachment; filename="{name}"',
                "Content-Length": str(size),
            }
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

    def feed(request: Request) -> Response:
        filters, language = wanted(request), language_of(request, settings)
        said = words(language)
        about = [taxonomy.label(group, code, language) for field, group in FILTERS.values() if group
                 for code in getattr(filters, field)]  # fmt: skip
        about += [said.country(code) for code in filters.countries]
        about += [f"«{filters.text}»"] if filters.text else []
        name = settings.site.name.get(language, settings.site.organisation)
        body = as_atom(
            store.newest(filters, FEED_LENGTH),
            language,
            settings,
            taxonomy,
            address=site + link("/feed.atom", filters, language=language),
            updated=datetime(2020, 1, 1, tzinfo=UTC),  # of a feed without entries: it has not changed yet
            title=": ".join([name, ", ".join(about)]) if about else name,
        )
        return Response(body, media_type="application/atom+xml", headers={**_OPEN, "Vary": "Accept-Language"})

    def initiative(request: Request) -> Response:
        id, language = request.path_params["id"], language_of(request, settings)
        if not store.history(id):
            return not_found(settings, language)
        # For now, not for ever: a merge may be taken back, and a browser never asks again what has moved for good.
        told_at = store.merged_into(id) or id
        return RedirectResponse(
            link("/initiative", language=request.query_params.get("lang", ""), more={"id": told_at}), 302
        )

    def country(request: Request) -> Response:
        code = request.path_params["code"].upper()
        if not (len(code) == 2 and code.isascii() and code.isalpha()):
            return not_found(settings, language_of(request, settings))
        return RedirectResponse(
            link("/country", language=request.query_params.get("lang", ""), more={"code": code}), 302
        )

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

    return [
        Route("/api/initiatives", some),
        Route("/api/initiatives/{id:int}", one),
        Route("/download.csv", as_file("initiatives.csv", "text/csv; charset=utf-8", csv_of)),
        Route("/download.json", as_file("initiatives.json", "application/json", json_of)),
        Route("/feed.atom", feed),
        Route("/initiative/{id:int}", initiative),
        Route("/country/{code:str}", country),
        Route("/site", lambda _: RedirectResponse("/site/", 301)),
        Route("/site/{path:path}", newest),
        Route("/releases/{number:int}", lambda request: RedirectResponse(f"{request.url.path}/", 301)),
        Route("/releases/{number:int}/{path:path}", numbered),
    ]


def _moved(request: Request, path: str, more: Mapping[str, object]) -> Response:
    """From a permalink to the page, which Streamlit wants at an address of one part."""
    return RedirectResponse(link(path, language=request.query_params.get("lang", ""), more=more), 302)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(65_536):
            yield part


async def _file(request: Request, settings: Settings, folder: str) -> Response:
    """A file of a release, or the page that the release has for what is not there."""
    files = StaticFiles(directory=settings.data / folder, html=True, check_dir=False)
    path = files.get_path({**request.scope, "root_path": "", "path": f"/{request.path_params['path']}"})
    try:
        return await files.get_response(path, request.scope)
    except HTTPException as problem:
        if problem.status_code != 404:
            raise
        return not_found(settings, language_of(request, settings))
