"""The rules of pace: pauses do not count, and others' figures are for editors."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.makers import NOW
from tests.tracker.teaching import arrive, decide
from tracker import speed
from tracker.model import Person, Source
from tracker.store import Store


def at(*minutes: float) -> list[datetime]:
    return [NOW + timedelta(minutes=minute) for minute in minutes]


def test_pauses_of_five_minutes_count_neither_as_time_nor_as_an_item() -> None:
    found = speed.pace(at(0, 1, 2, 10, 11, 16))

    assert (found.decided, found.active, found.per_hour) == (3, timedelta(minutes=3), 60.0)


def test_one_decision_tells_no_pace() -> None:
    assert math.isnan(speed.pace(at(0)).per_hour)


@given(st.lists(st.integers(0, 600), max_size=40))
def test_the_order_in_which_decisions_are_read_says_nothing(minutes: list[int]) -> None:
    assert speed.pace(at(*minutes)) == speed.pace(at(*sorted(minutes)))


@given(st.lists(st.lists(st.integers(0, 600), max_size=20), max_size=4))
def test_the_team_is_all_items_over_all_active_time(people: list[list[int]]) -> None:
    paces = [speed.pace(at(*some)) for some in people]

    team = speed.together(paces)

    assert team.decided == sum(one.decided for one in paces)
    assert team.active == sum((one.active for one in paces), timedelta())


def test_everybody_sees_their_own_pace_and_the_teams_and_editors_each(
    store: Store, source: Source, ana: Person, ben: Person, now: datetime
) -> None:
    items = arrive(store, source, [True] * 6, now)
    decide(store, ana, items[:4], [True] * 4, now)
    decide(store, ben, items[4:], [True] * 2, now)

    seen_by_ana, seen_by_ben = (speed.paces(store, person, now) for person in (ana, ben))

    assert (seen_by_ana.own.decided, seen_by_ana.team.decided, seen_by_ana.people) == (3, 4, 2)
    assert seen_by_ana.each == ()
    assert [(who, pace.decided) for who, pace in seen_by_ben.each] == [(ana.id, 3), (ben.id, 1)]
    assert speed.paces(store, ana, now + timedelta(hours=1)).team.decided == 0


def test_less_than_a_minute_tells_no_pace() -> None:
    assert math.isnan(speed.pace(at(0, 0.01, 0.02)).per_hour)
