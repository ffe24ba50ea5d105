"""Language: what is recognised, what the declaration changes, and what is honestly unknown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.reading.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Government opens new shelters for women fleeing violence", "en"),
        ("Québec verse 2,5 M$ aux maisons d'hébergement pour femmes", "fr"),
        ("El Gobierno refuerza la línea de atención a las víctimas", "es"),
        ("Governo lança campanha contra a violência doméstica", "pt"),
        ("Bundesregierung stärkt das Hilfetelefon gegen Gewalt", "de"),
        ("Il governo finanzia i centri antiviolenza e le case rifugio", "it"),
        ("الحكومة تطلق خطا ساخنا لدعم ضحايا العنف الأسري", "ar"),
        ("Η κυβέρνηση ανοίγει νέους ξενώνες για γυναίκες", "el"),
        ("政府设立家庭暴力受害者热线", "zh"),
        ("მთავრობამ ქალთა თავშესაფრები გახსნა", "ka"),
        ("ಸರ್ಕಾರವು ಸಹಾಯವಾಣಿ ಆರಂಭಿಸಿದೆ", "kn"),
        ("政府が相談窓口を開設", "ja"),
        ("Regjeringen åpner flere krisesentre for kvinner", "no"),
    ],
)
def test_a_headline_is_recognised(text: str, language: str) -> None:
    assert detect(text)[0] == language


def test_a_headline_in_capitals_is_recognised() -> None:
    assert detect("LE GOUVERNEMENT OUVRE DE NOUVELLES PLACES D'HÉBERGEMENT")[0] == "fr"


def test_addresses_and_markup_say_nothing() -> None:
    text = (
        '<p class="the-lead and-more">Nueva línea de ayuda para las víctimas</p> https://example.org/the/new/helpline'
    )

    assert detect(text)[0] == "es"


def test_a_few_latin_names_in_an_arabic_text_say_nothing() -> None:
    assert detect("أعلنت UN Women عن دعم جديد للنساء في المنطقة")[0] == "ar"


@pytest.mark.parametrize("text", ["", "   ", "12 345 — 19/03/2020", "🙂🙂", "\x00"])
def test_without_letters_the_language_is_unknown(text: str) -> None:
    assert detect(text) == ("und", 0.0)


def test_without_letters_the_declared_language_stands_for_what_it_is_worth() -> None:
    assert detect("2020", "fr-CA") == ("fr", 0.5)


def test_the_declaration_decides_between_languages_that_both_fit() -> None:
    assert detect("Coronavirus", "fr")[0] == "fr"
    assert detect("Coronavirus", "es")[0] == "es"


def test_a_clear_text_overrules_a_wrong_declaration() -> None:
    text = "Le gouvernement annonce un fonds d'urgence pour les maisons d'hébergement et les lignes d'écoute"

    assert detect(text, "en")[0] == "fr"


def test_a_declared_language_that_cannot_be_recognised_is_believed() -> None:
    assert detect("Emakumeen aurkako indarkeriaren aurkako telefonoa", "eu") == ("eu", 0.5)


@pytest.mark.parametrize(("declared", "language"), [("nb", "no"), ("zh-TW", "zh"), ("iw", "he"), ("fr_FR", "fr")])
def test_codes_for_the_same_language_become_one(declared: str, language: str) -> None:
    assert detect("", declared)[0] == language


@pytest.mark.parametrize("declared", ["français", "x", "", "und", "1!"])
def test_a_declaration_that_is_no_code_is_ignored(declared: str) -> None:
    assert detect("", declared) == ("und", 0.0)


def test_more_text_is_more_certain() -> None:
    _, of_a_word = detect("violence")
    _, of_a_sentence = detect("the government has announced new money for shelters")

    assert of_a_word < 0.9 < of_a_sentence


@settings(deadline=None)  # the first text waits for the word lists
@given(st.text(max_size=300), st.sampled_from([None, "fr", "en", "xx"]))
def test_any_text_gets_one_answer_and_always_the_same(text: str, declared: str | None) -> None:
    language, confidence = detect(text, declared)

    assert (language, confidence) == detect(text, declared)
    assert 0 <= confidence <= 1
