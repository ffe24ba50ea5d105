"""Which items tell, in another language, a story that is known? A pass of its own: the encoder takes 160 MB.

An item whose translation is found for sure stands behind it; one that is only likely is shown beside it at the desk and
stays where it is. Without the extra `semantic` the same pass goes by numbers, references and names alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from tracker import similarity, translation, vectors
from tracker.model import MISSING_LANGUAGE, Item, Likeness
from tracker.store import Store
from tracker.store.stories import Behind, Meant, ToMean
from tracker.text import folded
from tracker.translation import FORTNIGHT, Meaning, Pool

AT_ONCE = 64  # items of one transaction, some 0.3 s of encoding
MOST_NEAR, MOST_BESIDE = 20_000, 1_500  # items of the same days and countries, in the pass and for a page; the newest
MOST_REPORTED = 500  # items behind initiatives that one is compared with
MAY_BE, MAY_BE_BY_WORDS = 0.55, 0.4  # cosine; part of the longer words of the longer title


def make(store: Store, now: datetime, *, most: int | None = None, until: Callable[[], bool] = lambda: False) -> int:
    """How many items were compared across languages now: all that were read and still to be compared, or `most`.

    Each few are one transaction; after each of them `until()` may end the work, and the next call goes on.
    """
    version = vectors.VERSION if vectors.available() else translation.VERSION
    done = 0
    while some := store.to_mean(
        AT_ONCE if most is None else min(AT_ONCE, most - done), version, translation.VERSION, now
    ):
        alone = [one for one in some if one.item.copy_of is None or one.item.copy_kind is Likeness.TRANSLATION]
        meant = _meanings(store, alone, version)
        behind = _behind(store, alone, meant)
        with store.writing():
            store.add_meanings(meant, {one.item.id: one.item.content_hash for one in some}, version)
            store.stand_behind(behind)
        done += len(some)
        if until() or done == most:
            break
    return done


def _meanings(store: Store, some: Sequence[ToMean], version: str) -> list[Meant]:
    told = [similarity.told(one.item) for one in some]
    countries = store.countries_of(one.item.id for one in some)
    encoded = (
        [vectors.packed(row) for row in vectors.encode(list(map(translation.text_of, told)))]
        if version == vectors.VERSION
        else [None] * len(some)
    )
    return [
        Meant(
            id=one.item.id,
            language=one.language if one.language != MISSING_LANGUAGE else one.item.declared_language or one.language,
            countries=countries.get(one.item.id) or frozenset([one.source_country] if one.source_country else []),
            day=_day(one.item),
            signs=translation.packed(translation.signs(text)),
            vector=vector,
            version=version,
            story=one.item.copy_of,
        )
        for one, text, vector in zip(some, told, encoded, strict=True)
    ]


def _day(item: Item) -> int:
    return (item.dated or item.arrived_at).toordinal()


def _behind(store: Store, some: Sequence[ToMean], meant: Sequence[Meant]) -> list[Behind]:
    """What is to stand behind earlier items of the store or of this call."""
    ids = {one.id for one in meant}
    pool = Pool(_compared([one for one in _near(store, meant) if one.id not in ids]))
    behind: dict[int, Behind] = {}
    for one, new, meaning in zip(some, meant, _compared(meant), strict=True):
        if one.is_untouched:
            for twin in pool.twins(meaning, most=1):
                if twin.sure:
                    stands = behind[twin.id].stands if twin.id in behind else twin.id
                    behind[new.id] = Behind(id=new.id, stands=stands, kind=Likeness.TRANSLATION, score=twin.score)
                    pool.add(meaning._replace(story=stands))
        if new.id not in behind:
            pool.add(meaning)
    return list(behind.values())


def _near(store: Store, meant: Sequence[Meant], most: int = MOST_NEAR) -> list[Meant]:
    """What is known of all that could be a translation of one of these."""
    days = {day for one in meant if one.day for day in range(one.day - FORTNIGHT, one.day + FORTNIGHT + 1)}
    anywhere = any(not one.countries for one in meant)
    return store.meant_near(days, None if anywhere else {code for one in meant for code in one.countries}, most)


def _compared(kept: Sequence[Meant]) -> list[Meaning]:
    """The same, as it is compared. Vectors of another version count as none."""
    with_vector = [one for one in kept if one.vector is not None and one.version == vectors.VERSION]
    rows = vectors.unpacked([one.vector for one in with_vector if one.vector is not None])
    row_of = {one.id: row for one, row in zip(with_vector, rows, strict=True)}
    return [
        Meaning(
            one.id, one.language, one.countries, one.day, translation.unpacked(one.signs), row_of.get(one.id), one.story
        )
        for one in kept
    ]


# ------------------------------------------------------------------------------------------------------- at the desk


class MayBe(NamedTuple):
    """Something that an item may be the same as."""

    id: int  # of an item or of an initiative
    title: str
    score: float  # 0 to 1
    by: str  # meaning | words


def may_tell_same(store: Store, item_id: int, limit: int = 3) -> list[MayBe]:
    """Items of other stories that may tell the story of this one in another language, likeliest first.

    Empty while the item was not compared yet.
    """
    with store.reading():
        new = store.meant(item_id)
        if new is None or new.day is None:
            return []
        own = new.story or new.id
        others = [one for one in _near(store, [new], MOST_BESIDE) if one.id != item_id and (one.story or one.id) != own]
        found = Pool(_compared(others)).twins(_compared([new])[0], most=limit)
        stands = store.standing(twin.id for twin in found)
    by = "words" if new.vector is None else "meaning"
    return list(
        {
            stands[twin.id].id: MayBe(stands[twin.id].id, stands[twin.id].title, twin.score, by)
            for twin in reversed(found)
        }.values()
    )[::-1]


def may_be(store: Store, item_id: int, now: datetime, limit: int = 3) -> list[MayBe]:
    """Initiatives that this item may report, likeliest first: by what the items behind them mean, else by titles.

    Only initiatives of the item's countries, or of none that is known. Raises NotFound.
    """
    with store.reading():
        item = store.item(item_id, now).item
        new = store.meant(item_id)
        countries = new.countries if new else store.countries_of([item_id]).get(item_id, frozenset())
        reported = store.reported(countries, MOST_REPORTED)
    best: dict[int, MayBe] = {}
    by_meaning = [one for one in reported if one.vector is not None] if new is not None and new.vector else []
    if by_meaning and new is not None and new.vector is not None:
        rows = vectors.unpacked([one.vector for one in by_meaning if one.vector is not None])
        cosines = rows @ vectors.unpacked([new.vector])[0]
        for place in (-cosines).argsort()[: 20 * limit]:
            one, score = by_meaning[place], min(float(cosines[place]), 1.0)
            if score >= MAY_BE and one.initiative_id not in best:
                best[one.initiative_id] = MayBe(one.initiative_id, one.title, round(score, 3), "meaning")
    own = _longer_words(item.title)
    for one in reported:
        score = max(_shared(own, _longer_words(title)) for title in {one.title, one.item_title})
        if score >= MAY_BE_BY_WORDS and score > best.get(one.initiative_id, MayBe(0, "", 0.0, "")).score:
            best[one.initiative_id] = MayBe(one.initiative_id, one.title, round(score, 3), "words")
    return sorted(best.values(), key=lambda one: (-one.score, one.id))[:limit]


@lru_cache(maxsize=4 * MOST_REPORTED)  # the next page compares much the same titles
def _longer_words(title: str) -> frozenset[str]:
    return frozenset(word for word in folded(title).replace("'", " ").split() if len(word) >= 4)


def _shared(ours: frozenset[str], theirs: frozenset[str]) -> float:
    return len(ours & theirs) / max(len(ours), len(theirs), 3)
