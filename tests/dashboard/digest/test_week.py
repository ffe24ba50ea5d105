"""The rules of weeks: from Monday to Sunday in UTC, numbered as ISO 8601 does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.digest.week import Week, last_whole
from tracker.errors import WrongUse

TIMES = st.datetimes(datetime(2020, 1, 6), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(TIMES)
def test_every_moment_is_in_its_week_and_in_no_other(when: datetime) -> None:
    week = Week.of(when)

    assert week.begins <= when < week.ends
    assert (week.before.ends, week.after.begins) == (week.begins, week.ends)
    assert week.before < week < week.after
    assert Week.parse(str(week)) == week


def test_a_week_begins_on_monday_in_utc() -> None:
    late_sunday_in_new_york = datetime(2020, 5, 3, 22, tzinfo=timezone(timedelta(hours=-4)))

    assert Week.of(late_sunday_in_new_york).monday == date(2020, 5, 4)


def test_the_first_days_of_a_year_may_belong_to_the_year_before() -> None:
    assert str(Week.of(datetime(2021, 1, 1, tzinfo=UTC))) == "2020-W53"


@pytest.mark.parametrize("text", ["", "2020", "2020-18", "2020-W00", "2021-W53", "2019-W10", "W18", "2020-W1٨"])
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(WrongUse, match="such as 2020-W18"):
        Week.parse(text)


def test_the_last_whole_week_is_over() -> None:
    sunday, monday = datetime(2020, 5, 3, 23, 59, tzinfo=UTC), datetime(2020, 5, 4, tzinfo=UTC)

    assert (str(last_whole(sunday)), str(last_whole(monday))) == ("2020-W17", "2020-W18")
