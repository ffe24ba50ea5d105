"""What the public may ask of its copy: the sets in memory say what the rows say, and follow every change of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import NOW, an_initiative
from tracker.model import Filters, InitiativeState, Person, Published, Record, RoughDate, Wording
from tracker.store import PublicStore, Store
from tracker.store.coverage import CoverageLine, Searched
from tracker.store.public import Order
from tracker.store.public_index import as_set, members, portion, size
from tracker.store.rows import PublicChangeRow

_CHANGE = PublicChangeRow.__table__  # type: ignore[attr-defined]
NUMBERS = st.sets(st.integers(0, 3000), max_size=200)
MARCH, APRIL, MAY = (date(2020, month, 1) for month in (3, 4, 5))


@given(NUMBERS)
def test_a_set_has_the_numbers_it_was_made_of(numbers: set[int]) -> None:
    made = as_set(numbers)

    assert (list(members(made)), size(made)) == (sorted(numbers, reverse=True), len(numbers))


@given(st.lists(NUMBERS, max_size=5), st.integers(0, 300), st.integers(1, 50), st.booleans())
def test_a_portion_is_cut_out_of_all_of_them(groups: list[set[int]], offset: int, limit: int, lowest: bool) -> None:
    together = [number for numbers in groups for number in sorted(numbers, reverse=not lowest)]

    assert portion(map(as_set, groups), offset, limit, lowest_first=lowest) == together[offset : offset + limit]


@dataclass
class Desk:
    store: Store
    ana: Person
    ben: Person

    def publish(self, **changes: Any) -> Record:
        made = self.store.add_initiative(an_initiative(**changes), self.ana, NOW, "1", sample=False)
        return self.approve(made)

    def change(self, id: int, **changes: Any) -> Record:
        record = self.store.record(id)
        after = record.initiative.but(**changes)
        return self.approve(self.store.add_revision(id, record.revision, after, self.ana, NOW, "1", "corrected"))

    def approve(self, record: Record) -> Record:
        states = InitiativeState
        self.store.move_initiative(record.id, record.revision, [states.DRAFT], states.SECOND_LOOK, self.ana)
        return self.store.approve_initiative(record.id, record.revision, self.ben, NOW + timedelta(minutes=record.id))


@pytest.fixture
def desk(store: Store, ana: Person, ben: Person) -> Desk:
    made = Desk(store, ana, ben)
    for number in range(12):
        made.publish(
            wordings={"en": Wording(title=f"Helpline {number}", summary="Night and day." if number % 2 else "By day.")},
            issues=("hate_crime", "domestic_violence") if number % 4 == 0 else ("domestic_violence",),
            types=(("A1", "G3", "A4")[number % 3],),
            countries=(("CA", "FR"), ("FR",), ("MX",), ())[number % 4],
            start=RoughDate.parse(f"2020-0{3 + number % 3}-10") if number < 10 else None,
        )
    return made


@pytest.fixture
def door(desk: Desk) -> Iterator[PublicStore]:
    opened = PublicStore(desk.store.url, read_only=True)
    yield opened
    opened.close()


def by_hand(wanted: Filters, records: list[Published]) -> list[int]:
    """The rule of the filters, told once more of one record after the other."""

    def is_wanted(one: Published) -> bool:
        content = one.initiative
        month = content.start.first_day.replace(day=1) if content.start else None
        return (
            all(
                not asked or set(asked) & set(there)
                for asked, there in (
                    (wanted.issues, content.issues),
                    (wanted.types, content.types),
                    (wanted.countries, content.countries),
                )
            )
            and (wanted.from_month is None or (month is not None and month >= wanted.from_month))
            and (wanted.to_month is None or (month is not None and month <= wanted.to_month))
            and all(word in str(content.wordings).casefold() for word in wanted.text.split())
        )

    return [one.id for one in records if is_wanted(one)]


ASKED = [
    Filters(),
    Filters(issues=("hate_crime",)),
    Filters(countries=("CA", "MX")),
    Filters(countries=("FR",), types=("A1", "G3")),
    Filters(from_month=APRIL),
    Filters(from_month=APRIL, to_month=APRIL, issues=("domestic_violence",)),
    Filters(to_month=MARCH),
    Filters(text="night helpline"),
    Filters(text="night", countries=("FR",), to_month=APRIL),
    Filters(countries=("BR",)),
]


@pytest.mark.parametrize("wanted", ASKED, ids=lambda wanted: str(wanted.model_dump(exclude_defaults=True)))
def test_filters_find_what_one_would_find_by_hand(door: PublicStore, wanted: Filters) -> None:
    everything = list(door.each(Filters()))

    ids = [one.id for one in door.each(wanted)]

    assert ids == by_hand(wanted, everything)
    assert door.count(wanted) == len(ids)
    assert [one.id for one in door.page(wanted, 1, 3)] == ids[1:4]
    countries = Counter(code for one in everything for code in one.initiative.countries
                        if one.id in by_hand(wanted.but(countries=()), everything))  # fmt: skip
    assert door.facets(wanted)["country"] == dict(countries)


def test_every_change_of_what_is_public_is_seen_at_once(desk: Desk, door: PublicStore) -> None:
    def told(store: PublicStore) -> object:
        return [store.count(wanted) for wanted in ASKED], store.facets(Filters()), store.months(Filters())

    told(door)
    acts: list[Callable[[], object]] = [
        lambda: desk.publish(countries=("BR",), start=None),
        lambda: desk.change(1, countries=("BR", "MX"), start=RoughDate.parse("2020-05")),
        lambda: desk.store.withdraw_initiative(2, desk.ben, NOW, "The source took it back."),
        lambda: desk.change(3, wordings={"en": Wording(title="At night", summary="A helpline.")}),
    ]
    for act in acts:
        before = told(door)
        act()
        new = PublicStore(desk.store.url, read_only=True)

        assert told(door) == told(new) != before
        new.close()


def test_a_line_that_a_slower_writer_numbered_earlier_is_not_missed(desk: Desk, door: PublicStore) -> None:
    with desk.store.writing() as db:  # numbers 13 and 14 are taken, 14 is there first
        line = {"at": NOW, "what": "changed", "fields": [], "reason": "", "revision": 1}
        db.execute(sa.insert(_CHANGE).values(id=14, initiative_id=1, **line))
    assert door.facets(Filters())["country"] == {"FR": 6, "CA": 3, "MX": 3}

    with desk.store.writing() as db:
        db.execute(sa.insert(_CHANGE).values(id=13, initiative_id=2, **line))
        db.execute(sa.text("UPDATE public_facet SET code = 'BR' WHERE initiative_id = 2 AND kind = 'country'"))

    assert door.facets(Filters())["country"] == {"FR": 5, "CA": 3, "MX": 3, "BR": 1}


def test_the_list_stands_in_the_order_that_is_asked_for(door: PublicStore) -> None:
    def ids(order: Order, *, backwards: bool = False) -> list[int]:
        return [one.id for one in door.page(Filters(), 0, 12, order=order, backwards=backwards)]

    assert ids(Order.ID) == list(range(1, 13))
    assert ids(Order.ID, backwards=True) == ids(Order.CHANGED) == list(range(12, 0, -1))
    assert ids(Order.CHANGED, backwards=True) == list(range(1, 13))
    assert ids(Order.BEGAN) == [9, 6, 3, 8, 5, 2, 10, 7, 4, 1, 12, 11]
    assert ids(Order.BEGAN, backwards=True) == [1, 4, 7, 10, 2, 5, 8, 3, 6, 9, 11, 12]
    assert ids(Order.COUNTRY) == [9, 5, 1, 10, 6, 2, 11, 7, 3, 12, 8, 4]
    assert ids(Order.TYPE, backwards=True) == [2, 5, 8, 11, 3, 6, 9, 12, 1, 4, 7, 10]


def test_months_are_counted_with_the_other_filters(door: PublicStore) -> None:
    assert door.months(Filters()) == {MARCH: 4, APRIL: 3, MAY: 3, None: 2}
    assert door.months(Filters(countries=("FR",), from_month=MAY)) == {MARCH: 2, APRIL: 2, MAY: 2}


def test_countries_stand_side_by_side_under_the_other_filters(door: PublicStore) -> None:
    sides = door.beside(Filters(issues=("hate_crime",), countries=("MX",)), ["CA", "MX"])

    assert (sides["CA"].total, sides["CA"].first, sides["CA"].last) == (3, date(2020, 3, 10), date(2020, 5, 10))
    assert sides["CA"].counts["type"] == {"A1": 1, "A4": 1, "G3": 1}
    assert (sides["MX"].total, sides["MX"].first, sides["MX"].counts["issue"]) == (0, None, {})


def test_searched_are_countries_of_which_somebody_says_so_last(desk: Desk, door: PublicStore) -> None:
    def line(country: str, state: Searched, issue: str = "hate_crime", month: date = MARCH) -> CoverageLine:
        return CoverageLine(country=country, issue=issue, month=month, state=state)

    told = [
        line("CA", Searched.SEARCHED),
        line("FR", Searched.PARTLY, "domestic_violence"),
        line("MX", Searched.SEARCHED),
        line("BR", Searched.NOT_SEARCHED),
        line("US", Searched.SEARCHED, month=MAY),
    ]
    desk.store.add_coverage(told, desk.ana, NOW)
    desk.store.add_coverage([line("MX", Searched.NOT_SEARCHED)], desk.ana, NOW)

    assert door.searched(Filters()) == {"CA", "FR", "US"}
    assert door.searched(Filters(issues=("hate_crime",))) == {"CA", "US"}
    assert door.searched(Filters(issues=("hate_crime",), to_month=APRIL)) == {"CA"}
