"""Stories: which items tell the same one and why; and what a source claimed of a date that cannot be true

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Both databases add a column with its check in plain SQL; a batch would copy a table that others refer to.
    op.execute(
        "ALTER TABLE item ADD COLUMN copy_kind VARCHAR "
        "CONSTRAINT ck_item_copy_kind_known CHECK (copy_kind IN ('exact', 'near', 'joined'))"
    )
    op.execute(
        "ALTER TABLE item ADD COLUMN placed_by INTEGER CONSTRAINT fk_item_placed_by_person REFERENCES person (id)"
    )
    op.add_column("item", sa.Column("copy_score", sa.Float(), nullable=True))
    op.add_column("item", sa.Column("published_claim", sa.String(), nullable=True))
    op.execute("UPDATE item SET copy_kind = 'exact', copy_score = 1 WHERE copy_of IS NOT NULL")
    op.create_table(
        "story_mark",
        sa.Column("value", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_story_mark_item_id_item")),
        sa.PrimaryKeyConstraint("value", "item_id", name=op.f("pk_story_mark")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("story_mark")
    for column in ("copy_kind", "placed_by", "copy_score", "published_claim"):
        op.drop_column("item", column)
