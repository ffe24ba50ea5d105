"""Accounts as people meet them: invited, signed in with a provider, shown the door, and readable by everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import PATIENCE_MS, settled
from tests.dashboard.conftest import ready, serving, stop
from tests.dashboard.desk.provider import CLIENT, FakeProvider
from tests.dashboard.desk.test_in_a_browser import check
from tests.makers import a_person
from tracker import people
from tracker.model import Role
from tracker.store import Store, open_store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "four quiet brown horses"


@dataclass
class Desk:
    address: str
    store: Store
    browser: Browser
    provider: FakeProvider

    def visitor(self, *, width: int = 1280, locale: str = "en-GB") -> Page:
        context = self.browser.new_context(viewport={"width": width, "height": 900}, locale=locale)
        context.set_default_timeout(PATIENCE_MS)
        return context.new_page()

    def sign_in(self, name: str, page: Page | None = None, password: str = PASSWORD) -> Page:
        page = page or self.visitor()
        page.goto(f"{self.address}/login")
        page.locator("#email").fill(f"{name}@example.org")
        page.locator("#password").fill(password)
        page.locator("button[type=submit]").click()
        settled(page)
        return page

    def open(self, page: Page, path: str) -> None:
        page.goto(f"{self.address}{path}")
        settled(page)


@pytest.fixture
def desk(migrated_sqlite: Path, sqlite_url: str, tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    store = open_store(sqlite_url)
    people.add(store, a_person(), PASSWORD, "test")
    people.add(store, a_person(email="chloe@example.org", name="Chloe", role=Role.ADMIN), PASSWORD, "test")
    provider = FakeProvider(host="localhost", secret="")
    config = tmp_path / "config.yaml"
    config.write_text(
        f"database: {sqlite_url}\ndata: {tmp_path}\n"
        f"oidc: {{issuer: '{provider.issuer}', client_id: {CLIENT}, name: ICPC account}}\n"
    )
    process = serving("desk", config)
    try:
        yield Desk(ready(process), store, browser, provider)
    finally:
        stop(process)
        provider.close()
        store.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    settled(page)


def test_somebody_is_invited_comes_in_changes_the_password_and_is_shown_the_door(desk: Desk) -> None:
    chloe = desk.sign_in("chloe")
    desk.open(chloe, "/people")
    chloe.get_by_text("Invite somebody").click()
    chloe.get_by_label("Name").fill("Eve")
    chloe.get_by_label("E-mail address").fill("eve@example.org")
    check(chloe)
    press(chloe, "Invite")
    expect(chloe.get_by_text("A link for Eve")).to_be_visible()
    address = chloe.get_by_test_id("stCode").inner_text().strip()
    check(chloe)
    press(chloe, "I have passed it on")
    expect(chloe.get_by_text("link is open")).to_be_visible()
    assert address not in chloe.content()

    eve = desk.visitor()
    eve.goto(address)
    check(eve)
    eve.get_by_label("New password").fill("six loud white geese")
    eve.get_by_role("button", name="Sign in").click()
    settled(eve)
    expect(eve.get_by_role("link", name="Eve")).to_be_visible()
    eve.goto(f"{desk.address}/password")
    eve.get_by_label("Password until now").fill("six loud white geese")
    eve.get_by_label("New password").fill("ten shy grey mice")
    eve.get_by_role("button", name="Change the password").click()
    settled(eve)
    expect(eve.get_by_text("Your password was changed")).to_be_visible()
    assert eve.context.new_page().goto(address).status == 404  # type: ignore[union-attr]  # it has been used

    desk.open(chloe, "/people")
    chloe.get_by_role("link", name="Eve").click()
    settled(chloe)
    press(chloe, "Sign out everywhere")
    eve.get_by_role("link", name="Triage").click()
    expect(eve.get_by_role("heading", name="You are signed out")).to_be_visible()
    expect(chloe.get_by_text("Nowhere at the moment.")).to_be_visible()


def test_a_role_is_given_and_the_last_admin_keeps_theirs(desk: Desk) -> None:
    chloe = desk.sign_in("chloe")
    desk.open(chloe, "/people?person=2")
    chloe.get_by_text("analyst", exact=True).click()
    settled(chloe)
    press(chloe, "Make Chloe analyst")
    expect(chloe.get_by_text("is the last admin")).to_be_visible()

    desk.open(chloe, "/people?person=1")
    chloe.get_by_text("editor", exact=True).click()
    settled(chloe)
    press(chloe, "Make Ana editor")

    assert [one.role for one in desk.store.people()] == [Role.EDITOR, Role.ADMIN]


def test_people_end_their_own_other_sign_ins(desk: Desk) -> None:
    first, second = desk.sign_in("ana"), desk.sign_in("ana")
    desk.open(second, "/account")
    expect(second.get_by_text("this one")).to_be_visible()
    press(second, "End it")

    first.reload()

    expect(first.get_by_role("heading", name="Sign in to the desk")).to_be_visible()
    expect(second.get_by_role("button", name="End it")).to_have_count(0)


def test_a_provider_on_another_site_lets_in_with_a_cookie_that_stays_strict(desk: Desk) -> None:
    ana = desk.visitor()
    ana.goto(f"{desk.address}/login")
    check(ana)

    ana.get_by_role("link", name="Sign in with ICPC account").click()
    ana.wait_for_url(f"{desk.address}/")
    settled(ana)

    expect(ana.get_by_role("link", name="Ana")).to_be_visible()
    cookies = {cookie["name"]: cookie for cookie in ana.context.cookies()}
    assert cookies["tracker_desk"]["sameSite"] == "Strict"
    assert "tracker_desk_flow" not in cookies


def test_the_audit_is_narrowed_down_and_saved_as_a_file_without_formulas(desk: Desk) -> None:
    desk.store.note("=cmd|' /C calc'!A0", "tried", "nothing", 1)
    chloe = desk.sign_in("chloe")
    desk.open(chloe, "/audit?what=signed+in")
    expect(chloe.get_by_text("chloe@example.org")).to_be_visible()
    expect(chloe.get_by_text("person added")).to_have_count(0)

    desk.open(chloe, "/audit")
    with chloe.expect_download() as saved:
        chloe.get_by_role("link", name="All these lines as a file (CSV)").click()
    lines = Path(saved.value.path()).read_text(encoding="utf-8-sig").splitlines()

    assert lines[0] == "id,at,who,what,subject,subject_id,before,after"
    assert any(",'=cmd|" in line for line in lines)
    assert sum(",person added," in line for line in lines) == 2


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_of_accounts_are_readable_by_everybody_on_every_screen(desk: Desk, width: int) -> None:
    page = desk.visitor(width=width, locale="fr-CA")
    page.goto(f"{desk.address}/login")
    check(page)
    desk.sign_in("chloe", page)
    for path in ("/people", "/people?person=1", "/audit", "/account"):
        desk.open(page, path)
        check(page)
    page.goto(f"{desk.address}/password")
    check(page)


def test_the_language_that_somebody_chose_is_there_the_next_time(desk: Desk) -> None:
    page = desk.sign_in("ana")
    page.get_by_text("FR", exact=True).click()
    expect(page.get_by_role("link", name="Tri", exact=True)).to_be_visible()
    settled(page)

    again = desk.sign_in("ana")

    expect(again.get_by_role("link", name="Tri", exact=True)).to_be_visible()
