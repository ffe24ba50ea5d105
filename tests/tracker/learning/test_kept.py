import io
import zipfile
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracker.learning.made import a_table
from tracker.errors import BadInput
from tracker.learning.features import Table
from tracker.learning.kept import from_bytes, to_bytes
from tracker.learning.tags import Decided, Model, fit

Learnt = tuple[Table, Model]
TAG = "issue:domestic_violence"


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    table, wanted = a_table()
    decided = {TAG: Decided.of(range(40), wanted[:40]), "type:A1": Decided.of(range(8), wanted[:8])}
    return table, fit(table, decided, version="7")


def test_a_model_that_was_kept_answers_exactly_as_before(learnt: Learnt) -> None:
    table, model = learnt

    again = from_bytes(to_bytes(model))

    assert {tag: said.tolist() for tag, said in again.say(table).items()} == {
        tag: said.tolist() for tag, said in model.say(table).items()
    }
    assert (again.version, again.tags, again.learnt, again.digest) == ("7", model.tags, (True, False), model.digest)


def test_a_model_takes_under_a_megabyte_a_tag(learnt: Learnt) -> None:
    assert len(to_bytes(learnt[1])) < 2 * 2**20


@given(st.integers(0, 60_000))
@settings(max_examples=30, deadline=None)
def test_bytes_that_were_cut_are_no_model(learnt: Learnt, length: int) -> None:
    whole = to_bytes(learnt[1])

    with pytest.raises(BadInput, match="no model"):
        from_bytes(whole[: min(length, len(whole) - 1)])


def changed(model: Model, **arrays: npt.NDArray[Any]) -> bytes:
    parts = dict(np.load(io.BytesIO(to_bytes(model))))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **parts | arrays)
    return buffer.getvalue()


def test_an_object_in_place_of_numbers_is_never_made(learnt: Learnt) -> None:
    with pytest.raises(BadInput, match="no model"):
        from_bytes(changed(learnt[1], offsets=np.array([{"a": 1}, None])))


def test_a_part_of_another_shape_or_kind_is_named(learnt: Learnt) -> None:
    with pytest.raises(BadInput, match="offsets is of shape"):
        from_bytes(changed(learnt[1], offsets=np.zeros(9)))
    with pytest.raises(BadInput, match="rarity is of float64"):
        from_bytes(changed(learnt[1], rarity=np.zeros(2**18)))
    with pytest.raises(BadInput, match="no number"):
        from_bytes(changed(learnt[1], offsets=np.array([np.nan, 0])))


def test_an_archive_that_would_fill_the_memory_is_refused_before_it_is_unpacked(learnt: Learnt) -> None:
    buffer = io.BytesIO(to_bytes(learnt[1]))
    with zipfile.ZipFile(buffer) as good, zipfile.ZipFile(bomb := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            with bad.open(name, "w") as part:
                for _ in range(300 if name == "words.npy" else 0):
                    part.write(bytes(2**20))

    with pytest.raises(BadInput, match="would take 300 MB"):
        from_bytes(bomb.getvalue())


def test_an_archive_with_other_parts_is_refused() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, other=np.zeros(1))

    with pytest.raises(BadInput, match="should hold about"):
        from_bytes(buffer.getvalue())
