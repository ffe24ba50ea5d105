"""Which initiatives are being worked on, wait for a second look, or are public?"""

from __future__ import annotations

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.coding import state_label
from dashboard.desk.shared import Desk
from tracker.model import InitiativeState, Record
from tracker.store.initiatives import SourceChange

PAGE_LENGTH = 25

_TABS = (
    InitiativeState.DRAFT,
    InitiativeState.SECOND_LOOK,
    InitiativeState.APPROVED,
    InitiativeState.WITHDRAWN,
    InitiativeState.DROPPED,
)


def show(desk: Desk) -> None:
    counts = desk.store.records_by_state()
    st.html(f'<h1 class="d-h1">{desk.t("Initiatives")}</h1>')
    state = st.segmented_control(
        desk.t("Show"),
        _TABS,
        default=InitiativeState.SECOND_LOOK if counts.get("second_look") else InitiativeState.DRAFT,
        format_func=lambda code: f"{state_label(desk, code)} {desk.words.number(counts.get(code.value, 0))}",
        key="list-state",
        label_visibility="collapsed",
    )
    text = st.text_input(desk.t("Words of its title"), key="list-text")
    changes = desk.store.source_changes()
    # While it is on, the switch stays, also when the last of them has been dealt with.
    changed = bool(changes or st.session_state.get("list-changed")) and st.toggle(
        desk.words.n("One whose source has changed", "Only the {n} whose sources have changed", len(changes)),
        key="list-changed",
    )
    records = desk.store.records(
        states=None if changed else [state or InitiativeState.DRAFT],
        text=text,
        source_changed=changed,
        limit=PAGE_LENGTH + 1,
        offset=_offset(),
    )
    people = {person.id: person.name for person in desk.store.people()}
    typed = {copy.initiative_id for copy in desk.store.working_copies(desk.person.id)}
    for record in records[:PAGE_LENGTH]:
        _line(desk, record, people, changes.get(record.id, []), typed=record.id in typed)
    if not records:
        st.info(desk.t("None here."))
    if len(records) > PAGE_LENGTH or _offset():
        st.number_input(desk.t("Page"), min_value=1, value=1, key="list-page")


def _offset() -> int:
    return (int(st.session_state.get("list-page") or 1) - 1) * PAGE_LENGTH


def _line(
    desk: Desk, record: Record, people: dict[int, str], changes: list[SourceChange], *, typed: bool = False
) -> None:
    left, right = st.columns([6, 1], vertical_alignment="center")
    content = record.initiative
    language, wording = content.wording(desk.words.language)
    facts = [
        f"#{record.id}",
        desk.countries(content.countries[:3]) or desk.t("International"),
        desk.labels("issues", content.issues),
        people.get(record.changed_by, ""),
        desk.words.date(record.changed_at.date()),
        desk.t("sample") if record.sample else "",
        desk.t("you have typed something that is not saved") if typed else "",
    ]
    with left:
        title = wording.title or desk.t("(no title yet)")
        st.html(
            shared.said(title, language, tag="h2", css="d-line")
            + '<p class="t-meta">'
            + "".join(f"<span>{shared.safe(fact)}</span>" for fact in facts if fact)
            + "</p>"
            + _changed(desk, changes)
        )
    with right:
        mine = record.changed_by == desk.person.id
        look = record.state is InitiativeState.SECOND_LOOK and not mine
        if st.button(desk.t("Look") if look else desk.t("Open"), key=f"open-{record.id}", width="stretch"):
            st.session_state["coding-id"] = record.id
            st.query_params.clear()
            st.switch_page(st.session_state["pages"]["initiative"])


def _changed(desk: Desk, changes: list[SourceChange]) -> str:
    """That the source has changed, with the way to what it said before."""
    if not changes:
        return ""
    newest = changes[0]
    text = desk.t("Source changed on {date}", date=desk.words.date(newest.at))
    return (
        f'<p class="d-line"><a class="d-bad" href="/initiative?id={newest.initiative_id}" target="_self">'
        f"{shared.safe(text)}</a></p>"
    )
