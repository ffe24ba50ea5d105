"""What do all formats share? Addresses of things, cells that no spreadsheet runs, JSON as we write it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from tracker.settings import Settings

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"


def base_of(settings: Settings) -> str:
    """The address of the public pages, without a slash at its end."""
    return settings.site.url.rstrip("/")


def address_of(id: int, settings: Settings, language: str | None = None) -> str:
    """The lasting address of an initiative."""
    asked = f"?lang={language}" if language else ""
    return f"{base_of(settings)}/initiative/{id}{asked}"


def cell(value: object) -> str | int | float:
    """A value as a table holds it: nothing as an empty cell, numbers as they are, text that is never a formula."""
    if isinstance(value, str):  # as nearly all of them are
        # A spreadsheet runs what begins like a formula; with an apostrophe before it, it is text (OWASP ASVS 1.2.10).
        return f"'{value}" if value.startswith(_FORMULA) else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, (int, float)) else cell(str(value))


def joined(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(values))


def csv_lines(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Lines of a CSV that a spreadsheet opens as it is: with a byte order mark, and no cell that is a formula."""
    line = io.StringIO()
    writer = csv.writer(line)

    def written(cells: Iterable[object]) -> str:
        line.seek(0)
        line.truncate()
        writer.writerow(cells)
        return line.getvalue()

    yield BYTE_ORDER_MARK + written(header)
    for row in rows:
        yield written(map(cell, row))


def pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def write(path: Path, parts: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(parts)
