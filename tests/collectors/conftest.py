"""What the tests of the collectors share: a small web on loopback, and settings that may fetch it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic

import pytest

from tracker.model import Source
from tracker.settings import Collect, Settings

SAMPLES = Path(__file__).parent.parent / "samples"


@dataclass
class Asked:
    """One request that the web received."""

    host: str
    path: str
    headers: dict[str, str]
    at: float


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: threading.Event | None = None  # set: answers only then
    endless: bytes = b""  # sent again and again


class Web:
    """A web of our own: what stands at a path is set by the test, what was asked can be looked at."""

    hosts = ("127.0.1.1", "127.0.1.2", "127.0.1.3")

    def __init__(self) -> None:
        self.pages: dict[str, Reply | Callable[[Asked], Reply]] = {}
        self.asked: list[Asked] = []
        self.most_at_once: dict[str, int] = {}
        self._at_once: dict[str, int] = {}
        self._lock = threading.Lock()
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *said: object) -> None: ...

            def do_GET(self) -> None:
                web.answer(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None: ...  # the collector has hung up, as it should

        self._servers = [Server((self.hosts[0], 0), Handler)]
        self.port = self._servers[0].server_address[1]
        self._servers += [Server((host, self.port), Handler) for host in self.hosts[1:]]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        host = handler.headers["Host"].partition(":")[0]
        asked = Asked(host, handler.path, {key.lower(): value for key, value in handler.headers.items()}, monotonic())
        with self._lock:
            if handler.path != "/robots.txt" or handler.path in self.pages:  # the usual one, of a site without any
                self.asked.append(asked)
            self._at_once[host] = self._at_once.get(host, 0) + 1
            self.most_at_once[host] = max(self.most_at_once.get(host, 0), self._at_once[host])
        try:
            page = self.pages.get(handler.path, Reply(status=404))
            reply = page(asked) if callable(page) else page
            if reply.wait is not None:
                reply.wait.wait(30)
            handler.send_response(reply.status)
            for key, value in reply.headers.items():
                handler.send_header(key, value)
            if not reply.endless and "Content-Length" not in reply.headers:
                handler.send_header("Content-Length", str(len(reply.body)))
            handler.end_headers()
            handler.wfile.write(reply.body)
            while reply.endless:
                handler.wfile.write(reply.endless)
        except OSError:
            handler.close_connection = True
        finally:
            with self._lock:
                self._at_once[host] -= 1

    def url(self, path: str, host: str = "127.0.1.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    yield made
    made.close()


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Settings:
    """Settings that may fetch the web of the tests, without long pauses."""
    polite = Collect.model_validate(
        {"allow_networks": ["127.0.1.0/24"], "per_host_delay_seconds": 0.01, "timeout_seconds": 5, "max_megabytes": 0.5}
    )
    return Settings(data=tmp_path, database=sqlite_url, collect=polite)


def feed_of(*titles: str, prefix: str = "https://news.example") -> bytes:
    """A feed with these entries."""
    items = "".join(f"<item><title>{title}</title><link>{prefix}/{title}</link></item>" for title in titles)
    return f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()


def article_of(title: str) -> bytes:
    """A page with an article that the general reader finds."""
    text = "The ministry opens shelters day and night, and a helpline answers in nine languages during the crisis. "
    return (
        f'<html lang="en"><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{title}: {text * 3}</p>'
        f"<p>{text * 2}</p></article></body></html>"
    ).encode()


def feed_at(url: str, id: str = "news", **changes: object) -> Source:
    return Source.model_validate({"id": id, "name": id, "kind": "feed", "url": url, **changes})


def page_at(url: str, id: str = "page", **changes: object) -> Source:
    return Source.model_validate({"id": id, "name": id, "kind": "page", "url": url, **changes})


class Waits:
    """Stands for asyncio.sleep: remembers how long was to be waited, and waits no longer."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
