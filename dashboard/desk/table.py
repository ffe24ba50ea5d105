"""The queue as a table: many items under one's eyes, and one decision on each of those that were chosen."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

import streamlit as st

from dashboard.desk import shared, triage
from dashboard.desk.shared import Desk, flash
from tracker import review
from tracker.errors import NotAllowed, TrackerError
from tracker.model import Decision, ItemState, Verdict, Waiting
from tracker.store.items import QueueFilter

PER_PAGE = 100
DRAWN = "table-drawn"
TROUBLES = "table-troubles"


@dataclass(frozen=True)
class Drawn:
    """The rows that are on the page: they stay as they are until others are asked for, so that a choice is of these."""

    wanted: QueueFilter
    page: int
    total: int
    rows: tuple[Waiting, ...]

    @property
    def key(self) -> str:
        named = ",".join(f"{row.item.id}:{row.item.version}" for row in self.rows)
        return hashlib.sha256(f"{self.wanted!r}{self.page}{named}".encode()).hexdigest()[:16]


def show(desk: Desk) -> None:
    bar = st.container(horizontal=True, vertical_alignment="center", key="table-head")
    bar.html(f'<h1 class="d-h1">{desk.t("Table")}</h1>')
    with bar:
        wanted = triage.filters(desk, "table")
        st.button(desk.t("Refresh"), key="table-refresh", on_click=_forget)
    with st.container(horizontal=True, vertical_alignment="bottom", key="table-pages"):
        drawn = _drawn(desk, wanted)
        if drawn.rows:
            _place(desk, drawn)
    _troubles(desk)
    if not drawn.rows:
        st.info(desk.t("Nothing waits under this filter."))
        return
    chosen = _rows(desk, drawn)
    _decisions(desk, drawn, chosen)


def _drawn(desk: Desk, wanted: QueueFilter) -> Drawn:
    drawn: Drawn | None = st.session_state.get(DRAWN)
    if drawn is None or drawn.wanted != wanted:
        drawn = _page(desk, wanted, 1)
    pages = max(1, -(-drawn.total // PER_PAGE))
    if pages > 1:
        asked = st.number_input(
            desk.t("Page, of {pages}", pages=desk.words.number(pages)),
            min_value=1,
            max_value=pages,
            value=min(drawn.page, pages),
            key=f"table-page-{hashlib.sha256(repr(wanted).encode()).hexdigest()[:12]}",
            width=180,
        )
        if asked != drawn.page:
            drawn = _page(desk, wanted, asked)
    return drawn


def _page(desk: Desk, wanted: QueueFilter, number: int) -> Drawn:
    rows = desk.store.queue(wanted, desk.now, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    drawn = Drawn(wanted, number, desk.store.queue_length(wanted), tuple(rows))
    st.session_state[DRAWN] = drawn
    return drawn


def _forget() -> None:
    st.session_state.pop(DRAWN, None)


def _place(desk: Desk, drawn: Drawn) -> None:
    first = (drawn.page - 1) * PER_PAGE
    number = desk.words.number
    shared.note(
        desk.t(
            "{first} to {last} of {total}",
            first=number(first + 1),
            last=number(first + len(drawn.rows)),
            total=number(drawn.total),
        )
    )


def _rows(desk: Desk, drawn: Drawn) -> list[Waiting]:
    """The table; gives the rows that are chosen."""
    t = desk.t
    table = {
        t("Number"): [row.item.id for row in drawn.rows],
        t("Title"): [row.item.title for row in drawn.rows],
        t("Source"): [row.source for row in drawn.rows],
        t("Language"): [_tongue(desk, row) for row in drawn.rows],
        t("Initiative, %"): [round(100 * row.suggestion.initiative) for row in drawn.rows],
        t("Issues"): [
            desk.labels("issues", (one.code for one in row.suggestion.issues if one.score >= 0.5)) for row in drawn.rows
        ],
        t("Countries"): [
            desk.countries(one.code for one in row.suggestion.countries if one.score >= 0.5) for row in drawn.rows
        ],
        t("Seen"): [row.item.arrived_at.date() for row in drawn.rows],
        t("Open at"): [row.claimed_by for row in drawn.rows],
    }
    event = st.dataframe(
        table,
        key=f"table-rows-{drawn.key}",
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        height=560,
        column_config={
            t("Number"): st.column_config.NumberColumn(format="%d", width="small"),
            t("Title"): st.column_config.TextColumn(width="large"),
            t("Initiative, %"): st.column_config.NumberColumn(format="%d", width="small"),
        },
    )
    return [drawn.rows[place] for place in event["selection"]["rows"] if place < len(drawn.rows)]


def _tongue(desk: Desk, row: Waiting) -> str:
    language = shared.item_language(row.item, row.suggestion)
    return desk.words.tongue(language) if language and language != "und" else ""


def _decisions(desk: Desk, drawn: Drawn, chosen: list[Waiting]) -> None:
    if not chosen:
        shared.note(desk.t("Choose rows at their left edge; then they can be excluded or put on hold together."))
        return
    key, number = drawn.key, desk.words.number(len(chosen))
    with st.container(horizontal=True, vertical_alignment="bottom", key="table-decisions"):
        reason = st.selectbox(
            desk.t("Why is it excluded?"),
            desk.taxonomy.codes("exclusion_reasons"),
            index=None,
            format_func=lambda code: desk.label("exclusion_reasons", code),
            key=f"table-reason-{key}",
            placeholder=desk.t("Reason"),
        )
        st.button(
            desk.t("Exclude {n}", n=number),
            type="primary",
            key=f"table-exclude-{key}",
            disabled=reason is None,
            on_click=_decide,
            args=(desk, chosen, Verdict.EXCLUDE, reason),
        )
        st.button(
            desk.t("Hold {n}", n=number),
            key=f"table-hold-{key}",
            on_click=_decide,
            args=(desk, chosen, Verdict.HOLD, None),
        )
    if any(row.item.state not in (ItemState.WAITING, ItemState.HELD, ItemState.COPY) for row in chosen):
        shared.note(desk.t("Some of these are decided already: take those back in triage first."))


def _decide(desk: Desk, chosen: list[Waiting], verdict: Verdict, reason: str | None) -> None:
    """One decision a row, each by itself: what cannot be decided is named, the others are."""
    troubles, made = [], 0
    for row in chosen:
        try:
            review.decide(
                desk.store,
                desk.taxonomy,
                desk.still_here(),
                Decision(
                    key=str(uuid.uuid4()),
                    item_id=row.item.id,
                    item_version=row.item.version,
                    person_id=desk.person.id,
                    at=shared.now(),
                    verdict=verdict,
                    reason=reason,
                    suggestion_id=row.suggestion_id,
                ),
            )
            made += 1
        except NotAllowed as problem:
            troubles.append(desk.words.tell(problem.sentence))
            break
        except TrackerError as problem:
            troubles.append(desk.words.tell(problem.sentence))
    flash(desk.words.n("{n} item decided", "{n} items decided", made))
    st.session_state[TROUBLES] = troubles
    _forget()


def _troubles(desk: Desk) -> None:
    if troubles := st.session_state.pop(TROUBLES, None):
        lines = "".join(f"<li>{shared.safe(line)}</li>" for line in troubles)
        st.html(f'<div class="t-banner"><p>{desk.t("Not decided:")}</p><ul class="t-plain">{lines}</ul></div>')
