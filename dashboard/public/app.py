"""The public explorer: which pages and routes it has, and what it has opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.public.routes import public_routes
from dashboard.serve import door, start
from dashboard.words import mark
from tracker import taxonomy as taxonomy_of
from tracker.settings import Settings
from tracker.store import open_public

if TYPE_CHECKING:
    import streamlit as st

PAGES = {
    "": mark("Initiatives"),
    "initiative": mark("Initiative"),
    "countries": mark("Countries"),
    "country": mark("Country"),
    "data": mark("Data"),
    "method": mark("Method"),
    "help": mark("Help"),
}


def application(settings: Settings) -> st.App:
    """The explorer as an ASGI application; it opens the database read-only.

    Raises StoreUnavailable when there is no database yet.
    """
    store = open_public(settings.public_database or settings.database)
    taxonomy = taxonomy_of.load(settings.taxonomy)
    start(store, settings, taxonomy)
    return door(
        settings,
        Path(__file__).with_name("main.py"),
        pages=PAGES,
        routes=public_routes(store, settings, taxonomy),
    )
