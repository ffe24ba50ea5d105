"""The static pages as any web server carries them: safe, usable by everybody, and alone with their reader."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from tests.dashboard.conftest import a_published
from tests.dashboard.site.test_rooms import CONTACTS, GOOD, SEARCHED, built, release
from tests.makers import NOW
from tracker.model import Change, Wording
from tracker.taxonomy import Taxonomy

pytestmark = pytest.mark.browser

LANGUAGES = ("en", "fr", "es")
KINDS = ("index", "countries", "types", "search", "data", "method", "help", "privacy", "map", "initiatives/index",
         "country/CA", "country/TV", "initiative/1", "initiative/121", "initiative/130", "issue/hate_crime",
         "type/A1")  # fmt: skip
EXPLORER = "tracker.example.org"
LEAVE_TO = "https://weather.example.org/"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, taxonomy: Taxonomy) -> Iterator[str]:
    """A release of 122 initiatives on a web server that knows nothing of it."""
    records = [a_published(id=number, countries=("CA",) if number % 2 else ("FR", "MX")) for number in range(1, 121)]
    records.append(
        a_published(id=121, wordings={"ar": Wording(title="خط مساعدة", summary="خط للنساء")}, countries=("LB",))
    )
    records.append(a_published(id=122, wordings={"en": Wording(title="Éire: a line for the Zürich émigrés")}))
    gone = (Change(initiative_id=130, what="withdrawn", reason="The source took it back."),)
    made = release(*records, gone=gone, coverage=SEARCHED, contacts=CONTACTS, quality=GOOD)
    folder = built(tmp_path_factory.mktemp("static"), made, taxonomy)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Alone:
    """A page that notes every address it asks; other hosts get no answer but the two that pages lead to."""

    def __init__(self, context: BrowserContext) -> None:
        self.asked: list[str] = []
        self.complaints: list[str] = []
        context.route("**/*", self._pass)
        self.page = context.new_page()
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @property
    def outside(self) -> list[str]:
        return [address for address in self.asked if urlsplit(address).hostname != "127.0.0.1"]

    def _pass(self, route: Route, request: Request) -> None:
        self.asked.append(request.url)
        if urlsplit(request.url).hostname == "127.0.0.1":
            route.continue_()
        elif urlsplit(request.url).hostname in (EXPLORER, urlsplit(LEAVE_TO).hostname):
            route.fulfill(body="<title>There</title>", content_type="text/html")
        else:
            route.abort()


@pytest.fixture
def alone(browser_context: BrowserContext) -> Alone:
    return Alone(browser_context)


def violations(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [(page.url, one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]


# ---------------------------------------------------------------------------------------------- for everybody


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_any_kind_of_page(
    address: str, browser: Browser, language: str, width: int, scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, bypass_csp=True, color_scheme=scheme)
    page = context.new_page()
    found = []

    for kind in KINDS:
        page.goto(f"{address}/{language}/{kind}.html")
        found += violations(page)

    context.close()
    assert found == []


@pytest.mark.parametrize("width", [320, 390])  # 320: a window of 1280 at 400 percent
def test_nothing_is_wider_than_the_window(address: str, browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    for kind in KINDS:
        page.goto(f"{address}/fr/{kind}.html")

        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, kind
    context.close()


def test_what_a_thumb_presses_is_large_enough(address: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    for kind in ("index", "help", "country/CA"):
        page.goto(f"{address}/en/{kind}.html")
        for chosen in (
            "header li a",
            "header li span",
            ".t-leave",
            ".t-numbers a",
            ".search button",
            ".t-contact dd a[href^=tel]",
        ):
            for target in page.locator(chosen).all():
                box = target.bounding_box()
                assert box is not None
                assert box["height"] >= 43.9, (kind, chosen)
    context.close()


def test_every_stop_of_the_keyboard_can_be_seen(address: str, alone: Alone) -> None:
    page = alone.page
    page.goto(f"{address}/en/country/CA.html")
    stops = []
    for _ in range(30):
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate(
                "(one => [one.textContent.trim().slice(0, 30), getComputedStyle(one).outlineStyle !== 'none' "
                "|| one.classList.contains('t-skip')])(document.activeElement)"
            )
        )

    assert [name for name, _ in stops[:2]] == ["Skip to the content", "Leave this page"]
    assert [name for name, seen in stops if not seen] == []


def test_paper_has_the_content_and_nothing_to_press(address: str, alone: Alone) -> None:
    page = alone.page
    page.goto(f"{address}/en/index.html")
    page.emulate_media(media="print")

    assert not page.locator(".t-leave").is_visible()
    assert not page.locator("form.search").is_visible()
    assert page.locator(".t-map").is_visible()
    assert page.locator(".t-list li").first.is_visible()


# ---------------------------------------------------------------------------------------------- alone with the reader


def test_no_page_asks_another_server_or_keeps_anything(address: str, alone: Alone) -> None:
    page = alone.page
    for kind in KINDS:
        page.goto(f"{address}/en/{kind}.html")
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0, kind

    assert alone.outside == []
    assert alone.complaints == []
    assert page.context.cookies() == []


def test_search_finds_without_accents_and_says_how_many(address: str, alone: Alone) -> None:
    page = alone.page
    page.goto(f"{address}/en/index.html")

    page.get_by_label("Search titles, countries and types").press_sequentially("eire zurich EMIGRES")

    expect(page.locator("form.search [role=status]")).to_have_text("Found: 1")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator(".found a")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/initiative/122.html")


def test_what_is_looked_for_leaves_no_trace(address: str, alone: Alone) -> None:
    page = alone.page
    page.goto(f"{address}/fr/search.html")

    page.get_by_label("Chercher dans les titres").fill("secretword")
    page.keyboard.press("Enter")

    expect(page.locator("form.search [role=status]")).to_have_text("Rien trouvé. Essayez moins de mots, ou d'autres.")
    assert not [asked for asked in alone.asked if "secretword" in asked]
    assert "secretword" not in page.url
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert alone.outside == []
    page.goto(f"{address}/fr/help.html")
    page.go_back()
    assert page.get_by_label("Chercher dans les titres").input_value() == ""


def test_search_goes_by_country_and_type_too_and_stops_at_fifty(address: str, alone: Alone) -> None:
    page = alone.page
    page.goto(f"{address}/en/search.html")

    page.get_by_label("Search titles, countries and types").fill("mexico")

    expect(page.locator("form.search [role=status]")).to_have_text("More than 50 found; another word finds less.")
    assert page.locator(".found li").count() == 50
    assert page.locator(".found li a").first.get_attribute("href") == "initiative/120.html"


def test_an_arabic_title_is_found_and_marked(address: str, alone: Alone) -> None:
    page = alone.page
    page.goto(f"{address}/en/search.html")

    page.get_by_label("Search titles, countries and types").fill("مساعدة")

    link = page.locator(".found a")
    expect(link).to_have_attribute("lang", "ar")
    expect(link).to_have_attribute("dir", "auto")


@pytest.mark.parametrize("scripts", [False, True])
def test_without_the_index_or_scripts_the_explorer_is_asked(address: str, browser: Browser, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    alone = Alone(context)
    context.route("**/search/*.json", lambda route: route.abort())
    alone.page.goto(f"{address}/es/search.html")

    alone.page.locator("#q").fill("línea")
    alone.page.locator("#q").press("Enter")

    alone.page.wait_for_url(f"https://{EXPLORER}/**")
    assert parse_qs(urlsplit(alone.page.url).query) == {"lang": ["es"], "q": ["línea"]}
    context.close()


# ---------------------------------------------------------------------------------------------- the way out


def test_the_way_out_works_before_and_without_scripts(address: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    alone = Alone(context)
    for kind in ("index", "country/CA", "initiative/1", "help"):
        alone.page.goto(f"{address}/en/{kind}.html")

        alone.page.get_by_role("link", name="Leave this page").click()

        alone.page.wait_for_url(LEAVE_TO)
    context.close()


def test_the_page_is_covered_before_the_other_one_comes(address: str, alone: Alone) -> None:
    alone.page.goto(f"{address}/en/help.html")
    alone.page.evaluate("document.querySelector('.t-leave').href = '#stays'")  # as if the other page were slow

    for _ in range(3):
        alone.page.keyboard.press("Shift")

    expect(alone.page.locator(".t-leave-cover")).to_be_visible()
    assert alone.page.title() == "…"
    assert alone.page.evaluate(
        "(box => box.width >= innerWidth && box.height >= innerHeight)"
        "(document.querySelector('.t-leave-cover').getBoundingClientRect())"
    )
    alone.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow'))")
    expect(alone.page.locator(".t-leave-cover")).to_have_count(0)


def test_three_presses_in_more_than_five_seconds_do_not_leave(address: str, alone: Alone) -> None:
    page = alone.page
    page.clock.install(time=NOW)
    page.goto(f"{address}/en/index.html")

    for _ in range(3):
        page.keyboard.press("Shift")
        page.clock.run_for(2_600)

    assert page.url.startswith(address)
    expect(page.locator("aside [role=status]")).to_have_text("Press Shift once more to leave this page.")


def test_an_address_without_a_page_is_a_real_404(address: str, alone: Alone) -> None:
    answer = alone.page.goto(f"{address}/en/country/ZZ.html")

    assert answer is not None
    assert answer.status == 404


def test_the_folder_may_lie_anywhere(tmp_path: Path, browser: Browser, taxonomy: Taxonomy) -> None:
    folder = built(tmp_path, release(a_published()), taxonomy)
    page = browser.new_page()

    page.goto(f"file://{folder}/en/index.html")
    page.locator(".t-list a").first.click()

    expect(page.locator("h1")).to_have_text("Helpline by text message")
    assert page.evaluate("getComputedStyle(document.querySelector('.t-leave')).position") == "fixed"
    page.close()
