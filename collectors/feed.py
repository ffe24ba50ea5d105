"""What does a feed say? Bytes in, entries out: RSS, RDF, Atom, CDF and JSON Feed, well-formed or not.

Reading is quadratic on hostile input, so a round calls this in a worker (`parsing.py`) that has limits.
"""

from __future__ import annotations

import calendar
import contextlib
import io
import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from time import struct_time
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.parsers import expat
from xml.sax import SAXParseException

import feedparser
from pydantic import ValidationError

from collectors.plain import UNSEEN, language_code, one_line, paragraphs
from collectors.quick import ABSOLUTE, plain_feed
from tracker.errors import BadFeed
from tracker.model import Entry, Value

MAX_ENTRIES = 2000
MAX_DEPTH = 200  # of a large feed
LARGE_BYTES = 1_000_000
MAX_DATES = 200  # of a feed that need the slow reader
# feedparser gives up on the whole feed when a title holds a lone surrogate (&#xD800; and its like).
SURROGATE = re.compile(
    rb"&#(?:x0*d[89a-f][0-9a-f]{2}|0*5(?:529[6-9]|5[3-9]\d\d|6\d{3}|7[0-2]\d\d|73[0-3]\d|734[0-3]));", re.I
)
ALTERNATE = re.compile(rb"<link\b[^>]{0,500}\balternate\b[^>]{0,500}>", re.I)
HREF = re.compile(rb"""\bhref\s*=\s*["']?([^"'\s>]+)""", re.I)
ROOT = re.compile(rb"\A[^<]{0,20}(?:<[?!][^>]{0,2000}>\s*){0,20}<(?:\w{1,20}:)?(?:rss|feed|rdf|channel)\b", re.I)
FEED_TYPE = re.compile(rb"application/(?:rss|atom|rdf|feed)\+(?:xml|json)", re.I)


class ReadFeed(Value):
    """A feed, read."""

    entries: tuple[Entry, ...] = ()  # in the order of the feed
    title: str = ""
    language: str | None = None
    refused: tuple[str, ...] = ()  # why single entries could not be taken, one sentence each
    hints: tuple[str, ...] = ()  # what is odd about the feed although it could be read


def read_feed(body: bytes, url: str, content_type: str | None = None, *, quick: bool = True) -> ReadFeed:
    """The entries of a feed; none when it is a feed without entries.

    `url` makes relative links absolute; `content_type` is the HTTP header, which may name the charset.
    Without `quick`, plain feeds too are read by feedparser, which changes nothing but the time.
    Raises BadFeed for an empty body, a web page (naming the feeds that it offers) and whatever else is no feed.
    """
    if not body.strip():
        raise BadFeed(f"{url}: the answer is empty; open the address in a browser to see whether the feed has moved")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _read_json(body, url)
    body, many = _within_bounds(body, url) if len(body) > LARGE_BYTES else (body, 0)
    headers = {"content-location": url}
    if content_type:
        headers["content-type"] = content_type
    try:
        feed = (plain_feed(body, content_type) if quick else None) or feedparser.parse(
            io.BytesIO(SURROGATE.sub(b"&#xFFFD;", body)),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        raise BadFeed(f"{url}: cannot be read as a feed ({type(error).__name__}: {error})") from error
    if not feed["entries"] and not feed.get("version") and not ROOT.match(body.replace(b"\x00", b"")[:20_000]):
        raise BadFeed(_no_feed(body, url))
    language = language_code(feed["feed"].get("language"))
    dates = Dates(language)
    entries: list[Entry] = []
    refused: list[str] = []
    for number, raw in enumerate(feed["entries"][:MAX_ENTRIES], 1):
        try:
            entries.append(_entry(raw, url, language, dates))
        except (ValidationError, ValueError) as error:
            refused.append(f"entry {number}: {error}")
    hints = []
    if (many := max(many, len(feed["entries"]))) > MAX_ENTRIES:
        hints.append(f"has {many} entries; the first {MAX_ENTRIES} were read")
    if isinstance(problem := feed.get("bozo_exception"), SAXParseException):
        where = f"line {problem.getLineNumber()}, column {problem.getColumnNumber()}"
        hints.append(f"malformed at {where} ({problem.getMessage()}); its entries were read all the same")
    return ReadFeed(
        entries=tuple(entries),
        title=one_line(_text(feed["feed"].get("title")), markup=_is_markup(feed["feed"].get("title_detail"))),
        language=language,
        refused=tuple(refused),
        hints=tuple(hints),
    )


def _within_bounds(body: bytes, url: str) -> tuple[bytes, int]:
    """A large feed without the entries that are not read, and how many entries it has: parsers hold all that they read.

    What is not well formed is looked at as far as it is. Raises BadFeed when elements stand too deep in one another.
    """
    parser = expat.ParserCreate()
    standing: list[str] = []
    entries, cut = 0, b""

    def start(name: str, _: object) -> None:
        nonlocal entries, cut
        if len(standing) >= MAX_DEPTH:
            raise BadFeed(f"{url}: has elements more than {MAX_DEPTH} deep in one another; it was given up")
        if len(standing) <= 2 and name.rpartition(":")[2] in ("item", "entry"):
            entries += 1
            if entries == MAX_ENTRIES + 1:
                ends = "".join(f"</{one}>" for one in reversed(standing))
                cut = body[: parser.CurrentByteIndex] + ends.encode()
        standing.append(name)

    def end(_: str) -> None:
        standing.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    with contextlib.suppress(expat.ExpatError):
        parser.Parse(body, True)
    # Two bytes a letter: the ends would not be read as such.
    return (cut, entries) if cut and b"\0" not in cut[:1000] else (body, entries)


def _entry(raw: Any, url: str, language: str | None, dates: Dates) -> Entry:
    title = raw.get("title_detail") or {"value": raw.get("title")}
    # Without its detail, feedparser's summary is the content once more.
    summary = raw.get("summary_detail") or {}
    # Several contents are the same text in several types; the longest one says most.
    contents: list[Any] = raw.get("content") or [{}]
    content = max(contents, key=lambda one: len(_text(one.get("value"))))
    published = dates.read(raw.get("published_parsed"), raw.get("published"))
    published = published or dates.read(raw.get("created_parsed"), raw.get("created"))
    # dict.get: feedparser's own would give `published` where `updated` is missing
    updated = dates.read(dict.get(raw, "updated_parsed"), dict.get(raw, "updated"))
    # Where an entry has one date only, it is the date of the entry, whatever the format calls it.
    published = published or updated
    spoken = language_code(content.get("language")) or language_code(title.get("language"))
    return Entry(
        url=_link(raw, url),
        guid=one_line(_text(raw.get("id")), markup=False, limit=2000) or None,
        title=one_line(_text(title.get("value")), markup=_is_markup(title)),
        summary=paragraphs(_text(summary.get("value")), markup=_is_markup(summary)),
        text=paragraphs(_text(content.get("value")), markup=_is_markup(content)),
        published=published,
        published_origin="feed" if published else None,
        updated=updated,
        author=one_line(_text(raw.get("author")), markup=True, limit=300) or None,
        language=spoken or language_code(summary.get("language")) or language,
    )


def _link(raw: Any, url: str) -> str | None:
    """The address of an entry: its link, else an identity that is an address, else the file that it encloses."""
    links = [link.get("href") for link in raw.get("links", ()) if link.get("rel") in (None, "alternate")]
    enclosed = [link.get("href") for link in raw.get("links", ()) if link.get("rel") == "enclosure"]
    for candidate in (raw.get("link"), *links):
        if address := web_address(candidate, url):
            return address
    for candidate in (raw.get("id"), *enclosed):
        if address := web_address(candidate, None):
            return address
    return None


def web_address(link: object, base: str | None) -> str | None:
    """The link as an absolute http(s) address without credentials; None when it is none."""
    if not isinstance(link, str) or not link.strip() or len(link) > 4000:
        return None
    if ABSOLUTE.fullmatch(link):  # most are, and nothing below would change them
        return link
    link = UNSEEN.sub("", re.sub(r"[\t\r\n]", "", link.strip())).replace(" ", "%20")
    try:
        link = urljoin(base, link) if base else link
        parts = urlsplit(link)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return None
        if "@" in parts.netloc:
            link = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return None
    return link


def _is_markup(detail: Any) -> bool:
    return bool(detail) and detail.get("type", "text/plain") != "text/plain"


class Dates:
    """Reads the dates of one feed: what feedparser made of them, else the date in words."""

    def __init__(self, language: str | None) -> None:
        self.languages = (language[:2],) if language else ()
        self.left = MAX_DATES

    def read(self, parsed: struct_time | None, written: object) -> datetime | None:
        """The time in UTC (a time without zone is taken as UTC); None when there is none that can be read."""
        if parsed is not None:
            try:
                return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
            except (ValueError, OverflowError, OSError):
                return None
        if not isinstance(written, str) or not 6 <= len(written.strip()) <= 80 or not self.left:
            return None
        self.left -= 1
        return date_in_words(written.strip(), self.languages)


WORD_LANGUAGES = ("fr", "es", "en", "pt", "de", "it", "nl", "ar")


@lru_cache(maxsize=1024)
def date_in_words(written: str, first: tuple[str, ...] = ()) -> datetime | None:
    """`lundi 6 avril 2020 10:30` as a time in UTC; None unless day, month and year are all there."""
    import dateparser  # half a second to import, for the few feeds that need it

    try:
        time: datetime | None = dateparser.parse(
            written,
            languages=list(dict.fromkeys((*first, *WORD_LANGUAGES))),
            settings={
                "TIMEZONE": "UTC",
                "TO_TIMEZONE": "UTC",
                "RETURN_AS_TIMEZONE_AWARE": True,
                "REQUIRE_PARTS": ["day", "month", "year"],
                "PARSERS": ["absolute-time"],  # never "yesterday", which would depend on when it is read
                "DATE_ORDER": "DMY",
            },
        )
    except (ValueError, OverflowError, TypeError, RecursionError):
        return None
    return time


# ------------------------------------------------------------------------------------------------------- JSON Feed


def _read_json(body: bytes, url: str) -> ReadFeed:
    try:
        feed = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadFeed(f"{url}: begins like a JSON Feed but is no JSON ({error})") from error
    items = feed.get("items")
    if not isinstance(items, list) or not ("version" in feed or "title" in feed):
        raise BadFeed(f"{url}: is JSON but no JSON Feed (https://jsonfeed.org): it has no list of items")
    language = language_code(feed.get("language"))
    dates = Dates(language)
    entries: list[Entry] = []
    refused: list[str] = []
    for number, raw in enumerate(items[:MAX_ENTRIES], 1):
        if not isinstance(raw, dict):
            refused.append(f"entry {number}: is no object")
            continue
        try:
            entries.append(_json_entry(raw, url, language, dates))
        except (ValidationError, ValueError) as error:
            refused.append(f"entry {number}: {error}")
    return ReadFeed(
        entries=tuple(entries),
        title=one_line(_text(feed.get("title")), markup=False),
        language=language,
        refused=tuple(refused),
    )


def _json_entry(raw: dict[str, Any], url: str, language: str | None, dates: Dates) -> Entry:
    published = _json_time(raw.get("date_published"), dates)
    updated = _json_time(raw.get("date_modified"), dates)
    authors = raw.get("authors") if isinstance(raw.get("authors"), list) else [raw.get("author")]
    names = [_text(author.get("name")) for author in authors or () if isinstance(author, dict)]
    guid = raw.get("id")
    text = paragraphs(_text(raw.get("content_html")), markup=True)
    return Entry(
        url=next(filter(None, (web_address(raw.get(key), url) for key in ("url", "external_url"))), None)
        or web_address(guid, None),
        guid=one_line(str(guid), markup=False, limit=2000) or None if isinstance(guid, (str, int, float)) else None,
        title=one_line(_text(raw.get("title")), markup=False),
        summary=paragraphs(_text(raw.get("summary")), markup=False),
        text=text or paragraphs(_text(raw.get("content_text")), markup=False),
        published=published or updated,
        published_origin="feed" if published or updated else None,
        updated=updated,
        author=one_line(", ".join(filter(None, names)), markup=False, limit=300) or None,
        language=language_code(raw.get("language")) or language,
    )


def _json_time(written: object, dates: Dates) -> datetime | None:
    if not isinstance(written, str):
        return None
    try:
        time = datetime.fromisoformat(written.strip())
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return dates.read(None, written)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


# -------------------------------------------------------------------------------------------------- what is no feed


def _no_feed(body: bytes, url: str) -> str:
    head = body[:200_000]
    if not re.search(rb"<(?:!doctype\s+html|html|head|body)\b", head, re.I):
        return f"{url}: is no feed (it begins with {one_line(body[:60].decode('utf-8', 'replace'), markup=False)!r})"
    offered = []
    for link in ALTERNATE.findall(head):
        found = HREF.search(link) if FEED_TYPE.search(link) else None
        if found and (address := web_address(found[1].decode("utf-8", "replace"), url)):
            offered.append(address)
    remedy = f"it offers {', '.join(offered[:5])}" if offered else "watch it as kind: page, or look for its feed"
    return f"{url}: is a web page, not a feed; {remedy}"
