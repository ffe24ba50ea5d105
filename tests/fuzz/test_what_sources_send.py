"""Bytes of strangers: feeds, pages, maps of sites, PDFs, packed copies, headers, addresses."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html

from collectors.feed import read_feed, web_address
from collectors.guard import is_public
from collectors.page import read_article, read_listing
from collectors.pdf import read_pdf
from collectors.quick import plain_feed
from collectors.sitemap import read_sitemap
from collectors.wall import SENTENCES, wall
from tests.fuzz import VALUES, fuzzed, pieces
from tracker.errors import BadFeed, BadItem, BadPage
from tracker.model import Listing

URL = "https://ministry.example/news/"
FEEDS = Path(__file__).parent.parent / "samples" / "feeds"

RSS = pieces(
    "<item>", "</item>", "<title>", "</title>", "<link>", "</link>", "<pubDate>", "</pubDate>",
    "<guid isPermaLink='x'>", "<description>", "<![CDATA[", "]]>", "&#xD800;", "&amp;#0;", "&nosuch;",
    "<content:encoded>", "<atom:link href='//'/>", "<dc:date>", "9999-12-31T23:59:60+14:00",
    "Fri, 31 Feb 0000 99:99:99 XST", "<enclosure url='file:///'/>", "\0", "http://[", "<media:group>", "<author>",
    "</author>", "<a b='", "'", "<entry>", "</entry>", "<updated>", "<category term=''/>",
)  # fmt: skip
MARKUP = pieces(
    "<p>", "</p>", "<a href='", "'>", "</a>", "http://[::1", "javascript:", "//", "<base href='", "<title>",
    "</title>", "<h1>", "</h1>", "<script type='application/ld+json'>", '{"datePublished":"', '"}', "[[[[",
    "</script>", "<time datetime='", "<meta property='article:published_time' content='", "<meta charset='utf-7'>",
    "<html lang='", "<!--", "-->", "<template>", "<svg>", "<div id='root'>", "<article>", "<td>", "&#x110000;", "&",
    "\0", "99999-99-99", "<select>", "<![CDATA[", "<?x ", "Please enable JavaScript", "We use cookies",
    "Access denied",
)  # fmt: skip
MAP = pieces(
    "<url>", "</url>", "<loc>", "</loc>", "<lastmod>", "</lastmod>", "2020-13-45", "0000-00-00T00:00:00+99:99",
    "<sitemap>", "</sitemap>", "<news:news>", "<n:title xmlns:n='x'>", "http://[", URL, "&x;",
    "<!DOCTYPE a [<!ENTITY x 'y'>]>", "\0",
)  # fmt: skip
PDF = pieces(
    "1 0 obj\n", "endobj\n", "<<", ">>", "/Type /Page", "/Type /Pages /Kids [", "1 0 R", "]", "/Count -1",
    "/Parent 1 0 R", "/Root 1 0 R", "stream\n", "endstream\n", "xref\n0 2\n", "trailer\n", "startxref\n9\n%%EOF",
    "startxref\n-1\n%%EOF", "/Encrypt 1 0 R", "/Filter /FlateDecode", "/Length 99999999999",
    "/CreationDate (D:00000000000000Z99)", "(", ")", "BT", "ET",
)  # fmt: skip


def refusable(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@given(
    RSS,
    st.sampled_from(['<rss version="2.0"><channel>', '<feed xmlns="http://www.w3.org/2005/Atom">', "<rdf:RDF>", ""]),
)
@fuzzed
def test_what_looks_like_a_feed_is_a_feed_or_a_named_refusal(inside: str, opening: str) -> None:
    for end in ("", "</channel></rss>"):
        try:
            read_feed(refusable(opening + inside + end), URL).model_dump_json()
        except BadFeed:
            continue


@given(VALUES, VALUES)
@fuzzed
def test_any_json_is_a_feed_or_a_named_refusal(item: object, member: object) -> None:
    names = ("id", "url", "title", "date_published", "authors", "content_html", "language")
    items = [item, dict.fromkeys(names, member), {name: [{"name": member}] for name in names}]
    for feed in (item, {"version": member, "items": items, "title": member, "language": member}):
        try:
            read_feed(json.dumps(feed).encode(), URL, "application/feed+json").model_dump_json()
        except BadFeed:
            continue


@given(st.sampled_from(sorted(FEEDS.glob("*.xml"))), st.data())
@fuzzed
def test_a_feed_with_wounds_is_a_feed_or_a_named_refusal_for_both_readers(path: Path, data: st.DataObject) -> None:
    body = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.sampled_from(b"<>&;/'\" \0a\xff"))

    plain_feed(bytes(body), None)  # None, or a feed; what it cannot read is left to the slow reader
    try:
        read_feed(bytes(body), URL).model_dump_json()
    except BadFeed:
        return


@given(MARKUP)
@fuzzed
def test_what_looks_like_a_page_is_a_page_or_a_named_refusal(inside: str) -> None:
    body = refusable("<html>" + inside)
    for read in (lambda: read_article(body, URL), lambda: read_listing(body, URL, Listing())):
        try:
            read().model_dump_json()
        except BadPage:
            continue


@given(MARKUP, pieces("login.", "consent", "/", "?", "#", ".", ":99999", "%00", "//"))
@fuzzed
def test_a_wall_is_of_a_known_kind_or_none(inside: str, rest: str) -> None:
    page = html.document_fromstring("<p>" + inside.replace("\0", ""))

    assert wall(page, "https://a.example/" + rest) in {None, *SENTENCES}


@given(MAP, st.booleans())
@example("<http://[", False)
@fuzzed
def test_what_looks_like_a_sitemap_is_one_or_a_named_refusal(inside: str, packed: bool) -> None:
    body = refusable("<urlset xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>" + inside + "</urlset>")
    body = gzip.compress(body)[: -(len(inside) % 3) or None] if packed else body
    try:
        read_sitemap(body, URL).model_dump_json()
    except BadPage:
        return


@given(PDF)
@fuzzed
def test_what_looks_like_a_pdf_is_an_article_or_a_named_refusal(inside: str) -> None:
    try:
        read_pdf(b"%PDF-1.7\n" + refusable(inside), URL).model_dump_json()
    except BadPage:
        return


@given(
    pieces("http://", "https:", "//", "\\", "@", "[", "]", "::", "%00", "..", "#", "?", "xn--", "\t", "。", "１２７")
)
@fuzzed
def test_a_link_of_a_feed_is_a_web_address_or_none(link: str) -> None:
    for base in (URL, None):
        try:
            found = web_address(link, base)
        except BadItem:
            continue
        assert found is None or found.startswith(("http://", "https://"))


@given(st.ip_addresses())
@fuzzed
def test_an_address_is_public_in_every_way_of_writing_it_or_in_none(address: object) -> None:
    written = str(address)
    if ":" not in written:
        assert is_public(f"::ffff:{written}") == is_public(written)
    else:
        assert is_public(written.upper()) == is_public(written)
