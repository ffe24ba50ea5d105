"""Who may say that somebody has searched, of several countries, issues and months at once?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from tracker.errors import BadInput, Sentence, by_field
from tracker.model import EARLIEST, Person, Role
from tracker.people import require
from tracker.store import Store
from tracker.store.coverage import CoverageLine, Searched
from tracker.taxonomy import Taxonomy

MOST_AT_ONCE = 5_000  # cells
SHORTEST_NOTE = 3


def say(
    store: Store,
    taxonomy: Taxonomy,
    person: Person,
    countries: Collection[str],
    issues: Collection[str],
    months: Collection[date],
    state: Searched,
    note: str,
    now: datetime,
) -> int:
    """Says of each of these countries with each issue and month what was searched; gives how many cells that are.

    What was said before stays on record. Raises NotAllowed, and BadInput without a note, for nothing chosen, for a
    month before 2020 or in the future, an unknown issue, and over five thousand cells at once.
    """
    require(person, Role.ANALYST, Sentence("say what was searched"))
    if not countries:
        raise BadInput(Sentence("countries: choose at least one"))
    if not issues:
        raise BadInput(Sentence("issues: choose at least one"))
    if not months:
        raise BadInput(Sentence("months: choose at least one"))
    if len(note.strip()) < SHORTEST_NOTE:
        raise BadInput(Sentence("note: say how and where you have looked, so that the next one need not"))
    if unknown := [issue for issue in issues if issue not in taxonomy.codes("issues")]:
        known = ", ".join(taxonomy.codes("issues"))
        none = Sentence("'{code}' is none of the {group}: {known}", code=unknown[0], group="issues", known=known)
        raise BadInput(by_field([("issues", none)]))
    if min(months) < EARLIEST or max(months) > now.date():
        raise BadInput(Sentence("months: from {first} to {last}", first=f"{EARLIEST:%Y-%m}", last=f"{now:%Y-%m}"))
    number = len(set(countries)) * len(set(issues)) * len({month.replace(day=1) for month in months})
    if number > MOST_AT_ONCE:
        raise BadInput(
            Sentence(
                "that would be {number} cells at once; choose fewer countries or months, up to {most}",
                number=number,
                most=MOST_AT_ONCE,
            )
        )
    lines = [
        CoverageLine(country=country, issue=issue, month=month, state=state, note=note.strip())
        for country in sorted(set(countries))
        for issue in sorted(set(issues))
        for month in sorted({month.replace(day=1) for month in months})
    ]
    return store.add_coverage(lines, person, now)
