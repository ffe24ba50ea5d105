import numpy as np
import pytest

from tests.tracker.learning.made import a_table
from tracker.learning.ranking import ENOUGH, best_first, fair_weights, scores


def test_until_there_are_enough_decisions_the_word_lists_order_the_queue() -> None:
    table, wanted = a_table()
    few = [*range(0, 4 * (ENOUGH - 1), 4), 1, 2, 3, 5, 6, 7]

    found = scores(table, few, [wanted[row] for row in few])

    assert found.tolist() == table.say("queue").tolist()


def test_word_lists_that_named_nothing_wanted_are_no_longer_followed() -> None:
    table, wanted = a_table(400)
    named = [row for row in range(400) if wanted[row]]

    assert scores(table, named[:49], [False] * 49).any()
    assert not scores(table, named[:50], [False] * 50).any()


def test_decisions_teach_what_the_word_lists_do_not_know() -> None:
    table, wanted = a_table(words_know=False)

    found = scores(table, range(24), wanted[:24])

    unread = np.array(wanted[24:])
    assert found[24:][unread].min() > found[24:][~unread].max()
    assert found.min() >= 0
    assert found.max() <= 1


def test_the_same_decisions_give_the_same_scores() -> None:
    table, wanted = a_table()

    assert (scores(table, range(30), wanted[:30]) == scores(table, range(30), wanted[:30])).all()


def test_a_decision_that_counts_nothing_teaches_nothing() -> None:
    table, wanted = a_table(words_know=False)
    rows = [*range(40), 44, 48, 52]
    wrong = [*wanted[:40], False, False, False]

    found = scores(table, rows, wrong, [1.0] * 40 + [0.0] * 3)

    assert found[[60, 64]].min() > found[[61, 62, 63]].max()


def test_one_account_counts_no_more_than_all_others_together() -> None:
    weights = fair_weights(["ana"] * 1_000 + ["bo"] * 150 + ["cy"] * 150)

    assert weights[:1_000].sum() == pytest.approx(300)
    assert set(weights[1_000:]) == {1.0}


def test_the_first_two_hundred_decisions_of_an_account_count_fully() -> None:
    assert set(fair_weights(["ana"] * 200 + ["bo"])) == {1.0}


def test_the_only_account_counts_fully() -> None:
    assert set(fair_weights(["ana"] * 900)) == {1.0}


def test_equal_scores_keep_their_order() -> None:
    assert best_first(np.array([0.5, 0.9, 0.5])).tolist() == [1, 0, 2]
