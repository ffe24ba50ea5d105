"""What is let go, and what never is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.makers import NOW, a_decision, a_fetch, a_source, entries
from tracker import intake, people, retention, review
from tracker.conduct import Conduct
from tracker.evidence import Archive
from tracker.model import Entry, Person, Schedule, Verdict
from tracker.settings import Keep, Settings
from tracker.store import Store
from tracker.store.items import QueueFilter
from tracker.taxonomy import Taxonomy

LATER = NOW + timedelta(days=100)


@pytest.fixture
def settings(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("data")
    return Settings(data=folder, database=store.url, keep=Keep(fetches_days=30, excluded_evidence_days=60))


@pytest.fixture
def archive(settings: Settings) -> Archive:
    return Archive(settings.evidence)


def read_from(entry: Entry, digest: str) -> Entry:
    return entry.but(copy_digest=digest, copy_url="https://families.example.org/")


def taken_in(store: Store, archive: Archive, number: int) -> list[str]:
    """So many items, each read from bytes of its own; their digests, in the order of the items."""
    store.register([a_source()])
    kept = [archive.keep("https://families.example.org/", 200, None, b"page %d" % n, NOW) for n in range(number)]
    intake.take_in(store, a_source(), [read_from(*pair) for pair in zip(entries(number), kept, strict=True)], NOW)
    return kept


def exclude(store: Store, taxonomy: Taxonomy, person: Person, item_id: int, at: datetime = NOW) -> None:
    reason = taxonomy.codes("exclusion_reasons")[0]
    decision = a_decision(
        key=f"no {item_id}", item_id=item_id, person_id=person.id, verdict=Verdict.EXCLUDE, reason=reason, at=at
    )
    review.decide(store, taxonomy, person, decision)


def test_only_bytes_of_items_excluded_long_ago_go(
    store: Store, settings: Settings, archive: Archive, ana: Person, taxonomy: Taxonomy
) -> None:
    excluded, waiting, included, lately = taken_in(store, archive, 4)
    items = [one.item.id for one in store.queue(QueueFilter(oldest_first=True), NOW)]
    exclude(store, taxonomy, ana, items[0])
    review.decide(store, taxonomy, ana, a_decision(item_id=items[2], person_id=ana.id))
    exclude(store, taxonomy, ana, items[3], LATER - timedelta(days=9))

    planned = retention.old(store, settings, LATER)
    assert archive.size(excluded), "a plan does nothing"
    gone = retention.let_go(store, settings, LATER)

    assert planned == gone
    assert gone.copies == (excluded,)
    assert archive.size(excluded) == 0
    assert all(archive.size(digest) for digest in (waiting, included, lately))
    assert store.kept_copies(items[0])[0].digest == excluded, "what it was read from stays on record"
    assert store.events("evidence")[0].after["copies"] == 1


def test_bytes_stay_for_ever_where_nothing_is_said(
    store: Store, settings: Settings, archive: Archive, ana: Person, taxonomy: Taxonomy
) -> None:
    [digest] = taken_in(store, archive, 1)
    exclude(store, taxonomy, ana, 1)

    retention.let_go(store, settings.but(keep=Keep()), NOW + timedelta(days=3000))

    assert archive.size(digest)


def test_bytes_that_another_item_rests_on_stay(
    store: Store, settings: Settings, archive: Archive, ana: Person, taxonomy: Taxonomy
) -> None:
    store.register([a_source()])
    digest = archive.keep("https://families.example.org/", 200, None, b"a feed with both", NOW)
    intake.take_in(store, a_source(), [read_from(entry, digest) for entry in entries(2)], NOW)
    exclude(store, taxonomy, ana, 1)

    assert retention.let_go(store, settings, LATER).copies == ()


def test_old_fetches_become_sums_and_ended_sign_ins_go(store: Store, settings: Settings, ana: Person) -> None:
    store.register([a_source()])
    for day in (0, 1, 99):
        store.add_fetches([(a_fetch(at=NOW + timedelta(days=day)), Schedule(), Conduct())])
    people.let_in(store, ana, NOW, network="", browser="", way="password")

    gone = retention.let_go(store, settings, LATER)

    assert (gone.fetches, gone.sign_ins) == (2, 1)
    assert retention.old(store, settings, LATER) == retention.Old(0, 0, (), 0)
    assert len(store.fetches("ministry-en")) == 1


def test_what_is_gone_already_frees_nothing(archive: Archive) -> None:
    assert archive.let_go("0" * 64) == 0
