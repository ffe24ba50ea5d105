"""contacts.json: whom a release names for help, with the day of the check; who has checked is nobody's business."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from tracker.model import CheckedContact, Release

FILE = "contacts.json"


def as_object(release: Release) -> dict[str, Any]:
    """The content of the file."""
    told = {"number", "contact", "checked_at"}
    return {
        "release": release.number,
        "contacts": [one.model_dump(mode="json", include=told) for one in release.contacts],
    }


@lru_cache(maxsize=4)
def contacts_of(folder: Path) -> tuple[CheckedContact, ...]:
    """The contacts of the release in this folder, which never changes; none of a release that has no such file."""
    try:
        told = json.loads((folder / FILE).read_bytes())
    except FileNotFoundError:
        return ()
    return tuple(map(CheckedContact.model_validate, told["contacts"]))
