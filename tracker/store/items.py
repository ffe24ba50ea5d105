"""Items, their suggestions, and the queue that they wait in."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from tracker.errors import Conflict, NotFound, Sentence
from tracker.model import Decision, Drawn, Item, ItemState, KeptCopy, Suggestion, Time, Value, Verdict, Waiting
from tracker.store import search
from tracker.store.engine import add, upsert
from tracker.store.rows import (
    CarrierRow,
    ClaimRow,
    CopyRow,
    DecisionRow,
    ItemFacetRow,
    ItemRevisionRow,
    ItemRow,
    PersonRow,
    SourceRow,
    SuggestionRow,
)
from tracker.store.search import Searching

_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_SUGGESTION = SuggestionRow.__table__  # type: ignore[attr-defined]
_FACET = ItemFacetRow.__table__  # type: ignore[attr-defined]
_CARRIER = CarrierRow.__table__  # type: ignore[attr-defined]
_COPY = CopyRow.__table__  # type: ignore[attr-defined]
_OLD = ItemRevisionRow.__table__  # type: ignore[attr-defined]
_CLAIM = ClaimRow.__table__  # type: ignore[attr-defined]
_DECISION = DecisionRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]

_Key = TypeVar("_Key", str, tuple[str, str])
_CHUNK = 400  # values in one IN list; SQLite's limit is far higher, plans stay good
NOT_READ = Suggestion(version="")  # what stands for the suggestion of an item until it is made
LOTS = 2**31
SHOWN_FROM = 0.5  # a suggested code counts as a facet of the queue from this probability on


class Known(NamedTuple):
    """What is needed of an item that is there already, to tell whether an entry says something new."""

    id: int
    source_id: str
    canonical_url: str
    guid: str | None
    content_hash: str


class Unread(NamedTuple):
    """What is needed of an item to suggest something: its text, and what its source says of itself."""

    id: int
    content_hash: str
    title: str
    summary: str
    text: str
    declared_language: str | None
    url: str
    source_id: str
    is_untouched: bool  # no person and no change of its text has placed it; it waits by itself
    country: str | None
    issues: list[str]


class QueueFilter(Value):
    """What an analyst wants to see of the queue. Empty fields ask for everything."""

    states: tuple[ItemState, ...] = (ItemState.WAITING,)
    language: str | None = None
    issue: str | None = None
    country: str | None = None
    source_id: str | None = None
    text: str = ""
    changed: bool = False  # only decided items whose source has changed since
    oldest_first: bool = False


class ItemVersion(Value):
    """What an item said before."""

    replaced_at: Time
    title: str
    summary: str
    text: str


class Items(Searching):
    # ------------------------------------------------------------------------------------------------- the way in

    def find_items(self, canonical_urls: Sequence[str], guids: Sequence[tuple[str, str]]) -> list[Known]:
        """Items that have one of these addresses, or one of these guids within their source (id of source, guid)."""
        columns = [_ITEM.c[name] for name in Known._fields]
        found: dict[int, Known] = {}
        with self.reading() as db:
            for chunk in _chunks(canonical_urls):
                for row in db.execute(sa.select(*columns).where(_ITEM.c.canonical_url.in_(chunk))):
                    found[row.id] = Known._make(row)
            for pairs in _chunks(guids):
                query = sa.select(*columns).where(sa.tuple_(_ITEM.c.source_id, _ITEM.c.guid).in_(pairs))
                for row in db.execute(query):
                    found[row.id] = Known._make(row)
        return list(found.values())

    def known_addresses(self, canonical_urls: Iterable[str]) -> dict[str, tuple[str, datetime]]:
        """Those of these canonical addresses that are items already: whose, and when they last said something."""
        told = sa.func.coalesce(_ITEM.c.changed_at, _ITEM.c.arrived_at, type_=_ITEM.c.arrived_at.type)
        query = sa.select(_ITEM.c.canonical_url, _ITEM.c.source_id, told)
        with self.reading() as db:
            return {
                address: (source_id, at)
                for chunk in _chunks(list(canonical_urls))
                for address, source_id, at in db.execute(query.where(_ITEM.c.canonical_url.in_(chunk)))
            }

    def originals(self, content_hashes: Sequence[str]) -> dict[str, int]:
        """For each of these contents that was seen before: the first item that says it."""
        # Copies are sorted out here: with `copy_of IS NULL` in the query, SQLite goes through all items that are none.
        query = sa.select(_ITEM.c.content_hash, _ITEM.c.id, _ITEM.c.copy_of)
        found: dict[str, int] = {}
        with self.reading() as db:
            for chunk in _chunks(content_hashes):
                for content, id, copy_of in db.execute(query.where(_ITEM.c.content_hash.in_(chunk))):
                    if copy_of is None:
                        found[content] = min(id, found.get(content, id))
        return found

    def add_items(self, new: Sequence[Item]) -> dict[str, int]:
        """The number of each item that was added, by canonical address.

        One that somebody else added in the meantime is left out, no error. The items are still to be read.
        """
        if not new:
            return {}
        lot = random.SystemRandom()  # of nothing that an item says, so that a random check is one
        rows = [
            {**item.model_dump(exclude={"id"}), "lot": lot.randrange(LOTS), "second_lot": lot.randrange(LOTS)}
            for item in new
        ]
        with self.writing() as db:
            statement = upsert(db, _ITEM).on_conflict_do_nothing().returning(_ITEM.c.id, _ITEM.c.canonical_url)
            added = {row.canonical_url: row.id for row in db.execute(statement, rows)}
            there = [(added[item.canonical_url], item) for item in new if item.canonical_url in added]
            search.write_words(
                db,
                "item",
                {id: search.item_document(one.title, one.summary, one.text, one.source_id) for id, one in there},
            )
            return added

    def change_item(self, id: int, item: Item, now: datetime) -> None:
        """The item says something else now; what it said before is kept. Its decisions stand, marked as older.

        Until it was read again, the old suggestion stands.
        """
        with self.writing() as db:
            old = db.execute(sa.select(_ITEM).where(_ITEM.c.id == id)).one()
            db.execute(
                sa.insert(_OLD).values(
                    item_id=id,
                    replaced_at=now,
                    title=old.title,
                    summary=old.summary,
                    text=old.text,
                    content_hash=old.content_hash,
                )
            )
            db.execute(
                sa.update(_ITEM)
                .where(_ITEM.c.id == id)
                .values(
                    title=item.title,
                    summary=item.summary,
                    text=item.text,
                    content_hash=item.content_hash,
                    changed_at=now,
                    version=_ITEM.c.version + 1,
                    read_by=None,
                    meant_by=None,
                )
            )
            search.index_items(db, [id])

    def add_carriers(self, item_ids: Iterable[int], source_id: str, now: datetime) -> None:
        """Notes that this source carries these items too."""
        rows = [{"item_id": id, "source_id": source_id, "seen_at": now} for id in dict.fromkeys(item_ids)]
        if rows:
            with self.writing() as db:
                db.execute(upsert(db, _CARRIER).on_conflict_do_nothing(), rows)

    def add_copies(self, copies: Mapping[str, tuple[str, str]], now: datetime) -> None:
        """Notes of items (by canonical address) which bytes they were read from: (digest, address of the bytes)."""
        with self.writing() as db:
            rows = [
                {"item_id": row.id, "digest": digest, "url": url, "kept_at": now}
                for chunk in _chunks(list(copies))
                for row in db.execute(
                    sa.select(_ITEM.c.id, _ITEM.c.canonical_url).where(_ITEM.c.canonical_url.in_(chunk))
                )
                for digest, url in [copies[row.canonical_url]]
            ]
            if rows:
                db.execute(upsert(db, _COPY).on_conflict_do_nothing(), rows)

    def kept_copies(self, item_id: int) -> list[KeptCopy]:
        """The bytes that an item was read from, newest first: more than one when its source changed it."""
        query = sa.select(_COPY).where(_COPY.c.item_id == item_id).order_by(_COPY.c.kept_at.desc(), _COPY.c.digest)
        with self.reading() as db:
            return [KeptCopy(digest=row.digest, url=row.url, kept_at=row.kept_at) for row in db.execute(query)]

    # ------------------------------------------------------------------------------------------------- suggestions

    def unread(self, limit: int) -> list[Unread]:
        """Up to so many items that have no suggestion for what they say now, oldest first."""
        return self._to_read(_ITEM.c.read_by.is_(None), _ITEM.c.id, limit=limit)

    def read_by_others(self, version: str, limit: int) -> list[Unread]:
        """Up to so many waiting and held items whose suggestion was made by other words than this version's."""
        found: list[Unread] = []
        for state in (ItemState.WAITING, ItemState.HELD):
            for other in (_ITEM.c.read_by < version, _ITEM.c.read_by > version):  # two ranges of the index
                if len(found) < limit:
                    which = sa.and_(_ITEM.c.state == state.value, other)
                    found += self._to_read(which, _ITEM.c.read_by, _ITEM.c.id, limit=limit - len(found))
        return found

    def _to_read(self, which: sa.ColumnElement[bool], *order: sa.ColumnElement[Any], limit: int) -> list[Unread]:
        columns = [_ITEM.c[name] for name in Unread._fields[:8]]
        untouched = sa.and_(
            _ITEM.c.state == ItemState.WAITING.value,
            _ITEM.c.copy_of.is_(None),
            _ITEM.c.placed_by.is_(None),
            _ITEM.c.changed_at.is_(None),
        )
        query = (
            sa.select(*columns, untouched, _SOURCE.c.country, _SOURCE.c.issues)
            .join(_SOURCE, _SOURCE.c.id == _ITEM.c.source_id)
            .where(which)
            .order_by(*order)
            .limit(limit)
        )
        with self.reading() as db:
            return [Unread._make(row) for row in db.execute(query)]

    def add_suggestions(self, said: Sequence[tuple[Unread, Suggestion]], now: datetime) -> None:
        """Writes what the items seem to say. One whose text has changed since it was read is left to be read again."""
        with self.writing() as db:
            standing = {
                row.id: row.content_hash
                for row in db.execute(
                    sa.select(_ITEM.c.id, _ITEM.c.content_hash).where(_ITEM.c.id.in_([item.id for item, _ in said]))
                )
            }
            said = [(item, one) for item, one in said if standing.get(item.id) == item.content_hash]
            if not said:
                return
            db.execute(
                sa.insert(_SUGGESTION),
                [{**one.model_dump(mode="json"), "item_id": item.id, "made_at": now} for item, one in said],
            )
            db.execute(
                sa.update(_ITEM)
                .where(_ITEM.c.id == sa.bindparam("of"))
                .values(read_by=sa.bindparam("by"), language=sa.bindparam("spoken"), score=sa.bindparam("place")),
                [{"of": item.id, "by": one.version, "spoken": one.language, "place": one.score} for item, one in said],
            )
            db.execute(sa.delete(_FACET).where(_FACET.c.item_id.in_([item.id for item, _ in said])))
            facets = [
                {"item_id": item.id, "kind": kind, "code": scored.code}
                for item, one in said
                for kind, found in (("issue", one.issues), ("country", one.countries))
                for scored in found
                if scored.score >= SHOWN_FROM
            ]
            if facets:
                db.execute(upsert(db, _FACET).on_conflict_do_nothing(), facets)

    def add_readings(self, said: Sequence[tuple[Unread, Suggestion]], now: datetime) -> int:
        """Notes that the items were read again with other words; a suggestion is added only where it says other things.

        Gives how many did. Its place in the queue changes only where the words alone have given it.
        """
        ids = [item.id for item, _ in said]
        newest = sa.select(sa.func.max(_SUGGESTION.c.id)).where(
            _SUGGESTION.c.item_id.in_(ids), _SUGGESTION.c.version.startswith("words-")
        )
        query = sa.select(_SUGGESTION).where(_SUGGESTION.c.id.in_(newest.group_by(_SUGGESTION.c.item_id)))
        with self.writing() as db:
            before = {row.item_id: _suggestion(row) for row in db.execute(query)}
            places = {
                row.id: row.score for row in db.execute(sa.select(_ITEM.c.id, _ITEM.c.score).where(_ITEM.c.id.in_(ids)))
            }
            other = [
                (item, one)
                for item, one in said
                if item.id not in before or before[item.id].but(version=one.version) != one
            ]
            same = {item.id: one.version for item, one in said}
            for item, _ in other:
                same.pop(item.id)
            if same:
                db.execute(
                    sa.update(_ITEM).where(_ITEM.c.id == sa.bindparam("of")).values(read_by=sa.bindparam("by")),
                    [{"of": id, "by": version} for id, version in same.items()],
                )
            self.add_suggestions(other, now)
            ranked = [
                {"of": item.id, "place": places[item.id]}
                for item, _ in other
                if item.id in before and places[item.id] != before[item.id].score
            ]
            if ranked:
                db.execute(
                    sa.update(_ITEM).where(_ITEM.c.id == sa.bindparam("of")).values(score=sa.bindparam("place")), ranked
                )
        return len(other)

    # ------------------------------------------------------------------------------------------------- the queue

    def queue(self, wanted: QueueFilter, now: datetime, *, limit: int = 50, offset: int = 0) -> list[Waiting]:
        """Items as the desk shows them, most promising first; equal ones by arrival."""
        query = _wanted(sa.select(_ITEM.c.id), wanted).order_by(*_in_order(wanted)).limit(limit).offset(offset)
        with self.reading() as db:
            ids = list(db.scalars(query))
            by_id = {waiting.item.id: waiting for waiting in self._shown(db, ids, now)}
        return [by_id[id] for id in ids]

    def queue_length(self, wanted: QueueFilter) -> int:
        with self.reading() as db:
            return int(db.scalar(_wanted(sa.select(sa.func.count()).select_from(_ITEM), wanted)) or 0)

    def queue_by(self, what: str) -> dict[str, int]:
        """How many items wait, by `state`, `language`, `issue`, `country` or `source`; largest number first."""
        if what in ("issue", "country"):
            # Not a join: for each code SQLite would read the whole item, text and all, to see its state.
            waiting = sa.select(_ITEM.c.id).where(_ITEM.c.state == ItemState.WAITING.value)
            query = (
                sa.select(_FACET.c.code, sa.func.count())
                .where(_FACET.c.kind == what, _FACET.c.item_id.in_(waiting))
                .group_by(_FACET.c.code)
            )
        else:
            column = {"state": _ITEM.c.state, "language": _ITEM.c.language, "source": _ITEM.c.source_id}[what]
            query = sa.select(column, sa.func.count()).group_by(column)
            if what != "state":
                query = query.where(_ITEM.c.state == ItemState.WAITING.value)
        with self.reading() as db:
            counted = {row[0]: row[1] for row in db.execute(query)}
        return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))

    def queue_arrivals(self) -> list[datetime]:
        """When each waiting item arrived, oldest first."""
        query = sa.select(_ITEM.c.arrived_at).where(_ITEM.c.state == ItemState.WAITING.value)
        with self.reading() as db:
            return list(db.scalars(query.order_by(_ITEM.c.arrived_at)))

    def item(self, id: int, now: datetime) -> Waiting:
        """One item as the desk shows it. Raises NotFound."""
        with self.reading() as db:
            shown = self._shown(db, [id], now)
        if not shown:
            raise NotFound(Sentence("there is no item {id}", id=id))
        return shown[0]

    def items_shown(self, ids: Sequence[int], now: datetime) -> dict[int, Waiting]:
        """These items as the desk shows them, by number; those that do not exist are left out."""
        with self.reading() as db:
            return {waiting.item.id: waiting for waiting in self._shown(db, ids, now)}

    def versions(self, ids: Sequence[int]) -> dict[int, tuple[ItemState, int]]:
        """State and version of these items, by number."""
        query = sa.select(_ITEM.c.id, _ITEM.c.state, _ITEM.c.version).where(_ITEM.c.id.in_(ids))
        with self.reading() as db:
            return {row.id: (ItemState(row.state), row.version) for row in db.execute(query)}

    def item_titles(self, ids: Sequence[int]) -> dict[int, str]:
        """The titles of these items, by number."""
        with self.reading() as db:
            return dict(db.execute(sa.select(_ITEM.c.id, _ITEM.c.title).where(_ITEM.c.id.in_(ids))).all())

    def suggested(self, suggestion_id: int, item_id: int) -> bool:
        """Whether this suggestion was made for this item."""
        query = sa.select(_SUGGESTION.c.id).where(_SUGGESTION.c.id == suggestion_id, _SUGGESTION.c.item_id == item_id)
        with self.reading() as db:
            return db.scalar(query) is not None

    def item_by_address(self, canonical_url: str) -> int | None:
        with self.reading() as db:
            return db.scalar(sa.select(_ITEM.c.id).where(_ITEM.c.canonical_url == canonical_url))

    def item_versions(self, id: int) -> list[ItemVersion]:
        """What an item said before, newest first."""
        query = sa.select(_OLD).where(_OLD.c.item_id == id).order_by(_OLD.c.id.desc())
        with self.reading() as db:
            return [
                ItemVersion(replaced_at=row.replaced_at, title=row.title, summary=row.summary, text=row.text)
                for row in db.execute(query)
            ]

    def carriers(self, id: int) -> list[str]:
        """The names of further sources that have linked to this item's address, in the order in which they did."""
        query = (
            sa.select(_SOURCE.c.name)
            .join(_CARRIER, _CARRIER.c.source_id == _SOURCE.c.id)
            .where(_CARRIER.c.item_id == id)
            .order_by(_CARRIER.c.seen_at, _SOURCE.c.id)
        )
        with self.reading() as db:
            return list(db.scalars(query))

    def _shown(self, db: sa.Connection, ids: Sequence[int], now: datetime) -> list[Waiting]:
        if not ids:
            return []
        newest = (
            sa.select(sa.func.max(_SUGGESTION.c.id))
            .where(_SUGGESTION.c.item_id.in_(ids))
            .group_by(_SUGGESTION.c.item_id)
        )
        suggestions = {
            row.item_id: row for row in db.execute(sa.select(_SUGGESTION).where(_SUGGESTION.c.id.in_(newest)))
        }
        copies: dict[int, int] = dict(
            db.execute(
                sa.select(_ITEM.c.copy_of, sa.func.count()).where(_ITEM.c.copy_of.in_(ids)).group_by(_ITEM.c.copy_of)
            ).all()
        )
        claimed = {
            row.item_id: row
            for row in db.execute(
                sa.select(_CLAIM.c.item_id, _CLAIM.c.drawn_by, _PERSON.c.name)
                .join(_PERSON, _PERSON.c.id == _CLAIM.c.person_id)
                .where(_CLAIM.c.item_id.in_(ids), _CLAIM.c.expires_at > now)
            )
        }
        query = (
            sa.select(_ITEM, _SOURCE.c.name.label("source_name"), _SOURCE.c.tier)
            .join(_SOURCE, _SOURCE.c.id == _ITEM.c.source_id)
            .where(_ITEM.c.id.in_(ids))
        )
        return [
            Waiting(
                item=_item(row),
                suggestion=_suggestion(suggestions[row.id]) if row.id in suggestions else NOT_READ,
                source=row.source_name,
                tier=row.tier,
                copies=copies.get(row.id, 0),
                claimed_by=claimed[row.id].name if row.id in claimed else "",
                drawn_by=Drawn(claimed[row.id].drawn_by) if row.id in claimed else Drawn.QUEUE,
                suggestion_id=suggestions[row.id].id if row.id in suggestions else None,
                changed=row.changed_at is not None and row.state in (ItemState.INCLUDED, ItemState.EXCLUDED),
            )
            for row in db.execute(query)
        ]

    # ----------------------------------------------------------------------------------------------------- claims

    def claim(
        self, item_id: int, person_id: int, now: datetime, until: datetime, drawn_by: Drawn = Drawn.QUEUE
    ) -> None:
        """Marks the item as open at this person's desk until then.

        How it was drawn stays as it is when this person opens it once more. Raises Conflict, with the name, when
        somebody else has it open.
        """
        with self.writing() as db:
            drawn = drawn_by.value
            statement = upsert(db, _CLAIM).values(
                item_id=item_id, person_id=person_id, expires_at=until, drawn_by=drawn
            )
            again = sa.case((_CLAIM.c.person_id == person_id, _CLAIM.c.drawn_by), else_=drawn)
            mine = db.execute(
                statement.on_conflict_do_update(
                    index_elements=["item_id"],
                    set_={"person_id": person_id, "expires_at": until, "drawn_by": again},
                    where=sa.or_(_CLAIM.c.person_id == person_id, _CLAIM.c.expires_at <= now),
                ).returning(_CLAIM.c.item_id)
            ).one_or_none()
            if mine is None:
                name = db.scalar(
                    sa.select(_PERSON.c.name)
                    .join(_CLAIM, _CLAIM.c.person_id == _PERSON.c.id)
                    .where(_CLAIM.c.item_id == item_id)
                )
                raise Conflict(
                    Sentence("{name} has item {id} open", name=str(name), id=item_id), by=str(name), what="claim"
                )

    def renew(self, item_ids: Sequence[int], person_id: int, until: datetime) -> list[int]:
        """Those of these items that this person has open, in the order given; they stay open until then.

        What nobody else has taken since the claim ended counts as open still.
        """
        mine = sa.update(_CLAIM).where(_CLAIM.c.person_id == person_id, _CLAIM.c.item_id.in_(item_ids))
        with self.writing() as db:
            kept = set(db.scalars(mine.values(expires_at=until).returning(_CLAIM.c.item_id))) if item_ids else set()
        return [id for id in item_ids if id in kept]

    def lease(
        self,
        wanted: QueueFilter,
        person_id: int,
        now: datetime,
        until: datetime,
        number: int,
        *,
        besides: Sequence[int] = (),
        drawn_by: Drawn = Drawn.QUEUE,
    ) -> list[int]:
        """Up to so many further items of the queue that nobody else has open, claimed for this person, in its order.

        For an audit those with the smallest lots. `besides` are left out. How an item was drawn that this person has
        open already stays as it is.
        """
        order = (_ITEM.c.lot, _ITEM.c.id) if drawn_by is Drawn.AUDIT else _in_order(wanted)
        others = sa.select(_CLAIM.c.item_id).where(_CLAIM.c.person_id != person_id, _CLAIM.c.expires_at > now)
        query = _wanted(sa.select(_ITEM.c.id), wanted).where(_ITEM.c.id.not_in(others), _ITEM.c.id.not_in(besides))
        again = sa.case((_CLAIM.c.person_id == person_id, _CLAIM.c.drawn_by), else_=drawn_by.value)
        with self.writing() as db:
            ids = list(db.scalars(query.order_by(*order).limit(number)))
            if not ids:
                return []
            claimed = upsert(db, _CLAIM).values(
                [{"item_id": id, "person_id": person_id, "expires_at": until, "drawn_by": drawn_by.value} for id in ids]
            )
            mine = set(
                db.scalars(
                    claimed.on_conflict_do_update(
                        index_elements=["item_id"],
                        set_={"person_id": person_id, "expires_at": until, "drawn_by": again},
                        where=sa.or_(_CLAIM.c.person_id == person_id, _CLAIM.c.expires_at <= now),
                    ).returning(_CLAIM.c.item_id)
                )
            )
        return [id for id in ids if id in mine]

    def free(self, wanted: QueueFilter, person_id: int, now: datetime, most: int) -> int:
        """How many items of the queue nobody else has open, counted up to `most`."""
        others = sa.select(_CLAIM.c.item_id).where(_CLAIM.c.person_id != person_id, _CLAIM.c.expires_at > now)
        some = _wanted(sa.select(_ITEM.c.id), wanted).where(_ITEM.c.id.not_in(others)).limit(most).subquery()
        with self.reading() as db:
            return int(db.scalar(sa.select(sa.func.count()).select_from(some)) or 0)

    def open_elsewhere(self, item_id: int, person_id: int, now: datetime) -> str | None:
        """The name of somebody else who has the item open; None when nobody has."""
        query = (
            sa.select(_PERSON.c.name)
            .join(_CLAIM, _CLAIM.c.person_id == _PERSON.c.id)
            .where(_CLAIM.c.item_id == item_id, _CLAIM.c.person_id != person_id, _CLAIM.c.expires_at > now)
        )
        with self.reading() as db:
            name: str | None = db.scalar(query)
        return name

    def release_claims(self, person_id: int, item_id: int | None = None) -> None:
        """Ends this person's claim on an item, or all of them."""
        ended = sa.delete(_CLAIM).where(_CLAIM.c.person_id == person_id)
        with self.writing() as db:
            db.execute(ended if item_id is None else ended.where(_CLAIM.c.item_id == item_id))

    def drawn(self, item_id: int, person_id: int) -> Drawn | None:
        """How the item came to this person, who has it open; None when they have not."""
        query = sa.select(_CLAIM.c.drawn_by).where(_CLAIM.c.item_id == item_id, _CLAIM.c.person_id == person_id)
        with self.reading() as db:
            found = db.scalar(query)
        return None if found is None else Drawn(found)

    # -------------------------------------------------------------------------------------------------- decisions

    def add_decision(self, decision: Decision, state: ItemState, who: str) -> Decision:
        """Writes the decision and the item's new state, both or neither. The same key again changes nothing.

        Raises Conflict when the item is not at the version that the decision was made on: somebody decided it, or its
        source changed it; the message says which.
        """
        with self.writing() as db:
            if (same := self.decision_by_key(decision.key)) is not None:
                return same
            before = db.execute(
                sa.select(_ITEM.c.state, _ITEM.c.version).where(_ITEM.c.id == decision.item_id)
            ).one_or_none()
            if before is None:
                raise NotFound(Sentence("there is no item {id}", id=decision.item_id))
            moved = db.execute(
                sa.update(_ITEM)
                .where(_ITEM.c.id == decision.item_id, _ITEM.c.version == decision.item_version)
                .values(state=state.value, version=_ITEM.c.version + 1)
            )
            if moved.rowcount == 0:
                raise self.who_was_first(decision.item_id)
            replaced = sa.select(sa.func.count()).select_from(_OLD).where(_OLD.c.item_id == decision.item_id)
            values = decision.model_dump(exclude={"id"})
            id = add(db, _DECISION, **values, replaced_texts=db.scalar(replaced))
            if decision.note:
                search.index_items(db, [decision.item_id])
            db.execute(sa.delete(_CLAIM).where(_CLAIM.c.item_id == decision.item_id))
            after = {"state": state.value, "decision": id, "verdict": decision.verdict.value}
            self.note(who, "decided", "item", decision.item_id, {"state": before.state}, after)
        return decision.but(id=id)

    def who_was_first(self, item_id: int) -> Conflict:
        """Why a decision on this item comes too late: who decided what, or that its source changed the text."""
        query = (
            sa.select(_DECISION.c.verdict, _DECISION.c.at, _PERSON.c.name)
            .join(_PERSON, _PERSON.c.id == _DECISION.c.person_id)
            .where(_DECISION.c.item_id == item_id)
            .order_by(_DECISION.c.id.desc())
            .limit(1)
        )
        with self.reading() as db:
            last = db.execute(query).one_or_none()
            changed, stands = db.execute(
                sa.select(_ITEM.c.changed_at, _ITEM.c.copy_of).where(_ITEM.c.id == item_id)
            ).one()
        if last is None and stands is not None:
            return Conflict(
                Sentence("item {id}: it stands behind item {other} now, decide on that one", id=item_id, other=stands),
                what="joined",
            )
        if last is None or (changed is not None and changed > last.at):
            return Conflict(
                Sentence("item {id}: its source has changed the text; read it again", id=item_id), what="changed"
            )
        said = Sentence("item {id}: {name} was first ({verdict})", id=item_id, name=last.name, verdict=last.verdict)
        return Conflict(said, by=last.name, what=last.verdict)

    def decision_by_key(self, key: str) -> Decision | None:
        """The decision that was sent with this key, if it has arrived."""
        with self.reading() as db:
            row = db.execute(sa.select(_DECISION).where(_DECISION.c.key == key)).one_or_none()
        return None if row is None else _decision(row)

    def decisions(self, *, item_id: int | None = None, person_id: int | None = None, limit: int = 50) -> list[Decision]:
        """Decisions, newest first, of an item or of a person or of everybody."""
        query = sa.select(_DECISION).order_by(_DECISION.c.id.desc()).limit(limit)
        if item_id is not None:
            query = query.where(_DECISION.c.item_id == item_id)
        if person_id is not None:
            query = query.where(_DECISION.c.person_id == person_id)
        with self.reading() as db:
            return [_decision(row) for row in db.execute(query)]

    def decision(self, id: int) -> Decision:
        with self.reading() as db:
            row = db.execute(sa.select(_DECISION).where(_DECISION.c.id == id)).one_or_none()
        if row is None:
            raise NotFound(Sentence("there is no decision {id}", id=id))
        return _decision(row)

    def undone(self, decision_ids: Sequence[int]) -> set[int]:
        """Those of these decisions that were taken back."""
        with self.reading() as db:
            return {
                id for id in db.scalars(sa.select(_DECISION.c.undoes).where(_DECISION.c.undoes.in_(decision_ids))) if id
            }

    def decision_times(self, since: datetime) -> list[tuple[int, datetime]]:
        """Who decided when since then, taking back left out, oldest first."""
        query = sa.select(_DECISION.c.person_id, _DECISION.c.at).where(
            _DECISION.c.at >= since, _DECISION.c.verdict != Verdict.UNDO.value
        )
        with self.reading() as db:
            return [(row.person_id, row.at) for row in db.execute(query.order_by(_DECISION.c.at, _DECISION.c.id))]

    def decided_since(self, person_id: int, since: datetime) -> int:
        """How many decisions (undone ones and undoing ones left out) this person has made since then."""
        undoing = sa.select(_DECISION.c.undoes).where(_DECISION.c.undoes.is_not(None))
        query = sa.select(sa.func.count()).where(
            _DECISION.c.person_id == person_id,
            _DECISION.c.at >= since,
            _DECISION.c.verdict != Verdict.UNDO.value,
            _DECISION.c.id.not_in(undoing),
        )
        with self.reading() as db:
            return int(db.scalar(query) or 0)


def _in_order(wanted: QueueFilter) -> tuple[Any, ...]:
    """The order of the queue: by arrival, or most promising first and equal ones by arrival."""
    return (_ITEM.c.arrived_at, _ITEM.c.id) if wanted.oldest_first else (_ITEM.c.score.desc(), _ITEM.c.id)


def _wanted(query: sa.Select[Any], wanted: QueueFilter) -> sa.Select[Any]:
    if wanted.changed:
        decided = [ItemState.INCLUDED.value, ItemState.EXCLUDED.value]
        query = query.where(_ITEM.c.state.in_(decided), _ITEM.c.changed_at.is_not(None))
    else:
        query = query.where(_ITEM.c.state.in_([state.value for state in wanted.states]))
    if wanted.language:
        query = query.where(_ITEM.c.language == wanted.language)
    if wanted.source_id:
        query = query.where(_ITEM.c.source_id == wanted.source_id)
    for kind, code in (("issue", wanted.issue), ("country", wanted.country)):
        if code:
            has = sa.select(_FACET.c.item_id).where(_FACET.c.kind == kind, _FACET.c.code == code)
            query = query.where(_ITEM.c.id.in_(has))
    if wanted.text.strip():
        query = query.where(_ITEM.c.id.in_(search.items_that_say(wanted.text)))
    return query


def _chunks(values: Sequence[_Key]) -> list[list[_Key]]:
    distinct = list(dict.fromkeys(values))
    return [distinct[start : start + _CHUNK] for start in range(0, len(distinct), _CHUNK)]


def _item(row: Any) -> Item:
    return Item.model_validate({name: getattr(row, name) for name in Item.model_fields})


def _suggestion(row: Any) -> Suggestion:
    return Suggestion.model_validate({name: getattr(row, name) for name in Suggestion.model_fields})


def _decision(row: Any) -> Decision:
    return Decision.model_validate({name: getattr(row, name) for name in Decision.model_fields})
