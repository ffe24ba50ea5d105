"""Lists of initiatives: all, by issue, by type, those of no single country. Cut into pages of bearable weight."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from dashboard.render import template
from dashboard.shown import EXCERPT_LENGTH
from dashboard.site.contents import Contents
from dashboard.site.frame import Frame, Page
from dashboard.site.reuse import Shelf, digest
from tracker.model import Published
from tracker.taxonomy import Described

LIST_LENGTH = 100
LIST_BYTES = 62_000  # of the entries of one page: the whole page stays under 100 kB, in any script
ENTRY_BYTES = 420  # of an entry besides its title and summary


class Lines:
    """Initiatives as they stand in lists, each drawn once for all lists of a language."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._entry = template("parts/entry.html", frame.said.language)
        self._drawn: dict[int, str] = {}
        self._weights: dict[int, int] = {}

    def __call__(self, records: Iterable[Published]) -> Markup:
        """The entries of these records, in the order given."""
        return Markup("".join(map(self._drawing, records)))  # noqa: S704  # the template escapes

    def _drawing(self, record: Published) -> str:
        found = self._drawn.get(record.id)
        if found is None:
            found = self._drawn[record.id] = self._entry.render(line=self.frame.below.line(record))
        return found

    def pages(self, records: Sequence[Published]) -> list[Sequence[Published]]:
        """The records in portions; one portion without any where there are none."""
        found: list[list[Published]] = [[]]
        weight = 0
        for record in records:
            heavy = self._bytes(record)
            if found[-1] and (len(found[-1]) == LIST_LENGTH or weight + heavy > LIST_BYTES):
                found.append([])
                weight = 0
            found[-1].append(record)
            weight += heavy
        return list(found)

    def _bytes(self, record: Published) -> int:
        """About how long its entry will be, known without drawing it."""
        weight = self._weights.get(record.id)
        if weight is None:
            _, wording = record.initiative.wording(self.frame.said.language)
            told = wording.title + wording.summary[:EXCERPT_LENGTH]
            weight = self._weights[record.id] = ENTRY_BYTES + len(told.encode())
        return weight


def write(frame: Frame, contents: Contents, shelf: Shelf, lines: Lines) -> None:
    t = frame.said.t
    language = frame.said.language
    everything = t("All initiatives")
    put(frame, contents, shelf, lines, "initiatives/index.html", everything, everything, contents.records)
    elsewhere = t("International")
    put(frame, contents, shelf, lines, "initiatives/international.html", elsewhere, elsewhere, contents.international,
        crumbs=((everything, "initiatives/index.html"),))  # fmt: skip
    for group, place, having, title in (
        ("issues", "issue", contents.by_issue, t("Initiatives by issue")),
        ("types", "type", contents.by_type, t("Initiatives by type")),
    ):
        above = ((t("Types"), "types.html"),) if place == "type" else ((everything, "initiatives/index.html"),)
        for term in contents.taxonomy.group(group):
            put(
                frame,
                contents,
                shelf,
                lines,
                f"{place}/{term.code}.html",
                title,
                term.label.get(language),
                having.get(term.code, []),
                about=term.in_scope.get(language) if isinstance(term, Described) else "",
                crumbs=above,
                feed=f"{frame.explorer}/feed.atom?lang={language}&{place}={term.code}",
            )


def put(
    frame: Frame,
    contents: Contents,
    shelf: Shelf,
    lines: Lines,
    path: str,
    title: str,
    heading: str,
    records: Sequence[Published],
    *,
    name: str = "pages/list.html",
    crumbs: tuple[tuple[str, str], ...] = (),
    feed: str = "",
    **values: Any,
) -> None:
    """A list in as many pages as it takes: `index.html`, `index-2.html` and so on.

    `values` are for the template, and each page is made anew when one of them, or one of its records, changes.
    """
    folder, _, file = path.rpartition("/")
    stem = file.removesuffix(".html")
    portions = lines.pages(records)
    names = [file, *(f"{stem}-{number}.html" for number in range(2, len(portions) + 1))]
    lead = frame.said.n("{n} initiative", "{n} initiatives", len(records))
    sample = any(record.sample for record in records)
    for number, (here, portion) in enumerate(zip(names, portions, strict=True), 1):
        said = {
            "heading": heading,
            "lead": lead,
            "sample": sample,
            "number": number,
            "of": len(portions),
            "before": names[number - 2] if number > 1 else "",
            "after": names[number] if number < len(names) else "",
            "feed": feed,
            "about": "",
            **values,
        }

        def made(here: str = here, portion: Sequence[Published] = portion, said: dict[str, Any] = said) -> str:
            content = frame.draw(name, lines=lines(portion), **said)
            page = Page(f"{folder}/{here}", content, title, crumbs=crumbs, feed=feed, here=heading)
            return frame.around(page)

        key = digest(title, repr(crumbs), repr(said), *(contents.keys[record.id] for record in portion))
        shelf.put(f"{frame.said.language}/{folder}/{here}", key, made)
