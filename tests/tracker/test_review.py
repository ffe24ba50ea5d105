"""The rules of the desk: claims, decisions, drafts, the second look, and what the public sees of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.makers import HOUR, NOW, a_decision, an_entry, an_initiative, entries
from tracker import intake, review, second_look
from tracker.errors import BadInitiative, Conflict, IncompleteDecision, NotAllowed, NotFound
from tracker.model import (
    EvidenceRole,
    Filters,
    InitiativeState,
    ItemState,
    Origin,
    Person,
    Record,
    RoughDate,
    Source,
    Verdict,
    Wording,
)
from tracker.store import PublicStore, Store
from tracker.store.items import QueueFilter
from tracker.taxonomy import Taxonomy

LANGUAGES = ("en", "fr", "es")


@pytest.fixture
def item_id(store: Store, source: Source, now: datetime) -> int:
    return intake.take_in(store, source, [an_entry()], now).new_ids[0]


@pytest.fixture
def draft(store: Store, taxonomy: Taxonomy, ana: Person, item_id: int, now: datetime) -> Record:
    """A complete draft by Ana, made from an item."""
    made = review.decide(store, taxonomy, ana, a_decision(item_id=item_id, person_id=ana.id))
    assert made.initiative_id is not None
    return review.save(store, taxonomy, ana, made.initiative_id, 1, an_initiative(), now, "coded")


@pytest.fixture
def public(draft: Record, store: Store, ana: Person, ben: Person, now: datetime) -> Record:
    """The same, approved by Ben."""
    waiting = review.submit(store, ana, draft.id, draft.revision, LANGUAGES, now)
    return second_look.approve(store, ben, waiting.id, waiting.revision, now)


def seen(store: Store) -> list[int]:
    """What the public sees, through its own door."""
    door = PublicStore(store.url)
    try:
        return [record.id for record in door.page(Filters())]
    finally:
        door.close()


# ----------------------------------------------------------------------------------------------------------- claims


def test_two_analysts_are_never_given_the_same_item(
    store: Store, source: Source, ana: Person, ben: Person, now: datetime
) -> None:
    intake.take_in(store, source, entries(2), now)

    first = review.lease(store, ana, QueueFilter(), (), 1, now)
    second = review.lease(store, ben, QueueFilter(), (), 5, now)

    assert len(first) == len(second) == 1
    assert first != second
    assert review.lease(store, ana, QueueFilter(), first, 5, now) == first


def test_a_desk_keeps_its_items_in_their_order_and_gets_the_next_best_ones(
    store: Store, source: Source, ana: Person, now: datetime
) -> None:
    intake.take_in(store, source, entries(5), now)
    first = review.lease(store, ana, QueueFilter(), (), 3, now)

    more = review.lease(store, ana, QueueFilter(), first[::-1], 5, now + timedelta(minutes=9))

    assert more[:3] == first[::-1]
    assert sorted(more) == [1, 2, 3, 4, 5]


def test_a_desk_that_was_left_keeps_what_nobody_else_has_taken_since(
    store: Store, source: Source, ana: Person, ben: Person, now: datetime
) -> None:
    intake.take_in(store, source, entries(3), now)
    had = review.lease(store, ana, QueueFilter(), (), 3, now)
    later = now + timedelta(minutes=11)

    [taken] = review.lease(store, ben, QueueFilter(), (), 1, later)

    assert review.lease(store, ana, QueueFilter(), had, 3, later) == [id for id in had if id != taken]


def test_what_a_desk_asks_of_its_items_is_answered_by_number(
    store: Store, source: Source, ana: Person, ben: Person, now: datetime
) -> None:
    intake.take_in(store, source, entries(4), now)
    review.lease(store, ben, QueueFilter(), (), 1, now)

    assert [store.free(QueueFilter(), ana.id, now, most) for most in (50, 2)] == [3, 2]
    assert store.versions([2, 400]) == {2: (ItemState.WAITING, 1)}
    assert store.item_titles([2, 3]) == {2: "Town number 1 opens a helpline", 3: "Town number 2 opens a helpline"}
    assert list(store.items_shown([3, 400], now)) == [3]
    assert store.open_elsewhere(1, ana.id, now) == "Ben"
    assert store.open_elsewhere(1, ben.id, now) is None


def test_an_item_that_somebody_else_has_open_is_not_decided_and_a_lapsed_claim_loses_no_work(
    store: Store, item_id: int, taxonomy: Taxonomy, ana: Person, ben: Person, now: datetime
) -> None:
    review.open_item(store, ben, item_id, now)
    mine = a_decision(item_id=item_id, person_id=ana.id, at=now)

    with pytest.raises(Conflict, match="Ben has item"):
        review.decide(store, taxonomy, ana, mine)
    made = review.decide(store, taxonomy, ana, mine.but(at=now + timedelta(minutes=11)))

    assert store.decisions() == [made]


def test_a_key_of_somebody_else_brings_nothing_back(
    store: Store, item_id: int, taxonomy: Taxonomy, ana: Person, ben: Person, now: datetime
) -> None:
    made = review.decide(store, taxonomy, ana, a_decision(item_id=item_id, person_id=ana.id))
    review.undo(store, ana, made.id, "back", now)

    with pytest.raises(Conflict, match="has this key"):
        review.decide(store, taxonomy, ben, a_decision(item_id=item_id, person_id=ben.id, key=made.key))
    with pytest.raises(Conflict, match="has this key"):
        review.undo(store, ben, made.id, "back", now)

    assert review.undo(store, ana, made.id, "back", now).undoes == made.id


def test_a_suggestion_that_was_made_for_another_item_is_refused(
    store: Store, source: Source, taxonomy: Taxonomy, ana: Person, now: datetime
) -> None:
    intake.take_in(store, source, entries(2), now)
    foreign = store.item(2, now).suggestion_id

    with pytest.raises(IncompleteDecision, match="was not made for item 1"):
        review.decide(store, taxonomy, ana, a_decision(item_id=1, person_id=ana.id, suggestion_id=foreign))


def test_a_claim_names_who_has_the_item_and_expires_by_itself(
    store: Store, item_id: int, ana: Person, ben: Person, now: datetime
) -> None:
    review.open_item(store, ana, item_id, now)

    with pytest.raises(Conflict, match="Ana has item") as taken:
        review.open_item(store, ben, item_id, now)
    later = review.open_item(store, ben, item_id, now + timedelta(minutes=11))

    assert taken.value.by == "Ana"
    assert later.item.id == item_id


# -------------------------------------------------------------------------------------------------------- decisions


def test_include_drafts_an_initiative_in_the_words_of_the_source(
    store: Store, taxonomy: Taxonomy, ana: Person, item_id: int, now: datetime
) -> None:
    made = review.decide(store, taxonomy, ana, a_decision(item_id=item_id, person_id=ana.id))

    record = store.record(made.initiative_id or 0)
    assert record.state is InitiativeState.DRAFT
    assert record.initiative.wordings["en"].title == "Province opens a helpline by text message"
    assert record.initiative.wordings["en"].origin is Origin.SOURCE
    assert record.initiative.issues == ("domestic_violence",)
    assert [one.item.id for one in store.evidence(record.id)] == [item_id]
    assert store.item(item_id, now).item.state is ItemState.INCLUDED
    assert made.codebook == taxonomy.version


def test_what_the_machine_suggested_is_not_what_the_draft_says(
    store: Store, taxonomy: Taxonomy, ana: Person, item_id: int, now: datetime
) -> None:
    nothing_chosen = a_decision(item_id=item_id, person_id=ana.id, issues=(), countries=())

    made = review.decide(store, taxonomy, ana, nothing_chosen)

    assert store.item(item_id, now).suggestion.issues != ()
    assert store.record(made.initiative_id or 0).initiative.issues == ()


def test_the_first_decision_stands_and_the_second_is_told_who_was_first(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, item_id: int
) -> None:
    review.decide(store, taxonomy, ana, a_decision(item_id=item_id, person_id=ana.id))

    late = a_decision(key="2", item_id=item_id, person_id=ben.id, verdict=Verdict.EXCLUDE, reason="problem_only")
    with pytest.raises(Conflict, match="Ana was first") as lost:
        review.decide(store, taxonomy, ben, late)

    assert lost.value.by == "Ana"
    assert len(store.decisions(item_id=item_id)) == 1


def test_the_same_decision_sent_twice_is_one_decision_and_one_draft(
    store: Store, taxonomy: Taxonomy, ana: Person, item_id: int
) -> None:
    decision = a_decision(item_id=item_id, person_id=ana.id)

    first = review.decide(store, taxonomy, ana, decision)
    again = review.decide(store, taxonomy, ana, decision)

    assert first == again
    assert store.records_by_state() == {"draft": 1}


def test_an_item_whose_text_changed_since_it_was_read_is_not_decided(
    store: Store, source: Source, taxonomy: Taxonomy, ana: Person, item_id: int, now: datetime
) -> None:
    intake.take_in(store, source, [an_entry(text="Something else entirely now.")], now)

    with pytest.raises(Conflict, match="its source has changed the text"):
        review.decide(store, taxonomy, ana, a_decision(item_id=item_id, person_id=ana.id, item_version=1))


def test_an_exclusion_needs_a_reason_of_the_codebook(
    store: Store, taxonomy: Taxonomy, ana: Person, item_id: int, now: datetime
) -> None:
    wrong = a_decision(item_id=item_id, person_id=ana.id, verdict=Verdict.EXCLUDE, reason="do_not_like_it")

    with pytest.raises(IncompleteDecision, match="problem_only"):
        review.decide(store, taxonomy, ana, wrong)

    assert store.item(item_id, now).item.state is ItemState.WAITING


def test_undo_makes_the_item_wait_again_and_keeps_both_decisions(
    store: Store, taxonomy: Taxonomy, ana: Person, item_id: int, now: datetime
) -> None:
    made = review.decide(store, taxonomy, ana, a_decision(item_id=item_id, person_id=ana.id))

    back = review.undo(store, ana, made.id, "undo-1", now)

    assert store.item(item_id, now).item.state is ItemState.WAITING
    assert back.undoes == made.id
    assert [decision.verdict for decision in store.decisions(item_id=item_id)] == [Verdict.UNDO, Verdict.INCLUDE]
    assert store.records_by_state() == {"dropped": 1}


def test_an_item_can_be_decided_otherwise_after_undo(
    store: Store, taxonomy: Taxonomy, ana: Person, item_id: int, now: datetime
) -> None:
    made = review.decide(store, taxonomy, ana, a_decision(item_id=item_id, person_id=ana.id))
    review.undo(store, ana, made.id, "undo-1", now)

    version = store.item(item_id, now).item.version
    other = a_decision(
        key="2", item_id=item_id, item_version=version, person_id=ana.id, verdict=Verdict.EXCLUDE, reason="problem_only"
    )
    review.decide(store, taxonomy, ana, other)

    assert store.item(item_id, now).item.state is ItemState.EXCLUDED


def test_the_decision_of_somebody_else_is_taken_back_by_editors_only(
    store: Store, taxonomy: Taxonomy, ana: Person, ben: Person, item_id: int, now: datetime
) -> None:
    by_ben = review.decide(store, taxonomy, ben, a_decision(item_id=item_id, person_id=ben.id, verdict=Verdict.HOLD))

    with pytest.raises(NotAllowed):
        review.undo(store, ana, by_ben.id, "undo-1", now)


def test_a_decision_whose_initiative_went_on_is_not_taken_back(
    store: Store, public: Record, ana: Person, item_id: int, now: datetime
) -> None:
    [made] = store.decisions(item_id=item_id)

    with pytest.raises(Conflict, match="withdraw it first"):
        review.undo(store, ana, made.id, "undo-1", now)

    assert seen(store) == [public.id]


def test_evidence_links_the_item_to_the_initiative_that_is_named(
    store: Store, source: Source, taxonomy: Taxonomy, draft: Record, ana: Person, now: datetime
) -> None:
    [other] = intake.take_in(
        store, source, [an_entry(url="https://x.example.org/2", guid="2", title="More")], now
    ).new_ids

    decision = a_decision(key="2", item_id=other, person_id=ana.id, verdict=Verdict.EVIDENCE, initiative_id=draft.id)
    review.decide(store, taxonomy, ana, decision)

    assert [(one.item.id, one.role) for one in store.evidence(draft.id)][1] == (other, EvidenceRole.CORROBORATES)


# ------------------------------------------------------------------------------------------- coding and second look


def test_each_save_is_a_revision_with_who_when_and_what_changed(
    store: Store, taxonomy: Taxonomy, draft: Record, ben: Person, now: datetime
) -> None:
    changed = an_initiative(start=RoughDate.parse("2020-04"))

    review.save(store, taxonomy, ben, draft.id, draft.revision, changed, now + HOUR, "found the date")

    newest = store.revisions(draft.id)[0]
    assert (newest.revision, newest.person, newest.reason) == (3, "Ben", "found the date")
    assert newest.changes == {"start": (None, {"on": "2020-04-01", "accuracy": "month"})}


def test_saving_what_is_there_already_makes_no_revision(
    store: Store, taxonomy: Taxonomy, draft: Record, ana: Person, now: datetime
) -> None:
    same = review.save(store, taxonomy, ana, draft.id, draft.revision, draft.initiative, now)

    assert same.revision == draft.revision


def test_who_saves_over_a_newer_revision_is_told_and_loses_nothing_of_the_other(
    store: Store, taxonomy: Taxonomy, draft: Record, ana: Person, ben: Person, now: datetime
) -> None:
    review.save(store, taxonomy, ben, draft.id, draft.revision, an_initiative(locality="Laval"), now)

    with pytest.raises(Conflict, match="Ben wrote revision"):
        review.save(store, taxonomy, ana, draft.id, draft.revision, an_initiative(locality="Lévis"), now)

    assert store.record(draft.id).initiative.locality == "Laval"


def test_a_code_that_the_codebook_does_not_have_is_refused_by_name(
    store: Store, taxonomy: Taxonomy, draft: Record, ana: Person, now: datetime
) -> None:
    with pytest.raises(BadInitiative, match=r"types: 'X9'"):
        review.save(store, taxonomy, ana, draft.id, draft.revision, an_initiative(types=("X9",)), now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wordings": {"pt": Wording(title="Linha de apoio")}}, "title"),
        ({"issues": ()}, "issues"),
        ({"types": ()}, "types"),
        ({"start": RoughDate.parse("2019")}, "start"),
        ({"announced": RoughDate.parse("2021-01-01")}, "announced"),
        ({"start": RoughDate.parse("2020-04"), "end": RoughDate.parse("2020-03-31")}, "end"),
        ({"amount": 5000.0}, "currency"),
    ],
)
def test_an_incomplete_draft_is_not_sent_to_the_second_look(
    store: Store, taxonomy: Taxonomy, draft: Record, ana: Person, now: datetime, changes: dict[str, object], field: str
) -> None:
    saved = review.save(store, taxonomy, ana, draft.id, draft.revision, an_initiative(**changes), now)

    with pytest.raises(BadInitiative, match=f"^{field}: "):
        review.submit(store, ana, saved.id, saved.revision, LANGUAGES, now)


def test_nobody_approves_what_they_wrote(store: Store, draft: Record, ana: Person, now: datetime) -> None:
    review.submit(store, ana, draft.id, draft.revision, LANGUAGES, now)

    with pytest.raises(NotAllowed, match="second look is for somebody else"):
        second_look.approve(store, ana, draft.id, draft.revision, now)

    assert seen(store) == []


def test_the_database_itself_refuses_an_approver_who_wrote_the_revision(
    store: Store, draft: Record, ana: Person, now: datetime
) -> None:
    review.submit(store, ana, draft.id, draft.revision, LANGUAGES, now)

    with pytest.raises(sa.exc.IntegrityError):
        store.approve_initiative(draft.id, draft.revision, ana, now)


def test_nothing_is_public_before_the_second_look(
    store: Store, draft: Record, ana: Person, ben: Person, now: datetime
) -> None:
    assert seen(store) == []
    review.submit(store, ana, draft.id, draft.revision, LANGUAGES, now)
    assert seen(store) == []
    second_look.approve(store, ben, draft.id, draft.revision, now)
    assert seen(store) == [draft.id]


def test_the_public_sees_the_approved_revision_until_the_next_is_approved(
    store: Store, taxonomy: Taxonomy, public: Record, ana: Person, ben: Person, now: datetime
) -> None:
    door = PublicStore(store.url)
    edited = review.save(store, taxonomy, ana, public.id, public.revision, an_initiative(locality="Laval"), now)

    before = door.one(public.id).initiative.locality
    review.submit(store, ana, edited.id, edited.revision, LANGUAGES, now)
    second_look.approve(store, ben, edited.id, edited.revision, now + HOUR)
    after = door.one(public.id)
    history = door.history(public.id)
    door.close()

    assert before == ""
    assert after.initiative.locality == "Laval"
    assert after.first_public_at == now
    assert [change.fields for change in history] == [("locality",), ()]


def test_an_approval_of_a_revision_that_is_not_the_newest_is_refused(
    store: Store, taxonomy: Taxonomy, draft: Record, ana: Person, ben: Person, now: datetime
) -> None:
    review.submit(store, ana, draft.id, draft.revision, LANGUAGES, now)
    review.save(store, taxonomy, ana, draft.id, draft.revision, an_initiative(locality="Laval"), now)

    with pytest.raises(Conflict):
        second_look.approve(store, ben, draft.id, draft.revision, now)


def test_sending_back_needs_a_note_and_makes_it_a_draft(
    store: Store, draft: Record, ana: Person, ben: Person, now: datetime
) -> None:
    review.submit(store, ana, draft.id, draft.revision, LANGUAGES, now)

    with pytest.raises(IncompleteDecision):
        second_look.send_back(store, ben, draft.id, draft.revision, " ")
    back = second_look.send_back(store, ben, draft.id, draft.revision, "the date is missing")

    assert back.state is InitiativeState.DRAFT
    assert store.events("initiative", draft.id)[0].after == {"state": "draft", "note": "the date is missing"}


def test_only_editors_withdraw_and_the_public_is_told_why(
    store: Store, public: Record, ana: Person, ben: Person, now: datetime
) -> None:
    with pytest.raises(NotAllowed):
        second_look.withdraw(store, ana, public.id, "named a shelter's place", now)
    second_look.withdraw(store, ben, public.id, "named a shelter's place", now)

    door = PublicStore(store.url)
    with pytest.raises(NotFound):
        door.one(public.id)
    assert door.withdrawn(public.id)
    assert door.history(public.id)[0].reason == "named a shelter's place"
    door.close()


def test_a_withdrawn_record_becomes_public_again_only_by_another_second_look(
    store: Store, taxonomy: Taxonomy, public: Record, ana: Person, ben: Person, now: datetime
) -> None:
    second_look.withdraw(store, ben, public.id, "wrong country", now)
    mended = review.save(store, taxonomy, ana, public.id, public.revision, an_initiative(countries=("FR",)), now)
    review.submit(store, ana, mended.id, mended.revision, LANGUAGES, now)

    assert seen(store) == []
    second_look.approve(store, ben, mended.id, mended.revision, now)
    assert seen(store) == [public.id]


# --------------------------------------------------------------------------------------------- sources that change


def test_a_change_of_a_source_behind_an_initiative_is_told_until_somebody_has_dealt_with_it(
    store: Store, taxonomy: Taxonomy, source: Source, ana: Person
) -> None:
    intake.take_in(store, source, entries(2), NOW)
    draft = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    other = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    for record, item in ((draft, 1), (other, 2)):
        store.add_evidence(record.id, item, ana, NOW, EvidenceRole.PRIMARY)
    before = store.source_changes()
    new = entries(1)[0].but(text="The helpline of town number 0 is closed again.", updated=NOW + HOUR)

    intake.take_in(store, source, [new], NOW + HOUR)

    [change] = store.source_changes()[draft.id]
    assert (before, list(store.source_changes())) == ({}, [draft.id])
    assert (change.item_id, change.at, change.since) == (1, NOW + HOUR, NOW)
    assert [record.id for record in store.records(source_changed=True)] == [draft.id]
    assert store.source_changes([other.id]) == {}
    review.save(store, taxonomy, ana, draft.id, 1, an_initiative(locality="X"), NOW + 2 * HOUR, "the source changed")
    assert store.source_changes() == {}
