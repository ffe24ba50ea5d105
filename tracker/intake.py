"""The way in: what a source said becomes items in the queue, each once, with what it seems to say."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from tracker import reading
from tracker.address import canonical
from tracker.errors import BadItem
from tracker.model import ESTIMATED, Arrival, Entry, Fetch, Item, ItemState, Schedule, Source, Suggestion
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


def finish(
    store: Store,
    source: Source,
    fetch: Fetch,
    schedule: Schedule,
    entries: Sequence[Entry],
    now: datetime,
    *,
    sample: bool = False,
    taxonomy: Path | None = None,
) -> Fetch:
    """The fetch with its counts filled in, after everything that it brought was written: whole, or not at all.

    Items, suggestions, the fetch itself, the schedule with the validators, and the end of the lease are one
    transaction. The same entries a second time are known, and harmless. `taxonomy` is the file of the settings.
    """
    sorted_out = sort_out(
        store, source, entries, now, sample=sample, taxonomy=taxonomy
    )  # reading texts takes time: before the lock
    with store.writing():
        taken = _write(store, source, sorted_out, now)
        if taken.counts[Arrival.NEW]:
            schedule = schedule.but(last_new_at=now)
        note = fetch.note or "; ".join(taken.refused[:3])
        fetch = fetch.but(
            new=taken.counts[Arrival.NEW],
            changed=taken.counts[Arrival.CHANGED],
            known=taken.counts[Arrival.KNOWN],
            refused=fetch.refused + taken.counts[Arrival.REFUSED],
            note=note[:1000],
        )
        store.add_fetch(fetch, schedule)
    return fetch


def take_in(
    store: Store,
    source: Source,
    entries: Sequence[Entry],
    now: datetime,
    *,
    sample: bool = False,
    taxonomy: Path | None = None,
) -> Taken:
    """What became of these entries, after they were written in one transaction."""
    sorted_out = sort_out(store, source, entries, now, sample=sample, taxonomy=taxonomy)
    with store.writing():
        return _write(store, source, sorted_out, now)


@dataclass
class SortedOut:
    """Entries told apart, before anything is written."""

    new: list[tuple[Item, Suggestion]] = field(default_factory=list)
    changed: list[tuple[int, Item, Suggestion]] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    carried: list[int] = field(default_factory=list)  # known, from another source
    copies: dict[str, tuple[str, str]] = field(default_factory=dict)  # canonical address: digest and address of bytes
    repeated: int = 0  # said twice in one fetch
    refused: list[str] = field(default_factory=list)


def sort_out(
    store: Store,
    source: Source,
    entries: Sequence[Entry],
    now: datetime,
    *,
    sample: bool = False,
    taxonomy: Path | None = None,
) -> SortedOut:
    """Which entries are new, changed, known or unusable. Reads the store, writes nothing."""
    result = SortedOut()
    usable_guids = _usable_guids(entries)
    items: dict[str, Item] = {}
    for number, entry in enumerate(entries, start=1):
        try:
            item = item_from(entry, source, now, guid=entry.guid if entry.guid in usable_guids else None, sample=sample)
        except BadItem as problem:
            result.refused.append(f"entry {number}: {problem}")
            continue
        if item.canonical_url in items and not entry.url and not item.guid:
            item = _by_its_words(item, source, items[item.canonical_url])
        if item.canonical_url in items:
            result.repeated += 1
        else:
            items[item.canonical_url] = item
            if entry.copy_digest:
                result.copies[item.canonical_url] = (entry.copy_digest, entry.copy_url or source.url)
    with store.reading():
        there = store.find_items(list(items), source.id, [item.guid for item in items.values() if item.guid])
        originals = store.originals([item.content_hash for item in items.values() if _long_enough(item)])
    by_address = {known.canonical_url: known for known in there}
    by_guid = {known.guid: known for known in there if known.guid and known.source_id == source.id}
    for item in items.values():
        known = by_address.get(item.canonical_url)
        if known is None and item.guid and (known := by_guid.get(item.guid)) and known.canonical_url in items:
            # The item of this guid stands in the feed itself: its guids are places in the list, not names.
            known, item = None, item.but(guid=None)
        if known is None:
            if (original := originals.get(item.content_hash)) is not None and _long_enough(item):
                item = item.but(copy_of=original, state=ItemState.COPY)
            result.new.append((item, suggest(item, source, taxonomy)))
        elif _says_something_else(known, item, source):
            if item.canonical_url in result.copies:  # its address may have moved: it is known by the old one
                result.copies[known.canonical_url] = result.copies.pop(item.canonical_url)
            item = item.but(canonical_url=known.canonical_url)
            result.changed.append((known.id, item, suggest(item, source, taxonomy)))
        else:
            result.known.append(known.id)
            if known.source_id != source.id:
                result.carried.append(known.id)
    return result


def _write(store: Store, source: Source, sorted_out: SortedOut, now: datetime) -> Taken:
    taken = Taken(refused=sorted_out.refused)
    taken.new_ids = store.add_items(sorted_out.new, now)
    for id, item, said in sorted_out.changed:
        store.change_item(id, item, said, now)
    written = {item.canonical_url for item, _ in sorted_out.new} | {
        item.canonical_url for _, item, _ in sorted_out.changed
    }
    if copies := {address: copy for address, copy in sorted_out.copies.items() if address in written}:
        store.add_copies(copies, now)
    store.add_carriers(sorted_out.carried, source.id, now)
    overtaken = len(sorted_out.new) - len(taken.new_ids)  # added by somebody else since they were sorted out
    taken.counts = Counter(
        {
            Arrival.NEW: len(taken.new_ids),
            Arrival.CHANGED: len(sorted_out.changed),
            Arrival.KNOWN: len(sorted_out.known) + sorted_out.repeated + overtaken,
            Arrival.REFUSED: len(sorted_out.refused),
        }
    )
    return taken


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


def suggest(item: Item, source: Source, taxonomy: Path | None = None) -> Suggestion:
    """What the item seems to say, with its source's language, country and issues as a prior."""
    return reading.read(
        item.title,
        f"{item.summary}\n{item.text}".strip(),
        declared_language=item.declared_language,
        country=source.country,
        issues=source.issues if len(source.issues) == 1 else (),
        taxonomy=taxonomy,
    )


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
