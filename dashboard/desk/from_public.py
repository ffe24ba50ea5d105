"""What did the public send in? The newest first, with what speaks for spam; decided like every other item."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard.desk.shared import Desk, flash, note, outside, safe, said, told
from tracker import submissions
from tracker.letters import ReplyState, spam_score
from tracker.model import Role
from tracker.people import may
from tracker.store.submissions import Submission

PAGE_LENGTH = 20
PERHAPS_SPAM = 0.5


def show(desk: Desk) -> None:
    if (page_name := st.session_state.pop("public-to", None)) is not None:  # a button was pressed
        st.switch_page(st.session_state["pages"][page_name])
    st.html(
        f'<h1 class="d-h1">{safe(desk.t("From the public"))}</h1><p class="t-lead">'
        + safe(
            desk.t(
                "What people sent in through the form. Each is an item of the queue and is decided there. "
                "Nothing here is public, and nobody knows yet whether it is true."
            )
        )
        + "</p>"
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = st.segmented_control(
            desk.t("Show"),
            ["open", "all"],
            default="open",
            required=True,
            format_func=lambda code: {"open": desk.t("Not decided"), "all": desk.t("All")}[code],
            key="public-which",
            label_visibility="collapsed",
        )
        page = int(st.session_state.get("public-page") or 1)
    found = desk.store.submissions(open_only=which == "open", limit=PAGE_LENGTH + 1, offset=(page - 1) * PAGE_LENGTH)
    if not found:
        st.info(desk.t("None here."))
    for one in found[:PAGE_LENGTH]:
        with st.container(border=True, key=f"public-{one.id}"):
            _submission(desk, one)
    if len(found) > PAGE_LENGTH or page > 1:
        st.number_input(desk.t("Page"), min_value=1, value=1, key="public-page")


def _submission(desk: Desk, one: Submission) -> None:
    sent = one.sent
    title = sent.title or desk.t("Correction of initiative {number}", number=sent.concerns)
    facts = [
        state_label(desk, one.state),
        desk.words.time(one.at),
        desk.words.tongue(one.language),
        desk.words.country(sent.country) if sent.country else "",
    ]
    st.html(
        '<div class="d-sent">'
        + said(title, None, tag="h2")
        + f'<p class="t-meta">{" ".join(f"<span>{safe(fact)}</span>" for fact in facts if fact)}{_spam(desk, one)}</p>'
        + said(sent.what, None, tag="p", css="t-summary")
        + _facts(desk, one)
        + "</div>"
    )
    with st.container(horizontal=True):
        if one.state in (ReplyState.WAITING, ReplyState.LOOKED_AT):
            st.button(desk.t("Open in triage"), key=f"public-open-{one.id}", on_click=_open, args=(one.item_id,))
        if sent.concerns is not None:
            st.button(
                desk.t("Open initiative {number}", number=sent.concerns),
                key=f"public-initiative-{one.id}",
                on_click=_open_initiative,
                args=(sent.concerns,),
            )
        if one.has_contact and may(desk.person, Role.EDITOR):
            _contact(desk, one)
        elif one.has_contact:
            note(desk.t("An editor can see how to reach the sender."))


def _spam(desk: Desk, one: Submission) -> str:
    if spam_score(one.spam_signs) < PERHAPS_SPAM:
        return ""
    return f' <span class="t-tag">{safe(desk.t("Perhaps spam"))}</span>'


def _facts(desk: Desk, one: Submission) -> str:
    sent = one.sent
    rows = [
        (desk.t("Where"), said(sent.place, None) if sent.place else ""),
        (desk.t("When"), said(sent.when, None) if sent.when else ""),
        (desk.t("Run by"), said(sent.who, None) if sent.who else ""),
        (desk.t("Link"), outside(sent.link, sent.link) if sent.link else ""),
        (desk.t("Note of the sender"), _dated(desk, one.note, one.noted_at) if one.note else ""),
        (desk.t("Taken back"), safe(desk.words.time(one.withdrawn_at)) if one.withdrawn_at else ""),
        (desk.t("Signs of spam"), safe(", ".join(sign_label(desk, sign) for sign in one.spam_signs))),
    ]
    drawn = "".join(f"<dt>{safe(name)}</dt><dd>{value}</dd>" for name, value in rows if value)
    return f'<dl class="t-facts">{drawn}</dl>' if drawn else ""


def _dated(desk: Desk, text: str, at: datetime | None) -> str:
    return said(text, None) + (f" ({safe(desk.words.time(at))})" if at else "")


def _contact(desk: Desk, one: Submission) -> None:
    with st.popover(desk.t("Reach the sender"), key=f"public-contact-{one.id}"):
        note(desk.t("Only to ask about this. That you look is noted. It is deleted some time after the decision."))
        if st.button(desk.t("Show the address"), key=f"public-show-{one.id}"):
            with told():
                st.code(submissions.contact(desk.store, desk.still_here(), one.id), language=None)
        st.button(desk.t("Delete the address"), key=f"public-forget-{one.id}", on_click=_forget, args=(desk, one.id))


def _forget(desk: Desk, submission_id: int) -> None:
    with told():
        submissions.forget_contact(desk.store, desk.still_here(), submission_id)
        flash(desk.t("The address is deleted"))


def _open(item_id: int) -> None:
    st.session_state["triage-item"] = item_id
    st.session_state["public-to"] = "triage"


def _open_initiative(number: int) -> None:
    st.session_state["coding-id"] = number
    st.session_state["public-to"] = "initiative"


def state_label(desk: Desk, state: ReplyState) -> str:
    return {
        ReplyState.WAITING: desk.t("Waiting"),
        ReplyState.LOOKED_AT: desk.t("In work"),
        ReplyState.TAKEN: desk.t("Public"),
        ReplyState.NOT_TAKEN: desk.t("Excluded"),
        ReplyState.WITHDRAWN: desk.t("Taken back by the sender"),
    }[state]


def sign_label(desk: Desk, sign: str) -> str:
    return {
        "trap": desk.t("the hidden field was filled in"),
        "markup": desk.t("markup"),
        "links": desk.t("many links"),
        "shouting": desk.t("capitals"),
        "fast": desk.t("filled in within ten seconds"),
        "again": desk.t("the same words were sent before"),
    }.get(sign, sign)
