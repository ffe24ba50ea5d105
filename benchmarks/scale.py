"""What grows with the size of the tracker, and how fast? `python -m benchmarks.scale [SIZE …] [--on DATABASE …]`.

Made-up items, two in five of them waiting, one in fifty a public initiative, in one store that is measured at each
size on its way to the largest; then sources, without items. The least processor time of some tries in milliseconds,
that of the database's server counted in, on SQLite and on a PostgreSQL of its own; beside each the power with which it
grew from the last size but one: 0 takes as long however much there is, 1 is twice as long for twice as much. What
should not grow, or grows faster than its subject, is marked.
"""

from __future__ import annotations

import argparse
import math
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.search import FREQUENT, SYLLABLES, size
from tests.postgresql import Server
from tracker import intake, publish, review, same, similarity, suggestions
from tracker import taxonomy as taxonomies
from tracker.model import (
    Decision,
    Entry,
    EvidenceRole,
    Fetch,
    Filters,
    Initiative,
    InitiativeState,
    Item,
    ItemState,
    Kind,
    Outcome,
    Person,
    Role,
    Schedule,
    Scored,
    Source,
    Suggestion,
    Verdict,
    Wording,
)
from tracker.settings import Settings
from tracker.store import Store, open_public, open_store
from tracker.store.items import QueueFilter
from tracker.store.rows import DecisionRow, FetchRow
from tracker.store.search import SearchFilter

NOW = datetime(2021, 5, 4, 12, tzinfo=UTC)
SIZES, SOURCES = (1_000, 10_000, 100_000), (100, 1_000, 20_000)
BATCH = 2_000  # items of one transaction when a store is filled
WATCHED = 500  # sources of the items
PUBLIC_ONE_IN = 50
WAITING_OF_100, INCLUDED_OF_100 = 40, 2
TRIES = 7
FLAT, LINEAR = 0.35, 1.15  # the largest powers that pass for flat and for linear
NOTICED_MS = 20  # what is quicker than that at the largest size is not looked at

Told = dict[str, dict[int, float]]  # measure: size: milliseconds
_chance = random.Random(7)
_RARE = ["".join(_chance.choices(SYLLABLES, k=_chance.randint(2, 4))) for _ in range(20_000)]
_WEIGHTS = list(accumulate(1 / (place + 10) for place in range(len(_RARE))))
_numbers = count(10**9)


def words(chance: random.Random, number: int) -> str:
    told = chance.choices(_RARE, cum_weights=_WEIGHTS, k=number)
    return " ".join([*told, *(word for word, share in FREQUENT.items() if chance.random() < share)])


# ----------------------------------------------------------------------------------------------------------- filling


def sources(number: int) -> list[Source]:
    return [
        Source(id=f"source-{n}", name=f"Source {n}", kind=Kind.FEED, url=f"https://s{n}.example.org/f", country="CA")
        for n in range(number)
    ]


class Filling:
    """A store that becomes larger. Items get what reading them would say, so that a million is a matter of minutes."""

    def __init__(self, store: Store) -> None:
        self.store, self.items, self._decision = store, 0, count(1)
        store.register(sources(WATCHED))
        ana = Person(email="ana@example.org", name="Ana")
        self.ana = store.add_person(ana, "no hash", "benchmark")
        self.ben = store.add_person(
            ana.but(email="ben@example.org", name="Ben", role=Role.EDITOR), "no hash", "benchmark"
        )
        made = similarity.marks([similarity.Told("A title of seven words or so", words(random.Random(1), 90))])
        self._marks = len(made[0])

    def up_to(self, number: int) -> None:
        began = time.perf_counter()
        while self.items < number:
            some = range(self.items, min(self.items + BATCH, number))
            with self.store.writing():
                self._add(some)
            self.items = some.stop
            if some.stop % 20_000 == 0 or some.stop == number:
                print(f"  {some.stop:,} items after {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        _analyze(self.store)
        while self.store.index_words(same.words_of):
            pass

    def _add(self, some: range) -> None:
        chance = random.Random(some.start)
        store = self.store
        ids = store.add_items([self._item(n, chance) for n in some])
        unread = store.unread(len(some))
        store.add_suggestions([(one, _suggestion(one.id)) for one in unread], NOW)
        store.add_marks({one.id: [chance.getrandbits(62) for _ in range(self._marks)] for one in unread})
        numbered = dict(zip(some, ids.values(), strict=True))
        with store.writing() as db:
            db.execute(
                sa.insert(DecisionRow.__table__),  # type: ignore[attr-defined]
                [self._decided(n, id) for n, id in numbered.items() if _state(n) is not ItemState.WAITING],
            )
            db.execute(
                sa.insert(FetchRow.__table__),  # type: ignore[attr-defined]
                [_fetch(n).model_dump() for n in some if n % 2],
            )
        for n, id in numbered.items():
            if n % PUBLIC_ONE_IN == 0:
                self._publish(n, id, chance)

    def _item(self, n: int, chance: random.Random) -> Item:
        told = words(chance, 90)
        url = f"https://s{n % WATCHED}.example.org/{n}"
        return Item(
            source_id=f"source-{n % WATCHED}",
            url=url,
            canonical_url=url,
            guid=str(n),
            title=told[:70].capitalize(),
            text=told,
            published_at=_arrived(n),
            arrived_at=_arrived(n),
            content_hash=f"hash {n}",
            state=_state(n),
        )

    def _decided(self, n: int, id: int) -> dict[str, Any]:
        included = _state(n) is ItemState.INCLUDED
        return Decision(
            key=f"filled {n}",
            item_id=id,
            item_version=1,
            person_id=self.ana.id if n % 3 else self.ben.id,
            at=_arrived(n) + timedelta(days=1),
            verdict=Verdict.HOLD if included else Verdict.EXCLUDE,  # what is public is linked below
            reason=None if included else "problem_only",
            codebook="1",
        ).model_dump(exclude={"id"})

    def _publish(self, n: int, item_id: int, chance: random.Random) -> None:
        content = Initiative(
            wordings={"en": Wording(title=words(chance, 6).capitalize()[:200], summary=words(chance, 60))},
            issues=("domestic_violence",),
            types=("A2",),
            countries=(_COUNTRIES[n // PUBLIC_ONE_IN % len(_COUNTRIES)],),
        )
        store, at = self.store, _arrived(n) + timedelta(days=2)
        record = store.add_initiative(content, self.ana, at, "1", sample=False)
        store.add_evidence(record.id, item_id, self.ana, at, EvidenceRole.PRIMARY)
        store.move_initiative(record.id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, self.ana)
        store.approve_initiative(record.id, 1, self.ben, at)


def _analyze(store: Store) -> None:
    """What PostgreSQL does by itself now and then; nobody asks it of SQLite."""
    with store.writing() as db:
        if db.dialect.name == "postgresql":
            db.exec_driver_sql("ANALYZE")


_COUNTRIES = ("CA", "FR", "ES", "MX", "KE", "IN", "BR", "ZA", "AR", "GB", "DE", "JP")


def _state(n: int) -> ItemState:
    if n % 100 < WAITING_OF_100 and n % PUBLIC_ONE_IN:
        return ItemState.WAITING
    return ItemState.INCLUDED if n % PUBLIC_ONE_IN == 0 else ItemState.EXCLUDED


def _arrived(n: int) -> datetime:
    """Over the year before now, in an order that has nothing to do with the numbers."""
    return NOW - timedelta(minutes=n * 7919 % 525_600)


def _suggestion(id: int) -> Suggestion:
    return Suggestion(
        version="words-1",
        language=("en", "fr", "es")[id % 3],
        language_confidence=1.0,
        issues=(Scored(code=("domestic_violence", "hate_crime", "victim_services")[id % 3], score=0.8),),
        countries=(Scored(code=_COUNTRIES[id % len(_COUNTRIES)], score=0.7),),
        initiative=0.9,
        terms=("helpline",),
        score=(id * 7919 % 10_000) / 10_000,
    )


def _fetch(n: int) -> Fetch:
    return Fetch(source_id=f"source-{n % WATCHED}", at=_arrived(n), outcome=Outcome.OK, seen=20, new=1)


# --------------------------------------------------------------------------------------------------------- measuring


class Clock:
    """Processor time of this process and of the database's server: other work on the machine makes it hardly longer."""

    def __init__(self, server: Server | None = None) -> None:
        self._server = server

    def seconds(self) -> float:
        return time.process_time() + (self._server.cpu_seconds() if self._server else 0)

    def best(self, act: Callable[[], object], tries: int = TRIES) -> float:
        """The milliseconds of the quickest try, after one that is not counted."""
        act()
        taken = []
        for _ in range(tries):
            began = self.seconds()
            act()
            taken.append(self.seconds() - began)
        return max(min(taken) * 1000, 0.01)


def measures(filling: Filling, settings: Settings, clock: Clock) -> Iterator[tuple[str, float]]:
    """Each measure with its milliseconds, at the size that the store has."""
    store, ana, best = filling.store, filling.ana, clock.best
    chance, taxonomy = random.Random(next(_numbers)), taxonomies.load()
    visits = iter([a_visit(source, chance) for source in sources(WATCHED)[: TRIES + 1]])
    yield "intake: a fetch of 20 is written", best(lambda: intake.finish(store, [next(visits)], NOW))
    yield "intake: 20 are read, stories told apart", best(lambda: suggestions.make(store, NOW, most=20))
    yield "queue: the desk takes 30", best(lambda: leased(store, ana))
    yield (
        "queue: numbers beside the filters",
        best(lambda: [store.queue_by(kind) for kind in ("state", "issue", "language", "country")]),
    )
    yield "queue: a page of the table", best(lambda: store.queue(QueueFilter(), NOW, limit=25))
    yield "queue: its length", best(lambda: store.queue_length(QueueFilter()))
    yield (
        "queue: of one country, oldest first",
        best(lambda: store.queue(QueueFilter(country="KE", oldest_first=True), NOW, limit=25)),
    )
    waiting = iter(store.queue(QueueFilter(oldest_first=True), NOW, limit=4 * TRIES))

    def decide(verdict: Verdict) -> None:
        item = next(waiting).item
        reason = "problem_only" if verdict is Verdict.EXCLUDE else None
        decision = Decision(
            key=f"made {next(_numbers)}",
            item_id=item.id,
            item_version=item.version,
            person_id=ana.id,
            at=NOW,
            verdict=verdict,
            reason=reason,
            issues=("domestic_violence",) if verdict is Verdict.INCLUDE else (),
            countries=("CA",) if verdict is Verdict.INCLUDE else (),
        )
        review.decide(store, taxonomy, ana, decision)

    yield "decision: exclude", best(lambda: decide(Verdict.EXCLUDE))
    yield "decision: include", best(lambda: decide(Verdict.INCLUDE))
    shown = iter(store.queue(QueueFilter(), NOW, limit=2 * TRIES))
    yield "similar initiatives of an item", best(lambda: same.similar_initiatives(store, next(shown).item.id, NOW))
    asked = ("violence", "hébergement police", '"police refuge"', _RARE[1500])
    for text in asked:
        yield f"search: {text}", best(lambda text=text: searched(store, text), 5)  # type: ignore[misc]
    public = open_public(store.url)
    yield "public: overview", best(public.overview)
    yield (
        "public: first page, one country",
        best(lambda: (public.page(Filters(countries=("KE",))), public.count(Filters(countries=("KE",))))),
    )
    yield "public: first page of all", best(lambda: public.page(Filters()))
    yield "public: words, with numbers", best(lambda: public_search(public))
    ids = [one.id for one in public.page(Filters(), limit=100)]
    yield "public: one initiative", best(lambda: public.one(chance.choice(ids)))
    public.close()
    yield "release: data files and pages", best(lambda: publish.make_release(store, settings, NOW), 1)


def a_visit(source: Source, chance: random.Random) -> intake.Visited:
    """What a fetch of twenty new entries brought."""
    entries = [
        Entry(url=f"https://new.example.org/{next(_numbers)}", title=words(chance, 9), text=words(chance, 200))
        for _ in range(20)
    ]
    fetch = Fetch(source_id=source.id, at=NOW, outcome=Outcome.OK)
    return intake.Visited(source=source, fetch=fetch, schedule=Schedule(), entries=entries)


def leased(store: Store, person: Person) -> None:
    """What a desk asks when somebody comes to it."""
    store.release_claims(person.id)
    store.free(QueueFilter(), person.id, NOW, 60)
    store.items_shown(review.lease(store, person, QueueFilter(), [], 30, NOW), NOW)
    store.decided_since(person.id, NOW - timedelta(hours=12))


def searched(store: Store, text: str) -> None:
    store.search(SearchFilter(text=text))
    store.search_numbers(SearchFilter(text=text))


def public_search(public: Any) -> None:
    wanted = Filters(text="violence")
    public.page(wanted)
    public.count(wanted)
    public.facets(wanted)


def of_sources(store: Store, number: int, clock: Clock) -> Iterator[tuple[str, float]]:
    """Each measure that depends on how many sources there are."""
    all_of_them, best = sources(number), clock.best
    began = clock.seconds()
    store.register(all_of_them)
    yield "sources: registered, all new", (clock.seconds() - began) * 1000
    with store.writing() as db:
        rows = [_fetch(n).but(source_id=f"source-{n % number}").model_dump() for n in range(10 * number)]
        db.execute(sa.insert(FetchRow.__table__), rows)  # type: ignore[attr-defined]
        db.execute(sa.text("UPDATE source SET next_at = :at"), {"at": f"{NOW:%Y-%m-%d %H:%M:%S}.000000"})
        db.exec_driver_sql("ANALYZE")
    yield "sources: registered, nothing new", best(lambda: store.register(all_of_them), 3)

    def claimed(apart: timedelta | None) -> None:
        store.claim_due(NOW + timedelta(hours=1), "benchmark", timedelta(hours=1), 200, apart=apart)
        store.release_leases("benchmark")

    yield "sources: 200 due ones claimed", best(lambda: claimed(None))
    yield "sources: the same, hosts apart", best(lambda: claimed(timedelta(seconds=1)))
    yield "sources: how many are due", best(lambda: store.count_due(NOW + timedelta(hours=1)))
    yield "sources: the next due one", best(store.next_due)
    yield "sources: one is named", best(lambda: store.watched(["source-7"]))
    yield "sources: all of them", best(store.watched, 3)
    yield "sources: their last fetches", best(store.last_fetches, 3)
    yield "sources: their last weeks", best(lambda: store.weeks(NOW), 3)


# What should take as long however much there is; all else may grow as its subject does.
STAYS = (
    "intake",
    "queue: the desk",
    "queue: a page",
    "decision",
    "similar",
    "public: first page of all",
    "public: one",
    "sources: 200",
    "sources: the same",
    "sources: the next",
    "sources: one is",
)


def report(told: Told, sizes: Sequence[int]) -> list[str]:
    """Prints a line for each measure; those that grow faster than they should."""
    print(f"\n{'CPU ms':44}" + "".join(f"{one:>12,}" for one in sizes) + f"{'power':>8}")
    wrong = []
    for name, taken in told.items():
        power = growth(taken, sizes)
        bound = FLAT if name.startswith(STAYS) else LINEAR
        bad = power > bound and taken[sizes[-1]] > NOTICED_MS
        wrong += [name] if bad else []
        line = "".join(f"{taken[one]:>12.2f}" for one in sizes)
        print(f"{name:44}{line}{power:>8.2f}{'  more than ' + str(bound) if bad else ''}", flush=True)
    return wrong


def growth(taken: dict[int, float], sizes: Sequence[int]) -> float:
    """The power of the size with which the time has grown over the last two sizes."""
    if len(sizes) < 2:
        return 0.0
    before, last = sizes[-2:]
    return math.log(taken[last] / taken[before]) / math.log(last / before)


@contextmanager
def opened(on: str, folder: Path) -> Iterator[tuple[Store, Clock]]:
    if on == "sqlite":
        store = open_store(f"sqlite:///{folder / 'tracker.db'}")
        yield store, Clock()
        store.close()
        return
    folder.chmod(0o755)
    (folder / "pg").mkdir()
    server = Server(folder / "pg", settings="-c shared_buffers=512MB -c max_wal_size=4GB")
    try:
        store = open_store(server.url())
        yield store, Clock(server)
        store.close()
    finally:
        server.stop("immediate")


def run(on: str, sizes: Sequence[int], numbers: Sequence[int]) -> list[str]:
    """What grows faster than it should on this database."""
    wrong: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="tracker-scale-"))
    try:
        with opened(on, folder) as (store, clock):
            filling, told = Filling(store), Told()
            for number in sizes:
                filling.up_to(number)
                print(f"{on}, {number:,} items: {size(store):,.0f} MB", file=sys.stderr, flush=True)
                settings = Settings(data=folder / "data", database=store.url)
                for name, taken in measures(filling, settings, clock):
                    told.setdefault(name, {})[number] = taken
                    print(f"  {name:44}{taken:>12.2f} ms", file=sys.stderr, flush=True)
                told.setdefault("size of the database, MB", {})[number] = size(store)
            print(f"\n{on}, items")
            wrong += report(told, sizes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    folder, told = Path(tempfile.mkdtemp(prefix="tracker-scale-")), Told()
    for number in numbers:
        place = folder / str(number)
        place.mkdir()
        folder.chmod(0o755)
        with opened(on, place) as (store, clock):
            for name, taken in of_sources(store, number, clock):
                told.setdefault(name, {})[number] = taken
        shutil.rmtree(place, ignore_errors=True)
    if numbers:
        print(f"\n{on}, sources")
        wrong += report(told, numbers)
    shutil.rmtree(folder, ignore_errors=True)
    return [f"{on}: {one}" for one in wrong]


def main(given: list[str] | None = None) -> int:
    """0 when nothing grows faster than it should."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    options.add_argument("sizes", type=int, nargs="*", default=list(SIZES))
    options.add_argument("--sources", type=int, nargs="*", default=list(SOURCES))
    options.add_argument("--on", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    asked = options.parse_args(given)
    wrong = [one for on in asked.on for one in run(on, sorted(asked.sizes), sorted(asked.sources))]
    print("\ngrows faster than it should: " + ("; ".join(wrong) or "nothing"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
