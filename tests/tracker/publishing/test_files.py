"""The rules of the data files: the ecosystem's own programmes read each, and the same release gives the same bytes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pyarrow.parquet as pq
import pytest
from frictionless import Package, validate
from lxml import etree
from ruamel.yaml import YAML

from tests.makers import NOW, a_published
from tests.tracker.test_contacts import a_contact
from tracker.model import (
    Actor,
    Change,
    CheckedContact,
    Cited,
    Contact,
    Published,
    Reading,
    Release,
    RoughDate,
    StatusChange,
    Wording,
)
from tracker.publishing.about import citation
from tracker.publishing.contacts import contacts_of
from tracker.publishing.feeds import FEED_LENGTH
from tracker.publishing.files import write_data
from tracker.settings import Settings, Site
from tracker.taxonomy import Taxonomy

ATOM = {"a": "http://www.w3.org/2005/Atom"}
SCHEMAS = Path(__file__).parent.parent.parent / "samples" / "schemas"
SETTINGS = Settings(site=Site(url="https://tracker.example.org/", doi="10.5281/zenodo.1234567"))
FORMULA = '=HYPERLINK("https://example.org")'


def records() -> tuple[Published, ...]:
    full = a_published(
        wordings={"ar": Wording(title="خط مساعدة", summary="<script>"), "fr": Wording(title=FORMULA)},
        issues=("hate_crime", "victim_services"),
        types=("G3", "A1"),
        bias_grounds=("migrants",),
        countries=("CA", "FR"),
        subdivisions=("CA-QC", "CA-ON"),
        previous=2,
        related=(2, 5),
        further_reading=(Reading(title="R", url="https://example.org/r"),),
        indigenous_relevance=True,
        confidence="low",
        locality="-1",
        geo_level="local",
        actors=(Actor(name=FORMULA, kind="executive", level="national"), Actor(name="City", role="partner")),
        targets=("women",),
        covid_link="adapted",
        start=RoughDate.parse("2020-04"),
        end=RoughDate.parse("2021"),
        status="ended",
        status_history=(StatusChange(status="ended", on=RoughDate.parse("2020-05-01"), note="closed"),),
        amount=2500.5,
        currency="CAD",
        contact=Contact(phone="+1 555 0100", url="https://example.org/help", hours="always"),
        evidence_grade=None,
        keywords=("text message", "@night"),
        sources=(
            Cited(title="A", url="https://example.org/a?x=1&y=2", source="Paper", published=NOW),
            Cited(title="B", url="https://example.org/b", source="Agency"),
        ),
        verified_at=NOW,
        sample=True,
    )
    return (full, a_published(id=2), a_published(id=5, countries=(), actors=()))


def a_release(**changes: Any) -> Release:
    good: dict[str, Any] = {"number": 3, "at": NOW, "records": records()}
    good["changes"] = (Change(initiative_id=2, what="changed", fields=("countries",)),)
    return Release(**{**good, **changes})


@pytest.fixture
def folder(tmp_path: Path, taxonomy: Taxonomy) -> Path:
    return written(tmp_path / "release", taxonomy)


def written(folder: Path, taxonomy: Taxonomy, **changes: Any) -> Path:
    folder.mkdir()
    write_data(a_release(**changes), folder, SETTINGS, taxonomy)
    return folder


def codes_of_the_sample_exist(taxonomy: Taxonomy) -> list[tuple[str, str]]:
    return [mistake for record in records() for mistake in taxonomy.unknown(record.initiative)]


def test_the_sample_of_these_tests_is_a_good_record(taxonomy: Taxonomy) -> None:
    assert codes_of_the_sample_exist(taxonomy) == []


def test_the_same_release_gives_the_same_bytes(tmp_path: Path, folder: Path, taxonomy: Taxonomy) -> None:
    again = written(tmp_path / "again", taxonomy)

    names = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    assert len(names) > 25
    assert [name for name in names if (folder / name).read_bytes() != (again / name).read_bytes()] == []


# ------------------------------------------------------------------------------------------------- the data package


def test_the_data_package_is_valid_with_every_key_reference_and_checksum(folder: Path) -> None:
    report = validate(folder / "datapackage.json", type="package")

    assert report.valid, report.flatten(["taskName", "type", "note"])
    assert len(report.tasks) == len([path for path in folder.rglob("*") if path.is_file()]) - 1


def test_an_empty_tracker_has_a_valid_data_package(tmp_path: Path, taxonomy: Taxonomy) -> None:
    empty = written(tmp_path / "empty", taxonomy, records=(), changes=())

    report = validate(empty / "datapackage.json", type="package")

    assert report.valid, report.flatten(["taskName", "type", "note"])


@pytest.mark.parametrize(
    ("file", "was", "becomes", "complaint"),
    [
        ("tables/actors.csv", "1,2,City,", "9,2,City,", "foreign-key"),
        ("tables/actors.csv", ",partner", ",nonsense", "constraint-error"),
        ("initiatives.csv", "2020-04,2021", "spring,2021", "constraint-error"),
        ("initiatives.csv", "hate_crime; victim_services", "hate_crime; nonsense", "constraint-error"),
        ("tables/codes.csv", "1,types,G3", "1,types,Q9", "foreign-key"),
        ("LICENCE.txt", "licensed", "not for you", "hash-count"),
    ],
)
def test_whoever_checks_a_changed_file_is_told(folder: Path, file: str, was: str, becomes: str, complaint: str) -> None:
    text = (folder / file).read_bytes().decode()
    assert was in text
    (folder / file).write_bytes(text.replace(was, becomes, 1).encode())

    report = validate(folder / "datapackage.json", type="package")

    assert complaint in {kind for (kind,) in report.flatten(["type"])}


def test_the_package_says_who_made_it_when_and_under_which_licence(folder: Path) -> None:
    package = Package(str(folder / "datapackage.json"))

    assert (package.version, package.created) == ("3", NOW.isoformat())
    assert package.licenses == [
        {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/", "title": "CC BY 4.0"}
    ]
    assert package.to_descriptor()["id"] == "https://doi.org/10.5281/zenodo.1234567"


# ------------------------------------------------------------------------------------------------- Parquet and XLSX


def test_parquet_has_lists_as_lists_and_times_as_times(folder: Path) -> None:
    first, second, third = pq.read_table(folder / "initiatives.parquet").to_pylist()

    assert (first["issues"], first["countries"]) == (["hate_crime", "victim_services"], ["CA", "FR"])
    assert (first["amount"], second["amount"]) == (2500.5, None)
    assert (first["verified_at"], second["verified_at"]) == (NOW, None)
    assert first["title_fr"] == FORMULA
    assert [actor["name"] for actor in first["actors_rows"]] == [FORMULA, "City"]
    assert [source["published"] for source in first["sources_rows"]] == [NOW, None]
    assert (third["countries"], third["subdivision"], third["sample"], first["sample"]) == ([], [], False, True)


def test_parquet_types_are_the_same_whatever_the_records(tmp_path: Path, folder: Path, taxonomy: Taxonomy) -> None:
    empty = written(tmp_path / "empty", taxonomy, records=())

    assert pq.read_schema(empty / "initiatives.parquet") == pq.read_schema(folder / "initiatives.parquet")


def test_the_spreadsheet_opens_with_a_page_to_read_first(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "initiatives.xlsx")

    assert book.sheetnames == ["Read me", "initiatives", "actors", "sources", "codebook", "crosswalk_unw"]
    assert "Release 3" in [cell.value for (cell,) in book["Read me"].iter_rows()][1]
    head, *lines = book["initiatives"].iter_rows(values_only=True)
    found = dict(zip(head, lines[0], strict=True))
    assert (found["id"], found["countries"], found["amount"]) == (1, "CA; FR", 2500.5)
    assert found["verified_at"] == NOW.replace(tzinfo=None)
    assert len(lines) == 3


def test_no_cell_of_the_spreadsheet_is_a_formula_or_a_link(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "initiatives.xlsx")

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert FORMULA in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not [cell for cell in cells if cell.hyperlink]


def test_a_text_longer_than_a_cell_is_cut_and_says_so(tmp_path: Path, taxonomy: Taxonomy) -> None:
    folder = written(tmp_path / "long", taxonomy, records=(a_published(why_promising="x" * 40_000),))

    sheet = openpyxl.load_workbook(folder / "initiatives.xlsx")["initiatives"]
    head, line = sheet.iter_rows(values_only=True)
    cut = str(dict(zip(head, line, strict=True))["why_promising"])
    assert (len(cut), cut[-1]) == (32_767, "…")


# ------------------------------------------------------------------------------------------------- citing


@pytest.mark.parametrize("licence", ["CC BY 4.0", "CC0 1.0", "Open Government Licence"])
@pytest.mark.parametrize("doi", ["", "10.5281/zenodo.1234567"])
def test_the_citation_file_keeps_to_its_schema(tmp_path: Path, taxonomy: Taxonomy, licence: str, doi: str) -> None:
    settings = Settings(site=Site(licence=licence, doi=doi, url="https://tracker.example.org"))
    write_data(a_release(), tmp_path, settings, taxonomy)

    cited = YAML(typ="safe").load((tmp_path / "CITATION.cff").read_text("utf-8"))

    cited["date-released"] = cited["date-released"].isoformat()  # YAML knows dates, JSON Schema does not
    jsonschema.Draft7Validator(json.loads((SCHEMAS / "cff-1.2.0.json").read_bytes())).validate(cited)
    assert cited.get("doi", "") == doi


def test_archives_are_told_what_they_ask_for(folder: Path) -> None:
    zenodo = json.loads((folder / ".zenodo.json").read_bytes())
    datacite = json.loads((folder / "datacite.json").read_bytes())

    assert (zenodo["upload_type"], zenodo["license"], zenodo["version"]) == ("dataset", "cc-by-4.0", "3")
    for asked in ("creators", "titles", "publisher", "publicationYear", "types", "schemaVersion"):
        assert datacite[asked], asked
    assert datacite["doi"] == "10.5281/zenodo.1234567"
    assert [title["lang"] for title in datacite["titles"]] == ["en", "fr", "es"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "initiatives, release 7 (2020-11-23)"), ("fr", "version 7"), ("es", "versión 7")],
)
def test_a_release_can_be_quoted(language: str, said: str) -> None:
    quoted = citation(Settings(), language, 7, datetime(2020, 11, 23, tzinfo=UTC))

    assert quoted.startswith("International Centre for the Prevention of Crime (2020). ")
    assert said in quoted


def test_a_doi_is_how_it_is_quoted() -> None:
    assert citation(SETTINGS, "en", 7, NOW).endswith("https://doi.org/10.5281/zenodo.1234567")


def test_the_licence_is_named_with_its_address(folder: Path) -> None:
    licence = (folder / "LICENCE.txt").read_text("utf-8")

    assert "CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)" in licence


def test_made_up_records_are_said_to_be_made_up(folder: Path) -> None:
    assert "1 of them are SAMPLES" in (folder / "README.txt").read_text("utf-8")


def test_the_page_to_read_first_names_every_file(folder: Path) -> None:
    page = (folder / "README.txt").read_text("utf-8")

    named = page.replace(".csv/json", ".csv .json").replace("feed-*.atom, .json", "feed- .atom")
    for path in folder.iterdir():
        stem = path.name.split("-")[0] if path.name.startswith("feed-") else path.name
        if path.name not in ("README.txt", "LICENCE.txt"):
            assert stem in named or path.stem in named, path.name


# ------------------------------------------------------------------------------------------------- feeds


def test_the_feeds_of_a_release_hold_what_changed_last(tmp_path: Path, taxonomy: Taxonomy) -> None:
    records = tuple(a_published(id=number, changed_at=NOW + timedelta(minutes=number % 97)) for number in range(1, 151))

    folder = written(tmp_path / "release", taxonomy, records=records)

    made = etree.parse(folder / "feed-es.atom")
    other = json.loads((folder / "feed-es.json").read_bytes())
    times = [datetime.fromisoformat(text) for text in made.xpath("//a:entry/a:updated/text()", namespaces=ATOM)]
    assert len(times) == FEED_LENGTH
    assert times == sorted(times, reverse=True)
    assert [item["id"] for item in other["items"]] == made.xpath("//a:entry/a:id/text()", namespaces=ATOM)


def test_contacts_are_read_back_with_the_day_of_the_check_and_without_who_has_checked(
    tmp_path: Path, taxonomy: Taxonomy
) -> None:
    checked = CheckedContact(number=4, contact=a_contact(), checked_at=NOW, checked_by="Ben", reason="hours")
    folder = written(tmp_path / "release", taxonomy, contacts=(checked,))

    assert contacts_of(folder) == (CheckedContact(number=4, contact=a_contact(), checked_at=NOW),)
    assert "Ben" not in (folder / "contacts.json").read_text("utf-8")


def test_a_release_of_old_names_no_contacts(tmp_path: Path) -> None:
    assert contacts_of(tmp_path) == ()
