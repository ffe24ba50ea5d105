"""How has a source answered lately? What decides, beside the schedule, whether, when and where it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from pydantic import Field

from tracker.errors import Conflict, NotFound
from tracker.model import Time, Value
from tracker.store.audit import Audit
from tracker.store.rows import SourceRow

_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]


class Condition(StrEnum):
    """How a source is doing, beyond single failures."""

    OK = "ok"
    FAILING = "failing"  # asked once a week
    ASLEEP = "asleep"  # without a success for 90 days; asked once a month
    GONE = "gone"  # answered 410; not asked until a person reopens it


class Hints(Value):
    """When a publisher wants its feed to be read: `wait_minutes` apart, not at these UTC hours, not on these days."""

    wait_minutes: int = Field(default=0, ge=0)
    why: str = ""
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()  # Monday is 0


class Conduct(Value):
    """What is remembered of a source's answers. The empty value is that of a source that was never asked."""

    condition: Condition = Condition.OK
    condition_since: Time | None = None
    trouble_weight: float = 0.0  # summed over the failures in a row
    trouble_since: Time | None = None  # the first of them
    unchanged_in_a_row: int = 0  # answers 304
    whole_at: Time | None = None  # the last answer that had a body
    unreliable_304: bool = False  # it said "not modified" while there was news
    hints: Hints | None = None
    moving_to: str | None = None  # where it redirects for good, not yet believed
    moving_seen: int = 0
    moving_since: Time | None = None


# What a source at a new address starts with.
FRESH: dict[str, Any] = {**Conduct().model_dump(mode="json"), "moved_from": None, "paused_until": None}


class Conducts(Audit):
    def conducts(self, ids: Sequence[str] | None = None) -> dict[str, Conduct]:
        """How each source has answered lately, by id; only `ids` when given."""
        query = sa.select(_SOURCE)
        if ids is not None:
            query = query.where(_SOURCE.c.id.in_(list(ids)))
        with self.reading() as db:
            return {row.id: _conduct(row) for row in db.execute(query)}

    def remember(self, source_id: str, conduct: Conduct) -> None:
        """Writes how a source answers. A new condition, and a 304 that was wrong, are events."""
        with self.writing() as db:
            row = db.execute(sa.select(_SOURCE).where(_SOURCE.c.id == source_id)).one()
            values = {**conduct.model_dump(), "hints": conduct.hints and conduct.hints.model_dump(mode="json")}
            db.execute(sa.update(_SOURCE).where(_SOURCE.c.id == source_id).values(**values))
            if row.condition != conduct.condition:
                self.note(
                    "collectors", f"source {conduct.condition.value}", "source", source_id,
                    row.condition, conduct.condition.value,
                )  # fmt: skip
            if conduct.unreliable_304 and not row.unreliable_304:
                self.note("collectors", "source's 304 unreliable", "source", source_id, False, True)

    def reopen(self, source_id: str, who: str) -> None:
        """Lets a source that is gone, asleep or failing be asked again as soon as possible.

        Raises NotFound for an unknown id, Conflict when the source is well already.
        """
        with self.writing() as db:
            row = db.execute(sa.select(_SOURCE).where(_SOURCE.c.id == source_id)).one_or_none()
            if row is None:
                raise NotFound(f"there is no source {source_id!r}; `tracker sources` lists them")
            if row.condition == Condition.OK.value:
                raise Conflict(f"{source_id} is well and asked as usual; there is nothing to reopen")
            well = {
                "condition": Condition.OK.value, "condition_since": None, "trouble_weight": 0.0, "trouble_since": None,
                "failures": 0, "next_at": None, "next_reason": "reopened",
            }  # fmt: skip
            db.execute(sa.update(_SOURCE).where(_SOURCE.c.id == source_id).values(**well))
            self.note(who, "source reopened", "source", source_id, row.condition, Condition.OK.value)

    def pause_host(self, url: str, until: datetime, reason: str) -> None:
        """Lets no source of this address's host be asked before `until`, in this round or a later one."""
        host = urlsplit(url).hostname
        with self.writing() as db:
            there = db.execute(sa.select(_SOURCE.c.id, _SOURCE.c.url, _SOURCE.c.next_at)).all()
            ids = [row.id for row in there if urlsplit(row.url).hostname == host]
            later = sa.or_(_SOURCE.c.next_at.is_(None), _SOURCE.c.next_at < until)
            db.execute(sa.update(_SOURCE).where(_SOURCE.c.id.in_(ids)).values(paused_until=until))
            db.execute(sa.update(_SOURCE).where(_SOURCE.c.id.in_(ids), later).values(next_at=until, next_reason=reason))

    def move(self, source_id: str, url: str) -> None:
        """Gives a source its new address; the one in the configuration is remembered, and is no new address again."""
        with self.writing() as db:
            old = db.execute(sa.select(_SOURCE).where(_SOURCE.c.id == source_id)).one()
            db.execute(
                sa.update(_SOURCE)
                .where(_SOURCE.c.id == source_id)
                .values(
                    url=url,
                    moved_from=old.moved_from or old.url,
                    moving_to=None,
                    moving_seen=0,
                    moving_since=None,
                )
            )
            self.note("collectors", "source moved", "source", source_id, old.url, url)


def _conduct(row: Any) -> Conduct:
    return Conduct.model_validate({name: getattr(row, name) for name in Conduct.model_fields})
