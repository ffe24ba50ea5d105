"""The pages that are mostly text: method, types, and the data of the release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dashboard.site.contents import Contents
from dashboard.site.frame import Frame, Page
from dashboard.site.parts import bars, families
from dashboard.site.reuse import Shelf
from dashboard.words import mark
from tracker.model import Change
from tracker.publishing.about import LICENCES, citation

CHANGES_SHOWN = 200
FILES = {
    "initiatives.csv": mark("One line an initiative, for spreadsheets and statistics"),
    "initiatives.json": mark("The same with everything that a table cannot hold, for programmes"),
    "changes.csv": mark("What was added, changed and withdrawn since the release before"),
    "codebook.json": mark("The codes and what they mean"),
    "README.txt": mark("How the files are made and how to cite them"),
    "SHA256SUMS": mark("Checksums"),
}


def write(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    _types(frame, contents, shelf)
    _method(frame, contents, shelf)
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
        "pages/text.html",
        part="parts/method.html",
        issues=contents.taxonomy.group("issues"),
        families=families(contents.taxonomy, frame.said.language),
        links=frame.top.links,
        contact=frame.settings.contact,
        organisation=site.organisation,
        licence=site.licence,
    )
    page = Page("method.html", content, frame.said.t("Method"), "method")
    shelf.write(f"{frame.said.language}/method.html", frame.around(page))


def _data(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    said, t = frame.said, frame.said.t
    release, site = contents.release, frame.settings.site
    feed = f"feed-{said.language}.atom"
    about = {**{name: t(text) for name, text in FILES.items()}, feed: t("What changed last, for feed readers")}
    files = [
        SimpleNamespace(name=name, about=text, size=_size(frame, shelf.folder / name)) for name, text in about.items()
    ]
    public = {record.id for record in contents.records} | {change.initiative_id for change in release.gone}
    content = frame.draw(
        "pages/data.html",
        sample=contents.sample,
        lead=t(
            "Release {number}, made {time}. A release never changes; corrections come with the next one.",
            number=release.number,
            time=said.time(release.at),
        ),
        files=files,
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


def _dataset(frame: Frame, contents: Contents) -> dict[str, Any]:
    """The release as catalogues of data read it."""
    release, site = contents.release, frame.settings.site
    here = f"{frame.explorer}/releases/{release.number}"
    kinds = {"initiatives.csv": "text/csv", "initiatives.json": "application/json"}
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
            {"@type": "DataDownload", "contentUrl": f"{here}/{name}", "encodingFormat": kind}
            for name, kind in kinds.items()
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
