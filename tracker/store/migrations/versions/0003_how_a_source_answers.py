"""How a source has answered lately: its condition, its moves, its pauses

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    # Both databases add a column with its check in plain SQL; a batch would copy a table that others refer to.
    op.execute(
        "ALTER TABLE source ADD COLUMN condition VARCHAR DEFAULT 'ok' NOT NULL "
        "CONSTRAINT ck_source_condition_known CHECK (condition IN ('ok', 'failing', 'asleep', 'gone'))"
    )
    for column in (
        sa.Column("condition_since", UTCDateTime(), nullable=True),
        sa.Column("trouble_weight", sa.Float(), server_default="0", nullable=False),
        sa.Column("trouble_since", UTCDateTime(), nullable=True),
        sa.Column("paused_until", UTCDateTime(), nullable=True),
        sa.Column("unchanged_in_a_row", sa.Integer(), server_default="0", nullable=False),
        sa.Column("whole_at", UTCDateTime(), nullable=True),
        sa.Column("unreliable_304", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("hints", JSON, nullable=True),
        sa.Column("moved_from", sa.String(), nullable=True),
        sa.Column("moving_to", sa.String(), nullable=True),
        sa.Column("moving_seen", sa.Integer(), server_default="0", nullable=False),
        sa.Column("moving_since", UTCDateTime(), nullable=True),
    ):
        op.add_column("source", column)


def downgrade() -> None:
    for column in (
        "condition", "condition_since", "trouble_weight", "trouble_since", "paused_until", "unchanged_in_a_row",
        "whole_at", "unreliable_304", "hints", "moved_from", "moving_to", "moving_seen", "moving_since",
    ):  # fmt: skip
        op.drop_column("source", column)
