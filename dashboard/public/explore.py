"""The start page: what there is, filters over it, what they find in one of six views; the address says all of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial

import streamlit as st

from dashboard.params import FILTERS, MONTHS, View, as_pairs, read_month, toggled
from dashboard.public import comparing, viewing
from dashboard.public.visit import Found, Visit
from dashboard.words import mark
from tracker.model import Filters

FACETS = {"issue": "issue", "type": "type", "country": "country", "actor": "actor_kind", "target": "target",
          "status": "status"}  # fmt: skip
VIEWS = {
    View.LIST: (mark("List"), viewing.show_list),
    View.MAP: (mark("Map"), viewing.show_map),
    View.TABLE: (mark("Table"), viewing.show_table),
    View.TIMELINE: (mark("Timeline"), viewing.show_timeline),
    View.CHARTS: (mark("Charts"), viewing.show_charts),
    View.COMPARE: (mark("Compare countries"), comparing.show),
}


def show(visit: Visit) -> None:
    visit.title()
    with visit.store.reading():  # all of a page is of one moment
        _show(visit)


def _show(visit: Visit) -> None:
    counts = visit.store.facets(visit.filters)
    counted = {name: counts[kind] for name, kind in FACETS.items()}
    found = Found(visit.store.count(visit.filters), counted, visit.store.months(visit.filters))
    _head(visit, found)
    _filters(visit, found)
    visit.draw(
        "views", views=[(visit.t(name), visit.to(view=one), one is visit.view) for one, (name, _) in VIEWS.items()]
    )
    label, view = VIEWS[visit.view]
    with st.container():  # empty in most views, so that what follows has one place on the page in all of them
        values = view(visit, found)
    visit.found(_heading(visit, found, visit.t(label)), chosen=list(_chosen(visit)), **values)


def _heading(visit: Visit, found: Found, view: str) -> str:
    """What is shown, so that it is said aloud when it changes."""
    if visit.view is View.COMPARE:
        those = visit.words.listed(map(visit.reader.country, visit.compared))
    else:
        those = visit.words.n("{n} initiative", "{n} initiatives", found.number)
    return (
        visit.t("{view}: {found}", view=view, found=those) if those and visit.view is not View.LIST else those or view
    )


def _head(visit: Visit, found: Found) -> None:
    words = visit.words
    everything = Filters()
    countries = visit.store.facets(everything)["country"]
    changed = visit.store.stamp().at
    visit.draw(
        "head",
        lead=" · ".join(
            [
                words.n("{n} initiative", "{n} initiatives", visit.store.count(everything)),
                words.n("{n} country or territory", "{n} countries and territories", len(countries)),
                *([visit.t("updated {date}", date=words.date(changed))] if changed else []),
            ]
        ),
        issues=[
            (
                visit.reader.label("issues", code),
                # A click on an issue that is chosen takes it back.
                visit.to(visit.filters.but(issues=() if code in visit.filters.issues else (code,))),
                words.number(found.counts["issue"].get(code, 0)),
                code in visit.filters.issues,
            )
            for code in visit.taxonomy.codes("issues")
        ],
    )


def _filters(visit: Visit, found: Found) -> None:
    t, filters = visit.t, visit.filters
    # What the widgets show follows from the address, so that links, the Back button and a shared address all work.
    for name, (field, _) in FILTERS.items():
        st.session_state[f"f-{name}"] = list(getattr(filters, field))
    for name, field in MONTHS.items():
        st.session_state[f"f-{name}"] = getattr(filters, field)
    st.session_state["f-q"] = filters.text
    search, country = st.columns([2, 1])
    with search:
        st.text_input(t("Search in titles and summaries"), key="f-q", max_chars=200, on_change=partial(_moved, "q"))
    with country:
        _choice(visit, "country", t("Country or territory"), found)
    more = [*filters.types, *filters.actor_kinds, *filters.targets, *filters.statuses]
    # Closed at first: on a phone the list should not begin below the fold.
    with st.expander(t("More filters"), expanded=bool(more or filters.from_month or filters.to_month)):
        left, right = st.columns(2)
        with left:
            _choice(visit, "type", t("Type of initiative"), found)
            _choice(visit, "actor", t("Who acts"), found)
            _month(visit, "from", t("Began in or after"), found)
        with right:
            _choice(visit, "target", t("For whom"), found)
            _choice(visit, "status", t("Status"), found)
            _month(visit, "to", t("Began in or before"), found)


def _choice(visit: Visit, name: str, label: str, found: Found) -> None:
    field, group = FILTERS[name]
    there = found.counts[name]
    chosen = getattr(visit.filters, field)
    if group is None:
        codes = [code for code, _ in visit.words.countries({*there, *chosen})]
    else:
        codes = [code for code in visit.taxonomy.codes(group) if code in there or code in chosen]
    st.multiselect(
        label,
        codes,
        key=f"f-{name}",
        format_func=lambda code: f"{visit.named(name, code)} ({visit.words.number(there.get(code, 0))})",
        placeholder=visit.t("All"),
        select_all=False,  # would be an address of 250 codes that asks for what no code asks for
        on_change=partial(_moved, name),
    )


def _month(visit: Visit, name: str, label: str, found: Found) -> None:
    chosen = getattr(visit.filters, MONTHS[name])
    st.selectbox(
        label,
        sorted({*(month for month in found.months if month), *([chosen] if chosen else [])}),
        key=f"f-{name}",
        format_func=visit.words.month,
        placeholder=visit.t("Any month"),
        index=None,
        on_change=partial(_moved, name),
    )


def _moved(name: str) -> None:
    """A widget was moved: the address says so, from its first page on."""
    value = st.session_state[f"f-{name}"]
    st.query_params.pop("page", None)
    if value:
        st.query_params[name] = value.isoformat()[:7] if isinstance(value, date) else value
    else:
        st.query_params.pop(name, None)


def _chosen(visit: Visit) -> Iterable[tuple[str, str]]:
    """(what is chosen, the address without it), in the order of the address."""
    filters = visit.filters
    for name, value in as_pairs(filters):
        if name == "q":
            yield f"«{value}»", visit.to(filters.but(text=""))
        elif name in MONTHS:
            month = read_month(value)
            said = visit.words.months(*((month, None) if name == "from" else (None, month)))
            yield said, visit.to(filters.but(**{MONTHS[name]: None}))
        else:
            yield visit.named(name, value), visit.to(toggled(filters, name, value))
