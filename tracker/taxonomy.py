"""Which codes may an analyst choose, and what are they called?

The answer is data: `taxonomy.yaml` beside this module, or the file that the settings name. A further issue or type is
added there, with its wording and its keywords, and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from tracker import yamlfile
from tracker.errors import BadTaxonomy, Sentence
from tracker.model import EvidenceRole, Initiative, Language, Value

SHIPPED = Path(__file__).with_name("taxonomy.yaml")

# Codes that the program itself writes or asks for: a taxonomy without them would break it later and less clearly.
RELIED_ON = {
    "actor_roles": ("lead",),
    "statuses": ("announced", "planned", "unknown"),
    "evidence_roles": tuple(role.value for role in EvidenceRole),
}

Text = Annotated[str, Field(min_length=1, max_length=500)]


class Wordings(Value):
    """One text in the three public languages, all of them obligatory."""

    en: Text
    fr: Text
    es: Text

    def get(self, language: str) -> str:
        """The text in `language` (a region such as fr-CA does not matter), else in English."""
        return str(getattr(self, language[:2], self.en))


class Keywords(Value):
    """Words of one language that point to a code: strong count 3 points, weak 1, `not` are passed over."""

    model_config = ConfigDict(populate_by_name=True)

    strong: tuple[Text, ...] = ()
    weak: tuple[Text, ...] = ()
    blanked: tuple[Text, ...] = Field(default=(), alias="not")


class Unw(Value):
    """The matching category of the UNDP-UN Women tracker."""

    type: Text
    subtype: str = ""


class Term(Value):
    """One code with its wording."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
    label: Wordings
    words: dict[Language, Keywords] = {}  # besides those in reading/words/


class Described(Term):
    """A code with its limits: what belongs to it, what does not, and two examples."""

    in_scope: Wordings
    out_of_scope: Wordings
    examples: Annotated[tuple[Wordings, ...], Field(min_length=2, max_length=2)]


class Reason(Term):
    """Why an item is excluded."""

    safe: bool = False  # the text alone shows it: one person's word is enough (`exclusion`)


class Family(Term):
    """A heading over types."""

    code: Annotated[str, Field(pattern=r"^[A-Z]$")]


class Type(Described):
    """A kind of initiative."""

    code: Annotated[str, Field(pattern=r"^[A-Z][0-9]{0,2}$")]
    family: Annotated[str, Field(pattern=r"^[A-Z]$")]
    unw: Unw | None = None


class Taxonomy(Value):
    """All groups of codes, each in the order of the file."""

    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,29}$")]
    issues: Annotated[tuple[Described, ...], Field(min_length=1)]
    type_families: tuple[Family, ...]
    types: Annotated[tuple[Type, ...], Field(min_length=1)]
    bias_grounds: tuple[Term, ...]
    actor_kinds: tuple[Term, ...]
    actor_levels: tuple[Term, ...]
    actor_roles: tuple[Term, ...]
    targets: tuple[Term, ...]
    covid_links: tuple[Term, ...]
    statuses: tuple[Term, ...]
    geo_levels: tuple[Term, ...]
    evidence_grades: tuple[Term, ...]
    exclusion_reasons: tuple[Reason, ...]
    evidence_roles: tuple[Term, ...]

    @cached_property
    def _by_code(self) -> dict[str, dict[str, Term]]:
        return {name: {term.code: term for term in getattr(self, name)} for name in GROUPS}

    def group(self, name: str) -> tuple[Term, ...]:
        """The terms of a group such as `issues`, in the order of the file. KeyError when there is no such group."""
        return tuple(self._by_code[name].values())

    def codes(self, name: str) -> tuple[str, ...]:
        """The codes of a group, in the order of the file."""
        return tuple(self._by_code[name])

    def term(self, name: str, code: str) -> Term:
        """The term of a code. KeyError when the group does not have it."""
        return self._by_code[name][code]

    def label(self, name: str, code: str, language: str) -> str:
        """What to call a code in `language`, else in English; a code that is not known (any more) is shown as it is."""
        term = self._by_code[name].get(code)
        return term.label.get(language) if term else code

    @property
    def safe_reasons(self) -> frozenset[str]:
        """The exclusion reasons that one person's word is enough for."""
        return frozenset(reason.code for reason in self.exclusion_reasons if reason.safe)

    def unknown(self, initiative: Initiative) -> list[tuple[str, str]]:
        """Codes of the initiative that the taxonomy does not have: (field, why), empty when it has them all."""
        return [
            (
                field,
                Sentence(
                    "'{code}' is none of the {group}: {known}",
                    code=code,
                    group=group.replace("_", " "),
                    known=", ".join(self.codes(group)),
                ),
            )
            for field, group, code in _codes_of(initiative)
            if code not in self._by_code[group]
        ]


GROUPS = tuple(name for name in Taxonomy.model_fields if name != "version")


def load(path: Path | None = None) -> Taxonomy:
    """The taxonomy in `path`, read once; None is the file that ships with the tracker.

    Raises BadTaxonomy with one line for each mistake: file, line, entry, and what would be right.
    """
    return _load(path or SHIPPED)


@cache
def _load(path: Path) -> Taxonomy:
    file = yamlfile.read(path, BadTaxonomy)
    mistakes = [file.complain(*mistake) for mistake in _mistakes(file.data)]
    try:
        taxonomy = file.checked(Taxonomy, BadTaxonomy, _remedy)
    except BadTaxonomy as wrong:
        raise BadTaxonomy("\n".join([*str(wrong).splitlines(), *mistakes])) from None
    if mistakes:
        raise BadTaxonomy("\n".join(mistakes))
    return taxonomy


def _mistakes(data: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What a single field cannot know: codes given twice, codes that are relied on, families that do not exist."""
    for group in GROUPS:
        first: dict[object, int] = {}
        entries = data.get(group)
        if not isinstance(entries, list):
            continue
        for number, entry in enumerate(entries):
            code = entry.get("code") if isinstance(entry, dict) else None
            if code is not None and code in first:
                yield (group, number, "code"), f"this code is entry {first[code] + 1} already; a code stands once"
            first.setdefault(code, number)
        for code in RELIED_ON.get(group, ()):
            if code not in first:
                yield (group,), f"the code {code} is missing; the tracker itself relies on it"
    families = {entry.get("code") for entry in _entries(data, "type_families")}
    for number, entry in enumerate(_entries(data, "types")):
        if entry.get("family") is not None and entry["family"] not in families:
            yield ("types", number, "family"), "there is no such family; add it to type_families or name another"


def _entries(data: dict[str, Any], group: str) -> list[dict[str, Any]]:
    entries = data.get(group)
    # An entry that is no mapping keeps its place, so that the numbers of the others stay true.
    return [entry if isinstance(entry, dict) else {} for entry in entries] if isinstance(entries, list) else []


def _remedy(field: str) -> str:
    """What would be right, for the fields where people slip."""
    group, _, rest = field.partition(".")
    last = field.rsplit(".", 1)[-1]
    if group not in Taxonomy.model_fields:
        return f"Known here: {', '.join(Taxonomy.model_fields)}."
    if last in ("en", "fr", "es"):
        return "Each text is needed in English, French and Spanish."
    if rest == "code":
        return {
            "types": "Write a capital letter and a number, such as A1.",
            "type_families": "Write one capital letter.",
        }.get(group, "Write small letters, digits and underscores, such as older_people.")
    if rest == "examples":
        return "Give two examples."
    kinds: dict[str, type[Term]] = {"issues": Described, "types": Type, "exclusion_reasons": Reason}
    kind = kinds.get(group, Term)
    if rest and "." not in rest and rest not in kind.model_fields:
        return f"Known here: {', '.join(kind.model_fields)}."
    return ""


def _codes_of(initiative: Initiative) -> Iterator[tuple[str, str, str]]:
    """(field, group, code) of every code in an initiative."""
    for field in ("issues", "types", "bias_grounds", "targets"):
        for code in getattr(initiative, field):
            yield field, field, code
    for field, group in (("covid_link", "covid_links"), ("geo_level", "geo_levels")):
        if (code := getattr(initiative, field)) is not None:
            yield field, group, code
    if initiative.evidence_grade is not None:
        yield "evidence_grade", "evidence_grades", initiative.evidence_grade
    yield "status", "statuses", initiative.status
    for change in initiative.status_history:
        yield "status_history", "statuses", change.status
    for actor in initiative.actors:
        yield "actors", "actor_roles", actor.role
        if actor.kind is not None:
            yield "actors", "actor_kinds", actor.kind
        if actor.level is not None:
            yield "actors", "actor_levels", actor.level


def reference(taxonomy: Taxonomy) -> str:
    """The page of the documentation that lists every code, in Markdown."""
    lines = [
        "# The codes of the tracker",
        "",
        f"Version {taxonomy.version} of the taxonomy. This page is made from `tracker/taxonomy.yaml` by",
        "`python -m tracker.taxonomy > docs/reference-taxonomy.md`; a test keeps it true.",
    ]
    for group in GROUPS:
        lines += ["", f"## {group.replace('_', ' ').capitalize()}", ""]
        lines += ["| code | English | français | español |", "| --- | --- | --- | --- |"]
        for term in taxonomy.group(group):
            lines.append(f"| `{term.code}` | {term.label.en} | {term.label.fr} | {term.label.es} |")
        for term in taxonomy.group(group):
            if isinstance(term, Described):
                lines += ["", f"**{term.code} {term.label.en}.** {term.in_scope.en}. Not: {term.out_of_scope.en}."]
                lines += [f"For example: {'; '.join(example.en for example in term.examples)}."]
            if isinstance(term, Type) and term.unw:
                lines += [f"UNDP-UN Women tracker: {', '.join(filter(None, (term.unw.type, term.unw.subtype)))}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(reference(load()), end="")
