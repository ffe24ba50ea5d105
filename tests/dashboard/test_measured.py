"""What is counted of answers: how many, how long, how they ended; never who asked, nor for what."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.measured import Measured, kind_of, serve_where_asked
from tracker.errors import WrongUse


def test_answers_are_counted_by_kind_and_status_without_addresses() -> None:
    def page(_: Request) -> Response:
        return PlainTextResponse("hello")

    def broken(_: Request) -> Response:
        raise RuntimeError("a bug")

    numbers = CollectorRegistry()
    app = Starlette(
        routes=[Route("/countries", page), Route("/api/x", page), Route("/broken", broken)],
        middleware=[Middleware(Measured, registry=numbers)],
    )
    client = TestClient(app, raise_server_exceptions=False)
    for path in ("/countries?q=secret", "/api/x", "/broken", "/none"):
        client.get(path)

    text = generate_latest(numbers).decode()

    assert 'tracker_http_seconds_count{kind="page",status="2xx"} 1.0' in text
    assert 'tracker_http_seconds_count{kind="data",status="2xx"} 1.0' in text
    assert 'tracker_http_seconds_count{kind="page",status="5xx"} 1.0' in text
    assert 'tracker_http_seconds_count{kind="page",status="4xx"} 1.0' in text
    assert "secret" not in text
    assert "countries" not in text


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "page"), ("/static/js/x.js", "file"), ("/api/initiatives", "data"), ("/feed.atom", "data")]
)
def test_what_is_asked_for_is_told_apart_no_further(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_numbers_are_served_only_where_a_port_is_named() -> None:
    assert serve_where_asked(CollectorRegistry(), {}) is None
    with pytest.raises(WrongUse, match="TRACKER_METRICS_PORT"):
        serve_where_asked(CollectorRegistry(), {"TRACKER_METRICS_PORT": "many"})
