"""The rules of every answer: it keeps the browser to this server, tells nobody where it was, and fits in no frame."""

from __future__ import annotations

import base64
import hashlib

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.headers import Headers, content_policy, hash_of
from dashboard.shell import streamlit_head


async def _answer(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello", headers={"Cache-Control": "public, max-age=60"})


def client(*, desk: bool = False, https: bool = False) -> TestClient:
    headers = Middleware(Headers, policy=content_policy(), desk=desk, https=https)
    return TestClient(Starlette(routes=[Route("/", _answer), Route("/static/x", _answer)], middleware=[headers]))


def test_the_policy_allows_this_server_and_nothing_else() -> None:
    policy = dict(part.split(" ", 1) for part in content_policy(["one()"]).split("; "))

    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["object-src"] == "'none'"
    assert "unsafe-eval" not in policy["script-src"]
    assert "unsafe-inline" not in policy["script-src"]
    assert "http" not in content_policy()


def test_an_inline_script_is_named_by_its_hash() -> None:
    script = "\n      window.prerenderReady = false\n    "

    wanted = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert hash_of(script) == f"'sha256-{wanted}'"
    assert hash_of(script) in content_policy([script])


def test_the_inline_scripts_of_the_installed_streamlit_are_found() -> None:
    head = streamlit_head()

    assert head.scripts
    assert all(f"<script>{script}</script>" in head.html for script in head.scripts)


@pytest.mark.parametrize(("desk", "referrer"), [(False, "no-referrer"), (True, "same-origin")])
def test_the_referrer_stays_at_home(desk: bool, referrer: str) -> None:
    answer = client(desk=desk).get("/")

    assert answer.headers["referrer-policy"] == referrer
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


def test_nothing_of_the_desk_is_kept_or_found_by_search_engines() -> None:
    answer = client(desk=True).get("/")

    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]


def test_what_is_the_same_for_everybody_may_be_kept_at_the_desk_too() -> None:
    assert client(desk=True).get("/static/x").headers["cache-control"] == "public, max-age=60"


def test_public_answers_keep_their_own_cache_rules() -> None:
    assert client().get("/").headers["cache-control"] == "public, max-age=60"


@pytest.mark.parametrize("https", [True, False])
def test_https_is_demanded_only_where_the_site_has_it(https: bool) -> None:
    assert ("strict-transport-security" in client(https=https).get("/").headers) is https
