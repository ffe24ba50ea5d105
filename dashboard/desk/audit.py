"""Who did what, when, to what? The audit for admins: narrowed down, page by page, and as a file."""

from __future__ import annotations

import json
from datetime import date
from functools import partial

import streamlit as st

from dashboard.desk import audit_file, shared
from dashboard.desk.acts import ACTS, SUBJECTS
from dashboard.desk.shared import Desk, safe
from dashboard.desk.source_parts import row, short_time, table
from tracker import accounts
from tracker.store.audit import Event

PAGE_LENGTH = 50
LONGEST_VALUE = 160  # characters; the rest is behind it
TABLES = {"what": ACTS, "subject": SUBJECTS}


def show(desk: Desk) -> None:
    st.html(
        f'<h1 class="d-h1">{safe(desk.t("Audit"))}</h1><p class="t-lead">'
        + safe(desk.t("Everything that people and the tracker have done. Nothing here can be changed or deleted."))
        + "</p>"
    )
    given = _filters(desk)
    page = max(1, int(st.session_state.get("audit-page") or 1)) if _same(given) else 1
    wanted = audit_file.wanted(given)
    with shared.told():
        events = accounts.audit(desk.store, desk.person, wanted, PAGE_LENGTH + 1, (page - 1) * PAGE_LENGTH)
        _table(desk, events[:PAGE_LENGTH])
        with st.container(horizontal=True, vertical_alignment="bottom", key="audit-below"):
            if len(events) > PAGE_LENGTH or page > 1:
                st.number_input(desk.t("Page"), min_value=1, key="audit-page", width=160)
            address = f"{audit_file.ADDRESS}?{audit_file.query(given)}"
            label = desk.t("All these lines as a file (CSV)")
            st.html(f'<p class="d-line"><a href="{safe(address)}" download>{safe(label)}</a></p>', width="content")


def _filters(desk: Desk) -> dict[str, str]:
    """What is asked for, as in an address; it begins with what the address of the page asks for."""
    heads = {"who": desk.t("Who"), "what": desk.t("What"), "subject": desk.t("Of what")}
    given: dict[str, str] = {}
    with st.container(horizontal=True, vertical_alignment="bottom", key="audit-filters"):
        for name, head in heads.items():
            options = desk.store.audited(name)
            asked = st.query_params.get(name, "")
            chosen = st.selectbox(
                head,
                options,
                format_func=partial(in_words, desk, TABLES.get(name, {})),
                index=options.index(asked) if asked in options else None,
                placeholder=desk.t("All"),
                key=f"audit-{name}",
                width=200,
            )
            given[name] = chosen or ""
        given["subject_id"] = st.text_input(
            desk.t("Number"), value=st.query_params.get("subject_id", ""), key="audit-number", width=120, max_chars=300
        ).strip()
        since: date | None = st.date_input(
            desk.t("From"), value=None, key="audit-since", format="YYYY-MM-DD", width=150
        )
        until: date | None = st.date_input(desk.t("To"), value=None, key="audit-until", format="YYYY-MM-DD", width=150)
    given |= {"since": since.isoformat() if since else "", "until": until.isoformat() if until else ""}
    return given


def _same(given: dict[str, str]) -> bool:
    """Whether the same lines are asked for as in the run before: else the first page is shown again."""
    before, st.session_state["audit-given"] = st.session_state.get("audit-given"), given
    if before not in (None, given):
        st.session_state["audit-page"] = 1
    return before in (None, given)


def _table(desk: Desk, events: list[Event]) -> None:
    if not events:
        st.info(desk.t("None here."))
        return
    heads = [
        (desk.t("When (UTC)"), ""),
        (desk.t("Who"), "d-mail"),
        (desk.t("What"), ""),
        (desk.t("Of what"), ""),
        (desk.t("Before and after"), ""),
    ]
    table(
        heads,
        (
            row(
                [
                    short_time(event.at),
                    safe(event.who),
                    safe(in_words(desk, ACTS, event.what)),
                    f"{safe(in_words(desk, SUBJECTS, event.subject))} {safe(event.subject_id)}",
                    _values(event),
                ],
                heads,
            )
            for event in events
        ),
    )


def in_words(desk: Desk, table: dict[str, str], code: str) -> str:
    """What a code of the audit says to people; the code itself where it is older than its sentence."""
    return desk.t(table[code]) if code in table else code


def _values(event: Event) -> str:
    """What stood there before and after, cut off where it is long, with the whole of it behind."""
    told = [json.dumps(value, ensure_ascii=False) for value in (event.before, event.after) if value is not None]
    text = " → ".join(told)
    if len(text) <= LONGEST_VALUE:
        return f'<span class="d-value" dir="auto">{safe(text)}</span>'
    return (
        f'<details class="d-value"><summary dir="auto">{safe(text[:LONGEST_VALUE])} …</summary>'
        f'<span dir="auto">{safe(text)}</span></details>'
    )
