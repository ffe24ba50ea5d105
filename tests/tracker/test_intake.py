"""The rules of the way in."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.makers import HOUR, TEXT, a_source, an_entry, entries
from tracker import intake, suggestions
from tracker.errors import StoreUnavailable
from tracker.model import Arrival, Fetch, ItemState, Outcome, Schedule, Source
from tracker.store import Store
from tracker.store.items import QueueFilter

ALL = QueueFilter(states=tuple(ItemState))


def test_an_entry_becomes_one_waiting_item_with_its_suggestion(store: Store, source: Source, now: datetime) -> None:
    taken = intake.take_in(store, source, [an_entry()], now)

    [waiting] = store.queue(QueueFilter(), now)
    assert taken.counts[Arrival.NEW] == 1
    assert waiting.item.title == "Province opens a helpline by text message"
    assert waiting.item.arrived_at == now
    assert waiting.item.published_at == now - HOUR
    assert waiting.suggestion.language == "en"
    assert "domestic_violence" in {scored.code for scored in waiting.suggestion.issues}


def test_an_entry_seen_again_under_a_tracking_link_is_not_queued_twice(
    store: Store, source: Source, now: datetime
) -> None:
    intake.take_in(store, source, [an_entry(guid=None)], now)

    again = an_entry(guid=None, url="http://families.example.org/2020/helpline/?utm_source=x#top")
    taken = intake.take_in(store, source, [again], now)

    assert +taken.counts == {Arrival.KNOWN: 1}
    assert store.queue_length(ALL) == 1


def test_an_entry_whose_address_moved_is_known_by_its_guid(store: Store, source: Source, now: datetime) -> None:
    intake.take_in(store, source, [an_entry()], now)

    taken = intake.take_in(store, source, [an_entry(url="https://families.example.org/moved")], now)

    assert taken.counts[Arrival.KNOWN] == 1


def test_one_guid_for_all_entries_does_not_make_them_one(store: Store, source: Source, now: datetime) -> None:
    same = [entry.but(guid="the same") for entry in entries(5)]

    intake.take_in(store, source, same, now)
    taken = intake.take_in(store, source, same, now)

    assert taken.counts[Arrival.KNOWN] == 5
    assert store.queue_length(ALL) == 5


def test_an_entry_without_address_and_guid_is_known_by_what_it_says(
    store: Store, source: Source, now: datetime
) -> None:
    bare = [an_entry(url=None, guid=None), an_entry(url=None, guid=None, title="Another helpline")]

    intake.take_in(store, source, bare, now)
    taken = intake.take_in(store, source, bare, now)

    assert taken.counts[Arrival.KNOWN] == 2
    assert store.queue_length(ALL) == 2


def test_an_entry_without_title_is_called_by_its_first_words(store: Store, source: Source, now: datetime) -> None:
    intake.take_in(store, source, [an_entry(title="")], now)

    [waiting] = store.queue(QueueFilter(), now)
    assert waiting.item.title.startswith("The province opens a helpline for victims")


def test_an_empty_entry_is_refused_and_its_neighbours_are_kept(store: Store, source: Source, now: datetime) -> None:
    taken = intake.take_in(store, source, [an_entry(title=" ", text="", guid=None), *entries(2)], now)

    assert taken.refused == ["entry 1: has neither a title nor a text"]
    assert taken.counts[Arrival.NEW] == 2


def test_an_address_that_is_no_web_address_is_refused(store: Store, source: Source, now: datetime) -> None:
    taken = intake.take_in(store, source, [an_entry(url="javascript:alert(1)"), *entries(1)], now)

    assert taken.counts[Arrival.REFUSED] == 1
    assert taken.counts[Arrival.NEW] == 1


def test_a_text_that_its_source_changed_is_the_same_item_and_keeps_what_it_said(
    store: Store, source: Source, now: datetime
) -> None:
    intake.take_in(store, source, [an_entry()], now)

    taken = intake.take_in(store, source, [an_entry(text="The helpline has closed.")], now + HOUR)

    [waiting] = store.queue(QueueFilter(), now)
    assert taken.counts[Arrival.CHANGED] == 1
    assert waiting.item.text == "The helpline has closed."
    assert waiting.item.arrived_at == now
    assert waiting.item.changed_at == now + HOUR
    assert waiting.item.version == 2
    assert [version.text for version in store.item_versions(waiting.item.id)] == [TEXT]


def test_another_source_that_carries_an_item_does_not_change_it(store: Store, source: Source, now: datetime) -> None:
    aggregator = a_source(id="aggregator", url="https://aggregator.example.org/feed")
    store.register([source, aggregator])
    intake.take_in(store, source, [an_entry()], now)

    taken = intake.take_in(store, aggregator, [an_entry(guid="other", text="Shortened.")], now)

    [waiting] = store.queue(ALL, now)
    assert taken.counts[Arrival.KNOWN] == 1
    assert waiting.item.text == TEXT
    assert [name for name, _ in store.copies(waiting.item.id)] == ["Ministry of Families"]


def test_the_same_text_under_another_address_is_a_copy_and_stays_visible(
    store: Store, source: Source, now: datetime
) -> None:
    agency = a_source(id="agency", name="Agency", url="https://agency.example.org/feed")
    store.register([source, agency])
    intake.take_in(store, source, [an_entry()], now)

    intake.take_in(store, agency, [an_entry(url="https://agency.example.org/7", guid="7")], now)

    [waiting] = store.queue(QueueFilter(), now)
    assert waiting.copies == 1
    assert store.copies(waiting.item.id) == [("Agency", "https://agency.example.org/7")]
    assert store.queue_by("state") == {"copy": 1, "waiting": 1}


def test_dates_that_no_calendar_believes_are_not_taken_over(store: Store, source: Source, now: datetime) -> None:
    odd = now.replace(year=1)

    intake.take_in(store, source, [an_entry(published=odd)], now)

    [waiting] = store.queue(QueueFilter(), now)
    assert waiting.item.published_at is None
    assert waiting.item.arrived_at == now


def test_a_fetch_is_written_whole_with_items_schedule_and_the_end_of_the_lease(
    store: Store, source: Source, now: datetime
) -> None:
    store.claim_due(now, "round-1", HOUR, 10)
    fetch = Fetch(source_id=source.id, at=now, outcome=Outcome.OK, status=200, seen=3)

    schedule = Schedule(next_at=now + HOUR, etag='W/"x"')
    [done] = intake.finish(
        store, [intake.Visited(source=source, fetch=fetch, schedule=schedule, entries=entries(3))], now
    )

    [watched] = store.watched()
    assert (done.new, done.known) == (3, 0)
    assert store.fetches(source.id) == [done]
    assert watched.schedule.etag == 'W/"x"'
    assert watched.schedule.last_new_at == now
    assert store.lease_owners() == set()


def test_nothing_of_a_fetch_is_kept_when_its_end_cannot_be_written(
    store: Store, source: Source, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Fetch(source_id=source.id, at=now, outcome=Outcome.OK)
    visited = intake.Visited(source=source, fetch=fetch, schedule=Schedule(), entries=entries(3))

    def full(*_: object) -> None:
        raise StoreUnavailable("The disk is full")

    monkeypatch.setattr(store, "add_fetches", full)
    with pytest.raises(StoreUnavailable):
        intake.finish(store, [visited], now)

    assert store.queue_length(ALL) == 0
    assert store.fetches(source.id) == []


def test_what_several_sources_carry_is_one_item_also_when_they_are_written_together(
    store: Store, source: Source, now: datetime
) -> None:
    agency, mirror = a_source(id="agency"), a_source(id="mirror")
    store.register([source, agency, mirror])
    said = {source: [an_entry()], agency: [an_entry(guid="7")], mirror: [an_entry(url="https://mirror.example/7")]}

    first, second, third = intake.finish(
        store,
        [
            intake.Visited(
                source=one,
                fetch=Fetch(source_id=one.id, at=now, outcome=Outcome.OK),
                schedule=Schedule(),
                entries=said[one],
            )
            for one in said
        ],
        now,
    )

    assert (first.new, second.new, second.known, third.new) == (1, 0, 1, 1)
    assert store.copies(1) == [
        ("Ministry of Families", "https://mirror.example/7"),
        ("Ministry of Families", an_entry().url),
    ]


def test_an_item_waits_without_suggestion_until_it_is_read(store: Store, source: Source, now: datetime) -> None:
    fetch = Fetch(source_id=source.id, at=now, outcome=Outcome.OK)
    intake.finish(store, [intake.Visited(source=source, fetch=fetch, schedule=Schedule(), entries=entries(3))], now)
    [before, *_] = store.queue(QueueFilter(), now)

    read = [suggestions.make(store, now, most=2), suggestions.make(store, now), suggestions.make(store, now)]

    assert before.suggestion.version == ""
    assert read == [2, 1, 0]
    assert {waiting.suggestion.language for waiting in store.queue(QueueFilter(), now)} == {"en"}


def test_a_text_that_changed_while_it_was_read_is_read_again(store: Store, source: Source, now: datetime) -> None:
    intake.take_in(store, source, [an_entry()], now)
    with store.writing():
        store.change_item(1, intake.item_from(an_entry(text="Elle répond aux victimes."), source, now, guid=None), now)
    [item] = store.unread(10)
    said = suggestions.suggest(item)
    with store.writing():
        store.change_item(1, intake.item_from(an_entry(text="Sie antwortet."), source, now, guid=None), now)

    store.add_suggestions([(item, said)], now)

    assert [one.text for one in store.unread(10)] == ["Sie antwortet."]


def test_a_second_round_over_the_same_entries_writes_no_item(store: Store, source: Source, now: datetime) -> None:
    intake.take_in(store, source, entries(20), now)

    taken = intake.take_in(store, source, entries(20), now + HOUR)

    assert taken.counts[Arrival.KNOWN] == 20
    assert taken.new_ids == []


def test_new_and_changed_items_remember_which_bytes_they_were_read_from(
    store: Store, source: Source, now: datetime
) -> None:
    first = an_entry(copy_digest="a" * 64, copy_url="https://families.example.org/feed")
    [item_id] = intake.take_in(store, source, [first], now).new_ids

    intake.take_in(store, source, [first.but(copy_digest="b" * 64)], now + HOUR)
    moved = first.but(copy_digest="c" * 64, text="The helpline has closed.", url="https://families.example.org/moved")
    intake.take_in(store, source, [moved], now + HOUR)

    assert [copy.digest[0] for copy in store.kept_copies(item_id)] == ["c", "a"]
