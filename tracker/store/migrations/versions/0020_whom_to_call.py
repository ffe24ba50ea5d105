"""Contacts for people who look for help, each line a check by an editor

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "help_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("checked_at", UTCDateTime(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column(
            "content", sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"), nullable=False
        ),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_help_contact_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_contact")),
        sa.UniqueConstraint("number", "revision", name=op.f("uq_help_contact_number_revision")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER help_contact_append_only BEFORE UPDATE OR DELETE ON help_contact "
            "FOR EACH ROW EXECUTE FUNCTION append_only()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER help_contact_no_{act.lower()} BEFORE {act} ON help_contact "
            "BEGIN SELECT RAISE(ABORT, 'help_contact is append-only'); END"
        )


def downgrade() -> None:
    op.drop_table("help_contact")
