"""How do templates become HTML? One environment that escapes everything, for static pages, explorer and desk alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.ext import Extension
from markupsafe import Markup, escape

from dashboard.words import Words, direction, words

FOLDER = Path(__file__).with_name("templates")


class Said(Extension):
    """Puts plain sentences, `{{ t("…") }}` with nothing to fill in, into a template before it is compiled.

    A release says the same dozen of them on tens of thousands of pages.
    """

    _SENTENCE = re.compile(r'\{\{ t\("([^"{}]*)"\) \}\}')

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template in the language of its environment."""
        del name, filename
        said: Any = self.environment.globals["words"]
        return self._SENTENCE.sub(lambda found: escape(said.t(found[1])), source)


@cache
def environment(language: str) -> Environment:
    """Templates that speak one language, each compiled once; an unknown name is an error, not an empty text.

    In them, `t("…")` and `n("…", "…", number)` say it in that language; `words` has dates and numbers.
    """
    said = words(language)
    made = Environment(
        extensions=[Said],
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"direction": direction, "words": said, "t": said.t, "n": said.n}
    made.filters["facts"] = facts
    return made


def facts(known: Iterable[tuple[str, tuple[Any, ...]]]) -> Markup:
    """What is known of an initiative, as (name, pieces): the inside of a list of descriptions."""
    return Markup("\n".join([_fact(name, pieces) for name, pieces in known]))  # noqa: S704  # the template escapes


@lru_cache(maxsize=5_000)
def _fact(name: str, pieces: tuple[Any, ...]) -> str:
    """One line of it. The same few codes stand on thousands of pages: each is drawn once."""
    return render("parts/fact.html", words("en"), name=name, pieces=pieces)


@cache
def template(name: str, language: str) -> Template:
    found = environment(language).get_template(name)
    found.globals = dict(found.globals)  # a chain of maps, through which every rendering would walk
    return found


def render(name: str, words: Words, /, **values: object) -> str:
    """A template with its values, in the language of the reader."""
    return template(name, words.language).render(**values)
