"""The form of an initiative as it is typed: what it says, what it leaves alone, what it cannot understand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.desk import form
from tests.makers import an_initiative
from tracker.model import (
    Actor,
    Confidence,
    Contact,
    Initiative,
    Origin,
    Reading,
    RoughDate,
    StatusChange,
    Wording,
)

LANGUAGES = ("en", "fr", "es")


def whole() -> Initiative:
    """An initiative in which every field says something."""
    return an_initiative(
        bias_grounds=("gender",),
        subdivisions=("CA-QC",),
        locality="Montréal",
        geo_level="subnational",
        actors=(Actor(name="Ministry", kind="executive", level="national"), Actor(name="Fund", role="funder")),
        targets=("women",),
        covid_link="created_for",
        announced=RoughDate.parse("2020"),
        start=RoughDate.parse("2020-04"),
        end=RoughDate.parse("2020-07-01"),
        status="ended",
        status_history=(StatusChange(status="active", on=RoughDate.parse("2020-04"), note="opened"),),
        amount=1250.5,
        currency="CAD",
        recipients="Shelters",
        contact=Contact(phone="555-0100", url="https://help.example.org/", hours="Every day"),
        evidence_grade="official_primary",
        keywords=("helpline",),
        why_promising="Quick",
        challenges="Money",
        further_reading=(Reading(title="Report", url="https://example.org/r"),),
        indigenous_relevance=False,
        confidence=Confidence.HIGH,
        previous=3,
        related=(4, 5),
    )


def said(before: Initiative | None = None, own: dict[str, Wording] | None = None, **typed: Any) -> form.Understood:
    """What a form says in which these fields were typed; `__` stands for the point in their names."""
    content = before or an_initiative()
    raw = form.typed(content, LANGUAGES) | {name.replace("__", "."): value for name, value in typed.items()}
    return form.read(raw, content, own or {})


def test_a_form_that_nobody_touched_says_exactly_what_it_was_made_from() -> None:
    for content in (Initiative(), an_initiative(), whole()):
        assert said(content) == form.Understood(content, {})


def test_one_field_changes_and_every_other_one_stays() -> None:
    assert said(whole(), locality=" Laval ").content == whole().but(locality="Laval")


@given(
    st.dictionaries(
        st.sampled_from([*form.DATES, "amount", "url", "title.fr", "phone", "locality"]), st.text(max_size=40)
    )
)
def test_whatever_is_typed_there_is_an_initiative_or_a_problem_by_field(typed: dict[str, str]) -> None:
    raw = form.typed(whole(), LANGUAGES) | typed

    understood = form.read(raw, whole(), {})

    assert isinstance(understood.content, Initiative)
    assert set(understood.problems) <= {*typed, *map(str, Initiative.model_fields)}


# ----------------------------------------------------------------------------------------------------------- wordings


def test_what_a_person_writes_is_theirs_and_what_is_copied_is_the_sources() -> None:
    own = {"es": Wording(title="Línea de ayuda", summary="Atiende.", origin=Origin.SOURCE)}

    wordings = said(own=own, title__fr="Ligne", title__es="Línea de ayuda", summary__es="Atiende.").content.wordings

    assert (wordings["fr"].origin, wordings["es"].origin) == (Origin.HUMAN, Origin.SOURCE)


def test_a_machine_translation_stays_one_until_a_person_has_read_it() -> None:
    before = an_initiative(wordings={"fr": Wording(title="Ligne", origin=Origin.MACHINE)})

    assert said(before, locality="x").content.wordings["fr"].origin is Origin.MACHINE
    assert said(before, checked__fr=True).content.wordings["fr"].origin is Origin.HUMAN


def test_a_wording_that_is_emptied_is_gone() -> None:
    assert set(said(title__fr="", summary__fr=" ").content.wordings) == {"en"}


# -------------------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(("text", "understood"), [("2020", "2020"), ("2020-04", "2020-04"), ("2020/4/7", "2020-04-07")])
def test_a_date_is_as_exact_as_it_is_typed(text: str, understood: str) -> None:
    assert str(said(start=text).content.start) == understood


def test_a_date_that_cannot_be_understood_is_told_by_field_and_the_others_are_taken() -> None:
    understood = said(start="17 avril", end="2020-05")

    assert understood.problems == {"start": form.Problem(form.NO_DATE, {"text": "17 avril"})}
    assert (understood.content.start, str(understood.content.end)) == (None, "2020-05")


# -------------------------------------------------------------------------------------------------------------- lines


def test_the_last_line_of_the_history_is_the_status_of_today() -> None:
    before = an_initiative(status="active")

    content = said(before, status__1__status="ended", status__1__on="2020-07", status__1__note="closed").content

    assert content.status == "ended"
    assert [(change.status, str(change.on or "")) for change in content.status_history] == [
        ("active", ""),
        ("ended", "2020-07"),
    ]


def test_a_line_with_a_date_and_no_status_is_told() -> None:
    assert set(said(status__0__on="2020").problems) == {"status.0.status"}


def test_an_actor_needs_a_name_unless_only_a_suggestion_stands_there() -> None:
    content = an_initiative()
    raw = form.typed(content, LANGUAGES) | {"actor.0.kind": "police"}

    assert set(form.read(raw, content, {}).problems) == {"actor.0.name"}
    assert form.read(raw, content, {}, {"actor.0.kind": "police"}) == form.Understood(content, {})


def test_a_line_that_is_emptied_is_gone() -> None:
    content = said(whole(), actor__0__name="", actor__0__kind=None, actor__0__level=None).content

    assert [actor.name for actor in content.actors] == ["Fund"]


def test_further_reading_needs_an_address() -> None:
    assert set(said(reading__0__title="Report").problems) == {"reading.0.url"}
    assert set(said(reading__0__url="www.example.org").problems) == {"reading.0.url"}


# ------------------------------------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("text", "amount"),
    [("40000000", 4e7), ("40,000,000", 4e7), ("40 000 000", 4e7), ("1.250,50", 1250.5), ("1250.5", 1250.5), ("0", 0)],
)
def test_an_amount_is_understood_as_people_write_it(text: str, amount: float) -> None:
    assert said(amount=text, currency="CAD").content.amount == amount


@pytest.mark.parametrize("text", ["some", "-5", "1,2,3", "40 million"])
def test_what_is_no_amount_is_told(text: str) -> None:
    assert said(amount=text).problems == {"amount": form.Problem(form.NO_AMOUNT, {"text": text})}


def test_other_initiatives_are_named_by_number() -> None:
    content = said(related=[4, "#5"], previous="12").content

    assert (content.related, content.previous) == ((4, 5), 12)
    assert set(said(related=["helpline"]).problems) == {"related"}


def test_an_address_must_be_one_and_the_rest_of_the_contact_is_taken() -> None:
    understood = said(url="javascript:alert(1)", phone="555-0100")

    assert set(understood.problems) == {"url"}
    assert understood.content.contact == Contact(phone="555-0100")


def test_every_field_of_a_form_is_known_and_others_are_not() -> None:
    assert [name for name in form.typed(whole(), LANGUAGES) if not form.known(name)] == []
    assert not any(form.known(name) for name in ("subdivision", "actor.x.name", "actor.0.age", "title", "wordings"))
