"""The clock of the machine was wrong for a while: nothing is asked twice in a row for it, and nothing is forgotten."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest

from collectors import round as rounds
from collectors.round import collect
from tests.collectors.conftest import Reply, Web, feed_at, feed_of
from tests.makers import HOUR, NOW
from tracker.settings import Settings
from tracker.store import Store

DAY = timedelta(days=1)


@pytest.fixture
def watched(web: Web, store: Store) -> Web:
    """A web with one feed, which is asked every three hours."""
    web.pages["/feed"] = Reply(feed_of("a"))
    store.register([feed_at(web.url("/feed"), every="3h")])
    return web


def asked(store: Store, settings: Settings, now: datetime) -> int:
    return len(collect(store, settings, lambda: now))


def test_after_the_clock_went_back_a_source_waits_its_usual_time_and_no_longer(
    watched: Web, settings: Settings, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, rounds.__name__)
    assert asked(store, settings, NOW + DAY) == 1

    at_once, soon, later = (asked(store, settings, NOW + after * HOUR) for after in (0, 2, 4))

    assert (at_once, soon, later) == (0, 0, 1)
    assert [record.message for record in caplog.records] == [
        "the clock went back; sources are asked by what it shows now sources=1"
    ]


def test_a_clock_that_jumps_ahead_and_back_asks_once_early(watched: Web, settings: Settings, store: Store) -> None:
    asks = [asked(store, settings, NOW + after) for after in (timedelta(), DAY, HOUR, 2 * HOUR, 5 * HOUR)]

    assert asks == [1, 1, 0, 0, 1]


def test_a_pause_that_a_host_asked_for_is_as_long_as_it_said(watched: Web, settings: Settings, store: Store) -> None:
    watched.pages["/feed"] = Reply(status=429, headers={"Retry-After": str(6 * 3600)})
    asked(store, settings, NOW + DAY)

    asks = [asked(store, settings, NOW + after * HOUR) for after in (0, 5, 7)]

    assert asks == [0, 0, 1]


def test_a_lease_of_a_round_that_died_while_the_clock_was_ahead_ends_after_its_usual_time(
    watched: Web, settings: Settings, store: Store
) -> None:
    store.claim_due(NOW + DAY, "died", rounds.LEASE, 1)

    asks = [asked(store, settings, NOW + after) for after in (timedelta(), rounds.LEASE / 2, rounds.LEASE + DAY / 48)]

    assert asks == [0, 0, 1]


def test_clocks_of_machines_that_differ_a_little_change_nothing(watched: Web, settings: Settings, store: Store) -> None:
    asked(store, settings, NOW)
    before = store.watched()

    assert store.wind_back(NOW - timedelta(minutes=5), rounds.LEASE) == 0
    assert store.watched() == before
