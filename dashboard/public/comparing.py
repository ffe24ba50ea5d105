"""Countries side by side: how many initiatives, about what, of which type, where they stand, when they began."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.params import FILTERS, MOST_COMPARED, View, toggled
from dashboard.public.visit import Found, Visit
from dashboard.words import mark
from tracker.model import Filters
from tracker.store.public import Side

KINDS = {"issue": mark("By issue"), "type": mark("By type"), "status": mark("By status")}
NONE = "–"


@dataclass(frozen=True)
class Cell:
    """A number with its share of the country's initiatives, and where they are listed."""

    said: str
    href: str = ""
    share: str = ""
    percent: float = 0.0


def show(visit: Visit, found: Found) -> dict[str, Any]:
    _choice(visit, found)
    codes = visit.compared
    sides = visit.store.beside(visit.filters, codes)
    wanted = {code: visit.filters.but(countries=(code,)) for code in codes}
    return {
        "part": "compare",
        "places": [(visit.reader.country(code), visit.links.country(code)) for code in codes],
        "figures": [
            (visit.t("Initiatives"), [_number(visit, sides[code].total, wanted[code]) for code in codes]),
            (visit.t("The first began"), [_day(visit, sides[code], lambda side: side.first) for code in codes]),
            (visit.t("The last began"), [_day(visit, sides[code], lambda side: side.last) for code in codes]),
        ],
        "groups": [(visit.t(label), _rows(visit, name, sides, wanted)) for name, label in KINDS.items()],
    }


def _choice(visit: Visit, found: Found) -> None:
    numbers = found.counts["country"]
    st.session_state["f-compare"] = list(visit.compared)
    st.multiselect(
        visit.t("Countries to compare, four at most"),
        [code for code, _ in visit.words.countries({*numbers, *visit.compared})],
        key="f-compare",
        format_func=lambda code: f"{visit.reader.country(code)} ({visit.words.number(numbers.get(code, 0))})",
        placeholder=visit.t("Choose countries"),
        max_selections=MOST_COMPARED,
        on_change=_moved,
    )


def _moved() -> None:
    chosen = st.session_state["f-compare"]
    st.query_params.pop("compare", None)
    st.query_params["view"] = View.COMPARE.value
    if chosen:
        st.query_params["compare"] = ",".join(chosen)


def _rows(
    visit: Visit, name: str, sides: Mapping[str, Side], wanted: Mapping[str, Filters]
) -> list[tuple[str, list[Cell]]]:
    group = FILTERS[name][1]
    counts = {code: side.counts[name] for code, side in sides.items()}
    there = {one for numbers in counts.values() for one in numbers}
    return [
        (
            visit.named(name, one),
            [
                _number(visit, counts[code].get(one, 0), _with(wanted[code], name, one), sides[code].total)
                for code in sides
            ],
        )
        for one in visit.taxonomy.codes(group or "")
        if one in there
    ]


def _with(wanted: Filters, name: str, code: str) -> Filters:
    return wanted if code in getattr(wanted, FILTERS[name][0]) else toggled(wanted, name, code)


def _number(visit: Visit, number: int, wanted: Filters, of: int = 0) -> Cell:
    if not number:
        return Cell(NONE)
    share = round(100 * number / of) if of else 0
    return Cell(
        visit.words.number(number),
        visit.to(wanted, view=View.LIST, compared=()),
        visit.t("{share}%", share=visit.words.number(share)) if of else "",
        share,
    )


def _day(visit: Visit, side: Side, which: Callable[[Side], Any]) -> Cell:
    day = which(side)
    return Cell(visit.words.date(day) if day else NONE)
