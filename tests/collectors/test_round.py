from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors.round import collect, collect_until
from tests.collectors.conftest import Asked, Reply, Waits, Web, article_of, feed_at, feed_of, page_at
from tests.makers import HOUR, NOW, a_person
from tests.waiting import PATIENCE, until
from tracker import taxonomy, words
from tracker.errors import NotFound, StoreUnavailable
from tracker.evidence import Archive
from tracker.model import Fetch, ListedWord, Outcome, Role, Schedule, Source, Tier
from tracker.settings import Settings
from tracker.store import Store


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """The rules of a round are the same on both databases; claiming is tested with the store."""
    return sqlite_store


def one(store: Store, settings: Settings, source: Source, at: datetime = NOW) -> Fetch:
    """The fetch of a round over this source alone."""
    store.register([source])
    (fetch,) = collect(store, settings, lambda: at, [source.id], wait=Waits())
    return fetch


def schedule(store: Store, id: str = "news") -> Schedule:
    return store.watched([id])[0].schedule


def titles(store: Store, source_id: str = "news") -> int:
    return store.source_counts(NOW)[source_id][2] if source_id in store.source_counts(NOW) else 0


# ------------------------------------------------------------------------------------------------------------- feeds


def test_a_feed_is_collected_and_asked_again_when_it_is_due(web: Web, settings: Settings, store: Store) -> None:
    web.pages["/feed"] = Reply(feed_of("a", "b"))
    store.register([feed_at(web.url("/feed"), every="3h")])

    (first,) = collect(store, settings, lambda: NOW)
    too_early = collect(store, settings, lambda: NOW + 2 * HOUR)
    (second,) = collect(store, settings, lambda: NOW + 3 * HOUR)

    assert (first.outcome, first.seen, first.new, first.status) == (Outcome.OK, 2, 2, 200)
    assert too_early == []
    assert second.outcome is Outcome.UNCHANGED
    assert titles(store) == 2


def test_a_round_with_nothing_due_reads_what_waits_with_the_new_words_of_the_desk(
    web: Web, settings: Settings, store: Store
) -> None:
    web.pages["/feed"] = Reply(feed_of("Brickflinging in the street"))
    store.register([feed_at(web.url("/feed"), every="3h")])
    collect(store, settings, lambda: NOW)
    ben = store.add_person(a_person(role=Role.EDITOR), "no hash", "test")
    word = ListedWord(language="en", group_name="issues", code="hate_crime", term="brickflinging")

    words.put_in(store, taxonomy.load(), word, ben, NOW)
    collect(store, settings, lambda: NOW + HOUR)

    assert store.queue_by("issue") == {"hate_crime": 1}


def test_what_stands_in_a_feed_twice_or_again_is_kept_once(web: Web, settings: Settings, store: Store) -> None:
    source = feed_at(web.url("/feed"))
    web.pages["/feed"] = Reply(feed_of("a", "b", "a"))
    one(store, settings, source)
    web.pages["/feed"] = Reply(feed_of("b", "c"))

    fetch = one(store, settings, source, NOW + HOUR)

    assert (fetch.new, fetch.known) == (1, 1)
    assert titles(store) == 3


def test_validators_are_sent_back_byte_for_byte_and_a_304_writes_no_item(
    web: Web, settings: Settings, store: Store
) -> None:
    validators = {"ETag": 'W/"a:1+/= "', "Last-Modified": "Mon, 4 May 2020 10:00:00 +0000"}

    def page(asked: Asked) -> Reply:
        return Reply(status=304) if "if-none-match" in asked.headers else Reply(feed_of("a"), headers=validators)

    web.pages["/feed"] = page
    source = feed_at(web.url("/feed"))
    one(store, settings, source)

    fetch = one(store, settings, source, NOW + HOUR)

    assert (fetch.outcome, fetch.status) == (Outcome.UNCHANGED, 304)
    assert web.asked[1].headers["if-none-match"] == validators["ETag"]
    assert web.asked[1].headers["if-modified-since"] == validators["Last-Modified"]
    after = schedule(store)
    assert (after.etag, after.last_success_at, after.failures) == (validators["ETag"], NOW + HOUR, 0)


def test_the_newest_validators_are_kept_although_the_bytes_are_the_same(
    web: Web, settings: Settings, store: Store
) -> None:
    source = feed_at(web.url("/feed"))
    web.pages["/feed"] = Reply(feed_of("a"), headers={"ETag": '"1"'})
    one(store, settings, source)
    web.pages["/feed"] = Reply(feed_of("a"), headers={"ETag": '"2"'})

    fetch = one(store, settings, source, NOW + HOUR)

    assert (fetch.outcome, fetch.status) == (Outcome.UNCHANGED, 200)
    assert schedule(store).etag == '"2"'


def test_a_304_that_renews_the_validators_is_heeded(web: Web, settings: Settings, store: Store) -> None:
    source = feed_at(web.url("/feed"))
    web.pages["/feed"] = Reply(feed_of("a"), headers={"ETag": '"1"', "Last-Modified": "Mon, 04 May 2020 10:00:00 GMT"})
    one(store, settings, source)
    web.pages["/feed"] = Reply(status=304, headers={"ETag": '"2"'})

    one(store, settings, source, NOW + HOUR)

    assert schedule(store).etag == '"2"'
    assert schedule(store).last_modified == "Mon, 04 May 2020 10:00:00 GMT"


def test_a_feed_without_entries_is_empty_and_no_failure(web: Web, settings: Settings, store: Store) -> None:
    web.pages["/feed"] = Reply(feed_of())

    fetch = one(store, settings, feed_at(web.url("/feed")))

    assert fetch.outcome is Outcome.EMPTY
    assert schedule(store).failures == 0


# ---------------------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("reply", "outcome", "said"),
    [
        (Reply(status=404), Outcome.HTTP_ERROR, "answered 404; there is nothing at this address"),
        (Reply(status=500), Outcome.HTTP_ERROR, "answered 500; its server has trouble"),
        (Reply(b"<html><body>Hello</body></html>"), Outcome.UNREADABLE, "is a web page, not a feed"),
        (Reply(b""), Outcome.UNREADABLE, "the answer is empty"),
        (Reply(b"x" * 600_000), Outcome.TOO_LARGE, "is larger than"),
    ],
)
def test_a_failure_is_recorded_in_words_and_waits_longer_each_time(
    web: Web, settings: Settings, store: Store, reply: Reply, outcome: Outcome, said: str
) -> None:
    web.pages["/feed"] = reply
    source = feed_at(web.url("/feed"), every="3h")

    first = one(store, settings, source)
    first_wait = (schedule(store).next_at or NOW) - NOW
    one(store, settings, source)
    second_wait = (schedule(store).next_at or NOW) - NOW

    assert first.outcome is outcome
    assert said in first.error
    assert timedelta(hours=3) < first_wait < second_wait
    assert schedule(store).failures == 2
    assert schedule(store).next_reason.startswith("failed 2 times in a row")
    rounds, tries = 2, 2 if reply.status == 500 else 1
    assert len(web.asked) == rounds * tries, "only a stumbling server is asked twice in one round"


def test_one_success_ends_the_waiting(web: Web, settings: Settings, store: Store) -> None:
    source = feed_at(web.url("/feed"), every="3h")
    web.pages["/feed"] = Reply(status=500)
    one(store, settings, source)
    web.pages["/feed"] = Reply(feed_of("a"))

    one(store, settings, source)

    assert (schedule(store).failures, schedule(store).next_at) == (0, NOW + 3 * HOUR)


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_to_wait_is_obeyed_and_it_is_no_failure(
    web: Web, settings: Settings, store: Store, status: int
) -> None:
    web.pages["/feed"] = Reply(status=status, headers={"Retry-After": "14400"})

    one(store, settings, feed_at(web.url("/feed"), every="30m"))

    assert (schedule(store).next_at, schedule(store).failures) == (NOW + 4 * HOUR, 0)
    assert "asked to wait" in schedule(store).next_reason
    assert len(web.asked) == 1


def test_a_failing_source_costs_no_other_source_anything(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {"/good": Reply(feed_of("a")), "/bad": Reply(b"\x00\xff"), "/gone": Reply(status=410)}
    store.register(
        [
            feed_at(web.url("/bad"), "bad"),
            feed_at("http://127.0.1.200:1/", "off"),
            feed_at("https://feeds.invalid/", "unknown"),
            feed_at("http://127.0.2.1/", "inside"),
            feed_at(web.url("/gone"), "gone"),
            feed_at(web.url("/good"), "good"),
        ]
    )

    fetches = {fetch.source_id: fetch for fetch in collect(store, settings, lambda: NOW, wait=Waits())}

    assert len(fetches) == 6
    assert fetches["good"].new == 1
    assert all(fetches[id].error for id in fetches if id != "good")


def test_a_host_that_hangs_does_not_hold_up_the_others(web: Web, settings: Settings, store: Store) -> None:
    never = threading.Event()
    web.pages |= {"/slow": Reply(wait=never), "/feed": Reply(feed_of("a"))}
    store.register([feed_at(web.url("/slow"), "slow", every="30m"), feed_at(web.url("/feed", "127.0.1.2"), "quick")])
    hasty = settings.but(collect={**settings.collect.model_dump(), "timeout_seconds": 2})
    ended: list[str] = []

    collect(store, hasty, lambda: NOW, progress=lambda fetch, *_: ended.append(fetch.source_id if fetch else "start"))
    never.set()

    assert ended == ["start", "quick", "slow"]


def test_an_unknown_id_is_named_before_anything_is_asked(web: Web, settings: Settings, store: Store) -> None:
    with pytest.raises(NotFound, match="'nowhere'"):
        collect(store, settings, lambda: NOW, ["nowhere"])


def test_a_disabled_source_is_asked_only_by_name(web: Web, settings: Settings, store: Store) -> None:
    web.pages["/feed"] = Reply(feed_of("a"))
    store.register([feed_at(web.url("/feed"), enabled=False)])

    assert collect(store, settings, lambda: NOW, all=True) == []
    assert collect(store, settings, lambda: NOW, ["news"])[0].new == 1


# ------------------------------------------------------------------------------------------------------------- pages


@pytest.fixture
def ministry(web: Web) -> Source:
    """A page source with three articles on two listing pages."""
    first = b"<h3><a href='/a'>A</a></h3><h3><a href='/b'>B</a></h3><a class=next href='/list?page=2'>Older</a>"
    web.pages |= {
        "/list": Reply(first),
        "/list?page=2": Reply(b"<h3><a href='/c'>C</a></h3><h3><a href='/a'>A</a></h3>"),
    }
    web.pages |= {f"/{name}": Reply(article_of(f"Title {name}")) for name in "abc"}
    listing = {"links": "h3 a", "next": "a.next", "max_pages": 5}
    return page_at(web.url("/list"), "news", listing=listing, tier=Tier.OFFICIAL)


def test_a_listing_is_followed_over_its_pages_to_each_article(
    web: Web, settings: Settings, store: Store, ministry: Source
) -> None:
    fetch = one(store, settings, ministry)

    assert (fetch.outcome, fetch.seen, fetch.new) == (Outcome.OK, 3, 3)
    assert web.paths() == ["/list", "/list?page=2", "/a", "/b", "/c"]


def test_an_article_that_is_known_is_not_fetched_again(
    web: Web, settings: Settings, store: Store, ministry: Source
) -> None:
    one(store, settings, ministry)
    web.asked.clear()
    web.pages["/list"] = Reply(
        b"<h3><a href='/d?utm_source=home'>D</a></h3><h3><a href='/a?utm_source=home'>A</a></h3>"
    )
    web.pages["/d?utm_source=home"] = Reply(article_of("Title d"))

    fetch = one(store, settings, ministry, NOW + HOUR)

    assert (fetch.seen, fetch.new) == (2, 1)
    assert web.paths() == ["/list", "/d?utm_source=home"]


def test_an_article_that_fails_does_not_cost_its_neighbours_and_is_tried_again(
    web: Web, settings: Settings, store: Store, ministry: Source
) -> None:
    web.pages["/b"] = Reply(status=500)
    first = one(store, settings, ministry)
    web.pages["/b"] = Reply(article_of("Title b"))

    second = one(store, settings, ministry, NOW + HOUR)

    assert (first.outcome, first.new, first.refused) == (Outcome.OK, 2, 1)
    assert "1 of 3 articles could not be read" in first.note
    assert (second.outcome, second.new) == (Outcome.OK, 1), "the listing is unchanged, but not all of it was taken"


def test_a_listing_that_has_not_changed_is_not_read_again(
    web: Web, settings: Settings, store: Store, ministry: Source
) -> None:
    one(store, settings, ministry)

    assert one(store, settings, ministry, NOW + HOUR).outcome is Outcome.UNCHANGED


def test_a_page_whose_articles_all_fail_is_a_failure(
    web: Web, settings: Settings, store: Store, ministry: Source
) -> None:
    web.pages |= {f"/{name}": Reply(b"<html></html>") for name in "abc"}

    fetch = one(store, settings, ministry)

    assert fetch.outcome is Outcome.UNREADABLE
    assert "no text was found" in fetch.error


def test_not_more_articles_than_allowed_are_fetched_and_the_rest_waits(
    web: Web, settings: Settings, store: Store, ministry: Source
) -> None:
    few = ministry.but(listing={**ministry.listing.model_dump(), "max_articles": 2})

    first = one(store, settings, few)
    second = one(store, settings, few, NOW + HOUR)

    assert (first.new, second.new) == (2, 1)
    assert "1 more articles wait" in first.note


def test_a_page_without_links_is_empty(web: Web, settings: Settings, store: Store) -> None:
    web.pages["/list"] = Reply(b"<html><body><p>Nothing</p></body></html>")

    assert one(store, settings, page_at(web.url("/list"))).outcome is Outcome.EMPTY


def test_a_page_that_robots_txt_forbids_is_not_collected(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {"/robots.txt": Reply(b"User-agent: *\nDisallow: /"), "/list": Reply(b"<a href=/a>a</a>")}

    fetch = one(store, settings, page_at(web.url("/list")))

    assert fetch.outcome is Outcome.NOT_ALLOWED
    assert web.paths() == ["/robots.txt"]


# ------------------------------------------------------------------------------------------------ ended half-way


@pytest.fixture
def half_done(web: Web, store: Store) -> Iterator[threading.Event]:
    """A source that answers and one that does not until the event is set."""
    go_on = threading.Event()
    web.pages |= {"/feed": Reply(feed_of("a")), "/slow": Reply(feed_of("late"), wait=go_on)}
    store.register([feed_at(web.url("/feed", "127.0.1.2"), "quick"), feed_at(web.url("/slow"), "slow")])
    yield go_on
    go_on.set()


def test_a_round_that_is_ended_keeps_what_was_finished_and_gives_back_the_rest(
    settings: Settings, store: Store, half_done: threading.Event
) -> None:
    async def ended() -> list[Fetch]:
        stop = asyncio.Event()

        def after_one(fetch: Fetch | None, *_: int) -> None:
            if fetch:
                stop.set()

        return await collect_until(stop, store, settings, lambda: NOW, progress=after_one)

    fetches = asyncio.run(ended())
    half_done.set()
    (next_round,) = collect(store, settings, lambda: NOW + timedelta(seconds=1))

    assert [(fetch.source_id, fetch.outcome) for fetch in fetches] == [
        ("quick", Outcome.OK),
        ("slow", Outcome.BROKEN_OFF),
    ]
    assert store.lease_owners() == set()
    assert (next_round.source_id, next_round.new) == ("slow", 1)


ROUND = """
    import sys
    from datetime import UTC, datetime
    from collectors.round import collect
    from tracker.settings import Settings
    from tracker.store import open_store

    settings = Settings.model_validate_json(sys.argv[1])
    store = open_store(settings.database)
    for fetch in collect(store, settings, lambda: datetime.now(UTC)):
        print(fetch.source_id, fetch.outcome.value, flush=True)
"""


def started(settings: Settings) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(ROUND), settings.model_dump_json()]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


def test_after_a_kill_the_next_round_completes_at_once(
    web: Web, settings: Settings, store: Store, half_done: threading.Event
) -> None:
    running = started(settings)
    until(lambda: "/slow" in web.paths() and store.fetches("quick"))
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=PATIENCE)
    assert store.lease_owners() != set()
    half_done.set()

    (fetch,) = collect(store, settings, lambda: datetime.now(UTC), ["slow"])

    assert (fetch.source_id, fetch.new) == ("slow", 1)
    assert store.lease_owners() == set()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_process_stores_gives_back_and_ends_at_once(
    web: Web, settings: Settings, store: Store, half_done: threading.Event, number: signal.Signals
) -> None:
    running = started(settings)
    until(lambda: "/slow" in web.paths() and store.fetches("quick"))
    running.send_signal(number)
    said, _ = running.communicate(timeout=PATIENCE)

    assert said.split() == ["quick", "ok", "slow", "broken_off"]
    assert running.returncode == 0
    assert store.lease_owners() == set()


def test_two_rounds_at_once_never_ask_the_same_source(
    web: Web, settings: Settings, store: Store, half_done: threading.Event
) -> None:
    running = started(settings)
    until(lambda: "/slow" in web.paths())

    second = collect(store, settings, lambda: datetime.now(UTC), all=True)
    half_done.set()
    running.communicate(timeout=PATIENCE)

    assert "slow" not in {fetch.source_id for fetch in second}
    assert web.paths().count("/slow") == 1


def test_a_store_that_fails_ends_the_round_and_gives_back_the_sources(
    web: Web, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.pages["/feed"] = Reply(feed_of("a"))
    store.register([feed_at(web.url("/feed"))])

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(store, "add_fetches", full)
        with pytest.raises(OSError, match="disk is full"):
            collect(store, settings, lambda: NOW)

    assert titles(store) == 0, "the items are in the same transaction as the fetch"
    assert collect(store, settings, lambda: NOW)[0].new == 1
    assert not list((settings.data / "leases").iterdir())


# ---------------------------------------------------------------------------------------------------------- evidence


def kept(settings: Settings) -> int:
    return len(list(Path(settings.evidence).rglob("*.warc.gz")))


def test_the_bytes_that_items_were_read_from_are_kept_once(web: Web, settings: Settings, store: Store) -> None:
    web.pages["/feed"] = Reply(feed_of("a", "b"))
    source = feed_at(web.url("/feed"))

    one(store, settings, source)
    one(store, settings, source, NOW + HOUR)

    [copy] = store.kept_copies(1)
    assert Archive(settings.evidence).find(copy.digest).body == feed_of("a", "b")
    assert store.kept_copies(2) == [copy]
    assert kept(settings) == 1


def test_each_article_of_a_page_source_has_a_copy_of_its_own(
    web: Web, settings: Settings, store: Store, ministry: Source
) -> None:
    one(store, settings, ministry)

    bodies = [Archive(settings.evidence).find(store.kept_copies(id)[0].digest).body for id in (1, 2, 3)]
    assert bodies == [article_of(f"Title {name}") for name in "abc"]
    assert kept(settings) == 3


def test_without_room_for_evidence_nothing_is_taken_in_and_the_source_stays_due(
    web: Web, settings: Settings, store: Store
) -> None:
    web.pages["/feed"] = Reply(feed_of("a"))
    Path(settings.evidence).parent.mkdir(parents=True, exist_ok=True)
    Path(settings.evidence).write_text("in the way")

    with pytest.raises(StoreUnavailable, match="evidence cannot be written"):
        one(store, settings, feed_at(web.url("/feed")))

    assert titles(store) == 0
    assert len(store.claim_due(NOW, "next", timedelta(minutes=1), 10)) == 1
