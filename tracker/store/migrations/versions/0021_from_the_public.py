"""What the public sends: letters, submissions, contacts apart from them, and what a sender may see

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    op.create_table(
        "letter",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reply_hash", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("content", kind, nullable=False),
        sa.CheckConstraint("kind IN ('submission', 'note', 'withdrawal')", name=op.f("ck_letter_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("reply_hash", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("content", kind, nullable=False),
        sa.Column("spam_signs", kind, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("noted_at", UTCDateTime(), nullable=True),
        sa.Column("withdrawn_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_submission_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("item_id", name=op.f("uq_submission_item_id")),
        sa.UniqueConstraint("reply_hash", name=op.f("uq_submission_reply_hash")),
    )
    op.create_index("ix_submission_at", "submission", ["at"])
    op.create_table(
        "submission_contact",
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_submission_contact_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_submission_contact")),
    )
    states = "'waiting', 'looked_at', 'taken', 'not_taken', 'withdrawn'"
    op.create_table(
        "reply",
        sa.Column("reply_hash", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("initiative_id", sa.Integer(), nullable=True),
        sa.Column("noted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_reply_state_known")),
        sa.PrimaryKeyConstraint("reply_hash", name=op.f("pk_reply")),
    )


def downgrade() -> None:
    for table in ("reply", "submission_contact", "submission", "letter"):
        op.drop_table(table)
