"""What would be collected from a source, and why not? Asked now, written nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from collectors.round import ask, stopping
from collectors.visit import Collected
from tracker.errors import BadItem, NotFound
from tracker.intake import item_from
from tracker.model import Entry, Fetch, Kind, Listing, Outcome, Source, Value, Watched
from tracker.settings import Settings

MOST_ARTICLES = 5  # fetched for a trial of a page


class Tried(Value):
    """What a trial found."""

    source: Source
    fetch: Fetch
    entries: tuple[Entry, ...] = ()
    refused: tuple[str, ...] = ()  # why single entries would not become items
    next_reason: str = ""


def attempt(settings: Settings, what: str) -> Tried:
    """What asking this source (an id of the configuration, or an address) brings at this moment.

    An address that turns out to be a web page is tried as a listing as well. Raises NotFound for an unknown id.
    """
    if "://" not in what:
        source = next((source for source in settings.sources if source.id == what), None)
        if source is None:
            raise NotFound(f"there is no source {what!r}; name one of config.yaml, or an address with http(s)://")
        return _tried(settings, source)
    as_feed = _tried(settings, Source(id="tried", name=what[:200], kind=Kind.FEED, url=what))
    if as_feed.fetch.outcome is not Outcome.UNREADABLE or "is a web page" not in as_feed.fetch.error:
        return as_feed
    as_page = _tried(settings, as_feed.source.but(kind=Kind.PAGE))
    hint = f"{as_feed.fetch.error}. Tried as kind: page instead"
    return as_page.but(fetch=as_page.fetch.but(note="; ".join(filter(None, (hint, as_page.fetch.note)))))


def _tried(settings: Settings, source: Source) -> Tried:
    if source.kind is Kind.PAGE:
        few = min(source.listing.max_articles, MOST_ARTICLES)
        source = source.but(listing=Listing(**{**source.listing.model_dump(), "max_articles": few}))
    brought: list[Collected] = []

    async def once() -> None:
        stop = asyncio.Event()
        with stopping(stop):
            await ask(
                stop,
                settings,
                [Watched(source=source)],
                {},
                lambda: datetime.now(UTC),
                lambda _: {},
                brought.append,
                lambda _: 0,
            )

    asyncio.run(once())
    if not brought:
        raise KeyboardInterrupt
    collected = brought[0]
    refused = []
    for number, entry in enumerate(collected.entries, 1):
        try:
            item_from(entry, source, collected.fetch.at, guid=entry.guid)
        except BadItem as problem:
            refused.append(f"entry {number}: {problem}")
    return Tried(
        source=source,
        fetch=collected.fetch,
        entries=collected.entries,
        refused=tuple(refused),
        next_reason=collected.schedule.next_reason,
    )


def described(tried: Tried) -> Iterator[str]:
    """The trial in lines for a person."""
    fetch = tried.fetch
    status = f", HTTP {fetch.status}" if fetch.status else ""
    yield f"{tried.source.url}: {fetch.outcome.value}{status}, {fetch.body_bytes} bytes, {fetch.duration_ms} ms"
    if fetch.error:
        yield f"why not: {fetch.error}"
    if fetch.note:
        yield f"note: {fetch.note}"
    for entry in tried.entries:
        date = f"{entry.published:%Y-%m-%d}" if entry.published else "no date   "
        yield f"{date}  {entry.language or '--':<5}  {entry.title or '(no title)'}"
        yield f"            {entry.url or '(no address)'}"
    for reason in tried.refused:
        yield f"would be refused: {reason}"
    usable = len(tried.entries) - len(tried.refused)
    yield f"{usable} of {fetch.seen} would be collected; asked again: {tried.next_reason}"
