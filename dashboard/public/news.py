"""Which news feeds are there? Of every filter and of all changes, as Atom and as JSON Feed, page by page (RFC 5005)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from dashboard.params import FILTERS, link, read_page
from dashboard.public.answers import Open, Problem
from dashboard.public.asking import DEEPEST
from dashboard.public.visit import ExplorerLinks
from dashboard.shell import language_of
from dashboard.shown import Reader
from dashboard.words import words
from tracker.model import Filters
from tracker.publishing.about import name_of
from tracker.publishing.feeds import ATOM, JSON_FEED, Entry, Feed, as_atom, as_json_feed, feed_of, tag
from tracker.publishing.writing import address_of

FEED_LENGTH = 50
BEFORE_EVERYTHING = datetime(2020, 1, 1, tzinfo=UTC)  # of a feed without entries: it has not changed yet
_FORMS: dict[str, tuple[str, Callable[[Feed], bytes]]] = {
    "atom": (ATOM, as_atom),
    "json": (JSON_FEED, as_json_feed),
}


def news_routes(here: Open) -> list[BaseRoute]:
    def language(request: Request) -> str:
        return language_of(request, here.settings)

    def written(form: str, made: Callable[[Request, str], Feed]) -> Callable[[Request], Response]:
        kind, write = _FORMS[form]
        return lambda request: Response(write(made(request, form)), media_type=kind)

    def of_filters(request: Request, form: str) -> Feed:
        return _of_filters(here, request, language(request), form)

    def of_changes(request: Request, form: str) -> Feed:
        return _of_changes(here, request, language(request), form)

    return [
        here.route(f"/{name}.{form}", written(form, made), depends=language)
        for name, made in (("feed", of_filters), ("changes", of_changes))
        for form in _FORMS
    ]


def about(filters: Filters, language: str, here: Open) -> str:
    """What a feed of these filters is called: the site, and what was asked for."""
    said = words(language)
    parts = [here.taxonomy.label(group, code, language) for field, group in FILTERS.values() if group
             for code in getattr(filters, field)]  # fmt: skip
    parts += [said.country(code) for code in filters.countries]
    parts += [said.months(filters.from_month, filters.to_month)] if filters.from_month or filters.to_month else []
    parts += [f"«{filters.text}»"] if filters.text else []
    name = name_of(here.settings, language)
    return f"{name}: {', '.join(parts)}" if parts else name


def _of_filters(here: Open, request: Request, language: str, form: str) -> Feed:
    filters, page = here.filters(request), read_page({"page": request.query_params.getlist("page")})
    path = f"/feed.{form}"
    total = here.store.count(filters)
    return feed_of(
        here.store.newest(filters, FEED_LENGTH, _offset(page)),
        language,
        here.settings,
        here.taxonomy,
        id=here.site + link(path, filters, language=language),
        address=here.site + link(path, filters, language=language, page=page),
        updated=BEFORE_EVERYTHING,
        title=about(filters, language, here),
        links=_pages(total, page, lambda number: here.site + link(path, filters, language=language, page=number)),
    )


def _of_changes(here: Open, request: Request, language: str, form: str) -> Feed:
    said = words(language)
    reader = Reader(said, here.taxonomy, ExplorerLinks(language))
    page = read_page({"page": request.query_params.getlist("page")})
    path = f"/changes.{form}"
    lines = here.store.changes(offset=_offset(page), limit=FEED_LENGTH)
    records = here.store.several(line.initiative_id for line in lines)
    entries = []
    for line in lines:
        name = said.t("Initiative {number}", number=line.initiative_id)
        title = f"{name}: {reader.change(line.what, (), '')}"
        record = records.get(line.initiative_id)  # none: what was withdrawn is named by its number alone
        wording = record.initiative.wording(language)[1].title if record else ""
        happened = reader.change(line.what, line.fields, line.reason)
        entries.append(
            Entry(
                id=tag(here.settings, f"change:{line.id}"),
                url=address_of(line.initiative_id, here.settings, language),
                title=title,
                summary=f"{wording}\n{happened}" if wording else happened,
                updated=line.at,
                published=line.at,
                language=language,
            )
        )
    return Feed(
        id=here.site + link(path, language=language),
        address=here.site + link(path, language=language, page=page),
        page=f"{here.site}/data?lang={language}",
        title=f"{name_of(here.settings, language)}: {said.t('Changes')}",
        language=language,
        updated=BEFORE_EVERYTHING,
        organisation=here.settings.site.organisation,
        licence=here.settings.site.licence,
        entries=tuple(entries),
        links=_pages(
            here.store.count_changes(), page, lambda number: here.site + link(path, language=language, page=number)
        ),
    )


def _offset(page: int) -> int:
    offset = (page - 1) * FEED_LENGTH
    if offset > DEEPEST:
        raise Problem(400, f"page: a feed goes as far as {DEEPEST} entries; take a download", parameter="page")
    return offset


def _pages(total: int, page: int, address: Callable[[int], str]) -> tuple[tuple[str, str], ...]:
    """The other pages of a feed, as RFC 5005 names them; none for a feed of one page."""
    last = max(1, -(-total // FEED_LENGTH))
    if last == 1:
        return ()
    links = [("first", address(1)), ("last", address(last))]
    links += [("previous", address(page - 1))] if 1 < page <= last else []
    links += [("next", address(page + 1))] if page < last else []
    return tuple(links)
