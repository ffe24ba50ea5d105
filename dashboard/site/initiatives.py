"""The page of each initiative, and of each one that was withdrawn: its number stands for it for ever."""

from __future__ import annotations

from functools import partial
from typing import Any

from dashboard.site.contents import Contents
from dashboard.site.frame import Frame, Page
from dashboard.site.reuse import Shelf, digest, of_value
from tracker.model import Change, Published


def write(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    language = frame.said.language
    crumbs = ((frame.said.t("All initiatives"), "initiatives/index.html"),)

    def whole(record: Published) -> str:
        it = frame.below.whole(record)
        content = frame.draw("parts/initiative.html", it=it, history=(), correct=frame.chrome.send)
        path = f"initiative/{record.id}.html"
        title = frame.said.t("Initiative {number}", number=record.id)
        return frame.around(Page(path, content, title, crumbs=crumbs, schema=_announcement(frame, record)))

    def withdrawn(change: Change) -> str:
        number = change.initiative_id
        content = frame.draw("parts/withdrawn.html", number=number, reason=change.reason)
        title = frame.said.t("Initiative {number}", number=number)
        return frame.around(Page(f"initiative/{number}.html", content, title, crumbs=crumbs))

    def elsewhere(number: int, into: int) -> str:
        content = frame.draw("pages/merged.html", number=number, into=into)
        title = frame.said.t("Initiative {number}", number=number)
        page = Page(f"initiative/{number}.html", content, title, crumbs=crumbs, leads_to=f"{into}.html")
        return frame.around(page)

    for record in contents.records:
        shelf.put(f"{language}/initiative/{record.id}.html", contents.keys[record.id], lambda it=record: whole(it))  # type: ignore[misc]
    merged = contents.release.merged
    there = {record.id for record in contents.records}
    # What told of a merged one may have been withdrawn since.
    gone = [change for change in contents.release.gone if change.initiative_id not in merged]
    gone += [Change(initiative_id=number, what="withdrawn") for number, into in merged.items() if into not in there]
    for change in gone:
        path = f"{language}/initiative/{change.initiative_id}.html"
        shelf.put(path, of_value(change), partial(withdrawn, change))
    for number, into in merged.items():
        if into in there:
            shelf.put(
                f"{language}/initiative/{number}.html", digest("merged", str(into)), partial(elsewhere, number, into)
            )


def _announcement(frame: Frame, record: Published) -> dict[str, Any]:
    """schema.org has a type for what was announced because of COVID-19."""
    content = record.initiative
    spoken, wording = content.wording(frame.said.language)
    told: dict[str, Any] = {
        "@type": "SpecialAnnouncement",
        "name": wording.title,
        "text": wording.title,  # the summary stands on the page once
        "inLanguage": spoken,
        "url": f"{frame.base}/{frame.said.language}/initiative/{record.id}.html",
        "datePosted": record.first_public_at.date().isoformat(),
        "dateModified": record.changed_at.date().isoformat(),
        "category": "https://www.wikidata.org/wiki/Q81068910",  # the pandemic
        "spatialCoverage": [{"@type": "Country", "name": frame.below.country(code)} for code in content.countries],
        "sourceOrganization": [{"@type": "Organization", "name": actor.name} for actor in content.actors],
        "citation": [source.url for source in record.sources],
    }
    return {name: value for name, value in told.items() if value}
