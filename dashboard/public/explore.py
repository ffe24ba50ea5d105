"""The start page: what there is, filters over it, and the list, all of it said by the address alone."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import streamlit as st

from dashboard.params import FILTERS, PAGE_LENGTH, as_pairs, link
from dashboard.public.visit import Visit
from tracker.model import Filters
from tracker.store import PublicStore

KEPT_SECONDS = 30  # how long counts are kept; what an editor approves appears by then
_FACET = {"issue": "issue", "type": "type", "country": "country", "actor": "actor_kind", "target": "target",
          "status": "status"}  # fmt: skip


def show(visit: Visit) -> None:
    visit.title()
    filters = visit.filters
    counts = facets(visit.store, filters)
    found = count(visit.store, filters)
    _head(visit, filters, counts)
    _filters(visit, filters, counts)
    _results(visit, filters, found)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=500, show_spinner=False)
def facets(_store: PublicStore, filters: Filters) -> dict[str, dict[str, int]]:
    return _store.facets(filters)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=500, show_spinner=False)
def count(_store: PublicStore, filters: Filters) -> int:
    return _store.count(filters)


def _head(visit: Visit, filters: Filters, counts: dict[str, dict[str, int]]) -> None:
    words = visit.words
    everything = Filters()
    total, countries = count(visit.store, everything), len(facets(visit.store, everything)["country"])
    changed = next((record.changed_at for record in visit.store.newest(everything, 1)), None)
    issues = []
    for code in visit.taxonomy.codes("issues"):
        chosen = code in filters.issues
        # A click on an issue that is chosen takes it back.
        other = filters.but(issues=() if chosen else (code,))
        there = words.number(counts["issue"].get(code, 0))
        issues.append((visit.reader.label("issues", code), link("/", other, language=words.language), there, chosen))
    visit.draw(
        "head",
        lead=" · ".join(
            [
                words.n("{n} initiative", "{n} initiatives", total),
                words.n("{n} country or territory", "{n} countries and territories", countries),
                *([visit.t("updated {date}", date=words.date(changed))] if changed else []),
            ]
        ),
        issues=issues,
    )


def _filters(visit: Visit, filters: Filters, counts: dict[str, dict[str, int]]) -> None:
    t = visit.t
    # What the widgets show follows from the address, so that links, the Back button and a shared address all work.
    for name, (field, _) in FILTERS.items():
        st.session_state[f"f-{name}"] = list(getattr(filters, field))
    st.session_state["f-q"] = filters.text
    search, country = st.columns([2, 1])
    with search:
        st.text_input(t("Search in titles and summaries"), key="f-q", max_chars=200, on_change=partial(_moved, "q"))
    with country:
        _choice(visit, "country", t("Country or territory"), counts)
    more = [*filters.types, *filters.actor_kinds, *filters.targets, *filters.statuses]
    # Closed at first: on a phone the list should not begin below the fold.
    with st.expander(t("More filters"), expanded=bool(more)):
        left, right = st.columns(2)
        with left:
            _choice(visit, "type", t("Type of initiative"), counts)
            _choice(visit, "actor", t("Who acts"), counts)
        with right:
            _choice(visit, "target", t("For whom"), counts)
            _choice(visit, "status", t("Status"), counts)


def _choice(visit: Visit, name: str, label: str, counts: dict[str, dict[str, int]]) -> None:
    field, group = FILTERS[name]
    there = counts[_FACET[name]]
    chosen = getattr(visit.filters, field)
    if group is None:
        codes = [code for code, _ in visit.words.countries({*there, *chosen})]
    else:
        codes = [code for code in visit.taxonomy.codes(group) if code in there or code in chosen]
    st.multiselect(
        label,
        codes,
        key=f"f-{name}",
        format_func=lambda code: f"{_named(visit, name, code)} ({visit.words.number(there.get(code, 0))})",
        placeholder=visit.t("All"),
        select_all=False,  # would be an address of 250 codes that asks for what no code asks for
        on_change=partial(_moved, name),
    )


def _moved(name: str) -> None:
    """A widget was moved: the address says so, from its first page on."""
    value = st.session_state[f"f-{name}"]
    st.query_params.pop("page", None)
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def _named(visit: Visit, name: str, code: str) -> str:
    group = FILTERS[name][1]
    return visit.reader.country(code) if group is None else visit.reader.label(group, code)


def _results(visit: Visit, filters: Filters, found: int) -> None:
    words = visit.words
    of = max(1, -(-found // PAGE_LENGTH))
    number = min(visit.page, of)
    records = visit.store.page(filters, (number - 1) * PAGE_LENGTH, PAGE_LENGTH)

    def at(page: int) -> str:
        return link("/", filters, language=words.language, page=page)

    visit.draw(
        "results",
        found=words.n("{n} initiative", "{n} initiatives", found),
        chosen=list(_chosen(visit, filters)),
        home=visit.links.page("overview"),
        lines=[visit.reader.line(record) for record in records],
        sample=any(record.sample for record in records),
        number=number,
        of=of,
        before=at(number - 1) if number > 1 else "",
        after=at(number + 1) if number < of else "",
        csv=link("/download.csv", filters),
        json=link("/download.json", filters),
        atom=link("/feed.atom", filters, language=words.language),
    )


def _chosen(visit: Visit, filters: Filters) -> Iterable[tuple[str, str]]:
    """(what is chosen, the address without it), in the order of the address."""
    for name, value in as_pairs(filters):
        if name == "q":
            rest, said = filters.but(text=""), f"«{value}»"
        else:
            field = FILTERS[name][0]
            rest = filters.but(**{field: tuple(code for code in getattr(filters, field) if code != value)})
            said = _named(visit, name, value)
        yield said, link("/", rest, language=visit.words.language)
