"""Who looks after what, and which filters have names."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.makers import NOW, a_decision, a_person, an_initiative, entries
from tracker import filters, intake, people, review, tasks
from tracker.errors import BadInput, NotAllowed, NotFound
from tracker.model import InitiativeState, Person, Source, Verdict
from tracker.store import Store
from tracker.store.filters import SavedFilter
from tracker.taxonomy import Taxonomy


@pytest.fixture
def items(store: Store, source: Source) -> list[int]:
    intake.take_in(store, source, entries(3), NOW)
    return [1, 2, 3]


# ---------------------------------------------------------------------------------------------------- assignments


def test_what_is_assigned_is_on_that_person_s_list_the_soonest_due_first(
    store: Store, items: list[int], ana: Person, ben: Person
) -> None:
    record = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    tasks.assign(store, ana, "item", [1, 2], ben.id, NOW, note="  From the  ministry ")
    tasks.assign(store, ana, "initiative", [record.id], ben.id, NOW, due_on=date(2020, 5, 8))

    mine = store.assignments(to=ben.id)

    assert [(one.kind, one.id) for one in mine] == [("initiative", record.id), ("item", 1), ("item", 2)]
    assert (mine[1].note, mine[1].by, mine[1].name) == ("From the ministry", "Ana", "Ben")
    assert store.assignments(to=ana.id) == []


def test_a_thing_has_one_person_the_last_who_was_named(
    store: Store, items: list[int], ana: Person, ben: Person
) -> None:
    tasks.assign(store, ana, "item", [1], ben.id, NOW)
    tasks.assign(store, ben, "item", [1], ana.id, NOW)

    assert [one.to for one in store.assignments(ids=[1], kind="item")] == [ana.id]
    assert [event.what for event in store.events("item", 1, 2)] == ["assigned", "assigned"]


def test_an_assignment_locks_nothing_and_is_done_when_the_item_is_decided(
    store: Store, taxonomy: Taxonomy, items: list[int], ana: Person, ben: Person
) -> None:
    tasks.assign(store, ana, "item", [1], ben.id, NOW)

    made = review.decide(store, taxonomy, ana, a_decision(person_id=ana.id, verdict=Verdict.HOLD))
    assert [one.state for one in store.assignments(to=ben.id)] == ["held"]
    review.decide(
        store, taxonomy, ana,
        a_decision(
            key="2", item_version=made.item_version + 1, person_id=ana.id, verdict=Verdict.EXCLUDE, reason="opinion"
        ),
    )  # fmt: skip

    assert store.assignments(to=ben.id) == []
    assert [one.id for one in store.assignments(to=ben.id, every=True)] == [1]
    review.undo(store, ana, 2, "undo", NOW)
    assert [one.id for one in store.assignments(to=ben.id)] == [1]


def test_an_assignment_can_be_taken_back(store: Store, items: list[int], ana: Person, ben: Person) -> None:
    tasks.assign(store, ana, "item", items, ben.id, NOW)

    assert tasks.unassign(store, ben, "item", [1, 2, 99]) == 2

    assert [one.id for one in store.assignments(to=ben.id)] == [3]
    assert store.events("item", 1, 1)[0].what == "unassigned"


def test_what_does_not_exist_is_assigned_to_nobody_and_nothing_with_it(
    store: Store, items: list[int], ana: Person, ben: Person
) -> None:
    with pytest.raises(NotFound, match="no item 99"):
        tasks.assign(store, ana, "item", [1, 99], ben.id, NOW)
    with pytest.raises(NotFound, match="no person 77"):
        tasks.assign(store, ana, "item", [1], 77, NOW)

    assert store.assignments(every=True) == []


def test_nobody_is_given_work_whose_account_is_off_and_no_day_has_passed(
    store: Store, items: list[int], ana: Person, ben: Person
) -> None:
    people.disable(store, ben.email, "test")

    with pytest.raises(BadInput, match="Ben is switched off"):
        tasks.assign(store, ana, "item", [1], ben.id, NOW)
    with pytest.raises(BadInput, match="has passed"):
        tasks.assign(store, ana, "item", [1], ana.id, NOW, due_on=(NOW - timedelta(days=1)).date())
    with pytest.raises(BadInput, match="are enough"):
        tasks.assign(store, ana, "item", [1], ana.id, NOW, note="x" * 501)


def test_who_is_switched_off_assigns_nothing(store: Store, items: list[int], ana: Person, ben: Person) -> None:
    with pytest.raises(NotAllowed):
        tasks.assign(store, ben.but(active=False), "item", [1], ana.id, NOW)
    with pytest.raises(NotAllowed):
        tasks.unassign(store, ben.but(active=False), "item", [1])


def test_an_approved_initiative_is_done(store: Store, ana: Person, ben: Person) -> None:
    record = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    tasks.assign(store, ana, "initiative", [record.id], ben.id, NOW)

    store.move_initiative(record.id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ana)
    assert [one.state for one in store.assignments(to=ben.id)] == ["second_look"]
    store.approve_initiative(record.id, 1, ben, NOW)

    assert store.assignments(to=ben.id) == []


# -------------------------------------------------------------------------------------------------- saved filters


def test_a_filter_is_one_s_own_and_a_shared_one_the_team_s(store: Store, ana: Person, ben: Person) -> None:
    filters.keep(store, ana, "search", "  Québec  shelters ", {"text": "abri", "country": "CA", "kind": None}, NOW)
    filters.keep(store, ben, "search", "For all", {"state": "held"}, NOW, shared=True)
    filters.keep(store, ben, "queue", "Another page", {"issue": "hate_crime"}, NOW, shared=True)

    assert [(one.name, one.by) for one in store.saved_filters("search", ana.id)] == [
        ("For all", "Ben"), ("Québec shelters", "Ana")
    ]  # fmt: skip
    assert [one.name for one in store.saved_filters("search", ben.id)] == ["For all"]
    assert store.saved_filters("search", ana.id)[1].wanted == {"text": "abri", "country": "CA"}


def test_the_same_name_again_replaces_one_s_own_filter_alone(store: Store, ana: Person, ben: Person) -> None:
    first = filters.keep(store, ana, "search", "Mine", {"text": "one"}, NOW)
    filters.keep(store, ben, "search", "Mine", {"text": "two"}, NOW)

    assert filters.keep(store, ana, "search", "Mine", {"text": "three"}, NOW) == first

    assert store.saved_filter(first).wanted == {"text": "three"}
    assert [one.wanted["text"] for one in store.saved_filters("search", ben.id)] == ["two"]


def test_sharing_and_dropping_what_is_shared_takes_an_editor(store: Store, ana: Person, ben: Person) -> None:
    shared = filters.keep(store, ben, "search", "For all", {"state": "held"}, NOW, shared=True)
    own = filters.keep(store, ana, "search", "Mine", {"text": "one"}, NOW)

    with pytest.raises(NotAllowed):
        filters.keep(store, ana, "search", "For all too", {"state": "held"}, NOW, shared=True)
    with pytest.raises(NotAllowed):
        filters.drop(store, ana, shared)
    with pytest.raises(NotFound):
        filters.drop(store, ben, own)

    filters.drop(store, ana, own)
    filters.drop(store, ben, shared)
    with pytest.raises(NotFound):
        filters.drop(store, ben, shared)


@pytest.mark.parametrize(("page", "name"), [("search", "  "), ("search", "x" * 61), ("nowhere", "Name")])
def test_a_filter_has_a_page_and_a_name(store: Store, ana: Person, page: str, name: str) -> None:
    with pytest.raises(BadInput):
        filters.keep(store, ana, page, name, {"text": "one"}, NOW)


def test_codes_that_are_not_there_any_more_are_left_out_and_told(
    store: Store, source: Source, taxonomy: Taxonomy, ana: Person
) -> None:
    wanted = {
        "text": "abri", "issue": "domestic_violence", "type": "Z99", "reason": "gone", "state": "waiting",
        "source": source.id, "decided_by": 99, "country": "CA",
    }  # fmt: skip
    kept = SavedFilter(person_id=ana.id, page="search", name="Old", wanted=wanted, saved_at=NOW)

    usable, gone = filters.usable(store, taxonomy, kept)

    assert gone == {"type": "Z99", "reason": "gone", "decided_by": 99}
    assert usable == {
        "text": "abri", "issue": "domestic_violence", "state": "waiting", "source": source.id, "country": "CA"
    }  # fmt: skip


def test_an_analyst_is_a_person_with_an_account(store: Store) -> None:
    with pytest.raises(NotAllowed):
        filters.keep(store, a_person(active=False), "search", "Name", {"text": "one"}, NOW)
