"""Which pages of the release before can stand as they are? Those that were made from the same things.

Each page has a key: a digest of what it is made from. Where the release before has a page of the same name and key,
the new one is a further name of the same file. A release never changes, so the two may share it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import babel

from tracker.model import Value
from tracker.settings import Settings
from tracker.taxonomy import Taxonomy

MANIFEST = "pages.json"
_HERE = Path(__file__).parent
_MAKERS = ("*.py", "site/*.py", "site/*.yaml", "templates/pages/*", "templates/parts/*", "templates/leave.html",
           "locale/*.po", "world.json")  # fmt: skip


def digest(*parts: str | bytes) -> str:
    """A short name for exactly these texts."""
    made = hashlib.blake2b(digest_size=9)
    for part in parts:
        made.update(part if isinstance(part, bytes) else part.encode())
        made.update(b"\0")
    return made.hexdigest()


@cache
def _program() -> str:
    """What makes pages: another program may make another page from the same record."""
    files = sorted(path for pattern in _MAKERS for path in _HERE.parent.glob(pattern))
    return digest(babel.__version__, *(path.read_bytes() for path in files))


def fingerprint(settings: Settings, taxonomy: Taxonomy) -> str:
    """What every page is made from."""
    said = json.dumps([settings.site.model_dump(mode="json"), settings.languages, settings.contact])
    return digest(_program(), said, taxonomy.model_dump_json())


def of_value(value: Value, *more: Any) -> str:
    """The key of a page that shows this value alone, with whatever else decides how."""
    return digest(value.model_dump_json(), *map(str, more))


class Shelf:
    """The folder of a release while pages are put into it."""

    def __init__(self, folder: Path, before: Path | None, made_from: str) -> None:
        self.folder = folder
        self.made_from = made_from
        self.keys: dict[str, str] = {}
        self.reused = 0
        self._before = ""
        self._keys_before: dict[str, str] = {}
        if before is not None:
            self._look(before)

    def _look(self, before: Path) -> None:
        try:
            told = json.loads((before / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return  # of a program that left none
        if told.get("made_from") == self.made_from:
            self._before, self._keys_before = str(before), told["keys"]

    def put(self, path: str, key: str, make: Callable[[], str]) -> None:
        """The page at `path`: the one of the release before when its key is the same, else what `make` gives."""
        self.keys[path] = key
        place = f"{self.folder}/{path}"
        if self._keys_before.get(path) == key and self._share(f"{self._before}/{path}", place):
            self.reused += 1
            return
        # 30,000 times: a file object takes longer to make than a page to write.
        file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            _written(file, make().encode())
        finally:
            os.close(file)

    def write(self, path: str, text: str) -> None:
        """A page that is made anew each time."""
        self.put(path, digest(text), lambda: text)

    def _share(self, old: str, new: str) -> bool:
        try:
            os.link(old, new)
        except FileNotFoundError:
            return False
        except OSError:  # another disk, or one that knows no second names
            shutil.copyfile(old, new)
        return True

    def close(self) -> None:
        """Notes the keys for the release after this one."""
        told = {"made_from": self.made_from, "keys": self.keys}
        (self.folder / MANIFEST).write_text(json.dumps(told, separators=(",", ":")) + "\n", encoding="utf-8")


def _written(file: int, page: bytes) -> None:
    while page:
        page = page[os.write(file, page) :]
