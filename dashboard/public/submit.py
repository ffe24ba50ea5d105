"""How does somebody outside send in an initiative or a correction, and learn what became of it? Plain pages and forms.

No account, no cookie, no script is needed. What is sent goes into the box (`tracker/store/submissions.py`), which this
process can fill and not read.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from babel import Locale
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.look import ASSETS, style_sheet
from dashboard.params import read_number
from dashboard.public.limits import Limit, caller_of
from dashboard.render import render
from dashboard.shell import language_of, not_found
from dashboard.words import LANGUAGES, OWN_NAMES, mark, words
from tracker import letters
from tracker.errors import Conflict, NotFound, StoreUnavailable
from tracker.letters import Letter, LetterKind, Stale, Wrong
from tracker.settings import Settings
from tracker.store import Box, PublicStore
from tracker.taxonomy import Taxonomy

SECRET_VARIABLE = "TRACKER_FORM_SECRET"  # noqa: S105  # the name of a variable
LARGEST_FORM_BYTES = 64_000
MOST_IN_BOX = 300  # letters; then the desk has to catch up first
TRAP = "website"  # a field that no person sees
FROM_ONE, IN_ALL = 5, 100  # submissions an hour
LOOKS_FROM_ONE, LOOKS_IN_ALL = 120, 5000  # at a reply link, an hour

WRONG = {
    Wrong.MISSING: mark("This is needed."),
    Wrong.SHORT: mark("Please write a little more: 20 characters or more."),
    Wrong.LONG: mark("This is too long: {most} characters at most."),
    Wrong.NO_LINK: mark("This is no public web address. It begins with https://."),
    Wrong.NO_COUNTRY: mark("Please choose a country or territory of the list."),
    Wrong.NO_MAIL: mark("This is no e-mail address. You can also leave it empty."),
}
STALE = {
    Stale.QUICK: mark("That was very quick. Please look it over and send it again; nothing that you wrote is lost."),
    Stale.OLD: mark("The page had been open for a long time. Please send it again; nothing that you wrote is lost."),
    Stale.FORGED: mark("The page had been open for a long time. Please send it again; nothing that you wrote is lost."),
}
LATER = mark("Very much is being sent at the moment. Please try again in an hour; nothing that you wrote is lost.")
CLOSED = mark("Nothing can be sent here at the moment. Please try again later; nothing that you wrote is lost.")


def form_key(environment: Mapping[str, str] = os.environ) -> bytes:
    """What forms are signed with: $TRACKER_FORM_SECRET, where several processes answer; else new at each start."""
    given = environment.get(SECRET_VARIABLE, "")
    return given.encode() if given else secrets.token_bytes(32)


class Post:
    """The routes of the form, the reply link and the page on privacy."""

    def __init__(
        self, store: PublicStore, box: Box | None, settings: Settings, taxonomy: Taxonomy, key: bytes | None = None
    ) -> None:
        self.store, self.box, self.settings, self.taxonomy = store, box, settings, taxonomy
        self.key = key or form_key()
        self.sending = Limit(from_one=FROM_ONE, in_all=IN_ALL)
        self.looking = Limit(from_one=LOOKS_FROM_ONE, in_all=LOOKS_IN_ALL)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/submit", self.show, methods=["GET"]),
            Route("/submit", self.send, methods=["POST"]),
            Route("/reply/{secret:str}", self.reply, methods=["GET"]),
            Route("/reply/{secret:str}", self.add, methods=["POST"]),
            Route("/privacy", self.privacy, methods=["GET"]),
            Route("/assets/letters.css", _style, methods=["GET"]),
            Route("/assets/letters.js", _script, methods=["GET"]),
        ]

    # --------------------------------------------------------------------------------------------------- the form

    async def show(self, request: Request) -> Response:
        return self._form(request, {}, await run_in_threadpool(self._concerned, request))

    async def send(self, request: Request) -> Response:
        if _foreign(request):
            return self._said(request, mark("This form was sent from another site."), 403)
        fields = await _fields(request)
        if fields is None:
            return self._said(request, mark("This is more than the form can hold. Please send less."), 413)
        return await run_in_threadpool(self._send, request, fields)

    def _send(self, request: Request, fields: Mapping[str, str]) -> Response:
        now = _now()
        about = self._concerned(request, fields)
        found = letters.checked(fields, country_codes(), about[0])
        stamp = letters.read_stamp(self.key, fields.get("stamp", ""), now)
        if found.sent is None:
            return self._form(request, fields, about, wrong=found.wrong)
        if isinstance(stamp, Stale):
            return self._form(request, fields, about, said=STALE[stamp], status=409, keep_stamp=stamp is Stale.QUICK)
        secret = letters.reply_secret(self.key, stamp)
        signs = letters.spam_signs(found.sent, trap=fields.get(TRAP, ""), took=now - stamp.at)
        content = {**found.sent.model_dump(mode="json"), "contact": found.contact, "signs": list(signs)}
        language = language_of(request, self.settings)
        kept = letters.hidden(secret)
        letter = Letter(
            id=kept, kind=LetterKind.SUBMISSION, reply_hash=kept, at=now, language=language, content=content
        )
        try:
            if not self._has_room() or not self.sending.allows(caller_of(request), now):
                return self._form(request, fields, about, said=LATER, status=429)
            _open(self.box).put(letter)
        except Conflict:
            return self._said(request, mark("This form was sent already. It is enough to send it once."), 409)
        except StoreUnavailable:
            return self._form(request, fields, about, said=CLOSED, status=503)
        link = f"{self.settings.site.url.rstrip('/')}/reply/{secret}"
        return self._page(request, "sent", mark("Thank you"), link=link, days=self.settings.keep.contact_days)

    def _has_room(self) -> bool:
        return _open(self.box).count() < MOST_IN_BOX

    def _concerned(self, request: Request, fields: Mapping[str, str] | None = None) -> tuple[int | None, str]:
        """The public initiative that is to be corrected, and its title; none where there is no such initiative."""
        given = fields or request.query_params
        number = read_number({"initiative": [given.get("initiative", "")]}, "initiative")
        if number is None:
            return None, ""
        try:
            found = self.store.one(number)
        except (NotFound, StoreUnavailable):
            return None, ""
        return number, found.initiative.wording(language_of(request, self.settings))[1].title

    def _form(
        self,
        request: Request,
        fields: Mapping[str, str],
        about: tuple[int | None, str],
        *,
        wrong: Mapping[str, Wrong] | None = None,
        said: str = "",
        status: int = 200,
        keep_stamp: bool = False,
    ) -> Response:
        language = language_of(request, self.settings)
        t = words(language).t
        told = {name: t(WRONG[one], most=letters.LONGEST[name]) for name, one in (wrong or {}).items()}
        stamp = fields.get("stamp", "") if keep_stamp or wrong else ""
        if isinstance(letters.read_stamp(self.key, stamp, _now()), Stale) and not keep_stamp:
            stamp = ""
        concerns, title_of = about
        title = mark("Correct an initiative") if concerns else mark("Send in an initiative")
        return self._page(
            request,
            "submit",
            title,
            status=422 if wrong else status,
            problem=bool(wrong or said),
            given={name: fields.get(name, "") for name in letters.FIELDS},
            wrong=told,
            said=t(said) if said else "",
            stamp=stamp or letters.stamped(self.key, _now()),
            trap=TRAP,
            longest=letters.LONGEST,
            concerns=concerns,
            about=title_of,
            countries=words(language).countries(country_codes()),
            days=self.settings.keep.contact_days,
            query=f"&initiative={concerns}" if concerns else "",
        )

    # --------------------------------------------------------------------------------------------- the reply link

    async def reply(self, request: Request) -> Response:
        return await run_in_threadpool(self._reply, request)

    async def add(self, request: Request) -> Response:
        if _foreign(request):
            return self._said(request, mark("This form was sent from another site."), 403)
        fields = await _fields(request)
        if fields is None:
            return self._said(request, mark("This is more than the form can hold. Please send less."), 413)
        return await run_in_threadpool(self._add, request, fields)

    def _add(self, request: Request, fields: Mapping[str, str]) -> Response:
        kept = letters.hidden(request.path_params["secret"])
        now, act = _now(), fields.get("act", "")
        try:
            there = _open(self.box).reply(kept)
            if there is None or act not in ("note", "withdraw"):
                return self._reply(request)
            text = letters.plain(fields.get("note", ""), lines=True)
            if act == "note" and not text:
                return self._reply(request, wrong=WRONG[Wrong.MISSING], status=422)
            if len(text) > letters.LONGEST_NOTE:
                return self._reply(request, wrong=WRONG[Wrong.LONG], note=text, status=422)
            if not self._has_room() or not self.sending.allows(caller_of(request), now):
                return self._reply(request, wrong=LATER, note=text, status=429)
            kind = LetterKind.NOTE if act == "note" else LetterKind.WITHDRAWAL
            content: dict[str, object] = {"text": text} if act == "note" else {}
            language = language_of(request, self.settings)
            letter = Letter(
                id=f"{kind.value}:{kept}", kind=kind, reply_hash=kept, at=now, language=language, content=content
            )
            _open(self.box).put(letter)
        except Conflict:
            pass  # it lies there already, and the page says so
        except StoreUnavailable:
            return self._said(request, CLOSED, 503)
        return self._reply(request)

    def _reply(self, request: Request, *, wrong: str = "", note: str = "", status: int = 200) -> Response:
        if not self.looking.allows(caller_of(request), _now()):
            return self._said(request, LATER, 429)
        try:
            found = _open(self.box).reply(letters.hidden(request.path_params["secret"]))
        except StoreUnavailable:
            return self._said(request, CLOSED, 503)
        language = language_of(request, self.settings)
        if found is None:
            return not_found(self.settings, language)
        known = self.taxonomy.codes("exclusion_reasons")
        reason = self.taxonomy.label("exclusion_reasons", found.reason, language) if found.reason in known else ""
        said = words(language).t(wrong, most=letters.LONGEST_NOTE) if wrong else ""
        return self._page(
            request,
            "reply",
            mark("What became of it"),
            status=status,
            reply=found,
            reason=reason,
            wrong=said,
            note=note,
            longest=letters.LONGEST_NOTE,
            days=self.settings.keep.contact_days,
        )

    # -------------------------------------------------------------------------------------------------- other pages

    async def privacy(self, request: Request) -> Response:
        return self._page(
            request, "privacy", mark("Privacy and safety"), index=True, days=self.settings.keep.contact_days
        )

    def _said(self, request: Request, sentence: str, status: int) -> Response:
        return self._page(request, "said", mark("Not sent"), status=status, sentence=sentence)

    def _page(
        self, request: Request, name: str, title: str, *, status: int = 200, index: bool = False, **values: Any
    ) -> Response:
        """One of these pages; never kept by the browser, so that nobody finds a filled form by going back."""
        language = language_of(request, self.settings)
        said = words(language)
        site = self.settings.site
        query = values.pop("query", "")
        body = render(
            f"letters/{name}.html",
            said,
            title=said.t(title),
            site_name=site.name.get(language, site.organisation),
            leave_to=site.leave_to,
            index=index,
            languages=[
                (code, OWN_NAMES[code], f"{request.url.path}?lang={code}{query}")
                for code in LANGUAGES
                if code in self.settings.languages
            ],
            explorer=f"/?lang={language}",
            organisation=site.organisation,
            mail=self.settings.contact,
            **{"problem": False, **values},
        )
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Language", "Referrer-Policy": "no-referrer"}
        if not index:
            headers["X-Robots-Tag"] = "noindex, nofollow"
        return HTMLResponse(body, status_code=status, headers=headers)


@cache
def country_codes() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes of every country and territory, and Kosovo's XK, as CLDR has them."""
    known = map(str, Locale("en").territories)
    return frozenset(code for code in known if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES


_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


def _open(box: Box | None) -> Box:
    if box is None:
        raise StoreUnavailable("the letter box cannot be written by this process")
    return box


def _now() -> datetime:
    return datetime.now(UTC)


def _foreign(request: Request) -> bool:
    """Whether another site had the browser send this, by the browser's own word.

    `Origin: null` is what a browser says for a page without a referrer, such as ours; then Sec-Fetch-Site, and else the
    form's stamp, have to do.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin", "null")
    return origin != "null" and origin.split("://", 1)[-1] != request.headers.get("host")


async def _fields(request: Request) -> dict[str, str] | None:
    """The fields of a form; None where it is larger than any that a person fills in. It is not read to its end."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        return {}
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_FORM_BYTES:
            return None
    try:
        read = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=40)
    except ValueError:
        return None
    return {name: values[0] for name, values in read.items()}


def _style(_: Request) -> Response:
    return Response(style_sheet("base", "pages", "letters"), media_type="text/css", headers=_KEPT)


def _script(_: Request) -> Response:
    return Response((ASSETS / "letters.js").read_text(encoding="utf-8"), media_type="text/javascript", headers=_KEPT)


_KEPT = {"Cache-Control": "public, max-age=3600"}
