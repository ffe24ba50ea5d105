"""Who is at the desk? A plain form, a cookie that scripts cannot read, and the store that knows whose it is.

The cookie holds a random token and nothing else. Streamlit hands over the cookies of the handshake, so the store is
asked again on every run and before every act: a sign-in that ended elsewhere ends here with the next press of a key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, Template, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.look import style_sheet
from dashboard.params import preferred_language
from dashboard.words import LANGUAGES, OWN_NAMES, words
from tracker import people
from tracker.model import Person
from tracker.settings import Settings
from tracker.store import Store

COOKIE = "tracker_desk"
LARGEST_FORM_BYTES = 10_000


class SignIn:
    """The routes of signing in and out, and the guard in front of everything else."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.secure = settings.site.url.startswith("https://")

    def routes(self) -> list[Route]:
        return [
            Route("/login", self.show, methods=["GET"]),
            Route("/login", self.sign_in, methods=["POST"]),
            Route("/logout", self.sign_out, methods=["POST", "GET"]),
        ]

    async def show(self, request: Request) -> Response:
        return self._form(request)

    async def sign_in(self, request: Request) -> Response:
        if _foreign(request):
            return PlainTextResponse("This form was sent from another site.", status_code=403)
        fields = await _fields(request)
        email, password = fields.get("email", ""), fields.get("password", "")
        token = await run_in_threadpool(people.sign_in, self.store, email, password, datetime.now(UTC))
        if token is None:
            return self._form(request, failed=True)
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=self.secure, path="/")
        return answer

    async def sign_out(self, request: Request) -> Response:
        if _foreign(request):
            return PlainTextResponse("This was sent from another site.", status_code=403)
        if token := request.cookies.get(COOKIE):
            await run_in_threadpool(people.sign_out, self.store, token)
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=self.secure)
        return answer

    def _form(self, request: Request, *, failed: bool = False) -> HTMLResponse:
        language = preferred_language(request.query_params.get("lang"), request.headers.get("accept-language"))
        page = _template().render(
            w=words(language),
            failed=failed,
            nobody=not self.store.people(),
            languages=[(code, OWN_NAMES[code]) for code in LANGUAGES],
            style=style_sheet("base", "login"),
        )
        return HTMLResponse(page, status_code=401 if failed else 200)


class Guard:
    """Middleware: a page of the desk is for those who are signed in; others are sent to the form.

    Files of Streamlit itself and its health are nobody's secret. The websocket is let through: the script asks again
    on every run, and shows nothing to a stranger.
    """

    OPEN = ("/health", "/login", "/logout", "/static/", "/_stcore/", "/favicon", "/component/", "/bidi-components/")

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self.app = app
        self.store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(self.OPEN):
            request = Request(scope)
            person = await run_in_threadpool(people.who, self.store, request.cookies.get(COOKIE), datetime.now(UTC))
            if person is None:
                await RedirectResponse("/login", status_code=303)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def person_here(store: Store, now: datetime) -> Person | None:
    """Who is at this session of the desk, asked of the store now."""
    import streamlit as st

    return people.who(store, st.context.cookies.get(COOKIE), now)


def _foreign(request: Request) -> bool:
    """Whether another site had the browser send this: by its own word, or by an Origin that is not ours."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    return origin is not None and origin.split("://", 1)[-1] != request.headers.get("host")


async def _fields(request: Request) -> dict[str, str]:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_FORM_BYTES:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(default=True), trim_blocks=True
    )
    return environment.get_template("login.html")
