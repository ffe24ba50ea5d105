"""The second look at an initiative: each field beside its sources, what could hurt somebody, then yes or no."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import behind, harm, past, shared
from dashboard.desk.shared import Desk, flash, told
from dashboard.words import mark
from tracker import second_look
from tracker.model import InitiativeState, Record, Role
from tracker.people import may
from tracker.store.acts import changes
from tracker.store.second_looks import FieldComment, FieldVerdict

VERDICTS = {
    FieldVerdict.FINE: mark("Fine"),
    FieldVerdict.DOUBT: mark("Doubt"),
    FieldVerdict.WRONG: mark("Wrong"),
}


def show(desk: Desk) -> None:
    if (number := shared.initiative_asked(desk, desk.t("Second look"))) is None:
        return
    with told():
        record = desk.store.record(number)
        _head(desk, record)
        left, right = st.columns([3, 2], gap="large")
        with left:
            _fields(desk, record)
        with right:
            behind.texts(desk, record)
            _verdict(desk, record)
            conversation(desk, record)


def _head(desk: Desk, record: Record) -> None:
    language, wording = record.initiative.wording(desk.words.language)
    author = desk.store.person(record.changed_by).name
    due = record.look_due_at
    facts = [
        f"#{record.id}",
        desk.t("revision {number}", number=record.revision),
        desk.t("written by {name}", name=author),
        desk.t("published at once; full look due by {date}", date=desk.words.date(due)) if due else "",
    ]
    st.html(
        shared.sample_banner(desk, record)
        + f'<p class="t-note d-line">{shared.safe(desk.t("Second look"))}</p>'
        + shared.said(wording.title or desk.t("(no title yet)"), language, tag="h1", css="d-h1")
        + '<p class="t-meta">'
        + "".join(f"<span>{shared.safe(fact)}</span>" for fact in facts if fact)
        + f'<span><a href="/initiative?id={record.id}" target="_self">{shared.safe(desk.t("Open the form"))}</a></span>'
        + "</p>"
    )


def may_look(desk: Desk, record: Record) -> bool:
    """Whether this person judges the newest revision: they did not write it."""
    return record.changed_by != desk.person.id


# ------------------------------------------------------------------------------------------------------------- fields


def _fields(desk: Desk, record: Record) -> None:
    """Every field that says something or did, with what changed since the public's revision, and the verdicts on it."""
    st.html(f"<h2>{shared.safe(desk.t('What it says'))}</h2>")
    comments = second_look.verdicts(desk.store.field_comments(record.id, record.revision))
    changed = {}
    if record.approved_revision not in (None, record.revision):
        public = next(one for one in desk.store.revisions(record.id) if one.revision == record.approved_revision)
        changed = changes(public.initiative, record.initiative)
        shared.note(
            desk.words.n(
                "One field differs from what the public sees; it is marked.",
                "{n} fields differ from what the public sees; they are marked.",
                len(changed),
            )
        )
    for field in second_look.fields_of(record.initiative):
        value = past.value_of(record.initiative, field)
        if past.said(desk, field, value) or field in changed:
            _field(desk, record, field, changed.get(field), comments.get(field, []))


def _field(
    desk: Desk, record: Record, field: str, change: tuple[object, object] | None, comments: list[FieldComment]
) -> None:
    name = past.field_name(desk, field)
    value = past.value_of(record.initiative, field)
    if change is not None:
        shown = past.difference(desk, field, *change)
    else:
        shown = f'<p dir="auto">{shared.safe(past.said(desk, field, value))}</p>'
    css = "d-field d-differs" if change is not None else "d-field"
    said = "".join(
        f'<p class="t-note"><span class="d-{one.verdict.value}">{shared.safe(desk.t(VERDICTS[one.verdict]))}</span> '
        f"{shared.safe(one.person)}{': ' if one.text else ''}{shared.safe(one.text)}</p>"
        for one in comments
    )
    with st.container(key=f"field-{field}", horizontal=True, vertical_alignment="top", gap="small"):
        st.html(f'<div class="{css}"><h3>{shared.safe(name)}</h3>{shown}{said}</div>', width="stretch")
        if may_look(desk, record):
            _judge(desk, record, field, name, comments)


def _judge(desk: Desk, record: Record, field: str, name: str, comments: list[FieldComment]) -> None:
    mine = next((one for one in comments if one.person_id == desk.person.id), None)
    key = f"verdict-{record.id}-{record.revision}-{field}"
    with st.container(key=f"judge-{field}", width="content", gap="small"):
        chosen = st.segmented_control(
            desk.t("{field}: how is it?", field=name),
            list(FieldVerdict),
            default=mine.verdict if mine else None,
            format_func=lambda code: desk.t(VERDICTS[code]),
            key=key,
            label_visibility="collapsed",
            on_change=_judged,
            args=(desk, record, field, key),
        )
        if chosen in (FieldVerdict.DOUBT, FieldVerdict.WRONG) and (mine is None or mine.verdict is not chosen):
            st.text_input(
                desk.t("{field}: what should be mended?", field=name),
                key=f"{key}-{chosen}",
                placeholder=desk.t("What should be mended?"),
                label_visibility="collapsed",
                on_change=_mended,
                args=(desk, record, field, chosen, f"{key}-{chosen}"),
            )
            shared.note(desk.t("Enter keeps it."))


def _judged(desk: Desk, record: Record, field: str, key: str) -> None:
    """Fine is kept at once; a doubt is kept with its words."""
    if st.session_state.get(key) is FieldVerdict.FINE:
        _keep(desk, record, field, FieldVerdict.FINE, "")


def _mended(desk: Desk, record: Record, field: str, verdict: FieldVerdict, key: str) -> None:
    if text := str(st.session_state.get(key) or "").strip():
        _keep(desk, record, field, verdict, text)


def _keep(desk: Desk, record: Record, field: str, verdict: FieldVerdict, text: str) -> None:
    with told():
        person = desk.still_here()
        second_look.comment(desk.store, person, record.id, record.revision, field, verdict, text, shared.now())


# ------------------------------------------------------------------------------------------------------------ verdict


def _verdict(desk: Desk, record: Record) -> None:
    st.html(f"<h2>{shared.safe(desk.t('Before it is public'))}</h2>")
    mine = not may_look(desk, record)
    if mine:
        st.info(desk.t("You wrote this revision: somebody else takes the second look."))
    unconfirmed = harm.findings(desk, record, asks=not mine)
    if record.state is InitiativeState.SECOND_LOOK:
        if not mine:
            _approve(desk, record, unconfirmed)
        _send_back(desk, record)
    elif record.look_due_at is not None:
        later(desk, record)
    elif record.approved_revision == record.revision:
        st.success(desk.t("This revision is public."))
    else:
        shared.note(desk.t("It does not wait for a second look now."))
    if record.state is not InitiativeState.APPROVED and not mine:
        at_once(desk, record)


def _approve(desk: Desk, record: Record, unconfirmed: int) -> None:
    key = f"{record.id}-{record.revision}"
    harmless = st.checkbox(
        desk.t("It gives away no shelter's place, no private person, and no number that is not a public help line."),
        key=f"harmless-{key}",
        wrap=True,
    )
    right = st.checkbox(desk.t("The sources say what it says, and they can be opened."), key=f"right-{key}", wrap=True)
    if unconfirmed:
        shared.note(
            desk.words.n("One question above is still open.", "{n} questions above are still open.", unconfirmed)
        )
    st.button(
        desk.t("Approve: make it public"),
        type="primary",
        disabled=not (harmless and right) or unconfirmed > 0,
        key=f"approve-{key}",
        width="stretch",
        on_click=_approved,
        args=(desk, record),
    )


def _approved(desk: Desk, record: Record) -> None:
    with told():
        second_look.approve(desk.store, desk.still_here(), record.id, record.revision, shared.now())
        flash(desk.t("Public now"))


def _send_back(desk: Desk, record: Record) -> None:
    key = f"{record.id}-{record.revision}"
    st.text_area(desk.t("What should be changed"), key=f"note-{key}", height=80)
    shared.note(desk.t("Fields that are marked wrong are listed to the author as well."))
    st.button(desk.t("Send back"), key=f"back-{key}", width="stretch", on_click=_sent_back, args=(desk, record))


def _sent_back(desk: Desk, record: Record) -> None:
    note = str(st.session_state.get(f"note-{record.id}-{record.revision}") or "")
    with told():
        second_look.send_back(desk.store, desk.still_here(), record.id, record.revision, note)
        flash(desk.t("Sent back"))


def at_once(desk: Desk, record: Record) -> None:
    """For an editor: past the queue, with a reason."""
    if not may(desk.person, Role.EDITOR) or record.merged_into is not None:
        return
    key = f"{record.id}-{record.revision}"
    with st.popover(desk.t("Publish at once …"), width="stretch", key=f"urgent-menu-{key}"):
        shared.note(
            desk.t(
                "For what cannot wait. You have read all of it; a third person takes the full look within seven days, "
                "and until then the page does not say that it was verified."
            )
        )
        st.text_input(desk.t("Why it cannot wait"), key=f"urgent-reason-{key}")
        st.button(desk.t("Publish now"), key=f"urgent-{key}", width="stretch", on_click=_published, args=(desk, record))


def _published(desk: Desk, record: Record) -> None:
    reason = str(st.session_state.get(f"urgent-reason-{record.id}-{record.revision}") or "")
    with told():
        second_look.publish_at_once(desk.store, desk.still_here(), record.id, record.revision, reason, shared.now())
        flash(desk.t("Public now, marked for a later look"))


def later(desk: Desk, record: Record) -> None:
    """The look that is still due at what was published at once."""
    st.warning(desk.t("Published at once: {reason}", reason=shared.plain(record.urgent_reason)))
    if desk.person.id in (record.written_by, record.approved_by):
        shared.note(desk.t("You wrote or published it: the later look is for a third person."))
        return
    st.button(
        desk.t("I have taken the full look: it is right"),
        key=f"later-{record.id}-{record.revision}",
        width="stretch",
        on_click=_looked,
        args=(desk, record),
    )


def _looked(desk: Desk, record: Record) -> None:
    with told():
        second_look.look_later(desk.store, desk.still_here(), record.id, shared.now())
        flash(desk.t("Verified"))


# ------------------------------------------------------------------------------------------------------- conversation


def conversation(desk: Desk, record: Record) -> None:
    """What people at the desk say to one another about this initiative."""
    messages = desk.store.messages(record.id)
    lines = "".join(
        f'<li><span class="t-meta"><span>{shared.safe(one.person)}</span>'
        f"<span>{shared.safe(desk.words.time(one.at))}</span></span>"
        f'<p dir="auto">{shared.safe(one.text)}</p></li>'
        for one in messages
    )
    st.html(
        f"<h2>{shared.safe(desk.t('Conversation'))}</h2>"
        + (f"<ul class='t-plain d-talk'>{lines}</ul>" if lines else "")
    )
    key = f"say-{record.id}-{len(messages)}"
    st.text_area(desk.t("Say something to the others"), key=key, height=80)
    st.button(desk.t("Say it"), key=f"{key}-send", on_click=_say, args=(desk, record, key))


def _say(desk: Desk, record: Record, key: str) -> None:
    with told():
        second_look.say(desk.store, desk.still_here(), record.id, str(st.session_state.get(key) or ""), shared.now())
