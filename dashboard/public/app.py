"""The public explorer: which pages and routes it has, and what it has opened."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.public.routes import public_routes
from dashboard.public.submit import Post
from dashboard.serve import door, start
from dashboard.words import mark
from tracker import taxonomy as taxonomy_of
from tracker.errors import StoreUnavailable
from tracker.settings import Settings
from tracker.store import Box, open_box, open_public

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
    """The explorer as an ASGI application; it opens the database read-only, but for the letter box.

    Raises StoreUnavailable when there is no database yet.
    """
    store = open_public(settings.public_database or settings.database)
    taxonomy = taxonomy_of.load(settings.taxonomy)
    start(store, settings, taxonomy)
    return door(
        settings,
        Path(__file__).with_name("main.py"),
        pages=PAGES,
        routes=[*Post(store, _box(settings), settings, taxonomy).routes(), *public_routes(store, settings, taxonomy)],
    )


def _box(settings: Settings) -> Box | None:
    """The letter box; None where this user cannot write the database: then the form says that it is closed."""
    try:
        return open_box(settings.public_database or settings.database)
    except StoreUnavailable as problem:
        logging.getLogger(__name__).warning("nothing can be sent in: %s", problem)
        return None
