"""Finding something, giving it to a colleague, and the colleague who is told: with two people in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from dashboard.desk.surface import keys
from tests.browser import settled
from tests.dashboard.desk.test_in_a_browser import Desk, check, desk, press
from tests.makers import a_decision, a_source, an_initiative
from tracker import intake, review, tasks, taxonomy
from tracker.model import Entry, Verdict

__all__ = ["desk"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def exclude(desk: Desk) -> int:
    """An item in French that Ben has excluded; its number."""
    entry = Entry(
        url="https://families.example.org/refuge",
        title="Un refuge ouvre à Québec",
        text="L'hébergement d'urgence accueille des femmes victimes de violence conjugale.",
    )
    intake.take_in(desk.store, a_source(), [entry], datetime.now(UTC))
    number = desk.store.item_by_address("https://families.example.org/refuge") or 0
    ben = next(person for person in desk.store.people() if person.name == "Ben")
    decision = a_decision(
        item_id=number,
        person_id=ben.id,
        at=datetime.now(UTC),
        verdict=Verdict.EXCLUDE,
        reason="opinion",
        note="Tribune",
    )
    review.decide(desk.store, taxonomy.load(), ben, decision)
    return number


def go_to(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()
    settled(page)


def test_an_excluded_item_is_found_opened_and_brought_back_then_given_to_a_colleague_who_is_told(desk: Desk) -> None:
    number = exclude(desk)
    ben = desk.sign_in("ben")
    go_to(ben, "Search")

    # Found by words without their accents; the key / comes to the field.
    ben.locator("h1").click()
    ben.keyboard.press("/")
    ben.keyboard.type("hebergement quebec")
    ben.keyboard.press("Enter")
    settled(ben)
    expect(ben.get_by_role("status").filter(has_text="1 found")).to_be_visible()
    expect(ben.locator("mark", has_text="hébergement")).to_be_visible()
    expect(ben.get_by_text("Excluded (Opinion)")).to_be_visible()
    assert "text=hebergement+quebec" in ben.url

    # Kept under a name.
    press(ben, "Saved filters")
    ben.get_by_label("Keep this filter as").fill("Refuges in Québec")
    ben.keyboard.press("Enter")
    settled(ben)
    ben.get_by_role("button", name="Keep", exact=True).click()
    settled(ben)
    assert [one.name for one in desk.store.saved_filters("search", 2)] == ["Refuges in Québec"]
    ben.keyboard.press("Escape")

    # Given to Ana.
    ben.get_by_text("Choose several").click()
    settled(ben)
    press(ben, "Choose all")
    press(ben, "Assign 1 …")
    ben.get_by_label("To", exact=True).click()
    ben.get_by_role("option", name="Ana").click()
    settled(ben)
    ben.get_by_label("Note (may stay empty)").fill("Is it really only an opinion?")
    ben.get_by_role("button", name="Assign", exact=True).click()
    settled(ben)
    expect(ben.get_by_text("assigned to Ana: Is it really only an opinion?")).to_be_visible()

    # Opened, and its exclusion taken back.
    ben.keyboard.press("Escape")
    ben.get_by_role("button", name="Open").first.click()
    settled(ben)
    expect(ben.get_by_role("heading", name="Un refuge ouvre à Québec")).to_be_visible()
    ben.get_by_role("button", name="Take this decision back").click()
    settled(ben)
    assert desk.store.item(number, datetime.now(UTC)).item.state == "waiting"

    # Ana sees that there is something new, what it is, and opens it; then it is new no more.
    ana = desk.sign_in("ana")
    go_to(ana, "For you (1)")
    expect(ana.get_by_text("Ben assigned this to you")).to_be_visible()
    expect(ana.get_by_role("heading", name="1 to do")).to_be_visible()
    check(ana)
    ana.get_by_role("button", name="Open").last.click()
    settled(ana)
    expect(ana.get_by_role("link", name="For you", exact=True)).to_be_visible()
    assert ana.url.startswith(f"{desk.address}/triage") or ana.url == f"{desk.address}/"


def test_the_key_for_searching_is_ones_own_and_none_where_single_keys_are_off(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    number = next(person.id for person in desk.store.people() if person.name == "Ana")
    for path, label in (("search", "Search in everything"), ("initiatives", "Words in it")):
        for chosen, works, does_not in (({"keys": {"search": "q"}}, "q", "/"), ({"on": False}, None, "/")):
            keys.keep(desk.store, number, chosen)
            ana.goto(f"{desk.address}/{path}")
            settled(ana)
            field = ana.get_by_label(label)
            ana.locator("h1").click()
            ana.keyboard.press(does_not)
            expect(field).not_to_be_focused()
            if works:
                ana.keyboard.press(works)
                expect(field).to_be_focused()


def test_a_link_with_codes_opens_the_same_search_for_a_colleague(desk: Desk) -> None:
    exclude(desk)
    ana = desk.sign_in("ana")

    ana.goto(f"{desk.address}/search?text=refuge&state=excluded&reason=opinion")
    settled(ana)

    expect(ana.get_by_role("status").filter(has_text="1 found")).to_be_visible()
    expect(ana.get_by_role("button", name="Filter: 1")).to_be_visible()


def test_the_pages_are_readable_by_everybody_on_every_screen(desk: Desk) -> None:
    exclude(desk)
    ana = desk.store.people()[0]
    desk.store.add_initiative(an_initiative(), ana, datetime.now(UTC), "1", sample=False)
    tasks.assign(desk.store, desk.store.people()[1], "item", [1, 2], ana.id, datetime.now(UTC), note="for today")
    for width in (1280, 390):
        page = desk.sign_in("ana", width=width)
        for path in ("search?text=helpline OR refuge", "search", "initiatives", "for-you", "activity"):
            page.goto(f"{desk.address}/{path}")
            settled(page)
            expect(page.locator("h1.d-h1")).to_be_visible()
            check(page)
        page.goto(f"{desk.address}/search?text=helpline")
        settled(page)
        page.get_by_text("Choose several").click()
        settled(page)
        press(page, "Choose all")
        press(page, "Assign 6 …")
        check(page)
