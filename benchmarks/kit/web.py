"""The web that is collected: feeds, articles, a drip, hazards and sources that misbehave, all of our own text.

`python -m benchmarks.kit.web` serves it on all of 127.0.0.0/8 and says its port on stdout. It counts what it is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import json
import random
import subprocess
import sys
import time
import urllib.request
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from aiohttp import web

ENTRIES = 20
START = datetime(2020, 5, 4, tzinfo=UTC)
ABOUT = {
    "en": (
        "The ministry opens shelters day and night, and a helpline answers victims in nine languages.",
        (
            "the of and to in for a that with on by from their who police court family support week service people "
            "school health council region phone online partner worker report budget measure month young centre women"
        ),
    ),
    "fr": (
        "Le ministère ouvre des maisons d’hébergement jour et nuit, et une ligne d’écoute répond aux victimes.",
        (
            "le la les de des et à dans pour une que avec sur par leur qui police tribunal famille soutien semaine "
            "service personnes école santé conseil région téléphone ligne partenaire rapport budget mesure mois ville"
        ),
    ),
    "es": (
        "El ministerio abre refugios de día y de noche, y una línea de ayuda atiende a las víctimas.",
        (
            "el la los de y a en para una que con sobre por su quien policía tribunal familia apoyo semana servicio "
            "personas escuela salud consejo región teléfono línea pareja informe presupuesto medida mes ciudad"
        ),
    ),
}
LANGUAGES = tuple(ABOUT)
# Every second word of a text is one of these, so that two texts share as few turns of phrase as two real ones do.
RARE = [
    f"{first}{middle}{last}"
    for first in ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "do", "mu")
    for middle in ("l", "n", "r", "st", "v", "nd", "m", "ct", "ll", "g")
    for last in ("am", "et", "in", "or", "ous", "ing", "ed", "al", "ar", "ion", "er", "ado")
]


# -------------------------------------------------------------------------------------------------------------- texts


def title(number: int, entry: int) -> str:
    """A headline that no other entry has."""
    words = ABOUT[LANGUAGES[number % 3]][1].split()
    choice = random.Random(number * 1000 + entry)
    return f"{_sentence(choice, words, 4)} {number}-{entry}"


@lru_cache(100_000)
def paragraphs(number: int, entry: int) -> tuple[str, ...]:
    """Nine paragraphs, about 1,300 characters: one about the subject, the others all their own."""
    language = LANGUAGES[number % 3]
    first, words = ABOUT[language][0], ABOUT[language][1].split()
    choice = random.Random(number * 1000 + entry)
    return (
        f"{first} {number} {entry}.",
        *(_sentence(choice, words, 11) + f" {choice.randrange(9999)}." for _ in range(8)),
    )


def _sentence(choice: random.Random, words: list[str], pairs: int) -> str:
    """Twice as many words."""
    mixed = zip(choice.choices(words, k=pairs), choice.choices(RARE, k=pairs), strict=True)
    return " ".join(word for pair in mixed for word in pair).capitalize()


def when(entry: int) -> datetime:
    return START - timedelta(hours=7 * entry)


def rss(number: int, entries: list[tuple[str, str, str, str]], extra: str = "") -> bytes:
    """RSS 2.0 of (guid, link, title, HTML), newest first."""
    items = "".join(
        f"<item><title>{escape(name)}</title><link>{escape(link)}</link>"
        f'<guid isPermaLink="false">{escape(guid)}</guid><pubDate>{format_datetime(when(at))}</pubDate>'
        f"<content:encoded><![CDATA[{html}]]></content:encoded></item>"
        for at, (guid, link, name, html) in enumerate(entries)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>News {number}</title><link>https://news{number}.example/</link><description>News</description>"
        f"<language>{LANGUAGES[number % 3]}</language>{extra}{items}</channel></rss>"
    ).encode()


def atom(number: int, entries: list[tuple[str, str, str, str]]) -> bytes:
    items = "".join(
        f'<entry><id>tag:{escape(guid)}</id><title>{escape(name)}</title><link href="{escape(link)}"/>'
        f"<updated>{when(at).isoformat()}</updated><published>{when(at).isoformat()}</published>"
        f'<content type="html">{escape(html)}</content></entry>'
        for at, (guid, link, name, html) in enumerate(entries)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        f'xml:lang="{LANGUAGES[number % 3]}"><id>tag:{number}</id><title>News {number}</title>'
        f"<updated>{START.isoformat()}</updated>{items}</feed>"
    ).encode()


def rdf(number: int, entries: list[tuple[str, str, str, str]]) -> bytes:
    items = "".join(
        f'<item rdf:about="{escape(link)}"><title>{escape(name)}</title><link>{escape(link)}</link>'
        f"<dc:date>{when(at).isoformat()}</dc:date><description>{escape(html)}</description></item>"
        for at, (_, link, name, html) in enumerate(entries)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rdf:RDF xmlns="http://purl.org/rss/1.0/" '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<channel rdf:about="https://news{number}.example/"><title>News {number}</title>'
        f"<link>https://news{number}.example/</link><description>News</description></channel>{items}</rdf:RDF>"
    ).encode()


def json_feed(number: int, entries: list[tuple[str, str, str, str]]) -> bytes:
    items = [
        {"id": guid, "url": link, "title": name, "content_html": html, "date_published": when(at).isoformat()}
        for at, (guid, link, name, html) in enumerate(entries)
    ]
    told = {"version": "https://jsonfeed.org/version/1.1", "title": f"News {number}", "items": items}
    return json.dumps(told, ensure_ascii=False).encode()


# Of twenty feeds, as they are met.
FORMATS: tuple[tuple[Callable[..., bytes], str], ...] = (
    *((rss, "application/rss+xml"),) * 11,
    *((atom, "application/atom+xml"),) * 6,
    *((rdf, "application/rdf+xml"),) * 2,
    (json_feed, "application/feed+json"),
)


def of(number: int, count: int = ENTRIES) -> list[tuple[str, str, str, str]]:
    """The entries of a feed, whole texts, about 30 kB."""
    return [
        (
            f"{number}-{entry}",
            f"https://news{number}.example/{entry}",
            title(number, entry),
            "".join(f"<p>{part} <a href='https://news{number}.example/{entry}#x'>x</a></p>" for part in
                    paragraphs(number, entry)),
        )
        for entry in range(count)
    ]  # fmt: skip


@lru_cache(1000)
def feed(number: int) -> tuple[bytes, str, str]:
    """A feed that stays as it is, its type and its ETag."""
    write, kind = FORMATS[number % len(FORMATS)]
    body = write(number, of(number))
    return body, kind, tag(body)


@lru_cache(1000)
def shelf(number: int, port: int) -> bytes:
    """A feed whose entries have a sentence each, and their whole text on pages of the same host."""
    return rss(
        number,
        [
            (link, link, title(number, entry), f"<p>{paragraphs(number, entry)[0]}</p>")
            for entry in range(ENTRIES)
            for link in (f"http://{host(number)}:{port}/article/{number}/{entry}",)
        ],
    )


@lru_cache(10_000)
def article(number: int, entry: int) -> bytes:
    """A page with its menus, its article and what stands around it."""
    menu = "".join(f"<li><a href='/section/{n}'>Section {n}</a></li>" for n in range(40))
    return (
        f'<!doctype html><html lang="{LANGUAGES[number % 3]}"><head><meta charset="utf-8">'
        f"<title>{title(number, entry)} | News {number}</title>"
        f'<meta property="article:published_time" content="{when(entry).isoformat()}"></head><body>'
        f"<header><nav><ul>{menu}</ul></nav></header><main><article><h1>{title(number, entry)}</h1>"
        f"{''.join(f'<p>{part}</p>' for part in paragraphs(number, entry))}</article>"
        f"<aside><h2>More</h2><ul>{menu}</ul></aside></main><footer><p>All rights reserved.</p></footer></body></html>"
    ).encode()


def tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def host(number: int, hosts: int = 100) -> str:
    return f"127.1.{number % hosts}.1"


# ------------------------------------------------------------------------------------------------------------ hazards


def bomb() -> bytes:
    """200 MB of a feed's text in 0.2 MB."""
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = packed.compress(b"<rss version='2.0'><channel><title>Bomb</title><item><title>x</title><description>")
    return start + b"".join(packed.compress(b"a" * 1_000_000) for _ in range(200)) + packed.flush()


def laughs() -> bytes:
    """A few lines whose entities unfold to gigabytes."""
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha ha">{lines}]><rss version="2.0"><channel>'
        "<title>Laughs</title><item><title>A whole one</title><link>https://laughs.example/1</link></item>"
        "<item><title>&l9;</title><link>https://laughs.example/2</link></item></channel></rss>"
    ).encode()


def nested() -> bytes:
    depth = 400_000
    return b"<rss version='2.0'><channel><item><title>" + b"<a>" * depth + b"x" + b"</a>" * depth + b"</title></item>"


def wide() -> bytes:
    return b"<rss version='2.0'><channel><item><title a='" + b"x" * 7_500_000 + b"'>Wide</title></item></channel></rss>"


def many() -> bytes:
    items = "".join(f"<item><title>{n}</title><link>https://many.example/{n}</link></item>" for n in range(100_000))
    return f"<rss version='2.0'><channel><title>Many</title>{items}</channel></rss>".encode()


HAZARDS = (
    "endless body", "gzip bomb", "XML bomb", "trickle", "redirect loop", "redirect to a private service", "truncated",
    "gzip lie", "deep nesting", "huge attribute", "100,000 entries",
)  # fmt: skip
ENDLESS_BYTES = 400_000_000
DRIP_SECONDS = 120


# -------------------------------------------------------------------------------------------------------- misbehaving

MISBEHAVIOURS = (
    "fine", "new all the time", "new all the time", "updated", "guids change", "links change", "dates change",
    "lying 304", "lying ETag", "no validators", "moved for good", "moved for a while", "500 now and then", "500", "503",
    "429", "404", "410 after a while", "truncated", "trickle", "slow", "endless", "loop", "empty", "HTML", "broken XML",
    "wrong charset", "future", "same guid", "private", "gzip lie", "hangs up",
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- server


class Web:
    """Answers requests and counts them."""

    def __init__(self, news_seconds: float) -> None:
        self.asked: Counter[str] = Counter()
        self.port = 0
        self.began = time.monotonic()
        self.news_seconds = news_seconds  # how often a source that has news has another

    def app(self) -> web.Application:
        from aiohttp import web

        app = web.Application(middlewares=[self._counted()])
        for path, answer in (
            ("/feed/{number}", self.feed),
            ("/shelf/{number}", self.shelf),
            ("/article/{number}/{entry}", self.article),
            ("/hazard/{number}", self.hazard),
            ("/wild/{number}", self.wild),
            ("/loop/{number}", self.loop),
            ("/private", self.private),
            ("/__stats", self.stats),
        ):
            app.router.add_get(path, answer)
        return app

    def _counted(self) -> Any:
        from aiohttp import web

        @web.middleware
        async def counted(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            if request.path == "/__stats":
                return await handler(request)
            if request.path == "/robots.txt":
                self.asked["robots"] += 1
                return web.Response(text="")
            self.asked["requests"] += 1
            given = await handler(request)
            self.asked["not_modified"] += given.status == 304
            if isinstance(given, web.Response) and isinstance(given.body, bytes):
                self.asked["bytes"] += len(given.body)
            return given

        return counted

    async def stats(self, request: web.Request) -> web.Response:
        from aiohttp import web

        counted = dict(self.asked)
        if "reset" in request.query:
            self.asked.clear()
        return web.json_response(counted)

    def _conditional(self, request: web.Request, body: bytes, kind: str, etag: str | None = None) -> web.Response:
        from aiohttp import web

        etag = etag or tag(body)
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, headers={"ETag": etag, "Content-Type": kind})

    async def feed(self, request: web.Request) -> web.Response:
        body, kind, etag = feed(int(request.match_info["number"]))
        return self._conditional(request, body, kind, etag)

    async def shelf(self, request: web.Request) -> web.Response:
        return self._conditional(request, shelf(int(request.match_info["number"]), self.port), "application/rss+xml")

    async def article(self, request: web.Request) -> web.Response:
        body = article(int(request.match_info["number"]), int(request.match_info["entry"]))
        return self._conditional(request, body, "text/html; charset=utf-8")

    async def private(self, _: web.Request) -> web.Response:
        from aiohttp import web

        self.asked["private"] += 1
        return web.Response(body=rss(0, of(0)), content_type="application/rss+xml")

    async def loop(self, request: web.Request) -> web.Response:
        from aiohttp import web

        return web.Response(status=302, headers={"Location": f"/loop/{int(request.match_info['number']) + 1}"})

    async def _stream(
        self, request: web.Request, pieces: Iterator[bytes], pause: float = 0, headers: dict[str, str] | None = None
    ) -> web.StreamResponse:
        from aiohttp import web

        answer = web.StreamResponse(headers={"Content-Type": "application/rss+xml", **(headers or {})})
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                await answer.write(piece)
                self.asked["bytes"] += len(piece)
                if pause:
                    await asyncio.sleep(pause)
        return answer

    async def _cut(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """Half of what was promised, then the line is dead."""
        half = iter([body[: len(body) // 2]])
        answer = await self._stream(request, half, headers={"Content-Length": str(len(body))})
        if request.transport is not None:
            request.transport.close()
        return answer

    async def hazard(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        name = HAZARDS[int(request.match_info["number"])]
        kind = {"Content-Type": "application/rss+xml"}
        whole = rss(0, of(0))
        match name:
            case "endless body":
                first = b"<rss version='2.0'><channel><title>Endless</title><description>"
                piece = b"endless " * 8000
                pieces = (piece for _ in range(ENDLESS_BYTES // len(piece)))
                return await self._stream(request, (part for part in (first, *pieces)))
            case "gzip bomb":
                return await self._stream(request, iter([bomb()]), headers={"Content-Encoding": "gzip"})
            case "trickle":
                return await self._stream(request, (bytes([one]) for one in whole[:DRIP_SECONDS]), 1)
            case "redirect loop":
                return await self.loop(request)
            case "redirect to a private service":
                return web.Response(status=302, headers={"Location": f"http://127.0.0.1:{self.port}/private"})
            case "truncated":
                return await self._cut(request, whole)
            case "gzip lie":
                return web.Response(body=whole, headers={**kind, "Content-Encoding": "gzip"})
            case _:
                make = {"XML bomb": laughs, "deep nesting": nested, "huge attribute": wide, "100,000 entries": many}
                return web.Response(body=make[name](), headers=kind)

    async def wild(self, request: web.Request) -> web.StreamResponse:
        """What a source that misbehaves in its own way says at this moment."""
        from aiohttp import web

        number = int(request.match_info["number"])
        name = MISBEHAVIOURS[number % len(MISBEHAVIOURS)]
        tick = int((time.monotonic() - self.began) / self.news_seconds)
        entries = [
            (f"{number}-{n}", f"https://wild{number}.example/{n}", title(number, n),
             "".join(f"<p>{part}</p>" for part in paragraphs(number, n)))
            for n in range(tick + 10, tick, -1)
        ] if name not in STILL else of(number, 10)  # fmt: skip
        kind = {"Content-Type": "application/rss+xml"}
        whole = rss(number, entries)
        match name:
            case "new all the time" | "fine":
                return self._conditional(request, whole, "application/rss+xml")
            case "updated":
                guid, link, name, text = entries[0]
                return web.Response(
                    body=rss(number, [(guid, link, name, f"{text} {tick}"), *entries[1:]]), headers=kind
                )
            case "guids change":
                changed = [(f"{one[0]}-{tick}", one[1], one[2], one[3]) for one in entries]
                return web.Response(body=rss(number, changed), headers=kind)
            case "links change":
                changed = [(one[0], f"{one[1]}?utm_source={tick}&x={tick}", one[2], one[3]) for one in entries]
                return web.Response(body=rss(number, changed), headers=kind)
            case "dates change":
                return web.Response(body=whole.replace(b" 2020 ", f" {2010 + tick % 10} ".encode()), headers=kind)
            case "lying 304":
                if "If-None-Match" in request.headers:
                    return web.Response(status=304)
                return web.Response(body=whole, headers={**kind, "ETag": '"always"'})
            case "lying ETag":
                return web.Response(body=whole, headers={**kind, "ETag": f'"{time.time_ns()}"'})
            case "moved for good":
                return web.Response(status=301, headers={"Location": f"/feed/{number}"})
            case "moved for a while":
                return web.Response(status=302, headers={"Location": f"/feed/{number}"})
            case "500 now and then" if self.asked["requests"] % 3:
                return web.Response(status=500)
            case "500" | "503" | "429" | "404":
                wait = {"Retry-After": "7200"} if name in ("503", "429") else {}
                return web.Response(status=int(name), headers=wait)
            case "410 after a while" if tick > 20:
                return web.Response(status=410)
            case "truncated":
                return await self._cut(request, whole)
            case "trickle":
                return await self._stream(request, (bytes([one]) for one in whole[:DRIP_SECONDS]), 1)
            case "slow":
                await asyncio.sleep(8)
            case "endless":
                return await self._stream(request, (b"endless " * 8000 for _ in range(10_000)))
            case "loop":
                return await self.loop(request)
            case "empty":
                return web.Response(body=b"", headers=kind)
            case "HTML":
                return web.Response(body=article(number, tick), content_type="text/html")
            case "broken XML":
                return web.Response(body=whole.replace(b"<title>", b"<title>& ", 3)[:-40], headers=kind)
            case "wrong charset":
                body = whole.decode().encode("windows-1252", "replace")
                return web.Response(body=body, headers=kind)
            case "future":
                return web.Response(body=whole.replace(b" 2020 ", b" 2099 "), headers=kind)
            case "same guid":
                return web.Response(body=rss(number, [("one", *one[1:]) for one in entries]), headers=kind)
            case "private":
                return web.Response(status=302, headers={"Location": f"http://127.0.0.1:{self.port}/private"})
            case "gzip lie":
                return web.Response(body=whole, headers={**kind, "Content-Encoding": "gzip"})
            case "hangs up" if request.transport is not None:
                request.transport.close()
        return web.Response(body=gzip.compress(whole), headers={**kind, "Content-Encoding": "gzip"})


STILL = frozenset({"fine", "no validators", "moved for a while", "guids change", "same guid"})


async def serve(news_seconds: float) -> None:
    """Serves until it is killed."""
    from aiohttp import web

    made = Web(news_seconds)
    runner = web.AppRunner(made.app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "0.0.0.0", 0, backlog=1024)  # noqa: S104  # all of 127/8
    await site.start()
    made.port = runner.addresses[0][1]
    print(made.port, flush=True)
    await asyncio.Event().wait()


@contextlib.contextmanager
def serving(*, news_seconds: float = 60) -> Iterator[Served]:
    """The web in a process of its own, so that its cost is nobody's."""
    command = [sys.executable, "-m", "benchmarks.kit.web", str(news_seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101
        try:
            yield Served(int(process.stdout.readline()))
        finally:
            process.kill()


class Served:
    """The running web, seen from outside."""

    def __init__(self, port: int) -> None:
        self.port = port

    def counted(self) -> dict[str, int]:
        """What was asked since the last call."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/__stats?reset=1", timeout=60) as answer:
            found: dict[str, int] = json.load(answer)
        return found

    def url(self, path: str, number: int, hosts: int = 100) -> str:
        return f"http://{host(number, hosts)}:{self.port}/{path}/{number}"


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
