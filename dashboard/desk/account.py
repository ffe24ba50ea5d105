"""Whose account is this, where is it signed in, and how is its password changed? Everybody's own page."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import sign_ins
from dashboard.desk.shared import Desk, flash, safe, show_flash
from tracker.people import ROLE_NAMES


def show(desk: Desk) -> None:
    person = desk.person
    if st.query_params.get("done") == "password":
        st.query_params.pop("done")
        flash(desk.t("Your password was changed"))
        show_flash()
    facts = [person.email, desk.words.tell(ROLE_NAMES[person.role])]
    st.html(
        f'<h1 class="d-h1">{safe(person.name)}</h1><p class="t-meta">'
        + "".join(f"<span>{safe(fact)}</span>" for fact in facts)
        + "</p>"
    )
    if desk.settings.desk.local_accounts:
        change = safe(desk.t("Change your password"))
        st.html(f'<p class="d-line"><a href="/password" target="_self">{change}</a></p>')
    sign_ins.show(desk, person)
    st.html(f'<p class="t-note">{safe(desk.t("A sign-in ends after an hour without use, and after eight hours."))}</p>')
