"""What does each new item seem to say, and is its story known? They are read here, apart from the collecting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tracker import reading, stories
from tracker import taxonomy as taxonomies
from tracker.model import ListedWord, Suggestion
from tracker.reading.own import version_of
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

    Those that tell a known story in other words stand behind it from then on. Waiting items that were read with other
    words than those that count now are read again, after all new ones.

    Each few hundred are one transaction; after each of them `until()` may end the work, and the next call goes on.
    `taxonomy` is the file of the settings. Raises BadTaxonomy.
    """
    done = 0
    own = store.own_words()

    def still() -> int:
        return AT_ONCE if most is None else min(AT_ONCE, most - done)

    while waiting := store.unread(still()):
        said = [(item, suggest(item, taxonomy, own)) for item in waiting]
        found = stories.find(store, waiting)
        with store.writing():
            store.add_suggestions(said, now)
            store.add_marks(found.marks)
            store.stand_behind(found.behind)
        done += len(waiting)
        if until() or done == most:
            return done
    version = version_of(taxonomies.load(taxonomy), own)
    while older := store.read_by_others(version, still()):
        store.add_readings([(item, suggest(item, taxonomy, own)) for item in older], now)
        done += len(older)
        if until() or done == most:
            break
    return done


def suggest(item: Unread, taxonomy: Path | None = None, own: tuple[ListedWord, ...] = ()) -> Suggestion:
    """What the item seems to say, with its source's language, country and issues and its own link as a prior.

    `own` are the words that the desk has put into the lists and taken out of them.
    """
    return reading.read(
        item.title,
        f"{item.summary}\n{item.text}".strip(),
        declared_language=item.declared_language,
        country=item.country,
        issues=item.issues if len(item.issues) == 1 else (),
        url=item.url,
        taxonomy=taxonomy,
        own=own,
    )
