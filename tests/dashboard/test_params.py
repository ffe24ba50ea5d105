"""The rules of addresses: codes, never labels; what cannot be read is passed over; asking again gives the same."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.params import FILTERS, link, preferred_language, read_filters, read_number, read_page
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
    return st.builds(Filters, text=text, **chosen)


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
