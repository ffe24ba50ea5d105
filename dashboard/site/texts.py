"""The pages that are mostly text: method, types, and the data of the release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from markupsafe import escape

from dashboard.site import countries, quality
from dashboard.site.contents import Contents
from dashboard.site.frame import Frame, Page
from dashboard.site.parts import bars, families
from dashboard.site.reuse import Shelf
from dashboard.words import mark
from tracker.model import Change
from tracker.publishing.about import LICENCES, citation
from tracker.publishing.package import MEDIA_TYPES
from tracker.quality import ENOUGH

CHANGES_SHOWN = 200
FILES = {  # heading -> file -> what it is for
    mark("The initiatives"): {
        "initiatives.csv": mark("One line an initiative, for spreadsheets and statistics"),
        "initiatives.xlsx": mark("The same as a workbook, with actors, sources, codebook and a page to read first"),
        "initiatives.parquet": mark("The same for statistics, with lists as lists and times as times"),
        "initiatives.json": mark("The same with everything that a table cannot hold, for programmes"),
    },
    mark("Tables that refer to each other"): {
        "tables/initiatives.csv": mark("What there is once of each initiative"),
        "tables/wordings.csv": mark("Titles and summaries, by language"),
        "tables/codes.csv": mark("Codes of which an initiative may have several"),
        "tables/places.csv": mark("Where; an international initiative has no line"),
        "tables/actors.csv": mark("Who acts"),
        "tables/sources.csv": mark("What stands behind it"),
        "tables/status_history.csv": mark("How the status changed"),
        "tables/keywords.csv": mark("Further words"),
        "tables/related.csv": mark("Initiatives that have to do with it"),
        "tables/further_reading.csv": mark("Something to read on"),
    },
    mark("What changed, and how good it is"): {
        "changes.csv": mark("What was added, changed and withdrawn since the release before"),
        "changes.json": mark("The same with what codes, dates and numbers were before"),
        "quality.json": mark("How far people agree, what was searched, how long it took"),
        "contacts.json": mark("Whom to call for help, with the day of the last check"),
        "release.json": mark("Number, date and counts; which initiatives were merged"),
    },
    mark("What codes and columns mean"): {
        "README.txt": mark("How the files are made and how to cite them"),
        "codebook.csv": mark("The codes and what they mean, in English, French and Spanish"),
        "codebook.json": mark("The same for programmes"),
        "crosswalk_unw.csv": mark("Which type of ours is which of the UNDP-UN Women tracker"),
        "datapackage.json": mark("What every column means, for programmes that check data (Frictionless)"),
    },
    mark("To cite, and to make sure"): {
        "LICENCE.txt": mark("What everybody may do with it"),
        "CITATION.cff": mark("How to cite it, for reference managers"),
        "datacite.json": mark("What registries of data want to know (DataCite)"),
        ".zenodo.json": mark("The same for Zenodo"),
        "SHA256SUMS": mark("Checksums of these files"),
        "SHA256SUMS.pages": mark("Checksums of the pages"),
    },
}
FEEDS = {
    "atom": mark("What changed last, for feed readers"),
    "json": mark("The same as JSON Feed"),
}


def write(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    _types(frame, contents, shelf)
    _method(frame, contents, shelf)
    _privacy(frame, shelf)
    _data(frame, contents, shelf)


def _types(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    t = frame.said.t
    types = {code: len(contents.by_type.get(code, ())) for code in contents.taxonomy.codes("types")}
    content = frame.draw(
        "pages/index_of.html",
        heading=t("Initiatives by type"),
        lead=t("What is done, in the order of the codebook. An initiative may have several types."),
        caption=t("Types of initiative"),
        head=t("Type"),
        sample=contents.sample,
        rows=bars(types, lambda code: frame.top.label("types", code), frame.top.links.type, frame.said),
    )
    shelf.write(f"{frame.said.language}/types.html", frame.around(Page("types.html", content, t("Types"), "types")))


def _method(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    site = frame.settings.site
    content = frame.draw(
        "pages/method.html",
        figures=quality.figures(contents.release.quality, frame.top),
        counted=quality.counted(contents.release.quality, frame.said),
        shares=quality.has_shares(contents.release.quality),
        enough=frame.said.number(ENOUGH),
        issues=contents.taxonomy.group("issues"),
        families=families(contents.taxonomy, frame.said.language),
        links=frame.top.links,
        contact=frame.settings.contact,
        organisation=site.organisation,
        licence=site.licence,
    )
    page = Page("method.html", content, frame.said.t("Method"), "method")
    shelf.write(f"{frame.said.language}/method.html", frame.around(page))


def _privacy(frame: Frame, shelf: Shelf) -> None:
    settings = frame.settings
    content = frame.draw("parts/privacy.html", days=settings.keep.contact_days, mail=settings.contact)
    page = Page("privacy.html", content, frame.said.t("Privacy and safety"))
    shelf.write(f"{frame.said.language}/privacy.html", frame.around(page))


def _data(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    said, t = frame.said, frame.said.t
    release, site = contents.release, frame.settings.site
    public = {record.id for record in contents.records} | {change.initiative_id for change in release.gone}
    content = frame.draw(
        "pages/data.html",
        sample=contents.sample,
        lead=t(
            "Release {number}, made {time}. A release never changes; corrections come with the next one.",
            number=release.number,
            time=said.time(release.at),
        ),
        groups=_files(frame, shelf.folder),
        snippet=_snippet(frame),
        citation=citation(frame.settings, said.language, release.number, release.at),
        changed=_changed(frame, release.changes),
        changes=[
            SimpleNamespace(
                id=change.initiative_id,
                href=frame.top.links.initiative(change.initiative_id) if change.initiative_id in public else "",
                said=frame.top.change(change.what, change.fields, change.reason, change.merged_into),
            )
            for change in release.changes[:CHANGES_SHOWN]
            if change.what != "added"
        ],
        more_changes=len(release.changes) > CHANGES_SHOWN,
        previous=release.number - 1,
        organisation=site.organisation,
        licence=site.licence,
        licence_url=LICENCES.get(site.licence, ""),
    )
    page = Page("data.html", content, t("Data"), "data", schema=_dataset(frame, contents))
    shelf.write(f"{said.language}/data.html", frame.around(page))


def _files(frame: Frame, folder: Path) -> list[tuple[str, list[SimpleNamespace]]]:
    """Every file of the release but the pages, under headings."""
    said, t = frame.said, frame.said.t
    groups = {t(heading): {name: t(text) for name, text in files.items()} for heading, files in FILES.items()}
    groups[t("Feeds")] = {
        f"feed-{language}.{kind}": f"{t(text)} ({said.tongue(language)})"
        for language in frame.settings.languages
        for kind, text in FEEDS.items()
    }
    return [
        (heading, [SimpleNamespace(name=name, about=text, size=_size(frame, folder / name))
                   for name, text in files.items()])
        for heading, files in groups.items()
    ]  # fmt: skip


def _snippet(frame: Frame) -> str:
    """The lines by which another site shows the map."""
    width, height = countries.MAP_SIZE
    said = frame.said
    return (
        f'<iframe src="{frame.base}/{said.language}/{countries.MAP}" width="{width}" height="{height}"\n'
        f'  title="{escape(said.t("Initiatives by country"))}" loading="lazy" referrerpolicy="no-referrer"\n'
        '  sandbox="allow-popups allow-popups-to-escape-sandbox"\n'
        '  style="border:0;max-width:100%"></iframe>'
    )


def _dataset(frame: Frame, contents: Contents) -> dict[str, Any]:
    """The release as catalogues of data read it."""
    release, site = contents.release, frame.settings.site
    here = f"{frame.explorer}/releases/{release.number}"
    kinds = [f"initiatives.{kind}" for kind in ("csv", "xlsx", "parquet", "json")] + ["datapackage.json"]
    return {
        "@type": "Dataset",
        "name": frame.name,
        "description": frame.said.t(
            "A public list of initiatives against domestic violence and hate crime, and for access to services for "
            "victims, during COVID-19."
        ),
        "url": f"{frame.base}/{frame.said.language}/data.html",
        "inLanguage": list(frame.settings.languages),
        "version": str(release.number),
        "datePublished": release.at.date().isoformat(),
        "license": LICENCES.get(site.licence, site.licence),
        "creator": {"@type": "Organization", "name": site.organisation},
        "isAccessibleForFree": True,
        "temporalCoverage": "2020-01-01/..",
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": f"{here}/{name}",
                "encodingFormat": MEDIA_TYPES[name.split(".")[-1]],
            }
            for name in kinds
        ],
    }


def _changed(frame: Frame, changes: Iterable[Change]) -> str:
    found = Counter(change.what for change in changes)
    n = frame.said.n
    return ", ".join(
        [
            n("{n} added", "{n} added", found["added"]),
            n("{n} changed", "{n} changed", found["changed"]),
            n("{n} withdrawn", "{n} withdrawn", found["withdrawn"]),
        ]
    )


def _size(frame: Frame, path: Path) -> str:
    """In kB or MB; empty for a file that is written after the pages, such as the checksums."""
    if not path.exists():
        return ""
    kilobytes = path.stat().st_size / 1000
    if kilobytes < 1000:
        return f"{frame.said.number(max(1, round(kilobytes)))} kB"
    return f"{frame.said.number(round(kilobytes / 1000, 1))} MB"
