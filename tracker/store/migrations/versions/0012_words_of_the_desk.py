"""Words that the desk puts into the lists and takes out of them, and which items were read with other lists

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "word_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('strong', 'weak', 'not')", name=op.f("ck_word_list_kind_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_word_list_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_word_list")),
    )
    op.create_index("ix_item_read_by", "item", ["state", "read_by", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER word_list_append_only BEFORE UPDATE OR DELETE ON word_list "
            "FOR EACH ROW EXECUTE FUNCTION append_only()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER word_list_no_{act.lower()} BEFORE {act} ON word_list "
            "BEGIN SELECT RAISE(ABORT, 'word_list is append-only'); END"
        )


def downgrade() -> None:
    op.drop_index("ix_item_read_by", "item")
    op.drop_table("word_list")
