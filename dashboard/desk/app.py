"""The desk's process: the sign-in in front, the pages behind, one store for all of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.middleware import Middleware

from dashboard.desk.login import Guard, SignIn
from dashboard.look import style_sheet
from dashboard.serve import door, start
from dashboard.words import mark
from tracker import taxonomy as taxonomy_of
from tracker.settings import Settings
from tracker.store import open_store

if TYPE_CHECKING:
    import streamlit as st

PAGES = {
    "": mark("Triage"),
    "triage": mark("Triage"),
    "initiatives": mark("Initiatives"),
    "initiative": mark("Coding"),
    "sources": mark("Sources"),
    "quality": mark("Quality"),
    "words": mark("Words"),
    "activity": mark("Activity"),
}


def application(settings: Settings) -> st.App:
    """The desk as an ASGI application. Raises StoreUnavailable when the database cannot be opened."""
    store = open_store(settings.database)
    start(store, settings, taxonomy_of.load(settings.taxonomy))
    return door(
        settings,
        Path(__file__).with_name("main.py"),
        pages=PAGES,
        routes=SignIn(store, settings).routes(),
        middleware=[Middleware(Guard, store=store)],
        desk=True,
    )


@cache
def style() -> str:
    """The look of the desk's pages."""
    return style_sheet("base", "desk")
