"""How is an item drawn for somebody who reads it after its decision, and what do they say it is about?"""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from dashboard.desk import shared, why
from dashboard.desk.shared import Desk, marked, outside, safe, said
from tracker.model import Waiting
from tracker.store.second_coding import AsItWas, Coding

LONGEST_SHOWN = 6_000  # characters of a text


class Chosen(NamedTuple):
    """What the fields about an item say."""

    issues: tuple[str, ...]
    countries: tuple[str, ...]
    type: str | None


def item_of(desk: Desk, opened: AsItWas, *, titled: bool = True) -> None:
    """The item as it was, with the suggestion of then; without its title where that stands above already."""
    item, suggestion = opened.item, opened.suggestion
    language = shared.item_language(item, suggestion)
    if item.sample:
        st.html(f'<p class="t-banner">{safe(desk.t("Sample: invented for practice, nothing of it is real."))}</p>')
    dated = (
        desk.t("dated {date} by its source", date=desk.words.date(item.dated.date()))
        if item.dated
        else desk.t("not dated by its source")
    )
    tongue = desk.words.tongue(language) if language else desk.t("language not known")
    facts = [f"#{item.id}", *map(safe, (opened.source, tongue, dated)), outside(item.url, desk.t("Open the original"))]
    body = item.text or item.summary
    lang = f' lang="{safe(language)}"' if language else ""
    lines = [line for line in body[:LONGEST_SHOWN].splitlines() if line.strip() and line.strip() != item.title]
    text = "".join(f"<p>{marked(line, suggestion.terms)}</p>" for line in lines)
    st.html(
        (said(item.title, language, tag="h2", css="d-title") if titled else "")
        + '<p class="t-meta">'
        + "".join(f"<span>{fact}</span>" for fact in facts)
        + "</p>"
        + why.box(desk, Waiting(item=item, suggestion=suggestion, source=opened.source))
        + f'<div class="d-text" dir="auto"{lang}>{text}{" …" if len(body) > LONGEST_SHOWN else ""}</div>'
    )


def fields(
    desk: Desk,
    key: str,
    *,
    begun: Coding,
    starred: bool = False,
) -> None:
    """Fields for what an item is about: issues, countries, and the primary type; those of `begun` are chosen."""
    codes = desk.taxonomy.codes("issues")
    st.pills(
        desk.t("Issues"),
        codes,
        selection_mode="multi",
        default=[code for code in codes if code in begun.issues],
        format_func=lambda code: desk.label("issues", code) + (" *" if starred and code in begun.issues else ""),
        key=f"issues-{key}",
        wrap=True,
    )
    names = dict(desk.words.countries(shared.all_countries()))
    st.multiselect(
        desk.t("Countries"),
        list(names),
        default=[code for code in begun.countries if code in names],
        format_func=lambda code: names[code] + (" *" if starred and code in begun.countries else ""),
        key=f"countries-{key}",
        placeholder=desk.t("None: international, or not known"),
    )
    types = desk.taxonomy.codes("types")
    st.selectbox(
        desk.t("Primary type (if it is an initiative)"),
        types,
        index=types.index(begun.type) if begun.type in types else None,
        format_func=lambda code: f"{code} {desk.label('types', code)}",
        key=f"type-{key}",
        placeholder=desk.t("Not said"),
    )
    if starred:
        shared.note(desk.t("* suggested by the machine, as the first coder saw it; what you leave chosen is yours."))


def chosen(key: str) -> Chosen:
    """What these fields say now, also in a callback: what was drawn may be older than what was just chosen."""
    state = st.session_state
    return Chosen(tuple(state[f"issues-{key}"]), tuple(state[f"countries-{key}"]), state[f"type-{key}"])
