"""The way in: what a source said becomes items in the queue, each once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from tracker import similarity, suggestions
from tracker.address import canonical
from tracker.conduct import Conduct
from tracker.errors import BadItem
from tracker.model import ESTIMATED, Arrival, Entry, Fetch, Item, ItemState, Likeness, Schedule, Source
from tracker.similarity import Told
from tracker.store import Store
from tracker.store.items import Known
from tracker.text import folded

LONGEST_TEXT = 200_000  # characters kept of one item; a page beyond that is a book
IDENTITY_LENGTH = 200  # characters of text that tell entries apart which have nothing else
SHORTEST_COPY = 40  # characters of title and text from which equal content means the same story, not chance


@dataclass
class Taken:
    """What became of the entries of one fetch."""

    counts: Counter[Arrival] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)  # why, a sentence each
    new_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Visited:
    """What asking a source brought, ready to be written."""

    source: Source
    fetch: Fetch
    schedule: Schedule
    conduct: Conduct = field(default_factory=Conduct)
    entries: Sequence[Entry] = ()
    sample: bool = False
    tests_304: bool = False  # asked without conditions; news means that "not modified" was wrong


def finish(store: Store, visits: Sequence[Visited], now: datetime) -> list[Fetch]:
    """The fetches with their counts filled in, after everything that the visits brought was written: all or nothing.

    Items, the fetches themselves, the schedules with the validators, how the sources answer, and the end of the leases
    are one transaction. The same entries a second time are known, and harmless. What new and changed items seem to say
    is added afterwards (`suggestions.py`).
    """
    sorted_out = [_sort_out(visit.entries, visit.source, now, sample=visit.sample) for visit in visits]
    done: list[tuple[Fetch, Schedule, Conduct]] = []
    with store.writing():
        for visit, taken in zip(visits, _write(store, sorted_out, now), strict=True):
            schedule, conduct = visit.schedule, visit.conduct
            new = taken.counts[Arrival.NEW]
            if new:
                schedule = schedule.model_copy(update={"last_new_at": now})
            if new and visit.tests_304:
                conduct = conduct.but(unreliable_304=True)
            fetch = visit.fetch.model_copy(
                update={
                    "new": new,
                    "changed": taken.counts[Arrival.CHANGED],
                    "known": taken.counts[Arrival.KNOWN],
                    "refused": visit.fetch.refused + taken.counts[Arrival.REFUSED],
                    "note": (visit.fetch.note or "; ".join(taken.refused[:3]))[:1000],
                }
            )
            done.append((fetch, schedule, conduct))
        store.add_fetches(done)
    return [fetch for fetch, *_ in done]


def take_in(
    store: Store,
    source: Source,
    entries: Sequence[Entry],
    now: datetime,
    *,
    sample: bool = False,
    taxonomy: Path | None = None,
) -> Taken:
    """What became of these entries, after they were written in one transaction, and read."""
    with store.writing():
        [taken] = _write(store, [_sort_out(entries, source, now, sample=sample)], now)
    suggestions.make(store, now, taxonomy)
    return taken


@dataclass
class _SortedOut:
    """The items that one visit's entries make, before the store was asked which of them it has."""

    source: Source
    items: dict[str, Item] = field(default_factory=dict)  # by canonical address
    copies: dict[str, tuple[str, str]] = field(default_factory=dict)  # canonical address: digest and address of bytes
    repeated: int = 0  # said twice in one fetch
    refused: list[str] = field(default_factory=list)

    def marks(self) -> set[str]:
        """What the items may be recognised by."""
        return {*self.items, *(item.content_hash for item in self.items.values() if _long_enough(item))}


def _sort_out(entries: Sequence[Entry], source: Source, now: datetime, *, sample: bool) -> _SortedOut:
    result = _SortedOut(source)
    usable_guids = _usable_guids(entries)
    for number, entry in enumerate(entries, start=1):
        try:
            item = item_from(entry, source, now, guid=entry.guid if entry.guid in usable_guids else None, sample=sample)
        except BadItem as problem:
            result.refused.append(f"entry {number}: {problem}")
            continue
        if item.canonical_url in result.items and not entry.url and not item.guid:
            item = _by_its_words(item, source, result.items[item.canonical_url])
        if item.canonical_url in result.items:
            result.repeated += 1
        else:
            result.items[item.canonical_url] = item
            if entry.copy_digest:
                result.copies[item.canonical_url] = (entry.copy_digest, entry.copy_url or source.url)
    return result


def _write(store: Store, sorted_out: Sequence[_SortedOut], now: datetime) -> Iterator[Taken]:
    """What became of each visit's items. Those of visits that have something in common are written one after the
    other, so that the later one finds what the earlier one brought.
    """
    together: list[_SortedOut] = []
    taken: set[str] = set()
    for one in sorted_out:
        marks = one.marks()
        if not taken.isdisjoint(marks):
            yield from _write_together(store, together, now)
            together, taken = [], set()
        together.append(one)
        taken |= marks
    yield from _write_together(store, together, now)


def _write_together(store: Store, visits: Sequence[_SortedOut], now: datetime) -> list[Taken]:
    items = [(visit.source, item) for visit in visits for item in visit.items.values()]
    there = store.find_items(
        [item.canonical_url for _, item in items], [(source.id, item.guid) for source, item in items if item.guid]
    )
    by_address = {known.canonical_url: known for known in there}
    by_guid: dict[tuple[str, str | None], Known] = {
        (known.source_id, known.guid): known for known in there if known.guid
    }
    originals = store.originals([item.content_hash for _, item in items if _long_enough(item)])
    new: list[Item] = []
    copies: dict[str, tuple[str, str]] = {}
    result: list[Taken] = []
    for visit in visits:
        taken = Taken(refused=visit.refused)
        carried = []
        for item in visit.items.values():
            known = by_address.get(item.canonical_url)
            same_guid = None if known else by_guid.get((visit.source.id, item.guid))
            if same_guid and same_guid.canonical_url in visit.items:
                # The item of this guid stands in the feed itself: its guids are places in the list, not names.
                item = item.model_copy(update={"guid": None})
            else:
                known = known or same_guid
            copy = visit.copies.get(item.canonical_url)
            if known is None:
                if (original := originals.get(item.content_hash)) is not None and _long_enough(item):
                    item = copied(item, original)
                new.append(item)
                taken.counts[Arrival.NEW] += 1
            elif _says_something_else(known, item, visit.source):
                store.change_item(known.id, item, now)
                _see_again(store, known, item)
                taken.counts[Arrival.CHANGED] += 1
            else:
                taken.counts[Arrival.KNOWN] += 1
                copy = None
                if known.source_id != visit.source.id:
                    carried.append(known.id)
            if copy:  # its address may have moved: it is known by the old one
                copies[known.canonical_url if known else item.canonical_url] = copy
        store.add_carriers(carried, visit.source.id, now)
        taken.counts[Arrival.KNOWN] += visit.repeated
        taken.counts[Arrival.REFUSED] += len(visit.refused)
        result.append(taken)
    ids = store.add_items(new)
    for visit, taken in zip(visits, result, strict=True):
        taken.new_ids = [ids[address] for address in visit.items if address in ids]
        overtaken = taken.counts[Arrival.NEW] - len(taken.new_ids)  # added by somebody else in the meantime
        taken.counts[Arrival.NEW] -= overtaken
        taken.counts[Arrival.KNOWN] += overtaken
    if copies:
        store.add_copies(copies, now)
    return result


def copied(item: Item, stands: int) -> Item:
    """The same item behind the one that says the same words."""
    return item.but(copy_of=stands, copy_kind=Likeness.EXACT, copy_score=1.0, state=ItemState.COPY)


def _see_again(store: Store, known: Known, item: Item) -> None:
    """Whether the item, now that its text has changed, still tells its story; what does not waits by itself again.

    Only a machine's word is taken back: what a person has joined stays.
    """
    store.add_marks({known.id: similarity.marks([similarity.told(item)])[0]})
    stands, *others = store.members(known.id)
    for member in others:
        if member.item.placed_by is not None or known.id not in (stands.item.id, member.item.id):
            continue
        if member.item.content_hash == stands.item.content_hash:
            kind, score = Likeness.EXACT, 1.0
        elif (alike := similarity.alike(similarity.told(stands.item), similarity.told(member.item))) is not None:
            kind, score = Likeness.NEAR, alike
        elif member.item.copy_kind is Likeness.TRANSLATION and _hardly_changed(store, known.id, item):
            continue
        else:
            store.place(member.item.id, None, "intake")
            continue
        if (kind, score) != (member.item.copy_kind, member.item.copy_score):
            store.place(member.item.id, stands.item.id, "intake", kind=kind, score=score)


def _hardly_changed(store: Store, id: int, item: Item) -> bool:
    """Whether the item says mostly what it said before: then its translations are what they were."""
    before = store.item_versions(id)[0]
    said = Told(before.title, before.text or before.summary, item.source_id)
    return similarity.shared(said, similarity.told(item)) >= similarity.SAME_SHARE


def item_from(entry: Entry, source: Source, now: datetime, *, guid: str | None, sample: bool = False) -> Item:
    """The item that an entry makes. Raises BadItem when it has neither title nor text, or a useless address.

    Without a title, the beginning of the text stands for it. Without an address, the entry is known by its guid, else
    by its title and date, or title and first words, under the address of its source. A date that lies ahead, or that
    nobody can believe, or none: the item counts as published when it was first seen, marked as estimated.
    """
    text, summary = entry.text[:LONGEST_TEXT], entry.summary[:LONGEST_TEXT]
    title = entry.title.strip() or _first_words(summary or text)
    if not title:
        raise BadItem("has neither a title nor a text")
    content_hash = hash_of(title, summary, text)
    if entry.url:
        address, compared = entry.url, canonical(entry.url)
    else:
        first_words = entry.published.isoformat() if entry.published else folded(text or summary)[:IDENTITY_LENGTH]
        address, compared = source.url, _without_address(source, guid or f"{folded(title)}\n{first_words}")
    believable = entry.published is not None and entry.published <= now and _sane(entry.published)
    try:
        return Item(
            source_id=source.id,
            url=address,
            canonical_url=compared,
            guid=guid,
            title=title[:1000],
            summary=summary,
            text=text,
            author=entry.author,
            published_at=entry.published if believable else now,
            published_origin=entry.published_origin if believable else ESTIMATED,
            published_claim=None if believable or entry.published is None else entry.published.isoformat(),
            arrived_at=now,
            declared_language=entry.language or source.language,
            content_hash=content_hash,
            sample=sample,
        )
    except ValidationError as problem:
        first = problem.errors()[0]
        raise BadItem(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def hash_of(title: str, summary: str, text: str) -> str:
    """A number for what a text says; case, accents and spacing make no difference."""
    said = f"{folded(title)}\n{folded(text or summary)}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:32]


def _says_something_else(known: Known, item: Item, source: Source) -> bool:
    """Only its own source can change an item: others that carry it may shorten it."""
    return known.source_id == source.id and known.content_hash != item.content_hash


def _usable_guids(entries: Sequence[Entry]) -> set[str]:
    """Guids that tell entries apart: one that stands on entries with different addresses does not."""
    addresses: dict[str, set[str | None]] = {}
    for entry in entries:
        if entry.guid:
            addresses.setdefault(entry.guid, set()).add(entry.url)
    return {guid for guid, urls in addresses.items() if len(urls) == 1}


def _long_enough(item: Item) -> bool:
    return len(item.title) + len(item.text or item.summary) >= SHORTEST_COPY


def _first_words(text: str) -> str:
    first = text.strip()[:120]
    return first if len(text.strip()) <= 120 else first.rsplit(" ", 1)[0] + " …"


def _without_address(source: Source, identity: str) -> str:
    return f"{canonical(source.url)}#{hashlib.sha256(identity.encode('utf-8', 'replace')).hexdigest()[:20]}"


def _by_its_words(item: Item, source: Source, other: Item) -> Item:
    """The same item, or, when it says something else than the other of this title and date: known by all its words."""
    if item.content_hash == other.content_hash:
        return item
    return item.but(canonical_url=_without_address(source, item.content_hash))


def _sane(claimed: datetime) -> bool:
    """Whether a reader can believe a claimed date: the web has no older pages."""
    return claimed.astimezone(UTC).year >= 1990
