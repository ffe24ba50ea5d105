"""What does a web page say? The links of a listing, or the text and metadata of an article: bytes in, values out."""

from __future__ import annotations

import contextlib
import json
import logging
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

import trafilatura
from courlan import is_navigation_page, is_not_crawlable
from cssselect import SelectorError
from lxml.html import HtmlElement
from parsel import Selector
from trafilatura.settings import Document
from w3lib.encoding import html_to_unicode

from collectors.feed import date_in_words, web_address
from collectors.pdf import is_pdf, read_pdf
from collectors.plain import language_code, one_line, paragraphs
from collectors.sitemap import MOST_PAGES, Mapped, ReadSitemap, is_sitemap, read_sitemap
from collectors.wall import SENTENCES, says_enough, wall
from tracker.address import canonical
from tracker.errors import BadItem, BadPage, Wall
from tracker.model import Article, Entry, Listing, Value
from tracker.text import folded

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it reports as errors what BadPage says in a sentence
logging.getLogger("htmldate").setLevel(logging.CRITICAL)

PUBLISHED_NAMES = (
    "article:published_time", "og:article:published_time", "datepublished", "dcterms.issued", "dc.date.issued",
    "dcterms.created", "dc.date.created", "citation_publication_date", "citation_date", "parsely-pub-date", "pubdate",
    "publishdate", "publish-date", "publish_date", "publication_date", "publicationdate", "article.published",
    "sailthru.date", "dcterms.date", "dc.date", "date", "article:publicationdate", "cxenseparse:recs:publishtime",
)  # fmt: skip
MARKED = (
    "//time[@pubdate]/@datetime | //*[@itemprop='datePublished']/@*[name()='datetime' or name()='content']"
    "| //time[contains(@class, 'published') or contains(@class, 'entry-date')]/@datetime"
)
FURNITURE = "ancestor::nav or ancestor::header or ancestor::footer or ancestor::aside or ancestor::form"
SHORTEST_TITLE = 4  # characters
SEPARATOR = re.compile(r"\s+[-|–—·•»«:/]+\s+|\s*[|»«：｜]\s*")
SEPARATOR_AT_END = re.compile(r"^\s*[-|–—·•»«:/：｜]+\s*|\s*[-|–—·•»«:/：｜]+\s*$")
SLUG = re.compile(r"[a-z0-9À-￿]+(?:[-_][a-z0-9À-￿%]+){2,}|\d{3,}|/(?:19|20)\d\d/", re.IGNORECASE)
NO_ARTICLE = re.compile(
    r"/(?:tag|tags|category|categories|author|authors|topic|topics|search|login|subscribe|about|contact|privacy|terms"
    r"|cookies?|newsletters?|events?/?$|jobs?|careers?|donate|sitemap|accessibility|feed|rss)(?:/|$|\.)"
    r"|\.(?:docx?|xlsx?|pptx?|zip|jpe?g|png|gif|svg|mp[34]|ics|xml|json|css|js)$",
    re.IGNORECASE,
)


class ReadListing(Value):
    """A listing, read."""

    links: tuple[str, ...] = ()  # of articles, absolute, each page once, in the order of the listing
    next_url: str | None = None
    children: tuple[str, ...] = ()  # of a sitemap: further ones, newest first
    dated: bool = True  # a sitemap whose bytes are the same has nothing new below it
    news: dict[str, Entry] = {}  # of a news sitemap: what it says itself, by link


def read_listing(
    body: bytes,
    url: str,
    listing: Listing,
    content_type: str | None = None,
    *,
    most: int = MOST_PAGES,
    since: datetime | None = None,
) -> ReadListing:
    """The articles that a listing links to, and its next page if `listing.next` finds one.

    Without `listing.links`: links of the same site outside the page's furniture that look like articles. No link is
    an empty result. A sitemap is a listing as well: newest first, `most` of them and none older than `since`, with its
    children. Raises BadPage for what is no web page and for a selector that cannot be read, Wall for what stands before
    the listing or draws it with scripts.
    """
    if is_sitemap(body, content_type):
        return _mapped(read_sitemap(body, url, listing.links, most, since), url, chosen=listing.links is not None)
    tree = _tree(body, url, content_type)
    page = Selector(root=tree, type="html")
    base = web_address(page.xpath("//base/@href").get(), url) or url
    links = _hrefs(page, listing.links, url) if listing.links else _likely(page, base)
    found: dict[str, str] = {}
    here = canonical(url)
    for link in links:
        address = web_address(link, base)
        try:
            if address and (one := canonical(address)) != here:
                found.setdefault(one, address)
        except BadItem:
            continue
    if not found and (kind := wall(tree, url)):
        raise Wall(f"{url}: {SENTENCES[kind]}")
    following = next(iter(_hrefs(page, listing.next, url)), None) if listing.next else None
    return ReadListing(links=tuple(found.values()), next_url=web_address(following, base))


def _mapped(sitemap: ReadSitemap, url: str, *, chosen: bool) -> ReadListing:
    """A sitemap as a listing: its news, and what may be articles, unless somebody has chosen."""
    site = canonical(url).split("/")[2]
    found: dict[str, Mapped] = {}
    for page in sitemap.pages:
        with contextlib.suppress(BadItem):
            one = canonical(page.url)
            ours = one.split("/")[2] == site and urlsplit(one).path.strip("/")
            if ours and (chosen or page.news or _may_be_article(page.url, site)):
                found.setdefault(one, page)
    return ReadListing(
        links=tuple(page.url for page in found.values()),
        children=sitemap.children,
        dated=sitemap.dated,
        news={page.url: page.news for page in found.values() if page.news},
    )


def _may_be_article(address: str, site: str) -> SplitResult | None:
    """The parts of an address of this site that may be an article, judged by the address alone."""
    try:
        parts = urlsplit(canonical(address))
    except BadItem:
        return None
    if parts.netloc != site or NO_ARTICLE.search(parts.path) or is_navigation_page(address):
        return None
    document = parts.path.lower().endswith(".pdf")
    return parts if document or not is_not_crawlable(address) else None


def _likely(page: Selector, base: str) -> Iterator[str]:
    site = canonical(base).split("/")[2]
    for anchor in page.xpath(f"//a[@href][not({FURNITURE})]"):
        address = web_address(anchor.attrib["href"], base)
        parts = _may_be_article(address, site) if address else None
        if address is None or parts is None:
            continue
        words = len(" ".join(anchor.xpath(".//text()").getall()).split())
        last = parts.path.rstrip("/").rpartition("/")[2]
        if last.lower().endswith(".pdf"):
            if words >= 4:  # a title; "Download" and "PDF" are the same text once more
                yield address
        elif (words >= 4 and (parts.path.count("/") > 1 or parts.query or SLUG.search(last))) or (
            words >= 1 and SLUG.search(last) and parts.path.count("/") > 1
        ):
            yield address


def _hrefs(page: Selector, selector: str, url: str) -> list[str]:
    """Addresses at the places that the selector names: text it selects, the link itself, or the first link inside."""
    found = []
    for chosen in _select(page, selector, url):
        if isinstance(chosen.root, str):
            found.append(chosen.root)
        elif href := chosen.xpath("(self::*[@href] | .//a[@href])[1]/@href").get():
            found.append(href)
    return found


def _select(page: Selector, selector: str, url: str) -> Iterable[Selector]:
    try:
        chosen: Iterable[Selector] = page.xpath(selector) if selector.startswith(("/", "(")) else page.css(selector)
    except (ValueError, SelectorError) as error:
        raise BadPage(
            f"{url}: the selector {selector!r} cannot be read ({error}); correct it in config.yaml"
        ) from error
    return chosen


def read_article(body: bytes, url: str, article: Article | None = None, content_type: str | None = None) -> Entry:
    """What an article says, with `published_origin` "page" (its own metadata) or "estimated" (a guess from the page).

    A PDF is an article as well.
    Raises BadPage for what is no web page and when there is no text on it, Wall for what stands before an article.
    """
    if is_pdf(body):
        return read_pdf(body, url)
    article = article or Article()
    tree = _tree(body, url, content_type)
    page = Selector(root=tree, type="html")
    published = _written_date(page, article, url)
    title = _title(page, url)
    extracted = trafilatura.bare_extraction(
        tree,
        url=url,
        with_metadata=True,
        include_comments=False,
        date_extraction_params={"original_date": True, "extensive_search": published is None, "max_date": _tomorrow()},
    )
    found = extracted if isinstance(extracted, Document) else Document()
    text = paragraphs(_chosen_text(page, article.text, url) or found.text or "", markup=False)
    # Extraction has taken the tree apart; few pages need another.
    if not says_enough(text) and (kind := wall(_tree(body, url, content_type), url, text)):
        raise Wall(f"{url}: {SENTENCES[kind]}")
    if not text:
        raise BadPage(f"{url}: no text was found on this page; if there is some, name its place under article: text:")
    origin = "page" if published else None
    if published is None and found.date:
        published = datetime.fromisoformat(found.date).replace(tzinfo=UTC)
        origin = "estimated"
    return Entry(
        url=url,
        title=one_line(_chosen_text(page, article.title, url) or title or found.title or "", markup=False),
        summary=paragraphs(found.description or "", markup=True, limit=5000),
        text=text,
        published=published,
        published_origin=origin,
        author=one_line(found.author or "", markup=False, limit=300) or None,
        language=_language(page),
        site=one_line(found.sitename or "", markup=False, limit=300) or None,
    )


def _tree(body: bytes, url: str, content_type: str | None) -> HtmlElement:
    if not body.strip():
        raise BadPage(f"{url}: the answer is empty")
    if b"<" not in body[:10_000] or body.startswith((b"%PDF", b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8")):
        raise BadPage(f"{url}: is no web page (content type {content_type or 'not given'})")
    _, text = html_to_unicode(content_type, body, auto_detect_fun=_guess_charset)
    tree = trafilatura.load_html(re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text.replace("\x00", "")))
    if tree is None:
        raise BadPage(f"{url}: is no web page that can be read")
    return tree


def _guess_charset(body: bytes) -> str | None:
    for charset in ("utf-8", "cp1252"):
        try:
            body.decode(charset)
        except UnicodeDecodeError:
            continue
        return charset
    return None


def _chosen_text(page: Selector, selector: str | None, url: str) -> str:
    if not selector:
        return ""
    pieces = []
    for chosen in _select(page, selector, url):
        text = chosen.root if isinstance(chosen.root, str) else chosen.get()
        pieces.append(paragraphs(text, markup=not isinstance(chosen.root, str)))
    return "\n".join(filter(None, pieces))


def _language(page: Selector) -> str | None:
    declared = page.xpath(
        "/html/@lang | /html/@xml:lang | //meta[@property='og:locale']/@content"
        " | //meta[translate(@http-equiv, 'CL', 'cl')='content-language']/@content"
    ).getall()
    return next(filter(None, map(language_code, declared)), None)


# -------------------------------------------------------------------------------------------------- what is it called


def _title(page: Selector, url: str) -> str:
    """The title on which the page's own words agree, without the name of the site; empty where it says nothing."""
    named = page.xpath("//meta[@property='og:title' or @name='og:title' or @name='twitter:title']/@content").getall()
    head = page.xpath("string((//head/title)[1])").get() or ""
    said = [one for one in (one_line(one, markup=False) for one in (*named, head)) if one]
    site = folded(page.xpath("(//meta[@property='og:site_name']/@content)[1]").get() or "")
    # What is both a heading and (part of) a title is the title, and what is around it in there is the site. Headings
    # are often longer than the titles that search engines are given.
    for agree in (_one_within, _words_shared):
        for level in ("h1", "h2"):
            texts = (" ".join(one.xpath(".//text()").getall()) for one in page.xpath(f"//{level}")[:30])
            for heading in sorted((one_line(text, markup=False) for text in texts), key=len, reverse=True):
                bare = folded(heading)
                if len(bare) < SHORTEST_TITLE or _is_site(bare, site, url):
                    continue
                if any(agree(folded(one), bare) for one in said):
                    return heading
    for one in said:
        if len(bare := _without_site(one, site, url)) >= SHORTEST_TITLE:
            return bare
    return ""


def _one_within(title: str, heading: str) -> bool:
    if len(heading) > len(title):
        return len(title) >= 15 and heading.startswith(title)
    return title.startswith(heading) or title.endswith(heading)


def _words_shared(title: str, heading: str) -> bool:
    one, other = set(re.findall(r"\w{4,}", title)), set(re.findall(r"\w{4,}", heading))
    return len(one & other) >= 2 and len(one & other) / min(len(one), len(other)) >= 0.5


def _is_site(name: str, site: str, url: str) -> bool:
    letters = re.sub(r"[^a-z0-9]", "", name)
    host = re.sub(r"[^a-z0-9]", "", (urlsplit(url).hostname or "").removeprefix("www."))
    return name == site or (len(letters) >= 3 and letters in host)


def _without_site(title: str, site: str, url: str) -> str:
    """The title without the name of the site before or behind it."""
    parts = SEPARATOR.split(title)
    for at in (-1, 0):
        if len(parts) > 1 and _is_site(folded(parts[at]), site, url):
            cut = len(parts[at])
            return re.sub(SEPARATOR_AT_END, "", title[:-cut] if at else title[cut:])
    return title


# ------------------------------------------------------------------------------------------- when was it published


def _tomorrow() -> str:
    # A bound that keeps guesses out of the far future; the clock decides nothing else here.
    return (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")


def _written_date(page: Selector, article: Article, url: str) -> datetime | None:
    """The page's own word on when it was published: what the operator points at, JSON-LD, meta tags, `time`."""
    if article.date:
        for chosen in _select(page, article.date, url):
            text = (
                chosen.root
                if isinstance(chosen.root, str)
                else chosen.attrib.get("datetime") or chosen.xpath("string()").get()
            )
            if time := _time(text):
                return time
        return None
    claims = [time for written in _claims(page) if (time := _time(written))]
    if not claims:
        return None
    # The same moment with its own offset tells which day it was there.
    return next((time for time in claims if time == claims[0] and time.utcoffset()), claims[0])


def _claims(page: Selector) -> Iterator[object]:
    for script in page.xpath("//script[@type='application/ld+json']/text()").getall():
        try:
            yield from _json_dates(json.loads(script, strict=False), depth=0)
        except (ValueError, RecursionError):
            # Hand-made JSON-LD is often broken elsewhere than at the date.
            if found := re.search(r'"datePublished"\s*:\s*"([^"]{8,40})"', script):
                yield found[1]
    named: dict[str, str] = {}
    for meta in page.xpath("//meta[@content][@property or @name or @itemprop or @http-equiv]"):
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            if name := meta.attrib.get(attribute):
                named.setdefault(name.lower(), meta.attrib["content"])
    for name in PUBLISHED_NAMES:
        yield named.get(name)
    # A single day is the article's; several may be those of comments or of other articles.
    for places in (MARKED, "//article//time/@datetime"):
        times = page.xpath(places).getall()
        if len({time[:10] for time in times}) == 1:
            yield times[0]


def _json_dates(node: Any, depth: int) -> Iterator[object]:
    if isinstance(node, list):
        for member in node[:50]:
            yield from _json_dates(member, depth + 1)
    elif isinstance(node, dict) and depth < 8:
        kinds = node.get("@type")
        if kinds != "Comment" and "datePublished" in node:
            yield node["datePublished"]
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            if isinstance(node.get(key), (list, dict)):
                yield from _json_dates(node[key], depth + 1)


def _time(written: object) -> datetime | None:
    if not isinstance(written, str) or not 6 <= len(written.strip()) <= 80:
        return None
    written = written.strip()
    try:
        time: datetime | None = datetime.fromisoformat(written)
    except ValueError:
        time = date_in_words(written)
    if time is None:
        return None
    try:
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if 1990 <= time.year <= 2100 else None
