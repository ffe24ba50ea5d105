"""The views of the explorer in a real browser: one after the other, by keyboard, on a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser import PATIENCE_MS, settled
from tests.dashboard.conftest import PublicSite

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("width", "colours", "language", "views"),
    [
        (1280, "light", "en", ["Map", "Table", "Timeline", "Charts", "Compare countries"]),
        (390, "dark", "fr", ["Carte", "Tableau", "Chronologie", "Graphiques", "Comparer des pays"]),
    ],
)
def test_every_view_is_reached_by_keyboard_and_open_to_all(
    public_site: PublicSite, browser: Browser, width: int, colours: str, language: str, views: list[str]
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, bypass_csp=True, color_scheme="dark" if colours == "dark" else "light"
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{public_site.address}/?lang={language}&compare=CA,FR&view=list")
    settled(page)
    page.evaluate("window.same = true")
    for view in views:
        page.locator(".t-views").get_by_role("link", name=view).focus()
        page.keyboard.press("Enter")

        expect(page.locator("#results")).to_have_text(re.compile(f"^{view}"))
        expect(page.locator("#results")).to_be_focused()
        expect(page.locator("[role=status].t-quiet", has_text=view)).to_have_count(1)
        settled(page)
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found] == []
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    page.go_back()
    expect(page.locator("#results")).to_have_text(re.compile(f"^{views[-2]}"))

    page.locator(".t-views").get_by_role("link", name=views[0]).click()
    page.locator(".t-map a", has=page.locator("title", has_text="Canada")).dispatch_event("click")

    expect(page.locator("#results")).to_have_text(re.compile(f"^{views[0]}.* 10 "))
    expect(page.locator(".t-map .on")).to_have_count(1)
    assert "country=CA" in page.url
    assert page.evaluate("window.same") is True
    assert [url for url in asked if "//127.0.0.1" not in url] == []
    context.close()
