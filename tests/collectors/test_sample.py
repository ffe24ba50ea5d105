"""The sample web and the sample records: what the demo and the tutorial rely on."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from http.client import HTTPConnection, HTTPMessage
from ipaddress import ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from collectors.feed import read_feed
from collectors.page import read_article, read_listing
from collectors.sample import web
from collectors.sample.content import HERE, Story, address, sites, stories
from collectors.sample.initiatives import PEOPLE, SampleInitiative, exclusions, initiatives
from tests.waiting import PATIENCE
from tracker.errors import BadFeed, Busy
from tracker.model import Entry, InitiativeState, Kind, Role, Source, lacking
from tracker.taxonomy import load

BROKEN = {"sample-broken-error", "sample-broken-moved"}
TODAY = date(2026, 11, 24)


class Got(NamedTuple):
    status: int
    body: bytes
    headers: HTTPMessage


def get(url: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Got:
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE)
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, headers=headers or {})
        response = connection.getresponse()
        return Got(response.status, response.read(), response.headers)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def served() -> Iterator[web.Serving]:
    with web.serve(0) as serving:
        yield serving


@pytest.fixture(scope="module")
def fetched(served: web.Serving) -> dict[str, Got]:
    return {source.id: get(source.url) for source in web.sources(served.port)}


def source(id_: str, port: int) -> Source:
    return next(one for one in web.sources(port) if one.id == id_)


def entries(id_: str, got: Got, port: int) -> tuple[Entry, ...]:
    return read_feed(got.body, source(id_, port).url, got.headers["Content-Type"]).entries


def told(**facts: object) -> list[Story]:
    return [
        story for story in stories().values() if all(getattr(story, name) == value for name, value in facts.items())
    ]


# ---------------------------------------------------------------------------------------------------- what there is


def test_there_are_stories_enough_of_every_kind() -> None:
    kinds = Counter(story.kind for story in stories().values())

    assert len(stories()) >= 170
    assert kinds["initiative"] >= 75
    assert kinds["problem"] >= 40
    assert kinds["off_topic"] >= 34
    assert kinds["opinion"] >= 5


def test_the_stories_speak_many_languages() -> None:
    languages = Counter(story.language for story in stories().values())

    assert languages["en"] > 80
    assert languages["fr"] >= 35
    assert languages["es"] >= 35
    assert {"pt", "de", "it", "nl", "ar", "zh"} <= languages.keys()


def test_the_stories_cover_every_issue_and_more_than_forty_countries() -> None:
    issues = Counter(issue for story in stories().values() for issue in story.issues)
    countries = {country for story in stories().values() for country in story.at}

    assert set(issues) == set(load().codes("issues"))
    assert min(issues.values()) >= 30
    assert len(countries) > 40


def test_every_story_but_the_copies_is_its_own() -> None:
    own = [story for story in stories().values() if not (story.copy_of or story.near_of or story.links_to)]

    assert len({story.title for story in own}) == len({story.summary for story in own}) == len(own) > 160


def test_all_stories_are_of_the_first_year_of_the_pandemic() -> None:
    assert all(date(2020, 3, 1) <= story.on <= date(2020, 12, 31) for story in stories().values())


def test_titles_are_headlines_and_page_articles_have_a_length_worth_extracting() -> None:
    for story in stories().values():
        if story.language != "zh":
            assert 5 <= len(story.title.split()) <= 14, story.key
        if sites()[story.source].kind is Kind.PAGE:
            assert 80 <= len(f"{story.summary} {story.text}".split()) <= 250, story.key


def test_copies_have_the_words_of_what_they_copy_and_near_copies_a_headline_of_their_own() -> None:
    copies = [story for story in stories().values() if story.copy_of]
    near = [story for story in stories().values() if story.near_of]

    assert len(copies) >= 5
    assert len(near) >= 4
    for story in copies:
        original = stories()[story.copy_of or ""]
        assert (story.title, story.summary, story.text) == (original.title, original.summary, original.text)
        assert story.source != original.source
    for story in near:
        original = stories()[story.near_of or ""]
        assert story.title != original.title
        assert story.summary == original.summary


def test_one_story_is_told_in_three_languages() -> None:
    translations = told(translation_of="womens-safety-in-every-plan")

    assert {story.language for story in translations} == {"fr", "es"}


def test_every_site_says_that_it_is_a_sample() -> None:
    for site in sites().values():
        assert any(word in site.title for word in ("Sample", "Exemple", "Ejemplo", "sample")), site.id
        assert "sample" in site.name, site.id


def test_every_site_has_an_address_of_its_own_in_the_allowed_network() -> None:
    hosts = [ip_address(site.host) for site in sites().values()]

    assert len(set(hosts)) == len(hosts) >= 14
    assert all(any(host in ip_network(network) for network in web.ALLOW_NETWORKS) for host in hosts)


def test_sources_differ_in_kind_format_and_tier() -> None:
    assert {site.format for site in sites().values()} >= {"rss", "atom", "rdf", "json", "html"}
    assert {one.tier for one in web.sources()} == {"official", "organisation", "media"}
    assert sum(one.kind is Kind.PAGE for one in web.sources()) == 4


def test_no_data_file_is_large() -> None:
    assert all(file.stat().st_size < 250_000 for file in HERE.rglob("*.yaml"))


# ---------------------------------------------------------------------------------------------------- what is served


def test_every_feed_gives_all_its_stories(fetched: dict[str, Got], served: web.Serving) -> None:
    for one in web.sources(served.port):
        if one.kind is Kind.FEED and one.id not in BROKEN:
            found = entries(one.id, fetched[one.id], served.port)
            assert sorted(entry.title for entry in found) == sorted(story.title for story in told(source=one.id))
            assert all(entry.published and entry.url and entry.summary for entry in found)


def test_entries_of_a_mixed_feed_name_their_language(fetched: dict[str, Got], served: web.Serving) -> None:
    found = entries("sample-network-mixed", fetched["sample-network-mixed"], served.port)

    assert {entry.language for entry in found} == {"de", "it", "nl"}


def test_listings_lead_to_articles_that_can_be_extracted(fetched: dict[str, Got], served: web.Serving) -> None:
    for one in web.sources(served.port):
        if one.kind is not Kind.PAGE:
            continue
        pages = [read_listing(fetched[one.id].body, one.url, one.listing, fetched[one.id].headers["Content-Type"])]
        while pages[-1].next_url:
            got = get(pages[-1].next_url)
            pages.append(read_listing(got.body, pages[-1].next_url, one.listing, got.headers["Content-Type"]))
        found = {}
        for link in (link for page in pages for link in page.links):
            got = get(link)
            entry = read_article(got.body, link, one.article, got.headers["Content-Type"])
            found[entry.title] = entry

        wanted = {story.title: story for story in told(source=one.id)}
        assert found.keys() == wanted.keys()
        assert all(found[title].published == story.published for title, story in wanted.items())
        assert all(story.paragraphs[-1] in found[title].text for title, story in wanted.items())


def test_one_listing_has_a_next_page_and_one_is_in_latin_1(fetched: dict[str, Got], served: web.Serving) -> None:
    city = source("sample-city-en", served.port)
    page = read_listing(fetched[city.id].body, city.url, city.listing)
    refuge = fetched["sample-refuge-fr"]

    assert page.next_url is not None
    assert refuge.headers["Content-Type"] == "text/html; charset=iso-8859-1"
    assert "À Liège" in refuge.body.decode("iso-8859-1")


def test_robots_are_kept_from_one_article_that_a_listing_links_to(fetched: dict[str, Got], served: web.Serving) -> None:
    robots = get(source("sample-victims-en", served.port).url.replace("/stories/", "/robots.txt"))

    assert robots.status == 200
    assert b"Disallow: /private/" in robots.body
    assert b'href="/private/' in fetched["sample-victims-en"].body


def test_what_was_fetched_and_has_not_changed_answers_304(fetched: dict[str, Got], served: web.Serving) -> None:
    for one in web.sources(served.port):
        if one.id in BROKEN | {"sample-un-en", "sample-slow-en"}:
            continue
        before = fetched[one.id].headers
        again = get(one.url, {"If-None-Match": before["ETag"]})
        assert (again.status, again.body) == (304, b""), one.id
        assert get(one.url, {"If-Modified-Since": before["Last-Modified"]}).status == 304, one.id


def test_a_tag_of_other_bytes_gets_the_whole_answer(served: web.Serving) -> None:
    assert get(source("sample-ministry-en", served.port).url, {"If-None-Match": '"of another day"'}).status == 200


def test_one_broken_source_answers_500_and_one_gives_a_page(fetched: dict[str, Got], served: web.Serving) -> None:
    assert fetched["sample-broken-error"].status == 500
    assert fetched["sample-broken-moved"].status == 200
    assert "ETag" not in fetched["sample-broken-moved"].headers
    with pytest.raises(BadFeed):
        entries("sample-broken-moved", fetched["sample-broken-moved"], served.port)


def test_one_source_takes_a_second_to_answer() -> None:
    assert [site.slow_seconds for site in sites().values() if site.slow_seconds] == [1]


def test_a_tracking_link_leads_to_the_article_of_the_other_site(fetched: dict[str, Got], served: web.Serving) -> None:
    linked = stories(served.port)["press-tracked-code-word"]
    given = {entry.url for entry in entries("sample-press-en", fetched["sample-press-en"], served.port)}

    assert linked.link in given
    assert "fbclid=" in linked.link
    assert linked.link.startswith(address("pharmacy-code-word-cape-town", served.port))
    assert get(linked.link).status == 200


def test_the_updated_story_changes_at_the_second_visit_and_stays_so() -> None:
    with web.serve(0) as serving:
        feed = source("sample-un-en", serving.port).url
        story = stories(serving.port)["sahel-fund-grassroots"]
        article = address(story.key, serving.port)

        first = get(feed)
        article_before = get(article).body
        second = get(feed, {"If-None-Match": first.headers["ETag"]})
        third = get(feed, {"If-None-Match": second.headers["ETag"]})

        before, after = (
            next(entry for entry in entries("sample-un-en", got, serving.port) if entry.title == story.title)
            for got in (first, second)
        )
        assert "30 June" in before.summary
        assert "30 September" in after.summary
        assert (before.url, before.guid, before.published) == (after.url, after.guid, after.published)
        assert before.updated is not None
        assert after.updated is not None
        assert before.updated < after.updated
        assert third.status == 304
        assert b"Update of 2 July" not in article_before
        assert b"Update of 2 July" in get(article).body


def test_looking_without_fetching_is_no_visit() -> None:
    with web.serve(0) as serving:
        feed = source("sample-un-en", serving.port).url

        assert get(feed, method="HEAD").body == b""
        assert get(feed, method="HEAD").status == 200

        assert b"Update of 2 July" not in get(feed).body


def test_a_page_that_is_not_there_answers_404(served: web.Serving) -> None:
    assert get(source("sample-city-en", served.port).url + "nothing").status == 404


def test_a_taken_port_is_said_in_a_sentence_and_holds_nothing_open() -> None:
    with socket.socket() as other:
        other.bind(("127.0.1.7", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(Busy, match=rf"port {port} of 127\.0\.1\.7 is taken"):
            web.serve(port)

    with web.serve(port) as serving:
        assert serving.port == port


def test_closing_twice_is_harmless_and_frees_the_port() -> None:
    serving = web.serve(0)

    serving.close()
    serving.close()

    with web.serve(serving.port):
        pass


# ---------------------------------------------------------------------------------------------------- records


def approved() -> list[SampleInitiative]:
    return [one for one in initiatives() if one.state is InitiativeState.APPROVED]


def test_most_records_are_approved_and_a_few_are_on_their_way() -> None:
    states = Counter(one.state for one in initiatives())

    assert states == {InitiativeState.APPROVED: 38, InitiativeState.SECOND_LOOK: 2, InitiativeState.DRAFT: 2}


@pytest.mark.parametrize("one", initiatives(), ids=lambda one: one.key)
def test_a_record_uses_known_codes_and_lacks_nothing_unless_it_is_a_draft(one: SampleInitiative) -> None:
    assert load().unknown(one.initiative) == []
    if one.state is not InitiativeState.DRAFT:
        assert lacking(one.initiative, ("en", "fr", "es"), TODAY) == []


def test_records_about_hate_name_its_ground_and_no_others_do() -> None:
    for one in approved():
        assert bool(one.initiative.bias_grounds) == ("hate_crime" in one.initiative.issues), one.key


def test_actors_say_that_they_are_samples() -> None:
    assert all("(sample)" in actor.name for one in initiatives() for actor in one.initiative.actors)


def test_at_least_thirty_records_can_be_read_in_all_public_languages_and_some_cannot() -> None:
    whole = [one for one in initiatives() if all(one.initiative.wordings.get(code) for code in ("en", "fr", "es"))]

    assert 30 <= len(whole) < len(initiatives())
    assert {"pt", "ar", "de"} <= {code for one in initiatives() for code in one.initiative.wordings}


def test_records_cover_thirty_countries_all_issues_and_most_types() -> None:
    found = [one.initiative for one in approved()]

    assert len({country for one in found for country in one.countries}) >= 30
    assert {issue for one in found for issue in one.issues} == set(load().codes("issues"))
    assert len({code for one in found for code in one.types}) >= 30
    assert {"CA-QC", "ES-CT"} <= {code for one in found for code in one.subdivisions}
    assert {one.start.accuracy for one in found if one.start} == {"day", "month", "year"}
    assert sum(one.amount is not None for one in found) >= 8
    assert sum(one.contact.given for one in found) >= 3
    assert sum(len(one.status_history) > 1 for one in found) >= 4


def test_evidence_is_on_the_sample_web_and_reports_an_initiative(served: web.Serving) -> None:
    reported = {address(story.key, served.port): story for story in stories(served.port).values()}
    for one in initiatives(served.port):
        assert len(set(one.evidence_urls)) == len(one.evidence_urls) >= 1
        for url in one.evidence_urls:
            assert reported[url].kind == "initiative", url
            assert reported[url].copy_of is None, url
            assert get(url).status == 200, url


def test_no_item_is_both_evidence_and_excluded() -> None:
    evidence = [url for one in initiatives() for url in one.evidence_urls]
    excluded = [one.url for one in exclusions()]

    assert len(set(evidence)) == len(evidence)
    assert len(set(excluded)) == len(excluded) >= 20
    assert not set(evidence) & set(excluded)


def test_exclusions_have_reasons_that_the_taxonomy_knows_and_their_stories_exist() -> None:
    known = {address(story.key) for story in stories().values()}

    assert {one.reason for one in exclusions()} <= set(load().codes("exclusion_reasons"))
    assert {one.url for one in exclusions()} <= known


def test_enough_items_are_left_for_whoever_tries_the_queue() -> None:
    decided = {url for one in initiatives() for url in one.evidence_urls} | {one.url for one in exclusions()}
    left = [story for story in stories().values() if address(story.key) not in decided]

    assert Counter(story.kind for story in left)["initiative"] >= 40
    assert len(left) >= 100


def test_the_sample_people_have_one_role_each() -> None:
    assert {person.email: person.role for person in PEOPLE} == {
        "ana@sample.example": Role.ANALYST,
        "ben@sample.example": Role.EDITOR,
        "chloe@sample.example": Role.ADMIN,
    }
