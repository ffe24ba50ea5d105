"""Sign-ins that people can see and end, links that let somebody in once, identities of a provider, patient networks

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("last_seen_at", UTCDateTime(), nullable=True))
    op.add_column("session", sa.Column("ip_hash", sa.String(), server_default="", nullable=False))
    op.add_column("session", sa.Column("browser", sa.String(), server_default="", nullable=False))
    op.add_column("session", sa.Column("way", sa.String(), server_default="password", nullable=False))
    op.create_table(
        "network",
        sa.Column("ip_hash", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("locked_until", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("ip_hash", name=op.f("pk_network")),
    )
    op.create_index(op.f("ix_network_last_at"), "network", ["last_at"])
    op.create_table(
        "door_link",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_door_link_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_door_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_door_link_token_hash")),
    )
    op.create_table(
        "identity",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("linked_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identity_person_id_person")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identity")),
        sa.UniqueConstraint("issuer", "person_id", name=op.f("uq_identity_issuer_person_id")),
    )
    op.create_index(op.f("ix_identity_person_id"), "identity", ["person_id"])
    op.create_index(op.f("ix_event_who"), "event", ["who"])


def downgrade() -> None:
    op.drop_index(op.f("ix_event_who"), "event")
    for table in ("identity", "door_link", "network"):
        op.drop_table(table)
    for column in ("way", "browser", "ip_hash"):
        op.drop_column("session", column)
    op.drop_column("person", "last_seen_at")
