"""What need not be kept any longer, as the settings say? Nothing that anybody decided is ever among it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker import submissions
from tracker.evidence import Archive
from tracker.settings import Settings
from tracker.store import Store

WHO = "retention"


class Old(NamedTuple):
    """What is old by now."""

    fetches: int  # to become sums by day
    sign_ins: int
    copies: tuple[str, ...]  # digests of kept bytes
    copy_bytes: int
    contacts: tuple[int, ...] = ()  # submissions of the public that were decided long ago


def old(store: Store, settings: Settings, now: datetime) -> Old:
    """What `let_go` would let go."""
    keep, archive = settings.keep, Archive(settings.evidence)
    sizes: dict[str, int] = {}
    if keep.excluded_evidence_days is not None:
        idle = store.idle_copies(now - timedelta(days=keep.excluded_evidence_days))
        sizes = {digest: size for digest in idle if (size := archive.size(digest))}
    return Old(
        fetches=store.old_fetches(now - timedelta(days=keep.fetches_days)),
        sign_ins=store.ended_sign_ins(now),
        copies=tuple(sizes),
        copy_bytes=sum(sizes.values()),
        contacts=tuple(submissions.old_contacts(store, settings, now)),
    )


def let_go(store: Store, settings: Settings, now: datetime, told: Callable[[int], None] = lambda _: None) -> Old:
    """What was let go. `told` hears after each copy how many there have been.

    That an item was read from these bytes, and their digest, stay on record. May be ended at any time and done again.
    """
    found, archive = old(store, settings, now), Archive(settings.evidence)
    store.fold_fetches(now - timedelta(days=settings.keep.fetches_days))
    store.forget_sign_ins(now)
    store.forget_contacts(found.contacts)
    for number, digest in enumerate(found.copies, 1):
        archive.let_go(digest)
        told(number)
    if found.copies:
        let = {"copies": len(found.copies), "bytes": found.copy_bytes}
        store.note(WHO, "evidence let go", "evidence", "", None, let)
    return found
