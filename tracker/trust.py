"""What may a model learn from the decisions, and may it be put in service?

One model a time answers for everything: the order of the queue and the tags. It is taught by four of five decided
items. The fifth (chosen by a hash of the item's number, so that it never changes) teaches no model ever, and is what a
new model and the one in service are compared on; where thirty of these were drawn by chance, those alone.

A new model has to be no worse on all that is held out, and on what is left of it without the decisions of each account
in turn: whoever decides much cannot both teach a model and vouch for it.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tracker import apart, quality
from tracker.learning import kept, measure, ranking, tags
from tracker.learning.features import INITIATIVE, QUEUE, Floats, Table, Weights
from tracker.learning.measure import ENOUGH_HELD_OUT
from tracker.learning.tags import Decided, Model
from tracker.model import Drawn

if TYPE_CHECKING:
    from tracker.store.teaching import Taught

ONE_IN = 5  # decided items that are held out
ISSUE, TYPE = "issue:", "type:"
_OTHERS = 6_000  # undecided items that a fit in a process of its own is given


class Split(NamedTuple):
    """Decisions that may teach, and those that models are compared on."""

    teach: list[Taught]
    held_out: list[Taught]  # none while there are too few: then all teach


def is_held_out(item_id: int) -> bool:
    """Whether decisions on this item teach no model; the same for ever."""
    return zlib.crc32(str(item_id).encode()) % ONE_IN == 0


def split(taught: Sequence[Taught]) -> Split:
    """Four of five decisions to teach, the others to compare by: random checks alone where there are enough of them."""
    held = [one for one in taught if is_held_out(one.item_id)]
    if len(held) < ENOUGH_HELD_OUT:
        return Split(list(taught), [])
    audits = [one for one in held if one.drawn_by is Drawn.AUDIT]
    teach = [one for one in taught if not is_held_out(one.item_id)]
    return Split(teach, audits if len(audits) >= ENOUGH_HELD_OUT else held)


def answers(taught: Sequence[Taught], names: Sequence[str]) -> dict[str, tuple[list[int], list[bool]]]:
    """For each tag: which of the decisions say something of it (their places in the list), and whether it is so."""
    found: dict[str, tuple[list[int], list[bool]]] = {name: ([], []) for name in names}

    def say(name: str, place: int, so: bool) -> None:
        found[name][0].append(place)
        found[name][1].append(so)

    for place, one in enumerate(taught):
        wanted = quality.tells_initiative(one.verdict, one.reason)
        if wanted is not None:
            say(QUEUE, place, wanted)
            say(INITIATIVE, place, wanted)
        issues = quality.tells_issues(one.verdict, one.reason, one.issues)
        for name in names:
            if name.startswith(ISSUE) and issues is not None:
                say(name, place, name.removeprefix(ISSUE) in issues)
            elif name.startswith(TYPE) and one.types:
                say(name, place, name.removeprefix(TYPE) in one.types)
    return found


def fit(table: Table, row_of: Mapping[int, int], teach: Sequence[Taught], version: int) -> Model | None:
    """What these decisions teach: order and tags in one model; None while there is too little of everything.

    Decisions on items that the table does not hold are passed over. A tag that is not in the model is left to the word
    lists. No account counts for more than all others together (`ranking.fair_weights`).
    """
    known = [one for one in teach if one.item_id in row_of]
    if not known:
        return None
    each = ranking.fair_weights([one.person_id for one in known])
    rows = np.array([row_of[one.item_id] for one in known], dtype=np.intp)
    told = answers(known, table.names)
    places, wanted = told.pop(QUEUE)
    order = ranking.learn(table, rows[places], wanted, each[places])
    decided = {
        name: Decided.of(rows[of], so, each[of])
        for name, (of, so) in told.items()
        if min(sum(so), len(so) - sum(so)) >= tags.ENOUGH
    }
    if order is None and not decided:
        return None
    return _joined(tags.fit(table, decided, version=str(version)), order, digest(known), len(known))


def fit_apart(
    table: Table,
    row_of: Mapping[int, int],
    teach: Sequence[Taught],
    version: int,
    until: Callable[[], bool] = lambda: False,
) -> Model | None:
    """The same as `fit`, in a process of its own: what fits takes some 100 MB that are not needed afterwards.

    It is given the decided items and a few thousand others, drawn evenly; how rare a word is, is counted over these.
    """
    known = [one for one in teach if one.item_id in row_of]
    decided = {one.item_id for one in known}
    rest = [item for item in row_of if item not in decided]
    items = [*decided, *rest[:: max(1, len(rest) // _OTHERS)]]
    part = table.at([row_of[item] for item in items])
    answer = apart.run(until, _fit_kept, part, {item: row for row, item in enumerate(items)}, known, version)
    return None if answer is None else kept.from_bytes(answer)


def _fit_kept(table: Table, row_of: Mapping[int, int], teach: Sequence[Taught], version: int) -> bytes | None:
    model = fit(table, row_of, teach, version)
    return None if model is None else kept.to_bytes(model)


def _joined(model: Model, order: Weights | None, data: str, decisions: int) -> Model:
    """The model with the order of the queue as one more tag: its probability is the place (`ranking.place`)."""
    model = replace(model, digest=data, decisions=decisions)
    if order is None:
        return model

    def twice(part: Floats) -> Floats:  # half precision, as it is kept
        return (2 * part).astype(np.float16).astype(np.float32)

    weights = model.weights
    return replace(
        model,
        tags=(QUEUE, *model.tags),
        learnt=(True, *model.learnt),
        weights=Weights(
            rarity=weights.rarity,
            words=np.concatenate([twice(order.words), weights.words]),
            said=np.concatenate([twice(order.said), weights.said]),
            vectors=np.concatenate([twice(order.vectors), weights.vectors]),
            offsets=np.concatenate([2 * order.offsets, weights.offsets]),
        ),
    )


def proven(model: Model, own: Mapping[str, Any], lists: Mapping[str, Any]) -> Model:
    """The model with those tags left to the word lists that these find better on what is held out, by F1.

    `own` and `lists` are the `scores` of both. A rare tag of which nothing could be measured is the word lists' too:
    they know it, and a handful of decisions makes it worse. Where nothing at all is held out, the model stays as it is.
    """
    if not own:
        return model
    return replace(
        model,
        learnt=tuple(
            tag == QUEUE or (own.get(tag, {}).get("positive", 0) >= tags.ENOUGH and own[tag]["f1"] >= lists[tag]["f1"])
            for tag in model.tags
        ),
    )


def _untried(model: Model) -> Model:
    """The model as it would answer if nothing were left to the word lists: this is what is compared."""
    return replace(model, learnt=(True,) * len(model.tags))


def only(model: Model, *wanted: str) -> Model:
    """The model with these tags alone: less work where the others are not asked for."""
    place = [model.tags.index(tag) for tag in wanted]
    weights = model.weights
    part = replace(
        weights,
        words=weights.words[place],
        said=weights.said[place],
        vectors=weights.vectors[place],
        offsets=weights.offsets[place],
    )
    return replace(model, tags=wanted, learnt=tuple(model.learnt[one] for one in place), weights=part)


def digest(teach: Sequence[Taught]) -> str:
    """Of the decisions that taught a model, as they stood: another digest, another teaching."""
    told = hashlib.sha256()
    for one in teach:
        told.update(f"{one.id} {one.verdict.value} {one.reason} {one.issues} {one.types}\n".encode())
    return told.hexdigest()


# ------------------------------------------------------------------------------------------------------ held against it


def scores(table: Table, row_of: Mapping[int, int], held_out: Sequence[Taught], model: Model | None) -> dict[str, Any]:
    """How well a model (None: the word lists) does on decisions that did not teach it, by tag."""
    known = [one for one in held_out if one.item_id in row_of]
    said = _said(table, row_of, known, model)
    told = {
        tag: (np.array(so, dtype=bool), said[tag][of]) for tag, (of, so) in answers(known, table.names).items() if so
    }
    found: dict[str, Any] = {tag: _measured(*one) for tag, one in told.items() if tag != QUEUE}
    if QUEUE in told:  # an order, no probability
        true, place = told[QUEUE]
        average = measure.average_precision(true, place)
        found[QUEUE] = {
            "average_precision": None if math.isnan(average) else round(average, 4),
            "n": len(true),
            "positive": int(true.sum()),
        }
    return found


def _measured(true: npt.NDArray[np.bool_], likely: Floats) -> dict[str, float | int | None]:
    found = measure.found(true, likely >= quality.SAID_FROM)
    numbers = {
        "precision": found.precision.value,
        "recall": found.recall.value,
        "f1": found.f1,
        "average_precision": measure.average_precision(true, likely),
        "calibration_error": measure.calibration_error(true, likely),
    }
    # What is not known is null: JSON has no number for it.
    rounded = {name: None if math.isnan(value) else round(value, 4) for name, value in numbers.items()}
    return {**rounded, "n": len(true), "positive": int(true.sum())}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model may be put in service, with a sentence that says why."""

    good: bool
    why: str
    comparison: measure.Comparison | None = None


def judge(
    table: Table,
    row_of: Mapping[int, int],
    held_out: Sequence[Taught],
    new: Model,
    old: Model | None,
    names: Mapping[int, str],
) -> Verdict:
    """Whether the new model may take the place of the old one (None: of the word lists).

    `names` are those of the accounts, for the sentence. Where too little is held out, the newer one may.
    """
    known = [one for one in held_out if one.item_id in row_of]
    if len(known) < ENOUGH_HELD_OUT:
        return Verdict(True, f"{len(known)} decisions are held out, too few to compare: the newest serves")
    # A tag that one of the two left to the word lists, or did not know yet, is no change for the worse.
    both = [tag for tag in new.tags if tag != QUEUE and not tag.startswith(TYPE) and (old is None or tag in old.tags)]
    told = {tag: one for tag, one in answers(known, table.names).items() if tag in both and one[0]}
    if not told:
        return Verdict(True, "nothing was learnt that could be compared: the newest serves")
    before = _said(table, row_of, known, None if old is None else _untried(old))
    place_of, true, was, now = _pairs(told, before, _said(table, row_of, known, _untried(new)))
    person = np.array([one.person_id for one in known])[place_of]
    whole = measure.compare(was, now, true)
    what = "the word lists" if old is None else f"model {old.version}"
    if not whole.better:
        return Verdict(False, f"worse than {what} on {len(known)} held-out decisions ({_losses(whole)})", whole)
    for one, made in Counter(each.person_id for each in known).most_common():
        others = person != one
        if len(known) - made < ENOUGH_HELD_OUT:
            continue
        without = measure.compare(was[others], now[others], true[others])
        if not without.better:
            name = names.get(one, f"account {one}")
            return Verdict(
                False,
                f"worse than {what} on what everybody but {name} decided ({_losses(without)}); "
                f"look at the decisions of {name}",
                without,
            )
    return Verdict(True, f"no worse than {what} on {len(known)} held-out decisions ({_losses(whole)})", whole)


def _losses(comparison: measure.Comparison) -> str:
    return f"log loss {comparison.new:.3f}, before {comparison.old:.3f}"


def _pairs(
    told: Mapping[str, tuple[list[int], list[bool]]], before: Mapping[str, Floats], after: Mapping[str, Floats]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_], Floats, Floats]:
    """Every answer on initiatives and issues in one row: place of its decision, what is so, what both models said."""
    asked = list(told)
    return (
        np.concatenate([np.array(told[tag][0], dtype=np.intp) for tag in asked]),
        np.concatenate([np.array(told[tag][1], dtype=bool) for tag in asked]),
        np.concatenate([before[tag][told[tag][0]] for tag in asked]),
        np.concatenate([after[tag][told[tag][0]] for tag in asked]),
    )


def _said(table: Table, row_of: Mapping[int, int], known: Sequence[Taught], model: Model | None) -> dict[str, Floats]:
    part = table.at([row_of[one.item_id] for one in known])
    return {name: part.say(name) for name in table.names} | (model.say(part) if model else {})
