from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from collectors.parsing import Parsers
from tests.collectors.conftest import SAMPLES, article_of, feed_of
from tracker.errors import BadFeed, BadPage
from tracker.model import Listing

URL = "https://example.org/feed"
# Reading attributes is quadratic: these take minutes.
HOSTILE = (
    b"<rss version='2.0'><channel><item "
    + b" ".join(b"a%d='1'" % n for n in range(60_000))
    + b"></item></channel></rss>"
)


def test_a_worker_reads_what_the_parsers_read() -> None:
    async def all_three() -> tuple[int, int, str]:
        async with Parsers(workers=1) as parsers:
            feed = await parsers.feed(feed_of("a", "b"), URL)
            listing = await parsers.listing(
                (SAMPLES / "pages" / "listing.html").read_bytes(), URL, Listing(links="h3 a")
            )
            return len(feed.entries), len(listing.links), (await parsers.article(article_of("Shelters"), URL)).title

    assert asyncio.run(all_three()) == (2, 2, "Shelters")


def test_a_named_refusal_comes_back_as_itself_and_the_worker_goes_on() -> None:
    async def twice() -> int:
        async with Parsers(workers=1) as parsers:
            with pytest.raises(BadFeed, match="is no feed"):
                await parsers.feed(b"hello", URL)
            with pytest.raises(BadPage, match="no text"):
                await parsers.article(b"<html></html>", URL)
            return len((await parsers.feed(feed_of("a"), URL)).entries)

    assert asyncio.run(twice()) == 1


def test_a_feed_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    async def hostile_then_good() -> int:
        async with Parsers(workers=1, seconds=0.5) as parsers:
            with pytest.raises(BadFeed, match=r"took longer than 0\.5 seconds"):
                await parsers.feed(HOSTILE, URL)
            return len((await parsers.feed(feed_of("a"), URL)).entries)

    assert asyncio.run(hostile_then_good()) == 1


def test_a_hostile_feed_does_not_hold_up_the_others() -> None:
    async def side_by_side() -> int:
        async with Parsers(workers=2, seconds=2) as parsers:
            hostile = asyncio.create_task(parsers.feed(HOSTILE, URL))
            good = [len((await parsers.feed(feed_of("a"), URL)).entries) for _ in range(5)]
            assert not hostile.done()
            with pytest.raises(BadFeed):
                await hostile
            return sum(good)

    assert asyncio.run(side_by_side()) == 5


def children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def test_a_worker_that_dies_costs_one_feed() -> None:
    async def killed() -> int:
        before = children()
        async with Parsers(workers=1) as parsers:
            await parsers.feed(feed_of("a"), URL)
            for pid in children() - before:
                os.kill(pid, signal.SIGKILL)
            with pytest.raises(BadFeed, match="ended the parser"):
                await parsers.feed(feed_of("a"), URL)
            return len((await parsers.feed(feed_of("a"), URL)).entries)

    assert asyncio.run(killed()) == 1


def test_an_interrupted_question_is_never_answered_with_the_next_ones_answer() -> None:
    async def interrupted() -> str:
        async with Parsers(workers=1) as parsers:
            await parsers.feed(feed_of("warm"), URL)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(parsers.feed(HOSTILE, URL), 0.2)
            return (await parsers.feed(feed_of("right"), URL)).entries[0].title

    assert asyncio.run(interrupted()) == "right"


def test_no_worker_is_left_behind() -> None:
    async def used() -> None:
        async with Parsers() as parsers:
            await asyncio.gather(*(parsers.feed(feed_of("a"), URL) for _ in range(4)))

    before = children()
    asyncio.run(used())

    assert children() == before
