"""Where does anything stand that has these words? Full text of items, initiatives and notes, excluded ones included.

The words are the same on both databases (`tracker.search`): SQLite keeps them in an FTS5 table, PostgreSQL in a
`tsvector`. They are written in the transaction of the change that they tell of.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.compiler import compiles

from tracker import search
from tracker.model import Initiative, InitiativeState, ItemState, Time, Value, Verdict
from tracker.places import place
from tracker.search import Search, Term
from tracker.store.audit import Audit
from tracker.store.engine import upsert
from tracker.store.rows import (
    DecisionRow,
    InitiativeFacetRow,
    InitiativeRevisionRow,
    InitiativeRow,
    ItemFacetRow,
    ItemRow,
    SearchEntryRow,
    SourceRow,
)

_ENTRY = SearchEntryRow.__table__  # type: ignore[attr-defined]
_ITEM = ItemRow.__table__  # type: ignore[attr-defined]
_ITEM_FACET = ItemFacetRow.__table__  # type: ignore[attr-defined]
_SOURCE = SourceRow.__table__  # type: ignore[attr-defined]
_DECISION = DecisionRow.__table__  # type: ignore[attr-defined]
_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_REVISION = InitiativeRevisionRow.__table__  # type: ignore[attr-defined]
_FACET = InitiativeFacetRow.__table__  # type: ignore[attr-defined]
_TEXT = sa.table("search_text", sa.column("rowid", sa.Integer), sa.column("title"), sa.column("body"))  # SQLite's

MOST_COUNTED = 1_000  # beyond it the desk says "more than"
_CHUNK = 500
_TITLE_WEIGHT = 5.0
_MOST_SOURCES = 100  # whose names one word may stand for
_LAST_POSITION, _MOST_POSITIONS = 16_383, 255  # of a word in PostgreSQL


class SearchFilter(Value):
    """What somebody looks for. Empty fields ask for everything; with all of them empty there is nothing to look for."""

    text: str = ""
    kind: str | None = None  # item | initiative
    state: str | None = None  # of an item or of an initiative
    issue: str | None = None
    country: str | None = None
    language: str | None = None
    source: str | None = None  # id
    decided_by: int | None = None  # a person's number: who decided the item, or wrote or approved the initiative
    reason: str | None = None  # of an exclusion
    since: date | None = None  # items that arrived, initiatives that were last written, from this day on
    until: date | None = None
    changed_since: date | None = None  # items whose source changed them, initiatives that were written

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for beside words and kind."""
        return self.but(text="", kind=None) != SearchFilter()

    @property
    def empty(self) -> bool:
        return not self.narrowed and not search.read(self.text)


class Found(Value):
    """One thing that was found, as the desk shows it."""

    kind: str  # item | initiative
    id: int
    state: str
    title: str
    language: str
    source: str = ""  # name
    at: Time  # when it arrived or was last written
    passages: tuple[str, ...] = ()  # what it says, and what was noted about it
    reason: str | None = None  # why it was excluded
    sample: bool = False


class Numbers(NamedTuple):
    """How much was found, in all and by kind, state, issue, country, language and source; of the newest 1,000 only."""

    total: int
    more: bool  # there are more than `total`
    by: dict[str, dict[str, int]]


class Document(NamedTuple):
    """The words of one thing."""

    title: list[str]
    body: list[str]


# ------------------------------------------------------------------------------------------------------ the index


def make_index(db: sa.Connection) -> None:
    """The index itself, without anything in it."""
    if db.dialect.name == "postgresql":
        db.exec_driver_sql("CREATE INDEX ix_search_entry_words ON search_entry USING gin (words)")
        return
    db.exec_driver_sql("CREATE INDEX ix_search_entry_words ON search_entry (words) WHERE words IS NOT NULL")
    # Words come folded and set apart, so that splitting at spaces is all that is asked of SQLite.
    db.exec_driver_sql("CREATE VIRTUAL TABLE search_text USING fts5(title, body, content='', tokenize='ascii')")


def index_everything(db: sa.Connection) -> int:
    """Forgets the index and makes it anew; how many things are in it."""
    if db.dialect.name == "sqlite":
        db.exec_driver_sql("INSERT INTO search_text(search_text) VALUES ('delete-all')")
    db.execute(sa.delete(_ENTRY))
    done = 0
    for table, index in ((_ITEM, index_items), (_INITIATIVE, index_initiatives)):
        last = 0
        while ids := list(db.scalars(sa.select(table.c.id).where(table.c.id > last).order_by(table.c.id).limit(2000))):
            index(db, ids)
            last, done = ids[-1], done + len(ids)
            if done % 20_000 < len(ids) and done >= 20_000:
                sys.stderr.write(f"search index: {done:,} of items and initiatives\n")
    return done


def index_items(db: sa.Connection, ids: Sequence[int]) -> None:
    """Writes the words of these items as they stand now, with the notes of their decisions."""
    columns = [_ITEM.c[name] for name in ("id", "title", "summary", "text", "source_id")]
    for chunk in _chunks(ids):
        notes: dict[int, list[str]] = {}
        for item_id, note in db.execute(
            sa.select(_DECISION.c.item_id, _DECISION.c.note)
            .where(_DECISION.c.item_id.in_(chunk), _DECISION.c.note != "")
            .order_by(_DECISION.c.id)
        ):
            notes.setdefault(item_id, []).append(note)
        rows = db.execute(sa.select(*columns).where(_ITEM.c.id.in_(chunk)))
        write_words(
            db,
            "item",
            {
                row.id: item_document(row.title, row.summary, row.text, row.source_id, notes.get(row.id, ()))
                for row in rows
            },
        )


def index_initiatives(db: sa.Connection, ids: Sequence[int]) -> None:
    """Writes the words and the codes of these initiatives as their newest revisions have them."""
    for chunk in _chunks(ids):
        contents = {
            row.initiative_id: Initiative.model_validate(row.content)
            for row in db.execute(
                sa.select(_REVISION.c.initiative_id, _REVISION.c.content)
                .join(
                    _INITIATIVE,
                    sa.and_(
                        _INITIATIVE.c.id == _REVISION.c.initiative_id, _INITIATIVE.c.revision == _REVISION.c.revision
                    ),
                )
                .where(_INITIATIVE.c.id.in_(chunk))
            )
        }
        write_words(db, "initiative", {id: initiative_document(content) for id, content in contents.items()})
        db.execute(sa.delete(_FACET).where(_FACET.c.initiative_id.in_(list(contents))))
        facets = [
            {"initiative_id": id, "kind": kind, "code": code}
            for id, content in contents.items()
            for kind, codes in (
                ("issue", content.issues),
                ("type", content.types),
                ("country", content.countries),
                ("language", tuple(content.wordings)),
            )
            for code in codes
        ]
        if facets:
            db.execute(sa.insert(_FACET), facets)


def item_document(title: str, summary: str, text: str, source_id: str, notes: Iterable[str] = ()) -> Document:
    told = text if summary in text else f"{summary}\n{text}"
    body = search.words(told)
    for note in notes:
        body += search.words(note)
    return Document(search.words(title), [*body, _source_word(source_id)])


def initiative_document(content: Initiative) -> Document:
    titles = [wording.title for wording in content.wordings.values()]
    provinces = [place(code, language) for code in content.subdivisions for language in ("en", "fr", "es")]
    return Document(search.words("\n".join(titles)), search.words("\n".join([*_passages(content), *provinces])))


def write_words(db: sa.Connection, kind: str, documents: Mapping[int, Document]) -> None:
    """Puts the words of these things into the index, in place of what it had of them."""
    if not documents:
        return
    if db.dialect.name == "postgresql":
        statement = upsert(db, _ENTRY)
        statement = statement.on_conflict_do_update(
            index_elements=["kind", "subject_id"], set_={"words": statement.excluded.words}
        )
        db.execute(
            statement, [{"kind": kind, "subject_id": id, "words": _vector(one)} for id, one in documents.items()]
        )
        return
    newest = int(db.scalar(sa.select(sa.func.max(_ENTRY.c.id))) or 0)
    for chunk in _chunks(list(documents)):
        db.execute(sa.delete(_ENTRY).where(_ENTRY.c.kind == kind, _ENTRY.c.subject_id.in_(chunk)))
    numbered = list(enumerate(documents.items(), start=newest + 1))
    db.execute(sa.insert(_ENTRY), [{"id": number, "kind": kind, "subject_id": id} for number, (id, _) in numbered])
    db.execute(
        sa.insert(_TEXT),
        [{"rowid": number, "title": " ".join(one.title), "body": " ".join(one.body)} for number, (_, one) in numbered],
    )


def _passages(content: Initiative) -> list[str]:
    """What an initiative says beside its titles."""
    told = [
        *(wording.summary for wording in content.wordings.values()),
        content.locality,
        content.recipients,
        *(actor.name for actor in content.actors),
        *content.keywords,
        *(reading.title for reading in content.further_reading),
        content.why_promising,
        content.challenges,
        *(change.note for change in content.status_history),
        content.contact.phone,
        content.contact.hours,
    ]
    return [text for text in told if text.strip()]


def _source_word(source_id: str) -> str:
    """A word that stands for a source, so that its name is found though it may be given another one."""
    return "§" + source_id.replace("-", "·")


def _vector(document: Document) -> str:
    """The words with their places, as PostgreSQL reads them."""
    places: dict[str, list[str]] = {}
    for number, word in enumerate(document.title, start=1):
        places.setdefault(word, []).append(f"{min(number, _LAST_POSITION)}A")
    for number, word in enumerate(document.body, start=len(document.title) + 10):  # no phrase reaches across
        places.setdefault(word, []).append(str(min(number, _LAST_POSITION)))
    return " ".join(f"'{word}':{','.join(stands[:_MOST_POSITIONS])}" for word, stands in places.items())


# --------------------------------------------------------------------------------------------------- what is asked


class Has(sa.ColumnElement[bool]):
    """Whether an entry of the index has what a search asks for, in the words of either database."""

    inherit_cache = False
    type = sa.Boolean()

    def __init__(self, asked: Search) -> None:
        self.asked = asked


@compiles(Has, "sqlite")
def _has_on_sqlite(element: Has, compiler: Any, **how: Any) -> str:
    asked = element.asked
    clauses = []
    if asked.wanted:
        clauses.append(_ENTRY.c.id.in_(sa.select(_TEXT.c.rowid).where(_matches(asked))))
    elif asked.unwanted:
        without = Search(wanted=(asked.unwanted,))
        clauses.append(_ENTRY.c.id.not_in(sa.select(_TEXT.c.rowid).where(_matches(without))))
    return str(compiler.process(sa.and_(sa.true(), *clauses), **how))


@compiles(Has, "postgresql")
def _has_on_postgresql(element: Has, compiler: Any, **how: Any) -> str:
    return str(compiler.process(_ENTRY.c.words.op("@@")(_ts_query(element.asked)), **how))


def items_that_say(text: str) -> sa.Select[tuple[int]]:
    """The numbers of items that have what this text asks for; every one where it asks for nothing."""
    query = sa.select(_ENTRY.c.subject_id).where(_ENTRY.c.kind == "item")
    asked = search.read(text)
    return query.where(Has(asked)) if asked else query


def initiatives_that_say(text: str) -> sa.Select[tuple[int]]:
    """The numbers of initiatives that have what this text asks for; every one where it asks for nothing."""
    query = sa.select(_ENTRY.c.subject_id).where(_ENTRY.c.kind == "initiative")
    asked = search.read(text)
    return query.where(Has(asked)) if asked else query


def _matches(asked: Search) -> sa.ColumnElement[bool]:
    """FTS5's own words for a search that wants something."""
    wanted = " AND ".join("(" + " OR ".join(map(_fts5, group)) + ")" for group in asked.wanted)
    if asked.unwanted:
        wanted = f"({wanted}) NOT ({' OR '.join(map(_fts5, asked.unwanted))})"
    return sa.literal_column("search_text").op("MATCH")(sa.bindparam(None, wanted, type_=sa.String()))


def _fts5(term: Term) -> str:
    phrase = " + ".join(f'"{word}"' for word in term.words)
    return phrase + (" *" if term.beginning else "")


def _ts_query(asked: Search) -> sa.ColumnElement[Any]:
    groups = ["(" + " | ".join(map(_tsquery, group)) + ")" for group in asked.wanted]
    groups += [f"!{_tsquery(term)}" for term in asked.unwanted]
    return sa.cast(sa.bindparam(None, " & ".join(groups), type_=sa.String()), TSQUERY)


def _tsquery(term: Term) -> str:
    *before, last = term.words
    return "(" + " <-> ".join([*(f"'{word}'" for word in before), f"'{last}'{':*' if term.beginning else ''}"]) + ")"


# ------------------------------------------------------------------------------------------------------ searching


class Searching(Audit):
    def search(self, asked: SearchFilter, *, limit: int = 25, offset: int = 0) -> list[Found]:
        """What was found, best first; without words to find, newest first. Nothing when nothing is asked for."""
        if asked.empty:
            return []
        with self.reading() as db:
            rows = db.execute(self._query(db, asked, ranked=True, limit=limit, offset=offset)).all()
            shown: dict[tuple[str, int], Found] = {}
            for kind, show in (("item", _items), ("initiative", _initiatives)):
                ids = [row.id for row in rows if row.kind == kind]
                shown |= {(kind, one.id): one for one in show(db, ids)} if ids else {}
        return [shown[row.kind, row.id] for row in rows]

    def search_numbers(self, asked: SearchFilter) -> Numbers:
        """How much was found, without going through more than the newest 1,000."""
        by: dict[str, Counter[str]] = {
            name: Counter() for name in ("kind", "state", "issue", "country", "language", "source")
        }
        if asked.empty:
            return Numbers(0, False, {name: {} for name in by})
        with self.reading() as db:
            rows = db.execute(self._query(db, asked, ranked=False, limit=MOST_COUNTED + 1)).all()
            more, rows = len(rows) > MOST_COUNTED, rows[:MOST_COUNTED]
            by["kind"].update(row.kind for row in rows)
            for chunk in _chunks([row.id for row in rows if row.kind == "item"]):
                facts = sa.select(_ITEM.c.state, _ITEM.c.language, _ITEM.c.source_id).where(_ITEM.c.id.in_(chunk))
                for state, language, source in db.execute(facts):
                    by["state"][state] += 1
                    by["language"][language] += 1
                    by["source"][source] += 1
                _count_codes(db, by, _ITEM_FACET, "item_id", chunk)
            for chunk in _chunks([row.id for row in rows if row.kind == "initiative"]):
                by["state"].update(db.scalars(sa.select(_INITIATIVE.c.state).where(_INITIATIVE.c.id.in_(chunk))))
                _count_codes(db, by, _FACET, "initiative_id", chunk)
        return Numbers(len(rows), more, {name: dict(counted.most_common()) for name, counted in by.items()})

    def reindex(self) -> int:
        """Makes the search index anew; how many items and initiatives are in it."""
        with self.writing() as db:
            return index_everything(db)

    def _query(
        self, db: sa.Connection, asked: SearchFilter, *, ranked: bool, limit: int, offset: int = 0
    ) -> sa.Select[Any]:
        """Kind and number of what is asked for: in the index where words are, else among items and initiatives."""
        wanted = _with_sources(db, search.read(asked.text))
        if not wanted:
            return _without_words(asked, limit, offset)
        query = sa.select(_ENTRY.c.kind, _ENTRY.c.subject_id.label("id"))
        sides = []
        if _may_be_item(asked):
            sides.append(_side("item", _of_items(asked, _ENTRY.c.subject_id)))
        if _may_be_initiative(asked):
            sides.append(_side("initiative", _of_initiatives(asked, _ENTRY.c.subject_id)))
        if len(sides) == 1 or asked.narrowed:
            query = query.where(sa.or_(sa.false(), *sides))
        order: Any = _ENTRY.c.id
        if db.dialect.name == "postgresql":
            query = query.where(Has(wanted))
            if ranked and wanted.wanted:
                weights: sa.ColumnElement[Any] = sa.literal_column("'{0.2, 0.2, 0.4, 1.0}'")
                query = query.order_by(sa.func.ts_rank(weights, _ENTRY.c.words, _ts_query(wanted)).desc())
        elif wanted.wanted:
            query = query.join(_TEXT, _TEXT.c.rowid == _ENTRY.c.id).where(_matches(wanted))
            order = _TEXT.c.rowid  # FTS5 goes through its numbers backwards without sorting
            if ranked:
                query = query.order_by(sa.func.bm25(sa.literal_column("search_text"), _TITLE_WEIGHT, 1.0))
        else:
            query = query.where(Has(wanted))
        return query.order_by(order.desc()).limit(limit).offset(offset)


def _side(kind: str, which: sa.Select[Any] | None) -> sa.ColumnElement[bool]:
    is_kind = _ENTRY.c.kind == kind
    return is_kind if which is None else sa.and_(is_kind, which.correlate(_ENTRY).exists())


def _without_words(asked: SearchFilter, limit: int, offset: int) -> sa.Select[Any]:
    """What the filter alone asks for, newest first."""
    parts = []
    for kind, table, at, may, which in (
        ("item", _ITEM, _ITEM.c.arrived_at, _may_be_item, _of_items),
        ("initiative", _INITIATIVE, _INITIATIVE.c.changed_at, _may_be_initiative, _of_initiatives),
    ):
        if may(asked):
            query = which(asked, None) if asked.narrowed else None
            query = sa.select(table) if query is None else query
            # Items arrive in the order of their numbers: what is newest needs no sorting.
            query = query.with_only_columns(sa.literal(kind).label("kind"), table.c.id, at.label("at"))
            parts.append(sa.select(query.order_by(table.c.id.desc()).limit(limit + offset).subquery()))
    if not parts:
        return sa.select(sa.literal("item").label("kind"), _ITEM.c.id).where(sa.false())
    both = sa.union_all(*parts).subquery()
    newest = (both.c.at.desc(), both.c.id.desc())
    return sa.select(both.c.kind, both.c.id).order_by(*newest).limit(limit).offset(offset)


def _may_be_item(asked: SearchFilter) -> bool:
    return asked.kind != "initiative" and asked.state not in set(InitiativeState)


def _may_be_initiative(asked: SearchFilter) -> bool:
    return asked.kind != "item" and not asked.source and not asked.reason and asked.state not in set(ItemState)


def _of_items(asked: SearchFilter, id: Any) -> sa.Select[Any] | None:
    """The items of this filter, or the one with this number where the filter asks for it; None: each of them."""
    if not asked.narrowed:
        return None
    query = sa.select(_ITEM.c.id)
    if id is not None:
        query = query.where(_ITEM.c.id == id)
    for column, value in (
        (_ITEM.c.state, asked.state), (_ITEM.c.language, asked.language), (_ITEM.c.source_id, asked.source)
    ):  # fmt: skip
        if value:
            query = query.where(column == value)
    for kind, code in (("issue", asked.issue), ("country", asked.country)):
        if code:
            query = query.where(
                sa.exists().where(
                    _ITEM_FACET.c.item_id == _ITEM.c.id, _ITEM_FACET.c.kind == kind, _ITEM_FACET.c.code == code
                )
            )
    if asked.decided_by or asked.reason:
        undoing = _DECISION.alias()
        made = sa.exists().where(
            _DECISION.c.item_id == _ITEM.c.id,
            _DECISION.c.verdict != Verdict.UNDO.value,
            ~sa.exists().where(undoing.c.undoes == _DECISION.c.id),
        )
        if asked.decided_by:
            made = made.where(_DECISION.c.person_id == asked.decided_by)
        if asked.reason:
            made = made.where(_DECISION.c.reason == asked.reason)
        query = query.where(made)
    return _within(query, _ITEM.c.arrived_at, _ITEM.c.changed_at, asked)


def _of_initiatives(asked: SearchFilter, id: Any) -> sa.Select[Any] | None:
    """The initiatives of this filter, or the one with this number where the filter asks for it; None: each of them."""
    if not asked.narrowed:
        return None
    query = sa.select(_INITIATIVE.c.id)
    if id is not None:
        query = query.where(_INITIATIVE.c.id == id)
    if asked.state:
        query = query.where(_INITIATIVE.c.state == asked.state)
    for kind, code in (("issue", asked.issue), ("country", asked.country), ("language", asked.language)):
        if code:
            query = query.where(_INITIATIVE.c.id.in_(with_code(kind, code)))
    if asked.decided_by:
        query = query.where(
            sa.or_(*(_INITIATIVE.c[who] == asked.decided_by for who in ("drafted_by", "changed_by", "approved_by")))
        )
    return _within(query, _INITIATIVE.c.changed_at, _INITIATIVE.c.changed_at, asked)


def _count_codes(db: sa.Connection, by: dict[str, Counter[str]], table: sa.Table, key: str, ids: Sequence[int]) -> None:
    query = sa.select(table.c.kind, table.c.code, sa.func.count()).where(table.c[key].in_(ids))
    for kind, code, number in db.execute(query.group_by(table.c.kind, table.c.code)):
        if kind in by:
            by[kind][code] += number


def with_code(kind: str, code: str) -> sa.Select[tuple[int]]:
    """The numbers of initiatives whose newest revision has this issue, type, country or language."""
    return sa.select(_FACET.c.initiative_id).where(_FACET.c.kind == kind, _FACET.c.code == code)


def _within(query: sa.Select[Any], at: Any, changed: Any, asked: SearchFilter) -> sa.Select[Any]:
    if asked.since:
        query = query.where(at >= _midnight(asked.since))
    if asked.until:
        query = query.where(at < _midnight(asked.until) + timedelta(days=1))
    if asked.changed_since:
        query = query.where(changed >= _midnight(asked.changed_since))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _with_sources(db: sa.Connection, wanted: Search) -> Search:
    """The search in which a word may stand for a source whose name has it."""
    if not wanted:
        return wanted
    named = [
        (_source_word(row.id), search.words(row.name)) for row in db.execute(sa.select(_SOURCE.c.id, _SOURCE.c.name))
    ]

    def too(term: Term) -> list[Term]:
        return [term, *[Term((word,)) for word, name in named if search.says(name, term)][:_MOST_SOURCES]]

    return Search(
        tuple(tuple(one for term in group for one in too(term)) for group in wanted.wanted),
        tuple(one for term in wanted.unwanted for one in too(term)),
    )


def _items(db: sa.Connection, ids: Sequence[int]) -> list[Found]:
    said: dict[int, Any] = {}
    notes: dict[int, list[str]] = {}
    for row in db.execute(sa.select(_DECISION).where(_DECISION.c.item_id.in_(ids)).order_by(_DECISION.c.id)):
        said[row.item_id] = row
        if row.note:
            notes.setdefault(row.item_id, []).append(row.note)
    columns = [
        _ITEM.c[name] for name in ("id", "state", "title", "summary", "text", "language", "arrived_at", "sample")
    ]
    query = sa.select(*columns, _SOURCE.c.name).join(_SOURCE, _SOURCE.c.id == _ITEM.c.source_id)
    return [
        Found(
            kind="item",
            id=row.id,
            state=row.state,
            title=row.title,
            language=row.language,
            source=row.name,
            at=row.arrived_at,
            passages=(row.text or row.summary, *([row.summary] if row.text else []), *notes.get(row.id, ())),
            reason=said[row.id].reason if row.id in said and row.state == ItemState.EXCLUDED.value else None,
            sample=row.sample,
        )
        for row in db.execute(query.where(_ITEM.c.id.in_(ids)))
    ]


def _initiatives(db: sa.Connection, ids: Sequence[int]) -> list[Found]:
    newest = sa.and_(_REVISION.c.initiative_id == _INITIATIVE.c.id, _REVISION.c.revision == _INITIATIVE.c.revision)
    query = sa.select(_INITIATIVE, _REVISION.c.content).join(_REVISION, newest).where(_INITIATIVE.c.id.in_(ids))
    found = []
    for row in db.execute(query):
        content = Initiative.model_validate(row.content)
        language, wording = content.wording("en")
        others = [one.title for code, one in content.wordings.items() if code != language]
        found.append(
            Found(
                kind="initiative",
                id=row.id,
                state=row.state,
                title=wording.title,
                language=language,
                at=row.changed_at,
                passages=(*_passages(content), *others),
                sample=row.sample,
            )
        )
    return found


def _chunks(ids: Sequence[int]) -> list[list[int]]:
    return [list(ids[start : start + _CHUNK]) for start in range(0, len(ids), _CHUNK)]
