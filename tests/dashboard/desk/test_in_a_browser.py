"""The desk as its people meet it: decisions by button and key, undo, who else is here, and readable by everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import PATIENCE_MS, settled, signed_in
from tests.collectors.conftest import Reply, Web, feed_of
from tests.dashboard.conftest import ready, serving, stop
from tests.makers import NOW, a_person, a_source, an_entry, an_initiative, asked, entries
from tests.tracker.test_translation import ENGLISH, FRENCH
from tracker import intake, people, review, tongues
from tracker.conduct import Condition, Conduct
from tracker.model import EvidenceRole, Fetch, ItemState, Keeper, Outcome, Role
from tracker.store import Store, open_store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "four quiet brown horses"


@dataclass
class Desk:
    address: str
    store: Store
    browser: Browser

    def sign_in(self, name: str, *, width: int = 1280) -> Page:
        return signed_in(self.browser, self.address, name, PASSWORD, width=width)


@pytest.fixture
def desk(migrated_sqlite: Path, sqlite_url: str, tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    """The real process over a store with five waiting items, and two analysts."""
    store = open_store(sqlite_url)
    store.register([a_source()])
    intake.take_in(store, a_source(), entries(5), datetime.now(UTC))
    with store.writing() as db:
        db.exec_driver_sql("UPDATE item SET lot = id")  # an item that is drawn by chance is the next one anyway
    people.add(store, a_person(), PASSWORD, "test")
    people.add(store, a_person(email="ben@example.org", name="Ben", role=Role.EDITOR), PASSWORD, "test")
    config = tmp_path / "config.yaml"
    config.write_text(
        f"database: {sqlite_url}\ndata: {tmp_path}\n"
        "collect: {allow_networks: [127.0.1.0/24], per_host_delay_seconds: 0.01, timeout_seconds: 5}\n"
    )
    process = serving("desk", config)
    try:
        yield Desk(ready(process), store, browser)
    finally:
        stop(process)
        store.close()


@pytest.fixture
def web() -> Iterator[Web]:
    """A web of our own on loopback, for sources that are tried."""
    made = Web()
    yield made
    made.close()


def saved(page: Page) -> None:
    """Waits until the surface has sent everything, and it is known to be kept."""
    expect(page.locator(".status[data-unsent='0']")).to_have_text("All saved", timeout=PATIENCE_MS)


def skip_to(page: Page, title: str) -> None:
    """Looks at one item after the other until this one is on show."""
    expect(page.locator("h2.title")).to_be_visible(timeout=PATIENCE_MS)
    for _ in range(12):
        if (seen := heading(page)) == title:
            return
        page.get_by_role("button", name="Skip without deciding").click()
        expect(page.locator("h2.title")).not_to_have_text(seen, timeout=PATIENCE_MS)
    pytest.fail(f"{title} does not come")


def heading(page: Page) -> str:
    return page.locator("h2.title").inner_text()


def test_every_page_is_readable_by_everybody_on_every_screen_and_asks_nobody_else(desk: Desk) -> None:
    for width in (1280, 390):
        page = desk.sign_in("ben", width=width)
        outside: list[str] = []
        page.on("request", lambda request: outside.append(request.url))  # noqa: B023  read in the same turn
        if width == 1280:
            page.get_by_role("button", name="New initiative").click()
            page.get_by_role("button", name="Code #").click()
            expect(page.get_by_role("button", name="Save and send").first).to_be_visible()
            settled(page)
            check(page)
        for name in ("Triage", "Table", "Initiatives", "Sources", "Quality", "Look again", "Words", "Activity"):
            if name in ("Look again", "Words", "Activity"):
                page.get_by_role("button", name="More").click()
            page.get_by_role("link", name=name).click()
            settled(page)
            check(page)
        assert [url for url in outside if not url.startswith((desk.address, "data:", "blob:"))] == []


def check(page: Page) -> None:
    expect(page.get_by_test_id("stToast")).to_have_count(0)  # Streamlit's own: a dialog without a name, for seconds
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


# ------------------------------------------------------------------------------------------------------------ sources


def sources_page(desk: Desk, name: str = "ben", *, width: int = 1280, query: str = "") -> Page:
    page = desk.sign_in(name, width=width)
    page.goto(f"{desk.address}/sources{query}")
    settled(page)
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()
    settled(page)


def test_a_source_that_is_gone_is_told_in_words_and_an_editor_has_it_asked_again(desk: Desk) -> None:
    fetch = Fetch(source_id="ministry-en", at=NOW, outcome=Outcome.HTTP_ERROR, status=410)
    asked(desk.store, fetch, conduct=Conduct(condition=Condition.GONE, condition_since=NOW))
    ben = sources_page(desk)

    expect(ben.get_by_text("Removed for good (410): it is not asked any more.")).to_be_visible()
    press(ben, "Reopen")

    assert desk.store.conducts()["ministry-en"].condition is Condition.OK


def test_a_story_is_shown_with_what_differs_and_a_person_splits_and_joins_it(desk: Desk) -> None:
    agency = a_source(id="agency", name="Agency", url="https://agency.example.org/feed")
    desk.store.register([a_source(), agency])
    longer = entries(1)[0].but(url="https://agency.example.org/1", guid=None)
    intake.take_in(desk.store, agency, [longer.but(text=f"{longer.text} Unions welcome it.")], datetime.now(UTC))
    page = desk.sign_in("ana")
    skip_to(page, "Town number 0 opens a helpline")

    page.get_by_text("One story, 2 items").click()
    expect(page.get_by_text("100 % the same words")).to_be_visible()
    expect(page.locator("ins", has_text="Unions welcome it.")).to_be_visible()
    split = page.get_by_role("button", name="Not the same story")
    for _ in range(3):  # a press while the page is drawn anew is lost, and an analyst presses again
        if split.count():
            split.click()
            settled(page)
    expect(page.get_by_text("One story, 2 items")).to_have_count(0)
    assert desk.store.item(6, NOW).item.state is ItemState.WAITING

    page.get_by_role("button", name="Same story …").click()
    page.get_by_label("Words of the other item, or its number").fill("#6")
    page.get_by_role("button", name="#6 Town number 0").click()
    page.get_by_text("One story, 2 items").click()
    expect(page.get_by_text("joined by Ana")).to_be_visible()


def test_what_may_be_the_same_is_offered_and_joined_with_one_button(desk: Desk) -> None:
    store, now = desk.store, datetime.now(UTC)
    town, gazette = a_source(id="town"), a_source(id="gazette", language="fr")
    store.register([town, gazette])
    for source, told in ((town, ENGLISH), (gazette, FRENCH)):
        entry = an_entry(
            url=f"https://{source.id}.example.org/7", guid=None, title=told.title, text=told.text, published=now
        )
        intake.take_in(store, source, [entry], now)
    review.open_item(store, store.people()[1], 7, now)  # so that the translation is not joined by itself
    tongues.make(store, now)
    store.release_claims(store.people()[1].id)
    page = desk.sign_in("ana")
    skip_to(page, ENGLISH.title)

    page.get_by_role("button", name="Same story as #7").click()
    saved(page)

    assert store.item(7, now).item.copy_of == 6

    skip_to(page, ENGLISH.title)
    page.get_by_role("button", name="New initiative").click()
    saved(page)
    expect(page.get_by_text("May be the same initiative:")).to_be_hidden()
    again = an_entry(url="https://town.example.org/8", guid=None, title=ENGLISH.title, text="It is open since Monday.")
    intake.take_in(store, town, [again], now)
    tongues.make(store, now)
    page.reload()
    settled(page)
    skip_to(page, ENGLISH.title)

    page.get_by_role("button", name="Evidence for #1").click()
    saved(page)

    assert store.item(8, now).item.state is ItemState.INCLUDED


def test_a_move_is_accepted_with_one_button_and_stands_in_the_history(desk: Desk) -> None:
    moving = Conduct(moving_to="https://new.example.org/feed", moving_seen=1)
    asked(desk.store, Fetch(source_id="ministry-en", at=NOW, outcome=Outcome.OK), conduct=moving)
    ben = sources_page(desk)

    expect(ben.get_by_text("It has moved to https://new.example.org/feed.")).to_be_visible()
    press(ben, "Accept the new address")
    ben.get_by_text("Working 1").click()
    settled(ben)
    ben.get_by_role("link", name="Ministry of Families").click()
    settled(ben)

    assert desk.store.watched()[0].source.url == "https://new.example.org/feed"
    moved = "Moved from https://families.example.org/news.xml to https://new.example.org/feed"
    expect(ben.get_by_text(moved)).to_be_visible()


def test_an_analyst_reads_of_troubles_and_changes_nothing(desk: Desk) -> None:
    asked(desk.store, Fetch(source_id="ministry-en", at=NOW, outcome=Outcome.HTTP_ERROR, status=401))

    ana = sources_page(desk, "ana")
    expect(ana.get_by_text("It now asks for a login.")).to_be_visible()
    names = ana.get_by_test_id("stMain").get_by_role("button").all_inner_texts()
    ana.goto(f"{desk.address}/sources?do=add")
    settled(ana)

    assert not {"Pause it", "Add a source"} & {name.strip() for name in names}
    expect(ana.get_by_label("Address")).to_have_count(0)


def test_a_page_is_tried_its_best_feed_is_chosen_and_kept_as_a_source(desk: Desk, web: Web) -> None:
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in ("/comments/feed", "/news.xml")
    )
    web.pages |= {
        "/": Reply(f"<html><head>{links}</head><body><p>Hello</p></body></html>".encode()),
        "/news.xml": Reply(feed_of("A <b>shelter</b> opens", "Helpline")),
        "/comments/feed": Reply(feed_of("Comment on: A shelter")),
    }
    ben = sources_page(desk)

    press(ben, "Add a source")
    ben.get_by_label("Address").fill(web.url("/"))
    ben.get_by_label("Name", exact=True).fill("Ligue des droits")
    press(ben, "Try it")
    offered = ben.get_by_role("button", name="Use this address")
    expect(offered).to_have_count(2, timeout=60_000)
    check(ben)
    offered.first.click()
    settled(ben)
    expect(ben.get_by_label("Address")).to_have_value(web.url("/news.xml"))
    press(ben, "Add it")
    expect(ben.get_by_role("heading", name="Ligue des droits")).to_be_visible()
    press(ben, "Pause")
    expect(ben.get_by_role("button", name="Resume")).to_be_visible()

    [of] = desk.store.watched(["ligue-des-droits"])
    assert (of.source.url, of.origin, of.paused) == (web.url("/news.xml"), Keeper.DESK, True)
    assert desk.store.source_counts(datetime.now(UTC)).keys() == {"ministry-en"}  # a trial stores nothing


def test_what_is_wrong_in_the_form_is_told_by_field_and_what_is_right_is_kept(desk: Desk) -> None:
    desk.store.add_source(a_source(id="ours", name="Ours", url="https://ours.example.org/feed"), "ben@example.org")
    ben = sources_page(desk, query="?source=ours")

    press(ben, "Edit")
    ben.get_by_role("textbox", name="Asked every").fill("often")
    press(ben, "Keep the changes")
    expect(ben.get_by_text("every: ")).to_be_visible()
    ben.get_by_role("textbox", name="Asked every").fill("6h")
    ben.get_by_label("Expected a week, at least").fill("2")
    press(ben, "Keep the changes")
    expect(ben.get_by_text("from 2 to …")).to_be_visible()

    source = desk.store.watched(["ours"])[0].source
    assert (source.every, source.expect.at_least) == ("6h", 2)


def test_what_config_yaml_says_cannot_be_edited_at_the_desk(desk: Desk) -> None:
    ben = sources_page(desk, query="?source=ministry-en&do=edit")

    expect(ben.get_by_text("This source is written in config.yaml")).to_be_visible()
    expect(ben.get_by_role("button", name="Edit")).to_have_count(0)


def test_a_failure_of_our_own_network_stands_above_the_sources(desk: Desk) -> None:
    desk.store.network_fails(12, 40, NOW)
    page = sources_page(desk, "ana")

    expect(page.get_by_text("12 of 40 sources gave no answer.")).to_be_visible()


def test_the_pages_of_a_source_are_readable_by_everybody_on_every_screen(desk: Desk) -> None:
    for days, outcome in ((3, Outcome.OK), (2, Outcome.TIMEOUT), (0, Outcome.OK)):
        fetch = Fetch(
            source_id="ministry-en", at=datetime.now(UTC) - timedelta(days=days), outcome=outcome, duration_ms=12_345,
            error="https://families.example.org/" + "x" * 90 if outcome is Outcome.TIMEOUT else "",
        )  # fmt: skip
        asked(desk.store, fetch)
    for width in (1280, 390):
        page = sources_page(desk, width=width)
        check(page)
        said = page.get_by_role("img").get_attribute("aria-label")
        assert said == "Of the last 14 days: well on 2, failures on 1, not asked on 11"
        for query in ("?source=ministry-en", "?do=add"):
            page.goto(f"{desk.address}/sources{query}")
            settled(page)
            check(page)


def test_an_initiative_whose_source_has_changed_is_found_with_what_is_different(desk: Desk) -> None:
    ana = desk.store.people()[0]
    record = desk.store.add_initiative(an_initiative(), ana, datetime.now(UTC), "1", sample=False)
    desk.store.add_initiative(an_initiative(), ana, datetime.now(UTC), "1", sample=False)
    desk.store.add_evidence(record.id, 1, ana, datetime.now(UTC), EvidenceRole.PRIMARY)
    closed = entries(1)[0].but(text="The helpline has closed for good.")
    intake.take_in(desk.store, a_source(), [closed], datetime.now(UTC))
    page = desk.sign_in("ana")

    page.get_by_role("link", name="Initiatives").click()
    settled(page)
    page.get_by_text("One whose source has changed").click()
    settled(page)
    expect(page.locator("h2.d-line")).to_have_count(1)
    check(page)
    page.get_by_role("link", name="Source changed on").click()
    settled(page)

    expect(page.locator("ins", has_text="has closed")).to_be_visible()
    check(page)
