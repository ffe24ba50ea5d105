"""Which initiatives a list shows, and in which order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.makers import NOW, an_entry, an_initiative
from tracker import intake, tasks
from tracker.model import EvidenceRole, InitiativeState, Person, Source, Wording
from tracker.store import Store
from tracker.store.lists import InitiativeFilter, ListOrder


@pytest.fixture
def three(store: Store, ana: Person, ben: Person) -> list[int]:
    """Of Ana, three days apart: a draft in France, one of Ben's in Canada for the second look, a public one."""
    contents = [
        an_initiative(
            wordings={"fr": Wording(title="Écoute à Lyon")}, countries=("FR",), issues=("hate_crime",), types=("A1",)
        ),
        an_initiative(wordings={"en": Wording(title="Book of shelters")}),
        an_initiative(wordings={"en": Wording(title="Code word")}),
    ]
    ids = [
        store.add_initiative(content, person, NOW + timedelta(days=3 * n), "1", sample=False).id
        for n, (content, person) in enumerate(zip(contents, (ana, ben, ana), strict=True))
    ]
    for id in ids[1:]:
        store.move_initiative(id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ana)
    store.approve_initiative(ids[2], 1, ben, NOW)
    return ids


def shown(store: Store, **wanted: Any) -> list[int]:
    return [record.id for record in store.listed(InitiativeFilter(**wanted), NOW + timedelta(days=6))]


def test_each_filter_narrows_the_list(store: Store, three: list[int], ana: Person, ben: Person) -> None:
    lyon, shelters, code = three
    tasks.assign(store, ana, "initiative", [shelters], ben.id, NOW)

    assert shown(store) == [code, shelters, lyon]
    assert shown(store, state=InitiativeState.DRAFT) == [lyon]
    assert shown(store, country="FR") == [lyon]
    assert shown(store, issue="domestic_violence", type="A2") == [code, shelters]
    assert shown(store, coder=ben.id) == [shelters]
    assert shown(store, assigned_to=ben.id) == [shelters]
    assert shown(store, waiting_days=3) == [shelters, lyon]
    assert shown(store, text="ecoute") == [lyon]
    assert shown(store, text="ecoute OR code") == [code, lyon]


def test_the_list_is_ordered_as_asked(store: Store, three: list[int]) -> None:
    lyon, shelters, code = three
    with store.writing() as db:
        db.execute(sa.text("UPDATE initiative SET next_check_on = '2020-06-01' WHERE id = :id"), {"id": shelters})

    assert shown(store, order=ListOrder.OLDEST) == [lyon, shelters, code]
    assert shown(store, order=ListOrder.TITLE)[:2] == [shelters, code]
    assert shown(store, order=ListOrder.DUE) == [shelters, lyon, code]


def test_what_is_to_be_checked_is_public_and_its_day_has_come(store: Store, three: list[int]) -> None:
    _, shelters, code = three
    with store.writing() as db:
        day = sa.text("UPDATE initiative SET next_check_on = '2020-05-10' WHERE id = :id")
        db.execute(day, [{"id": shelters}, {"id": code}])

    assert shown(store, to_check=True) == [code]
    assert store.listed(InitiativeFilter(to_check=True), NOW) == []


def test_an_initiative_whose_source_has_changed_is_found(
    store: Store, three: list[int], source: Source, ana: Person
) -> None:
    intake.take_in(store, source, [an_entry()], NOW)
    store.add_evidence(three[0], 1, ana, NOW, EvidenceRole.PRIMARY)
    intake.take_in(store, source, [an_entry(text="It says something else.")], NOW + timedelta(days=1))

    assert shown(store, source_changed=True) == [three[0]]


def test_each_state_is_counted_under_the_same_filter(store: Store, three: list[int]) -> None:
    counts = store.listed_by_state(InitiativeFilter(country="CA", state=InitiativeState.DRAFT), NOW)

    assert counts == {"second_look": 1, "approved": 1}


def test_codes_are_counted_largest_first(store: Store, three: list[int]) -> None:
    assert store.listed_codes("country") == {"CA": 2, "FR": 1}
    assert store.listed_codes("type") == {"A2": 2, "A1": 1}


def test_pages_follow_each_other(store: Store, three: list[int]) -> None:
    pages = [store.listed(InitiativeFilter(), NOW, limit=2, offset=offset) for offset in (0, 2)]

    assert [[record.id for record in page] for page in pages] == [three[:0:-1], three[:1]]
