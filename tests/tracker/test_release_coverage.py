"""What a release says of how far countries were searched: as a whole only where every month was."""

from __future__ import annotations

from datetime import date

from tests.makers import NOW
from tracker.model import Person, SearchState
from tracker.store import Store
from tracker.store.coverage import CoverageLine, Searched

MONTHS = [date(2020, month, 1) for month in range(1, 5)]  # those that are over


def lines(country: str, *states: Searched) -> list[CoverageLine]:
    return [
        CoverageLine(country=country, issue="hate_crime", month=month, state=state)
        for month, state in zip(MONTHS, states, strict=False)
    ]


def test_a_country_is_searched_as_a_whole_when_every_month_was(store: Store, ana: Person) -> None:
    searched, partly, none = Searched.SEARCHED, Searched.PARTLY, Searched.NOT_SEARCHED
    told = [
        *lines("CA", searched, searched, searched, searched),
        *lines("FR", searched, searched),
        *lines("MX", partly, none),
        *lines("US", none, none, none, none),
    ]
    store.add_coverage(told, ana, NOW)

    made = store.release_next(NOW, "test").coverage

    assert [(one.country, one.state) for one in made] == [
        ("CA", SearchState.SEARCHED),
        ("FR", SearchState.PARTLY),
        ("MX", SearchState.PARTLY),
    ]


def test_what_was_said_last_of_a_month_counts(store: Store, ana: Person) -> None:
    store.add_coverage(lines("CA", *[Searched.SEARCHED] * 4), ana, NOW)
    store.add_coverage(lines("CA", Searched.NOT_SEARCHED), ana, NOW)

    [one] = store.release_next(NOW, "test").coverage

    assert one.state is SearchState.PARTLY
