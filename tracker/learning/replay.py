"""In which order would an analyst have read a set whose answers are known?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from tracker.learning.features import Rows, Table
from tracker.learning.ranking import best_first, learn, place, untaught


def replay(
    table: Table,
    wanted: Sequence[bool] | npt.NDArray[np.bool_],
    *,
    seed: int = 0,
    batch: int = 10,
    told: Callable[[int], None] = lambda _: None,
) -> Rows:
    """The rows in the order read: from nothing decided, ranked anew after every `batch` decisions, until none is left.

    Items alike in rank come in an order drawn with `seed`. `told` hears how many were read.
    """
    yes = np.asarray(wanted, dtype=bool)
    left = np.random.default_rng(seed).permutation(len(table))
    read: list[int] = []
    while len(left):
        learnt = learn(table, read, yes[read])
        if learnt is None:
            scores = untaught(table, read, yes[read])[left]
        elif yes[left].any():
            scores = place(table, learnt)[left]
        else:
            scores = np.zeros(len(left))  # the order of what is left changes nothing any more
        order = best_first(scores)
        first = len(left) if learnt is not None and not yes[left].any() else batch
        read.extend(int(one) for one in left[order[:first]])
        left = np.delete(left, order[:first])
        told(len(read))
    return np.array(read, dtype=np.intp)
