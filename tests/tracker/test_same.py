"""Which initiatives are shown before another one is made: the same in other words, and none that is another."""

from __future__ import annotations

import pytest

from collectors.sample.initiatives import initiatives
from tests.makers import NOW, a_source, an_entry, an_initiative
from tracker import intake, same
from tracker.model import EvidenceRole, Initiative, InitiativeState, Person, Record, RoughDate, Wording
from tracker.same import Why
from tracker.store import Store

SAMPLES = [one.initiative for one in initiatives()]


def made(store: Store, ana: Person, content: Initiative) -> Record:
    return store.add_initiative(content, ana, NOW, "1", sample=False)


def half(wording: Wording) -> Wording:
    """The same told shorter: five words of the title, the first half of the summary."""
    words = wording.summary.split()
    return Wording(title=" ".join(wording.title.split()[:5]), summary=" ".join(words[: len(words) // 2]))


@pytest.fixture
def filled(store: Store, ana: Person) -> list[Record]:
    """The sample initiatives: different ones, of much the same words."""
    with store.writing():
        return [made(store, ana, content) for content in SAMPLES]


def test_different_initiatives_are_not_shown_as_the_same(store: Store, filled: list[Record]) -> None:
    shown = {record.id: same.similar_to(store, record.id, NOW) for record in filled}

    assert {id: found for id, found in shown.items() if found} == {}


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_same_initiative_told_shorter_in_one_language_is_found_with_why(
    store: Store, ana: Person, filled: list[Record], language: str
) -> None:
    coded = [(record, record.initiative) for record in filled]
    told = [record for record, content in coded if language in content.wordings and content.countries][:6]
    for record in told:
        content = record.initiative
        again = Initiative(wordings={language: half(content.wordings[language])}, countries=content.countries)

        first, *_ = same.similar_to(store, made(store, ana, again).id, NOW)

        assert first.id == record.id
        assert {Why.WORDS, Why.COUNTRY} <= set(first.why)


def test_another_country_or_another_year_makes_it_less_likely() -> None:
    one = an_initiative(start=RoughDate.parse("2020-04"))

    score, why = same.alike(one, one, 0.5)
    elsewhere, _ = same.alike(one, one.but(countries=("FR",)), 0.5)
    later, _ = same.alike(one, one.but(start=RoughDate.parse("2020-12")), 0.5)

    assert why == (Why.WORDS, Why.COUNTRY, Why.TYPE, Why.DATES)
    assert elsewhere < later < score


def test_what_an_item_reports_is_offered_before_it_is_decided(
    store: Store, ana: Person, filled: list[Record], source: object
) -> None:
    content = filled[0].initiative
    entry = an_entry(title=content.wordings["en"].title, text=content.wordings["en"].summary)
    [item_id] = intake.take_in(store, a_source(), [entry], NOW).new_ids

    first, *_ = same.similar_initiatives(store, item_id, NOW)

    assert first.id == filled[0].id


def test_an_item_behind_both_is_reason_enough(store: Store, ana: Person, source: object) -> None:
    [item_id] = intake.take_in(store, a_source(), [an_entry()], NOW).new_ids
    one = made(store, ana, an_initiative())
    other = made(store, ana, an_initiative(wordings={"es": Wording(title="Otra cosa")}, countries=("MX",)))
    for record in (one, other):
        store.add_evidence(record.id, item_id, ana, NOW, EvidenceRole.PRIMARY)

    [found] = same.similar_to(store, one.id, NOW)

    assert (found.id, found.why[0]) == (other.id, Why.SOURCE)


def test_what_was_given_up_or_changed_is_not_found_by_what_it_said(
    store: Store, ana: Person, filled: list[Record]
) -> None:
    first, second, *_ = filled
    again = [made(store, ana, record.initiative) for record in (first, second)]
    assert [same.similar_to(store, one.id, NOW)[0].id for one in again] == [first.id, second.id]

    store.move_initiative(first.id, 1, [InitiativeState.DRAFT], InitiativeState.DROPPED, ana)
    store.add_revision(second.id, 1, SAMPLES[5], ana, NOW, "1", "another one")

    assert [same.similar_to(store, one.id, NOW) for one in again] == [[], []]
