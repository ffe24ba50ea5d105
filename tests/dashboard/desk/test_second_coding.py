"""The page Second coding: nothing of the first decision is on it, names come afterwards, and exports name nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import a_decision, a_person, a_source, entries
from tracker import intake, review, second_coding, suggestions, taxonomy
from tracker.model import Decision, ItemState, Person, Role, Verdict
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.second_coding import Coding

NOW = datetime(2020, 5, 6, 12, 0, tzinfo=UTC)
OUT = Coding(verdict=Verdict.EXCLUDE, reason="opinion")
IN = Coding(verdict=Verdict.INCLUDE, issues=("hate_crime",), countries=("FR",), type="A4")


@dataclass
class Room:
    """Two analysts and an editor at one store, with two drawn items."""

    store: Store
    ana: Desk
    ben: Desk  # editor
    chloe: Desk

    def decide(self, item_id: int, coding: Coding = OUT) -> Decision:
        """What Ana decides."""
        person = self.ana.person
        decision = a_decision(
            key=f"key-{item_id}", item_id=item_id, item_version=1, person_id=person.id, at=NOW, verdict=coding.verdict,
            reason=coding.reason, issues=coding.issues, countries=coding.countries, note="a note of Ana",
        )  # fmt: skip
        return review.decide(self.store, self.ana.taxonomy, person, decision)

    def differ(self) -> int:
        """Ana leaves item 1 out, Chloe would have taken it in."""
        made = self.decide(1)
        return second_coding.code(self.store, self.ana.taxonomy, self.chloe.person, 1, made.id, IN, NOW)


@pytest.fixture
def room(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)  # who is here is asked in test_in_a_browser
    source = a_source()
    sqlite_store.register([source])
    intake.take_in(sqlite_store, source, entries(2), NOW - timedelta(days=1))
    suggestions.make(sqlite_store, NOW)
    with sqlite_store.writing() as db:
        db.execute(sa.text("UPDATE item SET second_lot = id"))

    def desk(person: Person) -> Desk:
        added = sqlite_store.add_person(person, "no hash", "test")
        return Desk(sqlite_store, taxonomy.load(), Settings(), added, words("en"), NOW)

    return Room(
        sqlite_store,
        desk(a_person()),
        desk(a_person(email="ben@example.org", name="Ben", role=Role.EDITOR)),
        desk(a_person(email="chloe@example.org", name="Chloe")),
    )


def test_nothing_of_the_first_decision_is_on_the_page(room: Room) -> None:
    room.decide(1)

    test = page(room.chloe, "second_coding")

    told = drawn(test)
    assert "Town number 0 opens a helpline" in told
    assert "Seems to say" in told  # the suggestion is what the first coder saw too
    assert [word for word in ("Ana", "Opinion", "a note of Ana") if word in told] == []
    assert test.segmented_control(key="second-view").options == ["To code 1", "Settled 0"]


def test_who_decided_it_has_nothing_to_code(room: Room) -> None:
    room.decide(1)

    assert "Nothing to code again" in page(room.ana, "second_coding").info[0].value


def test_a_second_coding_is_kept_with_what_was_left_chosen(room: Room) -> None:
    made = room.decide(1)
    key = f"second-1-{made.id}"
    test = page(room.chloe, "second_coding")

    test.selectbox(key=f"type-{key}").set_value("A2").run()
    test.multiselect(key=f"countries-{key}").set_value(["CA", "FR"]).run()
    test.button(key=f"include-{key}").click().run()

    [twice] = room.store.twice()
    assert (twice.second.verdict, twice.second.type) == (Verdict.INCLUDE, "A2")
    assert twice.second.countries == ("CA", "FR")
    assert twice.second.issues == ("domestic_violence", "victim_services")  # as suggested
    assert "Nothing to code again" in test.info[0].value
    assert room.store.item(1, NOW).item.state is ItemState.EXCLUDED


def test_an_exclusion_says_nothing_of_issues(room: Room) -> None:
    made = room.decide(1)
    test = page(room.chloe, "second_coding")

    test.button(key=f"exclude-not_covid-second-1-{made.id}").click().run()

    assert room.store.twice()[0].second == Coding(verdict=Verdict.EXCLUDE, reason="not_covid")


def test_what_was_decided_anew_meanwhile_is_told_in_a_sentence(room: Room) -> None:
    made = room.decide(1)
    test = page(room.chloe, "second_coding")
    review.undo(room.store, room.ana.person, made.id, "back", NOW)

    test.button(key=f"hold-second-1-{made.id}").click().run()

    assert "decided anew" in test.error[0].value
    assert room.store.twice() == []


def test_an_editor_settles_it_without_knowing_whose_coding_is_whose(room: Room) -> None:
    id = room.differ()
    test = page(room.ben, "second_coding")
    test.segmented_control(key="second-view").set_value("settle").run()
    told = drawn(test)
    assert "out: Opinion" in told
    assert "in: an initiative" in told
    assert not [name for name in ("Ana", "Chloe") if name in told]

    test.segmented_control(key=f"settle-{id}-choice").set_value("second").run()
    assert "decided again in your name" in drawn(test)
    test.button(key=f"settle-{id}-keep").click().run()
    assert "why: say what decides it" in test.error[0].value
    test.text_area(key=f"settle-{id}-why").set_value("It opens a line.").run()
    test.button(key=f"settle-{id}-keep").click().run()

    assert room.store.item(1, NOW).item.state is ItemState.INCLUDED
    test.segmented_control(key="second-view").set_value("settled").run()
    told = drawn(test)
    assert "On Ana Chloe Ben (editor)" in told
    assert "It opens a line." in told
    assert "The item was decided again." in told


def test_an_editor_finds_something_else_than_either(room: Room) -> None:
    id = room.differ()
    test = page(room.ben, "second_coding")
    test.segmented_control(key="second-view").set_value("settle").run()
    test.segmented_control(key=f"settle-{id}-choice").set_value("other").run()
    assert test.button(key=f"settle-{id}-keep").disabled  # an exclusion without its reason yet

    test.selectbox(key=f"settle-{id}-reason").set_value("not_covid").run()
    test.text_area(key=f"settle-{id}-why").set_value("It is of 2018.").run()
    test.button(key=f"settle-{id}-keep").click().run()

    ruling = room.store.coded_twice(id).ruling
    assert ruling is not None
    assert (ruling.coding.reason, ruling.overturned) == ("not_covid", False)


def test_analysts_and_the_two_themselves_have_nothing_to_settle(room: Room) -> None:
    room.differ()
    editor = room.store.add_person(a_person(email="eve@example.org", name="Eve", role=Role.EDITOR), "no hash", "test")
    room.store.change_person(room.chloe.person.but(role=Role.EDITOR), "test")
    chloe = replace(room.chloe, person=room.chloe.person.but(role=Role.EDITOR))

    assert page(room.ana, "second_coding").segmented_control(key="second-view").options == ["To code 0", "Settled 0"]
    counted = [
        page(desk, "second_coding").segmented_control(key="second-view").options[1]
        for desk in (chloe, replace(room.ben, person=editor))
    ]
    assert counted == ["To settle 0", "To settle 1"]


def test_the_text_of_a_source_is_text(room: Room) -> None:
    hostile = entries(3)[2].but(title="<script>alert(1)</script> **bold**", text="<b>not</b> markup")
    intake.take_in(room.store, a_source(), [hostile], NOW)
    with room.store.writing() as db:
        db.execute(sa.text("UPDATE item SET second_lot = 0 WHERE id = 3"))
    room.decide(3)

    html = "".join(element.proto.body for element in page(room.chloe, "second_coding").get("html"))

    assert "&lt;script&gt;alert(1)&lt;/script&gt; **bold**" in html
    assert "<script>" not in html
    assert "&lt;b&gt;not&lt;/b&gt; markup" in html


def test_the_page_speaks_french(room: Room) -> None:
    room.decide(1)

    test = page(replace(room.chloe, words=words("fr")), "second_coding")

    assert "Second codage" in drawn(test)
    assert "Il rapporte une initiative" in [button.label for button in test.button]
