"""Second codings and what editors make of them, exclusions looked at by another person, and where was searched

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NEW = ("second_coding", "adjudication", "exclusion_look", "coverage")


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    op.add_column("item", sa.Column("second_lot", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "UPDATE item SET second_lot = floor(random() * 2147483647)::integer"
        if postgresql
        else "UPDATE item SET second_lot = (random() & 2147483647)"
    )
    op.create_index("ix_item_second_lot", "item", ["state", "second_lot"])
    op.add_column("decision", sa.Column("reasons_more", json, server_default="[]", nullable=False))
    op.add_column("decision", sa.Column("replaced_texts", sa.Integer(), nullable=True))

    def people(table: str, *names: str) -> list[SchemaItem]:
        return [
            *(sa.Column(name, sa.Integer(), nullable=False) for name in names),
            *(sa.ForeignKeyConstraint([name], ["person.id"], name=op.f(f"fk_{table}_{name}_person")) for name in names),
        ]

    def said() -> list[SchemaItem]:
        return [
            sa.Column("verdict", sa.String(), nullable=False),
            sa.Column("reason", sa.String(), nullable=True),
            sa.Column("issues", json, nullable=False),
            sa.Column("countries", json, nullable=False),
            sa.Column("type", sa.String(), nullable=True),
            sa.Column("codebook", sa.String(), nullable=False),
        ]

    verdicts = "verdict IN ('include', 'exclude', 'hold')"
    op.create_table(
        "second_coding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        *people("second_coding", "first_person_id", "person_id"),
        *said(),
        sa.CheckConstraint("person_id <> first_person_id", name=op.f("ck_second_coding_two_people")),
        sa.CheckConstraint(verdicts, name=op.f("ck_second_coding_verdict_known")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_second_coding_item_id_item")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_second_coding_decision_id_decision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_coding")),
        sa.UniqueConstraint("item_id", "person_id", name=op.f("uq_second_coding_item_id_person_id")),
    )
    op.create_index(op.f("ix_second_coding_decision_id"), "second_coding", ["decision_id"])
    op.create_table(
        "adjudication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("second_coding_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        *people("adjudication", "first_person_id", "second_person_id", "person_id"),
        *said(),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("overturned", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "person_id <> first_person_id AND person_id <> second_person_id",
            name=op.f("ck_adjudication_third_person"),
        ),
        sa.CheckConstraint(verdicts, name=op.f("ck_adjudication_verdict_known")),
        sa.ForeignKeyConstraint(
            ["second_coding_id"], ["second_coding.id"], name=op.f("fk_adjudication_second_coding_id_second_coding")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjudication")),
        sa.UniqueConstraint("second_coding_id", name=op.f("uq_adjudication_second_coding_id")),
    )
    op.create_table(
        "exclusion_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        *people("exclusion_look", "first_person_id", "person_id"),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.CheckConstraint("person_id <> first_person_id", name=op.f("ck_exclusion_look_two_people")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_exclusion_look_decision_id_decision")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion_look")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_exclusion_look_decision_id")),
    )
    op.create_table(
        "coverage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        *people("coverage", "person_id"),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("issue", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('searched', 'partly', 'not_searched')", name=op.f("ck_coverage_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage")),
    )
    op.create_index("ix_coverage_of", "coverage", ["country", "issue", "month", "id"])
    for table in NEW:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION append_only()"
            )
            continue
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    for table in reversed(NEW):
        op.drop_table(table)
    op.drop_column("decision", "replaced_texts")
    op.drop_column("decision", "reasons_more")
    op.drop_index("ix_item_second_lot", "item")
    op.drop_column("item", "second_lot")
