"""The table: many decisions at once, each by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboard.desk import table
from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import a_person, a_source, entries
from tests.tracker.teaching import decide
from tracker import intake, review, taxonomy
from tracker.model import Role, Verdict
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.items import QueueFilter


@pytest.fixture
def desk(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)  # who is here is asked in test_in_a_browser
    ana = sqlite_store.add_person(a_person(), "no hash", "test")
    sqlite_store.register([a_source()])
    return Desk(sqlite_store, taxonomy.load(), Settings(), ana, words("en"), datetime.now(UTC))


def test_a_page_has_a_hundred_rows_and_says_which(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(130), desk.now)

    test = page(desk, "table")

    assert "1 to 100 of 130" in drawn(test)
    assert list(test.dataframe[0].value["Number"]) == list(range(1, 101))
    test.number_input[0].set_value(2).run()
    assert "101 to 130 of 130" in drawn(test)


def test_rows_stay_as_they_are_until_others_are_asked_for(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(3), desk.now)
    test = page(desk, "table")
    decide(desk.store, desk.person, [1], [False], desk.now)

    test.run()
    assert list(test.dataframe[0].value["Number"]) == [1, 2, 3]

    test.button(key="table-refresh").click().run()
    assert list(test.dataframe[0].value["Number"]) == [2, 3]


def test_of_many_decisions_those_that_cannot_be_made_are_named_and_the_others_are_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.take_in(desk.store, a_source(), entries(4), desk.now)
    chosen = desk.store.queue(QueueFilter(), desk.now)
    ben = desk.store.add_person(a_person(email="ben@example.org", name="Ben", role=Role.EDITOR), "no hash", "test")
    decide(desk.store, ben, [1], [False], desk.now)
    review.open_item(desk.store, ben, 3, desk.now)
    state: dict[str, object] = {}
    monkeypatch.setattr("streamlit.session_state", state)

    table._decide(desk, chosen, Verdict.EXCLUDE, "opinion")

    made = [one for one in desk.store.decisions() if one.person_id == desk.person.id]
    assert [(one.item_id, one.reason) for one in made] == [(4, "opinion"), (2, "opinion")]
    assert state[table.TROUBLES] == ["item 1: Ben was first (exclude)", "Ben has item 3 open"]
    assert len({one.key for one in made}) == 2
