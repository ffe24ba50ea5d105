"""The rules of the static pages: whole without scripts, at home in any folder, honest in every language."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

import lxml.html
import pytest

from dashboard.site.pages import write_pages
from tests.dashboard.conftest import a_published
from tests.makers import NOW
from tracker import publish
from tracker.model import Change, Published, Release, Wording
from tracker.settings import Settings, Site
from tracker.taxonomy import Taxonomy

SETTINGS = Settings(site=Site(url="https://tracker.example.org/", leave_to="https://weather.example.org/"))
HOSTILE = '</title><script>alert(1)</script> & "quoted" {{ 7*7 }} **bold**'


def written(
    folder: Path, taxonomy: Taxonomy, records: tuple[Published, ...], *changes: Change, settings: Settings = SETTINGS
) -> Path:
    gone = tuple(change for change in changes if change.what == "withdrawn")
    merged = {301: 1, 302: 1, 303: 300}
    release = Release(number=3, at=NOW, records=records, changes=changes, gone=gone, merged=merged)
    publish.write_data(release, folder, settings, taxonomy)
    write_pages(release, folder, settings, taxonomy)
    publish.write_checksums(folder)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, taxonomy: Taxonomy) -> Path:
    """A release with 130 ordinary records, one in Arabic alone, one hostile, and one withdrawn."""
    ordinary = []
    for number in range(1, 131):
        countries = ("CA",) if number % 2 else ("FR", "MX")
        ordinary.append(a_published(id=number, countries=countries, types=("A1",) if number % 3 else ("G3",)))
    arabic = a_published(id=200, wordings={"ar": Wording(title="خط مساعدة", summary="خط مساعدة للنساء")}, countries=())
    hostile = a_published(id=201, wordings={"en": Wording(title=HOSTILE, summary=HOSTILE)}, locality=HOSTILE)
    gone = Change(initiative_id=300, what="withdrawn", reason="The source took it back.")
    changed = Change(initiative_id=1, what="changed", fields=("title_fr",))
    joined = Change(initiative_id=301, what="withdrawn", reason="merged into initiative 1", merged_into=1)
    return written(tmp_path_factory.mktemp("site"), taxonomy, (*ordinary, arabic, hostile), changed, gone, joined)


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Any]:
    """Every page by its path, parsed."""
    found = sorted(path for path in site.rglob("*.html"))
    return {str(path.relative_to(site)): lxml.html.fromstring(path.read_text(encoding="utf-8")) for path in found}


def text(page: Any, path: str) -> str:
    [element] = page.xpath(path)
    return " ".join(element.text_content().split())


def test_every_page_exists_in_every_language(pages: dict[str, Any]) -> None:
    english, french, spanish = (
        {path.split("/", 1)[1] for path in pages if path.startswith(f"{language}/")} for language in ("en", "fr", "es")
    )

    assert english == french == spanish
    assert {"index.html", "countries.html", "types.html", "method.html", "data.html", "help.html",
            "initiatives/index.html", "initiatives/index-2.html", "initiative/1.html", "issue/hate_crime.html",
            "type/A1.html", "country/CA.html"} <= english  # fmt: skip


def test_every_link_within_the_pages_leads_somewhere(pages: dict[str, Any], site: Path) -> None:
    lost = []
    for path, page in pages.items():
        for address in page.xpath("//@href | //@src"):
            target, fragment = urldefrag(address)
            if urlsplit(address).scheme in ("http", "https"):
                continue
            file = (site / path).parent / target if target else site / path
            if not file.is_file() or (fragment and not page.xpath(f"//*[@id='{fragment}']")):
                lost.append((path, address))

    assert lost == []


def test_every_page_says_its_language_and_has_one_heading_of_the_first_order(pages: dict[str, Any]) -> None:
    for path, page in pages.items():
        language = path.split("/")[0] if "/" in path else "en"
        assert page.get("lang") == language, path
        assert len(page.xpath("//h1")) == 1, path
        assert len(page.xpath("//main")) == 1, path


def test_headings_leave_out_no_order(pages: dict[str, Any]) -> None:
    for path, page in pages.items():
        orders = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3|//h4")]
        assert all(after <= before + 1 for before, after in pairwise(orders)), path


def test_no_page_asks_another_server_for_anything(pages: dict[str, Any]) -> None:
    for path, page in pages.items():
        loaded = page.xpath("//link[@rel='stylesheet' or @rel='icon']/@href | //@src | //iframe | //object | //@srcset")
        assert all(not urlsplit(str(address)).netloc for address in loaded), path
        assert "default-src 'none'" in page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
        assert page.xpath("//meta[@name='referrer']/@content") == ["no-referrer"]


def test_a_link_to_another_site_tells_it_nothing(pages: dict[str, Any]) -> None:
    for path, page in pages.items():
        for link in page.xpath("//main//a[starts-with(@href, 'http')]"):
            if not link.get("href").startswith("https://tracker.example.org"):
                assert {"noopener", "noreferrer"} <= set(link.get("rel", "").split()), (path, link.get("href"))


def test_leaving_is_the_first_thing_after_the_skip_link_and_needs_no_script(pages: dict[str, Any]) -> None:
    for path, page in pages.items():
        if path.endswith("/map.html"):  # for the pages of others
            continue
        links = [link for link in page.xpath("//body//a") if "t-skip" not in link.get("class", "")]
        assert links[0].get("href") == "https://weather.example.org/", path
        assert links[0].get("class") == "t-leave", path


def test_a_page_names_itself_in_the_other_languages(pages: dict[str, Any]) -> None:
    head = pages["fr/initiative/1.html"].find("head")

    base = "https://tracker.example.org/site"
    assert head.xpath("link[@rel='canonical']/@href") == [f"{base}/fr/initiative/1.html"]
    assert head.xpath("link[@hreflang='es']/@href") == [f"{base}/es/initiative/1.html"]


def test_what_a_tab_is_called_tells_nothing_of_its_content(pages: dict[str, Any]) -> None:
    titles = {path: page.findtext(".//title") for path, page in pages.items()}

    assert titles["en/initiative/1.html"] == "Initiative 1 – COVID-19 crime-prevention initiatives"
    assert not any("violence" in title.lower() for path, title in titles.items() if path.startswith("en/"))


def test_a_list_is_cut_into_pages_that_know_each_other(pages: dict[str, Any]) -> None:
    first, second = pages["en/initiatives/index.html"], pages["en/initiatives/index-2.html"]

    assert (len(first.xpath("//main//li/h2")), len(second.xpath("//main//li/h2"))) == (100, 32)
    assert first.xpath("//a[@rel='next']/@href") == ["index-2.html"]
    assert second.xpath("//a[@rel='prev']/@href") == ["index.html"]


def test_a_country_lists_what_is_done_there(pages: dict[str, Any]) -> None:
    page = pages["es/country/MX.html"]

    assert (text(page, "//h1"), text(page, "//p[@class='t-lead']")) == ("México", "65 iniciativas · Pedir ayuda ahora")


def test_a_wording_in_another_script_keeps_its_language_and_direction(pages: dict[str, Any]) -> None:
    heading = pages["fr/initiative/200.html"].xpath("//h1")[0]

    assert (heading.get("lang"), heading.get("dir")) == ("ar", "rtl")
    assert "pas encore disponible en français" in text(pages["fr/initiative/200.html"], "//p[@class='t-note'][1]")


def test_text_of_a_record_is_text_wherever_it_stands(pages: dict[str, Any]) -> None:
    for path in ("en/initiative/201.html", "en/index.html", "en/initiatives/index.html"):
        page = pages[path]
        run = page.xpath("//script[not(@type='application/ld+json')]")
        assert {script.get("src", "").rpartition("/")[2] for script in run} <= {"leave.js", "search.js"}, path
        assert "alert(1)" in page.xpath("string(//main)"), path


def test_an_initiative_names_its_sources_and_its_record(pages: dict[str, Any]) -> None:
    page = pages["en/initiative/1.html"]

    assert page.xpath("//main//ul//a[@href='https://example.org/news']")
    assert "First published 4 May 2020." in page.xpath("string(//main)")


def test_a_withdrawn_initiative_says_so_and_why(pages: dict[str, Any]) -> None:
    page = pages["es/initiative/300.html"]

    assert text(page, "//h1") == "La iniciativa 300 fue retirada"
    assert "The source took it back." in page.xpath("string(//main)")


def test_a_number_that_was_merged_leads_on_in_this_release_and_in_every_later_one(pages: dict[str, Any]) -> None:
    for number in (301, 302):  # the second one was merged before this release
        page = pages[f"es/initiative/{number}.html"]
        [leads] = page.xpath("//meta[@http-equiv='refresh']/@content")

        assert leads == "0; url=1.html"
        assert page.xpath("//main//a/@href")[-1] == "1.html"
    assert (
        text(pages["en/initiative/303.html"], "//h1") == "Initiative 303 was withdrawn"
    )  # with the one that told of it


def test_the_data_page_lists_files_changes_and_how_to_cite(pages: dict[str, Any]) -> None:
    said = " ".join(pages["fr/data.html"].xpath("string(//main)").split())

    assert "Version 3, faite le 4 mai 2020, 12:00 UTC." in said
    assert "Initiative 1: Modifiée : titre (français)" in said
    assert "International Centre for the Prevention of Crime (2020)." in said
    assert pages["fr/data.html"].xpath("//a[@href='https://tracker.example.org/releases/2/fr/data.html']")


def test_the_first_page_offers_the_languages_without_a_script(pages: dict[str, Any]) -> None:
    assert pages["index.html"].xpath("//main//a/@href") == ["en/index.html", "fr/index.html", "es/index.html"]


def test_the_page_for_what_is_missing_needs_no_other_file(pages: dict[str, Any]) -> None:
    page = pages["404.html"]

    assert page.xpath("//link[@rel='stylesheet'] | //script") == []
    assert [section.get("lang") for section in page.xpath("//section")] == ["en", "fr", "es"]


def test_made_up_records_are_told_from_real_ones(tmp_path: Path, taxonomy: Taxonomy) -> None:
    folder = written(tmp_path, taxonomy, (a_published(id=1), a_published(id=2, sample=True, countries=("FR",))))

    def banners(path: str) -> int:
        return len(lxml.html.fromstring((folder / path).read_text("utf-8")).xpath("//p[@class='t-banner']"))

    assert [banners(f"en/{path}.html") for path in ("index", "initiative/2", "country/FR", "data")] == [1, 1, 1, 1]
    assert [banners(f"en/{path}.html") for path in ("initiative/1", "country/CA")] == [0, 0]


def test_a_tracker_without_records_says_that_nothing_is_published_yet(tmp_path: Path, taxonomy: Taxonomy) -> None:
    folder = written(tmp_path, taxonomy, ())

    page = lxml.html.fromstring((folder / "fr/index.html").read_text("utf-8"))
    assert "Rien n'a encore été publié." in page.xpath("string(//main)")


def test_a_site_in_one_language_offers_no_other(tmp_path: Path, taxonomy: Taxonomy) -> None:
    folder = written(tmp_path, taxonomy, (a_published(),), settings=SETTINGS.but(languages=("fr",)))

    assert not (folder / "en").exists()
    page = lxml.html.fromstring((folder / "fr/index.html").read_text("utf-8"))
    assert page.xpath("//ul[@class='languages']") == []
