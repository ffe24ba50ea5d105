"""The triage surface in a real browser: nothing is lost, nothing is decided twice, and nothing unseen."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import PATIENCE_MS, settled, sign_in
from tests.dashboard.conftest import ready, serving, stop
from tests.dashboard.desk.test_in_a_browser import PASSWORD, check, heading, saved
from tests.makers import a_decision, a_person, a_source, an_entry, an_initiative, entries
from tests.waiting import PATIENCE
from tracker import intake, people, review, taxonomy
from tracker.model import ItemState, Role, Verdict
from tracker.store import Store, open_store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

HOSTILE = "<img src=x onerror=\"document.title='hurt'\"> **bold** <script>document.title='hurt'</script>"


@dataclass
class Desk:
    """The real process over a store with sixty waiting items, which can be ended and started again at its address."""

    config: Path
    store: Store
    browser: Browser
    address: str = ""
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        port = self.address.rsplit(":", 1)[-1] if self.address else "0"
        self.process = serving("desk", self.config, "--port", port)
        self.address = ready(self.process)

    def end(self) -> None:
        if self.process is not None:
            stop(self.process)
        self.process = None

    def kill(self) -> None:
        """As a machine that loses its power."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)
        self.process = None

    def sign_in(self, name: str, *, width: int = 1280, page: Page | None = None, touch: bool = False) -> Page:
        if page is None:
            context = self.browser.new_context(
                viewport={"width": width, "height": 900}, locale="en-GB", has_touch=touch, is_mobile=touch
            )
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.goto(f"{self.address}/login")
        sign_in(page, name, PASSWORD)
        expect(page.locator("h2.title")).to_be_visible(timeout=PATIENCE_MS)
        return page

    def decided(self) -> list[tuple[int, str]]:
        """(item, verdict) of every decision, oldest first."""
        return [(one.item_id, one.verdict.value) for one in self.store.decisions(limit=500)][::-1]


@pytest.fixture
def desk(migrated_sqlite: Path, sqlite_url: str, tmp_path: Path, browser: Browser) -> Iterator[Desk]:
    store = open_store(sqlite_url)
    store.register([a_source()])
    intake.take_in(store, a_source(), entries(60), datetime.now(UTC))
    with store.writing() as db:
        db.exec_driver_sql("UPDATE item SET lot = id")  # an item that is drawn by chance is the next one anyway
    people.add(store, a_person(), PASSWORD, "test")
    people.add(store, a_person(email="ben@example.org", name="Ben", role=Role.EDITOR), PASSWORD, "test")
    config = tmp_path / "config.yaml"
    config.write_text(f"database: {sqlite_url}\ndata: {tmp_path}\n")
    made = Desk(config, store, browser)
    made.start()
    try:
        yield made
    finally:
        made.end()
        store.close()


def shown(page: Page) -> int:
    """The number of the item on show."""
    return int(page.locator("article[data-item]").get_attribute("data-item") or 0)


def press(page: Page, *keys: str, gap_ms: int = 60) -> list[int]:
    """Presses one key after the other; gives the items that were on show before each."""
    seen = []
    for key in keys:
        seen.append(shown(page))
        page.keyboard.press(key)
        page.wait_for_timeout(gap_ms)
    return seen


# -------------------------------------------------------------------------------------------------------- by keys


def test_an_analyst_decides_by_keys_alone_and_the_next_item_is_there_at_once(desk: Desk) -> None:
    desk.store.add_initiative(an_initiative(), desk.store.people()[0], datetime.now(UTC), "1", sample=False)
    ana = desk.sign_in("ana")
    first = shown(ana)

    press(ana, "2")  # a further issue
    press(ana, "n")
    ana.keyboard.type("a note with s and x and u in it")
    press(ana, "Escape", "a")
    second = shown(ana)
    press(ana, "x", "4")
    third = shown(ana)
    press(ana, " ")
    fourth = shown(ana)
    press(ana, "j", "k")
    assert shown(ana) == fourth
    press(ana, "e")
    ana.get_by_label("Words of its title").fill("Text message helpline")
    expect(ana.get_by_role("button", name="Evidence for #1")).to_be_visible()
    press(ana, "Escape", "1")
    saved(ana)

    assert desk.decided() == [(first, "include"), (second, "exclude"), (third, "hold"), (fourth, "evidence")]
    include = desk.store.decisions(item_id=first)[0]
    assert include.note == "a note with s and x and u in it"
    assert "hate_crime" in include.issues
    assert desk.store.decisions(item_id=second)[0].reason == "opinion"


def test_two_reasons_are_two_keys_and_one_reason_stays_one(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    two, one, again = press(ana, "x", "x", "2", "4")[0], shown(ana), None
    press(ana, "x", "4")
    again = shown(ana)
    press(ana, "x", "x", "x", "4")  # two after all not
    last = shown(ana)
    press(ana, "x")
    ana.get_by_role("button", name="Two reasons").click()
    first = ana.get_by_role("group", name="Why is it excluded?").get_by_role("button", name="Opinion")
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(ana.get_by_text("And the second reason?")).to_be_visible()
    check(ana)
    press(ana, "4")  # let go by the same again
    expect(first).to_have_attribute("aria-pressed", "false")
    press(ana, "1", "4")
    saved(ana)

    given = {item: desk.store.decisions(item_id=item)[0] for item in (two, one, again, last)}
    assert [(made.reason, *made.reasons_more) for made in given.values()] == [
        ("not_covid", "opinion"),
        ("opinion",),
        ("opinion",),
        ("problem_only", "opinion"),
    ]


def test_forty_presses_at_any_speed_are_forty_decisions_on_forty_items_that_were_drawn(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    ana.evaluate(
        """() => { window.drawn = new Set(); const root = [...document.querySelectorAll('*')].find(
             (e) => e.shadowRoot && e.shadowRoot.querySelector('article')).shadowRoot;
           const tick = () => { window.drawn.add(Number(root.querySelector('article').dataset.item));
             requestAnimationFrame(tick); }; requestAnimationFrame(tick); }"""
    )

    press(ana, *["s"] * 20, gap_ms=0)
    press(ana, *["s"] * 20, gap_ms=40)
    saved(ana)

    items = [item for item, _ in desk.decided()]
    assert len(items) == len(set(items)) == 40
    assert set(items) <= set(ana.evaluate("[...window.drawn]"))


def test_a_key_that_is_held_down_decides_once_and_modifiers_decide_nothing(desk: Desk) -> None:
    ana = desk.sign_in("ana")

    for _ in range(6):
        ana.keyboard.down("s")  # a repetition, from the second on
    ana.keyboard.up("s")
    press(ana, "Control+s", "Alt+a")
    saved(ana)

    assert len(desk.decided()) == 1


def test_the_last_decisions_are_taken_back_one_after_the_other_and_come_back_as_they_were(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    first = shown(ana)
    press(ana, "2")
    [_, second] = press(ana, "s", "s")

    press(ana, "u")
    assert shown(ana) == second
    press(ana, "Backspace")
    assert shown(ana) == first
    expect(ana.get_by_role("button", name="Hate crime")).to_have_attribute("aria-pressed", "true")
    saved(ana)
    press(ana, "a")
    saved(ana)

    assert [verdict for _, verdict in desk.decided()] == ["hold", "hold", "undo", "undo", "include"]
    assert desk.decided()[-1][0] == first


def test_any_of_the_last_ten_is_taken_back_from_the_list_after_a_reload_too(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    items = press(ana, "s", "s", "s")
    saved(ana)
    ana.reload()
    settled(ana)

    ana.get_by_text("Your last decisions").click()
    ana.get_by_role("button", name=f"Undo: item {items[0]}: on hold").click()
    saved(ana)

    expect(ana.locator(f"article[data-item='{items[0]}']")).to_be_visible()
    assert desk.decided()[-1] == (items[0], "undo")


def test_keys_are_chosen_and_switched_off_and_stay_so_for_this_person_alone(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    press(ana, "?")
    ana.get_by_role("button", name=re.compile("Hold for later")).click()
    ana.keyboard.press("r")
    expect(ana.get_by_text("R is taken")).to_be_visible()
    ana.get_by_role("button", name=re.compile("Hold for later")).click()
    ana.keyboard.press("w")
    ana.get_by_role("button", name="Close").click()
    saved(ana)
    ana.reload()
    settled(ana)
    seen = press(ana, "s", "w")
    saved(ana)
    assert desk.decided() == [(seen[1], "hold")]

    press(ana, "?")
    ana.get_by_label("Single keys decide").uncheck()
    ana.get_by_role("button", name="Close").click()
    ana.reload()
    settled(ana)
    press(ana, "w", "a", "x", "1", " ", "?")
    ana.get_by_role("button", name="Hold", exact=True).click()  # buttons work all the same
    saved(ana)
    ben = desk.sign_in("ben")
    press(ben, "s")
    saved(ben)

    assert [verdict for _, verdict in desk.decided()] == ["hold"] * 3


def test_in_another_language_the_desk_goes_on_where_it_was(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    item = shown(ana)

    ana.get_by_text("FR", exact=True).click()
    expect(ana.get_by_role("button", name="Nouvelle initiative")).to_be_visible()
    expect(ana.locator("article").get_by_text("daté du 4 mai 2020 par sa source")).to_be_visible()
    press(ana, "s")
    expect(ana.locator(".status[data-unsent='0']")).to_have_text("Tout est enregistré")

    assert desk.decided() == [(item, "hold")]


# ------------------------------------------------------------------------------------------------- two at a time


def test_two_analysts_at_once_never_have_the_same_item_before_them(desk: Desk) -> None:
    ana, ben = desk.sign_in("ana"), desk.sign_in("ben")

    for _ in range(12):
        press(ana, "s", gap_ms=0)
        press(ben, "a", gap_ms=0)
    saved(ana)
    saved(ben)

    items = [item for item, _ in desk.decided()]
    assert len(items) == len(set(items)) == 24
    by = {(one.person_id, one.verdict) for one in desk.store.decisions(limit=100)}
    assert by == {(1, Verdict.HOLD), (2, Verdict.INCLUDE)}


def test_whoever_comes_late_reads_who_was_first_and_with_what(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    item = shown(ana)
    exclusion = a_decision(item_id=item, person_id=2, verdict=Verdict.EXCLUDE, reason="opinion", at=datetime.now(UTC))
    desk.store.add_decision(exclusion, ItemState.EXCLUDED, "ben@example.org")  # by a command, say

    press(ana, "s")

    expect(ana.get_by_text(f"Item {item}: Ben was first (excluded)")).to_be_visible()
    saved(ana)
    assert [verdict for _, verdict in desk.decided()] == ["exclude"]


# --------------------------------------------------------------------------------------- what must not lose anything


def test_a_server_that_is_killed_and_started_again_loses_no_press(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    before = press(ana, "s", "s")
    saved(ana)

    desk.kill()
    meanwhile = press(ana, "s", "x", "4", "a")
    expect(ana.locator(".status")).to_have_text("Not connected: 3 not saved yet, kept in this tab", timeout=15_000)
    desk.start()
    saved(ana)
    after = press(ana, "s")
    saved(ana)

    items = [*before, meanwhile[0], meanwhile[1], meanwhile[3], *after]
    assert [item for item, _ in desk.decided()] == items
    assert len(set(items)) == 6


def test_a_connection_that_is_lost_and_comes_back_loses_no_press(desk: Desk) -> None:
    ana = desk.sign_in("ana")

    ana.context.set_offline(True)
    items = press(ana, "s", "s", "s")
    expect(ana.locator(".status")).to_have_text(re.compile("^Not connected: "))
    ana.context.set_offline(False)
    saved(ana)

    assert [item for item, _ in desk.decided()] == items


def test_a_reload_with_something_unsent_loses_nothing_and_shows_nothing_of_it_again(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    desk.kill()
    items = press(ana, "s", "s")
    desk.start()

    ana.reload()
    settled(ana)
    saved(ana)

    assert [item for item, _ in desk.decided()] == items
    assert shown(ana) not in items


def test_another_person_in_the_same_tab_neither_sends_nor_sees_what_was_left_unsent(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    desk.kill()
    items = press(ana, "s", "s")
    desk.start()
    ana.goto(f"{desk.address}/logout")

    ben = desk.sign_in("ben", page=ana)
    ben.wait_for_timeout(3500)  # a resend later
    assert desk.decided() == []
    assert ben.locator(".status").get_attribute("data-unsent") == "0"
    expect(ben.get_by_text("Your last decisions")).to_be_hidden()
    ben.goto(f"{desk.address}/logout")
    desk.sign_in("ana", page=ben)
    saved(ben)

    assert [(one.item_id, one.person_id) for one in desk.store.decisions()][::-1] == [(item, 1) for item in items]


def test_signing_out_gives_back_what_was_open(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    had = shown(ana)
    assert desk.store.open_elsewhere(had, 2, datetime.now(UTC)) == "Ana"

    ana.get_by_role("link", name="Sign out").click()
    expect(ana.get_by_label("Password")).to_be_visible()

    assert desk.store.open_elsewhere(had, 2, datetime.now(UTC)) is None


def test_a_sign_in_that_ended_elsewhere_decides_nothing_any_more(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    people.disable(desk.store, "ana@example.org", "test")

    ana.get_by_role("button", name="New initiative").click()
    expect(ana.get_by_role("heading", name="You are signed out")).to_be_visible()

    assert desk.decided() == []


# ------------------------------------------------------------------------------------------------- for everybody


def test_what_a_source_wrote_is_text_and_nothing_else(desk: Desk) -> None:
    hostile = an_entry(
        url="https://x.example.org/1", guid=None, title=HOSTILE, text=f"{HOSTILE} shelter hotline victims"
    )
    intake.take_in(desk.store, a_source(), [hostile], datetime.now(UTC))
    ana = desk.sign_in("ana")
    ana.get_by_placeholder("Words in title or text").fill("onerror")
    ana.keyboard.press("Enter")

    expect(ana.locator("h2.title")).to_have_text(HOSTILE)
    press(ana, "Escape", "s")
    ana.get_by_text("Your last decisions").click()
    expect(ana.locator(".last li").first).to_contain_text("<img src=x")

    assert ana.locator(".surface img, .surface script").count() == 0
    assert ana.title() != "hurt"


def test_the_script_is_ours_and_the_policy_allows_no_evaluation_of_text(desk: Desk) -> None:
    context = desk.browser.new_context()
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    policies: list[str] = []
    page.on("response", lambda answer: policies.append(answer.headers.get("content-security-policy", "")))
    page.goto(f"{desk.address}/login")
    desk.sign_in("ana", page=page)

    assert [text for text in told if "Content Security Policy" in text] == []
    assert not any("unsafe-eval" in policy for policy in policies)


def test_focus_stays_at_the_desk_and_the_next_title_is_announced(desk: Desk) -> None:
    ana = desk.sign_in("ana")

    ana.get_by_role("button", name="Exclude …").focus()
    ana.keyboard.press("Enter")
    ana.get_by_role("button", name="Opinion").focus()
    ana.keyboard.press("Enter")

    focused = ana.evaluate("document.activeElement.shadowRoot?.activeElement?.className")
    assert focused == "title"
    expect(ana.locator(".hidden[aria-live]")).to_have_text(f"Next: {heading(ana)}")
    expect(ana.get_by_role("button", name="New initiative")).to_have_attribute("aria-keyshortcuts", "A")


def test_on_a_phone_everything_is_decided_by_touch_in_reach_of_a_thumb(desk: Desk) -> None:
    ana = desk.sign_in("ana", width=390, touch=True)
    first = shown(ana)

    bar = ana.locator(".bar").bounding_box()
    assert bar is not None
    assert bar["y"] + bar["height"] == pytest.approx(900, abs=2)
    small = ana.locator(".surface button:visible, .surface input:visible, .surface summary:visible")
    sizes = [each.bounding_box() for each in small.all()]
    assert [size for size in sizes if size is not None and size["height"] < 44] == []
    ana.get_by_role("button", name="Exclude …").tap()
    ana.get_by_role("button", name="Copy that adds nothing").tap()
    second = shown(ana)
    ana.get_by_role("button", name="Hold", exact=True).tap()
    ana.get_by_role("button", name="Undo", exact=True).tap()
    assert shown(ana) == second
    saved(ana)

    assert desk.decided() == [(first, "exclude"), (second, "hold"), (second, "undo")]


def test_the_surface_is_readable_by_everybody_with_its_lists_and_its_help_open(desk: Desk) -> None:
    for width in (1280, 390):
        ana = desk.sign_in("ana", width=width)
        ana.wait_for_timeout(1500)
        for key in ("x", "e", "Escape", "?"):
            press(ana, key)
            check(ana)
        ana.keyboard.press("Escape")
        press(ana, "s")
        ana.get_by_text("Your last decisions").click()
        check(ana)
        ana.context.close()


# ------------------------------------------------------------------------------------------- what one comes for


def test_a_link_to_an_item_opens_it_in_triage_whether_it_waits_or_was_decided(desk: Desk) -> None:
    ben = desk.store.people()[1]
    gone = review.open_item(desk.store, ben, 20, datetime.now(UTC))
    excluded = a_decision(
        item_id=20, item_version=gone.item.version, person_id=ben.id, at=datetime.now(UTC), verdict=Verdict.EXCLUDE,
        reason="opinion",
    )  # fmt: skip
    review.decide(desk.store, taxonomy.load(), ben, excluded)
    ana = desk.sign_in("ana")
    for number in (37, 20):
        ana.goto(f"{desk.address}/triage?item={number}")
        settled(ana)

        expect(ana.locator(f"article[data-item='{number}']")).to_be_visible()

    expect(ana.get_by_role("button", name="Take this decision back")).to_be_visible()


def test_a_filter_of_the_queue_is_kept_under_a_name_and_used_on_the_table_too(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    held = press(ana, "s", "s")
    saved(ana)
    ana.get_by_role("button", name="Filter and order").click()
    ana.get_by_role("radio", name="On hold").click()
    ana.get_by_text("Oldest first, instead of most promising first").click()
    settled(ana)
    ana.keyboard.press("Escape")
    ana.get_by_role("button", name="Saved filters").click()
    ana.get_by_label("Keep this filter as").fill("On hold, oldest first")
    ana.keyboard.press("Enter")
    settled(ana)
    ana.get_by_role("button", name="Keep", exact=True).click()
    settled(ana)
    [kept] = desk.store.saved_filters("queue", 1)
    assert kept.wanted == {"show": "held", "oldest": True}

    ana.goto(f"{desk.address}/table")
    settled(ana)
    expect(ana.get_by_text("1 to 58 of 58")).to_be_visible()
    ana.get_by_role("button", name="Saved filters").click()
    ana.get_by_role("button", name="On hold, oldest first").click()
    settled(ana)
    expect(ana.get_by_text(f"1 to {len(held)} of {len(held)}")).to_be_visible()
    check(ana)


# ------------------------------------------------------------------------------------------------------- the table


def choose(page: Page, row: int) -> None:
    """Ticks a row of the grid, which is drawn on a canvas: its boxes are found by their place, once that stays."""
    grid = page.get_by_test_id("stDataFrame")
    expect(grid.locator("canvas").first).to_be_visible()
    while True:
        before = grid.bounding_box()
        page.wait_for_timeout(500)
        if before is not None and before == grid.bounding_box():
            break
    page.mouse.click(before["x"] + 16, before["y"] + 36 + 35 * row + 17)
    expect(page.get_by_role("button", name=f"Exclude {row + 1}")).to_be_visible()
    settled(page)


def test_rows_of_the_table_are_excluded_together_each_with_its_own_decision(desk: Desk) -> None:
    ana = desk.sign_in("ana")
    ana.get_by_role("link", name="Table").click()
    settled(ana)
    expect(ana.get_by_text("1 to 60 of 60")).to_be_visible()
    for row in range(3):
        choose(ana, row)
    desk.store.release_claims(1)  # what she has open in triage
    desk.store.claim(2, 2, datetime.now(UTC), datetime.now(UTC).replace(year=2100))

    ana.get_by_label("Why is it excluded?").click()
    ana.get_by_role("option", name="Opinion").click()
    settled(ana)
    ana.get_by_role("button", name="Exclude 3").click()
    settled(ana)

    expect(ana.get_by_text("Ben has item 2 open")).to_be_visible()
    assert sorted(desk.decided()) == [(1, "exclude"), (3, "exclude")]


LEAVE = """async ([by, wait]) => {
    const press = () => document.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
    const link = [...document.querySelectorAll("a")].find((each) => each.href.endsWith("/for-you"));
    if (by === "link") {
      press();
      await new Promise((drawn) => setTimeout(drawn, 150));
      press();
      link.click();
    }
    else { history.pushState({}, "", link.href); dispatchEvent(new PopStateEvent("popstate", { state: {} })); }
    setTimeout(press, wait);
}"""


@pytest.mark.parametrize("by", ["link", "history"])
def test_the_page_that_somebody_goes_to_is_there_whatever_the_surface_still_sends(desk: Desk, by: str) -> None:
    ana = desk.sign_in("ana")
    for turn, wait in enumerate((0, 12, 48), 1):
        ana.goto(desk.address)
        expect(ana.locator("h2.title")).to_be_visible()
        saved(ana)
        settled(ana)
        ana.evaluate(LEAVE, [by, wait])
        expect(ana.get_by_role("heading", name="For you")).to_be_visible()
        settled(ana)
        expect(ana.get_by_role("heading", name="For you")).to_be_visible()
        if by == "link":  # what was decided before is saved, and a press on the way decides nothing
            assert len(desk.decided()) == 2 * turn
