"""Databases as earlier trackers left them: at any migration, with rows in every table, made from the tables alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tracker.store.engine import MIGRATIONS, Database

REVISIONS = sorted(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
OURS = ("alembic_version", "search_text", "search_entry")  # not of a person's or a source's making
Contents = dict[str, list[dict[str, Any]]]  # of each table the rows in the order of its key, by names of columns
_databases = count()


def empty_database(postgresql: str) -> Iterator[str]:
    """The address of a database without tables on the server of the tests."""
    name = f"empty_{next(_databases)}"
    engine = sa.create_engine(f"{postgresql}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as server:
        server.exec_driver_sql(f"CREATE DATABASE {name}")
        yield f"{postgresql}/{name}"
        server.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


def migrate(url: str, to: str, act: str = "upgrade") -> None:
    """Takes the database up to, or with `downgrade` down to this migration."""
    config, database = Config(), Database(url)
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        getattr(command, act)(config, to)
    database.close()


def fill(url: str, first: int = 1, rows: int = 3) -> Contents:
    """Adds so many rows to every table, numbered from `first` on; everything that the database holds then."""
    database = Database(url)
    with database.writing() as db:
        there = tables(db)
        for table in there:
            db.execute(sa.insert(table), [_row(table, first, place, rows) for place in range(rows)])
        found = _read(db, there)
    database.close()
    return found


def tables(db: sa.Connection) -> list[sa.Table]:
    """The tables that the database has, those that others refer to first."""
    known = sa.MetaData()
    names = [name for name in sa.inspect(db).get_table_names() if not name.startswith(OURS)]
    known.reflect(db, only=names, resolve_fks=True)
    return [table for table in known.sorted_tables if table.name in names]


def contents(url: str) -> Contents:
    """Everything that the database holds."""
    database = Database(url, read_only=True)
    with database.reading() as db:
        found = _read(db, tables(db))
    database.close()
    return found


def _read(db: sa.Connection, there: list[sa.Table]) -> Contents:
    return {
        table.name: [dict(row) for row in db.execute(sa.select(table).order_by(*table.primary_key)).mappings()]
        for table in there
    }


def _row(table: sa.Table, first: int, place: int, rows: int) -> dict[str, Any]:
    """Values that every rule of the table lets pass; what a rule forbids together is left empty."""
    allowed = _allowed(table)
    return {
        column.name: _value(column, first + (place + _OTHER_PERSON.get(column.name, 0)) % rows, allowed)
        for column in table.columns
        if not (column.nullable and column.name in _EMPTY.get(table.name, ()))
    }


# Columns that rules tie to others: an approval is whole, by somebody else; an urgent one says why.
_EMPTY: dict[str, tuple[str, ...]] = {
    "initiative": ("approved_revision", "approved_by", "approved_at", "written_by", "look_due_at", "merged_into"),
    "item": ("copy_of", "copy_kind"),
    "decision": ("undoes",),
    "initiative_act": ("undoes",),
}
# Others than `person_id`, where a rule wants two people or three.
_OTHER_PERSON = {"first_person_id": 1, "written_by": 1, "second_person_id": 2}


def _value(column: sa.Column[Any], number: int, allowed: dict[str, list[str]]) -> Any:
    if column.name in allowed:
        return allowed[column.name][number % len(allowed[column.name])]
    if column.foreign_keys:
        [key, *_] = column.foreign_keys
        return number if isinstance(key.column.type, sa.Integer) else f"{key.column.name} {number}"
    match column.type:
        case sa.Boolean():
            return bool(number % 2)
        case sa.Integer():
            return number
        case sa.Float() | sa.Numeric():
            return number / 4
        case sa.DateTime():
            return datetime(2020, 5, 4, 12, tzinfo=UTC) + timedelta(days=number)
        case sa.Date():
            return date(2020, 5, 4) + timedelta(days=number)
        case sa.JSON():
            return [] if str(column.name) in _LISTS else {}
        case sa.LargeBinary():
            return bytes([number])
        case sa.String() if column.type.length:
            return f"{column.name} {number}"[-column.type.length :]
        case _:
            return f"{column.name} {number}"


_LISTS = {"issues", "countries", "types", "terms", "sources", "fields"}


def _allowed(table: sa.Table) -> dict[str, list[str]]:
    """The values that a rule of the table lists for a column."""
    found = {}
    for rule in table.constraints:
        if isinstance(rule, sa.CheckConstraint):
            listed = re.match(r"\(*\"?(\w+)\"?\)*(?:::text)? (?:IN|= ANY) \((.*)\)", str(rule.sqltext))
            if listed:
                found[listed[1]] = re.findall(r"'(\w+)'", listed[2])
    if table.name == "model":
        found["state"].remove("in_service")  # which only one may be
    return found
