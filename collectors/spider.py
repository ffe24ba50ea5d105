"""How is an address fetched? By Scrapy without a reactor: one request a host at a time, with pauses, caps, the guard.

`fetching()` runs one crawl and hands out `get`, which turns an address into an answer, or a reason why there is none.
What to ask, in which order, and what the answers mean is decided elsewhere (`visit.py`, `round.py`).
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.downloadermiddlewares.cookies import CookiesMiddleware
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.utils.misc import build_from_crawler
from tldextract import TLDExtract

from collectors.guard import guarded_sockets, is_public
from tracker.model import Outcome
from tracker.settings import Collect

log = logging.getLogger(__name__)
logging.getLogger("scrapy").setLevel(logging.ERROR)  # every fetch is reported by us, with its source
logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)

Result = TypeVar("Result")

HOSTS_AT_ONCE = 32
MAX_REDIRECTS = 5
PERMANENT = {301, 308}
MAX_CRAWL_DELAY_SECONDS = 30.0
MAX_ROBOTS_BYTES = 500_000  # as RFC 9309 allows
SHORTEST_DELAY_SECONDS = 0.001  # at 0, Scrapy lets many requests to one host pass at once
ROBOT = "CovidCrimePreventionTracker"  # the name that robots.txt may address
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a server answered, after redirects and unpacking."""

    url: str  # the last address of the way
    status: int
    body: bytes
    cut_short: bool = False  # less came than the server said there was
    for_good: bool = False  # redirected, and each redirect of the way was permanent (301, 308)
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    retry_after: str | None = None
    cache_control: str | None = None
    expires: str | None = None
    date: str | None = None
    mitigated: str | None = None  # "challenge" when a shield before the server answered in its place
    link: str | None = None


class NoAnswer(Exception):
    """There is no answer that says anything, and why: `outcome` for the record, the message for the operator."""

    def __init__(self, outcome: Outcome, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.status = status


class Get(Protocol):
    """Fetches one address. Raises NoAnswer; an error status is an answer.

    With `robots`, robots.txt is obeyed. `jar` names the cookies of this run that are sent and kept; without it there
    are none. `login` is `user:password`, sent to the host of the address alone. With `partly`, what came of an answer
    that breaks off is an answer, marked as cut short.
    """

    async def __call__(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        robots: bool = True,
        jar: str | None = None,
        login: str | None = None,
        partly: bool = False,
    ) -> Answer: ...


@dataclass(slots=True)
class RobotsFiles:
    """The robots.txt of sites by host and port: those that are known from earlier, and those that were fetched now.

    Each is text as it counts: one that forbids all where the server does not give it, an empty one where there is none.
    """

    known: dict[str, str] = field(default_factory=dict)
    fetched: dict[str, str] = field(default_factory=dict)


async def fetching(
    settings: Collect,
    contact: str,
    work: Callable[[Get], Awaitable[Result]],
    robots: RobotsFiles | None = None,
) -> Result:
    """What `work(get)` gives. Its connections are closed when it has ended, well or not."""
    crawl: dict[str, Any] = {"robots": robots or RobotsFiles()}
    await AsyncCrawlerRunner(scrapy_settings(settings, contact)).crawl(_Collector, work=work, crawl=crawl)
    if "task" not in crawl:
        raise RuntimeError("Scrapy did not start; its log says why")
    result: Result = crawl["task"].result()
    return result


def scrapy_settings(settings: Collect, contact: str) -> dict[str, Any]:
    """Scrapy's settings, where its defaults are not ours."""
    handler = f"{__name__}.GuardedHandler"
    return {
        "TWISTED_REACTOR_ENABLED": False,
        "USER_AGENT": f"{ROBOT}/{version('covid-crime-prevention-tracker')} (+{_contact(contact)})",
        "DEFAULT_REQUEST_HEADERS": {"Accept": ACCEPT, "Accept-Language": "*"},
        # Safety: only http(s), certificates checked, no remote control, no proxy (it would hide the
        # server's address from the guard).
        "DOWNLOAD_HANDLERS": {"http": handler, "https": handler, "data": None, "file": None, "ftp": None, "s3": None},
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "COOKIES_ENABLED": True,  # as far as a request names a jar
        "METAREFRESH_ENABLED": False,
        "REDIRECT_MAX_TIMES": MAX_REDIRECTS,
        "GUARD_ALLOWS": [str(network) for network in settings.allow_networks],
        # Caps
        "DOWNLOAD_TIMEOUT": settings.timeout_seconds,
        "DOWNLOAD_MAXSIZE": int(settings.max_megabytes * 1_000_000),
        "DOWNLOAD_WARNSIZE": 0,
        # Politeness. A failed source is asked again when it is due, not at once.
        "CONCURRENT_REQUESTS": HOSTS_AT_ONCE,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": max(settings.per_host_delay_seconds, SHORTEST_DELAY_SECONDS),
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "RETRY_ENABLED": False,
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": ROBOT,
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            f"{__name__}.Robots": 100,
            "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
            f"{__name__}.Cookies": 700,
            "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
            f"{__name__}.Unpacking": 590,
            # What we have no use for
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
        },
        "LOG_ENABLED": False,
        "LOGSTATS_INTERVAL": 0,
        "MEMUSAGE_ENABLED": False,
    }


def _contact(contact: str) -> str:
    return contact if "://" in contact else f"mailto:{contact}"


class _Collector(Spider):
    """Lets `work` do the asking: it is easier to follow than callbacks, and uses the same downloader."""

    name = "collector"

    def __init__(self, work: Callable[[Get], Awaitable[Any]], crawl: dict[str, Any]) -> None:
        super().__init__()
        self.work = work
        self.crawl = crawl

    async def start(self) -> AsyncIterator[Any]:
        self.crawl["task"] = task = asyncio.ensure_future(self.work(self.get))
        await asyncio.wait([task])
        for request in list[Request]():  # Scrapy wants a generator of requests; ours are made already
            yield request

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        robots: bool = True,
        jar: str | None = None,
        login: str | None = None,
        partly: bool = False,
    ) -> Answer:
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        if login:
            headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"
        meta: dict[str, Any] = {"cookiejar": jar} if jar else {"dont_merge_cookies": True}
        if not robots:
            meta["dont_obey_robotstxt"] = True
        if partly:
            meta["download_fail_on_dataloss"] = False
        try:
            request = Request(url, headers={name: value for name, value in headers.items() if value}, meta=meta)
            response = await self.crawler.engine.download_async(request)
        except Exception as problem:  # a server may break any library under us; the round goes on
            raise no_answer(problem, url) from problem
        redirects = response.meta.get("redirect_reasons", ())
        return Answer(
            url=response.url,
            status=response.status,
            body=response.body,
            cut_short="dataloss" in response.flags,
            for_good=bool(redirects) and set(redirects) <= PERMANENT,
            content_type=_header(response, "Content-Type"),
            etag=_header(response, "ETag"),
            last_modified=_header(response, "Last-Modified"),
            retry_after=_header(response, "Retry-After"),
            cache_control=_header(response, "Cache-Control"),
            expires=_header(response, "Expires"),
            date=_header(response, "Date"),
            mitigated=_header(response, "cf-mitigated"),
            link=_header(response, "Link"),
        )


def _header(response: Any, name: str) -> str | None:
    value: bytes | None = response.headers.get(name)
    try:
        return value.decode() if value else None
    except UnicodeDecodeError:
        return None


def no_answer(problem: Exception, url: str) -> NoAnswer:
    """Why a fetch brought no answer, as outcome and sentence."""
    said = " ".join(str(cause) for cause in _causes(problem))
    if "not in the public internet" in said:
        reason = next(str(cause) for cause in reversed(_causes(problem)) if "not in the public internet" in str(cause))
        return NoAnswer(Outcome.NOT_ALLOWED, f"{url}: {reason.rpartition('] ')[2]}")
    match problem:
        case IgnoreRequest() if "robots.txt" in said:
            return NoAnswer(Outcome.NOT_ALLOWED, f"{url}: robots.txt of this site does not allow it to be fetched")
        case IgnoreRequest() if "max redirections" in said:
            return NoAnswer(
                Outcome.HTTP_ERROR, f"{url}: redirects more than {MAX_REDIRECTS} times; look for its new address"
            )
        case DownloadCancelledError() | IgnoreRequest():
            return NoAnswer(Outcome.TOO_LARGE, f"{url}: is larger than collect: max_megabytes: allows; it was not kept")
        case DownloadTimeoutError() | TimeoutError():
            return NoAnswer(
                Outcome.TIMEOUT, f"{url}: did not answer completely in the time of collect: timeout_seconds:"
            )
        case CannotResolveHostError():
            return NoAnswer(
                Outcome.UNREACHABLE, f"{url}: this host name is not known; check the address and the network"
            )
        case ResponseDataLossError():
            return NoAnswer(Outcome.UNREACHABLE, f"{url}: the answer broke off half-way; nothing of it was kept")
        case UnsupportedURLSchemeError() | NotSupported() | ValueError():
            return NoAnswer(Outcome.NOT_ALLOWED, f"{url}: is no address that can be fetched (http:// or https://)")
        case DownloadConnectionRefusedError() | DownloadFailedError() | OSError():
            last = _causes(problem)[-1]
            if isinstance(last, ssl.CertificateError):
                reason = f"its certificate cannot be trusted ({last.verify_message})"
            elif isinstance(last, ConnectionRefusedError):
                reason = "no server answers there (connection refused)"
            else:
                said = next((str(cause) for cause in reversed(_causes(problem)) if str(cause)), type(last).__name__)
                reason = f"cannot be reached ({said})"
            return NoAnswer(Outcome.UNREACHABLE, f"{url}: {reason}")
        case _:
            log.exception("fetch failed in a way that is not known", exc_info=problem, extra={"url": url})
            return NoAnswer(Outcome.UNREACHABLE, f"{url}: cannot be fetched ({type(problem).__name__}: {problem})")


def _causes(problem: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    cause: BaseException | None = problem
    while cause is not None and len(found) < 10:
        found.append(cause)
        # aiohttp keeps the system's own error beside itself
        cause = getattr(cause, "certificate_error", None) or getattr(cause, "os_error", None) or cause.__cause__
    return found


class GuardedHandler(AiohttpDownloadHandler):
    """Scrapy's handler for asyncio, connecting only where `guard.py` allows it."""

    # Scrapy calls the handler experimental at every start; docs/decisions/0002 says why we take it all the same.
    experimental = False

    def __init__(self, crawler: Any) -> None:
        from ipaddress import ip_network

        super().__init__(crawler)
        self.allowed = tuple(ip_network(network) for network in crawler.settings.getlist("GUARD_ALLOWS"))
        connector: Any = self._session.connector
        if not hasattr(connector, "_socket_factory"):
            raise RuntimeError("this aiohttp makes its sockets in another way; the address guard must be fitted to it")
        connector._socket_factory = guarded_sockets(self.allowed)  # noqa: SLF001  # Scrapy makes the connector itself

    async def download_request(self, request: Any) -> Any:
        response = await super().download_request(request)
        if response.ip_address is None or not is_public(str(response.ip_address), self.allowed):
            raise OSError(f"{response.ip_address} is not in the public internet")
        return response


class Unpacking(HttpCompressionMiddleware):
    """Scrapy's unpacking, for servers too that say `gzip` over bytes that are plain."""

    @staticmethod
    def _decode(body: bytes, encoding: bytes, max_size: int) -> bytes:
        try:
            unpacked: bytes = HttpCompressionMiddleware._decode(body, encoding, max_size)  # noqa: SLF001
        except (OSError, EOFError):
            return body
        return unpacked


_DOMAINS = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)  # as shipped, not fetched


class Cookies(CookiesMiddleware):
    """Scrapy's cookies, with a list of public suffixes that is not fetched from anywhere."""

    def _process_cookies(self, cookies: Any, *, jar: Any, request: Any) -> None:
        host = (urlsplit(request.url).hostname or "").lower()
        for cookie in cookies:
            domain = cookie.domain.removeprefix(".")
            if domain and not _DOMAINS(domain).domain:  # for all of .org: only where it is the host itself
                if domain != host:
                    continue
                cookie.domain = host
            jar.set_cookie_if_ok(cookie, request)


class Robots(RobotsTxtMiddleware):
    """Scrapy's robots.txt, read as RFC 9309 wants it: a server that does not give it says no, and a delay is kept."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self.files: RobotsFiles = crawler.spider.crawl["robots"]
        self.problems: dict[str, Exception] = {}  # by host and port: why robots.txt could not be fetched

    async def process_request(self, request: Any, spider: Any = None) -> None:  # noqa: ARG002  # as in Scrapy
        await super().process_request(request)
        if request.meta.get("dont_obey_robotstxt"):
            return
        site = urlsplit(request.url).netloc
        if problem := self.problems.get(site):
            raise problem  # one wait for a dead host is enough
        rules: Any = self._parsers.get(site)
        wait = rules.crawl_delay(ROBOT) if rules is not None else None
        slot = self.crawler.engine.downloader.slots.get(urlsplit(request.url).hostname)
        if wait and slot is not None:
            slot.delay = min(max(slot.delay, float(wait)), MAX_CRAWL_DELAY_SECONDS)

    async def robot_parser(self, request: Any) -> Any:
        site = urlsplit(request.url).netloc
        if site not in self._parsers and (known := self.files.known.get(site)) is not None:
            self._parsers[site] = build_from_crawler(self._parserimpl, self.crawler, known.encode())
        return await super().robot_parser(request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if not isinstance(exc, IgnoreRequest):  # too large, or redirected without end: as if there were none
            self.problems[netloc] = exc
        super()._robots_error(exc, netloc)

    async def _parse_robots(self, response: Any, netloc: str, request: Any) -> None:
        if response.status >= 500 or response.status == 429:
            response = response.replace(body=b"User-agent: *\nDisallow: /")
        elif response.status >= 400:
            response = response.replace(body=b"")
        self.files.fetched[netloc] = response.body[:MAX_ROBOTS_BYTES].decode("utf-8", "replace").replace("\0", "")
        await super()._parse_robots(response, netloc, request)
