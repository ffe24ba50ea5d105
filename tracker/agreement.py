"""How far do two people agree who have coded the same items, each without the other?

Every question is counted over the pairs of codings that answer it, so the numbers behind the figures differ:

    initiative   in or out; a coding on hold answers neither
    issue:CODE   yes or no, where both say which issues it is about (`quality.tells_issues`)
    country      the same countries, all of them, where both say that it reports an initiative
    type         the same primary type, where both name one

The second coder sees the suggestion that the first one saw. So the figures tell how far people agree under the same
conditions; where both lean on the machine they lean the same way, and that part of agreement is not theirs.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tracker.learning import measure
from tracker.learning.measure import Agreement
from tracker.model import Verdict
from tracker.quality import ENOUGH, tells_issues

if TYPE_CHECKING:
    from tracker.store.second_coding import Coding, Twice

NORM = 0.61  # kappa from which agreement is called substantial: Landis and Koch 1977, Biometrics 33:159
HIGH_RAW = 0.90
INITIATIVE, COUNTRY, TYPE, ISSUE = "initiative", "country", "type", "issue:"


class Answered(NamedTuple):
    """How far people agree on one question, by everybody together, by pair or by month."""

    of: str
    agreement: Agreement


def answers(twice: Twice, question: str) -> tuple[Hashable, Hashable] | None:
    """What the two have answered; None where one of them has not."""
    first, second = twice.first, twice.second
    if question == INITIATIVE:
        return None if Verdict.HOLD in (first.verdict, second.verdict) else (_wanted(first), _wanted(second))
    if question.startswith(ISSUE):
        code, told = question.removeprefix(ISSUE), (_issues(first), _issues(second))
        return None if None in told else (code in (told[0] or ()), code in (told[1] or ()))
    if not (_wanted(first) and _wanted(second)):
        return None
    if question == COUNTRY:
        return first.countries, second.countries
    return (first.type, second.type) if first.type and second.type else None


def questions(issues: Iterable[str]) -> tuple[str, ...]:
    """All of them, for these issues of the codebook."""
    return INITIATIVE, *(f"{ISSUE}{code}" for code in issues), COUNTRY, TYPE


def agreed(coded: Iterable[Twice], question: str) -> Agreement:
    """Raw agreement and kappa on one question; over nothing where nobody has answered it twice."""
    pairs = [pair for one in coded if (pair := answers(one, question)) is not None]
    return measure.agreement([one for one, _ in pairs], [other for _, other in pairs])


def by_question(coded: Sequence[Twice], issues: Iterable[str]) -> tuple[Answered, ...]:
    """Each question that anybody has answered twice, in the order above."""
    told = (Answered(question, agreed(coded, question)) for question in questions(issues))
    return tuple(one for one in told if one.agreement.raw.of)


def by_pair(coded: Iterable[Twice], question: str = INITIATIVE) -> tuple[tuple[frozenset[int], Agreement], ...]:
    """Each two people (their numbers), whoever was first; those with most items first."""
    grouped: dict[frozenset[int], list[Twice]] = defaultdict(list)
    for one in coded:
        grouped[frozenset((one.first_by, one.second_by))].append(one)
    told = [(pair, agreed((_in_order(one) for one in some), question)) for pair, some in grouped.items()]
    return tuple(sorted((one for one in told if one[1].raw.of), key=lambda one: (-one[1].raw.of, sorted(one[0]))))


def by_month(coded: Iterable[Twice], question: str = INITIATIVE) -> tuple[Answered, ...]:
    """By the month (2020-05) of the first decision, which is what is measured; newest first."""
    grouped: dict[str, list[Twice]] = defaultdict(list)
    for one in coded:
        grouped[f"{one.first_at:%Y-%m}"].append(one)
    told = (Answered(month, agreed(some, question)) for month, some in sorted(grouped.items(), reverse=True))
    return tuple(one for one in told if one.agreement.raw.of)


def good_enough(agreement: Agreement) -> bool | None:
    """Whether kappa reaches the norm of 0.61; None where too few items (under 30) stand behind it, or chance is all."""
    if agreement.raw.of < ENOUGH or agreement.kappa != agreement.kappa:
        return None
    return agreement.kappa >= NORM


def looks_better_than_it_is(agreement: Agreement) -> bool:
    """Whether raw agreement is high and kappa is not: so it is where nearly all items get the same answer.

    Feinstein and Cicchetti 1990 (Journal of Clinical Epidemiology 43:543) on the first of their two paradoxes.
    """
    return agreement.raw.of > 0 and agreement.raw.value >= HIGH_RAW and agreement.kappa < NORM


def differences(first: Coding, second: Coding) -> tuple[str, ...]:
    """In what two codings differ: verdict, and for what both include issues, countries and type.

    Two exclusions for different reasons agree: either way the item is out.
    """
    if first.verdict is not second.verdict:
        return ("verdict",)
    if first.verdict is not Verdict.INCLUDE:
        return ()
    found = [name for name in ("issues", "countries") if getattr(first, name) != getattr(second, name)]
    if first.type and second.type and first.type != second.type:
        found.append("type")
    return tuple(found)


def disagreements(coded: Iterable[Twice]) -> list[Twice]:
    """Those whose two codings differ, in the same order."""
    return [one for one in coded if differences(one.first, one.second)]


# ------------------------------------------------------------------------------------------------------------- export

COLUMNS = (
    "coding", "item", "address", "item_version", "by", "coder", "on", "verdict", "reason", "issues", "countries",
    "type", "codebook", "overturned",
)  # fmt: skip


def lines(coded: Sequence[Twice], chance: random.Random | None = None) -> Iterator[dict[str, Any]]:
    """Every coding as a line: the first, the second and what an editor found, without names.

    Coders are numbered anew and by chance in each export: within one they can be followed, from one to the next they
    cannot, and nobody finds a colleague by the order of accounts. Days have no hours, and reasons in free words stay
    here, for they name people.
    """
    people = sorted(
        {id for one in coded for id in (one.first_by, one.second_by, *([one.ruling.by] if one.ruling else []))}
    )
    (chance or random.SystemRandom()).shuffle(people)
    number = {id: place for place, id in enumerate(people, 1)}
    for one in coded:
        said = [("first", one.first, one.first_by, one.first_at), ("second", one.second, one.second_by, one.second_at)]
        if one.ruling:
            said.append(("editor", one.ruling.coding, one.ruling.by, one.ruling.at))
        for by, coding, person, at in said:
            yield {
                "coding": one.id,
                "item": one.item_id,
                "address": one.url,
                "item_version": one.drawn_version,
                "by": by,
                "coder": number[person],
                "on": f"{at:%Y-%m-%d}",
                **coding.model_dump(mode="json"),
                "codebook": one.codebook,
                "overturned": one.ruling.overturned if one.ruling and by == "editor" else None,
            }


def as_csv(coded: Sequence[Twice]) -> str:
    """The lines as CSV with a head; several codes in one cell are parted by spaces."""
    written = io.StringIO()
    sheet = csv.DictWriter(written, COLUMNS, lineterminator="\n")
    sheet.writeheader()
    for line in lines(coded):
        sheet.writerow({name: " ".join(cell) if isinstance(cell, list) else cell for name, cell in line.items()})
    return written.getvalue()


def as_json_lines(coded: Sequence[Twice]) -> str:
    """The lines as JSON, one object a line."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines(coded))


# ------------------------------------------------------------------------------------------------------------- inside


def _in_order(one: Twice) -> Twice:
    """The same with the smaller number of a person first: kappa of a pair asks who said what, not who came first."""
    if one.first_by < one.second_by:
        return one
    return one.model_copy(
        update={"first": one.second, "second": one.first, "first_by": one.second_by, "second_by": one.first_by}
    )


def _wanted(coding: Coding) -> bool:
    return coding.verdict is Verdict.INCLUDE


def _issues(coding: Coding) -> frozenset[str] | None:
    return tells_issues(coding.verdict, coding.reason, coding.issues)
