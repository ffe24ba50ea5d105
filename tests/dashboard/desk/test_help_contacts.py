"""The page Help contacts: what is due to be checked stands on top, and a check takes one press."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.desk.app import VIEWS
from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import NOW
from tests.tracker.test_contacts import a_contact
from tracker import contacts, taxonomy
from tracker.model import CONTACT_HOLDS, Person, Role
from tracker.settings import Settings
from tracker.store import Store


@pytest.fixture
def desk(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk of an editor."""
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)  # who is here is asked in test_in_a_browser
    ben = sqlite_store.add_person(Person(email="ben@example.org", name="Ben", role=Role.EDITOR), "no hash", "test")
    return Desk(sqlite_store, taxonomy.load(), Settings(), ben, words("en"), NOW)


def opened(desk: Desk, contact: str) -> AppTest:
    """The page with one contact, or the form of a new one."""

    def script(desk):  # type: ignore[no-untyped-def]  # its text alone is run: it knows no names of this module
        from dashboard.desk import help_contacts

        help_contacts.show(desk)

    test = AppTest.from_function(script, default_timeout=30, args=(desk,))
    test.query_params["contact"] = contact
    test.run()
    assert not test.exception
    return test


def press(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label == label).click().run()


def test_only_editors_get_the_page() -> None:
    assert VIEWS["contacts"].role is Role.EDITOR


def test_what_the_public_does_not_see_any_more_stands_on_top(desk: Desk) -> None:
    contacts.add(desk.store, a_contact(names={"en": "Fresh"}), desk.person, NOW)
    contacts.add(desk.store, a_contact(names={"en": "Stale"}), desk.person, NOW - CONTACT_HOLDS - timedelta(days=1))

    told = drawn(page(desk, "help_contacts"))

    assert told.index("Stale not shown to the public") < told.index("Fresh")
    assert "To be checked · 1" in told


def test_a_new_contact_is_written_and_checked_at_once(desk: Desk) -> None:
    test = opened(desk, "new")
    test.text_input(key="contact-new-name-en").set_value("A line")
    test.text_input(key="contact-new-phone").set_value("+1 555 0100")
    test.text_input(key="contact-new-source").set_value("https://line.example.org/")
    test.selectbox(key="contact-new-country").set_value("CA")

    press(test, "Add it, checked today")

    [made] = desk.store.contacts()
    assert (made.contact.name("en")[1], made.contact.country, made.checked_by) == ("A line", "CA", "Ben")


def test_what_cannot_be_called_is_told_in_a_sentence_and_nothing_is_kept(desk: Desk) -> None:
    test = opened(desk, "new")
    test.text_input(key="contact-new-name-en").set_value("A line")
    test.text_input(key="contact-new-phone").set_value("call us")
    test.text_input(key="contact-new-source").set_value("https://line.example.org/")

    press(test, "Add it, checked today")

    assert "phone: write a number such as" in test.error[0].value
    assert desk.store.contacts() == []


def test_one_press_says_that_a_contact_is_right_today(desk: Desk) -> None:
    made = contacts.add(desk.store, a_contact(), desk.person, NOW - CONTACT_HOLDS - timedelta(days=1))

    press(opened(desk, str(made.number)), "It is right today")

    [found] = desk.store.contacts()
    assert (found.checked_at, found.contact, found.revision) == (NOW, a_contact(), 2)


def test_a_contact_is_withdrawn_with_a_reason_that_its_page_keeps(desk: Desk) -> None:
    made = contacts.add(desk.store, a_contact(), desk.person, NOW)
    test = opened(desk, str(made.number))

    press(test, "Withdraw it")
    assert "say why" in test.error[0].value
    test.text_input(key="contact-1-1-why").set_value("nobody answers")
    press(test, "Withdraw it")

    assert desk.store.contacts() == []
    assert "Withdrawn: nobody answers" in drawn(opened(desk, str(made.number)))


def test_what_a_contact_is_called_is_text_in_its_own_language(desk: Desk) -> None:
    contacts.add(desk.store, a_contact(names={"ar": "<b>خط</b>"}), desk.person, NOW)

    test = page(replace(desk, words=words("fr")), "help_contacts")

    html = "".join(element.proto.body for element in test.get("html"))
    assert '<span lang="ar" dir="rtl">&lt;b&gt;خط&lt;/b&gt;</span>' in html


def test_a_contact_that_does_not_exist_is_told_so(desk: Desk) -> None:
    assert "no help contact 77" in opened(desk, "77").error[0].value
