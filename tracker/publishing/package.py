"""datapackage.json: what every column of every table means, so that a programme can check the data by itself.

Frictionless Data Package, profile `data-package` of version 1, which today's tools read; version 2 is built on it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tracker.model import Release
from tracker.publishing.about import KEYWORDS, LICENCES, abstract, name_of, release_address, spdx
from tracker.publishing.tables import Column, Holds, Table
from tracker.publishing.writing import base_of
from tracker.settings import Settings
from tracker.taxonomy import Taxonomy

_KINDS: dict[Holds, dict[str, Any]] = {  # type and format of a field
    Holds.NUMBER: {"type": "integer"},
    Holds.AMOUNT: {"type": "number"},
    Holds.YES_OR_NO: {"type": "boolean", "trueValues": ["1"], "falseValues": ["0"]},
    Holds.TIME: {"type": "datetime", "format": "any"},
    Holds.ROUGH_DATE: {"type": "string"},
    Holds.COUNTRY: {"type": "string"},
    Holds.CODE: {"type": "string"},
    Holds.ADDRESS: {"type": "string", "format": "uri"},
    Holds.TEXT: {"type": "string"},
}
_ROUGH_DATE = r"\d{4}(-\d{2}(-\d{2})?)?"
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "atom": "application/atom+xml",
    "txt": "text/plain",
    "cff": "text/yaml",
}


def schema(table: Table, taxonomy: Taxonomy) -> dict[str, Any]:
    """The Table Schema of a table."""
    made: dict[str, Any] = {
        "fields": [_field(column, table, taxonomy) for column in table.columns],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }
    if table.refers:
        made["foreignKeys"] = [
            {"fields": list(one.columns), "reference": {"resource": _named(one.table), "fields": list(one.key)}}
            for one in table.refers
        ]
    return made


def _field(column: Column, table: Table, taxonomy: Taxonomy) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": "string"} if column.many else _KINDS[column.holds]
    rules: dict[str, Any] = {"required": True} if column.required else {}
    if table.key == (column.name,):
        rules["unique"] = True
    known = [re.escape(code) for code in taxonomy.codes(column.codes)] if column.codes else []
    if column.many:
        one = {Holds.COUNTRY: "[A-Z]{2}", Holds.CODE: f"({'|'.join(known)})"}.get(column.holds)
        if one:
            rules["pattern"] = f"{one}(; {one})*"
    elif column.codes:
        rules["enum"] = list(taxonomy.codes(column.codes))
    elif column.holds is Holds.COUNTRY:
        rules["pattern"] = "[A-Z]{2}"
    elif column.holds is Holds.ROUGH_DATE:
        rules["pattern"] = _ROUGH_DATE
    elif column.holds is Holds.NUMBER:
        rules["minimum"] = 1
    elif column.holds is Holds.AMOUNT:
        rules["minimum"] = 0
    return {"name": column.name, "description": column.about, **kind, **({"constraints": rules} if rules else {})}


def describe_package(
    release: Release, folder: Path, tables: Iterable[Table], settings: Settings, taxonomy: Taxonomy
) -> dict[str, Any]:
    """The package of everything that is in the folder by now; tables with their schemas."""
    by_path = {table.path: table for table in tables}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    site = settings.site
    rights = {"name": spdx(site.licence), "path": LICENCES.get(site.licence), "title": site.licence}
    return {
        "profile": "data-package",
        "name": "covid-crime-prevention-initiatives",
        "id": f"https://doi.org/{site.doi}" if site.doi else release_address(release.number, settings),
        "title": name_of(settings),
        "description": abstract(release, settings),
        "homepage": f"{base_of(settings)}/",
        "version": str(release.number),
        "created": release.at.isoformat(),
        "licenses": [{name: value for name, value in rights.items() if value}],
        "contributors": [{"title": site.organisation, "role": "publisher", "path": f"{base_of(settings)}/"}],
        "keywords": list(KEYWORDS),
        "codebook": taxonomy.version,
        "resources": [
            _resource(path, path.relative_to(folder).as_posix(), by_path.get(path.relative_to(folder).as_posix()),
                      taxonomy)
            for path in files
        ],
    }  # fmt: skip


def _resource(path: Path, name: str, table: Table | None, taxonomy: Taxonomy) -> dict[str, Any]:
    kind = name.rsplit(".", 1)[-1].lower()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    made: dict[str, Any] = {
        "name": _named(table.name) if table else _named(name),
        "path": name,
        "format": kind,
        "mediatype": MEDIA_TYPES.get(kind, "application/octet-stream"),
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{digest}",
    }
    if table is None:
        made["type"] = "file"  # to be taken as it is, not as a further table
    else:
        made |= {
            "title": table.title,
            "profile": "tabular-data-resource",
            "encoding": "utf-8-sig",  # with a byte order mark, which spreadsheets ask for
            "schema": schema(table, taxonomy),
        }
    return made


def _named(name: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.")
