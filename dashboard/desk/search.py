"""Search: everything that a source said, an analyst noted or an initiative says, also what was excluded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.desk import assigning, filtering, shared
from dashboard.desk.coding import state_label
from dashboard.desk.filtering import a_day
from dashboard.desk.shared import Desk
from dashboard.desk.slash import key_of, slash
from tracker import search
from tracker.errors import NotFound
from tracker.model import InitiativeState, ItemState
from tracker.search import Search
from tracker.store.search import Found, Numbers, SearchFilter

PAGE = "search"
FIELDS: filtering.Fields = {
    "text": str, "kind": filtering.one_of("item", "initiative"),
    "state": filtering.one_of(*ItemState, *InitiativeState), "issue": str, "country": str, "language": str,
    "source": str, "decided_by": int, "reason": str, "since": a_day, "until": a_day, "changed_since": a_day,
}  # fmt: skip
_NARROWING = ("issue", "country", "language", "source", "decided_by", "reason", "since", "until", "changed_since")


def show(desk: Desk) -> None:
    go()
    filtering.seed(PAGE, FIELDS)
    _page(desk)
    slash(desk, "search-text")


def _page(desk: Desk) -> None:
    st.html(f'<h1 class="d-h1">{desk.t("Search")}</h1>')
    text = st.text_input(
        desk.t("Search in everything"),
        key="search-text",
        max_chars=search.LONGEST_SEARCH,
        type="search",
        label_visibility="collapsed",
        placeholder=desk.t("Words, “an exact phrase”, this OR that, -without"),
        icon=":material/search:",
    )
    # The controls stand above the results and show their numbers, so what they say now is read before they are drawn.
    # Kinds and states are counted as if none were chosen: one sees where else something stands.
    around = _asked().but(kind=None, state=None)
    numbers = desk.store.search_numbers(around)
    asked = _controls(desk, text or "", numbers)
    filtering.remember(PAGE, FIELDS, {name: getattr(asked, name) for name in FIELDS})
    _by_number(desk, asked.text)
    if asked.empty:
        shared.note(
            desk.t(
                "Accents and capitals make no difference, and a word finds all that begin with it. Excluded items, "
                "copies, notes of decisions and every initiative are searched too."
            )
        )
        if key := key_of(desk):
            shared.note(desk.t("The key {key} comes here.", key=key.upper()))
        return
    if asked != around:
        numbers = desk.store.search_numbers(asked)
    _results(desk, asked, numbers)


def _asked() -> SearchFilter:
    """What the controls say, before they are drawn."""
    values = {name: st.session_state.get(f"search-{name}") for name in FIELDS}
    return SearchFilter.model_validate({name: value for name, value in values.items() if value})


def _controls(desk: Desk, text: str, numbers: Numbers) -> SearchFilter:
    with st.container(horizontal=True, vertical_alignment="center", key="search-bar", gap="small"):
        kinds = {"item": desk.t("Items"), "initiative": desk.t("Initiatives")}
        kind = st.segmented_control(
            desk.t("Show"),
            list(kinds),
            format_func=lambda code: _with_number(desk, kinds[code], numbers.by["kind"].get(code)),
            key="search-kind",
            label_visibility="collapsed",
        )
        values = _narrowing(desk, numbers)
        narrowed = {name: value for name, value in values.items() if value}
        asked = {"text": text, "kind": kind, "state": st.session_state.get("search-state"), **narrowed}
        filtering.saved(desk, PAGE, FIELDS, asked)
        st.toggle(desk.t("Choose several"), key="search-choosing")
    states = [code for code in numbers.by["state"] if code != st.session_state.get("search-state")]
    if chosen := st.session_state.get("search-state"):
        states.insert(0, chosen)
    state = None
    if states:
        state = st.pills(
            desk.t("State"),
            states,
            format_func=lambda code: _with_number(desk, state_of(desk, code), numbers.by["state"].get(code)),
            key="search-state",
            label_visibility="collapsed",
            wrap=True,
        )
    known = {"text": text, "kind": kind, "state": state, **narrowed}
    return SearchFilter.model_validate({name: value for name, value in known.items() if value})


def _with_number(desk: Desk, name: str, number: int | None) -> str:
    return f"{name} {desk.words.number(number)}" if number else name


def _narrowing(desk: Desk, numbers: Numbers) -> dict[str, Any]:
    set_now = sum(bool(st.session_state.get(f"search-{name}")) for name in _NARROWING)
    label = desk.words.n("Filter: {n}", "Filters: {n}", set_now) if set_now else desk.t("Filters")
    by = numbers.by
    people = {person.id: person.name for person in desk.store.people()}
    ids = {*by.get("source", {}), st.session_state.get("search-source") or ""}
    sources = {id: name for (_, id), name in desk.store.titles(("source", id) for id in ids).items()}

    def choose(name: str, title: str, group: str, called: Any) -> Any:
        counts = by.get(group, {})
        return filtering.choice(desk, PAGE, name, title, counts, filtering.counted(desk, counts, called))

    with st.popover(label, icon=":material/filter_list:", key="search-filters"):
        st.button(desk.t("Clear all filters"), key="search-clear", on_click=_clear, disabled=not set_now)
        values = {
            "issue": choose("issue", desk.t("Issue"), "issue", lambda code: desk.label("issues", code)),
            "country": choose("country", desk.t("Country"), "country", desk.words.country),
            "language": choose("language", desk.t("Language"), "language", desk.words.tongue),
            "source": choose("source", desk.t("Source"), "source", lambda id: sources.get(id, id)),
            "decided_by": filtering.choice(
                desk, PAGE, "decided_by", desk.t("Decided, written or approved by"), people,
                lambda id: people.get(id, "?"),
            ),
            "reason": filtering.choice(
                desk, PAGE, "reason", desk.t("Excluded because"), desk.taxonomy.codes("exclusion_reasons"),
                lambda code: desk.label("exclusion_reasons", code),
            ),
        }  # fmt: skip
        days = (
            ("since", desk.t("Arrived or written from")),
            ("until", desk.t("until")),
            ("changed_since", desk.t("Changed since")),
        )
        for name, title in days:
            values[name] = st.date_input(title, value=None, key=f"search-{name}", format="YYYY-MM-DD")
    return values


def _clear() -> None:
    for name in _NARROWING:
        st.session_state[f"search-{name}"] = None


def state_of(desk: Desk, code: str) -> str:
    """What the state of an item or an initiative is called."""
    if code in set(InitiativeState):
        return state_label(desk, InitiativeState(code))
    return {
        ItemState.WAITING.value: desk.t("Waiting"),
        ItemState.HELD.value: desk.t("On hold"),
        ItemState.INCLUDED.value: desk.t("Included"),
        ItemState.EXCLUDED.value: desk.t("Excluded"),
        ItemState.COPY.value: desk.t("Behind another item"),
    }.get(code, code)


def _by_number(desk: Desk, text: str) -> None:
    """Somebody who types a number may mean the item or the initiative of that number."""
    match = re.fullmatch(r"\s*#?(\d{1,9})\s*", text)
    if not match:
        return
    number = int(match[1])
    with st.container(horizontal=True, key="search-numbers"):
        if number in desk.store.standing([number]):
            st.button(
                desk.t("Item #{number}", number=number), key=f"go-item-{number}", on_click=_open, args=("item", number)
            )
        try:
            desk.store.record(number)
        except NotFound:
            pass
        else:
            st.button(
                desk.t("Initiative #{number}", number=number), key=f"go-initiative-{number}", on_click=_open,
                args=("initiative", number),
            )  # fmt: skip


def _results(desk: Desk, asked: SearchFilter, numbers: Numbers) -> None:
    found = desk.store.search(asked, limit=filtering.PAGE_LENGTH, offset=filtering.offset(PAGE))
    total = desk.words.number(numbers.total)
    if numbers.more:
        said = desk.t("More than {total} found; the numbers beside filters count the newest of them.", total=total)
    else:
        said = desk.words.n("{n} found", "{n} found", numbers.total)
    st.html(f'<p class="t-note d-found" role="status">{shared.safe(said)}</p>')
    shown = [(one.kind, one.id) for one in found]
    choosing = bool(st.session_state.get("search-choosing"))
    if choosing and shown:
        assigning.bar(desk, PAGE, shown)
    tasks = {
        (one.kind, one.id): one
        for kind in ("item", "initiative")
        for one in desk.store.assignments(kind=kind, ids=[id for each, id in shown if each == kind], every=True)
    }
    wanted = search.read(asked.text)
    for one in found:
        task = tasks.get((one.kind, one.id))
        line(desk, one, wanted, assigning.line(desk, task) if task else "", choosing=choosing)
    filtering.pager(desk, PAGE, numbers.total, more=numbers.more)


def line(desk: Desk, one: Found, wanted: Search, task: str, *, choosing: bool) -> None:
    """One thing that was found: what it is, where it stands, and the place that was found."""
    widths = [0.5, 6, 1.1] if choosing else [6.5, 1.1]
    with st.container(key=f"found-{one.kind}-{one.id}"):
        columns = st.columns(widths, vertical_alignment="top")
    number = f"#{one.id}"
    name = (
        desk.t("Item {number}", number=number) if one.kind == "item" else desk.t("Initiative {number}", number=number)
    )
    if choosing:
        with columns[0]:
            st.checkbox(
                desk.t("Choose {name}", name=name), key=f"search-tick-{one.kind}-{one.id}", label_visibility="collapsed"
            )
    state = state_of(desk, one.state)
    if one.reason:
        state += f" ({desk.label('exclusion_reasons', one.reason)})"
    facts = [
        f"<b>{shared.safe(name)}</b>",
        f'<span class="d-state d-state-{shared.safe(one.state)}">{shared.safe(state)}</span>',
        shared.safe(one.source),
        shared.safe(desk.words.tongue(one.language)) if one.language != "und" else "",
        shared.safe(desk.words.date(one.at.date())),
        f"<b>{shared.safe(task)}</b>" if task else "",
        shared.safe(desk.t("sample")) if one.sample else "",
    ]
    title = search.marked(one.title or desk.t("(no title yet)"), wanted)
    with columns[-2]:
        st.html(
            _told(title, one.language, tag="h2", css="d-line")
            + '<p class="t-meta">' + "".join(f"<span>{fact}</span>" for fact in facts if fact) + "</p>"
            + _excerpt(one, wanted)
        )  # fmt: skip
    with columns[-1]:
        st.button(
            desk.t("Open"), key=f"open-{one.kind}-{one.id}", width="stretch", on_click=_open, args=(one.kind, one.id),
            help=name,
        )  # fmt: skip


def _excerpt(one: Found, wanted: Search) -> str:
    """The first passage that has what was asked for; where none has, the beginning of what it says."""
    # Many a text begins with its title, which stands above it already.
    passages = [" ".join(passage.split()).removeprefix(one.title).lstrip(" .:–—-") for passage in one.passages]
    for passage in passages:
        pieces = search.excerpt(passage, wanted)
        if any(hit for _, hit in pieces):
            return _told(pieces, one.language, tag="p", css="d-excerpt")
    beginning = next((passage for passage in passages if passage), "")
    return _told(search.excerpt(beginning, wanted), one.language, tag="p", css="d-excerpt") if beginning else ""


def _told(pieces: list[tuple[str, bool]], language: str, *, tag: str, css: str) -> str:
    """A source's text in pieces, with what was found marked, as HTML that says exactly this text."""
    inside = "".join(f"<mark>{shared.safe(piece)}</mark>" if hit else shared.safe(piece) for piece, hit in pieces)
    empty = shared.said("", language, tag=tag, css=css)
    return empty.removesuffix(f"</{tag}>") + inside + f"</{tag}>"


def _open(kind: str, id: int) -> None:
    st.session_state["search-go"] = (kind, id)


def go() -> None:
    """Opens what was chosen: an item in triage, an initiative in coding."""
    if (target := st.session_state.pop("search-go", None)) is None:
        return
    open_thing(*target)


def open_thing(kind: str, id: int) -> None:
    """The page of an item or an initiative."""
    pages: Mapping[str, Any] = st.session_state["pages"]
    if kind == "item":
        st.session_state["triage-item"] = id
        st.switch_page(pages["triage"], query_params={"item": str(id)})
    st.session_state["coding-id"] = id
    st.switch_page(pages["look" if kind == "look" else "initiative"], query_params={"id": str(id)})
