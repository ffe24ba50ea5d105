"""The rules of what the dashboard says: nothing is left untranslated, dates are as exact as they are known."""

from __future__ import annotations

import pickle
import re
import string
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from dashboard.words import FOLDER, LANGUAGES, direction, everything_said, missing, template, words
from tests.makers import a_person
from tracker.errors import NotAllowed, NotFound, Sentence, by_field
from tracker.model import Role, RoughDate
from tracker.people import require

TRANSLATED = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_of_the_code_and_the_templates_is_translated(language: str) -> None:
    assert list(missing(language)) == [], "run `python -m dashboard.words` and fill in what it names"


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_catalogue_keeps_a_guess_or_a_sentence_that_is_not_said_any_more(language: str) -> None:
    said = {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in everything_said()}
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)

    kept = [entry for entry in catalogue if entry.id]

    assert [entry.id for entry in kept if entry.fuzzy] == []
    assert {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in kept} <= said
    assert not catalogue.obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_more_to_a_template_than_words(language: str) -> None:
    with (FOLDER / f"{language}.po").open("rb") as file:
        said = "".join(str(entry.string) for entry in read_po(file, locale=language))

    assert not re.search(r"\{[{%#]", said)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_fills_in_what_its_sentence_does(language: str) -> None:
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)

    for entry in catalogue:
        if entry.id and entry.string:
            asked = _names([entry.id] if isinstance(entry.id, str) else entry.id)
            assert _names([entry.string] if isinstance(entry.string, str) else entry.string) == asked, entry.id


def _names(texts: Iterable[str]) -> set[str | None]:
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("en", 0, "0 initiatives"),
        ("en", 1, "1 initiative"),
        ("en", 1234, "1,234 initiatives"),
        ("fr", 0, "0 initiative"),
        ("fr", 1234, "1\u202f234 initiatives"),
        ("es", 0, "0 iniciativas"),
        ("es", 1, "1 iniciativa"),
    ],
)
def test_each_language_counts_its_own_way(language: str, number: int, said: str) -> None:
    assert words(language).n("{n} initiative", "{n} initiatives", number) == said


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("2020-04-04", ["4 April 2020", "4 avril 2020", "4 de abril de 2020"]),
        ("2020-04", ["April 2020", "avril 2020", "abril de 2020"]),
        ("2020", ["2020", "2020", "2020"]),
    ],
)
def test_a_date_is_said_as_exactly_as_it_is_known(known: str, said: list[str]) -> None:
    assert [words(language).date(RoughDate.parse(known)) for language in LANGUAGES] == said


def test_a_time_says_that_it_is_utc() -> None:
    assert words("es").time(datetime(2020, 11, 23, 9, 5, tzinfo=UTC)) == "23 de noviembre de 2020, 09:05 UTC"


def test_a_day_may_be_given_plain() -> None:
    assert words("fr").date(date(2020, 5, 1)) == "1 mai 2020"


def test_countries_are_named_and_listed_in_the_alphabet_of_the_language() -> None:
    assert words("fr").countries(["US", "EG", "CA"]) == [("CA", "Canada"), ("EG", "Égypte"), ("US", "États-Unis")]


def test_a_code_that_nobody_knows_is_shown_as_it_is() -> None:
    assert (words("en").country("QQ"), words("en").tongue("nonsense language")) == ("QQ", "nonsense language")


def test_a_sentence_without_a_translation_stays_english() -> None:
    assert words("fr").t("Nobody says {this}", this="x") == "Nobody says x"


def test_a_language_that_is_not_public_is_answered_in_english() -> None:
    assert words("de").t("Leave this page") == "Leave this page"


@pytest.mark.parametrize(("language", "said"), [("ar", "rtl"), ("fa-AF", "rtl"), ("fr", "ltr"), ("und", "ltr")])
def test_a_text_runs_in_the_direction_of_its_language(language: str, said: str) -> None:
    assert direction(language) == said


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "page.py",
            "st.html(f\"<h1>{words.t('Said within')}</h1>\")\nLABEL = mark('A label')\nwords.n('one', 'many', 3)",
        ),
        ("page.html", "{{ t('Said within') }} {% if w.t('A label') %}{{ n('one', 'many', 3) }}{% endif %}"),
    ],
)
def test_a_sentence_is_found_wherever_it_is_said(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_text(text, encoding="utf-8")

    found = [entry.id for entry in template(tmp_path) if entry.id]

    assert sorted(found, key=str) == [("one", "many"), "A label", "Said within"]


def test_what_the_tracker_says_is_told_in_the_language_with_all_that_is_filled_in() -> None:
    why = Sentence("needs at least one issue")
    said = by_field([("issues", why), ("end", "in plain words")])

    assert str(said) == "issues: needs at least one issue; end: in plain words"
    assert words("fr").tell(said) == "issues : il faut au moins un enjeu; end : in plain words"
    assert words("fr").tell("an error that nobody has made a Sentence of") == (
        "an error that nobody has made a Sentence of"
    )


def test_a_role_that_is_missing_is_named_in_the_language_with_the_act() -> None:
    with pytest.raises(NotAllowed) as refused:
        require(a_person(), Role.EDITOR, Sentence("pause a source"))

    assert str(refused.value) == "Ana (analyst) may not pause a source; this takes the role editor"
    assert words("es").tell(refused.value.sentence) == (
        "Ana (analista) no puede pausar una fuente; hace falta el rol editor"
    )


def test_an_error_keeps_its_sentence_from_one_process_to_another() -> None:
    error = pickle.loads(pickle.dumps(NotFound(Sentence("there is no item {id}", id=3))))  # noqa: S301  our own

    assert str(error) == "there is no item 3"
    assert words("fr").tell(error.sentence) == "il n'y a pas d'élément 3"


def test_what_is_filled_in_is_never_taken_for_a_pattern() -> None:
    said = Sentence("{name} is switched off; switch the account on first", name="{id} {0} {")

    assert words("en").tell(said).startswith("{id} {0} { is")
    assert words("fr").tell(said).startswith("le compte de {id} {0} { est")
