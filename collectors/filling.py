"""How is the history of a source filled back? Page after page into the past, politely, and from where it was left.

A feed leads back by links (RFC 5005: prev-archive, next; JSON Feed: next_url) or, from WordPress, by ?paged=N; a
listing by `listing.next`; a sitemap lists everything. What is an item already is never changed.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from collectors.feed import web_address
from collectors.parsing import Parsers
from collectors.round import Clock, stopping
from collectors.spider import Answer, Get, NoAnswer, fetching
from collectors.visit import GIVE_UP_AFTER, PASSING, article_at, on_behalf_of, read_from, unshielded
from tracker.address import canonical
from tracker.errors import BadInput, BadItem
from tracker.evidence import Archive
from tracker.intake import take_in
from tracker.model import Arrival, Entry, Kind, Source, Time, Value
from tracker.settings import Settings
from tracker.store import Store

MOST_PAGES = 500  # of history in one call; the next call goes on
AT_ONCE = 20  # articles that are stored together
KNOWN_AFTER_NEWS = 2  # pages in a row that bring nothing new, after some did: an earlier filling has been here
KNOWN_AT_ALL = 20  # the same from the start, where collecting has been for long
LINK = re.compile(rb"<(?:\w{1,20}:)?link\b[^>]{0,1000}>", re.I)
REL = re.compile(rb"""\brel\s*=\s*["']?([\w-]+)""", re.I)
HREF = re.compile(rb"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
WORDPRESS = re.compile(rb"<generator[^>]{0,100}>[^<]{0,100}wordpress", re.I)


class Left(Value):
    """How far a filling has come; kept in the store, so that the next call goes on from here."""

    waiting: tuple[str, ...]  # pages of history still to be asked, the next one first
    since: Time | None = None
    found: bool = False  # something new, on a page before
    known_in_a_row: int = 0


@dataclass
class Filled:
    """What a filling has brought until now, and why it ended."""

    source_id: str
    pages: int = 0
    new: int = 0
    known: int = 0
    refused: int = 0
    ended: str = ""
    done: bool = False
    problems: list[str] = field(default_factory=list)


Progress = Callable[[Filled, str], None]  # so far, and the address that is asked now


def fill(
    store: Store,
    settings: Settings,
    now: Clock,
    source_id: str,
    since: datetime | None = None,
    *,
    pages: int = MOST_PAGES,
    progress: Progress | None = None,
) -> Filled:
    """What filling this source back has brought, at most `pages` pages of history. Ctrl-C ends it; nothing is lost.

    A filling that was left goes on (with a new `since`, where one is given). Raises NotFound for an unknown source.
    """
    (watched,) = store.watched([source_id])
    source = watched.source
    before = store.filling(source_id)
    left = Left.model_validate(before) if before else Left(waiting=(source.url,))
    if since is not None:
        left = left.but(since=since)
    walk = _Walk(store, settings, now, source, left, watched.sample, progress or (lambda *_: None))

    async def until_interrupted() -> None:
        stop = asyncio.Event()
        with stopping(stop):
            task = asyncio.create_task(
                fetching(
                    settings.collect,
                    settings.caller,
                    lambda get: walk.through(
                        on_behalf_of(source, get, feeds_ignore_robots=settings.collect.feeds_ignore_robots), pages
                    ),
                )
            )
            watcher = asyncio.create_task(stop.wait())
            await asyncio.wait({task, watcher}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                walk.filled.ended = "interrupted; the same command goes on from here"
                walk.stopped = True
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)
            await task

    asyncio.run(until_interrupted())
    return walk.filled


class _Walk:
    """One walk into the past of one source."""

    def __init__(
        self, store: Store, settings: Settings, now: Clock, source: Source, left: Left, sample: bool, progress: Progress
    ) -> None:
        self.store, self.settings, self.now, self.source, self.left = store, settings, now, source, left
        self.sample, self.progress = sample, progress
        self.filled = Filled(source.id)
        self.archive = Archive(settings.evidence)
        self.stopped = False
        self.asked: set[str] = set()

    async def through(self, get: Get, pages: int) -> None:
        """Asks one page of history after the other until one of them says that it is enough."""
        async with Parsers(1) as parsers:
            while self.left.waiting and not self.stopped:
                if self.filled.pages >= pages:
                    self.filled.ended = f"{pages} pages were asked; the same command goes on from here"
                    return
                url = self.left.waiting[0]
                self.progress(self.filled, url)
                try:
                    over = await self._page(url, get, parsers)
                except (NoAnswer, BadInput) as problem:
                    if url == self.source.url or not _is_the_end(problem):
                        self.filled.ended = f"{problem}; the same command goes on from here"
                        return
                    over = "the history ends here"
                    self._step(())
                self.filled.pages += 1
                if over:
                    self._done(over)
                    return
        if not self.stopped:
            self._done("nothing older is offered")

    def _done(self, why: str) -> None:
        self.store.keep_filling(self.source.id, None)
        self.filled.ended, self.filled.done = why, True

    def _step(self, further: Sequence[str], **changes: object) -> None:
        """The page in hand is finished: further ones take its place, and that is remembered."""
        self.asked.add(self.left.waiting[0])
        new = [url for url in further if url not in self.asked and url not in self.left.waiting]
        self.left = self.left.but(waiting=(*new, *self.left.waiting[1:]), **changes)
        self.store.keep_filling(self.source.id, self.left.model_dump(mode="json"))

    async def _page(self, url: str, get: Get, parsers: Parsers) -> str:
        """One page of history, read and stored; why it is the last one, or empty."""
        answer = await get(url)
        unshielded(answer)
        if not 200 <= answer.status < 300:
            raise _Status(url, answer.status)
        before = self.filled.new
        if self.source.kind is Kind.FEED:
            feed = await parsers.feed(answer.body, answer.url, answer.content_type)
            fresh = self._fresh([entry for entry in feed.entries if not self._too_old(entry)])
            self._take_in(read_from(fresh, answer), [answer] if fresh else [])
            seen, further = len(feed.entries), tuple(filter(None, [older_page(answer.body, answer.url)]))
            past = bool(seen) and all(map(self._too_old, feed.entries))
        else:
            listing = await parsers.listing(
                answer.body, answer.url, self.source.listing, answer.content_type, whole=True, since=self.left.since
            )
            seen, past = len(listing.links), await self._articles(listing.links, get, parsers)
            further = (*filter(None, [listing.next_url]), *listing.children)
            if self.stopped:
                return ""  # this page is read again by the next call, which then knows what is there
        found = self.filled.new > before
        known = 0 if found or not seen else self.left.known_in_a_row + 1
        self._step(further, found=self.left.found or found, known_in_a_row=known)
        if past:
            return f"older than {self.left.since:%Y-%m-%d}"
        if not seen and not further:
            return "" if self.left.waiting else "the history ends here"
        return "known ground" if known >= (KNOWN_AFTER_NEWS if self.left.found else KNOWN_AT_ALL) else ""

    async def _articles(self, links: Sequence[str], get: Get, parsers: Parsers) -> bool:
        """Fetches and stores those that are not known; whether all of them were older than wanted."""
        there = self.store.known_addresses([canonical(link) for link in links])
        wanted = [link for link in links if canonical(link) not in there]
        self.filled.known += len(links) - len(wanted)
        old = in_a_row = 0
        for start in range(0, len(wanted), AT_ONCE):
            entries: list[Entry] = []
            answers: list[Answer] = []
            for link in wanted[start : start + AT_ONCE]:
                if self.stopped:
                    break
                self.progress(self.filled, link)
                try:
                    entry, answer = await article_at(self.source, link, get, parsers)
                except (NoAnswer, BadInput) as problem:
                    in_a_row = in_a_row + 1 if isinstance(problem, NoAnswer) and problem.outcome in PASSING else 0
                    if in_a_row >= GIVE_UP_AFTER:
                        self._take_in(entries, answers)
                        raise
                    self.filled.refused += 1
                    self.filled.problems.append(str(problem))
                    continue
                in_a_row = 0
                if self._too_old(entry):
                    old += 1
                else:
                    entries.append(entry)
                    answers.append(answer)
            self._take_in(entries, answers)
        return bool(wanted) and old == len(wanted)

    def _too_old(self, entry: Entry) -> bool:
        since = self.left.since
        return since is not None and entry.published is not None and entry.published < since

    def _fresh(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those whose address is no item yet: a history must not change what was collected since."""
        addresses = []
        for entry in entries:
            try:
                addresses.append(canonical(entry.url) if entry.url else "")
            except BadItem:
                addresses.append("")
        there = self.store.known_addresses([address for address in addresses if address])
        fresh = [entry for entry, address in zip(entries, addresses, strict=True) if address not in there]
        self.filled.known += len(entries) - len(fresh)
        return fresh

    def _take_in(self, entries: Sequence[Entry], answers: Sequence[Answer]) -> None:
        now = self.now()
        for answer in answers:  # before the items that rest on them
            self.archive.keep(answer.url, answer.status, answer.content_type, answer.body, now)
        taken = take_in(self.store, self.source, entries, now, sample=self.sample, taxonomy=self.settings.taxonomy)
        self.filled.new += taken.counts[Arrival.NEW]
        self.filled.known += taken.counts[Arrival.KNOWN]
        self.filled.refused += taken.counts[Arrival.REFUSED]
        self.filled.problems += taken.refused


class _Status(BadInput):
    """An error status in the middle of a history."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(f"{url}: answered {status}")
        self.status = status


def _is_the_end(problem: Exception) -> bool:
    return isinstance(problem, _Status) and problem.status in (404, 410)


def older_page(body: bytes, url: str) -> str | None:
    """Where a feed goes on into the past; None where it says nothing of it."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        try:
            feed = json.loads(body)
        except (ValueError, RecursionError):
            return None
        return web_address(feed.get("next_url"), url) if isinstance(feed, dict) else None
    found: dict[bytes, str] = {}
    for link in LINK.findall(body):
        rel, href = REL.search(link), HREF.search(link)
        if rel and href:
            found.setdefault(rel[1].lower(), html.unescape((href[1] or href[2] or b"").decode("utf-8", "replace")))
    for name in (b"prev-archive", b"next"):
        if (address := web_address(found.get(name), url)) and address != url:
            return address
    if WORDPRESS.search(body[:20_000]) and re.search(rb"<(?:item|entry)\b", body, re.I):
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        number = int(query.get("paged", "1")) if query.get("paged", "1").isdecimal() else 1
        return parts._replace(query=urlencode({**query, "paged": number + 1})).geturl()
    return None


def day(written: str) -> datetime:
    """`2020-01-01` as the beginning of that day in UTC. Raises ValueError."""
    return datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=UTC)
