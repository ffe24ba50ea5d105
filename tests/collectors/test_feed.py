from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.feed import ReadFeed, date_in_words, read_feed
from tests.collectors.conftest import SAMPLES, feed_of
from tracker.errors import BadFeed

FEEDS = SAMPLES / "feeds"


def read(name: str, url: str = "https://shelters.example/feed/rss.xml", content_type: str | None = None) -> ReadFeed:
    return read_feed((FEEDS / name).read_bytes(), url, content_type)


def test_an_entry_says_what_the_feed_says_as_plain_text() -> None:
    first = read("rss-shelters.xml").entries[0]

    assert first.title == "New rooms for families, open day and night"
    assert first.summary == "Sixty rooms & two kitchens."
    assert first.text == "Sixty rooms opened.\nTwo kitchens follow."
    assert first.author == "Ana Lee"
    assert first.guid == "shelter-1"
    assert first.language == "en-gb"


def test_links_are_absolute_and_keep_their_parameters() -> None:
    assert read("rss-shelters.xml").entries[0].url == "https://shelters.example/news/new-rooms?utm_source=rss"


def test_a_link_that_is_no_web_address_gives_way_to_a_guid_that_is_one() -> None:
    assert read("rss-shelters.xml").entries[1].url == "https://shelters.example/news/helpline"


def test_a_title_that_was_escaped_twice_is_resolved() -> None:
    assert read("rss-shelters.xml").entries[1].title == "Q&A on the helpline"


def test_times_are_utc_and_a_bare_day_is_midnight() -> None:
    first, second = read("rss-shelters.xml").entries

    assert first.published == datetime(2020, 4, 6, 8, 30, tzinfo=UTC)
    assert second.published == datetime(2020, 4, 7, tzinfo=UTC)
    assert first.published_origin == "feed"


def test_an_atom_entry_has_its_own_language_else_that_of_the_feed() -> None:
    feed = read("atom-two-languages.xml")

    assert [entry.language for entry in feed.entries] == ["fr", "es"]


def test_credentials_in_a_link_are_dropped() -> None:
    assert read("atom-two-languages.xml").entries[0].url == "https://ecoute.example/1"


def test_an_atom_entry_keeps_publication_and_update_apart() -> None:
    first, second = read("atom-two-languages.xml").entries

    assert (first.published, first.updated) == (
        datetime(2020, 5, 1, 12, tzinfo=UTC),
        datetime(2020, 5, 2, 8, tzinfo=UTC),
    )
    assert second.published == second.updated, "its only date is its date"


def test_xhtml_content_becomes_paragraphs() -> None:
    assert read("atom-two-languages.xml").entries[1].text == "Abierta\nsiempre"


def test_the_date_of_an_rdf_item_is_found() -> None:
    assert read("rdf-only-dc-date.xml").entries[0].published == datetime(2020, 3, 30, 9, tzinfo=UTC)


def test_french_and_spanish_dates_are_read_and_nothing_is_guessed() -> None:
    french, spanish, nonsense, relative = read("rss-dates-in-words.xml").entries

    assert french.published == datetime(2020, 4, 6, 10, 30, tzinfo=UTC)
    assert spanish.published == datetime(2020, 4, 7, tzinfo=UTC)
    assert nonsense.published is None
    assert relative.published is None


@pytest.mark.parametrize("written", ["6 avril", "2020", "12:30", "hier", "", "31 février 2020"])
def test_a_date_without_day_month_and_year_is_no_date(written: str) -> None:
    assert date_in_words(written) is None


def test_a_feed_that_is_cut_off_gives_its_whole_entries_and_says_where_it_broke() -> None:
    feed = read("rss-cut-off.xml")

    assert [entry.title for entry in feed.entries[:2]] == ["First", "Second"]
    assert "malformed at line 2" in feed.hints[0]


def test_a_json_feed_is_read_and_a_bad_entry_does_not_cost_its_neighbours() -> None:
    feed = read("json-feed.json")

    first, second = feed.entries
    assert (first.guid, first.url, first.author) == ("7", "https://fund.example/7", "Ana Lee")
    assert first.text == "Ten million.\nFor all."
    assert first.published == datetime(2020, 4, 6, 14, 30, tzinfo=UTC)
    assert (second.url, second.published) == ("https://fund.example/8", datetime(2020, 4, 8, tzinfo=UTC))
    assert feed.refused == ("entry 2: is no object",)


def test_a_web_page_is_refused_naming_the_feeds_that_it_offers() -> None:
    with pytest.raises(BadFeed, match=r"is a web page, not a feed; it offers https://ministry\.example/news/rss\.xml"):
        read("page-instead-of-feed.html", "https://ministry.example/feed")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"hello", "is no feed"),
        (b'{"a": 1}', "no JSON Feed"),
        (b'{"version": ', "no JSON"),
        (b"\x1f\x8b\x08\x00", "is no feed"),
        (b"<html><body>Gone</body></html>", "is a web page"),
    ],
)
def test_what_is_no_feed_is_refused_in_words(body: bytes, reason: str) -> None:
    with pytest.raises(BadFeed, match=reason):
        read_feed(body, "https://example.org/feed")


def test_a_feed_without_entries_is_no_error() -> None:
    assert read_feed(feed_of(), "https://example.org/feed").entries == ()


def test_a_body_that_looks_like_a_path_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(feed_of("secret"))

    with pytest.raises(BadFeed):
        read_feed(str(secret).encode(), "https://example.org/feed")


@pytest.mark.parametrize(
    ("charset", "title"), [("iso-8859-1", "Été"), ("utf-16", "Été"), ("windows-1256", "مأوى"), ("utf-8", "Año")]
)
def test_the_charset_of_the_http_header_is_used(charset: str, title: str) -> None:
    body = f"<rss version='2.0'><channel><item><title>{title}</title></item></channel></rss>".encode(charset)

    assert read_feed(body, "https://e.org/", f"application/rss+xml; charset={charset}").entries[0].title == title


def test_a_lone_surrogate_does_not_cost_the_feed() -> None:
    body = feed_of("a&#xD800;b", "c&#56320;d")

    feed = read_feed(body, "https://example.org/feed")

    assert [entry.title for entry in feed.entries] == ["a\ufffdb", "c\ufffdd"]
    assert feed.model_dump_json()


def test_entities_are_neither_expanded_without_end_nor_loaded() -> None:
    bomb = b"<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
        b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(8)
    )
    body = bomb + b"<!ENTITY x SYSTEM 'file:///etc/hostname'>]>" + feed_of("&i;&x;t")

    feed = read_feed(body, "https://example.org/feed")

    assert len(feed.model_dump_json()) < 10_000


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_give_a_feed_or_a_named_refusal(body: bytes) -> None:
    try:
        read_feed(body, "https://example.org/feed").model_dump_json()
    except BadFeed:
        return


@given(st.integers(0, 1000), st.binary(max_size=20))
@settings(deadline=None)
def test_a_damaged_feed_gives_a_feed_or_a_named_refusal(at: int, damage: bytes) -> None:
    body = (FEEDS / "rss-shelters.xml").read_bytes()

    try:
        read_feed(body[:at] + damage + body[at + len(damage) :], "https://example.org/feed").model_dump_json()
    except BadFeed:
        return


def large(entries: int, *, ends: str = "</channel></rss>", root: str = '<rss version="2.0">') -> bytes:
    """A feed of more than a megabyte."""
    items = "".join(
        f"<item><title>{n} {'x' * 400}</title><link>https://many.example/{n}</link></item>" for n in range(entries)
    )
    return f"{root}<channel><title>Many</title>{items}{ends}".encode()


@pytest.mark.parametrize("quick", [True, False])
def test_of_a_large_feed_the_first_entries_are_read_and_all_are_counted(quick: bool) -> None:
    feed = read_feed(large(2500), "https://many.example/feed", quick=quick)

    assert [entry.url for entry in feed.entries] == [f"https://many.example/{n}" for n in range(2000)]
    assert feed.hints == ("has 2500 entries; the first 2000 were read",)
    assert feed.title == "Many"


def test_a_large_feed_that_is_not_well_formed_is_read_as_far_as_it_goes() -> None:
    feed = read_feed(large(2500, ends="<item><title>Last"), "https://many.example/feed")

    assert len(feed.entries) == 2000


def test_a_large_feed_in_two_byte_letters_is_read() -> None:
    body = large(2100, root='<?xml version="1.0" encoding="utf-16"?><rss version="2.0">').decode().encode("utf-16")

    feed = read_feed(body, "https://many.example/feed")

    assert len(feed.entries) == 2000
    assert feed.hints == ("has 2100 entries; the first 2000 were read",)


def test_a_feed_whose_elements_stand_too_deep_is_given_up_at_once() -> None:
    deep = b'<rss version="2.0"><channel><item><title>' + b"<a>" * 400_000

    with pytest.raises(BadFeed, match="more than 200 deep"):
        read_feed(deep, "https://deep.example/feed")
