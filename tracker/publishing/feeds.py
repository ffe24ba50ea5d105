"""How do records and changes become news feeds? One value, written as Atom (RFC 4287) or as JSON Feed 1.1."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from tracker.model import Published
from tracker.publishing.about import name_of
from tracker.publishing.writing import address_of, base_of
from tracker.settings import Settings
from tracker.taxonomy import Taxonomy

FEED_LENGTH = 100  # of a feed in a release
ATOM, JSON_FEED = "application/atom+xml", "application/feed+json"
_ATOM = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of news. It keeps its id for ever."""

    id: str
    url: str
    title: str
    summary: str
    updated: datetime
    published: datetime
    language: str
    categories: tuple[tuple[str, str], ...] = ()  # code and name


@dataclass(frozen=True, slots=True)
class Feed:
    """News in the order given, for readers of one language."""

    id: str  # for ever, on whatever page of it
    address: str  # of this page of it
    page: str  # the same for people
    title: str
    language: str
    updated: datetime  # counts when there is no entry
    organisation: str
    licence: str
    entries: tuple[Entry, ...] = ()
    links: tuple[tuple[str, str], ...] = ()  # to other pages of it: first, previous, next, last (RFC 5005)

    @property
    def last_updated(self) -> datetime:
        return max((entry.updated for entry in self.entries), default=self.updated)


def tag(settings: Settings, what: str) -> str:
    """A name that stays the same whatever becomes of the address (RFC 4151)."""
    return f"tag:{urlsplit(settings.site.url).hostname},2020:{what}"


def feed_of(
    records: Iterable[Published],
    language: str,
    settings: Settings,
    taxonomy: Taxonomy,
    *,
    address: str,
    updated: datetime,
    id: str = "",
    title: str = "",
    links: tuple[tuple[str, str], ...] = (),
) -> Feed:
    """A feed of these records. `address` is where the feed itself is, and its id where no other is given."""
    entries = []
    for record in records:
        spoken, wording = record.initiative.wording(language)
        kinds = [(code, taxonomy.label("issues", code, language)) for code in record.initiative.issues]
        kinds += [("sample", "sample")] if record.sample else []
        entries.append(
            Entry(
                id=tag(settings, f"initiative:{record.id}"),
                url=address_of(record.id, settings, language),
                title=wording.title,
                summary=wording.summary or wording.title,
                updated=record.changed_at,
                published=record.first_public_at,
                language=spoken,
                categories=tuple(kinds),
            )
        )
    return Feed(
        id=id or address,
        address=address,
        page=f"{base_of(settings)}/?lang={language}",
        title=title or name_of(settings, language),
        language=language,
        updated=updated,
        organisation=settings.site.organisation,
        licence=settings.site.licence,
        entries=tuple(entries),
        links=links,
    )


def as_atom(feed: Feed) -> bytes:
    made = ET.Element("feed", {"xmlns": _ATOM, _LANGUAGE: feed.language})
    _add(made, "id", feed.id)
    _add(made, "title", feed.title)
    _add(made, "updated", feed.last_updated.isoformat())
    _add(made, "link", rel="self", type=ATOM, href=feed.address)
    _add(made, "link", rel="alternate", type="text/html", href=feed.page)
    for rel, href in feed.links:
        _add(made, "link", rel=rel, type=ATOM, href=href)
    _add(_add(made, "author"), "name", feed.organisation)
    _add(made, "rights", feed.licence)
    for one in feed.entries:
        entry = _add(made, "entry")
        if one.language != feed.language:
            entry.set(_LANGUAGE, one.language)
        _add(entry, "id", one.id)
        _add(entry, "title", one.title)
        _add(entry, "updated", one.updated.isoformat())
        _add(entry, "published", one.published.isoformat())
        _add(entry, "link", rel="alternate", type="text/html", href=one.url)
        for code, name in one.categories:
            _add(entry, "category", term=code, label=name)
        _add(entry, "summary", one.summary, type="text")
    written: bytes = ET.tostring(made, encoding="utf-8", xml_declaration=True)
    return written


def as_json_feed(feed: Feed) -> bytes:
    made: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.address,
        "language": feed.language,
        "authors": [{"name": feed.organisation}],
        "items": [
            {
                "id": one.id,
                "url": one.url,
                "title": one.title,
                "content_text": one.summary,
                "date_published": one.published.isoformat(),
                "date_modified": one.updated.isoformat(),
                "language": one.language,
                "tags": [name for _, name in one.categories],
            }
            for one in feed.entries
        ],
        "_licence": {"name": feed.licence},
    }
    if following := dict(feed.links).get("next"):
        made["next_url"] = following
    return json.dumps(made, ensure_ascii=False, indent=1).encode()


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, name, {key: _NOT_XML.sub("", value) for key, value in attributes.items()})
    made.text = _NOT_XML.sub("", text) or None
    return made
