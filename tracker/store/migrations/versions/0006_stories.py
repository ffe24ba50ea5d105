"""What a source claimed of a date that cannot be true

Revision ID: 0006
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item", sa.Column("published_claim", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("item", "published_claim")
