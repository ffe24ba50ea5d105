"""Provinces and states: called by name, and only those that there are."""

from tests.makers import NOW, an_initiative
from tracker import places
from tracker.model import shortcomings


def test_a_province_is_called_in_the_language_of_the_reader() -> None:
    assert [places.place("CA-BC", language) for language in ("en", "fr", "es")] == [
        "British Columbia",
        "Colombie-Britannique",
        "Columbia Británica",
    ]


def test_what_is_the_same_in_every_language_is_kept_once() -> None:
    assert places.place("CA-MB", "es") == places.place("CA-MB", "en") == "Manitoba"


def test_an_unknown_code_is_its_own_name() -> None:
    assert places.place("CA-ZZ", "fr") == "CA-ZZ"


def test_the_places_of_several_countries_come_country_by_country_in_alphabetical_order() -> None:
    found = places.places(["CA", "AD"], "fr")

    names = [name for code, name in found if code.startswith("CA-")]
    assert [code[:2] for code, _ in found] == ["CA"] * 13 + ["AD"] * 7
    assert names[:2] == ["Alberta", "Colombie-Britannique"]
    assert names.index("Île-du-Prince-Édouard") < names.index("Manitoba")


def test_a_code_that_is_in_no_list_is_named() -> None:
    assert places.unknown(an_initiative(subdivisions=("CA-QC", "CA-ZZ"))) == [
        ("subdivisions", "'CA-ZZ' is no subdivision of ISO 3166-2 such as CA-QC")
    ]


def test_a_place_must_lie_in_a_country_that_is_chosen() -> None:
    content = an_initiative(countries=("CA",), subdivisions=("CA-QC", "FR-IDF"))

    found = shortcomings(content, ["en"], NOW.date())

    assert [(one.field, str(one)) for one in found] == [
        ("subdivisions", "FR-IDF lies in none of the countries that are chosen")
    ]
