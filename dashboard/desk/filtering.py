"""What do the desk's filters have in common? Codes in the address, a choice with counts, pages, filters with a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.shared import Desk, flash, told
from tracker import filters
from tracker.model import Role
from tracker.people import may
from tracker.store.filters import SavedFilter

PAGE_LENGTH = 25

Fields = Mapping[str, Callable[[str], Any]]  # of a filter, and how each is read from the address


def a_day(text: str) -> date:
    return date.fromisoformat(text)


def a_yes(text: str) -> bool:
    if text not in ("1", "True"):
        raise ValueError(text)
    return True


def one_of(*codes: str) -> Callable[[str], str]:
    """Reads one of these codes, and refuses any other."""

    def read(text: str) -> str:
        if text not in codes:
            raise ValueError(text)
        return text

    return read


def seed(page: str, fields: Fields) -> None:
    """Sets the controls to what the address asks for, or to what was asked for when this page was last left.

    What the address has of ours and cannot be read is passed over.
    """
    asked = {name: st.query_params[name] for name in fields if name in st.query_params}
    state = st.session_state
    if asked and asked != state.get(f"{page}-address"):
        _set(page, fields, _read(fields, asked))
    elif not asked and not any(f"{page}-{name}" in state for name in fields):
        _set(page, fields, state.get(f"{page}-asked", {}))


def remember(page: str, fields: Fields, asked: Mapping[str, Any]) -> None:
    """Puts what is asked for into the address, as codes, and keeps it for when the page is opened again."""
    state = st.session_state
    asked = {name: asked[name] for name in fields if asked.get(name)}
    address = {name: "1" if value is True else str(value) for name, value in asked.items()}
    if state.get(f"{page}-asked") != asked:
        state.pop(f"{page}-page", None)  # another question has other pages
    state[f"{page}-asked"], state[f"{page}-address"] = asked, address
    if {name: st.query_params[name] for name in fields if name in st.query_params} != address:
        others = {name: value for name, value in st.query_params.items() if name not in fields}
        st.query_params.from_dict({**others, **address})


def _read(fields: Fields, asked: Mapping[str, str]) -> dict[str, Any]:
    read = {}
    for name, text in asked.items():
        try:
            read[name] = fields[name](text)
        except ValueError:
            continue
    return read


def _set(page: str, fields: Fields, asked: Mapping[str, Any]) -> None:
    for name in fields:
        if asked.get(name):
            st.session_state[f"{page}-{name}"] = asked[name]
        else:
            st.session_state.pop(f"{page}-{name}", None)


def choice(
    desk: Desk, page: str, name: str, label: str, options: Iterable[Any], called: Callable[[Any], str], **how: Any
) -> Any:
    """A control for one field: everything, or one of these; what the address asks for is among them in any case."""
    key = f"{page}-{name}"
    known = list(options)
    chosen = st.session_state.get(key)
    if chosen is not None and chosen not in known:
        known.append(chosen)
    every = desk.t("All")

    def name_of(code: Any) -> str:
        if code is None:
            return every
        try:
            return called(code)
        except KeyError:  # a code in the address that nothing has
            return str(code)

    return st.selectbox(label, [None, *known], format_func=name_of, key=key, **how)


def counted(desk: Desk, numbers: Mapping[Any, int], called: Callable[[Any], str]) -> Callable[[Any], str]:
    """What each code is called, with how many there are of it where that is known."""
    return lambda code: f"{called(code)} ({desk.words.number(numbers[code])})" if code in numbers else called(code)


def pager(desk: Desk, page: str, total: int, *, more: bool = False) -> None:
    """Which part of a list is shown, and the way to its neighbours."""
    here = int(st.session_state.get(f"{page}-page", 0))
    last = here * PAGE_LENGTH + PAGE_LENGTH
    if total <= PAGE_LENGTH and not here:
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"{page}-pager"):
        st.button(desk.t("Previous"), key=f"{page}-previous", disabled=here == 0, on_click=_turn, args=(page, here - 1))
        st.button(
            desk.t("Next"),
            key=f"{page}-next",
            disabled=last >= total and not more,
            on_click=_turn,
            args=(page, here + 1),
        )
        first = desk.words.number(here * PAGE_LENGTH + 1)
        if more:
            text = desk.t(
                "{first} to {last} of more than {total}",
                first=first, last=desk.words.number(last), total=desk.words.number(total),
            )  # fmt: skip
        else:
            text = desk.t(
                "{first} to {last} of {total}",
                first=first, last=desk.words.number(min(last, total)), total=desk.words.number(total),
            )  # fmt: skip
        shared.note(text)


def offset(page: str) -> int:
    return int(st.session_state.get(f"{page}-page", 0)) * PAGE_LENGTH


def _turn(page: str, number: int) -> None:
    st.session_state[f"{page}-page"] = max(0, number)


# ------------------------------------------------------------------------------------------- filters with a name


def saved(desk: Desk, of: str, fields: Fields, asked: Mapping[str, Any], prefix: str = "") -> None:
    """The filters that were kept for this page: to use one, to keep what is asked for now, to remove one.

    `prefix` begins the keys of the page's controls where that is not what its filters are kept as.
    """
    page = prefix or of
    with st.popover(desk.t("Saved filters"), icon=":material/bookmark:", key=f"{page}-saved"):
        kept = desk.store.saved_filters(of, desk.person.id)
        for one in kept:
            whose = desk.t("team, by {name}", name=one.by) if one.shared else ""
            with st.container(horizontal=True, vertical_alignment="center", key=f"{page}-kept-{one.id}", gap="small"):
                # The name is somebody's own text: what Markdown reads as a mark is taken as it stands.
                st.button(_plain(one.name), key=f"{page}-use-{one.id}", on_click=_use, args=(desk, page, fields, one))
                if whose:
                    shared.note(whose)
                if one.person_id == desk.person.id or may(desk.person, Role.EDITOR):
                    st.button(
                        desk.t("Remove"), key=f"{page}-drop-{one.id}", type="tertiary", on_click=_drop,
                        args=(desk, one.id),
                        help=desk.t("Remove the filter “{name}”", name=_plain(one.name)),
                    )  # fmt: skip
        if not kept:
            shared.note(desk.t("None yet. Set a filter, then give it a name here."))
        if any(asked.values()):
            name = st.text_input(desk.t("Keep this filter as"), max_chars=filters.LONGEST_NAME, key=f"{page}-name")
            team = may(desk.person, Role.EDITOR) and st.checkbox(desk.t("for the whole team"), key=f"{page}-team")
            st.button(
                desk.t("Keep"), key=f"{page}-keep", on_click=_keep,
                args=(desk, of, page, {field: asked[field] for field in fields if asked.get(field)}),
                kwargs={"shared": bool(team)}, disabled=not (name or "").strip(),
            )  # fmt: skip


def _plain(text: str) -> str:
    """Somebody's text as Markdown that says exactly this text."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()<>#+-.!|~$:&" else letter for letter in text)


def _keep(desk: Desk, of: str, page: str, wanted: dict[str, Any], *, shared: bool) -> None:
    name = str(st.session_state.get(f"{page}-name", ""))
    plain = {field: value.isoformat() if isinstance(value, date) else value for field, value in wanted.items()}
    with told():
        filters.keep(desk.store, desk.still_here(), of, name, plain, desk.now, shared=shared)
        st.session_state[f"{page}-name"] = ""
        flash(desk.t("The filter is kept"))


def _drop(desk: Desk, id: int) -> None:
    with told():
        filters.drop(desk.store, desk.still_here(), id)
        flash(desk.t("The filter is removed"))


def _use(desk: Desk, page: str, fields: Fields, one: SavedFilter) -> None:
    wanted, gone = filters.usable(desk.store, desk.taxonomy, one)
    _set(page, fields, _read(fields, {name: str(value) for name, value in wanted.items() if name in fields}))
    st.session_state.pop(f"{page}-page", None)
    if gone:
        flash(
            desk.t(
                "Part of this filter is not there any more and was left out: {codes}",
                codes=", ".join(str(value) for value in gone.values()),
            )
        )
