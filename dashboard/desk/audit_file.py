"""Which lines of the audit does an address ask for, and the same lines as a file for a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from dashboard.desk.login import COOKIE
from dashboard.words import words
from tracker import accounts, people
from tracker.errors import NotAllowed
from tracker.model import Person
from tracker.publish import csv_lines
from tracker.store import Store
from tracker.store.audit import Event, EventFilter

ADDRESS = "/audit.csv"
COLUMNS = ("id", "at", "who", "what", "subject", "subject_id", "before", "after")
AT_ONCE = 1_000
TEXTS = ("who", "what", "subject", "subject_id")


def wanted(given: Mapping[str, str]) -> EventFilter:
    """The lines that an address asks for; days are whole ones in UTC, and what is no day is passed over."""
    texts = {name: given.get(name, "")[:300] for name in TEXTS}
    until = _day(given.get("until"))
    return EventFilter(since=_day(given.get("since")), before=until + timedelta(days=1) if until else None, **texts)


def _day(text: str | None) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text or ""), time(), UTC)
    except ValueError:
        return None


def query(given: Mapping[str, str]) -> str:
    """The part of an address after the question mark, without what is empty."""
    return urlencode({name: value for name, value in given.items() if value})


def routes(store: Store) -> list[Route]:
    async def answer(request: Request) -> Response:
        now = datetime.now(UTC)
        person = await run_in_threadpool(people.who, store, request.cookies.get(COOKIE), now)
        if person is None:
            return RedirectResponse("/login", status_code=303)
        lines = _lines(store, person, wanted(request.query_params))
        try:
            first = await run_in_threadpool(next, lines)
        except NotAllowed as problem:
            return PlainTextResponse(words(person.language).tell(problem.sentence), status_code=403)
        name = f"audit-{now:%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(_after(first, lines), media_type="text/csv; charset=utf-8", headers=headers)

    return [Route(ADDRESS, answer, methods=["GET"])]


def _lines(store: Store, person: Person, which: EventFilter) -> Iterator[str]:
    accounts.audit(store, person, which, 1)  # whoever may not read it gets no line at all
    yield from csv_lines(COLUMNS, (_cells(event) for event in _every(store, person, which)))


def _every(store: Store, person: Person, which: EventFilter) -> Iterator[Event]:
    """All lines, some at a time. What is written meanwhile is left out, so that no line comes twice."""
    which = which if which.before else which.but(before=datetime.now(UTC))
    for offset in range(0, 10_000_000, AT_ONCE):
        found = accounts.audit(store, person, which, AT_ONCE, offset)
        yield from found
        if len(found) < AT_ONCE:
            return


def _cells(event: Event) -> list[object]:
    values = [json.dumps(one, ensure_ascii=False) if one is not None else "" for one in (event.before, event.after)]
    return [event.id, event.at.isoformat(), event.who, event.what, event.subject, event.subject_id, *values]


def _after(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
