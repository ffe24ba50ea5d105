"""How good is what the machine suggests, how far do people agree, and was enough of this week's batch read?

Everything comes from decisions and from what was on the screen when they were made. What is said of languages, sources
and issues is counted over random checks (audits) alone: what the queue has put first says nothing of what it missed.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from tracker import drafting
from tracker.learning import measure
from tracker.learning.measure import Agreement, Found, Share
from tracker.learning.stopping import Progress, progress
from tracker.model import Drawn, Verdict

if TYPE_CHECKING:
    from tracker.model import Suggestion
    from tracker.store import Store
    from tracker.store.drafting import Coded
    from tracker.store.teaching import Judged

LOOKED_BACK = timedelta(days=90)
ENOUGH = 30  # under so many a share says too little to be acted on
SAID_FROM = 0.5
ALERT_UNDER_ENGLISH = 0.10  # recall
STANDARD_ERRORS = 3.0
POINTS = 50
_BINS = 10
# Exclusions that tell nothing of what the text says: it may well report an initiative.
_SILENT = frozenset({"duplicate", "cannot_verify", "private_data"})
_OUTSIDE = "outside_issues"


@dataclass(frozen=True, slots=True)
class Line:
    """How well initiatives of one language or source, or one issue, are told from the rest, over random checks."""

    code: str
    audits: int
    found: Found  # its shares carry their number: under `ENOUGH` say "too few"


@dataclass(frozen=True, slots=True)
class Bin:
    """Random checks whose probability lay between two numbers: what was said, and how often it was so."""

    low: float
    high: float
    said: float  # the mean probability; nan where there are none
    so: Share


@dataclass(frozen=True, slots=True)
class Beside:
    """How far the machine and people agree on one question: `initiative`, `country` or `issue:CODE`."""

    what: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Alert:
    """A language in which random checks found over 0.10 less of the initiatives than in English."""

    language: str
    recall: Share
    english: Share


@dataclass(frozen=True, slots=True)
class Suspect:
    """An account that disagrees with the suggestions far more than all others do: careless, mistaken, or not its own.

    The rule: its share of agreement lies three standard errors (of the difference of two shares) under that of all
    others together, both over at least thirty decisions. The suggestions it is measured by were made before its
    decisions, by a model that a strange account cannot bring into service (`learn`).
    """

    person_id: int
    name: str
    agrees: Share
    others: Share


@dataclass(frozen=True, slots=True)
class Stop:
    """How far the batch of a week is read: what waited on Monday 00:00 UTC, and what has arrived since."""

    since: datetime
    progress: Progress


@dataclass(frozen=True, slots=True)
class Report:
    """All of it, for a page and for `tracker evaluate`."""

    since: datetime
    until: datetime
    decisions: int
    audits: int
    overall: Line
    languages: tuple[Line, ...]  # most audits first, as in the two below
    sources: tuple[Line, ...]
    issues: tuple[Line, ...]
    calibration: tuple[Bin, ...]  # of the probability that an item reports an initiative
    calibration_error: float  # nan for nothing
    effort: tuple[tuple[int, float], ...]  # (decided, share of the wanted found by then), in the order of decisions
    machine: tuple[Beside, ...]
    people: Agreement  # of two people on the same item: wanted or not
    alerts: tuple[Alert, ...]
    suspects: tuple[Suspect, ...]  # for editors' eyes
    stop: Stop | None


def report(store: Store, now: datetime, since: datetime | None = None) -> Report:
    """How good suggestions and decisions were since then; of the last 90 days where no time is given."""
    first = now - LOOKED_BACK if since is None else since
    judged = store.judged(first)
    names = {person.id: person.name for person in store.people()}
    audits = [one for one in judged if one.drawn_by is Drawn.AUDIT]
    overall, *_ = [*lines(audits, lambda _: "all"), Line("all", 0, measure.found([], []))]
    languages = lines(audits, lambda one: one.language)
    true, said = _initiatives(audits)
    return Report(
        since=first,
        until=now,
        decisions=len(judged),
        audits=len(audits),
        overall=overall,
        languages=languages,
        sources=lines(audits, lambda one: one.source_id),
        issues=issues(audits),
        calibration=calibration(true, said),
        calibration_error=measure.calibration_error(true, said, _BINS),
        effort=tuple(measure.recall_against_effort([one.wanted for one in judged], POINTS)),
        machine=beside(judged),
        people=between_people(judged),
        alerts=alerts(languages),
        suspects=suspects(judged, names),
        stop=stopping(store, now, bound=True),
    )


def stopping(store: Store, now: datetime, *, bound: bool = False) -> Stop | None:
    """How far this week's batch is read; None while nothing of it was decided.

    Cheap enough for every page without the `bound` on the share that is found, which asks the test seven times over.
    """
    monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    wanted, unread = store.batch(monday)
    return Stop(monday, progress(wanted, unread, bound=bound)) if wanted else None


# ------------------------------------------------------------------------------------------------------------ the rules


def tells_initiative(verdict: Verdict, reason: str | None) -> bool | None:
    """Whether the decision says that the item reports an initiative; None where it says neither."""
    match verdict:
        case Verdict.INCLUDE | Verdict.EVIDENCE:
            return True
        case Verdict.EXCLUDE if reason not in _SILENT:
            return False
    return None


def tells_issues(verdict: Verdict, reason: str | None, issues: Iterable[str]) -> frozenset[str] | None:
    """Which issues the decision says that the item is about; None where it says nothing of them.

    An item that is set aside as outside of the issues has none, whatever was suggested and left chosen. One that
    reports an initiative has some: where none was chosen, nobody has said.
    """
    match verdict:
        case Verdict.INCLUDE | Verdict.EVIDENCE:
            return frozenset(issues) or None
        case Verdict.EXCLUDE if reason == _OUTSIDE:
            return frozenset()
    return None


def lines(audits: Iterable[Judged], of: Callable[[Judged], str]) -> tuple[Line, ...]:
    """How well initiatives are told from the rest, by language, source or what `of` gives; most audits first."""
    grouped: dict[str, list[Judged]] = defaultdict(list)
    for one in audits:
        grouped[of(one)].append(one)
    made = []
    for code, some in grouped.items():
        true, said = _initiatives(some)
        if true:
            made.append(Line(code, len(true), measure.found(true, [value >= SAID_FROM for value in said])))
    return tuple(sorted(made, key=lambda line: (-line.audits, line.code)))


def issues(audits: Iterable[Judged]) -> tuple[Line, ...]:
    """How well each issue is suggested; most often decided or suggested first."""
    told = _of_issues((one, one.suggestion) for one in audits if one.suggestion)
    codes = Counter(code for true, said in told for code in true | said)
    return tuple(
        Line(code, len(told), measure.found([code in true for true, _ in told], [code in said for _, said in told]))
        for code, _ in sorted(codes.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def calibration(true: Sequence[bool], said: Sequence[float]) -> tuple[Bin, ...]:
    """What was said beside how often it was so, in ten bins of equal width."""
    bins: list[list[int]] = [[] for _ in range(_BINS)]
    for number, value in enumerate(said):
        bins[min(int(value * _BINS), _BINS - 1)].append(number)
    return tuple(
        Bin(
            low=place / _BINS,
            high=(place + 1) / _BINS,
            said=sum(said[one] for one in some) / len(some) if some else math.nan,
            so=measure.share(sum(true[one] for one in some), len(some)),
        )
        for place, some in enumerate(bins)
    )


def beside(judged: Iterable[Judged]) -> tuple[Beside, ...]:
    """How far the machine and people agree: on initiatives, on countries where a person named some, on each issue."""
    shown = [(one, one.suggestion) for one in judged if one.suggestion is not None]
    initiative = [
        (told, said.initiative >= SAID_FROM) for one, said in shown if (told := _tells_initiative(one)) is not None
    ]
    country = [
        (one.countries, frozenset(it.code for it in said.countries if it.score >= SAID_FROM))
        for one, said in shown
        if one.countries
    ]
    tagged = _of_issues(shown)
    codes = sorted({code for true, said in tagged for code in true | said})
    answers: list[tuple[str, Sequence[tuple[Hashable, Hashable]]]] = [
        ("initiative", initiative),
        ("country", country),
        *((f"issue:{code}", [(code in true, code in said) for true, said in tagged]) for code in codes),
    ]
    return tuple(
        Beside(what, measure.agreement([one for one, _ in pairs], [other for _, other in pairs]))
        for what, pairs in answers
        if pairs
    )


def between_people(judged: Iterable[Judged]) -> Agreement:
    """How far two people agree who decided the same item, on whether it is wanted; each pair of people counts."""
    of_item: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        of_item[one.item_id].append(one)
    pairs = [pair for some in of_item.values() for pair in combinations(some, 2)]
    return measure.agreement([one.wanted for one, _ in pairs], [other.wanted for _, other in pairs])


def alerts(languages: Iterable[Line]) -> tuple[Alert, ...]:
    """Languages with over 0.10 less recall than English, where thirty wanted items stand behind both."""
    recalls = {line.code: line.found.recall for line in languages if line.found.recall.of >= ENOUGH}
    english = recalls.get("en")
    if english is None:
        return ()
    return tuple(
        Alert(code, recall, english)
        for code, recall in recalls.items()
        if english.value - recall.value >= ALERT_UNDER_ENGLISH - 1e-9
    )


def suspects(judged: Iterable[Judged], names: dict[int, str]) -> tuple[Suspect, ...]:
    """Accounts that disagree with the suggestions three standard errors more than all others do; worst first."""
    made: dict[int, list[bool]] = defaultdict(list)
    for one in judged:
        told = _tells_initiative(one)
        if told is not None and one.suggestion is not None:
            made[one.person_id].append(told == (one.suggestion.initiative >= SAID_FROM))
    found = []
    for person, agreed in made.items():
        rest = [one for other, some in made.items() if other != person for one in some]
        if min(len(agreed), len(rest)) < ENOUGH:
            continue
        own, others = measure.share(sum(agreed), len(agreed)), measure.share(sum(rest), len(rest))
        both = (sum(agreed) + sum(rest)) / (own.of + others.of)
        error = math.sqrt(both * (1 - both) * (1 / own.of + 1 / others.of))
        if others.value - own.value > STANDARD_ERRORS * error:
            found.append(Suspect(person, names.get(person, f"account {person}"), own, others))
    return tuple(sorted(found, key=lambda one: (one.agrees.value, one.person_id)))


def coding(coded: Iterable[Coded]) -> tuple[Line, ...]:
    """How far what stood suggested on the form is what was coded then, for each field; every code of a record counts.

    `audits` is the number of records in which the field was suggested or coded.
    """
    told: dict[str, list[tuple[set[str], set[str]]]] = {field: [] for field in drafting.SUGGESTED}
    for one in coded:
        for field, scored in drafting.said(one.suggestions).items():
            said = {it.code for it in scored if it.score >= SAID_FROM}
            if field == "actor_kinds":
                true = {actor.kind for actor in one.content.actors if actor.kind}
            else:
                true = set(getattr(one.content, field))
            if true or said:
                told[field].append((true, said))
    made = []
    for field, pairs in told.items():
        codes = [(code in true, code in said) for true, said in pairs for code in sorted(true | said)]
        if codes:
            made.append(Line(field, len(pairs), measure.found([so for so, _ in codes], [it for _, it in codes])))
    return tuple(made)


def _initiatives(judged: Iterable[Judged]) -> tuple[list[bool], list[float]]:
    """Whether each reports an initiative, and the probability that was shown; what says neither is left out."""
    pairs = [
        (told, one.suggestion.initiative)
        for one in judged
        if one.suggestion is not None and (told := _tells_initiative(one)) is not None
    ]
    return [told for told, _ in pairs], [said for _, said in pairs]


def _tells_initiative(one: Judged) -> bool | None:
    return tells_initiative(one.verdict, one.reason)


def _of_issues(judged: Iterable[tuple[Judged, Suggestion]]) -> list[tuple[frozenset[str], frozenset[str]]]:
    """The issues that were decided and that were suggested, where the decision says which."""
    told = ((tells_issues(one.verdict, one.reason, one.issues), _said(said)) for one, said in judged)
    return [(true, said) for true, said in told if true is not None]


def _said(suggestion: Suggestion) -> frozenset[str]:
    return frozenset(one.code for one in suggestion.issues if one.score >= SAID_FROM)
