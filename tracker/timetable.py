"""Is it time for the next release? The machine makes one by itself where the settings say so and something changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from tracker import publish
from tracker.settings import Settings
from tracker.store import Store

# A little less than a whole day or week: looked at every hour, it stays at the same hour.
_AFTER = {"day": timedelta(hours=23, minutes=30), "week": timedelta(days=6, hours=23, minutes=30)}


def release_due(every: str, last: datetime | None, changed: bool, now: datetime) -> bool:
    """Whether a release is to be made: never without a change, the first one at once."""
    if every not in _AFTER or not changed:
        return False
    return last is None or now - last >= _AFTER[every]


def release_if_due(store: Store, settings: Settings, now: datetime) -> Path | None:
    """The folder of the release that was due; None when none was. Raises as `publish.make_release` does."""
    last, changed = store.last_release(now)
    if not release_due(settings.site.release_every, last, changed, now):
        publish.lead_to_newest(store, settings)
        return None
    return publish.make_release(store, settings, now, by="timetable")
