"""The words of the tracker as values: what travels between rooms, checked when it is made, never changed afterwards.

Codes of issues, types, actors, targets and the like are plain text here: which codes exist is data (`taxonomy.py`).
Countries are ISO 3166-1 alpha-2, subdivisions ISO 3166-2, languages BCP 47, times aware and in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from tracker.errors import Sentence

MISSING_LANGUAGE = "und"  # BCP 47 for a language that is not known

EARLIEST = date(2020, 1, 1)  # no initiative on COVID-19 can have begun before the disease was known


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs its zone")
    return value.astimezone(UTC)


def _country(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise ValueError(Sentence("'{value}' is no ISO 3166-1 alpha-2 code such as CA", value=value))
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise ValueError(Sentence("'{value}' is no BCP 47 language code such as fr", value=value))
    return value


def _web_address(value: str) -> str:
    if not re.match(r"https?://[^\s/]+", value, re.IGNORECASE):
        raise ValueError(Sentence("'{value}' is no web address (http:// or https://)", value=value))
    return value


def _zoned(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs its zone")
    return value


Time = Annotated[datetime, AfterValidator(_aware)]
TimeAsWritten = Annotated[datetime, AfterValidator(_zoned)]  # with its own offset, which tells the day that was meant
Country = Annotated[str, AfterValidator(_country)]
Language = Annotated[str, AfterValidator(_language)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Code = Annotated[str, Field(min_length=1, max_length=60)]
Subdivision = Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]{1,3}$")]


class Value(BaseModel):
    """What all values share: unknown fields are refused and a value never changes once it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def but(self, **changes: Any) -> Self:
        """The same value with these fields changed, checked like any other."""
        return type(self).model_validate({**self.model_dump(), **changes})


# ---------------------------------------------------------------------------------------------------- collecting


class Kind(StrEnum):
    FEED = "feed"
    PAGE = "page"


class Tier(StrEnum):
    OFFICIAL = "official"
    ORGANISATION = "organisation"
    MEDIA = "media"


class Listing(Value):
    """How to read a web page that lists articles. `links` and `next` are CSS, or XPath when they begin with / or (."""

    links: str | None = None
    next: str | None = None
    max_pages: int = Field(default=1, ge=1, le=50)
    max_articles: int = Field(default=30, ge=1, le=500)


class Article(Value):
    """Help for extraction where the general reader fails: CSS or XPath of the parts of an article."""

    title: str | None = None
    text: str | None = None
    date: str | None = None


class Expect(Value):
    """How many new items a week of a source are usual; fewer or more are news."""

    at_least: int | None = Field(default=None, ge=0, le=100_000)
    at_most: int | None = Field(default=None, ge=1, le=100_000)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(Sentence("at_least is more than at_most"))
        return self


class Source(Value):
    """A feed or a web page that is watched."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,59}$")]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Kind
    url: WebAddress
    language: Language | None = None
    country: Country | None = None
    issues: tuple[Code, ...] = ()
    tier: Tier = Tier.ORGANISATION
    every: Annotated[str, Field(pattern=r"^(adaptive|\d{1,4}[mhd])$")] = "adaptive"
    enabled: bool = True
    terms: str = ""
    login: Annotated[str, Field(pattern=r"^TRACKER_LOGIN_[A-Z0-9_]{1,40}$")] | None = None  # names a variable
    folder: Annotated[str, Field(max_length=200)] = ""  # where lists of sources keep it; / parts folders in folders
    expect: Expect = Expect()
    listing: Listing = Listing()
    article: Article = Article()
    full_text: bool = False  # of a feed: the page of each new entry is fetched once, for its whole text

    @field_validator("url")
    @classmethod
    def _tells_no_secret(cls, value: str) -> str:
        if "@" in value.split("/")[2]:
            raise ValueError(
                Sentence(
                    "an address that holds a password would be shown; put user:password into an environment variable "
                    "TRACKER_LOGIN_… and name it under login"
                )
            )
        return value


class Schedule(Value):
    """What is remembered of a source between two fetches: when to ask next, and what to ask with."""

    next_at: Time | None = None  # None: as soon as possible
    next_reason: str = ""
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    failures: int = Field(default=0, ge=0)  # in a row
    last_fetch_at: Time | None = None
    last_success_at: Time | None = None
    last_new_at: Time | None = None


class Keeper(StrEnum):
    """Where a source is written down, and so who may change it."""

    CONFIG = "config"
    DESK = "desk"


class Watched(Value):
    """A source together with its schedule."""

    source: Source
    schedule: Schedule = Schedule()
    sample: bool = False
    origin: Keeper = Keeper.CONFIG
    paused: bool = False  # by a person at the desk, whatever the configuration says

    @property
    def asked(self) -> bool:
        """Whether it is asked when it is due: switched on, and not paused."""
        return self.source.enabled and not self.paused


class Outcome(StrEnum):
    """How one fetch ended."""

    OK = "ok"  # read, perhaps with nothing new
    UNCHANGED = "unchanged"  # 304, or the same bytes as last time
    EMPTY = "empty"  # answered, but nothing in it: no entry, no link
    UNREACHABLE = "unreachable"  # no name, no connection, TLS refused
    TIMEOUT = "timeout"
    HTTP_ERROR = "http_error"  # answered with an error status
    NOT_ALLOWED = "not_allowed"  # robots.txt, or an address that must not be fetched
    TOO_LARGE = "too_large"
    CUT_SHORT = "cut_short"  # broke off half-way; its whole entries were read
    UNREADABLE = "unreadable"  # not the feed or page that it should be
    WALL = "wall"  # something that stands before the page: consent, login, a check against robots, a script
    BROKEN_OFF = "broken_off"  # the round was interrupted


class Fetch(Value):
    """One attempt to collect from a source."""

    source_id: str
    at: Time
    outcome: Outcome
    status: int | None = None  # HTTP, of the last answer
    body_bytes: int = 0
    seen: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    refused: int = 0
    duration_ms: int = 0
    error: str = ""  # a sentence for the operator
    note: str = ""


class FetchDay(Value):
    """The fetches of a source on one day (UTC), summed up when they are old."""

    source_id: str
    day: date
    fetches: int
    failed: int
    seen: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    refused: int = 0
    body_bytes: int = 0
    duration_ms: int = 0


class Entry(Value):
    """What a feed entry or an article page says, as it came: the parsers' result, before the tracker has looked at it.

    `url` is the address as the source gives it (made absolute). `published` and `updated` are the source's claims.
    Text is plain text without markup. `guid` is the source's own identity of the entry, if it has any.
    """

    url: str | None = None
    guid: str | None = None
    title: str = ""
    summary: str = ""
    text: str = ""
    published: TimeAsWritten | None = None
    published_origin: str | None = None  # feed | page | estimated
    updated: Time | None = None
    author: str | None = None
    language: str | None = None
    site: str | None = None
    copy_digest: str | None = None  # SHA-256 of the bytes that it was read from, when they are kept
    copy_url: str | None = None  # where these bytes came from


class Arrival(StrEnum):
    """What became of an entry on its way in."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"
    REFUSED = "refused"


class ItemState(StrEnum):
    WAITING = "waiting"
    HELD = "held"
    INCLUDED = "included"
    EXCLUDED = "excluded"
    COPY = "copy"  # tells the story of another item, which stands for it in the queue


class Likeness(StrEnum):
    """Why an item stands behind another one."""

    EXACT = "exact"  # same title and text
    NEAR = "near"  # another headline, a changed sentence, a shorter or longer version
    TRANSLATION = "translation"  # in another language
    JOINED = "joined"  # a person says so


ESTIMATED = "estimated"  # published_origin of a date that no source vouches for: guessed from a page, or first sight


class Item(Value):
    """What one source said, once. The evidence."""

    id: int = 0
    source_id: str
    url: WebAddress
    canonical_url: WebAddress
    guid: str | None = None
    title: Annotated[str, Field(min_length=1, max_length=1000)]
    summary: str = ""
    text: str = ""
    author: str | None = None
    published_at: Time | None = None  # the source's claim; where that cannot be true, when we saw it first
    published_origin: str | None = None  # feed | page | estimated
    published_claim: str | None = None  # what the source said, where published_at is something else
    arrived_at: Time  # when we saw it first
    changed_at: Time | None = None  # when we saw its text change last
    declared_language: Language | None = None
    content_hash: str
    copy_of: int | None = None  # the item that stands for the story; none for that one itself
    copy_kind: Likeness | None = None
    copy_score: Annotated[float, Field(ge=0, le=1)] | None = None  # share of the shorter text, or of the meaning
    placed_by: int | None = None  # who split it from a story or joined it to one: no machine moves it any more
    state: ItemState = ItemState.WAITING
    version: int = 1
    sample: bool = False

    @property
    def dated(self) -> datetime | None:
        """The date that the source gives; None where `published_at` is only when we saw it first."""
        first_sight = self.published_origin == ESTIMATED and self.published_at == self.arrived_at
        return None if first_sight else self.published_at


# ---------------------------------------------------------------------------------------------------- suggesting


class Scored(Value):
    """A code with the probability that it applies, and the terms of the text that made it so."""

    code: Code
    score: Annotated[float, Field(ge=0, le=1)]
    terms: tuple[str, ...] = ()
    against: tuple[str, ...] = ()  # terms of the text that speak against it; only a model knows such


class Suggestion(Value):
    """What the text of an item seems to say, by the version that said it. Never a decision."""

    version: str
    language: Language = MISSING_LANGUAGE
    language_confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    countries: tuple[Scored, ...] = ()  # best first
    issues: tuple[Scored, ...] = ()
    initiative: Annotated[float, Field(ge=0, le=1)] = 0.0
    types: tuple[Scored, ...] = ()
    places: tuple[Scored, ...] = ()  # ISO 3166-2, such as CA-QC
    bodies: tuple[Scored, ...] = ()  # international ones, such as un_women; they are no country
    grounds: tuple[Scored, ...] = ()  # of bias
    targets: tuple[Scored, ...] = ()
    actor_kinds: tuple[Scored, ...] = ()
    terms: tuple[str, ...] = ()  # every matched term, as it stands in the text, for marking
    score: Annotated[float, Field(ge=0, le=1)] = 0.0  # place in the queue


class ListedWord(Value):
    """A word that the desk put into a list of words that point to a code, or took out of it."""

    language: Language
    group_name: Code  # a group of the taxonomy such as issues, or a tone: action, problem, covid
    code: Annotated[str, Field(max_length=60)] = ""  # of that group; empty for a tone
    kind: Annotated[str, Field(pattern=r"^(strong|weak|not)$")] = "strong"
    term: Annotated[str, Field(min_length=1, max_length=100)]
    added: bool = True  # False: taken out


class WordChange(Value):
    """One line of the history of the word lists."""

    id: int
    at: Time
    person: str  # name
    word: ListedWord
    reason: str = ""


# ---------------------------------------------------------------------------------------------------- deciding


class Role(StrEnum):
    ANALYST = "analyst"
    EDITOR = "editor"
    ADMIN = "admin"


class Person(Value):
    """Somebody with an account. The password's hash stays in the store."""

    id: int = 0
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    role: Role = Role.ANALYST
    active: bool = True
    language: Language = "en"

    @field_validator("email")
    @classmethod
    def _fold(cls, value: str) -> str:
        return value.strip().lower()


class Verdict(StrEnum):
    INCLUDE = "include"  # reports an initiative that is not in the tracker yet
    EVIDENCE = "evidence"  # reports one that is
    EXCLUDE = "exclude"
    HOLD = "hold"
    UNDO = "undo"  # takes the decision before it back; both stay on record


class Drawn(StrEnum):
    """How an item came before an analyst's eyes."""

    QUEUE = "queue"  # as the most promising one
    AUDIT = "audit"  # by chance, to measure what the order and the suggestions miss
    SEARCH = "search"  # chosen by hand, or by a script


class EvidenceRole(StrEnum):
    PRIMARY = "primary"
    CORROBORATES = "corroborates"
    UPDATE = "update"
    CONTRADICTS = "contradicts"


class Decision(Value):
    """What one analyst judged of one item."""

    id: int = 0
    key: str  # made by whoever sends it; the same key twice is the same decision
    item_id: int
    item_version: int  # what the analyst had before their eyes
    person_id: int
    at: Time
    verdict: Verdict
    reason: Code | None = None  # of an exclusion: a code of the taxonomy
    reasons_more: tuple[Code, ...] = ()  # of an exclusion, further ones: with two, nobody else need look (`exclusion`)
    note: str = ""
    issues: tuple[Code, ...] = ()  # as the analyst tagged it, never as the machine did
    countries: tuple[Country, ...] = ()
    initiative_id: int | None = None  # of include (once drafted) and evidence
    undoes: int | None = None
    codebook: str = ""  # version of the taxonomy in force
    drawn_by: Drawn = Drawn.QUEUE
    suggestion_id: int | None = None  # what the analyst was shown; none: of a time before it was kept

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.verdict is Verdict.EXCLUDE and not self.reason:
            raise ValueError("an exclusion needs its reason")
        if self.reasons_more and (self.verdict is not Verdict.EXCLUDE or self.reason in self.reasons_more):
            raise ValueError("further reasons are those of an exclusion, each once")
        if self.verdict is Verdict.EVIDENCE and self.initiative_id is None:
            raise ValueError("evidence needs the initiative that it belongs to")
        if self.verdict is Verdict.UNDO and self.undoes is None:
            raise ValueError("undo needs the decision that it takes back")
        return self


# ---------------------------------------------------------------------------------------------------- learning


class ModelState(StrEnum):
    CANDIDATE = "candidate"  # good enough, while a person has chosen another one
    IN_SERVICE = "in_service"  # orders the queue and suggests; one at a time
    RETIRED = "retired"
    REFUSED = "refused"  # worse than the one in service


class KeptModel(Value):
    """What was learnt from decisions at one time, without its weights."""

    version: int
    made_at: Time
    made_of: int  # decisions that taught it
    data_hash: str  # of these decisions, so that it can be told whether they are still the same
    words: str  # version of the word lists that it stands on
    scores: dict[str, Any] = {}  # on decisions that taught no model; see `learn`
    state: ModelState
    reason: str = ""  # why it is in that state
    put_by: int | None = None  # the person who put it in service; none: the machine


# ---------------------------------------------------------------------------------------------------- initiatives


class Origin(StrEnum):
    """Who wrote a wording."""

    HUMAN = "human"
    MACHINE = "machine"
    SOURCE = "source"


class Wording(Value):
    """Title and summary of an initiative in one language."""

    title: Annotated[str, Field(max_length=300)] = ""
    summary: Annotated[str, Field(max_length=5000)] = ""
    origin: Origin = Origin.HUMAN


class Accuracy(StrEnum):
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class RoughDate(Value):
    """A date as exactly as it is known: with accuracy month or year, the day (and month) say nothing."""

    on: date
    accuracy: Accuracy = Accuracy.DAY

    def __str__(self) -> str:
        return self.on.isoformat()[: {Accuracy.DAY: 10, Accuracy.MONTH: 7, Accuracy.YEAR: 4}[self.accuracy]]

    @property
    def first_day(self) -> date:
        if self.accuracy is Accuracy.YEAR:
            return self.on.replace(month=1, day=1)
        return self.on.replace(day=1) if self.accuracy is Accuracy.MONTH else self.on

    @classmethod
    def parse(cls, text: str) -> RoughDate:
        """`2020`, `2020-04` or `2020-04-17`, with the accuracy that the text has. ValueError for anything else.

        The parts may also stand with a slash or a point between them; the year comes first, so that no day is taken
        for a month.
        """
        plain = re.sub(r"[/.]", "-", text.strip())
        for pattern, accuracy in (("%Y-%m-%d", Accuracy.DAY), ("%Y-%m", Accuracy.MONTH), ("%Y", Accuracy.YEAR)):
            try:
                return cls(on=datetime.strptime(plain, pattern).replace(tzinfo=UTC).date(), accuracy=accuracy)
            except ValueError:
                continue
        raise ValueError(Sentence("'{text}' is no date such as 2020-04-17, 2020-04 or 2020", text=text))


class Actor(Value):
    """Who takes the initiative."""

    name: Annotated[str, Field(min_length=1, max_length=300)]
    kind: Code | None = None
    level: Code | None = None
    role: Code = "lead"


class StatusChange(Value):
    """One line of the history of an initiative's status."""

    status: Code
    on: RoughDate | None = None
    note: str = ""


class Contact(Value):
    """What a person in need can call or open. Only what its owner has published for everybody."""

    phone: Annotated[str, Field(max_length=60)] = ""
    url: WebAddress | None = None
    hours: Annotated[str, Field(max_length=200)] = ""

    @property
    def given(self) -> bool:
        return bool(self.phone or self.url)


class Reading(Value):
    """Something to read on beside the evidence."""

    title: Annotated[str, Field(max_length=300)] = ""
    url: WebAddress


class Confidence(StrEnum):
    """How sure the analyst is of the coding as a whole."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Initiative(Value):
    """What one record of the public tracker says: its content, without who worked on it and where it stands."""

    wordings: dict[Language, Wording] = {}  # by language; the source's own language may be among them
    issues: tuple[Code, ...] = ()  # the first is the primary one
    types: tuple[Code, ...] = ()  # the first is the primary one
    bias_grounds: tuple[Code, ...] = ()
    countries: tuple[Country, ...] = ()  # the first is the primary one; empty: international
    subdivisions: tuple[Subdivision, ...] = ()  # of these countries
    locality: Annotated[str, Field(max_length=200)] = ""
    geo_level: Code | None = None
    actors: tuple[Actor, ...] = ()
    targets: tuple[Code, ...] = ()
    covid_link: Code | None = None
    announced: RoughDate | None = None
    start: RoughDate | None = None
    end: RoughDate | None = None
    status: Code = "unknown"
    status_history: tuple[StatusChange, ...] = ()
    amount: Annotated[float, Field(ge=0)] | None = None
    currency: Annotated[str, Field(pattern=r"^$|^[A-Z]{3}$")] = ""
    recipients: Annotated[str, Field(max_length=500)] = ""
    contact: Contact = Contact()
    evidence_grade: Code | None = None
    keywords: tuple[str, ...] = ()
    why_promising: str = ""
    challenges: str = ""
    further_reading: tuple[Reading, ...] = ()
    indigenous_relevance: bool | None = None  # None: nobody has said
    confidence: Confidence | None = None
    previous: int | None = None  # the initiative that this one is an update of
    related: tuple[int, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_an_earlier_age(cls, data: Any) -> Any:
        """Revisions are kept for ever: those of a time with one subdivision have it under that name."""
        if isinstance(data, dict) and "subdivision" in data:
            one = data["subdivision"]
            data = {name: value for name, value in data.items() if name != "subdivision"}
            data.setdefault("subdivisions", (one,) if one else ())
        return data

    @field_validator("issues", "types", "bias_grounds", "countries", "subdivisions", "targets", "keywords")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value))

    @field_validator("related")
    @classmethod
    def _each_number_once(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(dict.fromkeys(value))

    def wording(self, language: str) -> tuple[str, Wording]:
        """The wording to show a reader of `language`, with the language that it is in.

        That language where there is a title in it, else English, else the first that has a title; an empty wording
        in `und` when there is none at all.
        """
        for candidate in (language, "en", *self.wordings):
            if candidate in self.wordings and self.wordings[candidate].title:
                return candidate, self.wordings[candidate]
        return MISSING_LANGUAGE, Wording()


class Shortcoming(Value):
    """One field that stands between an initiative and the second look, and why."""

    field: str
    lack: str  # a key of LACKS
    facts: dict[str, str] = {}

    def __str__(self) -> str:
        return LACKS[self.lack].format(**self.facts)


# In the words of analysts. The desk translates them.
LACKS = {
    "title": "needs a title in one of {languages}",
    "issues": "needs at least one issue",
    "types": "needs at least one type",
    "too_early": "{date} is before COVID-19 was known",
    "future": "{date} is in the future",
    "end_first": "{end} is before the start, {start}",
    "currency": "an amount needs its currency (ISO 4217, such as CAD)",
    "elsewhere": "{code} lies in none of the countries that are chosen",
}


def shortcomings(initiative: Initiative, languages: Iterable[str], today: date) -> list[Shortcoming]:
    """What stands between this initiative and approval, empty when nothing does.

    A title in one of the public `languages`, an issue, a type, places in their countries, and dates that can be true
    (CoronaNet #22, #24).
    """
    found = []
    if not any(initiative.wordings.get(language, Wording()).title.strip() for language in languages):
        found.append(Shortcoming(field="title", lack="title", facts={"languages": ", ".join(languages)}))
    found += [Shortcoming(field=name, lack=name) for name in ("issues", "types") if not getattr(initiative, name)]
    for code in initiative.subdivisions:
        if code[:2] not in initiative.countries:
            found.append(Shortcoming(field="subdivisions", lack="elsewhere", facts={"code": code}))
    for name in ("announced", "start", "end"):
        ahead = name == "end" or (name == "start" and initiative.status in FUTURE)
        found += _impossible(name, getattr(initiative, name), today, ahead=ahead)
    for change in initiative.status_history:
        found += _impossible("status_history", change.on, today, ahead=change.status in FUTURE)
    if initiative.start and initiative.end and initiative.end.on < initiative.start.first_day:
        dates = {"end": str(initiative.end), "start": str(initiative.start)}
        found.append(Shortcoming(field="end", lack="end_first", facts=dates))
    if initiative.amount is not None and not initiative.currency:
        found.append(Shortcoming(field="currency", lack="currency"))
    return found


def _impossible(field: str, rough: RoughDate | None, today: date, *, ahead: bool) -> Iterator[Shortcoming]:
    """A date from before the disease, or one of the future where none may lie `ahead`."""
    if rough is None:
        return
    if rough.first_day < EARLIEST and field != "end":
        yield Shortcoming(field=field, lack="too_early", facts={"date": str(rough)})
    if rough.first_day > today and not ahead:
        yield Shortcoming(field=field, lack="future", facts={"date": str(rough)})


def lacking(initiative: Initiative, languages: Iterable[str], today: date) -> list[tuple[str, str]]:
    """The `shortcomings` as (field, why)."""
    return [
        (one.field, Sentence(LACKS[one.lack], **one.facts)) for one in shortcomings(initiative, tuple(languages), today)
    ]


FUTURE = frozenset({"announced", "planned"})  # statuses whose start may lie ahead


class InitiativeState(StrEnum):
    DRAFT = "draft"
    SECOND_LOOK = "second_look"  # waits for another analyst
    APPROVED = "approved"  # public
    WITHDRAWN = "withdrawn"  # was public; its number stays
    DROPPED = "dropped"  # given up before it was ever public


class Record(Value):
    """An initiative as the desk knows it: content, number, where it stands and who did what."""

    id: int
    state: InitiativeState
    revision: int  # the newest, what `initiative` holds
    approved_revision: int | None = None  # what the public sees
    initiative: Initiative
    drafted_by: int
    changed_by: int  # who wrote the newest revision
    changed_at: Time
    approved_by: int | None = None
    first_public_at: Time | None = None
    written_by: int | None = None  # who wrote what the public sees
    merged_into: int | None = None  # the initiative that tells of it now
    next_check_on: date | None = None  # when somebody is to make sure that it is still so
    last_verified_at: Time | None = None
    urgent_reason: str = ""  # why it went public before its full second look
    look_due_at: Time | None = None  # by when somebody else is to take that look
    sample: bool = False


class Revision(Value):
    """One version of an initiative: who changed what, when and why."""

    initiative_id: int
    revision: int
    at: Time
    person: str  # name
    reason: str = ""
    codebook: str = ""  # version of the taxonomy in force
    changes: dict[str, tuple[Any, Any]] = {}  # field: (before, after)
    initiative: Initiative
    taken_back: bool = False  # of a merge that was taken back


class Cited(Value):
    """A source behind an initiative, as the public sees it."""

    title: str
    url: WebAddress
    source: str  # name of the source
    language: Language = MISSING_LANGUAGE
    published: Time | None = None
    role: EvidenceRole = EvidenceRole.PRIMARY


class KeptCopy(Value):
    """Which bytes an item was read from: their digest in the evidence folder, where they came from, and when."""

    digest: str
    url: str
    kept_at: Time


class Waiting(Value):
    """An item as the desk shows it: with its newest suggestion, its source, its copies and who has it open."""

    item: Item
    suggestion: Suggestion
    source: str  # name
    tier: Tier = Tier.ORGANISATION
    copies: int = 0  # further items of the same story
    claimed_by: str = ""  # name of somebody else who has it open
    changed: bool = False  # its text changed after it was decided
    drawn_by: Drawn = Drawn.QUEUE  # for whoever has it open
    suggestion_id: int | None = None


class Member(Value):
    """An item of a story, with its source's name and, when a person placed it there, that person's."""

    item: Item
    source: str
    placed_by: str = ""


class Published(Value):
    """An initiative as the public sees it: the approved revision, its sources, and its public history."""

    id: int
    revision: int
    initiative: Initiative
    sources: tuple[Cited, ...] = ()
    first_public_at: Time
    changed_at: Time
    verified_at: Time | None = None
    sample: bool = False


class Filters(Value):
    """What a reader asks for. Codes within one field are alternatives, fields narrow each other; empty asks for all."""

    issues: tuple[Code, ...] = ()
    types: tuple[Code, ...] = ()
    countries: tuple[str, ...] = ()
    actor_kinds: tuple[Code, ...] = ()
    targets: tuple[Code, ...] = ()
    statuses: tuple[Code, ...] = ()
    from_month: date | None = None  # first day of the month in which an initiative began at the earliest
    to_month: date | None = None  # and at the latest
    text: Annotated[str, Field(max_length=200)] = ""


class Change(Value):
    """One line of a release's change log."""

    initiative_id: int
    what: str  # added | changed | withdrawn
    fields: tuple[str, ...] = ()
    reason: str = ""
    values: dict[str, tuple[Any, Any]] = {}  # of each field: before and after
    merged_into: int | None = None  # of a withdrawn one: what tells of it now


class Rate(Value):
    """A share that was counted, with its 95 % confidence interval."""

    share: float
    low: float
    high: float
    of: int


class Agreed(Value):
    """How far two people agree who judged the same items without knowing of each other."""

    raw: Rate
    kappa: float | None = None  # none where chance leaves nothing to agree on


class Spread(Value):
    """Hours that pass, over `of` initiatives."""

    of: int
    median_hours: float
    ninth_decile_hours: float


class Quality(Value):
    """How good the data of a release are, in numbers. None says that it has not been measured."""

    since: Time  # decisions from then on are counted
    until: Time
    decisions: int = 0
    random_checks: int = 0
    agreement: Agreed | None = None  # include or not
    agreement_by: dict[str, Agreed] = {}  # by question, such as country or issue:hate_crime
    recall: Rate | None = None  # of the initiatives among random checks, those that the suggestions would have found
    coverage: dict[str, int] | None = None  # country and issue pairs: searched, partly, not_searched
    from_claim: Spread | None = None  # from the date that the source gives to the first publication here
    from_sight: Spread | None = None  # from when the tracker saw it first


class HelpContact(Value):
    """Whom to call, write to or visit for help in one country, as its owner has published it."""

    country: Country | None = None  # None: anywhere
    subdivision: Annotated[str, Field(pattern=r"^([A-Z]{2}-[A-Z0-9]{1,3})?$")] = ""  # ISO 3166-2
    names: Annotated[dict[Language, Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1)]
    phone: Annotated[str, Field(pattern=r"^([0-9+*#][0-9 ()+*#./-]{1,29})?$")] = ""
    text_number: Annotated[str, Field(pattern=r"^([0-9+*#][0-9 ()+*#./-]{1,29})?$")] = ""
    url: WebAddress | None = None
    hours: Annotated[str, Field(max_length=100)] = ""
    languages: tuple[Language, ...] = ()  # in which somebody answers
    issues: tuple[Code, ...] = ()
    targets: tuple[Code, ...] = ()  # for whom; empty: for everybody
    source: WebAddress  # where the owner says so
    sample: bool = False

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if not (self.phone or self.text_number or self.url):
            raise ValueError("a contact needs a telephone number, a number for text messages or a web address")
        if self.subdivision and self.subdivision[:2] != self.country:
            raise ValueError(f"{self.subdivision} is no part of {self.country or 'the world'}")
        return self

    def name(self, language: str) -> tuple[str, str]:
        """(language, name), in this language where there is one, else in English, else in the first."""
        chosen = next((code for code in (language, "en") if code in self.names), next(iter(self.names)))
        return chosen, self.names[chosen]


CONTACT_HOLDS = timedelta(days=180)  # numbers change: an older check is worth nothing to somebody in need


class CheckedContact(Value):
    """A contact as an editor last checked it. Its number stays the same through all revisions."""

    number: int
    revision: int = 1
    contact: HelpContact
    checked_at: Time
    checked_by: str = ""  # name; empty where it goes to the public
    withdrawn: bool = False
    reason: str = ""

    def holds(self, now: datetime) -> bool:
        """Whether the public may see it: it stands, and the check is young enough."""
        return not self.withdrawn and now - self.checked_at <= CONTACT_HOLDS


class SearchState(StrEnum):
    """How far it was looked for initiatives somewhere; none found means little where nobody looked."""

    SEARCHED = "searched"
    PARTLY = "partly"
    NOT_SEARCHED = "not_searched"


class Coverage(Value):
    """How far one country was searched for one issue."""

    country: Country
    issue: Code
    state: SearchState


class Release(Value):
    """A numbered, dated, immutable publication of all public records."""

    number: int
    at: Time
    records: tuple[Published, ...]
    changes: tuple[Change, ...] = ()
    gone: tuple[Change, ...] = ()  # every initiative that was withdrawn, in this release or before
    contacts: tuple[CheckedContact, ...] = ()  # those that hold, without the names of people
    coverage: tuple[Coverage, ...] = ()  # what is not named was not searched
    quality: Quality | None = None
    merged: dict[int, int] = {}  # of all that were public once: the number of the one that tells of it now
