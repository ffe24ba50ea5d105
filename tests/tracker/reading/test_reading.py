"""Reading: how words become a suggestion, and that any text will do."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker import reading, taxonomy
from tracker.model import Suggestion

TRAFFICKING = """  - code: trafficking
    label: {en: Human trafficking, fr: Traite des personnes, es: Trata de personas}
    in_scope: {en: a, fr: b, es: c}
    out_of_scope: {en: a, fr: b, es: c}
    examples: [{en: a, fr: b, es: c}, {en: d, fr: e, es: f}]
    words:
      en: {strong: [forced labour, people smuggl*]}

# Headings under which the types are shown."""


def issues(suggestion: Suggestion) -> dict[str, float]:
    return {one.code: one.score for one in suggestion.issues}


def test_an_announcement_in_french_is_read_whole() -> None:
    suggestion = reading.read(
        "Québec verse 2,5 M$ aux maisons d'hébergement pour femmes victimes de violence conjugale",
        "L'aide d'urgence a été annoncée pendant le confinement.",
    )

    assert suggestion.language == "fr"
    assert suggestion.countries[0].code == "CA"
    assert {"domestic_violence", "victim_services"} <= {
        code for code, score in issues(suggestion).items() if score >= 0.5
    }
    assert suggestion.types[0].code == "B1"
    assert suggestion.initiative >= 0.5
    assert {"maisons d'hébergement", "Québec"} <= set(suggestion.terms)


@pytest.mark.parametrize(
    ("title", "issue"),
    [
        ("Domestic abuse helpline extends its hours", "domestic_violence"),
        ("Police open a unit for hate crimes", "hate_crime"),
        ("Campaña contra el racismo y la xenofobia", "hate_crime"),
        ("Nouvelles places d'hébergement d'urgence pour les personnes sans abri", "victim_services"),
        ("Mehr Geld für Frauenhäuser gegen häusliche Gewalt", "domestic_violence"),
        ("Governo lança campanha contra a violência doméstica", "domestic_violence"),
        ("Nuovi fondi ai centri antiviolenza", "victim_services"),
        ("حملة ضد العنف الأسري", "domestic_violence"),
    ],
)
def test_a_strong_word_of_any_language_suggests_its_issue(title: str, issue: str) -> None:
    assert issues(reading.read(title, ""))[issue] >= 0.5


@pytest.mark.parametrize(
    "title",
    [
        "Masks become obligatory on buses",
        "Grants for wildlife refuges",
        "Without prejudice to the decree, schools reopen",
        "Banks open late as gun violence falls",
        "Le paradis fiscal et les abris fiscaux",
    ],
)
def test_another_subject_suggests_no_issue(title: str) -> None:
    assert [code for code, score in issues(reading.read(title, "")).items() if score >= 0.5] == []


def test_a_few_weak_words_do_not_make_an_issue() -> None:
    few = issues(reading.read("Services and support from the police", ""))
    many = issues(reading.read("Services, support, counselling and assistance for a victim, say police and courts", ""))

    assert few.get("victim_services", 0) < 0.5 <= many["victim_services"]


def test_more_words_make_an_issue_surer() -> None:
    one = issues(reading.read("Racism", ""))["hate_crime"]
    two = issues(reading.read("Racism and xenophobia", ""))["hate_crime"]

    assert 0.5 == one < two < 1


def test_what_is_done_is_told_from_what_is_only_wrong() -> None:
    done = reading.read("Ministry launches campaign and funds shelters against domestic violence", "")
    wrong = reading.read("Domestic violence: surge in calls, experts warn and fear lack of shelters", "")

    assert done.initiative > 0.7
    assert wrong.initiative < 0.4
    assert done.score > wrong.score


def test_an_initiative_on_another_subject_is_not_suggested_as_one() -> None:
    assert reading.read("Ministry launches campaign and funds masks", "").initiative < 0.2


def test_the_source_makes_words_surer_but_does_not_replace_them() -> None:
    title = "A hotline for women"

    alone, of_a_source = reading.read(title, ""), reading.read(title, "", issues=("victim_services",))

    assert issues(of_a_source)["victim_services"] > issues(alone)["victim_services"]
    assert issues(reading.read("Masks on buses", "", issues=("victim_services",))) == {}


def test_suggestions_come_best_first_and_name_their_words() -> None:
    suggestion = reading.read("Hotline, shelter and legal aid for victims of domestic violence", "In Peru and Chile.")

    for group in (suggestion.issues, suggestion.types, suggestion.countries):
        assert [one.score for one in group] == sorted((one.score for one in group), reverse=True)
        assert all(one.terms for one in group)


def test_every_term_stands_in_the_text_as_it_is_given() -> None:
    title, text = (
        "Ligne d’écoute GRATUITE",
        "Contre les violences\nintra-familiales  et la Violence  conjugale, à Lyon.",
    )

    suggestion = reading.read(title, text)

    assert suggestion.terms
    assert all(term in f"{title}\n{text}" for term in suggestion.terms)


def test_an_empty_text_has_an_empty_suggestion() -> None:
    assert reading.read("", "") == Suggestion(version=reading.VERSION)


def test_a_text_of_a_million_characters_is_read_at_its_beginning_only() -> None:
    assert reading.read("x", "y " * 500_000 + "racism").issues == ()
    assert issues(reading.read("x", "racism " + "y " * 500_000)) == {"hate_crime": 0.5}


@settings(deadline=None)  # the first text waits for the word lists
@given(st.text(max_size=400), st.text(max_size=400))
def test_any_text_can_be_read_and_always_says_the_same(title: str, text: str) -> None:
    once = reading.read(title, text, country="CA", declared_language="fr")

    assert once == reading.read(title, text, country="CA", declared_language="fr")
    once.model_dump_json().encode("utf-8")


@pytest.mark.parametrize("odd", ["domestic\x00 violence", "\ud800domestic violence\udfff", "🙂 domestic violence 🙂"])
def test_characters_that_no_database_keeps_do_not_reach_the_terms(odd: str) -> None:
    suggestion = reading.read(odd, "")

    assert issues(suggestion)["domestic_violence"] == 0.5
    assert all(term.isprintable() for term in suggestion.terms)


def test_a_fourth_issue_with_words_of_its_own_is_suggested_without_code(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.yaml"
    shipped = taxonomy.SHIPPED.read_text(encoding="utf-8")
    path.write_text(shipped.replace("# Headings under which the types are shown.", TRAFFICKING, 1), encoding="utf-8")

    suggestion = reading.read("Police rescue women from forced labour", "", taxonomy=path)

    assert issues(suggestion)["trafficking"] == 0.5
    assert suggestion.version.startswith(f"{reading.VERSION}-")


def test_the_version_names_the_words_that_were_used() -> None:
    assert re.fullmatch(r"words-[0-9a-f]{8}", reading.VERSION)
    assert reading.read("a", "b").version == reading.VERSION


def test_another_text_gives_another_version() -> None:
    assert reading.hash_of(["a"]) != reading.hash_of(["b"])
