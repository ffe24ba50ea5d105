"""The rules of identity: whatever a feed does to its guids, addresses and dates, an entry is one item with one date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.makers import HOUR, NOW, a_source
from tracker import intake
from tracker.model import Arrival, Entry, Item, ItemState, Source
from tracker.store import Store
from tracker.store.items import QueueFilter

ALL = QueueFilter(states=tuple(ItemState))
DAY = timedelta(days=1)
PLACES = ["Gaspé", "Quito", "Dakar", "Nairobi", "Lyon", "Puebla", "Tunis"]
SITE = "https://families.example.org"


def an_entry_of(number: int) -> Entry:
    place = PLACES[number]
    return Entry(
        url=f"{SITE}/a/{number}",
        guid=f"urn:{number}",
        title=f"{place}: a shelter opens its doors",
        text=f"In {place} a shelter for {100 + 7 * number} people has opened. It is open day and night.",
        published=NOW - (8 - number) * DAY,
        published_origin="feed",
    )


def feed(behaviour: Callable[[Entry, int, int], Entry], tick: int) -> list[Entry]:
    """What the feed holds after so many ticks, newest first: five entries, and one more a tick."""
    return [behaviour(an_entry_of(number), number, tick) for number in reversed(range(5 + tick))]


BEHAVIOURS: dict[str, Callable[[Entry, int, int], Entry]] = {
    "has no guids": lambda entry, _number, _tick: entry.but(guid=None),
    "has no addresses": lambda entry, _number, _tick: entry.but(url=None),
    "has no dates": lambda entry, _number, _tick: entry.but(published=None, published_origin=None),
    "has nothing but titles and texts": lambda entry, _number, _tick: entry.but(url=None, guid=None, published=None),
    "has dated titles alone and mends their texts": lambda entry, _number, tick: entry.but(
        url=None, guid=None, text=f"Version {tick}. {entry.text}"
    ),
    "makes new guids each time": lambda entry, number, tick: entry.but(guid=f"urn:{number}:t{tick}"),
    "has one guid for all": lambda entry, _number, _tick: entry.but(guid="urn:all"),
    "numbers its guids by place in the list": lambda entry, number, tick: entry.but(guid=str(4 + tick - number)),
    "adds a new campaign to its addresses each time": lambda entry, _number, tick: entry.but(
        url=f"{entry.url}?at_campaign=t{tick}", guid=None
    ),
    "moves its addresses and keeps its guids": lambda entry, _number, tick: entry.but(url=f"{entry.url}-moved-{tick}"),
    "dates its entries anew each time": lambda entry, _number, tick: entry.but(published=NOW + tick * HOUR - DAY),
    "dates its entries in the future": lambda entry, _number, tick: entry.but(
        published=NOW.replace(year=2099) + tick * HOUR
    ),
    "changes its newest text each time": lambda entry, _number, tick: entry.but(text=f"{entry.text} Update {tick}."),
    "counts its readers": lambda entry, _number, tick: entry.but(
        url=f"{entry.url}?utm_source=rss&fbclid=x{tick}#comments", guid=None
    ),
    "links to AMP pages at times": lambda entry, _number, tick: entry.but(
        url=f"{entry.url}{['/amp', '?amp', '?outputType=amp'][tick]}", guid=None
    ),
    "has several hosts": lambda entry, _number, tick: entry.but(
        url=(entry.url or "").replace("https://", ["http://www.", "https://m.", "https://amp."][tick]), guid=None
    ),
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_each_entry_is_one_item_with_one_date_when_a_feed(
    behaviour: str, store: Store, source: Source, now: datetime
) -> None:
    dates: dict[int, datetime | None] = {}
    counts = []
    for later, tick in ((0, 0), (1, 0), (2, 1), (26, 2)):
        when = now + later * HOUR

        intake.take_in(store, source, feed(BEHAVIOURS[behaviour], tick), when)

        items = _items(store, when)
        counts.append(len(items))
        for item in items:
            assert item.published_at is not None
            assert item.published_at <= item.arrived_at
            assert dates.setdefault(item.id, item.published_at) == item.published_at

    assert counts == [5, 5, 6, 7]


def test_an_entry_that_stands_twice_in_a_feed_under_two_guids_is_one_item(
    store: Store, source: Source, now: datetime
) -> None:
    once = an_entry_of(0)

    taken = intake.take_in(store, source, [once.but(guid="a#0"), once.but(guid="a#3"), once.but(guid="a#3")], now)

    assert (taken.counts[Arrival.NEW], taken.counts[Arrival.KNOWN]) == (1, 2)


def test_a_feed_that_empties_loses_nothing(store: Store, source: Source, now: datetime) -> None:
    intake.take_in(store, source, feed(BEHAVIOURS["has no dates"], 0), now)

    intake.take_in(store, source, [], now + DAY)

    assert store.queue_length(ALL) == 5


def test_two_bulletins_of_one_title_and_date_are_two_when_they_say_different_things(
    store: Store, source: Source, now: datetime
) -> None:
    bare = an_entry_of(0).but(url=None, guid=None)
    bulletins = [bare, bare.but(text="The shelter in Gaspé is full. Call the helpline to be taken to another one.")]

    intake.take_in(store, source, bulletins, now)
    taken = intake.take_in(store, source, bulletins, now)

    assert taken.counts[Arrival.KNOWN] == 2
    assert store.queue_length(ALL) == 2


def test_a_date_that_lies_ahead_is_first_sight_and_what_the_source_said_is_kept(
    store: Store, source: Source, now: datetime
) -> None:
    ahead = now.replace(year=2099)

    intake.take_in(store, source, [an_entry_of(0).but(published=ahead)], now)

    [item] = _items(store, now)
    assert (item.published_at, item.published_origin, item.dated) == (now, "estimated", None)
    assert item.published_claim == ahead.isoformat()


def test_a_missing_date_is_first_sight_marked_as_estimated(store: Store, source: Source, now: datetime) -> None:
    intake.take_in(store, source, [an_entry_of(0).but(published=None)], now)

    [item] = _items(store, now)
    assert (item.published_at, item.published_origin, item.dated) == (now, "estimated", None)
    assert item.published_claim is None


def test_a_date_that_was_guessed_from_a_page_is_still_a_date(store: Store, now: datetime) -> None:
    source = a_source()
    store.register([source])

    intake.take_in(store, source, [an_entry_of(0).but(published_origin="estimated")], now)

    [item] = _items(store, now)
    assert item.dated == NOW - 8 * DAY


def _items(store: Store, now: datetime) -> list[Item]:
    return [waiting.item for waiting in store.queue(ALL, now)]
