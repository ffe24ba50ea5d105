"""The steps of an initiative: what it lacks, the second look, the evidence behind it and its history."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.shared import Desk, flash, outside, told
from tracker import review
from tracker.model import EvidenceRole, InitiativeState, Record, Role, Verdict, lacking
from tracker.people import may
from tracker.store.initiatives import Evidence, SourceChange


def steps(desk: Desk, record: Record, evidence: list[Evidence]) -> None:
    if problem := st.session_state.pop("coding-problem", None):
        st.warning(shared.plain(desk.t("Saved, but not yet ready for the second look: {problem}", problem=problem)))
    if record.state is InitiativeState.DRAFT:
        missing = lacking(record.initiative, desk.settings.languages, desk.now.date())
        for notice in desk.store.events("initiative", record.id, limit=5):
            if isinstance(notice.after, dict) and notice.after.get("note"):
                st.info(shared.plain(desk.t("Sent back: {note}", note=notice.after["note"])))
                break
        if missing:
            st.html(
                f"<h2>{desk.t('Before the second look')}</h2><ul class='t-plain'>"
                + "".join(
                    f"<li><strong>{shared.safe(field)}</strong>: {shared.safe(why)}</li>" for field, why in missing
                )
                + "</ul>"
            )
        elif evidence:
            st.success(desk.t("Complete: it can go to the second look."))
        _undrafted(desk, record)
    elif record.state is InitiativeState.SECOND_LOOK:
        _second_look(desk, record)
    if record.approved_revision is not None and may(desk.person, Role.EDITOR):
        with st.popover(desk.t("Withdraw from the public …"), width="stretch"):
            reason = st.text_input(desk.t("Reason, which the public reads"), key=f"withdraw-reason-{record.id}")
            if st.button(desk.t("Withdraw"), key=f"withdraw-{record.id}"):
                with told():
                    review.withdraw(desk.store, desk.person, record.id, reason, shared.now())
                    flash(desk.t("Withdrawn"))
                    st.rerun()


def _undrafted(desk: Desk, record: Record) -> None:
    """Whoever drafted it from an item a moment ago may take that back here too."""
    for one in desk.store.evidence(record.id):
        last = desk.store.decisions(item_id=one.item.id, limit=1)
        if last and last[0].verdict is Verdict.INCLUDE and last[0].initiative_id == record.id:
            if record.approved_revision is None and last[0].person_id == desk.person.id:
                with st.popover(desk.t("Give this draft up …"), width="stretch"):
                    shared.note(
                        desk.t("The item goes back to the queue; the draft stays on record and is never public.")
                    )
                    if st.button(desk.t("Give it up"), key=f"drop-{record.id}"):
                        with told():
                            review.undo(desk.store, desk.person, last[0].id, f"undo-{last[0].id}", shared.now())
                            flash(desk.t("Taken back: item {number} waits again", number=one.item.id))
                            st.rerun()
            return


def _second_look(desk: Desk, record: Record) -> None:
    st.html(f"<h2>{desk.t('Second look')}</h2>")
    author = desk.store.person(record.changed_by)
    if author.id == desk.person.id:
        st.info(desk.t("You wrote this revision: somebody else takes the second look."))
    else:
        shared.note(desk.t("Written by {name}. Before it is public, make sure of these:", name=author.name))
        harmless = st.checkbox(
            desk.t(
                "It gives away no shelter's place, no private person, and no number that is not a public help line."
            ),
            key=f"harmless-{record.id}-{record.revision}",
            wrap=True,
        )
        right = st.checkbox(
            desk.t("The sources say what it says, and they can be opened."),
            key=f"right-{record.id}-{record.revision}",
            wrap=True,
        )
        if st.button(
            desk.t("Approve: make it public"),
            type="primary",
            disabled=not (harmless and right),
            key=f"approve-{record.id}-{record.revision}",
            width="stretch",
        ):
            with told():
                review.approve(desk.store, desk.person, record.id, record.revision, shared.now())
                flash(desk.t("Public now"))
                st.rerun()
    note = st.text_area(desk.t("What should be changed"), key=f"note-{record.id}-{record.revision}", height=80)
    if st.button(desk.t("Send back"), key=f"back-{record.id}-{record.revision}", width="stretch"):
        with told():
            review.send_back(desk.store, desk.person, record.id, record.revision, note)
            flash(desk.t("Sent back"))
            st.rerun()


def evidence_of(desk: Desk, record: Record, evidence: list[Evidence]) -> None:
    lines = "".join(
        f"<li>{outside(one.item.url, one.item.title)}<br><span class='t-meta'><span>{shared.safe(one.source)}</span>"
        f"<span>{shared.safe(desk.label('evidence_roles', one.role.value))}</span>"
        f"<span>{shared.safe(one.added_by)}</span></span></li>"
        for one in evidence
    )
    st.html(f"<h2>{desk.t('Evidence')}</h2><ul class='t-plain'>{lines or desk.t('None yet')}</ul>")
    for change in desk.store.source_changes([record.id]).get(record.id, []):
        _source_changed(desk, change, evidence)
    with st.popover(desk.t("Add an item as evidence …"), width="stretch"):
        number = st.number_input(desk.t("Number of the item"), min_value=1, value=None, step=1, key=f"link-{record.id}")
        role = st.selectbox(
            desk.t("What it does"),
            list(EvidenceRole),
            index=1,
            format_func=lambda code: desk.label("evidence_roles", code.value),
            key=f"link-role-{record.id}",
        )
        if st.button(desk.t("Add"), key=f"link-add-{record.id}") and number:
            with told():
                review.link(desk.store, desk.person, record.id, int(number), role or EvidenceRole.PRIMARY, shared.now())
                st.rerun()


def _source_changed(desk: Desk, change: SourceChange, evidence: list[Evidence]) -> None:
    """What an item said when the initiative was written, against what it says now."""
    item = next(one.item for one in evidence if one.item.id == change.item_id)
    before = [version for version in desk.store.item_versions(item.id) if version.replaced_at > change.since]
    date = desk.words.date(change.at)
    with st.expander(
        shared.plain(desk.t("Source changed on {date}: {title}", date=date, title=item.title[:80])), expanded=True
    ):
        if before:
            old, new = before[-1], item
            if old.title != new.title:
                st.html(shared.difference(old.title, new.title))
            st.html(shared.difference(old.text or old.summary, new.text or new.summary))
        shared.note(desk.t("This stays until the initiative is saved or approved again."))


def history(desk: Desk, record: Record) -> None:
    with st.expander(desk.t("History")):
        for revision in desk.store.revisions(record.id):
            changed = ", ".join(sorted(revision.changes)) if revision.revision > 1 else desk.t("drafted")
            who = shared.safe(revision.person)
            line = " — ".join(part for part in (changed, revision.reason) if part)
            st.html(
                f"<p><strong>{revision.revision}</strong> · {desk.words.time(revision.at)} · {who}<br>"
                f"<span class='t-note'>{shared.safe(line)}</span></p>"
            )
        for event in desk.store.events("initiative", record.id, limit=20):
            line = " · ".join((desk.words.time(event.at), event.who, event.what))
            st.html(f"<p class='t-note'>{shared.safe(line)}</p>")
