"""The desk as its people meet it: decisions by button and key, undo, who else is here, and readable by everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import PATIENCE_MS, settled
from tests.dashboard.conftest import ready, serving, stop
from tests.makers import NOW, a_person, a_source, entries
from tracker import intake, people
from tracker.conduct import Condition, Conduct
from tracker.model import Fetch, Outcome, Role, Schedule
from tracker.store import Store, open_store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "four quiet brown horses"


@dataclass
class Desk:
    address: str
    store: Store
    browser: Browser

    def sign_in(self, name: str, *, width: int = 1280) -> Page:
        context = self.browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB")
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(f"{self.address}/login")
        page.get_by_label("E-mail address").fill(f"{name}@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        settled(page)
        return page


@pytest.fixture
def desk(migrated_sqlite: Path, sqlite_url: str, tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    """The real process over a store with five waiting items, and two analysts."""
    store = open_store(sqlite_url)
    store.register([a_source()])
    intake.take_in(store, a_source(), entries(5), datetime.now(UTC))
    people.add(store, a_person(), PASSWORD, "test")
    people.add(store, a_person(email="ben@example.org", name="Ben", role=Role.EDITOR), PASSWORD, "test")
    config = tmp_path / "config.yaml"
    config.write_text(f"database: {sqlite_url}\ndata: {tmp_path}\n")
    process = serving("desk", config)
    try:
        yield Desk(ready(process), store, browser)
    finally:
        stop(process)
        store.close()


def heading(page: Page) -> str:
    return page.locator("h2.d-title").inner_text()


def test_two_analysts_see_two_items_and_a_key_decides_the_one_that_is_seen(desk: Desk) -> None:
    ana, ben = desk.sign_in("ana"), desk.sign_in("ben")
    seen = heading(ana)
    assert heading(ben) != seen

    ana.keyboard.press("s")
    expect(ana.locator("h2.d-title")).not_to_have_text(seen)
    settled(ana)

    [decision] = desk.store.decisions()
    assert desk.store.item(decision.item_id, datetime.now(UTC)).item.title == seen
    assert decision.verdict == "hold"


def test_an_exclusion_takes_its_reason_and_undo_brings_the_item_back(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    seen = heading(ana)

    ana.get_by_role("button", name="Exclude …").click()
    ana.get_by_role("button", name="Opinion").click()
    settled(ana)
    assert desk.store.decisions()[0].reason == "opinion"
    ana.get_by_role("button", name="Undo").click()
    settled(ana)

    assert heading(ana) == seen
    assert [decision.verdict for decision in desk.store.decisions()] == ["undo", "exclude"]
    assert desk.store.queue_by("state") == {"waiting": 5}


def test_a_sign_in_that_ended_elsewhere_decides_nothing_any_more(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    people.disable(desk.store, "ana@example.org", "test")

    ana.get_by_role("button", name="New initiative").click()
    expect(ana.get_by_role("heading", name="You are signed out")).to_be_visible()

    assert desk.store.decisions() == []


def test_every_page_is_readable_by_everybody_on_every_screen_and_asks_nobody_else(desk: Desk) -> None:
    for width in (1280, 390):
        page = desk.sign_in("ben", width=width)
        outside: list[str] = []
        page.on("request", lambda request: outside.append(request.url))  # noqa: B023  read in the same turn
        if width == 1280:
            page.get_by_role("button", name="New initiative").click()
            settled(page)
            page.get_by_role("button", name="Code #").click()
            settled(page)
            check(page)
        for name in ("Triage", "Initiatives", "Sources", "Activity"):
            page.get_by_role("link", name=name).click()
            settled(page)
            check(page)
        assert [url for url in outside if not url.startswith((desk.address, "data:", "blob:"))] == []


def check(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_source_that_is_gone_is_told_in_words_and_an_editor_has_it_asked_again(desk: Desk) -> None:
    fetch = Fetch(source_id="ministry-en", at=NOW, outcome=Outcome.HTTP_ERROR, status=410)
    desk.store.add_fetches([(fetch, Schedule(), Conduct(condition=Condition.GONE, condition_since=NOW))])
    ben = desk.sign_in("ben")

    ben.get_by_role("link", name="Sources").click()
    settled(ben)
    expect(ben.get_by_text("Removed for good (410): not asked any more")).to_be_visible()
    ben.get_by_role("button", name="Ministry of Families").click()
    settled(ben)

    assert desk.store.conducts()["ministry-en"].condition is Condition.OK
