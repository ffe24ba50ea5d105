"""How does the public process answer programmes? With validators for caches, to scripts of any site, and with problems
that say what was wrong (RFC 9457) instead of a page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dashboard.params import NAMES, read_filters
from tracker.errors import NotFound, StoreUnavailable, TrackerError
from tracker.model import Filters
from tracker.settings import Settings
from tracker.store import PublicStore
from tracker.store.public_changes import Stamp
from tracker.taxonomy import Taxonomy

KEPT_SECONDS = 60
# A merge holds for ever, unless an editor takes it back; a browser asks again after an hour instead of never.
MERGED = {"Cache-Control": "public, max-age=3600"}
HIGHEST_ID = 2**31 - 1  # what both databases can hold
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_ALLOWED = "GET, HEAD, OPTIONS"
_ANY_SITE = {  # public data, for scripts of other sites too
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Link, Location, Content-Disposition",
}
_PREFLIGHT = {
    **_ANY_SITE,
    "Access-Control-Allow-Methods": _ALLOWED,
    "Access-Control-Allow-Headers": "Accept, Accept-Language, If-Modified-Since, If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Allow": _ALLOWED,
}


class Problem(Exception):
    """What is answered instead of what was asked for; `parameter` is the one that was wrong, `more` stands beside."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        parameter: str = "",
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.parameter = parameter
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def response(self) -> Response:
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **({"parameter": self.parameter} if self.parameter else {}),
            **self.more,
        }
        headers = {**_ANY_SITE, **self.headers}
        return JSONResponse(body, self.status, headers=headers, media_type="application/problem+json")


@dataclass(frozen=True)
class Open:
    """What answers to programmes have in common: the store, and what they say of its state."""

    store: PublicStore
    settings: Settings
    taxonomy: Taxonomy

    @property
    def site(self) -> str:
        return self.settings.site.url.rstrip("/")

    def filters(self, request: Request) -> Filters:
        """What the address narrows to; what cannot be read in it is passed over."""
        return read_filters({name: request.query_params.getlist(name) for name in NAMES}, self.taxonomy)

    def route(
        self, path: str, answer: Callable[[Request], Response], *, depends: Callable[[Request], str] | None = None
    ) -> Route:
        """A route for GET, HEAD and the preflight of browsers.

        `depends` says what decides the answer besides the address and what is public, such as the reader's language.
        """

        def endpoint(request: Request) -> Response:
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=_PREFLIGHT)
            if request.method not in ("GET", "HEAD"):
                return Problem(405, f"{path} can only be read: {_ALLOWED}", headers={"Allow": _ALLOWED}).response()
            try:
                stamp = self.store.stamp()
                kept = self._validators(request, stamp, depends(request) if depends else "")
                if _is_still_so(request, kept, stamp):
                    return Response(status_code=304, headers={**_ANY_SITE, **kept})
                made = answer(request)
            except Problem as problem:
                return problem.response()
            except NotFound as problem:
                return Problem(404, str(problem)).response()
            except StoreUnavailable as problem:
                return Problem(503, str(problem), headers={"Retry-After": "10"}).response()
            except TrackerError as problem:
                return Problem(400, str(problem)).response()
            for name, value in {**_ANY_SITE, **(kept if made.status_code == 200 else {})}.items():
                made.headers.setdefault(name, value)
            return made

        return Route(path, endpoint, methods=_METHODS)

    def _validators(self, request: Request, stamp: Stamp, depends: str) -> dict[str, str]:
        """Headers by which a cache tells whether its copy is still so: whatever is public has not changed since."""
        stands = (
            f"{stamp.model_dump_json()}|{request.url.path}?{request.url.query}|{depends}|"
            f"{self.taxonomy.version}|{self.settings.site.model_dump_json()}|{_OURS}"
        )
        made = {
            "ETag": f'W/"{hashlib.sha256(stands.encode()).hexdigest()[:32]}"',
            "Cache-Control": f"public, max-age={KEPT_SECONDS}, stale-while-revalidate={KEPT_SECONDS * 10}",
        }
        if stamp.at:
            made["Last-Modified"] = format_datetime(stamp.at.replace(microsecond=0), usegmt=True)
        if depends:
            made["Vary"] = "Accept-Language"
        return made


def _is_still_so(request: Request, kept: Mapping[str, str], stamp: Stamp) -> bool:
    """Whether the asker has this answer already. A tag is more exact than a time, so where there is one it decides."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        known = [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        return "*" in known or kept["ETag"].removeprefix("W/") in known
    since = request.headers.get("if-modified-since")
    if since is None or stamp.at is None:
        return False
    try:
        return stamp.at.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


_OURS = version("covid-crime-prevention-tracker")
