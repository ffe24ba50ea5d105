from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from benchmarks.kit import tree
from benchmarks.kit.web import ENTRIES, FORMATS, HAZARDS, MISBEHAVIOURS, feed, serving
from benchmarks.soak import slope
from collectors.feed import read_feed


@pytest.mark.parametrize("number", range(len(FORMATS)))
def test_every_feed_of_the_race_has_all_its_entries_with_title_text_date_and_address(number: int) -> None:
    body, content_type, _ = feed(number)

    read = read_feed(body, f"http://127.1.0.1/feed/{number}", content_type)

    assert len(read.entries) == ENTRIES
    assert not read.hints
    assert all(entry.title and entry.url and entry.published for entry in read.entries)
    assert all(len(entry.text or entry.summary) > 1000 for entry in read.entries)


def test_a_feed_is_the_same_in_every_process() -> None:
    feed.cache_clear()
    first = feed(3)
    feed.cache_clear()

    assert feed(3) == first


def test_the_web_counts_what_it_is_asked() -> None:
    with serving(news_seconds=60) as web:
        with urllib.request.urlopen(web.url("feed", 1), timeout=10) as answer:
            body, etag = answer.read(), answer.headers["ETag"]
        again = urllib.request.Request(web.url("feed", 1), headers={"If-None-Match": etag})
        with pytest.raises(urllib.error.HTTPError, match="304"):
            urllib.request.urlopen(again, timeout=10)

        asked = web.counted()

    assert asked == {"requests": 2, "not_modified": 1, "bytes": len(body)}


def test_hazards_and_misbehaviours_are_named_once_but_for_those_that_have_news() -> None:
    assert len(set(HAZARDS)) == len(HAZARDS)
    assert len(set(MISBEHAVIOURS)) == len(MISBEHAVIOURS) - 1


def test_a_command_that_was_run_has_said_what_it_said_and_ended_as_it_did(tmp_path: Path) -> None:
    ran = tree.run([sys.executable, "-c", "print('said'); raise SystemExit(3)"], folder=tmp_path)

    assert (ran.status, ran.said) == (3, "said\n")


def test_the_memory_of_this_process_is_that_of_its_main_part() -> None:
    assert tree.shares(os.getpid())["main"] > 1


def test_a_slope_is_the_growth_for_each_step() -> None:
    rows = [{"minute": minute, "memory_mb": 100 + 2 * minute} for minute in (1.0, 2.0, 4.0)]

    assert slope(rows, "memory_mb") == pytest.approx(2)
    assert slope([{"minute": 1.0, "memory_mb": 5.0}], "memory_mb") == 0
