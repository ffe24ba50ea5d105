"""Why the machine suggests something, as triage says it."""

from __future__ import annotations

import re
from typing import cast

from dashboard.desk import reading_on, why
from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.makers import NOW, a_person
from tracker import taxonomy
from tracker.learning.stopping import progress
from tracker.model import Item, Scored, Suggestion, Waiting
from tracker.quality import Stop
from tracker.reading.countries import place_name
from tracker.settings import Settings
from tracker.store import Store


def a_desk(language: str = "en") -> Desk:
    """A desk for what is said of values alone: nothing of it is asked of a store."""
    nothing = object()
    return Desk(cast("Store", nothing), taxonomy.load(), cast("Settings", nothing), a_person(), words(language), NOW)


def box(language: str = "en", **changes: object) -> str:
    url = "https://example.org/1"
    item = Item(source_id="s", url=url, canonical_url=url, title="T", arrived_at=NOW, content_hash="")
    suggestion = Suggestion.model_validate({"version": "words-1", **changes})
    told = why.told(a_desk(language), Waiting(item=item, suggestion=suggestion, source="S"))
    lines = ["".join(_marked(piece) for piece in line) for line in (told.head, *told.lines)]
    return "\n".join([*lines, told.by])


def _marked(piece: why.Piece) -> str:
    return f'<span class="d-{piece.look}">{piece.text}</span>' if piece.look else piece.text


def said(language: str = "en", **changes: object) -> str:
    """The words of the box, without its marks."""
    return " ".join(re.sub(r"</?span[^>]*>", "", box(language, **changes)).split())


def test_each_issue_is_told_with_its_probability_and_the_words_that_made_it() -> None:
    issue = Scored(code="domestic_violence", score=0.8, terms=("violence conjugale", "refuge"))

    assert "Domestic violence 80 % violence conjugale, refuge" in said(issues=[issue])


def test_what_a_model_says_is_told_with_the_words_for_and_against_and_its_version() -> None:
    issue = Scored(code="hate_crime", score=0.7, terms=("racism",), against=("football", "league"))

    told = said(version="model-12+words-5c", issues=[issue])

    assert "Hate crime and racism 70 % for: racism; against: football, league" in told
    assert "said by model 12, learnt from decisions, over the word lists (words-5c)" in told


def test_words_that_tell_nothing_are_left_out_of_what_a_model_says() -> None:
    issue = Scored(code="hate_crime", score=0.7, terms=("de la", "racisme"), against=("dans",))

    assert "70 % racisme said by model 2" in said(version="model-2+words-1", issues=[issue])


def test_what_is_unlikely_is_greyed_and_what_is_most_unlikely_left_out() -> None:
    scores = {"domestic_violence": 0.5, "hate_crime": 0.3, "victim_services": 0.29}

    html = box(issues=[Scored(code=code, score=score) for code, score in scores.items()])

    assert '<span class="d-likely">Domestic violence 50 %</span>' in html
    assert '<span class="d-faint">Hate crime and racism 30 %</span>' in html
    assert "Access to victim services" not in html


def test_two_types_are_offered_and_no_third() -> None:
    types = [Scored(code=code, score=score) for code, score in (("A1", 0.7), ("A2", 0.6), ("A3", 0.5))]

    told = said(types=types)

    codes = taxonomy.load()
    assert all(codes.label("types", code, "en") in told for code in ("A1", "A2"))
    assert codes.label("types", "A3", "en") not in told


def test_a_province_stands_before_its_country_as_the_text_calls_it_with_the_town_that_named_it() -> None:
    canada = Scored(code="CA", score=0.8, terms=("Gatineau",))
    quebec = Scored(code="CA-QC", score=0.7, terms=("Québec", "Gatineau"))

    assert "Where: Québec, Canada (Gatineau)" in said(countries=[canada], places=[quebec])
    assert "Dónde: Québec, Canadá (Gatineau)" in said("es", countries=[canada], places=[quebec])


def test_international_bodies_stand_beside_the_countries() -> None:
    body = Scored(code="un_women", score=0.6, terms=("ONU Femmes",))

    assert "Where: international: ONU Femmes" in said(bodies=[body])


def test_grounds_targets_and_actors_are_told_when_they_are_suggested() -> None:
    told = said(
        grounds=[Scored(code="perceived_asian", score=0.6, terms=("anti-asiatique",))],
        targets=[Scored(code="women", score=0.5, terms=("femmes",))],
    )

    assert "Ground of bias:" in told
    assert "(anti-asiatique)" in told
    assert "For whom:" in told
    assert "By whom:" not in told


def test_words_of_a_source_are_passed_on_as_text_for_the_browser_to_write() -> None:
    issue = Scored(code="hate_crime", score=0.7, terms=("<script>",))

    assert '<span class="d-note"> <script></span>' in box(issues=[issue])  # what it does with them: test_surface


def test_a_subdivision_without_a_name_is_its_code() -> None:
    assert place_name("XX-9") == "XX-9"
    assert place_name("CA-BC") == "British Columbia"
    assert place_name("CA-BC", ("colombie-britannique",)) == "Colombie-Britannique"


# ---------------------------------------------------------------------------------------------------- reading on or not


def sentence(wanted: list[bool], unread: int) -> str:
    return reading_on.sentence(a_desk(), Stop(NOW, progress(wanted, unread)))


def test_it_says_what_is_found_while_nothing_can_be_promised() -> None:
    assert sentence([True, False] * 10, 400) == "This week: 10 found in 20 read, 400 left; read on"


def test_it_promises_with_the_confidence_that_the_test_gives() -> None:
    assert sentence([True] * 30 + [False] * 800, 50) == ("This week: 95 % found with 95 % confidence; 50 left unread")


def test_it_says_probably_where_the_test_says_so() -> None:
    assert sentence([True] * 30 + [False] * 300, 300).startswith("This week: probably over 95 % found; 300 left")


def test_a_batch_without_anything_unread_is_read() -> None:
    assert sentence([True, False], 0) == "This week: everything is read"


def test_the_method_is_named() -> None:
    assert "Callaghan and Müller-Hansen 2020" in reading_on.explained(a_desk())
    assert "Callaghan y Müller-Hansen 2020" in reading_on.explained(a_desk("es"))
