"""The way in: what a source said becomes items in the queue, each once, with what it seems to say."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from tracker import reading, similarity
from tracker.address import canonical
from tracker.errors import BadItem
from tracker.model import ESTIMATED, Arrival, Entry, Fetch, Item, ItemState, Likeness, Schedule, Source, Suggestion
from tracker.store import Store
from tracker.store.items import Known
from tracker.store.stories import MOST_OF_A_MARK, Behind
from tracker.text import folded

LONGEST_TEXT = 200_000  # characters kept of one item; a page beyond that is a book
IDENTITY_LENGTH = 200  # characters of text that tell entries apart which have nothing else
MOST_COMPARED = 4  # items that a new one is compared with, word by word
# Two items are compared when the marks that they share weigh so much (a mark of n stories weighs 1/n), or, when they
# are so large a part of the new item's marks, half of that.
RARE, MANY = 0.8, 0.25
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
    marks: dict[str, list[int]] = field(default_factory=dict)  # canonical address: what to find its likes by
    behind: list[Behind] = field(default_factory=list)  # new items that tell the story of another new one
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
                item = copied(item, original)
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
    tell_stories(store, result)
    return result


def tell_stories(store: Store, result: SortedOut) -> None:
    """Puts new items behind earlier ones that tell the same story in nearly the same words, in the store or here."""
    alone = [(place, item) for place, (item, _) in enumerate(result.new) if item.copy_of is None]
    if not alone:
        return
    all_marks = similarity.marks([similarity.told(item) for _, item in alone])
    with store.reading():
        there = store.marked({value for marks in all_marks for value in marks})
        likely = [_most_shared(marks, there) for marks in all_marks]
        standing = store.standing(id for ids in likely for id in ids)
    here: dict[int, list[int]] = {}  # mark: places of the new items that have it
    digests: dict[str, int] = {}
    stands_here: dict[int, Item] = {}
    for (place, item), marks, ids in zip(alone, all_marks, likely, strict=True):
        stories = {standing[id].id: standing[id] for id in ids if id in standing}
        scores = {
            id: score
            for id, one in stories.items()
            if (score := similarity.alike(similarity.told(item), similarity.told(one))) is not None
        }
        if scores:
            best = min(scores, key=lambda id: (-scores[id], id))
            _, said = result.new[place]
            result.new[place] = copied(item, best, Likeness.NEAR, scores[best]), said
            continue
        if (twin := _twin(item, marks, here, digests, stands_here)) is not None:
            result.behind.append(twin)
            continue
        stands_here[place] = item
        result.marks[item.canonical_url] = [value for value in marks if len(there.get(value, ())) < MOST_OF_A_MARK]
        if _long_enough(item):
            digests.setdefault(item.content_hash, place)
        for value in marks:
            here.setdefault(value, []).append(place)


def copied(item: Item, stands: int, kind: Likeness = Likeness.EXACT, score: float = 1.0) -> Item:
    """The same item behind the one that stands for its story."""
    return item.but(copy_of=stands, copy_kind=kind, copy_score=score, state=ItemState.COPY)


def _twin(
    item: Item, marks: list[int], here: dict[int, list[int]], digests: dict[str, int], stands_here: dict[int, Item]
) -> Behind | None:
    """The earlier of the new items that this one stands behind, if any."""
    if (same := digests.get(item.content_hash)) is not None and _long_enough(item):
        stands = stands_here[same].canonical_url
        return Behind(canonical_url=item.canonical_url, stands=stands, kind=Likeness.EXACT, score=1.0)
    for place in _most_shared(marks, here):
        if (score := similarity.alike(similarity.told(item), similarity.told(stands_here[place]))) is not None:
            stands = stands_here[place].canonical_url
            return Behind(canonical_url=item.canonical_url, stands=stands, kind=Likeness.NEAR, score=score)
    return None


def _most_shared(marks: Sequence[int], there: Mapping[int, Sequence[int]]) -> list[int]:
    """The few that share most with these marks, best first; a mark of many stories is a manner of speaking."""
    weights: dict[int, float] = defaultdict(float)
    shared: Counter[int] = Counter()
    for value in marks:
        ids = there.get(value, ())
        if len(ids) < MOST_OF_A_MARK:
            shared.update(ids)
            for id in ids:
                weights[id] += 1 / len(ids)
    enough = [id for id, weight in weights.items() if weight >= (RARE / 2 if shared[id] >= MANY * len(marks) else RARE)]
    return sorted(enough, key=lambda id: (-weights[id], id))[:MOST_COMPARED]


def _write(store: Store, source: Source, sorted_out: SortedOut, now: datetime) -> Taken:
    taken = Taken(refused=sorted_out.refused)
    taken.new_ids = store.add_items(sorted_out.new, now)
    store.add_marks(sorted_out.marks, sorted_out.behind)
    for id, item, said in sorted_out.changed:
        store.change_item(id, item, said, now)
        _see_again(store, id, item)
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


def _see_again(store: Store, id: int, item: Item) -> None:
    """Whether the item, now that its text has changed, still tells its story; what does not waits by itself again.

    Only a machine's word is taken back: what a person has joined stays.
    """
    store.add_marks({item.canonical_url: similarity.marks([similarity.told(item)])[0]})
    stands, *others = store.members(id)
    for member in others:
        if member.item.placed_by is not None or id not in (stands.item.id, member.item.id):
            continue
        if member.item.content_hash == stands.item.content_hash:
            kind, score = Likeness.EXACT, 1.0
        elif (alike := similarity.alike(similarity.told(stands.item), similarity.told(member.item))) is not None:
            kind, score = Likeness.NEAR, alike
        else:
            store.place(member.item.id, None, "intake")
            continue
        if (kind, score) != (member.item.copy_kind, member.item.copy_score):
            store.place(member.item.id, stands.item.id, "intake", kind=kind, score=score)


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
