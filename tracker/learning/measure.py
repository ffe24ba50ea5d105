"""How good is what was learnt, and is a new model good enough to take the place of the old one?"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Yes = Sequence[bool] | npt.NDArray[np.bool_]
Likely = Sequence[float] | npt.NDArray[Any]


class Share(NamedTuple):
    """A share with its 95 % confidence interval; `of` is how many it was counted over."""

    value: float  # nan where `of` is 0
    low: float
    high: float
    of: int


def share(counted: int, of: int) -> Share:
    """`counted` of `of`, with the interval of Wilson 1927 (Journal of the American Statistical Association 22:209).

    Nothing counted says nothing: nan, from 0 to 1.
    """
    if not of:
        return Share(math.nan, 0.0, 1.0, 0)
    z = 1.959964
    value = counted / of
    middle = (value + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(value * (1 - value) / of + z * z / (4 * of * of))
    return Share(value, max(0.0, middle - half), min(1.0, middle + half), of)


class Found(NamedTuple):
    """How much of what was said is right, how much of what is true was said, and their harmonic mean."""

    precision: Share
    recall: Share
    f1: float  # van Rijsbergen 1979, Information Retrieval, chapter 7; 0 where nothing was found rightly


def found(true: Yes, said: Yes) -> Found:
    """Precision, recall and F1 of yes-or-no answers."""
    is_so, told = np.asarray(true, dtype=bool), np.asarray(said, dtype=bool)
    right, all_true, all_told = int((is_so & told).sum()), int(is_so.sum()), int(told.sum())
    f1 = 2 * right / (all_true + all_told) if right else 0.0
    return Found(share(right, all_told), share(right, all_true), f1)


def average_precision(true: Yes, scores: Likely) -> float:
    """The mean of the precision at each wanted item, best score first; nan where none is wanted.

    Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, 8.4. Equal scores keep their order.
    """
    ranked = np.asarray(true, dtype=bool)[np.argsort(-np.asarray(scores, dtype=float), kind="stable")]
    if not ranked.any():
        return math.nan
    places = np.flatnonzero(ranked) + 1
    return float((np.arange(1, len(places) + 1) / places).mean())


def before(true: Yes, scores: Likely) -> float:
    """The chance that a wanted item scores above another one (area under the ROC curve); nan with one kind alone.

    Hanley and McNeil 1982, Radiology 143:29. Equal scores count half.
    """
    is_so, score = np.asarray(true, dtype=bool), np.asarray(scores, dtype=float)
    others = np.sort(score[~is_so])
    if not is_so.any() or not len(others):
        return math.nan
    below = np.searchsorted(others, score[is_so], "left") + np.searchsorted(others, score[is_so], "right")
    return float(below.mean() / 2 / len(others))


def found_by(order: Yes, read: int) -> float:
    """The share of the wanted among the first `read` of a reading order; nan where none is wanted."""
    wanted = np.asarray(order, dtype=bool)
    return float(wanted[:read].sum() / wanted.sum()) if wanted.any() else math.nan


def recall_against_effort(order: Yes, points: int = 100) -> list[tuple[int, float]]:
    """(read, share of the wanted found) at evenly spaced places of a reading order, from nothing to all read.

    The curve of Cormack and Grossman 2014 (SIGIR, doi 10.1145/2600428.2609601). Empty where none is wanted.
    """
    wanted = np.asarray(order, dtype=bool)
    if not wanted.any():
        return []
    places = np.unique(np.linspace(0, len(wanted), min(points, len(wanted)) + 1).round().astype(int))
    share_found = np.concatenate([[0], np.cumsum(wanted)]) / wanted.sum()
    return [(int(place), float(share_found[place])) for place in places]


def work_saved(order: Yes, target: float = 0.95) -> float:
    """Work saved over sampling at 95 % recall: the share unread when it is reached, less 5 %; nan if none is wanted.

    Cohen, Hersh, Peterson and Yen 2006 (JAMIA 13:206, doi 10.1197/jamia.M1929).
    """
    wanted = np.asarray(order, dtype=bool)
    if not wanted.any():
        return math.nan
    needed = math.ceil(target * int(wanted.sum()) - 1e-9)
    read = int(np.flatnonzero(wanted)[needed - 1]) + 1
    return (len(wanted) - read) / len(wanted) - (1 - target)


def calibration_error(true: Yes, likely: Likely, bins: int = 10) -> float:
    """How far probabilities are from shares, on average over bins of equal width; nan for nothing.

    Expected calibration error: Naeini, Cooper and Hauskrecht 2015 (AAAI 29).
    """
    is_so, said = np.asarray(true, dtype=float), np.asarray(likely, dtype=float)
    if not len(said):
        return math.nan
    place = np.minimum((said * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(place, said - is_so, bins)).sum() / len(said))


class Agreement(NamedTuple):
    """How often two people judged alike, and how far beyond chance, with the 95 % confidence interval of that."""

    raw: Share
    kappa: float  # Cohen 1960, Educational and Psychological Measurement 20:37; nan where chance leaves nothing
    low: float = math.nan
    high: float = math.nan


def agreement(first: Sequence[Hashable], second: Sequence[Hashable]) -> Agreement:
    """Raw agreement and Cohen's kappa of two people over the same items, in the same order.

    The interval is 1.96 standard errors of Fleiss, Cohen and Everitt 1969 (Psychological Bulletin 72:323) to each side.
    Where the two never differ that error is 0, which no sample can promise: there kappa is taken at the low end of the
    interval of raw agreement instead.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} judgements beside {len(second)}")
    alike = sum(one == other for one, other in zip(first, second, strict=True))
    raw = share(alike, len(first))
    if not first:
        return Agreement(raw, math.nan)
    place = {one: number for number, one in enumerate(dict.fromkeys([*first, *second]))}
    both = np.zeros((len(place), len(place)))
    for one, other in zip(first, second, strict=True):
        both[place[one], place[other]] += 1 / len(first)
    rows, columns = both.sum(axis=1), both.sum(axis=0)
    chance = float(rows @ columns)
    if 1 - chance < 1e-12:
        return Agreement(raw, math.nan)
    kappa = (raw.value - chance) / (1 - chance)
    if alike == len(first):
        return Agreement(raw, kappa, (raw.low - chance) / (1 - chance), 1.0)
    margins = rows[:, None] + columns[None, :]  # of cell (i, j): how often the first said i, and the second j
    same = float((np.diag(both) * (1 - np.diag(margins) * (1 - kappa)) ** 2).sum())
    other_way = columns[:, None] + rows[None, :]  # of cell (i, j): how often the second said i, and the first j
    apart = float((both * other_way**2).sum() - (np.diag(both) * np.diag(other_way) ** 2).sum()) * (1 - kappa) ** 2
    variance = (same + apart - (kappa - chance * (1 - kappa)) ** 2) / (len(first) * (1 - chance) ** 2)
    half = 1.959964 * math.sqrt(max(0.0, variance))
    return Agreement(raw, kappa, max(-1.0, kappa - half), min(1.0, kappa + half))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether a new model may take the place of the old one, and by what."""

    old: float  # mean log loss on the held-out share; less is better
    new: float
    margin: float  # how much worse the new one may look by chance
    held_out: int
    better: bool  # good enough to be put in service


ENOUGH_HELD_OUT = 30


def compare(old: Likely, new: Likely, held_out: Yes) -> Comparison:
    """Whether the new probabilities are no worse than the old ones by more than chance explains, on the same items.

    `held_out` is what people decided of items that taught neither model and were drawn by chance (audit). The margin is
    1.96 standard errors of the difference item by item (Dietterich 1998, Neural Computation 10:1895, on pairing), and
    never more than 0.05: a small share must not let everything pass. Under 30 items the old model stays.
    """
    is_so = np.asarray(held_out, dtype=bool)
    losses = [_loss(is_so, np.asarray(one, dtype=float)) for one in (old, new)]
    size = len(is_so)
    if size < ENOUGH_HELD_OUT:
        means = [float(one.mean()) if size else math.nan for one in losses]
        return Comparison(means[0], means[1], 0.0, size, better=False)
    worse = losses[1] - losses[0]
    margin = min(0.05, float(1.96 * worse.std(ddof=1) / math.sqrt(size)))
    return Comparison(
        float(losses[0].mean()), float(losses[1].mean()), margin, size, better=bool(worse.mean() <= margin)
    )


def _loss(is_so: npt.NDArray[np.bool_], likely: npt.NDArray[Any]) -> npt.NDArray[Any]:
    said = np.clip(np.where(is_so, likely, 1 - likely), 0.001, 1)
    return np.asarray(-np.log(said))
