"""For you: what you were given to do, and what you should know of what others did."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.search import open_thing, state_of
from dashboard.desk.shared import Desk, told
from dashboard.words import mark
from tracker.model import Person
from tracker.store.news import MOST, Notice
from tracker.store.tasks import Assignment

SENTENCES = {
    "assigned": mark("{who} assigned this to you"),
    "sent_back": mark("{who} sent your initiative back"),
    "approved": mark("{who} approved your initiative: it is public"),
    "withdrawn": mark("{who} withdrew your initiative from the public"),
    "merged": mark("{who} merged your initiative with another one"),
    "split": mark("{who} split your initiative in two"),
    "commented": mark("{who} wrote about your initiative"),
    "second_look": mark("{who} asks for a second look"),
    "source_changed": mark("A source of your initiative has changed what it says"),
    "check_due": mark("Your initiative is to be checked again"),
    "source_broken": mark("This source does not answer as it should"),
}
_SHOWN = 50
_COUNTED, _COUNTED_FOR = "notices-counted", timedelta(seconds=20)


def show(desk: Desk) -> None:
    _go()
    people = {person.email: person for person in desk.store.people()}
    notices = desk.store.notices(desk.person, desk.now)
    unread = [one for one in notices if not one.read]
    st.html(f'<h1 class="d-h1">{desk.t("For you")}</h1>')
    _tasks(desk)
    with st.container(horizontal=True, vertical_alignment="center", key="notices-head"):
        st.html(f'<h2 class="d-section">{desk.t("News")}</h2>', width="content")
        if unread:
            st.button(desk.t("Mark all as read"), key="notices-read", on_click=_read_all, args=(desk,))
    only = bool(unread) and st.toggle(
        desk.words.n("Only what is new ({n})", "Only what is new ({n})", len(unread)), key="notices-unread"
    )
    shown = unread if only else notices
    for one in shown[:_SHOWN]:
        _line(desk, one, people)
    if not shown:
        shared.note(desk.t("Nothing yet. What others do with your work, or ask of you, is told here for 60 days."))
    if len(shown) > _SHOWN:
        shared.note(desk.t("The page Activity shows what came before."))


def count(desk: Desk) -> int:
    """How many notices are unread, for the bar: asked of the store every 20 seconds, not at every press of a button."""
    kept: tuple[datetime, int, int] | None = st.session_state.get(_COUNTED)
    if kept is None or kept[1] != desk.person.id or desk.now - kept[0] > _COUNTED_FOR:
        kept = (desk.now, desk.person.id, desk.store.unread_notices(desk.person, desk.now))
        st.session_state[_COUNTED] = kept
    return kept[2]


def called(desk: Desk, title: str, number: int) -> str:
    """The title of this page with how many are unread."""
    if not number:
        return title
    return f"{title} ({desk.words.number(number) if number < MOST else f'{desk.words.number(MOST)}+'})"


def _tasks(desk: Desk) -> None:
    mine = desk.store.assignments(to=desk.person.id)
    st.html(f'<h2 class="d-section">{desk.words.n("{n} to do", "{n} to do", len(mine))}</h2>')
    for one in mine[:_SHOWN]:
        _task(desk, one)
    if not mine:
        shared.note(desk.t("Nobody has assigned anything to you that is still to be done."))


def _task(desk: Desk, one: Assignment) -> None:
    with st.container(key=f"found-task-{one.kind}-{one.id}"):
        left, right = st.columns([6.5, 1.1], vertical_alignment="top")
    facts = [
        f"<b>{shared.safe(_name(desk, one.kind, str(one.id)))}</b>",
        shared.safe(state_of(desk, one.state)),
        shared.safe(desk.t("by {name}", name=one.by)) if one.by != desk.person.name else "",
    ]
    if one.due_on:
        late = one.due_on < desk.now.date()
        day = desk.words.date(one.due_on)
        due = desk.t("was due on {date}", date=day) if late else desk.t("due on {date}", date=day)
        facts.append(f'<span class="d-bad">{shared.safe(due)}</span>' if late else f"<b>{shared.safe(due)}</b>")
    with left:
        st.html(
            shared.said(one.title or desk.t("(no title yet)"), None, tag="h3", css="d-line")
            + '<p class="t-meta">' + "".join(f"<span>{fact}</span>" for fact in facts if fact) + "</p>"
            + (shared.said(one.note, None, tag="p", css="d-excerpt") if one.note else "")
        )  # fmt: skip
    with right:
        _open_button(desk, one.kind, str(one.id), "", f"task-{one.kind}-{one.id}")


def _line(desk: Desk, one: Notice, people: dict[str, Person]) -> None:
    with st.container(key=f"found-notice-{one.key.replace(':', '-')[:60]}"):
        left, right = st.columns([6.5, 1.1], vertical_alignment="top")
    who = people[one.by].name if one.by in people else one.by
    said = desk.t(SENTENCES.get(one.what, "{who}"), who=shared.safe(who))
    new = "" if one.read else f'<span class="d-new">{shared.safe(desk.t("new"))}</span> '
    due = desk.t("due on {date}", date=desk.words.date(one.due_on)) if one.due_on else ""
    facts = [
        shared.safe(_name(desk, one.kind, one.subject)),
        shared.safe(desk.words.date(one.at.date())),
        shared.safe(due),
    ]
    title = one.title or (desk.t("(no title yet)") if one.kind != "source" else one.subject)
    with left:
        st.html(
            f'<h3 class="d-line{" d-unread" if not one.read else ""}">{new}{said}</h3>'
            + shared.said(title, None, tag="p", css="d-excerpt")
            + '<p class="t-meta">' + "".join(f"<span>{fact}</span>" for fact in facts if fact) + "</p>"
            + (shared.said(one.note, None, tag="p", css="d-excerpt") if one.note else "")
        )  # fmt: skip
    with right:
        _open_button(desk, one.kind, one.subject, one.key, one.key)


def _name(desk: Desk, kind: str, subject: str) -> str:
    if kind == "source":
        return desk.t("Source")
    number = f"#{subject}"
    return desk.t("Item {number}", number=number) if kind == "item" else desk.t("Initiative {number}", number=number)


def _open_button(desk: Desk, kind: str, subject: str, notice: str, key: str) -> None:
    st.button(
        desk.t("Open"), key=f"open-{key}", width="stretch", on_click=_open, args=(desk, kind, subject, notice),
        help=_name(desk, kind, subject),
    )  # fmt: skip


def _open(desk: Desk, kind: str, subject: str, notice: str) -> None:
    with told():
        person = desk.still_here()
        if notice:
            desk.store.read_notice(person.id, notice, shared.now())
            st.session_state.pop(_COUNTED, None)
        st.session_state["notices-go"] = (kind, subject)


def _go() -> None:
    if (target := st.session_state.pop("notices-go", None)) is None:
        return
    kind, subject = target
    if kind == "source":
        st.switch_page(st.session_state["pages"]["sources"], query_params={"source": subject})
    open_thing(kind, int(subject))


def _read_all(desk: Desk) -> None:
    with told():
        desk.store.read_all_notices(desk.still_here().id, desk.now)
        st.session_state.pop(_COUNTED, None)
