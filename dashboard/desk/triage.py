"""Triage: the surface that shows one item after the other, and below it what is rarely wanted of the one on show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.desk import filtering, reading_on, shared
from dashboard.desk.shared import Desk, flash, outside, said, told
from dashboard.desk.surface import component
from dashboard.desk.surface.session import Session
from tracker import review
from tracker.errors import NotAllowed
from tracker.evidence import Archive, as_text
from tracker.model import Item, ItemState, KeptCopy, Likeness, Member, Waiting
from tracker.store.items import QueueFilter

SURFACE = "triage-surface"  # the component's key in the session
SESSION = "triage-session"
# What is kept of a filter under a name: the same of triage and of the table.
_SHOWN = ("waiting", "held", "changed", "excluded", "copies")
FIELDS: filtering.Fields = {
    "text": str, "show": filtering.one_of(*_SHOWN), "issue": str, "language": str, "country": str,
    "oldest": filtering.a_yes,
}  # fmt: skip


def show(desk: Desk) -> None:
    bar = st.container(horizontal=True, vertical_alignment="center", key="triage-head")
    session = st.session_state.setdefault(SESSION, Session())
    bar.html(f'<h1 class="d-h1">{desk.t("Triage")}</h1>')
    reading_on.line(desk, bar)
    with bar:
        wanted = filters(desk, "triage")
    session.want(desk, wanted)
    if (asked := st.query_params.get("item", "")).isdecimal():  # a link from search or from a notice
        st.session_state["triage-item"] = int(asked)
        st.query_params.pop("item")
    if (item_id := st.session_state.pop("triage-item", None)) is not None:  # chosen on another page
        with told():
            session.open(desk, item_id)
    _surface(desk, session)
    if wanted == QueueFilter() and not desk.store.queue_by("state"):
        _offer_samples(desk)


@st.fragment
def _surface(desk: Desk, session: Session) -> None:
    """The part that runs again with each message of the browser; the rest of the page stays as it is."""
    try:
        desk = desk.again()
    except NotAllowed:
        component.mounted(SURFACE, {"signed_out": True, "said": "", "words": _farewell(desk)}, lambda: None)
        return
    if session.code is not None:
        st.session_state["coding-id"], session.code = session.code, None
        st.switch_page(st.session_state["pages"]["initiative"])
    component.mounted(SURFACE, session.reply(desk), lambda: _heard(desk, session))
    if (item_id := session.looked_at()) is not None:
        _beside(desk, desk.store.item(item_id, desk.now), session)


def _heard(desk: Desk, session: Session) -> None:
    sent: Any = st.session_state.get(SURFACE)
    try:
        session.hear(desk.again(), sent.get(component.STATE) if sent else None)
    except NotAllowed:
        return  # the page that follows says so; the browser keeps what it has not seen answered


def _farewell(desk: Desk) -> dict[str, str]:
    return {"signed out": desk.t("You are signed out"), "sign in": desk.t("Sign in")}


def filters(desk: Desk, page: str) -> QueueFilter:
    """What of the queue somebody wants to see, chosen on this page."""
    # A filter that was kept puts its values into the session: a default beside them would be a second word.
    st.session_state.setdefault(f"{page}-show", "waiting")
    counts = {kind: desk.store.queue_by(kind) for kind in ("issue", "language", "country")}
    text = st.text_input(
        desk.t("Search"),
        key=f"{page}-text",
        placeholder=desk.t("Words in title or text"),
        label_visibility="collapsed",
        width=260,
    )
    with st.popover(desk.t("Filter and order"), icon=":material/filter_list:"):
        which = st.segmented_control(
            desk.t("Show"),
            _SHOWN,
            format_func=lambda code: {
                "waiting": desk.t("Waiting"),
                "held": desk.t("On hold"),
                "changed": desk.t("Changed since decided"),
                "excluded": desk.t("Excluded"),
                "copies": desk.t("Behind another item"),
            }[code],
            key=f"{page}-show",
        )

        def choose(name: str, label: str, called: Callable[[Any], str]) -> Any:
            known = counts[name]
            return filtering.choice(desk, page, name, label, known, filtering.counted(desk, known, called))

        issue = choose("issue", desk.t("Issue"), lambda code: desk.label("issues", code))
        language = choose("language", desk.t("Language"), desk.words.tongue)
        country = choose("country", desk.t("Country"), desk.words.country)
        oldest = st.toggle(desk.t("Oldest first, instead of most promising first"), key=f"{page}-oldest")
    asked = {"text": text, "issue": issue, "language": language, "country": country, "oldest": oldest}
    filtering.saved(desk, "queue", FIELDS, {**asked, "show": which if which != "waiting" else None}, prefix=page)
    states = {
        "held": (ItemState.HELD,),
        "excluded": (ItemState.EXCLUDED,),
        "copies": (ItemState.COPY,),
    }.get(which or "waiting", (ItemState.WAITING,))
    return QueueFilter(
        states=states,
        issue=issue,
        language=language,
        country=country,
        text=text,
        changed=which == "changed",
        oldest_first=oldest,
    )


def _beside(desk: Desk, waiting: Waiting, session: Session) -> None:
    """What is rarely wanted of the item on show: its story, the kept copy, what its source has changed."""
    item = waiting.item
    with st.container(key="triage-beside"):
        _story(desk, waiting, session)
        if copies_kept := desk.store.kept_copies(item.id):
            _kept(desk, copies_kept[0])
        if item.changed_at and (versions := desk.store.item_versions(item.id)):
            with st.expander(desk.t("The source changed this text: what is different"), expanded=waiting.changed):
                st.html(shared.difference(versions[0].text or versions[0].summary, item.text or item.summary))


def _story(desk: Desk, waiting: Waiting, session: Session) -> None:
    """Who tells the same story, what differs, and a way to say that one does not."""
    item = waiting.item
    members = desk.store.members(item.id)
    stands = members[0].item
    if carriers := desk.store.carriers(item.id):
        st.html(f"<p class='t-note'>{shared.safe(desk.t('Linked by: {names}', names=', '.join(carriers)))}</p>")
    if len(members) > 1:
        if stands.id != item.id:
            st.info(desk.t("Item {number} stands for this story; a decision on it stands for all.", number=stands.id))
        with st.expander(desk.t("One story, {number} items", number=len(members)), expanded=stands.id != item.id):
            for member in members:
                _member(desk, member, stands, session)


def _member(desk: Desk, member: Member, stands: Item, session: Session) -> None:
    item = member.item
    when = item.dated or item.arrived_at
    facts = [
        f"#{item.id}",
        shared.safe(member.source),
        desk.words.date(when.date()),
        _likeness(desk, member),
        outside(item.url, desk.t("Open the original")),
    ]
    st.html(
        f'<p class="d-member">{said(item.title, item.declared_language, tag="strong")}</p>'
        '<p class="t-meta">' + "".join(f"<span>{fact}</span>" for fact in facts) + "</p>"
    )
    if item.id == stands.id:
        return
    if item.copy_kind is not Likeness.TRANSLATION and item.content_hash != stands.content_hash:
        st.html(shared.difference(_told(stands), _told(item)))
    st.button(
        desk.t("Not the same story"),
        key=f"split-{item.id}-{item.version}",
        on_click=_split,
        args=(desk, item.id, session),
    )


def _likeness(desk: Desk, member: Member) -> str:
    percent = round((member.item.copy_score or 0) * 100)
    match member.item.copy_kind:
        case None:
            return desk.t("stands for the story")
        case Likeness.EXACT:
            return desk.t("same words")
        case Likeness.NEAR:
            return desk.t("{percent} % the same words", percent=percent)
        case Likeness.TRANSLATION:
            return desk.t("in another language, {percent} % alike", percent=percent)
        case Likeness.JOINED:
            by = desk.t("joined by {name}", name=member.placed_by)
            return f"{shared.safe(by)}, {desk.t('{percent} % the same words', percent=percent)}"


def _told(item: Item) -> str:
    return f"{item.title} — {item.text or item.summary}"[:6000]


def _split(desk: Desk, item_id: int, session: Session) -> None:
    with told():
        review.split(desk.store, desk.still_here(), item_id, shared.now())
        session.more.clear()
        flash(desk.t("Item {number} is a story of its own and waits again", number=item_id))


def _kept(desk: Desk, copy: KeptCopy) -> None:
    """The bytes that the item was read from, as text that cannot act; read from the archive only when asked for."""
    with st.expander(desk.t("The copy that was kept")):
        if st.toggle(desk.t("Show it as plain text"), key=f"copy-{copy.digest[:16]}"):
            with told():
                kept = Archive(desk.settings.evidence).find(copy.digest)
                facts = (copy.url, desk.words.time(copy.kept_at), f"SHA-256 {copy.digest}")
                st.html(f"<p class='t-note'>{shared.safe(' · '.join(facts))}</p>")
                lines = "".join(f"<p>{shared.safe(line)}</p>" for line in as_text(kept).splitlines())
                st.html(f'<div class="d-text" dir="auto">{lines}</div>')


def _offer_samples(desk: Desk) -> None:
    """An empty tracker: the sample web gives something to practise on, marked as such for ever."""
    import subprocess
    import sys

    st.html(
        f"<h2>{desk.t('Try it with samples')}</h2><p>"
        + desk.t(
            "The sample web is invented, runs on this machine, and what it brings is marked as a sample everywhere. "
            "Nothing is fetched from outside."
        )
        + "</p>"
    )
    if st.button(desk.t("Load the sample web"), type="primary", key="load-samples"):
        with st.spinner(desk.t("Collecting from the sample web …")):
            done = subprocess.run(
                [sys.executable, "-m", "tracker", "samples"], capture_output=True, text=True, timeout=300, check=False
            )
        if done.returncode == 0:
            st.rerun()
        st.error(done.stderr.strip()[-500:] or desk.t("The sample web could not be loaded."))
