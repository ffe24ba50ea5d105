"""Was enough of a batch read?

An aid that says how sure one can be that most of what is wanted was found; it never stops anything itself. The test is
that of Callaghan and Müller-Hansen 2020 (Statistical stopping criteria for automated screening in systematic reviews,
Systematic Reviews 9:273, doi 10.1186/s13643-020-01521-4), looked at backwards: had more than the allowed share of the
wanted been left out before some decision, how likely would it be that so few of them turned up since? The ranking shows
wanted ones first, so what was read since then held more of them than chance would, and the answer is on the safe side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

TARGET = 0.95  # share of the wanted that should be found
IN_A_ROW = 100  # unwanted ones
_LIKELY, _SURE = 0.5, 0.05


class Advice(StrEnum):
    """How far the batch is read, as one may say it to an analyst."""

    GO_ON = "go_on"
    PROBABLY_ENOUGH = "probably_enough"  # probably over 95 % found
    ENOUGH = "enough"  # 95 % found with 95 % confidence


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is read."""

    read: int
    unread: int
    found: int  # wanted ones among those read
    in_a_row: int  # unwanted ones since the last wanted one
    doubt: float  # the chance to have seen what was seen, if less than the target were found; 1 knows nothing
    recall_at_least: float  # share of the wanted that is found, with 95 % confidence
    advice: Advice


def progress(wanted: Sequence[bool] | npt.NDArray[np.bool_], unread: int, *, bound: bool = True) -> Progress:
    """How far a batch is read: `wanted` of each decision in its order, `unread` items left.

    Decisions drawn by chance (audit) stand in the list like those of the queue: what is read by the queue holds more
    wanted ones than chance would find, what is drawn holds just as many, and the test allows for both. A batch with
    nothing unread is read; of one in which nothing wanted was found, nothing is known. Without
    `bound`, `recall_at_least` is 0 and not worked out.
    """
    found = np.asarray(wanted, dtype=bool)
    total, read = int(found.sum()), len(found)
    hits = np.flatnonzero(found)
    in_a_row = read - (int(hits[-1]) + 1 if len(hits) else 0)
    doubt = doubt_of(found, unread)
    if not unread or doubt < _SURE:
        advice = Advice.ENOUGH
    elif in_a_row >= IN_A_ROW and doubt < _LIKELY:
        advice = Advice.PROBABLY_ENOUGH
    else:
        advice = Advice.GO_ON
    return Progress(read, unread, total, in_a_row, doubt, _recall_at_least(found, unread) if bound else 0.0, advice)


def doubt_of(found: npt.NDArray[np.bool_], unread: int, target: float = TARGET) -> float:
    """The chance to have found so few of late, if less than `target` of the wanted were found by now; from 0 to 1.

    The smallest over all places to look back from, which are many and so favour stopping a little; the authors found
    the target reached as often as promised all the same.
    """
    if not unread:
        return 0.0
    total = int(found.sum())
    if not total:
        return 1.0
    # The smallest number of wanted ones that would put the recall under the target.
    wanted = int(np.floor(total / target)) + 1
    # Of the places since which as many were found, the first has most read after it, and so the smallest chance.
    places = np.concatenate([[0], np.flatnonzero(found[:-1]) + 1])
    later = len(found) - places  # read since
    seen_later = total - np.arange(len(places))
    pool = later + unread  # what was unread at each place
    there = np.minimum(wanted - (total - seen_later), pool)
    return float(_at_most(seen_later, pool, there, later).min())


_Counts = npt.NDArray[np.int_]


def _at_most(seen: _Counts, pool: _Counts, there: _Counts, drawn: _Counts) -> npt.NDArray[np.float64]:
    """The chance to draw no more than `seen` of those `there` are in a pool (hypergeometric), for each place.

    Summed from whichever side has fewer terms: up to `seen`, or one less the chance of more. scipy's own takes a
    second of a page. Good to some 1e-9.
    """
    logs: npt.NDArray[np.float64] = np.concatenate(
        [[0.0], np.cumsum(np.log(np.arange(1, int(pool.max()) + 1)))]
    )  # of the factorials

    def ways(of: _Counts, some: _Counts) -> npt.NDArray[np.float64]:
        chosen: npt.NDArray[np.float64] = logs[of] - logs[some] - logs[of - some]
        return chosen

    of, left, total = there[:, None], (pool - there)[:, None], pool[:, None]
    few, many = int(seen.max()) + 1, int((there - seen).max(initial=0))
    above = many < few
    terms = seen[:, None] + 1 + np.arange(many) if above else seen[:, None] - np.arange(few)
    possible = (terms >= 0) & (terms <= of) & (terms <= drawn[:, None]) & (drawn[:, None] - terms <= left)
    safe = np.where(possible, terms, np.maximum(drawn[:, None] - left, 0))
    chances = np.exp(ways(of, safe) + ways(left, drawn[:, None] - safe) - ways(total, drawn[:, None]))
    summed = (chances * possible).sum(axis=1)
    found: npt.NDArray[np.float64] = np.clip(1 - summed if above else summed, 0.0, 1.0)
    return found


def _recall_at_least(found: npt.NDArray[np.bool_], unread: int) -> float:
    """The highest share for which the test is passed at 5 %, to a hundredth; 0 where nothing can be said."""
    if not unread:
        return 1.0
    low, high = 0, 100
    while low < high:
        middle = (low + high + 1) // 2
        if doubt_of(found, unread, middle / 100) < _SURE:
            low = middle
        else:
            high = middle - 1
    return low / 100


def first_advice(wanted: Sequence[bool] | npt.NDArray[np.bool_], advice: Advice, every: int = 10) -> int | None:
    """After how many of a whole reading order the aid first says so, asked after every few; None if it never does.

    Being sure counts as probable too.
    """
    order = np.asarray(wanted, dtype=bool)
    enough = (Advice.ENOUGH,) if advice is Advice.ENOUGH else (Advice.ENOUGH, Advice.PROBABLY_ENOUGH)
    for read in range(every, len(order), every):
        if progress(order[:read], len(order) - read, bound=False).advice in enough:
            return read
    return None
