from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.due import after_success
from collectors.hints import fresh_for, publisher_hints
from tests.makers import HOUR, NOW, a_source
from tracker.conduct import Hints


def rss(head: str) -> bytes:
    return f'<rss version="2.0"><channel>{head}<item><ttl>5</ttl></item></channel></rss>'.encode()


@pytest.mark.parametrize(
    ("head", "minutes"),
    [
        ("", 0),
        ("<ttl>180</ttl>", 180),
        ("<ttl><![CDATA[180]]></ttl>", 180),
        ("<ttl>soon</ttl>", 0),
        ("<!-- <ttl>180</ttl> -->", 0),
        ("<ttl>999999</ttl>", 1440),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 720),
        ("<sy:updatePeriod> hourly </sy:updatePeriod>", 60),
        ("<sy:updateFrequency>0</sy:updateFrequency>", 1440),
        ("<ttl>30</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 60),
    ],
)
def test_the_head_of_a_feed_says_how_long_to_wait(head: str, minutes: int) -> None:
    assert publisher_hints(rss(head)).wait_minutes == minutes


def test_hours_and_days_to_skip_are_read_and_nonsense_is_not() -> None:
    hints = publisher_hints(
        rss("<skipHours><hour>0</hour><hour>24</hour><hour> 7</hour><hour>99</hour></skipHours>"
            "<skipDays><day>Sunday</day><day>Caturday</day></skipDays>")
    )  # fmt: skip
    everything = publisher_hints(rss(f"<skipHours>{''.join(f'<hour>{n}</hour>' for n in range(24))}</skipHours>"))

    assert (hints.skip_hours, hints.skip_days) == ((0, 7), (6,))
    assert everything.skip_hours == ()


@pytest.mark.parametrize(
    ("cache_control", "expires", "seconds"),
    [
        ("public, max-age=7200", None, 7200),
        ("max-age=7200", "Thu, 01 Jan 1970 00:00:00 GMT", 7200),
        ("no-cache, max-age=7200", None, 0),
        ("max-age=99999999", None, 86400),
        (None, "Mon, 04 May 2020 12:00:00 GMT", 3600),
        (None, "Mon, 04 May 2020 10:00:00 GMT", 0),
        (None, "0", 0),
        (None, None, 0),
    ],
)
def test_the_headers_say_how_long_an_answer_stays_fresh(
    cache_control: str | None, expires: str | None, seconds: int
) -> None:
    assert fresh_for(cache_control, expires, "Mon, 04 May 2020 11:00:00 GMT", NOW).total_seconds() == seconds


def test_hours_that_the_publisher_skips_are_passed_over() -> None:
    """The clock of the tests stands at 12 o'clock; without news the wait is a day and a little."""
    source = a_source(every="adaptive")
    at, _ = after_success(source, 336, NOW, Hints(skip_hours=(NOW.hour, NOW.hour + 1)))

    assert timedelta() < at - (NOW + 2 * HOUR) < HOUR


def test_days_that_the_publisher_skips_cost_a_day_at_most() -> None:
    at, why = after_success(a_source(every="adaptive"), 336, NOW, Hints(skip_days=(0, 1, 2)))

    assert timedelta(hours=24) < at - NOW < timedelta(hours=25)
    assert "to skip" in why


@given(st.binary(max_size=300), st.text(max_size=40), st.text(max_size=40))
def test_no_feed_and_no_header_breaks_a_hint(body: bytes, one: str, other: str) -> None:
    assert publisher_hints(rss("") + body).wait_minutes <= 1440
    assert timedelta() <= fresh_for(one, other, other, NOW) <= timedelta(hours=24)
