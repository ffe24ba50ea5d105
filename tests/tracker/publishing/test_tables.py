"""The rules of the tables: every column is described, no cell is a formula, and the tables fit together."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.makers import a_published
from tracker.model import Actor, Cited, Contact, Reading, RoughDate, StatusChange, Wording
from tracker.publishing.tables import as_csv, codebook, crosswalk, normal, wide
from tracker.settings import Settings, Site
from tracker.taxonomy import GROUPS, Taxonomy

SETTINGS = Settings(site=Site(url="https://tracker.example.org/"))


def rows(parts: Any) -> list[dict[str, str]]:
    whole = "".join(parts)
    assert whole.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(whole[1:])))


def table(name: str, *records: Any) -> list[dict[str, str]]:
    return rows(next(one for one in normal(SETTINGS) if one.name == name).as_csv(records))


def test_a_row_has_codes_joined_lists_and_dates_as_exact_as_known(taxonomy: Taxonomy) -> None:
    record = a_published(
        issues=("hate_crime", "victim_services"),
        types=("A1", "G3"),
        actors=(Actor(name="Ministry", kind="executive", level="national"), Actor(name="City")),
        start=RoughDate.parse("2020-04"),
        amount=2500.5,
        currency="CAD",
    )

    [row] = rows(as_csv([record], SETTINGS, taxonomy))

    assert (row["issues"], row["types"], row["countries"]) == ("hate_crime; victim_services", "A1; G3", "CA")
    assert (row["actors"], row["actor_kinds"], row["actor_levels"]) == ("Ministry; City", "executive", "national")
    assert (row["start"], row["end"], row["amount"]) == ("2020-04", "", "2500.5")
    assert (row["title_fr"], row["title_es"]) == ("Ligne d'écoute par texto", "")
    assert (row["unw_type"], row["unw_subtype"]) == ("Strengthening of services", "Hotlines and reporting mechanisms")
    assert row["url"] == "https://tracker.example.org/initiative/1"


def test_a_wording_in_another_language_than_the_public_ones_has_its_columns(taxonomy: Taxonomy) -> None:
    [row] = rows(as_csv([a_published(wordings={"ar": Wording(title="خط مساعدة")})], SETTINGS, taxonomy))

    assert (row["title_en"], row["title_other"], row["other_language"]) == ("", "خط مساعدة", "ar")


def test_columns_keep_their_order(taxonomy: Taxonomy) -> None:
    header = next(iter(as_csv([], SETTINGS, taxonomy)))

    assert header.startswith("\ufeffid,revision,url,title_en,title_fr,title_es,summary_en,")
    assert header.endswith(
        ",sources,source_names,first_public_at,changed_at,verified_at,sample,previous,related,further_reading,indigenous_relevance,confidence,"
        "status_history\r\n"
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠"])
def test_no_cell_begins_like_a_formula(taxonomy: Taxonomy, start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    record = a_published(
        wordings={"en": Wording(title=text, summary=text)},
        locality=text,
        actors=(Actor(name=text),),
        keywords=(text,),
        contact=Contact(phone="+1 555 0100"),
    )

    [row] = rows(as_csv([record], SETTINGS, taxonomy))

    assert [row[name] for name in ("title_en", "summary_en", "locality", "actors", "keywords")] == [f"'{text}"] * 5
    assert row["contact_phone"] == "'+1 555 0100"


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_survives_the_way_through_the_csv(title: str, place: str) -> None:
    from tracker import taxonomy as taxonomy_of

    record = a_published(wordings={"en": Wording(title=title)}, locality=place)

    [row] = rows(as_csv([record], SETTINGS, taxonomy_of.load()))

    assert row["title_en"].removeprefix("'") == title.removeprefix("'")
    assert row["locality"].removeprefix("'") == place.removeprefix("'")


def test_a_table_says_of_each_column_what_is_in_it(taxonomy: Taxonomy) -> None:
    for one in (wide(SETTINGS, taxonomy), *normal(SETTINGS), codebook(taxonomy)[0], crosswalk(taxonomy)[0]):
        names = [column.name for column in one.columns]
        assert len(set(names)) == len(names), one.name
        assert set(one.key) <= set(names), one.name
        assert all(column.about for column in one.columns), one.name
        assert all(column.codes in ("", *GROUPS) for column in one.columns), one.name


def test_codes_are_lines_of_their_own_in_the_order_in_which_they_count() -> None:
    record = a_published(id=7, issues=("hate_crime", "victim_services"), types=("G3", "A1"), targets=())

    found = [(row["group"], row["code"], row["position"]) for row in table("codes", record)]

    assert found == [
        ("issues", "hate_crime", "1"), ("issues", "victim_services", "2"), ("types", "G3", "1"), ("types", "A1", "2")
    ]  # fmt: skip


def test_a_place_within_a_country_stands_beside_its_country_alone() -> None:
    [canada, france] = table(
        "places", a_published(countries=("CA", "FR"), subdivisions=("CA-QC",), locality="Gatineau")
    )

    assert (canada["country"], canada["subdivision"], canada["locality"]) == ("CA", "CA-QC", "Gatineau")
    assert (france["country"], france["subdivision"], france["locality"]) == ("FR", "", "")


def test_what_came_later_stands_in_columns_at_the_end(taxonomy: Taxonomy) -> None:
    record = a_published(
        countries=("CA",),
        subdivisions=("CA-QC", "CA-ON"),
        related=(4, 5),
        previous=3,
        further_reading=(Reading(title="Report", url="https://example.org/report"),),
        indigenous_relevance=False,
        confidence="high",
        status_history=(StatusChange(status="planned", on=RoughDate.parse("2020-04")), StatusChange(status="active")),
    )

    [row] = rows(as_csv([record], SETTINGS, taxonomy))

    assert (row["subdivision"], row["related"], row["previous"]) == ("CA-QC; CA-ON", "4; 5", "3")
    assert (row["further_reading"], row["indigenous_relevance"]) == ("https://example.org/report", "0")
    assert (row["confidence"], row["status_history"]) == ("high", "2020-04 planned; active")
    assert [(line["subdivision"], line["locality"]) for line in table("places", record)] == [
        ("CA-QC", ""),
        ("CA-ON", ""),
    ]
    assert [line["related_id"] for line in table("related", record)] == ["4", "5"]


def test_an_international_initiative_has_no_line_of_places() -> None:
    assert table("places", a_published(countries=())) == []


def test_wordings_actors_statuses_and_sources_have_a_line_each() -> None:
    record = a_published(
        id=3,
        wordings={"ar": Wording(title="خط"), "en": Wording(title="Line")},
        actors=(Actor(name="Ministry", kind="executive"), Actor(name="City", role="partner")),
        status_history=(StatusChange(status="ended", on=RoughDate.parse("2020-05"), note="closed"),),
        sources=(Cited(title="News", url="https://example.org/", source="Paper"),),
    )

    assert [(row["language"], row["title"]) for row in table("wordings", record)] == [("ar", "خط"), ("en", "Line")]
    assert [(row["name"], row["kind"], row["role"]) for row in table("actors", record)] == [
        ("Ministry", "executive", "lead"), ("City", "", "partner")
    ]  # fmt: skip
    assert [(row["status"], row["on"], row["note"]) for row in table("status_history", record)] == [
        ("ended", "2020-05", "closed")
    ]
    [source] = table("sources", record)
    assert (source["initiative_id"], source["url"], source["published"]) == ("3", "https://example.org/", "")


def test_the_codebook_has_every_code_of_every_group_once(taxonomy: Taxonomy) -> None:
    _, lines = codebook(taxonomy)

    assert [line[:2] for line in lines] == [(group, code) for group in GROUPS for code in taxonomy.codes(group)]


def test_the_crosswalk_has_every_type_also_those_that_have_no_match(taxonomy: Taxonomy) -> None:
    _, lines = crosswalk(taxonomy)

    made = {code: (kind, sub) for code, _, kind, sub in lines}
    assert tuple(made) == taxonomy.codes("types")
    assert made["A1"] == ("Strengthening of services", "Hotlines and reporting mechanisms")
    assert ("", "") in made.values()
