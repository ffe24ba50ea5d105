"""What would be collected from a source, and why not? Asked now, written nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from collectors import discover
from collectors.round import ask, stopping
from collectors.spider import NoAnswer, fetching
from collectors.visit import Collected
from tracker.errors import BadInput, BadItem
from tracker.health import is_a_page
from tracker.intake import item_from
from tracker.model import Entry, Fetch, Kind, Listing, Outcome, Source, Time, Value, Watched
from tracker.settings import Settings

MOST_ARTICLES = 5  # fetched for a trial of a page


class Offer(Value):
    """A feed that a page offers, as it answers now."""

    url: str
    title: str = ""  # of its newest entry
    entries: int = 0
    dated: int = 0
    newest: Time | None = None
    comments: bool = False  # what readers write
    problem: str = ""  # why it cannot be read


class Tried(Value):
    """What a trial found."""

    source: Source
    fetch: Fetch
    entries: tuple[Entry, ...] = ()
    refused: tuple[str, ...] = ()  # why single entries would not become items
    next_reason: str = ""
    offers: tuple[Offer, ...] = ()  # the feeds of a page that was taken for one, best first


def of_address(url: str, **settings: Any) -> Source:
    """A source for an address that is only tried. Raises BadInput when it cannot be one."""
    try:
        return Source.model_validate({"id": "tried", "name": url[:200], "kind": Kind.FEED, **settings, "url": url})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise BadInput(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from wrong


def attempt(settings: Settings, source: Source) -> Tried:
    """What asking this source brings at this moment.

    A feed that turns out to be a web page is tried as a listing as well, and the feeds that it offers are asked.
    """
    as_feed = _tried(settings, source)
    if as_feed.fetch.outcome is not Outcome.UNREADABLE or not is_a_page(as_feed.fetch.error):
        return as_feed
    as_page = _tried(settings, source.but(kind=Kind.PAGE))
    hint = f"{as_feed.fetch.error}. Tried as kind: page instead"
    return as_page.but(
        fetch=as_page.fetch.but(note="; ".join(filter(None, (hint, as_page.fetch.note)))),
        offers=offers(settings, source.url),
    )


def offers(settings: Settings, url: str) -> list[Offer]:
    """The feeds of the page at this address, each asked now, best first; empty when it has none.

    Those that it names; only where none of them can be read, those that stand where feeds usually are.
    """
    try:
        page = asyncio.run(fetching(settings.collect, settings.caller, lambda get: get(url)))
    except NoAnswer:
        return []
    named = _asked_all(settings, discover.offered(page.body, page.url, page.link))
    if any(offer.entries for offer in named):
        return named
    return [*(offer for offer in _asked_all(settings, discover.usual_places(page.url)) if offer.entries), *named]


def _asked_all(settings: Settings, addresses: Sequence[str]) -> list[Offer]:
    if not addresses:
        return []
    sources = [of_address(url, id=f"tried-{number}") for number, url in enumerate(addresses)]
    return sorted(map(_offer, _asked(settings, sources)), key=_goodness, reverse=True)


def _offer(collected: Collected) -> Offer:
    url, entries = collected.watched.source.url, collected.entries
    return Offer(
        url=url,
        title=entries[0].title[:200] if entries else "",
        entries=len(entries),
        dated=sum(1 for entry in entries if entry.published),
        newest=max((entry.published for entry in entries if entry.published), default=None),
        comments=discover.is_of_comments(url, entries[0].title if entries else ""),
        problem=collected.fetch.error,
    )


def _goodness(offer: Offer) -> tuple[bool, bool, float, float, int]:
    newest = offer.newest.timestamp() if offer.newest else 0.0
    return bool(offer.entries), not offer.comments, offer.dated / max(1, offer.entries), newest, offer.entries


def _tried(settings: Settings, source: Source) -> Tried:
    if source.kind is Kind.PAGE:
        few = min(source.listing.max_articles, MOST_ARTICLES)
        source = source.but(listing=Listing(**{**source.listing.model_dump(), "max_articles": few}))
    [collected] = _asked(settings, [source])
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


def _asked(settings: Settings, sources: Sequence[Source]) -> list[Collected]:
    """What each source brings, as they answer. Ctrl-C ends it."""
    brought: list[Collected] = []

    async def once() -> None:
        stop = asyncio.Event()
        with stopping(stop):
            await ask(
                stop,
                settings,
                [Watched(source=source) for source in sources],
                {},
                lambda: datetime.now(UTC),
                lambda _: {},
                brought.append,
                lambda _: 0,
            )
        if stop.is_set():
            raise KeyboardInterrupt

    asyncio.run(once())
    return brought


def described(tried: Tried) -> Iterator[str]:
    """The trial in lines for a person."""
    fetch = tried.fetch
    status = f", HTTP {fetch.status}" if fetch.status else ""
    yield f"{tried.source.url}: {fetch.outcome.value}{status}, {fetch.body_bytes} bytes, {fetch.duration_ms} ms"
    if fetch.error:
        yield f"why not: {fetch.error}"
    if fetch.note:
        yield f"note: {fetch.note}"
    for offer in tried.offers:
        what = f"{offer.entries} entries, {offer.dated} with a date" if offer.entries else offer.problem or "no entry"
        newest = f", the newest of {offer.newest:%Y-%m-%d}" if offer.newest else ""
        yield f"it offers {offer.url}: {what}{newest}{', what readers write' if offer.comments else ''}"
    for entry in tried.entries:
        date = f"{entry.published:%Y-%m-%d}" if entry.published else "no date   "
        yield f"{date}  {entry.language or '--':<5}  {entry.title or '(no title)'}"
        yield f"            {entry.url or '(no address)'}"
    for reason in tried.refused:
        yield f"would be refused: {reason}"
    usable = len(tried.entries) - len(tried.refused)
    yield f"{usable} of {fetch.seen} would be collected; asked again: {tried.next_reason}"
