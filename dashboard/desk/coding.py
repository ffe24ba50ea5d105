"""Coding: an accepted item becomes a complete initiative; a second analyst reads it before anybody else does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard.desk import form, form_parts, shared, steps
from dashboard.desk.coded import read
from dashboard.desk.draft import BAR, Draft, label, missing, open_draft, save
from dashboard.desk.shared import Desk, outside, safe, said, told
from tracker import review
from tracker.model import InitiativeState, Record, Waiting
from tracker.store.drafting import WorkingCopy
from tracker.store.initiatives import Evidence
from tracker.taxonomy import GROUPS


def show(desk: Desk) -> None:
    if (number := shared.initiative_asked(desk, desk.t("Initiatives"))) is None:
        return
    # The address names what is open, so that a reload opens it again.
    if st.query_params.get("id") != str(number):
        st.query_params["id"] = str(number)
    with told():
        record = desk.store.record(number)
        _page(desk, record)


def _page(desk: Desk, record: Record) -> None:
    evidence = desk.store.evidence(record.id)
    copy = desk.store.working_copy(record.id, desk.person.id)
    _head(desk, record)
    if problem := st.session_state.pop("coding-problem", None):
        st.error(shared.plain(problem))
        if field := st.session_state.pop("coding-go", None):
            st.html(f'<span data-go="{safe(field)}" data-once="{desk.now.timestamp()}"></span>')
    if lacks := st.session_state.pop("coding-lacks", None):
        st.warning(shared.plain(desk.t("Saved, but not yet ready for the second look: {problem}", problem=lacks)))
    merged = record.merged_into is not None
    if merged:
        steps.merged(desk, record)
    overtaken = copy is not None and copy.revision != record.revision and not merged
    if overtaken and copy is not None:
        _meanwhile(desk, record, copy)
    waiting = [desk.store.item(one.item.id, desk.now) for one in evidence]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        editing = not merged and (
            record.state in (InitiativeState.DRAFT, InitiativeState.WITHDRAWN)
            or (copy is not None and not overtaken)
            or (
                not overtaken
                and st.toggle(
                    desk.t("Edit (makes a new revision, which needs a second look again)"),
                    key=f"edit-{record.id}-{record.revision}",
                )
            )
        )
        if editing and not overtaken:
            if waiting:  # on a narrow screen, what stands beside is far below
                texts = "".join(_source(desk, one) for one in waiting)
                summary = safe(desk.t("What the sources say"))
                st.html(f'<details class="d-narrow"><summary>{summary}</summary>{texts}</details>')
            _form(desk, open_draft(desk, record, waiting, copy))
        else:
            read(desk, record)
    with right, st.container(key="coding-side"):
        _side(desk, record, evidence, waiting, writing=editing and not overtaken)


def state_label(desk: Desk, state: InitiativeState) -> str:
    return {
        InitiativeState.DRAFT: desk.t("Draft"),
        InitiativeState.SECOND_LOOK: desk.t("Waits for a second look"),
        InitiativeState.APPROVED: desk.t("Public"),
        InitiativeState.WITHDRAWN: desk.t("Withdrawn"),
        InitiativeState.DROPPED: desk.t("Given up"),
    }[state]


def _head(desk: Desk, record: Record) -> None:
    language, wording = record.initiative.wording(desk.words.language)
    title = wording.title or desk.t("(no title yet)")
    public = ""
    if record.approved_revision is not None and record.approved_revision != record.revision:
        public = f"<span>{desk.t('the public sees revision {number}', number=record.approved_revision)}</span>"
    sample = (
        f'<p class="t-banner">{desk.t("Sample: invented for practice, nothing of it is real.")}</p>'
        if record.sample
        else ""
    )
    if sample:
        st.html(sample)
    with st.container(horizontal=True, vertical_alignment="bottom", key="coding-head", gap="small"):
        st.html(
            said(title, language, tag="h1", css="d-h1")
            + f'<p class="t-meta"><span>#{record.id}</span><span>{state_label(desk, record.state)}</span>'
            + f"<span>{desk.t('revision {number}', number=record.revision)}</span>{public}</p>"
        )
        _next(desk, record)


def _next(desk: Desk, record: Record) -> None:
    """The draft to go on with: one key, once this one needs nothing more."""
    following = desk.store.next_draft(desk.person.id, record.id)
    if following is None:
        return
    done = record.state is InitiativeState.SECOND_LOOK and record.changed_by == desk.person.id
    st.button(
        desk.t("Next draft #{number}", number=following),
        key=f"next-draft-{record.id}-{following}",
        shortcut="N",
        type="primary" if done else "secondary",
        on_click=partial(_open, following),
    )


def _open(number: int) -> None:
    st.session_state["coding-id"] = number
    st.query_params["id"] = str(number)


# ------------------------------------------------------------------------------------------------------------- form


def _form(desk: Desk, draft: Draft) -> None:
    form_parts.wordings(desk, draft)
    form_parts.what(desk, draft)
    form_parts.where(desk, draft)
    form_parts.who(desk, draft)
    form_parts.when(desk, draft)
    form_parts.details(desk, draft)
    _bar(desk, draft)


@st.fragment(key=BAR)
def _bar(desk: Desk, draft: Draft) -> None:
    """What is kept, what is missing, and the two ways to save: always in view."""
    understood = draft.understood()
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", key="coding-bar", gap="small"):
        lacks = list(dict.fromkeys(label(desk, one.field) for one in missing(desk, understood)))
        wrong = list(dict.fromkeys(label(desk, name) for name in understood.problems))
        told = _kept(desk, draft)
        if wrong:
            said_wrong = safe(desk.t("Not understood: {fields}", fields=", ".join(wrong)))
            told += f'<br><span class="d-problem" role="status">{said_wrong}</span>'
        elif lacks:
            told += f"<br>{safe(desk.t('For the second look: {fields}', fields=', '.join(lacks)))}"
        st.html(f'<p class="t-note">{told}</p>')
        if draft.kept_at:
            with st.popover(desk.t("Discard …")):
                shared.note(
                    desk.t("What you have typed since revision {number} is lost.", number=draft.record.revision)
                )
                st.button(desk.t("Discard it"), key=draft.key("discard"), on_click=partial(_discard, desk, draft))
        st.button(
            desk.t("Save"),
            key=draft.key("save"),
            shortcut="Ctrl+Enter",
            on_click=partial(save, desk, draft, send=False),
        )
        st.button(
            desk.t("Save and send"),
            key=draft.key("send"),
            type="primary",
            shortcut="Ctrl+Shift+Enter",
            on_click=partial(save, desk, draft, send=True),
        )


def _kept(desk: Desk, draft: Draft) -> str:
    number = draft.record.revision
    if draft.kept_at is None:
        return safe(desk.t("As in revision {number}. Codebook {version}.", number=number,
                           version=desk.taxonomy.version))  # fmt: skip
    time = f"{draft.kept_at:%H:%M:%S} UTC"
    return safe(desk.t("Kept as yours at {time}; not in a revision yet.", time=time))


def _discard(desk: Desk, draft: Draft) -> None:
    with told():
        review.forget(desk.store, desk.still_here(), draft.record.id)
    st.rerun()


# -------------------------------------------------------------------------------------------------------- meanwhile


def _meanwhile(desk: Desk, record: Record, copy: WorkingCopy) -> None:
    """Somebody saved while this person was typing: what each has changed, and which of it is to stand."""
    revisions = {revision.revision: revision for revision in desk.store.revisions(record.id)}
    newest = revisions[record.revision]
    before = form.typed(revisions[copy.revision].initiative, desk.settings.languages)
    theirs = form.typed(record.initiative, desk.settings.languages)
    with st.container(key="coding-meanwhile", border=True):
        heading = desk.t(
            "{name} saved revision {number} while you were typing on revision {mine}",
            name=newest.person,
            number=record.revision,
            mine=copy.revision,
        )
        once = f"{record.id}-{record.revision}"
        st.html(f'<h2 class="d-part" data-go="" data-once="{once}" tabindex="-1">{safe(heading)}</h2>')
        rows = []
        for name in dict.fromkeys([*before, *theirs, *copy.fields]):
            was = before.get(name, "")
            their, mine = theirs.get(name, ""), copy.fields.get(name, was)
            if their == was and mine == was:
                continue
            both = ' class="d-both"' if their != was and mine not in (was, their) else ""
            cells = [
                shared.difference(_plain(desk, name, was), _plain(desk, name, now)) if now != was else "<p>–</p>"
                for now in (their, mine)
            ]
            rows.append(
                f"<tr{both}><th scope='row'>{safe(_named(desk, name))}</th><td>{cells[0]}</td><td>{cells[1]}</td></tr>"
            )
        st.html(
            f"<div class='d-wide'><table class='t-table d-meanwhile'><thead><tr><th>{safe(desk.t('Field'))}</th>"
            f"<th>{safe(newest.person)}</th><th>{safe(desk.t('You'))}</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        )
        with st.container(horizontal=True, gap="small"):
            st.button(
                desk.t("Put mine on top"),
                key=f"mine-{record.id}-{record.revision}",
                type="primary",
                on_click=partial(_mine, desk, record),
            )
            st.button(
                desk.t("Take theirs, discard mine"),
                key=f"theirs-{record.id}-{record.revision}",
                on_click=partial(_theirs, desk, record),
            )
        shared.note(desk.t("On top: the fields that you changed replace theirs; nothing is saved until you save."))


def _named(desk: Desk, name: str) -> str:
    first, _, rest = name.partition(".")
    if first in ("title", "summary"):
        return f"{label(desk, name)} ({desk.words.tongue(rest)})"
    if first in form.ROWS:
        return f"{label(desk, name)} {int(rest.partition('.')[0]) + 1}"
    return label(desk, name)


def _plain(desk: Desk, name: str, value: object) -> str:
    """A value of the form as text to compare."""
    if isinstance(value, list):
        if name == "countries":
            return desk.countries(value)
        return desk.labels(name, value) if name in GROUPS else ", ".join(map(str, value))
    return "" if value in (None, False) else str(value)


def _mine(desk: Desk, record: Record) -> None:
    with told():
        review.keep(desk.store, desk.still_here(), record.id, record.revision, {}, shared.now())


def _theirs(desk: Desk, record: Record) -> None:
    with told():
        review.forget(desk.store, desk.still_here(), record.id)


# ------------------------------------------------------------------------------------------------------------- side


def _side(desk: Desk, record: Record, evidence: list[Evidence], waiting: Sequence[Waiting], *, writing: bool) -> None:
    """Beside what is written: what the sources say, and the steps of the initiative."""
    names = [desk.t("What the sources say"), desk.t("Steps and history")]
    first = names[0 if writing and waiting and not _news(desk, record) else 1]
    source, way = st.tabs(names, default=first, key=f"side-{record.id}-{record.revision}")
    with source:
        if not waiting:
            shared.note(desk.t("No item stands behind it yet."))
        for one in waiting:
            st.html(_source(desk, one))
    with way:
        steps.steps(desk, record, evidence)
        steps.evidence_of(desk, record, evidence)
        steps.history(desk, record)


def _news(desk: Desk, record: Record) -> bool:
    """Whether the steps have something to say that must be read first: a source has changed, or it was sent back."""
    if desk.store.source_changes([record.id]):
        return True
    events = desk.store.events("initiative", record.id, limit=1)
    return bool(events and isinstance(events[0].after, dict) and events[0].after.get("note"))


def _source(desk: Desk, one: Waiting) -> str:
    """One item as its source wrote it, with the words that made the suggestion marked, as HTML."""
    item = one.item
    language = shared.item_language(item, one.suggestion)
    date = desk.words.date(item.dated) if item.dated else ""
    facts = [one.source, date, desk.words.tongue(language) if language else ""]
    lang = f' lang="{safe(language)}"' if language else ""
    text = shared.marked(item.text or item.summary, one.suggestion.terms)
    paragraphs = "".join(f"<p>{piece}</p>" for piece in text.split("\n") if piece.strip())
    meta = "".join(f"<span>{safe(fact)}</span>" for fact in facts if fact)
    return (
        f'<article class="d-source"><h2 class="d-line" dir="auto"{lang}>{outside(item.url, item.title)}</h2>'
        f'<p class="t-meta">{meta}</p><div class="d-text" dir="auto"{lang}>{paragraphs}</div></article>'
    )
