"""What does the form of an initiative hold, and what does it say? Fields as they are typed, and as they are understood.

A form is plain values by name, `title.fr` or `actor.0.kind`, so that what somebody has typed can be kept as it is,
right or not. Nothing here draws or stores.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from babel.numbers import get_territory_currencies
from pydantic import TypeAdapter, ValidationError

from dashboard.desk.shared import all_countries
from dashboard.words import mark
from tracker.model import (
    Actor,
    Contact,
    Initiative,
    Origin,
    Reading,
    RoughDate,
    StatusChange,
    WebAddress,
    Wording,
)

Raw = dict[str, Any]

LISTS = ("issues", "types", "bias_grounds", "targets", "countries", "subdivisions", "keywords", "related")
CHOICES = ("geo_level", "covid_link", "evidence_grade", "confidence", "previous")
TEXTS = ("locality", "recipients", "why_promising", "challenges")
DATES = ("announced", "start", "end")
ROWS: dict[str, Raw] = {  # a group of lines, and what an empty line of it is
    "actor": {"name": "", "kind": None, "level": None, "role": "lead"},
    "status": {"status": None, "on": "", "note": ""},
    "reading": {"title": "", "url": ""},
}

_FIELDS = {  # first part of a name in the form: fields of the initiative
    "title": ("wordings",),
    "summary": ("wordings",),
    "checked": ("wordings",),
    "actor": ("actors",),
    "status": ("status", "status_history"),
    "reading": ("further_reading",),
    "phone": ("contact",),
    "url": ("contact",),
    "hours": ("contact",),
}
_ADDRESS: TypeAdapter[str] = TypeAdapter(WebAddress)


@dataclass(frozen=True)
class Problem:
    """Why a field cannot be understood: a sentence of the catalogues and what it needs."""

    sentence: str
    facts: dict[str, str] = field(default_factory=dict)


NO_DATE = mark("“{text}” is no date. Write 2020, 2020-04 or 2020-04-17.")
NO_AMOUNT = mark("“{text}” is no amount. Write it as 40000000 or 1250.50.")
NO_ADDRESS = mark("“{text}” is no web address. It begins with https://.")
NO_ACTOR = mark("Give the name of this actor, or empty the line.")
NO_STATUS = mark("Choose the status of this line, or empty it.")
NO_LINK = mark("Give the web address of “{text}”.")
NO_NUMBER = mark("“{text}” is no number of an initiative.")
NOT_SO = mark("This cannot be kept as it is: {why}.")


@dataclass(frozen=True)
class Understood:
    """What a form says. `content` is the initiative with every field that could be understood."""

    content: Initiative
    problems: dict[str, Problem]  # by name in the form


def typed(content: Initiative, languages: Iterable[str]) -> Raw:
    """The initiative as a form, with every name that a form of it can have but those of further lines."""
    raw: Raw = {}
    for code in dict.fromkeys([*languages, *content.wordings]):
        wording = content.wordings.get(code, Wording())
        raw |= {f"title.{code}": wording.title, f"summary.{code}": wording.summary, f"checked.{code}": False}
    raw |= {name: list(getattr(content, name)) for name in LISTS}
    raw |= {name: getattr(content, name) for name in (*CHOICES, *TEXTS)}
    raw["confidence"] = content.confidence.value if content.confidence else None
    raw["indigenous_relevance"] = {None: None, True: "yes", False: "no"}[content.indigenous_relevance]
    raw |= {name: str(getattr(content, name) or "") for name in DATES}
    raw["amount"] = "" if content.amount is None else f"{content.amount:.2f}".removesuffix(".00")
    raw["currency"] = content.currency or None
    raw |= {"phone": content.contact.phone, "url": content.contact.url or "", "hours": content.contact.hours}
    for number, actor in enumerate(content.actors):
        raw |= _line("actor", number, actor.model_dump())
    for number, change in enumerate(_statuses(content)):
        raw |= _line("status", number, {"status": change.status, "on": str(change.on or ""), "note": change.note})
    for number, one in enumerate(content.further_reading):
        raw |= _line("reading", number, one.model_dump())
    for group in ROWS:
        raw |= _line(group, lines(raw, group), {})
    raw["reason"] = ""  # of the revision, for its history
    return raw


def fields_of(name: str) -> tuple[str, ...]:
    """The fields of an initiative that a field of the form tells."""
    first = name.partition(".")[0]
    return _FIELDS.get(first, (first,))


def known(name: str) -> bool:
    """Whether a form has such a field: what was typed into one of an earlier age may have others."""
    first, _, rest = name.partition(".")
    if first in ROWS:
        number, _, part = rest.partition(".")
        return number.isdigit() and part in ROWS[first]
    plain = (*LISTS, *CHOICES, *TEXTS, *DATES, "indigenous_relevance", "amount", "currency", "phone", "url", "hours")
    return (first in ("title", "summary", "checked") and bool(rest)) or name in (*plain, "reason")


def lines(raw: Mapping[str, Any], group: str) -> int:
    """How many lines of a group there are, the last that is not empty being the last one."""
    empty = ROWS[group]
    found = 0
    for name, value in raw.items():
        first, _, rest = name.partition(".")
        number, _, part = rest.partition(".")
        if first == group and value != empty[part]:
            found = max(found, int(number) + 1)
    return found


def line(raw: Mapping[str, Any], group: str, number: int) -> Raw:
    """One line of a group by its parts; what nobody has typed is empty."""
    return {part: raw.get(f"{group}.{number}.{part}", empty) for part, empty in ROWS[group].items()}


def read(
    raw: Mapping[str, Any],
    before: Initiative,
    own_words: Mapping[str, Wording],
    beforehand: Mapping[str, Any] | None = None,
) -> Understood:
    """What the form says, over the initiative that it was made from; fields that were left alone stay exactly so.

    `own_words` are the sources' wordings by language: what is still theirs is marked as such. `beforehand` is what was
    suggested: a line that holds nothing else is no line.
    """
    reading = _Reading(raw, before, own_words, beforehand or {})
    was = typed(before, ())
    changed: dict[str, None] = {}
    for name, value in raw.items():
        first, _, rest = name.partition(".")
        if first == "reason":
            continue
        empty = ROWS[first][rest.partition(".")[2]] if first in ROWS else False if first == "checked" else ""
        if value != was.get(name, empty):
            changed.update(dict.fromkeys(fields_of(first)))
    found = {name: reading.field(name) for name in changed}
    content = before
    for name, value in found.items():
        if value is _NOTHING:
            continue
        try:
            content = Initiative.model_validate({**content.model_dump(), name: value})
        except ValidationError as wrong:
            why = wrong.errors()[0]["msg"].removeprefix("Value error, ")
            reading.problems[name] = Problem(NOT_SO, {"why": why})
    return Understood(content, reading.problems)


_NOTHING = object()  # of a field that could not be understood: it stays as it was


class _Reading:
    """One reading of a form, with the problems that were met on the way."""

    def __init__(
        self,
        raw: Mapping[str, Any],
        before: Initiative,
        own_words: Mapping[str, Wording],
        beforehand: Mapping[str, Any],
    ) -> None:
        self.raw = raw
        self.before = before
        self.own_words = own_words
        self.beforehand = beforehand
        self.problems: dict[str, Problem] = {}

    def field(self, name: str) -> Any:
        special: dict[str, Callable[[], Any]] = {
            "wordings": self._wordings,
            "actors": self._actors,
            "status": self._status,
            "status_history": self._history,
            "further_reading": self._further,
            "contact": self._contact,
            "amount": self._amount,
            "currency": lambda: self.raw["currency"] or "",
            "indigenous_relevance": lambda: {"yes": True, "no": False}.get(self.raw["indigenous_relevance"]),
            "related": self._related,
            "previous": lambda: self._numbers("previous", [self.raw["previous"]])[0],
            "keywords": lambda: [word.strip() for word in self.raw["keywords"] if word.strip()],
        }
        if name in special:
            return special[name]()
        if name in DATES:
            return self._date(name, self.raw[name])
        value = self.raw[name]
        return value.strip() if isinstance(value, str) else value

    def _wordings(self) -> dict[str, Wording]:
        found = {}
        for name in self.raw:
            first, _, code = name.partition(".")
            if first != "title":
                continue
            title, summary = (str(self.raw[f"{part}.{code}"]).strip() for part in ("title", "summary"))
            was, own = self.before.wordings.get(code, Wording()), self.own_words.get(code)
            if not (title or summary):
                continue
            if (title, summary) == (was.title, was.summary):
                origin = Origin.HUMAN if self.raw.get(f"checked.{code}") else was.origin
            elif own and (title, summary) == (own.title, own.summary):
                origin = Origin.SOURCE
            else:
                origin = Origin.HUMAN
            found[code] = Wording(title=title, summary=summary, origin=origin)
        return found

    def _actors(self) -> list[Actor]:
        found = []
        for number in range(lines(self.raw, "actor")):
            parts = line(self.raw, "actor", number)
            parts["name"] = parts["name"].strip()
            parts["role"] = parts["role"] or ROWS["actor"]["role"]
            if parts["name"]:
                found.append(Actor.model_validate(parts))
            elif any(
                value not in (ROWS["actor"][part], self.beforehand.get(f"actor.{number}.{part}", ROWS["actor"][part]))
                for part, value in parts.items()
            ):
                self.problems[f"actor.{number}.name"] = Problem(NO_ACTOR)
        return found

    def _history(self) -> list[StatusChange]:
        found = []
        for number in range(lines(self.raw, "status")):
            parts = line(self.raw, "status", number)
            if parts["status"] is None:
                if parts["on"].strip() or parts["note"].strip():
                    self.problems[f"status.{number}.status"] = Problem(NO_STATUS)
                continue
            on = self._date(f"status.{number}.on", parts["on"])
            found.append(
                StatusChange(status=parts["status"], on=None if on is _NOTHING else on, note=parts["note"].strip())
            )
        return found

    def _status(self) -> str:
        """What holds now is the last line."""
        history = self._history()
        return history[-1].status if history else "unknown"

    def _further(self) -> list[Reading]:
        found = []
        for number in range(lines(self.raw, "reading")):
            parts = line(self.raw, "reading", number)
            title, url = parts["title"].strip(), parts["url"].strip()
            if title and not url:
                self.problems[f"reading.{number}.url"] = Problem(NO_LINK, {"text": title})
            elif url and self._address(f"reading.{number}.url", url):
                found.append(Reading(title=title[:300], url=url))
        return found

    def _contact(self) -> Any:
        phone, url, hours = (str(self.raw[name]).strip() for name in ("phone", "url", "hours"))
        if url and not self._address("url", url):
            url = self.before.contact.url or ""
        return Contact(phone=phone[:60], url=url or None, hours=hours[:200])

    def _amount(self) -> Any:
        text = re.sub(r"[\s'’\u00a0\u202f]", "", str(self.raw["amount"]))
        if not text:
            return None
        # 40,000,000 and 40.000.000: marks between groups of three are no decimals.
        plain = (
            re.sub(r"[.,](?=\d{3}(?:[.,]|$))", "", text)
            if re.fullmatch(r"\d{1,3}([.,]\d{3})+([.,]\d{1,2})?", text)
            else text
        )
        if re.fullmatch(r"\d+([.,]\d{1,2})?", plain):
            return float(plain.replace(",", "."))
        self.problems["amount"] = Problem(NO_AMOUNT, {"text": str(self.raw["amount"])})
        return _NOTHING

    def _related(self) -> list[int]:
        return [number for number in self._numbers("related", self.raw["related"]) if number is not None]

    def _numbers(self, name: str, given: Iterable[Any]) -> list[int | None]:
        found: list[int | None] = []
        for one in given:
            digits = str(one if one is not None else "").strip().removeprefix("#")
            if digits.isdigit():
                found.append(int(digits))
            else:
                found.append(None)
                if digits:
                    self.problems[name] = Problem(NO_NUMBER, {"text": digits})
        return found

    def _date(self, name: str, text: str) -> Any:
        try:
            return RoughDate.parse(text) if text.strip() else None
        except ValueError:
            self.problems[name] = Problem(NO_DATE, {"text": text.strip()})
            return _NOTHING

    def _address(self, name: str, text: str) -> bool:
        try:
            _ADDRESS.validate_python(text)
        except ValidationError:
            self.problems[name] = Problem(NO_ADDRESS, {"text": text})
            return False
        return True


def _line(group: str, number: int, parts: Mapping[str, Any]) -> Raw:
    return {f"{group}.{number}.{part}": parts.get(part, empty) for part, empty in ROWS[group].items()}


def _statuses(content: Initiative) -> list[StatusChange]:
    """The history, with what holds now as its last line."""
    history = list(content.status_history)
    if history and history[-1].status == content.status:
        return history
    return history if content.status == "unknown" and not history else [*history, StatusChange(status=content.status)]


@cache
def currencies() -> tuple[str, ...]:
    """ISO 4217 codes of the money that is in use somewhere today."""
    return tuple(sorted({str(one) for country in all_countries() for one in get_territory_currencies(country)}))
