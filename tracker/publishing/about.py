"""What is said of a release as a whole: numbers, licence, how to cite it, in the forms that archives read."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ruamel.yaml import YAML

from tracker.model import Release
from tracker.publishing.writing import base_of
from tracker.settings import Settings
from tracker.taxonomy import Taxonomy

LICENCES = {
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY-NC 4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
KEYWORDS = ("COVID-19", "domestic violence", "hate crime", "racism", "victim services", "crime prevention")


def spdx(licence: str) -> str | None:
    """The licence as registries of licences name it; None for one that we do not know."""
    return licence.replace(" ", "-") if licence in LICENCES else None


def name_of(settings: Settings, language: str = "en") -> str:
    return settings.site.name.get(language) or settings.site.organisation


def release_address(number: int, settings: Settings) -> str:
    """Where a release stays for ever."""
    return f"{base_of(settings)}/releases/{number}/"


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
        "merged": {str(number): into for number, into in release.merged.items()},
        "cite_as": citation(settings, "en", release.number, release.at),
        "doi": settings.site.doi or None,
    }


def citation(settings: Settings, language: str, number: int, at: datetime) -> str:
    """How to name a release as a source."""
    release = {"fr": "version", "es": "versión"}.get(language, "release")
    where = f"https://doi.org/{settings.site.doi}" if settings.site.doi else settings.site.url
    name = name_of(settings, language)
    return f"{settings.site.organisation} ({at.year}). {name}, {release} {number} ({at.date()}). {where}"


def abstract(release: Release, settings: Settings) -> str:
    """What the data are, in two sentences."""
    made_up = sum(record.sample for record in release.records)
    samples = f" {made_up} of the records are samples, made up to show how the tracker works." if made_up else ""
    return (
        f"{len(release.records)} initiatives against domestic violence and hate crime, and for access to services for "
        f"victims, during COVID-19: what was done, where, by whom and for whom, with sources. Each was read by two "
        f"people of the {settings.site.organisation} before it was published.{samples}"
    )


def citation_file(release: Release, settings: Settings) -> str:
    """CITATION.cff 1.2.0, which reference managers and code hosts read."""
    site = settings.site
    about: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite this release.",
        "type": "dataset",
        "title": name_of(settings),
        "version": str(release.number),
        "date-released": release.at.date(),
        "authors": [{"name": site.organisation}],
        "abstract": abstract(release, settings),
        "keywords": list(KEYWORDS),
        "url": release_address(release.number, settings),
    }
    if site.doi:
        about["doi"] = site.doi
    if known := spdx(site.licence):
        about["license"] = known
    else:
        about["license-url"] = release_address(release.number, settings) + "LICENCE.txt"
    written = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 10_000
    yaml.dump(about, written)
    return written.getvalue()


def zenodo(release: Release, settings: Settings) -> dict[str, Any]:
    """.zenodo.json: what Zenodo asks when a folder is deposited there."""
    site = settings.site
    about: dict[str, Any] = {
        "upload_type": "dataset",
        "title": f"{name_of(settings)}, release {release.number}",
        "version": str(release.number),
        "publication_date": release.at.date().isoformat(),
        "creators": [{"name": site.organisation}],
        "description": abstract(release, settings),
        "keywords": list(KEYWORDS),
        "language": "eng",
        "access_right": "open",
        "related_identifiers": [
            {
                "identifier": release_address(release.number, settings),
                "relation": "isIdenticalTo",
                "resource_type": "dataset",
            }
        ],
    }
    if known := spdx(site.licence):
        about["license"] = known.lower()
    return about


def datacite(release: Release, settings: Settings) -> dict[str, Any]:
    """Metadata as DataCite's schema 4 has them, for whoever gives the release a DOI."""
    site = settings.site
    rights = {"rights": site.licence, "rightsUri": LICENCES.get(site.licence), "rightsIdentifier": spdx(site.licence)}
    about: dict[str, Any] = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Dataset"},
        "titles": [
            {"title": name_of(settings, language), "lang": language}
            if language == "en"
            else {"title": name_of(settings, language), "lang": language, "titleType": "TranslatedTitle"}
            for language in ("en", "fr", "es")
            if language == "en" or site.name.get(language)
        ],
        "creators": [{"name": site.organisation, "nameType": "Organizational"}],
        "publisher": {"name": site.organisation},
        "publicationYear": release.at.year,
        "version": str(release.number),
        "language": "en",
        "dates": [{"date": release.at.date().isoformat(), "dateType": "Issued"}],
        "subjects": [{"subject": word} for word in KEYWORDS],
        "descriptions": [{"description": abstract(release, settings), "descriptionType": "Abstract", "lang": "en"}],
        "rightsList": [{name: value for name, value in rights.items() if value}],
        "url": release_address(release.number, settings),
    }
    if site.doi:
        about["doi"] = site.doi
    return about


def licence(settings: Settings) -> str:
    where = LICENCES.get(settings.site.licence, "")
    return (
        f"The texts and data of this release, by {settings.site.organisation}, are licensed under\n"
        f"{settings.site.licence}{f' ({where})' if where else ''}.\n\n"
        "Titles of and links to the sources belong to those who published them.\n"
    )


def readme(release: Release, settings: Settings, taxonomy: Taxonomy, feed_length: int) -> str:
    """README.txt: what is in the folder, for somebody who finds it in ten years."""
    nothing = "" if release.records else "Nothing has been published yet: this release holds no initiative.\n\n"
    samples = sum(record.sample for record in release.records)
    sample = f"{samples} of them are SAMPLES, made up to show how the tracker works (sample = 1).\n" if samples else ""
    return f"""{name_of(settings)}
Release {release.number}, {release.at.date()}, {len(release.records)} initiatives
{sample}
{nothing}Cite as
  {citation(settings, "en", release.number, release.at)}

Files
  initiatives.csv      one line an initiative; UTF-8 with byte order mark; lists are joined with "; ";
                       a cell that begins like a formula (= + - @) has an apostrophe before it
  initiatives.xlsx     the same for spreadsheets, with actors, sources, codebook and a page to read first
  initiatives.parquet  the same for statistics, with lists as lists and times as times
  initiatives.json     the same with everything that a table cannot hold
  tables/*.csv         the same as tables that refer to each other: initiatives, wordings, codes, keywords,
                       places, related, further_reading, actors, status_history, sources
  datapackage.json     what every column of every table means, and the checksums (Frictionless data package)
  changes.csv/json     what was added, changed and withdrawn since the release before; merged_into is the number of
                       the one that tells of it now. Of codes, dates and numbers also what they were and are. Texts
                       are named only: what was taken out of a text may have put somebody in danger, and the release
                       before still holds it
  quality.json         how far people agree, what was searched, how long it took; null where it was not measured
  contacts.json        whom to call for help, each checked by an editor on the day that stands beside it; an old check
                       is worth nothing: use those of the newest release
  codebook.json/csv    the codes and what they mean (version {taxonomy.version}), in English, French and Spanish
  crosswalk_unw.csv    which type of ours is which of the UNDP-UN Women tracker
  feed-*.atom, .json   the {feed_length} initiatives that changed last, for feed readers
  release.json         number, date and counts; in "merged" each number that is told under another one, for ever
  CITATION.cff, .zenodo.json, datacite.json   how to cite it, for programmes
  SHA256SUMS           checksums of the data files; SHA256SUMS.pages those of the pages
  index.html           the same as pages

Dates are as exact as they are known: 2020-04-17, 2020-04 or 2020. Times are UTC. Countries are ISO 3166-1 alpha-2;
an initiative without a country is international. A release never changes; corrections come with the next one.
Numbers of initiatives are never given twice: what is merged into another one keeps leading there.
Corrections and questions: {settings.contact}
"""


def _counted(codes: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(codes).items(), key=lambda pair: (-pair[1], pair[0])))
