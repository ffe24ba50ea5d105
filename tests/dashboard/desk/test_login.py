"""The rules of the desk's door: who is let in, what the cookie is, and what another site cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.desk.login import COOKIE, Guard, SignIn, browser_of
from tests.makers import a_person
from tracker import people
from tracker.settings import Settings, Site
from tracker.store import Store

PASSWORD = "four quiet brown horses"
FORM = {"email": "ana@example.org", "password": PASSWORD}


async def _inside(_: Request) -> PlainTextResponse:
    return PlainTextResponse("the desk")


def door(store: Store, settings: Settings) -> TestClient:
    settings = settings.but(data=Path(store.engine.url.database or "").parent)  # where the key of networks is kept
    routes = [*SignIn(store, settings).routes(), Route("/", _inside), Route("/_stcore/health", _inside)]
    app = Starlette(routes=routes, middleware=[Middleware(Guard, store=store)])
    return TestClient(app, base_url="http://127.0.0.1:8502", follow_redirects=False)


@pytest.fixture
def client(sqlite_store: Store) -> Iterator[TestClient]:
    people.add(sqlite_store, a_person(), PASSWORD, "test")
    with door(sqlite_store, Settings()) as made:
        yield made


def test_a_stranger_is_sent_to_the_form(client: TestClient) -> None:
    answer = client.get("/")

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_the_right_password_lets_in_with_a_cookie_that_scripts_cannot_read(client: TestClient) -> None:
    answer = client.post("/login", data=FORM)

    cookie = answer.headers["set-cookie"].lower()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/").text == "the desk"


def test_the_cookie_travels_by_https_alone_where_the_site_has_it(sqlite_store: Store) -> None:
    people.add(sqlite_store, a_person(), PASSWORD, "test")
    settings = Settings(site=Site(url="https://tracker.example.org"))

    with door(sqlite_store, settings) as client:
        answer = client.post("/login", data=FORM)

    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_wrong_password_gives_the_form_again_and_no_cookie(client: TestClient) -> None:
    answer = client.post("/login", data={**FORM, "password": "something else"})

    assert answer.status_code == 401
    assert "do not fit together" in answer.text
    assert "set-cookie" not in answer.headers


def test_each_sign_in_has_a_token_of_its_own(client: TestClient) -> None:
    first = client.post("/login", data=FORM).cookies[COOKIE]
    second = client.post("/login", data=FORM).cookies[COOKIE]

    assert first != second


def test_signing_out_ends_the_token_not_only_the_cookie(client: TestClient, sqlite_store: Store) -> None:
    token = client.post("/login", data=FORM).cookies[COOKIE]

    client.post("/logout")

    assert people.who(sqlite_store, token, datetime.now(UTC)) is None
    assert client.get("/", headers={"Cookie": f"{COOKIE}={token}"}).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_sent_from_another_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/login", data=FORM, headers=headers)

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_huge_form_is_not_read_to_its_end(client: TestClient) -> None:
    answer = client.post("/login", data={**FORM, "password": "x" * 100_000})

    assert answer.status_code == 401


def test_the_health_of_the_process_is_nobodys_secret(client: TestClient) -> None:
    assert client.get("/_stcore/health").status_code == 200


def test_the_form_speaks_the_language_that_is_asked_for(client: TestClient) -> None:
    assert 'lang="fr"' in client.get("/login?lang=fr").text
    assert 'lang="es"' in client.get("/login", headers={"Accept-Language": "es-MX"}).text


def test_an_empty_tracker_tells_how_to_make_the_first_account(sqlite_store: Store) -> None:
    with door(sqlite_store, Settings()) as client:
        assert "tracker people add" in client.get("/login").text


def test_a_link_shows_whose_it_is_and_using_it_lets_in(client: TestClient, sqlite_store: Store) -> None:
    newcomer = sqlite_store.add_person(a_person(email="eve@example.org", name="Eve <b>"), "", "test")
    link = people.make_link(sqlite_store, newcomer, people.WELCOME, "test", datetime.now(UTC))

    shown = client.get(f"/welcome/{link}")
    weak = client.post("/welcome", data={"link": link, "password": "short"})
    used = client.post("/welcome", data={"link": link, "password": PASSWORD})

    assert "Eve &lt;b&gt;, this link lets you in once." in shown.text
    assert (weak.status_code, "12 characters or more" in weak.text) == (422, True)
    assert (used.status_code, used.headers["location"]) == (303, "/")
    assert client.get("/").text == "the desk"
    assert client.get(f"/welcome/{link}").status_code == 404
    assert client.post("/welcome", data={"link": link, "password": PASSWORD}).status_code == 404


def test_the_password_is_changed_by_whoever_is_signed_in_and_knows_it(client: TestClient) -> None:
    assert client.get("/password").headers["location"] == "/login"
    client.post("/login", data=FORM)
    before = client.cookies[COOKIE]

    wrong = client.post("/password", data={"old": "wrong", "password": "six loud white geese"})
    right = client.post("/password", data={"old": PASSWORD, "password": "six loud white geese"})

    assert (wrong.status_code, "This is not your password" in wrong.text) == (401, True)
    assert right.status_code == 303
    assert client.cookies[COOKIE] != before
    assert client.get("/").text == "the desk"
    assert client.get("/", headers={"Cookie": f"{COOKIE}={before}"}).status_code == 303


def test_a_network_that_has_to_wait_is_told_so(client: TestClient) -> None:
    for number in range(people.FREE_TRIES_OF_A_NETWORK):
        client.post("/login?lang=fr", data={"email": f"nobody{number}@example.org", "password": "wrong"})

    answer = client.post("/login?lang=fr", data=FORM)

    assert answer.status_code == 429
    assert "trop d&#39;essais depuis votre réseau" in answer.text


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130 Safari/537.36 Edg/130.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari, iPhone"),
        ("curl/8 <script>", ""),
    ],
)
def test_a_browser_is_named_so_that_people_know_their_own(user_agent: str, said: str) -> None:
    assert browser_of(user_agent) == said
