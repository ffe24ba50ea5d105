"""What does a file of JSON lines hold, and which line is wrong?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from tracker.errors import BadInput


def read(file: Path, *, texts: Sequence[str] = ()) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with their line numbers; `-` is the standard input, empty lines are passed over.

    Every object has an `id`; what it has under the names of `texts` is text or null. Raises BadInput with the line that
    is not so.
    """
    try:
        with nullcontext(sys.stdin) if str(file) == "-" else file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, _object(line, f"{file}, line {number}", texts)
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"{file}: cannot be read: {problem}") from problem


def _object(line: str, where: str, texts: Sequence[str]) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise BadInput(f"{where}: no JSON: {problem}") from None
    if not isinstance(found, dict) or "id" not in found:
        raise BadInput(f'{where}: should be an object with an id, such as {{"id": 1, "title": "…", "text": "…"}}')
    for name in texts:
        if not isinstance(found.get(name), str | None):
            raise BadInput(f"{where}: {name} should be text")
    return found
