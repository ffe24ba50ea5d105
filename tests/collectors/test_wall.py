from __future__ import annotations

import asyncio
import gzip
import json
import tarfile
from pathlib import Path

import pytest
from lxml.html import fromstring

from collectors.page import read_article, read_listing
from collectors.parsing import Parsers
from collectors.round import collect
from collectors.wall import SENTENCES, wall
from tests.collectors.conftest import Reply, Waits, Web, article_of, feed_at, page_at
from tests.makers import NOW
from tracker.errors import BadPage, Wall
from tracker.model import Fetch, Listing, Outcome, Source
from tracker.settings import Settings
from tracker.store import Store

URL = "https://ministry.example/news/shelters"


def page_of(body: str, title: str = "Page") -> bytes:
    return f"<html><head><title>{title}</title></head><body>{body}</body></html>".encode()


def one(store: Store, settings: Settings, source: Source) -> Fetch:
    store.register([source])
    (fetch,) = collect(store, settings, lambda: NOW, [source.id], wait=Waits())
    return fetch


WALLS = {
    "challenge": [
        page_of("<p>Checking if the site connection is secure</p><p>Ray ID: 7</p>", "Just a moment..."),
        page_of("<h1>www.news.example</h1><p>Vérification que vous êtes humain. Cela peut prendre un instant.</p>"),
        page_of("<p>Verificando que eres humano. Esto puede tardar unos segundos.</p>", "Un momento…"),
        page_of("<h1>Access Denied</h1><p>Reference #18.2f3</p>", "Access Denied"),
    ],
    "script": [
        page_of("<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>"),
        page_of("<noscript>Veuillez activer JavaScript.</noscript><div id=app></div>"),
        page_of("<div id='__next'></div><script src='/app.js'></script>"),
    ],
    "consent": [
        page_of(
            "<h1>Before you continue to News</h1><p>We use cookies to deliver services.</p><button>Accept</button>"
        ),
        page_of(
            "<h1>Vos données</h1><p>Avec votre accord, nos partenaires et nous utilisons des cookies.</p>"
            "<p>Vous pouvez retirer votre consentement à tout moment.</p><a>Continuer</a>"
        ),
        page_of("<p>Nuestros socios guardan sus datos personales.</p><p>Aceptar y continuar gratis o rechazar.</p>"),
    ],
    "login": [
        page_of(
            "<h1>Members</h1><p>Please log in to continue reading our members' pages.</p><p>Log in to continue</p>"
        ),
        page_of("<p>Connectez-vous pour lire cette page.</p><form><input name=u></form>"),
        page_of("<p>Inicia sesión para continuar</p>"),
    ],
    "paywall": [
        page_of(
            "<article><h1>Shelters</h1><p>The ministry opened sixty rooms on Monday.</p></article>"
            "<p>Subscribe to continue reading</p>"
        ),
        page_of(
            "<article><p>Le ministère ouvre soixante chambres.</p></article><p>Cet article est réservé aux abonnés.</p>"
        ),
        page_of(
            "<article><p>El ministerio abre sesenta casas.</p></article><p>Contenido exclusivo para suscriptores</p>"
        ),
    ],
}


@pytest.mark.parametrize(("kind", "body"), [(kind, body) for kind, bodies in WALLS.items() for body in bodies])
def test_what_stands_before_an_article_is_named_and_not_read_as_one(kind: str, body: bytes) -> None:
    with pytest.raises(Wall, match=SENTENCES[kind]):
        read_article(body, URL)


@pytest.mark.parametrize(
    "around",
    [
        "<div class=banner>We use cookies. Our partners value your privacy. <button>Accept</button></div>",
        "<noscript>Please enable JavaScript. You need to enable JavaScript to run this app.</noscript>",
        "<p>You must be logged in to post a comment.</p>",
        "<aside>Subscribe to continue reading our other stories</aside>",
        "<div class=cookies>Nous utilisons des cookies. Nos partenaires respectent votre vie privée.</div>",
    ],
)
def test_an_article_beside_a_banner_or_a_notice_stays_an_article(around: str) -> None:
    body = article_of("Shelters").replace(b"<body>", b"<body>" + around.encode())

    assert "opens shelters day and night" in read_article(body, URL).text


def test_a_short_notice_with_a_cookie_banner_stays_an_article() -> None:
    body = page_of(
        "<article><h1>Helpline</h1><p>The helpline of the ministry answers day and night from Monday on, in nine "
        "languages, also by text message and chat.</p></article><div>This site uses cookies. <a>Accept</a></div>"
    )

    assert read_article(body, URL).text


def test_an_article_about_cookies_stays_an_article() -> None:
    text = "A court ruled on Monday that shelters may not use cookies on pages for victims without their consent. "
    body = page_of(
        f"<article><h1>Ruling</h1><p>{text * 3}</p><p>{'Shelters welcome the ruling and say why. ' * 20}</p>"
    )

    assert "court ruled" in read_article(body, URL).text


def test_the_address_after_redirects_tells_a_consent_form_of_few_words() -> None:
    assert (
        wall(
            fromstring("<html><body><p>Continue</p></body></html>"),
            "https://consent.news.example/x",
            "Continue",
        )
        == "consent"
    )


def test_a_listing_that_scripts_draw_says_that_it_needs_them() -> None:
    with pytest.raises(Wall, match="needs JavaScript"):
        read_listing(WALLS["script"][2], URL, Listing())


def test_a_listing_without_news_is_no_wall() -> None:
    assert (
        read_listing(
            page_of("<h1>News</h1><p>Nothing yet. We use cookies.</p>" + "<p>Words</p>" * 40), URL, Listing()
        ).links
        == ()
    )


def test_a_wall_is_known_as_one_when_a_worker_has_read_it() -> None:
    async def ask() -> None:
        async with Parsers(1) as parsers:
            await parsers.article(WALLS["consent"][0], URL)

    with pytest.raises(Wall, match="consent form"):
        asyncio.run(ask())


# ------------------------------------------------------------------------------------------------------ in a round


def test_articles_behind_a_wall_are_told_and_not_kept(web: Web, settings: Settings, sqlite_store: Store) -> None:
    web.pages["/list"] = Reply(b"<ul><li><a href=/1>a</a><li><a href=/2>b</a></ul>")
    web.pages["/1"] = Reply(article_of("One"))
    web.pages["/2"] = Reply(WALLS["consent"][0])

    fetch = one(sqlite_store, settings, page_at(web.url("/list"), listing={"links": "li a"}))

    assert (fetch.outcome, fetch.new, fetch.refused) == (Outcome.OK, 1, 1)
    assert "answers with a consent form" in fetch.note


def test_a_source_of_which_every_article_is_behind_a_wall_ends_at_it(
    web: Web, settings: Settings, sqlite_store: Store
) -> None:
    web.pages["/list"] = Reply(b"<html><body><ul><li><a href=/1>a</a></ul></body></html>")
    web.pages["/1"] = Reply(WALLS["paywall"][0])

    fetch = one(sqlite_store, settings, page_at(web.url("/list"), listing={"links": "li a"}))

    assert (fetch.outcome, fetch.new) == (Outcome.WALL, 0)
    assert "is for subscribers" in fetch.error


@pytest.mark.parametrize("status", [200, 403, 503])
def test_a_shield_that_says_so_in_a_header_is_a_wall_for_feeds_too(
    status: int, web: Web, settings: Settings, sqlite_store: Store
) -> None:
    web.pages["/feed"] = Reply(b"<html>Just a moment...</html>", status, {"cf-mitigated": "challenge"})

    fetch = one(sqlite_store, settings, feed_at(web.url("/feed")))

    assert (fetch.outcome, fetch.status) == (Outcome.WALL, status)
    assert "asks whether we are a robot" in fetch.error


@pytest.mark.corpus
@pytest.mark.slow  # a seventh of 826 pages, the two that are none among them
@pytest.mark.timeout(300)
def test_no_real_article_is_taken_for_a_wall(corpus: Path, tmp_path: Path) -> None:
    with gzip.open(corpus / "pages.index.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    with tarfile.open(corpus / "pages.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")

    walls = []
    for row in rows[3::7]:
        try:
            read_article((tmp_path / row["file"]).read_bytes(), row["url"] or URL)
        except Wall:
            walls.append(row)
        except BadPage:
            continue

    # Two pages are a check against robots and an empty application; both were kept for their date alone.
    assert [set(row["gold"]) for row in walls] == [{"date"}, {"date"}]
