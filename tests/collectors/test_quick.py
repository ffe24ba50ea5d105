"""A feed that is read without feedparser says what feedparser would have said; any other is left to feedparser."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path

import pytest

from collectors.feed import read_feed
from collectors.quick import plain_feed
from tracker.errors import BadFeed

URL = "https://news.example/feed.xml"
PLAIN = Path(__file__).parents[1].joinpath("samples/plain-rss-with-every-usual-element.xml").read_bytes()


def rss(*items: str, channel: str = "<title>News</title>", root: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {root}><channel>{channel}'
        f"{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>"
    ).encode()


def test_a_plain_feed_is_read_without_feedparser_and_says_the_same() -> None:
    assert plain_feed(PLAIN, "application/rss+xml; charset=utf-8") is not None

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
    assert plain_feed(rss("<title>first</title>", item), None) is None


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
        b'<feed xmlns="http://purl.org/atom/ns#"><entry><title>a</title></entry></feed>',
    ],
)
def test_a_feed_that_is_not_plain_as_a_whole_is_left_to_feedparser(body: bytes) -> None:
    assert plain_feed(body, None) is None


def test_another_charset_in_the_header_is_left_to_feedparser() -> None:
    body = rss("<title>a</title>")

    assert plain_feed(body, "application/rss+xml; charset=iso-8859-1") is None
    assert plain_feed(body, "application/rss+xml; charset=utf-8") is not None


def test_entities_are_never_expanded_here() -> None:
    bomb = b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'

    assert plain_feed(bomb + b"<rss><channel><item><title>&b;</title></item></channel></rss>", None) is None


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
                if plain_feed(body, content_type) is None:
                    continue
                plain += 1
                try:
                    slow = read_feed(body, URL, content_type, quick=False)
                except BadFeed as problem:
                    pytest.fail(f"{member.name}: feedparser refuses it: {problem}")
                assert read_feed(body, URL, content_type) == slow, member.name
    assert plain > 200


ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr-CA"><title>Nouvelles</title><id>urn:x</id>
<link href="https://a.example/"/><link rel="self" href="https://a.example/feed"/><updated>2020-05-04T10:00:00Z</updated>
<author><name>Ministère</name></author><category term="x"/>
<entry><title>Un abri</title><id>urn:1</id><link href="https://a.example/1"/><link rel="enclosure" href="https://a.example/1.mp3"/>
<published>2020-05-04T10:00:00Z</published><updated>2020-05-04T12:00:00+02:00</updated>
<author><name>Ana</name><uri>https://a.example/ana</uri></author><category term="abri"/>
<summary>Court &lt;b&gt;et&lt;/b&gt; simple</summary>
<content type="html">&lt;p&gt;Un &lt;b&gt;abri&lt;/b&gt;.&lt;/p&gt;</content></entry>
<entry><title type="html">Deux &amp;amp; trois</title><id>https://a.example/i/2</id>
<link rel="alternate" href="https://a.example/2"/><updated>2020-05-03T10:00:00Z</updated>
<content type="html">&lt;p&gt;Sans résumé.&lt;/p&gt;</content></entry></feed>""".encode()

RDF = b"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://a.example/"><title>News</title>
<link>https://a.example/</link><description>x</description><dc:language>en</dc:language>
<items><rdf:Seq><rdf:li rdf:resource="https://a.example/1"/></rdf:Seq></items></channel>
<item rdf:about="https://a.example/id/1"><title>A shelter</title><link>https://a.example/1</link>
<description>&lt;p&gt;Opens.&lt;/p&gt;</description><dc:creator>Ana</dc:creator><dc:date>2020-05-04T10:00:00Z</dc:date></item>
<item rdf:about="https://a.example/2"><title>Another</title></item></rdf:RDF>"""


@pytest.mark.parametrize("body", [ATOM, RDF.replace(b"<dc:language>en</dc:language>", b"")])
def test_plain_atom_and_rss_1_too_are_read_without_feedparser_and_say_the_same(body: bytes) -> None:
    assert plain_feed(body, "application/xml") is not None

    assert read_feed(body, URL) == read_feed(body, URL, quick=False)
    assert len(read_feed(body, URL).entries) == 2


@pytest.mark.parametrize(
    ("plain", "odd"),
    [
        (b'xml:lang="fr-CA"', b'xml:base="https://b.example/"'),
        (b"<entry>", b'<entry xml:lang="en">'),
        (b'<content type="html">', b'<content type="xhtml">'),
        (b'<content type="html">', b'<content src="https://a.example/1" type="html">'),
        (b'<link href="https://a.example/1"/>', b'<link href="/1"/>'),
        (b'<link href="https://a.example/1"/>', b""),
        (b'<link href="https://a.example/1"/>', b'<link href="https://a.example/1" type="application/pdf"/>'),
        (b"<name>Ana</name>", b"<name>Ana</name><email>ana@a.example</email>"),
        (b"<published>2020-05-04T10:00:00Z", b"<published>4 mai 2020"),
        (b"<title>Un abri", b'<title type="xhtml">Un abri'),
    ],
)
def test_an_atom_feed_that_is_not_plain_is_left_to_feedparser(plain: bytes, odd: bytes) -> None:
    assert plain in ATOM

    assert plain_feed(ATOM.replace(plain, odd), None) is None
