from collections.abc import Sequence

import numpy as np
import pytest

from tracker.learning.features import BUCKETS, Table, bucket, columns, said
from tracker.model import Scored, Suggestion
from tracker.vectors import SIZE

NAMES = columns(["domestic_violence"], ["A1"])
TEXTS = ["A hotline\nfor victims of violence", "Masks are obligatory", "", "Refuges pour femmes à Montréal"]


def a_table(texts: Sequence[str] = TEXTS) -> Table:
    table = Table(NAMES)
    table.add(texts, np.arange(len(texts) * len(NAMES), dtype=np.float32).reshape(len(texts), -1))
    return table


def test_what_the_word_lists_say_stands_under_its_name() -> None:
    suggestion = Suggestion(
        version="1",
        score=0.5,
        initiative=0.25,
        issues=(Scored(code="domestic_violence", score=0.75), Scored(code="unknown", score=1)),
    )

    found = said([suggestion], NAMES)

    assert dict(zip(NAMES, found[0].tolist(), strict=True)) == {
        "queue": 0.5,
        "initiative": 0.25,
        "issue:domestic_violence": 0.75,
        "type:A1": 0.0,
    }


def test_accents_and_capitals_make_no_other_word() -> None:
    first, second = (a_table([text]).matrix([0], np.ones(BUCKETS, np.float32)) for text in ("Élan VITAL", "elan vital"))

    assert (first != second).nnz == 0


def test_rows_added_one_by_one_or_at_once_make_the_same_table() -> None:
    table = Table(NAMES)
    for row, text in enumerate(TEXTS):
        table.add([text], a_table().at([row]).matrix([0], np.ones(BUCKETS, np.float32))[:, BUCKETS:].toarray()[:, :4])

    assert (table.matrix(range(4), table.rarity()) != a_table().matrix(range(4), a_table().rarity())).nnz == 0


def test_a_slice_has_its_rows_in_the_order_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.learning.features.BLOCK", 2)  # several blocks from few rows

    table = a_table().at([3, 0, 2])

    assert table.say("queue").tolist() == [12, 0, 8]
    assert table.at([2, 1]).say("queue").tolist() == [8, 0]
    with pytest.raises(IndexError, match="among 3"):
        table.at([3])


def test_words_that_few_items_have_are_worth_more() -> None:
    rarity = a_table(["shelter news", "mask news", "news"]).rarity()

    assert rarity[bucket("shelter")] > rarity[bucket("news")] == pytest.approx(1)


def test_an_item_without_vector_or_text_is_a_row_like_any_other() -> None:
    table = a_table([""])

    assert len(table) == 1
    assert not table.meaning([0]).any()
    assert table.matrix([0], table.rarity()).shape == (1, BUCKETS + len(NAMES) + SIZE)


def test_a_table_without_rows_says_nothing() -> None:
    assert Table(NAMES).say("queue").tolist() == []
    assert len(Table(NAMES).at([])) == 0


def test_scores_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="2 texts and 4 names"):
        Table(NAMES).add(["a", "b"], np.zeros((1, 4), np.float32))
