"""Which feeds a page offers, and which of them is best: real pages and feeds over HTTP on loopback."""

from __future__ import annotations

import pytest

from collectors import trial
from collectors.discover import is_of_comments, offered
from tests.collectors.conftest import Reply, Web, feed_at, feed_of
from tracker.errors import BadInput
from tracker.model import Kind, Outcome
from tracker.settings import Settings

PAGE = "https://a.example/news/"


def head(*links: str) -> bytes:
    return f"<html><head><title>News</title>{''.join(links)}</head><body><p>Hello</p></body></html>".encode()


def link(href: str, kind: str = "application/rss+xml", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" href="{href}">'


DATED = b"""<rss version="2.0"><channel><title>N</title>
<item><title>Dated</title><link>https://n.example/1</link><pubDate>Mon, 04 May 2020 08:00:00 GMT</pubDate></item>
</channel></rss>"""


# ------------------------------------------------------------------------------------------------------ what is named


@pytest.mark.parametrize(
    ("links", "found"),
    [
        ([link("rss.xml")], ["https://a.example/news/rss.xml"]),
        ([link("/atom", "application/atom+xml"), link("//b.example/f", "Application/Feed+JSON; charset=utf-8")],
         ["https://a.example/atom", "https://b.example/f"]),
        ([link("/f", rel="ALTERNATE home")], ["https://a.example/f"]),
        ([link("/f"), link("/f#top"), link("http://www.a.example/f?utm_source=x")], ["https://a.example/f"]),
        (['<base href="https://c.example/x/">', link("f")], ["https://c.example/x/f"]),
        ([link("/fr", "text/html"), link("/style", rel="stylesheet"), link("ftp://a.example/f"), link("")], []),
        ([link("javascript:alert(1)"), link("https://")], []),
        ([link(f"/{n}") for n in range(40)], [f"https://a.example/{n}" for n in range(8)]),
    ],
)  # fmt: skip
def test_a_page_names_its_feeds_in_its_head(links: list[str], found: list[str]) -> None:
    assert offered(head(*links), PAGE) == found


def test_a_server_names_feeds_in_its_header() -> None:
    header = (
        '<https://a.example/style.css>; rel=preload, </f?a=1,2>; rel="alternate"; type="application/rss+xml"; '
        'title="News, and more", <atom>; type=application/atom+xml; rel=alternate, <x>; rel=next'
    )

    assert offered(b"<html></html>", PAGE, header) == ["https://a.example/f?a=1,2", "https://a.example/news/atom"]


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"<?xml version='1.0' encoding='utf-8'?><html/>"])
def test_bytes_that_are_hardly_a_page_offer_nothing(body: bytes) -> None:
    assert offered(body, PAGE) == []


def test_feeds_of_what_readers_write_are_known_by_address_or_title() -> None:
    assert is_of_comments("https://a.example/comments/feed", "")
    assert is_of_comments("https://a.example/f", "Commentaires sur : Une maison")
    assert not is_of_comments("https://a.example/commented-law", "A comma")


# ---------------------------------------------------------------------------------------------------------- a trial


def test_the_feeds_of_a_page_are_asked_and_the_best_comes_first(web: Web, settings: Settings) -> None:
    web.pages |= {
        "/": Reply(head(link("/comments/feed"), link("/undated"), link("/gone"), link("/dated"))),
        "/comments/feed": Reply(DATED),
        "/undated": Reply(feed_of("a", "b", "c")),
        "/dated": Reply(DATED),
        "/feed": Reply(DATED),
    }

    tried = trial.attempt(settings, feed_at(web.url("/")))

    assert [offer.url.rpartition("127.0.1.1")[2].partition("/")[2] for offer in tried.offers] == [
        "dated", "undated", "comments/feed", "gone",
    ]  # fmt: skip
    best, _, comments, gone = tried.offers
    assert (best.entries, best.dated, best.title, best.comments) == (1, 1, "Dated", False)
    assert comments.comments
    assert "answered 404" in gone.problem
    assert tried.source.kind is Kind.PAGE
    assert "/feed" not in web.paths()  # nobody looks where feeds usually are when the page says where


def test_where_a_page_names_no_feed_it_is_looked_for_where_feeds_usually_are(web: Web, settings: Settings) -> None:
    web.pages |= {"/news": Reply(head()), "/atom.xml": Reply(DATED), "/rss": Reply(head())}

    tried = trial.attempt(settings, feed_at(web.url("/news")))

    assert [offer.url for offer in tried.offers] == [web.url("/atom.xml")]


def test_a_feed_offers_nothing_else(web: Web, settings: Settings) -> None:
    web.pages["/feed"] = Reply(feed_of("a"))

    tried = trial.attempt(settings, feed_at(web.url("/feed")))

    assert (tried.fetch.outcome, tried.offers, web.paths()) == (Outcome.OK, (), ["/feed"])


def test_the_offers_stand_in_the_lines_for_a_person(web: Web, settings: Settings) -> None:
    web.pages |= {"/": Reply(head(link("/dated"))), "/dated": Reply(DATED)}

    lines = list(trial.described(trial.attempt(settings, feed_at(web.url("/")))))

    assert f"it offers {web.url('/dated')}: 1 entries, 1 with a date, the newest of 2020-05-04" in lines


def test_an_address_that_cannot_be_a_source_is_refused_by_field() -> None:
    with pytest.raises(BadInput, match="url: "):
        trial.of_address("gopher://a.example/")
    with pytest.raises(BadInput, match=r"listing\.max_pages: "):
        trial.of_address("https://a.example/", listing={"max_pages": 0})
