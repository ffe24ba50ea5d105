"""Which initiatives are being worked on, wait for a second look, or are public? To filter, to order, to give out."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.desk import assigning, filtering, shared
from dashboard.desk.coding import state_label
from dashboard.desk.search import open_thing
from dashboard.desk.shared import Desk
from dashboard.desk.slash import slash
from tracker import search
from tracker.model import InitiativeState, Record
from tracker.store.initiatives import SourceChange
from tracker.store.lists import InitiativeFilter, ListOrder

PAGE = "list"
FIELDS: filtering.Fields = {
    "text": str, "state": filtering.one_of(*InitiativeState), "issue": str, "country": str, "type": str,
    "assigned_to": int, "coder": int, "to_check": filtering.a_yes, "source_changed": filtering.a_yes,
    "waiting_days": int, "order": filtering.one_of(*ListOrder),
}  # fmt: skip
_NARROWING = ("issue", "country", "type", "assigned_to", "coder", "to_check", "waiting_days")
_WAITING = (7, 14, 30, 90)  # days


def show(desk: Desk) -> None:
    _go()
    filtering.seed(PAGE, FIELDS)
    st.html(f'<h1 class="d-h1">{desk.t("Initiatives")}</h1>')
    asked = st.session_state.get("list-asked") or any(name in st.query_params for name in FIELDS)
    if "list-state" not in st.session_state and not asked:
        counts = desk.store.records_by_state()
        first = InitiativeState.SECOND_LOOK if counts.get("second_look") else InitiativeState.DRAFT
        st.session_state["list-state"] = first.value
    wanted = _controls(desk)
    shown = _states(desk, wanted)
    filtering.remember(PAGE, FIELDS, {name: getattr(shown, name) for name in FIELDS if name != "order"} | _order(shown))
    _rows(desk, shown)
    slash(desk, "list-text")


def _order(wanted: InitiativeFilter) -> dict[str, Any]:
    return {"order": wanted.order.value if wanted.order is not ListOrder.NEWEST else None}


def _controls(desk: Desk) -> InitiativeFilter:
    """What the controls ask for, but for the state, whose numbers depend on the others."""
    text = st.text_input(
        desk.t("Words in it"),
        key="list-text",
        max_chars=search.LONGEST_SEARCH,
        type="search",
        label_visibility="collapsed",
        placeholder=desk.t("Words, “an exact phrase”, this OR that, -without"),
        icon=":material/search:",
    )
    with st.container(horizontal=True, vertical_alignment="center", key="list-bar", gap="small"):
        values = _narrowing(desk)
        orders = {
            ListOrder.NEWEST: desk.t("Last written first"),
            ListOrder.OLDEST: desk.t("Waiting longest first"),
            ListOrder.DUE: desk.t("Next check first"),
            ListOrder.TITLE: desk.t("By title"),
        }
        order = st.selectbox(
            desk.t("Order"), [each.value for each in orders], format_func=lambda code: orders[ListOrder(code)],
            key="list-order", label_visibility="collapsed", width=230,
        )  # fmt: skip
        values["source_changed"] = _source_changed(desk)
        asked = {"text": text or "", **values, "order": order, "state": st.session_state.get("list-state")}
        filtering.saved(desk, "initiatives", FIELDS, asked, prefix=PAGE)
        st.toggle(desk.t("Choose several"), key="list-choosing")
    return InitiativeFilter.model_validate({name: value for name, value in asked.items() if value and name != "state"})


def _source_changed(desk: Desk) -> bool:
    """While it is on, the switch stays, also when the last of them has been dealt with."""
    changes = desk.store.source_changes()
    return bool(changes or st.session_state.get("list-source_changed")) and st.toggle(
        desk.words.n("One whose source has changed", "Only the {n} whose sources have changed", len(changes)),
        key="list-source_changed",
    )


def _narrowing(desk: Desk) -> dict[str, Any]:
    set_now = sum(bool(st.session_state.get(f"list-{name}")) for name in _NARROWING)
    label = desk.words.n("Filter: {n}", "Filters: {n}", set_now) if set_now else desk.t("Filters")
    people = {person.id: person.name for person in desk.store.people()}
    order = sorted(people, key=lambda id: (id != desk.person.id, people[id].casefold()))

    def choose(name: str, title: str, called: Any) -> Any:
        counts = desk.store.listed_codes(name)
        return filtering.choice(desk, PAGE, name, title, counts, filtering.counted(desk, counts, called))

    def whom(name: str, title: str) -> Any:
        me = desk.t("me")
        return filtering.choice(
            desk, PAGE, name, title, order, lambda id: me if id == desk.person.id else people.get(id, "?")
        )

    with st.popover(label, icon=":material/filter_list:", key="list-filters"):
        st.button(desk.t("Clear all filters"), key="list-clear", on_click=_clear, disabled=not set_now)
        return {
            "issue": choose("issue", desk.t("Issue"), lambda code: desk.label("issues", code)),
            "country": choose("country", desk.t("Country"), desk.words.country),
            "type": choose("type", desk.t("Type"), lambda code: desk.label("types", code)),
            "assigned_to": whom("assigned_to", desk.t("Assigned to")),
            "coder": whom("coder", desk.t("Written by")),
            "waiting_days": filtering.choice(
                desk, PAGE, "waiting_days", desk.t("Not written for"), _WAITING,
                lambda days: desk.words.n("{n} day or more", "{n} days or more", days),
            ),
            "to_check": st.toggle(desk.t("To be checked again"), key="list-to_check"),
        }  # fmt: skip


def _clear() -> None:
    for name in _NARROWING:
        st.session_state[f"list-{name}"] = False if name == "to_check" else None


def _states(desk: Desk, wanted: InitiativeFilter) -> InitiativeFilter:
    """The filter with its state, chosen among all of them with how many of each there are."""
    counts = desk.store.listed_by_state(wanted, desk.now)
    state = st.pills(
        desk.t("Show"),
        [state.value for state in InitiativeState],
        format_func=lambda code: f"{state_label(desk, InitiativeState(code))} {desk.words.number(counts.get(code, 0))}",
        key="list-state",
        label_visibility="collapsed",
        wrap=True,
    )
    chosen = InitiativeState(state) if state else None
    st.session_state["list-total"] = counts.get(state, 0) if state else sum(counts.values())
    return wanted.but(state=chosen)


def _rows(desk: Desk, wanted: InitiativeFilter) -> None:
    records = desk.store.listed(wanted, desk.now, limit=filtering.PAGE_LENGTH, offset=filtering.offset(PAGE))
    if not records:
        st.info(desk.t("None here."))
        return
    ids = [record.id for record in records]
    choosing = bool(st.session_state.get("list-choosing"))
    if choosing:
        assigning.bar(desk, PAGE, [("initiative", id) for id in ids])
    people = {person.id: person.name for person in desk.store.people()}
    changes = desk.store.source_changes(ids)
    tasks = {one.id: one for one in desk.store.assignments(kind="initiative", ids=ids, every=True)}
    typed = {copy.initiative_id for copy in desk.store.working_copies(desk.person.id)}
    for record in records:
        task = tasks.get(record.id)
        told = [assigning.line(desk, task)] if task else []
        if record.id in typed:
            told.append(desk.t("you have typed something that is not saved"))
        _line(desk, record, people, changes.get(record.id, []), told, choosing=choosing)
    filtering.pager(desk, PAGE, st.session_state["list-total"])


def _line(
    desk: Desk, record: Record, people: dict[int, str], changes: list[SourceChange], told: list[str], *, choosing: bool
) -> None:
    content = record.initiative
    language, wording = content.wording(desk.words.language)
    with st.container(key=f"found-initiative-{record.id}"):
        columns = st.columns([0.5, 6, 1.1] if choosing else [6.5, 1.1], vertical_alignment="top")
    name = desk.t("Initiative {number}", number=f"#{record.id}")
    if choosing:
        with columns[0]:
            st.checkbox(
                desk.t("Choose {name}", name=name),
                key=f"list-tick-initiative-{record.id}",
                label_visibility="collapsed",
            )
    state = shared.safe(state_label(desk, record.state))
    facts = [
        f"<b>#{record.id}</b>",
        f'<span class="d-state d-state-{record.state.value}">{state}</span>',
        shared.safe(desk.countries(content.countries[:3]) or desk.t("International")),
        shared.safe(desk.labels("issues", content.issues)),
        shared.safe(people.get(record.changed_by, "")),
        shared.safe(desk.words.date(record.changed_at.date())),
        *(f"<b>{shared.safe(line)}</b>" for line in told),
        shared.safe(desk.t("sample")) if record.sample else "",
    ]
    with columns[-2]:
        title = wording.title or desk.t("(no title yet)")
        st.html(
            shared.said(title, language, tag="h2", css="d-line")
            + '<p class="t-meta">'
            + "".join(f"<span>{fact}</span>" for fact in facts if fact)
            + "</p>"
            + _changed(desk, changes)
        )
    with columns[-1]:
        mine = record.changed_by == desk.person.id
        look = record.state is InitiativeState.SECOND_LOOK and not mine
        st.button(
            desk.t("Look") if look else desk.t("Open"), key=f"open-{record.id}", width="stretch", on_click=_open,
            args=(record.id, look), help=name,
        )  # fmt: skip


def _open(id: int, look: bool) -> None:
    st.session_state["list-go"] = (id, look)


def _go() -> None:
    if (chosen := st.session_state.pop("list-go", None)) is not None:
        id, look = chosen
        open_thing("look" if look else "initiative", id)


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
