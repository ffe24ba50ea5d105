"""How does a record become JSON? One object each, and one object for many."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from tracker.model import Published
from tracker.publishing.writing import address_of
from tracker.settings import Settings


def as_object(record: Published, settings: Settings) -> dict[str, Any]:
    """One record as JSON has it: number, address and dates beside the fields of the initiative."""
    content = record.initiative.model_dump(mode="json")
    for name in ("announced", "start", "end"):
        content[name] = str(value) if (value := getattr(record.initiative, name)) else None
    content["subdivision"] = next(iter(record.initiative.subdivisions), "")  # of a time when there was one at most
    for change, plain in zip(record.initiative.status_history, content["status_history"], strict=True):
        plain["on"] = str(change.on) if change.on else None
    about = record.model_dump(mode="json", exclude={"initiative", "sources"})
    return {
        "id": record.id,
        "url": address_of(record.id, settings),
        **content,
        "sources": [source.model_dump(mode="json") for source in record.sources],
        **about,
    }


def as_json(records: Iterable[Published], settings: Settings, about: dict[str, Any]) -> Iterator[str]:
    """Parts of one JSON object: what is said of the whole, then `initiatives`, one on each line."""
    yield json.dumps(about, ensure_ascii=False)[:-1]
    yield ("," if about else "") + '\n"initiatives": ['
    mark = "\n"
    for record in records:
        yield mark + json.dumps(as_object(record, settings), ensure_ascii=False)
        mark = ",\n"
    yield "\n]}\n"
