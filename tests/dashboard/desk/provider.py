"""A provider of sign-ins for tests: OpenID Connect over HTTP on loopback, with real keys and real signatures."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "tracker-desk", "a secret between two"


@dataclass
class FakeProvider:
    """Issues a token for whoever a test says; what is wrong with it, a test says too."""

    claims: dict[str, Any] = field(default_factory=dict)  # instead of the good ones; None: left out
    up: bool = True
    asked: list[str] = field(default_factory=list)
    token: str | None = None  # instead of a signed one
    nonces: dict[str, dict[str, str]] = field(default_factory=dict)  # code -> what was asked for with it
    renamed: str = ""  # what it calls itself
    secret: str = SECRET  # empty: a client without one
    host: str = "127.0.0.1"  # under which it is reached; `localhost` is another site than the desk for a browser

    def __post_init__(self) -> None:
        self.rotate()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self)

            def do_POST(self) -> None:
                provider.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://{self.host}:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def rotate(self) -> None:
        """A new key; the old one is not published any more."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})

    def agree(self, address: str) -> dict[str, str]:
        """What the browser brings back after somebody has agreed at this address."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(8)
        self.nonces[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = urlsplit(request.path).path
        self.asked.append(path)
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode()
        if path == "/authorize":  # whoever comes agrees
            back = self.agree(request.path)
            asked = dict(parse_qsl(urlsplit(request.path).query))
            request.send_response(303)
            request.send_header("Location", f"{asked['redirect_uri']}?{urlencode(back)}")
            request.end_headers()
            return
        if not self.up:
            status, said = 503, b"<h1>Down for maintenance</h1>"
        else:
            found: dict[str, Callable[[], Any]] = {
                "/.well-known/openid-configuration": self._of_itself,
                "/jwks": lambda: KeySet([self.key]).as_dict(private=False),
            }
            made = self._redeem(request, body) if path == "/token" else (200, found[path]())
            status, said = made[0], json.dumps(made[1]).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(said)))
        request.end_headers()
        request.wfile.write(said)

    def _of_itself(self) -> dict[str, Any]:
        return {
            "issuer": self.renamed or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def _redeem(self, request: BaseHTTPRequestHandler, body: str) -> tuple[int, dict[str, Any]]:
        form = {name: values[0] for name, values in parse_qs(body).items()}
        basic = base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
        if self.secret and request.headers.get("Authorization") != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        asked = self.nonces.pop(form["code"], None)
        if asked is None or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.token or self.signed(asked["nonce"])}

    def signed(self, nonce: str, **header: str) -> str:
        now = int(time.time())
        good = {
            "iss": self.issuer,
            "sub": "subject-7",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "ana@example.org",
            "email_verified": True,
        }
        claims = {name: value for name, value in {**good, **self.claims}.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": str(self.key.kid), **header}, claims, self.key)
