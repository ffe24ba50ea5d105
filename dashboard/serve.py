"""How does a dashboard process start, announce itself and end? `python -m dashboard.serve public|desk --port 8501`.

Each door is a module `dashboard.<door>.app` with `application(settings) -> st.App`, which calls `door` below.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import importlib
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import urlsplit

import uvicorn
from prometheus_client import CollectorRegistry
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.headers import Headers, content_policy
from dashboard.look import theme
from dashboard.measured import Measured, serve_where_asked
from dashboard.shell import shell_routes, streamlit_head
from tracker import settings as settings_of
from tracker.errors import Busy, TrackerError
from tracker.settings import Settings
from tracker.store import PublicStore, Store
from tracker.taxonomy import Taxonomy
from tracker.up import use_config

if TYPE_CHECKING:
    import streamlit as st

PORTS = {"public": 8501, "desk": 8502}
ANNOUNCED = {"public": "Public pages", "desk": "Analysts' desk"}

Door = TypeVar("Door", Store, PublicStore)


@dataclass(frozen=True)
class Running(Generic[Door]):
    """What a process was started with."""

    store: Door
    settings: Settings
    taxonomy: Taxonomy


_running: list[Running[Any]] = []


def start(store: Door, settings: Settings, taxonomy: Taxonomy) -> None:
    """Keeps what the pages of this process ask for with `running()`."""
    _running[:] = [Running(store, settings, taxonomy)]


def running() -> Running[Any]:
    """What this process was started with; the pages ask here, for Streamlit runs them as scripts."""
    return _running[0]


def streamlit_options(settings: Settings, *, desk: bool = False) -> dict[str, object]:
    """Streamlit as we run it: nothing is sent elsewhere, nothing is watched, errors stay in the log."""
    site = urlsplit(settings.site.url).hostname or "localhost"
    return {
        "browser.gatherUsageStats": False,
        "client.disableDataExport": True,  # its own CSV does not neutralise formulas; ours does
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "client.toolbarMode": "minimal",
        "global.developmentMode": False,
        "runner.magicEnabled": False,
        "runner.postScriptGC": False,  # 85 ms with the interpreter held after every run; `_frozen` makes up for it
        "server.allowedHosts": sorted({"localhost", "127.0.0.1", "[::1]", "::1", site, *settings.site.hosts}),
        "server.address": "127.0.0.1",
        "server.disconnectedSessionTTL": 60,
        "server.enableAgentApi": False,
        # Its cookie guards uploads, of which the public pages have none: there no cookie is set at all.
        "server.enableXsrfProtection": desk,
        "server.fileWatcherType": "none",
        "server.headless": True,
        "server.maxUploadSize": 1,
        "server.showEmailPrompt": False,
        **theme(),
    }


def door(
    settings: Settings,
    script: Path,
    *,
    pages: Mapping[str, str],
    routes: Iterable[BaseRoute] = (),
    middleware: Iterable[Middleware] = (),
    desk: bool = False,
) -> st.App:
    """The ASGI application around a Streamlit script, with our headers, our page around it and these routes beside it.

    `pages` names the pages of the script: path without slash -> title in English (see `shell_routes`). Routes come
    before pages. One process holds one door: Streamlit keeps its settings once for all.
    """
    import streamlit as st
    from streamlit import config

    config.get_config_options(force_reparse=True, options_from_flags=streamlit_options(settings, desk=desk))
    policy = content_policy(streamlit_head().scripts)
    https = settings.site.url.startswith("https://")
    numbers = CollectorRegistry()
    serve_where_asked(numbers)
    return st.App(
        script,
        routes=[Route("/health", health), *routes, *shell_routes(settings, pages, desk=desk)],
        middleware=[
            Middleware(Measured, registry=numbers),
            Middleware(Headers, policy=policy, desk=desk, https=https),
            *middleware,
        ],
        lifespan=_frozen,
    )


async def health(_: Request) -> Response:
    """For a balancer: 200 while this process and its database answer, else 503."""
    try:
        await run_in_threadpool(running().store.version)
    except TrackerError:
        return PlainTextResponse("the database does not answer\n", status_code=503)
    return PlainTextResponse("ok\n")


@asynccontextmanager
async def _frozen(_: st.App) -> AsyncIterator[None]:
    """What is loaded by now stays for ever, so the collector need not look at it after each run of a page."""
    importlib.import_module("pandas")  # Streamlit would import it in the first visitor's run
    gc.collect()
    gc.freeze()
    yield None


class _Server(uvicorn.Server):
    """Says where it answers, once it does."""

    def __init__(self, config: uvicorn.Config, line: str) -> None:
        super().__init__(config)
        self.line = line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            sys.stdout.write(f"{self.line}\n")
            sys.stdout.flush()


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises Busy when somebody else has it, with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as problem:
        bound.close()
        if problem.errno == errno.EADDRINUSE:
            sentence = f"port {port} on {host} is taken by another process; stop that one or choose with --port"
        elif problem.errno in (errno.EACCES, errno.EPERM):
            sentence = f"port {port} may not be used by this user; choose one above 1023 with --port"
        else:
            sentence = f"{host} cannot be listened on ({problem.strerror}); choose with --host"
        raise Busy(sentence) from problem
    return bound


def serve(name: str, settings: Settings, *, host: str = "127.0.0.1", port: int | None = None) -> None:
    """Answers at host and port until SIGTERM or Ctrl-C; open pages get five seconds to end.

    Raises Busy when the port is taken, StoreUnavailable when the door cannot open its database.
    """
    bound = listen(host, PORTS[name] if port is None else port)
    with bound:
        application: Any = importlib.import_module(f"dashboard.{name}.app").application(settings)
        config = uvicorn.Config(
            application,
            access_log=False,  # who read what is nobody's business
            log_level="warning",
            proxy_headers=False,
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=5,
            ws_max_size=1_000_000,
        )
        shown = f"[{host}]" if ":" in host else host
        line = f"{ANNOUNCED[name]}: http://{shown}:{bound.getsockname()[1]}"
        _Server(config, line).run(sockets=[bound])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard.serve",
        description="Serves the public pages or the analysts' desk.",
        epilog="example: python -m dashboard.serve public --port 8501 --config config.yaml",
    )
    parser.add_argument("door", choices=sorted(PORTS))
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine alone)")
    parser.add_argument("--port", type=int, help="default: 8501 public, 8502 desk; 0: any free one")
    parser.add_argument("--config", type=Path, help="settings (default: $TRACKER_CONFIG, else config.yaml)")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # uvicorn ends in good order and then raises the signal again: to be told to end is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        use_config(given.config)  # for the commands that a page may run
        with contextlib.suppress(KeyboardInterrupt):
            serve(given.door, settings_of.load(given.config), host=given.host, port=given.port)
    except TrackerError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
