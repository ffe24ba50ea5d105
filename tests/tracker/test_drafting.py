"""The form of an initiative: what stands on it beforehand, what is kept of what was typed, what was suggested."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.makers import NOW, a_decision, an_entry, an_initiative
from tracker import drafting, intake, quality, review
from tracker.errors import BadInitiative, Conflict, NotAllowed
from tracker.model import Accuracy, Actor, Initiative, Person, Record, Role, RoughDate, Scored, Source, Suggestion
from tracker.store import Store
from tracker.taxonomy import Taxonomy


def a_suggestion(**fields: tuple[tuple[str, float], ...]) -> Suggestion:
    """One that says these codes, each with its probability."""
    told = {
        name: tuple(Scored(code=code, score=score, terms=(f"word of {code}",)) for code, score in found)
        for name, found in fields.items()
    }
    return Suggestion(version="words-1", **told)


@pytest.fixture
def draft(store: Store, source: Source, taxonomy: Taxonomy, ana: Person) -> Record:
    """A draft that nobody has coded, from an item without a chosen issue."""
    [item_id] = intake.take_in(store, source, [an_entry()], NOW).new_ids
    made = review.decide(store, taxonomy, ana, a_decision(item_id=item_id, person_id=ana.id, issues=(), countries=()))
    assert made.initiative_id is not None
    return store.record(made.initiative_id)


# ------------------------------------------------------------------------------------------------------- beforehand


def test_likely_codes_stand_chosen_where_nobody_has_chosen_any(taxonomy: Taxonomy) -> None:
    said = a_suggestion(
        issues=(("hate_crime", 0.8), ("domestic_violence", 0.4)),
        types=(("A4", 0.6),),
        countries=(("CA", 0.9),),
        places=(("CA-QC", 0.7), ("FR-IDF", 0.7)),
        grounds=(("racist_xenophobic", 0.6),),
        targets=(("women", 0.2),),
        actor_kinds=(("police", 0.9),),
    )

    assert drafting.chosen_beforehand(Initiative(), [said], taxonomy) == {
        "issues": ("hate_crime",),
        "types": ("A4",),
        "countries": ("CA",),
        "subdivisions": ("CA-QC",),
        "bias_grounds": ("racist_xenophobic",),
        "actor_kinds": ("police",),
    }


def test_what_a_person_has_chosen_is_not_added_to(taxonomy: Taxonomy) -> None:
    said = a_suggestion(issues=(("hate_crime", 0.8),), actor_kinds=(("police", 0.9),))
    content = an_initiative(issues=("domestic_violence",), actors=(Actor(name="City"),))

    assert drafting.chosen_beforehand(content, [said], taxonomy) == {}


def test_a_code_that_cannot_be_chosen_is_not(taxonomy: Taxonomy) -> None:
    said = a_suggestion(types=(("Z9", 0.9),), countries=(("CA", 0.9),), places=(("CA-ZZ", 0.9),))

    assert drafting.chosen_beforehand(Initiative(), [said], taxonomy) == {"countries": ("CA",)}


def test_of_a_code_that_two_items_say_the_surer_counts() -> None:
    said = drafting.said([a_suggestion(issues=(("hate_crime", 0.3),)), a_suggestion(issues=(("hate_crime", 0.7),))])

    assert [one.score for one in said["issues"]] == [0.7]


# ----------------------------------------------------------------------------------------------------- working copy


def test_what_is_typed_is_kept_without_a_revision(store: Store, draft: Record, ana: Person) -> None:
    review.keep(store, ana, draft.id, 1, {"title.en": "Helpli", "start": "2020-"}, NOW)

    kept = store.working_copy(draft.id, ana.id)
    assert kept is not None
    assert (kept.revision, kept.fields) == (1, {"title.en": "Helpli", "start": "2020-"})
    assert store.record(draft.id).revision == 1


def test_two_windows_of_one_person_keep_the_fields_of_both(store: Store, draft: Record, ana: Person) -> None:
    review.keep(store, ana, draft.id, 1, {"title.en": "Helpline", "locality": "Paris"}, NOW)
    review.keep(store, ana, draft.id, 1, {"locality": "Lyon"}, NOW + timedelta(seconds=1))

    kept = store.working_copy(draft.id, ana.id)
    assert kept is not None
    assert kept.fields == {"title.en": "Helpline", "locality": "Lyon"}


def test_what_one_person_types_is_nothing_to_another(store: Store, draft: Record, ana: Person, ben: Person) -> None:
    review.keep(store, ana, draft.id, 1, {"locality": "Lyon"}, NOW)

    assert store.working_copy(draft.id, ben.id) is None
    assert [copy.initiative_id for copy in store.working_copies(ana.id)] == [draft.id]


def test_saving_ends_the_working_copy_of_its_author_alone(
    store: Store, taxonomy: Taxonomy, draft: Record, ana: Person, ben: Person
) -> None:
    for person in (ana, ben):
        review.keep(store, person, draft.id, 1, {"locality": "Lyon"}, NOW)

    review.save(store, taxonomy, ana, draft.id, 1, an_initiative(), NOW)

    assert store.working_copy(draft.id, ana.id) is None
    assert store.working_copy(draft.id, ben.id) is not None


def test_a_save_that_comes_too_late_loses_nothing_that_was_typed(
    store: Store, taxonomy: Taxonomy, draft: Record, ana: Person, ben: Person
) -> None:
    review.keep(store, ben, draft.id, 1, {"locality": "Lyon"}, NOW)
    review.save(store, taxonomy, ana, draft.id, 1, an_initiative(), NOW)

    with pytest.raises(Conflict, match="Ana wrote revision 2"):
        review.save(store, taxonomy, ben, draft.id, 1, an_initiative(locality="Lyon"), NOW)

    assert store.working_copy(draft.id, ben.id) is not None


def test_somebody_who_may_not_change_initiatives_keeps_nothing(store: Store, draft: Record, ana: Person) -> None:
    gone = Person.model_validate({**ana.model_dump(), "active": False, "role": Role.ANALYST})

    with pytest.raises(NotAllowed):
        review.keep(store, gone, draft.id, 1, {"locality": "Lyon"}, NOW)


def test_the_next_draft_is_ones_own_before_that_of_others(
    store: Store, draft: Record, ana: Person, ben: Person
) -> None:
    of_ben = store.add_initiative(an_initiative(), ben, NOW, "1", sample=False)
    of_ana = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)

    assert store.next_draft(ana.id, draft.id) == of_ana.id
    assert store.next_draft(ben.id, draft.id) == of_ben.id
    assert store.next_draft(ben.id, of_ben.id) == draft.id


# ------------------------------------------------------------------------------------------------------ new fields


def test_a_revision_of_an_earlier_age_has_its_one_subdivision() -> None:
    old = {"countries": ["CA"], "subdivision": "CA-QC", "issues": ["hate_crime"]}

    assert Initiative.model_validate(old).subdivisions == ("CA-QC",)
    assert Initiative.model_validate({"subdivision": ""}).subdivisions == ()


@pytest.mark.parametrize("text", ["2020-04-17", "2020/04/17", "2020.4.17", " 2020-4-17 "])
def test_a_day_is_understood_however_its_parts_are_set_apart(text: str) -> None:
    assert RoughDate.parse(text) == RoughDate.parse("2020-04-17")
    assert RoughDate.parse(text).accuracy is Accuracy.DAY


@pytest.mark.parametrize("text", ["17/04/2020", "2020-13", "20", "April 2020", "2020-02-30"])
def test_what_could_mean_two_days_or_none_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match="is no date"):
        RoughDate.parse(text)


@pytest.mark.parametrize("fields", [{"related": (77,)}, {"previous": 77}])
def test_another_initiative_that_there_is_not_is_refused_by_field(
    store: Store, taxonomy: Taxonomy, draft: Record, ana: Person, fields: dict[str, object]
) -> None:
    [field] = fields

    with pytest.raises(BadInitiative, match=f"^{field}: there is no initiative 77$"):
        review.save(store, taxonomy, ana, draft.id, 1, an_initiative(**fields), NOW)


def test_an_initiative_is_not_its_own_update(store: Store, taxonomy: Taxonomy, draft: Record, ana: Person) -> None:
    with pytest.raises(BadInitiative, match="previous: an initiative cannot be its own"):
        review.save(store, taxonomy, ana, draft.id, 1, an_initiative(previous=draft.id), NOW)


def test_updates_do_not_go_round_in_a_circle(store: Store, taxonomy: Taxonomy, draft: Record, ana: Person) -> None:
    later = store.add_initiative(an_initiative(previous=draft.id), ana, NOW, "1", sample=False)

    with pytest.raises(BadInitiative, match="is itself an update of this one"):
        review.save(store, taxonomy, ana, draft.id, 1, an_initiative(previous=later.id), NOW)


def test_a_place_that_there_is_not_is_refused(store: Store, taxonomy: Taxonomy, draft: Record, ana: Person) -> None:
    with pytest.raises(BadInitiative, match="subdivisions: 'CA-ZZ'"):
        review.save(store, taxonomy, ana, draft.id, 1, an_initiative(subdivisions=("CA-ZZ",)), NOW)


# ------------------------------------------------------------------------------------------ suggested against coded


def test_what_was_suggested_is_kept_with_the_revision_and_measured(
    store: Store, taxonomy: Taxonomy, draft: Record, ana: Person
) -> None:
    [evidence] = store.evidence(draft.id)
    row = store.said_of([evidence.item.id])[evidence.item.id]
    said = a_suggestion(issues=(("hate_crime", 0.8), ("domestic_violence", 0.9)), types=(("A4", 0.7),))
    store.suggest_again({evidence.item.id: (row.words_id, said.but(version="model-1+words-1"))}, NOW)
    shown = store.item(evidence.item.id, NOW).suggestion_id
    assert shown is not None
    content = an_initiative(issues=("domestic_violence",), types=("A2",))

    review.save(store, taxonomy, ana, draft.id, 1, content, NOW, "coded", [shown])
    review.save(store, taxonomy, ana, draft.id, 2, content.but(types=("A4",)), NOW, "again")

    [coded] = store.coded(NOW - timedelta(days=1))
    assert (coded.initiative_id, coded.content) == (draft.id, content)
    of = {line.code: line for line in quality.coding([coded])}
    assert of["issues"].found.precision.value == 0.5
    assert of["issues"].found.recall.value == 1.0
    assert of["types"].found.recall.value == 0.0
    assert store.revisions(draft.id)[0].codebook == taxonomy.version
