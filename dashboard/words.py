"""How does the dashboard say it in the reader's language? Sentences, plurals, dates, numbers, names of countries.

The English sentence in the code is the key; `locale/fr.po` and `locale/es.po` hold what it is in French and Spanish.
`python -m dashboard.words` brings new sentences from the code and the templates into these files, keeps what is
translated and says what is still missing. There is nothing to compile.
"""

from __future__ import annotations

import ast
import gettext
import io
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date as Day  # noqa: N812  # the method `date` would hide it
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import IO, Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.numbers import format_decimal
from jinja2 import Environment, nodes

from tracker import errors
from tracker.errors import Sentence
from tracker.health import SENTENCES
from tracker.model import LACKS, Accuracy, RoughDate

FOLDER = Path(__file__).with_name("locale")
TRACKER = Path(errors.__file__).parent
LANGUAGES = ("en", "fr", "es")  # English is the language of the code and has no catalogue
OWN_NAMES = {"en": "English", "fr": "Français", "es": "Español"}
RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ku", "nqo", "ps", "sd", "ug", "ur", "yi"})

# CLDR is right about these and long-winded; what stands here is what people look for in a list.
SHORT_COUNTRIES = {
    "en": {"HK": "Hong Kong", "MO": "Macao", "PS": "Palestine"},
    "fr": {"HK": "Hong Kong", "MO": "Macao", "PS": "Palestine"},
    "es": {"HK": "Hong Kong", "MO": "Macao", "PS": "Palestina"},
}

_KEYWORDS: dict[str, tuple[int, ...] | None] = {"t": None, "n": (1, 2), "mark": None, "Sentence": None}


def mark(message: str) -> str:
    """The sentence itself: notes that it is to be translated where it stands in a table of constants."""
    return message


class Words:
    """Everything that is said in one language. Made by `words`, one for each language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse("en_GB" if language == "en" else language)  # the day before the month
        self._catalogue = _catalogue(language)
        # A release says the same few hundred sentences and dates on tens of thousands of pages.
        self._sentences = cache(self._catalogue.gettext)
        self._days = lru_cache(maxsize=10_000)(self._day)
        self._months = lru_cache(maxsize=1_000)(self._month)
        self._numbers = lru_cache(maxsize=10_000)(self._number)
        self._tongues = lru_cache(maxsize=1_000)(self._tongue)

    def t(self, message: str, /, **values: object) -> str:
        """The English sentence in this language, `{name}` filled in. Without a translation it stays English."""
        said = self._sentences(message)
        return said.format(**values) if values else said

    def tell(self, text: str) -> str:
        """What the tracker says, such as an error, in this language; plain text stays as it is."""
        if not isinstance(text, Sentence):
            return text
        return self.t(text.pattern, **{name: self._filled(value) for name, value in text.values.items()})

    def _filled(self, value: object) -> object:
        return self.tell(value) if isinstance(value, str) else value

    def n(self, one: str, many: str, number: int, /, **values: object) -> str:
        """`one` or `many` as the language counts, `{n}` being the number as it is written there."""
        return self._catalogue.ngettext(one, many, number).format(n=self.number(number), **values)

    def number(self, number: float) -> str:
        return self._numbers(number)

    def _number(self, number: float) -> str:
        return format_decimal(number, locale=self.locale)

    def date(self, when: RoughDate | Day) -> str:
        """`4 April 2020`, or `April 2020` or `2020` when no more is known; a time is given as its day in UTC."""
        if isinstance(when, RoughDate):
            if when.accuracy is Accuracy.YEAR:
                return str(when.on.year)
            if when.accuracy is Accuracy.MONTH:
                return self._months(when.on)
            when = when.on
        return self._days(when.date() if isinstance(when, datetime) else when)

    def month(self, first_day: Day) -> str:
        """`April 2020`."""
        return self._months(first_day)

    def months(self, first: Day | None, last: Day | None) -> str:
        """`from April 2020`, `until May 2020`, `April 2020 to May 2020`, or the one month that both are."""
        if first and last and first != last:
            return self.t("{first} to {last}", first=self.month(first), last=self.month(last))
        if first and last:
            return self.month(first)
        if first:
            return self.t("from {month}", month=self.month(first))
        return self.t("until {month}", month=self.month(last)) if last else ""

    def _month(self, when: Day) -> str:
        return format_skeleton("yMMMM", when, locale=self.locale)

    def _day(self, when: Day) -> str:
        return format_date(when, "long", locale=self.locale)

    def time(self, when: datetime) -> str:
        """Day and minute, in UTC, and says so."""
        return f"{self.date(when)}, {when:%H:%M} UTC"

    def country(self, code: str) -> str:
        """What the country is called; a code that nobody knows is shown as it is."""
        return SHORT_COUNTRIES[self.language].get(code) or self.locale.territories.get(code, code)

    def countries(self, codes: Iterable[str]) -> list[tuple[str, str]]:
        """(code, name), in the alphabetical order of the language."""
        return sorted(((code, self.country(code)) for code in codes), key=lambda pair: _without_accents(pair[1]))

    def tongue(self, code: str) -> str:
        """What a language is called, `French`; a code that nobody knows is shown as it is."""
        return self._tongues(code)

    def _tongue(self, code: str) -> str:
        try:
            return Locale.parse(code.replace("-", "_")).get_display_name(self.locale) or code
        except (UnknownLocaleError, ValueError):
            return code

    def listed(self, names: Iterable[str]) -> str:
        """`one, two and three`."""
        return format_list(list(names), locale=self.locale)


@cache
def words(language: str) -> Words:
    """The words of a public language, read once; anything else is answered in English."""
    return Words(language if language in LANGUAGES else "en")


def direction(language: str) -> str:
    """`rtl` or `ltr`, for the `dir` of a text."""
    return "rtl" if language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, _read(language))  # fuzzy entries are left out
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _read(language: str) -> Catalog:
    path = FOLDER / f"{language}.po"
    with path.open("rb") as file:
        return read_po(file, locale=language, charset="utf-8")


@lru_cache(maxsize=2_000)
def _without_accents(name: str) -> str:
    from tracker.text import folded

    return folded(name)


# ----------------------------------------------------------------------------------------- keeping the catalogues


def template(folder: Path = Path(__file__).parent) -> Catalog:
    """Every sentence of the code and the templates in the folder, with the file where it stands."""
    found = Catalog(charset="utf-8", fuzzy=False)
    methods: Any = [("**.py", _said_in_code), ("**.html", _said_in_templates)]
    messages = extract_from_dir(folder, methods, keywords=_KEYWORDS)
    for name, _line, message, comments, _context in messages:
        # Without line numbers: a catalogue should change when a sentence does, not when code moves.
        found.add(message, locations=[(f"dashboard/{name}", 0)], auto_comments=comments)
    return found


def everything_said() -> Catalog:
    """Every sentence of the dashboard, with those that the command says too and that stand where both find them."""
    found = template()
    methods: Any = [("**.py", _said_in_code)]
    for name, _line, message, _comments, _context in extract_from_dir(TRACKER, methods, keywords={"Sentence": None}):
        found.add(message, locations=[(f"tracker/{name}", 0)])
    for sentence in SENTENCES.values():
        found.add(sentence, locations=[("tracker/health.py", 0)])
    for sentence in LACKS.values():
        found.add(sentence, locations=[("tracker/model.py", 0)])
    return found


# What Babel's own readers miss: calls within an f-string (before Python 3.12) and calls of a method in a template.


def _said_in_code(
    file: IO[bytes], keywords: Iterable[str], comment_tags: object, options: object
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """The calls of `t`, `n`, `mark` and `Sentence` in Python."""
    del comment_tags, options
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            said = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if name in keywords and said:
                yield node.lineno, name, said[0] if len(said) == 1 else tuple(said), []


def _said_in_templates(
    file: IO[bytes], keywords: Iterable[str], comment_tags: object, options: object
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """The calls of `t` and `n` in a template, plain or of an object."""
    del comment_tags, options
    for node in Environment(autoescape=True).parse(file.read().decode()).find_all(nodes.Call):
        name = getattr(node.node, "attr", getattr(node.node, "name", ""))
        said = [arg.value for arg in node.args if isinstance(arg, nodes.Const) and isinstance(arg.value, str)]
        if name in keywords and said:
            yield node.lineno, name, said[0] if len(said) == 1 else tuple(said), []


def missing(language: str, sentences: Catalog | None = None) -> Iterator[str]:
    """Sentences that have no translation yet, or only a guess."""
    catalogue = _read(language)
    for wanted in sentences or everything_said():
        sentence = wanted.id[0] if isinstance(wanted.id, (tuple, list)) else wanted.id
        if not sentence:
            continue  # the header
        there = catalogue.get(sentence)
        said = there.string if there and not there.fuzzy else ""
        if not said or (isinstance(said, tuple) and not all(said)):
            yield sentence


def update(language: str) -> list[str]:
    """Brings the sentences of the code into a catalogue and drops what is not said any more; gives what is missing."""
    path = FOLDER / f"{language}.po"
    sentences = everything_said()
    catalogue = _read(language) if path.exists() else Catalog(locale=language, charset="utf-8", fuzzy=False)
    catalogue.update(sentences, no_fuzzy_matching=True)
    catalogue.header_comment = f"# What the dashboard says, in {Locale.parse(language).english_name}."
    written = io.BytesIO()
    write_po(
        written, catalogue, width=120, omit_header=False, include_lineno=False, sort_output=True, ignore_obsolete=True
    )
    # Without its dates the file changes only with its sentences.
    passing = "Report-Msgid|POT-Creation|PO-Revision|Language-Team|Last-Translator|Project-Id-Version|Generated-By"
    text = re.sub(rf'^"({passing}).*\n', "", written.getvalue().decode(), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    return list(missing(language, sentences))


if __name__ == "__main__":
    without = 0
    for tongue in LANGUAGES[1:]:
        for sentence in update(tongue):
            without += 1
            sys.stdout.write(f"{tongue}: {sentence}\n")
    sys.stdout.write(f"{without} translations are missing\n" if without else "Every sentence is translated.\n")
    sys.exit(1 if without else 0)
