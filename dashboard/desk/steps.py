"""The steps of an initiative, beside its form: what it lacks, who looks next, what is public, when to check again."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard.desk import assigning, behind, joining, look, past, shared
from dashboard.desk.shared import Desk, flash, told
from tracker import review, second_look
from tracker.model import InitiativeState, Record, Role, RoughDate, Verdict, lacking
from tracker.people import may
from tracker.store.initiatives import Evidence
from tracker.store.second_looks import FieldVerdict


def steps(desk: Desk, record: Record, evidence: list[Evidence]) -> None:
    if problem := st.session_state.pop("coding-problem", None):
        st.warning(shared.plain(desk.t("Saved, but not yet ready for the second look: {problem}", problem=problem)))
    if record.merged_into is not None:
        past.taken_back(desk, record)
        return
    if record.state is InitiativeState.DRAFT:
        _draft(desk, record, evidence)
    elif record.state is InitiativeState.SECOND_LOOK:
        _waits(desk, record)
    if record.approved_revision is not None:
        _public(desk, record)
    past.taken_back(desk, record)
    _related(desk, record)
    _given(desk, record)


def evidence_of(desk: Desk, record: Record, evidence: list[Evidence]) -> None:
    behind.listed(desk, record, evidence)
    if record.merged_into is None:
        joining.split(desk, record, evidence)
        look.conversation(desk, record)


def history(desk: Desk, record: Record) -> None:
    past.history(desk, record)


def merged(desk: Desk, record: Record) -> None:
    """Where it went: nothing of it is written here any more."""
    link = f'<a href="/initiative?id={record.merged_into}" target="_self">#{record.merged_into}</a>'
    st.html(f'<p class="t-banner">{shared.safe(desk.t("Merged; it is told here now:"))} {link}</p>')


def _related(desk: Desk, record: Record) -> None:
    if related := desk.store.related(record.id):
        links = ", ".join(f'<a href="/initiative?id={id}" target="_self">#{id}</a>' for id in related)
        st.html(f"<p>{shared.safe(desk.t('Related, after a split:'))} {links}</p>")


def _given(desk: Desk, record: Record) -> None:
    """Who looks after it, and a way to give it to somebody."""
    given = desk.store.assignments(kind="initiative", ids=[record.id], every=True)
    for one in given:
        shared.note(assigning.line(desk, one))
    assigning.form(desk, f"initiative-{record.id}", {"initiative": [record.id]}, desk.t("Assign …"))


# -------------------------------------------------------------------------------------------------------------- draft


def _draft(desk: Desk, record: Record, evidence: list[Evidence]) -> None:
    _sent_back(desk, record)
    missing = lacking(record.initiative, desk.settings.languages, desk.now.date())
    if missing:
        st.html(
            f"<h2>{desk.t('Before the second look')}</h2><ul class='t-plain'>"
            + "".join(f"<li><strong>{shared.safe(field)}</strong>: {shared.safe(why)}</li>" for field, why in missing)
            + "</ul>"
        )
    elif evidence:
        st.success(desk.t("Complete: it can go to the second look."))
    joining.similar(desk, record)
    _undrafted(desk, record)
    if look.may_look(desk, record):
        look.at_once(desk, record)


def _sent_back(desk: Desk, record: Record) -> None:
    """What the second look found, until it is sent there again: the note, and the fields that are not fine."""
    for notice in desk.store.events("initiative", record.id, limit=40):
        if notice.what in ("initiative to second_look", "initiative approved"):
            break
        if isinstance(notice.after, dict) and notice.after.get("note"):
            st.info(desk.t("Sent back: {note}", note=shared.plain(notice.after["note"])))
            break
    comments = desk.store.field_comments(record.id)
    read = max((one.revision for one in comments), default=0)
    if read <= (record.approved_revision or 0):
        return
    standing = second_look.verdicts(one for one in comments if one.revision == read)
    lines = "".join(
        f"<li><strong>{shared.safe(past.field_name(desk, one.field))}</strong> "
        f'<span class="d-{one.verdict.value}">{shared.safe(desk.t(look.VERDICTS[one.verdict]))}</span> '
        f"{shared.safe(one.person)}: {shared.safe(one.text)}</li>"
        for said in standing.values()
        for one in said
        if one.verdict is not FieldVerdict.FINE
    )
    if lines:
        about = desk.t("revision {number}", number=read)
        st.html(
            f"<h2>{shared.safe(desk.t('To be mended'))}</h2><p class='t-note'>{shared.safe(about)}</p>"
            f"<ul class='t-plain'>{lines}</ul>"
        )


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


# -------------------------------------------------------------------------------------------------------- second look


def _waits(desk: Desk, record: Record) -> None:
    st.html(f"<h2>{desk.t('Second look')}</h2>")
    if not look.may_look(desk, record):
        st.info(desk.t("You wrote this revision: somebody else takes the second look."))
        return
    author = desk.store.person(record.changed_by)
    shared.note(desk.t("Written by {name}; it waits for somebody else.", name=author.name))
    if st.button(desk.t("Take the second look"), type="primary", key=f"look-{record.id}", width="stretch"):
        st.session_state["coding-id"] = record.id
        st.query_params.clear()
        st.switch_page(st.session_state["pages"]["look"])


# ------------------------------------------------------------------------------------------------------------- public


def _public(desk: Desk, record: Record) -> None:
    if record.look_due_at is not None:
        look.later(desk, record)
    if record.state is InitiativeState.APPROVED:
        _check(desk, record)
    if may(desk.person, Role.EDITOR):
        link = f"/merge?id={record.id}"
        st.html(
            f'<p class="d-go"><a href="{link}" target="_self">{shared.safe(desk.t("Merge with another …"))}</a></p>'
        )
        with st.popover(desk.t("Withdraw from the public …"), width="stretch"):
            reason = st.text_input(desk.t("Reason, which the public reads"), key=f"withdraw-reason-{record.id}")
            if st.button(desk.t("Withdraw"), key=f"withdraw-{record.id}"):
                with told():
                    second_look.withdraw(desk.store, desk.still_here(), record.id, reason, shared.now())
                    flash(desk.t("Withdrawn"))
                    st.rerun()


def _check(desk: Desk, record: Record) -> None:
    """When it was verified, when it comes due again, and the two answers."""
    verified, due = record.last_verified_at, record.next_check_on
    facts = [
        desk.t("Last verified {date}.", date=desk.words.date(verified)) if verified else desk.t("Not verified yet."),
        desk.t("To be checked again on {date}.", date=desk.words.date(due)) if due else desk.t("No check is due."),
    ]
    shared.note(" ".join(facts))
    key = f"{record.id}-{record.revision}"
    with st.container(horizontal=True, gap="small"):
        if record.look_due_at is None:
            st.button(desk.t("Checked: still so"), key=f"still-{key}", on_click=still_so, args=(desk, record))
        with st.popover(desk.t("It has ended …"), key=f"ended-menu-{key}"):
            st.text_input(desk.t("On (2020-06-30, 2020-06 or 2020)"), key=f"ended-on-{key}")
            shared.note(desk.t("A new revision says so and waits for its second look."))
            st.button(desk.t("It has ended"), key=f"ended-{key}", on_click=_ended, args=(desk, record))
        with st.popover(desk.t("Next check …"), key=f"check-menu-{key}"):
            st.date_input(desk.t("On"), value=due, min_value=date(2020, 1, 1), key=f"check-{key}")
            st.button(desk.t("Set it"), key=f"check-set-{key}", on_click=_set_check, args=(desk, record))


def still_so(desk: Desk, record: Record) -> None:
    with told():
        second_look.still_so(desk.store, desk.still_here(), record.id, shared.now())
        flash(desk.t("Verified"))


def _ended(desk: Desk, record: Record) -> None:
    written = str(st.session_state.get(f"ended-on-{record.id}-{record.revision}") or "").strip()
    try:
        on = RoughDate.parse(written) if written else None
    except ValueError as problem:
        st.error(shared.plain(desk.words.tell(problem.args[0])))
        return
    with told():
        second_look.ended(
            desk.store, desk.taxonomy, desk.still_here(), record.id, record.revision, on, desk.settings.languages,
            shared.now(),
        )  # fmt: skip
        flash(desk.t("Waits for a second look"))


def _set_check(desk: Desk, record: Record) -> None:
    with told():
        on = st.session_state.get(f"check-{record.id}-{record.revision}")
        second_look.check_on(desk.store, desk.still_here(), record.id, on)
        flash(desk.t("Saved"))
