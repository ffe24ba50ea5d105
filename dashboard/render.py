"""How do templates become HTML? One environment that escapes everything, for static pages, explorer and desk alike."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from dashboard.words import Words, direction

FOLDER = Path(__file__).with_name("templates")


@cache
def environment() -> Environment:
    """Templates are compiled once a process; an unknown name is an error, not an empty text."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["direction"] = direction
    made.globals["cell"] = cell
    return made


@lru_cache(maxsize=5_000)
def cell(pieces: tuple[Any, ...]) -> Markup:
    """What stands in one field of an initiative. The same few codes stand on thousands of pages: each is drawn once."""
    return Markup(template("parts/cell.html").render(pieces=pieces))  # noqa: S704  # the template escapes


@cache
def template(name: str) -> Template:
    return environment().get_template(name)


def render(name: str, words: Words, /, **values: object) -> str:
    """A template with its words: in it, `t("…")` and `n("…", "…", number)` speak the language of the reader."""
    return template(name).render(words=words, t=words.t, n=words.n, **values)
