from __future__ import annotations

import gzip
from datetime import UTC, datetime
from html import escape

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from collectors.page import read_listing
from collectors.round import collect
from collectors.sitemap import is_sitemap, read_sitemap
from tests.collectors.conftest import Reply, Waits, Web, article_of, page_at
from tests.makers import HOUR, NOW
from tracker.errors import BadPage
from tracker.model import Fetch, Listing, Outcome, Source
from tracker.settings import Settings
from tracker.store import Store

URL = "https://ministry.example/sitemap.xml"
SITE = "https://ministry.example"
SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def mapped(*pages: tuple[str, str | None], more: str = "") -> bytes:
    """A sitemap of these addresses, each with when it changed."""
    urls = "".join(
        f"<url><loc>{escape(url)}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</url>"
        for url, changed in pages
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {SPACES}>{urls}{more}</urlset>'.encode()


def index_of(*children: tuple[str, str | None]) -> bytes:
    maps = "".join(
        f"<sitemap><loc>{url}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</sitemap>"
        for url, changed in children
    )
    return f"<sitemapindex {SPACES}>{maps}</sitemapindex>".encode()


def news(url: str, title: str, date: str, language: str = "fr") -> str:
    return (
        f"<url><loc>{url}</loc><news:news><news:publication><news:name>N</news:name><news:language>{language}"
        f"</news:language></news:publication><news:publication_date>{date}</news:publication_date>"
        f"<news:title>{title}</news:title></news:news></url>"
    )


def one(store: Store, settings: Settings, source: Source, later: int = 0) -> Fetch:
    store.register([source])
    (fetch,) = collect(store, settings, lambda: NOW + later * HOUR, [source.id], wait=Waits())
    return fetch


def test_the_newest_pages_come_first_and_those_without_a_date_last_in_their_order() -> None:
    body = mapped(
        (f"{SITE}/news/a-b-c", None),
        (f"{SITE}/news/old-old-old", "2020-03"),
        (f"{SITE}/news/new-new-new", "2020-05-01T10:00:00+02:00"),
        (f"{SITE}/news/d-e-f", None),
    )

    links = read_listing(body, URL, Listing()).links

    assert [link.rpartition("/")[2] for link in links] == ["new-new-new", "old-old-old", "a-b-c", "d-e-f"]


def test_pages_that_are_no_articles_other_sites_and_pictures_are_left_out() -> None:
    inside = f"<image:image><image:loc>{SITE}/i.jpg</image:loc></image:image>"
    picture = f"<url><loc>{SITE}/news/one-two-three</loc>{inside}</url>"
    body = mapped(
        (f"{SITE}/", None), (f"{SITE}/contact", None), ("https://other.example/news/a-b-c", None), more=picture
    )

    assert read_listing(body, URL, Listing()).links == (f"{SITE}/news/one-two-three",)


@pytest.mark.parametrize(
    "selector", ["//loc[contains(., '/press/')]", "//url[contains(loc, '/press/')]", "//url[1]/loc/text()"]
)
def test_a_selector_chooses_among_the_pages_of_a_sitemap(selector: str) -> None:
    body = mapped((f"{SITE}/press/1", None), (f"{SITE}/news/a-b-c", None))

    assert read_listing(body, URL, Listing(links=selector)).links == (f"{SITE}/press/1",)


def test_a_selector_that_cannot_be_read_is_named() -> None:
    with pytest.raises(BadPage, match="cannot be read"):
        read_listing(mapped((f"{SITE}/a", None)), URL, Listing(links="//loc["))


def test_a_news_sitemap_says_title_date_and_language() -> None:
    listing = read_listing(mapped(more=news(f"{SITE}/1", "Des refuges", "2020-04-06T10:00:00-04:00")), URL, Listing())

    said = listing.news[f"{SITE}/1"]
    assert (said.title, said.published, said.language) == ("Des refuges", datetime(2020, 4, 6, 14, tzinfo=UTC), "fr")


def test_an_index_gives_its_sitemaps_newest_first() -> None:
    body = index_of((f"{SITE}/s1.xml", "2020-01-01"), (f"{SITE}/s2.xml.gz", "2020-05-01"))

    assert read_listing(body, URL, Listing()).children == (f"{SITE}/s2.xml.gz", f"{SITE}/s1.xml")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (gzip.compress(mapped((f"{SITE}/news/a-b-c", None))), "application/x-gzip"),
        (f"{SITE}/news/a-b-c\n{SITE}/news/d-e-f\n".encode(), "text/plain"),
        (
            b'<urlset xmlns="http://www.google.com/schemas/sitemap/0.84"><url><loc>/news/a-b-c</loc></url></urlset>',
            None,
        ),
        (b"<urlset><url><loc>\n  https://ministry.example/news/a-b-c\n</loc></url></urlset>", "text/xml"),
        (mapped((f"{SITE}/news/a-b-c", None))[:-14], None),
        ("\ufeff<!-- made by hand --><urlset><url><loc>/news/a-b-c</loc></url></urlset>".encode(), None),
    ],
    ids=["packed", "plain list", "older namespace", "no namespace", "cut short", "comment first"],
)
def test_sitemaps_of_every_kind_are_known_by_their_content(body: bytes, content_type: str | None) -> None:
    assert is_sitemap(body, content_type)
    assert f"{SITE}/news/a-b-c" in read_listing(body, URL, Listing(), content_type).links


def test_a_page_that_shows_a_sitemap_is_no_sitemap() -> None:
    assert not is_sitemap(b"<html><body><pre>&lt;urlset&gt;</pre></body></html>", "text/html")
    assert not is_sitemap(b"words", "text/plain")


def test_entities_are_not_expanded() -> None:
    bomb = (
        b'<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        b"<urlset><url><loc>https://ministry.example/news/&b;&f;</loc></url>"
        b"<url><loc>https://ministry.example/news/a-b-c</loc></url></urlset>"
    )

    pages = read_sitemap(bomb, URL).pages

    assert f"{SITE}/news/a-b-c" in [page.url for page in pages]
    assert not any("aaaa" in page.url or "root:" in page.url for page in pages)


def test_a_packed_sitemap_that_unpacks_without_end_is_given_up() -> None:
    with pytest.raises(BadPage, match="larger than a sitemap may be"):
        read_sitemap(gzip.compress(b"<urlset>" + b" " * 51_000_000), URL)


def test_only_the_newest_of_many_pages_are_taken() -> None:
    body = mapped(*((f"{SITE}/news/a-b-{number}", f"{2000 + number % 20}-01-01") for number in range(2000)))

    pages = read_sitemap(body, URL).pages

    assert len(pages) == 500
    assert {page.changed.year for page in pages if page.changed} == {2015, 2016, 2017, 2018, 2019}


@given(st.binary(max_size=300))
@hypothesis_settings(deadline=None, max_examples=60)
def test_any_bytes_give_pages_or_a_named_refusal(body: bytes) -> None:
    try:
        read_sitemap(b"<urlset><url><loc>" + body, URL).model_dump_json()
    except BadPage:
        return


# ------------------------------------------------------------------------------------------------------ in a round


def test_a_sitemap_is_collected_like_a_listing(web: Web, settings: Settings, sqlite_store: Store) -> None:
    web.pages["/sitemap.xml"] = Reply(
        mapped(more=news(web.url("/1"), "Said by the map", "2020-04-06T10:00:00Z", "en")),
        headers={"Content-Type": "application/xml"},
    )
    web.pages["/1"] = Reply(article_of("Shelters open"))
    source = page_at(web.url("/sitemap.xml"))

    first, second = one(sqlite_store, settings, source), one(sqlite_store, settings, source, later=1)

    assert (first.outcome, first.new) == (Outcome.OK, 1)
    assert second.outcome is Outcome.UNCHANGED


def test_an_index_is_followed_to_its_newest_sitemaps_alone(web: Web, settings: Settings, sqlite_store: Store) -> None:
    web.pages["/index.xml"] = Reply(index_of(*((web.url(f"/s{n}.xml.gz"), f"2020-01-{n:02}") for n in range(1, 10))))
    for number in range(1, 10):
        body = gzip.compress(mapped((web.url(f"/news/a-b-{number}"), None)))
        web.pages[f"/s{number}.xml.gz"] = Reply(body, headers={"Content-Type": "application/x-gzip"})
        web.pages[f"/news/a-b-{number}"] = Reply(article_of(f"Number {number}"))

    fetch = one(sqlite_store, settings, page_at(web.url("/index.xml")))

    assert [path for path in web.paths() if path.endswith(".gz")] == [f"/s{n}.xml.gz" for n in (9, 8, 7, 6, 5)]
    assert (fetch.outcome, fetch.new) == (Outcome.OK, 5)


def test_an_index_without_dates_is_read_again_although_its_bytes_are_the_same(
    web: Web, settings: Settings, sqlite_store: Store
) -> None:
    web.pages["/index.xml"] = Reply(index_of((web.url("/s.xml"), None)))
    web.pages["/s.xml"] = Reply(mapped((web.url("/news/a-b-1"), None)))
    for number in (1, 2):
        web.pages[f"/news/a-b-{number}"] = Reply(article_of(f"Number {number}"))
    source = page_at(web.url("/index.xml"))
    one(sqlite_store, settings, source)
    web.pages["/s.xml"] = Reply(mapped((web.url("/news/a-b-1"), None), (web.url("/news/a-b-2"), None)))

    assert one(sqlite_store, settings, source, later=1).new == 1


def test_a_news_sitemap_completes_what_the_article_does_not_say(
    web: Web, settings: Settings, sqlite_store: Store
) -> None:
    body = article_of("T").replace(b"<title>T</title>", b"").replace(b"<h1>T</h1>", b"").replace(b' lang="en"', b"")
    web.pages["/n.xml"] = Reply(mapped(more=news(web.url("/1"), "Des refuges", "2020-04-06T10:00:00Z")))
    web.pages["/1"] = Reply(body)

    one(sqlite_store, settings, page_at(web.url("/n.xml")))

    item = sqlite_store.item(1, NOW).item
    assert (item.published_at, item.published_origin) == (datetime(2020, 4, 6, 10, tzinfo=UTC), "feed")
    assert (item.title, item.declared_language) == ("Des refuges", "fr")
