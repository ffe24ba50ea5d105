"""What is learnt from asking one source once? Its entries, how it went, when to ask again. Nothing is stored here."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from collectors import due
from collectors.hints import fresh_for, publisher_hints
from collectors.parsing import Parsers
from collectors.spider import Answer, Get, NoAnswer
from tracker.address import canonical
from tracker.conduct import Conduct
from tracker.errors import BadInput, Wall
from tracker.model import Entry, Fetch, Kind, Outcome, Schedule, Source, Watched

MOST_SITEMAPS = 5  # below one, in a visit; the newest
MOST_WHOLE_TEXTS = 30  # pages fetched for the entries of one feed in a visit
GIVE_UP_AFTER = 3  # articles of one page source that fail in a row because the site does not answer
PASSING = frozenset({Outcome.TIMEOUT, Outcome.UNREACHABLE})
REMEDIES = {
    401: "it asks for a login; this source cannot be watched as it is",
    403: "it refuses us; ask its owner, or disable the source",
    404: "there is nothing at this address; look for the new one",
    410: "it was removed for good and is not asked again; look for its successor, or reopen the source",
    429: "it asks for a pause, which it gets",
}

RETRY_SECONDS = 5.0
END_OF_ENTRY = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.I)
Wait = Callable[[float], Awaitable[object]]  # asyncio.sleep, or what stands for it
# Which of these canonical addresses are items already: of which source, and when it last said something.
Known = Callable[[Collection[str]], Mapping[str, tuple[str, datetime]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """What one visit brought, ready for the way in."""

    watched: Watched
    fetch: Fetch
    schedule: Schedule
    conduct: Conduct
    entries: tuple[Entry, ...] = ()
    answers: tuple[Answer, ...] = ()  # whose bytes the entries were read from, to be kept as evidence
    moved_to: str | None = None  # the source's new address, now believed
    tests_304: bool = False  # asked without conditions; news means that "not modified" was wrong
    host_waits_until: datetime | None = None  # the server asked for it; holds for all sources of its host


@dataclass(slots=True)
class _Brought:
    """What a visit brings when the source answers as it should."""

    answer: Answer
    outcome: Outcome
    entries: list[Entry]
    seen: int = 0
    refused: int = 0
    notes: list[str] | None = None
    whole: bool = True  # False: something is still to be fetched, so the next visit must not take it for unchanged
    body_bytes: int = 0
    answers: list[Answer] = field(default_factory=list)
    news: dict[str, Entry] = field(default_factory=dict)  # what a news sitemap says itself, by canonical address


async def visit(
    watched: Watched,
    conduct: Conduct,
    get: Get,
    parsers: Parsers,
    known: Known,
    new_lately: int,
    now: datetime,
    wait: Wait | None = None,
) -> Collected:
    """The outcome of asking a source once, whatever happens. `conduct` is how it has answered until now.

    With `wait`, a source that cannot be reached or answers 5xx is asked a second time after 5 seconds, and not a third.
    `known` keeps a page source from fetching articles again, `new_lately` (items of the last 14 days) sets its rhythm.
    """
    source, schedule = watched.source, watched.schedule
    tests_304 = (
        not conduct.unreliable_304 and bool(schedule.etag or schedule.last_modified) and due.doubtful(conduct, now)
    )
    if conduct.unreliable_304 or tests_304:
        schedule = schedule.but(etag=None, last_modified=None)
    began = time.perf_counter()
    answer: Answer | None = None
    address = due.address(source, conduct, now)
    try:
        answer = await _asked(address, schedule, get, wait, partly=source.kind is Kind.FEED)
        brought = await _read(source, schedule, answer, get, parsers, known)
    except NoAnswer as problem:
        outcome, sentence = problem.outcome, str(problem)
    except BadInput as problem:
        outcome, sentence = _named(problem), str(problem)
    else:
        if tests_304 and brought.outcome is Outcome.UNCHANGED:
            conduct = conduct.but(reliable_304=True)
        went_well = _went_well(watched, conduct, brought, address, new_lately, now, _since(began))
        return replace(went_well, tests_304=tests_304)
    return _failed(watched, conduct, outcome, sentence, answer, address, new_lately, now, _since(began))


def on_behalf_of(source: Source, get: Get, *, feeds_ignore_robots: bool = False) -> Get:
    """`get` as this source is asked: with its cookies of this run, its login, and robots.txt as the settings say.

    The login goes to the source's own host alone.
    """
    host = urlsplit(source.url).hostname
    secret = os.environ.get(source.login) if source.login else None

    async def asked(url: str, **how: Any) -> Answer:
        if source.login and not secret:
            sentence = (
                f"its login is to stand in the environment variable {source.login}, as user:password; it is not set"
            )
            raise NoAnswer(Outcome.NOT_ALLOWED, f"{url}: {sentence}")
        named = feeds_ignore_robots and source.kind is Kind.FEED and url == source.url
        login = secret if urlsplit(url).hostname == host else None
        return await get(url, robots=not named, jar=source.id, login=login, **how)

    return asked


async def _asked(address: str, schedule: Schedule, get: Get, wait: Wait | None, *, partly: bool) -> Answer:
    async def once() -> Answer:
        return await get(address, etag=schedule.etag, last_modified=schedule.last_modified, partly=partly)

    if wait is None:
        return await once()
    try:
        answer = await once()
    except NoAnswer as problem:
        if problem.outcome is not Outcome.UNREACHABLE:
            raise
    else:
        if answer.status < 500 or answer.retry_after:  # who names a time is not asked before
            return answer
    await wait(RETRY_SECONDS)
    return await once()


def _named(problem: BadInput) -> Outcome:
    return Outcome.WALL if isinstance(problem, Wall) else Outcome.UNREADABLE


def _since(began: float) -> int:
    return int((time.perf_counter() - began) * 1000)


async def _read(
    source: Source, schedule: Schedule, answer: Answer, get: Get, parsers: Parsers, known: Known
) -> _Brought:
    if answer.status == 304 and (schedule.etag or schedule.last_modified):
        return _Brought(answer, Outcome.UNCHANGED, [])
    unshielded(answer)
    if not 200 <= answer.status < 300:
        remedy = REMEDIES.get(answer.status, "its server has trouble; it is asked again later")
        raise NoAnswer(Outcome.HTTP_ERROR, f"{answer.url}: answered {answer.status}; {remedy}", answer.status)
    if _hash(answer.body) == schedule.body_hash:
        return _Brought(answer, Outcome.UNCHANGED, [], body_bytes=len(answer.body))
    if source.kind is Kind.PAGE:
        return await _page(source, answer, get, parsers, known)
    body = _whole_entries(answer) if answer.cut_short else answer.body
    feed = await parsers.feed(body, answer.url, answer.content_type)
    seen = len(feed.entries) + len(feed.refused)
    brought = _Brought(
        answer,
        Outcome.CUT_SHORT if answer.cut_short else Outcome.OK if seen else Outcome.EMPTY,
        read_from(feed.entries, answer),
        answers=[answer] if feed.entries else [],
        seen=seen,
        refused=len(feed.refused),
        notes=["the answer broke off; its whole entries were kept"] if answer.cut_short else [],
        whole=not answer.cut_short,
        body_bytes=len(answer.body),
    )
    brought.notes = [*(brought.notes or ()), *feed.hints, *feed.refused[:3]]
    if source.full_text and brought.entries:
        await _whole_texts(source, brought, get, parsers, known)
    return brought


def unshielded(answer: Answer) -> None:
    """Raises NoAnswer for what a shield before the server has answered in its place."""
    if answer.mitigated:
        sentence = "a shield before the site asks whether we are a robot; ask its owner to let this collector in"
        raise NoAnswer(Outcome.WALL, f"{answer.url}: {sentence}", answer.status)


def _whole_entries(answer: Answer) -> bytes:
    """What came of a feed up to the end of its last whole entry. Raises NoAnswer when there is none."""
    ends = [found.end() for found in END_OF_ENTRY.finditer(answer.body)]
    if not ends:
        raise NoAnswer(Outcome.UNREACHABLE, f"{answer.url}: the answer broke off half-way; nothing of it was kept")
    return answer.body[: ends[-1]]


async def _page(source: Source, answer: Answer, get: Get, parsers: Parsers, known: Known) -> _Brought:
    brought = _Brought(answer, Outcome.OK, [], notes=[], body_bytes=len(answer.body))
    links = await _links(source, brought, get, parsers)
    if not links:
        brought.outcome = Outcome.EMPTY
        return brought
    there = known(list(links))
    fresh = [address for one, address in links.items() if one not in there]
    wanted = fresh[: source.listing.max_articles]
    brought.seen = len(links)
    if len(fresh) > len(wanted):
        brought.whole = False
        _note(brought, f"{len(fresh) - len(wanted)} more articles wait for the next round")
    in_a_row = 0
    problems: list[tuple[Outcome, str]] = []
    for address in wanted:
        try:
            brought.entries.append(await _article(source, address, get, parsers, brought))
            in_a_row = 0
        except (NoAnswer, BadInput) as problem:
            # The neighbours are not lost, and what may succeed later is tried again.
            outcome = problem.outcome if isinstance(problem, NoAnswer) else _named(problem)
            later = outcome in PASSING or (isinstance(problem, NoAnswer) and problem.status in due.SOFT_STATUS - {404})
            brought.whole = brought.whole and not later
            brought.refused += 1
            problems.append((outcome, str(problem)))
            in_a_row = in_a_row + 1 if later else 0
            if in_a_row >= GIVE_UP_AFTER:
                break
    if problems:
        _note(brought, f"{len(problems)} of {len(wanted)} articles could not be read; the first: {problems[0][1]}")
    if problems and not brought.entries and len(wanted) == len(links):
        raise NoAnswer(*problems[0])
    return brought


async def _whole_texts(source: Source, brought: _Brought, get: Get, parsers: Parsers, known: Known) -> None:
    """Gives new entries, and those that the feed says were updated, the text of their page, each fetched once.

    What the source has brought before is left as it is: the feed's shorter text would replace the whole one. Without
    a page the text of the feed is kept. Entries beyond the cap wait for the next visit, so that they are still new.
    """
    addresses: dict[int, str] = {}
    for number, entry in enumerate(brought.entries):
        with contextlib.suppress(BadInput):  # the way in will say what is wrong with it
            addresses[number] = canonical(entry.url) if entry.url else ""
    there = known([address for address in addresses.values() if address])
    kept: list[Entry] = []
    asked = waiting = in_a_row = 0
    problems: list[str] = []
    for number, entry in enumerate(brought.entries):
        source_id, told_at = there.get(addresses.get(number, ""), ("", None))
        fresh = told_at is None or (source_id == source.id and entry.updated is not None and entry.updated > told_at)
        if not entry.url or not addresses.get(number) or source_id not in ("", source.id):
            kept.append(entry)
        elif fresh and asked >= MOST_WHOLE_TEXTS:
            waiting += 1
        elif fresh and in_a_row >= GIVE_UP_AFTER:
            kept.append(entry)
        elif fresh:
            asked += 1
            try:
                kept.append(_longer(entry, await _article(source, entry.url, get, parsers, brought)))
                in_a_row = 0
            except (NoAnswer, BadInput) as problem:
                kept.append(entry)
                problems.append(str(problem))
                in_a_row = in_a_row + 1 if isinstance(problem, NoAnswer) and problem.outcome in PASSING else 0
    brought.entries = kept
    if waiting:
        brought.whole = False
        _note(brought, f"{waiting} more entries wait for the next round, which fetches their whole text")
    if problems:
        _note(brought, f"{len(problems)} of {asked} keep the text of the feed; the first: {problems[0]}")


def _longer(entry: Entry, page: Entry) -> Entry:
    """The entry with the text of its page, if that is the longer one; the feed knows the rest better."""
    if len(page.text) <= max(len(entry.text), len(entry.summary)):
        return entry
    return entry.model_copy(
        update={
            "text": page.text,
            "title": entry.title or page.title,
            "author": entry.author or page.author,
            "published": entry.published or page.published,
            "published_origin": entry.published_origin if entry.published else page.published_origin,
            "copy_digest": page.copy_digest,
            "copy_url": page.copy_url,
        }
    )


async def _links(source: Source, brought: _Brought, get: Get, parsers: Parsers) -> dict[str, str]:
    """Canonical address -> address of the articles on the listing and its next pages, in their order."""
    found: dict[str, str] = {}
    answer, asked = brought.answer, {brought.answer.url}
    pages, sitemaps, below = 1, 0, list[str]()
    while True:
        page = await parsers.listing(answer.body, answer.url, source.listing, answer.content_type)
        for link in page.links:
            found.setdefault(canonical(link), link)
        brought.news |= {canonical(link): said for link, said in page.news.items()}
        brought.whole = brought.whole and page.dated
        below = [child for child in page.children if child not in asked] + below
        if page.next_url and page.next_url not in asked and pages < source.listing.max_pages:
            following, pages = page.next_url, pages + 1
        elif below and sitemaps < MOST_SITEMAPS:
            following, sitemaps = below.pop(0), sitemaps + 1
        else:
            break
        asked.add(following)
        so_far = f"sitemap {sitemaps}" if sitemaps else f"page {pages - 1}"
        try:
            answer = await get(following)
        except NoAnswer as problem:
            brought.whole = False
            _note(brought, f"the listing was read up to {so_far}: {problem}")
            break
        brought.body_bytes += len(answer.body)
        if not 200 <= answer.status < 300:
            _note(brought, f"the listing was read up to {so_far}: the next one answered {answer.status}")
            break
    return found


async def _article(source: Source, address: str, get: Get, parsers: Parsers, brought: _Brought) -> Entry:
    entry, answer = await article_at(source, address, get, parsers)
    brought.body_bytes += len(answer.body)
    brought.answers.append(answer)
    if said := brought.news.get(canonical(address)):
        entry = _completed(entry, said)
    return entry


async def article_at(source: Source, address: str, get: Get, parsers: Parsers) -> tuple[Entry, Answer]:
    """What stands at this address, with the answer that it was read from. Raises NoAnswer and BadPage."""
    answer = await get(address)
    unshielded(answer)
    if not 200 <= answer.status < 300:
        raise NoAnswer(Outcome.HTTP_ERROR, f"{address}: answered {answer.status}", answer.status)
    entry = await parsers.article(answer.body, answer.url, source.article, answer.content_type)
    # The address of the listing, not that after redirects: it is what the next round will compare.
    return read_from([entry.but(url=address)], answer)[0], answer


def _completed(entry: Entry, said: Entry) -> Entry:
    """An article with what its news sitemap says, where it says nothing itself, or only lets guess."""
    dated = entry if (entry.published and entry.published_origin == "page") or not said.published else said
    return entry.but(
        title=entry.title or said.title,
        published=dated.published,
        published_origin=dated.published_origin,
        language=entry.language or said.language,
    )


def read_from(entries: Iterable[Entry], answer: Answer) -> list[Entry]:
    """The entries with the bytes that they were read from."""
    of = {"copy_digest": _hash(answer.body), "copy_url": answer.url}
    return [entry.model_copy(update=of) for entry in entries]


def _note(brought: _Brought, text: str) -> None:
    brought.notes = [*(brought.notes or ()), text]


def _went_well(
    watched: Watched,
    conduct: Conduct,
    brought: _Brought,
    address: str,
    new_lately: int,
    now: datetime,
    duration_ms: int,
) -> Collected:
    source, before, answer = watched.source, watched.schedule, brought.answer
    if answer.status == 304:
        conduct = conduct.but(unchanged_in_a_row=conduct.unchanged_in_a_row + 1)
    else:
        hints = publisher_hints(answer.body) if source.kind is Kind.FEED else None
        conduct = conduct.but(unchanged_in_a_row=0, whole_at=now, hints=hints)
    conduct = conduct.but(watched_since=conduct.watched_since or now)
    next_at, reason = due.after_success(
        source,
        max(new_lately, due.recent(brought.entries, now)),
        now,
        conduct.hints,
        fresh_for(answer.cache_control, answer.expires, answer.date, now),
        conduct.watched_since,
    )
    if brought.outcome is Outcome.CUT_SHORT:
        next_at, reason = min(next_at, now + due.SHORTEST), "the answer was cut short"
    if answer.status == 304:
        # A 304 need not repeat the validators; those that it does not name stay in force.
        etag, last_modified = answer.etag or before.etag, answer.last_modified or before.last_modified
        body_hash = before.body_hash
    else:
        etag, last_modified, body_hash = answer.etag, answer.last_modified, _hash(answer.body)
    if not brought.whole:
        etag = last_modified = body_hash = None
    moved_to = None
    if source.kind is Kind.FEED and address == source.url:  # what a page redirects to may be any page
        # A login is for the host that it was given for: another one is for a person to accept.
        carried = not source.login or urlsplit(answer.url).hostname == urlsplit(source.url).hostname
        lasting = answer.for_good and carried
        conduct, moved_to = due.redirected(conduct, source.url, answer.url if lasting else None, now)
    notes = list(brought.notes or ())
    if moved_to:
        notes.append(f"moved for good; from now on asked at {moved_to}")
    elif answer.url != source.url:
        notes.append(f"answers from {answer.url}")
    schedule = before.but(
        next_at=next_at,
        next_reason=reason,
        etag=etag,
        last_modified=last_modified,
        body_hash=body_hash,
        failures=0,
        last_fetch_at=now,
        last_success_at=now,
    )
    fetch = Fetch(
        source_id=source.id,
        at=now,
        outcome=brought.outcome,
        status=answer.status,
        body_bytes=brought.body_bytes,
        seen=brought.seen,
        refused=brought.refused,
        duration_ms=duration_ms,
        note="; ".join(notes),
    )
    return Collected(
        watched=watched,
        fetch=fetch,
        schedule=schedule,
        conduct=due.recovered(conduct, now),
        entries=tuple(brought.entries),
        answers=tuple(brought.answers),
        moved_to=moved_to,
    )


def _failed(
    watched: Watched,
    conduct: Conduct,
    outcome: Outcome,
    sentence: str,
    answer: Answer | None,
    address: str,
    new_lately: int,
    now: datetime,
    duration_ms: int,
) -> Collected:
    source, before = watched.source, watched.schedule
    status = answer.status if answer else None
    if address != source.url:  # it was asked where it redirects to: its own address may know better, and is not gone
        conduct = conduct.but(moving_asked_at=None)
        status = 404 if status == 410 else status
    moved_to: str | None = None
    wanted = due.retry_after(answer.retry_after, now) if answer and answer.status in (429, 503) else None
    if wanted:
        # The server says when; being asked to wait is no failure.
        schedule = before.but(
            next_at=wanted, next_reason=f"the server asked to wait (Retry-After, {status})", last_fetch_at=now
        )
    elif answer and status in (404, 410) and answer.url == source.url and conduct.moving_to:
        # It used to say where it goes, and is not there any more: no need to wait until that is believed.
        moved_to = conduct.moving_to
        schedule = before.but(next_at=now, next_reason=f"moved to {moved_to}", last_fetch_at=now)
    else:
        schedule = before.but(failures=before.failures + 1, last_fetch_at=now)
        conduct = due.troubled(conduct, outcome, status, now)
        next_at, reason = due.after_failure(source, schedule, conduct, outcome, status, new_lately, now)
        schedule = schedule.but(next_at=next_at, next_reason=reason)
    fetch = Fetch(
        source_id=source.id,
        at=now,
        outcome=outcome,
        status=status,
        body_bytes=len(answer.body) if answer else 0,
        duration_ms=duration_ms,
        error=sentence,
    )
    return Collected(
        watched=watched,
        fetch=fetch,
        schedule=schedule,
        conduct=conduct,
        moved_to=moved_to,
        host_waits_until=wanted,
    )


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
