"""Whom does a provider of sign-ins (OpenID Connect) recognise? Who then may come in is decided by our own table.

What is checked: the state that this browser was given, the signature by a key that the provider publishes (asymmetric
algorithms alone), issuer, audience, expiry and the nonce of this very sign-in.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from tracker.errors import NotAllowed, ProviderUnavailable, Sentence
from tracker.people import Proven
from tracker.settings import Oidc

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "Ed25519", "EdDSA")
PATIENCE_SECONDS = 5.0
FLOW_LASTS = timedelta(minutes=10)
KEPT_FOR = timedelta(hours=1)  # what the provider says of itself
LEEWAY_SECONDS = 60

UNPROVEN = Sentence("the provider did not prove who you are; begin again, and tell an admin if it happens again")


@dataclass(frozen=True)
class Flow:
    """One sign-in that has begun: what must come back, and what proves that we began it."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def begun(cls) -> Flow:
        return cls(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Sealed:
    """Flows as a browser keeps them: signed by this process, for ten minutes."""

    def __init__(self) -> None:
        self._key = OctKey.import_key(secrets.token_bytes(32))

    def close(self, flow: Flow, now: datetime) -> str:
        claims = {"state": flow.state, "nonce": flow.nonce, "verifier": flow.verifier}
        return jwt.encode({"alg": "HS256"}, {**claims, "exp": int((now + FLOW_LASTS).timestamp())}, self._key)

    def open(self, sealed: str, now: datetime) -> Flow | None:
        try:
            claims = jwt.decode(sealed, self._key, algorithms=["HS256"]).claims
            jwt.JWTClaimsRegistry(now=int(now.timestamp()), exp={"essential": True}).validate(claims)
        except (JoseError, ValueError):
            return None
        return Flow(claims["state"], claims["nonce"], claims["verifier"])


@dataclass(frozen=True)
class _Published:
    """What a provider says of itself."""

    authorization: str
    token: str
    jwks: str
    takes_basic: bool


class Provider:
    def __init__(self, settings: Oidc, secret: str) -> None:
        self.settings = settings
        self._secret = secret
        self._published: tuple[datetime, _Published] | None = None
        self._keys: KeySet | None = None

    def address(self, flow: Flow, back: str, now: datetime) -> str:
        """Where the browser goes to sign in. Raises ProviderUnavailable."""
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": back,
            "scope": " ".join(self.settings.scopes),
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        place = self._discovered(now).authorization
        return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(asked)}"

    def proven(self, flow: Flow, code: str, back: str, now: datetime) -> Proven:
        """Whom the provider recognised. Raises NotAllowed for whatever does not fit, ProviderUnavailable."""
        claims = self._claims(self._redeemed(flow, code, back, now), flow, now)
        email = claims.get("email")
        return Proven(
            issuer=self.settings.issuer,
            subject=claims["sub"],
            email=email if isinstance(email, str) else "",
            email_verified=claims.get("email_verified") is True,
        )

    def _discovered(self, now: datetime) -> _Published:
        if self._published is not None and now - self._published[0] < KEPT_FOR:
            return self._published[1]
        said = self._asked("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        places = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if said.get("issuer") != self.settings.issuer or not all(map(_safe, places)):
            raise _unavailable(self.settings.name)
        ways = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        authorization, token, jwks = map(str, places)
        found = _Published(authorization, token, jwks, "client_secret_basic" in ways)
        self._published = (now, found)
        return found

    def _redeemed(self, flow: Flow, code: str, back: str, now: datetime) -> str:
        """The token that the provider gives for the code."""
        published = self._discovered(now)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.settings.client_id,
            "code_verifier": flow.verifier,
        }
        basic = None
        if self._secret and published.takes_basic:
            basic = httpx2.BasicAuth(self.settings.client_id, self._secret)
        elif self._secret:
            form["client_secret"] = self._secret
        token = self._asked("POST", published.token, data=form, auth=basic).get("id_token")
        if not isinstance(token, str):
            raise NotAllowed(UNPROVEN)
        return token

    def _claims(self, token: str, flow: Flow, now: datetime) -> dict[str, Any]:
        try:
            try:
                claims = jwt.decode(token, self._key_set(now), algorithms=ALGORITHMS).claims
            except (JoseError, ValueError):  # it may be signed by a key that is newer than ours
                claims = jwt.decode(token, self._key_set(now, afresh=True), algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.settings.issuer},
                aud={"essential": True, "value": self.settings.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": flow.nonce},
            ).validate(claims)
        except (JoseError, ValueError) as wrong:
            raise NotAllowed(UNPROVEN) from wrong
        audience = claims["aud"]
        others = isinstance(audience, list) and len(audience) > 1
        if (others or "azp" in claims) and claims.get("azp") != self.settings.client_id:
            raise NotAllowed(UNPROVEN)
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise NotAllowed(UNPROVEN)
        return claims

    def _key_set(self, now: datetime, *, afresh: bool = False) -> KeySet:
        if self._keys is None or afresh:
            said = self._asked("GET", self._discovered(now).jwks)
            try:
                self._keys = KeySet.import_key_set({"keys": said["keys"]})
            except (JoseError, KeyError, TypeError, ValueError) as wrong:
                raise _unavailable(self.settings.name) from wrong
        return self._keys

    def _asked(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        """The JSON object of an answer. Raises NotAllowed when the provider refuses, ProviderUnavailable."""
        try:
            with httpx2.Client(timeout=PATIENCE_SECONDS, follow_redirects=False) as client:
                answer = client.request(method, address, headers={"Accept": "application/json"}, **more)
            said = answer.json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as problem:
            raise _unavailable(self.settings.name) from problem
        if answer.status_code in (400, 401, 403):
            raise NotAllowed(UNPROVEN)
        if answer.status_code != 200 or not isinstance(said, dict):
            raise _unavailable(self.settings.name)
        return said


def _safe(place: object) -> bool:
    """Whether what is sent there cannot be overheard."""
    if not isinstance(place, str):
        return False
    here = urlsplit(place).hostname in ("127.0.0.1", "localhost", "::1")
    return place.startswith("https://") or (here and place.startswith("http://"))


def _unavailable(name: str) -> ProviderUnavailable:
    return ProviderUnavailable(
        Sentence("{provider} does not answer as it should; try again in a few minutes, or tell an admin", provider=name)
    )
