from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.due import PATIENCE, after_failure, after_success, interval, recent, redirected, retry_after, troubled
from tests.makers import HOUR, NOW, a_source
from tracker.conduct import Condition, Conduct
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


def failed(
    failures: int, outcome: Outcome = Outcome.HTTP_ERROR, status: int | None = 403, every: str = "3h"
) -> tuple[timedelta, str]:
    """The wait after so many failures in a row, and its reason."""
    conduct = Conduct()
    for _ in range(failures):
        conduct = troubled(conduct, outcome, status, NOW)
    at, why = after_failure(a_source(every=every), Schedule(failures=failures), conduct, outcome, status, 0, NOW)
    assert at is not None
    return at - NOW, why


def after(failures: int, outcome: Outcome = Outcome.HTTP_ERROR, status: int | None = 403) -> timedelta:
    return failed(failures, outcome, status)[0]


def test_each_failure_in_a_row_doubles_the_wait_up_to_seven_days() -> None:
    assert [after(n) / HOUR for n in (1, 2, 3)] == [6, 12, 24]
    assert after(50) == PATIENCE


def test_trouble_that_passes_by_itself_makes_the_wait_grow_more_slowly() -> None:
    assert after(4, Outcome.TIMEOUT, None) == 6 * HOUR
    assert after(2, Outcome.HTTP_ERROR, 503) == 6 * HOUR
    assert after(2, Outcome.UNREADABLE, 200) == 12 * HOUR


def test_a_failure_never_shortens_a_long_interval() -> None:
    assert failed(1, Outcome.TIMEOUT, None, every="30d")[0] >= 30 * DAY


def test_the_weights_of_different_failures_in_a_row_are_summed() -> None:
    conduct = Conduct()
    for outcome, status in [(Outcome.TIMEOUT, None), (Outcome.HTTP_ERROR, 503), (Outcome.UNREADABLE, 200)]:
        conduct = troubled(conduct, outcome, status, NOW)

    assert conduct.trouble_weight == 1.75


@pytest.mark.parametrize(
    ("weight", "days", "status", "condition", "wait"),
    [
        (6.9, 1, 403, Condition.OK, PATIENCE),
        (7.0, 1, 403, Condition.FAILING, PATIENCE),
        (1.0, 90, 403, Condition.ASLEEP, 30 * DAY),
        (50.0, 90, 403, Condition.ASLEEP, 30 * DAY),
        (0.0, 0, 410, Condition.GONE, None),
    ],
)
def test_a_source_in_trouble_is_asked_weekly_then_monthly_and_never_after_a_410(
    weight: float, days: int, status: int, condition: Condition, wait: timedelta | None
) -> None:
    before = Conduct(trouble_weight=weight, trouble_since=NOW - days * DAY)
    conduct = troubled(before, Outcome.HTTP_ERROR, status, NOW)

    at, why = after_failure(a_source(every="3h"), Schedule(failures=9), conduct, Outcome.HTTP_ERROR, status, 0, NOW)

    assert conduct.condition is condition
    if wait is None:
        assert at is None
    elif condition is not Condition.OK:
        assert at == NOW + wait
    assert condition is Condition.OK or condition.value in why


@pytest.mark.parametrize(
    ("old", "new", "at_once"),
    [
        ("http://a.example/feed", "https://a.example/feed", True),
        ("http://a.example/feed", "https://b.example/feed", False),
        ("https://a.example/feed", "http://a.example/feed", False),
    ],
)
def test_a_move_from_http_to_https_of_the_same_host_is_believed_at_once(old: str, new: str, at_once: bool) -> None:
    _, address = redirected(Conduct(), old, new, NOW)

    assert address == (new if at_once else None)


def test_the_reason_is_in_words() -> None:
    assert failed(3, status=503)[1] == "failed 3 times in a row (http error, 503)"


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
