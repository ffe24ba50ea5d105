"""The promises of the store that no other room can keep: migrations, leases, the audit, a full disk."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from tests.makers import HOUR, a_source
from tracker.conduct import Conduct
from tracker.errors import BadInput, NotFound, StoreUnavailable
from tracker.model import Fetch, Item, Outcome, Schedule
from tracker.store import Store, backup, open_public, open_store
from tracker.store.engine import Database, newest_migration
from tracker.store.rows import ItemRow

LEASE = timedelta(minutes=10)


def execute(database: Database, statement: str) -> None:
    with database.writing() as connection:
        connection.execute(sa.text(statement))


def fill(store: Store) -> None:
    for number in range(50):
        store.note("ana@example.org", "filling", "nothing", number, "x" * 20_000)


# ------------------------------------------------------------------------------------------------------- migrations


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index:UserWarning")
def test_the_migrations_make_exactly_the_tables_that_the_code_uses(store: Store) -> None:
    with store.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)

    # `search_text` is SQLite's FTS5 table, which knows no columns as others do; the index has a test of its own, below.
    ours = ("ix_item_queue", "search_text")
    assert [difference for difference in differences if not any(name in str(difference) for name in ours)] == []


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index:sqlalchemy.exc.SAWarning")
def test_every_index_that_the_code_names_is_there(store: Store) -> None:
    named = {index.name for table in SQLModel.metadata.sorted_tables for index in table.indexes}
    with store.reading() as db:
        catalogue = (
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
            if db.dialect.name == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'index'"
        )
        there = set(db.scalars(sa.text(catalogue)))

    assert named - there == set()


def test_an_item_has_a_column_for_each_of_its_fields() -> None:
    columns = set(SQLModel.metadata.tables["item"].columns.keys())

    assert set(Item.model_fields) <= columns
    assert columns - set(Item.model_fields) == {"language", "score", "read_by", "meant_by", "lot", "second_lot"}
    assert ItemRow.__tablename__ == "item"


def test_a_database_of_a_newer_tracker_is_not_touched(sqlite_url: str) -> None:
    engine = sa.create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()

    with pytest.raises(StoreUnavailable, match="a newer one has written it"):
        open_store(sqlite_url)


def test_an_opened_store_is_at_the_newest_migration(store: Store) -> None:
    assert store.version() == newest_migration()
    assert store.upgrade() is False


# --------------------------------------------------------------------------------------------------------- sources


def test_a_source_that_is_no_longer_configured_is_kept_but_not_asked(store: Store, now: datetime) -> None:
    store.register([a_source(), a_source(id="other")])

    store.register([a_source()])

    assert [one.source.id for one in store.watched()] == ["ministry-en"]
    assert [one.source.id for one in store.claim_due(now, "round", LEASE, 10, all=True)] == ["ministry-en"]


def test_a_thousand_sources_are_registered_with_as_many_statements_as_two(sqlite_store: Store) -> None:
    def statements(number: int) -> int:
        said: list[str] = []
        sa.event.listen(sqlite_store.engine, "after_cursor_execute", lambda *of: said.append(of[2]))
        sqlite_store.register([a_source(id=f"feed-{n}", name=str(number)) for n in range(number)])
        return len(said)

    assert statements(2) == statements(1000)


def test_a_source_that_moved_forgets_what_its_old_address_said(store: Store, now: datetime) -> None:
    store.register([a_source()])
    fetch = Fetch(source_id="ministry-en", at=now, outcome=Outcome.OK)
    store.add_fetches([(fetch, Schedule(next_at=now + HOUR, etag="old", body_hash="old"), Conduct())])

    store.register([a_source(url="https://families.example.org/moved.xml")])

    [watched] = store.watched()
    assert (watched.schedule.etag, watched.schedule.body_hash, watched.schedule.next_at) == (None, None, None)
    assert store.fetches("ministry-en") == [fetch]


def test_what_the_configuration_says_about_samples_leaves_the_others_alone(store: Store) -> None:
    store.register([a_source()])

    store.register([a_source(id="sample-1")], sample=True)
    store.register([a_source()])

    assert [(one.source.id, one.sample) for one in store.watched()] == [("ministry-en", False), ("sample-1", True)]


def test_an_unknown_source_is_named(store: Store) -> None:
    with pytest.raises(NotFound, match="'nowhere'"):
        store.watched(["nowhere"])


def test_a_source_is_due_when_its_time_has_come_and_nobody_else_asks_it(store: Store, now: datetime) -> None:
    store.register([a_source(), a_source(id="later"), a_source(id="off", enabled=False)])
    store.add_fetches([(Fetch(source_id="later", at=now, outcome=Outcome.OK), Schedule(next_at=now + HOUR), Conduct())])

    first = store.claim_due(now, "round-1", LEASE, 10)
    second = store.claim_due(now, "round-2", LEASE, 10)
    after = store.claim_due(now + HOUR, "round-3", LEASE, 10)

    assert [one.source.id for one in first] == ["ministry-en"]
    assert second == []
    assert [one.source.id for one in after] == ["ministry-en", "later"]


def test_a_named_source_is_asked_at_once_also_when_it_is_switched_off(store: Store, now: datetime) -> None:
    store.register([a_source(enabled=False)])
    store.add_fetches(
        [(Fetch(source_id="ministry-en", at=now, outcome=Outcome.OK), Schedule(next_at=now + HOUR), Conduct())]
    )

    assert len(store.claim_due(now, "round", LEASE, 10, ids=["ministry-en"])) == 1


def test_many_rounds_at_once_never_take_the_same_source(store: Store, now: datetime) -> None:
    store.register([a_source(id=f"source-{number}") for number in range(60)])
    taken: list[str] = []
    lock = threading.Lock()

    def claim(owner: str) -> None:
        other = Store(store.url)
        while found := other.claim_due(now, owner, LEASE, 4):
            with lock:
                taken.extend(one.source.id for one in found)
        other.close()

    threads = [threading.Thread(target=claim, args=(f"round-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == sorted(f"source-{number}" for number in range(60))


def test_a_round_that_gives_back_its_leases_leaves_the_sources_due(store: Store, now: datetime) -> None:
    store.register([a_source()])
    store.claim_due(now, "round-1", LEASE, 10)

    store.release_leases("round-1")

    assert len(store.claim_due(now, "round-2", LEASE, 10)) == 1


# ------------------------------------------------------------------------------------------------ audit and safety


@pytest.mark.parametrize("act", ["UPDATE event SET who = 'x'", "DELETE FROM event"])
def test_the_audit_can_only_grow(store: Store, act: str) -> None:
    store.note("ana@example.org", "tested", "nothing", 1, {"a": 1}, {"a": 2})

    with pytest.raises((sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.InternalError), match="append-only"):
        execute(store, act)

    [event] = store.events("nothing")
    assert (event.who, event.before, event.after) == ("ana@example.org", {"a": 1}, {"a": 2})


def test_an_error_half_way_leaves_nothing_of_a_transaction(store: Store) -> None:
    def half_way() -> None:
        with store.writing():
            store.note("ana@example.org", "tested", "nothing", 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_way()

    assert store.events("nothing") == []


def test_foreign_keys_hold(store: Store, now: datetime) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        store.add_fetches([(Fetch(source_id="nowhere", at=now, outcome=Outcome.OK), Schedule(), Conduct())])


def test_the_public_door_cannot_write(database_url: str) -> None:
    door = open_public(database_url)

    with pytest.raises((StoreUnavailable, sa.exc.DBAPIError)):
        execute(door, "DELETE FROM public_initiative")
    door.close()


def test_a_full_disk_is_a_sentence_and_loses_nothing(sqlite_url: str, now: datetime) -> None:
    store = open_store(sqlite_url)
    store.note("ana@example.org", "before", "nothing", 1)

    @sa.event.listens_for(store.engine, "connect")
    def _small(connection: object, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 100")  # type: ignore[attr-defined]

    store.engine.dispose()
    with pytest.raises(StoreUnavailable, match="disk is full"):
        fill(store)
    store.close()

    again = open_store(sqlite_url)
    assert again.events("nothing")[-1].what == "before"
    again.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreUnavailable, match=r"file.*cannot be made.*TRACKER_DATA"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'tracker.db'}")


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "tracker.db").write_bytes(b"not a database at all, but long enough to be looked at" * 30)

    with pytest.raises(StoreUnavailable, match="no SQLite database"):
        open_store(f"sqlite:///{tmp_path / 'tracker.db'}")


# ---------------------------------------------------------------------------------------------------------- backups


def test_a_backup_made_while_the_store_is_open_restores_what_was_there(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url)
    store.note("ana@example.org", "kept", "nothing", 1)
    backup.backup(sqlite_url, tmp_path / "copy.db")
    store.note("ana@example.org", "lost", "nothing", 2)
    store.close()

    kept = backup.restore(sqlite_url, tmp_path / "copy.db", replace=True)

    restored = open_store(sqlite_url)
    assert [event.what for event in restored.events("nothing")] == ["kept"]
    assert Path(kept).exists()
    restored.close()


def test_a_file_that_is_no_backup_is_not_restored(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"SQLite format 3\x00" + b"nonsense" * 100)

    with pytest.raises(BadInput, match="no database of the tracker"):
        backup.restore(sqlite_url, tmp_path / "copy.db", replace=True)
