"""What does each new item seem to say, and is its story known? They are read here, apart from the collecting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tracker import reading, stories
from tracker.model import Suggestion
from tracker.store import Store
from tracker.store.items import Unread

AT_ONCE = 200  # items of one transaction


def make(
    store: Store,
    now: datetime,
    taxonomy: Path | None = None,
    *,
    most: int | None = None,
    until: Callable[[], bool] = lambda: False,
) -> int:
    """How many items were read and have their suggestion now: all that had none, or `most` of them.

    Those that tell a known story in other words stand behind it from then on.

    Each few hundred are one transaction; after each of them `until()` may end the work, and the next call goes on.
    `taxonomy` is the file of the settings. Raises BadTaxonomy.
    """
    done = 0
    while waiting := store.unread(AT_ONCE if most is None else min(AT_ONCE, most - done)):
        said = [(item, suggest(item, taxonomy)) for item in waiting]
        found = stories.find(store, waiting)
        with store.writing():
            store.add_suggestions(said, now)
            store.add_marks(found.marks)
            store.stand_behind(found.behind)
        done += len(waiting)
        if until() or done == most:
            break
    return done


def suggest(item: Unread, taxonomy: Path | None = None) -> Suggestion:
    """What the item seems to say, with its source's language, country and issues and its own link as a prior."""
    return reading.read(
        item.title,
        f"{item.summary}\n{item.text}".strip(),
        declared_language=item.declared_language,
        country=item.country,
        issues=item.issues if len(item.issues) == 1 else (),
        url=item.url,
        taxonomy=taxonomy,
    )
