"""How long do answers take, and how many are errors? Counted for Prometheus; never who asked, nor for what.

A door serves its numbers on `$TRACKER_METRICS_PORT` of this machine, where that is set.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge, Histogram, start_http_server
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker.errors import Busy, WrongUse

VARIABLE = "TRACKER_METRICS_PORT"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Measured:
    """Middleware: a histogram of answers by kind (file, data, page) and class of status, and the open sessions."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self.app = app
        self._answers = Histogram(
            "tracker_http_seconds", "Time to the last byte", ["kind", "status"], buckets=_BUCKETS, registry=registry
        )
        self._sessions = Gauge("tracker_sessions", "Open sessions of the live pages", registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            with self._sessions.track_inprogress():
                await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), "5xx"

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = f"{message['status'] // 100}xx"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            self._answers.labels(kind_of(scope["path"]), status).observe(time.perf_counter() - began)


def kind_of(path: str) -> str:
    """What is asked for, as far as that is nobody's secret."""
    if path.startswith(("/static/", "/assets/", "/component/", "/media/", "/_stcore/")):
        return "file"
    return "data" if path.startswith(("/api/", "/download", "/feed", "/changes.", "/oembed", "/releases/")) else "page"


def serve_where_asked(registry: CollectorRegistry, environment: Mapping[str, str] = os.environ) -> int | None:
    """The port on which the numbers are served from now on, on this machine alone; None where none is set.

    Raises WrongUse for what is no port, Busy when it is taken.
    """
    given = environment.get(VARIABLE, "")
    if not given:
        return None
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise WrongUse(f"${VARIABLE} is a port such as 9109, not {given!r}")
    try:
        start_http_server(int(given), "127.0.0.1", registry)
    except OSError as problem:
        raise Busy(f"port {given}, of ${VARIABLE}, is taken by another process") from problem
    return int(given)
