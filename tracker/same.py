"""Which initiatives may be the one that somebody is about to make?

By the words of titles and summaries in every language that they have, rare words counting for more, each cut to its
first six letters so that `violence`, `violencia` and `violences` are one; then by country, type and dates. What an
item's evidence means across languages is asked of `tongues`. The store looks words up in a table, so that the answer
takes as long among ten thousand as among a hundred.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from tracker import tongues
from tracker.model import Initiative, InitiativeState, Record, Value
from tracker.store import Store
from tracker.store.alike import Spread
from tracker.text import folded

ROOT = 6  # letters of a word that count
SHORTEST_WORD = 4
ASKED_WORDS, COMMONEST = 16, 500  # the rarest words are looked up, and none that more initiatives have
COMPARED = 20  # initiatives that are read whole
LIKELY, FEW_WORDS = 0.34, 0.25  # from here on one is shown; what shares fewer words is another one, wherever it is
NEAR = timedelta(days=45)
UNSEEN = 200  # initiatives that a young tracker does not have yet: a word that two of three have is not common

_WORD = re.compile(r"[^\W_]+")


class Why(StrEnum):
    """What two initiatives have in common."""

    WORDS = "words"
    MEANING = "meaning"  # of the items behind them, in whatever language
    COUNTRY = "country"
    TYPE = "type"
    DATES = "dates"
    SOURCE = "source"  # an item stands behind both


class Similar(Value):
    """An initiative that may be the same, and why."""

    id: int
    title: str
    state: InitiativeState
    score: float  # 0 to 1
    why: tuple[Why, ...]


def similar_initiatives(store: Store, item_id: int, now: datetime, limit: int = 4) -> list[Similar]:
    """Initiatives, public ones and drafts, that may be what this item reports, likeliest first. Raises NotFound."""
    store.index_words(words_of)
    with store.reading():
        item = store.item(item_id, now).item
        countries = store.countries_of([item_id]).get(item_id, frozenset())
        like = _words_of_texts([item.title, item.summary or item.text[:600]])
        found = _by_words(store, like, Initiative(countries=tuple(sorted(countries))), frozenset())
        for may_be in tongues.may_be(store, item_id, now, limit):
            if may_be.by == Why.MEANING:
                _mean(store, found, may_be.id, may_be.score)
    return _best(found, limit)


def similar_to(store: Store, record_id: int, now: datetime, limit: int = 4) -> list[Similar]:
    """Other initiatives that may be the same as this one, likeliest first. Raises NotFound."""
    store.index_words(words_of)
    with store.reading():
        record = store.record(record_id)
        items = [one.item.id for one in store.evidence(record_id)]
        found = _by_words(store, frozenset(words_of(record.initiative)), record.initiative, frozenset({record_id}))
        for item_id in items[:3]:
            for may_be in tongues.may_be(store, item_id, now, limit + 1):
                if may_be.by == Why.MEANING and may_be.id != record_id:
                    _mean(store, found, may_be.id, may_be.score)
        for other in store.reported_by(items) - {record_id}:
            _add(store, found, other, 1.0, Why.SOURCE)
    return _best(found, limit)


def words_of(initiative: Initiative) -> frozenset[int]:
    """Numbers for the words that an initiative is found by: of its titles and summaries, in every language."""
    return _words_of_texts(
        text for wording in initiative.wordings.values() for text in (wording.title, wording.summary[:600])
    )


def resemblance(ours: frozenset[int], theirs: frozenset[int], spread: Spread) -> float:
    """Which part of the rarer words of whichever has fewer stands in the other, 0 to 1; few words count for less."""
    weights = {word: _weight(word, spread) for word in ours | theirs}
    shared = sum(weights[word] for word in ours & theirs)
    least = min(sum(weights[word] for word in ours), sum(weights[word] for word in theirs))
    return shared / max(least, 8 * _weight(-1, spread)) if shared else 0.0


def alike(ours: Initiative, theirs: Initiative, words: float) -> tuple[float, tuple[Why, ...]]:
    """How likely two initiatives are the same, 0 to 1, given which part of their words they share, and why."""
    if words < FEW_WORDS:
        return words, ()
    score, why = words, [Why.WORDS]
    if ours.countries and theirs.countries:
        if set(ours.countries) & set(theirs.countries):
            score, why = score + 0.08, [*why, Why.COUNTRY]
        else:
            score *= 0.35
    if set(ours.types) & set(theirs.types):
        score, why = score + 0.06, [*why, Why.TYPE]
    dates = [one.start or one.announced for one in (ours, theirs)]
    if dates[0] and dates[1]:
        if abs(dates[0].first_day - dates[1].first_day) <= NEAR:
            score, why = score + 0.04, [*why, Why.DATES]
        else:
            score *= 0.8
    return min(score, 1.0), tuple(why)


def _words_of_texts(texts: Iterable[str]) -> frozenset[int]:
    words = _WORD.findall(folded(" ".join(texts)))
    return frozenset(zlib.crc32(word[:ROOT].encode()) for word in words if len(word) >= SHORTEST_WORD)


def _weight(word: int, spread: Spread) -> float:
    return math.log((spread.total + UNSEEN) / (spread.having.get(word, 0) + 1))


_Found = dict[int, Similar]


def _by_words(store: Store, words: frozenset[int], like: Initiative, but: frozenset[int]) -> _Found:
    spread = store.spread(words)
    rare = sorted(
        (word for word in words if 0 < spread.having.get(word, 0) <= COMMONEST), key=lambda word: spread.having[word]
    )
    shared: dict[int, float] = defaultdict(float)
    for id, word in store.with_words(rare[:ASKED_WORDS]):
        shared[id] += _weight(word, spread)
    ids = sorted((id for id in shared if id not in but), key=lambda id: -shared[id])[:COMPARED]
    found: _Found = {}
    if not ids:
        return found
    records = [one for one in store.records(ids=ids, limit=COMPARED) if _is_there(one)]
    words_there = [words_of(record.initiative) for record in records]
    spread.having.update(store.spread(frozenset().union(*words_there) - words).having)
    for record, theirs in zip(records, words_there, strict=True):
        score, why = alike(like, record.initiative, resemblance(words, theirs, spread))
        if score >= LIKELY:
            _, wording = record.initiative.wording("en")
            found[record.id] = Similar(
                id=record.id, title=wording.title, state=record.state, score=round(score, 3), why=why
            )
    return found


def _mean(store: Store, found: _Found, id: int, score: float) -> None:
    _add(store, found, id, score, Why.MEANING)


def _add(store: Store, found: _Found, id: int, score: float, why: Why) -> None:
    there = found.get(id)
    if there is None:
        record = store.record(id)
        if not _is_there(record):
            return
        there = Similar(id=id, title=record.initiative.wording("en")[1].title, state=record.state, score=0.0, why=())
    found[id] = there.but(score=max(there.score, round(score, 3)), why=(why, *there.why))


def _is_there(record: Record) -> bool:
    return record.state is not InitiativeState.DROPPED and record.merged_into is None


def _best(found: _Found, limit: int) -> list[Similar]:
    return sorted(found.values(), key=lambda one: (-one.score, one.id))[:limit]
