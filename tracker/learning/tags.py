"""Which tags does a text have, after what people decided of others?

One logistic regression a tag. What the word lists say of unread items teaches along with a small weight, which fades as
decisions come: without it, a rare tag is forgotten as soon as something is learnt. A tag that fewer than five decisions
gave is left to the word lists.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tracker.learning.features import Doubles, Floats, Rows, Table, Weights

ENOUGH = 5  # decisions that give a tag, and as many that do not
_UNREAD_AT_MOST = 3_000
_TEACHER, _TEACHER_HALVED_AT = 0.15, 40
_C = 10.0


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided of one tag: rows of the table, whether each has the tag, and what each decision counts."""

    rows: Rows
    has: npt.NDArray[np.bool_]
    weights: Doubles

    @classmethod
    def of(
        cls,
        rows: Sequence[int] | Rows,
        has: Sequence[bool] | npt.NDArray[np.bool_],
        weights: Sequence[float] | Doubles | None = None,
    ) -> Decided:
        """The same from plain lists; each decision counts 1 where no weights are given."""
        each = np.ones(len(has)) if weights is None else np.asarray(weights, dtype=np.float64)
        if not len(rows) == len(has) == len(each):
            raise ValueError(f"{len(rows)} rows, {len(has)} answers and {len(each)} weights")
        return cls(np.asarray(rows, dtype=np.intp), np.asarray(has, dtype=bool), each)


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt of some tags; a value that can be kept (`kept.to_bytes`)."""

    version: str
    names: tuple[str, ...]  # what its word lists say, as `Table.names`
    tags: tuple[str, ...]
    learnt: tuple[bool, ...]  # for each tag: False where the word lists alone answer
    decisions: int
    digest: str  # of the decisions that taught it, in their order
    weights: Weights

    def say(self, table: Table) -> dict[str, Floats]:
        """For each tag the probability that a row has it."""
        likely = 1 / (1 + np.exp(-np.clip(table.products(self.weights), -30, 30)))
        return {
            tag: likely[:, number].astype(np.float32) if self.learnt[number] else _words_alone(table, tag)
            for number, tag in enumerate(self.tags)
        }


def fit(table: Table, decided: Mapping[str, Decided], *, version: str) -> Model:
    """A model of every tag in `decided`; the same decisions over the same table give the same model."""
    rarity = table.rarity()
    sets = [_fit_one(table, tag, one, rarity) for tag, one in decided.items()]
    width = len(rarity) + len(table.names) + table.meaning([]).shape[1]
    coefficients = np.zeros((len(sets), width), dtype=np.float32)
    offsets = np.zeros(len(sets))
    for number, found in enumerate(sets):
        if found is not None:
            coefficients[number], offsets[number] = found
    # Half precision, as they are kept: a model that was loaded answers exactly like the one that was fitted.
    halves = coefficients.astype(np.float16)
    return Model(
        version=version,
        names=table.names,
        tags=tuple(decided),
        learnt=tuple(found is not None for found in sets),
        decisions=max((len(one.rows) for one in decided.values()), default=0),
        digest=_digest(decided),
        weights=Weights.of(rarity.astype(np.float16).astype(np.float32), halves, offsets, len(table.names)),
    )


def _fit_one(table: Table, tag: str, decided: Decided, rarity: Floats) -> tuple[Floats, float] | None:
    rarer = min(int(decided.has.sum()), int((~decided.has).sum()))
    if rarer < ENOUGH:
        return None
    from sklearn.linear_model import LogisticRegression

    rows, has, weights = decided.rows, decided.has, decided.weights
    if tag in table.names:
        unread = _some_unread(len(table), rows)
        teacher = _TEACHER * _TEACHER_HALVED_AT / (_TEACHER_HALVED_AT + rarer)
        rows = np.concatenate([rows, unread])
        has = np.concatenate([has, _words_alone(table, tag)[unread] >= 0.5])
        weights = np.concatenate([weights, np.full(len(unread), teacher)])
    seen = table.matrix(rows, rarity)
    # Most buckets stand in none of these rows, and would only make the fit slow.
    used = np.flatnonzero(np.bincount(seen.indices, minlength=seen.shape[1]))
    machine = LogisticRegression(C=_C, max_iter=1_000)
    machine.fit(seen[:, used], has, sample_weight=weights)
    coefficients = np.zeros(seen.shape[1], dtype=np.float32)
    coefficients[used] = machine.coef_[0]
    return coefficients, float(machine.intercept_[0])


def _some_unread(rows: int, decided: Rows) -> Rows:
    unread = np.setdiff1d(np.arange(rows), decided)
    if len(unread) <= _UNREAD_AT_MOST:
        return unread
    return np.sort(np.random.default_rng(0).choice(unread, _UNREAD_AT_MOST, replace=False))


def _words_alone(table: Table, tag: str) -> Floats:
    return table.say(tag) if tag in table.names else np.zeros(len(table), dtype=np.float32)


def _digest(decided: Mapping[str, Decided]) -> str:
    digest = hashlib.sha256()
    for tag, one in decided.items():
        digest.update(f"{tag}\n{len(one.rows)}\n".encode())
        digest.update(one.rows.astype("<i8").tobytes())
        digest.update(np.packbits(one.has).tobytes())
        digest.update(one.weights.astype("<f8").tobytes())
    return digest.hexdigest()
