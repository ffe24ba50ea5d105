"""Many workers, one database: which of them collects, learns and publishes, and what if one of them dies?

`tracker work` runs a worker of the job engine (procrastinate, on PostgreSQL). What is due stands in the store as ever;
a job only says that somebody should look. A job is given to one worker, and again to another one when that worker has
been silent for a minute. A worker that is cut off from the database ends its round before that.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

import procrastinate
from procrastinate import exceptions
from procrastinate.jobs import Job

from collectors.round import Share, collect_until, wind_back
from tracker import retention, timetable
from tracker.errors import Busy, StoreUnavailable, WrongUse
from tracker.store.engine import PATIENCE

if TYPE_CHECKING:
    from tracker.learn import Learner
    from tracker.model import Fetch
    from tracker.settings import Settings
    from tracker.store import Store
    from tracker.taxonomy import Taxonomy

log = logging.getLogger(__name__)

SHARE = 200  # sources of one round
MOST_ROUNDS = 500  # that wait at once
AT_ONCE = 2  # jobs of one worker: a round, and something else beside it
HEARTBEAT_SECONDS = 10.0
CUT_OFF_SECONDS = 30.0  # without an answer of the database, a round ends
SILENT_SECONDS = 60  # after that, the jobs of a worker are given to others
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 60.0
DONE_JOBS_KEPT_HOURS = 24


@dataclass
class Work:
    """What the jobs of one worker share."""

    store: Store
    settings: Settings
    taxonomy: Taxonomy
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    stop: threading.Event = field(default_factory=threading.Event)
    learner: Learner | None = None


def _work(context: procrastinate.JobContext) -> Work:
    work: Work = context.additional_context["work"]
    return work


# ----------------------------------------------------------------------------------------------------------- collecting


async def look(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001  # the engine gives it
    """Every minute: asks for as many rounds as what is due needs."""
    work = _work(context)
    await asyncio.to_thread(wind_back, work.store, work.now())
    due = await asyncio.to_thread(work.store.count_due, work.now())
    for number in range(min(-(-due // SHARE), MOST_ROUNDS)):
        with contextlib.suppress(exceptions.AlreadyEnqueued):  # it waits since the last time
            await context.app.configure_task("round", queueing_lock=f"round {number}").defer_async()


async def round_(context: procrastinate.JobContext) -> None:
    """Asks some of the sources that are due; what waited for their hosts is looked at afterwards."""
    work = _work(context)
    share = Share(owner_of(context.job), SHARE)
    done = await asyncio.to_thread(asyncio.run, _round(work, share))
    if done and not work.stop.is_set():
        with contextlib.suppress(exceptions.AlreadyEnqueued):
            await context.app.configure_task("look", queueing_lock="look").defer_async(timestamp=0)


async def _round(work: Work, share: Share) -> list[Fetch]:
    stop = asyncio.Event()
    watching = asyncio.create_task(_until_cut_off(work, stop))
    try:
        return await collect_until(stop, work.store, work.settings, work.now, share=share)
    finally:
        watching.cancel()
        await asyncio.wait([watching])


async def _until_cut_off(work: Work, stop: asyncio.Event) -> None:
    """Ends the round when the worker is told to stop, or when the database has not answered for too long.

    Others are given its sources after a minute, so it must not ask any more by then.
    """
    answered = asked = monotonic()
    answer: asyncio.Task[str | None] | None = None
    while not stop.is_set():
        if work.stop.is_set():
            stop.set()
        if answer is not None and answer.done():
            if answer.exception() is None:
                answered = asked
            answer = None
        if answer is None and monotonic() - asked > HEARTBEAT_SECONDS / 2:
            asked = monotonic()
            answer = asyncio.create_task(asyncio.to_thread(work.store.version))
        if monotonic() - answered > CUT_OFF_SECONDS:
            log.error("the database does not answer: the round ends")
            stop.set()
        await asyncio.sleep(0.2)


def owner_of(job: Job) -> str:
    """Under which name a job holds sources. Another try has another name: what the first one brings late is dropped."""
    return f"job-{job.id}-{job.attempts}"


async def rescue(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Gives the jobs of silent workers to others, and their sources back."""
    work, manager = _work(context), context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        log.warning("a worker has been silent; its job is given to another one job=%s task=%s", job.id, job.task_name)
        await asyncio.to_thread(work.store.release_leases, owner_of(job))
        try:
            await manager.retry_job(job)
        except (exceptions.UniqueViolation, exceptions.AlreadyEnqueued):  # its like waits already
            await manager.finish_job(job, status=procrastinate.jobs.Status.FAILED, delete_job=False)


async def tidy(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Every night: lets go what need not be kept, and forgets jobs that are done."""
    work = _work(context)
    gone = await asyncio.to_thread(retention.let_go, work.store, work.settings, work.now())
    log.info("tidied fetches=%d sign_ins=%d copies=%d", gone.fetches, gone.sign_ins, len(gone.copies))
    await context.app.job_manager.delete_old_jobs(nb_hours=DONE_JOBS_KEPT_HOURS, include_failed=True)


# ---------------------------------------------------------------------------------------------- learning and publishing


async def learn(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Every minute: takes in what is new, learns when enough was decided, ranks the queue."""
    await asyncio.to_thread(_learn, _work(context))


def _learn(work: Work) -> None:
    from tracker.learn import WHO, Learner

    try:
        with work.store.alone(WHO):
            if work.learner is None:
                work.learner = Learner(work.store, work.taxonomy, own_processes=True)
            while not work.stop.is_set():
                done = work.learner.once(work.now(), until=work.stop.is_set)
                if not done.idle:
                    log.info("pass done taken_in=%d ranked=%d suggested=%d", done.taken_in, done.ranked, done.suggested)
                if not done.more:
                    break
    except Busy as busy:
        log.info("%s", busy)
    except BaseException:
        work.learner = None  # what it remembers may be half; it reads it again
        raise


async def release(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Every hour: makes a release when the settings want one and something changed."""
    work = _work(context)
    if folder := await asyncio.to_thread(timetable.release_if_due, work.store, work.settings, work.now()):
        log.info("release made folder=%s", folder)


# When the engine asks for a job by itself, once for all workers. A sixth field is seconds.
EVERY = {
    look: "* * * * *",
    rescue: "* * * * * */20",
    learn: "* * * * *",
    release: "5 * * * *",
    tidy: "17 3 * * *",
}


# ----------------------------------------------------------------------------------------------------------- the worker


def engine(url: str) -> procrastinate.App:
    """The job engine on this database. Raises WrongUse for SQLite, which `tracker up` serves."""
    if not url.startswith("postgresql"):
        raise WrongUse(
            "workers share a PostgreSQL database: set `database` or $TRACKER_DATABASE_URL to postgresql://…; "
            "on SQLite, `tracker up` runs everything on one machine"
        )
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    connector = procrastinate.PsycopgConnector(
        conninfo=plain, kwargs=dict(PATIENCE), min_size=1, max_size=4, timeout=10
    )
    app = procrastinate.App(connector=connector)
    app.task(name="round", pass_context=True)(round_)
    for job, cron in EVERY.items():
        # One of a kind waits, and one of a kind runs; only looking and rescuing must not wait for a dead one of theirs.
        lock = None if job in (look, rescue) else job.__name__
        task = app.task(name=job.__name__, queueing_lock=job.__name__, lock=lock, pass_context=True)(job)
        app.periodic(cron=cron)(task)
    return app


async def prepare(app: procrastinate.App) -> bool:
    """Makes the engine's tables where there are none; True when it did. The database's owner must do it once."""
    async with app.open_async():
        found = await app.connector.execute_query_one_async("SELECT to_regclass('procrastinate_jobs') AS there")
        if found["there"] is not None:
            return False
        await app.schema_manager.apply_schema_async()
    return True


async def run(work: Work, name: str) -> None:
    """Works until `work.stop` is set, then ends the jobs that it has, in good order.

    A database that is away is waited for, with pauses that grow to a minute.
    """
    app, pause = engine(work.store.url), PAUSE_SECONDS
    while not work.stop.is_set():
        began = monotonic()
        try:
            async with app.open_async():
                await _until_told(app, work, name)
        except (exceptions.ConnectorException, StoreUnavailable, OSError) as problem:
            log.warning("the database does not answer: %s", str(problem.__cause__ or problem).strip())
        except Exception:
            # Whatever it was (the engine's pool has errors of its own): a worker that ends is missed by all others.
            log.exception("the worker failed")
        if work.stop.is_set():
            return
        pause = PAUSE_SECONDS if monotonic() - began > LONGEST_PAUSE_SECONDS else min(2 * pause, LONGEST_PAUSE_SECONDS)
        log.info("the worker begins again in %.0f s", pause)
        await asyncio.to_thread(work.stop.wait, pause)


async def _until_told(app: procrastinate.App, work: Work, name: str) -> None:
    worker = asyncio.create_task(
        app.run_worker_async(
            name=name,
            concurrency=AT_ONCE,
            additional_context={"work": work},
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=10 * SILENT_SECONDS,  # the rescue must find them first
            delete_jobs="successful",
        )
    )
    told = asyncio.create_task(asyncio.to_thread(work.stop.wait))
    await asyncio.wait([worker, told], return_when=asyncio.FIRST_COMPLETED)
    if not worker.done():
        worker.cancel()  # it waits for the jobs that run
    with contextlib.suppress(asyncio.CancelledError):
        await worker


def main(work: Work, name: str) -> None:
    """A worker until SIGTERM or Ctrl-C, which it obeys within a second or two; a second one ends it at once."""
    signals = (signal.SIGTERM, signal.SIGINT)

    def told(*_: object) -> None:
        work.stop.set()
        for number in signals:
            signal.signal(number, signal.SIG_DFL)

    for number in signals:
        signal.signal(number, told)
    asyncio.run(run(work, name))
