from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from collectors.filling import Filled, fill, older_page
from collectors.round import collect
from tests.collectors.conftest import Asked, Reply, Waits, Web, article_of, feed_at, page_at
from tests.collectors.test_sitemap import index_of, mapped
from tests.makers import NOW
from tracker.errors import NotFound
from tracker.model import Source
from tracker.settings import Settings
from tracker.store import Store

SINCE = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def archive(web: Web, entries: int = 60, window: int = 20, path: str = "/feed") -> None:
    """A feed with RFC 5005 archives: 20 entries a document, each a week older than the one before."""

    def page(asked: Asked) -> Reply:
        number = int(parse_qs(urlsplit(asked.path).query).get("archive", ["0"])[0])
        items = "".join(
            f"<item><title>Entry {n}</title><link>https://news.example/{n}</link>"
            f"<pubDate>{NOW - n * timedelta(weeks=1):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
            for n in range(number * window, min((number + 1) * window, entries))
        )
        older = f'<atom:link rel="prev-archive" href="{path}?archive={number + 1}"/>'
        more = older if (number + 1) * window < entries else ""
        xml = f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>N</title>{more}{items}'
        return Reply(f"{xml}</channel></rss>".encode())

    for number in range(entries // window + 1):
        web.pages[f"{path}?archive={number}"] = page
    web.pages[path] = page


def filled(store: Store, settings: Settings, source: Source, since: datetime | None = None, pages: int = 500) -> Filled:
    store.register([source])
    return fill(store, settings, lambda: NOW, source.id, since, pages=pages)


def items(store: Store, id: str) -> int:
    return store.source_counts(NOW)[id][2]


def test_the_archives_of_a_feed_are_read_to_the_last_entry(web: Web, settings: Settings, store: Store) -> None:
    archive(web)

    done = filled(store, settings, feed_at(web.url("/feed")))

    assert (done.new, done.pages, done.done) == (60, 3, True)
    assert items(store, "news") == 60
    assert store.filling("news") is None


def test_what_was_collected_before_stays_as_it_is(web: Web, settings: Settings, store: Store) -> None:
    archive(web)
    source = feed_at(web.url("/feed"))
    store.register([source])
    collect(store, settings, lambda: NOW, [source.id], wait=Waits())

    done = filled(store, settings, source)

    assert (done.new, done.known, items(store, "news")) == (40, 20, 60)
    assert all(store.item(id, NOW).item.version == 1 for id in range(1, 61))


def test_a_filling_that_was_left_goes_on_from_there(web: Web, settings: Settings, store: Store) -> None:
    archive(web)
    source = feed_at(web.url("/feed"))
    first = filled(store, settings, source, pages=1)
    asked = len(web.asked)

    second = filled(store, settings, source)

    assert (first.new, first.done, second.new, second.done) == (20, False, 40, True)
    assert "goes on from here" in first.ended
    assert web.paths()[asked:] == ["/feed?archive=1", "/feed?archive=2"]


def test_a_server_in_trouble_loses_nothing(web: Web, settings: Settings, store: Store) -> None:
    archive(web)
    source = feed_at(web.url("/feed"))
    page = web.pages["/feed?archive=1"]
    web.pages["/feed?archive=1"] = Reply(status=503)
    first = filled(store, settings, source)
    web.pages["/feed?archive=1"] = page

    second = filled(store, settings, source)

    assert (first.new, first.done, second.new, second.done) == (20, False, 40, True)
    assert "answered 503" in first.ended


def test_nothing_older_than_wanted_is_taken_in(web: Web, settings: Settings, store: Store) -> None:
    archive(web, entries=400)
    source = feed_at(web.url("/feed"))

    done = filled(store, settings, source, since=NOW - 24.5 * timedelta(weeks=1))

    assert (done.new, done.pages, done.done) == (25, 3, True)
    assert "older than" in done.ended


def test_an_earlier_filling_is_known_ground(web: Web, settings: Settings, store: Store) -> None:
    archive(web, entries=200)
    source = feed_at(web.url("/feed"))
    filled(store, settings, source)
    archive(web, entries=200, path="/again")
    new = feed_at(web.url("/new"), id="other")
    body = b"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><title>N</title><a:link rel='next' "
    body += b"href='/again'/><item><title>New</title><link>https://news.example/new</link></item></channel></rss>"
    web.pages["/new"] = Reply(body)

    done = filled(store, settings, new)

    assert (done.new, done.pages, done.ended) == (1, 3, "known ground")


def test_archives_that_lead_in_a_circle_end(web: Web, settings: Settings, store: Store) -> None:
    archive(web, entries=40)
    first = web.pages["/feed"]
    assert callable(first)
    web.pages["/feed?archive=1"] = lambda _: first(Asked("", "/feed", {}, 0))

    assert filled(store, settings, feed_at(web.url("/feed"))).done


def test_wordpress_feeds_go_back_by_number_until_there_is_nothing(web: Web, settings: Settings, store: Store) -> None:
    def page(number: int) -> Reply:
        generator = "<generator>https://wordpress.org/?v=6.8</generator>"
        item = f"<item><title>Post {number}</title><link>https://news.example/{number}</link></item>"
        return Reply(f'<rss version="2.0"><channel><title>N</title>{generator}{item}</channel></rss>'.encode())

    web.pages |= {"/feed/": page(1), "/feed/?paged=2": page(2), "/feed/?paged=3": page(3)}

    done = filled(store, settings, feed_at(web.url("/feed/")))

    assert (done.new, done.done, done.ended) == (3, True, "the history ends here")
    assert web.paths()[-1] == "/feed/?paged=4"


def test_a_listing_is_followed_beyond_the_pages_of_a_round(web: Web, settings: Settings, store: Store) -> None:
    for number in range(1, 5):
        more = f"<a class=next href=/list?p={number + 1}>older</a>" if number < 4 else ""
        body = f"<html><body><ul><li><a href=/a{number}>{number}</a></ul>{more}</body></html>".encode()
        web.pages["/list" if number == 1 else f"/list?p={number}"] = Reply(body)
        web.pages[f"/a{number}"] = Reply(article_of(f"Number {number}"))

    done = filled(store, settings, page_at(web.url("/list"), listing={"links": "li a", "next": "a.next"}))

    assert (done.new, done.pages, done.done) == (4, 4, True)
    assert len(store.kept_copies(1)) == 1


def test_a_sitemap_is_read_whole_but_for_what_is_too_old(web: Web, settings: Settings, store: Store) -> None:
    web.pages["/index.xml"] = Reply(
        index_of((web.url("/s1.xml"), "2019-01-01"), (web.url("/s2.xml"), "2020-05-01"), (web.url("/s3.xml"), None))
    )
    web.pages["/s2.xml"] = Reply(mapped((web.url("/news/a-b-1"), "2020-04-01"), (web.url("/news/a-b-2"), "2019-04-01")))
    web.pages["/s3.xml"] = Reply(mapped((web.url("/news/a-b-3"), None)))
    for number in (1, 2, 3):
        web.pages[f"/news/a-b-{number}"] = Reply(article_of(f"Number {number}"))

    done = filled(store, settings, page_at(web.url("/index.xml")), since=SINCE)

    assert (done.new, done.done) == (2, True)
    assert not {"/s1.xml", "/news/a-b-2"} & set(web.paths())


def test_a_feed_without_a_history_says_so(web: Web, settings: Settings, store: Store) -> None:
    archive(web, entries=5)

    assert filled(store, settings, feed_at(web.url("/feed"))).ended == "nothing older is offered"


def test_an_unknown_source_is_named(settings: Settings, store: Store) -> None:
    with pytest.raises(NotFound, match="there is no source 'nobody'"):
        fill(store, settings, lambda: NOW, "nobody")


@pytest.mark.parametrize(
    ("body", "address"),
    [
        (b'<feed><link rel="next" href="?page=2&amp;x=1"/></feed>', "https://a.example/f?page=2&x=1"),
        (b'<feed><link rel="next" href="/n"/><link href="/p" rel="prev-archive"/></feed>', "https://a.example/p"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "next_url": "/2", "items": []}', "https://a.example/2"),
        (b'<feed><link rel="self" href="/f"/></feed>', None),
        (b'<feed><link rel="next" href="javascript:1"/></feed>', None),
        (b"{", None),
    ],
)
def test_where_a_feed_goes_on_into_the_past(body: bytes, address: str | None) -> None:
    assert older_page(body, "https://a.example/f") == address
