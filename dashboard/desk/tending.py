"""Who empties the letter box of the public? The desk's process does, every few seconds, beside its pages."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from tracker import submissions
from tracker.errors import TrackerError
from tracker.settings import Settings
from tracker.store import Store

EVERY_SECONDS = 5.0


def begin(store: Store, settings: Settings, every_seconds: float = EVERY_SECONDS) -> threading.Event:
    """Tends the box from now on until the event that is given back is set, or the process ends."""
    stop = threading.Event()

    def tend() -> None:
        while not stop.wait(every_seconds):
            try:
                submissions.tend(store, settings, datetime.now(UTC))
            except TrackerError as problem:
                logging.getLogger(__name__).warning("the letter box was not emptied: %s", problem)
            except Exception:  # a mistake of ours must be seen, and must not end the tending for good
                logging.getLogger(__name__).exception("the letter box was not emptied")

    threading.Thread(target=tend, name="letter box", daemon=True).start()
    return stop
