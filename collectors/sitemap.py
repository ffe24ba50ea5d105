"""What does a sitemap list? Pages of a site, newest first, and further sitemaps: bytes in, values out."""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

from cssselect import SelectorError
from lxml import etree
from parsel import Selector

from collectors.feed import web_address
from collectors.plain import language_code, one_line
from tracker.errors import BadPage
from tracker.model import Entry, Value

LARGEST_BYTES = 50_000_000  # unpacked; the protocol allows no more
MOST_PAGES = 500  # of one sitemap, the newest; what is older is history (`tracker sources fill`)
ALL_PAGES = 50_000  # the protocol allows no more
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
OTHERS = {"news": NEWS}
ROOT = re.compile(rb"\A[^<]{0,20}(?:<[?!][^>]{0,2000}>\s*){0,20}<(?:\w{1,20}:)?(?:urlset|sitemapindex)\b", re.I)
ADDRESS = re.compile(rb"https?://\S+", re.I)
OLDEST = datetime(1, 1, 1, tzinfo=UTC)


class Mapped(Value):
    """A page of a sitemap."""

    url: str
    changed: datetime | None = None
    news: Entry | None = None  # what a news sitemap says of it: title, date, language


class ReadSitemap(Value):
    """A sitemap, read."""

    pages: tuple[Mapped, ...] = ()  # newest first; those without a date after them, in their order
    children: tuple[str, ...] = ()  # further sitemaps, in the same order
    dated: bool = True  # every child says when it changed, so an index with the same bytes has nothing new below it


def is_sitemap(body: bytes, content_type: str | None = None) -> bool:
    """Whether these bytes are a sitemap: XML, packed XML, or a plain list of addresses."""
    if body.startswith(b"\x1f\x8b"):
        body = _unpacked(body, 4096) or b""
    if ROOT.match(body.replace(b"\x00", b"")[:20_000]):
        return True
    if "text/plain" not in (content_type or "text/plain").lower() or b"<" in body[:10_000]:
        return False
    lines = body[:10_000].lstrip(b"\xef\xbb\xbf").split()
    return bool(lines) and all(ADDRESS.match(line) for line in lines[:20])


def read_sitemap(
    body: bytes, url: str, links: str | None = None, most: int = MOST_PAGES, since: datetime | None = None
) -> ReadSitemap:
    """The newest pages and all children of a sitemap. Entities are not expanded and nothing is fetched.

    `links` (CSS or XPath; `news:` is known) chooses `url` or `loc` elements, such as //loc[contains(., '/press/')].
    What changed last before `since` is left out. Raises BadPage for what cannot be read, and for a wrong selector.
    """
    if body.startswith(b"\x1f\x8b"):
        unpacked = _unpacked(body, LARGEST_BYTES + 1)
        if unpacked is None or len(unpacked) > LARGEST_BYTES:
            raise BadPage(f"{url}: this packed sitemap is broken, or larger than a sitemap may be (50 MB)")
        body = unpacked
    if b"<" not in body[:10_000]:
        found = [web_address(line.decode("utf-8", "replace"), url) for line in body.lstrip(b"\xef\xbb\xbf").split()]
        return ReadSitemap(pages=tuple(Mapped(url=one) for one in found[:most] if one))
    root = _tree(body, url)
    children: list[tuple[datetime, str]] = []
    for node in root.iterchildren("sitemap"):
        if address := web_address(_text(node, "loc"), url):
            changed = time_of(_text(node, "lastmod"))
            if since is None or changed is None or changed >= since:
                children.append((changed or OLDEST, address))
    chosen = None if links is None else set(_chosen(root, links, url))
    pages = [
        page
        for node in root.iterchildren("url")
        if (chosen is None or _text(node, "loc") in chosen) and (page := _page(node, url))
    ]
    if since is not None:
        pages = [page for page in pages if _when(page) == OLDEST or _when(page) >= since]
    pages.sort(key=_when, reverse=True)  # stable: what has no date keeps its order
    return ReadSitemap(
        pages=tuple(pages[:most]),
        children=tuple(address for _, address in sorted(children, key=lambda child: child[0], reverse=True)),
        dated=all(changed != OLDEST for changed, _ in children),
    )


def time_of(written: str | None) -> datetime | None:
    """A W3C date (`2020`, `2020-04`, `2020-04-06`, with or without a time) in UTC; None for anything else."""
    if not written or not re.match(r"\d{4}", written):
        return None
    try:
        time = datetime.fromisoformat(written + {4: "-01-01", 7: "-01"}.get(len(written), ""))
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _when(page: Mapped) -> datetime:
    return (page.news.published if page.news else None) or page.changed or OLDEST


def _page(node: etree._Element, url: str) -> Mapped | None:
    address = web_address(_text(node, "loc"), url)
    if address is None:
        return None
    news = None
    if (said := node.find(f"{{{NEWS}}}news")) is not None:
        published = time_of(_text(said, f"{{{NEWS}}}publication_date"))
        news = Entry(
            title=one_line(_text(said, f"{{{NEWS}}}title"), markup=False),
            published=published,
            published_origin="feed" if published else None,
            language=language_code(_text(said, f"{{{NEWS}}}publication/{{{NEWS}}}language")),
        )
    return Mapped(url=address, changed=time_of(_text(node, "lastmod")), news=news)


def _text(node: etree._Element, path: str) -> str:
    return (node.findtext(path) or "").strip()


def _tree(body: bytes, url: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True, remove_comments=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadPage(f"{url}: this sitemap cannot be read ({error})") from error
    if root is None:
        raise BadPage(f"{url}: this sitemap cannot be read; is it cut short?")
    for node in root.iter(etree.Element):
        # Sitemaps are written with the namespace of the protocol, with an older one, and with none.
        space, _, name = str(node.tag).rpartition("}")
        if "sitemap" in space and "sitemap-" not in space:
            with contextlib.suppress(ValueError):  # a broken name that only a parser that recovers lets through
                node.tag = name
    return root


def _chosen(root: etree._Element, links: str, url: str) -> Iterator[str]:
    page = Selector(root=root, type="xml", namespaces=OTHERS)
    try:
        nodes = page.xpath(links) if links.startswith(("/", "(")) else page.css(links)
    except (ValueError, SelectorError) as error:
        raise BadPage(f"{url}: the selector {links!r} cannot be read ({error}); correct it in config.yaml") from error
    for node in nodes:
        if isinstance(node.root, str):
            yield node.root.strip()
        else:
            yield (node.xpath("string(self::loc | loc | ancestor::url/loc)").get() or "").strip()


def _unpacked(body: bytes, limit: int) -> bytes | None:
    try:
        return zlib.decompressobj(wbits=31).decompress(body, limit)
    except zlib.error:
        return None
