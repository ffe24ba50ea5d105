"""Second coding, settling, coverage and the codebook as people meet them: blind, by keys, on every screen."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, expect

from tests.browser import PATIENCE_MS, settled, signed_in
from tests.dashboard.conftest import ready, serving, stop
from tests.makers import a_person, a_source
from tests.tracker.teaching import arrive, decide
from tracker import people, second_coding, taxonomy
from tracker.model import ItemState, Role, Verdict
from tracker.store import Store, open_store
from tracker.store.coverage import Searched
from tracker.store.second_coding import DRAWN_UNDER, Coding

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "four quiet brown horses"
IN = Coding(verdict=Verdict.INCLUDE, issues=("domestic_violence",), countries=("CA",))
OUT = Coding(verdict=Verdict.EXCLUDE, reason="outside_issues")


@dataclass
class Room:
    address: str
    store: Store
    browser: Browser
    items: list[int]

    def sign_in(self, name: str, path: str, *, width: int = 1280) -> Page:
        page = signed_in(self.browser, self.address, name, PASSWORD, width=width)
        page.goto(f"{self.address}/{path}")
        settled(page)
        return page


@pytest.fixture
def room(sqlite_url: str, tmp_path: Path, browser: Browser) -> Iterator[Room]:
    """The real process: Ana has decided six items, Chloe has coded four of them alike, two are still to be coded."""
    store, now = open_store(sqlite_url), datetime.now(UTC) - timedelta(hours=2)
    store.register([a_source()])
    ana = people.add(store, a_person(), PASSWORD, "test")
    people.add(store, a_person(email="ben@example.org", name="Ben", role=Role.EDITOR), PASSWORD, "test")
    chloe = people.add(store, a_person(email="chloe@example.org", name="Chloe"), PASSWORD, "test")
    wanted = [True, False, True, False, False, True, False]
    items = arrive(store, a_source(), wanted, now)
    with store.writing() as db:
        db.exec_driver_sql("UPDATE item SET second_lot = id")
        db.execute(sa.text("UPDATE item SET second_lot = :lot WHERE id = :id"), {"lot": DRAWN_UNDER, "id": items[-1]})
    made = decide(store, ana, items, wanted, now)
    for decision, so in list(zip(made, wanted, strict=True))[:4]:
        coding = IN if so else OUT
        second_coding.code(store, taxonomy.load(), chloe, decision.item_id, decision.id, coding, now)
    config = tmp_path / "config.yaml"
    config.write_text(f"database: {sqlite_url}\ndata: {tmp_path}\n")
    process = serving("desk", config)
    try:
        yield Room(ready(process), store, browser, items)
    finally:
        stop(process)
        store.close()


def check(page: Page) -> None:
    expect(page.get_by_test_id("stToast")).to_have_count(0)  # Streamlit's own: a dialog without a name, for seconds
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def press(page: Page, key: str, then: str) -> None:
    """Presses a key until the page says something; one while it is drawn anew is lost, and a person presses again."""
    shown = page.get_by_text(then)
    for _ in range(3):
        page.keyboard.press(key)
        try:
            shown.first.wait_for(timeout=10_000)
        except Error:
            continue
        break
    settled(page)
    expect(shown.first).to_be_visible(timeout=PATIENCE_MS)


def tile(page: Page, name: str) -> str:
    return page.locator(".d-glance li", has_text=name).inner_text()


def test_two_code_without_each_other_differ_and_an_editor_settles_it(room: Room) -> None:
    ben = room.sign_in("ben", "quality")
    assert "1" in tile(ben, "Agreement").splitlines()  # kappa, of four alike

    chloe = room.sign_in("chloe", "second")
    expect(chloe.get_by_role("heading", name="Football in town4")).to_be_visible()
    expect(chloe.get_by_text("Ana", exact=True)).to_have_count(0)
    press(chloe, "a", "The city of town5 opens")  # Ana has left it out
    chloe.get_by_role("button", name="Exclude …").click()
    chloe.get_by_role("button", name="Tells the problem").click()
    expect(chloe.get_by_text("Nothing to code again.")).to_be_visible(timeout=PATIENCE_MS)
    assert [one.second.verdict for one in room.store.twice()][-2:] == [Verdict.INCLUDE, Verdict.EXCLUDE]
    assert room.store.item(room.items[4], datetime.now(UTC)).item.state is ItemState.EXCLUDED

    ben.reload()
    settled(ben)
    assert "0.33" in tile(ben, "Agreement")  # (4/6 − 1/2) / (1 − 1/2)
    assert "2" in tile(ben, "To be settled").splitlines()

    ben.get_by_role("link", name="To be settled").click()
    settled(ben)
    ben.get_by_text("To settle 2").click()
    settled(ben)
    card = ben.locator("[class*=st-key-card-settle-]").first
    expect(card.get_by_text("out: Outside the issues of the tracker")).to_be_visible()
    expect(ben.get_by_text("Chloe")).to_have_count(0)
    card.get_by_text("Settle it").click()
    card.get_by_text("The second").click()
    settled(ben)
    card.get_by_label("Why (everybody reads it").fill("It opens a line for victims.")
    card.get_by_role("button", name="Keep this").click()
    expect(ben.get_by_text("To settle 1")).to_be_visible(timeout=PATIENCE_MS)
    settled(ben)
    ben.get_by_text("Settled 1").click()

    expect(ben.get_by_role("columnheader", name="Chloe").first).to_be_visible(timeout=PATIENCE_MS)
    expect(ben.get_by_text("It opens a line for victims.")).to_be_visible()
    assert room.store.item(room.items[4], datetime.now(UTC)).item.state is ItemState.INCLUDED
    with ben.expect_download() as download:
        ben.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(download.value.path().read_text(encoding="utf-8").splitlines()))
    assert [row["by"] for row in rows].count("editor") == 1


def test_an_exclusion_by_one_is_put_back_by_a_key(room: Room) -> None:
    with room.store.writing() as db:
        db.execute(sa.text("UPDATE item SET second_lot = :lot"), {"lot": DRAWN_UNDER})
    chloe = room.sign_in("chloe", "excluded")
    expect(chloe.get_by_text("4 wait for you.")).to_be_visible()

    press(chloe, "b", "3 wait for you.")
    press(chloe, "x", "2 wait for you.")

    assert room.store.looked() == (2, 1)
    assert room.store.queue_by("state")["waiting"] == 1


def test_coverage_is_set_for_a_region_and_shown(room: Room) -> None:
    ana = room.sign_in("ana", "coverage")

    ana.get_by_text("Say what was searched").click()
    settled(ana)
    ana.get_by_role("combobox", name="and all countries of these regions").fill("Central")
    ana.get_by_role("option", name="Central America").click()
    ana.keyboard.press("Escape")
    ana.get_by_label("How and where you have looked").fill("news in Spanish")
    ana.get_by_role("button", name="Keep it").click()
    expect(ana.get_by_role("rowheader", name="Panama")).to_be_visible(timeout=PATIENCE_MS)
    settled(ana)

    lines = room.store.coverage_lines(datetime.now(UTC).date().replace(day=1), datetime.now(UTC).date())
    assert {line.state for line in lines.values()} == {Searched.SEARCHED}
    assert len(lines) == 8
    expect(ana.get_by_text("8 cells searched (8 of them with nothing found)")).to_be_visible()


def test_the_new_pages_are_readable_by_everybody_on_every_screen_and_ask_nobody_else(room: Room) -> None:
    chloe = next(person for person in room.store.people() if person.name == "Chloe")
    opened = second_coding.open_next(room.store, chloe, datetime.now(UTC))
    assert opened is not None
    second_coding.code(room.store, taxonomy.load(), chloe, opened.item.id, opened.decision_id, IN, datetime.now(UTC))
    for width in (1280, 390):
        page = room.sign_in("ben", "quality", width=width)
        outside: list[str] = []
        page.on("request", lambda request: outside.append(request.url))  # noqa: B023  read in the same turn
        for path in ("quality", "second", "excluded", "coverage", "codebook", "codebook?code=A1"):
            page.goto(f"{room.address}/{path}")
            settled(page)
            check(page)
            for name in ("To settle 1", "Settle it", "Something else", "Say what was searched", "By pair (only"):
                if page.get_by_text(name).count():
                    page.get_by_text(name).first.click()
                    settled(page)
                    check(page)
        assert [url for url in outside if not url.startswith((room.address, "data:", "blob:"))] == []
