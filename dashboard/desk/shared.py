"""What do the pages of the desk have in common? Who is here, in which language, on which store."""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st
from babel import Locale

from dashboard.desk.login import person_here
from dashboard.words import Words, direction, words
from tracker.errors import NotAllowed, TrackerError
from tracker.model import Initiative, Item, Person, Record, Suggestion
from tracker.settings import Settings
from tracker.store import Store
from tracker.taxonomy import Taxonomy
from tracker.text import folded

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Desk:
    """One run of a page: made anew each time, so that who is here is always asked of the store."""

    store: Store
    taxonomy: Taxonomy
    settings: Settings
    person: Person
    words: Words
    now: datetime

    def still_here(self) -> Person:
        """The person at this session, asked of the store now.

        Callbacks run before the page does: what they do must not rest on who was here at the last run. Raises
        NotAllowed when the sign-in has ended since.
        """
        person = person_here(self.store, now())
        if person is None or person.id != self.person.id:
            raise NotAllowed(self.t("You are signed out"))
        return person

    def again(self) -> Desk:
        """The desk at this moment, for parts of a page that run again without it. Raises NotAllowed."""
        return replace(self, person=self.still_here(), now=now())

    def t(self, message: str, /, **values: object) -> str:
        return self.words.t(message, **values)

    def label(self, group: str, code: str) -> str:
        return self.taxonomy.label(group, code, self.words.language)

    def labels(self, group: str, codes: Iterable[str]) -> str:
        return ", ".join(self.label(group, code) for code in codes)

    def countries(self, codes: Iterable[str]) -> str:
        return ", ".join(self.words.country(code) for code in codes)


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def told() -> Iterator[None]:
    """An error with a sentence is shown as that sentence, where the person looks."""
    try:
        yield
    except TrackerError as problem:
        st.error(in_words(problem))


def in_words(problem: TrackerError) -> str:
    """The sentence of an error in the language of this session, for Streamlit to draw."""
    return plain(words(str(st.session_state.get("language", "en"))).tell(problem.sentence))


def plain(text: str) -> str:
    """Text that Streamlit's Markdown draws as it stands: no picture, link, code, colour or formula in it."""
    return re.sub(r"([\\\[\]<`$]|:(?=\w+[\[/]))", r"\\\1", text)


def flash(message: str) -> None:
    """A sentence to be shown after the next rerun."""
    st.session_state["flash"] = message


def show_flash() -> None:
    if message := st.session_state.pop("flash", None):
        st.toast(plain(message))


def initiative_asked(desk: Desk, heading: str) -> int | None:
    """The initiative that the address names, else the one that was open last; where there is none, that is said."""
    number: int | None = st.session_state.get("coding-id")
    if asked := st.query_params.get("id"):
        number = int(asked) if asked.isdigit() else None
    if number is None:
        st.html(f'<h1 class="d-h1">{safe(heading)}</h1>')
        st.info(desk.t("Choose an initiative from the list."))
        return None
    st.session_state["coding-id"] = number
    return number


def note(text: str) -> None:
    """A quiet line beside a control. Streamlit's own caption is too pale to be read by everybody."""
    st.html(f'<p class="t-note">{safe(text)}</p>')


# What a source wrote goes through `safe` and into st.html, which keeps neither scripts nor handlers: never Markdown.


def safe(text: str) -> str:
    """Text as HTML that says exactly this text."""
    return html.escape(text, quote=True)


def sample_banner(desk: Desk, record: Record) -> str:
    """That nothing of a sample is real, as HTML; nothing for a real initiative."""
    if not record.sample:
        return ""
    return f'<p class="t-banner">{safe(desk.t("Sample: invented for practice, nothing of it is real."))}</p>'


def said(text: str, language: str | None, *, tag: str = "span", css: str = "") -> str:
    """Text of a source as HTML, marked with its language and direction so that it is read and drawn right."""
    lang = f' lang="{safe(language)}"' if language and language != "und" else ""
    side = f' dir="{direction(language)}"' if language and language != "und" else ' dir="auto"'
    look = f' class="{css}"' if css else ""
    return f"<{tag}{lang}{side}{look}>{safe(text)}</{tag}>"


def pieces(text: str, terms: Iterable[str]) -> list[str]:
    """The text in pieces, every second one of which is a matched term that stands there as a word."""
    wanted = sorted({term for term in terms if term.strip()}, key=len, reverse=True)[:80]
    if not wanted:
        return [text]
    return re.split(rf"(?<!\w)({'|'.join(map(re.escape, wanted))})(?!\w)", text, flags=re.IGNORECASE)


def marked(text: str, terms: Iterable[str]) -> str:
    """Text as HTML with the matched terms marked where they stand as words."""
    return "".join(
        f"<mark>{safe(piece)}</mark>" if place % 2 else safe(piece) for place, piece in enumerate(pieces(text, terms))
    )


def difference(before: str, after: str) -> str:
    """The words that went and the words that came, as HTML."""
    old, new = before.split(), after.split()
    pieces = []
    for act, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if act in ("replace", "delete"):
            pieces.append(f"<del>{safe(' '.join(old[a:b]))}</del>")
        if act in ("replace", "insert"):
            pieces.append(f"<ins>{safe(' '.join(new[c:d]))}</ins>")
        if act == "equal":
            kept = new[c:d]
            pieces.append(safe(" ".join(kept if len(kept) < 24 else [*kept[:10], "…", *kept[-10:]])))
    return f'<p class="d-text" dir="auto">{" ".join(pieces)}</p>'


def outside(address: str, label: str) -> str:
    """A link that leaves the desk: a tab of its own that learns nothing of us. Only web addresses become links."""
    if not address.startswith(("https://", "http://")):
        return safe(label)
    return f'<a href="{safe(address)}" target="_blank" rel="noopener noreferrer">{safe(label)}</a>'


def item_language(item: Item, suggestion: Suggestion) -> str | None:
    return suggestion.language if suggestion.language != "und" else item.declared_language


def title_of(desk: Desk, initiative: Initiative) -> str:
    return initiative.wording(desk.words.language)[1].title or desk.t("(no title yet)")


def matches(text: str) -> Callable[[str], bool]:
    """Whether all the words of a search are somewhere in a text, accents and case aside."""
    wanted = folded(text).split()
    return lambda candidate: all(word in folded(candidate) for word in wanted)


# CLDR knows these; ISO 3166-1 has no such country, or keeps the code free (islands, a customs area) without making one.
NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


@cache
def all_countries() -> tuple[str, ...]:
    """ISO 3166-1 alpha-2 codes of every country and territory, and Kosovo's XK."""
    known = map(str, Locale("en").territories)
    return tuple(code for code in known if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES)
