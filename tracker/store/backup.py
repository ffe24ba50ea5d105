"""Copies of an SQLite database: made while it is in use, checked, and put back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from tracker.errors import BadInput, WrongUse
from tracker.store.engine import newest_migration, sqlite_path


def backup(url: str, target: Path) -> int:
    """How many pages the copy has. It is written beside `target` and renamed when it is whole and sound."""
    source = _file(url)
    if target.exists():
        raise WrongUse(f"{target} is there already; backups are not overwritten")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".part")
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(unfinished)) as new:
            old.backup(new, pages=2000)
            new.execute("PRAGMA journal_mode=DELETE")  # one file, no companions
            pages: int = new.execute("PRAGMA page_count").fetchone()[0]
        _sound(unfinished, of=source)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    unfinished.replace(target)
    return pages


def restore(url: str, copy: Path, *, replace: bool) -> str:
    """The name under which the old database was kept, or `none`."""
    place = _file(url)
    if not copy.exists():
        raise WrongUse(f"{copy}: there is no such file")
    _sound(copy)
    if place.exists() and not replace:
        raise WrongUse(f"{place} is there already; --yes replaces it (it is kept under another name)")
    kept = "none"
    if place.exists():
        kept = f"{place}.{datetime.now(UTC):%Y%m%dT%H%M%S}"
        for ending in ("", "-wal", "-shm"):
            if Path(f"{place}{ending}").exists():
                Path(f"{place}{ending}").replace(f"{kept}{ending}")
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(place.name + ".part")
    with closing(sqlite3.connect(copy)) as old, closing(sqlite3.connect(unfinished)) as new:
        old.backup(new)
    unfinished.replace(place)
    return kept


def _file(url: str) -> Path:
    path = sqlite_path(url)
    if path is None:
        raise WrongUse("this works on SQLite; PostgreSQL has pg_dump and pg_restore")
    return path


def _sound(path: Path, of: Path | None = None) -> None:
    """Raises BadInput when the file, a copy `of` another one, is no whole database of a tracker that we know."""
    named = of or path
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            version = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except sqlite3.DatabaseError as problem:
        what = "is damaged" if "malformed" in str(problem) else "is no database of the tracker"
        raise BadInput(f"{named}: {what} ({problem})") from problem
    if verdict != "ok":
        raise BadInput(f"{named}: is damaged: {verdict}")
    if version > newest_migration():
        raise BadInput(f"{named}: was written by a newer tracker (migration {version})")
