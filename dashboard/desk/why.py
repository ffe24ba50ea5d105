"""Why does the machine suggest this? The words for and against, who said so, and what is only faintly suggested."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dashboard.desk.shared import Desk, safe
from tracker.model import Scored, Waiting
from tracker.reading.countries import place_name
from tracker.reading.language import is_small

LIKELY_FROM = 0.5  # probability from which a suggested code is chosen beforehand, marked as suggested
FAINT_FROM = 0.3  # from here on it is shown, greyed, and never chosen
MOST_TERMS, MOST_TYPES, MOST_PLACES = 5, 2, 4
BY_MODEL = "model-"  # how the version begins of what a model says


class Piece(NamedTuple):
    """Some words of a line, and how they look."""

    text: str
    look: str = ""  # likely | faint | note


Line = list[Piece]


class Told(NamedTuple):
    """What the item seems to say, line by line, each with the words that made it so."""

    head: Line
    lines: list[Line]
    by: str


def told(desk: Desk, waiting: Waiting) -> Told:
    """What stands in the box above the text of an item."""
    suggestion = waiting.suggestion
    lines = [_coded(desk, "issues", one) for one in _shown(suggestion.issues)]
    lines += _line(
        desk, desk.t("Kind of initiative"), [_chip(desk, "types", one) for one in _shown(suggestion.types)[:MOST_TYPES]]
    )
    lines += _line(desk, desk.t("Where"), _places(desk, waiting))
    for group, name, found in (
        ("bias_grounds", desk.t("Ground of bias"), suggestion.grounds),
        ("targets", desk.t("For whom"), suggestion.targets),
        ("actor_kinds", desk.t("By whom"), suggestion.actor_kinds),
    ):
        lines += _line(desk, name, [_chip(desk, group, one) for one in _shown(found)])
    chance = desk.t("initiative {percent} %", percent=round(suggestion.initiative * 100))
    head = [Piece(desk.t("Seems to say"), "likely"), Piece(f" {chance}")]
    return Told(head, lines, _by(desk, suggestion.version))


def box(desk: Desk, waiting: Waiting) -> str:
    """The same as HTML, for pages that are drawn at the server."""
    say = told(desk, waiting)
    lines = "".join(f"<li>{_drawn(line)}</li>" for line in say.lines)
    listed = f"<ul>{lines}</ul>" if lines else ""
    return f'<div class="d-why"><p>{_drawn(say.head)}</p>{listed}<p class="t-note">{safe(say.by)}</p></div>'


def _drawn(line: Line) -> str:
    looks = {"likely": "d-likely", "faint": "d-faint", "note": "t-note"}
    return "".join(
        f'<span class="{looks[piece.look]}">{safe(piece.text)}</span>' if piece.look else safe(piece.text)
        for piece in line
    )


def _shown(found: Sequence[Scored]) -> list[Scored]:
    return [one for one in found if one.score >= FAINT_FROM]


def _by(desk: Desk, version: str) -> str:
    if not version:
        return desk.t("not read yet")
    if not version.startswith(BY_MODEL):
        return desk.t("said by the word lists ({version})", version=version)
    number, _, words = version.removeprefix(BY_MODEL).partition("+")
    return desk.t("said by model {number}, learnt from decisions, over the word lists ({version})", number=number,
                  version=words)  # fmt: skip


def _coded(desk: Desk, group: str, one: Scored) -> Line:
    """A code with its probability and the words for it; those against it only where a model knows some."""
    terms, against = _telling(one.terms), _telling(one.against)
    if against:
        terms = "; ".join(
            [*([desk.t("for: {terms}", terms=terms)] if terms else []), desk.t("against: {terms}", terms=against)]
        )
    said = _faint(one, _named(desk, group, one))
    return [said, Piece(f" {terms}", "note")] if terms else [said]


def _telling(terms: Sequence[str]) -> str:
    """The first few terms; a young model also names such as `of the`, which tell a person nothing."""
    return ", ".join([term for term in terms if not is_small(term)][:MOST_TERMS])


def _chip(desk: Desk, group: str, one: Scored) -> Line:
    terms = [term for term in one.terms if not is_small(term)][:2]
    told = [Piece(f" ({', '.join(terms)})", "note")] if terms else []
    return [_faint(one, _named(desk, group, one)), *told]


def _named(desk: Desk, group: str, one: Scored) -> str:
    return f"{desk.label(group, one.code)} {desk.t('{percent} %', percent=round(one.score * 100))}"


def _faint(one: Scored, text: str) -> Piece:
    """What is likely stands out; what is not is greyed."""
    return Piece(text, "likely" if one.score >= LIKELY_FROM else "faint")


def _line(desk: Desk, name: str, said: Sequence[Line]) -> list[Line]:
    if not said:
        return []
    before, after = desk.t("{name}: {told}", name=name, told="\0").split("\0")
    line = [Piece(before), *said[0]]
    for more in said[1:]:
        line += [Piece(", "), *more]
    return [[*line, *([Piece(after)] if after else [])]]


def _places(desk: Desk, waiting: Waiting) -> list[Line]:
    """Countries, each with its provinces before it and the words that named them; then international bodies."""
    suggestion = waiting.suggestion
    found: list[Line] = []
    for country in [one for one in suggestion.countries if one.score >= FAINT_FROM][:MOST_PLACES]:
        inside = [one for one in _shown(suggestion.places) if one.code.startswith(f"{country.code}-")][:MOST_PLACES]
        names = [*dict.fromkeys(place_name(one.code, one.terms) for one in inside), desk.words.country(country.code)]
        known = {name.casefold() for name in names}
        terms = dict.fromkeys(term for one in (*inside, country) for term in one.terms if term.casefold() not in known)
        told = [Piece(f" ({', '.join([*terms][:2])})", "note")] if terms else []
        found.append([_faint(country, ", ".join(names)), *told])
    bodies = dict.fromkeys(term for one in _shown(suggestion.bodies) for term in one.terms[:1])
    if bodies:
        found.append([Piece(desk.t("international: {names}", names=", ".join(bodies)))])
    return found
