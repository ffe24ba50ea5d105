"""Whose failure it is when many sources are silent at once, and what is done about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from collectors.network import WAIT, Failed, ours
from collectors.round import collect
from tests.collectors.conftest import Reply, Waits, Web, feed_at, feed_of
from tests.makers import HOUR, NOW
from tracker.model import Outcome, Schedule, Source
from tracker.settings import Settings
from tracker.store import Store

NEVER_ASKED = Schedule()
WELL = Schedule(last_fetch_at=NOW, last_success_at=NOW)
SPARED = Schedule(last_fetch_at=NOW, last_success_at=NOW - HOUR)
FAILED_BEFORE = Schedule(last_fetch_at=NOW, failures=1)


def silent(
    number: int, *, kind: Outcome = Outcome.UNREACHABLE, hosts: int = 99, before: Schedule = WELL
) -> list[Failed]:
    return [Failed(host=f"host-{n % hosts}", kind=kind, schedule=before) for n in range(number)]


@pytest.mark.parametrize(
    ("failed", "asked", "blamed"),
    [
        (silent(3), 30, True),
        (silent(3), 31, False),  # less than a tenth
        (silent(2), 2, False),  # too few to tell
        (silent(10, hosts=2), 20, False),  # two hosts that are down
        (silent(2) + silent(2, kind=Outcome.TIMEOUT), 4, False),  # not alike
        (silent(3, before=NEVER_ASKED), 3, True),
        (silent(3, before=FAILED_BEFORE), 3, False),
        ([], 0, False),
    ],
)
def test_our_network_is_to_blame_when_a_tenth_on_three_hosts_fails_alike_for_the_first_time(
    failed: list[Failed], asked: int, blamed: bool
) -> None:
    assert bool(ours(failed, asked, None)) is blamed


def test_the_kinds_of_failure_are_judged_apart() -> None:
    failed = silent(3) + silent(1, kind=Outcome.TIMEOUT)

    assert ours(failed, 10, None) == {Outcome.UNREACHABLE}


def test_a_source_that_stays_silent_after_others_have_answered_is_not_spared_for_ever() -> None:
    failed = silent(5, before=SPARED)

    assert ours(failed, 5, NOW - HOUR)
    assert not ours(failed, 5, NOW + timedelta(minutes=1))


# ------------------------------------------------------------------------------------------------------------ rounds


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def unreachable(number: int) -> list[Source]:
    """Feeds on hosts of their own, where nothing listens."""
    return [feed_at(f"http://127.0.1.{200 + n}:9/feed", f"silent-{n}", every="30m") for n in range(number)]


def test_a_failing_network_is_told_once_and_counted_against_no_source(
    web: Web, settings: Settings, store: Store
) -> None:
    web.pages["/feed"] = Reply(feed_of("a"))
    store.register([*unreachable(3), feed_at(web.url("/feed"), "well", every="30m")])

    first = collect(store, settings, lambda: NOW, wait=Waits())
    alarm = store.network_alarm()
    schedules = {of.source.id: of.schedule for of in store.watched()}

    assert sorted(fetch.source_id for fetch in first) == ["silent-0", "silent-1", "silent-2", "well"]
    assert (alarm is not None, alarm and (alarm.silent, alarm.asked)) == (True, (3, 4))
    assert {schedules[f"silent-{n}"].failures for n in range(3)} == {0}
    assert {schedules[f"silent-{n}"].next_at for n in range(3)} == {NOW + WAIT}
    assert {conduct.trouble_weight for conduct in store.conducts().values()} == {0.0}
    assert {store.fetches(f"silent-{n}")[0].note for n in range(3)} == {"not counted: our own network seems to fail"}


def test_what_is_silent_again_while_others_answer_is_counted_and_the_alarm_ends(
    web: Web, settings: Settings, store: Store
) -> None:
    web.pages["/feed"] = Reply(feed_of("a"))
    store.register([*unreachable(3), feed_at(web.url("/feed"), "well", every="30m")])
    collect(store, settings, lambda: NOW, wait=Waits())

    collect(store, settings, lambda: NOW + HOUR, wait=Waits())

    assert store.network_alarm() is None
    assert {of.schedule.failures for of in store.watched() if of.source.id != "well"} == {1}
    assert [event.what for event in store.events("network")] == ["our network works again", "our network fails"]


def test_as_long_as_nothing_answers_nothing_is_counted_and_nothing_is_told_again(
    settings: Settings, store: Store
) -> None:
    store.register(unreachable(4))

    for minutes in (0, 5, 10):
        assert len(collect(store, settings, lambda: NOW + timedelta(minutes=minutes), wait=Waits())) == 4  # noqa: B023

    assert {of.schedule.failures for of in store.watched()} == {0}
    assert [event.what for event in store.events("network")] == ["our network fails"]


def test_a_few_sources_that_fail_are_counted_as_ever(web: Web, settings: Settings, store: Store) -> None:
    web.pages["/feed"] = Reply(feed_of("a"))
    store.register([*unreachable(2), feed_at(web.url("/feed"), "well")])

    collect(store, settings, lambda: NOW, wait=Waits())

    assert {of.source.id: of.schedule.failures for of in store.watched()} == {"silent-0": 1, "silent-1": 1, "well": 0}
    assert store.network_alarm() is None
