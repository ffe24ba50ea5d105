"""Triage: what is said of an item before anybody decides."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import a_source, entries
from tests.tracker.teaching import arrive, decide, mixed
from tracker import intake, review, taxonomy
from tracker.model import Drawn, Person, Scored
from tracker.settings import Settings
from tracker.store import Store


@pytest.fixture
def desk(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)  # who is here is asked in test_in_a_browser
    monkeypatch.setattr(review, "AUDITED", 0.0)
    ana = sqlite_store.add_person(Person(email="ana@example.org", name="Ana"), "no hash", "test")
    sqlite_store.register([a_source()])
    return Desk(sqlite_store, taxonomy.load(), Settings(), ana, words("en"), datetime.now(UTC))


def test_an_item_that_was_drawn_by_chance_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    assert "Random check" not in drawn(page(desk, "triage"))

    monkeypatch.setattr(review, "AUDITED", 1.0)

    assert "Random check: one item in ten" in drawn(page(desk, "triage"))


def test_what_is_only_faintly_suggested_is_shown_and_not_chosen(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    said = desk.store.item(1, desk.now).suggestion
    faint = Scored(code="hate_crime", score=0.4, terms=("day",))
    likely = Scored(code="domestic_violence", score=0.8)
    [row] = desk.store.said_of([1]).values()
    model = said.but(version=f"model-1+{said.version}", issues=(likely, faint), countries=())
    desk.store.suggest_again({1: (row.words_id, model)}, desk.now)

    test = page(desk, "triage")

    assert "Hate crime and racism 40 %" in drawn(test)
    assert test.pills[0].value == ["domestic_violence"]


def test_a_decision_keeps_which_suggestion_was_shown_and_how_the_item_came(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    shown = desk.store.item(1, desk.now).suggestion_id
    test = page(desk, "triage")

    test.button(key="hold-1-1").click().run()

    [decision] = desk.store.decisions()
    assert (decision.suggestion_id, decision.drawn_by) == (shown, Drawn.QUEUE)


def test_an_item_that_comes_by_skipping_comes_from_the_queue(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(2), desk.now)
    test = page(desk, "triage")

    test.button(key="skip-1-1").click().run()
    test.button(key="hold-2-1").click().run()

    [decision] = desk.store.decisions()
    assert (decision.item_id, decision.drawn_by) == (2, Drawn.QUEUE)


def test_how_far_the_week_is_read_is_said_once_some_were_decided(desk: Desk) -> None:
    items = arrive(desk.store, a_source(), mixed(40), desk.now)
    decide(desk.store, desk.person, items[:10], mixed(10), desk.now)
    assert not page(desk, "triage").markdown

    decide(desk.store, desk.person, items[10:30], mixed(20), desk.now)

    [line] = page(desk, "triage").markdown
    assert line.value == "This week: 11 found in 30 read, 10 left; read on"
    assert "Nothing is ever closed by it" in line.help
