"""Coding: what stands on the form beforehand, what is kept while somebody types, and who is told what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import a_decision, a_person, a_source, an_initiative, entries
from tracker import intake, merging, review, taxonomy
from tracker.model import EvidenceRole, Initiative, InitiativeState, Origin, Person, Record, Scored, Wording
from tracker.settings import Settings
from tracker.store import Store


@pytest.fixture
def desk(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)  # who is here is asked in test_coding_by_keyboard
    ana = sqlite_store.add_person(a_person(email="ana@example.org", name="Ana"), "no hash", "test")
    sqlite_store.register([a_source()])
    return Desk(sqlite_store, taxonomy.load(), Settings(), ana, words("en"), datetime.now(UTC))


@pytest.fixture
def ben(desk: Desk) -> Person:
    return desk.store.add_person(a_person(email="ben@example.org", name="Ben"), "no hash", "test")


@pytest.fixture
def draft(desk: Desk) -> Record:
    """A draft that nobody has coded, whose item seems to speak of two issues, one of them faintly."""
    [item_id] = intake.take_in(desk.store, a_source(), entries(1), desk.now).new_ids
    said = desk.store.item(item_id, desk.now).suggestion
    [row] = desk.store.said_of([item_id]).values()
    said = said.but(
        version=f"model-1+{said.version}",
        issues=(Scored(code="hate_crime", score=0.8, terms=("slurs",)), Scored(code="victim_services", score=0.4)),
        types=(Scored(code="A4", score=0.7, terms=("online form",)),),
        countries=(Scored(code="CA", score=0.9),),
        places=(Scored(code="CA-QC", score=0.9, terms=("Québec",)),),
        actor_kinds=(Scored(code="police", score=0.6),),
    )
    desk.store.suggest_again({item_id: (row.words_id, said)}, desk.now)
    decision = a_decision(item_id=item_id, person_id=desk.person.id, at=desk.now, issues=(), countries=())
    made = review.decide(desk.store, desk.taxonomy, desk.person, decision)
    assert made.initiative_id is not None
    return desk.store.record(made.initiative_id)


def opened(desk: Desk, record: Record) -> AppTest:
    def script(desk, number):  # type: ignore[no-untyped-def]  # its text alone is run: it knows no names of this module
        import streamlit as st

        from dashboard.desk import coding

        st.session_state.setdefault("coding-id", number)
        coding.show(desk)

    test = AppTest.from_function(script, default_timeout=30, args=(desk, record.id))
    test.run()
    assert not test.exception
    return test


def key(record: Record, name: str) -> str:
    return f"code-{record.id}-{record.revision}-{name}"


def code(desk: Desk, record: Record, content: Initiative, by: Person | None = None) -> Record:
    """The record as somebody has saved it."""
    saved = review.save(desk.store, desk.taxonomy, by or desk.person, record.id, record.revision, content, desk.now)
    return desk.store.record(saved.id)


def fields(desk: Desk, record: Record) -> dict[str, Any]:
    """What this person has typed and not saved."""
    copy = desk.store.working_copy(record.id, desk.person.id)
    return copy.fields if copy else {}


# -------------------------------------------------------------------------------------------------------- suggestions


def test_what_is_likely_stands_chosen_and_marked_with_the_words_that_made_it_so(desk: Desk, draft: Record) -> None:
    test = opened(desk, draft)

    chosen = {name: test.multiselect(key=key(draft, name)).value for name in ("issues", "types", "subdivisions")}
    assert chosen == {"issues": ["hate_crime"], "types": ["A4"], "subdivisions": ["CA-QC"]}
    assert "Hate crime and racism · suggested" in test.multiselect(key=key(draft, "issues")).options
    assert "Suggested Hate crime and racism 80 % (slurs), Access to victim services 40 %" in drawn(test)
    assert test.selectbox(key=key(draft, "actor-0-kind")).value == "police"
    assert "The kind is only suggested" in drawn(test)
    assert fields(desk, draft) == {}


def test_what_is_saved_is_what_the_person_chose_and_what_was_suggested_is_kept_beside_it(
    desk: Desk, draft: Record
) -> None:
    test = opened(desk, draft)
    test.multiselect(key=key(draft, "issues")).set_value(["victim_services"]).run()
    test.button(key=key(draft, "save")).click().run()

    content = desk.store.record(draft.id).initiative
    assert (content.issues, content.types, content.actors) == (("victim_services",), ("A4",), ())
    [coded] = desk.store.coded(draft.changed_at)
    assert [one.code for one in coded.suggestions[0].issues] == ["hate_crime", "victim_services"]


def test_once_a_person_has_coded_it_nothing_stands_suggested(desk: Desk, draft: Record) -> None:
    saved = code(desk, draft, an_initiative(types=()))

    test = opened(desk, saved)

    assert test.multiselect(key=key(saved, "types")).value == []
    assert "Suggested" not in drawn(test)


# ------------------------------------------------------------------------------------------------------------ keeping


def test_each_change_is_kept_and_is_there_when_the_page_is_opened_again(desk: Desk, draft: Record) -> None:
    test = opened(desk, draft)
    test.text_input(key=key(draft, "start")).set_value("2020-1").run()
    assert "Kept as yours at" in drawn(test)
    assert fields(desk, draft) == {"start": "2020-1"}

    again = opened(desk, draft)

    assert again.text_input(key=key(draft, "start")).value == "2020-1"
    assert desk.store.record(draft.id).revision == 1


def test_a_date_says_how_it_was_understood_or_why_not_beside_its_field(desk: Desk, draft: Record) -> None:
    test = opened(desk, draft)

    test.text_input(key=key(draft, "start")).set_value("2020-04").run()
    assert "understood as April 2020" in drawn(test)
    test.text_input(key=key(draft, "start")).set_value("2020-13").run()

    said = [element.proto.body for element in test.get("html") if "d-problem" in element.proto.body]
    assert f'data-for="{key(draft, "start")}"' in said[0]
    assert "“2020-13” is no date" in said[0]


def test_what_cannot_be_understood_is_not_saved_and_not_lost(desk: Desk, draft: Record) -> None:
    test = opened(desk, draft)
    test.text_input(key=key(draft, "amount")).set_value("plenty").run()
    test.button(key=key(draft, "save")).click().run()

    assert [one.value for one in test.error] == ["Not saved yet. What is marked below cannot be understood: amount."]
    assert desk.store.record(draft.id).revision == 1
    assert fields(desk, draft) == {"amount": "plenty"}


def test_the_list_says_what_is_typed_and_not_saved(desk: Desk, draft: Record) -> None:
    assert "not saved" not in drawn(page(desk, "lists"))

    opened(desk, draft).text_input(key=key(draft, "locality")).set_value("Laval").run()

    assert "you have typed something that is not saved" in drawn(page(desk, "lists"))


def test_what_was_typed_into_a_form_of_an_earlier_age_is_no_harm(desk: Desk, draft: Record) -> None:
    review.keep(desk.store, desk.person, draft.id, 1, {"subdivision": "CA-QC", "locality": "Laval"}, desk.now)

    test = opened(desk, draft)
    test.button(key=key(draft, "save")).click().run()

    assert desk.store.record(draft.id).initiative.locality == "Laval"


def test_what_is_discarded_is_gone_for_good(desk: Desk, draft: Record) -> None:
    opened(desk, draft).text_input(key=key(draft, "locality")).set_value("Laval").run()

    test = opened(desk, draft)
    test.button(key=key(draft, "discard")).click().run()

    assert test.text_input(key=key(draft, "locality")).value == ""
    assert fields(desk, draft) == {}


def test_a_new_line_comes_when_the_last_one_is_used(desk: Desk, draft: Record) -> None:
    saved = code(desk, draft, an_initiative())
    test = opened(desk, saved)

    test.text_input(key=key(saved, "actor-0-name")).set_value("City of Laval").run()
    assert test.text_input(key=key(saved, "actor-1-name")).value == ""
    again = opened(desk, saved)
    again.button(key=key(saved, "save")).click().run()

    assert [actor.name for actor in desk.store.record(saved.id).initiative.actors] == ["City of Laval"]


# ------------------------------------------------------------------------------------------------------- the two ways


def test_what_the_second_look_asks_for_is_told_by_field_after_saving(desk: Desk, draft: Record) -> None:
    saved = code(desk, draft, an_initiative(types=()))
    test = opened(desk, saved)

    test.text_input(key=key(saved, "locality")).set_value("Laval").run()
    assert "For the second look: types" in drawn(test)
    test.button(key=key(saved, "send")).click().run()

    assert [one.value for one in test.warning] == [
        "Saved, but not yet ready for the second look: types: needs at least one type"
    ]
    assert desk.store.record(saved.id).state is InitiativeState.DRAFT
    assert desk.store.record(saved.id).initiative.locality == "Laval"


def test_after_sending_the_next_draft_is_one_press_away(desk: Desk, draft: Record) -> None:
    other = desk.store.add_initiative(an_initiative(), desk.person, desk.now, "1", sample=False)
    test = opened(desk, draft)

    test.button(key=key(draft, "send")).click().run()
    assert desk.store.record(draft.id).state is InitiativeState.SECOND_LOOK
    test.button(key=f"next-draft-{draft.id}-{other.id}").click().run()

    assert f"#{other.id}" in drawn(test)
    assert test.text_input(key=key(other, "title-en")).value == "Helpline by text message"


# ---------------------------------------------------------------------------------------------------------- two people


def test_whoever_was_slower_sees_both_changes_and_puts_theirs_on_top(desk: Desk, draft: Record, ben: Person) -> None:
    start = code(desk, draft, an_initiative(locality="Laval"))
    test = opened(desk, start)
    test.text_input(key=key(start, "locality")).set_value("Québec").run()
    now = code(desk, start, an_initiative(locality="Gatineau", keywords=("text",)), by=ben)

    test = opened(desk, start)
    assert "Ben saved revision 3 while you were typing on revision 2" in drawn(test)
    assert "place Laval Gatineau Laval Québec" in drawn(test)
    assert "keywords text –" in drawn(test)
    test.button(key=f"mine-{start.id}-3").click().run()

    assert test.text_input(key=key(now, "locality")).value == "Québec"
    assert test.multiselect(key=key(now, "keywords")).value == ["text"]
    test.button(key=key(now, "save")).click().run()
    assert desk.store.record(start.id).initiative == an_initiative(locality="Québec", keywords=("text",))


def test_whoever_was_slower_may_take_what_the_other_wrote(desk: Desk, draft: Record, ben: Person) -> None:
    start = code(desk, draft, an_initiative())
    opened(desk, start).text_input(key=key(start, "locality")).set_value("Québec").run()
    now = code(desk, start, an_initiative(locality="Gatineau"), by=ben)

    test = opened(desk, start)
    test.button(key=f"theirs-{start.id}-3").click().run()

    assert test.text_input(key=key(now, "locality")).value == "Gatineau"
    assert fields(desk, start) == {}


def test_that_somebody_saved_is_told_at_the_next_change(desk: Desk, draft: Record, ben: Person) -> None:
    start = code(desk, draft, an_initiative())
    test = opened(desk, start)
    code(desk, start, an_initiative(locality="Gatineau"), by=ben)

    test.text_input(key=key(start, "phone")).set_value("555-0100").run()

    assert "Ben saved revision 3" in drawn(test)
    assert fields(desk, start) == {"phone": "555-0100"}


# ------------------------------------------------------------------------------------------------------------ wordings


def test_a_language_without_a_title_is_marked_as_missing(desk: Desk, draft: Record) -> None:
    said = drawn(opened(desk, draft))

    assert "English the source&#x27;s own words" in said
    assert "French missing" in said


def test_a_machine_translation_is_marked_until_somebody_has_read_it(desk: Desk, draft: Record) -> None:
    content = an_initiative(wordings={"fr": Wording(title="Ligne d'écoute", origin=Origin.MACHINE)})
    saved = code(desk, draft, content)
    test = opened(desk, saved)
    assert "French translated by a machine" in drawn(test)

    test.checkbox(key=key(saved, "checked-fr")).check().run()
    opened(desk, saved).button(key=key(saved, "save")).click().run()

    assert desk.store.record(saved.id).initiative.wordings["fr"].origin is Origin.HUMAN


def test_the_words_of_a_source_are_copied_into_its_language(desk: Desk, draft: Record) -> None:
    saved = code(desk, draft, an_initiative())
    test = opened(desk, saved)

    test.button(key=key(saved, "copy-en")).click().run()

    assert test.text_input(key=key(saved, "title-en")).value == "Town number 0 opens a helpline"
    opened(desk, saved).button(key=key(saved, "save")).click().run()
    assert desk.store.record(saved.id).initiative.wordings["en"].origin is Origin.SOURCE


# --------------------------------------------------------------------------------------------------------------- codes


def test_what_a_chosen_code_takes_in_stands_under_it_with_the_version_of_the_codebook(
    desk: Desk, draft: Record
) -> None:
    said = drawn(opened(desk, draft))

    assert "Hate crime and racism : Crimes, incidents, speech or discrimination aimed at people" in said
    assert f"what belongs and what does not (codebook {desk.taxonomy.version})" in said


def test_provinces_are_those_of_the_countries_that_are_chosen(desk: Desk, draft: Record) -> None:
    saved = code(desk, draft, an_initiative(countries=("AD",)))
    test = opened(desk, saved)
    assert "Canillo" in test.multiselect(key=key(saved, "subdivisions")).options

    test.multiselect(key=key(saved, "countries")).set_value(["CA", "AD"]).run()

    options = test.multiselect(key=key(saved, "subdivisions")).options
    assert {"Quebec, Canada", "Canillo, Andorra"} <= set(options)


def test_source_text_is_shown_as_text_and_never_as_markup(desk: Desk) -> None:
    entry = entries(1)[0].but(text="<script>alert(1)</script> **bold** helpline", title="<b>Line</b>")
    [item_id] = intake.take_in(desk.store, a_source(), [entry], desk.now).new_ids
    record = desk.store.add_initiative(an_initiative(), desk.person, desk.now, "1", sample=False)
    desk.store.add_evidence(record.id, item_id, desk.person, desk.now, EvidenceRole.PRIMARY)

    bodies = [element.proto.body for element in opened(desk, record).get("html")]

    assert any("&lt;script&gt;alert(1)&lt;/script&gt; **bold**" in body for body in bodies)
    assert not any("<script>" in body or "<b>Line" in body for body in bodies)


def test_what_somebody_typed_acts_nowhere(desk: Desk, draft: Record, ben: Person) -> None:
    evil = '<img src=x onerror="alert(1)">'
    start = code(desk, draft, an_initiative())
    typed = dict.fromkeys(("locality", "start", "url", "amount", "title.en", "summary.en", "actor.0.name"), evil)
    review.keep(desk.store, desk.person, start.id, start.revision, {**typed, "keywords": [evil]}, desk.now)
    again = opened(desk, start)
    code(desk, start, an_initiative(locality=evil, recipients=evil), by=ben)
    overtaken = opened(desk, start)

    for shown in (again, overtaken):
        bodies = [element.proto.body for element in shown.get("html")]
        assert any("&lt;img src=x" in body for body in bodies)
        assert not any("<img" in body for body in bodies)


# ------------------------------------------------------------------------------------------------- merged and given


def merge(desk: Desk, ben: Person, draft: Record) -> Record:
    """The draft's evidence goes to another initiative, which is given."""
    there = desk.store.add_initiative(an_initiative(), ben, desk.now, "1", sample=False)
    merging.attach_instead(desk.store, desk.taxonomy, desk.person, draft, there.id, EvidenceRole.UPDATE, desk.now)
    return there


def test_what_was_merged_has_no_form_and_says_where_it_went(desk: Desk, ben: Person, draft: Record) -> None:
    review.keep(desk.store, desk.person, draft.id, draft.revision, {"note": "typed before"}, desk.now)
    there = merge(desk, ben, draft)

    test = opened(desk, draft)

    assert f"Merged; it is told here now: #{there.id}" in drawn(test)
    assert [box.label for box in test.text_input if box.label.startswith("Title")] == []
    assert [button for button in test.button if button.label in ("Save", "Save and send", "Put mine on top")] == []


def test_an_initiative_is_given_to_somebody_on_its_own_page(desk: Desk, ben: Person, draft: Record) -> None:
    test = opened(desk, draft)
    page_key = f"initiative-{draft.id}-assign"
    test.selectbox(key=f"{page_key}-to").set_value(ben.id)
    test.text_input(key=f"{page_key}-note").set_value("You know the place")
    test.button(key=f"{page_key}-do").click().run()

    [task] = desk.store.assignments(to=ben.id)
    assert (task.kind, task.id, task.note) == ("initiative", draft.id, "You know the place")
    assert "assigned to Ben: You know the place" in drawn(test)
