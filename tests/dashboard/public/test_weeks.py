"""The rules of the digest on the web: past weeks and this one, in three languages, and the page of the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from lxml import html
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.public.answers import Open
from dashboard.public.api import OPERATIONS
from dashboard.public.weeks import week_routes
from tests.dashboard.conftest import GONE, ODD
from tests.makers import NOW
from tracker.settings import Settings
from tracker.store import open_public
from tracker.taxonomy import Taxonomy

THIS = "2020-W19"
OURS = ("/api", "/digest", "/feed", "/changes", "/download", "/oembed", "/assets")


@pytest.fixture(scope="module")
def weeks(settings: Settings, taxonomy: Taxonomy) -> Iterator[TestClient]:
    """The digest on the Wednesday of the week in which everything was published."""
    store = open_public(settings.database)
    routes = week_routes(Open(store, settings, taxonomy), lambda: NOW + timedelta(days=2))
    with TestClient(Starlette(routes=routes), follow_redirects=False) as made:
        yield made
    store.close()


def test_the_digest_is_that_of_the_last_whole_week(weeks: TestClient) -> None:
    assert weeks.get("/digest?lang=fr").headers["location"] == "/digest/2020-W18?lang=fr"


def test_a_page_tells_the_week_with_texts_and_pictures_to_post(weeks: TestClient) -> None:
    page = html.fromstring(weeks.get(f"/digest/{THIS}?lang=fr").text)

    assert (page.get("lang"), page.xpath("string(//h1)")) == ("fr", "Semaine du 4–10 mai 2020")
    assert "not over yet" not in page.text_content()
    assert "en cours" in page.xpath("string(//nav[@class='t-pager'])")
    assert f"/initiative?id={ODD}&lang=fr" in page.xpath("//ul[@class='t-list']//a/@href")
    texts = page.xpath("//p[@class='t-post']/text()")
    assert all(len(text) <= 500 for text in texts[:2])
    for address in page.xpath("//img/@src") + page.xpath("//figcaption/a/@href"):
        answer = weeks.get(address)
        assert (answer.status_code, answer.headers["content-type"]) in (
            (200, "image/png"),
            (200, "image/svg+xml"),
        ), address
    assert all(image.get("alt") for image in page.xpath("//img"))


def test_what_was_withdrawn_is_named_by_its_number_alone(weeks: TestClient) -> None:
    page = html.fromstring(weeks.get(f"/digest/{THIS}?lang=en").text)

    [line] = [line for line in page.xpath("//ul[@class='t-plain']/li") if f"Initiative {GONE}" in line.text_content()]
    assert "The source took it back." in line.text_content()
    assert line.xpath(".//a") == []


@pytest.mark.parametrize(
    "path",
    ["/digest/2020-W20", "/digest/2019-W50", "/digest/nonsense", f"/digest/{THIS}/de-issues.png",
     f"/digest/{THIS}/en-nonsense.png", "/digest/2020-W54/en-issues.svg"],
)  # fmt: skip
def test_there_is_no_week_that_has_not_begun_or_is_none(weeks: TestClient, path: str) -> None:
    assert weeks.get(path).status_code == 404


def test_when_a_week_is_over_its_page_has_another_tag(settings: Settings, taxonomy: Taxonomy) -> None:
    store = open_public(settings.database)
    tags = []
    for days in (2, 9):
        routes = week_routes(Open(store, settings, taxonomy), lambda days=days: NOW + timedelta(days=days))  # type: ignore[misc]
        with TestClient(Starlette(routes=routes)) as client:
            tags.append(client.get(f"/digest/{THIS}").headers["etag"])
    store.close()

    assert tags[0] != tags[1]


# ------------------------------------------------------------------------------------------------- the page of the API


@pytest.mark.parametrize(
    ("language", "heading"), [("en", "Data for programmes"), ("fr", "Données pour les programmes")]
)
def test_the_page_of_the_api_names_every_address_and_parameter(client: TestClient, language: str, heading: str) -> None:
    page = html.fromstring(client.get(f"/api?lang={language}").text)

    assert (page.get("lang"), page.xpath("string(//h1)")) == (language, heading)
    codes = page.xpath("//code/text()")
    for operation in OPERATIONS:
        assert operation.path in codes
        assert {one.name for one in operation.parameters if f"{{{one.name}}}" not in operation.path} <= set(codes)


def test_every_link_of_the_plain_pages_leads_somewhere(client: TestClient) -> None:
    for path in ("/api?lang=en", f"/digest/{THIS}?lang=en"):
        page = html.fromstring(client.get(path).text)
        addresses = page.xpath("//main//a/@href | //link/@href | //script/@src | //img/@src")
        ours = [one for one in addresses if one.startswith(OURS)]
        assert len(ours) > 8
        for address in ours:
            assert client.get(address.replace("127.0.0.1", "x")).status_code in (200, 302), address
