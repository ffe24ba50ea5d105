"""What may be asked of the API, how is it read from an address, and how is it described? Each parameter once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from dashboard.params import FILTERS, LONGEST_TEXT, MONTHS, read_month
from dashboard.public.answers import Problem
from dashboard.words import mark
from tracker.model import Filters
from tracker.taxonomy import Taxonomy

DEEPEST = 100_000  # how far into a list one may look; behind it there are downloads and `changed_since`
MOST = 100
USUAL = 20


class Reads(StrEnum):
    CODE = "code"  # of a group of the codebook
    COUNTRY = "country"
    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    MONTH = "month"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that may be asked. `about` is an English sentence of the catalogues."""

    name: str
    reads: Reads
    about: str
    group: str = ""
    choices: tuple[str, ...] = ()
    usual: Any = None
    most: int | None = None  # more is answered with so many
    many: bool = False  # a,b or given several times
    examples: tuple[str, ...] = field(default=())

    def read(self, given: Sequence[str], taxonomy: Taxonomy) -> Any:
        """What was asked, or what is usual. Raises Problem that names the parameter."""
        if not self.many and len(given) > 1:
            raise self.wrong(f"is given {len(given)} times; give it once")
        texts = [text.strip() for value in given for text in (value.split(",") if self.many else [value])]
        values = [self._one(text, taxonomy) for text in texts if text]
        if self.many:
            return tuple(dict.fromkeys(values))
        return values[0] if values else self.usual

    def _one(self, text: str, taxonomy: Taxonomy) -> Any:
        match self.reads:
            case Reads.CODE:
                return self._known(text, taxonomy.codes(self.group))
            case Reads.CHOICE:
                return self._known(text, self.choices)
            case Reads.COUNTRY:
                if not (len(text) == 2 and text.isascii() and text.isalpha()):
                    raise self.wrong(f"{_short(text)} is no ISO 3166-1 alpha-2 code such as CA")
                return text.upper()
            case Reads.NUMBER:
                if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
                    raise self.wrong(f"{_short(text)} is no whole number from 1 on")
                return min(int(text), self.most) if self.most else int(text)
            case Reads.TIME:
                return self._time(text)
            case Reads.MONTH:
                if (month := read_month(text)) is None:
                    raise self.wrong(f"{_short(text)} is no month such as 2020-04")
                return month
            case Reads.TEXT:
                if len(text) > LONGEST_TEXT:
                    raise self.wrong(f"has {len(text)} characters; {LONGEST_TEXT} are the most")
                return " ".join(text.replace("\0", " ").split())

    def _known(self, text: str, codes: Sequence[str]) -> str:
        if text not in codes:
            raise self.wrong(f"{_short(text)} is none of {', '.join(codes)}")
        return text

    def _time(self, text: str) -> datetime:
        """A day or a time; UTC where it names no zone. A plus sign that an address turned into a space is one again."""
        try:
            when = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.wrong(f"{_short(text)} is no day or time such as 2020-05-01 or 2020-05-01T12:00:00Z") from None

    def wrong(self, why: str) -> Problem:
        return Problem(400, f"{self.name}: {why}", parameter=self.name)

    def schema(self, taxonomy: Taxonomy) -> dict[str, Any]:
        """The same as JSON Schema has it."""
        kinds: dict[Reads, dict[str, Any]] = {
            Reads.CODE: {"type": "string", "enum": list(taxonomy.codes(self.group)) if self.group else []},
            Reads.CHOICE: {"type": "string", "enum": list(self.choices)},
            Reads.COUNTRY: {"type": "string", "pattern": "^[A-Za-z]{2}$"},
            Reads.TEXT: {"type": "string", "maxLength": LONGEST_TEXT},
            Reads.NUMBER: {"type": "integer", "minimum": 1},
            Reads.MONTH: {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"},
            Reads.TIME: {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]},
        }
        one = kinds[self.reads]
        if self.many:
            return {"type": "array", "items": one}
        return {**one, **({"default": self.usual} if self.usual is not None else {})}


ASKED_FOR = {  # what the filters of the explorer's address are for
    "issue": mark("What it is about"),
    "type": mark("What is done"),
    "country": mark("Where: country codes of two letters"),
    "actor": mark("What kind of body acts"),
    "target": mark("For whom"),
    "status": mark("Where it stands"),
}
FILTER_PARAMETERS = (
    *(
        Parameter(
            name,
            Reads.CODE if group else Reads.COUNTRY,
            ASKED_FOR[name],
            group=group or "",
            many=True,
        )
        for name, (_, group) in FILTERS.items()
    ),
    Parameter("from", Reads.MONTH, mark("Began in this month or later"), examples=("2020-03",)),
    Parameter("to", Reads.MONTH, mark("Began in this month or earlier"), examples=("2020-05",)),
    Parameter("q", Reads.TEXT, mark("Words of titles, summaries, places and actors; all of them have to be there")),
)
PAGE = Parameter("page", Reads.NUMBER, mark("Which page of the list"), usual=1)
LIMIT = Parameter("limit", Reads.NUMBER, mark("How many a page; a hundred are the most"), usual=USUAL, most=MOST)


def read_all(parameters: Sequence[Parameter], given: Mapping[str, list[str]], taxonomy: Taxonomy) -> dict[str, Any]:
    """Everything that was asked. Raises Problem for a parameter that there is not, or that cannot be read."""
    known = {parameter.name for parameter in parameters}
    for name in given:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise Problem(
                400, f"{_short(name)}: there is no such parameter here; there are: {there}", parameter=name[:60]
            )
    return {one.name: one.read(given.get(one.name, []), taxonomy) for one in parameters}


def filters_of(asked: Mapping[str, Any]) -> Filters:
    """The filters among what was asked."""
    codes = {field: asked[name] for name, (field, _) in FILTERS.items()}
    return Filters(**codes, **{field: asked[name] for name, field in MONTHS.items()}, text=asked["q"] or "")


def offset_of(asked: Mapping[str, Any]) -> int:
    """Where the page begins. Raises Problem when that is deeper than lists go."""
    offset = (int(asked["page"]) - 1) * int(asked["limit"])
    if offset > DEEPEST:
        raise PAGE.wrong(f"a list goes as far as {DEEPEST} entries; take a download, or ask by changed_since")
    return offset


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
