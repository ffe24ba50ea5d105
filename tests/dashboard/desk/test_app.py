"""The addresses of the desk's pages."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.desk.app import VIEWS, _to_the_start


def test_the_first_page_is_reached_by_its_own_address_too_with_all_that_was_asked() -> None:
    client = TestClient(Starlette(routes=[Route("/triage", _to_the_start)]), follow_redirects=False)

    assert next(iter(VIEWS)) == "triage"
    assert client.get("/triage").headers["location"] == "/"
    assert client.get("/triage?item=7&lang=fr").headers["location"] == "/?item=7&lang=fr"
