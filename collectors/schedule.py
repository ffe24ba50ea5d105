"""The embedded scheduler: a round whenever a source is due, until it is told to stop.

`python -m collectors.schedule --config FILE`; `tracker up` runs it. What is due stands in the store, so nothing is lost
when it stops, and several of them share the work.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from collectors.round import Clock, collect_until, stopping
from tracker import timetable
from tracker.errors import TrackerError
from tracker.settings import Settings
from tracker.store import Store

log = logging.getLogger(__name__)

SHORTEST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(seconds=60)  # a person may make a source due at any time


async def run(store: Store, settings: Settings, now: Clock, stop: asyncio.Event) -> None:
    """Rounds until `stop` is set. A round that fails is logged and tried again after a minute.

    Once a day, fetches of long ago become daily sums; a release is made when the settings want one.
    """
    tidied: date | None = None
    while not stop.is_set():
        wait = LONGEST_WAIT
        try:
            if tidied != now().date():
                folded, tidied = store.fold_fetches(now() - timedelta(days=settings.keep.fetches_days)), now().date()
                log.info("old fetches summed up by day fetches=%d", folded)
            if timetable.release_if_due(store, settings, now()):
                log.info("release made")
            if await collect_until(stop, store, settings, now):
                continue
            wait = until_next(store.next_due(), now())
        except TrackerError as problem:
            log.error("round failed: %s", problem)  # noqa: TRY400  # its sentence says it all
        except Exception:
            # A bug must not end the watch over the other sources; the log has it whole.
            log.exception("round failed")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait.total_seconds())


def until_next(next_due: datetime | None, now: datetime) -> timedelta:
    """How long to wait when nothing could be claimed: until the next source is due, between 5 seconds and a minute."""
    if next_due is None:
        return LONGEST_WAIT
    return min(max(next_due - now, SHORTEST_WAIT), LONGEST_WAIT)


def main() -> int:
    """The exit status: 0 after a signal, else that of what went wrong."""
    from tracker.here import Here

    options = argparse.ArgumentParser(prog="python -m collectors.schedule", description=__doc__)
    options.add_argument("--config", type=Path, help="settings; else $TRACKER_CONFIG, else ./config.yaml")
    asked = options.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)

    async def until_told() -> None:
        stop = asyncio.Event()
        with stopping(stop):
            await run(store, place.settings, lambda: datetime.now(UTC), stop)

    try:
        place = Here(asked.config)
        store = place.store()
        log.info("scheduler runs sources=%d", len(store.watched()))
        asyncio.run(until_told())
    except TrackerError as problem:
        log.error("%s", problem)  # noqa: TRY400
        return problem.exit_status
    log.info("scheduler stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
