"""The page Coverage: set by people with how they looked, in one form for a cell and a region; signs said in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.desk.shared import Desk, all_countries
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import a_person, a_source, an_initiative, asked
from tracker import searched, taxonomy
from tracker.model import Fetch, Outcome, RoughDate
from tracker.regions import REGIONS
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.coverage import Searched

NOW = datetime(2020, 5, 20, 12, 0, tzinfo=UTC)
KEY = "domestic_violence-2020-None-0"


@pytest.fixture
def desk(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)
    ana = sqlite_store.add_person(a_person(), "no hash", "test")
    sqlite_store.register([a_source()])
    return Desk(sqlite_store, taxonomy.load(), Settings(), ana, words("en"), NOW)


def html(test: AppTest) -> str:
    return "".join(element.proto.body for element in test.get("html"))


def test_it_begins_with_nothing_searched_and_a_source_that_answered_is_a_question(desk: Desk) -> None:
    asked(desk.store, Fetch(source_id="ministry-en", at=NOW, outcome=Outcome.OK))

    test = page(desk, "coverage")

    assert "0 cells searched (0 of them with nothing found), 0 partly; 1 where sources answered" in drawn(test)
    assert 'title="not searched; one source answered: partly?"' in html(test)
    assert "1 of 1 1 0 0 0" in drawn(test)  # May, in detail: sources, fetches, items, initiatives, public


def test_a_search_is_kept_with_how_one_looked_and_none_found_is_told(desk: Desk) -> None:
    test = page(desk, "coverage")

    test.multiselect(key=f"coverage-countries-{KEY}").set_value(["CA", "FR"])
    test.text_input(key=f"coverage-note-{KEY}").set_value("two newspapers")
    test.button(key=f"coverage-keep-{KEY}").click().run()

    assert 'title="searched; none found"' in html(test)
    assert "2 cells searched (2 of them with nothing found)" in drawn(test)
    assert "two newspapers (Ana, " in drawn(test)
    assert {line.month for line in desk.store.coverage_lines(date(2020, 1, 1), NOW.date()).values()} == {
        date(2020, 5, 1)
    }


def test_without_how_one_looked_nothing_is_kept(desk: Desk) -> None:
    test = page(desk, "coverage")

    test.multiselect(key=f"coverage-countries-{KEY}").set_value(["CA"])
    test.button(key=f"coverage-keep-{KEY}").click().run()

    assert "note: say how and where you have looked" in test.error[0].value
    assert desk.store.coverage_lines(date(2020, 1, 1), NOW.date()) == {}


def test_a_region_is_set_at_once(desk: Desk) -> None:
    test = page(desk, "coverage")
    test.selectbox(key="coverage-region").set_value("013").run()
    key = "domestic_violence-2020-013-0"

    test.segmented_control(key=f"coverage-state-{key}").set_value(Searched.PARTLY)
    test.text_input(key=f"coverage-note-{key}").set_value("news in Spanish")
    test.button(key=f"coverage-keep-{key}").click().run()

    lines = desk.store.coverage_lines(date(2020, 1, 1), NOW.date())
    assert {place.country for place in lines} == set(REGIONS["013"])
    assert {line.state for line in lines.values()} == {Searched.PARTLY}


def test_what_was_found_stands_in_its_cell(desk: Desk) -> None:
    found = an_initiative(start=RoughDate.parse("2020-04"))
    desk.store.add_initiative(found, desk.person, NOW, "1", sample=False)
    searched.say(
        desk.store, desk.taxonomy, desk.person, ["CA"], ["domestic_violence"], [date(2020, 4, 1)], Searched.SEARCHED,
        "the ministry", NOW,
    )  # fmt: skip

    assert 'title="searched; one initiative"' in html(page(desk, "coverage"))


def test_a_year_that_is_over_has_its_twelve_months(desk: Desk) -> None:
    test = page(replace(desk, now=NOW.replace(year=2021)), "coverage")

    test.selectbox(key="coverage-year").set_value(2020).run()

    assert html(test).count("<abbr") == 12


def test_it_speaks_french_in_months_and_regions(desk: Desk) -> None:
    test = page(replace(desk, words=words("fr")), "coverage")

    assert "avr." in drawn(test)
    assert "Amérique centrale" in test.selectbox(key="coverage-region").options


def test_every_country_that_the_desk_offers_is_in_a_region_but_antarctica() -> None:
    offered = set(all_countries())

    assert len(offered) == 250  # the 249 of ISO 3166-1, and Kosovo
    assert offered - {code for countries in REGIONS.values() for code in countries} == {"AQ"}
