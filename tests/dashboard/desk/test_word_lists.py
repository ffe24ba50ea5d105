"""The page Words: what stands in the lists, and how an editor changes them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import NOW, a_source, an_entry
from tracker import intake, taxonomy
from tracker import words as lists
from tracker.model import ListedWord, Person, Role
from tracker.settings import Settings
from tracker.store import Store

WORD = ListedWord(language="en", group_name="issues", code="domestic_violence", term="brickflinging")


@pytest.fixture
def desk(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk of an editor."""
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)  # who is here is asked in test_in_a_browser
    ben = sqlite_store.add_person(Person(email="ben@example.org", name="Ben", role=Role.EDITOR), "no hash", "test")
    return Desk(sqlite_store, taxonomy.load(), Settings(), ben, words("en"), NOW)


def test_the_lists_open_in_the_language_of_the_desk(desk: Desk) -> None:
    french = page(replace(desk, words=words("fr")), "word_lists")

    assert french.selectbox(key="words-language").value == "fr"
    assert "violence conjugale" in drawn(french)


def test_what_the_desk_put_in_and_took_out_is_told_apart_from_what_ships(desk: Desk) -> None:
    shipped = lists.shipped()["en"].issues["domestic_violence"].strong[0]
    lists.put_in(desk.store, desk.taxonomy, WORD, desk.person, NOW)
    lists.take_out(desk.store, desk.taxonomy, WORD.but(term=shipped), desk.person, NOW)

    told = drawn(page(desk, "word_lists"))

    assert "brickflinging added" in told
    assert f"{shipped} taken out" in told


def test_before_a_word_is_put_in_one_sees_where_it_stands(desk: Desk) -> None:
    source = a_source()
    desk.store.register([source])
    entries = [
        an_entry(title="A bureau counts", text="Brickflinging in the street."),
        an_entry(url="https://a.example/2"),
    ]
    intake.take_in(desk.store, source, entries[:1], NOW)
    test = page(desk, "word_lists")

    test.text_input[0].set_value("brickflinging").run()

    assert "“brickflinging” stands in 1 of the last 1 items, for instance: A bureau counts" in drawn(test)
    assert desk.store.own_words() == ()

    test.text_input[1].set_value("heard twice").run()
    next(button for button in test.button if button.label == "Put it in").click().run()

    [change] = desk.store.word_changes()
    assert (change.word, change.reason, change.person) == (WORD, "heard twice", "Ben")
    assert "brickflinging added" in drawn(test)


def test_what_a_list_cannot_hold_is_told_in_a_sentence(desk: Desk) -> None:
    test = page(desk, "word_lists")

    test.text_input[0].set_value("*x").run()

    assert "a term has two letters or more" in test.error[0].value
    assert not [button for button in test.button if button.label == "Put it in"]


def test_a_change_is_taken_back_from_the_history_once(desk: Desk) -> None:
    lists.put_in(desk.store, desk.taxonomy, WORD, desk.person, NOW)
    test = page(desk, "word_lists")

    test.button(key="words-undo-1").click().run()

    assert [change.word.added for change in desk.store.word_changes()] == [False, True]
    assert [button.key for button in test.button] == ["words-undo-2"]  # the newest line on a word alone


def test_an_analyst_reads_the_lists_and_has_nothing_to_press(desk: Desk) -> None:
    lists.put_in(desk.store, desk.taxonomy, WORD, desk.person, NOW)
    ana = desk.store.add_person(Person(email="ana@example.org", name="Ana"), "no hash", "test")

    test = page(replace(desk, person=ana), "word_lists")

    assert "brickflinging added" in drawn(test)
    assert not test.button
    assert not test.text_input
