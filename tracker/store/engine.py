"""How a database is opened, kept safe and brought up to date: SQLite on one machine, PostgreSQL when outgrown."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from tracker.errors import StoreUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"

# How long PostgreSQL's server may be silent before it counts as gone: without it, a cut cable is waited on for hours.
PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
}


def connect(url: str, *, read_only: bool = False) -> sa.Engine:
    """An engine for `url`. SQLite: WAL, foreign keys, 10 s patience; the folder is made when it is missing.

    Raises StoreUnavailable when the folder cannot be made or written.
    """
    if not url.startswith("sqlite"):
        given: dict[str, Any] = dict(PATIENCE)
        if read_only:
            given["options"] = "-c default_transaction_read_only=on"
        return sa.create_engine(url, pool_pre_ping=True, connect_args=given)
    path = sqlite_path(url)
    if path is not None and not read_only:
        _writable(path)
    if path is not None and read_only and not path.exists():
        raise StoreUnavailable(f"{path}: there is no database yet; start the tracker or run `tracker db upgrade`")
    engine = sa.create_engine(url, connect_args={"timeout": 10})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy says BEGIN, below; the driver would guess
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A write that begins as a read can fail half-way when another was quicker; IMMEDIATE waits at the start.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite address; None for memory and for other databases."""
    database = sa.make_url(url).database if url.startswith("sqlite") else None
    return Path(database) if database and database != ":memory:" else None


def _writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StoreUnavailable(
            f"{path.parent}: this folder cannot be made ({problem.strerror}); set $TRACKER_DATA to one that can"
        ) from problem
    for place in (path.parent, *([path] if path.exists() else [])):
        if not os.access(place, os.W_OK):
            raise StoreUnavailable(f"{place}: cannot be written by this user; mend its rights or set $TRACKER_DATA")


@contextmanager
def understood(url: str) -> Iterator[None]:
    """Turns the troubles of the database at `url` into StoreUnavailable with a sentence.

    A broken rule of ours stays loud.
    """
    try:
        yield
    except sa.exc.IntegrityError:
        raise
    except DBAPIError as problem:
        said, file = str(problem.orig), sqlite_path(url)
        sentences = {
            "disk is full": "The disk is full: nothing of this step was written. Free some space and do it again.",
            "disk I/O error": "The disk cannot be read or written; nothing of this step was kept.",
            "readonly": "The database cannot be written by this user.",
            "unable to open": "The database cannot be opened; is its folder there, and may this user write in it?",
            "locked": "Another process has been writing for over 10 seconds; nothing of this step was kept. Try again.",
            "malformed": f"{file}: this database file is damaged. Stop the tracker and put the newest backup in its "
            "place: tracker db restore FILE --yes. The damaged file is kept beside it.",
            "not a database": f"{file}: is no SQLite database; move it away or restore a backup "
            "(tracker db restore FILE --yes).",
            "no such table": "The database has no tables yet; run `tracker db upgrade`.",
            "connection": "The database server does not answer.",
        }
        for sign, sentence in sentences.items():
            if sign in said:
                raise StoreUnavailable(f"{sentence} ({said.splitlines()[0]})") from problem
        raise


def upsert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that understands ON CONFLICT, in the dialect of this connection."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def add(connection: sa.Connection, table: sa.Table, **values: Any) -> int:
    """The number of the row that was added."""
    number: int = connection.execute(sa.insert(table).values(**values).returning(table.c.id)).scalar_one()
    return number


class Database:
    """One engine and the transactions on it. A transaction inside another one is the same one."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.url = url
        self.engine = connect(url, read_only=read_only)
        self.read_only = read_only
        self._current: ContextVar[sa.Connection | None] = ContextVar("current", default=None)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction: all of it, or none of it when an error leaves the block."""
        with self._transaction(writes=True) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A consistent view of the database."""
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[sa.Connection]:
        if (current := self._current.get()) is not None:
            yield current
            return
        with understood(self.url), self.engine.connect() as plain:
            connection = plain.execution_options(writes=writes)
            with connection.begin():
                token = self._current.set(connection)
                try:
                    yield connection
                finally:
                    self._current.reset(token)

    def close(self) -> None:
        self.engine.dispose()

    # ------------------------------------------------------------------------------------------------ migrations

    def version(self) -> str | None:
        """The migration that the database stands at; None for an empty one."""
        with understood(self.url), self.engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()

    def upgrade(self) -> bool:
        """Brings the database to the newest migration. True when there was something to do.

        Raises StoreUnavailable when a newer tracker has written it.
        """
        newest = newest_migration()
        now = self.version()
        if now == newest:
            return False
        if now is not None and not any(MIGRATIONS.glob(f"versions/{now}_*.py")):
            raise StoreUnavailable(
                f"the database stands at {now}, which this tracker does not know: a newer one has written it. "
                "Use that one, or restore a backup."
            )
        from alembic import command  # half a second to import, needed once
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with understood(self.url), self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            config.attributes["connection"] = connection
            with connection.begin():
                if connection.dialect.name == "postgresql":  # SQLite lets one write at a time
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("tracker migrations"))))
                command.upgrade(config, "head")
        return True


def newest_migration() -> str:
    """The id of the newest migration: they are numbered."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value
