import numpy as np
import pytest

from tests.tracker.learning.made import a_table
from tracker.learning.tags import Decided, fit

TAG = "issue:domestic_violence"


def test_a_tag_learns_what_the_word_lists_do_not_know() -> None:
    table, wanted = a_table(words_know=False)

    said = fit(table, {TAG: Decided.of(range(40), wanted[:40])}, version="1").say(table)[TAG]

    unread = np.array(wanted[40:])
    assert said[40:][unread].min() > said[40:][~unread].max()


def test_a_tag_that_few_decisions_gave_is_left_to_the_word_lists() -> None:
    table, wanted = a_table()

    model = fit(table, {TAG: Decided.of(range(12), wanted[:12])}, version="1")

    assert model.learnt == (False,)
    assert model.say(table)[TAG].tolist() == table.say(TAG).tolist()


def test_word_lists_teach_along_while_decisions_are_few() -> None:
    table, wanted = a_table()
    # Decisions that say nothing of shelters: five of other items are called wanted.
    rows = [row for row in range(40) if not wanted[row]]
    model = fit(table, {TAG: Decided.of(rows, [number < 5 for number in range(len(rows))])}, version="1")

    said = model.say(table)[TAG]

    assert said[[60, 64]].min() > said[[61, 62, 63]].max()


def test_a_tag_that_no_word_list_knows_learns_from_decisions_alone() -> None:
    table, wanted = a_table()

    model = fit(table, {"target:women": Decided.of(range(40), wanted[:40])}, version="1")

    assert model.say(table)["target:women"][60] > 0.5 > model.say(table)["target:women"][61]


def test_the_digest_tells_which_decisions_taught_and_in_which_order() -> None:
    table, wanted = a_table()
    first, same, other = (
        fit(table, {TAG: Decided.of(rows, [wanted[row] for row in rows])}, version="1")
        for rows in ([*range(40)], [*range(40)], [*range(39, -1, -1)])
    )

    assert first.digest == same.digest != other.digest


def test_nothing_decided_makes_a_model_of_no_tags() -> None:
    table, _ = a_table()

    assert fit(table, {}, version="1").say(table) == {}


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="2 rows, 1 answers"):
        Decided.of([1, 2], [True])
