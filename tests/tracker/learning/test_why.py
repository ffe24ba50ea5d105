import numpy as np

from tests.tracker.learning.made import a_table, items
from tracker.learning.features import Table
from tracker.learning.tags import Decided, fit
from tracker.learning.why import alike, why

TAG = "target:women"


def test_the_words_that_speak_for_a_tag_are_named_as_they_stand_in_the_text() -> None:
    table, wanted = a_table(words_know=False)
    texts, _ = items(80)
    model = fit(table, {TAG: Decided.of(range(40), wanted[:40])}, version="1")

    said = why(table, 60, texts[60], model.weights, 0, range(40))
    other = why(table, 61, texts[61], model.weights, 0, range(40))

    assert {"A shelter", "shelter"} & {term.text for term in said.pro} or "women" in {term.text for term in said.pro}
    assert all(term.text in texts[60] for term in said.pro)
    assert other.contra
    assert all(term.weight < 0 for term in other.contra)


def test_words_add_up_to_what_the_words_are_worth() -> None:
    table, wanted = a_table(words_know=False)
    texts, _ = items(80)
    model = fit(table, {TAG: Decided.of(range(40), wanted[:40])}, version="1")

    said = why(table, 60, texts[60], model.weights, 0, [])

    total = said.words + said.lists + said.meaning + model.weights.offsets[0]
    assert np.isclose(total, table.products(model.weights)[60, 0], atol=1e-3)


def test_the_items_that_mean_most_alike_come_first_and_never_the_item_itself() -> None:
    table = Table(("queue",))
    meaning = np.zeros((4, 512), np.float32)
    meaning[0, 0] = meaning[1, 0] = 1
    meaning[2, :2] = 0.6, 0.8
    table.add(["a", "b", "c", "d"], np.zeros((4, 1), np.float32), meaning)

    found = alike(table, 0, [0, 1, 2, 3])

    assert [one.row for one in found] == [1, 2]
    assert found[0].cosine > found[1].cosine
    assert alike(table, 3, [0, 1, 2]) == ()
