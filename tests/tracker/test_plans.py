"""What the desk asks again and again is read in the order of an index: it takes as long however much waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.makers import NOW, a_person, a_source, entries
from tracker import intake
from tracker.model import Drawn
from tracker.store import Store
from tracker.store.engine import Database
from tracker.store.items import QueueFilter
from tracker.store.public import PublicStore


@pytest.fixture
def filled(sqlite_store: Store) -> Store:
    """A store in which twenty items wait, and that knows an analyst."""
    sqlite_store.add_person(a_person(), "no hash", "test")
    sqlite_store.register([a_source()])
    intake.take_in(sqlite_store, a_source(), entries(20), NOW)
    return sqlite_store


def plans(store: Database, act: Callable[[], object]) -> list[str]:
    """How SQLite goes about all that the act asks."""
    asked: list[tuple[str, object]] = []

    def heard(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    sa.event.listen(store.engine, "after_cursor_execute", heard)
    act()
    sa.event.remove(store.engine, "after_cursor_execute", heard)
    with store.engine.connect() as connection:
        return [
            str(row[3])
            for statement, values in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
        ]


def leased(store: Store, drawn_by: Drawn) -> Callable[[], object]:
    until = NOW + timedelta(minutes=5)
    return lambda: store.lease(QueueFilter(), 1, NOW, until, 5, drawn_by=drawn_by)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("a page of the queue", "ix_item_queue"),
        ("what a desk takes", "ix_item_queue"),
        ("what a desk takes by chance", "ix_item_lot"),
        ("how many wait in each language", "ix_item_language"),
    ],
)
def test_the_queue_is_read_by_its_index_and_never_sorted(filled: Store, name: str, index: str) -> None:
    acts: dict[str, Callable[[], object]] = {
        "a page of the queue": lambda: filled.queue(QueueFilter(), NOW, limit=5),
        "what a desk takes": leased(filled, Drawn.QUEUE),
        "what a desk takes by chance": leased(filled, Drawn.AUDIT),
        "how many wait in each language": lambda: filled.queue_by("language"),
    }

    plan = plans(filled, acts[name])

    assert any(f"{index} (state=?)" in step for step in plan)
    assert [step for step in plan if "TEMP B-TREE FOR ORDER BY" in step or step == "SCAN item"] == []


def test_numbers_by_issue_and_country_do_not_read_items_one_by_one(filled: Store) -> None:
    plan = plans(filled, lambda: [filled.queue_by("issue"), filled.queue_by("country")])

    assert [step for step in plan if "item USING INTEGER PRIMARY KEY" in step] == []


def test_numbers_of_all_that_is_public_read_the_codes_alone_and_once(filled: Store) -> None:
    public = PublicStore(filled.url)

    plan = plans(public, public.overview)

    assert [step for step in plan if "public_facet" in step] == [
        "SCAN public_facet USING COVERING INDEX ix_public_facet_code"
    ]
    public.close()
