"""Two initiatives that are one, and one that is two: what moves, what the public sees, and how it is taken back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.makers import HOUR, NOW, an_initiative, entries
from tracker import intake, merging, review, second_look
from tracker.errors import Conflict, IncompleteDecision, NotAllowed, NotFound
from tracker.merging import Take
from tracker.model import EvidenceRole, Initiative, InitiativeState, Person, Record, Role, Source, Wording
from tracker.store import PublicStore, Store
from tracker.store.acts import Act
from tracker.taxonomy import Taxonomy

LANGUAGES = ("en", "fr", "es")


@pytest.fixture
def carl(store: Store) -> Person:
    made = Person(email="carl@example.org", name="Carl", role=Role.EDITOR)
    return store.add_person(made, "no hash", "test")


@pytest.fixture
def door(store: Store) -> Iterator[PublicStore]:
    """What the public sees, through its own door."""
    opened = PublicStore(store.url)
    yield opened
    opened.close()


@pytest.fixture
def items(store: Store, source: Source) -> list[int]:
    return intake.take_in(store, source, entries(4), NOW).new_ids


def drafted(store: Store, ana: Person, items: list[int], **changes: object) -> Record:
    record = store.add_initiative(an_initiative(**changes), ana, NOW, "1", sample=False)
    for item in items:
        store.add_evidence(record.id, item, ana, NOW, EvidenceRole.PRIMARY)
    return record


def published(store: Store, record: Record, ana: Person, ben: Person, now: datetime = NOW) -> Record:
    waiting = review.submit(store, ana, record.id, record.revision, LANGUAGES, now)
    return second_look.approve(store, ben, record.id, waiting.revision, now)


@pytest.fixture
def kept(store: Store, ana: Person, ben: Person, items: list[int]) -> Record:
    return published(store, drafted(store, ana, items[:1]), ana, ben)


@pytest.fixture
def other(store: Store, ana: Person, ben: Person, items: list[int]) -> Record:
    """A second public one, of the same helpline: it knows a type, a country and a Spanish title more."""
    wordings = {"en": Wording(title="Text helpline"), "es": Wording(title="Línea de ayuda")}
    changes = {"wordings": wordings, "types": ("A2", "A3"), "countries": ("FR",), "locality": "Laval"}
    return published(store, drafted(store, ana, items[1:3], **changes), ana, ben)


def merged(
    store: Store, taxonomy: Taxonomy, by: Person, kept: Record, other: Record, now: datetime = NOW + HOUR
) -> Act:
    return merging.merge(store, taxonomy, by, store.record(kept.id), store.record(other.id), {}, "the same line", now)


def approved_after(store: Store, id: int, ben: Person, carl: Person, now: datetime = NOW + 2 * HOUR) -> Record:
    """The second look at what Ben has merged."""
    record = store.record(id)
    waiting = review.submit(store, ben, id, record.revision, LANGUAGES, now)
    return second_look.approve(store, carl, id, waiting.revision, now)


def behind(store: Store, id: int) -> list[int]:
    return [one.item.id for one in store.evidence(id)]


def rows(store: Store) -> list[list[Any]]:
    """Everything that says how initiatives stand, what stands behind them, and what the public sees of them."""
    with store.reading() as db:
        return [
            list(db.execute(sa.text(f"SELECT * FROM {table} ORDER BY 1, 2")))  # noqa: S608
            for table in ("initiative", "public_initiative", "public_facet")
        ] + [list(db.execute(sa.text("SELECT * FROM evidence WHERE removed_at IS NULL ORDER BY id")))]


# ------------------------------------------------------------------------------------------------------- the content


def test_the_kept_one_keeps_what_it_says_and_lists_are_united() -> None:
    ours = an_initiative(types=("A2",), countries=("CA",), locality="")
    theirs = an_initiative(
        wordings={"en": Wording(title="Other"), "es": Wording(title="Línea")},
        types=("A2", "A3"),
        countries=("FR",),
        locality="Laval",
    )

    whole = merging.united(ours, theirs, {})

    assert (whole.types, whole.countries, whole.locality) == (("A2", "A3"), ("CA", "FR"), "Laval")
    assert whole.wordings == {**ours.wordings, "es": Wording(title="Línea")}


def test_each_field_can_be_taken_from_either() -> None:
    ours, theirs = an_initiative(countries=("CA",)), an_initiative(countries=("FR",), locality="Laval")

    whole = merging.united(ours, theirs, {"countries": Take.OTHER, "locality": Take.KEPT})

    assert (whole.countries, whole.locality) == (("FR",), "")


def test_what_both_say_is_no_question() -> None:
    assert merging.differing(an_initiative(), an_initiative()) == []
    assert merging.differing(an_initiative(locality="Laval"), an_initiative()) == []


def test_merging_a_content_with_itself_changes_nothing() -> None:
    content = an_initiative(keywords=("line", "text"))

    assert merging.united(content, content, {}) == content
    assert merging.united(content, Initiative(), {}) == content


# ------------------------------------------------------------------------------------------------------------- merge


def test_until_somebody_approves_a_merge_the_public_sees_what_it_saw(
    store: Store, door: PublicStore, taxonomy: Taxonomy, kept: Record, other: Record, ben: Person, items: list[int]
) -> None:
    before = [door.one(kept.id), door.one(other.id)]

    merged(store, taxonomy, ben, kept, other)

    assert [door.one(kept.id), door.one(other.id)] == before
    assert behind(store, kept.id) == items[:3]
    assert behind(store, other.id) == []
    assert (store.record(kept.id).state, store.record(other.id).merged_into) == (InitiativeState.DRAFT, kept.id)
    assert [one.id for one in store.merges_waiting()] == [kept.id]


def test_once_approved_the_number_of_the_merged_one_leads_to_the_kept_one(
    store: Store,
    door: PublicStore,
    taxonomy: Taxonomy,
    kept: Record,
    other: Record,
    ben: Person,
    carl: Person,
) -> None:
    merged(store, taxonomy, ben, kept, other)
    approved_after(store, kept.id, ben, carl)

    assert door.merged_into(other.id) == kept.id
    with pytest.raises(NotFound):
        door.one(other.id)
    whole = door.one(kept.id)
    assert (whole.initiative.types, len(whole.sources)) == (("A2", "A3"), 3)
    assert store.merges_waiting() == []


def test_nobody_approves_a_merge_that_they_made(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ben: Person
) -> None:
    merged(store, taxonomy, ben, kept, other)
    record = store.record(kept.id)
    review.submit(store, ben, kept.id, record.revision, LANGUAGES, NOW)

    with pytest.raises(NotAllowed):
        second_look.approve(store, ben, kept.id, record.revision, NOW)


def test_the_change_log_of_a_release_says_where_a_merged_one_went(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ben: Person, carl: Person
) -> None:
    first = store.release_next(NOW + HOUR, "test")
    store.release_written(first.number, "releases/1", {}, "test")
    merged(store, taxonomy, ben, kept, other)
    approved_after(store, kept.id, ben, carl)

    second = store.release_next(NOW + 3 * HOUR, "test")

    [gone] = [change for change in second.changes if change.initiative_id == other.id]
    assert (gone.what, gone.merged_into, gone.reason) == (
        "withdrawn",
        kept.id,
        f"merged into initiative {kept.id}",
    )
    store.release_written(second.number, "releases/2", {}, "test")
    assert store.release_next(NOW + 4 * HOUR, "test").merged == {other.id: kept.id}


def test_only_editors_merge_and_they_say_why(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ana: Person, ben: Person
) -> None:
    with pytest.raises(NotAllowed, match="takes the role editor"):
        merged(store, taxonomy, ana, kept, other)
    with pytest.raises(IncompleteDecision, match="say why"):
        merging.merge(store, taxonomy, ben, kept, other, {}, " ", NOW)
    with pytest.raises(IncompleteDecision, match="into itself"):
        merging.merge(store, taxonomy, ben, kept, kept, {}, "the same", NOW)


def test_a_merge_of_something_that_has_moved_on_is_refused(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ana: Person, ben: Person
) -> None:
    review.save(store, taxonomy, ana, other.id, other.revision, an_initiative(locality="Lévis"), NOW)

    with pytest.raises(Conflict, match="has moved on"):
        merging.merge(store, taxonomy, ben, kept, other, {}, "the same line", NOW)
    assert behind(store, other.id) != []


def test_what_was_merged_away_is_not_worked_on_any_more(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ana: Person, ben: Person
) -> None:
    merged(store, taxonomy, ben, kept, other)

    with pytest.raises(Conflict, match=f"merged into {kept.id}"):
        review.save(store, taxonomy, ana, other.id, other.revision, an_initiative(locality="Lévis"), NOW)
    with pytest.raises(Conflict):
        second_look.withdraw(store, ben, other.id, "wrong", NOW)


def test_of_two_merges_that_cross_at_once_one_is_told_that_it_came_late(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ben: Person
) -> None:
    told: list[str] = []

    def merge(one: Record, two: Record) -> None:
        door = Store(store.url)
        try:
            merging.merge(door, taxonomy, ben, one, two, {}, "the same line", NOW)
            told.append("merged")
        except Conflict:
            told.append("late")
        finally:
            door.close()

    threads = [threading.Thread(target=merge, args=pair) for pair in ((kept, other), (other, kept))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["late", "merged"]
    assert [store.record(one.id).merged_into for one in (kept, other)].count(None) == 1


def test_a_merged_initiative_takes_no_more_evidence_and_says_which_one_does(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ana: Person, ben: Person, items: list[int]
) -> None:
    merged(store, taxonomy, ben, kept, other)

    with pytest.raises(Conflict, match=f"merged into {kept.id}"):
        review.link(store, ana, other.id, items[3], EvidenceRole.UPDATE, NOW)


def test_no_chain_of_redirects_is_left(
    store: Store,
    door: PublicStore,
    taxonomy: Taxonomy,
    kept: Record,
    other: Record,
    ana: Person,
    ben: Person,
    carl: Person,
    items: list[int],
) -> None:
    merged(store, taxonomy, ben, kept, other)
    approved_after(store, kept.id, ben, carl)
    third = published(store, drafted(store, ana, items[3:]), ana, ben)

    act = merged(store, taxonomy, ben, third, kept)
    assert store.record(other.id).merged_into == third.id
    assert door.merged_into(other.id) == kept.id
    approved_after(store, third.id, ben, carl)
    assert (door.merged_into(other.id), door.merged_into(kept.id)) == (third.id, third.id)

    merging.undo(store, ben, act.id, NOW + 5 * HOUR)
    assert (door.merged_into(other.id), door.merged_into(kept.id)) == (kept.id, None)
    assert door.one(kept.id).id == kept.id


def test_a_merge_is_not_taken_back_before_the_one_that_was_built_on_it(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ana: Person, ben: Person, items: list[int]
) -> None:
    first = merged(store, taxonomy, ben, kept, other)
    third = drafted(store, ana, items[3:])
    merged(store, taxonomy, ben, third, kept)

    with pytest.raises(Conflict, match="take that back first"):
        merging.undo(store, ben, first.id, NOW)


# -------------------------------------------------------------------------------------------------- undo of a merge


def test_a_merge_that_is_taken_back_restores_both_exactly(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ben: Person
) -> None:
    before = rows(store)
    act = merged(store, taxonomy, ben, kept, other)
    assert rows(store) != before

    merging.undo(store, ben, act.id, NOW + 2 * HOUR)

    assert rows(store) == before


def test_also_after_its_approval_and_a_release(
    store: Store, door: PublicStore, taxonomy: Taxonomy, kept: Record, other: Record, ben: Person, carl: Person
) -> None:
    before = rows(store)
    act = merged(store, taxonomy, ben, kept, other)
    approved_after(store, kept.id, ben, carl)
    release = store.release_next(NOW + 3 * HOUR, "test")
    store.release_written(release.number, "releases/1", {}, "test")

    merging.undo(store, carl, act.id, NOW + 4 * HOUR, "two lines after all")

    assert rows(store) == before
    assert door.merged_into(other.id) is None
    assert [change.what for change in door.history(other.id)] == ["restored", "merged", "added"]


def test_work_after_an_undone_merge_goes_on_from_before_it(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ana: Person, ben: Person
) -> None:
    act = merged(store, taxonomy, ben, kept, other)
    merging.undo(store, ben, act.id, NOW + 2 * HOUR)

    again = an_initiative(locality="Lévis")
    saved = review.save(store, taxonomy, ana, kept.id, kept.revision, again, NOW + 3 * HOUR, "found the town")

    newest, undone, *_ = store.revisions(kept.id)
    assert saved.initiative == again
    assert (newest.revision, list(newest.changes)) == (3, ["locality"])
    assert (undone.revision, undone.taken_back) == (2, True)


def test_a_merge_on_which_somebody_wrote_is_not_taken_back(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ana: Person, ben: Person
) -> None:
    act = merged(store, taxonomy, ben, kept, other)
    record = store.record(kept.id)
    review.save(store, taxonomy, ana, kept.id, record.revision, an_initiative(locality="Lévis"), NOW)

    with pytest.raises(Conflict, match="is at revision"):
        merging.undo(store, ben, act.id, NOW)


def test_what_somebody_else_merged_is_taken_back_by_editors(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ana: Person, ben: Person, carl: Person
) -> None:
    act = merged(store, taxonomy, ben, kept, other)

    with pytest.raises(NotAllowed):
        merging.undo(store, ana, act.id, NOW)
    merging.undo(store, carl, act.id, NOW)

    with pytest.raises(Conflict, match="taken back already"):
        merging.undo(store, carl, act.id, NOW)


# ---------------------------------------------------------------------------------------------- instead of a new one


def test_a_draft_gives_its_evidence_to_the_one_that_there_is_and_is_given_up(
    store: Store, door: PublicStore, taxonomy: Taxonomy, kept: Record, ana: Person, items: list[int]
) -> None:
    draft = drafted(store, ana, items[3:])
    before, seen = store.record(kept.id), door.one(kept.id)

    act = merging.attach_instead(store, taxonomy, ana, draft, kept.id, EvidenceRole.UPDATE, NOW)

    assert store.record(kept.id) == before
    assert door.one(kept.id) == seen
    assert [(one.item.id, one.role) for one in store.evidence(kept.id)][-1] == (items[3], EvidenceRole.UPDATE)
    assert (store.record(draft.id).state, store.record(draft.id).merged_into) == (InitiativeState.DROPPED, kept.id)

    merging.undo(store, ana, act.id, NOW + HOUR)
    assert store.record(draft.id) == draft
    assert (behind(store, kept.id), behind(store, draft.id)) == (items[:1], items[3:])


def test_giving_up_a_draft_is_taken_back_also_when_the_other_one_went_on(
    store: Store, taxonomy: Taxonomy, kept: Record, ana: Person, items: list[int]
) -> None:
    draft = drafted(store, ana, items[3:])
    act = merging.attach_instead(store, taxonomy, ana, draft, kept.id, EvidenceRole.UPDATE, NOW)
    review.save(store, taxonomy, ana, kept.id, kept.revision, an_initiative(locality="Lévis"), NOW)

    merging.undo(store, ana, act.id, NOW + HOUR)

    assert store.record(draft.id) == draft
    assert store.record(kept.id).initiative.locality == "Lévis"


def test_what_was_public_is_not_given_up_by_the_way(
    store: Store, taxonomy: Taxonomy, kept: Record, other: Record, ana: Person
) -> None:
    with pytest.raises(Conflict, match="merge the two instead"):
        merging.attach_instead(store, taxonomy, ana, other, kept.id, EvidenceRole.UPDATE, NOW)


def test_the_draft_of_somebody_else_is_given_up_by_editors(
    store: Store, taxonomy: Taxonomy, kept: Record, ana: Person, items: list[int]
) -> None:
    dana = store.add_person(Person(email="dana@example.org", name="Dana"), "no hash", "test")
    draft = drafted(store, ana, items[3:])

    with pytest.raises(NotAllowed):
        merging.attach_instead(store, taxonomy, dana, draft, kept.id, EvidenceRole.UPDATE, NOW)


# ------------------------------------------------------------------------------------------------------------- split


def test_a_split_makes_a_related_draft_with_the_chosen_evidence_and_the_same_content(
    store: Store, door: PublicStore, taxonomy: Taxonomy, other: Record, ana: Person, items: list[int]
) -> None:
    seen = door.one(other.id)

    new = merging.split(store, taxonomy, ana, other, [items[2]], "two lines", NOW + HOUR)

    assert (new.state, new.initiative, new.drafted_by) == (InitiativeState.DRAFT, other.initiative, ana.id)
    assert (behind(store, other.id), behind(store, new.id)) == ([items[1]], [items[2]])
    assert (store.related(other.id), store.related(new.id)) == ([new.id], [other.id])
    assert door.one(other.id) == seen


def test_one_item_may_tell_of_two_initiatives(
    store: Store, taxonomy: Taxonomy, kept: Record, ana: Person, items: list[int]
) -> None:
    with pytest.raises(IncompleteDecision, match="leave some evidence"):
        merging.split(store, taxonomy, ana, kept, items[:1], "two lines", NOW)
    new = merging.split(store, taxonomy, ana, kept, items[:1], "two lines", NOW, keep=True)

    assert behind(store, kept.id) == behind(store, new.id) == items[:1]


def test_a_split_is_taken_back_while_nobody_worked_on_the_new_one(
    store: Store, taxonomy: Taxonomy, other: Record, ana: Person, items: list[int]
) -> None:
    new = merging.split(store, taxonomy, ana, other, [items[2]], "two lines", NOW)
    [act, *_] = store.acts(new.id)

    merging.undo(store, ana, act.id, NOW + HOUR)

    assert behind(store, other.id) == items[1:3]
    assert (store.record(new.id).state, store.related(other.id)) == (InitiativeState.DROPPED, [])

    second = merging.split(store, taxonomy, ana, other, [items[2]], "two lines", NOW + HOUR)
    review.save(store, taxonomy, ana, second.id, 1, an_initiative(locality="Lévis"), NOW + timedelta(hours=2))
    with pytest.raises(Conflict, match="was worked on since"):
        merging.undo(store, ana, store.acts(second.id)[0].id, NOW)
