"""The page Quality: figures over random checks, alerts, and who may choose the model in service."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import a_source, an_entry
from tests.tracker.teaching import arrive, decide, mixed
from tracker import exclusion, intake, second_coding, taxonomy
from tracker.model import Drawn, KeptModel, ModelState, Person, Role, Source, Verdict
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.second_coding import DRAWN_UNDER, Coding

NOW = datetime(2020, 5, 6, 12, 0, tzinfo=UTC)  # a Wednesday


def said(test: AppTest) -> str:
    """What the page says, without its marks."""
    return drawn(test) + " ".join(one.value for one in test.markdown)


@pytest.fixture
def desk(sqlite_store: Store) -> Desk:
    ana = sqlite_store.add_person(Person(email="ana@example.org", name="Ana"), "no hash", "test")
    return Desk(sqlite_store, taxonomy.load(), Settings(), ana, words("en"), NOW)


@pytest.fixture
def watched(desk: Desk) -> Source:
    source = a_source()
    desk.store.register([source])
    return source


@pytest.fixture
def editor(desk: Desk) -> Desk:
    ben = Person(email="ben@example.org", name="Ben", role=Role.EDITOR)
    return replace(desk, person=desk.store.add_person(ben, "no hash", "test"))


def decided(desk: Desk, source: Source, number: int, person: Person, *, first: int = 0, wrong: bool = False) -> None:
    """So many decisions on random checks; one in three is wanted, or all but these where they are wrong."""
    at = NOW - timedelta(hours=30)
    items = arrive(desk.store, source, mixed(number), at, first=first)
    decide(desk.store, person, items, [so != wrong for so in mixed(number)], at, drawn_by=Drawn.AUDIT)


def a_model(**changes: object) -> KeptModel:
    good = {
        "version": 1,
        "made_at": NOW,
        "made_of": 50,
        "data_hash": "d",
        "words": "words-1",
        "scores": {"tags": {"initiative": {"f1": 0.79, "n": 38}}, "word_lists": {"initiative": {"f1": 0.69, "n": 38}}},
        "state": ModelState.IN_SERVICE,
        "reason": "no worse",
    }
    return KeptModel.model_validate({**good, **changes})


def test_without_decisions_it_says_where_figures_will_come_from(desk: Desk) -> None:
    test = page(desk, "quality")

    assert "one item in ten is drawn by chance" in test.info[0].value
    assert "No model yet" in said(test)


def test_figures_carry_their_interval_and_number_and_few_are_called_too_few(desk: Desk, watched: Source) -> None:
    decided(desk, watched, 12, desk.person)

    told = said(page(desk, "quality"))

    assert re.search(r"English 12 100 % \(\d+–100 %; n\s=\s4\) too few", told)
    assert "12 decisions, 12 of them random checks" in told


def test_over_thirty_are_not_called_too_few(desk: Desk, watched: Source) -> None:
    decided(desk, watched, 90, desk.person)

    told = said(page(desk, "quality"))

    assert re.search(r"English 90 100 % \(\d+–100 %; n\s=\s30\) 100 % ", told)


def test_how_soon_the_wanted_were_found_is_a_picture_with_a_sentence_and_a_table(desk: Desk, watched: Source) -> None:
    decided(desk, watched, 30, desk.person)

    test = page(desk, "quality")

    html = "".join(element.proto.body for element in test.get("html"))
    assert 'role="img" aria-label="Half of the wanted items were among the first' in html
    assert test.expander[0].label == "The same as a table"
    assert "Decided Found of the wanted" in said(test)


def test_a_language_that_is_found_far_less_than_english_stands_on_top(desk: Desk, watched: Source) -> None:
    decided(desk, watched, 90, desk.person)
    french = a_source(id="fr", language="fr", url="https://fr.example.org/feed", issues=())
    desk.store.register([watched, french])
    texts = [
        an_entry(
            url=f"https://fr.example.org/{n}",
            guid=None,
            title=f"La ville numéro {n} ouvre un lieu",
            text=f"Un lieu {n} pour celles qui fuient, dans la ville et le pays, avec les associations du quartier.",
        )
        for n in range(30)
    ]
    intake.take_in(desk.store, french, texts, NOW - timedelta(hours=20))
    found = [one.id for one in desk.store.find_items([entry.url or "" for entry in texts], [])]
    decide(desk.store, desk.person, found, [True] * 30, NOW - timedelta(hours=20), drawn_by=Drawn.AUDIT)

    assert "French: only 0 % of the initiatives in random checks were suggested; in English 100 %." in said(
        page(desk, "quality")
    )


def test_an_account_that_disagrees_strongly_is_named_to_editors_alone(
    desk: Desk, editor: Desk, watched: Source
) -> None:
    mallory = desk.store.add_person(Person(email="m@example.org", name="Mallory"), "no hash", "test")
    decided(desk, watched, 60, desk.person)
    decided(desk, watched, 60, mallory, first=100, wrong=True)

    assert "Mallory agrees with the suggestions in 0 % of 60 decisions, all others in 100 %" in said(
        page(editor, "quality")
    )
    assert "Mallory" not in said(page(desk, "quality"))


def test_models_stand_with_what_they_were_made_of_and_their_scores_beside_the_word_lists(desk: Desk) -> None:
    desk.store.add_model(a_model(), b"weights", "learning")

    told = said(page(desk, "quality"))

    assert "Model 1 in service" in told
    assert "from 50 decisions F1 0.79 on 38 held-out decisions (the word lists 0.69) no worse" in told


def test_an_editor_puts_an_older_model_in_service_and_an_analyst_cannot(
    desk: Desk, editor: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in (1, 2):
        desk.store.add_model(a_model(version=version), b"weights", "learning")
    assert not page(desk, "quality").button

    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)
    test = page(editor, "quality")
    test.button(key="model-use-1").click().run()

    serving = desk.store.serving()
    assert serving is not None
    assert (serving.version, serving.put_by) == (1, editor.person.id)
    test.button(key="model-auto-1").click().run()
    serving = desk.store.serving()
    assert serving is not None
    assert serving.put_by is None


def test_the_week_is_told_with_its_method(desk: Desk, watched: Source) -> None:
    decided(desk, watched, 30, desk.person)

    test = page(desk, "quality")

    assert test.markdown[0].value == "This week: everything is read"
    assert "Callaghan and Müller-Hansen 2020" in test.markdown[0].help


# ------------------------------------------------------------------------------------------------- people beside people


def coded_twice(desk: Desk, source: Source, first: Person, second: Person, number: int, *, apart: int = 0) -> None:
    """So many items that both have coded, one in three of them wanted; on the last few the second one differs."""
    at = NOW - timedelta(hours=30)
    items = arrive(desk.store, source, mixed(number), at, first=1_000 * second.id)
    made = decide(desk.store, first, items, mixed(number), at, drawn_by=Drawn.AUDIT)
    with desk.store.writing() as db:
        db.exec_driver_sql("UPDATE item SET second_lot = 0")
    for place, (decision, so) in enumerate(zip(made, mixed(number), strict=True)):
        wanted = so if place < number - apart else not so
        coding = (
            Coding(verdict=Verdict.INCLUDE, issues=("domestic_violence",), countries=("CA",))
            if wanted
            else Coding(verdict=Verdict.EXCLUDE, reason="outside_issues")
        )
        second_coding.code(desk.store, desk.taxonomy, second, decision.item_id, decision.id, coding, NOW)


def tiles(test: AppTest) -> list[str]:
    """The five figures at the top, each as what it says."""
    html = "".join(element.proto.body for element in test.get("html"))
    found = re.findall(r'<li class="[^"]*"><a .*?</a></li>', html)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def test_five_figures_tell_at_once_whether_the_desk_is_well(desk: Desk, editor: Desk, watched: Source) -> None:
    assert [one.split()[0] for one in tiles(page(desk, "quality"))] == [
        "Agreement,",
        "Recall",
        "Items",
        "Waiting",
        "To",
    ]
    coded_twice(desk, watched, desk.person, editor.person, 40, apart=2)

    agreement, recall, pace, waiting, settle = tiles(page(editor, "quality"))

    assert agreement.startswith("Agreement, in or out well 0.8")
    assert "too few" in recall
    assert pace.startswith("Items an hour, team – none yet")  # within a minute: too little time to say
    assert waiting.startswith("Waiting well 0")
    assert settle.startswith("To be settled needs a look 2")


def test_agreement_is_told_with_kappa_its_interval_and_what_too_few_means(
    desk: Desk, editor: Desk, watched: Source
) -> None:
    coded_twice(desk, watched, desk.person, editor.person, 20, apart=1)

    told = said(page(desk, "quality"))

    assert re.search(r"In or out 95 % \(\d+–99 %; n = 20\) too few 0\.8\d \(0\.\d+ to 1\) too few", told)
    assert "May 2020 95 %" in told
    assert "norm of 0.61" in told


def test_months_and_pairs_are_told_for_each_question(desk: Desk, editor: Desk, watched: Source) -> None:
    coded_twice(desk, watched, desk.person, editor.person, 9)
    test = page(editor, "quality")

    test.selectbox(key="agreement-on").set_value("country").run()

    assert [one.label for one in test.expander[:2]] == [
        "By month of the first decision",
        "By pair (only editors see this)",
    ]
    assert said(test).count("n = 3") >= 3  # the three that both include: in the table, by month and by pair


def test_high_raw_agreement_with_a_low_kappa_is_explained(desk: Desk, editor: Desk, watched: Source) -> None:
    at = NOW - timedelta(hours=30)
    items = arrive(desk.store, watched, [False] * 40, at)
    made = decide(desk.store, desk.person, items, [n == 0 for n in range(40)], at)
    with desk.store.writing() as db:
        db.exec_driver_sql("UPDATE item SET second_lot = 0")
    for place, decision in enumerate(made):
        coding = Coding(verdict=Verdict.EXCLUDE, reason="opinion") if place != 1 else Coding(verdict=Verdict.INCLUDE)
        second_coding.code(desk.store, desk.taxonomy, editor.person, decision.item_id, decision.id, coding, NOW)

    assert "In or out: 95 % raw agreement, yet kappa -0.03." in said(page(desk, "quality"))


def test_pairs_and_the_pace_of_others_are_for_editors(desk: Desk, editor: Desk, watched: Source) -> None:
    coded_twice(desk, watched, desk.person, editor.person, 3)

    seen_by_editor, seen_by_analyst = page(editor, "quality"), page(desk, "quality")

    assert "Ana and Ben" in said(seen_by_editor)
    assert "Ana none yet 2" in said(seen_by_editor)
    assert "Ben" not in said(seen_by_analyst)
    assert "You none yet 2" in said(seen_by_analyst)
    assert "only editors see this" not in " ".join(one.label for one in seen_by_analyst.expander)


def test_what_one_person_has_excluded_is_counted_with_its_yield(desk: Desk, editor: Desk, watched: Source) -> None:
    at = NOW - timedelta(hours=30)
    items = arrive(desk.store, watched, [False] * 3, at)
    with desk.store.writing() as db:
        db.execute(sa.text("UPDATE item SET second_lot = :lot"), {"lot": DRAWN_UNDER})
    made = decide(desk.store, desk.person, items, [False] * 3, at)
    exclusion.look(desk.store, editor.person, made[0].id, NOW, stands=False)

    told = said(page(desk, "quality"))

    assert "2 exclusions for one reason wait for another person." in told
    assert "Sent back into the queue, of those that were looked at: 100 %" in told
    assert "Copy that adds nothing" in told
