"""What bytes does a site of the sample web answer with?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from html import escape
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from jinja2 import Environment, FileSystemLoader

from collectors.sample.content import HERE, Site, Story, told_by, words

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RSS1 = "http://purl.org/rss/1.0/"
XML = "http://www.w3.org/XML/1998/namespace"
for prefix, namespace in (("atom", ATOM), ("content", CONTENT), ("dc", DC), ("rdf", RDF)):
    register_namespace(prefix, namespace)

ROBOTS = b"User-agent: *\nDisallow: /private/\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What goes back over the wire. `changed` is when the newest thing in it was written."""

    status: int = 200
    content_type: str
    body: bytes
    changed: datetime | None = None


def answer(site: Site, path: str, port: int, *, second_visit: bool = False) -> Answer:
    """The answer of a site for a path without its query."""
    stories = [story.as_of(second_visit=second_visit) for story in told_by(site, port)]
    changed = max((story.updated or story.published for story in stories), default=None)
    if path == "/robots.txt":
        return Answer(content_type="text/plain", body=ROBOTS)
    if path == site.path:
        match site.format:
            case "rss":
                return Answer(content_type="application/rss+xml", body=_rss(site, stories, port), changed=changed)
            case "atom":
                return Answer(content_type="application/atom+xml", body=_atom(site, stories, port), changed=changed)
            case "rdf":
                return Answer(content_type="application/rdf+xml", body=_rdf(site, stories, port), changed=changed)
            case "json":
                return Answer(content_type="application/feed+json", body=_json(site, stories, port), changed=changed)
            case "error":
                return _plain(site, 500, "Internal error", "The server cannot build its feed.")
            case "notice":
                return _plain(site, 200, "Our feeds have moved", "Please look for the new address on our home page.")
    if story := next((story for story in stories if story.path == path and not story.links_to), None):
        return _article(site, story, stories, port)
    for number in range(1, 1 + max(1, -(-len(stories) // site.page_size))):
        if path == _page_path(site, number) or (number == 1 and path == "/"):
            return _listing(site, stories, number, changed)
    if path in ("/about", "/contact"):
        return _plain(site, 200, words(site.language)[path[1:]], words(site.language)["notice"])
    return _plain(site, 404, "Not found", "There is no such page on this sample site.")


# ---------------------------------------------------------------------------------------------------- pages


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)


def _page(template: str, site: Site, *, status: int = 200, changed: datetime | None = None, **values: object) -> Answer:
    values = {"site": site, "words": words(site.language), "language": site.language or "en", **values}
    html = _templates().get_template(template).render(values)
    return Answer(
        status=status,
        content_type=f"text/html; charset={site.encoding}",
        body=html.encode(site.encoding, errors="xmlcharrefreplace"),
        changed=changed,
    )


def _plain(site: Site, status: int, heading: str, sentence: str) -> Answer:
    return _page("plain.html", site, status=status, heading=heading, sentence=sentence)


def _page_path(site: Site, number: int) -> str:
    return site.front if number == 1 else f"{site.front}page/{number}"


def _listing(site: Site, stories: Sequence[Story], number: int, changed: datetime | None) -> Answer:
    first = (number - 1) * site.page_size
    return _page(
        "listing.html",
        site,
        changed=changed,
        heading=words(site.language)["news"],
        stories=stories[first : first + site.page_size],
        older=_page_path(site, number + 1) if first + site.page_size < len(stories) else None,
    )


def _article(site: Site, story: Story, stories: Sequence[Story], port: int) -> Answer:
    return _page(
        "article.html",
        site,
        changed=story.updated or story.published,
        heading=story.title,
        language=story.language,
        story=story,
        address=_absolute(site, story.path, port),
        others=[other for other in stories if other.key != story.key and not other.links_to][:3],
    )


# ---------------------------------------------------------------------------------------------------- feeds


def _absolute(site: Site, link: str, port: int) -> str:
    return link if link.startswith("http") else f"http://{site.host}:{port}{link}"


def _markup(story: Story) -> str:
    return "".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in (story.summary, *story.paragraphs))


def _add(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    element = SubElement(parent, tag, attributes)
    element.text = text
    return element


def _bytes(root: Element) -> bytes:
    found: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def _rss(site: Site, stories: Sequence[Story], port: int) -> bytes:
    rss = Element("rss", {"version": "2.0"})
    channel = SubElement(rss, "channel")
    _add(channel, "title", site.title)
    _add(channel, "link", _absolute(site, "/", port))
    _add(channel, "description", words(site.language)["notice"])
    if site.language:
        _add(channel, "language", site.language)
    for story in stories:
        item = SubElement(channel, "item")
        _add(item, "title", story.title)
        _add(item, "link", _absolute(site, story.link, port))
        _add(item, "guid", f"{site.id}:{story.key}", isPermaLink="false")
        _add(item, "pubDate", format_datetime(story.published))
        _add(item, "description", story.summary)
        if story.language != site.language:
            _add(item, f"{{{DC}}}language", story.language)
        if story.text:
            _add(item, f"{{{CONTENT}}}encoded", _markup(story))
    return _bytes(rss)


def _atom(site: Site, stories: Sequence[Story], port: int) -> bytes:
    feed = Element(f"{{{ATOM}}}feed", {f"{{{XML}}}lang": site.language} if site.language else {})
    _add(feed, f"{{{ATOM}}}id", f"urn:sample:{site.id}")
    _add(feed, f"{{{ATOM}}}title", site.title)
    _add(feed, f"{{{ATOM}}}subtitle", words(site.language)["notice"])
    _add(feed, f"{{{ATOM}}}updated", max(story.updated or story.published for story in stories).isoformat())
    SubElement(feed, f"{{{ATOM}}}link", {"rel": "self", "href": _absolute(site, site.path, port)})
    SubElement(feed, f"{{{ATOM}}}link", {"rel": "alternate", "href": _absolute(site, "/", port)})
    _add(SubElement(feed, f"{{{ATOM}}}author"), f"{{{ATOM}}}name", site.title)
    for story in stories:
        entry = SubElement(feed, f"{{{ATOM}}}entry", {f"{{{XML}}}lang": story.language})
        _add(entry, f"{{{ATOM}}}id", f"urn:sample:{site.id}:{story.key}")
        _add(entry, f"{{{ATOM}}}title", story.title)
        SubElement(entry, f"{{{ATOM}}}link", {"rel": "alternate", "href": _absolute(site, story.link, port)})
        _add(entry, f"{{{ATOM}}}published", story.published.isoformat())
        _add(entry, f"{{{ATOM}}}updated", (story.updated or story.published).isoformat())
        _add(entry, f"{{{ATOM}}}summary", story.summary)
        if story.text:
            _add(entry, f"{{{ATOM}}}content", _markup(story), type="html")
    return _bytes(feed)


def _rdf(site: Site, stories: Sequence[Story], port: int) -> bytes:
    rdf = Element(f"{{{RDF}}}RDF")
    channel = SubElement(rdf, f"{{{RSS1}}}channel", {f"{{{RDF}}}about": _absolute(site, site.path, port)})
    _add(channel, f"{{{RSS1}}}title", site.title)
    _add(channel, f"{{{RSS1}}}link", _absolute(site, "/", port))
    _add(channel, f"{{{RSS1}}}description", words(site.language)["notice"])
    order = SubElement(SubElement(channel, f"{{{RSS1}}}items"), f"{{{RDF}}}Seq")
    for story in stories:
        about = _absolute(site, story.link, port)
        SubElement(order, f"{{{RDF}}}li", {f"{{{RDF}}}resource": about})
        item = SubElement(rdf, f"{{{RSS1}}}item", {f"{{{RDF}}}about": about})
        _add(item, f"{{{RSS1}}}title", story.title)
        _add(item, f"{{{RSS1}}}link", about)
        _add(item, f"{{{RSS1}}}description", story.summary)
        _add(item, f"{{{DC}}}date", story.published.isoformat())
        _add(item, f"{{{DC}}}language", story.language)
        if story.text:
            _add(item, f"{{{CONTENT}}}encoded", _markup(story))
    return _bytes(rdf)


def _json(site: Site, stories: Sequence[Story], port: int) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.title,
        "home_page_url": _absolute(site, "/", port),
        "feed_url": _absolute(site, site.path, port),
        "description": words(site.language)["notice"],
        "language": site.language,
        "items": [
            {
                "id": f"{site.id}:{story.key}",
                "url": _absolute(site, story.link, port),
                "title": story.title,
                "summary": story.summary,
                # One of the two must be there; empty where nothing is said beyond the summary, as in the other formats.
                **({"content_html": _markup(story)} if story.text else {"content_text": ""}),
                "date_published": story.published.isoformat(),
                "language": story.language,
            }
            for story in stories
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()
