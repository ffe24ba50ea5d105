"""How is the sample web reached? On loopback, one address a site, for as long as somebody serves it.

python -m collectors.sample.web --port 8503
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import logging
import selectors
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from collectors.sample.content import ALLOW_NETWORKS, PORT, Site, address, sites, sources
from collectors.sample.rendering import answer
from tracker.errors import Busy, TrackerError

__all__ = ["ALLOW_NETWORKS", "PORT", "Serving", "address", "serve", "sources"]

log = logging.getLogger(__name__)


def serve(port: int = PORT) -> Serving:
    """The sample web, answering from now until it is closed (a `with` block does that). Port 0 takes any free one.

    Raises Busy when the port is taken, and TrackerError when this machine lacks the loopback addresses.
    """
    return Serving(port)


class Serving:
    """The sample web while it answers. Each start forgets the visits of the one before."""

    def __init__(self, port: int) -> None:
        self._servers: list[_Server] = []
        self._stop = threading.Event()
        self._visits: Counter[str] = Counter()
        self._counting = threading.Lock()
        try:
            for site in sites().values():
                server = _Server(site, self, port)
                self._servers.append(server)
                port = server.server_port
        except OSError as error:
            self._close_sockets()
            if error.errno == errno.EADDRINUSE:
                raise Busy(
                    f"the sample web cannot start: port {port} of {site.host} is taken; end what holds it, or choose"
                    " another with --port"
                ) from error
            raise TrackerError(
                f"the sample web cannot start: this machine does not answer on {site.host} ({error.strerror}). It needs"
                f" 127.0.1.1 to 127.0.1.20; on macOS, `sudo ifconfig lo0 alias {site.host}` adds one"
            ) from error
        self.port = port
        self._thread = threading.Thread(target=self._run, name="sample web", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answers nothing more; the port is free afterwards. Twice is harmless."""
        self._stop.set()
        self._thread.join()
        self._close_sockets()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def visit(self, site: Site) -> None:
        """Count that somebody asked for the feed or the listing."""
        with self._counting:
            self._visits[site.id] += 1

    def visited_again(self, site: Site) -> bool:
        """Whether its feed or listing was asked for twice, which is when an updated story changes."""
        return self._visits[site.id] > 1

    def _run(self) -> None:
        # One thread listens on all addresses; each answer has a thread of its own, so that the slow site slows nobody.
        with selectors.DefaultSelector() as selector:
            for server in self._servers:
                selector.register(server, selectors.EVENT_READ, server)
            while not self._stop.is_set():
                for key, _ in selector.select(0.1):
                    key.data.handle_request()

    def _close_sockets(self) -> None:
        for server in self._servers:
            server.server_close()


class _Server(ThreadingHTTPServer):
    timeout = 0  # handle_request() is called only when somebody knocks

    def __init__(self, site: Site, web: Serving, port: int) -> None:
        self.site = site
        self.web = web
        super().__init__((site.host, port), _Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's own: it asks the name service for the name of each address, and may wait long for an answer.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.site.host, int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "SampleWeb"
    sys_version = ""
    timeout = 10  # a visitor who says nothing is let go

    def do_GET(self) -> None:
        self._answer(counts=True)

    def do_HEAD(self) -> None:
        self._answer(counts=False)

    def _answer(self, *, counts: bool) -> None:
        site, web = self.server.site, self.server.web
        path = urlsplit(self.path).path
        if path == site.path:
            if counts:
                web.visit(site)
            time.sleep(site.slow_seconds)
        found = answer(site, path, web.port, second_visit=web.visited_again(site))
        tag = f'"{hashlib.sha256(found.body).hexdigest()[:20]}"'
        # What has no time is no feed, listing or article: a broken source must not pass for an unchanged one.
        stamp = format_datetime(found.changed.astimezone(UTC), usegmt=True) if found.changed else None
        unchanged = stamp is not None and self._has(tag, stamp)
        self.send_response(304 if unchanged else found.status)
        if stamp:
            self.send_header("ETag", tag)
            self.send_header("Last-Modified", stamp)
        if not unchanged:
            self.send_header("Content-Type", found.content_type)
            self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if not unchanged and self.command == "GET":
            self.wfile.write(found.body)

    def _has(self, tag: str, stamp: str) -> bool:
        if (known := self.headers.get("If-None-Match")) is not None:
            return tag in (one.strip().removeprefix("W/") for one in known.split(","))
        return self.headers.get("If-Modified-Since") == stamp

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name is the base class's)
        log.debug(format, *args)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m collectors.sample.web", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help=f"on all addresses 127.0.1.1 to 127.0.1.20 ({PORT})")
    port = parser.parse_args(arguments).port
    try:
        with serve(port) as web:
            for source in sources(web.port):
                print(f"{source.id:24}{source.url}", flush=True)
            print("Ctrl-C ends it.", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        return
    except TrackerError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
