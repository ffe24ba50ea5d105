"""What do the explorer's pages have in common? The reader's language, what the address asks for, where links lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import streamlit as st

from dashboard.params import (
    FILTERS,
    Sort,
    View,
    link,
    preferred_language,
    read_compared,
    read_filters,
    read_page,
    read_sort,
    read_view,
)
from dashboard.render import render
from dashboard.serve import Running
from dashboard.shown import Reader
from dashboard.words import Words, words
from tracker.model import Filters
from tracker.settings import Settings
from tracker.store import PublicStore
from tracker.taxonomy import Taxonomy


class ExplorerLinks:
    """Addresses of the explorer's pages, in the language of the reader."""

    def __init__(self, language: str) -> None:
        self.language = language

    def initiative(self, id: int) -> str:
        return link("/initiative", language=self.language, more={"id": id})

    def issue(self, code: str) -> str:
        return link("/", Filters(issues=(code,)), language=self.language)

    def type(self, code: str) -> str:
        return link("/", Filters(types=(code,)), language=self.language)

    def country(self, code: str) -> str:
        return link("/country", language=self.language, more={"code": code})

    def page(self, name: str) -> str:
        return link("/" if name == "overview" else f"/{name}", language=self.language)


@dataclass(frozen=True)
class Found:
    """What the filters of the address find, in numbers; of each code and month, the other filters as they are."""

    number: int
    counts: Mapping[str, Mapping[str, int]]  # name in the address: code: number
    months: Mapping[date | None, int]


@dataclass(frozen=True)
class Visit:
    """One run of a page, made anew each time: all of it comes from the address and the store."""

    store: PublicStore
    settings: Settings
    taxonomy: Taxonomy
    words: Words
    given: Mapping[str, list[str]]  # the parameters of the address
    reader: Reader
    links: ExplorerLinks

    @classmethod
    def of(cls, running: Running[PublicStore]) -> Visit:
        given = {name: st.query_params.get_all(name) for name in st.query_params}
        asked = next(iter(given.get("lang", [])), None)
        # The same header as the page around this one was answered by; where there is none, what the browser says.
        wish = st.context.headers.get("Accept-Language") or st.context.locale
        said = words(preferred_language(asked, wish, running.settings.languages))
        links = ExplorerLinks(said.language)
        reader = Reader(said, running.taxonomy, links)
        return cls(running.store, running.settings, running.taxonomy, said, given, reader, links)

    @cached_property
    def filters(self) -> Filters:
        return read_filters(self.given, self.taxonomy)

    @property
    def page(self) -> int:
        return read_page(self.given)

    @property
    def site_name(self) -> str:
        return self.settings.site.name.get(self.words.language, self.settings.site.organisation)

    @cached_property
    def view(self) -> View:
        return read_view(self.given)

    @cached_property
    def sort(self) -> Sort:
        return read_sort(self.given)

    @cached_property
    def compared(self) -> tuple[str, ...]:
        return read_compared(self.given)

    def to(
        self,
        filters: Filters | None = None,
        *,
        view: View | None = None,
        sort: Sort | None = None,
        compared: Sequence[str] | None = None,
        page: int = 1,
    ) -> str:
        """The address of the start page with what is given here; the rest as it is now."""
        shown = self.view if view is None else view
        order = self.sort if sort is None else sort
        beside = self.compared if compared is None else compared
        more: dict[str, object] = {}
        # Countries to compare ask for their view, so that another one is named beside them.
        if shown is not (View.COMPARE if beside else View.LIST):
            more["view"] = shown
        if beside:
            more["compare"] = ",".join(beside)
        if shown is View.TABLE and order != Sort():
            more["sort"] = order
        wanted = self.filters if filters is None else filters
        return link("/", wanted, language=self.words.language, page=page, more=more)

    def t(self, message: str, /, **values: object) -> str:
        return self.words.t(message, **values)

    def draw(self, part: str, **values: Any) -> None:
        """A template of `templates/parts/`, which escapes everything; what is not drawn so is drawn by a widget."""
        st.html(render(f"parts/{part}.html", self.words, links=self.links, **values))

    def named(self, name: str, code: str) -> str:
        """What a code of a filter is called; `name` is that of the filter in the address."""
        group = FILTERS[name][1]
        return self.reader.country(code) if group is None else self.reader.label(group, code)

    def found(
        self,
        heading: str,
        *,
        part: str,
        wanted: Filters | None = None,
        chosen: Sequence[tuple[str, str]] = (),
        sample: bool = False,
        **values: Any,
    ) -> None:
        """What was found: its heading, what a view has made of it (`part` and its values), and the same as files."""
        filters = self.filters if wanted is None else wanted
        self.draw(
            "found",
            found=heading,
            inner=f"parts/{part}.html",
            chosen=chosen,
            sample=sample,
            home=self.to(Filters()),
            csv=link("/download.csv", filters),
            json=link("/download.json", filters),
            atom=link("/feed.atom", filters, language=self.words.language),
            **values,
        )

    def title(self, title: str = "") -> None:
        """What the tab is called: numbers and general words, since others may look at the same screen."""
        st.set_page_config(page_title=f"{title} – {self.site_name}" if title else self.site_name, layout="wide")

    def in_language(self, language: str) -> str:
        """The address of this same page in another language."""
        pairs = {name: values for name, values in self.given.items() if name != "lang"}
        more = {name: ",".join(values) if name in FILTERS else values[0] for name, values in pairs.items()}
        return link("", language=language, more=more)
