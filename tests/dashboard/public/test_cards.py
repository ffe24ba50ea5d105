"""The rules of cards: nothing runs in them, nobody is asked, they alone may stand in a frame, and oEmbed finds them."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import pytest
from lxml import etree, html
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.headers import Headers, content_policy, hash_of
from dashboard.public.cards import Shown, shown_at
from tests.dashboard.conftest import GONE, NEVER, ODD
from tests.dashboard.public.conftest import KEPT, MERGED
from tracker.settings import Settings, Site

SITE = "https://tracker.example.org"
CARDS = [f"/card/initiative/{ODD}", "/card/initiative/1?lang=fr", "/card/country/CA?lang=es", "/card/country/AQ"]


@pytest.mark.parametrize("path", [*CARDS, f"/card/initiative/{GONE}", "/card/country/XX"])
def test_a_card_loads_nothing_and_runs_nothing(client: TestClient, path: str) -> None:
    answer = client.get(path)
    card = html.fromstring(answer.text)

    assert card.xpath("//script | //img | //link | //iframe | //form | //@onclick | //@style") == []
    [style] = card.xpath("//style/text()")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src {hash_of(style)};")
    assert "url(" not in style
    assert "set-cookie" not in answer.headers
    for link in card.xpath("//a"):
        assert link.get("href").startswith(SITE)
        assert set(link.get("rel").split()) == {"noopener", "noreferrer"}
    assert len(answer.content) < 6_000


MAPS = ("/site/fr/map.html", "/releases/12/en/map.html")


def test_cards_and_maps_alone_may_be_framed_and_only_in_the_public_process() -> None:
    def page(_: object) -> HTMLResponse:
        return HTMLResponse("", headers={"Content-Security-Policy": "frame-ancestors *"})

    kept = ("/other", "/cards", "/map.html", "/site/en/data.html", "/site/en/initiative/map.html")
    routes = [Route(path, page) for path in ("/card/country/CA", *MAPS, *kept)]
    public, desk = (
        TestClient(Starlette(routes=routes, middleware=[Middleware(Headers, policy=content_policy(), desk=desk)]))
        for desk in (False, True)
    )

    for path in ("/card/country/CA", *MAPS):
        framed = public.get(path).headers
        assert ("x-frame-options" in framed, framed["content-security-policy"]) == (False, "frame-ancestors *")
    for closed in (*map(public.get, kept), *map(desk.get, ("/card/country/CA", *MAPS))):
        assert closed.headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in closed.headers["content-security-policy"]


def test_a_card_shows_hostile_text_as_text_in_its_own_direction(client: TestClient) -> None:
    card = html.fromstring(client.get(f"/card/initiative/{ODD}?lang=en").text)

    [heading] = card.xpath("//h1")
    assert (heading.get("lang"), heading.get("dir")) == ("ar", "rtl")
    assert heading.text_content() == "خط مساعدة <b>للنساء</b>"
    assert "<script>alert(1)</script>" in card.text_content()


def test_a_card_speaks_the_language_asked_for(client: TestClient) -> None:
    card = html.fromstring(client.get("/card/initiative/1", headers={"Accept-Language": "fr-CA"}).text)

    assert card.get("lang") == "fr"
    assert card.xpath("string(//h1)") == "Ligne d'écoute numéro 0"
    assert card.xpath("//h1/a/@href") == [f"{SITE}/initiative/1?lang=fr"]


def test_the_card_of_a_country_counts_its_initiatives(client: TestClient) -> None:
    card = html.fromstring(client.get("/card/country/ca?lang=en").text)

    assert (card.xpath("string(//h1)"), card.xpath("//dt/text()"), card.xpath("//dd/text()")) == (
        "Canada",
        ["Hate crime and racism"],
        ["10"],
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [(f"/card/initiative/{GONE}", 410), (f"/card/initiative/{NEVER}", 404), ("/card/initiative/99999999999", 404),
     ("/card/country/XX", 404), ("/card/country/Canada", 404)],
)  # fmt: skip
def test_a_card_of_nothing_says_so_and_no_title(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)

    assert answer.status_code == status
    assert "Helpline" not in answer.text


def test_the_card_of_a_merged_initiative_is_that_of_the_kept_one(merged: TestClient) -> None:
    answer = merged.get(f"/card/initiative/{MERGED}?lang=es")

    assert (answer.status_code, answer.headers["location"]) == (301, f"/card/initiative/{KEPT}?lang=es")


# ------------------------------------------------------------------------------------------------- oEmbed


SETTINGS = Settings(site=Site(url=SITE))


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/initiative/5", Shown("initiative", "5")),
        ("/initiative/5?lang=fr", Shown("initiative", "5", "fr")),
        ("/initiative?id=5&lang=es", Shown("initiative", "5", "es")),
        ("/country/ca", Shown("country", "CA")),
        ("/country?code=CA", Shown("country", "CA")),
        ("/site/fr/initiative/5.html", Shown("initiative", "5", "fr")),
        ("/releases/3/es/country/CA.html", Shown("country", "CA", "es")),
        ("/initiative/x", None),
        ("/initiative/5/more", None),
        ("/country?code=Canada", None),
        ("/", None),
        ("/data", None),
        ("/card/initiative/5", None),
    ],
)
def test_what_a_page_is_about_is_read_from_its_address(path: str, shown: Shown | None) -> None:
    assert shown_at(f"{SITE}{path}", SETTINGS) == shown


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", "/initiative/5", "https://evil.example/initiative/5", "https://tracker.example.org.evil.example/initiative/5",
     "https://tracker.example.org@evil.example/initiative/5", "javascript:alert(1)", "file:///initiative/5",
     "https://[bad/initiative/5", "https://tracker.example.org:81/initiative/5"],
)  # fmt: skip
def test_pages_of_others_are_not_embedded(client: TestClient, address: str) -> None:
    answer = client.get(f"/oembed?url={quote(address, safe='')}")

    assert (answer.status_code, answer.json()["parameter"]) == (404, "url")


def test_oembed_gives_a_frame_with_the_card(client: TestClient) -> None:
    address = quote(f"{SITE}/initiative/1?lang=fr", safe="")

    found = client.get(f"/oembed?url={address}&maxwidth=400&maxheight=2000").json()

    assert (found["version"], found["type"], found["title"]) == ("1.0", "rich", "Ligne d'écoute numéro 0")
    assert (found["width"], found["height"]) == (400, 240)
    frame = html.fragment_fromstring(found["html"])
    assert (frame.tag, frame.get("title"), frame.get("width")) == ("iframe", "Ligne d'écoute numéro 0", "400")
    assert "allow-scripts" not in str(frame.get("sandbox"))
    source = urlsplit(str(frame.get("src")))
    assert client.get(f"{source.path}?{source.query}").status_code == 200


def test_oembed_speaks_xml_too_and_says_the_same(client: TestClient) -> None:
    address = quote(f"{SITE}/initiative/{ODD}", safe="")
    json, xml = (client.get(f"/oembed?url={address}&format={form}") for form in ("json", "xml"))

    root = etree.fromstring(xml.content)
    assert xml.headers["content-type"].startswith("text/xml")
    assert {child.tag: child.text for child in root} == {name: str(value) for name, value in json.json().items()}
    assert "<b>" not in re.sub(r"&lt;b&gt;", "", json.json()["html"])


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [("format=yaml", 501, "format"), ("maxwidth=-1", 400, "maxwidth"), ("maxheight=x", 400, "maxheight")],
)
def test_oembed_says_what_was_wrong(client: TestClient, query: str, status: int, parameter: str) -> None:
    answer = client.get(f"/oembed?url={SITE}/initiative/1&{query}")

    assert (answer.status_code, answer.json()["parameter"]) == (status, parameter)


@pytest.mark.parametrize("id", [GONE, NEVER])
def test_what_is_not_public_is_not_embedded(client: TestClient, id: int) -> None:
    assert client.get(f"/oembed?url={SITE}/initiative/{id}").status_code == 404


def test_a_merged_initiative_is_embedded_under_the_title_of_the_kept_one(merged: TestClient) -> None:
    found = merged.get(f"/oembed?url={SITE}/initiative/{MERGED}").json()

    assert found["title"] == f"Helpline number {KEPT - 1}"


@pytest.mark.parametrize("path", ["/initiative?id=5&lang=fr", "/country?code=CA&lang=en"])
def test_a_page_says_where_its_card_is_found(explorer: Callable[[str], str], client: TestClient, path: str) -> None:
    page = html.fromstring(explorer(path))

    links = page.xpath("//link[contains(@type, 'oembed')]/@href")
    assert [client.get(link).status_code for link in links] == [200, 200]


@pytest.mark.parametrize("path", ["/?lang=en", "/data?lang=en", "/initiative?id=%3Cscript%3E", "/country"])
def test_a_page_that_is_about_nothing_of_it_names_no_card(explorer: Callable[[str], str], path: str) -> None:
    assert "oembed" not in explorer(path)
