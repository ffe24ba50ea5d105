"""What the tests of the public process share: its routes over a store with records and one release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.public.routes import public_routes
from dashboard.shell import shell_routes
from tests.dashboard.conftest import fill
from tests.makers import NOW, merge
from tracker import publish
from tracker.settings import Settings, Site
from tracker.store import Store, open_public, open_store
from tracker.taxonomy import Taxonomy


@contextmanager
def answering(settings: Settings, taxonomy: Taxonomy) -> Iterator[TestClient]:
    """The public process's routes over the database of these settings; an error of ours is raised, never answered."""
    store = open_public(settings.database)
    routes = [*public_routes(store, settings, taxonomy), *shell_routes(settings, {"": "Initiatives"}, desk=False)]
    with TestClient(Starlette(routes=routes), follow_redirects=False) as made:
        yield made
    store.close()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A data folder with records and one release."""
    folder = tmp_path_factory.mktemp("routes")
    made = Settings(
        database=f"sqlite:///{folder}/tracker.db", data=folder, site=Site(url="https://tracker.example.org")
    )
    store = open_store(made.database)
    fill(store)
    publish.make_release(store, made, NOW + timedelta(days=1))
    store.close()
    return made


@pytest.fixture(scope="module")
def client(settings: Settings, taxonomy: Taxonomy) -> Iterator[TestClient]:
    with answering(settings, taxonomy) as made:
        yield made


MERGED, BETWEEN, KEPT = 5, 6, 7


@pytest.fixture
def over(store: Store, taxonomy: Taxonomy) -> Iterator[Callable[[], TestClient]]:
    """Makes clients over a store of the test's own, on each database: for what the test changes in it."""
    fill(store)
    mine = Settings(database=store.url, site=Site(url="https://tracker.example.org"))
    with ExitStack() as opened:
        yield lambda: opened.enter_context(answering(mine, taxonomy))


@pytest.fixture
def merged(store: Store, over: Callable[[], TestClient]) -> TestClient:
    """Initiative 5 was merged into 6, and later 6 into 7."""
    merge(store, MERGED, BETWEEN)
    merge(store, BETWEEN, KEPT)
    return over()


@pytest.fixture
def explorer(settings: Settings) -> Iterator[Callable[[str], str]]:
    """What a browser gets at an address of the explorer before Streamlit has loaded."""
    pages = {"": "Initiatives", "initiative": "Initiative", "country": "Country", "data": "Data"}
    routes = shell_routes(settings, pages, desk=False)
    with TestClient(Starlette(routes=routes)) as made:
        yield lambda path: made.get(path).text
