"""Which items are still to be read, so that suggestions can follow the collecting

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item", sa.Column("read_by", sa.String(), nullable=True))
    op.execute(
        "UPDATE item SET read_by = (SELECT version FROM suggestion WHERE suggestion.item_id = item.id "
        "ORDER BY suggestion.id DESC LIMIT 1)"
    )
    unread = sa.text("read_by IS NULL")
    op.create_index("ix_item_unread", "item", ["id"], sqlite_where=unread, postgresql_where=unread)


def downgrade() -> None:
    op.drop_index("ix_item_unread", "item")
    op.drop_column("item", "read_by")
