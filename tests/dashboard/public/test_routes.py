"""The rules of what the public process answers beside its pages: the same view as files, feeds and JSON; no more."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.public.routes import public_routes
from dashboard.shell import shell_routes
from tests.dashboard.conftest import GONE, MERGED, NEVER, ODD, fill
from tests.makers import NOW
from tracker import publish
from tracker.settings import Settings, Site
from tracker.store import open_public, open_store
from tracker.taxonomy import Taxonomy

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A data folder with records and one release."""
    folder = tmp_path_factory.mktemp("routes")
    made = Settings(
        database=f"sqlite:///{folder}/tracker.db", data=folder, site=Site(url="https://tracker.example.org")
    )
    store = open_store(made.database)
    fill(store)
    publish.make_release(store, made, NOW + timedelta(days=1))
    store.close()
    return made


@pytest.fixture(scope="module")
def client(settings: Settings, taxonomy: Taxonomy) -> Iterator[TestClient]:
    store = open_public(settings.database)
    routes = [*public_routes(store, settings, taxonomy), *shell_routes(settings, {"": "Initiatives"}, desk=False)]
    with TestClient(Starlette(routes=routes), follow_redirects=False) as made:
        yield made
    store.close()


def test_the_api_gives_pages_of_what_is_public(client: TestClient) -> None:
    first = client.get("/api/initiatives?limit=20").json()

    assert (first["total"], first["pages"], len(first["initiatives"])) == (31, 2, 20)
    assert first["next"] == "https://tracker.example.org/api/initiatives?page=2"
    second = client.get("/api/initiatives?page=2").json()
    ids = [one["id"] for page in (first, second) for one in page["initiatives"]]
    assert len(set(ids)) == 31
    assert second["next"] is None


def test_a_page_of_the_api_is_never_longer_than_a_hundred(client: TestClient) -> None:
    assert client.get("/api/initiatives?limit=5000").json()["limit"] == 100


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


def test_one_initiative_can_be_asked_for(client: TestClient) -> None:
    one = client.get(f"/api/initiatives/{ODD}").json()

    assert (one["id"], one["countries"], one["revision"]) == (ODD, ["LB", "SY"], 3)
    assert one["sources"][0]["source"] == "Ministry of Families"


@pytest.mark.parametrize(("id", "status", "says"), [(GONE, 410, "was withdrawn"), (NEVER, 404, "no public initiative")])
def test_what_is_not_public_says_whether_it_ever_was(client: TestClient, id: int, status: int, says: str) -> None:
    answer = client.get(f"/api/initiatives/{id}")

    assert answer.status_code == status
    assert says in answer.json()["error"]


def test_a_merged_number_leads_to_the_one_that_tells_of_it(client: TestClient) -> None:
    leads = [client.get(f"{place}/{MERGED}").headers["location"] for place in ("/api/initiatives", "/initiative")]

    assert leads == [f"/api/initiatives/{ODD}", f"/initiative?id={ODD}"]
    assert f'url={ODD}.html"' in client.get(f"/site/en/initiative/{MERGED}.html").text


def test_nobodys_name_leaves_by_any_way(client: TestClient) -> None:
    for path in ("/api/initiatives", "/download.json", "/download.csv", "/feed.atom", f"/api/initiatives/{ODD}"):
        text = client.get(path).text
        assert "ana@example.org" not in text
        assert "Ben" not in text


def test_downloads_are_files_of_known_length(client: TestClient) -> None:
    answer = client.get("/download.csv")

    assert answer.headers["content-disposition"] == 'attachment; filename="initiatives.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_public_data_may_be_read_by_scripts_of_other_sites(client: TestClient) -> None:
    assert client.get("/api/initiatives").headers["access-control-allow-origin"] == "*"


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
