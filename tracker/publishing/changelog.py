"""What has changed since the release before, for programmes: field by field, with what it was and what it is.

Of texts, places and contacts only the name is told: what was taken out of a text may have put somebody in danger, and a
log that says it again in every later release would undo the correction. The release before still holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tracker.model import Change
from tracker.publishing.writing import csv_lines, joined

# Fields whose values are codes, dates or numbers, so that they can name nobody and no place to go to.
TOLD = frozenset(
    {
        "issues", "types", "bias_grounds", "countries", "geo_level", "targets", "covid_link",
        "announced", "start", "end", "status", "amount", "currency", "evidence_grade",
    }
)  # fmt: skip


def as_object(change: Change) -> dict[str, Any]:
    """One change as changes.json has it."""
    return {
        "initiative_id": change.initiative_id,
        "what": change.what,
        "fields": list(change.fields),
        "reason": change.reason,
        "values": {
            name: {"before": _said(before), "after": _said(after)}
            for name, (before, after) in change.values.items()
            if name in TOLD
        },
        "merged_into": change.merged_into,
    }


def as_csv(changes: Iterable[Change]) -> Iterator[str]:
    header = ["initiative_id", "what", "fields", "reason", "merged_into"]
    return csv_lines(
        header, ([one.initiative_id, one.what, joined(one.fields), one.reason, one.merged_into] for one in changes)
    )


def _said(value: Any) -> Any:
    """A rough date as exactly as it is known; everything else as it is."""
    if isinstance(value, dict) and {"on", "accuracy"} <= set(value):
        return str(value["on"])[: {"day": 10, "month": 7, "year": 4}[str(value["accuracy"])]]
    return list(value) if isinstance(value, tuple) else value
