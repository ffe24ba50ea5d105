"""A feed that is read without feedparser says what feedparser would have said; any other is left to feedparser."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path

import pytest

from collectors.feed import read_feed
from collectors.quick import plain_rss
from tracker.errors import BadFeed

URL = "https://news.example/feed.xml"
PLAIN = Path(__file__).parents[1].joinpath("samples/plain-rss-with-every-usual-element.xml").read_bytes()


def rss(*items: str, channel: str = "<title>News</title>", root: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {root}><channel>{channel}'
        f"{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>"
    ).encode()


def test_a_plain_feed_is_read_without_feedparser_and_says_the_same() -> None:
    assert plain_rss(PLAIN, "application/rss+xml; charset=utf-8") is not None

    feed = read_feed(PLAIN, URL)

    assert feed == read_feed(PLAIN, URL, quick=False)
    assert [entry.title for entry in feed.entries] == ["Un abri pour les victimes", "Sans lien", "Seulement un texte"]
    assert feed.entries[0].published is not None


@pytest.mark.parametrize(
    "item",
    [
        "<title>Rock &amp;amp; roll</title>",
        "<title>a &lt;b&gt;bold&lt;/b&gt; one</title>",
        "<title>one</title><title>two</title>",
        "<title>a</title><link>/relative</link>",
        "<title>a</title><link>https://a.example/é</link>",
        "<title>a</title><link>https://a.example/x?a=1&amp;amp;b=2</link>",
        "<title>a</title><guid>tag:a.example,2020:1</guid>",
        "<title>a</title><pubDate>lundi 6 avril 2020</pubDate>",
        "<title>a</title><pubDate>Mon, 31 Feb 2020 10:00:00 GMT</pubDate>",
        "<title>a</title><description>a <b>b</b></description>",
        "<title>a</title><description xml:lang='fr'>un</description>",
        "<title>a</title><description>caf\u00c3\u00a9</description>",
        "<title>a</title><description>say \u0093so\u0094</description>",
        "<title>a</title><image><title>b</title></image>",
        "<title>a</title><date>2020-05-04</date>",
        "<title>a</title><x lang='fr'/>",
        "<title>a</title><x><title>b</title></x>",
        "<title type='html'>a</title>",
        "<title>a</title><dc:title xmlns:dc='http://purl.org/dc/elements/1.1/'>b</dc:title>",
        "<title>a</title><dc:title xmlns:dc='urn:other'>b</dc:title>",
        "<a:title xmlns:a='http://www.w3.org/2005/Atom'>b</a:title>",
    ],
)
def test_what_feedparser_has_rules_for_that_are_not_known_here_is_left_to_it(item: str) -> None:
    assert plain_rss(rss("<title>first</title>", item), None) is None


@pytest.mark.parametrize(
    "body",
    [
        rss(),
        rss("<title>a</title>", channel="<title>a</title><title>b</title>"),
        rss("<title>a</title>", channel="<textInput><title>b</title></textInput>"),
        rss("<title>a</title>", root='xml:base="https://b.example/"'),
        rss("<title>a</title>")[:-5],
        rss("<title>caf\u00e9</title>").replace(b"UTF-8", b"ISO-8859-1"),
        rss("<title>a</title>").decode().encode("utf-16"),
        b'<?xml version="1.0"?><rss version="2.0"><channel><item><title>caf\xe9</title></item></channel></rss>',
        b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>a</title></entry></feed>',
    ],
)
def test_a_feed_that_is_not_plain_as_a_whole_is_left_to_feedparser(body: bytes) -> None:
    assert plain_rss(body, None) is None


def test_another_charset_in_the_header_is_left_to_feedparser() -> None:
    body = rss("<title>a</title>")

    assert plain_rss(body, "application/rss+xml; charset=iso-8859-1") is None
    assert plain_rss(body, "application/rss+xml; charset=utf-8") is not None


def test_entities_are_never_expanded_here() -> None:
    bomb = b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'

    assert plain_rss(bomb + b"<rss><channel><item><title>&b;</title></item></channel></rss>", None) is None


@pytest.mark.corpus
def test_every_real_feed_that_is_read_without_feedparser_says_the_same(corpus: Path) -> None:
    with gzip.open(corpus / "feeds.index.jsonl.gz", "rt", encoding="utf-8") as lines:
        types = {row["file"]: row.get("headers", {}).get("Content-Type") for row in map(json.loads, lines)}
    plain = 0
    with tarfile.open(corpus / "feeds.tar.gz") as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is None:
                continue
            body = file.read()
            for content_type in {types.get(member.name), None, "text/xml"}:
                if plain_rss(body, content_type) is None:
                    continue
                plain += 1
                try:
                    slow = read_feed(body, URL, content_type, quick=False)
                except BadFeed as problem:
                    pytest.fail(f"{member.name}: feedparser refuses it: {problem}")
                assert read_feed(body, URL, content_type) == slow, member.name
    assert plain > 200
