"""Where Alembic finds the tables and the connection. The store opens the transaction."""

from alembic import context
from sqlmodel import SQLModel

import tracker.store.rows  # noqa: F401  the tables register themselves

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,  # SQLite cannot ALTER much
    compare_server_default=True,
)
context.run_migrations()
