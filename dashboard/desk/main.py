"""What Streamlit runs for the desk: who is here, then the page that they chose."""

from __future__ import annotations

import streamlit as st

from dashboard import serve
from dashboard.desk import activity, app, coding, lists, login, quality, shared, sources, triage, word_lists
from dashboard.params import preferred_language
from dashboard.serve import Running
from dashboard.words import LANGUAGES, words
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
        "triage": st.Page(lambda: triage.show(desk), title=w.t("Triage"), url_path="triage", default=True),
        "list": st.Page(lambda: lists.show(desk), title=w.t("Initiatives"), url_path="initiatives"),
        "coding": st.Page(lambda: coding.show(desk), title=w.t("Coding"), url_path="initiative"),
        "sources": st.Page(lambda: sources.show(desk), title=w.t("Sources"), url_path="sources"),
        "quality": st.Page(lambda: quality.show(desk), title=w.t("Quality"), url_path="quality"),
        "words": st.Page(lambda: word_lists.show(desk), title=w.t("Words"), url_path="words"),
        "activity": st.Page(lambda: activity.show(desk), title=w.t("Activity"), url_path="activity"),
    }
    st.session_state["pages"] = pages
    page = st.navigation(list(pages.values()), position="hidden")
    with st.container(horizontal=True, vertical_alignment="center", key="desk-top", gap="small"):
        for name, each in pages.items():
            if name != "coding" or "coding-id" in st.session_state:
                st.page_link(each)
        st.space("stretch")
        st.html(f'<p class="t-note d-who">{shared.safe(person.name)}</p>', width="content")
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
        st.query_params.pop("lang", None)
        st.rerun()
    shared.show_flash()
    page.run()


run()
