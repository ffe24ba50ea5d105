"""Who has an account, with which role, and who was here when? Admins invite, change, switch off and sign out."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st
from pydantic import ValidationError

from dashboard.desk import shared, sign_ins
from dashboard.desk.shared import Desk, flash, safe, told
from dashboard.desk.source_parts import Head, row, short_time, table
from dashboard.words import LANGUAGES, OWN_NAMES
from tracker import accounts
from tracker.errors import BadInput, Sentence
from tracker.model import Person, Role
from tracker.people import ROLE_NAMES, require
from tracker.store.people import Enrolled


def show(desk: Desk) -> None:
    with told():
        everybody = accounts.everybody(desk.store, desk.person, desk.now)
        wanted = st.query_params.get("person", "")
        chosen = next((one for one in everybody if str(one.person.id) == wanted), None)
        if chosen is not None:
            _one(desk, chosen)
        else:
            _all(desk, everybody)


# ----------------------------------------------------------------------------------------------------------- everybody


def _all(desk: Desk, everybody: list[Enrolled]) -> None:
    active = sum(one.person.active for one in everybody)
    st.html(
        f'<h1 class="d-h1">{safe(desk.t("People"))}</h1><p class="t-lead">'
        + safe(desk.words.n("{n} person can come in.", "{n} people can come in.", active))
        + "</p>"
    )
    _link_made(desk)
    _invite(desk)
    heads: list[Head] = [
        (desk.t("Name"), ""),
        (desk.t("E-mail address"), ""),
        (desk.t("Role"), ""),
        (desk.t("Last here (UTC)"), ""),
        (desk.t("Signed in"), ""),
    ]
    table(heads, (row(_cells(desk, one), heads) for one in everybody))


def _cells(desk: Desk, one: Enrolled) -> list[str]:
    person = one.person
    tags = "".join(f' <span class="t-tag">{safe(tag)}</span>' for tag in _tags(desk, one))
    return [
        f'<a href="/people?person={person.id}" target="_self">{safe(person.name)}</a>{tags}',
        safe(person.email),
        safe(_role(desk, person.role)),
        short_time(one.last_seen_at) if one.last_seen_at else safe(desk.t("never")),
        desk.words.number(one.sign_ins) if one.sign_ins else "",
    ]


def _tags(desk: Desk, one: Enrolled) -> list[str]:
    """What is not as usual about an account."""
    if not one.person.active:
        return [desk.t("switched off")]
    tags = []
    if one.link_until is not None and desk.settings.desk.local_accounts:
        tags.append(desk.t("link is open") if one.link_until > desk.now else desk.t("link is too old"))
    elif not one.has_password and not one.issuers and desk.settings.oidc is None:
        tags.append(desk.t("cannot come in yet"))
    if one.locked_until is not None and one.locked_until > desk.now:
        tags.append(desk.t("waits after wrong passwords"))
    return tags


def _role(desk: Desk, role: Role) -> str:
    return desk.words.tell(ROLE_NAMES[role])


def _invite(desk: Desk) -> None:
    done = st.session_state.get("people-invited", 0)  # the fields are empty after each invitation
    with (
        st.expander(desk.t("Invite somebody"), key=f"people-invite-{done}", icon=":material/person_add:"),
        st.form(f"people-form-{done}", border=False),
    ):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(desk.t("Name"), max_chars=100, width=260, key=f"people-name-{done}")
            email = st.text_input(desk.t("E-mail address"), max_chars=254, width=300, key=f"people-email-{done}")
        role = st.segmented_control(
            desk.t("Role"),
            list(Role),
            default=Role.ANALYST,
            required=True,
            format_func=lambda one: _role(desk, one),
            key=f"people-role-{done}",
        )
        language = st.segmented_control(
            desk.t("Language of the desk"),
            list(LANGUAGES),
            default=desk.words.language,
            required=True,
            format_func=lambda one: OWN_NAMES[one],
            key=f"people-language-{done}",
            wrap=True,
        )
        if st.form_submit_button(desk.t("Invite"), type="primary", key=f"people-send-{done}"):
            with told():
                admin = desk.still_here()
                require(admin, Role.ADMIN, Sentence("manage accounts"))
                newcomer = _newcomer(name, email, role or Role.ANALYST, language or "en")
                token = accounts.invite(desk.store, admin, newcomer, shared.now())
                _keep(desk, newcomer, token)
                st.session_state["people-invited"] = done + 1
                st.rerun()


def _newcomer(name: str, email: str, role: Role, language: str) -> Person:
    try:
        return Person(name=name.strip(), email=email.strip(), role=role, language=language)
    except ValidationError as wrong:
        if wrong.errors()[0]["loc"][0] == "email":
            raise BadInput(Sentence("the e-mail address is not whole, such as ana@example.org")) from None
        raise BadInput(Sentence("the name is missing")) from None


# ------------------------------------------------------------------------------------------------- a link, shown once


def _keep(desk: Desk, person: Person, token: str) -> None:
    """Keeps a link for the next run of the page alone: it is written down nowhere else."""
    if not desk.settings.desk.local_accounts:
        return  # people come in through the provider; there is no password to choose
    place = str(desk.settings.desk.url or "").rstrip("/")
    if not place:
        here = urlsplit(st.context.url or "")
        place = f"{here.scheme}://{here.netloc}"
    st.session_state["people-link"] = (person.name, f"{place}/welcome/{token}")


def _link_made(desk: Desk) -> None:
    if "people-link" not in st.session_state:
        return
    name, address = st.session_state["people-link"]
    with st.container(border=True, key="people-link-box"):
        st.html(
            f'<h2 class="d-line">{safe(desk.t("A link for {name}", name=name))}</h2><p class="t-note">'
            + safe(
                desk.t(
                    "Pass it on in a way that you trust: whoever has it comes in, once, and chooses the password. "
                    "It is shown only now."
                )
            )
            + "</p>"
        )
        st.code(address, language=None, wrap_lines=True)
        if st.button(desk.t("I have passed it on"), key="people-link-done"):
            del st.session_state["people-link"]
            st.rerun()


# ---------------------------------------------------------------------------------------------------------- one person


def _one(desk: Desk, one: Enrolled) -> None:
    person = one.person
    facts = [
        person.email,
        _role(desk, person.role),
        OWN_NAMES.get(person.language, person.language),
        *_tags(desk, one),
    ]
    st.html(
        f'<p><a href="/people" target="_self">{safe(desk.t("All people"))}</a></p>'
        f'<h1 class="d-h1">{safe(person.name)}</h1><p class="t-meta">'
        + "".join(f"<span>{safe(fact)}</span>" for fact in facts)
        + f'</p><p class="d-line"><a href="/audit?subject=person&amp;subject_id={person.id}" target="_self">'
        + safe(desk.t("What happened to this account"))
        + f'</a> · <a href="/audit?who={safe(person.email)}" target="_self">'
        + safe(desk.t("What this person did"))
        + "</a></p>"
    )
    _link_made(desk)
    as_it_is = (
        f"{person.id}-{person.role.value}-{person.active}"  # a press on what another admin has changed does nothing
    )
    if person.active:
        _roles(desk, person, as_it_is)
    with st.container(horizontal=True, key="people-acts"):
        if person.active and desk.settings.desk.local_accounts:
            with st.popover(desk.t("New password …"), key=f"people-reset-{as_it_is}"):
                shared.note(
                    desk.t(
                        "The password of {name} and every sign-in end now; you get a link to pass on.", name=person.name
                    )
                )
                st.button(
                    desk.t("Make the link"), key=f"people-link-{as_it_is}", on_click=_new_link, args=(desk, person)
                )
        if one.issuers:
            with st.popover(desk.t("Unlink the provider …"), key=f"people-unlink-{as_it_is}"):
                shared.note(
                    desk.t(
                        "{name} is signed out; the next one with this verified e-mail address is linked.",
                        name=person.name,
                    )
                )
                st.button(desk.t("Unlink"), key=f"people-forget-{as_it_is}", on_click=_forget, args=(desk, person))
        if person.active:
            with st.popover(desk.t("Switch off …"), key=f"people-off-{as_it_is}"):
                shared.note(
                    desk.t(
                        "{name} is signed out everywhere and cannot come in; all that they have done stays.",
                        name=person.name,
                    )
                )
                st.button(desk.t("Switch off"), key=f"people-out-{as_it_is}", on_click=_switch, args=(desk, person))
        else:
            st.button(desk.t("Switch on"), key=f"people-on-{as_it_is}", on_click=_switch, args=(desk, person))
    sign_ins.show(desk, person)


def _roles(desk: Desk, person: Person, as_it_is: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="people-roles"):
        role = st.segmented_control(
            desk.t("Role"),
            list(Role),
            default=person.role,
            required=True,
            format_func=lambda one: _role(desk, one),
            key=f"people-role-{as_it_is}",
        )
        if role is not None and role is not person.role:
            label = shared.plain(desk.t("Make {name} {role}", name=person.name, role=_role(desk, role)))
            st.button(label, type="primary", key=f"people-give-{as_it_is}", on_click=_give, args=(desk, person, role))


def _give(desk: Desk, person: Person, role: Role) -> None:
    with told():
        accounts.give_role(desk.store, desk.still_here(), person.id, role)
        flash(desk.t("{name} is now {role}", name=person.name, role=_role(desk, role)))


def _new_link(desk: Desk, person: Person) -> None:
    with told():
        token = accounts.new_link(desk.store, desk.still_here(), person.id, shared.now())
        _keep(desk, person, token)


def _switch(desk: Desk, person: Person) -> None:
    with told():
        if person.active:
            accounts.switch_off(desk.store, desk.still_here(), person.id)
            flash(desk.t("{name} cannot come in any more", name=person.name))
        else:
            accounts.switch_on(desk.store, desk.still_here(), person.id)
            flash(desk.t("{name} can come in again", name=person.name))


def _forget(desk: Desk, person: Person) -> None:
    with told():
        accounts.forget_identity(desk.store, desk.still_here(), person.id)
        flash(desk.t("{name} is linked anew at the next sign-in", name=person.name))
