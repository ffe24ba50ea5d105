"""When the machine makes a release by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.makers import NOW, an_initiative
from tracker.model import InitiativeState, Person
from tracker.settings import Settings, Site
from tracker.store import Store
from tracker.timetable import release_due, release_if_due

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("every", "last", "changed", "due"),
    [
        ("never", None, True, False),
        ("day", None, True, True),
        ("day", None, False, False),
        ("day", NOW - timedelta(hours=23), True, False),
        ("day", NOW - DAY, True, True),
        ("day", NOW - 9 * DAY, False, False),
        ("week", NOW - 6 * DAY, True, False),
        ("week", NOW - 7 * DAY, True, True),
    ],
)
def test_a_release_is_due_after_its_time_where_something_changed(
    every: str, last: datetime | None, changed: bool, due: bool
) -> None:
    assert release_due(every, last, changed, NOW) is due


def test_releases_follow_what_is_approved(store: Store, ana: Person, ben: Person, settings: Settings) -> None:
    def approve(now: datetime) -> None:
        record = store.add_initiative(an_initiative(), ana, now, "1", sample=False)
        store.move_initiative(record.id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ana)
        store.approve_initiative(record.id, 1, ben, now)

    assert release_if_due(store, settings, NOW) is None, "nothing is public yet"
    approve(NOW)
    first = release_if_due(store, settings, NOW + timedelta(minutes=1))
    assert release_if_due(store, settings, NOW + 2 * DAY) is None, "nothing has changed"
    approve(NOW + 2 * DAY)
    second = release_if_due(store, settings, NOW + 2 * DAY)

    assert [folder.name for folder in (first, second) if folder] == ["1", "2"]


@pytest.fixture
def settings(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data=tmp_path_factory.mktemp("data"), database=store.url, site=Site(release_every="day"))
