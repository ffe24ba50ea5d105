"""Where was searched, and where was nothing found? Countries by months, as people say it, beside what is known.

A cell says in words what it shows by its sign: for those who do not see it, and on a narrow screen, where the matrix
becomes a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.figures import head
from dashboard.desk.shared import Desk, flash, safe, told
from dashboard.desk.source_parts import Head, row, table
from tracker import coverage, searched
from tracker.coverage import Cell
from tracker.model import EARLIEST, RoughDate
from tracker.regions import REGIONS
from tracker.store.coverage import Place, Searched
from tracker.text import folded

SIGNS = {Searched.SEARCHED: "d-full", Searched.PARTLY: "d-half", Searched.NOT_SEARCHED: "d-empty"}


def show(desk: Desk) -> None:
    st.html(
        f'<h1 class="d-h1">{safe(desk.t("Coverage"))}</h1><p class="t-lead">'
        + safe(
            desk.t(
                "Where somebody has searched, so that “none found” can be told from “nobody has looked”. "
                "What the tracker knows by itself stands beside it, and decides nothing."
            )
        )
        + "</p>"
    )
    today = desk.now.date()
    years = list(range(today.year, EARLIEST.year - 1, -1))
    with st.container(horizontal=True, vertical_alignment="bottom", key="coverage-choice"):
        issue = st.selectbox(
            desk.t("Issue"),
            desk.taxonomy.codes("issues"),
            format_func=lambda code: desk.label("issues", code),
            key="coverage-issue",
            width=280,
        )
        year = st.selectbox(desk.t("Year"), years, key="coverage-year", width=110, format_func=str)
        region = st.selectbox(
            desk.t("Region"),
            _regions(desk),
            index=None,
            format_func=lambda code: region_name(desk, code),
            placeholder=desk.t("All with sources or findings"),
            key="coverage-region",
            width=280,
        )
    first, last = date(year, 1, 1), min(date(year, 12, 1), today.replace(day=1))
    cells = coverage.coverage(desk.store, desk.taxonomy.codes("issues"), first, last)
    months = coverage.months(first, last)
    countries = _countries(desk, cells, issue, region)
    _say(desk, issue, months, region)
    _sums(desk, cells.values(), issue)
    if countries:
        _matrix(desk, cells, issue, countries, months)
    else:
        st.info(desk.t("No source, finding or search names a country here yet. Choose a region to see its countries."))
    _one(desk, cells, issue, countries, months)
    st.download_button(
        desk.t("The year {year} as CSV, all issues", year=year),
        lambda: coverage.as_csv(coverage.coverage(desk.store, desk.taxonomy.codes("issues"), first, last).values()),
        file_name=f"coverage-{year}.csv",
        mime="text/csv",
        key=f"coverage-csv-{year}",
        on_click="ignore",
    )


def _regions(desk: Desk) -> list[str]:
    return sorted(REGIONS, key=lambda code: folded(region_name(desk, code)))


def region_name(desk: Desk, code: str) -> str:
    """What a region is called; CLDR has the names of M49."""
    return str(desk.words.locale.territories.get(code, code))


def _countries(desk: Desk, cells: Iterable[Place], issue: str, region: str | None) -> list[str]:
    """Those of the region, else those of which anything is known; in the alphabet of the language."""
    known = set(REGIONS[region]) if region else {place.country for place in cells if place.issue == issue}
    return [code for code, _ in desk.words.countries(known)]


# ------------------------------------------------------------------------------------------------------------- setting


def _say(desk: Desk, issue: str, months: list[date], region: str | None) -> None:
    """One form for one cell and for a whole region: countries, issues, months, and how was searched."""
    done = st.session_state.get("coverage-done", 0)  # the form is empty again after each
    key = f"{issue}-{months[0].year}-{region}-{done}"
    with st.expander(desk.t("Say what was searched"), key="coverage-say"), st.form(f"coverage-{key}", border=False):
        names = dict(desk.words.countries(shared.all_countries()))
        one, two = st.columns(2)
        countries = one.multiselect(
            desk.t("Countries"),
            list(names),
            format_func=names.__getitem__,
            placeholder=desk.t("Choose"),
            key=f"coverage-countries-{key}",
        )
        regions = two.multiselect(
            desk.t("and all countries of these regions"),
            _regions(desk),
            default=[region] if region else [],
            format_func=lambda code: region_name(desk, code),
            placeholder=desk.t("None"),
            key=f"coverage-regions-{key}",
        )
        issues = one.pills(
            desk.t("Issues"),
            desk.taxonomy.codes("issues"),
            selection_mode="multi",
            default=[issue],
            format_func=lambda code: desk.label("issues", code),
            key=f"coverage-issues-{key}",
            wrap=True,
        )
        start, end = two.select_slider(
            desk.t("Months, from and to"),
            months,
            value=(months[-1], months[-1]),
            format_func=lambda month: _month(desk, month),
            key=f"coverage-months-{key}",
        ) if len(months) > 1 else (months[0], months[0])  # fmt: skip
        state = st.segmented_control(
            desk.t("They are"),
            list(Searched),
            default=Searched.SEARCHED,
            required=True,
            format_func=lambda code: state_name(desk, code),
            key=f"coverage-state-{key}",
            wrap=True,
        )
        note = st.text_input(
            desk.t("How and where you have looked"),
            key=f"coverage-note-{key}",
            max_chars=500,
            placeholder=desk.t("such as: the ministry's site and two newspapers, in Spanish"),
        )
        if st.form_submit_button(desk.t("Keep it"), type="primary", key=f"coverage-keep-{key}"):
            chosen = {*countries, *(code for one in regions for code in REGIONS[one])}
            wanted = [month for month in months if start <= month <= end]
            _keep(desk, chosen, issues, wanted, state, note)


def _keep(desk: Desk, countries: set[str], issues: list[str], months: list[date], state: Searched, note: str) -> None:
    with told():
        number = searched.say(
            desk.store, desk.taxonomy, desk.still_here(), countries, issues, months, state, note, shared.now()
        )
        st.session_state["coverage-done"] = st.session_state.get("coverage-done", 0) + 1
        flash(desk.words.n("Kept for one cell", "Kept for {n} cells", number))
        st.rerun()


def state_name(desk: Desk, state: Searched) -> str:
    return {
        Searched.SEARCHED: desk.t("searched"),
        Searched.PARTLY: desk.t("partly searched"),
        Searched.NOT_SEARCHED: desk.t("not searched"),
    }[state]


# -------------------------------------------------------------------------------------------------------------- drawing


def _sums(desk: Desk, cells: Iterable[Cell], issue: str) -> None:
    mine = [cell for cell in cells if cell.issue == issue]
    counted = {state: sum(cell.state is state and cell.said is not None for cell in mine) for state in Searched}
    none = sum(cell.none_found for cell in mine)
    proposed = sum(cell.proposed is not None for cell in mine)
    said = desk.t(
        "{searched} cells searched ({none} of them with nothing found), {partly} partly; {proposed} where sources "
        "answered and nobody has said anything.",
        searched=desk.words.number(counted[Searched.SEARCHED]),
        none=desk.words.number(none),
        partly=desk.words.number(counted[Searched.PARTLY]),
        proposed=desk.words.number(proposed),
    )
    legend = "".join(
        f'<span><i class="d-cell {css}" aria-hidden="true">{text}</i> {safe(name)}</span>'
        for css, text, name in (
            ("d-full", "3", desk.t("searched, initiatives found")),
            ("d-full d-zero", "0", desk.t("searched, none found")),
            ("d-half", "", desk.t("partly searched")),
            ("d-empty d-proposed", "", desk.t("sources answered: partly?")),
            ("d-empty", "", desk.t("not searched")),
        )
    )
    st.html(f'<p class="d-line">{safe(said)}</p><p class="d-legend">{legend}</p>')


def _matrix(desk: Desk, cells: dict[Place, Cell], issue: str, countries: list[str], months: list[date]) -> None:
    heads = "".join(
        f'<th scope="col"><abbr title="{safe(_month(desk, month))}">{safe(_short(desk, month))}</abbr></th>'
        for month in months
    )
    lines = []
    for country in countries:
        row_cells = [
            cells.get(Place(country, issue, month)) or Cell(country=country, issue=issue, month=month)
            for month in months
        ]
        # On a narrow screen only cells that say something are listed; a country without any says so itself.
        nothing = f' <span class="d-whole">{safe(state_name(desk, Searched.NOT_SEARCHED))}</span>'
        name = safe(desk.words.country(country)) + (nothing if all(map(_says_nothing, row_cells)) else "")
        lines.append(f'<tr><th scope="row">{name}</th>{"".join(_cell(desk, cell) for cell in row_cells)}</tr>')
    caption = desk.t("{issue}, by country and month", issue=desk.label("issues", issue))
    st.html(
        f'<table class="t-table d-matrix"><caption>{safe(caption)}</caption>'
        f'<thead><tr><th scope="col">{safe(desk.t("Country"))}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _cell(desk: Desk, cell: Cell) -> str:
    """A sign with the number of initiatives found; in words for screen readers and where it is a list."""
    css = SIGNS[cell.state]
    if cell.none_found:
        css += " d-zero"
    if cell.proposed:
        css += " d-proposed"
    number = desk.words.number(cell.found) if cell.found or cell.none_found else ""
    words = _in_words(desk, cell)
    kind = "d-nothing" if _says_nothing(cell) else ""
    return (
        f'<td class="{kind}" data-head="{safe(_short(desk, cell.month))}">'
        f'<span class="d-cell {css}" title="{safe(words)}">'
        f'<span aria-hidden="true">{number}</span><span class="d-said">{safe(words)}</span></span></td>'
    )


def _says_nothing(cell: Cell) -> bool:
    return cell.state is Searched.NOT_SEARCHED and cell.said is None and not cell.found and not cell.proposed


def _in_words(desk: Desk, cell: Cell) -> str:
    found = (
        desk.t("none found")
        if cell.none_found
        else desk.words.n("one initiative", "{n} initiatives", cell.found)
        if cell.found
        else ""
    )
    proposed = (
        desk.words.n("one source answered: partly?", "{n} sources answered: partly?", cell.answered)
        if cell.proposed
        else ""
    )
    return "; ".join(filter(None, (state_name(desk, cell.state), found, proposed)))


def _one(desk: Desk, cells: dict[Place, Cell], issue: str, countries: list[str], months: list[date]) -> None:
    """All that is known of one country, month by month: what was said, by whom, and what stands beside it."""
    if not countries:
        return
    head(desk.t("One country in detail"))
    country = st.selectbox(
        desk.t("Country"), countries, format_func=desk.words.country, key=f"coverage-one-{issue}", width=280
    )
    heads: list[Head] = [
        (desk.t("Month"), ""),
        (desk.t("Searched?"), ""),
        (desk.t("Sources that answered"), "n"),
        (desk.t("Fetches"), "n"),
        (desk.t("Items seen"), "n"),
        (desk.t("Initiatives"), "n"),
        (desk.t("Public"), "n"),
    ]
    lines = []
    for month in reversed(months):
        place = Place(country, issue, month)
        cell = cells.get(place) or Cell(country=country, issue=issue, month=month)
        lines.append(row([safe(_month(desk, month)), _said(desk, cell), *_figures(desk, cell)], heads))
    table(heads, lines)


def _figures(desk: Desk, cell: Cell) -> list[str]:
    of = desk.t("{number} of {all}", number=desk.words.number(cell.answered), all=desk.words.number(cell.sources))
    numbers = (cell.fetches, cell.items, cell.found, cell.public)
    return [of if cell.sources else desk.words.number(0), *map(desk.words.number, numbers)]


def _said(desk: Desk, cell: Cell) -> str:
    if cell.said is None:
        return f'<span class="t-note">{safe(_in_words(desk, cell))}</span>'
    by = f"{cell.said.by}, {desk.words.date(cell.said.at)}" if cell.said.at else cell.said.by
    return (
        f'{safe(_in_words(desk, cell))}<br><span class="t-note"><span dir="auto">{safe(cell.said.note)}</span> '
        f"({safe(by)})</span>"
    )


def _month(desk: Desk, month: date) -> str:
    return desk.words.date(RoughDate.parse(f"{month:%Y-%m}"))


def _short(desk: Desk, month: date) -> str:
    """`Apr`, as the language shortens it."""
    from babel.dates import format_date

    said: Any = format_date(month, "LLL", locale=desk.words.locale)
    return str(said)
