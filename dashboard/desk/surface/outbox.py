"""What did a browser send, and what became of it? Each entry is applied once, by itself, and answered with its reason.

What arrives is not to be believed: it may be rubbish, sent twice, of another time, or of somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from dashboard.desk.shared import Desk
from tracker import review
from tracker.errors import Conflict, NotFound, StoreUnavailable, TrackerError
from tracker.model import Decision, Person, Verdict

MOST_ENTRIES = 100  # of one message; a browser sends fewer, and sends again what was not answered
KEY = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"


def _no_zero(text: Any) -> Any:
    if isinstance(text, str) and "\0" in text:
        raise ValueError("a character that no text has")
    return text


Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Key = Annotated[str, Field(pattern=KEY)]
Code = Annotated[str, Field(max_length=60), BeforeValidator(_no_zero)]


class Ask(BaseModel):
    """A question that only the store can answer."""

    model_config = ConfigDict(frozen=True, strict=True)

    number: int
    kind: Literal["evidence", "story"]
    item: Number
    text: Annotated[str, Field(max_length=200), BeforeValidator(_no_zero)]


class Message(BaseModel):
    """What the surface sends: its outbox whole, what it has, and what it wants to see."""

    model_config = ConfigDict(frozen=True, strict=True)

    person: int
    nonce: Annotated[str, Field(max_length=60)] = ""
    entries: list[Any] = []
    have: Annotated[dict[str, int], Field(max_length=500)] = {}  # version by number of an item
    lexicon: Annotated[str, Field(max_length=80)] = ""
    passed: Annotated[int, Field(ge=0, le=1000)] = 0  # items that were passed over without deciding
    look: Number | None = None  # the item on show: more about it is wanted
    ask: Ask | None = None
    keys: Any = None  # to be kept
    code: Number | None = None  # an initiative to be coded now


class Entry(BaseModel):
    """One act on the item and version that was drawn."""

    model_config = ConfigDict(frozen=True, strict=True)

    uuid: Key
    item: Number
    version: Number
    verdict: Literal["include", "evidence", "exclude", "hold", "undo", "join"]
    reason: Code | None = None
    reasons_more: Annotated[list[Code], Field(max_length=20)] = []
    issues: Annotated[list[Code], Field(max_length=20)] = []
    countries: Annotated[list[Annotated[str, Field(pattern="^[A-Z]{2}$")]], Field(max_length=60)] = []
    note: Annotated[str, Field(max_length=2000), BeforeValidator(_no_zero)] = ""
    initiative: Number | None = None
    suggestion: Number | None = None
    undoes: Annotated[str, Field(max_length=100), BeforeValidator(_no_zero)] | None = None
    other: Number | None = None


class Answer(BaseModel):
    """What became of one entry."""

    model_config = ConfigDict(frozen=True)

    uuid: str
    ok: bool
    what: str  # saved | stale | refused
    said: str = ""  # for the person, where it is not saved
    item: int = 0
    opens: int | None = None  # the item that should be on show next
    drafted: int | None = None


def read(raw: Any) -> Message | None:
    """The message, or None for what is none."""
    try:
        return Message.model_validate(raw)
    except ValidationError:
        return None


def apply(desk: Desk, entries: Iterable[Any], now: datetime) -> list[Answer]:
    """Applies each entry; those that can be named are answered.

    Raises StoreUnavailable when nothing can be kept, NotAllowed when the sign-in has ended: then nothing is answered.
    """
    return [answer for raw in [*entries][:MOST_ENTRIES] if (answer := _applied(desk, desk.still_here(), raw, now))]


def _applied(desk: Desk, person: Person, raw: Any, now: datetime) -> Answer | None:
    try:
        entry = Entry.model_validate(raw)
    except ValidationError as problem:
        uuid = raw.get("uuid") if isinstance(raw, dict) else None
        if not isinstance(uuid, str) or len(uuid) > 60:
            return None  # nobody waits for an answer that cannot name what it answers
        error = problem.errors()[0]
        where = ".".join(str(part) for part in error["loc"])
        return Answer(uuid=uuid, ok=False, what="refused", said=f"{where}: {error['msg']}")
    try:
        return _done(desk, person, entry, now)
    except StoreUnavailable:
        raise
    except Conflict as conflict:
        return Answer(uuid=entry.uuid, ok=False, what="stale", said=_told(desk, entry, conflict), item=entry.item)
    except (TrackerError, ValueError) as problem:  # a ValueError: the decision lacks what its verdict asks for
        return Answer(uuid=entry.uuid, ok=False, what="refused", said=_plain(desk, problem), item=entry.item)


def _done(desk: Desk, person: Person, entry: Entry, now: datetime) -> Answer:
    if entry.verdict == "undo":
        undone = desk.store.decision_by_key(entry.undoes or "")
        if undone is None or undone.item_id != entry.item:
            raise NotFound(f"there is no such decision on item {entry.item}")
        review.undo(desk.store, person, undone.id, entry.uuid, now)
        return Answer(uuid=entry.uuid, ok=True, what="saved", item=entry.item, opens=entry.item)
    if entry.verdict == "join":
        return _joined(desk, person, entry)
    decision = Decision(
        key=entry.uuid,
        item_id=entry.item,
        item_version=entry.version,
        person_id=person.id,
        at=now,
        verdict=Verdict(entry.verdict),
        reason=entry.reason if entry.verdict == "exclude" else None,
        reasons_more=tuple(entry.reasons_more) if entry.verdict == "exclude" else (),
        note=entry.note,
        initiative_id=entry.initiative if entry.verdict == "evidence" else None,
        suggestion_id=entry.suggestion,
        issues=tuple(entry.issues),
        countries=tuple(entry.countries),
    )
    made = review.decide(desk.store, desk.taxonomy, person, decision)
    drafted = made.initiative_id if made.verdict is Verdict.INCLUDE else None
    return Answer(uuid=entry.uuid, ok=True, what="saved", item=entry.item, drafted=drafted)


def _joined(desk: Desk, person: Person, entry: Entry) -> Answer:
    """Joining is the same however often it is sent; it is refused on another text than the one that was read."""
    if entry.other is None or entry.other == entry.item:
        raise NotFound(f"item {entry.item}: name the other item that tells the same story")
    with desk.store.writing():
        item = desk.store.members(entry.item)
        if entry.other not in {member.item.id for member in item}:
            review.open_item(desk.store, person, entry.item, desk.now)  # raises Conflict when somebody else has it
            [(_, version)] = desk.store.versions([entry.item]).values()
            if version != entry.version:
                raise desk.store.who_was_first(entry.item)
        stands = review.join(desk.store, person, entry.item, entry.other)
    return Answer(uuid=entry.uuid, ok=True, what="saved", item=entry.item, opens=stands)


def _told(desk: Desk, entry: Entry, conflict: Conflict) -> str:
    """Who decided what, or what else came between, in the language of the desk."""
    number = entry.item
    if conflict.what == "claim":
        return desk.t("Item {number}: {name} has it open", number=number, name=conflict.by)
    if conflict.what == "changed":
        return desk.t("Item {number}: its source has changed the text; read it again", number=number)
    if conflict.by:
        what = {
            "include": desk.t("new initiative"),
            "evidence": desk.t("evidence"),
            "exclude": desk.t("excluded"),
            "hold": desk.t("on hold"),
            "undo": desk.t("taken back"),
        }.get(conflict.what, conflict.what)
        return desk.t("Item {number}: {name} was first ({what})", number=number, name=conflict.by, what=what)
    return desk.words.tell(conflict.sentence)


def _plain(desk: Desk, problem: Exception) -> str:
    if isinstance(problem, ValidationError):
        return str(problem.errors()[0]["msg"]).removeprefix("Value error, ")
    return desk.words.tell(problem.sentence) if isinstance(problem, TrackerError) else str(problem)
