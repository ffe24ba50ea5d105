"""What else a text says: provinces, international bodies, grounds of bias, targets, kinds of actors

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = ("places", "bodies", "grounds", "targets", "actor_kinds")


def upgrade() -> None:
    kind = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    for name in COLUMNS:
        op.add_column("suggestion", sa.Column(name, kind, server_default="[]", nullable=False))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("suggestion", name)
