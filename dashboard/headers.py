"""Which headers does every answer of a dashboard process carry, so that a browser keeps to this server alone?"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def hash_of(script: str) -> str:
    """An inline script as the policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def content_policy(inline_scripts: Iterable[str] = ()) -> str:
    """What a page may load and do: this server alone, no inline script but these, no frame around it.

    `blob:` is how Streamlit loads its components; inline styles are how it draws. Nothing needs `unsafe-eval`.
    """
    hashes = " ".join(hash_of(script) for script in inline_scripts)
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' blob: {hashes}".strip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-ancestors 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "object-src 'none'",
        ]
    )


CARDS = "/card/"
_FRAMED = re.compile(rf"{CARDS}.*|/(site|releases/\d+)/[a-z]{{2}}/map\.html")  # made to stand on the pages of others
_OF_FRAMES = ("Content-Security-Policy", "X-Frame-Options")


class Headers:
    """Middleware: the headers of every answer over HTTP.

    On the desk the referrer stays within the site, for its own form needs it (`no-referrer` makes a browser send
    `Origin: null`), nothing is kept in a cache and no search engine is wanted.
    """

    def __init__(self, app: ASGIApp, *, policy: str, desk: bool = False, https: bool = False) -> None:
        self.app = app
        self.desk = desk
        self.fixed = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin" if desk else "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        }
        if https:
            self.fixed["Strict-Transport-Security"] = "max-age=31536000"
        if desk:
            self.fixed["X-Robots-Tag"] = "noindex, nofollow"
            self.fixed["Cross-Origin-Resource-Policy"] = "same-origin"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # A card or the map brings a policy of its own, which lets others show it in a frame; nothing else does.
                framed = not self.desk and _FRAMED.fullmatch(scope["path"]) and "Content-Security-Policy" in headers
                for name, value in self.fixed.items():
                    if not (framed and name in _OF_FRAMES):
                        headers[name] = value
                # Streamlit's own files are the same for everybody, and their names change with their content.
                if self.desk and not scope["path"].startswith("/static/"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self.app(scope, receive, with_headers)
