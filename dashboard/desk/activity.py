"""What has happened, and who did it? In sentences, newest first, with the way to each thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.desk import filtering, shared
from dashboard.desk.shared import Desk
from dashboard.words import mark
from tracker.store.audit import Event

PAGE = "activity"
PAGE_LENGTH = 50
FIELDS: filtering.Fields = {"person": str, "group": str, "subject": str, "number": str}

# What happened, as the audit has it, in a sentence: `who` did it, `thing` is the item, initiative or source.
SENTENCES = {
    "decided include": mark("{who} drafted an initiative from {thing}"),
    "decided evidence": mark("{who} took {thing} as evidence for an initiative"),
    "decided exclude": mark("{who} excluded {thing}"),
    "decided hold": mark("{who} put {thing} on hold"),
    "decided undo": mark("{who} took back the decision on {thing}"),
    "joined to a story": mark("{who} put {thing} behind another item of the same story"),
    "split from its story": mark("{who} made {thing} a story of its own"),
    "exclusion confirmed": mark("{who} looked at {thing}: its exclusion stands"),
    "exclusion sent back": mark("{who} put {thing}, which was excluded, back into the queue"),
    "coded a second time": mark("{who} coded {thing} a second time, blind"),
    "adjudicated": mark("{who} settled a disagreement on {thing}"),
    "assigned": mark("{who} assigned {thing} to {name}"),
    "unassigned": mark("{who} took back the assignment of {thing}"),
    "initiative drafted": mark("{who} began {thing}"),
    "initiative changed": mark("{who} changed {thing}"),
    "initiative to second_look": mark("{who} sent {thing} to the second look"),
    "initiative to draft": mark("{who} sent {thing} back"),
    "initiative to dropped": mark("{who} gave {thing} up"),
    "initiative approved": mark("{who} approved {thing}: it is public"),
    "initiative published urgently": mark("{who} made {thing} public urgently"),
    "initiative withdrawn": mark("{who} withdrew {thing} from the public"),
    "initiatives merged": mark("{who} merged another initiative into {thing}"),
    "initiative merged away": mark("{who} merged {thing} into another initiative"),
    "initiative split": mark("{who} split {thing} in two"),
    "field commented": mark("{who} commented on a field of {thing}"),
    "message": mark("{who} wrote about {thing}"),
    "confirmed harmless": mark("{who} confirmed that {thing} can hurt nobody"),
    "checked: still so": mark("{who} checked {thing}: still so"),
    "later look taken": mark("{who} took the full second look at {thing}"),
    "next check set": mark("{who} set when {thing} is to be checked again"),
    "evidence added": mark("{who} added evidence to {thing}"),
    "evidence removed": mark("{who} removed evidence from {thing}"),
    "taken back": mark("{who} took back a step on {thing}"),
    "source ok": mark("{thing} answers again"),
    "source failing": mark("{thing} does not answer as it should"),
    "source asleep": mark("{thing} has not answered for long and is asked less often"),
    "source gone": mark("{thing} is gone and is not asked any more"),
    "source reopened": mark("{who} has {thing} asked again"),
    "source added": mark("{who} added {thing}"),
    "source changed": mark("{who} changed {thing}"),
    "source paused": mark("{who} paused {thing}"),
    "source resumed": mark("{who} resumed {thing}"),
    "source moved": mark("{thing} has moved to another address"),
    "source to be asked soon": mark("{who} has {thing} asked as soon as possible"),
    "source's 304 unreliable": mark("{thing} says that nothing is new when something is"),
    "sources registered": mark("Sources were taken over from the configuration"),
    "our network fails": mark("Our own network fails: no source is blamed"),
    "our network works again": mark("Our own network works again"),
    "release begun": mark("{who} began {thing}"),
    "release written": mark("{thing} was written for the public"),
    "in_service": mark("{thing} orders the queue now"),
    "candidate": mark("{thing} was learnt and waits to be chosen"),
    "retired": mark("{thing} does not order the queue any more"),
    "refused": mark("{thing} was learnt and refused: it does worse"),
    "coverage set": mark("{who} wrote down how well countries are covered"),
    "word added": mark("{who} put a word into the lists"),
    "word taken out": mark("{who} took a word out of the lists"),
}
OTHERWISE = mark("{who}: {what} ({thing})")

# What a person may want to see of it: subjects of the audit, and which of what happened to them.
_INITIATIVE_STEPS = (
    "initiative to second_look", "initiative to draft", "initiative approved", "initiative published urgently",
    "initiative withdrawn", "field commented", "message", "confirmed harmless", "checked: still so", "later look taken",
)  # fmt: skip
_DECISIONS = (
    "decided", "joined to a story", "split from its story", "exclusion confirmed", "exclusion sent back",
    "coded a second time", "adjudicated",
)  # fmt: skip
_CODING = ("initiative drafted", "initiative changed", "evidence added", "evidence removed")
_MERGES = ("initiatives merged", "initiative merged away", "initiative split")
_SOURCE_HEALTH = (
    "source ok",
    "source failing",
    "source asleep",
    "source gone",
    "our network fails",
    "our network works again",
)
GROUPS: dict[str, tuple[str, str | None, tuple[str, ...] | None]] = {
    "decisions": (mark("Decisions"), "item", _DECISIONS),
    "coding": (mark("Coding"), "initiative", _CODING),
    "looks": (mark("Second looks"), "initiative", _INITIATIVE_STEPS),
    "merges": (mark("Merges and splits"), "initiative", _MERGES),
    "given": (mark("Assignments"), None, ("assigned", "unassigned")),
    "health": (mark("Sources that broke or healed"), None, _SOURCE_HEALTH),
    "sources": (mark("Sources"), "source", None),
    "releases": (mark("Releases"), "release", None),
    "models": (mark("Models"), "model", None),
    "words": (mark("Word lists"), "word list", None),
}  # fmt: skip
_MACHINES = {
    "collectors": mark("The collectors"),
    "configuration": mark("The configuration"),
    "learning": mark("The learning service"),
    "command line": mark("The command line"),
}
_THINGS = {
    "item": mark("item {number}"),
    "initiative": mark("initiative {number}"),
    "release": mark("release {number}"),
    "model": mark("model {number}"),
}


def show(desk: Desk) -> None:
    filtering.seed(PAGE, FIELDS)
    st.html(f'<h1 class="d-h1">{desk.t("Activity")}</h1>')
    people = {person.email: person.name for person in desk.store.people()}
    asked = _controls(desk, people)
    filtering.remember(PAGE, FIELDS, asked)
    _, subject, whats = GROUPS.get(asked["group"] or "", ("", None, None))
    here = int(st.session_state.get("activity-page", 0))
    events = desk.store.activity(
        by=asked["person"] if asked["person"] != _MINE else None,
        of=desk.person.id if asked["person"] == _MINE else None,
        subject=asked["subject"] or subject,
        subject_id=asked["number"] or None,
        whats=whats,
        limit=PAGE_LENGTH + 1,
        offset=here * PAGE_LENGTH,
    )
    if not events:
        st.info(desk.t("Nothing of this kind has happened yet."))
    listed(desk, events[:PAGE_LENGTH], people)
    _pages(desk, here, more=len(events) > PAGE_LENGTH)


_MINE = "mine"


def _controls(desk: Desk, people: Mapping[str, str]) -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="activity-bar", gap="small"):
        mine = desk.t("on initiatives that I wrote")
        whom = {desk.person.email: desk.t("me"), _MINE: mine}
        person = filtering.choice(
            desk, PAGE, "person", desk.t("Who"),
            [desk.person.email, _MINE, *(email for email in people if email != desk.person.email), "collectors"],
            lambda code: whom.get(code) or people.get(code) or desk.t(_MACHINES.get(code, code)), width=260,
        )  # fmt: skip
        group = filtering.choice(
            desk, PAGE, "group", desk.t("What"), GROUPS,
            lambda code: desk.t(GROUPS[code][0]) if code in GROUPS else code, width=260,
        )  # fmt: skip
        subject, number = st.session_state.get("activity-subject"), st.session_state.get("activity-number")
        if subject and number:
            st.button(
                desk.t("Only {thing}: show everything", thing=_called(desk, subject, number)), key="activity-all",
                on_click=_everything,
            )  # fmt: skip
    return {"person": person, "group": group, "subject": subject, "number": number}


def _everything() -> None:
    for name in FIELDS:
        st.session_state[f"activity-{name}"] = None


def listed(desk: Desk, events: list[Event], people: Mapping[str, str]) -> None:
    """The events as a list under their days."""
    titles = desk.store.titles((event.subject, event.subject_id) for event in events)
    parts: list[str] = []
    day = None
    for event in events:
        if event.at.date() != day:
            day = event.at.date()
            parts.append(
                ("" if not parts else "</ul>") + f'<h2 class="d-section">{desk.words.date(day)}</h2><ul class="d-feed">'
            )
        said = sentence(desk, event, people, titles.get((event.subject, event.subject_id), ""))
        parts.append(
            f'<li><time datetime="{event.at.isoformat()}">{event.at:%H:%M}</time><span>{said}{_why(event)}</span></li>'
        )
    if parts:
        st.html("".join(parts) + "</ul>")
        shared.note(desk.t("Times are UTC."))


def sentence(desk: Desk, event: Event, people: Mapping[str, str], title: str) -> str:
    """What happened, as HTML."""
    who = people.get(event.who) or desk.t(_MACHINES.get(event.who, event.who))
    after: Mapping[str, Any] = event.after if isinstance(event.after, dict) else {}
    what = f"decided {after.get('verdict', '')}" if event.what == "decided" else event.what
    if what.startswith("taken back"):
        what = "taken back"
    if what == "initiative to draft" and (
        not isinstance(event.before, dict) or event.before.get("state") != "second_look"
    ):
        what = "initiative changed"
    return desk.t(
        SENTENCES.get(what, OTHERWISE),
        who=f"<b>{shared.safe(who)}</b>",
        what=shared.safe(event.what),
        thing=_thing(desk, event.subject, event.subject_id, title),
        name=f"<b>{shared.safe(str(after.get('name', '')))}</b>",
    )


def _thing(desk: Desk, subject: str, id: str, title: str) -> str:
    """A thing by its name, with the way to it."""
    called = shared.safe(_called(desk, subject, id))
    short = title if len(title) <= 90 else title[:90].rsplit(" ", 1)[0] + " …"
    name = shared.said(short, None) if short else called
    pages = {"item": "/triage?item=", "initiative": "/initiative?id=", "source": "/sources?source="}
    if subject not in pages:
        return name
    number = f' <span class="t-note">#{shared.safe(id)}</span>' if subject != "source" and short else ""
    return f'<a href="{pages[subject]}{shared.safe(id)}" target="_self">{name}</a>{number}'


def _called(desk: Desk, subject: str, id: str) -> str:
    return desk.t(_THINGS[subject], number=f"#{id}") if subject in _THINGS else id or subject


def _why(event: Event) -> str:
    """The note or the reason that was given with it."""
    after: Mapping[str, Any] = event.after if isinstance(event.after, dict) else {}
    why = str(after.get("note") or after.get("reason") or "")
    if not why or event.subject == "model":
        return ""
    return f'<br><span class="t-note">{shared.said(why[:300], None)}</span>'


def _pages(desk: Desk, here: int, *, more: bool) -> None:
    if not here and not more:
        return
    with st.container(horizontal=True, key="activity-pager"):
        st.button(desk.t("Newer"), key="activity-newer", disabled=not here, on_click=_turn, args=(here - 1,))
        st.button(desk.t("Older"), key="activity-older", disabled=not more, on_click=_turn, args=(here + 1,))


def _turn(number: int) -> None:
    st.session_state["activity-page"] = max(0, number)
