"""Stories in other languages: what is known of an item across languages, and where to look for its like

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = ("exact", "near", "joined")


def upgrade() -> None:
    _allow_kinds((*KINDS, "translation"))
    op.add_column("item", sa.Column("meant_by", sa.String(), nullable=True))
    op.create_index("ix_item_meant", "item", ["meant_by", "id"])
    op.create_table(
        "item_vector",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=True),
        sa.Column("signs", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_vector_item_id_item")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_vector")),
    )
    op.create_table(
        "item_day",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("item_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_day_item_id_item")),
        sa.PrimaryKeyConstraint("day", "country", "item_id", name=op.f("pk_item_day")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_item_day_item_id", "item_day", ["item_id"])


def downgrade() -> None:
    op.drop_table("item_day")
    op.drop_table("item_vector")
    op.drop_index("ix_item_meant", "item")
    op.drop_column("item", "meant_by")
    op.execute("UPDATE item SET copy_kind = 'near' WHERE copy_kind = 'translation'")
    _allow_kinds(KINDS)


def _allow_kinds(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE item DROP CONSTRAINT ck_item_copy_kind_known")
        op.execute(f"ALTER TABLE item ADD CONSTRAINT ck_item_copy_kind_known CHECK (copy_kind IN ({listed}))")
        return
    # SQLite changes no constraint: a new column takes the place of the old one, whose own check goes with it.
    op.execute(
        f"ALTER TABLE item ADD COLUMN kind_of_copy VARCHAR CONSTRAINT ck_item_copy_kind_known CHECK (kind_of_copy IN ({listed}))"
    )
    op.execute("UPDATE item SET kind_of_copy = copy_kind WHERE copy_kind IS NOT NULL")
    op.execute("ALTER TABLE item DROP COLUMN copy_kind")
    op.execute("ALTER TABLE item RENAME COLUMN kind_of_copy TO copy_kind")
