"""What Streamlit runs for the desk: who is here, then the page that they chose."""

from __future__ import annotations

import importlib
from functools import partial

import streamlit as st

from dashboard import serve
from dashboard.desk import app, login, notices, shared
from dashboard.params import preferred_language
from dashboard.serve import Running
from dashboard.words import LANGUAGES, words
from tracker import accounts
from tracker.people import may
from tracker.store import Store


def run() -> None:
    running: Running[Store] = serve.running()
    now = shared.now()
    person = login.person_here(running.store, now)
    asked = st.query_params.get("lang") or st.session_state.get("language")
    language = preferred_language(asked, person.language if person else st.context.locale)
    st.session_state["language"] = language
    w = words(language)
    st.set_page_config(page_title=w.t("Desk"), layout="wide")
    st.html(f"<style>{app.style()}</style>")
    if person is None:
        link = f'<a href="/login" target="_self">{w.t("Sign in")}</a>'
        st.html(f'<h1 class="d-h1">{w.t("You are signed out")}</h1><p>{link}</p>')
        return
    desk = shared.Desk(running.store, running.taxonomy, running.settings, person, w, now)
    pages = {
        path: st.Page(partial(_view, view, desk), title=w.t(view.title), url_path=path, default=path == "triage")
        for path, view in app.VIEWS.items()
        if may(person, view.role)
    }
    st.session_state["pages"] = pages
    page = st.navigation(list(pages.values()), position="hidden")
    with st.container(horizontal=True, vertical_alignment="center", key="desk-top", gap="small"):
        behind = []
        for path, each in pages.items():
            view = app.VIEWS[path]
            if view.hidden:
                continue
            if view.first and path == "for-you":
                st.page_link(each, label=notices.called(desk, each.title, notices.count(desk)))
            elif view.first:
                st.page_link(each)
            else:
                behind.append(each)
        with st.popover(w.t("More"), key=f"desk-more-{page.url_path}"):  # a key of its own: closed on the next page
            for each in behind:
                st.page_link(each)
        st.space("stretch")
        account = f'<a href="/account" target="_self" title="{w.t("My account")}">{shared.safe(person.name)}</a>'
        st.html(f'<p class="d-who">{account}</p>', width="content")
        chosen = st.segmented_control(
            w.t("Language"),
            list(LANGUAGES),
            default=language,
            required=True,
            format_func=str.upper,
            key=f"desk-language-{language}",
            label_visibility="collapsed",
        )
        st.html(f'<a class="d-out" href="/logout" target="_self">{w.t("Sign out")}</a>', width="content")
    if chosen != language:
        st.session_state["language"] = chosen
        accounts.choose_language(desk.store, desk.still_here(), chosen)
        st.query_params.pop("lang", None)
        st.rerun()
    shared.show_flash()
    page.run()


def _view(view: app.View, desk: shared.Desk) -> None:
    """Draws the page; its module is loaded when somebody first opens it."""
    importlib.import_module(f"dashboard.desk.{view.module}").show(desk)


run()
