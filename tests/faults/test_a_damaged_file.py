"""The file of an SQLite database is damaged: whoever meets it names it, and a backup brings everything back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.makers import NOW, a_source, entries
from tracker import intake
from tracker.errors import BadInput, StoreUnavailable
from tracker.store import backup, open_store
from tracker.store.items import QueueFilter


@pytest.fixture
def file(sqlite_url: str, tmp_path: Path) -> Path:
    """A database of thirty items, with a backup beside it, whose pages of items were overwritten."""
    store = open_store(sqlite_url)
    store.register([a_source()])
    intake.take_in(store, a_source(), entries(30), NOW)
    store.close()
    backup.backup(sqlite_url, tmp_path / "backup.db")
    path = tmp_path / "tracker.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [first] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'item'").fetchone()
        [size] = database.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as bytes_:
        bytes_.seek((first - 1) * size)
        bytes_.write(b"\xa5" * size)
    return path


def test_reading_a_damaged_file_names_it_and_the_way_back(file: Path) -> None:
    store = open_store(f"sqlite:///{file}")

    with pytest.raises(StoreUnavailable, match=rf"^{file}: .*damaged.*tracker db restore FILE --yes"):
        store.queue(QueueFilter(), NOW)

    store.close()


def test_writing_into_a_damaged_file_names_it_and_leaves_nothing_half(file: Path) -> None:
    store = open_store(f"sqlite:///{file}")

    with pytest.raises(StoreUnavailable, match=rf"^{file}: .*damaged"):
        intake.take_in(store, a_source(), entries(31)[30:], NOW)

    assert store.events("item") == []
    store.close()


def test_what_is_damaged_is_not_kept_as_a_backup(file: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=rf"^{file}: is damaged"):
        backup.backup(f"sqlite:///{file}", tmp_path / "tonight.db")

    assert [path.name for path in tmp_path.glob("tonight*")] == []


def test_the_newest_backup_brings_everything_back_and_the_damaged_file_is_kept(file: Path, tmp_path: Path) -> None:
    kept = backup.restore(f"sqlite:///{file}", tmp_path / "backup.db", replace=True)

    store = open_store(f"sqlite:///{file}")
    assert len(store.queue(QueueFilter(), NOW)) == 30
    assert Path(kept).exists()
    store.close()
