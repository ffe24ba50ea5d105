"""A database moves from SQLite to PostgreSQL, whole, also when it is interrupted; and roles keep its parts apart."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.makers import NOW, a_decision, a_person, a_source, an_initiative, entries
from tests.tracker.teaching import arrive, decide, mixed
from tracker import intake, people, publish, retention, review, vectors
from tracker.errors import Conflict, WrongUse
from tracker.learn import Learner
from tracker.model import Filters, InitiativeState, Person, Role, Verdict
from tracker.settings import Settings
from tracker.store import PublicStore, Store, copying, open_public, open_store, rows
from tracker.store.engine import Database
from tracker.store.items import QueueFilter
from tracker.store.roles import PUBLIC, SECRET, make_roles
from tracker.store.search import SearchFilter
from tracker.taxonomy import Taxonomy


@pytest.fixture
def full(sqlite_store: Store, taxonomy: Taxonomy) -> Store:
    """Something in most tables: among it an item behind a later one, a decision taken back, a public initiative."""
    store = sqlite_store
    ana = people.add(store, a_person(), "correct horse battery", "test")
    ben = people.add(store, a_person(email="ben@example.org", name="Ben", role=Role.EDITOR), "staple of horses", "test")
    store.register([a_source()])
    intake.take_in(store, a_source(), entries(9), NOW)
    first, second, third, *_ = [one.item for one in store.queue(QueueFilter(oldest_first=True), NOW)]
    review.decide(
        store, taxonomy, ana, a_decision(item_id=third.id, person_id=ana.id, verdict=Verdict.INCLUDE, key="a")
    )
    review.join(store, ana, first.id, third.id)
    made = review.decide(store, taxonomy, ana, a_decision(item_id=second.id, person_id=ana.id, key="b"))
    review.undo(store, ana, made.id, "c", NOW)
    record = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    store.move_initiative(record.id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ana)
    store.approve_initiative(record.id, 1, ben, NOW)
    assert store.item(first.id, NOW).item.copy_of == third.id > first.id
    return store


@pytest.fixture
def empty_url(postgresql: str) -> Iterator[str]:
    """The address of a database without any table."""
    engine = sa.create_engine(f"{postgresql}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as server:
        server.exec_driver_sql("CREATE DATABASE copied")
        yield f"{postgresql}/copied"
        server.exec_driver_sql("DROP DATABASE copied WITH (FORCE)")
    engine.dispose()


# ------------------------------------------------------------------------------------------------------------- copying


def test_everything_is_there_afterwards_and_work_goes_on(full: Store, empty_url: str, taxonomy: Taxonomy) -> None:
    same = copying.copy(full.url, empty_url)

    there = open_store(empty_url)
    assert {one.table for one in same} == {table.name for table in copying.tables()}
    assert {
        one.table: one.rows for one in same if one.table in ("item", "decision", "person", "public_initiative")
    } == {
        "item": 9,
        "decision": 3,
        "person": 2,
        "public_initiative": 1,
    }
    assert there.queue(QueueFilter(), NOW) == full.queue(QueueFilter(), NOW)
    text = SearchFilter(text="helpline")
    assert {(one.kind, one.id) for one in there.search(text)} == {(one.kind, one.id) for one in full.search(text)}
    assert there.records() == full.records()
    assert there.decisions() == full.decisions()
    waiting = there.queue(QueueFilter(), NOW)[-1]
    [person, *_] = there.people()
    made = review.decide(there, taxonomy, person, a_decision(item_id=waiting.item.id, person_id=person.id, key="new"))
    assert made.id == max(one.id for one in full.decisions()) + 1, "new rows are numbered after the copied ones"
    there.close()


def test_a_copy_that_broke_off_goes_on_where_it_was(
    full: Store, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BATCH", 4)

    class Killed(BaseException): ...

    def kill_in_the_items(table: str, done: int, _of: int) -> None:
        if (table, done) == ("item", 8):
            raise Killed

    with pytest.raises(Killed):
        copying.copy(full.url, empty_url, kill_in_the_items)
    told: list[tuple[str, int]] = []

    same = copying.copy(full.url, empty_url, lambda table, done, _: told.append((table, done)))

    assert ("item", 8) in told, "it began after the rows that were there"
    assert ("item", 4) not in told
    assert {one.table: one.rows for one in same}["item"] == 9


def test_what_was_written_meanwhile_is_found_out(full: Store, empty_url: str) -> None:
    def change_a_copied_row(table: str, *_: int) -> None:
        if table == "evidence":
            other = Store(empty_url)
            with other.writing() as db:
                db.execute(sa.text("UPDATE item SET title = 'another' WHERE id = 2"))
            other.close()

    with pytest.raises(Conflict, match="item is not the same on both sides"):
        copying.copy(full.url, empty_url, change_a_copied_row)


def test_a_target_with_something_in_it_is_not_touched(full: Store, postgresql_store: Store) -> None:
    postgresql_store.add_person(a_person(), "no hash", "test")

    with pytest.raises(WrongUse, match="not empty: event has rows"):
        copying.copy(full.url, postgresql_store.url)


def test_half_a_copy_of_something_else_is_not_gone_on_with(
    full: Store, empty_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    class Killed(BaseException): ...

    def kill(table: str, done: int, _: int) -> None:
        if table == "item" and done:
            raise Killed

    with pytest.raises(Killed):
        copying.copy(full.url, empty_url, kill)
    other = open_store(f"sqlite:///{tmp_path_factory.mktemp('other')}/other.db")
    other.close()

    with pytest.raises(WrongUse, match="half a copy of"):
        copying.copy(other.url, empty_url)


# --------------------------------------------------------------------------------------------------------------- roles


@pytest.fixture
def as_role(full: Store, empty_url: str) -> Iterator[dict[str, Store]]:
    """The copied store as each role opens it."""
    copying.copy(full.url, empty_url)
    names = make_roles(empty_url, "test_role", {"desk": "it's a : secret"})
    url = sa.make_url(empty_url)
    found = {name.rsplit("_", 1)[1]: Store(url.set(username=name).render_as_string()) for name in names}
    yield found
    for store in found.values():
        store.close()
    engine = sa.create_engine(empty_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as owner:
        for name in names:
            owner.exec_driver_sql(f'DROP OWNED BY "{name}"')
            owner.exec_driver_sql(f'DROP ROLE "{name}"')
    engine.dispose()


def test_the_public_role_reads_the_public_copy_and_nothing_else(as_role: dict[str, Store]) -> None:
    door = open_public(as_role["public"].url)

    assert door.count(Filters()) == 1
    assert door.one(door.page(Filters())[0].id).sources == ()
    assert door.releases() == []
    assert door.overview().total == 1
    id = door.page(Filters())[0].id
    assert list(door.several([id])) == [id]
    assert [one.id for one in door.newest(Filters())] == [one.id for one in door.each(Filters())] == [id]
    assert (door.withdrawn(id), door.merged_into(id)) == (False, None)
    assert [one.what for one in door.history(id)] == [one.what for one in door.changes()] == ["added"]
    assert (door.count_changes(), door.count_published_before(NOW), door.stamp().release) == (1, 0, 0)
    assert door.facets(Filters())["issue"] == {"domestic_violence": 1}
    assert door.crossed("issue", "country")["domestic_violence"] == {"CA": 1}
    assert door.beside(Filters(), ["CA"])["CA"].total == sum(door.months(Filters()).values()) == 1
    assert door.searched(Filters()) == frozenset()
    questions = {name for name, _ in inspect.getmembers(PublicStore, inspect.isfunction) if not name.startswith("_")}
    assert questions - set(dir(Database)) == {
        "beside", "changes", "count", "count_changes", "count_published_before", "crossed", "each", "facets", "history",
        "merged_into", "months", "newest", "one", "overview", "page", "releases", "searched", "several", "stamp",
        "withdrawn",
    }, "a new question of the public is asked here too"  # fmt: skip
    for table in {one.name for one in copying.tables()} - set(PUBLIC):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), door.engine.connect() as db:
            db.execute(sa.select(rows.METADATA.tables[table]))
    door.close()


def test_the_collector_takes_in_what_sources_say_and_sees_no_secret(as_role: dict[str, Store]) -> None:
    collector = as_role["collector"]

    intake.take_in(collector, a_source(), entries(12), NOW)

    assert collector.queue_length(QueueFilter()) == 10
    assert [person.name for person in collector.people()] == ["Ana", "Ben"]
    for refused in ("SELECT password_hash FROM person", "SELECT token_hash FROM session",
                    "UPDATE decision SET note = 'x'",
                    "INSERT INTO initiative (state) VALUES ('approved')", "UPDATE public_initiative SET words = 'x'",
                    "CREATE TABLE mine (id int)"):  # fmt: skip
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), collector.engine.connect() as db:
            db.execute(sa.text(refused))


@pytest.mark.parametrize("table", sorted(SECRET))
def test_what_people_say_to_each_other_is_not_for_the_collector(as_role: dict[str, Store], table: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), as_role["collector"].reading() as db:
        db.execute(sa.select(rows.METADATA.tables[table]))


def test_the_collector_makes_releases(as_role: dict[str, Store], settings: Settings, now: datetime) -> None:
    collector = as_role["collector"]

    folder = publish.make_release(collector, settings, now)

    assert (folder / "initiatives.csv").exists()
    assert collector.last_release(now)[0] is not None
    assert (len(collector.twice()), collector.coverage_lines(now.date(), now.date())) == (0, {})


def test_the_collector_reads_learns_and_lets_go_of_what_is_old(
    as_role: dict[str, Store], taxonomy: Taxonomy, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "available", lambda: False)  # words are enough, and quicker
    desk, collector = as_role["desk"], as_role["collector"]
    people.sign_in(desk, "ana@example.org", "correct horse battery", NOW)
    wanted = mixed(30)
    items = arrive(collector, a_source(), wanted, NOW)
    decide(desk, desk.people()[0], items[:20], wanted[:20], NOW)

    with collector.alone("learning"):
        done = Learner(collector, taxonomy).once(NOW)
    gone = retention.let_go(collector, settings, NOW + timedelta(days=90))

    assert done.model is not None
    assert done.ranked
    assert (gone.sign_ins, collector.figures(NOW).signed_in) == (1, 0)


def test_the_desk_decides_but_cannot_rewrite_what_was_decided(as_role: dict[str, Store], taxonomy: Taxonomy) -> None:
    desk = as_role["desk"]
    token = people.sign_in(desk, "ana@example.org", "correct horse battery", NOW)
    person = people.who(desk, token, NOW)
    assert isinstance(person, Person)
    waiting = desk.queue(QueueFilter(), NOW)[-1]

    review.decide(desk, taxonomy, person, a_decision(item_id=waiting.item.id, person_id=person.id, key="by the role"))

    for refused in ("UPDATE decision SET note = 'x'", "DELETE FROM event", "ALTER TABLE event DISABLE TRIGGER ALL",
                    "TRUNCATE event"):  # fmt: skip
        with pytest.raises(sa.exc.DBAPIError), desk.engine.begin() as db:
            db.execute(sa.text(refused))


def test_sqlite_has_no_roles(sqlite_url: str) -> None:
    with pytest.raises(WrongUse, match="no roles"):
        make_roles(sqlite_url, "tracker", {})


@pytest.mark.parametrize("prefix", ['x"; DROP TABLE item; --', "", "a b"])
def test_a_prefix_is_letters_digits_and_underscores(postgresql_url: str, prefix: str) -> None:
    with pytest.raises(WrongUse, match="letters, digits and _"):
        make_roles(postgresql_url, prefix, {})


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data=tmp_path_factory.mktemp("data"))
