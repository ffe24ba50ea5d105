"""Folding: which letters count, and the way back to the text as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.reading.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Violences faites aux FEMMES", "violences faites aux femmes"),
        ("Línea de atención", "linea de atencion"),
        ("l’écoute", "l'ecoute"),
        ("gender-based  violence\n\tnow", "gender based violence now"),
        ("häusliche Gewalt", "hausliche gewalt"),
        ("Straße", "strasse"),
        ("cœur", "coeur"),
        ("e\u0301coute", "ecoute"),
        ("soft\u00adhyphen", "softhyphen"),
        ("المرأة", "المراه"),
        ("a\x00b", "a b"),
        ("", ""),
    ],
)
def test_case_accents_apostrophes_and_spaces_do_not_matter(text: str, folded: str) -> None:
    assert fold(text).text == folded


@pytest.mark.parametrize("text", ["Ligne d’écoute", "Œuvre  de --- e\u0301coute ici", "Straße und\n\nHaus"])
def test_each_folded_word_leads_back_to_the_word_as_it_was_written(text: str) -> None:
    folded = fold(text)

    place = folded.text.rindex(" ") + 1

    assert folded.written(place, len(folded.text)) == text.split()[-1]


@given(st.text(max_size=200))
def test_folding_settles_after_one_pass(text: str) -> None:
    once = fold(text).text

    assert fold(once).text == once


@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_what_was_written_is_always_part_of_the_text(text: str, one: int, other: int) -> None:
    folded = fold(text)
    start, end = sorted((min(one, len(folded.text)), min(other, len(folded.text))))

    assert start == end or folded.written(start, end) in text
