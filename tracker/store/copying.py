"""How does a whole database move to another one? In batches, resumed where it broke off, compared at the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from tracker.errors import Conflict, WrongUse
from tracker.store import rows, search
from tracker.store.engine import Database

BATCH = 2_000  # rows of one transaction
PROGRESS = sa.Table(
    "copy_progress",
    sa.MetaData(),
    sa.Column("table_name", sa.String, primary_key=True),
    sa.Column("up_to", sa.JSON, nullable=False),  # primary key of the last row that was copied
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("of", sa.String, nullable=False),  # where from
)


class Copied(NamedTuple):
    """A table as it is on both sides. Raised as Conflict by `copy` unless they are the same."""

    table: str
    rows: int
    digest: str  # SHA-256 over all rows in the order of their keys


Told = Callable[[str, int, int], None]  # table, rows copied, rows in all


def copy(source_url: str, target_url: str, told: Told = lambda *_: None) -> list[Copied]:
    """Every table of `source_url` in `target_url`, with counts and checksums that are the same on both sides.

    The target is brought to the newest migration and must hold nothing yet, or what an earlier `copy` from the same
    place has left half done: then it goes on there. Nothing may write to the source meanwhile. Raises WrongUse for a
    target that holds something else, Conflict naming the table that differs.
    """
    with closing(Database(source_url, read_only=True)) as source, closing(Database(target_url)) as target:
        if source.engine.url == target.engine.url:
            raise WrongUse("a database is not copied onto itself")
        if source.version() is None:
            raise WrongUse("there is nothing to copy: the database has no tables yet")
        target.upgrade()
        if source.version() != target.version():
            raise WrongUse(f"the database stands at {source.version()}: run `tracker db upgrade` first")
        with target.writing() as db:
            PROGRESS.create(db, checkfirst=True)
        with source.reading() as old:  # one view of the source, from the first row to the last
            _begin(target, source_url)
            for table in tables():
                _copy_table(old, target, table, source_url, told)
            for table in tables():
                _point_back(old, target, table)
            with target.writing() as db:
                _number_on(db)
                search.index_everything(db)
            same = [_compared(old, target, table, told) for table in tables()]
        with target.writing() as db:
            PROGRESS.drop(db)
    return same


def tables() -> list[sa.Table]:
    """Every table of ours, those that others refer to first; but for the search index, which is made anew."""
    return [table for table in rows.METADATA.sorted_tables if table.name != "search_entry"]


def _begin(target: Database, source_url: str) -> None:
    with target.reading() as db:
        begun = list(db.execute(sa.select(PROGRESS.c.of).distinct()).scalars())
        if begun and begun != [source_url]:
            raise WrongUse(f"the target holds half a copy of {begun[0]}; copy from there, or take an empty database")
        if not begun:
            for table in tables():
                if db.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
                    raise WrongUse(f"the target is not empty: {table.name} has rows; take a new database")


def _copy_table(old: sa.Connection, target: Database, table: sa.Table, source_url: str, told: Told) -> None:
    key = list(table.primary_key.columns)
    of = old.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    with target.reading() as db:
        begun = db.execute(sa.select(PROGRESS).where(PROGRESS.c.table_name == table.name)).one_or_none()
    done, up_to = (begun.rows, begun.up_to) if begun else (0, None)
    later = {column.name for column in _pointing_back(table)}
    told(table.name, done, of)
    while True:
        query = sa.select(table).order_by(*_in_order(old, key)).limit(BATCH)
        if up_to is not None:
            query = query.where(_after(old, key, up_to))
        batch = [dict(row) for row in old.execute(query).mappings()]
        if not batch:
            return
        up_to = [_as_json(batch[-1][column.name]) for column in key]
        done += len(batch)
        with target.writing() as db:
            db.execute(sa.insert(table), [{**row, **dict.fromkeys(later)} for row in batch])
            db.execute(sa.delete(PROGRESS).where(PROGRESS.c.table_name == table.name))
            db.execute(sa.insert(PROGRESS).values(table_name=table.name, up_to=up_to, rows=done, of=source_url))
        told(table.name, done, of)


def _pointing_back(table: sa.Table) -> list[sa.Column[Any]]:
    """Columns that name another row of the same table, perhaps a later one: they are filled when all rows are there.

    A row of `decision` never changes, and takes back an earlier one only.
    """
    if table.name == "decision":
        return []
    return [column for column in table.columns for to in column.foreign_keys if to.column.table is table]


def _point_back(old: sa.Connection, target: Database, table: sa.Table) -> None:
    columns = _pointing_back(table)
    if not columns:
        return
    [key] = table.primary_key.columns
    query = sa.select(key, *columns).where(sa.or_(*(column.is_not(None) for column in columns))).order_by(key)
    statement = sa.update(table).where(key == sa.bindparam("of"))
    statement = statement.values({column.name: sa.bindparam(f"new_{column.name}") for column in columns})
    for batch in old.execution_options(yield_per=BATCH).execute(query).partitions(BATCH):
        names = ["of", *(f"new_{column.name}" for column in columns)]
        values = [dict(zip(names, row, strict=True)) for row in batch]
        with target.writing() as db:
            db.execute(statement, values)


def _number_on(db: sa.Connection) -> None:
    """New rows get numbers after those that were copied."""
    if db.dialect.name != "postgresql":
        return
    for table in tables():
        keys = list(table.primary_key.columns)
        if len(keys) == 1 and isinstance(keys[0].type, sa.Integer) and keys[0].autoincrement is not False:
            sequence = db.scalar(sa.select(sa.func.pg_get_serial_sequence(f'"{table.name}"', keys[0].name)))
            highest = db.scalar(sa.select(sa.func.max(keys[0])))
            if sequence and highest:
                db.execute(sa.select(sa.func.setval(sequence, highest)))


def _compared(old: sa.Connection, target: Database, table: sa.Table, told: Told) -> Copied:
    there = _digest(old, table)
    with target.reading() as db:
        here = _digest(db, table)
    told(f"{table.name} compared", here.rows, there.rows)
    if here != there:
        raise Conflict(
            f"{table.name} is not the same on both sides ({there.rows} and {here.rows} rows): was something written "
            "meanwhile? Stop the tracker, empty the target and copy again",
            what=table.name,
        )
    return here


def _digest(db: sa.Connection, table: sa.Table) -> Copied:
    digest, number = hashlib.sha256(), 0
    query = sa.select(table).order_by(*_in_order(db, list(table.primary_key.columns)))
    for row in db.execution_options(yield_per=BATCH).execute(query):
        digest.update(json.dumps([_as_json(value) for value in row], sort_keys=True, ensure_ascii=False).encode())
        number += 1
    return Copied(table.name, number, digest.hexdigest())


def _as_json(value: Any) -> Any:
    """A value the same on both databases."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case bytes() | memoryview():
            return bytes(value).hex()
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def _in_order(db: sa.Connection, key: Sequence[sa.Column[Any]]) -> Iterator[sa.ColumnElement[Any]]:
    """By the bytes of text, so that both databases agree on the order."""
    for column in key:
        text = isinstance(column.type, sa.String) and db.dialect.name == "postgresql"
        yield sa.collate(column, "C") if text else column


def _after(db: sa.Connection, key: Sequence[sa.Column[Any]], up_to: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Rows whose key comes after `up_to`."""
    values = [
        date.fromisoformat(value) if isinstance(column.type, sa.Date) else value
        for column, value in zip(key, up_to, strict=True)
    ]
    ordered = list(_in_order(db, key))
    return sa.or_(
        *(
            sa.and_(*(ordered[before] == values[before] for before in range(place)), ordered[place] > values[place])
            for place in range(len(key))
        )
    )
