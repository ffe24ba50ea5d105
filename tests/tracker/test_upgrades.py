"""A database of any earlier tracker is brought up to date, and nothing that it holds is lost."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from tests.schemas import REVISIONS, Contents, contents, empty_database, fill, migrate
from tracker.store.engine import Database, newest_migration

empty_postgresql = pytest.fixture(empty_database)


def lost(before: Contents, after: Contents) -> list[str]:
    """What an older database held and a newer one does not: tables, rows, columns and values."""
    found = [f"table {name}" for name in before.keys() - after.keys()]
    for name in before.keys() & after.keys():
        rows = {key_of(row): row for row in after[name]}
        for old in before[name]:
            new = rows.get(key_of(old))
            if new is None:
                found.append(f"{name}: a row")
            else:
                found += [f"{name}.{column}" for column in old if column not in new or old[column] != new[column]]
    return sorted(set(found))


def key_of(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in list(row)[:2])


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'old.db'}"
    return str(request.getfixturevalue("empty_postgresql"))


def test_what_any_earlier_migration_held_is_there_after_the_newest_one(empty_url: str) -> None:
    """One database climbs through all of them, and gets new rows in every table at each, as its tracker could write.

    On PostgreSQL it rests at some of them only.
    """
    held: dict[str, Contents] = {}
    rests = REVISIONS if empty_url.startswith("sqlite") else [*REVISIONS[:-1:6], REVISIONS[-1]]
    for number, revision in enumerate(rests):
        migrate(empty_url, revision)
        held[revision] = fill(empty_url, first=1 + 3 * number)
        assert all(held[revision].values()), "a table without rows proves nothing"

    newest = held.pop(REVISIONS[-1])

    assert {revision: lost(before, newest) for revision, before in held.items() if lost(before, newest)} == {}


def test_the_newest_migration_can_be_taken_back_and_made_again(empty_url: str) -> None:
    migrate(empty_url, REVISIONS[-2])
    before = fill(empty_url)
    migrate(empty_url, "head")

    migrate(empty_url, REVISIONS[-2], "downgrade")
    assert contents(empty_url) == before
    migrate(empty_url, "head")

    assert lost(before, contents(empty_url)) == []


def upgraded(url: str) -> None:
    database = Database(url)
    database.upgrade()
    database.close()


def test_processes_that_start_at_once_upgrade_once(empty_url: str) -> None:
    migrate(empty_url, REVISIONS[0])
    forks = multiprocessing.get_context("fork")

    starts = [forks.Process(target=upgraded, args=(empty_url,)) for _ in range(3)]
    for start in starts:
        start.start()
    for start in starts:
        start.join(60)

    assert [start.exitcode for start in starts] == [0, 0, 0]


def test_the_migrations_are_numbered_without_a_gap() -> None:
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    assert newest_migration() == REVISIONS[-1]
