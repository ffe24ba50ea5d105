"""What do the decisions teach by now, and where does that put what waits? Pass after pass, in a process of its own.

`python -m tracker.learn --config FILE`; `tracker up` runs it. A pass compares new items across languages, takes them
in, fits a new model when enough was decided, ranks the queue and suggests. Everything that it makes is in the store, in
small transactions: it may be killed at any time, and the next one goes on. Pages only read what it has written.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tracker import apart, quality, tongues, translation, trust, vectors
from tracker.errors import BadInput, Busy, NotFound, TrackerError
from tracker.learning import kept
from tracker.learning.features import INITIATIVE, QUEUE, Table, columns, said
from tracker.learning.why import why
from tracker.model import KeptModel, ModelState, Scored, Suggestion
from tracker.store.teaching import BY_MODEL

if TYPE_CHECKING:
    from tracker.learning.features import Floats
    from tracker.learning.tags import Model
    from tracker.store import Store
    from tracker.store.teaching import Read, Said, Taught
    from tracker.taxonomy import Taxonomy

log = logging.getLogger(__name__)

REFIT_AFTER = 10  # decisions, or some and
REFIT_WITHIN = timedelta(minutes=5)
COMPARED_AT_ONCE = 1_000  # items across languages in one pass, some 5 s
TAKEN_IN_AT_ONCE = 2_000
RANKED_AT_ONCE = 2_000  # rows of one transaction
SUGGESTED = 200  # items at the head of the queue that a model speaks of
SHOWN_DOWN_TO = 0.3  # probabilities under it are not worth a line
WHO = "learning"
PAUSE_SECONDS = 10.0
BUSY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did."""

    compared: int = 0  # items across languages
    taken_in: int = 0  # items and newer versions of items
    model: KeptModel | None = None  # that was made
    ranked: int = 0  # items that have another place in the queue
    suggested: int = 0
    more: bool = False  # items are left for the next pass

    @property
    def idle(self) -> bool:
        return not (self.compared or self.taken_in or self.model or self.ranked or self.suggested)


class Learner:
    """What is remembered between two passes: every item as the models see it. Lost, it is read again from the store.

    Some 2 KB an item; one process at a time (`Store.alone`). What takes much memory for a short time (the encoder,
    fitting) is done in processes of its own where `own_processes` says so.
    """

    def __init__(self, store: Store, taxonomy: Taxonomy, *, own_processes: bool = False) -> None:
        self.store = store
        self._own_processes = own_processes
        self.table = Table(columns(taxonomy.codes("issues"), taxonomy.codes("types")))
        self.row_of: dict[int, int] = {}  # the newest row of each item
        self._up_to = 0  # the newest suggestion that was taken in
        self._lacking: dict[int, int] = {}  # suggestion and item of rows that may have a vector one day
        self._new: list[int] = []  # items whose row is new since the queue was ranked
        self._words = ""  # the version of the word lists
        self._model: Model | None = None
        self._ranked_by: int | None = None
        self._fitted_at: datetime | None = None
        self._fitted_up_to = 0  # the newest decision at that time

    def once(
        self,
        now: datetime,
        *,
        until: Callable[[], bool] = lambda: False,
        told: Callable[[str], None] = lambda _: None,
        refit: bool = False,
    ) -> Pass:
        """One pass. `until()` may end it between two transactions; `told` is called with what it is doing.

        A model is fitted after ten new decisions, or five minutes after the last one when there is a new one; with
        `refit` at the first of them.
        """
        newest = self.store.newest_suggestion()
        told("comparing new items across languages")
        compared = self._compare(now, until)
        taken_in = self._take_in(newest, until, told)
        if until():
            return Pass(compared, taken_in, more=True)
        told("looking at the decisions")
        made = self._fit(now, refit, until, told)
        serving = self._serving()
        told("ranking the queue")
        ranked = self._rank(serving, until)
        told("suggesting")
        suggested = self._suggest(serving, now)
        self._new = []
        return Pass(compared, taken_in, made, ranked, suggested, more=compared == COMPARED_AT_ONCE)

    # -------------------------------------------------------------------------------------------------------- reading

    def _compare(self, now: datetime, until: Callable[[], bool]) -> int:
        if not (self._own_processes and vectors.available()):
            return tongues.make(self.store, now, most=COMPARED_AT_ONCE, until=until)
        if not self.store.to_mean(1, vectors.VERSION, translation.VERSION, now):
            return 0
        return apart.run(until, _compare, self.store.url, now) or 0

    def _take_in(self, newest: int, until: Callable[[], bool], told: Callable[[str], None]) -> int:
        taken = 0
        while some := self.store.read_since(self._up_to, newest, TAKEN_IN_AT_ONCE):
            self._add(some)
            self._up_to = some[-1].suggestion_id
            taken += len(some)
            told(f"reading items: {len(self.row_of)}")
            if until():
                return taken
        if self._lacking:
            again = self.store.read_again(sorted(self._lacking)[: 4 * COMPARED_AT_ONCE])
            for one in again:
                del self._lacking[one.suggestion_id]
            with_vector = [one for one in again if one.vector is not None and one.vector_version == vectors.VERSION]
            self._add(with_vector)
            taken += len(with_vector)
        if len(self.table) > 1.25 * len(self.row_of) + TAKEN_IN_AT_ONCE:
            self._drop_old_rows()
        return taken

    def _add(self, some: Sequence[Read]) -> None:
        if not some:
            return
        first = len(self.table)
        meaning = np.zeros((len(some), vectors.SIZE), dtype=np.float32)
        having = [
            place for place, one in enumerate(some) if one.vector is not None and one.vector_version == vectors.VERSION
        ]
        meaning[having] = vectors.unpacked([some[place].vector or b"" for place in having])
        self.table.add([one.text for one in some], said([one.suggestion for one in some], self.table.names), meaning)
        for place, one in enumerate(some):
            self.row_of[one.item_id] = first + place
        self._new.extend(one.item_id for one in some)
        self._words = some[-1].suggestion.version
        if vectors.available():
            self._lacking |= {one.suggestion_id: one.item_id for one in some if one.vector is None}

    def _drop_old_rows(self) -> None:
        """Rows of items that have a newer one weigh words no more, and make room."""
        items = list(self.row_of)
        self.table = self.table.at([self.row_of[one] for one in items])
        self.row_of = {one: row for row, one in enumerate(items)}

    # ------------------------------------------------------------------------------------------------------- learning

    def _fit(
        self, now: datetime, at_once: bool, until: Callable[[], bool], told: Callable[[str], None]
    ) -> KeptModel | None:
        newest = self.store.newest_decision()
        last = self.store.models(limit=1)
        if self._fitted_at is None or (last and int(last[0].scores.get("up_to", 0)) > self._fitted_up_to):
            self._remember_last(last, now)  # also what another process has fitted since
        new = self.store.decided_after(self._fitted_up_to)
        due = new >= REFIT_AFTER or (new and (at_once or now - (self._fitted_at or now) >= REFIT_WITHIN))
        if not due:
            return None
        told("fitting a model")
        made = self._fit_all(now, newest, until, told)
        if until():
            return made
        self._fitted_at, self._fitted_up_to = now, newest
        return made

    def _remember_last(self, last: Sequence[KeptModel], now: datetime) -> None:
        self._fitted_at = last[0].made_at if last else now
        self._fitted_up_to = int(last[0].scores.get("up_to", 0)) if last else 0

    def _fit_all(
        self, now: datetime, newest: int, until: Callable[[], bool], told: Callable[[str], None]
    ) -> KeptModel | None:
        """A model of all decisions; where it is worse, one without the accounts that disagree with all others."""
        taught = self.store.taught()
        made = self._fit_one(taught, now, newest, "", until)
        if made is None or made.state is not ModelState.REFUSED:
            return made
        names = {one.id: one.name for one in self.store.people()}
        doubted = {one.person_id: one.name for one in quality.suspects(self.store.judged(), names)}
        if not doubted:
            return made
        told("fitting a model without the accounts that disagree")
        rest = [one for one in taught if one.person_id not in doubted]
        without = f"taught without {', '.join(sorted(doubted.values()))}, who disagree with what is suggested; "
        return self._fit_one(rest, now, newest, without, until) or made

    def _fit_one(
        self, taught: Sequence[Taught], now: datetime, newest: int, why_so: str, until: Callable[[], bool]
    ) -> KeptModel | None:
        teach, held_out = trust.split(taught)
        version = self.store.next_model()
        if self._own_processes:
            model = trust.fit_apart(self.table, self.row_of, teach, version, until)
        else:
            model = trust.fit(self.table, self.row_of, teach, version)
        if model is None:
            return None
        lists = trust.scores(self.table, self.row_of, held_out, None)
        model = trust.proven(model, trust.scores(self.table, self.row_of, held_out, model), lists)
        old = self.store.serving()
        verdict = self._judge(held_out, model, old)
        if not verdict.good:
            state, reason = ModelState.REFUSED, why_so + verdict.why
        elif old is not None and old.put_by is not None:
            state = ModelState.CANDIDATE
            reason = f"{why_so}{verdict.why}; model {old.version} was put in service by a person and stays"
        else:
            state, reason = ModelState.IN_SERVICE, why_so + verdict.why
        made = KeptModel(
            version=version,
            made_at=now,
            made_of=model.decisions,
            data_hash=model.digest,
            words=self._words,
            scores={
                "up_to": newest,
                "held_out": len(held_out),
                "tags": trust.scores(self.table, self.row_of, held_out, model),
                "word_lists": lists,
                "learnt": [tag for tag, so in zip(model.tags, model.learnt, strict=True) if so],
            },
            state=state,
            reason=reason,
        )
        self.store.add_model(made, None if state is ModelState.REFUSED else kept.to_bytes(model), WHO)
        log.info("model made version=%d state=%s decisions=%d", version, state.value, model.decisions)
        if state is ModelState.IN_SERVICE:
            self._model = model
        return made

    def _judge(self, held_out: Sequence[Taught], model: Model, old: KeptModel | None) -> trust.Verdict:
        """Whether the model is no worse than the one in service, and no worse than the oldest that can be asked.

        The second keeps many small steps, each within what chance explains, from leading far down.
        """
        # One that was taught by what is held out now looks better on it than it is: the word lists stand for it.
        measured = old is not None and old.scores.get("held_out", 0) > 0
        names = {one.id: one.name for one in self.store.people()}
        verdict = trust.judge(self.table, self.row_of, held_out, model, self._serving() if measured else None, names)
        if verdict.good and (anchor := self._anchor()) is not None:
            before = trust.judge(self.table, self.row_of, held_out, model, anchor, names)
            return verdict if before.good else before
        return verdict

    def _anchor(self) -> Model | None:
        """The oldest model that is kept and was taught by nothing of what is held out."""
        kept_ones = self.store.has_weights()
        for one in reversed(self.store.models(limit=1_000)):
            if one.version in kept_ones and one.scores.get("held_out", 0) > 0:
                try:
                    model = kept.from_bytes(self.store.weights(one.version))
                except BadInput:
                    continue
                if model.names == self.table.names:
                    return model
        return None

    def _serving(self) -> Model | None:
        """The model in service, ready to answer; None while there is none, or none of today's issues and types."""
        serving = self.store.serving()
        if serving is None:
            return None
        if self._model is None or self._model.version != str(serving.version):
            try:
                self._model = kept.from_bytes(self.store.weights(serving.version))
            except (BadInput, NotFound) as problem:
                log.error("model %d cannot be used: %s", serving.version, problem)  # noqa: TRY400
                return None
        return self._model if self._model.names == self.table.names else None

    # -------------------------------------------------------------------------------------------------------- ranking

    def _rank(self, model: Model | None, until: Callable[[], bool]) -> int:
        """How many items have another place now: all that wait after a new model, else the new ones."""
        if model is None or not self.row_of:
            return 0
        version = int(model.version)
        rows = list(self.row_of.values()) if self._ranked_by != version else [self.row_of[one] for one in self._new]
        if not rows:
            return 0
        items = list(self.row_of) if self._ranked_by != version else self._new
        places = self._places(model, rows)
        # What is written as thousandths alike is left: most of a queue hardly moves.
        waits = dict(self.store.waiting_scores())
        moved = [
            (one, float(place))
            for one, place in zip(items, places, strict=True)
            if one in waits and round(waits[one], 3) != round(float(place), 3)
        ]
        for start in range(0, len(moved), RANKED_AT_ONCE):
            self.store.rank(moved[start : start + RANKED_AT_ONCE])
            if until():
                return start  # the next pass begins anew
        self._ranked_by = version
        return len(moved)

    def _places(self, model: Model, rows: Sequence[int]) -> Floats:
        if QUEUE not in model.tags:
            return self.table.say(QUEUE)[rows]
        order = trust.only(model, QUEUE)
        if len(rows) > len(self.table) // 2:
            return order.say(self.table)[QUEUE][rows]
        return order.say(self.table.at(rows))[QUEUE]

    # ----------------------------------------------------------------------------------------------------- suggesting

    def _suggest(self, model: Model | None, now: datetime) -> int:
        """How many items have another suggestion: of the head of the queue and of what is new, where it differs."""
        if model is None:
            return 0
        head = [id for id, _ in self.store.waiting_scores(SUGGESTED)]
        ids = [one for one in dict.fromkeys([*head, *self._new[-SUGGESTED:]]) if one in self.row_of]
        if not ids:
            return 0
        before = self.store.said_of(ids)
        ids = [one for one in ids if one in before]
        part = self.table.at([self.row_of[one] for one in ids])
        answers = model.say(part)
        for tag, so in zip(model.tags, model.learnt, strict=True):
            if not so:
                del answers[tag]  # left to the word lists
        new: dict[int, tuple[int, Suggestion]] = {}
        for row, id in enumerate(ids):
            had = before[id]
            says = self._says(model, {tag: float(answers[tag][row]) for tag in answers}, had)
            if shows(says) != shows(had.shown):
                new[id] = (had.words_id, says)
        texts = self.store.texts_of(list(new))
        for row, id in enumerate(ids):
            if id in new and id in texts:
                of, says = new[id]
                new[id] = (of, _explained(says, model, part, row, texts[id]))
        return self.store.suggest_again(new, now)

    def _says(self, model: Model, answers: Mapping[str, float], had: Said) -> Suggestion:
        words = had.words
        return words.but(
            version=f"{BY_MODEL}{model.version}+{words.version}",
            issues=_scored(trust.ISSUE, answers, words.issues),
            types=_scored(trust.TYPE, answers, words.types),
            initiative=answers.get(INITIATIVE, words.initiative),
            score=answers.get(QUEUE, words.score),
        )


def shows(one: Suggestion) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """What an analyst sees of a suggestion: the likely issues and types in their order, and whether it reports one."""
    return (
        tuple(it.code for it in one.issues if it.score >= quality.SAID_FROM),
        tuple(it.code for it in one.types if it.score >= quality.SAID_FROM),
        one.initiative >= quality.SAID_FROM,
    )


def _scored(kind: str, answers: Mapping[str, float], words: Iterable[Scored]) -> tuple[Scored, ...]:
    """What the model says of each code of a kind, and the word lists of those that it has not learnt; best first."""
    by_words = {one.code: one for one in words}
    learnt = {tag.removeprefix(kind): score for tag, score in answers.items() if tag.startswith(kind)}
    found = [
        Scored(code=code, score=score, terms=by_words[code].terms if code in by_words else ())
        for code, score in learnt.items()
        if score >= SHOWN_DOWN_TO
    ]
    found += [one for code, one in by_words.items() if code not in learnt]
    return tuple(sorted(found, key=lambda one: -one.score))


def _explained(says: Suggestion, model: Model, part: Table, row: int, text: str) -> Suggestion:
    """The suggestion with the words for and against each code that the model has learnt."""
    learnt = {tag for tag, so in zip(model.tags, model.learnt, strict=True) if so}

    def explained(kind: str, some: Iterable[Scored]) -> tuple[Scored, ...]:
        return tuple(with_terms(kind, one) if kind + one.code in learnt else one for one in some)

    def with_terms(kind: str, one: Scored) -> Scored:
        reasons = why(part, row, text, model.weights, model.tags.index(kind + one.code), [])
        return one.but(
            terms=tuple(dict.fromkeys([*one.terms, *(term.text for term in reasons.pro)])),
            against=tuple(term.text for term in reasons.contra),
        )

    return says.but(issues=explained(trust.ISSUE, says.issues), types=explained(trust.TYPE, says.types))


def _compare(url: str, now: datetime) -> int:
    """One pass across languages, in a process of its own."""
    from tracker.store import Store

    store = Store(url)
    try:
        return tongues.make(store, now, most=COMPARED_AT_ONCE)
    finally:
        store.close()


# ---------------------------------------------------------------------------------------------------------- the service


def run(
    store: Store, taxonomy: Taxonomy, now: Callable[[], datetime], stop: threading.Event, pause: float = PAUSE_SECONDS
) -> None:
    """Passes until `stop` is set. While another process does the same, it waits; a pass that fails is logged."""
    while not stop.is_set():
        try:
            with store.alone(WHO):
                _run_alone(store, taxonomy, now, stop, pause)
        except Busy as busy:
            log.info("%s", busy)
            stop.wait(BUSY_SECONDS)
        except TrackerError as problem:
            log.error("pass failed: %s", problem)  # noqa: TRY400  # its sentence says it all
            stop.wait(BUSY_SECONDS)


def _run_alone(
    store: Store, taxonomy: Taxonomy, now: Callable[[], datetime], stop: threading.Event, pause: float
) -> None:
    learner = Learner(store, taxonomy, own_processes=True)
    while not stop.is_set():
        try:
            done = learner.once(now(), until=stop.is_set)
        except TrackerError:
            raise
        except Exception:
            # A bug must not end the ranking for good; the log has it whole, and everything is read anew.
            log.exception("pass failed")
            learner = Learner(store, taxonomy, own_processes=True)
            stop.wait(BUSY_SECONDS)
            continue
        if not done.idle:
            log.info("pass done compared=%d taken_in=%d ranked=%d suggested=%d",
                     done.compared, done.taken_in, done.ranked, done.suggested)  # fmt: skip
        if not done.more:
            stop.wait(pause)


def main() -> int:
    """The exit status: 0 after a signal, else that of what went wrong."""
    from tracker.here import Here

    options = argparse.ArgumentParser(prog="python -m tracker.learn", description=__doc__)
    options.add_argument("--config", type=Path, help="settings; else $TRACKER_CONFIG, else ./config.yaml")
    asked = options.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        place = Here(asked.config)
        run(place.store(), place.taxonomy, lambda: datetime.now(UTC), stop)
    except TrackerError as problem:
        log.error("%s", problem)  # noqa: TRY400
        return problem.exit_status
    log.info("learning stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
