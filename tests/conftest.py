"""What all tests share: the real store on both databases, a fixed time, and makers of good values."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.makers import NOW, a_person, a_source
from tests.postgresql import Server, installed
from tracker import review
from tracker import taxonomy as taxonomy_of
from tracker.model import Person, Role, Source
from tracker.store import Store, open_store
from tracker.taxonomy import Taxonomy

CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def best_items_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk opens the best item, and never one by chance, where a test does not say what chance gives."""
    monkeypatch.setattr(review.lease, "__defaults__", (lambda: 0.99,))


@pytest.fixture(autouse=True)
def main_module_stays() -> Iterator[None]:
    """Streamlit's AppTest leaves its script as `__main__`, which a process that is started later would run again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return taxonomy_of.load()


@pytest.fixture(scope="session")
def corpus() -> Path:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real feeds and pages is not beside this checkout (../shared/corpus)")
    return CORPUS


# ---------------------------------------------------------------------------------------------------------- stores


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty migrated database, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "tracker.db"
    open_store(f"sqlite:///{path}").close()
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    shutil.copy(migrated_sqlite, tmp_path / "tracker.db")
    return f"sqlite:///{tmp_path / 'tracker.db'}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a server of our own, with a migrated template database."""
    if installed() is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL's server binaries are missing; install the package 'postgresql'")
        pytest.skip("PostgreSQL's server binaries are not on this machine (package 'postgresql')")
    folder = Path(tempfile.mkdtemp(prefix="tracker-pg-"))
    running = Server(folder, settings="-c fsync=off -c full_page_writes=off")
    server = running.url("").rstrip("/")
    try:
        _sql(server, "CREATE DATABASE template_tracker")
        open_store(f"{server}/template_tracker").close()
        yield server
    finally:
        running.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _sql(server: str, statement: str) -> None:
    engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


_numbers = iter(range(1_000_000))


@pytest.fixture
def postgresql_url(postgresql: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    _sql(postgresql, f"CREATE DATABASE {name} TEMPLATE template_tracker")
    yield f"{postgresql}/{name}"
    _sql(postgresql, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty migrated database: each test that asks for it runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """The real store, once on each database."""
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def postgresql_store(postgresql_url: str) -> Iterator[Store]:
    """The real store on PostgreSQL alone, for what SQLite cannot do."""
    opened = open_store(postgresql_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """The real store on SQLite alone, where the database makes no difference."""
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def source(store: Store) -> Source:
    made = a_source()
    store.register([made])
    return made


@pytest.fixture
def ana(store: Store) -> Person:
    return store.add_person(a_person(email="ana@example.org", name="Ana"), "no hash", "test")


@pytest.fixture
def ben(store: Store) -> Person:
    return store.add_person(a_person(email="ben@example.org", name="Ben", role=Role.EDITOR), "no hash", "test")
