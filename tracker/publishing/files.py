"""Which data files does a release have, and in which order are they written?"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tracker.model import Release
from tracker.publishing import about, changelog, contacts, feeds
from tracker.publishing.feeds import FEED_LENGTH, Feed, feed_of
from tracker.publishing.objects import as_json
from tracker.publishing.package import describe_package
from tracker.publishing.parquet import write_parquet
from tracker.publishing.spreadsheet import write_spreadsheet
from tracker.publishing.tables import Row, Table, codebook, crosswalk, normal, wide
from tracker.publishing.writing import base_of, csv_lines, pretty, write
from tracker.settings import Settings
from tracker.taxonomy import GROUPS, Taxonomy

_FEEDS: dict[str, Callable[[Feed], bytes]] = {"atom": feeds.as_atom, "json": feeds.as_json_feed}
CHECKSUMS, PAGE_CHECKSUMS = "SHA256SUMS", "SHA256SUMS.pages"
PACKAGE = "datapackage.json"


def write_data(release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> None:
    """The data files of a release. The same release gives the same bytes."""
    records = release.records
    said = about.describe(release, settings, taxonomy)
    read_me = about.readme(release, settings, taxonomy, FEED_LENGTH)
    one_line = wide(settings, taxonomy)
    tables = normal(settings)
    book, crosses = codebook(taxonomy), crosswalk(taxonomy)
    named = {table.name: table for table in tables}

    (folder / "tables").mkdir()
    for table in (one_line, *tables):
        write(folder / table.path, table.as_csv(records))
    for listed, rows in (book, crosses):
        _write_rows(folder / listed.path, listed, rows)
    write(folder / "initiatives.json", as_json(records, settings, said))
    nested = [named[name] for name in ("wordings", "places", "further_reading", "actors", "status_history", "sources")]
    write_parquet(folder / "initiatives.parquet", one_line, nested, records)
    sheets = (one_line, named["actors"], named["sources"])
    write_spreadsheet(
        folder / "initiatives.xlsx", read_me, sheets, records, [codebook(taxonomy), crosswalk(taxonomy)], release.at
    )
    _write_feeds(release, folder, settings, taxonomy)
    write(folder / "changes.json", [pretty([changelog.as_object(change) for change in release.changes])])
    write(folder / "changes.csv", changelog.as_csv(release.changes))
    without_words: Any = {group: {"__all__": {"words"}} for group in GROUPS}
    write(folder / "codebook.json", [pretty(taxonomy.model_dump(mode="json", exclude=without_words))])
    measured = release.quality.model_dump(mode="json") if release.quality else None
    write(folder / "quality.json", [pretty({"release": release.number, "measured": measured})])
    write(folder / contacts.FILE, [pretty(contacts.as_object(release))])
    write(folder / "release.json", [pretty(said)])
    write(folder / "LICENCE.txt", [about.licence(settings)])
    write(folder / "README.txt", [read_me])
    write(folder / "CITATION.cff", [about.citation_file(release, settings)])
    write(folder / ".zenodo.json", [pretty(about.zenodo(release, settings))])
    write(folder / "datacite.json", [pretty(about.datacite(release, settings))])
    every = [one_line, *tables, book[0], crosses[0]]
    package = describe_package(release, folder, every, settings, taxonomy)
    write(folder / PACKAGE, [pretty(package)])


def data_files(folder: Path) -> list[str]:
    """The data files of a release, as paths within its folder, sorted: what the data package lists, and itself."""
    package = folder / PACKAGE
    listed = [str(one["path"]) for one in json.loads(package.read_bytes())["resources"]] if package.exists() else []
    return sorted([*listed, PACKAGE]) if listed else []


def write_checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of each data file, also written as SHA256SUMS (`sha256sum --check` reads it); pages have a list apart.

    The data files are on the disk for good before this returns.
    """
    sums = {name: _digest(folder / name, keep=True) for name in data_files(folder)}
    write(folder / CHECKSUMS, (f"{digest}  {name}\n" for name, digest in sums.items()))
    known = {*sums, CHECKSUMS, PAGE_CHECKSUMS}
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    pages = (name for name in names if name not in known)
    write(folder / PAGE_CHECKSUMS, (f"{_digest(folder / name)}  {name}\n" for name in pages))
    return sums


def _digest(path: Path, *, keep: bool = False) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        if keep:
            os.fsync(file.fileno())
    return digest


def _write_rows(path: Path, table: Table, rows: Iterable[Row]) -> None:
    write(path, csv_lines([column.name for column in table.columns], rows))


def _write_feeds(release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> None:
    newest = sorted(release.records, key=lambda record: (record.changed_at, record.id), reverse=True)[:FEED_LENGTH]
    for language in settings.languages:
        for kind, content in _FEEDS.items():
            here = f"{base_of(settings)}/site/feed-{language}.{kind}"
            feed = feed_of(newest, language, settings, taxonomy, address=here, updated=release.at)
            (folder / f"feed-{language}.{kind}").write_bytes(content(feed))
