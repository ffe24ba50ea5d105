"""Did one person leave something out that belongs in? Exclusions for one reason, for another person to look at."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.figures import share_of
from dashboard.desk.read_again import item_of
from dashboard.desk.shared import Desk, flash, safe
from tracker import exclusion
from tracker.errors import TrackerError
from tracker.learning import measure
from tracker.model import Decision
from tracker.store.second_coding import AsItWas


def show(desk: Desk) -> None:
    st.html(f'<h1 class="d-h1">{safe(desk.t("Excluded by one person"))}</h1>')
    waiting = desk.store.count_excluded_by_one(desk.taxonomy.safe_reasons, desk.person.id)
    looked = desk.store.looked()
    size = desk.words.n("One waits for you.", "{n} wait for you.", waiting)
    st.html(
        f'<p class="d-line">{safe(size)} {safe(desk.t("Sent back into the queue, of those that were looked at:"))} '
        f"{share_of(desk, measure.share(looked.sent_back, looked.looked_at))}</p>"
    )
    if problem := st.session_state.pop("excluded-problem", None):
        st.error(problem)
    decision = exclusion.open_next(desk.store, desk.taxonomy, desk.person, desk.now)
    if decision is None:
        st.info(
            desk.t(
                "Nothing to look at. What somebody else has excluded for one reason that leaves room for doubt comes "
                "here; two reasons, or one that the text alone shows, are enough from one person."
            )
        )
        return
    left, right = st.columns([3, 2], gap="large")
    waits = desk.store.item(decision.item_id, desk.now)
    with left:
        item_of(
            desk,
            AsItWas(item=waits.item, source=waits.source, suggestion=waits.suggestion, decision_id=decision.id),
        )
    with right:
        _look(desk, decision)


def _look(desk: Desk, decision: Decision) -> None:
    reason = desk.label("exclusion_reasons", decision.reason or "")
    st.html(
        f'<p class="d-line"><strong>{safe(desk.t("Excluded: {reason}", reason=reason))}</strong></p>'
        f'<p class="t-note">{safe(desk.words.time(decision.at))}</p>'
        + (f'<p class="d-line" dir="auto">{safe(decision.note)}</p>' if decision.note else "")
    )
    st.button(
        desk.t("It stays out"),
        type="primary",
        shortcut="x",
        width="stretch",
        key=f"stands-{decision.id}",
        on_click=_done,
        args=(desk, decision),
        kwargs={"stands": True},
    )
    st.button(
        desk.t("Back into the queue"),
        shortcut="b",
        width="stretch",
        key=f"back-{decision.id}",
        on_click=_done,
        args=(desk, decision),
        kwargs={"stands": False},
    )
    shared.note(desk.t("Back in the queue it is decided anew, by anybody. Who excluded it is not told here."))


def _done(desk: Desk, decision: Decision, *, stands: bool) -> None:
    try:
        exclusion.look(desk.store, desk.still_here(), decision.id, shared.now(), stands=stands)
    except TrackerError as problem:
        st.session_state["excluded-problem"] = shared.in_words(problem)
    else:
        number = decision.item_id
        flash(
            desk.t("Item {number} stays out", number=number)
            if stands
            else desk.t("Item {number} waits again", number=number)
        )
