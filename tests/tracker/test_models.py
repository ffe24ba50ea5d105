"""The rules of models on record: one in service, every change audited, and a person may choose."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from tests.makers import HOUR, NOW
from tests.tracker.teaching import arrive, decide, mixed
from tracker import models, vectors
from tracker.errors import NotAllowed, NotFound
from tracker.learn import Learner
from tracker.model import Drawn, KeptModel, ModelState, Person, Source
from tracker.store import Store
from tracker.store.engine import MIGRATIONS
from tracker.store.teaching import WEIGHTS_KEPT
from tracker.taxonomy import Taxonomy


@pytest.fixture(autouse=True)
def _without_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "available", lambda: False)


def a_model(version: int, state: ModelState = ModelState.IN_SERVICE, **changes: Any) -> KeptModel:
    good: dict[str, Any] = {
        "version": version,
        "made_at": NOW,
        "made_of": 10 * version,
        "data_hash": f"hash-{version}",
        "words": "words-1",
        "scores": {"held_out": 0, "up_to": 10 * version},
        "state": state,
        "reason": "because",
    }
    return KeptModel(**{**good, **changes})


def states(store: Store) -> dict[int, str]:
    return {one.version: one.state.value for one in store.models()}


def test_a_model_comes_back_as_it_was_kept(store: Store) -> None:
    store.add_model(a_model(1), b"weights", "learning")

    assert store.models() == [a_model(1)]
    assert store.serving() == store.model(1) == a_model(1)
    assert store.weights(1) == b"weights"
    assert store.next_model() == 2


def test_a_new_model_in_service_retires_the_one_before_it(store: Store) -> None:
    store.add_model(a_model(1), b"1", "learning")
    store.add_model(a_model(2), b"2", "learning")

    assert states(store) == {2: "in_service", 1: "retired"}
    assert store.model(1).reason == "model 2 took its place"
    assert [event.what for event in store.events("model", 1)] == ["retired", "in_service"]


def test_the_database_itself_knows_one_model_in_service(store: Store) -> None:
    store.add_model(a_model(1), b"1", "learning")
    store.add_model(a_model(2, ModelState.REFUSED), None, "learning")

    with pytest.raises(sa.exc.IntegrityError), store.writing() as db:
        db.execute(sa.text("UPDATE model SET state = 'in_service' WHERE version = 2"))


@pytest.mark.parametrize(
    "act", ["UPDATE model SET scores = '{}'", "UPDATE model SET weights = 'x'", "DELETE FROM model"]
)
def test_what_a_model_is_cannot_be_changed_afterwards(store: Store, act: str) -> None:
    store.add_model(a_model(1), b"1", "learning")

    refused = (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.InternalError)
    with pytest.raises(refused, match="append-only"), store.writing() as db:
        db.execute(sa.text(act))


def test_what_was_there_before_models_gets_its_lots_and_counts_as_drawn_from_the_queue(
    store: Store, source: Source, ana: Person, now: datetime
) -> None:
    items = arrive(store, source, mixed(6), now)
    decide(store, ana, items[:1], [False], now, drawn_by=Drawn.SEARCH)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.engine.connect() as plain:
        connection = plain.execution_options(writes=True)
        config.attributes["connection"] = connection
        with connection.begin():
            command.downgrade(config, "0010")

    store.upgrade()

    with store.reading() as db:
        lots = list(db.scalars(sa.text("SELECT lot FROM item")))
    assert len(set(lots)) == 6
    assert all(0 <= lot < 2**31 for lot in lots)
    assert [one.drawn_by for one in store.decisions()] == [Drawn.QUEUE]


def test_old_models_keep_their_line_and_let_their_weights_go(store: Store) -> None:
    for version in range(1, WEIGHTS_KEPT + 3):
        store.add_model(a_model(version), b"w", "learning")

    assert store.has_weights() == set(range(3, WEIGHTS_KEPT + 3))
    assert len(store.models()) == WEIGHTS_KEPT + 2
    with pytest.raises(NotFound, match="weights of model 1 were let go"):
        store.weights(1)
    with pytest.raises(NotFound, match="there is no model 99"):
        store.weights(99)


def test_an_editor_puts_an_older_model_in_service_and_it_is_audited(store: Store, ben: Person) -> None:
    store.add_model(a_model(1), b"1", "learning")
    store.add_model(a_model(2), b"2", "learning")

    used = models.use(store, ben, 1)

    assert (used.state, used.put_by, used.reason) == (ModelState.IN_SERVICE, ben.id, "chosen by Ben")
    assert states(store) == {2: "retired", 1: "in_service"}
    assert store.events("model", 1)[0].who == ben.email


def test_an_analyst_does_not_choose_the_model(store: Store, ana: Person) -> None:
    store.add_model(a_model(1), b"1", "learning")

    with pytest.raises(NotAllowed):
        models.use(store, ana, 1)
    with pytest.raises(NotAllowed):
        models.hand_back(store, ana)


def test_without_a_model_there_is_nothing_to_hand_back(store: Store, ben: Person) -> None:
    with pytest.raises(NotFound, match="no model is in service"):
        models.hand_back(store, ben)


def test_a_model_that_a_person_chose_stays_until_a_person_says_otherwise(
    store: Store, source: Source, taxonomy: Taxonomy, ana: Person, ben: Person, now: datetime
) -> None:
    wanted = mixed(70)
    items = arrive(store, source, wanted, now)
    learner = Learner(store, taxonomy)
    decide(store, ana, items[:20], wanted[:20], now)
    learner.once(now)
    models.use(store, ben, 1)
    decide(store, ana, items[20:40], wanted[20:40], now)

    learner.once(now + HOUR)
    pinned = states(store)
    models.hand_back(store, ben)
    decide(store, ana, items[40:60], wanted[40:60], now)
    learner.once(now + 2 * HOUR)

    assert pinned == {2: "candidate", 1: "in_service"}
    assert "put in service by a person and stays" in store.model(2).reason
    assert states(store) == {3: "in_service", 2: "candidate", 1: "retired"}


def test_after_a_roll_back_the_queue_is_ranked_by_the_older_model(
    store: Store, source: Source, taxonomy: Taxonomy, ana: Person, ben: Person, now: datetime
) -> None:
    wanted = mixed(80)
    items = arrive(store, source, wanted, now)
    learner = Learner(store, taxonomy)
    decide(store, ana, items[:20], wanted[:20], now)
    learner.once(now)
    by_first = dict(store.waiting_scores())
    decide(store, ana, items[20:50], [not so for so in wanted[20:50]], now)
    learner.once(now + HOUR)
    by_second = dict(store.waiting_scores())

    models.use(store, ben, 1)
    learner.once(now + HOUR)

    left = items[50:]
    by_third = dict(store.waiting_scores())
    assert store.model(2).state is ModelState.RETIRED
    assert [by_second[id] for id in left] != pytest.approx([by_first[id] for id in left], abs=0.01)
    assert [by_third[id] for id in left] == pytest.approx([by_first[id] for id in left], abs=0.001)


def test_weights_that_are_damaged_leave_the_queue_as_it_is(
    store: Store, source: Source, taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    arrive(store, source, mixed(9), now)
    store.add_model(a_model(1), b"no model at all", "learning")
    before = store.waiting_scores()

    done = Learner(store, taxonomy).once(now)

    assert (done.ranked, done.suggested) == (0, 0)
    assert store.waiting_scores() == before


def test_a_new_model_is_compared_with_the_oldest_kept_one_that_was_measured_too(
    store: Store, source: Source, taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    wanted = mixed(240)
    items = arrive(store, source, wanted, now)
    learner = Learner(store, taxonomy)
    decide(store, ana, items[:20], wanted[:20], now)
    learner.once(now)
    unmeasured = learner._anchor()
    decide(store, ana, items[20:210], wanted[20:210], now)
    learner.once(now + HOUR)
    decide(store, ana, items[210:230], wanted[210:230], now)
    learner.once(now + 2 * HOUR)

    anchor = learner._anchor()

    assert unmeasured is None
    assert states(store) == {3: "in_service", 2: "retired", 1: "retired"}
    assert anchor is not None
    assert anchor.version == "2"


@pytest.mark.slow  # three hundred decisions of each of two accounts, on both databases
def test_the_service_refuses_what_a_hostile_account_teaches_and_goes_on_without_it(
    store: Store, source: Source, taxonomy: Taxonomy, ana: Person, ben: Person, now: datetime
) -> None:
    wanted = mixed(700)
    items = arrive(store, source, wanted, now)
    learner = Learner(store, taxonomy)
    decide(store, ana, items[:300], wanted[:300], now)
    learner.once(now)
    assert store.model(1).state is ModelState.IN_SERVICE
    decide(store, ben, items[300:600], [not so for so in wanted[300:600]], now)

    learner.once(now + HOUR)

    assert store.model(2).state is ModelState.REFUSED
    assert "worse than" in store.model(2).reason
    third = store.model(3)
    assert third.state is ModelState.IN_SERVICE
    assert third.reason.startswith("taught without Ben, who disagree")
    order = [id for id, _ in store.waiting_scores()]
    best = {id for id, so in zip(items[600:], wanted[600:], strict=True) if so}
    assert set(order[: len(best)]) == best
