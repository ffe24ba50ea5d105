"""What can go wrong, by name, each with a sentence that says where and what to do.

TrackerError                 shown to people as it stands: a sentence, never a traceback
    WrongUse                 the command was called in a way that cannot work           (exit status 2)
    BadInput                 a file or an answer is not what it should be               (exit status 3)
        BadSettings          config.yaml cannot be followed; names file, line and entry
        BadTaxonomy          the taxonomy or a word list cannot be followed
        BadFeed              these bytes are no feed that can be read
        BadPage              these bytes are no page that can be read
            Wall             they are what stands before the page: consent, login, a check against robots
        BadItem              an item lacks what the queue needs
        IncompleteDecision   a decision lacks what its verdict asks for; names the field
        BadInitiative        an initiative cannot be approved as it stands; names the fields
    NotAllowed               this person may not do this
    Conflict                 somebody was first; carries who and what                   (exit status 4)
    NotFound                 no such item, initiative, source, person
    Refused                  an address that must not be fetched
    ProviderUnavailable      the provider of sign-ins does not answer as it should
    StoreUnavailable         the database cannot be opened, written or is of another age (exit status 1)
    Busy                     another process does this already, or holds the port       (exit status 1)

A sentence that people meet at the desk is a `Sentence`, so that a page can say it in their language:
`raise NotFound(Sentence("there is no item {id}", id=3))`. Anything else is said in English everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self


class Sentence(str):
    """An English sentence as text, which remembers its pattern and what was filled in.

    The pattern is the key in the catalogues of `dashboard/locale`; what is filled in may be a Sentence again.
    """

    __slots__ = ("pattern", "values")

    pattern: str
    values: dict[str, Any]

    def __new__(cls, pattern: str, /, **values: Any) -> Self:
        made = super().__new__(cls, pattern.format(**values) if values else pattern)
        made.pattern = pattern
        made.values = values
        return made

    @classmethod
    def joined(cls, parts: Iterable[str], by: str = "; ") -> Self:
        """Several sentences in one, each of which is said in the reader's language."""
        named = {f"part_{number}": part for number, part in enumerate(parts)}
        return cls(by.join(f"{{{name}}}" for name in named), **named)

    def __reduce__(self) -> tuple[Any, ...]:  # errors travel between processes
        return _again, (type(self), self.pattern, self.values)


def by_field(found: Iterable[tuple[str, str]]) -> Sentence:
    """What is wrong with each field, in one sentence: `title: is missing; end: is before the start`."""
    return Sentence.joined(Sentence("{field}: {why}", field=field, why=why) for field, why in found)


def because(problem: Any) -> Sentence:
    """What is wrong, of one problem that pydantic found: our own sentence where we raised it, else a plain one."""
    ours = problem.get("ctx", {}).get("error")
    if isinstance(ours, ValueError) and ours.args and isinstance(ours.args[0], Sentence):
        return ours.args[0]
    said = str(problem["msg"]).removeprefix("Value error, ")
    return _PLAIN.get(problem["type"]) or Sentence(said[:1].lower() + said[1:])


def _again(kind: type[Sentence], pattern: str, values: dict[str, Any]) -> Sentence:
    return kind(pattern, **values)


_PLAIN = {  # what validation says in its own way, said plainly
    "missing": Sentence("is missing"),
    "string_too_short": Sentence("is missing or too short"),
    "string_too_long": Sentence("is too long"),
    "string_pattern_mismatch": Sentence("is not written as it should be"),
    "int_parsing": Sentence("should be a whole number"),
    "url_parsing": Sentence("is no whole web address"),
}


class TrackerError(Exception):
    """A failure that has a sentence for the person who meets it."""

    exit_status = 1

    @property
    def sentence(self) -> str:
        """What to tell: a Sentence where a page can say it in another language, else plain English."""
        return self.args[0] if self.args and isinstance(self.args[0], Sentence) else str(self)


class WrongUse(TrackerError):
    exit_status = 2


class BadInput(TrackerError):
    exit_status = 3


class BadSettings(BadInput): ...


class BadTaxonomy(BadInput): ...


class BadFeed(BadInput): ...


class BadPage(BadInput): ...


class Wall(BadPage): ...


class BadItem(BadInput): ...


class IncompleteDecision(BadInput): ...


class BadInitiative(BadInput): ...


class NotAllowed(TrackerError): ...


class Conflict(TrackerError):
    """Somebody was first. `by` is the name of that person, `what` what they did, both for a sentence."""

    exit_status = 4

    def __init__(self, message: str, *, by: str = "", what: str = "") -> None:
        super().__init__(message)
        self.by = by
        self.what = what


class NotFound(TrackerError): ...


class Refused(TrackerError): ...


class ProviderUnavailable(TrackerError): ...


class StoreUnavailable(TrackerError): ...


class Busy(TrackerError): ...
