"""Second looks field by field, what could hurt somebody, merges and splits that can be taken back, checks that are due

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
APPEND_ONLY = ("field_comment", "initiative_message", "safety_confirmation", "initiative_act")


def upgrade() -> None:
    op.add_column("initiative", sa.Column("last_verified_at", UTCDateTime(), nullable=True))
    op.add_column("initiative", sa.Column("compared", sa.Integer(), nullable=True))
    op.add_column("initiative", sa.Column("urgent_reason", sa.String(), nullable=False, server_default=""))
    urgent = "CONSTRAINT ck_initiative_urgent_says_why CHECK (look_due_at IS NULL OR urgent_reason <> '')"
    if _postgresql():
        op.add_column("initiative", sa.Column("look_due_at", UTCDateTime(), nullable=True))
        op.execute(f"ALTER TABLE initiative ADD {urgent}")
    else:  # a rule can only come with a column here; to make the table anew would break what refers to it
        op.execute(f"ALTER TABLE initiative ADD COLUMN look_due_at DATETIME {urgent}")
    op.add_column("public_change", sa.Column("into_id", sa.Integer(), nullable=True))
    op.create_table(
        "initiative_word",
        sa.Column("word", sa.BigInteger(), nullable=False),
        _of_initiative("initiative_word"),
        sa.PrimaryKeyConstraint("word", "initiative_id", name=op.f("pk_initiative_word")),
    )
    op.create_index(op.f("ix_initiative_word_initiative_id"), "initiative_word", ["initiative_id"])
    op.create_table(
        "field_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        _of_initiative("field_comment"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        _by("field_comment"),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("verdict IN ('fine', 'doubt', 'wrong')", name=op.f("ck_field_comment_verdict_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_comment")),
    )
    op.create_index("ix_field_comment_initiative", "field_comment", ["initiative_id", "revision"])
    op.create_table(
        "initiative_message",
        sa.Column("id", sa.Integer(), nullable=False),
        _of_initiative("initiative_message"),
        sa.Column("revision", sa.Integer(), nullable=False),
        _by("initiative_message"),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_message")),
    )
    op.create_index(op.f("ix_initiative_message_initiative_id"), "initiative_message", ["initiative_id"])
    op.create_table(
        "safety_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        _of_initiative("safety_confirmation"),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("text_hash", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        _by("safety_confirmation"),
        _by("safety_confirmation", "written_by"),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("person_id <> written_by", name=op.f("ck_safety_confirmation_two_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_confirmation")),
    )
    op.create_index(op.f("ix_safety_confirmation_initiative_id"), "safety_confirmation", ["initiative_id"])
    op.create_table(
        "initiative_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        _of_initiative("initiative_act"),
        _of_initiative("initiative_act", "other_id", nullable=True),
        _by("initiative_act"),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "what IN ('approved', 'withdrawn', 'merged', 'split', 'undone')", name=op.f("ck_initiative_act_what_known")
        ),
        sa.ForeignKeyConstraint(
            ["undoes"], ["initiative_act.id"], name=op.f("fk_initiative_act_undoes_initiative_act")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiative_act")),
        sa.UniqueConstraint("undoes", name=op.f("uq_initiative_act_undoes")),
    )
    op.create_index(op.f("ix_initiative_act_initiative_id"), "initiative_act", ["initiative_id"])
    op.create_index(op.f("ix_initiative_act_other_id"), "initiative_act", ["other_id"])
    for table in APPEND_ONLY:
        _append_only(table)
    # What is public already was verified when it was approved, and comes due sixty days later.
    initiative = sa.table(
        "initiative", *map(sa.column, ("approved_revision", "approved_at", "last_verified_at", "next_check_on"))
    )
    day = "CAST(approved_at + interval '60 days' AS date)" if _postgresql() else "date(approved_at, '+60 days')"
    op.execute(
        sa.update(initiative)
        .where(initiative.c.approved_revision.is_not(None))
        .values(last_verified_at=initiative.c.approved_at, next_check_on=sa.literal_column(day))
    )


def _of_initiative(table: str, column: str = "initiative_id", *, nullable: bool = False) -> "sa.Column[int]":
    name = op.f(f"fk_{table}_{column}_initiative")
    return sa.Column(column, sa.Integer(), sa.ForeignKey("initiative.id", name=name), nullable=nullable)


def _by(table: str, column: str = "person_id") -> "sa.Column[int]":
    return sa.Column(
        column, sa.Integer(), sa.ForeignKey("person.id", name=op.f(f"fk_{table}_{column}_person")), nullable=False
    )


def _append_only(table: str) -> None:
    if _postgresql():
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION append_only()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def downgrade() -> None:
    for table in (*APPEND_ONLY, "initiative_word"):
        op.drop_table(table)
    op.drop_column("public_change", "into_id")
    if _postgresql():
        op.drop_constraint("ck_initiative_urgent_says_why", "initiative")
    for column in ("look_due_at", "urgent_reason", "compared", "last_verified_at"):
        op.drop_column("initiative", column)
