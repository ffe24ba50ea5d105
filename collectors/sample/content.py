"""What is there in the sample web: its sites, and the stories that they tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from ruamel.yaml import YAML

from tracker.model import Kind, Listing, Source, Tier, Value

HERE = Path(__file__).parent
PORT = 8503
ALLOW_NETWORKS = ("127.0.1.0/24",)  # what `collect: allow_networks:` must hold before the sample web can be collected

INHERITED = ("kind", "issues", "at", "title", "summary", "text")  # what a copy takes over from what it copies

Sort = Literal["initiative", "problem", "off_topic", "opinion"]


class Site(Value):
    """One site of the sample web and what is odd about it."""

    id: str
    host: str
    name: str  # of the source
    title: str  # on its own pages and feeds
    kind: Kind
    format: Literal["rss", "atom", "rdf", "json", "html", "error", "notice"]
    path: str  # of the feed or the listing
    language: str | None = None
    country: str | None = None
    tier: Tier
    issues: tuple[str, ...] = ("domestic_violence", "hate_crime", "victim_services")
    encoding: str = "utf-8"
    slow_seconds: float = 0
    page_size: int = 100
    listing: Listing = Listing()

    @property
    def front(self) -> str:
        """Where its stories are listed for readers."""
        return self.path if self.format == "html" else "/"


class Later(Value):
    """What an updated story says from the second visit on."""

    on: date
    summary: str
    text: str


class Story(Value):
    """One entry of a feed or one article of a page."""

    key: str
    source: str
    on: date
    kind: Sort
    issues: tuple[str, ...] = ()
    at: tuple[str, ...] = ()  # countries that it speaks of
    language: str
    title: str
    summary: str
    text: str = ""
    path: str
    link: str  # as its site gives it: a path of its own, or the whole address of another site's article
    copy_of: str | None = None  # the same words on another site
    near_of: str | None = None  # the same words under another headline
    translation_of: str | None = None
    links_to: str | None = None  # the same article, under a tracking link
    later: Later | None = None
    updated_on: date | None = None

    @property
    def paragraphs(self) -> list[str]:
        return self.text.split("\n") if self.text else []

    @cached_property
    def published(self) -> datetime:
        """Some hour of the day, always the same one."""
        minutes = 7 * 60 + sum(map(ord, self.key)) % (11 * 60)
        return datetime.combine(self.on, time(tzinfo=UTC)) + timedelta(minutes=minutes)

    @property
    def updated(self) -> datetime | None:
        return datetime.combine(self.updated_on, time(9, tzinfo=UTC)) if self.updated_on else None

    def as_of(self, *, second_visit: bool) -> Story:
        """The story as a visitor finds it the first time, or as it stands afterwards."""
        if not second_visit or self.later is None:
            return self
        return self.but(summary=self.later.summary, text=self.later.text, updated_on=self.later.on)


@cache
def _written() -> Any:
    return YAML(typ="safe").load(HERE / "web.yaml")


@cache
def sites() -> Mapping[str, Site]:
    """All sites by their id, in the order of the file."""
    return MappingProxyType({entry["id"]: Site.model_validate(entry) for entry in _written()["sites"]})


def words(language: str | None) -> dict[str, str]:
    """What stands around an article on a site in this language; English where there is nothing in it."""
    found: dict[str, dict[str, str]] = _written()["words"]
    return found.get(language or "en", found["en"])


@cache
def stories(port: int = PORT) -> Mapping[str, Story]:
    """All stories by their key. Copies have the words of what they copy; their `kind` and countries are those of it."""
    told: dict[str, dict[str, Any]] = {}
    for file in sorted((HERE / "stories").glob("*.yaml")):
        for key, entry in YAML(typ="safe").load(file).items():
            told[key] = {"key": key, **entry.pop("facts"), **entry}
    return MappingProxyType({key: _story(entry, told, port) for key, entry in told.items()})


def _story(entry: dict[str, Any], told: Mapping[str, dict[str, Any]], port: int) -> Story:
    entry = dict(entry)
    query = entry.pop("query", "")
    original = told.get(entry.get("copy_of") or entry.get("near_of") or entry.get("links_to") or "", {})
    inherited = {
        name: original[name] for name in ("kind", "issues", "at", "title", "summary", "text") if name in original
    }
    entry = inherited | entry
    entry.setdefault("language", sites()[entry["source"]].language)
    entry.setdefault("path", _path(entry))
    entry["link"] = entry["path"]
    if entry.get("links_to"):
        entry["link"] = f"http://{sites()[original['source']].host}:{port}{_path(original)}?{query}"
    return Story.model_validate(entry)


def _path(entry: Mapping[str, Any]) -> str:
    return str(entry.get("path") or f"/{entry['on']:%Y/%m}/{entry['key']}")


def address(key: str, port: int = PORT) -> str:
    """The address of a story's article, without tracking. KeyError when there is no such story."""
    story = stories(port)[key]
    if story.links_to:
        return address(story.links_to, port)
    return f"http://{sites()[story.source].host}:{port}{story.path}"


def told_by(site: Site, port: int = PORT) -> list[Story]:
    """The stories of a site, newest first."""
    return sorted((story for story in stories(port).values() if story.source == site.id), key=_age, reverse=True)


def _age(story: Story) -> tuple[datetime, str]:
    return story.published, story.key


def sources(port: int = PORT) -> tuple[Source, ...]:
    """The sites as sources to be watched, while `serve(port)` runs."""
    return tuple(
        Source(
            id=site.id,
            name=site.name,
            kind=site.kind,
            url=f"http://{site.host}:{port}{site.path}",
            language=site.language,
            country=site.country,
            issues=site.issues,
            tier=site.tier,
            every="10m",
            terms="Sample text of this project; free to use.",
            listing=site.listing,
        )
        for site in sites().values()
    )
