"""Where is somebody signed in, and how is that ended? For one's own account, and for an admin those of others."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import login, shared
from dashboard.desk.shared import Desk, safe
from tracker import accounts
from tracker.model import Person
from tracker.people import hidden
from tracker.store.people import SignIn


def show(desk: Desk, of: Person) -> None:
    """The sign-ins of a person, each with a button that ends it."""
    found = accounts.sign_ins(desk.store, desk.person, of.id, desk.now)
    here = hidden(login.token_here() or "")
    this = next((one for one in found if one.token_hash == here), None)
    st.html(f'<h2 class="d-section">{safe(desk.t("Signed in"))}</h2>')
    if not found:
        shared.note(desk.t("Nowhere at the moment."))
        return
    for one in found:
        with st.container(horizontal=True, vertical_alignment="center", key=f"sign-in-{one.token_hash[:16]}"):
            st.html(_told(desk, one, this), width="stretch")
            if one is not this:
                st.button(
                    desk.t("End it"),
                    key=f"sign-in-end-{one.token_hash[:16]}",
                    help=desk.t("Sign out there: {browser}", browser=_browser(desk, one)),
                    on_click=_end,
                    args=(desk, one.token_hash),
                )
    others = len(found) - (this is not None)
    if others > 1 or this is None:
        label = desk.t("Sign out everywhere else") if this else desk.t("Sign out everywhere")
        st.button(label, key=f"sign-in-end-all-{of.id}", on_click=_end_all, args=(desk, of, here))


def _browser(desk: Desk, one: SignIn) -> str:
    return one.browser or desk.t("Unknown browser")


def _told(desk: Desk, one: SignIn, this: SignIn | None) -> str:
    ways = {"password": "", "link": desk.t("with a link"), "provider": desk.t("through the provider")}
    network = ""
    if this is not None and one is not this and one.ip_hash:
        network = desk.t("same network as here") if one.ip_hash == this.ip_hash else desk.t("another network")
    facts = [
        desk.t("since {time}", time=desk.words.time(one.created_at)),
        desk.t("last used {time}", time=desk.words.time(one.last_seen_at)),
        ways.get(one.way, ""),
        network,
    ]
    tag = f' <span class="t-tag">{safe(desk.t("this one"))}</span>' if one is this else ""
    return (
        f'<p class="d-line"><strong>{safe(_browser(desk, one))}</strong>{tag}</p><p class="t-meta">'
        + "".join(f"<span>{safe(fact)}</span>" for fact in facts if fact)
        + "</p>"
    )


def _end(desk: Desk, token_hash: str) -> None:
    with shared.told():
        accounts.end_sign_in(desk.store, desk.still_here(), token_hash)
        shared.flash(desk.t("That sign-in has ended"))


def _end_all(desk: Desk, of: Person, but: str) -> None:
    with shared.told():
        ended = accounts.end_sign_ins(desk.store, desk.still_here(), of.id, but=but)
        shared.flash(desk.words.n("{n} sign-in has ended", "{n} sign-ins have ended", ended))
