"""Who is to look after this? Giving it to somebody, and what each has been given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.shared import Desk, flash, told
from tracker import tasks
from tracker.store.tasks import Assignment


def chosen(page: str, shown: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    """Those of the things on show that are ticked, by kind."""
    ticked: dict[str, list[int]] = {}
    for kind, id in shown:
        if st.session_state.get(f"{page}-tick-{kind}-{id}"):
            ticked.setdefault(kind, []).append(id)
    return ticked


def bar(desk: Desk, page: str, shown: Sequence[tuple[str, int]]) -> None:
    """What can be done with the things that are ticked."""
    ticked = chosen(page, shown)
    number = sum(map(len, ticked.values()))
    with st.container(horizontal=True, vertical_alignment="center", key=f"{page}-assign-bar"):
        st.button(desk.t("Choose all"), key=f"{page}-all", on_click=_tick, args=(page, list(shown), True))
        st.button(desk.t("Choose none"), key=f"{page}-none", on_click=_tick, args=(page, list(shown), False))
        form(desk, page, ticked, desk.words.n("Assign {n} …", "Assign {n} …", number), disabled=not number)


def form(desk: Desk, page: str, subjects: Mapping[str, Sequence[int]], label: str, *, disabled: bool = False) -> None:
    """Gives these to a person, with a day and a note; or to nobody any more."""
    people = {person.id: person.name for person in desk.store.people() if person.active}
    with st.popover(label, icon=":material/person_add:", key=f"{page}-assign", disabled=disabled):
        # Oneself first: that is whom most things are given to.
        order = sorted(people, key=lambda id: (id != desk.person.id, people[id].casefold()))
        st.selectbox(
            desk.t("To"),
            order,
            format_func=lambda id: desk.t("me") if id == desk.person.id else people.get(id, ""),
            key=f"{page}-assign-to",
        )
        st.date_input(
            desk.t("To be done by (may stay empty)"), value=None, min_value=desk.now.date(), key=f"{page}-assign-due",
            format="YYYY-MM-DD",
        )  # fmt: skip
        st.text_input(desk.t("Note (may stay empty)"), max_chars=tasks.LONGEST_NOTE, key=f"{page}-assign-note")
        with st.container(horizontal=True):
            st.button(
                desk.t("Assign"), type="primary", key=f"{page}-assign-do", on_click=_assign, args=(desk, page, subjects)
            )
            st.button(
                desk.t("Assign to nobody"), key=f"{page}-assign-not", on_click=_unassign, args=(desk, page, subjects)
            )


def line(desk: Desk, one: Assignment) -> str:
    """Who looks after a thing, until when, and why, as plain text."""
    name = desk.t("you") if one.to == desk.person.id else one.name
    said = desk.t("assigned to {name}", name=name)
    if one.due_on:
        day = desk.words.date(one.due_on)
        late = one.due_on < desk.now.date()
        said += ", " + (desk.t("was due on {date}", date=day) if late else desk.t("due on {date}", date=day))
    return f"{said}: {one.note}" if one.note else said


def _tick(page: str, shown: Sequence[tuple[str, int]], ticked: bool) -> None:
    for kind, id in shown:
        st.session_state[f"{page}-tick-{kind}-{id}"] = ticked


def _assign(desk: Desk, page: str, subjects: Mapping[str, Sequence[int]]) -> None:
    state: Any = st.session_state
    to, due, note = state[f"{page}-assign-to"], state.get(f"{page}-assign-due"), state.get(f"{page}-assign-note") or ""
    with told():
        person = desk.still_here()
        with desk.store.writing():
            done = sum(
                tasks.assign(desk.store, person, kind, ids, to, shared.now(), due_on=due, note=note)
                for kind, ids in subjects.items()
            )
        name = desk.store.person(to).name
        flash(desk.words.n("Assigned to {name}", "{n} assigned to {name}", done, name=name))
        _after(page, subjects)


def _unassign(desk: Desk, page: str, subjects: Mapping[str, Sequence[int]]) -> None:
    with told():
        person = desk.still_here()
        with desk.store.writing():
            for kind, ids in subjects.items():
                tasks.unassign(desk.store, person, kind, ids)
        flash(desk.t("Assigned to nobody"))
        _after(page, subjects)


def _after(page: str, subjects: Mapping[str, Sequence[int]]) -> None:
    st.session_state[f"{page}-assign-note"] = ""
    _tick(page, [(kind, id) for kind, ids in subjects.items() for id in ids], ticked=False)
