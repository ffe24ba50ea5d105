"""Whole texts of feed entries: rules of a visit, tried in rounds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from collectors.round import collect
from tests.collectors.conftest import Asked, Reply, Waits, Web, article_of, feed_at
from tests.makers import HOUR, NOW
from tracker.model import Fetch, Outcome, Source
from tracker.settings import Settings
from tracker.store import Store

WHOLE = "a helpline answers in nine languages"


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def feed(web: Web, *names: str, updated: str = "") -> bytes:
    """A feed of summaries, each entry at its page."""
    entries = "".join(
        f"<entry><title>{name}</title><id>urn:{name}</id><link href='{web.url('/' + name)}'/>"
        f"<summary>Short {name}{updated}</summary>{f'<updated>{updated}</updated>' if updated else ''}</entry>"
        for name in names
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{entries}</feed>'.encode()


def one(store: Store, settings: Settings, source: Source, later: int = 0) -> Fetch:
    store.register([source])
    (fetch,) = collect(store, settings, lambda: NOW + later * HOUR, [source.id], wait=Waits())
    return fetch


def source_of(web: Web) -> Source:
    return feed_at(web.url("/feed"), full_text=True)


def text(store: Store, id: int = 1) -> str:
    return store.item(id, NOW).item.text


def test_a_new_entry_has_the_text_of_its_page_and_the_page_is_kept_as_evidence(
    web: Web, settings: Settings, store: Store
) -> None:
    web.pages |= {"/feed": Reply(feed(web, "a")), "/a": Reply(article_of("a"))}

    fetch = one(store, settings, source_of(web))

    assert (fetch.outcome, fetch.new) == (Outcome.OK, 1)
    assert WHOLE in text(store)
    assert store.item(1, NOW).item.summary == "Short a"
    assert [copy.url for copy in store.kept_copies(1)] == [web.url("/a")]


def test_its_page_is_not_asked_for_again_and_the_whole_text_stays(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {"/feed": Reply(feed(web, "a")), "/a": Reply(article_of("a")), "/b": Reply(article_of("b"))}
    one(store, settings, source_of(web))
    web.pages["/feed"] = Reply(feed(web, "a", "b"))

    fetch = one(store, settings, source_of(web), later=1)

    assert (fetch.new, fetch.changed) == (1, 0)
    assert web.paths().count("/a") == 1
    assert WHOLE in text(store)


def test_an_entry_that_the_feed_calls_updated_is_fetched_once_more(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {"/feed": Reply(feed(web, "a")), "/a": Reply(article_of("a"))}
    one(store, settings, source_of(web))
    web.pages |= {
        "/feed": Reply(feed(web, "a", updated=(NOW + timedelta(minutes=30)).isoformat())),
        "/a": Reply(article_of("a").replace(b"nine languages", b"ten languages")),
    }

    second = one(store, settings, source_of(web), later=1)
    web.pages["/feed"] = Reply(feed(web, "a", updated=(NOW + timedelta(minutes=30)).isoformat()) + b"\n")
    third = one(store, settings, source_of(web), later=2)

    assert (second.changed, third.changed) == (1, 0)
    assert "ten languages" in text(store)
    assert web.paths().count("/a") == 2


@pytest.mark.parametrize(
    "page",
    [
        Reply(status=404),
        Reply(b"<html><body><h1>Log in to continue</h1><p>Log in to continue reading.</p></body></html>"),
        Reply(b"<html><body><p>Short.</p></body></html>"),
    ],
    ids=["not there", "a wall", "shorter than the feed"],
)
def test_without_a_better_page_the_text_of_the_feed_stands(
    page: Reply, web: Web, settings: Settings, store: Store
) -> None:
    web.pages |= {"/feed": Reply(feed(web, "a")), "/a": page}

    fetch = one(store, settings, source_of(web))

    assert (fetch.outcome, fetch.new) == (Outcome.OK, 1)
    item = store.item(1, NOW).item
    assert (item.summary, item.text) == ("Short a", "")


def test_a_wall_before_the_page_is_noted(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {"/feed": Reply(feed(web, "a")), "/a": Reply(b"<html><p>Subscribe to continue reading</p></html>")}

    assert "1 of 1 keep the text of the feed; the first" in one(store, settings, source_of(web)).note


def test_robots_txt_is_obeyed_for_the_pages(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {
        "/robots.txt": Reply(b"User-agent: *\nDisallow: /a"),
        "/feed": Reply(feed(web, "a")),
        "/a": Reply(article_of("a")),
    }

    fetch = one(store, settings, source_of(web))

    assert "/a" not in web.paths()
    assert (fetch.new, "robots.txt" in fetch.note) == (1, True)


def test_entries_beyond_the_cap_wait_for_the_next_round(web: Web, settings: Settings, store: Store) -> None:
    names = [f"entry-{number}" for number in range(33)]
    web.pages["/feed"] = Reply(feed(web, *names))
    for name in names:
        web.pages[f"/{name}"] = Reply(article_of(name))

    first, second = one(store, settings, source_of(web)), one(store, settings, source_of(web), later=1)

    assert (first.new, second.new) == (30, 3)
    assert "3 more entries wait for the next round" in first.note
    assert all(web.paths().count(f"/{name}") == 1 for name in names)


def test_a_feed_that_does_not_say_so_is_read_as_it_is(web: Web, settings: Settings, store: Store) -> None:
    def never(asked: Asked) -> Reply:
        raise AssertionError(asked.path)

    web.pages |= {"/feed": Reply(feed(web, "a")), "/a": never}

    one(store, settings, feed_at(web.url("/feed")))

    assert "/a" not in web.paths()
    assert text(store) == ""
