from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.page import read_article, read_listing
from tests.collectors.conftest import SAMPLES, article_of
from tracker.errors import BadPage
from tracker.model import Article, Listing

PAGES = SAMPLES / "pages"
URL = "https://ministry.example/news"


def sample(name: str) -> bytes:
    return (PAGES / name).read_bytes()


def test_without_selectors_a_listing_gives_the_articles_of_its_site_each_once() -> None:
    listing = read_listing(sample("listing.html"), URL, Listing())

    assert listing.links == (
        "https://ministry.example/news/2020/04/shelters-open-day-and-night?utm_source=home",
        "https://www.ministry.example/news/2020/04/helpline-in-nine-languages",
        "https://ministry.example/files/report-on-shelters-2020.pdf",
    )
    assert listing.next_url is None


@pytest.mark.parametrize(
    "selector", ["ul.news h3 a", "ul.news h3", "//ul[@class='news']//h3/a/@href", "h3 a::attr(href)"]
)
def test_a_selector_names_links_their_places_or_their_addresses(selector: str) -> None:
    assert len(read_listing(sample("listing.html"), URL, Listing(links=selector)).links) == 2


def test_the_next_page_is_found_where_the_selector_says() -> None:
    listing = read_listing(sample("listing.html"), URL, Listing(next="a.next"))

    assert listing.next_url == "https://ministry.example/news?page=2"


def test_a_base_address_is_respected_and_links_that_are_no_web_addresses_are_left_out() -> None:
    body = b"<base href='https://other.example/x/'><h3><a href='a'>a</a><a href='javascript:b'>b</a></h3>"

    assert read_listing(body, URL, Listing(links="h3 a")).links == ("https://other.example/x/a",)


def test_a_listing_without_links_is_empty() -> None:
    assert read_listing(b"<html><body><p>Nothing yet</p></body></html>", URL, Listing()).links == ()


@pytest.mark.parametrize("selector", ["a[", "//a[", "(((", "a::nothing"])
def test_a_selector_that_cannot_be_read_is_named(selector: str) -> None:
    with pytest.raises(BadPage, match=r"the selector .* cannot be read"):
        read_listing(sample("listing.html"), URL, Listing(links=selector))


def test_an_article_gives_its_text_without_the_page_around_it() -> None:
    entry = read_article(sample("article.html"), "https://ministere.example/a")

    assert entry.title == "Des maisons ouvertes jour et nuit"
    assert "Soixante chambres s’ajoutent" in entry.text
    assert "confidentialité" not in entry.text
    assert "Accueil" not in entry.text
    assert (entry.author, entry.site, entry.language) == ("Ana Lee", "Ministère de la Sécurité", "fr-ca")
    assert entry.summary == "Soixante chambres de plus."


def test_a_date_of_the_pages_own_metadata_is_told_from_a_guess() -> None:
    said = read_article(sample("article.html"), "https://ministere.example/a")
    guessed = read_article(sample("article-without-metadata.html"), "https://court.example/a")

    assert (said.published, said.published_origin) == (datetime(2020, 4, 6, 14, 30, tzinfo=UTC), "page")
    assert (guessed.published, guessed.published_origin) == (datetime(2020, 3, 30, tzinfo=UTC), "estimated")


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@graph": [{"datePublished": "2020-04-06"}]}</script>',
        '<script type="application/ld+json">{"datePublished": "2020-04-06", broken}</script>',
        '<meta name="DC.date.issued" content="2020-04-06">',
        '<meta itemprop="datePublished" content="2020-04-06T00:00:00Z">',
        '<meta property="article:published_time" content="6 avril 2020">',
    ],
)
def test_the_ways_in_which_pages_state_their_date(head: str) -> None:
    body = article_of("Shelters").replace(b"<head>", b"<head>" + head.encode())

    entry = read_article(body, "https://ministry.example/a")

    assert (entry.published, entry.published_origin) == (datetime(2020, 4, 6, tzinfo=UTC), "page")


def test_selectors_help_where_the_general_reader_fails() -> None:
    body = (
        b"<html><body><b id=t>Name</b><i id=d>7 de abril de 2020</i><div id=x>One.<p>Two.</p></div>Menu</body></html>"
    )

    entry = read_article(body, "https://a.example/", Article(title="#t", text="//div[@id='x']", date="#d"))

    assert (entry.title, entry.text) == ("Name", "One.\nTwo.")
    assert (entry.published, entry.published_origin) == (datetime(2020, 4, 7, tzinfo=UTC), "page")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 <a>", "this PDF is broken"),
        (b"plain words", "is no web page"),
        (b"<html><body></body></html>", "no text was found"),
    ],
)
def test_what_is_no_article_is_refused_in_words(body: bytes, reason: str) -> None:
    with pytest.raises(BadPage, match=reason):
        read_article(body, "https://ministry.example/a")


@pytest.mark.parametrize(
    ("charset", "content_type"),
    [("iso-8859-1", "text/html; charset=iso-8859-1"), ("utf-8", None), ("windows-1252", None)],
)
def test_accents_survive_the_charset(charset: str, content_type: str | None) -> None:
    body = article_of("Hébergement").decode().encode(charset)

    assert read_article(body, "https://a.example/", None, content_type).title == "Hébergement"


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=50)
def test_any_bytes_give_an_entry_or_a_named_refusal(body: bytes) -> None:
    for read in (lambda: read_article(b"<html>" + body, URL), lambda: read_listing(b"<a href=" + body, URL, Listing())):
        try:
            read().model_dump_json()
        except BadPage:
            continue


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Shelters open - Ministry of Safety</title>", "<h1>Shelters open</h1>", "Shelters open"),
        ("<title>Ministry | Shelters open day and night</title>", "", "Shelters open day and night"),
        ("<title>The Diary</title>", "<h1>The Diary</h1>", "The Diary"),
        (
            '<title>Shelters open « The Diary</title><meta property="og:site_name" content="The Diary">',
            "<h1>The Diary</h1><h2>Shelters open</h2>",
            "Shelters open",
        ),
        ('<meta property="og:title" content="Shelters"><title>x</title>', "<h1>News</h1>", "Shelters"),
        (
            "<title>Shelters stay open: what to know</title>",
            "<h1>Why many shelters stay open</h1>",
            "Why many shelters stay open",
        ),
        ("<title>Fifty-five – a number</title>", "<h1>Latest</h1>", "Fifty-five – a number"),
    ],
)
def test_the_title_is_what_heading_and_title_agree_on_without_the_site(head: str, body: str, title: str) -> None:
    page = article_of("T").replace(b"<title>T</title>", head.encode()).replace(b"<h1>T</h1>", body.encode())

    assert read_article(page, "https://www.ministry.example/a").title == title


def test_the_day_of_publication_is_the_day_at_its_place() -> None:
    head = b'<meta property="article:published_time" content="2020-04-06T22:30:00-05:00">'

    entry = read_article(article_of("T").replace(b"<head>", b"<head>" + head), "https://ministry.example/a")

    assert f"{entry.published}" == "2020-04-06 22:30:00-05:00"
