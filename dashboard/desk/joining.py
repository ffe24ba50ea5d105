"""Initiatives that are one, and one that is two: what may be the same, merging field by field, splitting."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import behind, past, shared
from dashboard.desk.shared import Desk, flash, told
from dashboard.words import mark
from tracker import merging, same
from tracker.merging import Take
from tracker.model import EvidenceRole, InitiativeState, Record, Role
from tracker.people import may
from tracker.same import Similar, Why
from tracker.store.initiatives import Evidence

WHY = {
    Why.WORDS: mark("the same words"),
    Why.MEANING: mark("the same meaning"),
    Why.COUNTRY: mark("the same country"),
    Why.TYPE: mark("the same type"),
    Why.DATES: mark("near in time"),
    Why.SOURCE: mark("the same source"),
}


def similar(desk: Desk, record: Record) -> None:
    """Initiatives that may be the same as a draft, each with one press that gives them its evidence instead."""
    # Looked up once a minute for each revision: the page runs at every press.
    asked = (record.id, record.revision, desk.now.replace(second=0, microsecond=0))
    kept = st.session_state.get("similar")
    found: list[Similar] = kept[1] if kept and kept[0] == asked else same.similar_to(desk.store, record.id, desk.now)
    st.session_state["similar"] = (asked, found)
    if not found:
        return
    st.html(f"<h2>{shared.safe(desk.t('Already there?'))}</h2>")
    for one in found:
        _similar(desk, record, one)


def _similar(desk: Desk, record: Record, one: Similar) -> None:
    from dashboard.desk.coding import state_label

    why = ", ".join(desk.t(WHY[code]) for code in one.why)
    facts = [f"#{one.id}", state_label(desk, one.state), why]
    meta = "".join(f"<span>{shared.safe(fact)}</span>" for fact in facts if fact)
    st.html(
        f'<p class="d-member"><a href="/initiative?id={one.id}" target="_self">{shared.safe(one.title)}</a></p>'
        f'<p class="t-meta">{meta}</p>'
    )
    with st.container(horizontal=True, gap="small"):
        if record.first_public_at is None and record.merged_into is None:
            with st.popover(desk.t("It is this one …"), key=f"same-menu-{record.id}-{one.id}"):
                shared.note(
                    desk.t(
                        "Its evidence goes to #{number}, and this draft is given up. It can be taken back.",
                        number=one.id,
                    )
                )
                role = behind.role_of(desk, f"same-role-{record.id}-{one.id}")
                st.button(
                    desk.t("Attach to #{number}", number=one.id),
                    key=f"attach-{record.id}-{record.revision}-{one.id}",
                    on_click=_attach,
                    args=(desk, record, one.id, role),
                    width="stretch",
                )
        if may(desk.person, Role.EDITOR):
            link = f"/merge?id={one.id}&amp;with={record.id}"
            st.html(f'<p class="d-go"><a href="{link}" target="_self">{shared.safe(desk.t("Merge the two"))}</a></p>')


def _attach(desk: Desk, record: Record, other_id: int, role: EvidenceRole) -> None:
    with told():
        person = desk.still_here()
        merging.attach_instead(desk.store, desk.taxonomy, person, record, other_id, role, shared.now())
        flash(desk.t("Its evidence stands behind #{number} now", number=other_id))
        st.session_state["coding-id"] = other_id
        st.query_params.clear()


# -------------------------------------------------------------------------------------------------------------- merge


def show(desk: Desk) -> None:
    """The page that merges one into another, for editors: what each says in every field where they differ."""
    st.html(f'<h1 class="d-h1">{shared.safe(desk.t("Merge two initiatives"))}</h1>')
    numbers = [st.query_params.get(name, "") for name in ("id", "with")]
    one, two = st.columns(2)
    kept_id = one.text_input(desk.t("Number of the one that stays"), numbers[0], key=f"merge-kept-{numbers[0]}")
    other_id = two.text_input(
        desk.t("Number of the one that goes into it"), numbers[1], key=f"merge-other-{numbers[1]}"
    )
    if not (kept_id.isdigit() and other_id.isdigit()):
        st.info(desk.t("Give both numbers."))
        return
    with told():
        kept, other = desk.store.record(int(kept_id)), desk.store.record(int(other_id))
        if other.merged_into is not None:
            st.success(desk.t("#{number} is merged into #{into}.", number=other.id, into=other.merged_into))
            past.taken_back(desk, other)
            link = f'<a href="/initiative?id={other.merged_into}" target="_self">#{other.merged_into}</a>'
            st.html(f"<p>{link}</p>")
            return
        _choose(desk, kept, other)


def _choose(desk: Desk, kept: Record, other: Record) -> None:
    names = {
        Take.KEPT: desk.t("as in #{number}", number=kept.id),
        Take.OTHER: desk.t("as in #{number}", number=other.id),
        Take.BOTH: desk.t("both"),
    }
    key = f"{kept.id}-{kept.revision}-{other.id}-{other.revision}"
    st.html(
        '<div class="d-two">'
        + "".join(
            f"<p><strong>#{record.id}</strong> {shared.said(shared.title_of(desk, record.initiative), None)}</p>"
            for record in (kept, other)
        )
        + "</div>"
    )
    fields = merging.differing(kept.initiative, other.initiative)
    if not fields:
        shared.note(desk.t("#{number} says nothing that the other one does not.", number=other.id))
    for field in fields:
        name = past.field_name(desk, field)
        cells = "".join(
            f'<p dir="auto"><strong>#{record.id}</strong> '
            f"{shared.safe(past.said(desk, field, past.value_of(record.initiative, field)) or '—')}</p>"
            for record in (kept, other)
        )
        st.html(f'<h2 class="d-line">{shared.safe(name)}</h2><div class="d-two">{cells}</div>')
        st.segmented_control(
            desk.t("{field}: which one?", field=name),
            sorted(merging.may_take(kept.initiative, field), key=list(Take).index),
            default=merging.may_take(kept.initiative, field)[0],
            required=True,
            format_func=names.__getitem__,
            key=f"take-{key}-{field}",
            label_visibility="collapsed",
        )
    shared.note(
        desk.t(
            "The evidence of both stands behind #{kept}. It waits for a second look; until then the public sees what "
            "it saw. Then #{other} leads to #{kept} for ever. It can be taken back.",
            kept=kept.id,
            other=other.id,
        )
    )
    st.text_input(desk.t("Why the two are one"), key=f"merge-reason-{key}")
    st.button(
        desk.t("Merge #{other} into #{kept}", other=other.id, kept=kept.id),
        type="primary",
        key=f"merge-{key}",
        on_click=_merge,
        args=(desk, kept, other, key, fields),
    )


def _merge(desk: Desk, kept: Record, other: Record, key: str, fields: list[str]) -> None:
    chosen = {field: take for field in fields if (take := st.session_state.get(f"take-{key}-{field}"))}
    reason = str(st.session_state.get(f"merge-reason-{key}") or "")
    with told():
        merging.merge(desk.store, desk.taxonomy, desk.still_here(), kept, other, chosen, reason, shared.now())
        flash(desk.t("Merged; #{number} waits to be sent to the second look", number=kept.id))


# -------------------------------------------------------------------------------------------------------------- split


def split(desk: Desk, record: Record, evidence: list[Evidence]) -> None:
    """A second initiative out of this one, with some of its evidence."""
    if not evidence or record.state is InitiativeState.DROPPED:
        return
    with st.popover(desk.t("It tells of two: split …"), width="stretch", key=f"split-menu-{record.id}"):
        titles = {one.item.id: one.item.title for one in evidence}
        key = f"split-{record.id}-{record.revision}"
        st.multiselect(
            desk.t("Evidence of the new one"),
            list(titles),
            format_func=lambda id: f"#{id} {titles[id][:80]}",
            key=f"{key}-items",
            placeholder=desk.t("Choose"),
        )
        st.checkbox(desk.t("It stays behind this one too"), key=f"{key}-keep")
        st.text_input(desk.t("Reason"), key=f"{key}-reason")
        st.button(desk.t("Split"), key=f"{key}-do", width="stretch", on_click=_split, args=(desk, record, key))


def _split(desk: Desk, record: Record, key: str) -> None:
    items, keep = st.session_state.get(f"{key}-items") or [], bool(st.session_state.get(f"{key}-keep"))
    reason = str(st.session_state.get(f"{key}-reason") or "")
    with told():
        made = merging.split(
            desk.store, desk.taxonomy, desk.still_here(), record, items, reason, shared.now(), keep=keep
        )
        flash(desk.t("New draft #{number}", number=made.id))
        st.session_state["coding-id"] = made.id
        st.query_params.clear()
