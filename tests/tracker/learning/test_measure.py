import math

import numpy as np
import pytest

from tracker.learning import measure


def test_a_share_has_wilsons_interval() -> None:
    assert measure.share(8, 10) == pytest.approx((0.8, 0.4902, 0.9433, 10), abs=1e-4)


def test_a_share_of_nothing_says_nothing() -> None:
    value, low, high, of = measure.share(0, 0)

    assert math.isnan(value)
    assert (low, high, of) == (0, 1, 0)


def test_precision_recall_and_f1_count_right_answers() -> None:
    found = measure.found([True, True, False, False], [True, False, True, False])

    assert (found.precision.value, found.recall.value, found.f1) == (0.5, 0.5, 0.5)


def test_average_precision_is_the_mean_over_wanted_items() -> None:
    assert measure.average_precision([True, False, True], [3, 2, 1]) == pytest.approx((1 + 2 / 3) / 2)


def test_equal_scores_are_before_one_another_half_the_time() -> None:
    assert measure.before([True, False], [1, 1]) == 0.5
    assert measure.before([True, False], [1, 0]) == 1


def test_work_saved_is_what_is_left_unread_less_the_five_percent() -> None:
    order = [True] * 20 + [False] * 80

    assert measure.work_saved(order) == pytest.approx(0.81 - 0.05)


def test_recall_rises_from_nothing_to_everything() -> None:
    curve = measure.recall_against_effort([True, False, True, False], points=4)

    assert curve == [(0, 0.0), (1, 0.5), (2, 0.5), (3, 1.0), (4, 1.0)]
    assert measure.recall_against_effort([False]) == []


def test_probabilities_that_are_shares_are_calibrated() -> None:
    assert measure.calibration_error([True] + [False] * 3, [0.25] * 4) == 0
    assert measure.calibration_error([True, True], [0.5, 0.5]) == 0.5


def test_kappa_leaves_out_what_chance_would_agree_on() -> None:
    # Cohen's measure over 50 judgements: 35 alike, half of them by chance.
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15

    agreement = measure.agreement(first, second)

    assert agreement.raw.value == 0.7
    assert agreement.kappa == pytest.approx(0.4)


def test_lists_of_two_people_are_of_one_length() -> None:
    with pytest.raises(ValueError, match="1 judgements beside 2"):
        measure.agreement(["a"], ["a", "b"])


def test_a_clearly_worse_model_is_not_put_in_service() -> None:
    true = np.arange(100) % 4 == 0
    good = np.where(true, 0.8, 0.2)

    assert not measure.compare(good, 1 - good, true).better
    assert measure.compare(1 - good, good, true).better
    assert measure.compare(good, good, true).better


def test_too_small_a_share_keeps_the_old_model() -> None:
    assert not measure.compare([0.5] * 9, [1.0] * 9, [True] * 9).better
