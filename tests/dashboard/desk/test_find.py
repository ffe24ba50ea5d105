"""The pages Search, Initiatives, For you and Activity: what they show, keep in the address, and let people do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.desk import activity, notices
from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import a_decision, a_source, an_initiative, entries
from tracker import filters, intake, review, store, tasks, taxonomy
from tracker.model import Entry, InitiativeState, Person, Role, Verdict, Wording
from tracker.settings import Settings
from tracker.store import Store

NOW = datetime.now(UTC)  # the audit notes when something was written down
EVIL = "<img src=x onerror=alert(1)> **bold** [link](javascript:alert(1)) <script>alert(2)</script>"


@pytest.fixture
def ben(sqlite_store: Store) -> Person:
    return sqlite_store.add_person(Person(email="ben@example.org", name="Ben", role=Role.EDITOR), "no hash", "test")


@pytest.fixture
def desk(sqlite_store: Store, ben: Person, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk of an analyst over three items, of which the second is excluded."""
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)  # who is here is asked in test_in_a_browser
    ana = sqlite_store.add_person(Person(email="ana@example.org", name="Ana"), "no hash", "test")
    codes = taxonomy.load()
    source = a_source()
    sqlite_store.register([source])
    intake.take_in(sqlite_store, source, entries(3), NOW)
    excluded = a_decision(
        item_id=2, person_id=ben.id, verdict=Verdict.EXCLUDE, reason="opinion", note="Éditorial du mardi", at=NOW
    )
    review.decide(sqlite_store, codes, ben, excluded)
    return Desk(sqlite_store, codes, Settings(), ana, words("en"), NOW)


def searched(desk: Desk, text: str) -> AppTest:
    test = page(desk, "search")
    test.text_input(key="search-text").set_value(text).run()
    assert not test.exception
    return test


# --------------------------------------------------------------------------------------------------------- search


def test_the_page_finds_what_was_excluded_and_why(desk: Desk) -> None:
    told = drawn(searched(desk, "editorial"))

    assert "1 found" in told
    assert "Item #2 Excluded (Opinion) Ministry of Families" in told
    assert "Éditorial du mardi" in told


def test_what_is_asked_for_stands_in_the_address_as_codes_and_comes_back_from_it(desk: Desk) -> None:
    test = searched(desk, "helpline")
    test.button_group(key="search-state").set_value("excluded").run()
    assert dict(test.query_params) == {"text": "helpline", "state": "excluded"}
    assert "1 found" in drawn(test)

    again = AppTest.from_function(_search, default_timeout=30, args=(desk,))
    again.query_params["text"] = "helpline"
    again.query_params["state"] = "excluded"
    again.query_params["decided_by"] = "no number"
    again.run()

    assert not again.exception
    assert again.text_input(key="search-text").value == "helpline"
    assert "1 found" in drawn(again)


def _search(desk):  # type: ignore[no-untyped-def]  # its text alone is run
    from dashboard.desk import search

    search.show(desk)


def test_each_page_of_results_is_asked_for_by_itself(desk: Desk) -> None:
    more = [
        Entry(url=f"https://families.example.org/more/{n}", title=f"Refuge {n}", text=f"Text {n}") for n in range(30)
    ]
    intake.take_in(desk.store, a_source(), more, NOW)
    test = searched(desk, "refuge")
    assert "1 to 25 of 30" in drawn(test)

    test.button(key="search-next").click().run()

    assert "26 to 30 of 30" in drawn(test)
    test.text_input(key="search-text").set_value("refuge text").run()
    assert "1 to 25 of 30" in drawn(test)


def test_nothing_asked_for_tells_how_to_ask(desk: Desk) -> None:
    assert "Accents and capitals make no difference" in drawn(page(desk, "search"))


def test_a_number_offers_the_item_and_the_initiative(desk: Desk) -> None:
    desk.store.add_initiative(an_initiative(), desk.person, NOW, "1", sample=False)

    test = searched(desk, "#1")

    assert {button.label for button in test.button} >= {"Item #1", "Initiative #1"}


def test_what_a_source_wrote_is_shown_as_it_stands_and_does_nothing(desk: Desk) -> None:
    hostile = Entry(url="https://families.example.org/evil", title=f"Helpline {EVIL}", text=f"shelter {EVIL}")
    intake.take_in(desk.store, a_source(), [hostile], NOW)
    test = searched(desk, "shelter")

    bodies = "".join(element.proto.body for element in test.get("html"))
    assert "&lt;img src=x" in bodies
    assert "<img" not in bodies
    assert "<script" not in bodies
    assert not any("javascript" in str(element.value) for element in test.markdown)


def test_several_are_assigned_together_with_a_note(desk: Desk, ben: Person) -> None:
    test = searched(desk, "helpline")
    test.toggle(key="search-choosing").set_value(True).run()
    test.checkbox(key="search-tick-item-1").check()
    test.checkbox(key="search-tick-item-3").check().run()
    test.selectbox(key="search-assign-to").set_value(ben.id)
    test.text_input(key="search-assign-note").set_value("for today").run()

    test.button(key="search-assign-do").click().run()

    assert not test.exception
    assert [(one.id, one.note) for one in desk.store.assignments(to=ben.id)] == [(1, "for today"), (3, "for today")]
    assert "assigned to Ben: for today" in drawn(test)


def test_a_filter_is_kept_used_again_and_removed(desk: Desk) -> None:
    test = searched(desk, "helpline")
    test.text_input(key="search-name").set_value("My helplines").run()
    test.button(key="search-keep").click().run()
    [kept] = desk.store.saved_filters("search", desk.person.id)
    assert (kept.name, kept.wanted) == ("My helplines", {"text": "helpline"})
    test.text_input(key="search-text").set_value("").run()

    test.button(key=f"search-use-{kept.id}").click().run()
    assert test.text_input(key="search-text").value == "helpline"
    assert "3 found" in drawn(test)

    test.button(key=f"search-drop-{kept.id}").click().run()
    assert desk.store.saved_filters("search", desk.person.id) == []


def test_a_kept_filter_whose_code_is_gone_is_used_without_it_and_says_so(desk: Desk, ben: Person) -> None:
    id = filters.keep(
        desk.store, ben, "search", "Old", {"text": "helpline", "reason": "not_any_more"}, NOW, shared=True
    )
    test = page(desk, "search")

    test.button(key=f"search-use-{id}").click().run()

    assert "3 found" in drawn(test)
    assert "not_any_more" in test.session_state["flash"]


def test_only_an_editor_is_offered_to_share(desk: Desk, ben: Person) -> None:
    def offered(seen: Desk) -> bool:
        return any(box.key == "search-team" for box in searched(seen, "helpline").checkbox)

    assert (offered(desk), offered(replace(desk, person=ben))) == (False, True)


# -------------------------------------------------------------------------------------------------- initiatives


@pytest.fixture
def listed(desk: Desk, ben: Person) -> Desk:
    """The same desk with a draft of Ana's in Canada and one of Ben's in France that waits for its second look."""
    desk.store.add_initiative(an_initiative(), desk.person, NOW, "1", sample=False)
    lyon = an_initiative(wordings={"fr": Wording(title="Écoute à Lyon")}, countries=("FR",))
    record = desk.store.add_initiative(lyon, ben, NOW - timedelta(days=20), "1", sample=False)
    desk.store.move_initiative(record.id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ben)
    return desk


def test_the_list_begins_with_what_waits_for_a_second_look(listed: Desk) -> None:
    test = page(listed, "lists")

    assert "Écoute à Lyon" in drawn(test)
    assert "Helpline by text message" not in drawn(test)
    assert [button.label for button in test.button if str(button.key).startswith("open-")] == ["Look"]


def test_the_list_is_filtered_by_its_controls(listed: Desk, ben: Person) -> None:
    test = page(listed, "lists")
    test.button_group(key="list-state").set_value(None).run()
    assert {"Écoute à Lyon", "Helpline by text message"} <= {
        title for title in ("Écoute à Lyon", "Helpline by text message") if title in drawn(test)
    }

    test.selectbox(key="list-country").set_value("FR").run()
    assert "Helpline by text message" not in drawn(test)
    assert test.query_params["country"] == "FR"

    test.selectbox(key="list-country").set_value(None)
    test.selectbox(key="list-waiting_days").set_value(30).run()
    assert "None here." in [info.value for info in test.info]

    test.button(key="list-clear").click().run()
    assert "Helpline by text message" in drawn(test)


def test_initiatives_are_assigned_from_the_list_and_found_by_whom(listed: Desk, ben: Person) -> None:
    test = page(listed, "lists")
    test.toggle(key="list-choosing").set_value(True).run()
    test.button(key="list-all").click().run()
    test.selectbox(key="list-assign-to").set_value(ben.id).run()
    test.button(key="list-assign-do").click().run()

    assert [(one.kind, one.id) for one in listed.store.assignments(to=ben.id)] == [("initiative", 2)]

    test.button_group(key="list-state").set_value(None).run()
    test.selectbox(key="list-assigned_to").set_value(ben.id).run()
    assert "assigned to Ben" in drawn(test)
    assert "Helpline by text message" not in drawn(test)


# ------------------------------------------------------------------------------------------------- news and feed


def test_what_was_assigned_and_is_late_is_marked(desk: Desk, ben: Person) -> None:
    tasks.assign(desk.store, ben, "item", [1], desk.person.id, NOW, due_on=NOW.date(), note="first thing")

    told = drawn(page(replace(desk, now=NOW + timedelta(days=1)), "notices"))

    assert "1 to do" in told
    assert "was due on" in told
    assert "first thing" in told
    assert "new Ben assigned this to you" in told


def test_news_are_read_together_or_one_by_one(desk: Desk, ben: Person) -> None:
    tasks.assign(desk.store, ben, "item", [1], desk.person.id, NOW)
    tasks.assign(desk.store, ben, "item", [3], desk.person.id, NOW)
    seen = replace(desk, now=datetime.now(UTC))
    test = page(seen, "notices")
    assert desk.store.unread_notices(desk.person, datetime.now(UTC)) == 2

    test.button(key="notices-read").click().run()

    assert desk.store.unread_notices(desk.person, datetime.now(UTC)) == 0
    assert "new Ben" not in drawn(test)


@pytest.mark.parametrize("name", ["search", "lists", "activity"])
def test_an_address_of_rubbish_is_no_error(desk: Desk, name: str) -> None:
    def script(desk, name):  # type: ignore[no-untyped-def]
        from importlib import import_module

        import_module(f"dashboard.desk.{name}").show(desk)

    test = AppTest.from_function(script, default_timeout=30, args=(desk, name))
    fields = (
        "kind state issue country type language source decided_by reason since until order waiting_days assigned_to"
    )
    for field in f"{fields} to_check person group subject number".split():
        test.query_params[field] = "<b>\x00' OR 1=1"

    test.run()

    assert not test.exception


@pytest.mark.parametrize(("number", "said"), [(0, "For you"), (3, "For you (3)"), (200, "For you (200+)")])
def test_the_bar_says_how_much_is_new(desk: Desk, number: int, said: str) -> None:
    assert notices.called(desk, "For you", number) == said


def test_the_feed_tells_in_words_who_did_what(desk: Desk) -> None:
    told = drawn(page(desk, "activity"))

    assert "Ben excluded Town number 1 opens a helpline #2" in told
    assert "ben@example.org" not in told
    assert "decided" not in told


def test_the_feed_speaks_the_reader_s_language(desk: Desk) -> None:
    assert "Ben a exclu" in drawn(page(replace(desk, words=words("fr")), "activity"))
    assert "Ben excluyó" in drawn(page(replace(desk, words=words("es")), "activity"))


def test_the_feed_is_narrowed_by_person_and_kind(desk: Desk, ben: Person) -> None:
    tasks.assign(desk.store, desk.person, "item", [1], ben.id, NOW)
    test = page(desk, "activity")

    test.selectbox(key="activity-person").set_value(ben.email).run()
    assert "Ana assigned" not in drawn(test)
    test.selectbox(key="activity-person").set_value(None)
    test.selectbox(key="activity-group").set_value("given").run()

    assert "Ana assigned Town number 0 opens a helpline #1 to Ben" in drawn(test)
    assert "excluded" not in drawn(test)


def test_what_the_feed_has_no_sentence_for_is_told_as_it_is_called(desk: Desk) -> None:
    desk.store.note("somebody else", "did <b>something new</b>", "item", 1)

    assert "somebody else : did &lt;b&gt;something new&lt;/b&gt; ( Town number 0" in drawn(page(desk, "activity"))


def test_every_event_of_items_initiatives_and_sources_has_its_sentence() -> None:
    """Whoever notes a new kind of event in the store says here how the feed tells it."""
    import ast

    told = set()
    for path in Path(store.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "note" and len(node.args) > 3:
                what, subject = node.args[1], node.args[2]
                if isinstance(what, ast.Constant) and isinstance(subject, ast.Constant):
                    told.add((str(what.value), str(subject.value)))

    expected = {what for what, subject in told if subject in ("item", "initiative", "source", "release", "network")}
    assert expected - set(activity.SENTENCES) == {"decided"}
