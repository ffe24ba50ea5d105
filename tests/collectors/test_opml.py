from __future__ import annotations

import pytest

from collectors.opml import added, read, written
from tests.makers import NOW, a_source
from tracker import settings
from tracker.errors import BadInput
from tracker.model import Expect, Kind, Listing, Source, Tier

FROM_A_READER = b"""<?xml version="1.0"?>
<opml version="1.1"><head><title>Mine</title></head><body>
  <outline text="Group">
    <outline text="Minist\xc3\xa8re de la S\xc3\xa9curit\xc3\xa9" type="rss" xmlUrl="https://a.example/feed.xml" htmlUrl="https://a.example/"/>
    <outline text="The same again" type="rss" xmlUrl="http://www.a.example/feed.xml?utm_source=x"/>
    <outline text="Minist\xc3\xa8re de la S\xc3\xa9curit\xc3\xa9" type="rss" xmlUrl="https://b.example/feed.xml"/>
  </outline>
  <outline text="only a folder"/>
</body></opml>"""


def test_sources_survive_a_round_trip() -> None:
    sources = [
        a_source(),
        a_source(id="page", name="A & B", kind=Kind.PAGE, url="https://b.example/list", language=None, country=None),
        a_source(
            id="third", url="https://c.example/x", issues=("hate_crime", "victim_services"), tier=Tier.MEDIA,
            every="3h", enabled=False, terms="Read on 1 May; nothing against it.",
        ),
        a_source(id="fourth", url="https://d.example/x", folder="Canada/Québec", expect=Expect(at_least=1, at_most=9)),
        a_source(id="fifth", url="https://e.example/x", folder="Canada", listing=Listing(links="h2 a", max_pages=3)),
    ]  # fmt: skip

    assert read(written(sources, NOW)) == sources


def test_groups_are_walked_and_each_address_is_taken_once() -> None:
    found = read(FROM_A_READER)

    assert [source.url for source in found] == ["https://a.example/feed.xml", "https://b.example/feed.xml"]
    assert [source.folder for source in found] == ["Group", "Group"]
    assert found[0].id == "ministere-de-la-securite"
    assert len({source.id for source in found}) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "no OPML"),
        (b"<rss/>", "begins with <rss>"),
        (b"<opml><body><outline text='x' xmlUrl='ftp://a/'/></body></opml>", "outline 'x' on line 1: url"),
        (b"x" * 6_000_000, "larger than"),
    ],
)
def test_what_is_no_list_of_sources_is_refused_in_words(text: bytes, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        read(text)


def test_an_entity_of_an_opml_file_is_not_loaded() -> None:
    text = b"<!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><opml><body><outline text='&x;' xmlUrl='https://a.example/'/></body></opml>"

    try:
        assert "\n" not in read(text)[0].name
    except BadInput:
        return


@pytest.mark.parametrize(
    "config",
    [
        "",
        "contact: a@b.example\n",
        "sources: []\ncontact: a@b.example\n",
        "sources:\n- id: first\n  name: First\n  kind: feed\n  url: https://a.example/  # x\n\ncontact: a@b.example",
        "# a remark\nsources:\n    - {id: first, name: First, kind: feed, url: 'https://first.example/'}",
    ],
)
def test_sources_are_added_to_the_configuration_and_nothing_else_is_touched(
    config: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("config") / "config.yaml"
    new: list[Source] = [
        a_source(name='Norway: "NO"', country="NO"),
        a_source(id="page", kind=Kind.PAGE, listing=Listing(links="h3 a")),
    ]

    file.write_text(added(config, new), encoding="utf-8")

    found = settings.load(file, {})
    assert found.sources[-2:] == tuple(new)
    kept = [line for line in config.splitlines() if "[]" not in line]
    assert [line for line in file.read_text(encoding="utf-8").splitlines() if line in kept] == kept
