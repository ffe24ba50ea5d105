"""A process that is killed in the middle of a migration or of a release leaves nothing that the next one trips over."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.makers import NOW, a_person, an_initiative
from tests.schemas import contents, empty_database, fill, migrate
from tracker import publish
from tracker.model import InitiativeState, Release
from tracker.settings import Settings
from tracker.store import PublicStore, Store, open_store
from tracker.store.engine import Database, newest_migration
from tracker.taxonomy import Taxonomy

_forks = multiprocessing.get_context("fork")


def killed(act: Callable[[], object]) -> None:
    """Runs this in a process that ends itself in the middle of it."""
    process = _forks.Process(target=act)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# -------------------------------------------------------------------------------------------------------- a migration


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of the second release of the tables, with a source in it."""
    url = str(request.getfixturevalue("empty_postgresql")) if request.param == "postgresql" else ""
    url = url or f"sqlite:///{tmp_path / 'old.db'}"
    migrate(url, "0002")
    fill(url, rows=1)
    return url


empty_postgresql = pytest.fixture(empty_database)


@pytest.mark.parametrize("after", [2, 19])
def test_an_upgrade_that_is_killed_has_done_nothing_and_the_next_start_does_it(old: str, after: int) -> None:
    def dies_after_some_migrations() -> None:
        database, done = Database(old), list[str]()

        @sa.event.listens_for(database.engine, "after_cursor_execute")
        def _(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("UPDATE alembic_version"):
                done.append(statement)
            if len(done) == after:
                die()

        database.upgrade()

    killed(dies_after_some_migrations)

    database = Database(old)
    assert database.version() == "0002"
    database.upgrade()
    assert database.version() == newest_migration()
    database.close()
    assert [row["name"] for row in contents(old)["source"]] == ["name 1"]


# ---------------------------------------------------------------------------------------------------------- a release


@pytest.fixture
def public(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with one public initiative, whose releases are data files alone."""
    monkeypatch.setattr(publish, "entry_points", lambda **_: [])
    ana, ben = (sqlite_store.add_person(a_person(email=f"{name}@example.org"), "no hash", "test") for name in "ab")
    record = sqlite_store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    sqlite_store.move_initiative(record.id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ana)
    sqlite_store.approve_initiative(record.id, 1, ben, NOW)
    return sqlite_store


def dies_among_the_pages(_release: Release, folder: Path, _settings: Settings, _taxonomy: Taxonomy) -> None:
    (folder / "index.html").write_text("half of", encoding="utf-8")
    die()


def test_a_release_that_is_killed_is_never_seen_and_the_next_one_takes_its_number(
    public: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish.make_release(public, settings, NOW)
    dies = EntryPoint("pages", f"{__name__}:dies_among_the_pages", "tracker.release_writers")
    public.close()  # no connection is shared with the process that dies

    with monkeypatch.context() as dying:
        dying.setattr(publish, "entry_points", lambda **_: [dies])
        killed(lambda: publish.make_release(open_store(public.url), settings, NOW))

    assert _listed(public) == [1]
    assert (first.parent / "current").resolve() == first.resolve()
    assert not (first.parent / "2").exists()
    assert publish.make_release(public, settings, NOW).name == "2"
    assert sorted(path.name for path in first.parent.iterdir()) == [".lock", "1", "2", "current"]


def test_a_release_that_is_killed_just_before_readers_are_led_to_it_is_current_after_the_next_look(
    public: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish.make_release(public, settings, NOW)
    public.close()
    with monkeypatch.context() as dying:
        dying.setattr(publish, "_point", die)
        killed(lambda: publish.make_release(open_store(public.url), settings, NOW))
    assert _listed(public) == [2, 1]

    publish.lead_to_newest(public, settings)

    assert (first.parent / "current").resolve() == (first.parent / "2").resolve()


def _listed(store: Store) -> list[int]:
    door = PublicStore(store.url, read_only=True)
    try:
        return [line.number for line in door.releases()]
    finally:
        door.close()
