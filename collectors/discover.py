"""Which feeds does a web page offer? From its head and its HTTP header; and where feeds usually are."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml import html
from lxml.etree import ParserError

from tracker.address import canonical

FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
USUAL_PLACES = ("/feed", "/rss", "/atom.xml")
MOST = 8  # of one page
_LINK = re.compile(r"<([^>]*)>((?:[^,<\"]|\"[^\"]*\")*)")


def offered(body: bytes, url: str, link_header: str | None = None) -> list[str]:
    """The addresses of feeds that the page at `url` names, each once: those of its head, then of its `Link` header."""
    found = [*_in_head(body, url), *_in_header(link_header or "", url)]
    return [address for address in _each_once(found) if canonical(address) != canonical(url)][:MOST]


def usual_places(url: str) -> list[str]:
    """Where the site of a page would have its feed, when the page names none."""
    return [urljoin(url, place) for place in USUAL_PLACES]


def is_of_comments(url: str, title: str) -> bool:
    """Whether a feed seems to bring what readers write, not what the source writes."""
    return bool(re.search(r"\b(comments?|commentaires?|comentarios?)\b", f"{url} {title}".lower().replace("_", "-")))


def _in_head(body: bytes, url: str) -> list[str]:
    try:
        page = html.document_fromstring(body)
    except (ParserError, ValueError):
        return []
    base = page.find(".//base[@href]")
    start = urljoin(url, base.get("href", "")) if base is not None else url
    return [
        urljoin(start, link.get("href", "").strip())
        for link in page.iter("link", "a")
        if link.get("href")
        and "alternate" in (link.get("rel") or "").lower().split()
        and (link.get("type") or "").lower().split(";")[0].strip() in FEED_TYPES
    ]


def _in_header(header: str, url: str) -> list[str]:
    """RFC 8288: `<https://a.example/feed>; rel="alternate"; type="application/rss+xml", …`."""
    found = []
    for address, parameters in _LINK.findall(header):
        said = dict(re.findall(r";\s*(\w+)\s*=\s*\"?([^\";]*)\"?", parameters.lower()))
        if "alternate" in said.get("rel", "").split() and said.get("type", "").strip() in FEED_TYPES:
            found.append(urljoin(url, address.strip()))
    return found


def _each_once(addresses: list[str]) -> list[str]:
    kept: dict[str, str] = {}
    for address in addresses:
        if re.match(r"https?://[^\s/]", address, re.IGNORECASE):
            kept.setdefault(canonical(address), address)
    return list(kept.values())
