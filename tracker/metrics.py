"""What does Prometheus see? The tracker's figures at every scrape, on a port that is nobody else's business.

`tracker metrics --port 9108`. Nothing in it names a person, a text or an address.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from time import monotonic
from typing import NamedTuple
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import start_http_server
from prometheus_client.registry import Collector

from tracker.errors import Busy, TrackerError
from tracker.store import Store
from tracker.store.figures import Figures

KEPT_SECONDS = 15.0  # figures are counted at most that often, however many ask

# name without `tracker_`: (help, field of Figures, label of a field that counts by something)
SHOWN: dict[str, tuple[str, str, str]] = {
    "sources": ("Enabled sources, by how they answer", "sources", "condition"),
    "sources_due": ("Sources that are due and that nobody asks", "due", ""),
    "schedule_lag_seconds": ("How long the longest due source has been waiting", "lag", ""),
    "fetches_last_hour": ("Fetches of the last hour, by outcome", "fetches", "outcome"),
    "fetch_mean_seconds": ("Mean duration of a fetch in the last hour", "fetch_seconds", ""),
    "items_arrived_last_hour": ("Items that arrived in the last hour", "arrived", ""),
    "items": ("Items, by state", "items", "state"),
    "queue_oldest_seconds": ("Age of the item that waits longest", "oldest_waiting", ""),
    "decisions": ("Decisions ever made", "decisions", ""),
    "decisions_last_hour": ("Decisions of the last hour", "decided", ""),
    "initiatives": ("Initiatives, by state", "initiatives", "state"),
    "second_look_oldest_seconds": ("How long the longest second look has been waiting", "oldest_second_look", ""),
    "release": ("Number of the newest release; 0: none yet", "release", ""),
    "release_age_seconds": ("Age of the newest release", "release_age", ""),
    "model": ("Version of the model in service; 0: word lists alone", "model", ""),
    "decisions_unlearnt": ("Decisions since the newest model", "unlearnt", ""),
    "signed_in": ("Sign-ins at the desk that have not ended", "signed_in", ""),
    "database_bytes": ("Size of the database", "database_bytes", ""),
    "jobs": ("Jobs of the engine, by status", "jobs", "status"),
}


class Counted(Collector):
    """The figures as metrics. While the database does not answer, `tracker_up` is 0 and nothing else is said."""

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures
        self._lock = threading.Lock()
        self._kept: tuple[float, Figures] | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = self._newest()
        except TrackerError:
            yield GaugeMetricFamily("tracker_up", "Whether the database answers", value=0)
            return
        yield GaugeMetricFamily("tracker_up", "Whether the database answers", value=1)
        for name, (about, field, label) in SHOWN.items():
            value = getattr(found, field)
            family = GaugeMetricFamily(f"tracker_{name}", about, labels=[label] if label else [])
            if label:
                for code, number in sorted(value.items()):
                    family.add_metric([code], number)
            elif value is not None:
                family.add_metric([], value)
            yield family

    def _newest(self) -> Figures:
        with self._lock:
            if self._kept is None or monotonic() - self._kept[0] > KEPT_SECONDS:
                self._kept = (monotonic(), self._figures())
            return self._kept[1]


def registry(store: Store, now: Callable[[], datetime]) -> CollectorRegistry:
    """What is served."""
    made = CollectorRegistry()
    made.register(Counted(lambda: store.figures(now())))
    return made


class Served(NamedTuple):
    """An answering port, in a thread of its own."""

    server: WSGIServer
    thread: threading.Thread

    def end(self) -> None:
        """Answers no more."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def serve(store: Store, now: Callable[[], datetime], host: str, port: int) -> Served:
    """Answers at `http://host:port/metrics` from now on. Raises Busy when the port is taken."""
    try:
        return Served(*start_http_server(port, host, registry(store, now)))
    except OSError as problem:
        raise Busy(f"port {port} on {host} is taken by another process; choose with --port") from problem
