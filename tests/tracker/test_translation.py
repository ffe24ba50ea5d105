"""The rules of translations: one story in two languages is found, two measures from one template are told apart."""

import pytest

from tracker import vectors
from tracker.similarity import Told
from tracker.translation import FORTNIGHT, Meaning, Pool, Twin, signs, text_of

ENGLISH = Told(
    "The city council of Montréal opens a text line for victims of domestic violence (CA-004711)",
    "The measure was announced on 2020-04-12. It is funded with 340 thousand dollars from an emergency budget. "
    "Calls rose by 41 per cent in the first weeks, says Marie Tremblay of the YWCA.",
)
FRENCH = Told(
    "Le conseil municipal de Montréal ouvre une ligne de textos pour les victimes de violence conjugale (CA-004711)",
    "La mesure a été annoncée le 2020-04-12. Elle est financée par 340 mille dollars d'un budget d'urgence. "
    "Les appels ont augmenté de 41 pour cent en quelques semaines, dit Marie Tremblay du YWCA.",
)
OTHER_TOWN = Told(
    "Le conseil municipal de Québec ouvre une ligne de textos pour les victimes de violence conjugale (CA-000815)",
    "La mesure a été annoncée le 2020-04-20. Elle est financée par 95 mille dollars d'un budget d'urgence. "
    "Les appels ont augmenté de 17 pour cent en quelques semaines, dit Paul Roy du CAVAC.",
)
NUMBERLESS = Told(
    "Le conseil municipal de Québec ouvre une ligne de textos pour les victimes de violence conjugale",
    "Elle est financée par un budget d'urgence. Le personnel répond tous les jours.",
)


def meant(id: int, told: Told, language: str, *, with_vector: bool = True, day: int | None = 10) -> Meaning:
    vector = vectors.encode([text_of(told)])[0] if with_vector else None
    return Meaning(id, language, frozenset({"CA"}), day, signs(told), vector)


@pytest.mark.parametrize("with_vector", [True, False], ids=["by meaning", "by signs alone"])
def test_a_translation_is_found_for_sure(with_vector: bool) -> None:
    pool = Pool([meant(1, ENGLISH, "en", with_vector=with_vector)])

    [twin] = pool.twins(meant(2, FRENCH, "fr", with_vector=with_vector))

    assert (twin.id, twin.sure) == (1, True)


@pytest.mark.parametrize("told", [OTHER_TOWN, NUMBERLESS], ids=["other numbers", "another town without numbers"])
@pytest.mark.parametrize("with_vector", [True, False], ids=["by meaning", "by signs alone"])
def test_the_same_measure_of_another_town_is_never_sure(told: Told, with_vector: bool) -> None:
    pool = Pool([meant(1, ENGLISH, "en", with_vector=with_vector)])

    assert not any(twin.sure for twin in pool.twins(meant(2, told, "fr", with_vector=with_vector)))


@pytest.mark.parametrize(
    "other",
    [
        meant(2, FRENCH, "en-CA"),
        meant(2, FRENCH, "und"),
        meant(2, FRENCH, "fr")._replace(countries=frozenset({"BE"})),
        meant(2, FRENCH, "fr", day=10 + FORTNIGHT + 1),
    ],
    ids=["same language", "language not known", "another country", "a month later"],
)
def test_what_cannot_be_a_translation_is_not_compared(other: Meaning) -> None:
    assert Pool([meant(1, ENGLISH, "en")]).twins(other) == []


def test_a_country_or_a_day_that_is_not_known_is_no_obstacle() -> None:
    pool = Pool([meant(1, ENGLISH, "en")._replace(countries=frozenset())])

    assert pool.twins(meant(2, FRENCH, "fr", day=None))[0].sure


def test_two_stories_that_are_as_near_are_both_only_likely() -> None:
    pool = Pool([meant(1, ENGLISH, "en"), meant(3, ENGLISH, "en")])

    found = pool.twins(meant(2, FRENCH, "fr"))

    assert [(twin.id, twin.sure) for twin in found] == [(1, False), (3, False)]


def test_two_items_of_one_story_do_not_make_each_other_doubtful() -> None:
    pool = Pool([meant(1, ENGLISH, "en"), meant(3, ENGLISH, "en")._replace(story=1)])

    assert pool.twins(meant(2, FRENCH, "fr"))[0] == Twin(1, pool.twins(meant(2, FRENCH, "fr"))[0].score, True)


def test_numbers_are_the_same_however_a_language_writes_them() -> None:
    english = signs(Told("", "It costs 1,250,000 dollars, 2.5 per cent of the budget"))
    spanish = signs(Told("", "Cuesta 1.250.000 dólares, el 2,5 por ciento del presupuesto"))
    french = signs(Told("", "Elle coûte 1 250 000 dollars, soit 2,5 pour cent du budget"))

    assert english == spanish == french
    assert len(english) == 2


def test_the_disease_is_no_sign() -> None:
    assert signs(Told("", "because of COVID-19 and SARS-CoV-2, 2019-nCoV")) == frozenset()


def test_a_text_without_words_has_no_twin() -> None:
    pool = Pool([meant(1, Told("", ""), "en")])

    assert pool.twins(meant(2, Told("", ""), "fr")) == []
