"""Items whose text says clearly what they are, and decisions on them, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.makers import a_decision, an_entry
from tracker import intake, suggestions
from tracker.model import Decision, Drawn, ItemState, Person, Source, Verdict
from tracker.store import Store

WANTED = "The city of town{n} opens shelter beds and a hotline for victims of domestic violence, number {n}"
OTHER = "Football in town{n}: the league of river{n} plays again in June, match {n}"


def arrive(store: Store, source: Source, wanted: Sequence[bool], now: datetime, *, first: int = 0) -> list[int]:
    """Items that are read: an initiative for each True, news of football for each False; their numbers in order."""
    entries = [
        an_entry(
            url=f"https://families.example.org/{first + n}",
            guid=f"guid-{first + n}",
            title=(WANTED if so else OTHER).format(n=first + n),
            text=f"{'Funding for women who flee a violent partner.' if so else 'Tickets and teams.'} Note {first + n}.",
        )
        for n, so in enumerate(wanted)
    ]
    intake.take_in(store, source, entries, now)
    suggestions.make(store, now)
    found = store.find_items([entry.url or "" for entry in entries], [])
    by_url = {one.canonical_url: one.id for one in found}
    return [by_url[entry.url or ""] for entry in entries]


def decide(
    store: Store,
    person: Person,
    items: Sequence[int],
    wanted: Sequence[bool],
    now: datetime,
    *,
    drawn_by: Drawn = Drawn.QUEUE,
    reason: str = "outside_issues",
) -> list[Decision]:
    """What the person decided of these items, a second each; exclusions have the reason."""
    made = []
    with store.writing():
        for number, (id, so) in enumerate(zip(items, wanted, strict=True)):
            waiting = store.item(id, now)
            decision = a_decision(
                key=f"{person.id}-{id}-{waiting.item.version}",
                item_id=id,
                item_version=waiting.item.version,
                person_id=person.id,
                at=now + timedelta(seconds=number),
                verdict=Verdict.INCLUDE if so else Verdict.EXCLUDE,
                reason=None if so else reason,
                issues=("domestic_violence",) if so else (),
                countries=("CA",) if so else (),
                drawn_by=drawn_by,
                suggestion_id=waiting.suggestion_id,
            )
            state = ItemState.INCLUDED if so else ItemState.EXCLUDED
            made.append(store.add_decision(decision, state, person.email))
    return made


def mixed(number: int) -> list[bool]:
    """One wanted in three."""
    return [n % 3 == 0 for n in range(number)]
