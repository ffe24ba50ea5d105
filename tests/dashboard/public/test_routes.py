"""The rules of what the public process answers beside its pages: the same view as files, feeds and JSON; no more."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import lxml.html
import pytest
from lxml import etree
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.public.routes import public_routes
from tests.dashboard.conftest import GONE, NEVER, ODD, as_the_standard_says
from tests.dashboard.public.conftest import answering
from tests.makers import NOW
from tracker.settings import Settings
from tracker.store import Store, open_public, open_store
from tracker.store.coverage import CoverageLine, Searched
from tracker.taxonomy import Taxonomy

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def test_the_filters_of_the_address_narrow_every_answer_alike(client: TestClient) -> None:
    query = "?issue=hate_crime&country=CA&q=helpline"

    ids = {one["id"] for one in client.get(f"/api/initiatives{query}").json()["initiatives"]}
    table = list(csv.DictReader(io.StringIO(client.get(f"/download.csv{query}").content.decode("utf-8-sig"))))
    whole = client.get(f"/download.json{query}").json()
    feed = etree.fromstring(client.get(f"/feed.atom{query}").content)

    assert len(ids) == 10
    assert {int(row["id"]) for row in table} == ids
    assert {one["id"] for one in whole["initiatives"]} == ids
    assert len(feed.xpath("a:entry", namespaces=ATOM)) == 10
    assert whole["asked"] == {"issue": "hate_crime", "country": "CA", "q": "helpline"}


def test_the_map_has_each_country_as_a_link_that_chooses_it(client: TestClient) -> None:
    drawn = lxml.html.fragment_fromstring(
        client.get("/drawing/map?lang=fr&type=A4&country=CA").text, create_parent="div"
    )

    shapes = {link.xpath("string(title)"): (link.get("class"), link.get("href")) for link in drawn.xpath("//svg/a")}
    assert shapes["Canada: 5"] == ("m5 on", "/?view=map&lang=fr&type=A4")
    assert shapes["Mexique: 5"] == ("m5", "/?view=map&lang=fr&type=A4&country=CA&country=MX")
    assert shapes["Brésil: pas de recherche"][0] == "mx"


def test_the_map_tells_none_found_from_not_searched_as_soon_as_somebody_says_so(
    store: Store, over: Callable[[], TestClient]
) -> None:
    client = over()
    before = client.get("/drawing/map?lang=en")
    line = CoverageLine(country="BR", issue="hate_crime", month=date(2020, 3, 1), state=Searched.SEARCHED)
    store.add_coverage([line], store.people()[0], NOW)

    after = client.get("/drawing/map?lang=en", headers={"If-None-Match": before.headers["etag"]})

    assert "<title>Brazil: not searched</title>" in before.text
    assert "<title>Brazil: none found</title>" in after.text


def test_nobodys_name_leaves_by_any_way(client: TestClient) -> None:
    for path in (
        "/api/initiatives?limit=100",
        f"/api/initiatives/{ODD}",
        "/api/changes?limit=100",
        "/api/countries",
        "/api/releases",
        "/download.json",
        "/download.csv",
        "/feed.atom",
        "/feed.json",
        "/changes.atom",
        f"/card/initiative/{ODD}",
        "/card/country/CA",
        "/digest/2020-W19",
        f"/oembed?url=https://tracker.example.org/initiative/{ODD}",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        text = answer.text
        assert "ana@example.org" not in text
        assert "Ben" not in text


def test_downloads_are_files_of_known_length(client: TestClient) -> None:
    answer = client.get("/download.csv")

    assert answer.headers["content-disposition"] == 'attachment; filename="initiatives.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_feed_speaks_the_language_asked_for_and_says_what_it_is_about(client: TestClient) -> None:
    feed = etree.fromstring(client.get("/feed.atom?lang=fr&issue=hate_crime&country=CA").content)

    assert feed.xpath("string(a:title)", namespaces=ATOM).endswith(": Crimes haineux et racisme, Canada")
    assert feed.xpath("string(a:link[@rel='self']/@href)", namespaces=ATOM) == (
        "https://tracker.example.org/feed.atom?lang=fr&issue=hate_crime&country=CA"
    )
    assert feed.xpath("string(a:entry[1]/a:title)", namespaces=ATOM).startswith("Ligne d'écoute")


def test_a_feed_has_what_changed_last_first(client: TestClient) -> None:
    feed = etree.fromstring(client.get("/feed.atom").content)

    times = feed.xpath("a:entry/a:updated/text()", namespaces=ATOM)
    assert times == sorted(times, reverse=True)
    assert feed.xpath("string(a:entry[1]/a:id)", namespaces=ATOM) == f"tag:tracker.example.org,2020:initiative:{ODD}"


def test_a_feed_of_nothing_is_a_feed(client: TestClient) -> None:
    feed = etree.fromstring(client.get("/feed.atom?q=thereisnosuchword").content)

    assert feed.xpath("a:entry", namespaces=ATOM) == []
    assert feed.xpath("string(a:updated)", namespaces=ATOM)


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/initiative/5", "/initiative?id=5"),
        ("/initiative/5?lang=fr", "/initiative?id=5&lang=fr"),
        (f"/initiative/{GONE}", f"/initiative?id={GONE}"),
        ("/country/ca", "/country?code=CA"),
        ("/site", "/site/"),
        ("/releases/1", "/releases/1/"),
    ],
)
def test_permalinks_lead_to_their_page(client: TestClient, path: str, to: str) -> None:
    assert client.get(path).headers["location"] == to


@pytest.mark.parametrize(
    "path",
    [
        f"/initiative/{NEVER}",
        "/initiative/x",
        "/country/Canada",
        "/country/C1",
        "/releases/7/",
        "/site/none.html",
        "/site/..%2f..%2ftracker.db",
        "/releases/1/%2e%2e/%2e%2e/tracker.db",
        "/site/..%5c..%5ctracker.db",
    ],
)
def test_what_does_not_exist_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_newest_release_is_served_and_each_one_by_its_number(client: TestClient, settings: Settings) -> None:
    page = (settings.data / "releases" / "1" / "fr" / "index.html").read_text("utf-8")

    assert client.get("/site/fr/index.html").text == page
    assert client.get("/releases/1/fr/index.html").text == page
    assert client.get("/site/").text == client.get("/site/index.html").text
    assert json.loads(client.get("/site/release.json").text)["number"] == 1


def test_before_the_first_release_there_is_no_static_page(tmp_path: Path, taxonomy: Taxonomy) -> None:
    made = Settings(database=f"sqlite:///{tmp_path}/tracker.db", data=tmp_path)
    open_store(made.database).close()
    store = open_public(made.database)

    with TestClient(Starlette(routes=public_routes(store, made, taxonomy))) as client:
        answer = client.get("/site/", headers={"Accept-Language": "fr"})
    store.close()

    assert answer.status_code == 404
    assert "Page introuvable" in answer.text


def test_the_public_process_cannot_write(settings: Settings) -> None:
    import sqlalchemy as sa

    from tracker.errors import StoreUnavailable

    store = open_public(settings.database)
    try:
        with pytest.raises(StoreUnavailable), store.writing() as db:
            db.execute(sa.text("DELETE FROM public_initiative"))
    finally:
        store.close()


# ------------------------------------------------------------------------------------------------ at the root


def test_search_engines_find_at_the_root_what_the_newest_release_tells_them(client: TestClient) -> None:
    robots, index = client.get("/robots.txt"), client.get("/sitemap.xml")

    assert robots.headers["content-type"].startswith("text/plain")
    assert "Sitemap: https://tracker.example.org/site/sitemap.xml" in robots.text
    assert etree.fromstring(index.content).xpath("//*[local-name()='loc']/text()") == [
        "https://tracker.example.org/site/sitemap-1.xml"
    ]


def test_before_the_first_release_robots_hear_what_is_not_for_them(sqlite_url: str, taxonomy: Taxonomy) -> None:
    with answering(Settings(database=sqlite_url), taxonomy) as client:
        assert "Disallow: /download." in client.get("/robots.txt").text
        assert client.get("/sitemap.xml").status_code == 404


# ------------------------------------------------------------------------------------------- as the standard says


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_every_page_that_needs_no_streamlit_is_html_as_the_standard_says(client: TestClient, language: str) -> None:
    for path in ("/api", "/digest/2020-W19", f"/card/initiative/{ODD}", "/card/country/CA", "/", "/nowhere"):
        as_the_standard_says(client.get(path, params={"lang": language}).text)


@pytest.mark.parametrize("path", ["/site/fr/map.html", "/releases/1/en/map.html"])
def test_the_map_brings_a_policy_that_lets_others_show_it(client: TestClient, path: str) -> None:
    policy = client.get(path).headers["content-security-policy"]

    assert policy.startswith("default-src 'none'")
    assert policy.endswith("frame-ancestors *")
    assert "content-security-policy" not in client.get(path.replace("map", "data")).headers
