from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.due import PATIENCE, after_failure, after_success, interval, recent, retry_after
from tests.makers import HOUR, NOW, a_source
from tracker.model import Entry, Outcome, Schedule

DAY = timedelta(days=1)


@pytest.mark.parametrize(("every", "wait"), [("30m", HOUR / 2), ("3h", 3 * HOUR), ("1d", DAY)])
def test_a_configured_interval_is_kept_to_the_second(every: str, wait: timedelta) -> None:
    at, why = after_success(a_source(every=every), 5, NOW)

    assert at == NOW + wait
    assert why == f"every {every}, as configured"


@pytest.mark.parametrize(("new", "wait"), [(0, DAY), (1, DAY), (14, DAY / 2), (28, DAY / 4), (10_000, HOUR / 2)])
def test_an_adaptive_source_is_asked_twice_as_often_as_it_brings_news_within_bounds(new: int, wait: timedelta) -> None:
    found, _ = interval(a_source(every="adaptive"), new)

    assert wait <= found <= wait * 1.1


def test_adaptive_sources_do_not_come_due_together_and_each_keeps_its_place() -> None:
    waits = {interval(a_source(id=f"source-{n}", every="adaptive"), 5)[0] for n in range(50)}

    assert len(waits) > 40
    assert interval(a_source(every="adaptive"), 5) == interval(a_source(every="adaptive"), 5)


def test_the_rhythm_of_a_new_source_is_read_from_the_dates_of_its_entries() -> None:
    dates = [NOW - DAY, NOW - 13 * DAY, NOW - 15 * DAY, NOW + DAY, None]

    assert recent([Entry(published=date) for date in dates], NOW) == 2


def after(failures: int, outcome: Outcome = Outcome.HTTP_ERROR, status: int | None = 403) -> timedelta:
    at, _ = after_failure(a_source(every="3h"), Schedule(failures=failures), outcome, status, 0, NOW)
    return at - NOW


def test_each_failure_in_a_row_doubles_the_wait_up_to_seven_days() -> None:
    assert [after(n) / HOUR for n in (1, 2, 3)] == [6, 12, 24]
    assert after(50) == PATIENCE


def test_trouble_that_passes_by_itself_makes_the_wait_grow_more_slowly() -> None:
    assert after(4, Outcome.TIMEOUT, None) == 6 * HOUR
    assert after(2, Outcome.HTTP_ERROR, 503) == 6 * HOUR
    assert after(2, Outcome.UNREADABLE, 200) == 12 * HOUR


def test_a_failure_never_shortens_a_long_interval() -> None:
    at, _ = after_failure(a_source(every="30d"), Schedule(failures=1), Outcome.TIMEOUT, None, 0, NOW)

    assert at - NOW >= 30 * DAY


def test_the_reason_is_in_words() -> None:
    _, why = after_failure(a_source(every="3h"), Schedule(failures=3), Outcome.HTTP_ERROR, 503, 0, NOW)

    assert why == "failed 3 times in a row (http error, 503)"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7200", NOW + 2 * HOUR),
        ("Mon, 04 May 2020 16:00:00 GMT", NOW + 4 * HOUR),
        ("Mon, 04 May 2020 16:00:00 -0200", NOW + 6 * HOUR),
        ("99999999", NOW + PATIENCE),
        ("9" * 40, NOW + PATIENCE),
        ("Fri, 01 Jan 2100 00:00:00 GMT", NOW + PATIENCE),
        ("Mon, 04 May 2020 10:00:00 GMT", None),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_understood_in_both_forms_and_bounded(header: str | None, expected: datetime | None) -> None:
    assert retry_after(header, NOW) == expected


@given(st.text(max_size=60))
def test_no_retry_after_breaks_anything(header: str) -> None:
    wanted = retry_after(header, NOW)

    assert wanted is None or NOW < wanted.astimezone(UTC) <= NOW + PATIENCE
