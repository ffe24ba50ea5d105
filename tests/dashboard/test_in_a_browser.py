"""What a visitor meets: the explorer and the static pages in a real browser, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from tests.browser import PATIENCE_MS, settled
from tests.dashboard.conftest import GONE, ODD, PublicSite

pytestmark = pytest.mark.browser

LEAVE_TO = "https://weather.example.org/"
EXPLORER = ["/?lang=en", "/?lang=fr&issue=hate_crime", f"/initiative?lang=en&id={ODD}", "/country?lang=es&code=CA",
            "/countries?lang=en", "/data?lang=en", "/method?lang=fr", "/help?lang=es"]  # fmt: skip
STATIC = ["/site/", "/site/en/index.html", f"/site/en/initiative/{ODD}.html", "/site/fr/country/CA.html",
          "/site/es/countries.html", "/site/en/method.html", "/site/fr/help.html", "/site/en/data.html"]  # fmt: skip


class Watched:
    """A page that notes what it asked of whom, and answers for the site that the red button leads to."""

    def __init__(self, context: BrowserContext) -> None:
        self.outside: list[str] = []
        self.complaints: list[str] = []
        context.route("**/*", self._pass)
        self.page = context.new_page()
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _pass(self, route: Route, request: Request) -> None:
        if request.url.startswith(LEAVE_TO):
            route.fulfill(body="<title>Weather</title>Sunny", content_type="text/html")
        elif urlsplit(request.url).hostname in ("127.0.0.1", None):
            route.continue_()
        else:
            self.outside.append(request.url)
            route.abort()

    def _note(self, kind: str, text: str) -> None:
        # Streamlit looks for its own path by asking /page/_stcore/… first, and expects not to find it.
        if kind == "error" and "404" not in text:
            self.complaints.append(text)


@pytest.fixture
def watched(browser_context: BrowserContext) -> Watched:
    return Watched(browser_context)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-CA", has_touch=True)
    context.set_default_timeout(PATIENCE_MS)
    yield Watched(context)
    context.close()


def arrived(page: Page, address: str) -> Page:
    page.goto(address)
    if "/site/" not in address:
        settled(page)
        page.wait_for_selector("h1")
    return page


def titles(page: Page) -> list[str]:
    return page.locator(".t-list h2").all_inner_texts()


# ---------------------------------------------------------------------------------------------- the explorer


def test_the_explorer_opens_and_asks_nobody_else(public_site: PublicSite, watched: Watched) -> None:
    page = arrived(watched.page, public_site.address)

    assert len(titles(page)) == 20
    assert watched.outside == []
    assert watched.complaints == []
    assert page.context.cookies() == []


def test_a_filter_changes_the_list_and_the_address_and_back_takes_it_back(
    public_site: PublicSite, watched: Watched
) -> None:
    page = arrived(watched.page, f"{public_site.address}/?lang=en")

    page.locator(".t-numbers a", has_text="Hate crime").click()

    expect(page.get_by_role("heading", name="10 initiatives")).to_be_visible()
    assert page.url.endswith("/?lang=en&issue=hate_crime")
    page.go_back()
    expect(page.get_by_role("heading", name="31 initiatives")).to_be_visible()


def test_links_open_without_loading_the_application_again(public_site: PublicSite, watched: Watched) -> None:
    page = arrived(watched.page, f"{public_site.address}/?lang=en")
    page.evaluate("window.same = true")

    page.locator(".t-list h2 a").first.click()

    expect(page.locator("h1")).to_have_text("Helpline number 28")
    assert page.evaluate("window.same") is True
    assert re.search(r"/initiative\?id=29&lang=en$", page.url)
    expect(page).to_have_title(re.compile("^Initiative 29 – "))
    expect(page.locator("h1")).to_be_focused()


def test_words_that_are_typed_narrow_the_list(public_site: PublicSite, watched: Watched) -> None:
    page = arrived(watched.page, f"{public_site.address}/?lang=en")

    page.get_by_label("Search in titles and summaries").fill("number 17")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="1 initiative", exact=True)).to_be_visible()
    assert titles(page) == ["Helpline number 17"]
    assert "q=number+17" in page.url


def test_a_country_is_chosen_by_keyboard_alone(public_site: PublicSite, watched: Watched) -> None:
    page = arrived(watched.page, f"{public_site.address}/?lang=en")

    page.get_by_role("combobox", name=re.compile("Country")).focus()
    page.keyboard.type("Mex")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")  # closes the list, which hides the rest of the page from readers

    expect(page.get_by_role("heading", name="10 initiatives")).to_be_visible()
    assert "country=MX" in page.url


def test_another_language_keeps_the_view_and_changes_the_page(public_site: PublicSite, watched: Watched) -> None:
    page = arrived(watched.page, f"{public_site.address}/?lang=en&issue=hate_crime")

    page.get_by_role("link", name="Français").click()

    expect(page.locator("h1")).to_contain_text("Ce qui se fait contre la violence")
    expect(page.get_by_role("heading", name="10 initiatives")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "fr"
    expect(page.locator(".t-leave")).to_have_text("Quitter cette page")


def test_the_browsers_language_is_spoken_at_once(public_site: PublicSite, phone: Watched) -> None:
    page = arrived(phone.page, public_site.address)

    expect(page.locator("h1")).to_contain_text("Ce qui se fait contre la violence")
    assert page.evaluate("document.documentElement.lang") == "fr"


def test_a_permalink_leads_to_the_initiative(public_site: PublicSite, watched: Watched) -> None:
    page = arrived(watched.page, f"{public_site.address}/initiative/{GONE}?lang=en")

    expect(page.locator("h1")).to_have_text(f"Initiative {GONE} was withdrawn")


def test_a_hostile_title_is_text(public_site: PublicSite, watched: Watched) -> None:
    page = arrived(watched.page, f"{public_site.address}/initiative?lang=en&id={ODD}")

    expect(page.locator("h1")).to_have_text("خط مساعدة <b>للنساء</b>")
    expect(page.locator("h1")).to_have_attribute("dir", "rtl")
    expect(page.locator(".t-summary")).to_have_text("<script>alert(1)</script> **bold**")


def test_a_link_to_a_source_tells_it_nothing(public_site: PublicSite, watched: Watched) -> None:
    page = arrived(watched.page, f"{public_site.address}/initiative?lang=en&id={ODD}")

    [rel] = page.locator("a[href^='https://families.example.org']").evaluate_all("links => links.map(link => link.rel)")
    assert {"noopener", "noreferrer"} <= set(rel.split())


def test_without_scripts_the_way_out_and_the_static_pages_are_there(public_site: PublicSite, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="es-MX")
    page = context.new_page()
    page.goto(public_site.address)

    expect(page.get_by_role("link", name="Salir de esta página")).to_be_visible()
    page.get_by_role("link", name="Las mismas iniciativas en páginas sencillas").click()
    expect(page.locator("h1")).to_contain_text("Lo que se hace contra la violencia")
    context.close()


# ---------------------------------------------------------------------------------------------- leaving


@pytest.mark.parametrize("path", ["/?lang=en", "/site/en/index.html"])
def test_the_red_button_leaves_and_back_does_not_return(public_site: PublicSite, watched: Watched, path: str) -> None:
    page = watched.page
    page.goto("about:blank")
    arrived(page, f"{public_site.address}{path}")

    page.get_by_role("link", name="Leave this page").click()

    page.wait_for_url(LEAVE_TO)
    page.go_back()
    assert page.url == "about:blank"


@pytest.mark.parametrize("path", ["/?lang=en", "/site/en/index.html"])
def test_shift_three_times_leaves(public_site: PublicSite, watched: Watched, path: str) -> None:
    page = arrived(watched.page, f"{public_site.address}{path}")

    page.keyboard.press("Shift")
    expect(page.get_by_role("status").filter(has_text="Press Shift two more times")).to_have_count(1)
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")

    page.wait_for_url(LEAVE_TO)


def test_shift_leaves_from_a_field_too_but_capitals_do_not(public_site: PublicSite, watched: Watched) -> None:
    page = arrived(watched.page, f"{public_site.address}/?lang=en")
    page.get_by_label("Search in titles and summaries").focus()

    for letter in "ABCD":
        page.keyboard.press(f"Shift+{letter}")
    assert "127.0.0.1" in page.url
    for _ in range(3):
        page.keyboard.press("Shift")

    page.wait_for_url(LEAVE_TO)


def test_the_way_out_works_before_streamlit_has_loaded(public_site: PublicSite, watched: Watched) -> None:
    page = watched.page
    page.route("**/static/js/**", lambda route: route.abort())
    page.goto(f"{public_site.address}/?lang=en")

    page.get_by_role("link", name="Leave this page").click()

    page.wait_for_url(LEAVE_TO)


# ---------------------------------------------------------------------------------------------- for everybody


@pytest.mark.parametrize("path", [*EXPLORER, *STATIC])
def test_axe_finds_nothing(public_site: PublicSite, browser: Browser, path: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page = arrived(Watched(context).page, f"{public_site.address}{path}")

    found = _axe(page)

    context.close()
    assert found == []


@pytest.mark.parametrize("path", [EXPLORER[0], STATIC[1]])
def test_axe_finds_nothing_in_the_dark_on_a_phone(public_site: PublicSite, browser: Browser, path: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True, color_scheme="dark")
    page = arrived(Watched(context).page, f"{public_site.address}{path}")

    found = _axe(page)

    context.close()
    assert found == []


def _axe(page: Page) -> list[Any]:
    response = Axe().run(page).response
    return [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in response["violations"]]


@pytest.mark.parametrize("path", [*EXPLORER, *STATIC])
def test_nothing_is_wider_than_a_phone(public_site: PublicSite, phone: Watched, path: str) -> None:
    page = arrived(phone.page, f"{public_site.address}{path}")

    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    inner = "document.querySelector('[data-testid=stMain]') || document.documentElement"
    assert page.evaluate(f"(main => main.scrollWidth - main.clientWidth)({inner})") <= 0
    assert phone.outside == []


@pytest.mark.parametrize("path", [EXPLORER[0], STATIC[1]])
def test_on_a_phone_the_way_out_is_a_bar_at_the_thumb(public_site: PublicSite, phone: Watched, path: str) -> None:
    page = arrived(phone.page, f"{public_site.address}{path}")

    box = page.locator(".t-leave").bounding_box()
    assert box is not None
    assert (box["width"], box["y"] + box["height"]) == (390, 844)
    assert box["height"] >= 44


def test_what_was_found_is_said_aloud_and_reading_goes_on_there(public_site: PublicSite, phone: Watched) -> None:
    page = arrived(phone.page, f"{public_site.address}/?lang=en")

    page.locator(".t-numbers a", has_text="Hate crime").click()

    expect(page.locator("#results")).to_be_focused()
    expect(page.locator("#results")).to_be_in_viewport()
    expect(page.locator("[role=status].t-quiet", has_text="10 initiatives")).to_have_count(1)
