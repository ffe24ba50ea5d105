"""Walls and answers cut short as outcomes of their own, whole texts of feed entries, and how far a history is filled back

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
BEFORE = (
    "ok",
    "unchanged",
    "empty",
    "unreachable",
    "timeout",
    "http_error",
    "not_allowed",
    "too_large",
    "unreadable",
    "broken_off",
)
AFTER = (*BEFORE, "wall", "cut_short")


def upgrade() -> None:
    _outcomes(AFTER)
    op.add_column("source", sa.Column("full_text", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("source", sa.Column("filling", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("source", "filling")
    op.drop_column("source", "full_text")
    op.execute("UPDATE fetch SET outcome = 'unreadable' WHERE outcome IN ('wall', 'cut_short')")
    _outcomes(BEFORE)


def _outcomes(known: tuple[str, ...]) -> None:
    listed = "outcome IN (" + ", ".join(f"'{outcome}'" for outcome in known) + ")"
    if op.get_bind().dialect.name == "sqlite":
        # The table is copied (nothing refers to it); checks are not among what is copied, so the old one is left behind.
        with op.batch_alter_table("fetch", recreate="always") as table:
            table.create_check_constraint("outcome_known", listed)
    else:
        op.drop_constraint("outcome_known", "fetch", type_="check")
        op.create_check_constraint("outcome_known", "fetch", listed)
