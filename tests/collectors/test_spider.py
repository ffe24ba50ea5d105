from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from collectors.spider import Answer, Get, NoAnswer, RobotsFiles, fetching
from tests.collectors.conftest import Asked, Reply, Web
from tracker.model import Outcome
from tracker.settings import Collect, Settings

ROBOT = "CovidCrimePreventionTracker"


def answers(settings: Collect, urls: Sequence[str], robots: bool = False) -> list[Answer | NoAnswer]:
    """What each address gave, asked side by side."""

    async def one(get: Get, url: str) -> Answer | NoAnswer:
        try:
            return await get(url, robots=robots)
        except NoAnswer as problem:
            return problem

    async def work(get: Get) -> list[Answer | NoAnswer]:
        return list(await asyncio.gather(*(one(get, url) for url in urls)))

    return asyncio.run(fetching(settings, "watch@example.org", work))


def reason(settings: Settings, url: str, robots: bool = False) -> tuple[Outcome, str]:
    (found,) = answers(settings.collect, [url], robots)
    assert isinstance(found, NoAnswer), found
    return found.outcome, str(found)


def answer(settings: Settings, url: str, robots: bool = False) -> Answer:
    (found,) = answers(settings.collect, [url], robots)
    assert isinstance(found, Answer), found
    return found


def test_an_answer_has_its_bytes_and_the_headers_that_are_remembered(web: Web, settings: Settings) -> None:
    headers = {"ETag": 'W/"a b"', "Last-Modified": "Mon, 04 May 2020 10:00:00 GMT", "Content-Type": "text/xml"}
    web.pages["/feed"] = Reply(b"bytes", headers=headers)

    found = answer(settings, web.url("/feed"))

    assert (found.status, found.body, found.url) == (200, b"bytes", web.url("/feed"))
    assert (found.etag, found.last_modified, found.content_type) == tuple(headers.values())


def test_who_asks_is_said_with_a_contact(web: Web, settings: Settings) -> None:
    answer(settings, web.url("/feed"))

    assert web.asked[0].headers["user-agent"].startswith(f"{ROBOT}/")
    assert "(+mailto:watch@example.org)" in web.asked[0].headers["user-agent"]


def test_packed_answers_are_unpacked(web: Web, settings: Settings) -> None:
    web.pages["/feed"] = Reply(gzip.compress(b"bytes"), headers={"Content-Encoding": "gzip"})

    assert answer(settings, web.url("/feed")).body == b"bytes"


def test_plain_bytes_that_claim_to_be_packed_are_taken_as_they_are(web: Web, settings: Settings) -> None:
    web.pages["/feed"] = Reply(b"<rss/>", headers={"Content-Encoding": "gzip"})

    assert answer(settings, web.url("/feed")).body == b"<rss/>"


def test_an_answer_that_breaks_off_is_no_answer_but_for_those_who_can_use_a_part(web: Web, settings: Settings) -> None:
    web.pages |= {"/feed": Reply(b"half", headers={"Content-Length": "1000", "Connection": "close"}), "/x": Reply(b"x")}

    async def work(get: Get) -> list[Answer]:
        return [await get(web.url(path), robots=False, partly=True) for path in ("/feed", "/x")]

    half, whole = asyncio.run(fetching(settings.collect, "watch@example.org", work))
    outcome, said = reason(settings, web.url("/feed"))

    assert (half.body, half.cut_short, whole.cut_short) == (b"half", True, False)
    assert outcome is Outcome.UNREACHABLE
    assert "broke off half-way" in said


def test_a_robots_txt_that_breaks_off_allows_nothing(web: Web, settings: Settings) -> None:
    cut = Reply(b"User-agent: *\n", headers={"Content-Length": "1000", "Connection": "close"})
    web.pages |= {"/robots.txt": cut, "/page": Reply(b"here")}

    assert reason(settings, web.url("/page"), robots=True)[0] is Outcome.UNREACHABLE
    assert web.paths() == ["/robots.txt"]


def test_cookies_are_kept_for_the_one_who_asks_and_sent_to_nobody_else(web: Web, settings: Settings) -> None:
    def page(asked: Asked) -> Reply:
        if "cookie" in asked.headers:
            return Reply(b"come in")
        return Reply(status=302, headers={"Set-Cookie": "consent=yes; Path=/", "Location": asked.path})

    web.pages["/feed"] = page

    async def work(get: Get) -> list[bytes]:
        first = await get(web.url("/feed"), jar="news", robots=False)
        await get(web.url("/feed", web.hosts[1]), jar="news", robots=False)
        await get(web.url("/feed"), jar="other", robots=False)
        return [first.body]

    assert asyncio.run(fetching(settings.collect, "watch@example.org", work)) == [b"come in"]
    assert ["cookie" in asked.headers for asked in web.asked] == [False, True, False, True, False, True]


def test_without_a_jar_no_cookie_is_kept(web: Web, settings: Settings) -> None:
    web.pages["/feed"] = Reply(b"", headers={"Set-Cookie": "seen=1"})

    answers(settings.collect, [web.url("/feed")] * 2)

    assert [asked.headers.get("cookie") for asked in web.asked] == [None, None]


def test_a_login_is_sent_to_its_host_and_no_further(web: Web, settings: Settings) -> None:
    web.pages["/feed"] = Reply(status=302, headers={"Location": web.url("/moved", web.hosts[1])})
    web.pages["/moved"] = Reply(b"here")

    async def work(get: Get) -> Answer:
        return await get(web.url("/feed"), login="ana:se:cret", robots=False)

    assert asyncio.run(fetching(settings.collect, "watch@example.org", work)).body == b"here"
    assert [asked.headers.get("authorization") for asked in web.asked] == ["Basic YW5hOnNlOmNyZXQ=", None]


def test_a_robots_txt_that_is_known_is_not_asked_for_again(web: Web, settings: Settings) -> None:
    web.pages |= {"/robots.txt": Reply(b"User-agent: *\nDisallow: /private"), "/page": Reply(b"here")}
    site = f"{web.hosts[0]}:{web.port}"
    first, second = RobotsFiles(), RobotsFiles(known={site: "User-agent: *\nDisallow: /private"})

    async def work(get: Get) -> Outcome:
        assert (await get(web.url("/page"))).body == b"here"
        with pytest.raises(NoAnswer) as refused:
            await get(web.url("/private"))
        return refused.value.outcome

    for robots in (first, second):
        assert asyncio.run(fetching(settings.collect, "a@example.org", work, robots)) is Outcome.NOT_ALLOWED

    assert first.fetched == second.known
    assert second.fetched == {}
    assert web.paths() == ["/robots.txt", "/page", "/page"]


def test_nothing_inside_is_asked_unless_its_network_is_allowed(web: Web, settings: Settings) -> None:
    closed = settings.but(collect=Collect())

    for host in ("127.0.1.1", "localhost", "2130706433", "0x7f.0.1.1", "[::ffff:127.0.1.1]", "0.0.0.0"):
        outcome, said = reason(closed, f"http://{host}:{web.port}/feed")
        assert outcome is Outcome.NOT_ALLOWED, (host, said)
    assert web.asked == []


def test_a_redirect_leads_nowhere_that_may_not_be_asked(web: Web, settings: Settings) -> None:
    web.pages["/feed"] = Reply(status=302, headers={"Location": "http://127.0.2.9:1/secret"})

    assert reason(settings, web.url("/feed"))[1].startswith(
        f"{web.url('/feed')}: 127.0.2.9 is not in the public internet"
    )


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.1.1/x", "data:text/xml,<rss/>"])
def test_a_redirect_away_from_the_web_is_not_followed(web: Web, settings: Settings, location: str) -> None:
    web.pages["/feed"] = Reply(status=302, headers={"Location": location})

    (found,) = answers(settings.collect, [web.url("/feed")])

    assert isinstance(found, NoAnswer) or (found.status, found.body) == (302, b"")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.1.1/x", "data:,x", "http://", "nonsense"])
def test_only_web_addresses_are_asked(settings: Settings, url: str) -> None:
    assert reason(settings, url)[0] in (Outcome.NOT_ALLOWED, Outcome.UNREACHABLE)


def test_a_redirect_is_followed_and_the_last_address_is_told(web: Web, settings: Settings) -> None:
    web.pages |= {"/old": Reply(status=301, headers={"Location": "/new"}), "/new": Reply(b"here")}

    assert answer(settings, web.url("/old")).url == web.url("/new")


def test_a_redirect_loop_ends_after_six_requests(web: Web, settings: Settings) -> None:
    web.pages["/loop"] = Reply(status=302, headers={"Location": "/loop"})

    outcome, said = reason(settings, web.url("/loop"))

    assert outcome is Outcome.HTTP_ERROR
    assert "redirects more than 5 times" in said
    assert len(web.asked) == 6


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"x" * 600_000),
        Reply(endless=b"x" * 65_536),
        Reply(gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"}),
    ],
    ids=["announced", "endless", "packed"],
)
def test_an_answer_that_is_too_large_is_not_kept(web: Web, settings: Settings, reply: Reply) -> None:
    web.pages["/feed"] = reply

    assert reason(settings, web.url("/feed"))[0] is Outcome.TOO_LARGE


def test_an_answer_that_takes_too_long_is_given_up_and_the_others_arrive(web: Web, settings: Settings) -> None:
    never = threading.Event()
    web.pages |= {"/slow": Reply(wait=never), "/feed": Reply(b"bytes")}
    hasty = Collect(**{**settings.collect.model_dump(), "timeout_seconds": 1})

    slow, good = answers(hasty, [web.url("/slow"), web.url("/feed", "127.0.1.2")])
    never.set()

    assert isinstance(slow, NoAnswer)
    assert slow.outcome is Outcome.TIMEOUT
    assert isinstance(good, Answer)


def test_a_server_that_is_not_there_is_named_unreachable(settings: Settings) -> None:
    assert reason(settings, "http://127.0.1.200:1/") == (
        Outcome.UNREACHABLE,
        "http://127.0.1.200:1/: no server answers there (connection refused)",
    )


def test_a_name_that_does_not_exist_is_named_unreachable(settings: Settings) -> None:
    outcome, said = reason(settings, "https://feeds.invalid/rss.xml")

    assert outcome is Outcome.UNREACHABLE
    assert "this host name is not known" in said


def test_a_host_is_asked_once_at_a_time_with_the_pause_between(web: Web, settings: Settings) -> None:
    web.pages["/feed"] = Reply(b"bytes")
    pausing = Collect(**{**settings.collect.model_dump(), "per_host_delay_seconds": 0.3})

    answers(pausing, [web.url("/feed", host) for host in web.hosts for _ in range(3)])

    assert set(web.most_at_once.values()) == {1}
    for host in web.hosts:
        starts = [asked.at for asked in web.asked if asked.host == host]
        assert min(later - earlier for earlier, later in pairwise(starts)) > 0.2


def test_a_host_is_asked_once_at_a_time_even_without_pauses(web: Web, settings: Settings) -> None:
    web.pages["/feed"] = Reply(b"bytes")
    hasty = Collect(**{**settings.collect.model_dump(), "per_host_delay_seconds": 0})

    answers(hasty, [web.url("/feed")] * 20)

    assert web.most_at_once == {"127.0.1.1": 1}


def test_a_page_that_robots_txt_forbids_is_not_asked(web: Web, settings: Settings) -> None:
    web.pages |= {"/robots.txt": Reply(f"User-agent: {ROBOT}\nDisallow: /private".encode()), "/public": Reply(b"here")}

    outcome, said = reason(settings, web.url("/private/page"), robots=True)

    assert outcome is Outcome.NOT_ALLOWED
    assert "robots.txt" in said
    assert answer(settings, web.url("/public"), robots=True).body == b"here"
    assert "/private/page" not in web.paths()


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (500, False), (503, False)])
def test_without_robots_txt_all_is_allowed_and_with_a_broken_server_nothing_is(
    web: Web, settings: Settings, status: int, allowed: bool
) -> None:
    web.pages |= {"/robots.txt": Reply(b"User-agent: *\nDisallow: /", status), "/page": Reply(b"here")}

    (found,) = answers(settings.collect, [web.url("/page")], robots=True)

    assert isinstance(found, Answer) is allowed


def test_robots_txt_is_not_asked_for_by_who_does_not_obey_it(web: Web, settings: Settings) -> None:
    web.pages["/feed"] = Reply(b"bytes")

    answer(settings, web.url("/feed"))

    assert web.paths() == ["/feed"]


def test_a_redirect_to_a_page_that_robots_txt_forbids_is_not_followed(web: Web, settings: Settings) -> None:
    web.pages |= {
        "/robots.txt": Reply(b"User-agent: *\nDisallow: /private"),
        "/page": Reply(status=302, headers={"Location": "/private"}),
    }

    assert reason(settings, web.url("/page"), robots=True)[0] is Outcome.NOT_ALLOWED
    assert "/private" not in web.paths()


def test_a_robots_txt_that_leads_inside_is_not_asked_and_the_page_neither(web: Web, settings: Settings) -> None:
    web.pages["/robots.txt"] = Reply(status=302, headers={"Location": "http://127.0.2.9:1/robots.txt"})
    web.pages["/page"] = Reply(b"here")

    assert reason(settings, web.url("/page"), robots=True)[0] is Outcome.NOT_ALLOWED
    assert web.paths() == ["/robots.txt"]


def test_a_host_that_does_not_give_its_robots_txt_is_waited_for_once(web: Web, settings: Settings) -> None:
    never = threading.Event()
    web.pages |= {"/robots.txt": Reply(wait=never), "/page": Reply(b"here")}
    hasty = settings.but(collect={**settings.collect.model_dump(), "timeout_seconds": 1})

    outcome, _ = reason(hasty, web.url("/page"), robots=True)
    never.set()

    assert outcome is Outcome.TIMEOUT
    assert web.paths() == ["/robots.txt"]


def test_a_crawl_delay_is_kept(web: Web, settings: Settings) -> None:
    web.pages |= {"/robots.txt": Reply(b"User-agent: *\nCrawl-delay: 0.3"), "/page": Reply(b"here")}

    answers(settings.collect, [web.url("/page")] * 3, robots=True)

    _, *starts = [asked.at for asked in web.asked]
    assert min(later - earlier for earlier, later in pairwise(starts)) > 0.25


def test_what_the_work_raises_comes_out(settings: Settings) -> None:
    async def work(_: Get) -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        asyncio.run(fetching(settings.collect, "a@b.example", work))


def test_a_certificate_of_its_own_making_is_refused(tmp_path: Path, settings: Settings) -> None:
    import datetime
    import http.server
    import ssl
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    start = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.1.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    (tmp_path / "both.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    server = http.server.HTTPServer(("127.0.1.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    outcome, said = reason(settings, f"https://127.0.1.1:{server.server_address[1]}/")
    server.shutdown()
    server.server_close()

    assert outcome is Outcome.UNREACHABLE
    assert "certificate cannot be trusted" in said
