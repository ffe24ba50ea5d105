"""How each source has answered is kept here: its condition, its pauses, its moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tracker.address import host_of
from tracker.conduct import Condition, Conduct, NetworkAlarm
from tracker.errors import Conflict, NotFound, Sentence
from tracker.store.audit import Audit
from tracker.store.engine import upsert
from tracker.store.rows import RobotsRow, SourceRow

_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]
_ROBOTS = RobotsRow.__table__  # type: ignore[attr-defined]


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

    def note_conduct(self, source_id: str, before: tuple[str, bool], conduct: Conduct) -> None:
        """Writes down what is an event: a new condition, and a 304 that was wrong. `before` is as `_answering` says."""
        condition, unreliable = before
        if condition != conduct.condition:
            self.note(
                "collectors", f"source {conduct.condition.value}", "source", source_id,
                condition, conduct.condition.value,
            )  # fmt: skip
        if conduct.unreliable_304 and not unreliable:
            self.note("collectors", "source's 304 unreliable", "source", source_id, False, True)

    @staticmethod
    def _answering(db: sa.Connection, ids: Sequence[str]) -> dict[str, tuple[str, bool]]:
        """The condition of sources, and whether their 304 is known to be wrong."""
        query = sa.select(_SOURCE.c.id, _SOURCE.c.condition, _SOURCE.c.unreliable_304)
        return {row[0]: (row[1], row[2]) for row in db.execute(query.where(_SOURCE.c.id.in_(list(ids))))}

    def reopen(self, source_id: str, who: str) -> None:
        """Lets a source that is gone, asleep or failing be asked again as soon as possible.

        Raises NotFound for an unknown id, Conflict when the source is well already.
        """
        with self.writing() as db:
            row = db.execute(sa.select(_SOURCE).where(_SOURCE.c.id == source_id)).one_or_none()
            if row is None:
                raise NotFound(Sentence("there is no source '{id}'; `tracker sources` lists them", id=source_id))
            if row.condition == Condition.OK.value:
                raise Conflict(Sentence("{id} is well and asked as usual; there is nothing to reopen", id=source_id))
            well = {
                "condition": Condition.OK.value, "condition_since": None, "trouble_weight": 0.0, "trouble_since": None,
                "failures": 0, "next_at": None, "next_reason": "reopened",
            }  # fmt: skip
            db.execute(sa.update(_SOURCE).where(_SOURCE.c.id == source_id).values(**well))
            self.note(who, "source reopened", "source", source_id, row.condition, Condition.OK.value)

    def pause_host(self, url: str, until: datetime, reason: str) -> None:
        """Lets no source of this address's host be asked before `until`, in this round or a later one."""
        there = _SOURCE.c.host == host_of(url)
        later = sa.or_(_SOURCE.c.next_at.is_(None), _SOURCE.c.next_at < until)
        with self.writing() as db:
            db.execute(sa.update(_SOURCE).where(there).values(paused_until=until))
            db.execute(sa.update(_SOURCE).where(there, later).values(next_at=until, next_reason=reason))

    def robots(self, since: datetime) -> dict[str, str]:
        """The robots.txt of sites that were fetched since then, by host and port."""
        with self.reading() as db:
            query = sa.select(_ROBOTS.c.site, _ROBOTS.c.rules).where(_ROBOTS.c.fetched_at >= since)
            return {row[0]: row[1] for row in db.execute(query)}

    def keep_robots(self, rules: Mapping[str, str], now: datetime) -> None:
        """Keeps the robots.txt of sites, in place of earlier ones."""
        if rules:
            with self.writing() as db:
                statement = upsert(db, _ROBOTS)
                newer = {"rules": statement.excluded.rules, "fetched_at": statement.excluded.fetched_at}
                rows = [{"site": site, "rules": text, "fetched_at": now} for site, text in rules.items()]
                db.execute(statement.on_conflict_do_update(index_elements=["site"], set_=newer), rows)

    def move(self, source_id: str, url: str, who: str = "collectors", *, afresh: bool = False) -> None:
        """Gives a source its new address; the one in the configuration is remembered, and is no new address again.

        `afresh` forgets how the old address answered, and has the new one asked as soon as possible.
        """
        with self.writing() as db:
            old = db.execute(sa.select(_SOURCE).where(_SOURCE.c.id == source_id)).one()
            values: dict[str, Any] = {"moving_to": None, "moving_seen": 0, "moving_since": None}
            if afresh:
                forgotten = ("etag", "last_modified", "body_hash", "next_at")
                values = {**FRESH, **dict.fromkeys(forgotten), "failures": 0, "next_reason": "has a new address"}
            values |= {"url": url, "host": host_of(url), "moved_from": old.moved_from or old.url}
            db.execute(sa.update(_SOURCE).where(_SOURCE.c.id == source_id).values(**values))
            self.note(who, "source moved", "source", source_id, old.url, url)

    # ------------------------------------------------------------------------------------------------- our own network

    def network_fails(self, silent: int, asked: int, now: datetime) -> None:
        """Raises the alarm that our own network fails, once until it works again."""
        with self.writing():
            if self.network_alarm() is None:
                told = {"silent": silent, "asked": asked, "since": now.isoformat()}
                self.note("collectors", "our network fails", "network", "", None, told)

    def network_works(self) -> None:
        """Ends the alarm, if there is one."""
        if alarm := self.network_alarm():
            self.note("collectors", "our network works again", "network", "", alarm, None)

    def network_alarm(self) -> NetworkAlarm | None:
        """What is known of the failure of our own network that lasts; None when it works."""
        newest = self.events("network", limit=1)
        return NetworkAlarm.model_validate(newest[0].after) if newest and newest[0].after else None

    def last_success(self) -> datetime | None:
        """When any source was last read well; None when none ever was."""
        with self.reading() as db:
            found: datetime | None = db.scalar(sa.select(sa.func.max(_SOURCE.c.last_success_at)))
        return found


def columns(conduct: Conduct) -> dict[str, Any]:
    """A source's conduct as its columns hold it."""
    values = {name: getattr(conduct, name) for name in Conduct.model_fields}
    return {**values, "hints": conduct.hints and conduct.hints.model_dump(mode="json")}


def _conduct(row: Any) -> Conduct:
    return Conduct.model_validate({name: getattr(row, name) for name in Conduct.model_fields})
