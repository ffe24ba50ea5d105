from time import process_time

import numpy as np
import pytest
from scipy.stats import hypergeom

from tracker.learning.stopping import Advice, doubt_of, first_advice, progress


def test_one_goes_on_while_wanted_items_turn_up() -> None:
    assert progress([True, False] * 50, 900).advice is Advice.GO_ON


def test_a_long_run_of_unwanted_ones_alone_is_not_enough() -> None:
    seen = progress([True] * 20 + [False] * 100, 100_000)

    assert seen.in_a_row == 100
    assert seen.advice is Advice.GO_ON


def test_both_keys_together_say_probably() -> None:
    seen = progress([True] * 40 + [False] * 200, 600)

    assert seen.doubt < 0.5
    assert seen.advice is Advice.PROBABLY_ENOUGH


def test_little_doubt_says_enough_with_confidence() -> None:
    seen = progress([True] * 40 + [False] * 700, 200)

    assert seen.advice is Advice.ENOUGH
    assert seen.recall_at_least >= 0.95


def test_what_has_nothing_unread_is_read() -> None:
    assert progress([False], 0).advice is Advice.ENOUGH


def test_where_nothing_wanted_was_found_nothing_is_known() -> None:
    seen = progress([False] * 500, 10)

    assert (seen.doubt, seen.recall_at_least, seen.advice) == (1.0, 0.0, Advice.GO_ON)


def test_nothing_decided_is_no_progress() -> None:
    assert progress([], 10).advice is Advice.GO_ON


def test_the_doubt_of_a_small_case_is_what_counting_by_hand_gives() -> None:
    # One found, so two would be wanted at the least: the place before the second decision leaves one among four unread,
    # of which two were read without finding it.
    assert doubt_of(np.array([True, False, False]), 2) == pytest.approx(0.5)


def test_confidence_is_kept_when_items_come_by_chance() -> None:
    rng = np.random.default_rng(1)
    early = 0
    for _ in range(40):
        order = rng.permutation(np.arange(1_000) < 60)
        stop = first_advice(order, Advice.ENOUGH)
        early += stop is not None and order[:stop].sum() < 57

    assert early <= 4  # 5 % of 40, and some luck


@pytest.mark.parametrize(("wanted", "read", "unread"), [(3, 400, 2_000), (60, 300, 900), (250, 300, 40)])
def test_the_doubt_is_the_smallest_chance_of_the_hypergeometric_distribution(
    wanted: int, read: int, unread: int
) -> None:
    order = np.random.default_rng(wanted).permutation(np.arange(read) < wanted)
    for target in (0.1, 0.5, 0.95):
        missed = int(np.floor(wanted / target)) + 1  # of the wanted there would be
        chances = []
        for place in [0, *(np.flatnonzero(order[:-1]) + 1)]:
            before, since = int(order[:place].sum()), int(order[place:].sum())
            left = read - place + unread
            chances.append(hypergeom.cdf(since, left, min(missed - before, left), read - place))

        assert doubt_of(order, unread, target) == pytest.approx(min(chances), abs=1e-8)


def test_the_bound_on_a_large_batch_is_worked_out_while_somebody_waits() -> None:
    order = np.random.default_rng(1).random(3_000) < 0.3
    before = process_time()

    assert 0.05 < progress(order, 40_000).recall_at_least < 0.95
    assert process_time() - before < 2.0  # terms summed from the long side: 4 s; with more wanted 17 s
