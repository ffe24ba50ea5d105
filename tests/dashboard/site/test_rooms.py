"""What each kind of page promises: every country, honest gaps, checked help, a way to be found, little weight."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import lxml.etree
import lxml.html
import pytest

from dashboard.site import found, lists
from dashboard.site.pages import write_pages
from dashboard.worldmap import countries
from tests.dashboard.conftest import a_published, as_the_standard_says
from tests.dashboard.site.test_pages import HOSTILE, SETTINGS
from tests.makers import NOW
from tests.tracker.test_contacts import a_contact
from tracker import publish
from tracker.model import (
    Agreed,
    CheckedContact,
    Cited,
    Coverage,
    Published,
    Quality,
    Rate,
    Release,
    SearchState,
    Spread,
    Wording,
)
from tracker.publishing.files import data_files
from tracker.taxonomy import Taxonomy

LIGHT = 100_000  # bytes of a page
LANGUAGES = ("en", "fr", "es")
KINDS = ("index", "countries", "types", "search", "data", "method", "help", "privacy", "map", "initiatives/index",
         "country/CA", "country/TV", "initiative/1", "initiative/13", "issue/hate_crime", "type/A1")  # fmt: skip


def release(*records: Published, number: int = 1, **more: Any) -> Release:
    return Release(number=number, at=NOW, records=records, **more)


def built(folder: Path, made: Release, taxonomy: Taxonomy) -> Path:
    place = folder / str(made.number)
    place.mkdir(parents=True)
    publish.write_data(made, place, SETTINGS, taxonomy)
    write_pages(made, place, SETTINGS, taxonomy)
    (folder / "current").unlink(missing_ok=True)
    (folder / "current").symlink_to(place.name)
    return place


def parsed(folder: Path, path: str) -> Any:
    return lxml.html.fromstring((folder / path).read_text("utf-8"))


def main(folder: Path, path: str) -> str:
    return " ".join(parsed(folder, path).xpath("string(//main)").split())


SEARCHED = (
    Coverage(country="DE", issue="domestic_violence", state=SearchState.SEARCHED),
    Coverage(country="DE", issue="hate_crime", state=SearchState.PARTLY),
    Coverage(country="FR", issue="hate_crime", state=SearchState.NOT_SEARCHED),
)
CONTACTS = tuple(
    CheckedContact(number=number, contact=contact, checked_at=NOW - timedelta(days=10))
    for number, contact in enumerate(
        (
            a_contact(languages=("fr", "en"), text_number="*55#", hours="24/7", targets=("women",)),
            a_contact(
                country=None, subdivision="", names={"en": HOSTILE}, phone="", url="https://www.all.example.org/"
            ),
        ),
        1,
    )
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, taxonomy: Taxonomy) -> Path:
    """Twelve initiatives in Canada, one in the United States, one of no country, some coverage and two contacts."""
    records = [a_published(id=number, sources=(Cited(title="T", url="https://a.example/", source="Ministry"),) * 2)
               for number in range(1, 13)]  # fmt: skip
    records.append(a_published(id=13, countries=("US",), wordings={"ar": Wording(title="خط مساعدة")}))
    records.append(a_published(id=14, countries=(), wordings={"en": Wording(title="Ligne d’écoute — Éire")}))
    made = release(*records, coverage=SEARCHED, contacts=CONTACTS)
    return built(tmp_path_factory.mktemp("rooms"), made, taxonomy)


# ------------------------------------------------------------------------------------------------- countries


def test_every_country_has_a_page_in_every_language(site: Path) -> None:
    for language, code in product(LANGUAGES, countries()):
        assert (site / language / "country" / f"{code}.html").is_file(), (language, code)


def test_the_table_of_countries_names_them_all_with_their_numbers_or_why_there_is_none(site: Path) -> None:
    rows = [
        " ".join(cell.text_content().strip() for cell in row).split("  ")[0]
        for row in parsed(site, "en/countries.html").xpath("//tbody/tr")
    ]

    assert len(rows) == 1 + len(countries())
    assert rows[0].startswith("International 1")
    assert {"Canada 12", "Germany – none found", "France – not searched"} <= {row.strip() for row in rows}


def test_none_found_stands_apart_from_not_searched(site: Path) -> None:
    tiles = parsed(site, "en/country/DE.html").xpath("//ul[@class='t-numbers']/li")

    assert [" ".join(tile.itertext()).split() for tile in tiles] == [
        ["0", "Domestic", "violence", "none", "found"],
        ["0", "Hate", "crime", "and", "racism", "none", "found,", "searched", "in", "part"],
        ["–", "Access", "to", "victim", "services", "not", "searched"],
    ]
    assert "Nobody has searched this country yet." in main(site, "en/country/TV.html")
    assert "searched in part. More may be done" in main(site, "en/country/DE.html")
    assert "found on the way" in main(site, "en/country/CA.html")


def test_a_country_names_its_neighbours_sources_and_help(site: Path) -> None:
    page = parsed(site, "en/country/CA.html")

    assert page.xpath("//li[a[@href='../country/US.html'] and span='1']")
    assert page.xpath("//li[contains(., 'Ministry') and span='24']")
    assert page.xpath("//section[@id='help']//a/@href")[:2] == ["tel:+15550100", "sms:*55%23"]
    assert "Checked 24 April 2020." in main(site, "en/country/CA.html")


def test_the_data_of_a_country_are_the_rows_of_the_whole_that_are_its_own(site: Path) -> None:
    whole = (site / "initiatives.csv").read_text("utf-8").splitlines()
    assert parsed(site, "en/country/US.html").xpath("//a[@href='../../country/US.csv']")

    assert (site / "country/US.csv").read_text("utf-8").splitlines() == [whole[0], whole[13]]


def test_the_map_of_the_overview_links_each_country_without_a_stop_for_the_keyboard(site: Path) -> None:
    [drawing] = parsed(site, "fr/index.html").xpath("//*[local-name()='svg'][@class='t-map']")

    titles = {link.get("href"): link.findtext("title") for link in drawing.findall(".//a")}
    assert titles["country/CA.html"] == "Canada: 12"
    assert titles["country/FR.html"] == "France: pas de recherche"
    assert drawing.get("aria-hidden") == "true"
    assert {link.get("tabindex") for link in drawing.findall(".//a")} == {"-1"}


# ------------------------------------------------------------------------------------------------- help


def test_help_names_checked_contacts_and_health_authorities(site: Path) -> None:
    page = parsed(site, "fr/help.html")

    said = main(site, "fr/help.html")
    assert "Ligne d'exemple" in said
    assert "Vérifié le 24 avril 2020." in said
    assert "Femmes" in said
    links = page.xpath("//dl[@class='t-facts']//a/@href")
    assert [link.split("/")[2] for link in links] == [
        "santemontreal.qc.ca", "www.quebec.ca", "www.canada.ca", "www.who.int"
    ]  # fmt: skip
    assert page.xpath("//a[@href='https://www.all.example.org/']/text()") == ["all.example.org"]


def test_a_name_of_a_contact_in_another_language_says_so(site: Path) -> None:
    names = parsed(site, "es/help.html").xpath("//h4")

    assert {(name.get("lang"), name.get("dir")) for name in names} == {("en", "ltr")}
    assert names[0].text_content() == HOSTILE  # and is text


def test_without_a_checked_contact_none_is_shown(tmp_path: Path, taxonomy: Taxonomy) -> None:
    folder = built(tmp_path, release(a_published()), taxonomy)

    assert "an old number is worse than none" in main(folder, "en/help.html")
    assert not parsed(folder, "en/help.html").xpath("//a[starts-with(@href, 'tel:')]")


def test_where_contacts_are_many_help_leads_to_the_pages_of_their_countries(tmp_path: Path, taxonomy: Taxonomy) -> None:
    many = tuple(
        CheckedContact(number=number, contact=a_contact(country=code, subdivision=""), checked_at=NOW)
        for number, code in enumerate(countries(), 1)
    )
    folder = built(tmp_path, release(a_published(), contacts=many), taxonomy)

    page = parsed(folder, "en/help.html")
    assert page.xpath("//a[@href='country/CA.html#help']")
    assert not page.xpath("//a[starts-with(@href, 'tel:')]")
    assert parsed(folder, "en/country/CA.html").xpath("//*[@id='help']//a[@href='tel:+15550100']")


# ------------------------------------------------------------------------------------------------- being found


def test_programmes_read_what_a_page_is(site: Path) -> None:
    def told(path: str) -> dict[str, Any]:
        scripts = parsed(site, path).xpath("//script[@type='application/ld+json']/text()")
        return {one["@type"]: one for one in map(json.loads, scripts)}

    assert told("en/data.html")["Dataset"]["license"] == "https://creativecommons.org/licenses/by/4.0/"
    announced = told("fr/initiative/1.html")
    assert announced["SpecialAnnouncement"]["name"] == "Ligne d'écoute par texto"
    assert announced["SpecialAnnouncement"]["spatialCoverage"] == [{"@type": "Country", "name": "Canada"}]
    steps = announced["BreadcrumbList"]["itemListElement"]
    assert [step["position"] for step in steps] == [1, 2, 3]
    assert steps[2]["item"] == "https://tracker.example.org/site/fr/initiative/1.html"


def test_what_a_record_says_cannot_end_the_script_that_tells_programmes(tmp_path: Path, taxonomy: Taxonomy) -> None:
    folder = built(tmp_path, release(a_published(wordings={"en": Wording(title=HOSTILE)})), taxonomy)

    page = parsed(folder, "en/initiative/1.html")
    [told] = [json.loads(one) for one in page.xpath("//script[@type='application/ld+json']/text()") if "Special" in one]
    assert told["name"] == HOSTILE
    assert not [script for script in page.xpath("//script") if "alert" in (script.get("src") or "")]
    assert "</title><script>" not in (folder / "en/initiative/1.html").read_text("utf-8").replace("&lt;", "")


def test_a_preview_of_a_link_tells_as_little_as_the_tab(site: Path) -> None:
    head = parsed(site, "en/initiative/1.html").find("head")

    told = head.xpath("meta[starts-with(@property, 'og:') or @name='description']/@content")
    assert not any("violence" in one.lower() or "Helpline" in one for one in told)
    assert head.xpath("meta[@property='og:title']/@content") == [head.findtext("title")]
    assert head.xpath("link[@hreflang='x-default']/@href") == ["https://tracker.example.org/site/en/initiative/1.html"]


def test_the_map_of_the_site_names_every_page_once(site: Path) -> None:
    place = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    index = lxml.etree.parse(str(site / "sitemap.xml"))
    names = [loc.rpartition("/")[2] for loc in index.xpath("//s:loc/text()", namespaces=place)]

    listed = [
        loc.removeprefix("https://tracker.example.org/site/")
        for name in names
        for loc in lxml.etree.parse(str(site / name)).xpath("//s:loc/text()", namespaces=place)
    ]
    pages = {str(path.relative_to(site)) for path in site.rglob("*.html")} - {"index.html", "404.html"}
    assert sorted(listed) == sorted(page for page in pages if not page.endswith("/map.html"))
    assert "Sitemap: https://tracker.example.org/site/sitemap.xml" in (site / "robots.txt").read_text()


def test_a_large_map_of_the_site_is_cut(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taxonomy: Taxonomy
) -> None:
    monkeypatch.setattr(found, "PORTION", 1_000)

    folder = built(tmp_path, release(a_published()), taxonomy)

    assert sorted(path.name for path in folder.glob("sitemap-*.xml")) == ["sitemap-1.xml"]
    monkeypatch.setattr(found, "PORTION", 500)
    assert len(list(built(tmp_path, release(a_published(), number=2), taxonomy).glob("sitemap-*.xml"))) == 2


# ------------------------------------------------------------------------------------------------- weight


def test_no_page_is_heavy_whatever_the_script_of_its_texts(tmp_path: Path, taxonomy: Taxonomy) -> None:
    long = Wording(title="घरेलू हिंसा के लिए हेल्पलाइन " * 6, summary="यह दिन-रात उत्तर देती है। " * 60)
    records = [a_published(id=number, wordings={"hi": long}) for number in range(1, 151)]

    folder = built(tmp_path, release(*records), taxonomy)

    sizes = {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*.html")}
    assert max(sizes.values()) < LIGHT, max(sizes, key=sizes.__getitem__)
    listed = [parsed(folder, f"en/{path}").xpath("count(//ul[starts-with(@class, 't-list')]/li)")
              for path in ("initiatives/index.html", "initiatives/index-2.html")]  # fmt: skip
    assert listed[0] < lists.LIST_LENGTH
    assert listed[1] > 0


def test_the_index_of_the_search_is_light(tmp_path: Path, taxonomy: Taxonomy) -> None:
    folder = built(tmp_path, release(*(a_published(id=number) for number in range(1, 501))), taxonomy)

    index = json.loads((folder / "search/fr-1.json").read_text("utf-8"))
    assert len(index["rows"]) == 500
    assert index["rows"][0][1] == "Ligne d'écoute par texto"
    assert index["codes"]["cCA"] == "Canada"
    assert len(gzip.compress((folder / "search/fr-1.json").read_bytes())) < 30 * 500


# ------------------------------------------------------------------------------------------------- the release before


def inodes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*.html")}


def test_pages_that_are_as_they_were_share_the_files_of_the_release_before(tmp_path: Path, taxonomy: Taxonomy) -> None:
    one, two = a_published(id=1), a_published(id=2, countries=("FR",))
    before = inodes(built(tmp_path, release(one, two), taxonomy))
    changed = two.but(revision=2, initiative=two.initiative.but(status="ended").model_dump())

    after = inodes(built(tmp_path, release(one, changed, number=2), taxonomy))

    new = {path for path, inode in after.items() if before.get(path) != inode}
    assert {"en/initiative/2.html", "fr/country/FR.html", "es/initiatives/index.html"} <= new
    assert not {"en/initiative/1.html", "fr/country/CA.html", "es/country/TV.html", "en/method.html"} & new


def test_another_look_or_name_makes_every_page_anew(tmp_path: Path, taxonomy: Taxonomy) -> None:
    before = inodes(built(tmp_path, release(a_published()), taxonomy))
    named = SETTINGS.but(site=SETTINGS.site.but(organisation="Somebody else").model_dump())
    place = tmp_path / "2"
    place.mkdir()
    publish.write_data(release(a_published(), number=2), place, named, taxonomy)

    write_pages(release(a_published(), number=2), place, named, taxonomy)

    assert not set(inodes(place).values()) & set(before.values())


def test_a_release_without_one_before_it_is_whole(tmp_path: Path, taxonomy: Taxonomy) -> None:
    (tmp_path / "current").symlink_to("nowhere")
    place = tmp_path / "1"
    place.mkdir()
    made = release(a_published())
    publish.write_data(made, place, SETTINGS, taxonomy)

    assert write_pages(made, place, SETTINGS, taxonomy) == 0
    assert (place / "en/initiative/1.html").is_file()


# ------------------------------------------------------------------------------------- data, quality and privacy


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_data_page_lists_every_file_with_its_size(site: Path, language: str) -> None:
    rows = parsed(site, f"{language}/data.html").xpath("//table[contains(@class, 'files')]//tr[td]")

    listed = {row.xpath("th/a/@href")[0].removeprefix("../"): row.xpath("td/text()") for row in rows}
    sums = {"SHA256SUMS", "SHA256SUMS.pages"}
    assert set(listed) == {*data_files(site), *sums}
    assert {name for name, told in listed.items() if len(told) < 2} == sums  # which are written last


AGREED = Agreed(raw=Rate(share=0.9, low=0.8, high=0.96, of=40), kappa=0.75)
GOOD = Quality(
    since=NOW - timedelta(days=365), until=NOW, decisions=1200, random_checks=110, agreement=AGREED,
    agreement_by={"issue:hate_crime": AGREED, "country": AGREED, "type": AGREED},
    recall=Rate(share=0.875, low=0.7, high=0.95, of=32),
    coverage={"searched": 4, "partly": 11, "not_searched": 732},
    from_claim=Spread(of=30, median_hours=71, ninth_decile_hours=240),
)  # fmt: skip


def test_the_method_page_says_how_good_the_data_are(tmp_path: Path, taxonomy: Taxonomy) -> None:
    place = built(tmp_path, release(a_published(), quality=GOOD), taxonomy)

    said = main(place, "en/method.html")
    assert "1,200 decisions, 110 of them random checks." in said
    assert "an initiative or not: 90 % (80 to 96 %) of 40; beyond chance (kappa): 0.75" in said
    assert "Hate crime and racism: 90 %" in said
    assert "estimated over random checks: 88 % (70 to 95 %) of 32" in said
    assert "4 of 747 pairs of a country and an issue as a whole, 11 in part, 732 not at all" in said
    assert "half within 71 hours, nine in ten within 10 days (30 initiatives)" in said
    assert said.count("not yet measured") == 1
    assert "la moitié en 71 heures, neuf sur dix en 10 jours" in main(place, "fr/method.html")


@pytest.mark.parametrize(("language", "nothing"), [("en", "not yet measured"), ("fr", "pas encore mesuré"),
                                                   ("es", "todavía sin medir")])  # fmt: skip
def test_what_was_not_measured_says_so(site: Path, language: str, nothing: str) -> None:
    assert main(site, f"{language}/method.html").count(nothing) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_leads_to_what_is_said_of_privacy(site: Path, language: str) -> None:
    page = parsed(site, f"{language}/country/CA.html")

    assert page.xpath("//footer//a[@href='../privacy.html']")
    assert len(parsed(site, f"{language}/privacy.html").xpath("//main/h2")) == 5


# --------------------------------------------------------------------------------------- the map on other sites


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_map_alone_leads_out_of_the_frame_that_it_stands_in(site: Path, language: str) -> None:
    page = parsed(site, f"{language}/map.html")

    base = f"https://tracker.example.org/site/{language}"
    for link in page.xpath("//a"):
        assert (link.get("target"), link.get("rel")) == ("_blank", "noopener noreferrer")
        assert (site / language / link.get("href").removeprefix(f"{base}/")).is_file()
    assert page.xpath("//a[@href=$table]", table=f"{base}/countries.html")
    assert page.xpath("//script | //form | //nav | //iframe") == []


def test_the_lines_to_copy_show_the_map(site: Path) -> None:
    [lines] = parsed(site, "fr/data.html").xpath("//pre/code")
    frame = lxml.html.fragment_fromstring(lines.text)

    assert (frame.tag, frame.get("title")) == ("iframe", "Initiatives par pays")
    assert frame.get("src") == "https://tracker.example.org/site/fr/map.html"
    assert frame.get("sandbox") == "allow-popups allow-popups-to-escape-sandbox"


# ------------------------------------------------------------------------------------------------- well formed


def test_every_kind_of_page_is_html_as_the_standard_says(site: Path) -> None:
    for language in LANGUAGES:
        for path in KINDS:
            as_the_standard_says((site / language / f"{path}.html").read_text("utf-8"))
    for path in ("index.html", "404.html"):
        as_the_standard_says((site / path).read_text("utf-8"))


def test_no_page_has_an_id_twice_or_a_label_without_its_field(site: Path) -> None:
    for path in site.rglob("*.html"):
        page = lxml.html.fromstring(path.read_text("utf-8"))
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), path
        assert set(page.xpath("//label/@for")) <= set(ids), path
        assert {one for ones in page.xpath("//@aria-labelledby") for one in ones.split()} <= set(ids), path
