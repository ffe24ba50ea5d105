"""The way out: how do public records become files that anybody may take, and a release that never changes?

A release is built in a folder beside its place, then renamed: half of one is never seen. What other rooms add to it,
such as the static pages, comes in through the entry points `tracker.release_writers`.
"""

from __future__ import annotations

import csv
import errno
import fcntl
import hashlib
import io
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from rich.console import Console

from tracker import taxonomy as taxonomy_of
from tracker.errors import Busy, StoreUnavailable, TrackerError
from tracker.model import Change, Published, Release
from tracker.settings import Settings
from tracker.store import Store
from tracker.taxonomy import GROUPS, Taxonomy, Type

FEED_LENGTH = 100
LICENCES = {
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY-NC 4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
_ATOM = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


class ReleaseWriter(Protocol):
    """What an entry point of `tracker.release_writers` is: it adds files to the folder of a release."""

    def __call__(self, release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> None: ...


# ---------------------------------------------------------------------------------------------- a release as a whole


def make_release(
    store: Store, settings: Settings, now: datetime, out: Path | None = None, *, by: str = "tracker publish"
) -> Path:
    """The folder of a new release, `<number>/` in `out` or in `releases/` of the data folder; `current` points to it.

    Raises Busy while another one is being made, StoreUnavailable when it cannot be written; the one before stands.
    """
    shelf = out or settings.data / "releases"
    taxonomy = taxonomy_of.load(settings.taxonomy)
    console = Console(stderr=True)
    with _understood(shelf), _alone(shelf), console.status("collecting the public records") as status:
        release = store.release_next(now, by)
        folder, unfinished = shelf / str(release.number), shelf / f".{release.number}.unfinished"
        if unfinished.exists():  # of a run that was killed
            shutil.rmtree(unfinished)
        if (
            folder.exists()
        ):  # killed at the last moment, or the database was restored: kept, since it may have been read
            folder.rename(folder.with_name(f"{folder.name}.unlisted-{now:%Y%m%dT%H%M%S}"))
        unfinished.mkdir()
        try:
            status.update(f"release {release.number}: data files for {len(release.records)} initiatives")
            write_data(release, unfinished, settings, taxonomy)
            for entry in sorted(entry_points(group="tracker.release_writers"), key=lambda entry: entry.name):
                status.update(f"release {release.number}: {entry.name} for {len(release.records)} initiatives")
                writer: ReleaseWriter = entry.load()
                writer(release, unfinished, settings, taxonomy)
            checksums = write_checksums(unfinished)
            unfinished.rename(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        store.release_written(release.number, _told(folder, settings), checksums, by)
        _point(shelf / "current", folder)
    return folder


def write_data(release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> None:
    """The data files of a release: CSV, JSON, feeds, change log, codebook, licence, and what the release is."""
    _write(folder / "initiatives.csv", as_csv(release.records, settings, taxonomy))
    about = describe(release, settings, taxonomy)
    _write(folder / "initiatives.json", as_json(release.records, settings, about))
    newest = sorted(release.records, key=lambda record: (record.changed_at, record.id), reverse=True)[:FEED_LENGTH]
    for language in settings.languages:
        here = f"{settings.site.url.rstrip('/')}/site/feed-{language}.atom"
        feed = as_atom(newest, language, settings, taxonomy, address=here, updated=release.at)
        (folder / f"feed-{language}.atom").write_bytes(feed)
    _write(folder / "changes.json", [_pretty([change.model_dump(mode="json") for change in release.changes])])
    _write(folder / "changes.csv", _changes(release.changes))
    without_words: Any = {group: {"__all__": {"words"}} for group in GROUPS}
    _write(folder / "codebook.json", [_pretty(taxonomy.model_dump(mode="json", exclude=without_words))])
    _write(folder / "release.json", [_pretty(about)])
    _write(folder / "LICENCE.txt", [_licence(settings)])
    _write(folder / "README.txt", [_readme(release, settings, taxonomy)])


def write_checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file at the top of the folder, also written as SHA256SUMS (`sha256sum --check` reads it)."""
    sums = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        with path.open("rb") as file:
            sums[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
    _write(folder / "SHA256SUMS", (f"{digest}  {name}\n" for name, digest in sums.items()))
    return sums


def describe(release: Release, settings: Settings, taxonomy: Taxonomy) -> dict[str, Any]:
    """What the release is, in numbers: the content of release.json."""
    contents = [record.initiative for record in release.records]
    return {
        "number": release.number,
        "at": release.at.isoformat(),
        "previous": release.number - 1 or None,
        "total": len(release.records),
        "samples": sum(record.sample for record in release.records),
        "changes": dict(Counter(change.what for change in release.changes)),
        "by_issue": _counted(code for content in contents for code in content.issues),
        "by_type": _counted(code for content in contents for code in content.types),
        "by_country": _counted(code for content in contents for code in content.countries),
        "by_status": _counted(content.status for content in contents),
        "taxonomy": taxonomy.version,
        "languages": list(settings.languages),
        "organisation": settings.site.organisation,
        "licence": settings.site.licence,
        "licence_url": LICENCES.get(settings.site.licence),
        "cite_as": citation(settings, "en", release.number, release.at),
    }


def citation(settings: Settings, language: str, number: int, at: datetime) -> str:
    """How to name a release as a source."""
    name = settings.site.name.get(language, settings.site.organisation)
    release = {"fr": "version", "es": "versión"}.get(language, "release")
    return f"{settings.site.organisation} ({at.year}). {name}, {release} {number} ({at.date()}). {settings.site.url}"


# ---------------------------------------------------------------------------------------------- records as files


def columns(settings: Settings) -> list[str]:
    """The columns of the CSV, always in this order; only those with a language in their name depend on the settings."""
    wordings = [f"{part}_{language}" for part in ("title", "summary") for language in settings.languages]
    return [
        "id", "revision", "url", *wordings, "title_other", "summary_other", "other_language",
        "issues", "types", "unw_type", "unw_subtype", "bias_grounds",
        "countries", "subdivision", "locality", "geo_level",
        "actors", "actor_kinds", "actor_levels", "targets", "covid_link",
        "announced", "start", "end", "status", "amount", "currency", "recipients",
        "contact_phone", "contact_url", "contact_hours", "evidence_grade", "keywords", "why_promising", "challenges",
        "sources", "source_names", "first_public_at", "changed_at", "verified_at", "sample",
        "previous", "related", "further_reading", "indigenous_relevance", "confidence", "status_history",
    ]  # fmt: skip


def row(record: Published, settings: Settings, taxonomy: Taxonomy) -> list[str | int | float]:
    """One record in the order of `columns`: codes, lists joined by `; `, dates as exactly as they are known."""
    content = record.initiative
    other = next((code for code in content.wordings if code not in settings.languages), "")
    found: dict[str, Any] = {
        "id": record.id,
        "revision": record.revision,
        "url": address_of(record.id, settings),
        "title_other": content.wordings[other].title if other else "",
        "summary_other": content.wordings[other].summary if other else "",
        "other_language": other,
        "subdivision": _joined(content.subdivisions),
        "actors": _joined(actor.name for actor in content.actors),
        "actor_kinds": _joined(actor.kind for actor in content.actors if actor.kind),
        "actor_levels": _joined(actor.level for actor in content.actors if actor.level),
        "amount": content.amount,
        "contact_phone": content.contact.phone,
        "contact_url": content.contact.url,
        "contact_hours": content.contact.hours,
        "sources": _joined(source.url for source in record.sources),
        "source_names": _joined(source.source for source in record.sources),
        "first_public_at": record.first_public_at.isoformat(),
        "changed_at": record.changed_at.isoformat(),
        "verified_at": record.verified_at.isoformat() if record.verified_at else "",
        "sample": int(record.sample),
        "related": _joined(map(str, content.related)),
        "further_reading": _joined(one.url for one in content.further_reading),
        "indigenous_relevance": "" if content.indigenous_relevance is None else int(content.indigenous_relevance),
        "status_history": _joined(f"{change.on or ''} {change.status}".strip() for change in content.status_history),
    }
    for language in settings.languages:
        wording = content.wordings.get(language)
        found[f"title_{language}"] = wording.title if wording else ""
        found[f"summary_{language}"] = wording.summary if wording else ""
    if content.types and content.types[0] in taxonomy.codes("types"):
        primary = taxonomy.term("types", content.types[0])
        if isinstance(primary, Type) and primary.unw:
            found |= {"unw_type": primary.unw.type, "unw_subtype": primary.unw.subtype}
    cells = []
    for name in columns(settings):
        value = found[name] if name in found else getattr(content, name, "")
        cells.append(_cell(_joined(value) if isinstance(value, tuple) else value))
    return cells


def as_csv(records: Iterable[Published], settings: Settings, taxonomy: Taxonomy) -> Iterator[str]:
    """Lines of a CSV that a spreadsheet opens as it is: with a byte order mark, and no cell that is a formula."""
    line = io.StringIO()
    writer = csv.writer(line)

    def written(cells: Iterable[object]) -> str:
        line.seek(0)
        line.truncate()
        writer.writerow(cells)
        return line.getvalue()

    yield "\ufeff" + written(columns(settings))
    for record in records:
        yield written(row(record, settings, taxonomy))


def as_object(record: Published, settings: Settings) -> dict[str, Any]:
    """One record as JSON has it: number, address and dates beside the fields of the initiative."""
    content = record.initiative.model_dump(mode="json")
    for name in ("announced", "start", "end"):
        content[name] = str(value) if (value := getattr(record.initiative, name)) else None
    content["subdivision"] = next(iter(record.initiative.subdivisions), "")  # of a time when there was one at most
    for change, plain in zip(record.initiative.status_history, content["status_history"], strict=True):
        plain["on"] = str(change.on) if change.on else None
    about = record.model_dump(mode="json", exclude={"initiative", "sources"})
    return {
        "id": record.id,
        "url": address_of(record.id, settings),
        **content,
        "sources": [source.model_dump(mode="json") for source in record.sources],
        **about,
    }


def as_json(records: Iterable[Published], settings: Settings, about: dict[str, Any]) -> Iterator[str]:
    """Parts of one JSON object: what is said of the whole, then `initiatives`, one on each line."""
    yield json.dumps(about, ensure_ascii=False)[:-1]
    yield ("," if about else "") + '\n"initiatives": ['
    mark = "\n"
    for record in records:
        yield mark + json.dumps(as_object(record, settings), ensure_ascii=False)
        mark = ",\n"
    yield "\n]}\n"


def as_atom(
    records: Iterable[Published],
    language: str,
    settings: Settings,
    taxonomy: Taxonomy,
    *,
    address: str,
    updated: datetime,
    title: str = "",
) -> bytes:
    """A feed of these records for readers of a language, in the order given.

    `address` is where the feed itself is; `updated` counts when there is no record. An entry keeps its id for ever.
    """
    listed = list(records)
    site = settings.site
    feed = ET.Element("feed", {"xmlns": _ATOM, _LANGUAGE: language})
    _add(feed, "id", address)
    _add(feed, "title", title or site.name.get(language, site.organisation))
    _add(feed, "updated", max((record.changed_at for record in listed), default=updated).isoformat())
    _add(feed, "link", rel="self", type="application/atom+xml", href=address)
    _add(feed, "link", rel="alternate", type="text/html", href=f"{site.url.rstrip('/')}/?lang={language}")
    _add(_add(feed, "author"), "name", site.organisation)
    _add(feed, "rights", site.licence)
    host = urlsplit(site.url).hostname
    for record in listed:
        spoken, wording = record.initiative.wording(language)
        entry = _add(feed, "entry")
        if spoken != language:
            entry.set(_LANGUAGE, spoken)
        _add(entry, "id", f"tag:{host},2020:initiative:{record.id}")
        _add(entry, "title", wording.title)
        _add(entry, "updated", record.changed_at.isoformat())
        _add(entry, "published", record.first_public_at.isoformat())
        _add(entry, "link", rel="alternate", type="text/html", href=address_of(record.id, settings, language))
        for code in record.initiative.issues:
            _add(entry, "category", term=code, label=taxonomy.label("issues", code, language))
        _add(entry, "summary", wording.summary or wording.title, type="text")
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def address_of(id: int, settings: Settings, language: str | None = None) -> str:
    """The lasting address of an initiative."""
    asked = f"?lang={language}" if language else ""
    return f"{settings.site.url.rstrip('/')}/initiative/{id}{asked}"


# ---------------------------------------------------------------------------------------------- pieces


def _cell(value: object) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return value
    text = str(value)
    # A spreadsheet runs what begins like a formula; with an apostrophe before it, it is text (OWASP ASVS 1.2.10).
    return f"'{text}" if text.startswith(_FORMULA) else text


def _joined(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(values))


def _counted(codes: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(codes).items(), key=lambda pair: (-pair[1], pair[0])))


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, name, {key: _NOT_XML.sub("", value) for key, value in attributes.items()})
    made.text = _NOT_XML.sub("", text) or None
    return made


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _changes(changes: Iterable[Change]) -> Iterator[str]:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["initiative_id", "what", "fields", "reason"])
    for change in changes:
        writer.writerow([change.initiative_id, change.what, _joined(change.fields), _cell(change.reason)])
    yield "\ufeff" + file.getvalue()


def _licence(settings: Settings) -> str:
    where = LICENCES.get(settings.site.licence, "")
    return (
        f"The texts and data of this release, by {settings.site.organisation}, are licensed under\n"
        f"{settings.site.licence}{f' ({where})' if where else ''}.\n\n"
        "Titles of and links to the sources belong to those who published them.\n"
    )


def _readme(release: Release, settings: Settings, taxonomy: Taxonomy) -> str:
    nothing = "" if release.records else "Nothing has been published yet: this release holds no initiative.\n\n"
    samples = sum(record.sample for record in release.records)
    sample = f"{samples} of them are SAMPLES, made up to show how the tracker works (sample = 1).\n" if samples else ""
    return f"""{settings.site.name.get("en", settings.site.organisation)}
Release {release.number}, {release.at.date()}, {len(release.records)} initiatives
{sample}
{nothing}Cite as
  {citation(settings, "en", release.number, release.at)}

Files
  initiatives.csv   one line an initiative; UTF-8 with byte order mark; lists are joined with "; ";
                    a cell that begins like a formula (= + - @) has an apostrophe before it
  initiatives.json  the same with everything that a table cannot hold
  changes.csv/json  what was added, changed and withdrawn since the release before
  codebook.json     the codes and what they mean (version {taxonomy.version}), in English, French and Spanish
  feed-*.atom       the {FEED_LENGTH} initiatives that changed last, for feed readers
  release.json      number, date and counts
  SHA256SUMS        checksums of the files in this folder
  index.html        the same as pages

Dates are as exact as they are known: 2020-04-17, 2020-04 or 2020. Times are UTC. Countries are ISO 3166-1 alpha-2;
an initiative without a country is international. A release never changes; corrections come with the next one.
Corrections and questions: {settings.contact}
"""


def _write(path: Path, parts: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(parts)


def _told(folder: Path, settings: Settings) -> str:
    """The folder as the store remembers it: within the data folder relative to it, so that the whole may move."""
    whole, data = folder.resolve(), settings.data.resolve()
    return str(whole.relative_to(data) if whole.is_relative_to(data) else whole)


def _point(link: Path, folder: Path) -> None:
    """Makes `link` point to the folder beside it, at once: a reader finds the old one or the new one."""
    made = link.with_name(f".{link.name}.new")
    made.unlink(missing_ok=True)
    made.symlink_to(folder.name, target_is_directory=True)
    made.replace(link)


@contextmanager
def _alone(shelf: Path) -> Iterator[None]:
    shelf.mkdir(parents=True, exist_ok=True)
    with (shelf / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another release is being made in {shelf}; wait for it and try again") from None
        yield


@contextmanager
def _understood(shelf: Path) -> Iterator[None]:
    """Turns the disk's troubles into a sentence; nothing of the release is left by then, and the one before stands."""
    try:
        yield
    except TrackerError:
        raise
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            why = "the disk is full; free some space and publish again"
        else:
            why = f"{problem.filename or shelf} cannot be written ({problem.strerror}); mend that and publish again"
        raise StoreUnavailable(f"The release was not made: {why}. The release before it stands as it was.") from problem
