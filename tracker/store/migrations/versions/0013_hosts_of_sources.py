"""The host of each source, so that the sources of one host can be asked one after the other

Revision ID: 0013
Revises: 0012
"""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source", sa.Column("host", sa.String(), server_default="", nullable=False))
    op.create_index("ix_source_host", "source", ["host"])
    source = sa.table("source", sa.column("id", sa.String()), sa.column("url", sa.String()), sa.column("host"))
    there = op.get_bind().execute(sa.select(source.c.id, source.c.url)).all()
    for id, url in there:
        op.execute(sa.update(source).where(source.c.id == id).values(host=urlsplit(url).hostname or ""))


def downgrade() -> None:
    op.drop_index("ix_source_host", "source")
    op.drop_column("source", "host")
