"""How quick is the search, and what does it cost? `python -m benchmarks.search [NUMBER OF ITEMS, 100000] [DATABASE]`.

Made-up items of some 1,800 characters, whose words are as rare and as frequent as those of real texts. Beside it, in
the same run on the same items: the search by LIKE in title, summary and text, which knows neither accents nor phrases,
and taking in without an index. The database is an SQLite file, or the address of an empty PostgreSQL database.
"""

from __future__ import annotations

import hashlib
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from tracker.model import Item, Kind, Source
from tracker.store import Store, open_store, search
from tracker.store.items import QueueFilter
from tracker.store.rows import ItemRow
from tracker.store.search import SearchFilter

NOW = datetime(2020, 5, 4, 12, tzinfo=UTC)
BATCH = 20  # entries of one fetch
_ITEM = ItemRow.__table__  # type: ignore[attr-defined]

SYLLABLES = [
    "ba",
    "cé",
    "di",
    "fo",
    "gu",
    "la",
    "mé",
    "ni",
    "po",
    "ru",
    "sa",
    "té",
    "vi",
    "zo",
    "dra",
    "plé",
    "sti",
    "cru",
]
ASKED = [  # from words of every tenth text to words of one in thousands
    "violence", "hébergement", "violence hébergement", '"violence conjugale"', "violence OR hébergement -police",
    "heberg", "telephone refuge", "pharmacie", '"code word"', "zoplévi",
]  # fmt: skip
FREQUENT = {"violence": 0.4, "hébergement": 0.1, "police": 0.2, "refuge": 0.03, "téléphone": 0.05, "pharmacie": 0.01}


def made_up(number: int) -> Iterator[Item]:
    """So many items, the same ones each time."""
    chance = random.Random(5)
    rare = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(40_000)]
    weights = [1 / (place + 10) for place in range(len(rare))]
    for n in range(number):
        told = chance.choices(rare, weights, k=230)
        for word, share in FREQUENT.items():
            if chance.random() < share:
                told.insert(chance.randrange(200), word)
        if chance.random() < 0.05:
            told[50:50] = ["violence", "conjugale"]
        if chance.random() < 0.002:
            told[20:20] = ["code", "word"]
        text = " ".join(told)
        url = f"https://s{n % 60}.example.org/{n}"
        yield Item(
            source_id=f"source-{n % 60}",
            url=url,
            canonical_url=url,
            title=" ".join(told[:9]).capitalize(),
            text=text,
            arrived_at=NOW + timedelta(seconds=n),
            content_hash=hashlib.sha256(text.encode()).hexdigest(),
        )


@contextmanager
def without_index() -> Iterator[None]:
    """Items are taken in as they would be without a search."""
    writes = search.write_words
    search.write_words = lambda *_: None
    try:
        yield
    finally:
        search.write_words = writes


def take_in(store: Store, items: list[Item]) -> float:
    """The seconds that it takes, in transactions of a fetch."""
    store.register(
        [
            Source(id=f"source-{n}", name=f"Source {n}", kind=Kind.FEED, url=f"https://s{n}.example.org/f")
            for n in range(60)
        ]
    )
    began = time.perf_counter()
    for start in range(0, len(items), BATCH):
        store.add_items(items[start : start + BATCH])
    return time.perf_counter() - began


def by_like(store: Store, text: str) -> None:
    """The search that was before: newest first among all that has these letters somewhere."""
    query = sa.select(_ITEM.c.id)
    for word in text.replace('"', "").split():
        query = query.where(
            sa.or_(*(_ITEM.c[name].icontains(word, autoescape=True) for name in ("title", "summary", "text")))
        )
    with store.reading() as db:
        db.execute(query.order_by(_ITEM.c.score.desc(), _ITEM.c.id).limit(25)).all()
        db.scalar(sa.select(sa.func.count()).select_from(query.subquery()))


def by_index(store: Store, text: str) -> None:
    """What one run of the page asks: the first 25, best first, and the numbers."""
    store.search(SearchFilter(text=text))
    store.search_numbers(SearchFilter(text=text))


def timed(act: Callable[[Store, str], object], store: Store, times: int) -> dict[str, float]:
    """The median milliseconds of each search."""
    taken: dict[str, float] = {}
    for text in ASKED:
        runs = []
        for _ in range(times):
            began = time.perf_counter()
            act(store, text)
            runs.append((time.perf_counter() - began) * 1000)
        taken[text] = sorted(runs)[len(runs) // 2]
    return taken


def at(taken: dict[str, float], share: float) -> float:
    ordered = sorted(taken.values())
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def size(store: Store) -> float:
    """Megabytes of the database."""
    with store.reading() as db:
        if db.dialect.name == "postgresql":
            return int(db.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0) / 1e6
        pages, each = db.scalar(sa.text("PRAGMA page_count")), db.scalar(sa.text("PRAGMA page_size"))
        return int(pages or 0) * int(each or 0) / 1e6


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    items = list(made_up(number))
    with tempfile.TemporaryDirectory() as folder:
        with without_index():
            bare = open_store(f"sqlite:///{Path(folder) / 'bare.db'}")
            plain = take_in(bare, items)
        url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{Path(folder) / 'tracker.db'}"
        store = open_store(url)
        before = size(store)
        indexed = take_in(store, items)
        print(
            f"{number:,} items of {sum(len(item.text) for item in items) // number:,} characters, {store.engine.name}"
        )
        print(
            f"kept: {indexed / number * 1000:.2f} ms an item; "
            f"without an index, on SQLite: {plain / number * 1000:.2f} ms"
        )
        with store.writing() as db:
            if db.dialect.name == "postgresql":
                db.exec_driver_sql("ANALYZE")
        print(f"size: {size(store) - before:,.0f} MB; without an index on SQLite: {size(bare):,.0f} MB")
        ours, queue = timed(by_index, store, 9), timed(lambda db, text: db.queue(QueueFilter(text=text), NOW), store, 5)
        like = timed(by_like, store, 1)
        print(f"{'search':40}{'page':>10}{'queue':>10}{'LIKE':>10}  ms")
        for text in ASKED:
            print(f"{text:40}{ours[text]:>10.1f}{queue[text]:>10.1f}{like[text]:>10.1f}")
        print(f"{'p50':40}{at(ours, 0.5):>10.1f}{at(queue, 0.5):>10.1f}{at(like, 0.5):>10.1f}")
        print(f"{'p95':40}{at(ours, 0.95):>10.1f}{at(queue, 0.95):>10.1f}{at(like, 0.95):>10.1f}")
        print(f"ratio to LIKE, p50: {at(like, 0.5) / at(ours, 0.5):.1f}")
        began = time.perf_counter()
        done = store.reindex()
        print(f"made anew: {done:,} in {time.perf_counter() - began:.0f} s")
        store.close()
        bare.close()


if __name__ == "__main__":
    main()
