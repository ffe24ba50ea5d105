"""Is everything as it should be? Configuration, database, disk, clock, people, sources, and what to do about each."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tracker.errors import TrackerError
from tracker.here import Here
from tracker.model import ModelState, Outcome

LITTLE_DISK_BYTES = 1_000_000_000
LEARNT_WITHIN = timedelta(hours=1)


class Finding(NamedTuple):
    what: str
    well: bool
    says: str


def look(place: Here) -> list[Finding]:
    """One finding a subject. What cannot be looked at because something before it failed is left out."""
    found = []
    try:
        settings = place.settings
        taxonomy = place.taxonomy
    except TrackerError as problem:
        return [Finding("configuration", False, str(problem))]
    enabled = sum(source.enabled for source in settings.sources)
    found.append(Finding("configuration", True, f"{len(settings.sources)} sources, {enabled} of them enabled"))
    found.append(Finding("taxonomy", True, f"version {taxonomy.version}, {len(taxonomy.codes('issues'))} issues"))
    if settings.contact.endswith("@example.org"):
        found.append(Finding("contact", False, "set `contact` to an address that the owners of sources can write to"))
    try:
        store = place.store()
    except TrackerError as problem:
        return [*found, Finding("database", False, str(problem))]
    found.append(Finding("database", True, f"migration {store.version()}"))
    free = shutil.disk_usage(settings.data if settings.data.exists() else ".").free
    well = free > LITTLE_DISK_BYTES
    found.append(Finding("disk", well, f"{free / 1e9:.1f} GB free" + ("" if well else "; make room before it is full")))
    now = datetime.now(UTC)
    events = store.events(limit=1)
    ahead = events[0].at - now if events else timedelta()
    well = ahead < timedelta(minutes=2)
    says = f"{now:%Y-%m-%d %H:%M} UTC"
    found.append(
        Finding("clock", well, says if well else f"{says}, but the audit has been written up to {events[0].at}")
    )
    people = [person for person in store.people() if person.active]
    well = len(people) >= 2
    says = f"{len(people)} with an account" + ("" if well else "; a second look needs two: tracker people add …")
    found.append(Finding("people", well, says))
    found.append(_sources(place, now))
    found.append(_learning(place, now))
    return found


def _sources(place: Here, now: datetime) -> Finding:
    store = place.store()
    last = store.last_fetches()
    working = {Outcome.OK, Outcome.UNCHANGED, Outcome.EMPTY}
    watched = [one for one in store.watched() if one.source.enabled]
    asked = [one for one in watched if one.source.id in last]
    failing = [one.source.id for one in asked if last[one.source.id].outcome not in working]
    overdue = [one for one in watched if one.schedule.next_at and one.schedule.next_at < now - timedelta(hours=6)]
    says = f"{len(watched)} enabled, {len(asked)} asked so far, {len(failing)} failing"
    if failing:
        says += f": {', '.join(failing[:5])}{' …' if len(failing) > 5 else ''}; `tracker sources try ID` says why"
    if overdue:
        says += f"; {len(overdue)} overdue by over 6 hours: is `tracker up` running?"
    return Finding("sources", not failing and not overdue, says)


def _learning(place: Here, now: datetime) -> Finding:
    store = place.store()
    serving, last = store.serving(), next(iter(store.models(limit=1)), None)
    if serving is None or last is None:
        return Finding("learning", True, "the word lists order the queue until enough is decided")
    says = f"model {serving.version} is in service, made {serving.made_at:%Y-%m-%d %H:%M} UTC"
    if last.state is ModelState.REFUSED:
        return Finding("learning", False, f"{says}; model {last.version} was refused: {last.reason}")
    unlearnt = store.decisions(limit=1)[0]
    if unlearnt.id > last.scores.get("up_to", 0) and now - unlearnt.at > LEARNT_WITHIN:
        return Finding("learning", False, f"{says}; newer decisions are not learnt from: is `tracker up` running?")
    return Finding("learning", True, says)
