"""What the dashboard's tests share: a store with public records, the public process over it, and a browser page."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import html5lib
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import PATIENCE_MS, launched
from tests.makers import NOW, a_person, a_source, an_entry, an_initiative
from tests.waiting import PATIENCE
from tracker import intake, publish
from tracker.conduct import Conduct
from tracker.model import (
    Cited,
    Contact,
    EvidenceRole,
    Fetch,
    Initiative,
    InitiativeState,
    Outcome,
    Person,
    Published,
    Record,
    RoughDate,
    Schedule,
    Wording,
)
from tracker.settings import Settings, Site
from tracker.store import Store, open_store


def a_published(**changes: Any) -> Published:
    """A public record; changes to the fields of its initiative are given like those of its own."""
    own = {name: changes.pop(name) for name in list(changes) if name in Published.model_fields}
    good: dict[str, Any] = {
        "id": 1,
        "revision": 1,
        "initiative": an_initiative(**changes),
        "sources": (Cited(title="Province opens a helpline", url="https://example.org/news", source="Ministry"),),
        "first_public_at": NOW,
        "changed_at": NOW,
        "verified_at": NOW,
    }
    return Published(**{**good, **own})


@dataclass
class Newsroom:
    """Two people who publish in a store, one after the other as the rules want it."""

    store: Store
    ana: Person
    ben: Person

    def publish(self, content: Initiative, now: datetime = NOW, *, sample: bool = False) -> Record:
        made = self.store.add_initiative(content, self.ana, now, "1", sample=sample)
        return self.approve(made, now)

    def change(self, record: Record, content: Initiative, now: datetime, reason: str = "corrected") -> Record:
        made = self.store.add_revision(record.id, record.revision, content, self.ana, now, "1", reason)
        return self.approve(made, now)

    def approve(self, record: Record, now: datetime) -> Record:
        states = InitiativeState
        self.store.move_initiative(record.id, record.revision, [states.DRAFT], states.SECOND_LOOK, self.ana)
        return self.store.approve_initiative(record.id, record.revision, self.ben, now)


@pytest.fixture
def newsroom(sqlite_store: Store) -> Newsroom:
    return _newsroom(sqlite_store)


def _newsroom(store: Store) -> Newsroom:
    ana = store.add_person(a_person(email="ana@example.org", name="Ana"), "no hash", "test")
    ben = store.add_person(a_person(email="ben@example.org", name="Ben"), "no hash", "test")
    return Newsroom(store, ana, ben)


# ------------------------------------------------------------------------------------------- a public process


@dataclass(frozen=True)
class PublicSite:
    """A public process that runs, and what it was started with."""

    address: str
    settings: Settings
    config: Path


def fill(store: Store) -> None:
    """Thirty initiatives: enough for two pages, in three countries, with one that was withdrawn."""
    desk = _newsroom(store)
    source = a_source()
    store.register([source])
    store.add_fetches([(Fetch(source_id=source.id, at=NOW, outcome=Outcome.OK), Schedule(), Conduct())])
    intake.take_in(store, source, [an_entry()], NOW)
    for number in range(30):
        content = an_initiative(
            wordings={
                "en": Wording(title=f"Helpline number {number}", summary="It answers day and night."),
                "fr": Wording(title=f"Ligne d'écoute numéro {number}", summary="Elle répond jour et nuit."),
            },
            issues=("hate_crime",) if number % 3 == 0 else ("domestic_violence",),
            types=("A1", "G3") if number % 2 else ("A4",),
            countries=(("CA", "FR", "MX")[number % 3],),
            start=RoughDate.parse(f"2020-04-{number + 1:02}") if number < 29 else None,
            contact=Contact(phone="+1 555 0100", url="https://helpline.example.org/") if number == 1 else Contact(),
        )
        desk.publish(content, NOW + timedelta(minutes=number))
    odd = an_initiative(
        wordings={"ar": Wording(title="خط مساعدة <b>للنساء</b>", summary="<script>alert(1)</script> **bold**")},
        countries=("LB",),
    )
    record = desk.publish(odd, NOW + timedelta(hours=1))
    store.add_evidence(record.id, 1, desk.ana, NOW, EvidenceRole.PRIMARY)
    desk.change(desk.store.record(record.id), odd.but(countries=("LB", "SY")), NOW + timedelta(hours=2))
    gone = desk.publish(an_initiative(), NOW)
    store.withdraw_initiative(gone.id, desk.ben, NOW + timedelta(hours=3), "The source took it back.")
    twice = desk.publish(odd, NOW)
    later = NOW + timedelta(hours=2)
    kept, other = (ODD, 2), (twice.id, twice.revision)
    store.merge_initiatives(kept, other, odd.but(countries=("LB", "SY")), desk.ana, later, "1", "the same line")
    desk.approve(store.record(ODD), later)


ODD, GONE, MERGED, NEVER = 31, 32, 33, 4000  # numbers of the initiatives in `fill`


@pytest.fixture(scope="session")
def public_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicSite]:
    """The real process over a real store with a release, on a free port, for the whole session."""
    folder = tmp_path_factory.mktemp("public")
    config = folder / "config.yaml"
    config.write_text(
        f"database: sqlite:///{folder}/tracker.db\ndata: {folder}\n"
        "site:\n  url: https://tracker.example.org\n  leave_to: https://weather.example.org/\n",
        encoding="utf-8",
    )
    settings = Settings(
        database=f"sqlite:///{folder}/tracker.db",
        data=folder,
        site=Site(url="https://tracker.example.org", leave_to="https://weather.example.org/"),
    )
    store = open_store(settings.database)
    fill(store)
    publish.make_release(store, settings, NOW + timedelta(days=1))
    store.close()
    process = serving("public", config)
    try:
        yield PublicSite(ready(process), settings, config)
    finally:
        stop(process)


def serving(door: str, config: Path, *more: str) -> subprocess.Popen[str]:
    """A door of the dashboard as a process of its own, on a free port unless told otherwise."""
    command = [sys.executable, "-m", "dashboard.serve", door, "--config", str(config), *(more or ("--port", "0"))]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def ready(process: subprocess.Popen[str]) -> str:
    """The address in the line that the process says when it is ready."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        pytest.fail(f"the process ended: {process.communicate()[1]}")
    return line.split(": ", 1)[1].strip()


def stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Ends the process as an operator would; its exit status and what it said on stderr."""
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE)
    return process.returncode, said


# ------------------------------------------------------------------------------------------- a browser


@pytest.fixture(scope="module")  # it holds an event loop of its own, which other modules' tests must not meet
def browser() -> Iterator[Browser]:
    with launched() as made:
        yield made


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without a past, 1280 pixels wide, that speaks English and meets nothing but this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def browser_page(browser_context: BrowserContext) -> Page:
    return browser_context.new_page()


def as_the_standard_says(page: str) -> None:
    """Raises where a browser would have to guess what the HTML means."""
    html5lib.HTMLParser(strict=True).parse(page)
