"""One initiative with its sources and its history; one country with what is done there."""

from __future__ import annotations

from dashboard.params import PAGE_LENGTH, link, read_number
from dashboard.public.visit import Visit
from dashboard.site.parts import bars
from tracker.errors import NotFound
from tracker.model import Filters


def show_initiative(visit: Visit) -> None:
    id = read_number(visit.given, "id") or 0
    words = visit.words
    visit.title(visit.t("Initiative {number}", number=id) if id else "")
    if (into := visit.store.merged_into(id)) is not None:
        visit.draw("merged", number=id)
        id = into
    history = visit.store.history(id)
    try:
        record = visit.store.one(id)
    except NotFound:
        if history and history[0].what == "withdrawn":
            visit.draw("withdrawn", number=id, reason=history[0].reason)
        else:
            visit.draw("lost", said=visit.t("There is no such initiative here."), home=visit.links.page("overview"))
        return
    visit.draw(
        "initiative",
        it=visit.reader.whole(record),
        correct=f"/submit?lang={words.language}",
        history=[
            (words.date(change.at), visit.reader.change(change.what, change.fields, change.reason, change.into))
            for change in history
        ],
    )


def show_country(visit: Visit) -> None:
    words = visit.words
    code = (visit.given.get("code") or [""])[0].upper()
    name = words.country(code)
    if not name or name == code:
        visit.title()
        visit.draw("lost", said=visit.t("There is no such country."), home=visit.links.page("overview"))
        return
    visit.title(name)
    filters = Filters(countries=(code,))
    counts = visit.store.facets(filters)
    found = visit.store.count(filters)

    def narrowed(field: str, chosen: str) -> str:
        return link("/", filters.but(**{field: (chosen,)}), language=words.language)

    visit.draw(
        "country",
        name=name,
        lead=words.n("{n} initiative", "{n} initiatives", found),
        compare=link("/", language=words.language, more={"compare": code}),
        issues=[
            (visit.reader.label("issues", issue), narrowed("issues", issue), words.number(number), False)
            for issue, number in counts["issue"].items()
        ],
        rows=bars(
            counts["type"],
            lambda kind: visit.reader.label("types", kind),
            lambda kind: narrowed("types", kind),
            words,
        ),
        caption=visit.t("Types of initiative"),
        head=visit.t("Type"),
    )
    records = visit.store.page(filters, 0, PAGE_LENGTH)
    visit.found(
        words.n("{n} initiative", "{n} initiatives", found),
        part="lines",
        wanted=filters,
        lines=[visit.reader.line(record) for record in records],
        sample=any(record.sample for record in records),
        number=1,
        of=-(-found // PAGE_LENGTH),
        before="",
        after=link("/", filters, language=words.language, page=2),
    )
