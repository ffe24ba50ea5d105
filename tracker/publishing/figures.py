"""How good are the data of a release? What the desk measures, as numbers that the public may see; nobody is named.

None says that something was not measured, or over too few to say anything: a share of four is a rumour.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tracker import agreement, quality
from tracker.learning.measure import Agreement, Share
from tracker.model import Agreed, Coverage, Quality, Rate, SearchState, Spread
from tracker.regions import REGIONS

if TYPE_CHECKING:
    from tracker.store import Store
    from tracker.store.second_coding import Twice

COUNTED = timedelta(days=365)


def measure(store: Store, now: datetime) -> Quality:
    """The figures of the year before now.

    Agreement is that of blind second codings, before anybody settled what differs.
    """
    report = quality.report(store, now, now - COUNTED)
    ways = store.ways_to_the_public()
    by_question = agreed_by(store.twice(report.since))
    return Quality(
        since=report.since,
        until=report.until,
        decisions=report.decisions,
        random_checks=report.audits,
        agreement=by_question.pop(agreement.INITIATIVE, None),
        agreement_by=by_question,
        recall=_rate(report.overall.found.recall),
        from_claim=spread(way.public - way.claimed for way in ways if way.claimed),
        from_sight=spread(way.public - way.seen for way in ways if way.seen),
    )


def covered(coverage: Iterable[Coverage], issues: Iterable[str]) -> dict[str, int] | None:
    """How many pairs of a country and an issue were searched over the whole time, in part, or not at all.

    None while nobody has said that anything was searched.
    """
    said = {(one.country, one.issue): one.state for one in coverage}
    countries = itertools.chain.from_iterable(REGIONS.values())
    pairs = {*itertools.product(countries, issues), *said}
    found = Counter(said.get(pair, SearchState.NOT_SEARCHED) for pair in pairs)
    return {state.value: found[state] for state in SearchState} if said else None


def agreed_by(coded: Sequence[Twice]) -> dict[str, Agreed]:
    """Of each question that enough pairs of people have answered, how far they agree."""
    issues = sorted({issue for one in coded for side in (one.first, one.second) for issue in side.issues})
    told = {one.of: _agreed(one.agreement) for one in agreement.by_question(coded, issues)}
    return {question: agreed for question, agreed in told.items() if agreed is not None}


def spread(times: Iterable[timedelta]) -> Spread | None:
    """Median and ninth decile in hours (the smallest value that a half, nine tenths do not exceed); None for nothing.

    A time below zero is none: a source that dates itself after we published it is wrong about its date.
    """
    hours = sorted(time / timedelta(hours=1) for time in times if time >= timedelta(0))
    if not hours:
        return None
    return Spread(of=len(hours), median_hours=_nearest(hours, 0.5), ninth_decile_hours=_nearest(hours, 0.9))


def _nearest(values: list[float], share: float) -> float:
    """The nearest-rank quantile (Hyndman and Fan 1996, American Statistician 50:361, definition 1)."""
    return round(values[max(0, math.ceil(share * len(values) - 1e-9) - 1)], 2)


def _rate(share: Share) -> Rate | None:
    if share.of < quality.ENOUGH:
        return None
    return Rate(share=round(share.value, 4), low=round(share.low, 4), high=round(share.high, 4), of=share.of)


def _agreed(counted: Agreement) -> Agreed | None:
    raw = _rate(counted.raw)
    if raw is None:
        return None
    return Agreed(raw=raw, kappa=None if math.isnan(counted.kappa) else round(counted.kappa, 4))
