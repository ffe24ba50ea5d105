"""The items behind an initiative: what they say, what the machine suggests of them, and what has changed since."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.shared import Desk, marked, outside, told
from tracker import review
from tracker.model import EvidenceRole, Record, Suggestion
from tracker.store.initiatives import Evidence, SourceChange

SHOWN, MOST = 4_000, 12  # characters of an item's text; items


def texts(desk: Desk, record: Record) -> None:
    """What each item says, with the words marked that made the suggestions; the first one open."""
    st.html(f"<h2>{shared.safe(desk.t('Evidence'))}</h2>")
    evidence = desk.store.evidence(record.id)
    if not evidence:
        shared.note(desk.t("None yet"))
    for number, one in enumerate(evidence[:MOST]):
        suggestion = desk.store.item(one.item.id, desk.now).suggestion
        language = shared.item_language(one.item, suggestion)
        with st.expander(shared.plain(f"{one.source}: {one.item.title[:90]}"), expanded=number == 0):
            facts = [desk.label("evidence_roles", one.role.value)]
            facts += [desk.words.date(one.item.dated)] if one.item.dated else []
            lang = f' lang="{shared.safe(language)}"' if language else ""
            body = (one.item.text or one.item.summary)[:SHOWN]
            lines = "".join(f"<p>{marked(line, suggestion.terms)}</p>" for line in body.splitlines() if line.strip())
            st.html(
                f'<div class="d-source" tabindex="0"><p class="t-meta">'
                f"{''.join(f'<span>{shared.safe(fact)}</span>' for fact in facts)}"
                f"<span>{outside(one.item.url, desk.t('Open the original'))}</span></p>"
                f"{_suggested(desk, suggestion)}"
                f'<div class="d-text" dir="auto"{lang}>{lines}</div></div>'
            )
    for change in desk.store.source_changes([record.id]).get(record.id, []):
        source_changed(desk, change, evidence)


def _suggested(desk: Desk, suggestion: Suggestion) -> str:
    names = [desk.label("issues", one.code) for one in suggestion.issues[:3]]
    names += [desk.label("types", one.code) for one in suggestion.types[:3]]
    names += [desk.words.country(one.code) for one in suggestion.countries[:3]]
    if not names:
        return ""
    return f'<p class="t-note">{shared.safe(desk.t("The machine suggests: {names}", names="; ".join(names)))}</p>'


def listed(desk: Desk, record: Record, evidence: list[Evidence]) -> None:
    """The items in a list, and the way to add one."""
    lines = "".join(
        f"<li>{outside(one.item.url, one.item.title)}<br><span class='t-meta'><span>{shared.safe(one.source)}</span>"
        f"<span>{shared.safe(desk.label('evidence_roles', one.role.value))}</span>"
        f"<span>{shared.safe(one.added_by)}</span></span></li>"
        for one in evidence
    )
    st.html(f"<h2>{desk.t('Evidence')}</h2><ul class='t-plain'>{lines or desk.t('None yet')}</ul>")
    for change in desk.store.source_changes([record.id]).get(record.id, []):
        source_changed(desk, change, evidence)
    if record.merged_into is not None:
        return
    with st.popover(desk.t("Add an item as evidence …"), width="stretch"):
        st.number_input(desk.t("Number of the item"), min_value=1, value=None, step=1, key=f"link-{record.id}")
        role_of(desk, f"link-role-{record.id}")
        st.button(desk.t("Add"), key=f"link-add-{record.id}", on_click=_add, args=(desk, record))


def role_of(desk: Desk, key: str) -> EvidenceRole:
    """What an item is to do behind an initiative, as chosen."""
    chosen = st.selectbox(
        desk.t("What it does"),
        list(EvidenceRole),
        index=1,
        format_func=lambda code: desk.label("evidence_roles", code.value),
        key=key,
    )
    return chosen or EvidenceRole.CORROBORATES


def _add(desk: Desk, record: Record) -> None:
    number = st.session_state.get(f"link-{record.id}")
    role = st.session_state.get(f"link-role-{record.id}") or EvidenceRole.CORROBORATES
    if number:
        with told():
            review.link(desk.store, desk.still_here(), record.id, int(number), role, shared.now())


def source_changed(desk: Desk, change: SourceChange, evidence: list[Evidence]) -> None:
    """What an item said when the initiative was written, against what it says now."""
    item = next(one.item for one in evidence if one.item.id == change.item_id)
    before = [version for version in desk.store.item_versions(item.id) if version.replaced_at > change.since]
    date = desk.words.date(change.at)
    with st.expander(
        desk.t("Source changed on {date}: {title}", date=date, title=shared.plain(item.title)[:80]), expanded=True
    ):
        if before:
            old, new = before[-1], item
            if old.title != new.title:
                st.html(shared.difference(old.title, new.title))
            st.html(shared.difference(old.text or old.summary, new.text or new.summary))
        shared.note(desk.t("This stays until the initiative is saved or approved again."))
