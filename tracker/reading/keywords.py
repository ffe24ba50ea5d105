"""Which words of the project's lists stand in a text, and how much do they say?

The lists are data: one file a language in `words/`, and the optional `words` of an entry of the taxonomy. How they are
matched: capitals, accents and the kind of apostrophe do not matter, a hyphen is a space; a term begins and ends at the
border of a word; `*` stands for any ending of a word. The terms of all languages are tried on every text (loan words,
pages in two languages, a language wrongly guessed). What stands inside a `not` phrase of the same list is passed over.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import ahocorasick
from pydantic import AfterValidator, Field

from tracker import yamlfile
from tracker.errors import BadTaxonomy, Sentence
from tracker.model import Code, Value
from tracker.reading.folding import Folded, begins_word, fold
from tracker.taxonomy import Taxonomy

FOLDER = Path(__file__).with_name("words")

STRONG, WEAK, NOT = 3, 1, 0  # points
GROUPS = ("issues", "types", "bias_grounds", "targets", "actor_kinds")  # of the taxonomy: those that words point to
TONES = ("action", "problem", "covid")


def _term(value: str) -> str:
    folded = fold(value.strip()).text
    if not re.fullmatch(r"[^*]{2,}(\*[^*]+)*\*?", folded) or "* *" in folded:
        raise ValueError(Sentence("a term has two letters or more, and * only at the end of its words"))
    return folded


Word = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_term)]


class Points(Value):
    """The words of one code in one language."""

    strong: tuple[Word, ...] = ()
    weak: tuple[Word, ...] = ()
    blanked: tuple[Word, ...] = Field(default=(), alias="not")


class Words(Value):
    """The words of one language, as they stand in its file."""

    issues: dict[Code, Points] = {}
    types: dict[Code, Points] = {}
    bias_grounds: dict[Code, Points] = {}
    targets: dict[Code, Points] = {}
    actor_kinds: dict[Code, Points] = {}
    action: tuple[Word, ...] = ()
    problem: tuple[Word, ...] = ()
    covid: tuple[Word, ...] = ()


class Hit(NamedTuple):
    """A term that stands in a text."""

    term: str
    points: int
    start: int
    end: int


class _Rule(NamedTuple):
    key: str  # "issues/hate_crime", "types/A1", "targets/women", "action" …
    term: str
    points: int
    whole: re.Pattern[str] | None  # of a term with * inside; None for a plain one
    open: bool  # ends with *
    rank: int  # of rules that stand on the same letters the least one counts: `not`, then what is worth most


# What stands in a text, so that it sorts by start, longest first: start, minus end, rank, order of finding.
_Found = tuple[int, int, int, int, _Rule]


class Keywords:
    """All lists, ready to be matched in one pass over a text."""

    def __init__(self, lists: Iterable[tuple[str, Points]]) -> None:
        rules: dict[str, dict[tuple[str, str], _Rule]] = defaultdict(dict)
        for key, points in lists:
            for terms, worth in ((points.strong, STRONG), (points.weak, WEAK), (points.blanked, NOT)):
                for term in terms:
                    same = rules[term.split("*", 1)[0]]
                    # The same term in two languages counts once: the stronger one, and `not` above all.
                    if (key, term) not in same or worth == NOT or worth > same[key, term].points > NOT:
                        same[key, term] = _rule(key, term, worth)
        self._automaton = ahocorasick.Automaton()
        for beginning, found in rules.items():
            self._automaton.add_word(beginning, (len(beginning), tuple(found.values())))
        if rules:
            self._automaton.make_automaton()

    def hits(self, folded: Folded) -> dict[str, list[Hit]]:
        """The terms that stand in a text by list (`issues/hate_crime`, `types/A1`, `action` …), each term once, in the
        order of the text. A term inside a longer one of the same list does not count.
        """
        text = folded.text
        found: dict[str, list[_Found]] = defaultdict(list)
        if not len(self._automaton):
            return {}
        order = 0
        for last, (length, rules) in self._automaton.iter(text):
            start, end = last - length + 1, last + 1
            if not begins_word(text, start):
                continue
            word_end = end
            if text[last].isalnum():
                while word_end < len(text) and text[word_end].isalnum():
                    word_end += 1
            for rule in rules:
                if rule.whole is not None:
                    match = rule.whole.match(text, start)
                    reach = match.end() if match else 0
                else:
                    reach = word_end if word_end == end or rule.open else 0
                if reach:
                    order += 1
                    found[rule.key].append((start, -reach, rule.rank, order, rule))
        return {key: list(_outermost(hits)) for key, hits in found.items()}


def _rule(key: str, term: str, points: int) -> _Rule:
    rank = -STRONG - 1 if points == NOT else -points
    if "*" not in term[:-1]:
        return _Rule(key, term, points, None, term.endswith("*"), rank)
    pattern = r"\w*".join(re.escape(part) for part in term.split("*"))
    return _Rule(key, term, points, re.compile(pattern + r"(?!\w)"), False, rank)


def _outermost(found: list[_Found]) -> Iterator[Hit]:
    """Each term once, without those that stand inside another hit, and without what was to be passed over."""
    seen = set()
    reach = -1
    for start, minus_end, _, _, rule in sorted(found):
        if -minus_end <= reach:
            continue
        reach = -minus_end
        if rule.points != NOT and rule.term not in seen:
            seen.add(rule.term)
            yield Hit(rule.term, rule.points, start, reach)


def read_words(folder: Path = FOLDER) -> dict[str, Words]:
    """The word lists of a folder by language. Raises BadTaxonomy with a line for each mistake."""
    found, mistakes = {}, []
    for path in sorted(folder.glob("*.yaml")):
        try:
            file = yamlfile.read(path, BadTaxonomy)
            mistakes += [file.complain(*mistake) for mistake in _twice(file.data)]
            found[path.stem] = file.checked(Words, BadTaxonomy, _remedy)
        except BadTaxonomy as wrong:
            mistakes.append(str(wrong))
    if mistakes:
        raise BadTaxonomy("\n".join(mistakes))
    return found


def of_taxonomy(taxonomy: Taxonomy, words: Mapping[str, Words]) -> Keywords:
    """The lists of the taxonomy's groups, with the words that its own entries bring, and of the tones.

    Lists of codes that the taxonomy does not have are left aside.
    """
    lists: list[tuple[str, Points]] = []
    for of_language in words.values():
        lists += [(tone, Points(strong=getattr(of_language, tone))) for tone in TONES]
        for group in GROUPS:
            known = set(taxonomy.codes(group))
            lists += [
                (f"{group}/{code}", points) for code, points in getattr(of_language, group).items() if code in known
            ]
    for group in GROUPS:
        for term in taxonomy.group(group):
            for own in term.words.values():
                lists.append((f"{group}/{term.code}", Points.model_validate(own.model_dump(by_alias=True))))
    return Keywords(lists)


def _twice(data: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Terms that stand twice in the lists of one code: one of them is a slip."""
    for group in GROUPS:
        for code, lists in (data.get(group) or {}).items():
            seen: dict[str, str] = {}
            for name, terms in (lists or {}).items():
                for number, term in enumerate(terms if isinstance(terms, list) else []):
                    key = fold(str(term).strip()).text
                    if key in seen and "not" not in (name, seen[key]):
                        yield (group, code, name, number), f"{term!r} stands under {seen[key]} already; keep one"
                    seen.setdefault(key, name)


def _remedy(field: str) -> str:
    parts = field.split(".")
    if len(parts) == 1 and parts[0] not in Words.model_fields:
        return f"Known here: {', '.join(Words.model_fields)}."
    if len(parts) == 3 and parts[2] not in ("strong", "weak", "not"):
        return "Known here: strong, weak, not."
    return ""
