"""The rules of the figures: what passes between a claim and the public, and no figure over too few."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.tracker.test_agreement import twice
from tracker.model import Coverage, SearchState, Verdict
from tracker.publishing.figures import agreed_by, covered, spread
from tracker.regions import REGIONS
from tracker.store.second_coding import Coding

HOURS = [timedelta(hours=hours) for hours in range(1, 11)]


def test_half_of_the_times_are_no_longer_than_the_median_and_nine_tenths_no_longer_than_the_ninth_decile() -> None:
    found = spread(reversed(HOURS))

    assert found is not None
    assert (found.of, found.median_hours, found.ninth_decile_hours) == (10, 5.0, 9.0)


def test_nothing_has_no_median() -> None:
    assert spread([]) is None


def test_a_claim_from_the_future_is_no_time_that_passed() -> None:
    assert spread([timedelta(hours=-3)]) is None


@given(st.lists(st.integers(0, 10_000), min_size=1))
def test_the_figures_are_among_the_times_and_in_order(hours: list[int]) -> None:
    found = spread(timedelta(hours=hour) for hour in hours)

    assert found is not None
    assert found.median_hours in hours
    assert min(hours) <= found.median_hours <= found.ninth_decile_hours <= max(hours)


def test_what_was_searched_is_counted_over_every_country_and_issue() -> None:
    states = (("CA", SearchState.SEARCHED), ("FR", SearchState.PARTLY), ("AQ", SearchState.PARTLY))
    told = [Coverage(country=country, issue="hate_crime", state=state) for country, state in states]

    found = covered(told, ["hate_crime", "domestic_violence"])

    countries = len({country for region in REGIONS.values() for country in region})
    assert found == {"searched": 1, "partly": 2, "not_searched": 2 * countries - 2}  # Antarctica is in no region


def test_while_nobody_has_searched_there_is_no_figure_of_it() -> None:
    assert covered([], ["hate_crime"]) is None


# -------------------------------------------------------------------------------------------------------- agreement

IN = Coding(verdict=Verdict.INCLUDE, issues=("domestic_violence",), countries=("CA",), type="A2")
ELSEWHERE = Coding(verdict=Verdict.INCLUDE, issues=("domestic_violence",), countries=("CL",), type="A2")
OUT = Coding(verdict=Verdict.EXCLUDE, reason="problem_only")


def test_agreement_is_told_of_each_question_that_thirty_pairs_have_answered() -> None:
    pairs = [twice(IN, IN)] * 20 + [twice(IN, ELSEWHERE)] * 10 + [twice(OUT, OUT)] * 9 + [twice(IN, OUT)]

    told = agreed_by(pairs)

    assert {question: (one.raw.of, one.raw.share) for question, one in told.items()} == {
        "initiative": (40, 0.975),
        "issue:domestic_violence": (30, 1.0),
        "country": (30, 0.6667),
        "type": (30, 1.0),
    }
    assert told["initiative"].kappa == 0.931
    assert told["type"].kappa is None  # everybody has answered the same


def test_of_fewer_than_thirty_nothing_is_told() -> None:
    assert agreed_by([twice(IN, IN)] * 29) == {}
