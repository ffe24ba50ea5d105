"""What in an initiative could hurt somebody: the words marked where they stand, and what the approver says of each."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import past, shared
from dashboard.desk.shared import Desk, flash, told
from dashboard.words import direction, mark
from tracker import safety, second_look
from tracker.model import Record
from tracker.safety import Finding, Kind

AROUND = 70  # characters of the text on each side of the words

KINDS = {
    Kind.STREET: mark("A street address"),
    Kind.POSTAL: mark("A postal code"),
    Kind.PLACE: mark("Where a shelter or its guests are"),
    Kind.COORDINATES: mark("A point on a map"),
    Kind.PERSON: mark("Perhaps a private person"),
    Kind.PHONE: mark("A telephone number"),
    Kind.EMAIL: mark("An e-mail address"),
    Kind.PHOTO: mark("A link to a picture"),
}
REASONS = {
    "not_a_shelter": mark("No shelter is there"),
    "public_office": mark("An office that receives the public"),
    "no_address": mark("Not a place at all"),
    "place_not_told": mark("It does not say where"),
    "public_role": mark("Speaks in a public role"),
    "no_person": mark("Not a person's name"),
    "own_wish": mark("The person wishes to be named"),
    "help_line": mark("A public help line"),
    "no_number": mark("Not a telephone number"),
    "nobody_to_see": mark("Shows nobody and no shelter"),
}


def findings(desk: Desk, record: Record, *, asks: bool) -> int:
    """Draws each finding, with the question where this person may answer; how many are still unconfirmed."""
    found = second_look.findings(desk.store, record)
    answered = second_look.confirmed(desk.store, record)
    open_ones = [one for one in found if one.key not in answered]
    if not found:
        return 0
    st.html(f"<h3>{shared.safe(desk.t('What could hurt somebody'))}</h3>")
    for number, finding in enumerate(found):
        kept = answered.get(finding.key)
        st.html(_words(desk, record, finding))
        if kept is not None:
            reason = desk.t(REASONS[kept.because]) if kept.because in REASONS else kept.because
            shared.note(desk.t("{reason}, says {name}", reason=reason, name=kept.person))
        elif asks:
            _question(desk, record, finding, f"{record.id}-{record.revision}-{number}")
    return len(open_ones)


def _words(desk: Desk, record: Record, finding: Finding) -> str:
    """The words in their sentence, marked."""
    if finding.field == "contact":
        text = record.initiative.contact.phone
        note = f"<br>{shared.safe(desk.t('None of the sources gives this number.'))}"
    else:
        text, note = safety.texts(record.initiative)[finding.field][1], ""
    before, after = text[max(0, finding.start - AROUND) : finding.start], text[finding.end : finding.end + AROUND]
    known = finding.language != "und"
    lang = f' lang="{shared.safe(finding.language)}" dir="{direction(finding.language)}"' if known else ' dir="auto"'
    head = f"{desk.t(KINDS[finding.kind])} · {past.field_name(desk, finding.field)}"
    cut = ("… " if finding.start > AROUND else "", " …" if finding.end + AROUND < len(text) else "")
    return (
        f'<div class="d-harm"><p class="t-note">{shared.safe(head)}</p>'
        f"<p{lang}>{cut[0]}{shared.safe(before)}<mark>{shared.safe(finding.words)}</mark>{shared.safe(after)}{cut[1]}"
        f"{note}</p></div>"
    )


def _question(desk: Desk, record: Record, finding: Finding, key: str) -> None:
    st.pills(
        desk.t("Why it hurts nobody"),
        safety.REASONS[finding.kind],
        format_func=lambda code: desk.t(REASONS[code]),
        key=f"harm-{key}",
        on_change=_confirm,
        args=(desk, record, finding, f"harm-{key}"),
        wrap=True,
    )


def _confirm(desk: Desk, record: Record, finding: Finding, key: str) -> None:
    because = st.session_state.get(key)
    if because is None:
        return
    with told():
        person = desk.still_here()
        second_look.confirm(desk.store, person, record.id, record.revision, finding, because, shared.now())
        flash(desk.t("Confirmed"))
