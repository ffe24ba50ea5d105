"""What would somebody else have said? Items to code again, blind, and what two people saw differently."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.desk import settling, shared, why
from dashboard.desk.read_again import chosen, fields, item_of
from dashboard.desk.shared import Desk, flash, safe, told
from tracker import agreement, second_coding
from tracker.errors import TrackerError
from tracker.model import Role, Verdict
from tracker.people import may
from tracker.store.second_coding import AsItWas, Coding, Twice


def show(desk: Desk) -> None:
    coded = desk.store.twice()
    apart = agreement.disagreements(coded)
    mine = second_coding.to_settle(coded, desk.person)
    settled = [one for one in apart if one.ruling is not None]
    counts = {"code": desk.store.count_drawn(desk.person.id), "settle": len(mine), "settled": len(settled)}
    views = ["code", "settle", "settled"] if may(desk.person, Role.EDITOR) else ["code", "settled"]
    st.html(f'<h1 class="d-h1">{safe(desk.t("Second coding"))}</h1>')
    view = st.segmented_control(
        desk.t("Show"),
        views,
        default="code",
        required=True,
        format_func=lambda code: f"{_view(desk, code)} {desk.words.number(counts[code])}",
        key="second-view",
        label_visibility="collapsed",
        wrap=True,
    )
    if view == "code":
        _code(desk)
    elif view == "settle":
        settling.open_ones(desk, mine)
    else:
        settling.settled_ones(desk, settled)
    _export(desk, coded)


def _view(desk: Desk, code: str) -> str:
    return {
        "code": desk.t("To code"),
        "settle": desk.t("To settle"),
        "settled": desk.t("Settled"),
    }[code]


# --------------------------------------------------------------------------------------------------------------- coding


def _code(desk: Desk) -> None:
    opened = second_coding.open_next(desk.store, desk.person, desk.now)
    if problem := st.session_state.pop("second-problem", None):
        st.error(problem)
    if opened is None:
        st.info(
            desk.t(
                "Nothing to code again. One decided item in ten comes here for somebody else than who decided it; "
                "which ones is drawn when they arrive."
            )
        )
        return
    shared.note(
        desk.t(
            "Somebody has decided this item; you do not see what. Say what you would have said: it changes nothing of "
            "the item, and shows how far the desk agrees."
        )
    )
    left, right = st.columns([3, 2], gap="large")
    with left:
        item_of(desk, opened)
    with right:
        _answer(desk, opened)


def _answer(desk: Desk, opened: AsItWas) -> None:
    # Keys name item and decision: a press that arrives late belongs to the item that was seen, or to nothing.
    key = f"second-{opened.item.id}-{opened.decision_id}"
    suggested = opened.suggestion
    fields(
        desk,
        key,
        begun=Coding(
            verdict=Verdict.INCLUDE,
            issues=tuple(one.code for one in suggested.issues if one.score >= why.LIKELY_FROM),
            countries=tuple(one.code for one in suggested.countries if one.score >= why.LIKELY_FROM),
        ),
        starred=True,
    )

    def press(verdict: Verdict, reason: str | None = None) -> None:
        about = chosen(key)._asdict() if verdict is Verdict.INCLUDE else {}
        try:
            coding = Coding(verdict=verdict, reason=reason, **about)
            second_coding.code(
                desk.store, desk.taxonomy, desk.still_here(), opened.item.id, opened.decision_id, coding, shared.now()
            )
        except TrackerError as problem:
            st.session_state["second-problem"] = shared.in_words(problem)
        else:
            flash(desk.t("Kept. Nothing of item {number} has changed.", number=opened.item.id))

    verdicts(desk, key, press)


def verdicts(desk: Desk, key: str, press: Callable[..., None]) -> None:
    """In, out with its reason, or on hold: each a button with its key."""
    st.button(
        desk.t("It reports an initiative"),
        type="primary",
        shortcut="a",
        width="stretch",
        key=f"include-{key}",
        on_click=press,
        args=(Verdict.INCLUDE,),
    )
    with st.popover(desk.t("Exclude …"), width="stretch", key=f"exclude-menu-{key}"):
        for number, term in enumerate(desk.taxonomy.group("exclusion_reasons"), start=1):
            st.button(
                desk.label("exclusion_reasons", term.code),
                key=f"exclude-{term.code}-{key}",
                width="stretch",
                shortcut=str(number) if number < 10 else None,
                on_click=press,
                args=(Verdict.EXCLUDE, term.code),
            )
    st.button(
        desk.t("I cannot tell"),
        shortcut="s",
        width="stretch",
        key=f"hold-{key}",
        on_click=press,
        args=(Verdict.HOLD,),
    )


# --------------------------------------------------------------------------------------------------------------- export


def _export(desk: Desk, coded: list[Twice]) -> None:
    if not coded:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="second-export"):
        what = desk.t("All codings, without names: coders have numbers, new for each file.")
        st.html(f'<p class="t-note">{safe(what)}</p>', width="content")
        with told():
            st.download_button(
                "CSV",
                lambda: agreement.as_csv(desk.store.twice()),
                file_name="codings.csv",
                mime="text/csv",
                key="second-csv",
                on_click="ignore",
            )
            st.download_button(
                "JSON lines",
                lambda: agreement.as_json_lines(desk.store.twice()),
                file_name="codings.jsonl",
                mime="application/x-ndjson",
                key="second-jsonl",
                on_click="ignore",
            )
