"""The rules of coming in through a provider: what it must prove, and that our own table decides who comes in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.testclient import TestClient

from dashboard.desk import login
from dashboard.desk.login import COOKIE
from tests.dashboard.desk.provider import CLIENT, SECRET, FakeProvider
from tests.dashboard.desk.test_login import FORM, PASSWORD, door
from tests.makers import a_person
from tracker import people
from tracker.model import Person, Role
from tracker.settings import Desk, Oidc, Settings
from tracker.store import Store

BACK = "/login/provider/back"


@dataclass
class Outside:
    """Somebody in front of the desk, whose organisation's provider is another server."""

    client: TestClient
    provider: FakeProvider
    store: Store
    ana: Person

    def go(self) -> str:
        """Where the desk sends the browser."""
        answer = self.client.get("/login/provider")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def come_back(self, brought: dict[str, str] | None = None) -> Response:
        return self.client.get(BACK, params=brought or self.provider.agree(self.go()))

    def refused(self, answer: Response, sentence: str) -> None:
        assert answer.status_code in (401, 503), answer.text
        assert sentence in answer.text
        assert COOKIE not in {cookie.name for cookie in self.client.cookies.jar}
        assert self.store.sign_ins(datetime.now(UTC), datetime.now(UTC) - timedelta(hours=1)) == []


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    made = FakeProvider()
    yield made
    made.close()


@pytest.fixture
def settings(provider: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TRACKER_OIDC_SECRET", SECRET)
    return Settings(data=tmp_path, oidc=Oidc(issuer=provider.issuer, client_id=CLIENT, name="ICPC account"))


@pytest.fixture
def outside(sqlite_store: Store, provider: FakeProvider, settings: Settings) -> Iterator[Outside]:
    ana = people.add(sqlite_store, a_person(), PASSWORD, "test")
    with door(sqlite_store, settings) as client:
        yield Outside(client, provider, sqlite_store, ana)


UNPROVEN = "The provider did not prove who you are"


def test_whom_the_provider_recognises_and_an_admin_has_prepared_for_comes_in(outside: Outside) -> None:
    answer = outside.come_back()

    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{COOKIE}=")).lower()
    assert answer.status_code == 200
    assert "samesite=strict" in cookie
    assert "httponly" in cookie
    assert 'content="0; url=/"' in answer.text  # a page of our own leads on, or the cookie would stay behind
    assert outside.client.get("/").text == "the desk"
    [sign_in] = outside.store.sign_ins(datetime.now(UTC), datetime.now(UTC) - timedelta(hours=1))
    assert (sign_in.person, sign_in.way) == (outside.ana, "provider")


def test_the_sign_in_is_ours_and_ends_when_we_end_it(outside: Outside) -> None:
    outside.come_back()

    people.disable(outside.store, outside.ana.email, "test")

    assert outside.client.get("/").status_code == 303


def test_the_form_offers_the_provider_by_its_name(outside: Outside) -> None:
    assert "Sign in with ICPC account" in outside.client.get("/login").text


@pytest.mark.parametrize("change", [{"state": "forged"}, {"state": ""}, {"code": ""}, {"iss": "https://evil.example"}])
def test_what_comes_back_must_be_what_this_browser_went_out_with(outside: Outside, change: dict[str, str]) -> None:
    brought = outside.provider.agree(outside.go())

    outside.refused(outside.come_back({**brought, **change}), UNPROVEN)


def test_another_browser_cannot_bring_it_back(outside: Outside) -> None:
    brought = outside.provider.agree(outside.go())
    outside.client.cookies.clear()

    outside.refused(outside.come_back(brought), UNPROVEN)


def test_a_flow_cookie_that_we_did_not_seal_is_nothing(outside: Outside) -> None:
    brought = outside.provider.agree(outside.go())
    claims = {"state": brought["state"], "nonce": "n", "verifier": "v", "exp": 4_000_000_000}
    outside.client.cookies.clear()
    outside.client.cookies.set("tracker_desk_flow", jwt.encode({"alg": "HS256"}, claims, OctKey.generate_key()))

    outside.refused(outside.come_back(brought), UNPROVEN)


def test_a_code_counts_once(outside: Outside) -> None:
    address = outside.go()
    sealed = outside.client.cookies.get("tracker_desk_flow") or ""
    brought = outside.provider.agree(address)
    assert outside.come_back(brought).status_code == 200
    outside.client.cookies.clear()
    outside.client.cookies.set("tracker_desk_flow", sealed)

    assert UNPROVEN in outside.come_back(brought).text


def test_a_flow_waits_ten_minutes(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    brought = outside.provider.agree(outside.go())
    later = datetime.now(UTC) + timedelta(minutes=11)
    monkeypatch.setattr(login, "_now", lambda: later)

    outside.refused(outside.come_back(brought), UNPROVEN)


NOW = int(datetime.now(UTC).timestamp())


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"exp": NOW - 3600},
        {"exp": None},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"]},
        {"aud": None},
        {"azp": "another-client"},
        {"iss": "https://evil.example.org"},
        {"iss": None},
        {"iat": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
)
def test_a_token_that_does_not_fit_lets_nobody_in(outside: Outside, claims: dict[str, Any]) -> None:
    outside.provider.claims = claims

    outside.refused(outside.come_back(), UNPROVEN)


def _by_hand(header: dict[str, str], claims: dict[str, Any], secret: bytes = b"") -> str:
    """A token as only a forger would make it: without a signature, or with a public key as the secret."""
    said = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims))
    signature = hmac.new(secret, said, hashlib.sha256).digest() if secret else b""
    return f"{said.decode()}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


@pytest.mark.parametrize("how", ["none", "our secret", "another key", "published key as a secret", "nonsense"])
def test_only_a_key_that_the_provider_publishes_signs(outside: Outside, how: str) -> None:
    address = outside.go()
    brought = outside.provider.agree(address)
    good = outside.provider.signed(outside.provider.nonces[brought["code"]]["nonce"])
    claims = json.loads(base64.urlsafe_b64decode(good.split(".")[1] + "=="))
    kid = str(outside.provider.key.kid)
    published = outside.provider.key.as_pem(private=False)
    forged: dict[str, Callable[[], str]] = {
        "none": lambda: _by_hand({"alg": "none", "kid": kid}, claims),
        "our secret": lambda: jwt.encode({"alg": "HS256", "kid": kid}, claims, OctKey.import_key(SECRET * 2)),
        "another key": lambda: jwt.encode({"alg": "RS256", "kid": kid}, claims, RSAKey.generate_key(2048)),
        "published key as a secret": lambda: _by_hand({"alg": "HS256", "kid": kid}, claims, published),
        "nonsense": lambda: "not.a.token",
    }
    outside.provider.token = forged[how]()

    outside.refused(outside.come_back(brought), UNPROVEN)


def test_a_new_key_of_the_provider_is_fetched_when_it_is_first_used(outside: Outside) -> None:
    assert outside.come_back().status_code == 200
    outside.provider.rotate()

    assert outside.come_back().status_code == 200
    assert outside.provider.asked.count("/.well-known/openid-configuration") == 1


def test_a_provider_that_calls_itself_otherwise_is_not_the_one(outside: Outside) -> None:
    outside.provider.renamed = "https://evil.example.org"

    outside.refused(outside.client.get("/login/provider"), "ICPC account does not answer as it should")


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"email": "stranger@example.org"}, "Nobody has made an account for you"),
        ({"email_verified": False}, "Your provider has not verified your e-mail address"),
        ({"email_verified": "true"}, "Your provider has not verified your e-mail address"),
        ({"email": None}, "Nobody has made an account for you"),
    ],
)
def test_being_recognised_is_not_enough(outside: Outside, claims: dict[str, Any], sentence: str) -> None:
    outside.provider.claims = claims

    outside.refused(outside.come_back(), sentence)
    assert outside.store.people() == [outside.ana]


def test_a_disabled_account_stays_outside(outside: Outside) -> None:
    people.disable(outside.store, outside.ana.email, "test")

    outside.refused(outside.come_back(), "Your account is switched off")


@pytest.mark.parametrize("language", ["fr", "es"])
def test_a_refusal_is_told_in_the_readers_language(outside: Outside, language: str) -> None:
    outside.provider.claims = {"email_verified": False}
    outside.client.headers["Accept-Language"] = language

    answer = outside.come_back()

    assert f'lang="{language}"' in answer.text
    assert "has not verified" not in answer.text


def test_while_the_provider_is_down_a_password_still_lets_in(outside: Outside) -> None:
    outside.provider.up = False

    answer = outside.client.get("/login/provider")

    assert answer.status_code == 503
    assert "ICPC account does not answer as it should" in answer.text
    assert outside.client.post("/login", data=FORM).status_code == 303


def test_a_provider_that_goes_down_half_way_lets_nobody_in(outside: Outside) -> None:
    brought = outside.provider.agree(outside.go())
    outside.provider.up = False

    outside.refused(outside.come_back(brought), "does not answer as it should")


def test_without_local_accounts_no_password_lets_in_but_the_glass_can_be_broken(
    sqlite_store: Store, settings: Settings
) -> None:
    chloe = people.add(sqlite_store, a_person(role=Role.ADMIN), PASSWORD, "test")
    with door(sqlite_store, settings.but(desk=Desk(local_accounts=False))) as client:
        form = client.get("/login").text
        refused = client.post("/login", data=FORM)
        reset = people.make_link(sqlite_store, chloe, people.RESET, "test", datetime.now(UTC))
        closed = client.get(f"/welcome/{reset}")
        link = people.make_link(sqlite_store, chloe, people.BREAK_GLASS, "command line", datetime.now(UTC))
        opened = client.post("/welcome", data={"link": link})

        assert 'name="password"' not in form
        assert "Sign in with ICPC account" in form
        assert (refused.status_code, closed.status_code) == (403, 403)
        assert opened.status_code == 303
        assert client.get("/").text == "the desk"
