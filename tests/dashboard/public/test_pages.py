"""The rules of the explorer's pages: the address says what is shown, and what is shown follows into the address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import lxml.html
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import serve
from dashboard.public import app, main
from dashboard.serve import Running
from tests.dashboard.conftest import GONE, MERGED, NEVER, ODD, Newsroom, fill
from tests.makers import NOW, an_initiative
from tests.tracker.test_contacts import a_contact
from tracker import publish
from tracker import taxonomy as taxonomy_of
from tracker.settings import Settings
from tracker.store import PublicStore, open_public, open_store

MAIN = Path(app.__file__).with_name("main.py")


def opened(settings: Settings) -> Running[PublicStore]:
    return Running(open_public(settings.database), settings, taxonomy_of.load())


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("explorer")
    settings = Settings(database=f"sqlite:///{folder}/tracker.db", data=folder)
    store = open_store(settings.database)
    fill(store)
    publish.make_release(store, settings, NOW + timedelta(days=1))
    store.close()
    return settings


@pytest.fixture
def explorer(filled: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from _running(filled, monkeypatch)


@pytest.fixture
def empty_explorer(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from _running(Settings(database=sqlite_url, data=tmp_path), monkeypatch)


def _running(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    running = opened(settings)
    monkeypatch.setattr(serve, "_running", [running])
    yield
    running.store.close()


def visit(**given: str | list[str]) -> AppTest:
    """The start page at an address with these parameters."""
    test = AppTest.from_file(str(MAIN), default_timeout=30)
    for name, value in given.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def drawn(test: AppTest) -> str:
    return "".join(element.proto.body for element in test.get("html"))


def titles(test: AppTest) -> list[str]:
    page = lxml.html.fromstring(f"<div>{drawn(test)}</div>")
    return [" ".join(heading.text_content().split()) for heading in page.xpath("//ul[@class='t-list']//h2")]


def test_the_list_begins_with_what_began_last(explorer: None) -> None:
    shown = titles(visit(lang="en"))

    assert (shown[0], len(shown)) == ("Helpline number 28", 20)


def test_the_address_chooses_filters_page_and_language(explorer: None) -> None:
    test = visit(lang="fr", issue="hate_crime", country=["CA"], q="NUMERO 15")

    assert titles(test) == ["Ligne d'écoute numéro 15"]
    assert (test.text_input[0].value, test.multiselect(key="f-country").value) == ("NUMERO 15", ["CA"])


def test_the_second_page_has_the_rest(explorer: None) -> None:
    first, second = titles(visit(lang="en")), titles(visit(lang="en", page="2"))

    assert len(second) == 11
    assert not set(first) & set(second)


def test_a_page_beyond_the_last_is_the_last(explorer: None) -> None:
    assert titles(visit(lang="en", page="99")) == titles(visit(lang="en", page="2"))


def test_what_is_typed_goes_into_the_address_and_back_to_the_first_page(explorer: None) -> None:
    test = visit(lang="en", page="2")

    test.text_input[0].set_value("number 17").run()

    assert test.query_params["q"] == "number 17"
    assert "page" not in test.query_params
    assert titles(test) == ["Helpline number 17"]


def test_a_choice_goes_into_the_address_as_a_code(explorer: None) -> None:
    test = visit(lang="es")

    test.multiselect(key="f-country").set_value(["MX"]).run()

    assert test.query_params["country"] == "MX"
    assert test.query_params["lang"] == "es"
    assert len(titles(test)) == 10


def test_counts_beside_a_choice_follow_the_other_filters(explorer: None) -> None:
    test = visit(lang="en", issue="hate_crime")

    assert test.multiselect(key="f-country").options == ["Canada (10)"]


def test_what_is_chosen_can_be_taken_back_by_a_link(explorer: None) -> None:
    page = lxml.html.fromstring(f"<div>{drawn(visit(lang='en', issue='hate_crime', country='CA'))}</div>")

    links = page.xpath("//ul[contains(@class, 't-chosen')]//a/@href")
    assert links == ["/?lang=en&country=CA", "/?lang=en&issue=hate_crime", "/?lang=en"]


def test_files_and_feed_are_of_exactly_this_view(explorer: None) -> None:
    page = lxml.html.fromstring(f"<div>{drawn(visit(lang='fr', type='A1', q='nuit'))}</div>")

    assert page.xpath("//a[text()='CSV']/@href") == ["/download.csv?type=A1&q=nuit"]
    assert page.xpath("//a[starts-with(@href, '/feed.atom')]/@href") == ["/feed.atom?lang=fr&type=A1&q=nuit"]


def page_of(test: AppTest) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(f"<div>{drawn(test)}</div>")


def heading(page: lxml.html.HtmlElement) -> str:
    return str(page.xpath("string(//h2[@id='results'])"))


def test_the_views_are_links_that_keep_the_filters(explorer: None) -> None:
    page = page_of(visit(lang="en", view="map", issue="hate_crime", q="number"))

    views = page.xpath("//nav[@class='t-views']//a")
    asked = "lang=en&issue=hate_crime&q=number"
    assert [(one.text, one.get("href"), one.get("aria-current")) for one in views] == [
        ("List", f"/?{asked}", None),
        ("Map", f"/?view=map&{asked}", "true"),
        ("Table", f"/?view=table&{asked}", None),
        ("Timeline", f"/?view=timeline&{asked}", None),
        ("Charts", f"/?view=charts&{asked}", None),
        ("Compare countries", f"/?view=compare&{asked}", None),
    ]


def test_what_is_chosen_stays_in_the_view(explorer: None) -> None:
    test = visit(lang="en", view="charts", country="CA")

    assert "/?view=charts&lang=en" in page_of(test).xpath("//ul[contains(@class, 't-chosen')]//a/@href")
    test.multiselect(key="f-country").set_value(["MX"]).run()
    assert test.query_params["view"] == "charts"
    assert heading(page_of(test)) == "Charts: 10 initiatives"


def test_the_map_has_its_numbers_in_a_table(explorer: None) -> None:
    page = page_of(visit(lang="en", view="map", country="FR", type="A4"))

    rows = [(row.xpath("string(th)"), row.xpath("string(td)")) for row in page.xpath("//tbody/tr")]
    assert rows == [("Canada", "5"), ("France", "5"), ("Mexico", "5")]
    assert page.xpath("//th[a[@aria-current]]//text()") == ["France"]
    assert page.xpath("//th/a/@href")[0] == "/?view=map&lang=en&type=A4&country=FR&country=CA"
    assert page.xpath("//td/a/@href")[0] == "/?compare=CA&lang=en&type=A4"
    assert page.xpath("//div/@data-drawing") == ["/drawing/map?lang=en&type=A4&country=FR"]
    assert "Lebanon" in page.xpath("string(//details[contains(summary, 'not searched')]/p)")


def test_the_table_is_sorted_by_links_of_its_heads(explorer: None) -> None:
    first = page_of(visit(lang="fr", view="table"))
    other = page_of(visit(lang="fr", view="table", sort="-country"))

    assert [(head.get("class"), head.get("aria-sort")) for head in first.xpath("//th[@aria-sort]")] == [
        ("c-began", "descending")
    ]
    assert first.xpath("//th[@class='c-began']/a/@href") == ["/?view=table&sort=-began&lang=fr"]
    assert first.xpath("//th[@class='c-country']/a/@href") == ["/?view=table&sort=country&lang=fr"]
    assert other.xpath("//th[@class='c-country']/@aria-sort") == ["descending"]
    # Syrie, Mexique, Liban, France, Canada: by their names in French.
    assert list(dict.fromkeys(other.xpath("//td[@class='c-country']/text()"))) == [
        "Liban, Syrie", "Mexique", "France", "Canada"
    ]  # fmt: skip
    assert len(first.xpath("//tbody/tr")) == 31


def test_the_timeline_has_months_that_are_chosen_and_taken_back(explorer: None) -> None:
    page = page_of(visit(lang="en", view="timeline"))
    narrowed = page_of(visit(lang="en", view="timeline", **{"from": "2020-04", "to": "2020-04"}))

    assert page.xpath("//tbody//th/a/text()") == ["April 2020"]
    assert page.xpath("//tbody//td[@class='n']/text()") == ["29"]
    assert page.xpath("//tbody//a/@href") == ["/?view=timeline&lang=en&from=2020-04&to=2020-04"]
    assert "Without a date: 2" in page.text_content()
    assert heading(narrowed) == "Timeline: 29 initiatives"
    assert narrowed.xpath("//tbody//a[@aria-current]/@href") == ["/?view=timeline&lang=en"]
    assert narrowed.xpath("//a[text()='CSV']/@href") == ["/download.csv?from=2020-04&to=2020-04"]


def test_the_charts_count_with_the_other_filters(explorer: None) -> None:
    page = page_of(visit(lang="en", view="charts", issue="hate_crime"))

    charts = {section.xpath("string(h3)"): section for section in page.xpath("//section")}
    assert list(charts) == ["By issue", "By status", "By type"]
    assert charts["By issue"].xpath(".//td[@class='n']/text()") == ["21", "10"]
    assert charts["By issue"].xpath(".//a[@aria-current]/@href") == ["/?view=charts&lang=en"]
    assert charts["By type"].xpath(".//td[@class='n']/text()") == ["5", "5", "5"]


def test_countries_are_compared_side_by_side(explorer: None) -> None:
    test = visit(lang="en", compare="CA,MX,BR", type="A4")
    page = page_of(test)

    assert heading(page) == "Compare countries: Canada, Mexico and Brazil"
    assert page.xpath("//thead//th/a/text()") == ["Canada", "Mexico", "Brazil"]
    first = page.xpath("//tbody[1]/tr[1]/td")
    assert [cell.text_content().strip() for cell in first] == ["5", "5", "–"]
    assert first[0].xpath("a/@href") == ["/?lang=en&type=A4&country=CA"]
    issue = page.xpath("//tr[th='Hate crime and racism']/td")
    assert [" ".join(cell.text_content().split()) for cell in issue] == ["5 100%", "–", "–"]

    assert page.xpath("//nav[@class='t-views']//a/@href")[:2] == [
        "/?view=list&compare=CA%2CMX%2CBR&lang=en&type=A4", "/?view=map&compare=CA%2CMX%2CBR&lang=en&type=A4"
    ]  # fmt: skip
    test.multiselect(key="f-compare").set_value(["FR"]).run()
    assert test.query_params["compare"] == "FR"


def test_nothing_to_compare_asks_for_countries(explorer: None) -> None:
    page = page_of(visit(lang="en", view="compare"))

    assert heading(page) == "Compare countries"
    assert "Choose up to four countries" in page.text_content()


@pytest.mark.parametrize("view", ["map", "table", "timeline", "charts", "compare"])
def test_every_view_bears_an_empty_tracker(empty_explorer: None, view: str) -> None:
    assert heading(page_of(visit(lang="en", view=view)))


def test_nothing_found_says_what_to_do(explorer: None) -> None:
    assert "Remove a filter, or look for fewer words." in drawn(visit(lang="en", q="nosuchword"))


def test_a_tracker_without_records_says_that_nothing_is_published_yet(empty_explorer: None) -> None:
    assert "Rien n&#39;a encore été publié." in drawn(visit(lang="fr"))


def test_text_of_a_record_is_never_markup(explorer: None) -> None:
    body = drawn(visit(lang="en", country="LB"))

    assert "<b>" not in body
    assert "<script>" not in body
    assert 'lang="ar" dir="rtl"' in body


def test_the_languages_are_links_to_this_same_view(explorer: None) -> None:
    page = lxml.html.fromstring(f"<div>{drawn(visit(lang='en', issue='hate_crime', country=['CA', 'FR']))}</div>")

    assert page.xpath("//a[@hreflang='fr']/@href") == ["?issue=hate_crime&country=CA%2CFR&lang=fr"]


def at(path: str, **given: str) -> AppTest:
    """Another page than the first: the same functions, called as the script does."""
    test = AppTest.from_function(_one_page, kwargs={"name": path}, default_timeout=30)
    for name, value in given.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def _one_page(name: str) -> None:
    from dashboard.public import main
    from dashboard.public.visit import Visit
    from dashboard.serve import running

    main.SHOW[name](Visit.of(running()))


def test_an_initiative_is_shown_with_its_sources_and_its_history(explorer: None) -> None:
    body = drawn(at("initiative", lang="en", id=str(ODD)))

    assert "https://families.example.org/2020/helpline" in body
    assert "Changed: countries" in body
    assert "This text is not available in English yet. It is shown in Arabic." in body


def test_a_withdrawn_initiative_says_so_and_why(explorer: None) -> None:
    body = drawn(at("initiative", lang="fr", id=str(GONE)))

    assert f"L&#39;initiative {GONE} a été retirée" in body
    assert "The source took it back." in body


def test_a_merged_initiative_shows_the_one_that_tells_of_it(explorer: None) -> None:
    body = drawn(at("initiative", lang="en", id=str(MERGED)))

    assert f"Initiative {MERGED} was merged into this one" in body
    assert "This text is not available in English yet. It is shown in Arabic." in body


@pytest.mark.parametrize("id", [str(NEVER), "0", "x", "1.5"])
def test_an_initiative_that_never_was_is_not_found(explorer: None, id: str) -> None:
    assert "There is no such initiative here." in drawn(at("initiative", lang="en", id=id))


def test_a_country_shows_what_is_done_there(explorer: None) -> None:
    body = drawn(at("country", lang="es", code="MX"))

    assert "<h1>México</h1>" in body
    assert "10 iniciativas" in body
    assert "/?lang=es&amp;type=A4&amp;country=MX" in body


def test_a_country_that_does_not_exist_is_not_found(explorer: None) -> None:
    assert "There is no such country." in drawn(at("country", lang="en", code="QQ"))


def test_countries_are_listed_with_the_most_first(explorer: None) -> None:
    page = lxml.html.fromstring(f"<div>{drawn(at('countries', lang='en'))}</div>")

    assert page.xpath("//tbody//th/a/text()") == ["Canada", "France", "Mexico", "Lebanon", "Syria"]


def test_the_data_page_names_the_releases_and_how_to_quote(explorer: None) -> None:
    body = drawn(at("data", lang="en"))

    assert "/releases/1/en/data.html" in body
    assert "release 1 (2020-05-05)" in body


def test_the_data_page_without_a_release_says_so(empty_explorer: None) -> None:
    assert "There is no release yet." in drawn(at("data", lang="en"))


@pytest.mark.parametrize("name", ["method", "help"])
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_texts_are_there_in_every_language(explorer: None, name: str, language: str) -> None:
    body = drawn(at(name, lang=language))

    assert len(lxml.html.fromstring(f"<div>{body}</div>").xpath("//h1")) == 1


CHECKED = datetime.now(UTC)  # the explorer asks the clock whether a check still holds


@pytest.mark.parametrize(("days", "shown"), [(179, True), (181, False)])
def test_the_page_of_help_names_the_contacts_of_the_newest_release_that_still_hold(
    newsroom: Newsroom, empty_explorer: None, tmp_path: Path, days: int, shown: bool
) -> None:
    checked = CHECKED - timedelta(days=days)
    newsroom.store.add_contact(a_contact(), newsroom.store.people()[0], checked)
    publish.make_release(newsroom.store, Settings(data=tmp_path), checked)

    page = lxml.html.fromstring(f"<div>{drawn(at('help', lang='fr'))}</div>")

    assert page.xpath("//article/h4/text()") == (["Ligne d'exemple"] if shown else [])
    assert bool(page.xpath("//a[@href='tel:+15550100']")) is shown
    assert "Organisation mondiale de la Santé" in page.text_content()


def test_what_is_approved_later_is_shown(newsroom: Newsroom, empty_explorer: None) -> None:
    newsroom.publish(an_initiative(), sample=True)

    body = drawn(visit(lang="en"))

    assert "Helpline by text message" in body
    assert "Sample data." in body


def test_every_page_of_the_menu_exists() -> None:
    assert set(main.MENU) <= set(app.PAGES)
    assert set(main.SHOW) == set(app.PAGES)
