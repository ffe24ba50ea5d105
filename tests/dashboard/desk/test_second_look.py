"""The pages of the second look: what each person is shown and asked, and what their answers do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.desk import harm
from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import a_source, an_initiative, entries
from tracker import intake, merging, review, second_look, taxonomy
from tracker.model import EvidenceRole, Initiative, InitiativeState, Person, Record, Role, Wording
from tracker.safety import REASONS, Kind
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.second_looks import FieldVerdict

HOSTILE = "<script>alert(1)</script> **bold**"
RISKY = {"en": Wording(title="A new shelter", summary="The shelter opened at 48 Maple Grove Road.")}


@pytest.fixture
def ana(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)  # who is here is asked in test_in_a_browser
    sqlite_store.register([a_source()])
    intake.take_in(sqlite_store, a_source(), entries(3), datetime.now(UTC))
    person = sqlite_store.add_person(Person(email="ana@example.org", name="Ana"), "no hash", "test")
    return Desk(sqlite_store, taxonomy.load(), Settings(), person, words("en"), datetime.now(UTC))


@pytest.fixture
def ben(ana: Desk) -> Desk:
    return as_person(ana, "Ben")


def as_person(desk: Desk, name: str) -> Desk:
    made = Person(email=f"{name.lower()}@example.org", name=name, role=Role.EDITOR)
    return replace(desk, person=desk.store.add_person(made, "no hash", "test"))


def drafted(desk: Desk, item: int = 1, **changes: Any) -> Record:
    record = desk.store.add_initiative(an_initiative(**changes), desk.person, desk.now, "1", sample=False)
    desk.store.add_evidence(record.id, item, desk.person, desk.now, EvidenceRole.PRIMARY)
    return record


def waiting(desk: Desk, **changes: Any) -> Record:
    record = drafted(desk, **changes)
    return review.submit(desk.store, desk.person, record.id, record.revision, ("en", "fr", "es"), desk.now)


# --------------------------------------------------------------------------------------------------- the second look


def test_fine_is_kept_at_once_and_a_doubt_with_its_words(ana: Desk, ben: Desk) -> None:
    record = waiting(ana)
    test = page(ben, "look", id=record.id)

    test.segmented_control(key=f"verdict-{record.id}-1-types").set_value(FieldVerdict.FINE).run()
    test.segmented_control(key=f"verdict-{record.id}-1-title_en").set_value(FieldVerdict.DOUBT).run()
    assert [one.field for one in ben.store.field_comments(record.id)] == ["types"]
    test.text_input(key=f"verdict-{record.id}-1-title_en-doubt").set_value("Is that its name?").run()

    said = [(one.field, one.verdict, one.text) for one in ben.store.field_comments(record.id)]
    assert said[1:] == [("title_en", FieldVerdict.DOUBT, "Is that its name?")]
    assert "Doubt Ben: Is that its name?" in drawn(test)


def test_who_wrote_it_is_told_so_and_asked_nothing(ana: Desk) -> None:
    record = waiting(ana, wordings=RISKY)

    test = page(ana, "look", id=record.id)

    assert "somebody else takes the second look" in test.info[0].value
    assert not test.segmented_control
    assert not test.pills
    assert f"approve-{record.id}-1" not in [button.key for button in test.button]


def test_it_is_approved_only_when_every_question_is_answered(ana: Desk, ben: Desk) -> None:
    record = waiting(ana, wordings=RISKY)
    test = page(ben, "look", id=record.id)
    test.checkbox(key=f"harmless-{record.id}-1").check()
    test.checkbox(key=f"right-{record.id}-1").check().run()
    assert test.button(key=f"approve-{record.id}-1").disabled
    assert "48 Maple Grove Road" in drawn(test)

    test.pills[0].set_value("public_office").run()
    assert "An office that receives the public, says Ben" in drawn(test)
    test.button(key=f"approve-{record.id}-1").click().run()

    assert ben.store.record(record.id).state is InitiativeState.APPROVED


def test_what_differs_from_the_public_revision_is_marked_before_and_after(ana: Desk, ben: Desk) -> None:
    record = waiting(ana)
    second_look.approve(ben.store, ben.person, record.id, 1, ben.now)
    edited = an_initiative(countries=("CA", "FR"))
    review.save(ana.store, ana.taxonomy, ana.person, record.id, 1, edited, ana.now, "found it")
    review.submit(ana.store, ana.person, record.id, 2, ("en",), ana.now)

    said = drawn(page(ben, "look", id=record.id))

    assert "One field differs from what the public sees; it is marked." in said
    assert "Countries Canada Canada, France" in said


def test_sent_back_the_author_reads_what_is_wrong_with_which_field(ana: Desk, ben: Desk) -> None:
    record = waiting(ana)
    second_look.comment(ben.store, ben.person, record.id, 1, "title_en", FieldVerdict.WRONG, "Not its name", ben.now)
    test = page(ben, "look", id=record.id)

    test.button(key=f"back-{record.id}-1").click().run()

    said = drawn(page(ana, "coding", id=record.id))
    assert "To be mended revision 1 Title (English) Wrong Ben: Not its name" in said
    edited = an_initiative(locality="Laval")  # one of several saves on the way: nothing of what is to be mended is lost
    review.save(ana.store, ana.taxonomy, ana.person, record.id, 1, edited, ana.now, "the town")
    assert "Wrong Ben: Not its name" in drawn(page(ana, "coding", id=record.id))


def test_people_talk_on_an_initiative(ana: Desk, ben: Desk) -> None:
    record = waiting(ana)
    test = page(ben, "look", id=record.id)

    test.text_area(key=f"say-{record.id}-0").set_value("Is it open to men?")
    test.button(key=f"say-{record.id}-0-send").click().run()

    assert "Is it open to men?" in drawn(page(ana, "coding", id=record.id))


def test_an_editor_publishes_at_once_and_a_third_person_takes_the_later_look(ana: Desk, ben: Desk) -> None:
    record = drafted(ana)
    test = page(ben, "look", id=record.id)
    test.text_input(key=f"urgent-reason-{record.id}-1").set_value("It opens tonight")
    test.button(key=f"urgent-{record.id}-1").click().run()
    assert ben.store.record(record.id).look_due_at is not None
    assert "later look is for a third person" in drawn(page(ben, "look", id=record.id))
    carl = as_person(ana, "Carl")
    assert "It opens tonight" in drawn(page(carl, "again"))

    page(carl, "look", id=record.id).button(key=f"later-{record.id}-1").click().run()

    assert carl.store.looks_due() == []


def test_analysts_are_not_offered_to_publish_at_once(ana: Desk, ben: Desk) -> None:
    record = drafted(ben)

    test = page(ana, "look", id=record.id)

    assert [button.key for button in test.button if "urgent" in str(button.key)] == []


# ------------------------------------------------------------------------------------------------------ same and merge


def test_a_draft_shows_what_it_may_be_and_one_press_gives_it_its_evidence(ana: Desk, ben: Desk) -> None:
    there, draft = waiting(ana), drafted(ana, 2)
    test = page(ana, "coding", id=draft.id)
    assert "Already there?" in drawn(test)
    assert "the same words, the same country, the same type" in drawn(test)

    test.selectbox(key=f"same-role-{draft.id}-{there.id}").set_value(EvidenceRole.UPDATE).run()
    test.button(key=f"attach-{draft.id}-1-{there.id}").click().run()

    roles = [(one.item.id, one.role) for one in ana.store.evidence(there.id)]
    assert roles == [(1, EvidenceRole.PRIMARY), (2, EvidenceRole.UPDATE)]
    assert ana.store.record(draft.id).merged_into == there.id
    assert "Merged; it is told here now:" in drawn(page(ana, "coding", id=draft.id))


def test_two_are_merged_field_by_field_and_it_is_taken_back(ana: Desk, ben: Desk) -> None:
    kept = drafted(ana, 1, countries=("CA",), locality="Laval")
    other = drafted(ana, 2, countries=("FR",), locality="Lévis")
    test = page(ben, "joining", **{"id": kept.id, "with": other.id})
    key = f"{kept.id}-1-{other.id}-1"

    test.segmented_control(key=f"take-{key}-locality").set_value(merging.Take.OTHER)
    test.text_input(key=f"merge-reason-{key}").set_value("the same line")
    test.button(key=f"merge-{key}").click().run()

    content = ben.store.record(kept.id).initiative
    assert (content.countries, content.locality) == (("CA", "FR"), "Lévis")
    [act, *_] = ben.store.acts(kept.id)
    test.button(key=f"take-back-{act.id}").click().run()
    assert (ben.store.record(kept.id), ben.store.record(other.id)) == (kept, other)


def test_one_is_split_and_the_two_name_each_other(ana: Desk) -> None:
    record = drafted(ana, 1)
    ana.store.add_evidence(record.id, 2, ana.person, ana.now, EvidenceRole.CORROBORATES)
    test = page(ana, "coding", id=record.id)

    test.multiselect(key=f"split-{record.id}-1-items").set_value([2]).run()
    test.button(key=f"split-{record.id}-1-do").click().run()

    [new] = ana.store.related(record.id)
    assert [one.item.id for one in ana.store.evidence(new)] == [2]
    assert f"#{new}" in drawn(page(ana, "coding", id=record.id))


# ------------------------------------------------------------------------------------------------- time and the past


def test_what_comes_due_is_listed_and_said_to_be_still_so(ana: Desk, ben: Desk) -> None:
    record = waiting(ana)
    second_look.approve(ben.store, ben.person, record.id, 1, ben.now - timedelta(days=70))
    test = page(ana, "again")
    assert "due since" in drawn(test)

    test.button(key=f"again-still-{record.id}-1").click().run()

    assert ana.store.checks_due(ana.now.date()) == []


def test_that_it_has_ended_is_a_revision_for_the_second_look(ana: Desk, ben: Desk) -> None:
    record = waiting(ana)
    second_look.approve(ben.store, ben.person, record.id, 1, ben.now)
    test = page(ana, "coding", id=record.id)

    test.text_input(key=f"ended-on-{record.id}-1").set_value("2020-06")
    test.button(key=f"ended-{record.id}-1").click().run()

    after = ana.store.record(record.id)
    assert (after.state, after.initiative.status) == (InitiativeState.SECOND_LOOK, "ended")


def test_the_history_says_in_words_who_changed_what_from_what(ana: Desk) -> None:
    record = drafted(ana)
    edited = an_initiative(countries=("CA", "FR"), types=("A3",))
    review.save(ana.store, ana.taxonomy, ana.person, record.id, 1, edited, ana.now, "found it")

    said = drawn(page(ana, "coding", id=record.id))

    assert "Revision 2" in said
    assert "Countries Canada Canada, France" in said
    assert "['CA'" not in said


def test_an_approval_and_a_withdrawal_are_taken_back_with_a_reason(ana: Desk, ben: Desk) -> None:
    record = waiting(ana)
    second_look.approve(ben.store, ben.person, record.id, 1, ben.now)
    second_look.withdraw(ben.store, ben.person, record.id, "wrong", ben.now)
    [act, *_] = ben.store.acts(record.id)
    test = page(ben, "coding", id=record.id)

    test.button(key=f"take-back-{act.id}").click().run()
    assert "give the reason" in test.error[0].value
    test.text_input(key=f"back-reason-{act.id}").set_value("it was right").run()
    test.button(key=f"take-back-{act.id}").click().run()

    assert ben.store.record(record.id).state is InitiativeState.APPROVED


@pytest.mark.parametrize("name", ["look", "coding", "again"])
def test_hostile_words_stay_words_everywhere(ana: Desk, ben: Desk, name: str) -> None:
    content = Initiative.model_validate({**an_initiative().model_dump(), "wordings": {"en": {"title": HOSTILE}}})
    record = drafted(ana, 1, wordings=content.wordings, locality=HOSTILE, keywords=(HOSTILE,))
    second_look.comment(ben.store, ben.person, record.id, 1, "title_en", FieldVerdict.WRONG, HOSTILE, ben.now)
    second_look.say(ben.store, ben.person, record.id, HOSTILE, ben.now)

    test = page(ben, name, id=record.id)

    bodies = "".join(element.proto.body for element in test.get("html"))
    assert "<script" not in bodies
    assert not any("**bold**" in element.value for element in (*test.markdown, *test.info, *test.warning))


def test_every_kind_and_every_reason_has_its_words() -> None:
    assert set(harm.KINDS) == set(Kind)
    assert set(harm.REASONS) == {reason for reasons in REASONS.values() for reason in reasons}
