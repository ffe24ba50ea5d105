"""Which of the items that have just arrived tell a story that is known in other words? They stand behind it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tracker import similarity
from tracker.model import Likeness
from tracker.similarity import Told
from tracker.store import Store
from tracker.store.items import Unread
from tracker.store.stories import MOST_OF_A_MARK, Behind

MOST_COMPARED = 4  # items that a new one is compared with, word by word
# Two items are compared when the marks that they share weigh so much (a mark of n stories weighs 1/n), or, when they
# are so large a part of the new item's marks, half of that.
RARE, MANY = 0.8, 0.25
NAMED_FROM = 0.5  # probability from which a suggested country counts as the one that an item speaks of


@dataclass
class Found:
    """What is to be written of arrived items, by their numbers."""

    marks: dict[int, list[int]] = field(default_factory=dict)  # of those that stand for a story: what to find it by
    behind: list[Behind] = field(default_factory=list)


def find(store: Store, arrived: Sequence[Unread]) -> Found:
    """Which of these items stand behind earlier ones, in the store or among themselves. Writes nothing.

    Only items that nobody has placed or decided, and whose source has not changed them, are looked at.
    """
    result = Found()
    alone = [item for item in arrived if item.is_untouched]
    if not alone:
        return result
    texts = [similarity.told(item) for item in alone]
    all_marks = similarity.marks(texts)
    with store.reading():
        there = store.marked({value for marks in all_marks for value in marks})
        likely = [most_shared(marks, there) for marks in all_marks]
        standing = store.standing(id for ids in likely for id in ids)
    here: dict[int, list[int]] = {}  # mark: the items of this call that have it and stand for a story
    told_here: dict[int, Told] = {}
    hashes = {one.id: one.content_hash for one in standing.values()} | {item.id: item.content_hash for item in alone}
    for item, text, marks, ids in zip(alone, texts, all_marks, likely, strict=True):
        stories = {standing[id].id: similarity.told(standing[id]) for id in ids if id in standing}
        stories |= {id: told_here[id] for id in most_shared(marks, here)}
        scores = {id: score for id, story in stories.items() if (score := similarity.alike(text, story)) is not None}
        if scores:
            best = min(scores, key=lambda id: (-scores[id], id))
            kind = Likeness.EXACT if hashes[best] == item.content_hash else Likeness.NEAR
            result.behind.append(Behind(id=item.id, stands=best, kind=kind, score=scores[best]))
            continue
        told_here[item.id] = text
        result.marks[item.id] = [value for value in marks if len(there.get(value, ())) < MOST_OF_A_MARK]
        for value in marks:
            here.setdefault(value, []).append(item.id)
    return result


def most_shared(marks: Sequence[int], there: Mapping[int, Sequence[int]]) -> list[int]:
    """The few that share most with these marks, best first; a mark of many stories is a manner of speaking."""
    weights: dict[int, float] = defaultdict(float)
    shared: Counter[int] = Counter()
    for value in marks:
        ids = there.get(value, ())
        if len(ids) < MOST_OF_A_MARK:
            shared.update(ids)
            for id in ids:
                weights[id] += 1 / len(ids)
    enough = [id for id, weight in weights.items() if weight >= (RARE / 2 if shared[id] >= MANY * len(marks) else RARE)]
    return sorted(enough, key=lambda id: (-weights[id], id))[:MOST_COMPARED]
