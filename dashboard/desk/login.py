"""Who is at the desk? Plain forms, a cookie that scripts cannot read, and the store that knows whose it is.

The cookie holds a random token and nothing else. Streamlit hands over the cookies of the handshake, so the store is
asked again on every run and before every act: a sign-in that ended elsewhere ends here with the next press of a key.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.desk.oidc import FLOW_LASTS, UNPROVEN, Flow, Provider, Sealed
from dashboard.look import style_sheet
from dashboard.params import preferred_language
from dashboard.words import LANGUAGES, OWN_NAMES, words
from tracker import accounts, networks, people
from tracker.errors import BadInput, NotAllowed, NotFound, ProviderUnavailable, Sentence, TrackerError
from tracker.model import Person
from tracker.people import BREAK_GLASS, SHORTEST_PASSWORD
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.people import DoorLink

COOKIE = "tracker_desk"
FLOW_COOKIE = "tracker_desk_flow"
PROVIDER = "/login/provider"
LARGEST_FORM_BYTES = 10_000

WRONG = Sentence(
    "The address and the password do not fit together, or there were too many tries. Wait a little and try again."
)
_NO_PASSWORDS = Sentence("Nobody comes in with a password here; use the sign-in of your organisation.")

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class SignIn:
    """The routes of coming in and going out."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        outside = [settings.site.url, str(settings.desk.url or "")]
        self.secure = any(url.startswith("https://") for url in outside)
        self.key = networks.key_in(settings.data)
        self.sealed = Sealed()
        self.provider: Provider | None = None
        if settings.oidc is not None:
            self.provider = Provider(settings.oidc, os.environ.get("TRACKER_OIDC_SECRET", ""))

    def routes(self) -> list[Route]:
        return [
            Route("/login", self.show, methods=["GET"]),
            Route("/login", self.sign_in, methods=["POST"]),
            Route(PROVIDER, self.to_provider, methods=["GET"]),
            Route(f"{PROVIDER}/back", self.from_provider, methods=["GET"]),
            Route("/logout", self.sign_out, methods=["POST", "GET"]),
            Route("/welcome/{token:str}", self.welcome, methods=["GET"]),
            Route("/welcome", self.use_link, methods=["POST"]),
            Route("/password", self.ask_password, methods=["GET"]),
            Route("/password", self.change_password, methods=["POST"]),
        ]

    # ------------------------------------------------------------------------------------------- with a password

    async def show(self, request: Request) -> Response:
        return await self._login_form(request)

    async def sign_in(self, request: Request) -> Response:
        if _foreign(request):
            return _sent_from_elsewhere()
        if not self.settings.desk.local_accounts:
            return await self._login_form(request, _NO_PASSWORDS, 403)
        fields = await _fields(request)
        email, password = fields.get("email", ""), fields.get("password", "")
        try:
            token = await self._said(people.sign_in, request, email, password)
        except NotAllowed as problem:
            return await self._login_form(request, problem.sentence, 429)
        if token is None:
            return await self._login_form(request, WRONG, 401)
        return await self._inside(request, token, RedirectResponse("/", status_code=303))

    async def sign_out(self, request: Request) -> Response:
        if _foreign(request):
            return _sent_from_elsewhere()
        await self._end_earlier(request)
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=self.secure)
        return answer

    async def ask_password(self, request: Request) -> Response:
        return await self._password_form(request)

    async def change_password(self, request: Request) -> Response:
        if _foreign(request):
            return _sent_from_elsewhere()
        person = await self._who(request)
        fields = await _fields(request)
        if person is None:
            return RedirectResponse("/login", status_code=303)
        if not self.settings.desk.local_accounts:
            return await self._password_form(request, _NO_PASSWORDS, 403)
        old, new = fields.get("old", ""), fields.get("password", "")
        try:
            token = await self._said(accounts.change_password, request, person, old, new)
        except BadInput as problem:
            return await self._password_form(request, problem.sentence, 422)
        except NotAllowed as problem:
            return await self._password_form(request, problem.sentence, 401)
        return await self._inside(request, token, RedirectResponse("/account?done=password", status_code=303))

    # ---------------------------------------------------------------------------------------------- with a link

    async def welcome(self, request: Request) -> Response:
        return await self._welcome_form(request, request.path_params["token"])

    async def use_link(self, request: Request) -> Response:
        if _foreign(request):
            return _sent_from_elsewhere()
        fields = await _fields(request)
        token = fields.get("link", "")
        try:
            await self._allowed(token)
            made = await self._said(people.use_link, request, token, fields.get("password", ""))
        except TrackerError as problem:
            return await self._welcome_form(request, token, problem.sentence, 422)
        return await self._inside(request, made, RedirectResponse("/", status_code=303))

    async def _allowed(self, token: str) -> DoorLink:
        """The link of this token. Raises NotFound, and NotAllowed for a password where nobody has one."""
        link = await run_in_threadpool(people.link_of, self.store, token, _now())
        if link.purpose != BREAK_GLASS and not self.settings.desk.local_accounts:
            raise NotAllowed(_NO_PASSWORDS)
        return link

    # ------------------------------------------------------------------------------------------ with a provider

    async def to_provider(self, request: Request) -> Response:
        if self.provider is None:
            return RedirectResponse("/login", status_code=303)
        flow = Flow.begun()
        try:
            address = await run_in_threadpool(self.provider.address, flow, self._back(request), _now())
        except TrackerError as problem:
            return await self._login_form(request, problem.sentence, 503)
        answer = RedirectResponse(address, status_code=303)
        # The way back begins at the provider, so that a stricter cookie would not be sent along.
        answer.set_cookie(
            FLOW_COOKIE,
            self.sealed.close(flow, _now()),
            max_age=int(FLOW_LASTS.total_seconds()),
            path=PROVIDER,
            httponly=True,
            samesite="lax",
            secure=self.secure,
        )
        return answer

    async def from_provider(self, request: Request) -> Response:
        if self.provider is None:
            return RedirectResponse("/login", status_code=303)
        try:
            proven = await run_in_threadpool(self._proven, self.provider, request)
            token = await self._said(people.let_in_as, request, proven)
        except ProviderUnavailable as problem:
            answer = await self._login_form(request, problem.sentence, 503)
        except NotAllowed as problem:
            log.info("a sign-in through the provider was refused: %r", problem.__cause__ or problem)
            answer = await self._login_form(request, problem.sentence, 401)
        else:
            # A page of our own leads on: to a redirect that begins elsewhere the browser would not send the cookie.
            answer = await self._inside(request, token, self._page(request, "inside.html"))
        answer.delete_cookie(FLOW_COOKIE, path=PROVIDER, httponly=True, samesite="lax", secure=self.secure)
        return answer

    def _proven(self, provider: Provider, request: Request) -> people.Proven:
        given, now = request.query_params, _now()
        flow = self.sealed.open(request.cookies.get(FLOW_COOKIE, ""), now)
        if flow is None or not people.same(given.get("state", ""), flow.state) or not given.get("code"):
            raise NotAllowed(UNPROVEN)
        if given.get("iss", provider.settings.issuer) != provider.settings.issuer:  # RFC 9207
            raise NotAllowed(UNPROVEN)
        return provider.proven(flow, given["code"], self._back(request), now)

    def _back(self, request: Request) -> str:
        return f"{str(self.settings.desk.url or request.base_url).rstrip('/')}{PROVIDER}/back"

    # ---------------------------------------------------------------------------------------------------- pages

    async def _login_form(self, request: Request, problem: str = "", status: int = 200) -> Response:
        oidc = self.settings.oidc
        return self._page(
            request,
            "login.html",
            status,
            problem,
            nobody=not await run_in_threadpool(self.store.people),
            provider=oidc.name if oidc else "",
            local=self.settings.desk.local_accounts,
        )

    async def _welcome_form(self, request: Request, token: str, problem: str = "", status: int = 200) -> Response:
        try:
            link: DoorLink | None = await self._allowed(token)
        except TrackerError as closed:
            link, problem, status = None, closed.sentence, 404 if isinstance(closed, NotFound) else 403
        return self._page(
            request, "welcome.html", status, problem, path=f"/welcome/{token}" if link else "/login",
            link=link, token=token, least=SHORTEST_PASSWORD,
        )  # fmt: skip

    async def _password_form(self, request: Request, problem: str = "", status: int = 200) -> Response:
        person = await self._who(request)
        if person is None:
            return RedirectResponse("/login", status_code=303)
        return self._page(
            request, "password.html", status, problem, speaks=person.language, person=person, least=SHORTEST_PASSWORD
        )

    def _page(
        self, request: Request, template: str, status: int = 200, problem: str = "", *, speaks: str = "", **values: Any
    ) -> HTMLResponse:
        wish = speaks or request.headers.get("accept-language")
        w = words(preferred_language(request.query_params.get("lang"), wish))
        told = w.tell(problem)
        page = (
            _templates()
            .get_template(template)
            .render(
                {
                    "w": w,
                    "problem": told[:1].upper() + told[1:],
                    "path": request.url.path,
                    "languages": [(code, OWN_NAMES[code]) for code in LANGUAGES],
                    "style": style_sheet("base", "login"),
                    **values,
                }
            )
        )
        return HTMLResponse(page, status_code=status)

    # ----------------------------------------------------------------------------------------------- who it is

    async def _inside(self, request: Request, token: str, answer: Result) -> Result:
        """The answer with the cookie of a new sign-in; what the browser was signed in as until now ends."""
        await self._end_earlier(request)
        assert isinstance(answer, Response)  # noqa: S101
        answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=self.secure, path="/")
        return answer

    async def _end_earlier(self, request: Request) -> None:
        if token := request.cookies.get(COOKIE):
            await run_in_threadpool(people.sign_out, self.store, token)

    async def _who(self, request: Request) -> Person | None:
        return await run_in_threadpool(people.who, self.store, request.cookies.get(COOKIE), _now())

    def _said(self, act: Callable[..., Result], request: Request, *given: object) -> Awaitable[Result]:
        """An act of `people` or `accounts` that is told from where somebody comes, and with which browser."""
        peer = request.client.host if request.client else ""
        caller = networks.caller(peer, request.headers.get("x-forwarded-for", ""), self.settings.desk.proxies)
        browser = browser_of(request.headers.get("user-agent", ""))
        network = networks.hidden(caller, self.key)
        return run_in_threadpool(partial(act, self.store, *given, _now(), network=network, browser=browser))


class Guard:
    """Middleware: a page of the desk is for those who are signed in; others are sent to the form.

    Files of Streamlit itself and its health are nobody's secret. The websocket is let through: the script asks again
    on every run, and shows nothing to a stranger.
    """

    OPEN = (
        "/health", "/login", "/logout", "/welcome", "/static/", "/_stcore/", "/favicon", "/component/",
        "/bidi-components/",
    )  # fmt: skip

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self.app = app
        self.store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(self.OPEN):
            request = Request(scope)
            person = await run_in_threadpool(people.who, self.store, request.cookies.get(COOKIE), _now())
            if person is None:
                await RedirectResponse("/login", status_code=303)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def token_here() -> str | None:
    """The token of this session of the desk."""
    import streamlit as st

    return st.context.cookies.get(COOKIE)


def person_here(store: Store, now: datetime) -> Person | None:
    """Who is at this session of the desk, asked of the store now."""
    return people.who(store, token_here(), now)


def browser_of(user_agent: str) -> str:
    """Which browser on which system, for people to recognise their own: `Firefox, Windows`; empty when unknown."""
    families = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "Chrome": "Chrome",
                "CriOS": "Chrome", "Safari": "Safari"}  # fmt: skip
    systems = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS",
               "CrOS": "ChromeOS", "Linux": "Linux"}  # fmt: skip
    found = [next((name for sign, name in known.items() if sign in user_agent), "") for known in (families, systems)]
    return ", ".join(name for name in found if name)


def _now() -> datetime:
    return datetime.now(UTC)


def _sent_from_elsewhere() -> Response:
    return PlainTextResponse("This form was sent from another site.", status_code=403)


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
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(default=True), trim_blocks=True
    )
