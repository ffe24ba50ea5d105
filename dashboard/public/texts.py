"""The pages that are mostly text: countries, data and releases, method, help."""

from __future__ import annotations

from dashboard.public.visit import Visit
from dashboard.site.parts import bars, families, help_types
from tracker.model import Filters
from tracker.publish import citation


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
    visit.title(visit.t("Help"))
    visit.draw("help", help_types=help_types(visit.taxonomy, visit.reader))
