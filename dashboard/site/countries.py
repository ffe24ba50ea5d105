"""Every country and territory has a page, one without initiatives too: none found is not the same as not searched."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dashboard import worldmap
from dashboard.site import lists
from dashboard.site.contents import Contents, newest_change, tops
from dashboard.site.frame import Frame, Page
from dashboard.site.helping import Card, cards
from dashboard.site.lists import Lines
from dashboard.site.parts import MapFigure, Tile, bars, counted, map_figure, none_found, number_or_none
from dashboard.site.reuse import Shelf, digest
from dashboard.words import Words
from tracker.model import Published, SearchState

MOST_SOURCES = 12
MOST_TYPES = 10
UNKNOWN = "–"
MAP = "map.html"
MAP_SIZE = (700, 560)  # pixels of the frame around the map; its width follows the page of others


@dataclass(frozen=True)
class Row:
    """A line of the table of all countries."""

    name: str
    href: str
    count: str
    state: str


@dataclass(frozen=True)
class Neighbour:
    name: str
    href: str
    count: str


def write(frame: Frame, contents: Contents, shelf: Shelf, lines: Lines) -> None:
    """The table of all of them with the map, and a page for each."""
    _index(frame, contents, shelf)
    _alone(frame, contents, shelf)
    for code in worldmap.countries():
        _country(frame, contents, shelf, lines, code)
    for code in sorted(set(contents.by_country) - set(worldmap.countries())):
        _country(frame, contents, shelf, lines, code)  # a code of old that a record still has


def write_files(contents: Contents, shelf: Shelf) -> None:
    """The data of each country, beside its pages: its lines of the CSV that holds everything."""
    head, lines = _lines_of(shelf.folder / "initiatives.csv")

    def table(records: Sequence[Published]) -> str:
        return head + "".join([lines[record.id] for record in records])

    for code, records in contents.by_country.items():
        key = digest(code, *(contents.keys[record.id] for record in records))
        shelf.put(f"country/{code}.csv", key, partial(table, records))


def _lines_of(path: Path) -> tuple[str, dict[int, str]]:
    """The head of a CSV, and what it has of each initiative by its number, as it stands there."""
    read: list[str] = []

    def noted(file: Iterable[str]) -> Iterator[str]:
        for line in file:
            read.append(line)
            yield line

    found: dict[int, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(noted(file))
        next(rows)
        head = "".join(read)
        read.clear()
        for row in rows:  # of several lines, where a text has some
            found[int(row[0])] = "".join(read)
            read.clear()
    return head, found


def figure(frame: Frame, contents: Contents, href: Callable[[str], str], *, beside: bool = False) -> MapFigure:
    """The map of all initiatives, with its legend; `beside`: it stands in a frame of another site."""
    return map_figure(frame.said, contents.numbers, contents.searched, href, beside=beside)


def _count(said: Words, contents: Contents, country: str) -> str:
    return number_or_none(said, contents.numbers.get(country, 0), country in contents.searched)


def _index(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    said, t = frame.said, frame.said.t
    rows = [
        Row(
            name=name,
            href=frame.top.links.country(code),
            count=said.number(contents.numbers[code]) if code in contents.numbers else UNKNOWN,
            state="" if contents.numbers.get(code) else none_found(said, code in contents.searched),
        )
        for code, name in said.countries({*worldmap.countries(), *contents.numbers})
    ]
    content = frame.draw(
        "pages/countries.html",
        rows=rows,
        international=said.number(len(contents.international)),
        map=figure(frame, contents, frame.top.links.country),
        sample=contents.sample,
        lead=_lead(frame, contents),
    )
    page = Page("countries.html", content, t("Countries"), "countries")
    shelf.write(f"{said.language}/countries.html", frame.around(page))


def _alone(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    """The map for the pages of others: nothing around it, and it alone may stand in a frame of theirs."""
    here = f"{frame.base}/{frame.said.language}"
    page = frame.draw(
        "pages/map.html",
        here=here,
        lead=_lead(frame, contents),
        as_of=frame.said.t("as of {date}", date=frame.said.date(contents.release.at)),
        map=figure(frame, contents, lambda code: f"{here}/country/{code}.html", beside=True),
        sample=contents.sample,
    )
    shelf.write(f"{frame.said.language}/{MAP}", page)


def _lead(frame: Frame, contents: Contents) -> str:
    n = frame.said.n
    return n("{n} country or territory with initiatives", "{n} countries and territories with initiatives",
             len(contents.numbers))  # fmt: skip


def _country(frame: Frame, contents: Contents, shelf: Shelf, lines: Lines, code: str) -> None:
    said, t = frame.said, frame.said.t
    records = contents.by_country.get(code, [])
    name = frame.below.country(code)
    asked = f"lang={said.language}&country={code}"
    by_issue = counted(records, "issues")
    tiles = []
    for issue in contents.taxonomy.codes("issues"):
        number = by_issue.get(issue, 0)
        href = f"{frame.explorer}/?{asked}&issue={issue}" if number else ""
        note = _note(said, contents, code, issue, number)
        unknown = not number and contents.state(code, issue) is SearchState.NOT_SEARCHED
        count = UNKNOWN if unknown else said.number(number)
        tiles.append(Tile(frame.below.label("issues", issue), href, count, note))
    by_type = dict(list(counted(records, "types").items())[:MOST_TYPES])
    neighbours = [
        Neighbour(other, frame.below.links.country(beside), _count(said, contents, beside))
        for beside, other in said.countries(worldmap.world().borders.get(code, ()))
    ]
    help_lines: list[Card] = cards(frame.below, contents.contacts.get(code, ()))
    lists.put(
        frame,
        contents,
        shelf,
        lines,
        f"country/{code}.html",
        name,
        name,
        records,
        name="pages/country.html",
        crumbs=((t("Countries"), "countries.html"),),
        feed=f"{frame.explorer}/feed.atom?{asked}",
        code=code,
        tiles=tiles,
        coverage=_coverage(said, contents, code, len(records)),
        types=bars(by_type, lambda kind: frame.below.label("types", kind), frame.below.links.type, said),
        sources=[
            (source, said.number(number))
            for source, number in tops((source.source for one in records for source in one.sources), MOST_SOURCES)
        ],
        neighbours=neighbours,
        help_lines=help_lines,
        explorer=f"{frame.explorer}/?{asked}",
        json=f"{frame.explorer}/download.json?country={code}",
        changed=newest_change(records),
    )


def _note(said: Words, contents: Contents, country: str, issue: str, number: int) -> str:
    """What stands under the number of one issue in one country."""
    state = contents.state(country, issue)
    if number:
        return (
            "" if state is SearchState.SEARCHED else said.t("searched in part") if state is SearchState.PARTLY else ""
        )
    return {
        SearchState.SEARCHED: said.t("none found"),
        SearchState.PARTLY: said.t("none found, searched in part"),
        SearchState.NOT_SEARCHED: said.t("not searched"),
    }[state]


def _coverage(said: Words, contents: Contents, country: str, number: int) -> str:
    """What an empty or short list means here."""
    states = {contents.state(country, issue) for issue in contents.taxonomy.codes("issues")}
    if states == {SearchState.NOT_SEARCHED}:
        if number:
            return said.t("This country has not been searched as a whole: what stands here was found on the way.")
        return said.t(
            "Nobody has searched this country yet. That nothing stands here says nothing of what is done there."
        )
    if states == {SearchState.SEARCHED}:
        return said.t("This country was searched for every issue.")
    return said.t("This country was searched in part. More may be done there than stands here.")
