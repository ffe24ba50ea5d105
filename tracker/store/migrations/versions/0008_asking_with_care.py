"""Asking with care: robots.txt kept for a day, logins, when a 304 is believed, where a source is asked that moves

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("login", sa.String(), nullable=True),
        sa.Column("reliable_304", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("watched_since", UTCDateTime(), nullable=True),
        sa.Column("moving_asked_at", UTCDateTime(), nullable=True),
    ):
        op.add_column("source", column)
    op.execute("UPDATE source SET watched_since = last_success_at")
    op.create_table(
        "robots",
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("fetched_at", UTCDateTime(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_robots")),
    )


def downgrade() -> None:
    op.drop_table("robots")
    for column in ("login", "reliable_304", "watched_since", "moving_asked_at"):
        op.drop_column("source", column)
