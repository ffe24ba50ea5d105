"""What Prometheus sees, and that it learns nothing of people."""

from __future__ import annotations

import urllib.request
from datetime import timedelta

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from tests.makers import NOW, a_decision, a_fetch, a_source, entries
from tests.ports import free_port
from tracker import intake, metrics, review
from tracker.conduct import Conduct
from tracker.errors import Busy, StoreUnavailable
from tracker.model import Outcome, Person, Schedule
from tracker.store import Store
from tracker.store.figures import Figures
from tracker.taxonomy import Taxonomy

LATER = NOW + timedelta(minutes=30)


def seen(store: Store) -> dict[tuple[str, ...], float]:
    """Every sample as (name, label values ...) -> value, read as Prometheus reads it."""
    text = generate_latest(metrics.registry(store, lambda: LATER)).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def busy(store: Store, ana: Person, taxonomy: Taxonomy) -> Store:
    """A source that is late, three items of which one is decided, two fetches."""
    store.register([a_source()])
    intake.take_in(store, a_source(), entries(3), NOW)
    review.decide(store, taxonomy, ana, a_decision(person_id=ana.id))
    store.add_fetches(
        [
            (a_fetch(at=NOW, duration_ms=200), Schedule(next_at=NOW + timedelta(minutes=10)), Conduct()),
            (a_fetch(at=NOW, outcome=Outcome.TIMEOUT, duration_ms=400), Schedule(next_at=NOW), Conduct()),
        ]
    )
    return store


def test_the_figures_say_what_waits_what_is_late_and_what_fails(busy: Store) -> None:
    found = seen(busy)

    assert found["tracker_up",] == 1
    assert found["tracker_items", "waiting"] == 2
    assert found["tracker_queue_oldest_seconds",] == 1800
    assert found["tracker_sources_due",] == 1
    assert found["tracker_schedule_lag_seconds",] == 1800
    assert found["tracker_fetches_last_hour", "timeout"] == 1
    assert found["tracker_fetch_mean_seconds",] == pytest.approx(0.3)
    assert found["tracker_decisions_last_hour",] == 1
    assert found["tracker_initiatives", "draft"] == 1
    assert found["tracker_release",] == 0
    assert ("tracker_release_age_seconds",) not in found
    assert found["tracker_database_bytes",] > 0


def test_an_empty_tracker_has_figures_too(store: Store) -> None:
    assert seen(store)["tracker_decisions",] == 0


def test_nothing_of_people_or_texts_is_said(busy: Store) -> None:
    text = generate_latest(metrics.registry(busy, lambda: LATER)).decode()

    for secret in ("ana@", "Ana", "helpline", "example.org", "ministry"):
        assert secret not in text


def test_a_database_that_is_away_is_said_and_ends_nothing() -> None:
    def away() -> Figures:
        raise StoreUnavailable("The database server does not answer.")

    [family] = metrics.Counted(away).collect()

    assert (family.name, family.samples[0].value) == ("tracker_up", 0)


def test_figures_are_served_over_http_and_a_taken_port_is_said(busy: Store) -> None:
    port = free_port()
    served = metrics.serve(busy, lambda: LATER, "127.0.0.1", port)

    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert b"tracker_items{state=" in answer.read()
        with pytest.raises(Busy, match="--port"):
            metrics.serve(busy, lambda: LATER, "127.0.0.1", port)
    finally:
        served.end()
