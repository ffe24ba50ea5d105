"""The tables. Their rows never leave this room; what travels are the values of `tracker.model`.

Checked values come in, so the columns hold plain text, numbers and JSON, and the database adds what only it can
promise: uniqueness, references, known states. Enumerations are text with a CHECK: a native type is hard to change.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

from tracker import model
from tracker.letters import LetterKind, ReplyState


def _json() -> Any:
    return sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _ts_vector() -> Any:
    return sa.Text().with_variant(TSVECTOR(), "postgresql")


def _one_of(column: str, values: Any) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value.value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _starts_as(value: Any) -> Any:
    """A column that came later: the database fills it in for rows that do not name it."""
    return Field(sa_column_kwargs={"server_default": value})


# Names of constraints, so that migrations can change them on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class SourceRow(SQLModel, table=True):
    __tablename__ = "source"
    __table_args__ = (
        _one_of("kind", model.Kind),
        _one_of("tier", model.Tier),
        _one_of("origin", model.Keeper),
        sa.CheckConstraint("condition IN ('ok', 'failing', 'asleep', 'gone')", name="condition_known"),
        sa.Index("ix_source_due", "enabled", "configured", "next_at"),
        sa.Index("ix_source_host", "host"),
    )

    id: str = Field(primary_key=True, max_length=60)
    name: str
    kind: str
    url: str
    host: str = _starts_as("''")  # of the address: its sources are asked one after the other
    language: str | None = None
    country: str | None = None
    issues: list[str] = Field(sa_type=_json())
    tier: str
    every: str
    enabled: bool
    terms: str
    login: str | None = None  # the name of an environment variable, never what is in it
    listing: dict[str, Any] = Field(sa_type=_json())
    article: dict[str, Any] = Field(sa_type=_json())
    full_text: bool = _starts_as(sa.false())
    configured: bool = True  # still named by config.yaml (or added at the desk)
    sample: bool = False
    # the schedule, and what to ask with
    next_at: datetime | None = None
    next_reason: str = ""
    lease_owner: str | None = Field(default=None, index=True)
    lease_until: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    failures: int = 0
    last_fetch_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    # how it has answered lately (conduct.py)
    condition: str = _starts_as("ok")
    condition_since: datetime | None = None
    trouble_weight: float = _starts_as("0")
    trouble_since: datetime | None = None
    paused_until: datetime | None = None  # its host asked for it
    unchanged_in_a_row: int = _starts_as("0")
    whole_at: datetime | None = None
    unreliable_304: bool = _starts_as(sa.false())
    reliable_304: bool = _starts_as(sa.false())
    watched_since: datetime | None = None
    hints: dict[str, Any] | None = Field(default=None, sa_type=_json(), nullable=True)
    moved_from: str | None = None  # the configured address, when the source has left it
    moving_to: str | None = None
    moving_seen: int = _starts_as("0")
    moving_since: datetime | None = None
    moving_asked_at: datetime | None = None
    # how far its history is filled back (filling.py); NULL: never asked for, or done
    filling: dict[str, Any] | None = Field(default=None, sa_type=_json(), nullable=True)
    # what the desk has to say
    origin: str = _starts_as("config")
    paused: bool = _starts_as(sa.false())
    folder: str = _starts_as("")
    expect: dict[str, Any] = Field(sa_type=_json(), sa_column_kwargs={"server_default": "{}"})


class RobotsRow(SQLModel, table=True):
    """The robots.txt of a site as it counts, kept for a day."""

    __tablename__ = "robots"

    site: str = Field(primary_key=True)  # host and port
    fetched_at: datetime
    rules: str


class FetchRow(SQLModel, table=True):
    __tablename__ = "fetch"
    __table_args__ = (_one_of("outcome", model.Outcome), sa.Index("ix_fetch_source_at", "source_id", "at"))

    id: int | None = Field(default=None, primary_key=True)
    source_id: str = Field(foreign_key="source.id")
    at: datetime
    outcome: str
    status: int | None = None
    body_bytes: int
    seen: int
    new: int
    changed: int
    known: int
    refused: int
    duration_ms: int
    error: str
    note: str


class FetchDayRow(SQLModel, table=True):
    """Fetches that are too old to be kept one by one, summed up by day."""

    __tablename__ = "fetch_day"

    source_id: str = Field(primary_key=True, foreign_key="source.id")
    day: date = Field(primary_key=True)
    fetches: int
    failed: int
    seen: int
    new: int
    changed: int
    known: int
    refused: int
    body_bytes: int = Field(sa_type=sa.BigInteger)
    duration_ms: int = Field(sa_type=sa.BigInteger)


class ItemRow(SQLModel, table=True):
    __tablename__ = "item"
    __table_args__ = (
        sa.UniqueConstraint("canonical_url"),
        sa.UniqueConstraint("source_id", "guid"),
        _one_of("state", model.ItemState),
        _one_of("copy_kind", model.Likeness),
        sa.Index("ix_item_queue", "state", sa.text("score DESC"), "id"),
        sa.Index("ix_item_language", "state", "language"),
        sa.Index("ix_item_source_arrived", "source_id", "arrived_at"),
        sa.Index("ix_item_read_by", "state", "read_by", "id"),
        sa.Index("ix_item_meant", "meant_by", "id"),
        sa.Index("ix_item_lot", "state", "lot"),
        sa.Index("ix_item_second_lot", "state", "second_lot"),
        sa.Index(
            "ix_item_unread", "id", sqlite_where=sa.text("read_by IS NULL"), postgresql_where=sa.text("read_by IS NULL")
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    source_id: str = Field(foreign_key="source.id")
    url: str
    canonical_url: str
    guid: str | None = None
    title: str
    summary: str
    text: str
    author: str | None = None
    published_at: datetime | None = None
    published_origin: str | None = None
    published_claim: str | None = None
    arrived_at: datetime
    changed_at: datetime | None = None
    declared_language: str | None = None
    content_hash: str = Field(index=True)
    copy_of: int | None = Field(default=None, foreign_key="item.id", index=True)
    copy_kind: str | None = None
    copy_score: float | None = None
    placed_by: int | None = Field(default=None, foreign_key="person.id")
    state: str
    version: int = 1
    sample: bool = False
    language: str = model.MISSING_LANGUAGE  # of the newest suggestion, to filter the queue by
    score: float = 0.0  # of the newest suggestion
    read_by: str | None = None  # the version that made it; none: what the item says now is still to be read
    lot: int = _starts_as("0")  # drawn when it arrived: audits take the waiting item with the smallest one
    second_lot: int = _starts_as("0")  # drawn when it arrived: the smallest tenth is coded by a second person
    meant_by: str | None = None  # the version that compared it across languages; none: still to be done


class CarrierRow(SQLModel, table=True):
    """A further source that carries an item."""

    __tablename__ = "carrier"

    item_id: int = Field(primary_key=True, foreign_key="item.id")
    source_id: str = Field(primary_key=True, foreign_key="source.id")
    seen_at: datetime


class StoryMarkRow(SQLModel, table=True):
    """Which items have which mark of `similarity`: what shares some may tell the same story.

    Nothing is ever removed: an item that has changed is compared before it is believed.
    """

    __tablename__ = "story_mark"
    __table_args__ = {"sqlite_with_rowid": False}

    value: int = Field(primary_key=True, sa_type=sa.BigInteger, sa_column_kwargs={"autoincrement": False})
    item_id: int = Field(primary_key=True, foreign_key="item.id", sa_column_kwargs={"autoincrement": False})


class ItemVectorRow(SQLModel, table=True):
    """What is known of an item across languages: what its text means, and what a translation leaves as it is."""

    __tablename__ = "item_vector"

    item_id: int = Field(primary_key=True, foreign_key="item.id")
    version: str  # of `vectors`, or of `translation` where there is no vector
    vector: bytes | None = None  # 512 numbers of half precision
    signs: bytes  # numbers of 64 bits


class ItemDayRow(SQLModel, table=True):
    """Of which day and country an item speaks, to look for its translations; no country: it is not known."""

    __tablename__ = "item_day"
    __table_args__ = {"sqlite_with_rowid": False}

    day: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})  # since year 1
    country: str = Field(primary_key=True, max_length=2)
    item_id: int = Field(primary_key=True, foreign_key="item.id", index=True, sa_column_kwargs={"autoincrement": False})


class ItemRevisionRow(SQLModel, table=True):
    """What an item said before its source changed it."""

    __tablename__ = "item_revision"

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id", index=True)
    replaced_at: datetime
    title: str
    summary: str
    text: str
    content_hash: str


class CopyRow(SQLModel, table=True):
    """Which kept bytes an item was read from; the bytes themselves are in the evidence folder. Append-only."""

    __tablename__ = "copy"

    item_id: int = Field(primary_key=True, foreign_key="item.id")
    digest: str = Field(primary_key=True, max_length=64)  # SHA-256
    url: str
    kept_at: datetime


class SuggestionRow(SQLModel, table=True):
    """Append-only. The newest of an item is the one with the highest id."""

    __tablename__ = "suggestion"

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id", index=True)
    made_at: datetime
    version: str
    language: str
    language_confidence: float
    countries: list[dict[str, Any]] = Field(sa_type=_json())
    issues: list[dict[str, Any]] = Field(sa_type=_json())
    initiative: float
    types: list[dict[str, Any]] = Field(sa_type=_json())
    places: list[dict[str, Any]] = Field(sa_type=_json(), sa_column_kwargs={"server_default": "[]"})
    bodies: list[dict[str, Any]] = Field(sa_type=_json(), sa_column_kwargs={"server_default": "[]"})
    grounds: list[dict[str, Any]] = Field(sa_type=_json(), sa_column_kwargs={"server_default": "[]"})
    targets: list[dict[str, Any]] = Field(sa_type=_json(), sa_column_kwargs={"server_default": "[]"})
    actor_kinds: list[dict[str, Any]] = Field(sa_type=_json(), sa_column_kwargs={"server_default": "[]"})
    terms: list[str] = Field(sa_type=_json())
    score: float


class WordListRow(SQLModel, table=True):
    """Append-only. What the desk put into the word lists and took out of them; the newest line on a word counts."""

    __tablename__ = "word_list"
    __table_args__ = (sa.CheckConstraint("kind IN ('strong', 'weak', 'not')", name="kind_known"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    person_id: int = Field(foreign_key="person.id")
    language: str
    group_name: str
    code: str
    kind: str
    term: str
    added: bool
    reason: str


class ItemFacetRow(SQLModel, table=True):
    """Which issues and countries the newest suggestion names, to filter the queue by."""

    __tablename__ = "item_facet"
    __table_args__ = (sa.Index("ix_item_facet_code", "kind", "code", "item_id"),)

    item_id: int = Field(primary_key=True, foreign_key="item.id")
    kind: str = Field(primary_key=True, max_length=20)  # issue | country
    code: str = Field(primary_key=True, max_length=60)


class PersonRow(SQLModel, table=True):
    __tablename__ = "person"
    __table_args__ = (_one_of("role", model.Role),)

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    name: str
    role: str
    active: bool = True
    language: str = "en"
    password_hash: str  # empty: no password has been set
    failures: int = 0
    locked_until: datetime | None = None
    last_seen_at: datetime | None = None


class SessionRow(SQLModel, table=True):
    """A sign-in. Only the hash of its token is kept, and of the network that it came from."""

    __tablename__ = "session"

    token_hash: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip_hash: str = _starts_as("")
    browser: str = _starts_as("")
    way: str = _starts_as("password")


class NetworkRow(SQLModel, table=True):
    """How often signing in has failed from one network, by the hash of its address."""

    __tablename__ = "network"

    ip_hash: str = Field(primary_key=True)
    failures: int
    last_at: datetime = Field(index=True)
    locked_until: datetime | None = None


class DoorLinkRow(SQLModel, table=True):
    """A link that lets one person in once. Only the hash of its token is kept; a person has one link at most."""

    __tablename__ = "door_link"

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    token_hash: str = Field(unique=True)
    purpose: str
    made_by: str
    expires_at: datetime


class IdentityRow(SQLModel, table=True):
    """Under which name a provider of sign-ins knows a person."""

    __tablename__ = "identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "person_id"),)

    issuer: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    linked_at: datetime


class PersonSettingRow(SQLModel, table=True):
    """What a person has set for themselves, such as their keys at the desk."""

    __tablename__ = "person_setting"

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    name: str = Field(primary_key=True, max_length=60)
    value: dict[str, Any] = Field(sa_type=_json())


class ClaimRow(SQLModel, table=True):
    __tablename__ = "claim"
    __table_args__ = (_one_of("drawn_by", model.Drawn),)

    item_id: int = Field(primary_key=True, foreign_key="item.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    expires_at: datetime
    drawn_by: str = _starts_as("queue")


class DecisionRow(SQLModel, table=True):
    """Append-only."""

    __tablename__ = "decision"
    __table_args__ = (
        _one_of("verdict", model.Verdict),
        _one_of("drawn_by", model.Drawn),
        sa.Index("ix_decision_person_at", "person_id", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    item_id: int = Field(foreign_key="item.id", index=True)
    item_version: int
    person_id: int = Field(foreign_key="person.id")
    at: datetime = Field(index=True)
    verdict: str
    reason: str | None = None
    reasons_more: list[str] = Field(sa_type=_json(), sa_column_kwargs={"server_default": "[]"})
    note: str
    issues: list[str] = Field(sa_type=_json())
    countries: list[str] = Field(sa_type=_json())
    initiative_id: int | None = Field(default=None, foreign_key="initiative.id")
    undoes: int | None = Field(default=None, foreign_key="decision.id", unique=True)
    codebook: str
    drawn_by: str = _starts_as("queue")
    suggestion_id: int | None = Field(default=None, foreign_key="suggestion.id")
    replaced_texts: int | None = None  # how many texts of the item its source had replaced by then


class SecondCodingRow(SQLModel, table=True):
    """Append-only. What another person said of an item that was drawn, knowing nothing of the decision on it."""

    __tablename__ = "second_coding"
    __table_args__ = (
        sa.UniqueConstraint("item_id", "person_id"),
        sa.CheckConstraint("person_id <> first_person_id", name="two_people"),
        sa.CheckConstraint("verdict IN ('include', 'exclude', 'hold')", name="verdict_known"),
    )

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id")
    decision_id: int = Field(foreign_key="decision.id", index=True)
    first_person_id: int = Field(foreign_key="person.id")
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    verdict: str
    reason: str | None = None
    issues: list[str] = Field(sa_type=_json())
    countries: list[str] = Field(sa_type=_json())
    type: str | None = None
    codebook: str


class AdjudicationRow(SQLModel, table=True):
    """Append-only. What an editor found where two codings differ; the editor is neither of the two people."""

    __tablename__ = "adjudication"
    __table_args__ = (
        sa.CheckConstraint("person_id <> first_person_id AND person_id <> second_person_id", name="third_person"),
        sa.CheckConstraint("verdict IN ('include', 'exclude', 'hold')", name="verdict_known"),
    )

    id: int | None = Field(default=None, primary_key=True)
    second_coding_id: int = Field(foreign_key="second_coding.id", unique=True)
    first_person_id: int = Field(foreign_key="person.id")
    second_person_id: int = Field(foreign_key="person.id")
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    verdict: str
    reason: str | None = None
    issues: list[str] = Field(sa_type=_json())
    countries: list[str] = Field(sa_type=_json())
    type: str | None = None
    codebook: str
    why: str
    overturned: bool  # the item was decided anew


class ExclusionLookRow(SQLModel, table=True):
    """Append-only. That somebody else has looked at an exclusion by one person, and whether it stands."""

    __tablename__ = "exclusion_look"
    __table_args__ = (sa.CheckConstraint("person_id <> first_person_id", name="two_people"),)

    id: int | None = Field(default=None, primary_key=True)
    decision_id: int = Field(foreign_key="decision.id", unique=True)
    first_person_id: int = Field(foreign_key="person.id")
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    stands: bool


class CoverageRow(SQLModel, table=True):
    """Append-only. Whether somebody has searched a country, an issue and a month; the newest line counts."""

    __tablename__ = "coverage"
    __table_args__ = (
        sa.CheckConstraint("state IN ('searched', 'partly', 'not_searched')", name="state_known"),
        sa.Index("ix_coverage_of", "country", "issue", "month", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    person_id: int = Field(foreign_key="person.id")
    country: str = Field(max_length=2)
    issue: str
    month: date  # its first day
    state: str
    note: str


class ModelRow(SQLModel, table=True):
    """What was learnt from decisions. Append-only, but for where a model stands and for weights that are let go."""

    __tablename__ = "model"
    __table_args__ = (
        _one_of("state", model.ModelState),
        sa.Index(
            "ix_model_in_service",
            "state",
            unique=True,
            sqlite_where=sa.text("state = 'in_service'"),
            postgresql_where=sa.text("state = 'in_service'"),
        ),
    )

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    made_at: datetime
    made_of: int
    data_hash: str
    words: str
    scores: dict[str, Any] = Field(sa_type=_json())
    weights: bytes | None = None  # of `learning.kept`
    state: str
    reason: str
    put_by: int | None = Field(default=None, foreign_key="person.id")


class InitiativeRow(SQLModel, table=True):
    __tablename__ = "initiative"
    __table_args__ = (
        _one_of("state", model.InitiativeState),
        # The second look is another person's: what nobody else has read is never public.
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> written_by", name="two_people"),
        sa.CheckConstraint("(approved_revision IS NULL) = (approved_by IS NULL)", name="approval_whole"),
        # Who publishes at once says why, and it stays marked until somebody else has looked.
        sa.CheckConstraint("look_due_at IS NULL OR urgent_reason <> ''", name="urgent_says_why"),
        sa.Index("ix_initiative_state_changed", "state", "changed_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    state: str
    revision: int
    title: str  # of the newest revision, in any language, for lists
    drafted_by: int = Field(foreign_key="person.id")
    changed_by: int = Field(foreign_key="person.id")
    changed_at: datetime
    approved_revision: int | None = None
    written_by: int | None = Field(default=None, foreign_key="person.id")  # who wrote the approved revision
    approved_by: int | None = Field(default=None, foreign_key="person.id")
    approved_at: datetime | None = None
    first_public_at: datetime | None = None
    merged_into: int | None = Field(default=None, foreign_key="initiative.id")
    next_check_on: date | None = None
    last_verified_at: datetime | None = None  # when somebody last made sure that it is still so
    urgent_reason: str = _starts_as("")  # why it went public before its full second look
    look_due_at: datetime | None = None  # by when somebody else is to take that look; none: taken, or never urgent
    compared: int | None = None  # the revision whose words are in `initiative_word`
    sample: bool = False


class InitiativeRevisionRow(SQLModel, table=True):
    """Append-only."""

    __tablename__ = "initiative_revision"

    initiative_id: int = Field(primary_key=True, foreign_key="initiative.id")
    revision: int = Field(primary_key=True)
    at: datetime
    person_id: int = Field(foreign_key="person.id")
    reason: str
    codebook: str
    content: dict[str, Any] = Field(sa_type=_json())
    suggestion_ids: list[int] = Field(sa_type=_json(), sa_column_kwargs={"server_default": "[]"})


class WorkingCopyRow(SQLModel, table=True):
    """What one person has typed into the form of an initiative since `revision`, and not saved: field by field."""

    __tablename__ = "working_copy"

    initiative_id: int = Field(primary_key=True, foreign_key="initiative.id")
    person_id: int = Field(primary_key=True, foreign_key="person.id", index=True)
    revision: int
    fields: dict[str, Any] = Field(sa_type=_json())
    at: datetime


class EvidenceRow(SQLModel, table=True):
    """Which items stand behind which initiative. A link that was removed stays, with the time."""

    __tablename__ = "evidence"
    __table_args__ = (_one_of("role", model.EvidenceRole),)

    id: int | None = Field(default=None, primary_key=True)
    initiative_id: int = Field(foreign_key="initiative.id", index=True)
    item_id: int = Field(foreign_key="item.id", index=True)
    role: str
    excerpt: str = ""
    added_by: int = Field(foreign_key="person.id")
    added_at: datetime
    removed_at: datetime | None = None


class InitiativeWordRow(SQLModel, table=True):
    """Which initiatives have which words, to find those that may be the same."""

    __tablename__ = "initiative_word"

    word: int = Field(primary_key=True, sa_type=sa.BigInteger)
    initiative_id: int = Field(primary_key=True, foreign_key="initiative.id", index=True)


class FieldCommentRow(SQLModel, table=True):
    """What somebody thinks of one field of one revision. Append-only."""

    __tablename__ = "field_comment"
    __table_args__ = (
        sa.CheckConstraint("verdict IN ('fine', 'doubt', 'wrong')", name="verdict_known"),
        sa.Index("ix_field_comment_initiative", "initiative_id", "revision"),
    )

    id: int | None = Field(default=None, primary_key=True)
    initiative_id: int = Field(foreign_key="initiative.id")
    revision: int
    field: str
    verdict: str
    text: str
    person_id: int = Field(foreign_key="person.id")
    at: datetime


class InitiativeMessageRow(SQLModel, table=True):
    """The conversation on an initiative. Append-only."""

    __tablename__ = "initiative_message"

    id: int | None = Field(default=None, primary_key=True)
    initiative_id: int = Field(foreign_key="initiative.id", index=True)
    revision: int  # the newest when it was said
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    text: str


class SafetyConfirmationRow(SQLModel, table=True):
    """That somebody has looked at words which could hurt a person, and why they do not. Append-only."""

    __tablename__ = "safety_confirmation"
    __table_args__ = (
        # Like the second look, this is for somebody else than who wrote it.
        sa.CheckConstraint("person_id <> written_by", name="two_people"),
    )

    id: int | None = Field(default=None, primary_key=True)
    initiative_id: int = Field(foreign_key="initiative.id", index=True)
    field: str
    kind: str
    words: str
    text_hash: str  # of the whole field: another text is asked again
    because: str
    person_id: int = Field(foreign_key="person.id")
    written_by: int = Field(foreign_key="person.id")
    at: datetime


class InitiativeActRow(SQLModel, table=True):
    """What was done to initiatives as a whole, with how they stood before, to take it back. Append-only."""

    __tablename__ = "initiative_act"
    __table_args__ = (
        sa.CheckConstraint("what IN ('approved', 'withdrawn', 'merged', 'split', 'undone')", name="what_known"),
    )

    id: int | None = Field(default=None, primary_key=True)
    what: str
    initiative_id: int = Field(foreign_key="initiative.id", index=True)
    other_id: int | None = Field(default=None, foreign_key="initiative.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    reason: str
    revision: int  # of the initiative, after the act
    before: dict[str, Any] = Field(sa_type=_json())  # by number of an initiative: its row and what the public saw
    evidence: dict[str, Any] = Field(sa_type=_json())  # rows of `evidence` that ended and that began
    undoes: int | None = Field(default=None, foreign_key="initiative_act.id", unique=True)


class PublicInitiativeRow(SQLModel, table=True):
    """What the public may see, written when an initiative is approved: the only door of the public pages."""

    __tablename__ = "public_initiative"

    id: int = Field(primary_key=True, foreign_key="initiative.id")
    revision: int
    began_on: date | None = Field(default=None, index=True)  # start, else announced: the order of lists
    first_public_at: datetime
    changed_at: datetime = Field(index=True)
    verified_at: datetime | None = None
    sample: bool = False
    words: str  # titles, summaries, places, actors: case and accents folded, for the text search
    content: dict[str, Any] = Field(sa_type=_json())
    sources: list[dict[str, Any]] = Field(sa_type=_json())


class PublicFacetRow(SQLModel, table=True):
    __tablename__ = "public_facet"
    __table_args__ = (sa.Index("ix_public_facet_code", "kind", "code", "initiative_id"),)

    initiative_id: int = Field(primary_key=True, foreign_key="public_initiative.id", ondelete="CASCADE")
    kind: str = Field(primary_key=True, max_length=20)  # issue | type | country | actor_kind | target | status
    code: str = Field(primary_key=True, max_length=60)


class PublicChangeRow(SQLModel, table=True):
    """The public history of an initiative: when it was published, what changed, why it was withdrawn. No names."""

    __tablename__ = "public_change"

    id: int | None = Field(default=None, primary_key=True)
    initiative_id: int = Field(foreign_key="initiative.id", index=True)
    at: datetime
    what: str  # added | changed | withdrawn | merged | restored
    revision: int | None = None
    fields: list[str] = Field(sa_type=_json())
    reason: str = ""
    into_id: int | None = None  # of merged: the initiative that tells of it now


class ReleaseRow(SQLModel, table=True):
    __tablename__ = "release"

    number: int = Field(primary_key=True)
    at: datetime
    total: int
    folder: str = ""
    checksums: dict[str, str] = Field(sa_type=_json())
    written: bool = False


class ReleaseRecordRow(SQLModel, table=True):
    """Which revision of which initiative a release holds."""

    __tablename__ = "release_record"

    number: int = Field(primary_key=True, foreign_key="release.number")
    initiative_id: int = Field(primary_key=True, foreign_key="initiative.id")
    revision: int


class LetterRow(SQLModel, table=True):
    """What the public door puts in, and all that it may write. The desk takes it out, and it is gone."""

    __tablename__ = "letter"
    __table_args__ = (_one_of("kind", LetterKind),)

    id: str = Field(primary_key=True, max_length=80)  # of the reply link: one submission, one note, one withdrawal
    kind: str
    reply_hash: str
    at: datetime
    language: str
    content: dict[str, Any] = Field(sa_type=_json())


class SubmissionRow(SQLModel, table=True):
    """What somebody outside sent, once the desk has it. Who they are is not among it."""

    __tablename__ = "submission"

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="item.id", unique=True)
    reply_hash: str = Field(unique=True)
    at: datetime = Field(index=True)
    language: str
    content: dict[str, Any] = Field(sa_type=_json())
    spam_signs: list[str] = Field(sa_type=_json())
    note: str = ""
    noted_at: datetime | None = None
    withdrawn_at: datetime | None = None


class SubmissionContactRow(SQLModel, table=True):
    """How to reach a sender who wished it: for editors, and gone some time after the decision."""

    __tablename__ = "submission_contact"

    submission_id: int = Field(primary_key=True, foreign_key="submission.id")
    contact: str


class ReplyRow(SQLModel, table=True):
    """Where a submission stands, as its sender may see it under the secret link; only the link's hash is here."""

    __tablename__ = "reply"
    __table_args__ = (_one_of("state", ReplyState),)

    reply_hash: str = Field(primary_key=True)
    state: str
    reason: str = ""  # of what was not taken: a code of the taxonomy
    initiative_id: int | None = None
    noted: bool = False
    changed_at: datetime


class HelpContactRow(SQLModel, table=True):
    """Append-only. Whom to call for help, each line a check by an editor; the newest line of a number counts."""

    __tablename__ = "help_contact"
    __table_args__ = (sa.UniqueConstraint("number", "revision"),)

    id: int | None = Field(default=None, primary_key=True)
    number: int
    revision: int
    checked_at: datetime
    person_id: int = Field(foreign_key="person.id")
    country: str | None = None
    content: dict[str, Any] = Field(sa_type=_json())
    withdrawn: bool
    reason: str


class EventRow(SQLModel, table=True):
    """The audit: append-only, enforced by triggers."""

    __tablename__ = "event"
    __table_args__ = (sa.Index("ix_event_subject", "subject", "subject_id"), sa.Index("ix_event_what", "what", "at"))

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(index=True)
    who: str = Field(index=True)  # e-mail of a person, or the part of the tracker that acted
    what: str
    subject: str
    subject_id: str
    before: Any = Field(default=None, sa_type=_json(), nullable=True)
    after: Any = Field(default=None, sa_type=_json(), nullable=True)


class SearchEntryRow(SQLModel, table=True):
    """What the full-text search can find. SQLite's words are in the FTS5 table `search_text`, by `id`.

    There an entry whose text has changed gets a new `id`: what was indexed under the old one leads nowhere any more.
    """

    __tablename__ = "search_entry"
    __table_args__ = (
        sa.UniqueConstraint("kind", "subject_id"),
        sa.CheckConstraint("kind IN ('item', 'initiative')", name="kind_known"),
        sa.Index("ix_search_entry_words", "words", postgresql_using="gin", sqlite_where=sa.text("words IS NOT NULL")),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject_id: int
    words: str | None = Field(default=None, sa_type=_ts_vector())


class InitiativeFacetRow(SQLModel, table=True):
    """The codes of an initiative's newest revision, to filter lists by."""

    __tablename__ = "initiative_facet"
    __table_args__ = (sa.Index("ix_initiative_facet_code", "kind", "code", "initiative_id"),)

    initiative_id: int = Field(primary_key=True, foreign_key="initiative.id")
    kind: str = Field(primary_key=True, max_length=20)  # issue | type | country | language
    code: str = Field(primary_key=True, max_length=60)


class SavedFilterRow(SQLModel, table=True):
    """A filter with a name, of one person or, when an editor says so, of the team."""

    __tablename__ = "saved_filter"
    __table_args__ = (sa.UniqueConstraint("person_id", "page", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    page: str
    name: str
    shared: bool
    wanted: dict[str, Any] = Field(sa_type=_json())
    saved_at: datetime


class AssignmentRow(SQLModel, table=True):
    """Who is to look after an item or an initiative. It locks nothing; what was before is in the audit."""

    __tablename__ = "assignment"
    __table_args__ = (sa.CheckConstraint("kind IN ('item', 'initiative')", name="kind_known"),)

    kind: str = Field(primary_key=True)
    subject_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    person_id: int = Field(foreign_key="person.id", index=True)
    assigned_by: int = Field(foreign_key="person.id")
    assigned_at: datetime
    due_on: date | None = None
    note: str = ""


class NoticeReadRow(SQLModel, table=True):
    """What a person has read of what the desk told them: one notice by its key, or all until a time (no key)."""

    __tablename__ = "notice_read"

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_column_kwargs={"autoincrement": False})
    key: str = Field(primary_key=True, max_length=80)
    at: datetime


METADATA = SQLModel.metadata  # every table of this module
