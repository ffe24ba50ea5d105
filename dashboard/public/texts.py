"""The pages that are mostly text: countries, data and releases, method, help."""

from __future__ import annotations

from datetime import UTC, datetime

from dashboard.public.visit import Visit
from dashboard.site.helping import what_helps
from dashboard.site.parts import bars, families
from tracker.model import Filters
from tracker.publish import citation
from tracker.publishing.contacts import contacts_of


def show_countries(visit: Visit) -> None:
    visit.title(visit.t("Countries"))
    counts = visit.store.facets(Filters())["country"]
    visit.draw(
        "countries",
        rows=bars(counts, visit.reader.country, visit.links.country, visit.words),
        caption=visit.t("Countries and territories with at least one initiative"),
        head=visit.t("Country or territory"),
    )


def show_data(visit: Visit) -> None:
    visit.title(visit.t("Data"))
    site = visit.settings.site
    releases = visit.store.releases()
    newest = releases[0] if releases else None
    visit.draw(
        "data",
        releases=releases,
        citation=citation(visit.settings, visit.words.language, newest.number, newest.at) if newest else "",
        organisation=site.organisation,
        licence=site.licence,
    )


def show_method(visit: Visit) -> None:
    visit.title(visit.t("Method"))
    site = visit.settings.site
    visit.draw(
        "method",
        issues=visit.taxonomy.group("issues"),
        families=families(visit.taxonomy, visit.words.language),
        contact=visit.settings.contact,
        organisation=site.organisation,
        licence=site.licence,
    )


def show_help(visit: Visit) -> None:
    """The contacts of the newest release, as its own page has them, without those that are too old by now."""
    visit.title(visit.t("Help"))
    folders = [visit.settings.data / release.folder for release in visit.store.releases()[:1]]
    now = datetime.now(UTC)
    contacts = [one for folder in folders for one in contacts_of(folder) if one.holds(now)]
    pages = f"/site/{visit.words.language}"
    visit.draw("help", **what_helps(visit.reader, contacts, lambda code: f"{pages}/country/{code}.html#help"))
