"""The rules of addresses: codes, never labels; what cannot be read is passed over; asking again gives the same."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.params import (
    FILTERS,
    Sort,
    View,
    link,
    preferred_language,
    read_compared,
    read_filters,
    read_month,
    read_number,
    read_page,
    read_sort,
    read_view,
    toggled,
)
from tracker import taxonomy as taxonomy_of
from tracker.model import Filters
from tracker.taxonomy import Taxonomy

TAXONOMY = taxonomy_of.load()


def filters() -> st.SearchStrategy[Filters]:
    chosen: dict[str, st.SearchStrategy[tuple[str, ...]]] = {}
    for field, group in FILTERS.values():
        codes = TAXONOMY.codes(group) if group else ("CA", "FR", "BR")
        chosen[field] = st.lists(st.sampled_from(codes), unique=True, max_size=3).map(tuple)
    letters = st.characters(codec="utf-8", exclude_characters="\0")  # which no database takes: read as a space
    text = st.text(letters, max_size=40).map(lambda words: " ".join(words.split()))
    months = st.none() | st.dates(date(1000, 1, 1)).map(lambda day: day.replace(day=1))
    return st.builds(Filters, text=text, from_month=months, to_month=months, **chosen)


@given(filters())
def test_an_address_says_the_filters_and_the_filters_say_the_address(wanted: Filters) -> None:
    address = link("/", wanted, language="fr", page=3)

    read = parse_qs(urlsplit(address).query)

    assert read_filters(read, TAXONOMY) == wanted
    assert (read["lang"], read_page(read)) == (["fr"], 3)


def test_codes_may_be_joined_by_commas(taxonomy: Taxonomy) -> None:
    wanted = read_filters({"country": ["ca,FR", "MX"], "type": ["A1,G3"]}, taxonomy)

    assert (wanted.countries, wanted.types) == (("CA", "FR", "MX"), ("A1", "G3"))


def test_a_code_that_does_not_exist_is_passed_over(taxonomy: Taxonomy) -> None:
    given_ = {"issue": ["hate_crime", "Crimes haineux"], "type": ["ZZ9"], "country": ["Canada", "C1"], "q": []}

    assert read_filters(given_, taxonomy) == Filters(issues=("hate_crime",))


def test_words_to_look_for_are_cut_and_their_spaces_folded(taxonomy: Taxonomy) -> None:
    assert read_filters({"q": ["  two \n words " + "x" * 500]}, taxonomy).text.startswith("two words x")
    assert len(read_filters({"q": ["x" * 500]}, taxonomy).text) == 200


@given(filters(), st.sampled_from(["CA", "JP"]))
def test_a_code_that_is_chosen_twice_is_taken_back(wanted: Filters, code: str) -> None:
    once = toggled(wanted, "country", code)

    assert (code in once.countries) is not (code in wanted.countries)
    assert set(toggled(once, "country", code).countries) == set(wanted.countries)


@pytest.mark.parametrize(
    ("text", "month"),
    [("2020-04", date(2020, 4, 1)), ("2020-13", None), ("2020-4", None), ("2020-04-01", None), ("0000-01", None),
     ("avril", None), ("٢٠٢٠-٠٤", None), ("", None)],
)  # fmt: skip
def test_a_month_is_a_year_and_a_month(text: str, month: date | None) -> None:
    assert read_month(text) == month


@pytest.mark.parametrize(
    ("asked", "view"),
    [({}, View.LIST), ({"view": ["map"]}, View.MAP), ({"view": ["Carte"]}, View.LIST),
     ({"compare": ["CA,FR"]}, View.COMPARE), ({"view": ["table"], "compare": ["CA"]}, View.TABLE),
     ({"compare": ["nowhere"]}, View.LIST)],
)  # fmt: skip
def test_the_view_is_the_one_that_is_named(asked: dict[str, list[str]], view: View) -> None:
    assert read_view(asked) is view


@pytest.mark.parametrize(
    ("asked", "sort"),
    [("changed", Sort("changed")), ("-country", Sort("country", backwards=True)), ("title", Sort()),
     ("--began", Sort()), ("-", Sort()), ("", Sort())],
)  # fmt: skip
def test_the_table_is_sorted_by_a_column_that_there_is(asked: str, sort: Sort) -> None:
    assert read_sort({"sort": [asked]}) == sort
    assert read_sort({"sort": [str(sort)]}) == sort


def test_four_countries_are_compared_at_most() -> None:
    assert read_compared({"compare": ["ca,FR,fr,Mexico", "MX,US,BR"]}) == ("CA", "FR", "MX", "US")


@pytest.mark.parametrize(("text", "page"), [("2", 2), ("0", 1), ("-1", 1), ("x", 1), ("²", 1), ("9" * 40, 1)])
def test_a_page_that_cannot_be_read_is_the_first(text: str, page: int) -> None:
    assert read_page({"page": [text]}) == page


def test_a_number_that_is_not_there_is_none() -> None:
    assert read_number({}, "id") is None


@pytest.mark.parametrize(
    ("asked", "accept", "answer"),
    [
        ("es", "fr-CA,fr;q=0.9", "es"),
        ("de", "fr-CA,fr;q=0.9", "fr"),
        (None, "de;q=0.9, es;q=0.8, fr;q=0.7", "es"),
        (None, "fr;q=0, es;q=0.1", "es"),
        (None, "fr-CA", "fr"),
        (None, "ja, *;q=0.5", "en"),
        (None, "fr;q=nonsense", "fr"),
        (None, ";;,,q=", "en"),
        (None, None, "en"),
    ],
)
def test_the_address_chooses_the_language_then_the_browser(asked: str | None, accept: str | None, answer: str) -> None:
    assert preferred_language(asked, accept) == answer


def test_only_a_public_language_is_answered_in() -> None:
    assert preferred_language("en", "en", ("fr", "es")) == "fr"
