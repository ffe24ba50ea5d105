"""Can a feed be read without feedparser, and what would feedparser have made of it?

Most feeds are plain: RSS 2.0, RSS 1.0 or Atom in well-formed UTF-8, each element once, addresses absolute, dates as the
standard wants them. Those are read here, by the same XML parser (expat) that feedparser uses, into the values that
feedparser would give. Whatever is not plain gets the answer None, and feedparser reads it; a test holds the two
together on real feeds.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

from feedparser.mixin import _FeedParserMixin
from feedparser.util import FeedParserDict

UTF_8 = re.compile(
    rb"\A(?:\xef\xbb\xbf)?<\?xml\s+version=[\"']1\.0[\"']\s+encoding=[\"']utf-8[\"'][^<>]{0,40}\?>", re.I
)
OTHER_CHARSET = re.compile(rb"\s*<\?xml[^>]*encoding", re.I)
ENTITIES = re.compile(rb"<!(?:doctype|entity)", re.I)  # never read here: entities can blow up
DECLARED = re.compile(rb"\bxmlns(?::([\w.-]+))?\s*=\s*[\"']([^\"']*)[\"']")
# Addresses that stay what they are, wherever they are joined to.
ABSOLUTE = re.compile(
    r"https?://[a-zA-Z0-9.-]+(?::\d+)?(?:/[\w/.~%+,=@!-]*)?(?:\?[\w/.~%+,=&:-]+)?(?:#[\w/.-]+)?", re.ASCII
)
WINDOWS_1252 = re.compile("[\x80-\x9f]")
PERHAPS_MARKUP = re.compile(r"</\w+>|&#?\w+;")
RFC_822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d\d?) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4})"
    r" (\d\d):(\d\d):(\d\d) (?:GMT|UTC|Z|([+-])(\d\d)(\d\d))",
    re.ASCII,
)
W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# feedparser's names of the namespaces, by their address in lower case.
PREFIXES: dict[str, str] = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()}
# What an entry or a feed is read from, under all its names: an element that we do not know must not be called so.
READ = frozenset(
    ("title", "summary", "content", "link", "links", "id", "author", "authors", "published", "updated", "created")
) | frozenset(FeedParserDict.keymap)
READ |= {f"{name}_{kind}" for name in READ for kind in ("detail", "parsed")}
# Beginnings of names that mean something to feedparser.
RULED = READ | {rule.split("_")[2] for rule in dir(_FeedParserMixin) if re.match("_(?:start|end)_[a-z]+_", rule)}
# Elements that feedparser has a rule for, whose rule touches nothing that we read.
PASSED_IN_ENTRY = frozenset((
    "category", "source", "dc_subject", "dc_publisher", "dc_rights", "media_content", "media_group", "media_thumbnail",
    "media_credit", "media_category", "media_keywords", "media_rating", "itunes_explicit", "itunes_image",
    "itunes_keywords", "itunes_block",
))  # fmt: skip
PASSED_IN_FEED = PASSED_IN_ENTRY | frozenset((
    "link", "description", "pubdate", "lastbuilddate", "managingeditor", "webmaster", "generator", "copyright", "image",
    "cloud", "itunes_author", "itunes_owner", "itunes_name", "itunes_email", "itunes_subtitle", "itunes_summary",
    "itunes_category", "admin_generatoragent", "admin_errorreportsto", "dc_date", "dc_creator", "language",
))  # fmt: skip
NESTED = frozenset(("media_content", "media_group", "itunes_owner", "itunes_category"))
OF_IMAGES = frozenset(("title", "url", "link", "width", "height", "description"))
IN_ENTRY = {
    "title": "title",
    "link": "link",
    "guid": "id",
    "description": "summary",
    "pubDate": "published",
    "author": "author",
    "{http://purl.org/dc/elements/1.1/}creator": "author",
    "{http://purl.org/dc/elements/1.1/}date": "updated",
    "{http://purl.org/rss/1.0/modules/content/}encoded": "content",
}


ATOM, RSS_1 = "{http://www.w3.org/2005/Atom}", "{http://purl.org/rss/1.0/}"
ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
LANG, BASE = (f"{{http://www.w3.org/XML/1998/namespace}}{name}" for name in ("lang", "base"))
PASSED_IN_ATOM = frozenset((
    "id", "link", "updated", "subtitle", "generator", "author", "icon", "logo", "rights", "category", "contributor",
))  # fmt: skip


class _NotPlain(Exception):
    """feedparser has to look at it."""


def plain_feed(body: bytes, content_type: str | None) -> Any:
    """What `feedparser.parse` would give for a plain feed, as far as we read it; None for any other."""
    charset = "charset" in (content_type or "").lower()
    if charset and not re.fullmatch(r"[^;]+;\s*charset=\"?utf-8\"?\s*", content_type or "", re.I):
        return None
    if not UTF_8.match(body) and (OTHER_CHARSET.match(body) or not body.isascii()):
        return None
    if ENTITIES.search(body) or b"\0" in body:  # zeros: it may be UTF-16
        return None
    parser = XMLParser()  # noqa: S314  # expat, as in feedparser; without a doctype it has no entities to expand
    try:
        _check_prefixes(body)
        parser.feed(body)
        return _Reader().feed(parser.close())
    except (_NotPlain, ParseError, ValueError):
        return None


def _check_prefixes(body: bytes) -> None:
    """feedparser goes by prefixes, we by namespaces: prefixes that mean something else than usual are not for us."""
    meant: dict[bytes, bytes] = {}
    for prefix, uri in set(DECLARED.findall(body)):
        if prefix and (
            meant.setdefault(prefix, uri) != uri
            or (PREFIXES.get(uri.decode().lower()) != (name := prefix.decode().lower()) and name in RULED)
        ):
            raise _NotPlain


class _Reader:
    def __init__(self) -> None:
        self._passed: dict[tuple[str, bool], bool] = {}

    def feed(self, root: Element) -> dict[str, Any]:
        match root.tag:
            case "rss":
                return self._rss(root)
            case "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF":
                return self._rdf(root)
            case "{http://www.w3.org/2005/Atom}feed":
                return self._atom(root)
        raise _NotPlain

    def _rss(self, root: Element) -> dict[str, Any]:
        channels = list(root)
        if root.attrib.keys() - {"version"} or len(channels) != 1:
            raise _NotPlain
        channel = channels[0]
        if channel.tag != "channel" or channel.attrib:
            raise _NotPlain
        return self._channel(channel, [part for part in channel if part.tag == "item"])

    def _rdf(self, root: Element) -> dict[str, Any]:
        """RSS 1.0: as RSS 2.0, but the items stand beside the channel and bear their identity as an attribute."""
        if root.attrib or not len(root) or root[0].tag != f"{RSS_1}channel" or root[0].attrib.keys() - {ABOUT}:
            raise _NotPlain
        for part in root.iter():
            part.tag = part.tag.removeprefix(RSS_1)
        channel, *items = root
        if any(item.tag != "item" for item in items):
            raise _NotPlain
        for part in list(channel):
            if part.tag == "items":  # their addresses once more
                channel.remove(part)
        return self._channel(channel, items)

    def _channel(self, channel: Element, items: list[Element]) -> dict[str, Any]:
        feed: dict[str, Any] = {}
        for part in channel:
            if part.tag == "item":
                continue
            if part.tag in ("title", "language"):
                if part.tag in feed:
                    raise _NotPlain
                feed[part.tag] = _title(part) if part.tag == "title" else _text(part)
            elif part.tag == "image":
                for one in part:
                    if one.tag not in OF_IMAGES or len(one) or one.attrib:
                        raise _NotPlain
            else:
                self._pass(part, in_entry=False)
        return _as_feed(feed, [self._entry(item) for item in items])

    def _atom(self, root: Element) -> dict[str, Any]:
        if root.attrib.keys() - {LANG}:
            raise _NotPlain
        feed: dict[str, Any] = {}
        if spoken := root.get(LANG):
            feed["language"] = spoken.replace("_", "-")
        entries = []
        for part in root:
            name = part.tag.removeprefix(ATOM)
            if name == "entry":
                entries.append(self._atom_entry(part))
            elif name == "title":
                if "title" in feed or part.attrib.keys() - {"type"} or part.get("type", "text") != "text":
                    raise _NotPlain
                feed["title"] = _text(part)
            elif name not in PASSED_IN_ATOM:
                self._pass(part, in_entry=False)
            elif any(LANG in one.attrib or BASE in one.attrib for one in part.iter()):
                raise _NotPlain
        return _as_feed(feed, entries)

    def _atom_entry(self, entry: Element) -> dict[str, Any]:
        if entry.attrib:
            raise _NotPlain
        found: dict[str, Any] = {}
        for part in entry:
            name = part.tag.removeprefix(ATOM)
            if name in found:
                raise _NotPlain
            if name in ("title", "summary", "content"):
                kind = {"text": "text/plain", "html": "text/html"}.get(part.get("type", "text"))
                if part.attrib.keys() - {"type"} or kind is None:
                    raise _NotPlain
                found[name] = value = _text(part)
                found[f"{name}_detail"] = {"type": kind, "value": value}
            elif name == "link":
                if part.attrib.keys() - {"href", "rel", "type", "title", "hreflang", "length"} or len(part):
                    raise _NotPlain
                if part.get("rel", "alternate") == "alternate":
                    if "links" in found or part.get("type", "text/html") != "text/html":
                        raise _NotPlain
                    found["links"] = [{"rel": "alternate", "href": _absolute(part.get("href", ""))}]
            elif name in ("id", "published", "updated"):
                if part.attrib:
                    raise _NotPlain
                found[name] = value = _text(part)
                if name != "id":
                    found[f"{name}_parsed"] = _date(value)
            elif name == "author":
                if part.attrib or [one.tag for one in part if one.tag != f"{ATOM}uri"] != [f"{ATOM}name"]:
                    raise _NotPlain
                [found["author"]] = [_text(one) for one in part if not one.attrib and one.tag == f"{ATOM}name"]
            elif name != "category" or len(part) or LANG in part.attrib:
                self._pass(part, in_entry=True)
        if "links" not in found or "title" not in found:
            raise _NotPlain
        found["link"] = found["links"][0]["href"]
        if "content" in found:
            found["content"] = [found.pop("content_detail")]
        return found

    def _entry(self, item: Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        address: str | None = None
        if item.attrib:
            if item.attrib.keys() != {ABOUT}:
                raise _NotPlain
            found["id"] = item.get(ABOUT)
        for part in item:
            name = IN_ENTRY.get(part.tag)
            if name is None:
                if part.tag == "enclosure" and not len(part):
                    href = part.get("url")
                    if part.attrib.keys() - {"url", "length", "type"}:
                        raise _NotPlain
                    found.setdefault("links", []).append(
                        {"rel": "enclosure", "href": href} if href else {"rel": "enclosure"}
                    )
                else:
                    self._pass(part, in_entry=True)
                continue
            if name in found or (part.attrib and name != "id"):
                raise _NotPlain
            if name == "title":
                found["title"] = value = _title(part)
                found["title_detail"] = {"type": "text/plain", "value": value}
                continue
            found[name] = value = _text(part)
            if name == "id":
                if part.attrib.keys() - {"isPermaLink"}:
                    raise _NotPlain
                if part.get("isPermaLink", "true") == "true":
                    address = _absolute(value)
            elif name == "link":
                found.setdefault("links", []).append({"rel": "alternate", "href": _absolute(value)})
            elif name in ("published", "updated"):
                found[f"{name}_parsed"] = _date(value)
        if address is not None and "link" not in found:
            found["link"] = address
        return _as_feedparser(found)

    def _pass(self, part: Element, *, in_entry: bool) -> None:
        """Raises _NotPlain unless feedparser would make nothing of this element that we read."""
        tag = part.tag
        known = self._passed.get((tag, in_entry))
        if known is None:
            uri, _, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
            local, prefix = local.lower(), PREFIXES.get(uri.lower())
            name = f"{prefix}_{local}" if prefix else local
            rule = any(hasattr(_FeedParserMixin, f"_{when}_{name}") for when in ("start", "end"))
            known = name in (PASSED_IN_ENTRY if in_entry else PASSED_IN_FEED) or not (
                rule or name in READ or local in ("base", "svg", "math") or "backend.userland.com/rss" in uri.lower()
            )
            self._passed[tag, in_entry] = known
        if not known or any(key.rpartition("}")[2].lower() in ("lang", "base") for key in part.attrib):
            raise _NotPlain
        for inner in part:
            if (
                PREFIXES.get(tag[1:].rpartition("}")[0].lower(), "") + "_" + tag.rpartition("}")[2].lower()
                not in NESTED
            ):
                raise _NotPlain
            self._pass(inner, in_entry=in_entry)


def _as_feed(feed: dict[str, Any], entries: list[dict[str, Any]]) -> dict[str, Any]:
    if not entries:
        raise _NotPlain
    if "title" in feed:
        feed["title_detail"] = {"type": "text/plain", "value": feed["title"]}
    return {"feed": feed, "entries": entries}


def _as_feedparser(found: dict[str, Any]) -> dict[str, Any]:
    """A summary and a content have their type."""
    if "summary" in found:
        found["summary_detail"] = {"type": "text/html", "value": found["summary"]}
    if (content := found.pop("content", None)) is not None:
        found["content"] = [{"type": "text/html", "value": content}]
    return found


def _text(part: Element) -> str:
    if len(part):
        raise _NotPlain
    text = (part.text or "").strip()
    if not text.isascii():
        if WINDOWS_1252.search(text):  # feedparser takes them for Windows-1252
            raise _NotPlain
        try:
            text.encode("latin-1").decode()
        except UnicodeError:
            pass
        else:  # feedparser takes it for UTF-8 that was encoded twice
            raise _NotPlain
    return text


def _title(part: Element) -> str:
    text = _text(part)
    if part.attrib or PERHAPS_MARKUP.search(text):
        raise _NotPlain
    return text


def _absolute(text: str) -> str:
    if not ABSOLUTE.fullmatch(text):
        raise _NotPlain
    return text


def _date(written: str) -> Any:
    """A time in UTC as feedparser gives it. Raises ValueError for a day that is not in the calendar."""
    if match := RFC_822.fullmatch(written):
        day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
        time = datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        if sign:
            away = timedelta(hours=int(hours), minutes=int(minutes))
            time = time - away if sign == "+" else time + away
        return time.utctimetuple()
    if W3C.fullmatch(written):
        return datetime.fromisoformat(written).utctimetuple()
    if not written:
        return None
    raise _NotPlain
