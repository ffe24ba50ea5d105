"""The views over what was found: list, map, table, timeline, charts. Each gives its template, and what stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dashboard.params import (
    FILTERS,
    MOST_COMPARED,
    PAGE_LENGTH,
    TABLE_LENGTH,
    Sort,
    View,
    link,
    read_month,
    toggled,
)
from dashboard.public.visit import Found, Visit
from dashboard.site.parts import Bar, bars, none_found
from dashboard.words import mark
from dashboard.worldmap import countries
from tracker.model import Published
from tracker.store.public import Order
from tracker.text import folded

LONGEST_TIME = 60  # months: in a longer time those without any are left out
HEADS = {
    "country": mark("Where"),
    "issue": mark("Issue"),
    "type": mark("Type"),
    "status": mark("Status"),
    "began": mark("Start"),
    "changed": mark("Last changed"),
}
CHARTS = {
    "issue": mark("By issue"),
    "actor": mark("By who acts"),
    "target": mark("By those it is for"),
    "status": mark("By status"),
    "type": mark("By type"),
}
Values = dict[str, Any]


def show_list(visit: Visit, found: Found) -> Values:
    records = visit.store.page(visit.filters, _offset(visit, found, PAGE_LENGTH), PAGE_LENGTH)
    return {
        "part": "lines",
        "lines": [visit.reader.line(record) for record in records],
        "sample": any(record.sample for record in records),
        **_pager(visit, found, PAGE_LENGTH),
    }


# --------------------------------------------------------------------------------------------------------- map


@dataclass(frozen=True)
class Place:
    """A country in the table beside the map."""

    name: str
    href: str
    count: str
    current: bool
    compare: str


def show_map(visit: Visit, found: Found) -> Values:
    words, numbers = visit.words, found.counts["country"]
    searched = visit.store.searched(visit.filters)
    named = words.countries({*countries(), *numbers})
    return {
        "part": "map_of",
        "drawing": link("/drawing/map", visit.filters, language=words.language),
        "places": [
            Place(
                name=name,
                href=visit.to(toggled(visit.filters, "country", code)),
                count=words.number(numbers[code]),
                current=code in visit.filters.countries,
                compare=visit.to(visit.filters.but(countries=()), view=View.COMPARE, compared=[code]),
            )
            for code, name in sorted(named, key=lambda pair: -numbers.get(pair[0], 0))
            if code in numbers
        ],
        "without": [
            (none_found(words, looked), words.number(len(names)), ", ".join(names))
            for looked in (True, False)
            if (names := [name for code, name in named if code not in numbers and (code in searched) is looked])
        ],
    }


# ------------------------------------------------------------------------------------------------------- table


@dataclass(frozen=True)
class Head:
    """A column of the table, and the link that sorts by it."""

    name: str
    label: str
    href: str
    sorted: str  # ascending | descending; empty: not by this one


@dataclass(frozen=True)
class Row:
    title: str
    href: str
    language: str
    cells: tuple[tuple[str, str], ...]  # name of the column, what stands there


def show_table(visit: Visit, found: Found) -> Values:
    sort = visit.sort
    codes = _alphabetical(visit, sort.order) if sort.order in FILTERS else ()
    records = visit.store.page(
        visit.filters,
        _offset(visit, found, TABLE_LENGTH),
        TABLE_LENGTH,
        order=Order(sort.order),
        codes=codes,
        backwards=sort.backwards,
    )
    some = visit.filters.countries[:MOST_COMPARED]
    return {
        "part": "table",
        "heads": [_head(visit, name) for name in HEADS],
        "rows": [_row(visit, record) for record in records],
        "sample": any(record.sample for record in records),
        "compare": visit.to(visit.filters.but(countries=()), view=View.COMPARE, compared=some) if some else "",
        **_pager(visit, found, TABLE_LENGTH),
    }


def _head(visit: Visit, name: str) -> Head:
    now = visit.sort
    # Times begin with the last one, codes with A.
    falls = (name not in FILTERS) is not now.backwards
    current = name == now.order
    return Head(
        name=name,
        label=visit.t(HEADS[name]),
        href=visit.to(sort=Sort(name, current and not now.backwards)),
        sorted=("descending" if falls else "ascending") if current else "",
    )


def _row(visit: Visit, record: Published) -> Row:
    reader, content = visit.reader, record.initiative
    line = reader.line(record)
    began = content.start or content.announced
    return Row(
        title=line.title,
        href=line.href,
        language=line.language,
        cells=(
            ("country", ", ".join(map(reader.country, content.countries)) or visit.t("International")),
            ("issue", ", ".join(reader.label("issues", code) for code in content.issues)),
            ("type", ", ".join(reader.label("types", code) for code in content.types)),
            ("status", reader.label("statuses", content.status)),
            ("began", visit.words.date(began) if began else ""),
            ("changed", visit.words.date(record.changed_at)),
        ),
    )


def _alphabetical(visit: Visit, name: str) -> list[str]:
    """The codes of a filter in the order of what they are called."""
    group = FILTERS[name][1]
    if group is None:
        return [code for code, _ in visit.words.countries(countries())]
    return sorted(visit.taxonomy.codes(group), key=lambda code: folded(visit.named(name, code)))


# ---------------------------------------------------------------------------------------------------- timeline


def show_timeline(visit: Visit, found: Found) -> Values:
    filters = visit.filters
    there = [month for month in found.months if month]
    months = _without_gaps(there) if there else []

    def href(month: str) -> str:
        first = read_month(month)
        if not found.months.get(first):
            return ""
        only = (filters.from_month, filters.to_month) == (first, first)
        return visit.to(filters.but(from_month=None if only else first, to_month=None if only else first))

    first, last = filters.from_month or date.min, filters.to_month or date.max
    asked = filters.from_month or filters.to_month
    return {
        "part": "timeline",
        "rows": bars(
            {f"{month:%Y-%m}": found.months.get(month, 0) for month in months},
            lambda month: visit.words.month(date.fromisoformat(f"{month}-01")),
            href,
            visit.words,
            [f"{month:%Y-%m}" for month in months if asked and first <= month <= last],
        ),
        "undated": visit.words.number(found.months.get(None, 0)),
    }


def _without_gaps(months: list[date]) -> list[date]:
    """Every month from the first to the last, unless that is a very long time."""
    whole, month = [], months[0]
    while month <= months[-1]:
        whole.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return whole if len(whole) <= LONGEST_TIME else months


# ------------------------------------------------------------------------------------------------------ charts


def show_charts(visit: Visit, found: Found) -> Values:
    def chart(name: str, label: str) -> tuple[str, list[Bar]]:
        rows = bars(
            dict(found.counts[name]),
            lambda code: visit.named(name, code),
            lambda code: visit.to(toggled(visit.filters, name, code)),
            visit.words,
            getattr(visit.filters, FILTERS[name][0]),
        )
        return visit.t(label), rows

    return {"part": "charts", "charts": [chart(name, label) for name, label in CHARTS.items() if found.counts[name]]}


# ------------------------------------------------------------------------------------------------------- pages


def _pages(found: Found, length: int) -> int:
    return max(1, -(-found.number // length))


def _offset(visit: Visit, found: Found, length: int) -> int:
    return (min(visit.page, _pages(found, length)) - 1) * length


def _pager(visit: Visit, found: Found, length: int) -> Values:
    of = _pages(found, length)
    number = min(visit.page, of)
    return {
        "number": number,
        "of": of,
        "before": visit.to(page=number - 1) if number > 1 else "",
        "after": visit.to(page=number + 1) if number < of else "",
    }
