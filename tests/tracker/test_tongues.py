"""The rules of stories in other languages: a translation stands behind its story, what is only likely is only shown."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.makers import HOUR, a_decision, a_source, an_entry
from tests.tracker.test_similarity import retold
from tests.tracker.test_translation import ENGLISH, FRENCH, NUMBERLESS, OTHER_TOWN
from tracker import intake, review, tongues, vectors
from tracker.model import ItemState, Likeness, Person, Source
from tracker.similarity import Told
from tracker.store import Store
from tracker.taxonomy import Taxonomy

MINISTRY = a_source(id="ministry", url="https://ministry.example.org/feed", country="CA")
GAZETTE = a_source(id="gazette-fr", name="Gazette", url="https://gazette.example.org/feed", language="fr", country="CA")
DIARIO = a_source(id="diario-es", name="Diario", url="https://diario.example.org/feed", language="es", country="CA")
SPANISH = Told(
    "El ayuntamiento de Montréal abre una línea de mensajes para víctimas de violencia doméstica (CA-004711)",
    "La medida se anunció el 2020-04-12. Se financia con 340 mil dólares de un presupuesto de emergencia. "
    "Las llamadas subieron un 41 por ciento en las primeras semanas, dice Marie Tremblay de la YWCA.",
)


@pytest.fixture(params=["by meaning", "by signs alone"], autouse=True)
def encoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the extra `semantic` and without it."""
    if request.param == "by signs alone":
        monkeypatch.setattr(vectors, "available", lambda: False)


@pytest.fixture(autouse=True)
def _registered(store: Store) -> None:
    store.register([MINISTRY, GAZETTE, DIARIO])


def arrives(store: Store, source: Source, told: Told, at: datetime, *, number: int = 1) -> int:
    url = f"https://{source.id}.example.org/{number}"
    entry = an_entry(url=url, guid=None, title=told.title, text=told.text, published=at - HOUR)
    intake.take_in(store, source, [entry], at)
    found = store.item_by_address(url)
    assert found is not None
    return found


def test_translations_stand_behind_the_first_item_of_their_story(store: Store, now: datetime) -> None:
    for source, told in ((MINISTRY, ENGLISH), (GAZETTE, FRENCH), (DIARIO, SPANISH)):
        arrives(store, source, told, now)

    assert tongues.make(store, now) == 3

    assert [(one.item.copy_of, one.item.copy_kind) for one in store.members(1)] == [
        (None, None),
        (1, Likeness.TRANSLATION),
        (1, Likeness.TRANSLATION),
    ]
    assert tongues.make(store, now) == 0


def test_a_translation_that_arrives_later_finds_its_story_in_the_store(store: Store, now: datetime) -> None:
    first = arrives(store, MINISTRY, ENGLISH, now)
    tongues.make(store, now)

    second = arrives(store, GAZETTE, FRENCH, now + 30 * HOUR)
    tongues.make(store, now + 30 * HOUR)

    assert store.item(second, now).item.copy_of == first


@pytest.mark.parametrize("told", [OTHER_TOWN, NUMBERLESS], ids=["other numbers", "no numbers"])
def test_the_same_measure_of_another_town_waits_by_itself(told: Told, store: Store, now: datetime) -> None:
    arrives(store, MINISTRY, ENGLISH, now)
    arrives(store, GAZETTE, told, now)

    tongues.make(store, now)

    assert store.queue_by("state") == {"waiting": 2}


def test_a_translation_of_a_month_later_is_another_story(store: Store, now: datetime) -> None:
    arrives(store, MINISTRY, ENGLISH, now)
    arrives(store, GAZETTE, FRENCH, now + timedelta(days=30))

    tongues.make(store, now + timedelta(days=30))

    assert store.queue_by("state") == {"waiting": 2}


def test_what_stands_behind_a_translation_goes_with_it(store: Store, now: datetime) -> None:
    arrives(store, GAZETTE, FRENCH, now, number=1)
    copy = arrives(store, DIARIO, FRENCH, now)
    arrives(store, MINISTRY, ENGLISH, now)
    assert store.item(copy, now).item.copy_of == 1

    tongues.make(store, now)

    assert {one.item.copy_of for one in store.members(3)[1:]} == {store.members(3)[0].item.id}
    assert store.queue_by("state") == {"copy": 2, "waiting": 1}


def test_a_translation_that_a_person_split_is_never_joined_again(store: Store, ana: Person, now: datetime) -> None:
    arrives(store, MINISTRY, ENGLISH, now)
    second = arrives(store, GAZETTE, FRENCH, now)
    tongues.make(store, now)

    review.split(store, ana, second, now)
    assert tongues.make(store, now) == 1

    assert store.item(second, now).item.state is ItemState.WAITING
    assert [one.id for one in tongues.may_tell_same(store, second)] == [1]


def test_an_item_that_somebody_has_open_is_left_to_them(store: Store, ana: Person, now: datetime) -> None:
    arrives(store, MINISTRY, ENGLISH, now)
    second = arrives(store, GAZETTE, FRENCH, now)
    review.open_item(store, ana, second, now)

    tongues.make(store, now)

    assert store.item(second, now).item.state is ItemState.WAITING
    assert [one.id for one in tongues.may_tell_same(store, second)] == [1]


def test_a_translation_whose_words_hardly_change_stays_and_one_that_tells_another_story_waits(
    store: Store, now: datetime
) -> None:
    arrives(store, MINISTRY, ENGLISH, now)
    second = arrives(store, GAZETTE, FRENCH, now)
    tongues.make(store, now)

    arrives(store, GAZETTE, FRENCH._replace(text=f"{FRENCH.text} Une évaluation est prévue."), now + HOUR)
    assert store.item(second, now).item.copy_kind is Likeness.TRANSLATION

    arrives(store, GAZETTE, Told("Météo", "Il pleut dans toutes les villes de la côte."), now + 2 * HOUR)
    assert store.item(second, now).item.state is ItemState.WAITING


def test_the_work_goes_on_where_it_was_ended(store: Store, now: datetime) -> None:
    arrives(store, MINISTRY, ENGLISH, now)
    arrives(store, GAZETTE, FRENCH, now)

    assert tongues.make(store, now, most=1) == 1
    assert tongues.make(store, now, until=lambda: True) == 1

    assert store.item(2, now).item.copy_of == 1


def test_items_from_before_the_encoder_are_compared_again_when_it_comes(
    store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "available", lambda: False)
    arrives(store, MINISTRY, ENGLISH, now)
    tongues.make(store, now)

    monkeypatch.setattr(vectors, "available", lambda: True)

    assert tongues.make(store, now) == 1
    assert tongues.make(store, now) == 0


def test_an_initiative_is_offered_to_an_item_that_may_report_it_and_to_no_other(
    store: Store, ana: Person, taxonomy: Taxonomy, now: datetime
) -> None:
    first = arrives(store, MINISTRY, retold(source="ministry"), now)
    made = review.decide(store, taxonomy, ana, a_decision(item_id=first, person_id=ana.id, at=now))
    again = arrives(
        store, MINISTRY, Told("Helpline by text message has answered 900 victims", "It opened in May."), now, number=2
    )
    other = arrives(store, MINISTRY, Told("Schools stay closed", "They open again in autumn."), now, number=3)
    tongues.make(store, now)

    assert [one.id for one in tongues.may_be(store, again, now)] == [made.initiative_id]
    assert tongues.may_be(store, other, now) == []


def test_an_item_that_was_not_compared_yet_tells_no_likely_story(store: Store, now: datetime) -> None:
    assert tongues.may_tell_same(store, arrives(store, MINISTRY, ENGLISH, now)) == []
