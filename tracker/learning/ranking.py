"""Which of the waiting items should be read first?

Before the decisions can teach, the word lists order the queue (issue words first, and among equals rather those that
tell of action). From five wanted and five unwanted decisions on, a linear support vector machine does, over words, word
lists and meaning alike; its settings are those that ASReview tuned over published screenings (elas_u4: C 0.11, wanted
items 9.8 times as heavy in all). Where the word lists gave nothing to any wanted item, one decision of each kind is
enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from tracker.learning.features import QUEUE, Doubles, Rows, Table, Weights

Yes = Sequence[bool] | npt.NDArray[np.bool_]

ENOUGH = 5  # decisions of each kind
_C = 0.11
_WANTED_TO_OTHERS = 9.8
_COUNTS_FULLY = 200  # decisions
_REFUTED_BY = 50  # unwanted ones that the word lists named


def scores(
    table: Table, rows: Sequence[int] | Rows, wanted: Yes, weights: Sequence[float] | Doubles | None = None
) -> Doubles:
    """The place of every item of the table, from 0 to 1, the first to read highest.

    `rows` were decided, `wanted` says how; `weights` may count some decisions less (`fair_weights`). Scores tell an
    order and are no probabilities. Without decisions they are those of the word lists.
    """
    learnt = learn(table, rows, wanted, weights)
    return untaught(table, rows, wanted) if learnt is None else place(table, learnt)


def untaught(table: Table, rows: Sequence[int] | Rows, wanted: Yes) -> Doubles:
    """The place of every item by the word lists, from 0 to 1.

    All are equal once fifty items that the lists named were decided and none was wanted: then they speak of another
    subject, and would keep everything that is wanted for the end.
    """
    said = table.say(QUEUE).astype(np.float64)
    named = said[np.asarray(rows, dtype=np.intp)] > 0
    refuted = named.sum() >= _REFUTED_BY and not np.asarray(wanted, dtype=bool)[named].any()
    return np.zeros(len(table)) if refuted else said


def learn(
    table: Table, rows: Sequence[int] | Rows, wanted: Yes, weights: Sequence[float] | Doubles | None = None
) -> Weights | None:
    """What the decisions teach about the order, or None while there are too few of either kind."""
    yes = np.asarray(wanted, dtype=bool)
    each = np.ones(len(yes)) if weights is None else np.asarray(weights, dtype=np.float64)
    chosen = np.asarray(rows, dtype=np.intp)
    # Where the word lists know nothing of what is wanted, the first decision teaches more than they do.
    enough = ENOUGH if table.say(QUEUE)[chosen[yes]].any() else 1
    if min(yes.sum(), (~yes).sum()) < enough:
        return None
    from sklearn.svm import LinearSVC

    # As ASReview balances: the others together have 1/9.8 of the weight of the wanted ones together, the mean is 1.
    balance = np.where(yes, 1.0, yes.sum() / (_WANTED_TO_OTHERS * (~yes).sum()))
    balance *= len(yes) / balance.sum()
    rarity = table.rarity()
    machine = LinearSVC(C=_C, loss="squared_hinge", random_state=0, max_iter=5_000)
    machine.fit(table.matrix(chosen, rarity), yes, sample_weight=balance * each)
    return Weights.of(rarity, machine.coef_, machine.intercept_, len(table.names))


def place(table: Table, learnt: Weights) -> Doubles:
    """The place of every item by what was learnt, from 0 to 1."""
    return 1 / (1 + np.exp(-2 * np.clip(table.products(learnt)[:, 0], -15, 15)))


def fair_weights(person_of_each: Sequence[Hashable], most: float = 0.5) -> Doubles:
    """What each decision counts, so that no account teaches more than the share `most` of all.

    Every decision counts 1, but an account that made more than 200 decisions, and more than its share, is counted
    down until it has that share (with 0.5: as much as all others together) or the worth of 200 decisions, whichever
    is more. Where one account made all decisions, they count fully: there is nobody to weigh it against.
    """
    made = Counter(person_of_each)
    counts = {person: float(count) for person, count in made.items()}
    if len(made) > 1:
        for person, count in made.most_common():
            rest = sum(counts.values()) - counts[person]
            counts[person] = min(float(count), max(_COUNTS_FULLY, rest * most / (1 - most)))
    return np.array([counts[person] / made[person] for person in person_of_each], dtype=np.float64)


def best_first(score: npt.NDArray[np.floating]) -> Rows:
    """The rows in the order of their scores; equal ones keep their order."""
    return np.argsort(-score, kind="stable")
