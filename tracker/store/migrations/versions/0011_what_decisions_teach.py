"""What decisions teach: models, how an item came to be decided, and lots for random checks

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DRAWN = "drawn_by IN ('queue', 'audit', 'search')"


def upgrade() -> None:
    for table in ("claim", "decision"):
        # The constraint is part of the column: SQLite adds none to a table that is there.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN drawn_by VARCHAR DEFAULT 'queue' NOT NULL "
            f"CONSTRAINT ck_{table}_drawn_by_known CHECK ({DRAWN})"
        )
    op.execute(
        "ALTER TABLE decision ADD COLUMN suggestion_id INTEGER "
        "CONSTRAINT fk_decision_suggestion_id_suggestion REFERENCES suggestion (id)"
    )
    op.create_index("ix_decision_at", "decision", ["at"])
    op.add_column("item", sa.Column("lot", sa.Integer(), server_default="0", nullable=False))
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute(
        "UPDATE item SET lot = floor(random() * 2147483647)::integer"
        if postgresql
        else "UPDATE item SET lot = (random() & 2147483647)"
    )
    op.create_index("ix_item_lot", "item", ["state", "lot"])
    op.create_table(
        "model",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("made_of", sa.Integer(), nullable=False),
        sa.Column("data_hash", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column(
            "scores", sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"), nullable=False
        ),
        sa.Column("weights", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("put_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('candidate', 'in_service', 'retired', 'refused')", name=op.f("ck_model_state_known")
        ),
        sa.ForeignKeyConstraint(["put_by"], ["person.id"], name=op.f("fk_model_put_by_person")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_model")),
    )
    op.create_index(
        "ix_model_in_service",
        "model",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'in_service'"),
        postgresql_where=sa.text("state = 'in_service'"),
    )
    # Where a model stands may change, and its weights may be let go; what it is and how it did may not.
    said = "version, made_at, made_of, data_hash, words, scores"
    if postgresql:
        refuse = "FOR EACH ROW EXECUTE FUNCTION append_only()"
        op.execute(f"CREATE TRIGGER model_append_only BEFORE UPDATE OF {said} OR DELETE ON model {refuse}")
        op.execute(
            "CREATE TRIGGER model_weights_stay BEFORE UPDATE OF weights ON model "
            "FOR EACH ROW WHEN (NEW.weights IS NOT NULL) EXECUTE FUNCTION append_only()"
        )
        return
    refuse = "BEGIN SELECT RAISE(ABORT, 'model is append-only'); END"
    op.execute(f"CREATE TRIGGER model_no_update BEFORE UPDATE OF {said} ON model {refuse}")
    op.execute(f"CREATE TRIGGER model_no_delete BEFORE DELETE ON model {refuse}")
    op.execute(
        f"CREATE TRIGGER model_weights_stay BEFORE UPDATE OF weights ON model WHEN NEW.weights IS NOT NULL {refuse}"
    )


def downgrade() -> None:
    op.drop_table("model")
    op.drop_index("ix_item_lot", "item")
    op.drop_column("item", "lot")
    op.drop_index("ix_decision_at", "decision")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_column("decision", "suggestion_id")
        op.drop_column("decision", "drawn_by")
        op.drop_column("claim", "drawn_by")
        return
    op.execute("ALTER TABLE decision DROP COLUMN suggestion_id")
    op.execute("ALTER TABLE decision DROP COLUMN drawn_by")
    op.execute("ALTER TABLE claim DROP COLUMN drawn_by")
