"""The public explorer: which pages and routes it has, and what it has opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.serve import door
from dashboard.words import mark
from tracker.settings import Settings

if TYPE_CHECKING:
    import streamlit as st

PAGES = {
    "": mark("Initiatives"),
}


def application(settings: Settings) -> st.App:
    return door(settings, Path(__file__).with_name("main.py"), pages=PAGES)
