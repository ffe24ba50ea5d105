"""Whom does the public see under "Get help now"? Contacts, the age of their last check, and its form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.shared import Desk, flash, outside, safe, said
from dashboard.worldmap import countries
from tracker import contacts
from tracker.errors import NotFound
from tracker.model import CONTACT_HOLDS, CheckedContact, HelpContact

SOON = timedelta(days=30)  # so long before a check ends, the contact stands on top
TONGUES = ("ar", "bn", "de", "en", "es", "fa", "fr", "hi", "ht", "it", "iu", "ja", "ko", "pa", "pl", "ps", "pt", "ru",
           "so", "sw", "ta", "tl", "tr", "uk", "ur", "vi", "yue", "zh")  # fmt: skip
NEW = "new"


def show(desk: Desk) -> None:
    asked = st.query_params.get("contact")
    if asked == NEW:
        _form(desk, None)
    elif asked and asked.isascii() and asked.isdigit() and len(asked) < 10:
        try:
            history = desk.store.contact_history(int(asked))
        except NotFound as problem:
            st.error(str(problem))
            _way_back(desk)
            return
        _form(desk, history[0])
        _history(desk, history)
    else:
        _all(desk)


def _all(desk: Desk) -> None:
    everything = desk.store.contacts()
    due = [one for one in everything if desk.now - one.checked_at > CONTACT_HOLDS - SOON]
    fresh = [one for one in everything if one not in due]
    with st.container(horizontal=True, vertical_alignment="center", key="contacts-head"):
        st.html(f'<h1 class="d-h1">{safe(desk.t("Help contacts"))}</h1>', width="stretch")
        if st.button(desk.t("Add a contact"), icon=":material/add:", key="contacts-add"):
            st.query_params["contact"] = NEW
            st.rerun()
    st.html(
        '<p class="t-lead">'
        + safe(
            desk.t(
                "People in need read these on the public page. A contact is published while its last check is at "
                "most {days} days old; publish a release to bring changes out.",
                days=CONTACT_HOLDS.days,
            )
        )
        + "</p>"
    )
    if not everything:
        shared.note(desk.t("There is no contact yet."))
    for heading, listed in ((desk.t("To be checked"), sorted(due, key=lambda one: one.checked_at)),
                            (desk.t("Checked"), fresh)):  # fmt: skip
        if listed:
            lines = "".join(_line(desk, one) for one in listed)
            st.html(f'<h2 class="d-section">{safe(heading)} · {desk.words.number(len(listed))}</h2>{lines}')


def _line(desk: Desk, one: CheckedContact) -> str:
    contact = one.contact
    spoken, name = contact.name(desk.words.language)
    facts = [_where(desk, contact), contact.phone, contact.text_number, *([contact.url] if contact.url else [])]
    facts.append(desk.t("checked {date} by {person}", date=desk.words.date(one.checked_at), person=one.checked_by))
    mark = ""
    if not one.holds(desk.now):
        mark = f' <span class="d-bad">{safe(desk.t("not shown to the public"))}</span>'
    sample = f'<span class="t-tag">{safe(desk.t("Sample"))}</span> ' if contact.sample else ""
    told = "".join(f"<span>{safe(fact)}</span>" for fact in facts if fact)
    link = f'<a href="/contacts?contact={one.number}" target="_self">{said(name, spoken)}</a>'
    return f'<p class="d-member">{link}{mark}<br><span class="t-meta">{sample}{told}</span></p>'


def _where(desk: Desk, contact: HelpContact) -> str:
    if contact.country is None:
        return desk.t("In every country")
    return " · ".join(filter(None, [desk.words.country(contact.country), contact.subdivision]))


def _way_back(desk: Desk) -> None:
    st.html(f'<p><a href="/contacts" target="_self">{safe(desk.t("All help contacts"))}</a></p>')


def _form(desk: Desk, one: CheckedContact | None) -> None:
    key = f"contact-{one.number}-{one.revision}" if one else "contact-new"
    _way_back(desk)
    heading = said(one.contact.name(desk.words.language)[1], one.contact.name(desk.words.language)[0]) if one else ""
    st.html(f'<h1 class="d-h1">{heading or safe(desk.t("Add a contact"))}</h1>')
    if one and one.withdrawn:
        st.html(f'<p class="d-trouble">{safe(desk.t("Withdrawn: {reason}", reason=one.reason))}</p>')
    if one:
        link = outside(one.contact.source, desk.t("Open the page of its owner"))
        ask = safe(desk.t("Compare every field with it, then say that it is right today."))
        st.html(f'<p class="t-note">{link}. {ask}</p>')
    with st.form(key, border=False, enter_to_submit=False):
        given = _fields(desk, one.contact if one else None, key)
        keeps = st.form_submit_button(
            desk.t("It is right today") if one else desk.t("Add it, checked today"), type="primary", key=f"{key}-keep"
        )
    if keeps:
        with shared.told():
            _keep(desk, one, given)
    if one and not one.withdrawn:
        with st.expander(desk.t("Withdraw this contact")):
            reason = st.text_input(desk.t("Why (for the history)"), key=f"{key}-why", max_chars=200)
            if st.button(desk.t("Withdraw it"), key=f"{key}-withdraw"):
                with shared.told():
                    contacts.withdraw(desk.store, one.number, one.revision, desk.still_here(), desk.now, reason)
                    _done(desk.t("The contact is withdrawn"))


def _fields(desk: Desk, now_is: HelpContact | None, key: str) -> dict[str, Any]:
    """What was written, as `HelpContact` names it."""
    names = now_is.names if now_is else {}
    given: dict[str, Any] = {"names": {}, "sample": now_is.sample if now_is else desk.settings.samples}
    tongues = tuple(dict.fromkeys((*desk.settings.languages, *names)))
    for place, language in zip(st.columns(len(tongues)), tongues, strict=True):
        label = desk.t("Name in {language}", language=desk.words.tongue(language))
        name = place.text_input(label, names.get(language, ""), key=f"{key}-name-{language}", max_chars=200).strip()
        if name:
            given["names"][language] = name
    one, two = st.columns(2)
    places: dict[str | None, str] = {None: desk.t("In every country"), **dict(desk.words.countries(countries()))}
    given["country"] = one.selectbox(
        desk.t("Country or territory"),
        list(places),
        index=list(places).index(now_is.country) if now_is and now_is.country in places else 0,
        format_func=places.__getitem__,
        key=f"{key}-country",
    )
    given["subdivision"] = two.text_input(
        desk.t("Province or state, where it is for one alone (ISO 3166-2)"),
        now_is.subdivision if now_is else "",
        key=f"{key}-subdivision",
        placeholder="CA-QC",
    ).strip()
    one, two, three = st.columns(3)
    given["phone"] = one.text_input(
        desk.t("Phone"), now_is.phone if now_is else "", key=f"{key}-phone", placeholder="+1 555 0100"
    ).strip()
    given["text_number"] = two.text_input(
        desk.t("Number for text messages"), now_is.text_number if now_is else "", key=f"{key}-text"
    ).strip()
    given["hours"] = three.text_input(
        desk.t("Hours"), now_is.hours if now_is else "", key=f"{key}-hours", placeholder="24/7", max_chars=100
    ).strip()
    one, two = st.columns(2)
    given["url"] = (
        one.text_input(desk.t("Website"), (now_is.url or "") if now_is else "", key=f"{key}-url").strip() or None
    )
    given["source"] = two.text_input(
        desk.t("Page where its owner says all this"), now_is.source if now_is else "", key=f"{key}-source"
    ).strip()
    given |= _choices(desk, now_is, key)
    return given


def _choices(desk: Desk, now_is: HelpContact | None, key: str) -> dict[str, Any]:
    def some(name: str, label: str, codes: list[str], called: Any) -> list[str]:
        chosen = list(getattr(now_is, name, ()))
        options = list(dict.fromkeys((*codes, *chosen)))
        return st.multiselect(
            label, options, default=chosen, format_func=called, key=f"{key}-{name}", placeholder=desk.t("Choose")
        )

    return {
        "languages": some("languages", desk.t("Languages in which somebody answers"),
                          sorted(TONGUES, key=desk.words.tongue), desk.words.tongue),
        "issues": some("issues", desk.t("Issues"), list(desk.taxonomy.codes("issues")),
                       lambda code: desk.label("issues", code)),
        "targets": some("targets", desk.t("For whom (empty: for everybody)"), list(desk.taxonomy.codes("targets")),
                        lambda code: desk.label("targets", code)),
    }  # fmt: skip


def _keep(desk: Desk, one: CheckedContact | None, given: dict[str, Any]) -> None:
    contact = contacts.drafted(given, desk.taxonomy)
    if one is None:
        contacts.add(desk.store, contact, desk.still_here(), desk.now)
    else:
        contacts.check(desk.store, one.number, one.revision, contact, desk.still_here(), desk.now)
    _done(desk.t("Checked: it is in the next release"))


def _done(sentence: str) -> None:
    flash(sentence)
    st.query_params.clear()
    st.rerun()


def _history(desk: Desk, history: list[CheckedContact]) -> None:
    lines = []
    for one in history:
        what = desk.t("Checked") if one.revision > 1 else desk.t("Added")
        if one.withdrawn:
            what = desk.t("The contact is withdrawn")
        facts = [what, one.checked_by, desk.words.time(one.checked_at), one.contact.phone, one.reason]
        lines.append("".join(f"<span>{safe(fact)}</span>" for fact in facts if fact))
    st.html(
        f'<h2 class="d-section">{safe(desk.t("What was changed"))}</h2>'
        + "".join(f'<p class="t-meta">{line}</p>' for line in lines)
    )
