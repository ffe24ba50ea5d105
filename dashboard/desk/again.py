"""What is to be looked at again: what was published at once, merges that wait, and what comes due to be checked."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.desk import shared, steps
from dashboard.desk.shared import Desk
from tracker.model import Record


def show(desk: Desk) -> None:
    st.html(f'<h1 class="d-h1">{shared.safe(desk.t("Look again"))}</h1>')
    looks = desk.store.looks_due()
    checks = desk.store.checks_due(desk.now.date())
    merges = desk.store.merges_waiting()
    _section(
        desk,
        desk.t("Published at once"),
        desk.t("To be read in full by a third person."),
        looks,
        lambda record: [_due(desk, record), record.urgent_reason],
        "look",
    )
    _section(
        desk,
        desk.t("Merged, and not yet approved"),
        desk.t("Until somebody approves, the public sees both as they were."),
        merges,
        lambda _: [],
        "initiative",
    )
    _section(
        desk,
        desk.t("To be checked again"),
        desk.t("Is it still so? Open the sources, then say so, or that it has ended."),
        checks,
        lambda record: [
            desk.t("due since {date}", date=desk.words.date(record.next_check_on)) if record.next_check_on else ""
        ],
        "initiative",
        check=True,
    )


def _due(desk: Desk, record: Record) -> str:
    if record.look_due_at is None:
        return ""
    date = desk.words.date(record.look_due_at)
    late = record.look_due_at < desk.now
    return desk.t("overdue since {date}", date=date) if late else desk.t("due by {date}", date=date)


def _section(
    desk: Desk,
    name: str,
    about: str,
    records: list[Record],
    facts: Callable[[Record], list[str]],
    leads_to: str,
    *,
    check: bool = False,
) -> None:
    st.html(
        f'<h2 class="d-section">{shared.safe(name)} <span class="t-note">{desk.words.number(len(records))}</span></h2>'
        f'<p class="t-note">{shared.safe(about)}</p>'
    )
    if not records:
        shared.note(desk.t("None here."))
    for record in records:
        content = record.initiative
        language, wording = content.wording(desk.words.language)
        title = wording.title or desk.t("(no title yet)")
        about_it = [
            f"#{record.id}",
            desk.countries(content.countries[:3]) or desk.t("International"),
            *facts(record),
        ]
        meta = "".join(f"<span>{shared.safe(fact)}</span>" for fact in about_it if fact)
        with st.container(horizontal=True, vertical_alignment="center", key=f"again-{leads_to}-{check}-{record.id}"):
            st.html(shared.said(title, language, tag="h3", css="d-line") + f'<p class="t-meta">{meta}</p>')
            if check and record.look_due_at is None:
                st.button(
                    desk.t("Still so"),
                    key=f"again-still-{record.id}-{record.revision}",
                    on_click=steps.still_so,
                    args=(desk, record),
                )
            if st.button(desk.t("Open"), key=f"again-open-{leads_to}-{check}-{record.id}"):
                st.session_state["coding-id"] = record.id
                st.query_params.clear()
                st.switch_page(st.session_state["pages"][leads_to])
