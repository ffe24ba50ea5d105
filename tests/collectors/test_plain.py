from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.plain import MAX_TITLE, UNSEEN, language_code, one_line, paragraphs


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("<b>Open</b> day &amp; night", "Open day & night"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("a<script>steal()</script>b", "ab"),
        ("<p>a</p><p>b</p>", "a b"),
        ("Q&amp;amp;A", "Q&A"),
        ("&lt;b&gt;Open&lt;/b&gt; &amp;amp; free", "Open & free"),
        ("<img src=x onerror=steal()>", ""),
        ("  a \n\t b\u00a0c ", "a b c"),
        ("a\x00b\u202ec\ud800d", "abcd"),
    ],
)
def test_a_title_is_one_line_without_markup(said: str, plain: str) -> None:
    assert one_line(said, markup=True) == plain


def test_text_that_is_no_markup_keeps_its_brackets() -> None:
    assert one_line("Use <div> well", markup=False) == "Use <div> well"


def test_a_title_that_was_escaped_twice_is_resolved_and_not_a_third_time() -> None:
    assert one_line("Q&amp;A", markup=False) == "Q&A"
    assert one_line("Q&amp;amp;A", markup=False) == "Q&amp;A"


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("<p>One.</p><p>Two<br>Three</p>", "One.\nTwo\nThree"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("One\nline <em>only</em>", "One line only"),
        ("a<style>p{}</style><iframe src=x></iframe>b", "ab"),
    ],
)
def test_markup_becomes_a_line_a_paragraph(said: str, plain: str) -> None:
    assert paragraphs(said, markup=True) == plain


def test_lengths_are_bounded() -> None:
    assert len(one_line("a" * 10_000, markup=False)) == MAX_TITLE
    assert len(paragraphs("<p>" * 50_000 + "a", markup=True)) <= 1


@given(st.text(), st.booleans())
def test_nothing_unseen_remains(text: str, markup: bool) -> None:
    for plain in (one_line(text, markup=markup), paragraphs(text, markup=markup)):
        assert not UNSEEN.search(plain)
        plain.encode()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("EN_us", "en-us"),
        ("fr", "fr"),
        ("zh-Hant-TW", "zh-hant-tw"),
        ("und", None),
        ("english", None),
        ("", None),
        (7, None),
    ],
)
def test_a_language_code_is_folded_or_left_out(code: object, expected: str | None) -> None:
    assert language_code(code) == expected
