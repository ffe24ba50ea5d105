"""The page Excluded by one: another person lets it stand or puts it back, and the yield is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import a_decision, a_person, a_source, entries
from tracker import intake, review, taxonomy
from tracker.model import ItemState, Verdict
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.second_coding import DRAWN_UNDER

NOW = datetime(2020, 5, 6, 12, 0, tzinfo=UTC)


@pytest.fixture
def desk(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Chloe's, after Ana has excluded two items for one reason each."""
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)
    ana = sqlite_store.add_person(a_person(), "no hash", "test")
    chloe = sqlite_store.add_person(a_person(email="chloe@example.org", name="Chloe"), "no hash", "test")
    sqlite_store.register([a_source()])
    intake.take_in(sqlite_store, a_source(), entries(2), NOW)
    with sqlite_store.writing() as db:
        db.execute(sa.text("UPDATE item SET second_lot = :lot"), {"lot": DRAWN_UNDER})
    for item in (1, 2):
        decision = a_decision(
            key=f"key-{item}", item_id=item, person_id=ana.id, verdict=Verdict.EXCLUDE, reason="problem_only", at=NOW
        )
        review.decide(sqlite_store, taxonomy.load(), ana, decision)
    return Desk(sqlite_store, taxonomy.load(), Settings(), chloe, words("en"), NOW)


def test_another_person_lets_one_stand_and_puts_one_back_and_the_yield_is_told(desk: Desk) -> None:
    test = page(desk, "excluded_by_one")
    assert "2 wait for you." in drawn(test)
    assert "Excluded: Tells the problem, no initiative" in drawn(test)
    assert "Ana" not in drawn(test)

    test.button(key="stands-1").click().run()
    assert "Town number 1" in drawn(test)
    test.button(key="back-2").click().run()

    assert [desk.store.item(id, NOW).item.state for id in (1, 2)] == [ItemState.EXCLUDED, ItemState.WAITING]
    assert "Nothing to look at" in test.info[0].value
    assert "50 %" in drawn(test)
    assert "n\xa0=\xa02" in "".join(element.proto.body for element in test.get("html"))


def test_what_somebody_else_has_looked_at_meanwhile_is_told(desk: Desk) -> None:
    test = page(desk, "excluded_by_one")
    dan = desk.store.add_person(a_person(email="dan@example.org", name="Dan"), "no hash", "test")
    desk.store.add_look(desk.store.decision(1), dan, NOW, stands=True)

    test.button(key="back-1").click().run()

    assert "has looked at item 1 already" in test.error[0].value
    assert desk.store.item(1, NOW).item.state is ItemState.EXCLUDED


def test_who_excluded_them_has_none_here(desk: Desk) -> None:
    ana = next(person for person in desk.store.people() if person.name == "Ana")

    test = page(replace(desk, person=ana), "excluded_by_one")

    assert "0 wait for you." in drawn(test)
    assert not test.button


def test_what_stands_in_the_way_is_told_in_the_reader_s_language(desk: Desk) -> None:
    test = page(replace(desk, words=words("fr")), "excluded_by_one")
    dan = desk.store.add_person(a_person(email="dan@example.org", name="Dan"), "no hash", "test")
    desk.store.add_look(desk.store.decision(1), dan, NOW, stands=True)
    test.session_state["language"] = "fr"

    test.button(key="back-1").click().run()

    assert test.error[0].value == "quelqu'un a déjà relu l'élément 1"
