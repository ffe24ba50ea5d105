"""The rules of stories: one is reviewed once, nothing of it is lost, and what a person placed no machine moves."""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from tests.makers import HOUR, NOW, a_decision, a_source, an_entry
from tests.tracker.test_similarity import OTHER, SAME, STORY
from tracker import intake, review
from tracker.errors import Conflict, NotFound
from tracker.model import Entry, Item, ItemState, Likeness, Member, Person, Source, Verdict
from tracker.similarity import Told
from tracker.store import Store
from tracker.store.items import QueueFilter
from tracker.taxonomy import Taxonomy

ALL = QueueFilter(states=tuple(ItemState))
AGENCIES = [
    a_source(id=f"agency-{n}", name=f"Agency {n}", url=f"https://a{n}.example.org/feed", country=None) for n in range(4)
]


def entry_of(told: Told, address: str) -> Entry:
    return an_entry(url=f"https://{address}", guid=None, title=told.title, text=told.text)


@pytest.fixture
def story(store: Store, source: Source, now: datetime) -> list[Item]:
    """A story of three: the ministry's own text (1), an exact copy (2), and one with another headline (3)."""
    store.register([source, *AGENCIES])
    intake.take_in(store, source, [entry_of(STORY, "families.example.org/helpline")], now)
    intake.take_in(store, AGENCIES[0], [entry_of(STORY, "a0.example.org/7")], now + HOUR)
    intake.take_in(store, AGENCIES[1], [entry_of(SAME["under a new headline"], "a1.example.org/7")], now + 2 * HOUR)
    return [member.item for member in store.members(1)]


def test_one_story_waits_once_and_all_who_carry_it_are_listed_earliest_first(
    store: Store, story: list[Item], now: datetime
) -> None:
    [waiting] = store.queue(QueueFilter(), now)

    assert waiting.item.id == story[0].id
    assert waiting.copies == 2
    assert [member.source for member in store.members(1)] == ["Ministry of Families", "Agency 0", "Agency 1"]
    assert [(item.copy_kind, item.state) for item in story] == [
        (None, ItemState.WAITING),
        (Likeness.EXACT, ItemState.COPY),
        (Likeness.NEAR, ItemState.COPY),
    ]
    assert [item.copy_score for item in story] == [None, 1.0, 1.0]


@pytest.mark.parametrize("how", [*SAME, *OTHER])
def test_what_tells_the_same_story_stands_behind_it_and_what_does_not_waits(
    how: str, store: Store, source: Source, now: datetime
) -> None:
    store.register([source, *AGENCIES])
    intake.take_in(store, source, [entry_of(STORY, "families.example.org/helpline")], now)

    intake.take_in(store, AGENCIES[0], [entry_of((SAME | OTHER)[how], "a0.example.org/7")], now)

    assert store.queue_by("state") == ({"copy": 1, "waiting": 1} if how in SAME else {"waiting": 2})


def test_a_story_told_twice_in_one_fetch_waits_once(store: Store, source: Source, now: datetime) -> None:
    longer = STORY._replace(text=f"{STORY.text} Three other provinces have asked for the plans.")
    told = [STORY, STORY, longer]

    intake.take_in(store, source, [entry_of(one, f"families.example.org/{n}") for n, one in enumerate(told)], now)

    assert [member.item.copy_kind for member in store.members(1)] == [None, Likeness.EXACT, Likeness.NEAR]


def test_a_short_version_that_came_first_stands_for_the_whole(store: Store, source: Source, now: datetime) -> None:
    store.register([source, *AGENCIES])
    intake.take_in(store, source, [entry_of(SAME["cut after two sentences"], "families.example.org/short")], now)

    intake.take_in(store, AGENCIES[0], [entry_of(STORY, "a0.example.org/whole")], now)

    assert [member.item.copy_of for member in store.members(2)] == [None, 1]


def test_a_decision_on_the_first_item_stands_for_the_story(
    store: Store, story: list[Item], taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    review.decide(store, taxonomy, ana, a_decision(item_id=1, person_id=ana.id, at=now))

    assert store.queue_length(QueueFilter()) == 0
    assert store.queue_by("state") == {"copy": 2, "included": 1}

    intake.take_in(store, AGENCIES[2], [entry_of(STORY, "a2.example.org/7")], now)
    assert store.queue_length(QueueFilter()) == 0


def test_a_member_whose_text_changes_to_another_story_waits_by_itself(
    store: Store, story: list[Item], now: datetime
) -> None:
    other = OTHER["that shares only the boilerplate"]

    intake.take_in(store, AGENCIES[1], [entry_of(other, "a1.example.org/7")], now + 3 * HOUR)

    assert [member.item.id for member in store.members(1)] == [1, 2]
    assert store.item(3, now).item.state is ItemState.WAITING
    assert store.events("item", 3)[0].what == "split from its story"


def test_members_leave_a_first_item_that_has_become_another_story(
    store: Store, source: Source, story: list[Item], now: datetime
) -> None:
    other = OTHER["that shares only the boilerplate"]

    intake.take_in(store, source, [entry_of(other, "families.example.org/helpline")], now + 3 * HOUR)

    assert store.queue_by("state") == {"waiting": 3}


def test_a_member_that_is_corrected_stays_and_is_near_from_then_on(
    store: Store, story: list[Item], now: datetime
) -> None:
    intake.take_in(
        store, AGENCIES[0], [entry_of(SAME["with one sentence changed"], "a0.example.org/7")], now + 3 * HOUR
    )

    member = store.members(1)[1].item
    assert (member.id, member.copy_kind, member.state) == (2, Likeness.NEAR, ItemState.COPY)
    assert member.copy_score is not None
    assert member.copy_score < 1


def test_what_a_person_splits_waits_again_and_is_never_joined_again_by_the_machine(
    store: Store, story: list[Item], ana: Person, now: datetime
) -> None:
    split = review.split(store, ana, 3, now)

    assert (split.state, split.copy_of, split.placed_by) == (ItemState.WAITING, None, ana.id)
    assert store.queue_length(QueueFilter()) == 2
    assert store.events("item", 3)[0].who == ana.email

    intake.take_in(store, AGENCIES[1], [entry_of(STORY, "a1.example.org/7")], now + 3 * HOUR)
    assert store.item(3, now).item.copy_of is None


def test_what_a_person_joins_stays_whatever_its_source_makes_of_it(
    store: Store, story: list[Item], ana: Person, now: datetime
) -> None:
    intake.take_in(store, AGENCIES[3], [entry_of(OTHER["of another place"], "a3.example.org/1")], now)

    assert review.join(store, ana, 4, 2) == 1
    intake.take_in(
        store,
        AGENCIES[3],
        [entry_of(Told("Weather", "It rains in all the towns of the coast today."), "a3.example.org/1")],
        now,
    )

    member = store.members(1)[1]
    assert (member.item.id, member.item.copy_kind, member.placed_by) == (4, Likeness.JOINED, "Ana")
    assert store.queue_length(QueueFilter()) == 1


def test_two_stories_are_joined_with_all_their_members_behind_the_earlier(
    store: Store, story: list[Item], ana: Person, now: datetime
) -> None:
    other = OTHER["of another place"]
    intake.take_in(store, AGENCIES[2], [entry_of(other, "a2.example.org/1")], now)
    intake.take_in(store, AGENCIES[3], [entry_of(other, "a3.example.org/1")], now)

    assert review.join(store, ana, 1, 5) == 1

    assert {member.item.id for member in store.members(4)} == {1, 2, 3, 4, 5}


def test_a_decided_item_stands_before_an_earlier_undecided_one(
    store: Store, story: list[Item], taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    intake.take_in(store, AGENCIES[3], [entry_of(OTHER["of another place"], "a3.example.org/1")], now)
    excluded = a_decision(item_id=4, person_id=ana.id, verdict=Verdict.EXCLUDE, reason="not_covid", at=now)
    review.decide(store, taxonomy, ana, excluded.but(reason=taxonomy.codes("exclusion_reasons")[0]))

    assert review.join(store, ana, 1, 4) == 4
    assert store.queue_length(QueueFilter()) == 0


def test_a_decision_comes_too_late_for_an_item_that_was_joined_meanwhile(
    store: Store, story: list[Item], taxonomy: Taxonomy, ana: Person, ben: Person, now: datetime
) -> None:
    intake.take_in(store, AGENCIES[3], [entry_of(OTHER["of another place"], "a3.example.org/1")], now)
    review.join(store, ben, 4, 1)

    with pytest.raises(Conflict, match="stands behind item 1"):
        review.decide(store, taxonomy, ana, a_decision(item_id=4, person_id=ana.id, at=now))


def test_a_copy_that_was_decided_by_itself_stands_behind_again_when_that_is_taken_back(
    store: Store, story: list[Item], taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    made = review.decide(store, taxonomy, ana, a_decision(item_id=2, person_id=ana.id, at=now))

    review.undo(store, ana, made.id, "back", now)

    assert store.item(2, now).item.state is ItemState.COPY


def test_the_first_item_of_a_story_cannot_be_split_from_it(store: Store, story: list[Item], ana: Person) -> None:
    with pytest.raises(Conflict, match="stands for itself"):
        review.split(store, ana, 1, NOW)


def test_an_item_that_does_not_exist_cannot_be_joined(store: Store, story: list[Item], ana: Person) -> None:
    with pytest.raises(NotFound):
        review.join(store, ana, 1, 99)


def test_joining_what_is_one_story_already_changes_nothing(store: Store, story: list[Item], ana: Person) -> None:
    assert review.join(store, ana, 3, 2) == 1

    assert [member.placed_by for member in store.members(1)] == ["", "", ""]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_no_item_is_lost_and_each_story_has_one_item_that_stands(
    seed: int, store: Store, source: Source, ana: Person, now: datetime
) -> None:
    rng = random.Random(seed)
    store.register([source, *AGENCIES])
    texts = [STORY, *SAME.values(), *OTHER.values()]
    addresses: set[str] = set()
    for step in range(40):
        when = now + step * HOUR
        act = rng.choice(["arrive", "arrive", "change", "split", "join"])
        ids = range(1, len(addresses) + 1)
        if act in ("arrive", "change") or len(ids) < 2:
            site = rng.randrange(4)
            address = f"a{site}.example.org/{rng.randrange(5)}"
            addresses.add(address)
            intake.take_in(store, AGENCIES[site], [entry_of(rng.choice(texts), address)], when)
        elif act == "split":
            behind = [id for id in ids if store.item(id, when).item.copy_of]
            if behind:
                review.split(store, ana, rng.choice(behind), when)
        else:
            review.join(store, ana, *rng.sample(ids, 2))

        items = [waiting.item for waiting in store.queue(ALL, when, limit=100)]
        assert len(items) == len(addresses)
        for item in items:
            _whole(item, store.members(item.id))


def _whole(item: Item, members: list[Member]) -> None:
    stands, *behind = [member.item for member in members]
    assert item.id in {member.item.id for member in members}
    assert (stands.copy_of, stands.copy_kind, stands.state) == (None, None, ItemState.WAITING)
    for one in behind:
        assert one.copy_of == stands.id
        assert one.copy_kind is not None
        assert one.copy_score is not None
        assert one.state is ItemState.COPY
