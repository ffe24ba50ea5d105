"""Coding as an analyst does it: by keyboard alone, with nothing lost, and two people on one draft."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import settled, signed_in
from tests.dashboard.conftest import ready, serving, stop
from tests.makers import a_decision, a_person, a_source, an_entry, an_initiative
from tests.waiting import PATIENCE
from tracker import intake, people, review, taxonomy
from tracker.model import EvidenceRole, InitiativeState, Person, Record, Role
from tracker.store import Store, open_store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "four quiet brown horses"
STORY = (
    "The government of Quebec opens a telephone helpline for women who live with violence by their partner during the "
    "COVID-19 lockdown. Counsellors answer day and night, and the police refer victims to shelters."
)


@dataclass
class Desk:
    address: str
    store: Store
    browser: Browser
    config: Path
    process: Any
    people: dict[str, Person] = field(default_factory=dict)

    def sign_in(self, name: str, path: str, *, width: int = 1280) -> Page:
        page = signed_in(self.browser, self.address, name, PASSWORD, width=width)
        page.goto(f"{self.address}{path}")
        drawn(page)
        return page

    def include(self, item_id: int, name: str = "ana", **chosen: Any) -> Record:
        """A draft that nobody has coded, from an item that this person has included."""
        person, now = self.people[name], datetime.now(UTC)
        decision = a_decision(
            key=f"include-{item_id}", item_id=item_id, person_id=person.id, at=now,
            **{"issues": (), "countries": (), **chosen},
        )  # fmt: skip
        made = review.decide(self.store, taxonomy.load(), person, decision)
        assert made.initiative_id is not None
        return self.store.record(made.initiative_id)

    def restart(self) -> None:
        """Ends the server at once and starts another one at the same address."""
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)
        port = str(urlsplit(self.address).port)
        self.process = serving("desk", self.config, "--port", port)
        ready(self.process)


@pytest.fixture
def desk(migrated_sqlite: Path, sqlite_url: str, tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    """The real process over a store with two items that wait, an analyst and an editor."""
    store = open_store(sqlite_url)
    store.register([a_source(country="CA")])
    told = [
        an_entry(url=f"https://families.example.org/{number}", guid=None, title=title, text=STORY)
        for number, title in enumerate(("Helpline for women opens in Quebec", "Court hears cases by video"))
    ]
    intake.take_in(store, a_source(country="CA"), told, datetime.now(UTC))
    team = {
        "ana": people.add(store, a_person(), PASSWORD, "test"),
        "ben": people.add(store, a_person(email="ben@example.org", name="Ben", role=Role.EDITOR), PASSWORD, "test"),
    }
    config = tmp_path / "config.yaml"
    config.write_text(f"database: {sqlite_url}\ndata: {tmp_path}\n")
    process = serving("desk", config)
    made = Desk(ready(process), store, browser, config, process, team)
    try:
        yield made
    finally:
        stop(made.process)
        store.close()


def drawn(page: Page) -> None:
    """Waits until the whole form is there."""
    expect(page.locator(".st-key-coding-bar").get_by_role("button", name="Save and send")).to_be_visible()
    settled(page)


def focus(page: Page) -> str:
    """The label of the field that the keyboard is in."""
    said: str = page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText || ''")
    return said


def tab_to(page: Page, label: str) -> None:
    for _ in range(90):
        if focus(page) == label:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {label!r}; it is in {focus(page)!r}")


def choose(page: Page, label: str, words: str) -> None:
    """Picks a code by typing some of its name."""
    page.get_by_label("Title (English)").focus()
    tab_to(page, label)
    page.keyboard.type(words)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    settled(page)


def kept(page: Page) -> None:
    """Waits until the page says that what was typed is kept."""
    expect(page.locator(".st-key-coding-bar").get_by_text("Kept as yours")).to_be_visible()
    settled(page)


def check(page: Page) -> None:
    expect(page.get_by_test_id("stToast")).to_have_count(0)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_an_included_item_is_coded_by_keyboard_alone(desk: Desk) -> None:
    draft, other = desk.include(1, issues=("domestic_violence",)), desk.include(2)
    page = desk.sign_in("ana", f"/initiative?id={draft.id}")
    # The keyboard begins in the first field; the source's words and what they suggest stand there already.
    expect(page.get_by_label("Title (English)")).to_be_focused()
    expect(page.get_by_label("Title (English)")).to_have_value("Helpline for women opens in Quebec")
    assert "suggested" in page.locator("[class*='-countries']").first.inner_text()

    tab_to(page, "Title (French)")
    page.keyboard.type("Une ligne d'écoute ouvre au Québec")
    tab_to(page, "Summary (French)")
    page.keyboard.type("Des intervenantes répondent jour et nuit.")
    kept(page)
    tab_to(page, "Start")
    page.keyboard.type("2020-13")
    problem = page.locator("#said-code-1-1-start")
    expect(problem).to_contain_text("“2020-13” is no date")
    start = page.get_by_label("Start", exact=True)
    expect(start).to_have_attribute("aria-describedby", "said-code-1-1-start")
    expect(start).to_have_attribute("aria-invalid", "true")

    # A reload in the middle loses nothing, not even what is wrong.
    page.reload()
    drawn(page)
    expect(page.get_by_label("Summary (French)")).to_have_value("Des intervenantes répondent jour et nuit.")
    expect(page.get_by_label("Start", exact=True)).to_have_value("2020-13")

    # What cannot be understood is not saved: the keyboard is brought to it.
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Start", exact=True)).to_be_focused()
    assert desk.store.record(draft.id).revision == 1
    page.keyboard.press("Control+a")
    page.keyboard.type("2020-04-06")
    expect(page.get_by_text("understood as 6 April 2020")).to_be_visible()
    for label, words in (("For whom", "child"), ("Provinces, states, regions", "queb"), ("Reach", "subn")):
        choose(page, label, words)

    page.keyboard.press("Control+Shift+Enter")
    settled(page)

    record = desk.store.record(draft.id)
    content = record.initiative
    assert (record.state, record.revision) == (InitiativeState.SECOND_LOOK, 2)
    assert content.wordings["fr"].summary == "Des intervenantes répondent jour et nuit."
    assert str(content.start) == "2020-04-06"
    assert "CA-QC" in content.subdivisions
    assert content.issues[0] == "domestic_violence"
    assert content.types

    # The next draft is one key away.
    page.keyboard.press("n")
    settled(page)
    expect(page.get_by_role("heading", name="Court hears cases by video", level=1)).to_be_visible()
    assert page.url.endswith(f"id={other.id}")


def test_two_people_on_one_draft_are_told_and_nothing_of_either_is_lost(desk: Desk) -> None:
    draft = desk.include(1)
    path = f"/initiative?id={draft.id}"
    ana, ben = desk.sign_in("ana", path), desk.sign_in("ben", path)
    ana.get_by_label("Town or area").fill("Laval")
    kept(ana)
    ben.get_by_label("Town or area").fill("Gatineau")
    ben.get_by_label("Telephone").fill("555-0100")
    kept(ben)
    ben.keyboard.press("Control+Enter")
    settled(ben)
    assert desk.store.record(draft.id).initiative.locality == "Gatineau"

    ana.get_by_label("Recipients").fill("Shelters")
    told = ana.get_by_role("heading", name="Ben saved revision 2 while you were typing on revision 1")
    expect(told).to_be_focused()
    check(ana)
    ana.get_by_role("button", name="Put mine on top").click()
    settled(ana)
    expect(ana.get_by_label("Town or area")).to_have_value("Laval")
    expect(ana.get_by_label("Telephone")).to_have_value("555-0100")
    ana.get_by_role("button", name=re.compile("^Save(?! and)")).click()
    settled(ana)

    content = desk.store.record(draft.id).initiative
    assert (content.locality, content.contact.phone, content.recipients) == ("Laval", "555-0100", "Shelters")


def test_what_is_typed_lives_through_a_restart_of_the_server(desk: Desk) -> None:
    draft = desk.include(1)
    page = desk.sign_in("ana", f"/initiative?id={draft.id}")
    page.get_by_label("Town or area").fill("Laval")
    kept(page)

    desk.restart()
    connected = page.locator("[data-testid=stApp][data-test-connection-state=CONNECTED]")
    expect(connected).to_be_visible(timeout=60_000)
    settled(page)
    page.get_by_label("Telephone").fill("555-0100")
    page.keyboard.press("Tab")
    expect(page.locator(".st-key-coding-bar").get_by_text("Kept as yours")).to_be_visible()
    settled(page)
    page.reload()
    drawn(page)

    expect(page.get_by_label("Town or area")).to_have_value("Laval")
    expect(page.get_by_label("Telephone")).to_have_value("555-0100")


def test_a_sign_in_that_ended_keeps_what_was_typed_for_the_next_one(desk: Desk) -> None:
    draft = desk.include(1)
    page = desk.sign_in("ana", f"/initiative?id={draft.id}")
    page.get_by_label("Town or area").fill("Laval")
    kept(page)
    page.get_by_role("link", name="Sign out").click()

    again = desk.sign_in("ana", f"/initiative?id={draft.id}")

    expect(again.get_by_label("Town or area")).to_have_value("Laval")


def test_the_source_stays_beside_what_is_written_on_a_wide_screen(desk: Desk) -> None:
    page = desk.sign_in("ana", f"/initiative?id={desk.include(1).id}")

    page.get_by_label("Challenges").scroll_into_view_if_needed()

    expect(page.locator(".st-key-coding-side .d-text")).to_be_in_viewport()
    expect(page.locator(".st-key-coding-bar")).to_be_in_viewport()


def test_the_form_is_readable_by_everybody_on_every_screen(desk: Desk) -> None:
    draft = desk.include(1)
    now = datetime.now(UTC)
    coded = desk.store.add_initiative(an_initiative(locality="Laval"), desk.people["ana"], now, "1", sample=False)
    desk.store.add_evidence(coded.id, 2, desk.people["ana"], now, EvidenceRole.PRIMARY)
    for width in (1280, 390):
        page = desk.sign_in("ana", f"/initiative?id={draft.id}", width=width)
        check(page)
        page.get_by_label("Start", exact=True).fill("2020-13")
        expect(page.locator("p.d-problem")).to_be_visible()
        check(page)
        page.goto(f"{desk.address}/initiative?id={coded.id}")
        drawn(page)
        check(page)
        if width == 390:
            page.goto(f"{desk.address}/initiative?id={draft.id}")
            drawn(page)
            page.get_by_text("What the sources say").first.click()
            expect(page.locator(".d-narrow .d-text")).to_be_in_viewport()
            small = [
                box["height"]
                for button in page.locator(".st-key-coding-bar button").all()
                if (box := button.bounding_box()) and box["height"] < 44
            ]
            assert small == []
