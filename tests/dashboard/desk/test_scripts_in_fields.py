"""Text that would like to be a programme: whatever is written into a field, every page shows it and none runs it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, Request

from dashboard.desk.app import VIEWS
from dashboard.desk.login import COOKIE
from tests.browser import PATIENCE_MS, settled
from tests.dashboard.conftest import ready, serving, stop
from tests.makers import a_decision, a_person, a_source, an_entry, an_initiative
from tracker import accounts, intake, people, review, safety, second_look, sources, taxonomy, words
from tracker.model import Contact, EvidenceRole, InitiativeState, ListedWord, Person, Role, Verdict, Wording
from tracker.store import Store, open_store

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

HOSTILE = (
    '"><img src=x onerror="window.__hit=1"><script>window.__hit=2</script><svg onload=window.__hit=3>'
    "[x](javascript:window.__hit=4) ![y](https://evil.example.org/y.png) {{7*7}} $x$ `y`"
)
SHORT = "<img src=x onerror=window.__hit=5>![y](https://evil.example.org/z.png)"  # where there is little room
# Streamlit asks whether it may compile WebAssembly, hears that it may not, and goes on: nothing of ours.
WATCH = """
window.__csp = [];
document.addEventListener('securitypolicyviolation', e => {
  if (e.blockedURI !== 'wasm-eval') window.__csp.push(`${e.violatedDirective} ${e.blockedURI}`);
});
"""


@dataclass
class Desk:
    address: str
    store: Store
    admin: Person


def fill(store: Store) -> Person:
    """A store in which everything that somebody or some source can write is hostile."""
    now, codebook = datetime.now(UTC), taxonomy.load()
    admin = store.add_person(a_person(email="chloe@example.org", name=SHORT, role=Role.ADMIN), "", "test")
    ana = store.add_person(a_person(name=f"Ana {SHORT}"), "", "test")
    accounts.invite(store, admin, a_person(email="new@example.org", name=f"New {SHORT}"), now)
    source = a_source(name=f"Ministry {SHORT}", folder=SHORT, terms=HOSTILE)
    store.register([source])
    sources.add(
        store, a_source(id="ours", name=f"Ours {SHORT}", url="https://ours.example.org/f", terms=HOSTILE), admin
    )
    intake.take_in(
        store,
        source,
        [
            an_entry(url=f"https://families.example.org/{n}?q=<script>", guid=f"{n}", title=f"{n} {HOSTILE}",
                     text=f"A helpline for victims of domestic violence opens in town {n}. {HOSTILE}")
            for n in range(6)
        ],
        now,
    )  # fmt: skip
    include = a_decision(item_id=1, person_id=ana.id, verdict=Verdict.INCLUDE, note=HOSTILE, key="one")
    made = review.decide(store, codebook, ana, include)
    exclude = a_decision(item_id=2, person_id=ana.id, verdict=Verdict.EXCLUDE, reason="opinion", note=HOSTILE, key="2")
    review.decide(store, codebook, ana, exclude)
    assert made.initiative_id is not None
    coded = an_initiative(
        wordings={language: Wording(title=f"T {HOSTILE}"[:300], summary=HOSTILE) for language in ("en", "fr", "es")},
        contact=Contact(phone=SHORT[:40]),
        keywords=(SHORT,),
        why_promising=HOSTILE,
        challenges=HOSTILE,
    )
    record = review.save(store, codebook, ana, made.initiative_id, 1, coded, now, HOSTILE)
    review.submit(store, ana, record.id, record.revision, ("en",), now)
    second_look.send_back(store, admin, record.id, record.revision, HOSTILE)
    for state in (InitiativeState.SECOND_LOOK, InitiativeState.APPROVED, InitiativeState.WITHDRAWN):
        other = store.add_initiative(coded, ana, now, "1", sample=False)
        store.add_evidence(other.id, 1, ana, now, EvidenceRole.PRIMARY)
        review.submit(store, ana, other.id, other.revision, ("en",), now)
        if state is not InitiativeState.SECOND_LOOK:
            for found in second_look.unconfirmed(store, other):
                second_look.confirm(
                    store, admin, other.id, other.revision, found, next(iter(safety.REASONS[found.kind])), now
                )
            second_look.approve(store, admin, other.id, other.revision, now)
        if state is InitiativeState.WITHDRAWN:
            second_look.withdraw(store, admin, other.id, HOSTILE, now)
    changed = an_entry(url="https://families.example.org/0?q=<script>", guid="0", title=f"0 {SHORT}", text=HOSTILE)
    intake.take_in(store, source, [changed], now)  # what its initiative was made of: the desk shows the difference
    word = ListedWord(language="en", group_name="issues", code="domestic_violence", term="brickflinging")
    words.put_in(store, codebook, word, admin, now, HOSTILE[:200])
    return admin


@pytest.fixture(scope="module")
def desk(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "tracker.db").write_bytes(migrated_sqlite.read_bytes())
    store = open_store(f"sqlite:///{folder}/tracker.db")
    admin = fill(store)
    config = folder / "config.yaml"
    config.write_text(f"database: sqlite:///{folder}/tracker.db\ndata: {folder}\n")
    process = serving("desk", config)
    try:
        yield Desk(ready(process), store, admin)
    finally:
        stop(process)
        store.close()


@dataclass
class Visitor:
    desk: Desk
    page: Page
    outside: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.desk.address}{path}")
        settled(self.page)
        self.nothing_ran(path)

    def nothing_ran(self, where: str) -> None:
        assert self.page.evaluate("window.__hit") is None, where
        assert self.page.evaluate("window.__csp") == [], where
        assert self.outside == [], where


@pytest.fixture
def visitor(desk: Desk, browser: Browser) -> Iterator[Visitor]:
    token = people.let_in(desk.store, desk.admin, datetime.now(UTC), network="", browser=SHORT, way="password")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": COOKIE, "value": token, "url": desk.address}])
    context.add_init_script(WATCH)
    page = context.new_page()
    made = Visitor(desk, page)
    ours = (desk.address, "data:", "blob:")

    def note(asked: Request) -> None:
        if not asked.url.startswith(ours):
            made.outside.append(asked.url)

    page.on("request", note)
    yield made
    context.close()


PAGES = [
    *(f"/{path}" for path in VIEWS),
    *(f"/initiative?id={number}" for number in range(1, 5)),
    "/sources?source=ministry-en",
    "/sources?source=ours",
    "/sources?source=ours&do=edit",
    "/sources?do=add",
    "/people?person=2",
    "/audit?what=sent+back",
    "/initiative?id=<script>window.__hit=6</script>",
    "/sources?source=<img src=x onerror=window.__hit=7>![y](https://evil.example.org/q.png)",
]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_runs_what_somebody_wrote(visitor: Visitor, path: str) -> None:
    visitor.open(path)


@pytest.mark.parametrize("path", PAGES[:-2])
def test_no_field_runs_what_is_written_into_it(visitor: Visitor, path: str) -> None:
    page = visitor.page
    visitor.open(path)
    for opener in ("Invite somebody", "Exclude …", "Same story as …"):
        with contextlib.suppress(Error):
            page.get_by_text(opener, exact=True).first.click(timeout=2_000)
            settled(page)
    fields = page.locator("[data-testid=stMain]").locator("input[type=text]:visible, textarea:visible")
    for number in range(min(fields.count(), 30)):
        one = fields.nth(number)
        with contextlib.suppress(Error):  # the page was drawn anew meanwhile: the field is filled in its next turn
            if one.is_editable(timeout=5_000):
                one.fill(HOSTILE if one.evaluate("e => e.tagName") == "TEXTAREA" else SHORT, timeout=5_000)
                one.press("Enter", timeout=5_000)
        visitor.nothing_ran(path)
    settled(page)
    visitor.nothing_ran(path)


def test_the_watch_sees_what_runs_and_what_is_kept_out(visitor: Visitor) -> None:
    visitor.open("/account")
    visitor.page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://evil.example.org/'}))")
    visitor.page.wait_for_function("window.__csp.length > 0")

    with pytest.raises(AssertionError):
        visitor.nothing_ran("here")
