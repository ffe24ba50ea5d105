"""The rules of what a reader sees of an initiative: their language, or an honest word about the gap."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dashboard.shown import Reader, shortened
from dashboard.site.parts import StaticLinks
from dashboard.words import words
from tests.dashboard.conftest import a_published
from tracker.model import Actor, Contact, Origin, Reading, RoughDate, StatusChange, Wording
from tracker.taxonomy import Taxonomy


def reader(taxonomy: Taxonomy, language: str = "en") -> Reader:
    return Reader(words(language), taxonomy, StaticLinks())


def facts(taxonomy: Taxonomy, language: str = "en", **changes: Any) -> dict[str, list[str]]:
    shown = reader(taxonomy, language).whole(a_published(**changes))
    return {name: [piece.text for piece in pieces] for name, pieces in shown.facts}


def test_a_reader_gets_the_wording_of_their_language(taxonomy: Taxonomy) -> None:
    line = reader(taxonomy, "fr").line(a_published())

    assert (line.title, line.language, line.note) == ("Ligne d'écoute par texto", "", "")


def test_a_wording_in_another_language_is_marked_as_such(taxonomy: Taxonomy) -> None:
    line = reader(taxonomy, "es").line(a_published())

    assert (line.title, line.language, line.note) == ("Helpline by text message", "en", "en inglés")


def test_the_page_of_an_initiative_says_what_is_not_translated_yet(taxonomy: Taxonomy) -> None:
    shown = reader(taxonomy, "es").whole(a_published())

    assert shown.notes == ("Este texto aún no está disponible en español. Se muestra en inglés.",)


def test_a_wording_by_a_machine_says_so(taxonomy: Taxonomy) -> None:
    wordings = {"en": Wording(title="Helpline", origin=Origin.MACHINE)}

    [note] = reader(taxonomy).whole(a_published(wordings=wordings)).notes

    assert note == "This wording was translated by a machine."


def test_an_initiative_without_any_title_is_called_by_its_number(taxonomy: Taxonomy) -> None:
    assert reader(taxonomy).line(a_published(id=7, wordings={})).title == "Initiative 7"


def test_an_initiative_without_a_country_is_international(taxonomy: Taxonomy) -> None:
    assert reader(taxonomy, "fr").line(a_published(countries=())).meta[0] == "International"
    assert facts(taxonomy, countries=())["Where"] == ["International"]


def test_many_countries_are_cut_in_a_list_and_whole_on_the_page(taxonomy: Taxonomy) -> None:
    many = ("CA", "FR", "MX", "BR", "JP")

    assert reader(taxonomy).line(a_published(countries=many)).meta[0] == "Canada, France, Mexico, Brazil…"
    assert len(facts(taxonomy, countries=many)["Where"]) == 5


def test_codes_are_shown_as_labels_and_an_unknown_code_as_it_is(taxonomy: Taxonomy) -> None:
    said = facts(taxonomy, "fr", targets=("women", "nobody_knows"))

    assert said["Pour qui"] == ["Femmes", "nobody_knows"]


def test_a_fact_that_is_not_known_is_left_out(taxonomy: Taxonomy) -> None:
    said = facts(taxonomy)

    assert "Amount" not in said
    assert "Announced" not in said


def test_who_acts_is_said_with_kind_and_level(taxonomy: Taxonomy) -> None:
    actor = Actor(name="Ministry of Families", kind="executive", level="national")

    [said] = facts(taxonomy, actors=(actor,))["Who acts"]

    assert said.startswith("Ministry of Families (")
    assert said.endswith(", National)")


def test_status_is_said_with_its_history(taxonomy: Taxonomy) -> None:
    history = (StatusChange(status="ended", on=RoughDate.parse("2020-09"), note="Funding ran out."),)

    said = facts(taxonomy, status="ended", status_history=history)["Status"]

    assert said == ["Ended", "September 2020: Ended. Funding ran out."]


def test_an_amount_has_its_currency(taxonomy: Taxonomy) -> None:
    assert facts(taxonomy, "es", amount=1_500_000, currency="CAD")["Importe"] == ["1.500.000 CAD"]


def test_a_contact_is_shown_only_when_it_is_given(taxonomy: Taxonomy) -> None:
    given = Contact(phone="+1 555 0100", url="https://example.org/help", hours="day and night")

    shown = reader(taxonomy).whole(a_published(contact=given))

    assert [name for name, _ in shown.contact] == ["Phone", "Website", "Hours"]
    assert reader(taxonomy).whole(a_published()).contact == ()


def test_the_record_says_when_it_was_published_changed_and_verified(taxonomy: Taxonomy) -> None:
    changed = datetime(2020, 6, 1, tzinfo=UTC)

    said = reader(taxonomy).whole(a_published(changed_at=changed, verified_at=None, revision=2)).record

    assert said == "First published 4 May 2020. Last changed 1 June 2020. Revision 2."


@pytest.mark.parametrize(
    ("what", "fields", "reason", "said"),
    [
        ("added", (), "", "Publiée"),
        ("changed", ("title_es", "start"), "", "Modifiée : titre (espagnol), début"),
        ("changed", ("new_field",), "", "Modifiée : new_field"),
        ("withdrawn", (), "Retractée par la source.", "Retirée. Retractée par la source."),
        ("restored", (), "Elle était juste.", "De nouveau publique. Elle était juste."),
    ],
)
def test_a_change_is_said_in_words(
    taxonomy: Taxonomy, what: str, fields: tuple[str, ...], reason: str, said: str
) -> None:
    assert reader(taxonomy, "fr").change(what, fields, reason) == said


def test_a_merge_says_which_one_tells_of_it_now(taxonomy: Taxonomy) -> None:
    assert reader(taxonomy, "es").change("merged", (), "", 7) == "Fusionada con la iniciativa 7"


def test_an_excerpt_is_cut_between_words() -> None:
    assert shortened("one two three, four", 15) == "one two three…"
    assert shortened("short\n  text", 15) == "short text"


def test_provinces_are_called_by_name_and_links_to_others_are_followed(taxonomy: Taxonomy) -> None:
    shown = reader(taxonomy, "fr").whole(
        a_published(
            subdivisions=("CA-QC", "CA-BC"),
            previous=3,
            related=(4,),
            further_reading=(Reading(title="", url="https://example.org/report"),),
            indigenous_relevance=True,
        )
    )
    found = dict(shown.facts)

    assert [piece.text for piece in found["Où"]] == ["Canada", "Québec, Colombie-Britannique"]
    assert [(piece.text, piece.href) for piece in found["Mise à jour de"]] == [("Initiative 3", "initiative/3.html")]
    assert [piece.text for piece in found["Initiatives liées"]] == ["Initiative 4"]
    assert [(piece.text, piece.outside) for piece in found["Pour en savoir plus"]] == [
        ("https://example.org/report", True)
    ]
    assert [piece.text for piece in found["Pertinence pour les peuples autochtones"]] == ["Oui"]
