"""Sources that the desk keeps, pauses, expectations, and old fetches as sums of days

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    # Both databases add a column with its check in plain SQL; a batch would copy a table that others refer to.
    op.execute(
        "ALTER TABLE source ADD COLUMN origin VARCHAR DEFAULT 'config' NOT NULL "
        "CONSTRAINT ck_source_origin_known CHECK (origin IN ('config', 'desk'))"
    )
    op.add_column("source", sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("source", sa.Column("folder", sa.String(), server_default="", nullable=False))
    op.add_column("source", sa.Column("expect", JSON, server_default="{}", nullable=False))
    op.create_table(
        "fetch_day",
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("fetches", "failed", "seen", "new", "changed", "known", "refused")
        ),
        sa.Column("body_bytes", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_fetch_day_source_id_source"),
        sa.PrimaryKeyConstraint("source_id", "day", name="pk_fetch_day"),
    )


def downgrade() -> None:
    op.drop_table("fetch_day")
    for column in ("origin", "paused", "folder", "expect"):
        op.drop_column("source", column)
