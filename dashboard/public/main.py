"""What Streamlit runs for every visitor: the page that the address names, and what surrounds it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.public import explore, one, texts
from dashboard.public.app import PAGES
from dashboard.public.visit import Visit
from dashboard.serve import running
from dashboard.words import OWN_NAMES
from tracker.errors import TrackerError

SHOW = {
    "": explore.show,
    "initiative": one.show_initiative,
    "countries": texts.show_countries,
    "country": one.show_country,
    "data": texts.show_data,
    "method": texts.show_method,
    "help": texts.show_help,
}
MENU = ("", "countries", "data", "method", "help")


def run() -> None:
    visit = Visit.of(running())
    t = visit.t
    pages = {
        # The start page is served at `/`, yet wants a name of its own.
        name: st.Page(partial(SHOW[name], visit), url_path=name or "start", title=t(title), default=not name)
        for name, title in PAGES.items()
    }
    page = st.navigation(list(pages.values()), position="hidden")
    current = next(name for name, made in pages.items() if made == page)
    labels = {"": t("Overview"), "help": t("Get help now")}
    with st.container(key="top"):
        visit.draw(
            "top",
            home=visit.links.page("overview"),
            site_name=visit.site_name,
            menu=[(name, visit.links.page(name or "overview"), labels.get(name, t(PAGES[name]))) for name in MENU],
            current=current,
            languages=[(code, OWN_NAMES[code], visit.in_language(code)) for code in visit.settings.languages],
        )
    try:
        page.run()
    except TrackerError as error:
        st.error(str(error))
    visit.draw("foot", organisation=visit.settings.site.organisation, licence=visit.settings.site.licence)


if __name__ == "__main__":  # as Streamlit names the script that it runs
    run()
