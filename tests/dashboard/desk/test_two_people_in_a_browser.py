"""One initiative and two people: coded, doubted, mended, made harmless, public; merged with another, and taken back."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser import settled
from tests.dashboard.conftest import ready, serving, stop
from tests.dashboard.desk.test_in_a_browser import Desk, check, desk, press
from tests.makers import an_initiative
from tracker import review
from tracker.model import Contact, EvidenceRole, InitiativeState, Record, Wording

__all__ = ["desk"]  # the fixture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def drafted(desk: Desk, item: int, **changes: object) -> Record:
    ana = desk.store.people()[0]
    record = desk.store.add_initiative(an_initiative(**changes), ana, datetime.now(UTC), "1", sample=False)
    desk.store.add_evidence(record.id, item, ana, datetime.now(UTC), EvidenceRole.PRIMARY)
    return record


def sent(desk: Desk, item: int, **changes: object) -> Record:
    ana, record = desk.store.people()[0], drafted(desk, item, **changes)
    return review.submit(desk.store, ana, record.id, record.revision, ("en", "fr", "es"), datetime.now(UTC))


def at(desk: Desk, page: Page, path: str) -> None:
    page.goto(f"{desk.address}/{path}")
    settled(page)


def judged(page: Page, field: str, verdict: str) -> None:
    page.locator(f".st-key-judge-{field}").get_by_text(verdict, exact=True).click()
    settled(page)


def confirmed_and_approved(page: Page) -> None:
    page.get_by_text("It gives away no shelter's place").click()
    settled(page)
    page.get_by_text("The sources say what it says").click()
    settled(page)
    press(page, "Approve: make it public")


def test_two_people_bring_one_initiative_to_the_public_and_merge_another_into_it(desk: Desk, tmp_path: Path) -> None:
    number = "514 555-0143"
    text = f"It answers by text message. Call {number} to be met."
    first = sent(desk, 1, wordings={"en": Wording(title="Helpline by text", summary=text)})
    ana, ben = desk.sign_in("ana"), desk.sign_in("ben")

    # Ben doubts the title, in words, and sends it back; Ana reads which field and why, and mends it
    at(desk, ben, f"look?id={first.id}")
    judged(ben, "title_en", "Wrong")
    mend = ben.get_by_label("Title (English): what should be mended?")
    mend.fill("It is called Text Line")
    mend.press("Enter")
    settled(ben)
    expect(ben.get_by_text("Ben: It is called Text Line")).to_be_visible()
    press(ben, "Send back")
    at(desk, ana, f"initiative?id={first.id}")
    expect(ana.get_by_role("heading", name="To be mended")).to_be_visible()
    ana.get_by_label("Title (English)").fill("Text Line")
    press(ana, "Save and send")
    assert desk.store.record(first.id).state is InitiativeState.SECOND_LOOK

    # Ben is asked about the number, says what it is, and approves
    at(desk, ben, f"look?id={first.id}")
    expect(ben.locator(".d-harm mark")).to_have_text(number)
    expect(ben.get_by_role("button", name="Approve: make it public")).to_be_disabled()
    ben.get_by_text("A public help line", exact=True).click()
    settled(ben)
    expect(ben.get_by_text("A public help line, says Ben")).to_be_visible()
    confirmed_and_approved(ben)
    assert desk.store.record(first.id).state is InitiativeState.APPROVED

    # a second one of the same line is public too; Ben merges it into the first, and Ana approves that
    second = sent(desk, 2, wordings={"es": Wording(title="Línea de texto")}, countries=("CA", "MX"))
    at(desk, ben, f"look?id={second.id}")
    confirmed_and_approved(ben)
    at(desk, ben, f"merge?id={first.id}&with={second.id}")
    ben.get_by_label("Why the two are one").fill("the same line in Spanish")
    ben.get_by_label("Why the two are one").press("Enter")
    settled(ben)
    press(ben, f"Merge #{second.id} into #{first.id}")
    expect(ben.get_by_text(f"#{second.id} is merged into #{first.id}.")).to_be_visible()
    editor = next(one for one in desk.store.people() if one.name == "Ben")
    record = desk.store.record(first.id)
    review.submit(desk.store, editor, first.id, record.revision, ("en", "fr", "es"), datetime.now(UTC))
    at(desk, ana, f"look?id={first.id}")
    expect(ana.get_by_text("2 fields differ from what the public sees")).to_be_visible()
    ana.get_by_text("A public help line", exact=True).click()  # Ben, who merged, is a writer now: she is asked
    settled(ana)
    confirmed_and_approved(ana)

    # the public finds the second under the first; then Ben takes the merge back
    process = serving("public", tmp_path / "config.yaml")
    try:
        public = ready(process)
        with urllib.request.urlopen(f"{public}/api/initiatives/{first.id}") as answer:
            told = json.load(answer)
        assert (told["id"], told["countries"]) == (first.id, ["CA", "MX"])
        host = urlsplit(public)
        connection = HTTPConnection(str(host.hostname), host.port or 80)
        connection.request("GET", f"/api/initiatives/{second.id}")
        moved = connection.getresponse()
        connection.close()
        assert moved.status == 301
        assert str(moved.headers["Location"]).endswith(f"/api/initiatives/{first.id}")
        reader = ben.context.new_page()
        reader.goto(f"{public}/initiative?id={second.id}")
        expect(reader.get_by_text(f"Initiative {second.id} was merged into this one")).to_be_visible()
        at(desk, ben, f"initiative?id={second.id}")
        press(ben, "Take the merge back")
        ben.get_by_label("Reason").locator("visible=true").fill("two lines after all")
        press(ben, "Take it back")
        with urllib.request.urlopen(f"{public}/api/initiatives/{second.id}") as answer:
            assert json.load(answer)["id"] == second.id
    finally:
        stop(process)


def test_the_pages_of_the_second_look_are_readable_by_everybody_on_every_screen(desk: Desk) -> None:
    risky = {"en": Wording(title="A new shelter", summary="The shelter opened at 48 Maple Grove Road.")}
    one = sent(desk, 1, wordings=risky, contact=Contact(phone="514 555-0143"))
    other = drafted(desk, 2, wordings=risky, locality="Laval")
    for width in (1280, 390):
        page = desk.sign_in("ben", width=width)
        at(desk, page, f"look?id={one.id}")
        judged(page, "title_en", "Doubt")
        check(page)
        for path in (f"merge?id={one.id}&with={other.id}", f"initiative?id={other.id}", "again"):
            at(desk, page, path)
            check(page)


def test_a_verdict_is_given_with_the_keyboard_alone(desk: Desk) -> None:
    record = sent(desk, 1)
    page = desk.sign_in("ben")
    at(desk, page, f"look?id={record.id}")

    page.locator(".st-key-judge-title_en button").first.focus()
    page.keyboard.press("Enter")
    settled(page)

    assert [(one.field, one.verdict) for one in desk.store.field_comments(record.id)] == [("title_en", "fine")]
