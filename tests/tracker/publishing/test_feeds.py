"""The rules of news feeds: valid as Atom and as JSON Feed, with ids that last, in the reader's language."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import atoma
import feedparser
import pytest
from lxml import etree

from tests.makers import NOW, a_published
from tracker.model import Published, Wording
from tracker.publishing.feeds import Feed, as_atom, as_json_feed, feed_of
from tracker.settings import Settings, Site
from tracker.taxonomy import Taxonomy

SETTINGS = Settings(site=Site(url="https://tracker.example.org/"))
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def made(taxonomy: Taxonomy, *records: Published, language: str = "en", **more: Any) -> Feed:
    address = "https://tracker.example.org/feed"
    return feed_of(records, language, SETTINGS, taxonomy, address=address, updated=NOW, **more)


def feed(taxonomy: Taxonomy, *records: Published, language: str = "en", **more: Any) -> Any:
    return etree.fromstring(as_atom(made(taxonomy, *records, language=language, **more)))


def test_a_feed_has_what_atom_asks_for(taxonomy: Taxonomy) -> None:
    atom = feed(taxonomy, a_published(), a_published(id=2))

    for name in ("id", "title", "updated", "author/a:name"):
        assert len(atom.xpath(f"a:{name}", namespaces=ATOM)) == 1, name
    for entry in atom.xpath("a:entry", namespaces=ATOM):
        for name in ("id", "title", "updated", "summary", "link[@rel='alternate']"):
            assert len(entry.xpath(f"a:{name}", namespaces=ATOM)) == 1, name
    assert atom.xpath("a:link[@rel='self']/@href", namespaces=ATOM) == ["https://tracker.example.org/feed"]


def test_an_entry_keeps_its_id_whatever_changes(taxonomy: Taxonomy) -> None:
    later = NOW + timedelta(days=3)
    before, after = feed(taxonomy, a_published()), feed(taxonomy, a_published(revision=2, changed_at=later))

    ids = [atom.xpath("string(a:entry/a:id)", namespaces=ATOM) for atom in (before, after)]
    assert ids == ["tag:tracker.example.org,2020:initiative:1"] * 2
    assert after.xpath("string(a:updated)", namespaces=ATOM) == later.isoformat()


def test_ids_in_a_feed_are_unique(taxonomy: Taxonomy) -> None:
    atom = feed(taxonomy, *[a_published(id=number) for number in range(1, 20)])

    ids = atom.xpath("//a:id/text()", namespaces=ATOM)
    assert len(set(ids)) == len(ids) == 20


def test_a_feed_speaks_its_language_and_marks_another(taxonomy: Taxonomy) -> None:
    atom = feed(
        taxonomy, a_published(), a_published(id=2, wordings={"en": Wording(title="Only English")}), language="fr"
    )

    assert atom.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    assert atom.xpath("a:entry/@xml:lang", namespaces={**ATOM, "xml": "http://www.w3.org/XML/1998/namespace"}) == ["en"]
    assert atom.xpath("a:entry[1]/a:category/@label", namespaces=ATOM) == ["Violence familiale et conjugale"]


def test_markup_and_letters_that_xml_cannot_hold_do_no_harm(taxonomy: Taxonomy) -> None:
    title = "<b>bold</b> & \x00\x0b\ufffe end"

    atom = feed(taxonomy, a_published(wordings={"en": Wording(title=title)}))

    assert atom.xpath("string(a:entry/a:title)", namespaces=ATOM) == "<b>bold</b> &  end"


def test_a_feed_without_entries_says_when_it_was_made(taxonomy: Taxonomy) -> None:
    assert feed(taxonomy).xpath("string(a:updated)", namespaces=ATOM) == NOW.isoformat()


AWKWARD = "<b>bold</b> & \x00\x0b\ufffe end 🙂 \u202e"


@pytest.fixture(params=["nothing", "one", "many", "awkward"])
def any_feed(request: pytest.FixtureRequest, taxonomy: Taxonomy) -> Feed:
    records = {
        "nothing": [],
        "one": [a_published()],
        "many": [a_published(id=number, sample=number % 2 == 0) for number in range(1, 30)],
        "awkward": [a_published(wordings={"ar": Wording(title=AWKWARD, summary=AWKWARD)}, countries=())],
    }
    links = (("first", "https://tracker.example.org/feed"), ("next", "https://tracker.example.org/feed?page=2"))
    return made(taxonomy, *records[request.param], links=links)


def test_the_ecosystem_reads_every_feed_as_valid_atom(any_feed: Feed) -> None:
    body = as_atom(any_feed)

    strict = atoma.parse_atom_bytes(body)
    read = feedparser.parse(body)

    assert not read.bozo
    assert (read.version, read.feed.id) == ("atom10", strict.id_) == ("atom10", any_feed.id)
    assert [entry.id_ for entry in strict.entries] == [entry.id for entry in any_feed.entries]
    assert [entry.updated for entry in strict.entries] == [entry.updated for entry in any_feed.entries]
    assert {link["rel"]: link["href"] for link in read.feed.links}["next"].endswith("?page=2")


def test_the_ecosystem_reads_every_feed_as_valid_json_feed(any_feed: Feed) -> None:
    body = as_json_feed(any_feed)

    read = atoma.parse_json_feed_bytes(body)

    assert read.version == "https://jsonfeed.org/version/1.1"
    assert (read.feed_url, read.next_url) == (any_feed.address, "https://tracker.example.org/feed?page=2")
    assert [(item.id_, item.title) for item in read.items] == [(entry.id, entry.title) for entry in any_feed.entries]
    assert [item.date_modified for item in read.items] == [entry.updated for entry in any_feed.entries]


def test_both_forms_of_a_feed_have_the_same_entries_under_the_same_ids(taxonomy: Taxonomy) -> None:
    both = made(taxonomy, a_published(), a_published(id=2))

    ids = etree.fromstring(as_atom(both)).xpath("a:entry/a:id/text()", namespaces=ATOM)

    assert ids == [item["id"] for item in json.loads(as_json_feed(both))["items"]]


def test_a_made_up_record_is_marked_in_a_feed(taxonomy: Taxonomy) -> None:
    assert feed(taxonomy, a_published(sample=True)).xpath("a:entry/a:category/@term", namespaces=ATOM)[-1] == "sample"


def test_the_id_of_a_feed_is_the_same_on_each_of_its_pages(taxonomy: Taxonomy) -> None:
    second = made(taxonomy, a_published(), id="https://tracker.example.org/feed")

    assert second.id == made(taxonomy).id
