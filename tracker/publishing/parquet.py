"""initiatives.parquet: the records for statistics, with lists as lists, times as times, and nothing joined."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tracker.model import Published
from tracker.publishing.tables import Column, Holds, Table

ROWS_IN_A_GROUP = 10_000
_TIME = pa.timestamp("us", tz="UTC")
_KINDS = {Holds.NUMBER: pa.int64(), Holds.AMOUNT: pa.float64(), Holds.YES_OR_NO: pa.bool_(), Holds.TIME: _TIME}


def write_parquet(path: Path, wide: Table, nested: Iterable[Table], records: Iterable[Published]) -> None:
    """One row a record: the columns of the wide table, then each nested table as a list of what it has of the record.

    The same records give the same bytes.
    """
    inner = list(nested)
    fields = [pa.field(column.name, _kind(column), nullable=not column.required) for column in wide.columns]
    fields += [pa.field(f"{table.name}_rows", pa.list_(_struct(table))) for table in inner]
    about = {"columns": "; ".join(f"{column.name}: {column.about}" for column in wide.columns)}
    schema = pa.schema(fields, metadata=about)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        left = iter(records)
        while some := list(islice(left, ROWS_IN_A_GROUP)):
            writer.write_batch(pa.RecordBatch.from_pylist([_row(record, wide, inner) for record in some], schema))


def _row(record: Published, wide: Table, inner: Iterable[Table]) -> dict[str, Any]:
    [cells] = wide.rows(record)
    row = {column.name: _plain(cell) for column, cell in zip(wide.columns, cells, strict=True)}
    for table in inner:
        names = [column.name for column in table.columns[1:]]
        row[f"{table.name}_rows"] = [
            dict(zip(names, map(_plain, line[1:]), strict=True)) for line in table.rows(record)
        ]
    return row


def _plain(cell: Any) -> Any:
    """Nothing known is null, not an empty text."""
    if isinstance(cell, tuple):
        return list(cell)
    return None if cell == "" else cell


def _kind(column: Column) -> pa.DataType:
    one = _KINDS.get(column.holds, pa.string())
    return pa.list_(one) if column.many else one


def _struct(table: Table) -> pa.DataType:
    """Without its first column, the number of the initiative."""
    return pa.struct([pa.field(column.name, _kind(column)) for column in table.columns[1:]])
