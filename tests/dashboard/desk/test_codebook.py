"""The page Codebook: every code with its limits and uses, found by words in any language, and by its own link."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import a_decision, a_person, a_source, an_initiative, entries
from tracker import intake, review, taxonomy
from tracker.model import Actor, InitiativeState, Person, Source, Verdict
from tracker.settings import Settings
from tracker.store import Store
from tracker.taxonomy import GROUPS


@pytest.fixture
def desk(sqlite_store: Store) -> Desk:
    ana = sqlite_store.add_person(a_person(), "no hash", "test")
    now = datetime(2020, 5, 20, 12, 0, tzinfo=UTC)
    return Desk(sqlite_store, taxonomy.load(), Settings(), ana, words("en"), now)


def test_every_code_of_every_group_is_there(desk: Desk) -> None:
    html = "".join(element.proto.body for element in page(desk, "codebook").get("html"))

    for group in GROUPS:
        for code in desk.taxonomy.codes(group):
            assert f"<code>{code}</code>" in html, (group, code)


def test_a_code_is_found_by_words_of_another_language_without_accents(desk: Desk) -> None:
    test = page(desk, "codebook")

    test.text_input(key="codebook-text").set_value("ligne ecoute").run()

    told = drawn(test)
    assert "A1 Helpline or remote support" in told
    assert "Contact and disclosure · used" not in told  # its family's name is beside it, the marks are not text
    assert "Shelter kept open or enlarged" not in told


def test_what_no_code_says_is_told(desk: Desk) -> None:
    test = page(desk, "codebook")

    test.text_input(key="codebook-text").set_value("unicorn").run()

    assert test.info[0].value == "No code has these words."


def linked(desk: Desk, code: str) -> AppTest:
    def script(desk, code):  # type: ignore[no-untyped-def]
        import streamlit as st

        from dashboard.desk import codebook

        st.query_params["code"] = code
        codebook.show(desk)

    test = AppTest.from_function(script, default_timeout=30, args=(desk, code))
    test.run()
    assert not test.exception
    return test


def test_a_link_leads_to_one_code_in_all_three_languages(desk: Desk) -> None:
    told = drawn(linked(desk, "A1"))

    for label in ("Helpline or remote support", "Ligne d&#x27;écoute", "Línea de ayuda"):
        assert label in told
    assert "Belongs" in told
    assert "En fait partie" in told
    assert "Se incluye" in told
    assert "Strengthening of services · Hotlines and reporting mechanisms" in told
    assert "Shelter kept open" not in told


def test_a_link_to_no_code_says_so(desk: Desk) -> None:
    assert "There is no code Q9 in version" in linked(desk, "Q9").info[0].value


def test_uses_are_counted_at_the_desk_and_in_public(
    store: Store, source: Source, ana: Person, ben: Person, now: datetime
) -> None:
    codes = taxonomy.load()
    content = an_initiative(types=("A1", "A2"), status="active", actors=(Actor(name="City", kind="executive"),) * 2)
    public = store.add_initiative(content, ana, now, "1", sample=False)
    store.add_initiative(content, ana, now, "1", sample=False)
    store.move_initiative(public.id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ana)
    store.approve_initiative(public.id, 1, ben, now)
    intake.take_in(store, source, entries(2), now)
    for item in (1, 2):
        decision = a_decision(
            key=f"k{item}", item_id=item, person_id=ana.id, verdict=Verdict.EXCLUDE, reason="opinion",
            reasons_more=("not_covid",),
        )  # fmt: skip
        made = review.decide(store, codes, ana, decision)
    review.undo(store, ana, made.id, "back", now)

    desk, public_uses = store.code_uses()

    assert (desk["types", "A1"], public_uses["types", "A1"]) == (2, 1)
    assert desk["type_families", "A"] == 2
    assert (desk["actor_kinds", "executive"], desk["actor_roles", "lead"]) == (2, 2)
    assert (desk["exclusion_reasons", "opinion"], desk["exclusion_reasons", "not_covid"]) == (1, 1)
    assert (desk["statuses", "active"], public_uses["statuses", "active"]) == (2, 1)


def test_versions_that_decisions_were_made_with_are_listed(desk: Desk) -> None:
    desk.store.register([a_source()])
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    hold = a_decision(person_id=desk.person.id, verdict=Verdict.HOLD, at=desk.now)
    review.decide(desk.store, desk.taxonomy, desk.person, hold)
    desk.store.add_initiative(an_initiative(), desk.person, desk.now, "2020.1", sample=False)

    told = drawn(page(desk, "codebook"))

    assert f"{desk.taxonomy.version} now 20 May 2020 20 May 2020 1" in told
    assert "2020.1 20 May 2020 20 May 2020 1" in told


def test_it_is_in_the_language_of_the_desk_and_in_all_three_when_asked(desk: Desk) -> None:
    test = page(replace(desk, words=words("es")), "codebook")
    assert "Helpline" not in drawn(test)

    test.toggle(key="codebook-languages").set_value(True).run()

    assert "Helpline or remote support" in drawn(test)
