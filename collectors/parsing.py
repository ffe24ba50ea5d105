"""How are parsers kept from harm? They run in processes of their own, which end when they take too long or too much.

The time limit is a timer inside the worker: it ends the worker even when nobody is left to wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import struct
import sys
import traceback
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Self

from tracker.errors import BadFeed, BadInput, BadPage, Wall
from tracker.model import Article, Entry, Listing, Time, Value

if TYPE_CHECKING:
    from collectors.feed import ReadFeed
    from collectors.page import ReadListing

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.5  # starting one takes half a second
SECONDS = 10  # for one feed or page; a large honest feed takes half a second
MEMORY_BYTES = 1 << 30  # address space of one worker, libraries included
JOBS = 400  # of one worker; extraction keeps some memory of every page
HEAD = struct.Struct(">II")
ANSWER = struct.Struct(">BI")
BAD, GOOD, WALL = range(3)


class Job(Value):
    """What a worker is asked to read; the bytes travel beside it."""

    what: Literal["feed", "listing", "article"]
    url: str
    content_type: str | None = None
    listing: Listing = Listing()
    article: Article = Article()
    whole: bool = False  # a listing for its history: all of a sitemap
    since: Time | None = None


@dataclass(eq=False, slots=True)
class _Worker:
    process: asyncio.subprocess.Process
    jobs: int = 0


class Parsers:
    """Workers that read feeds and pages. They start when first needed and end with the `async with` block."""

    def __init__(self, workers: int = 2, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._most = workers
        self._free: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._all: set[_Worker] = set()
        self._starting = 0
        self._patience_is_over = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for worker in list(self._all):
            await self._end(worker)

    async def feed(self, body: bytes, url: str, content_type: str | None = None) -> ReadFeed:
        """What `read_feed` gives. Raises BadFeed, also when reading takes too long or too much memory."""
        from collectors.feed import ReadFeed  # feedparser is not needed by those who read pages

        return ReadFeed.model_validate_json(await self._ask(Job(what="feed", url=url, content_type=content_type), body))

    async def listing(
        self,
        body: bytes,
        url: str,
        listing: Listing,
        content_type: str | None = None,
        *,
        whole: bool = False,
        since: datetime | None = None,
    ) -> ReadListing:
        """What `read_listing` gives, `whole` sitemaps where that is wanted.

        Raises BadPage, also when reading takes too long or too much memory.
        """
        from collectors.page import ReadListing  # nor trafilatura by those who read feeds

        job = Job(what="listing", url=url, content_type=content_type, listing=listing, whole=whole, since=since)
        return ReadListing.model_validate_json(await self._ask(job, body))

    async def article(
        self, body: bytes, url: str, article: Article | None = None, content_type: str | None = None
    ) -> Entry:
        """What `read_article` gives. Raises BadPage, also when reading takes too long or too much memory."""
        job = Job(what="article", url=url, content_type=content_type, article=article or Article())
        return Entry.model_validate_json(await self._ask(job, body))

    async def _ask(self, job: Job, body: bytes) -> bytes:
        bad = BadFeed if job.what == "feed" else BadPage
        worker = await self._next()
        keep = False
        try:
            how, answer = await self._exchange(worker.process, job.model_dump_json().encode(), body)
            worker.jobs += 1
            keep = worker.jobs < JOBS
        except (asyncio.IncompleteReadError, ConnectionError) as lost:
            status = await worker.process.wait()
            if status == -signal.SIGALRM:
                raise bad(f"{job.url}: reading it took longer than {self.seconds:g} seconds; it was given up") from lost
            raise bad(f"{job.url}: reading it ended the parser (status {status}); it was given up") from lost
        finally:
            # A worker that was interrupted half-way would answer the next question with this one's answer.
            if keep:
                self._free.put_nowait(worker)
            else:
                await self._end(worker)
        if how != GOOD:
            raise (Wall if how == WALL else bad)(answer.decode())
        return answer

    @staticmethod
    async def _exchange(process: asyncio.subprocess.Process, job: bytes, body: bytes) -> tuple[int, bytes]:
        assert process.stdin is not None  # noqa: S101  # both were asked for
        assert process.stdout is not None  # noqa: S101
        process.stdin.writelines((HEAD.pack(len(job), len(body)), job, body))
        await process.stdin.drain()
        how, length = ANSWER.unpack(await process.stdout.readexactly(ANSWER.size))
        return how, await process.stdout.readexactly(length)

    async def _next(self) -> _Worker:
        """A worker that is free. Another one is started when all are busy for longer than most feeds take."""
        while True:
            if not self._free.empty():
                return self._free.get_nowait()
            running = len(self._all) + self._starting
            if running < self._most and (not running or self._patience_is_over):
                self._patience_is_over = False
                return await self._start()
            try:
                return await asyncio.wait_for(self._free.get(), PATIENCE_SECONDS)
            except TimeoutError:
                self._patience_is_over = True

    async def _start(self) -> _Worker:
        self._starting += 1
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-W", "ignore", "-m", "collectors.parsing", str(self.seconds),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
        finally:
            self._starting -= 1
        worker = _Worker(process)
        self._all.add(worker)
        return worker

    async def _end(self, worker: _Worker) -> None:
        self._all.discard(worker)
        with contextlib.suppress(ProcessLookupError):
            worker.process.kill()  # it holds nothing that could be lost
        await worker.process.wait()
        if worker.process.stdin is not None:
            worker.process.stdin.close()


# -------------------------------------------------------------------------------------------------- inside the worker


def read(job: Job, body: bytes) -> Value:
    """What the bytes say, read here and now. Raises BadFeed or BadPage."""
    if job.what == "feed":
        from collectors.feed import read_feed

        return read_feed(body, job.url, job.content_type)
    from collectors.page import read_article, read_listing
    from collectors.sitemap import ALL_PAGES, MOST_PAGES

    if job.what == "listing":
        most = ALL_PAGES if job.whole else MOST_PAGES
        return read_listing(body, job.url, job.listing, job.content_type, most=most, since=job.since)
    return read_article(body, job.url, job.article, job.content_type)


def main(seconds: float) -> None:
    """Answers one job after the other until nobody asks any more."""
    _limit_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the round, which ends us
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints must not get between the answers
    while head := questions.read(HEAD.size):
        job_length, body_length = HEAD.unpack(head)
        job = Job.model_validate_json(questions.read(job_length))
        body = questions.read(body_length)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            how, answer = GOOD, read(job, body).model_dump_json().encode()
        except BadInput as error:
            how, answer = WALL if isinstance(error, Wall) else BAD, str(error).encode("utf-8", "replace")
        except MemoryError:
            how, answer = BAD, f"{job.url}: reading it needs too much memory; it was given up".encode()
        except Exception as error:  # noqa: BLE001  # whatever a source sends must not stop a round
            traceback.print_exc()
            how, answer = (
                BAD,
                f"{job.url}: cannot be read ({type(error).__name__}: {error})".encode("utf-8", "replace"),
            )
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(ANSWER.pack(how, len(answer)) + answer)
        answers.flush()


def _limit_memory() -> None:
    if sys.platform == "linux":  # elsewhere the limit on address space is not kept, or not there
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    main(float(sys.argv[1]))
