"""The index that the queue is read by, best first, which no migration had made; and one for its numbers by language

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_item_queue ON item (state, score DESC, id)")
    op.create_index("ix_item_language", "item", ["state", "language"])


def downgrade() -> None:
    op.drop_index("ix_item_language", "item")
    op.drop_index("ix_item_queue", "item")
