"""Texts of one meaning point the same way, in whatever language."""

import numpy as np

from tracker import vectors


def test_a_translation_is_nearer_than_another_subject_in_the_same_language() -> None:
    said = [
        "The government opens a helpline for victims of domestic violence",
        "Le gouvernement ouvre une ligne d'écoute pour les victimes de violence conjugale",
        "The government closes the borders to travellers from abroad",
    ]

    english, french, borders = vectors.encode(said)

    assert english @ french > 0.7
    assert english @ french > english @ borders + 0.2


def test_an_empty_text_is_like_nothing_and_keeps_its_place() -> None:
    rows = vectors.encode(["", "A shelter opens", "  "])

    assert rows.shape == (3, vectors.SIZE)
    assert [float(np.linalg.norm(row)) > 0.9 for row in rows] == [False, True, False]


def test_the_order_of_the_rows_is_the_order_of_the_texts() -> None:
    texts = ["A long sentence about shelters for women in the province of Québec", "Short", "Neither long nor short"]

    together = vectors.encode(texts)

    assert np.allclose(together, np.stack([vectors.encode([text])[0] for text in texts]), atol=1e-5)


def test_what_was_kept_is_as_good_as_what_was_made() -> None:
    rows = vectors.encode(["A shelter opens", "Un refuge ouvre ses portes"])

    again = vectors.unpacked([vectors.packed(row) for row in rows])

    assert abs(float(again[0] @ again[1]) - float(rows[0] @ rows[1])) < 0.001
    assert vectors.unpacked([]).shape == (0, vectors.SIZE)
