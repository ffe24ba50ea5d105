"""From a form without scripts to the public page and back; and what the public side asks of others, keeps and logs."""

from __future__ import annotations

import http.client
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from tests.browser import PATIENCE_MS, settled, signed_in
from tests.dashboard.conftest import ODD, PublicSite, ready, serving, stop
from tests.makers import a_person
from tracker import people
from tracker.model import InitiativeState, Role
from tracker.store import Store, open_store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "four quiet brown horses"
WHAT = "Volunteers in Verdun answer text messages day and night from women who cannot speak at home."
TYPED = "what nobody else may read"
LEAVE_TO = "https://weather.example.org/"
PAGES = [
    "/site/en/index.html", f"/site/fr/initiative/{ODD}.html", "/site/es/help.html", "/site/en/method.html",
    "/?lang=en&q=helpline", f"/initiative?lang=en&id={ODD}", "/countries?lang=fr", "/help?lang=es",
    "/api/initiatives?q=helpline", "/feed.atom?lang=en", "/submit?lang=en", "/submit?lang=fr&initiative=1",
    "/privacy?lang=es", "/api?lang=fr", "/digest?lang=en", f"/card/initiative/{ODD}?lang=en",
    "/site/en/search.html?q=helpline", "/reply/unknown?lang=en", "/nowhere",
]  # fmt: skip


@dataclass
class Both:
    """A public process and a desk over one store."""

    public: str
    desk: str
    store: Store


@pytest.fixture
def both(sqlite_url: str, tmp_path: Path) -> Iterator[Both]:
    store = open_store(sqlite_url)
    for name, role in (("ana", Role.ANALYST), ("ben", Role.EDITOR)):
        people.add(store, a_person(email=f"{name}@example.org", name=name.title(), role=role), PASSWORD, "test")
    config = tmp_path / "config.yaml"
    config.write_text(f"database: {sqlite_url}\ndata: {tmp_path}\nsite: {{leave_to: {LEAVE_TO}}}\n")
    public, desk = serving("public", config), serving("desk", config)
    try:
        yield Both(ready(public), ready(desk), store)
    finally:
        stop(public)
        stop(desk)
        store.close()


def watched(context: BrowserContext) -> list[str]:
    """Whom the pages of a context ask beside this machine; the red button's target is answered for."""
    outside: list[str] = []

    def look(route: Route, request: Request) -> None:
        if request.url.startswith(LEAVE_TO):
            route.fulfill(body="<title>Weather</title>Sunny", content_type="text/html")
        elif urlsplit(request.url).hostname in ("127.0.0.1", None):
            route.continue_()
        else:
            outside.append(request.url)
            route.abort()

    context.set_default_timeout(PATIENCE_MS)
    context.route("**/*", look)
    return outside


def filled(page: Page) -> None:
    page.get_by_label("What is it called?").fill("Helpline of the neighbours")
    page.get_by_label("What is done, and for whom?").fill(WHAT)
    page.get_by_label("Country or territory").select_option("CA")
    page.get_by_label("Your e-mail address").fill("sender@example.org")


def check(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_submission_goes_from_a_form_without_scripts_to_the_public_page(both: Both, browser: Browser) -> None:
    plain = browser.new_context(java_script_enabled=False, locale="en-GB")
    outside = watched(plain)
    page = plain.new_page()
    page.goto(f"{both.public}/submit")
    filled(page)
    page.wait_for_timeout(4100)  # no person is quicker
    page.get_by_role("button", name="Send").click()
    link = page.locator(".secret a").inner_text()
    follow = both.public + urlsplit(link).path
    page.goto(follow)
    expect(page.get_by_text("It waits.")).to_be_visible()

    ana = _signed_in(both, browser, "ana")
    ana.goto(f"{both.desk}/public")
    settled(ana)
    for _ in range(10):  # the desk empties the box every few seconds
        if ana.get_by_role("button", name="Open in triage").count():
            break
        ana.wait_for_timeout(1000)
        ana.reload()
        settled(ana)
    check(ana)
    expect(ana.get_by_role("button", name="Reach the sender")).to_have_count(0)
    ana.get_by_role("button", name="Open in triage").click()
    expect(ana.get_by_role("heading", name="Helpline of the neighbours")).to_be_visible()
    ana.get_by_role("button", name="New initiative").click()
    for _ in range(40):
        if both.store.decisions():
            break
        ana.wait_for_timeout(250)
    [record] = both.store.records(limit=5)
    _approved(both.store, record.id)

    for _ in range(20):
        page.goto(follow)
        if page.get_by_text(f"It is part of initiative {record.id}.").count():
            break
        page.wait_for_timeout(1000)
    expect(page.get_by_text(f"It is part of initiative {record.id}.")).to_be_visible()
    expect(page).to_have_title(re.compile("^What became of it – "))
    assert outside == []
    assert plain.cookies() == []
    plain.close()


def _signed_in(both: Both, browser: Browser, name: str) -> Page:
    return signed_in(browser, both.desk, name, PASSWORD)


def _approved(store: Store, id: int) -> None:
    """What the coding and the second look come to, which have tests of their own."""
    ana, ben = (people.find(store, f"{name}@example.org") for name in ("ana", "ben"))
    record = store.record(id)
    store.move_initiative(id, record.revision, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ana)
    store.approve_initiative(id, record.revision, ben, datetime.now(UTC))


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_form_mistakes_thanks_and_reply_are_for_everybody(
    public_site: PublicSite, browser: Browser, language: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844})
    watched(context)
    page = context.new_page()
    page.goto(f"{public_site.address}/submit?lang={language}")
    check(page)
    page.locator("#link").fill("nonsense")
    page.locator("main button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    check(page)
    for height in page.eval_on_selector_all(
        "main input[type=text]:not([tabindex]), main select, main textarea, main button",
        "all => all.map(one => one.offsetHeight)",
    ):
        assert height >= 44
    page.goto(f"{public_site.address}/privacy?lang={language}")
    check(page)
    context.close()


def test_thanks_and_the_page_behind_the_link_are_for_everybody(
    public_site: PublicSite, browser_context: BrowserContext
) -> None:
    watched(browser_context)
    page = browser_context.new_page()
    page.goto(f"{public_site.address}/submit?lang=en")
    filled(page)
    page.wait_for_timeout(4100)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Send").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    check(page)
    secret = urlsplit(page.locator(".secret a").inner_text()).path
    page.goto(f"{public_site.address}{secret}?lang=en")
    check(page)
    page.get_by_label("Your note").fill("It has moved.")
    page.get_by_role("button", name="Send the note").click()
    expect(page.get_by_text("Your note has arrived.")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("You took it back.")).to_be_visible()
    check(page)


@pytest.mark.parametrize("way", ["button", "keys"])
def test_leaving_the_form_in_a_hurry_leaves_nothing_of_it_behind(
    public_site: PublicSite, browser_context: BrowserContext, way: str
) -> None:
    watched(browser_context)
    page = browser_context.new_page()
    page.goto(f"{public_site.address}/submit?lang=en")
    page.get_by_label("What is done, and for whom?").fill(TYPED)

    if way == "button":
        page.get_by_role("link", name="Leave this page").click()
    else:
        for _ in range(3):
            page.keyboard.press("Shift")
    expect(page).to_have_title("Weather")

    page.go_back()
    if "/submit" in page.url:
        expect(page.get_by_label("What is done, and for whom?")).to_have_value("")
    assert TYPED not in page.content()


def test_going_on_and_back_finds_an_empty_form(public_site: PublicSite, browser_context: BrowserContext) -> None:
    watched(browser_context)
    page = browser_context.new_page()
    page.goto(f"{public_site.address}/submit?lang=en")
    page.get_by_label("What is done, and for whom?").fill(TYPED)

    page.locator("footer").get_by_role("link", name="Privacy and safety").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Privacy and safety")
    page.go_back()

    expect(page.get_by_label("What is done, and for whom?")).to_have_value("")


def test_no_page_asks_another_host_sets_a_cookie_or_stores_what_was_asked(
    public_site: PublicSite, browser_context: BrowserContext
) -> None:
    outside = watched(browser_context)
    page = browser_context.new_page()
    for path in PAGES:
        answer = page.goto(f"{public_site.address}{path}")
        assert answer is not None
        if page.locator("#root").count():
            settled(page)
        headers = answer.headers
        assert headers["referrer-policy"] == "no-referrer", path
        assert "content-security-policy" in headers, path
        assert "unsafe-eval" not in headers["content-security-policy"], path
        for rel in page.eval_on_selector_all("a[href^='http']", "all => all.map(one => [one.href, one.rel])"):
            if not rel[0].startswith(("http://127.0.0.1", "https://tracker.example.org")):
                assert "noopener" in rel[1], (path, rel)
                assert "noreferrer" in rel[1], (path, rel)
        stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert "helpline" not in stored, path

    assert outside == []
    assert browser_context.cookies() == []


def test_no_log_holds_a_query_a_path_or_an_address(public_site: PublicSite) -> None:
    process = serving("public", public_site.config)
    try:
        host = urlsplit(ready(process))
        for path in ("/?q=secretquery", "/reply/secretlink", "/submit?initiative=1", "/api/initiatives?q=secretquery"):
            connection = http.client.HTTPConnection(host.hostname or "", host.port or 0, timeout=20)
            connection.request("GET", path, headers={"X-Forwarded-For": "203.0.113.77"})
            connection.getresponse().read()
            connection.close()
        connection = http.client.HTTPConnection(host.hostname or "", host.port or 0, timeout=20)
        body = "title=secretquery&what=secretquery"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": "203.0.113.77"}
        connection.request("POST", "/submit", body, headers)
        assert connection.getresponse().status == 422
        connection.close()
    finally:
        status, said = stop(process)
    written = said + (process.stdout.read() if process.stdout and not process.stdout.closed else "")
    for secret in ("secretquery", "secretlink", "203.0.113.77", "GET", "POST"):
        assert secret not in written
    assert status in (0, -15)


def test_a_body_that_never_ends_is_cut_off(public_site: PublicSite) -> None:
    host = urlsplit(public_site.address)
    connection = http.client.HTTPConnection(host.hostname or "", host.port or 0, timeout=20)
    connection.putrequest("POST", "/submit?lang=en")
    connection.putheader("Content-Type", "application/x-www-form-urlencoded")
    connection.putheader("Content-Length", str(10 * 1024 * 1024))
    connection.endheaders()
    connection.send(b"what=" + os.urandom(50_000).hex().encode())

    assert connection.getresponse().status == 413  # although most of it was not sent
    connection.close()
