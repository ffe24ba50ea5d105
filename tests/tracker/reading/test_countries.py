"""Countries: what names one, what only looks like it, and which comes first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.reading import build_countries
from tracker.reading.countries import BUILT, countries
from tracker.reading.folding import fold


def found(text: str, source: str | None = None) -> list[str]:
    return [one.code for one in countries(fold(text), len(text), source)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Kenya opens shelters", "KE"),
        ("L'Allemagne renforce son numéro d'urgence", "DE"),
        ("España aprueba un plan", "ES"),
        ("Brasil lança campanha", "BR"),
        ("Deutschlands Frauenhäuser", "DE"),
        ("In Svezia più fondi", "SE"),
        ("Nederland opent opvang", "NL"),
        ("الأردن يطلق خطا ساخنا", "JO"),
        ("وفي تونس قانون جديد", "TN"),
        ("Des intervenantes québécoises", "CA"),
        ("mujeres mexicanas", "MX"),
        ("Bogotá opens a line", "CO"),
        ("Türkiye and its shelters", "TR"),
        ("The U.S. Department of Health", "US"),
        ("Medidas en EE.UU. y apoyo", "US"),
        ("Ville de Montréal", "CA"),
        ("Côte d’Ivoire", "CI"),
        ("Hong Kong police", "HK"),
    ],
)
def test_names_people_and_places_point_to_their_country(text: str, code: str) -> None:
    assert found(text)[0] == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("roast turkey for families", []),
        ("tell us more", []),
        ("made of china", []),
        ("New Mexico funds shelters", ["US"]),
        ("Papua New Guinea", ["PG"]),
        ("Equatorial Guinea", ["GQ"]),
        ("Guinea-Bissau", ["GW"]),
        ("Nigeria", ["NG"]),
        ("Niger", ["NE"]),
        ("Niger Delta", ["NG"]),
        ("République démocratique du Congo", ["CD"]),
        ("Congo-Brazzaville", ["CG"]),
        ("South Sudan", ["SS"]),
        ("North Korea", ["KP"]),
        ("Northern Ireland", ["GB"]),
        ("Nouvelle-Écosse", ["CA"]),
        ("the Istanbul Convention", []),
        ("Latin American women", []),
        ("the Chinese virus slur", []),
        ("Réunion du comité", []),
        ("A grant of US$ 5 million", []),
        ("JOIN US NOW AND HELP", []),
        ("Roma Fiumicino", ["IT"]),
        ("une grenade", []),
        ("guinea pigs", []),
        ("Michael Jordan gives", []),
    ],
)
def test_what_only_looks_like_a_country_is_not_taken_for_it(text: str, codes: list[str]) -> None:
    assert found(text) == codes


@pytest.mark.parametrize(
    ("text", "source", "code"),
    [
        ("Georgia passes a law", None, "GE"),
        ("Georgia passes a law", "US", "US"),
        ("Georgia and Alabama pass laws", None, "US"),
        ("Valencia abre un centro", None, "ES"),
        ("Valencia abre un centro", "VE", "VE"),
        ("Guadalajara, en España", None, "ES"),
        ("Un refuge au Congo, près de Brazzaville", None, "CG"),
    ],
)
def test_a_shared_name_goes_to_the_country_that_is_spoken_of_anyway(text: str, source: str | None, code: str) -> None:
    assert found(text, source)[0] == code


def test_the_country_named_first_comes_first() -> None:
    assert found("Canada sends aid to Haiti") == ["CA", "HT"]


def test_the_title_counts_more_than_the_text() -> None:
    title = "Peru opens a helpline"

    codes = [one.code for one in countries(fold(f"{title}\nAs Chile did. Chile was first."), len(title))]

    assert codes == ["PE", "CL"]


def test_the_source_speaks_of_its_own_country_unless_it_says_otherwise() -> None:
    (alone,) = countries(fold("Shelters stay open"), 18, "CA")
    named = countries(fold("France opens shelters"), 21, "CA")

    assert (alone.code, alone.score, alone.terms) == ("CA", 0.5, ())
    assert [one.code for one in named] == ["FR", "CA"]
    assert named[0].score >= 0.5 > named[1].score


def test_a_country_tells_the_words_that_named_it() -> None:
    (country,) = countries(fold("Bogotá: la alcaldía colombiana"), 7)

    assert country.terms == ("Bogotá", "colombiana")


def test_a_text_without_a_country_has_none() -> None:
    assert countries(fold("Shelters stay open"), 18) == ()


def test_the_built_table_is_that_of_places_and_cldr() -> None:
    """Else: python -m tracker.reading.build_countries."""
    assert BUILT.read_text(encoding="utf-8") == build_countries.as_text(build_countries.build())


@settings(deadline=None)  # the first text waits for the word lists
@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    assert all(0 < one.score <= 1 for one in countries(fold(text), 20))
