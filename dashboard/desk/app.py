"""The desk's process: the sign-in in front, the pages behind, one store for all of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dashboard.desk import audit_file, tending
from dashboard.desk.login import Guard, SignIn
from dashboard.desk.surface import component
from dashboard.look import style_sheet
from dashboard.serve import door, start
from dashboard.words import mark
from tracker import taxonomy as taxonomy_of
from tracker.model import Role
from tracker.settings import Settings
from tracker.store import open_store

if TYPE_CHECKING:
    import streamlit as st


@dataclass(frozen=True)
class View:
    """A page of the desk. Its module's `show(desk)` draws it."""

    title: str
    module: str
    role: Role = Role.ANALYST  # whoever has less never gets it
    first: bool = False  # stands in the bar itself, not behind "More"
    hidden: bool = False  # reached from another page alone


# By address, in the order of the bar. The start page is the first.
VIEWS = {
    "triage": View(mark("Triage"), "triage", first=True),
    "table": View(mark("Table"), "table", first=True),
    "search": View(mark("Search"), "search", first=True),
    "initiatives": View(mark("Initiatives"), "lists", first=True),
    "initiative": View(mark("Coding"), "coding", hidden=True),
    "for-you": View(mark("For you"), "notices", first=True),
    "look": View(mark("Second look"), "look", hidden=True),
    "merge": View(mark("Merge"), "joining", role=Role.EDITOR, hidden=True),
    "again": View(mark("Look again"), "again"),
    "sources": View(mark("Sources"), "sources", first=True),
    "quality": View(mark("Quality"), "quality", first=True),
    "public": View(mark("From the public"), "from_public"),
    "second": View(mark("Second coding"), "second_coding"),
    "excluded": View(mark("Excluded by one"), "excluded_by_one"),
    "coverage": View(mark("Coverage"), "coverage"),
    "codebook": View(mark("Codebook"), "codebook"),
    "words": View(mark("Words"), "word_lists"),
    "contacts": View(mark("Help contacts"), "help_contacts", role=Role.EDITOR),
    "activity": View(mark("Activity"), "activity"),
    "people": View(mark("People"), "people", Role.ADMIN),
    "audit": View(mark("Audit"), "audit", Role.ADMIN),
    "account": View(mark("My account"), "account", hidden=True),
}


def application(settings: Settings) -> st.App:
    """The desk as an ASGI application. Raises StoreUnavailable when the database cannot be opened."""
    store = open_store(settings.database)
    tending.begin(store, settings)
    first = next(iter(VIEWS))
    start(store, settings, taxonomy_of.load(settings.taxonomy))
    return door(
        settings,
        Path(__file__).with_name("main.py"),
        pages={"": VIEWS["triage"].title, **{path: view.title for path, view in VIEWS.items()}},
        routes=[
            Route(f"/{first}", _to_the_start),
            *SignIn(store, settings).routes(),
            *audit_file.routes(store),
            *component.routes(),
        ],
        middleware=[Middleware(Guard, store=store)],
        desk=True,
    )


def _to_the_start(request: Request) -> Response:
    """The first page stands at the root alone: at an address of its own, Streamlit would say that it is not there."""
    return RedirectResponse(f"/?{request.url.query}" if request.url.query else "/", 307)


@cache
def style() -> str:
    """The look of the desk's pages."""
    return style_sheet("base", "desk")
