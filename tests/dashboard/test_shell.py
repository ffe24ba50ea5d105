"""The rules of the page around Streamlit: the reader's language at once, the way out first, and true 404s."""

from __future__ import annotations

from typing import Any

import lxml.html
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.shell import shell_routes, streamlit_head
from tracker.settings import Settings, Site

SETTINGS = Settings(site=Site(leave_to="https://weather.example.org/"))
PAGES = {"": "Initiatives", "countries": "Countries"}


def client(*, desk: bool = False, settings: Settings = SETTINGS) -> TestClient:
    return TestClient(Starlette(routes=shell_routes(settings, PAGES, desk=desk)))


def page(path: str, *, accept: str = "", **kind: Any) -> Any:
    answer = client(**kind).get(path, headers={"Accept-Language": accept})
    assert answer.status_code == 200
    return lxml.html.document_fromstring(answer.text)


@pytest.mark.parametrize(
    ("path", "accept", "language"),
    [
        ("/?lang=es", "fr-CA", "es"),
        ("/countries", "fr-CA,fr;q=0.9", "fr"),
        ("/", "ja", "en"),
        ("/?lang=<b>", "", "en"),
    ],
)
def test_the_page_says_the_language_that_it_speaks(path: str, accept: str, language: str) -> None:
    assert page(path, accept=accept).get("lang") == language


def test_the_title_is_translated_and_says_no_more_than_the_menu() -> None:
    french = page("/countries?lang=fr")

    assert french.findtext(".//title") == "Pays – Initiatives de prévention de la criminalité et COVID-19"


def test_the_way_out_stands_before_everything_else_and_is_a_real_link() -> None:
    skip, leave = page("/?lang=es").xpath("//body//a")[:2]

    assert (skip.get("href"), skip.text) == ("#stMain", "Ir al contenido")
    assert (leave.get("href"), leave.text) == ("https://weather.example.org/", "Salir de esta página")


def test_without_scripts_the_static_pages_are_offered() -> None:
    [link] = page("/?lang=fr").xpath("//noscript//a")

    assert link.get("href") == "/site/fr/index.html"


def test_the_desk_has_no_way_out_and_does_not_offer_the_public_pages() -> None:
    desk = page("/", desk=True)

    assert desk.xpath("//a/@href") == ["#stMain"]
    assert desk.xpath("//meta[@name='robots']/@content") == ["noindex"]


def test_what_streamlit_needs_is_asked_by_its_whole_path() -> None:
    addresses = page("/countries").xpath("//head//script/@src | //head//link[@rel='stylesheet']/@href")

    assert any(address.startswith("/static/js/") for address in addresses)
    assert all(address.startswith("/") for address in addresses)
    assert "agent" not in streamlit_head().html


@pytest.mark.parametrize("path", ["/nothing", "/countries/more", "/_stcore/agent/interact", "/favicon.png", "/a<b>c"])
def test_what_is_no_page_is_not_found(path: str) -> None:
    answer = client().get(path, headers={"Accept-Language": "es"})

    assert answer.status_code == 404
    assert "Página no encontrada" in answer.text
    assert "a<b>c" not in answer.text


def test_the_agent_interface_cannot_be_spoken_to() -> None:
    assert client().post("/_stcore/agent/interact", json={}).status_code == 404


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("shell.css", "text/css"),
        ("leave.js", "text/javascript"),
        ("go.js", "text/javascript"),
        ("icon.svg", "image/svg"),
    ],
)
def test_our_own_files_are_served_with_their_kind(path: str, kind: str) -> None:
    answer = client().get(f"/assets/{path}")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)


def test_caches_know_that_the_answer_depends_on_the_language() -> None:
    assert client().get("/").headers["vary"] == "Accept-Language"
