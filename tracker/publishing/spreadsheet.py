"""initiatives.xlsx: the records for people with a spreadsheet. Text is written as text: nothing in it is ever run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from tracker.model import Published
from tracker.publishing.tables import Column, Holds, Row, Table, in_one_cell

LONGEST_CELL = 32_767  # Excel's own limit
_WIDTHS = {Holds.NUMBER: 8, Holds.TIME: 17, Holds.ROUGH_DATE: 11, Holds.YES_OR_NO: 8, Holds.COUNTRY: 10, Holds.CODE: 20}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_spreadsheet(
    path: Path,
    read_me: str,
    tables: Sequence[Table],
    records: Sequence[Published],
    listed: Iterable[tuple[Table, Iterable[Row]]],
    at: datetime,
) -> None:
    """A sheet to read first, one a table of records, then those whose rows are given. The same give the same bytes."""
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties({"created": at.astimezone(UTC).replace(tzinfo=None)})
        sheet = book.add_worksheet("Read me")
        sheet.set_column(0, 0, 120)
        for number, line in enumerate(read_me.splitlines()):
            sheet.write_string(number, 0, line)
        head = book.add_format({"bold": True, "bottom": 1})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for table in tables:
            _write_sheet(book, table, table.all_rows(records), head, time)
        for table, rows in listed:
            _write_sheet(book, table, rows, head, time)


def _write_sheet(book: Workbook, table: Table, rows: Iterable[Row], head: Format, time: Format) -> None:
    sheet = book.add_worksheet(table.name)
    sheet.freeze_panes(1, 1)
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, _width(column))
        sheet.write_string(0, place, column.name, head)
    last = 0
    for last, row in enumerate(rows, 1):  # how many there were
        for place, value in enumerate(row):
            _write_cell(sheet, last, place, value, time)
    sheet.autofilter(0, 0, last, len(table.columns) - 1)


def _write_cell(sheet: Any, row: int, place: int, value: object, time: Format) -> None:
    value = in_one_cell(value)
    if value is None or value == "":
        return
    if isinstance(value, (bool, int, float)):
        sheet.write_number(row, place, value)
    elif isinstance(value, datetime):
        # A spreadsheet knows no time zones: all are UTC, as the first sheet says.
        sheet.write_datetime(row, place, value.astimezone(UTC).replace(tzinfo=None), time)
    else:
        text = str(value)
        sheet.write_string(row, place, text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…")


def _width(column: Column) -> int:
    if column.name.startswith(("title", "summary", "in_scope", "out_of_scope")):
        return 50
    return _WIDTHS.get(column.holds, 24)
