"""The rules of agreement: what counts as an answer, kappa beyond chance, and exports that name nobody."""

from __future__ import annotations

import csv
import io
import json
import math
import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from tests.makers import NOW
from tracker import agreement
from tracker.learning import measure
from tracker.model import Verdict
from tracker.store.second_coding import Coding, Ruling, Twice


def included(**changes: Any) -> Coding:
    good = {"verdict": Verdict.INCLUDE, "issues": ("domestic_violence",), "countries": ("CA",), "type": "A1"}
    return Coding.model_validate({**good, **changes})


def excluded(reason: str = "outside_issues") -> Coding:
    return Coding(verdict=Verdict.EXCLUDE, reason=reason)


HELD = Coding(verdict=Verdict.HOLD)


def twice(first: Coding, second: Coding, **changes: Any) -> Twice:
    good: dict[str, Any] = {
        "id": 1,
        "item_id": 7,
        "title": "A helpline opens",
        "url": "https://families.example.org/7",
        "language": "en",
        "decision_id": 3,
        "drawn_version": 1,
        "initiative_id": None,
        "first": first,
        "first_by": 1,
        "first_at": NOW,
        "second": second,
        "second_by": 2,
        "second_at": NOW + timedelta(hours=1),
        "codebook": "2026.1",
    }
    return Twice.model_validate({**good, **changes})


# ------------------------------------------------------------------------------------------------------------- kappa

answers = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=60)


@given(answers)
def test_kappa_is_what_scikit_learn_calls_kappa(pairs: list[tuple[str, str]]) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    found = measure.agreement(first, second)

    if len({*first, *second}) == 1:
        assert math.isnan(found.kappa)  # chance leaves nothing to agree on; scikit-learn warns
    else:
        assert found.kappa == pytest.approx(cohen_kappa_score(first, second))


@given(answers)
def test_kappa_lies_within_its_interval_whoever_is_called_the_first(pairs: list[tuple[str, str]]) -> None:
    found = measure.agreement([one for one, _ in pairs], [other for _, other in pairs])
    turned = measure.agreement([other for _, other in pairs], [one for one, _ in pairs])

    if not math.isnan(found.kappa):
        assert -1 <= found.low <= found.kappa + 1e-9
        assert found.kappa - 1e-9 <= found.high <= 1
        assert (found.kappa, found.low, found.high) == pytest.approx((turned.kappa, turned.low, turned.high), abs=1e-6)


def test_the_interval_is_that_of_the_textbook() -> None:
    # Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, table 18.1: kappa .68, error .087
    table = {("p", "p"): 75, ("p", "n"): 1, ("p", "o"): 4, ("n", "p"): 5, ("n", "n"): 4, ("n", "o"): 1, ("o", "o"): 10}
    pairs = [pair for pair, number in table.items() for _ in range(number)]

    found = measure.agreement([one for one, _ in pairs], [other for _, other in pairs])

    assert found.kappa == pytest.approx(0.68, abs=0.005)
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(0.087, abs=0.001)


def test_that_two_never_differ_promises_nothing_beyond_the_sample() -> None:
    few = measure.agreement([True, False] * 5, [True, False] * 5)
    many = measure.agreement([True, False] * 500, [True, False] * 500)

    assert (few.kappa, few.high) == (1.0, 1.0)
    assert few.low < 0.5
    assert many.low > 0.99


# ------------------------------------------------------------------------------------------------- what is an answer


@pytest.mark.parametrize(
    ("first", "second", "question", "answered"),
    [
        (included(), excluded(), "initiative", (True, False)),
        (included(), HELD, "initiative", None),
        (included(), included(issues=("hate_crime",)), "issue:hate_crime", (False, True)),
        (included(), excluded("outside_issues"), "issue:domestic_violence", (True, False)),
        (included(), excluded("opinion"), "issue:domestic_violence", None),
        (included(), included(issues=()), "issue:domestic_violence", None),  # nobody has said
        (included(countries=("CA", "FR")), included(countries=("FR", "CA")), "country", (("CA", "FR"), ("CA", "FR"))),
        (included(), excluded(), "country", None),
        (included(), included(type="A2"), "type", ("A1", "A2")),
        (included(), included(type=None), "type", None),
    ],
)
def test_a_question_counts_where_both_have_answered_it(
    first: Coding, second: Coding, question: str, answered: object
) -> None:
    assert agreement.answers(twice(first, second), question) == answered


@pytest.mark.parametrize(
    ("first", "second", "different"),
    [
        (included(), included(), ()),
        (included(), excluded(), ("verdict",)),
        (excluded(), HELD, ("verdict",)),
        (excluded("opinion"), excluded("not_covid"), ()),  # either way it is out
        (included(), included(issues=("hate_crime",), countries=("FR",)), ("issues", "countries")),
        (included(), included(type="A2"), ("type",)),
        (included(type=None), included(), ()),  # the first has not coded it yet
    ],
)
def test_two_codings_differ_in_what_both_have_said(first: Coding, second: Coding, different: tuple[str, ...]) -> None:
    assert agreement.differences(first, second) == different
    assert agreement.differences(second, first) == different


def test_a_pair_is_the_same_whoever_was_first() -> None:
    coded = [
        twice(included(), excluded()),
        twice(included(), excluded(), first_by=2, second_by=1),
        twice(included(), included(), first_by=1, second_by=3),
    ]

    [(pair, found), (other, _)] = agreement.by_pair(coded)

    assert (sorted(pair), sorted(other)) == ([1, 2], [1, 3])
    assert (found.raw.value, found.raw.of) == (0.0, 2)
    assert found.kappa == pytest.approx(-1.0)  # each said what the other did not, once


def test_a_month_is_that_of_the_first_decision() -> None:
    late = twice(included(), included(), second_at=NOW + timedelta(days=60))

    assert [one.of for one in agreement.by_month([late])] == ["2020-05"]


def test_high_raw_agreement_with_a_low_kappa_is_told_as_such() -> None:
    # 96 % alike while 4 % are wanted: the figures that triage.md §4.2 reports of others
    rare = [twice(excluded(), excluded())] * 190 + [twice(included(), included())] * 3
    rare += [twice(included(), excluded())] * 4 + [twice(excluded(), included())] * 3

    found = agreement.agreed(rare, "initiative")

    assert found.raw.value == pytest.approx(0.965)
    assert found.kappa < 0.5
    assert agreement.looks_better_than_it_is(found)
    assert agreement.good_enough(found) is False
    assert not agreement.looks_better_than_it_is(agreement.agreed([twice(included(), included())], "initiative"))


def test_under_thirty_items_nothing_is_called_good_or_bad() -> None:
    pairs = [twice(included(), included()), twice(excluded(), excluded())]

    assert agreement.good_enough(agreement.agreed(pairs * 14, "initiative")) is None
    assert agreement.good_enough(agreement.agreed(pairs * 15, "initiative")) is True
    assert agreement.good_enough(agreement.agreed(pairs[:1] * 40, "initiative")) is None  # chance is all


# ------------------------------------------------------------------------------------------------------------ export


def settled() -> Twice:
    ruling = Ruling(coding=excluded("opinion"), by=9, at=NOW, why="Chloe says so", overturned=True)
    return twice(included(issues=("hate_crime", "domestic_violence")), excluded(), ruling=ruling)


def test_an_export_numbers_people_by_chance_and_tells_neither_names_nor_hours() -> None:
    [first, second, editor] = agreement.lines([settled()], random.Random(4))

    assert {first["coder"], second["coder"], editor["coder"]} == {1, 2, 3}
    assert [line["by"] for line in (first, second, editor)] == ["first", "second", "editor"]
    assert first["on"] == "2020-05-04"
    assert (editor["verdict"], editor["reason"], editor["overturned"]) == ("exclude", "opinion", True)
    assert "Chloe" not in agreement.as_csv([settled()]) + agreement.as_json_lines([settled()])


def test_both_forms_of_the_export_say_the_same() -> None:
    table = list(csv.DictReader(io.StringIO(agreement.as_csv([settled()]))))
    objects = [json.loads(line) for line in agreement.as_json_lines([settled()]).splitlines()]

    assert [tuple(row) for row in table] == [agreement.COLUMNS] * 3
    assert [set(one) for one in objects] == [set(agreement.COLUMNS)] * 3
    assert table[0]["issues"] == "domestic_violence hate_crime"
    assert objects[0]["issues"] == ["domestic_violence", "hate_crime"]
