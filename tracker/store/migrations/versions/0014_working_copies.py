"""What an analyst has typed and not saved, and which suggestions stood on the form when a revision was written

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    op.create_table(
        "working_copy",
        sa.Column("initiative_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("fields", kind, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["initiative_id"], ["initiative.id"], name=op.f("fk_working_copy_initiative_id_initiative")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_working_copy_person_id_person")),
        sa.PrimaryKeyConstraint("initiative_id", "person_id", name=op.f("pk_working_copy")),
    )
    op.create_index("ix_working_copy_person_id", "working_copy", ["person_id"])
    op.add_column("initiative_revision", sa.Column("suggestion_ids", kind, server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("initiative_revision", "suggestion_ids")
    op.drop_table("working_copy")
