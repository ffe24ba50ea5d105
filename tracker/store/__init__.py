"""Where everything is kept. The one room that speaks SQL: values go in, values come out."""

from __future__ import annotations

from tracker.store.alike import Alike
from tracker.store.codes import CodeUses
from tracker.store.contacts import Contacts
from tracker.store.coverage import CoverageLines
from tracker.store.drafting import Drafting
from tracker.store.exclusions import Exclusions
from tracker.store.figures import Keeping
from tracker.store.filters import SavedFilters
from tracker.store.items import Items
from tracker.store.lists import Lists
from tracker.store.merging import Merging
from tracker.store.news import News
from tracker.store.people import People
from tracker.store.public import PublicStore
from tracker.store.releases import Releases
from tracker.store.second_coding import SecondCodings
from tracker.store.second_looks import SecondLooks
from tracker.store.stories import Stories
from tracker.store.submissions import Box, Submissions, open_box
from tracker.store.tasks import Tasks
from tracker.store.teaching import Teaching
from tracker.store.words import WordLists


class Store(
    Items,
    Stories,
    Teaching,
    People,
    Lists,
    Merging,
    SecondLooks,
    Alike,
    Drafting,
    Releases,
    WordLists,
    Contacts,
    SecondCodings,
    Exclusions,
    CoverageLines,
    CodeUses,
    Keeping,
    Tasks,
    SavedFilters,
    News,
    Submissions,
):
    """The whole of it, for collectors and the desk. `writing()` makes several writes one."""


def open_store(url: str) -> Store:
    """The store at `url`, brought to the newest migration. Raises StoreUnavailable with what to do."""
    store = Store(url)
    store.upgrade()
    return store


def open_public(url: str) -> PublicStore:
    """The public's door to the store at `url`: read-only, approved records alone."""
    return PublicStore(url, read_only=True)


__all__ = ["Box", "PublicStore", "Store", "open_box", "open_public", "open_store"]
