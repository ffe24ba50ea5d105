"""How does a release become pages that any web server carries, and any browser reads without scripts?

Every address within the pages is relative, so the folder may lie anywhere. What a page is called tells little on a
shared screen: titles in the history of a browser are numbers and the name of the site.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup, escape

from dashboard.look import ASSETS, style_sheet
from dashboard.render import render, template
from dashboard.shown import Reader
from dashboard.words import OWN_NAMES, Words, mark, words
from tracker.model import Change, Published, Release
from tracker.publish import LICENCES, citation
from tracker.settings import Settings
from tracker.taxonomy import Described, Taxonomy, Type

LIST_LENGTH = 100
NEWEST = 20
TOP_COUNTRIES = 24
CHANGES_SHOWN = 200
HELP_TYPES = ("A1", "A2", "A3")  # the types that somebody in need looks for, where the taxonomy has them

MENU = (
    ("overview", "index.html", mark("Overview")),
    ("countries", "countries.html", mark("Countries")),
    ("types", "types.html", mark("Types")),
    ("data", "data.html", mark("Data")),
    ("method", "method.html", mark("Method")),
    ("help", "help.html", mark("Get help now")),
)
FILES = {
    "initiatives.csv": mark("One line an initiative, for spreadsheets and statistics"),
    "initiatives.json": mark("The same with everything that a table cannot hold, for programmes"),
    "changes.csv": mark("What was added, changed and withdrawn since the release before"),
    "codebook.json": mark("The codes and what they mean"),
    "README.txt": mark("How the files are made and how to cite them"),
    "SHA256SUMS": mark("Checksums"),
}


_PATH, _TITLE, _CONTENT = "\0path\0", "\0title\0", "\0content\0"


class StaticLinks:
    """Addresses between the pages of one language, from the top (`up` empty) or from a folder below it (`../`)."""

    def __init__(self, up: str = "") -> None:
        self.up = up

    def initiative(self, id: int) -> str:
        return f"{self.up}initiative/{id}.html"

    def issue(self, code: str) -> str:
        return f"{self.up}issue/{code}.html"

    def type(self, code: str) -> str:
        return f"{self.up}type/{code}.html"

    def country(self, code: str) -> str:
        return f"{self.up}country/{code}.html"

    def page(self, name: str) -> str:
        return f"{self.up}{next(path for known, path, _ in MENU if known == name)}"


@dataclass(frozen=True)
class Bar:
    name: str
    href: str
    count: str
    percent: float


def bars(counts: dict[str, int], name: Callable[[str], str], href: Callable[[str], str], said: Words) -> list[Bar]:
    """Rows of a table with bars: the largest is 100 percent wide; in the order of `counts`."""
    most = max([1, *counts.values()])
    return [
        Bar(name=name(code), href=href(code), count=said.number(count), percent=round(100 * count / most, 1))
        for code, count in counts.items()
    ]


def write_pages(release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> None:
    """Adds the pages to the folder of a release, in every public language; the data files are there already."""
    records = sorted(release.records, key=_began, reverse=True)
    (folder / "style.css").write_text(style_sheet("base", "pages"), encoding="utf-8")
    for asset in ("leave.js", "icon.svg"):
        shutil.copyfile(ASSETS / asset, folder / asset)
    for language in settings.languages:
        _Language(release, records, folder, settings, taxonomy, words(language)).write()
    spoken = [words(language) for language in settings.languages]
    common = {
        "languages": spoken,
        "names": [name_of(settings, language) for language in settings.languages],
        "base": base_of(settings),
        "leave": _leave(spoken[0], settings),
        "own_names": OWN_NAMES,
    }
    (folder / "index.html").write_text(render("pages/root.html", spoken[0], **common), encoding="utf-8")
    # Whatever the address was: no relative path can be right, so this page brings its style along.
    lost = render("pages/missing.html", spoken[0], **common, style=style_sheet("base", "pages"))
    (folder / "404.html").write_text(lost, encoding="utf-8")


def name_of(settings: Settings, language: str) -> str:
    return settings.site.name.get(language) or settings.site.organisation


def base_of(settings: Settings) -> str:
    """Where the newest release is found on the web."""
    return f"{settings.site.url.rstrip('/')}/site"


def help_types(taxonomy: Taxonomy, reader: Reader) -> list[tuple[str, str]]:
    """(name, address) of the types under which a person in need finds a number to call."""
    there = taxonomy.codes("types")
    return [(reader.label("types", code), reader.links.type(code)) for code in HELP_TYPES if code in there]


def families(taxonomy: Taxonomy, language: str) -> list[tuple[str, list[Type]]]:
    """The types under their headings."""
    kinds = [kind for kind in taxonomy.group("types") if isinstance(kind, Type)]
    return [
        (family.label.get(language), [kind for kind in kinds if kind.family == family.code])
        for family in taxonomy.group("type_families")
    ]


def counted(records: Iterable[Published], field: str) -> dict[str, int]:
    """How many records have each code of a field of the initiative; the largest first, then by code."""
    found = Counter(code for record in records for code in getattr(record.initiative, field))
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _began(record: Published) -> tuple[str, int]:
    began = record.initiative.start or record.initiative.announced
    return (began.first_day.isoformat() if began else "", record.id)


def _leave(said: Words, settings: Settings) -> Markup:
    return Markup(render("leave.html", said, leave_to=settings.site.leave_to))  # noqa: S704  # the template escapes


class _Language:
    """The pages of one language."""

    def __init__(
        self,
        release: Release,
        records: Sequence[Published],
        folder: Path,
        settings: Settings,
        taxonomy: Taxonomy,
        said: Words,
    ) -> None:
        self.release = release
        self.records = records
        self.root = folder
        self.folder = folder / said.language
        self.settings = settings
        self.taxonomy = taxonomy
        self.said = said
        self.top = Reader(said, taxonomy, StaticLinks())
        self.below = Reader(said, taxonomy, StaticLinks("../"))
        self.name = name_of(settings, said.language)
        self.chrome = self._chrome()
        self._surroundings: dict[tuple[str, str], str] = {}

    def write(self) -> None:
        for part in ("", "initiative", "initiatives", "issue", "type", "country"):
            (self.folder / part).mkdir()
        self._initiatives()
        self._lists()
        self._overview()
        self._indexes()
        self._texts()
        self._data()

    def _chrome(self) -> SimpleNamespace:
        """What is the same on every page of the language, said once."""
        t = self.said.t
        when = self.said.date(self.release.at)
        menu = [(name, path, t(label)) for name, path, label in MENU]
        named = {name: label for name, _, label in menu}
        site = self.settings.site
        return SimpleNamespace(
            name=self.name,
            base=base_of(self.settings),
            releases=f"{site.url.rstrip('/')}/releases",
            languages=self.settings.languages,
            own_names=OWN_NAMES,
            menu=menu,
            menu_method=named["method"],
            menu_data=named["data"],
            menu_help=named["help"],
            skip=t("Skip to the content"),
            pages=t("Pages"),
            tongues=t("Languages"),
            search=t("Search and filter"),
            explorer=f"{site.url.rstrip('/')}/?lang={self.said.language}",
            send=f"{site.url.rstrip('/')}/submit?lang={self.said.language}",
            menu_send=t("Send in an initiative"),
            privacy=f"{site.url.rstrip('/')}/privacy?lang={self.said.language}",
            menu_privacy=t("Privacy and safety"),
            leave=_leave(self.said, self.settings),
            footer=t(
                "{organisation}. Release {number} of {date}. Licence: {licence}.",
                organisation=site.organisation,
                number=self.release.number,
                date=when,
                licence=site.licence,
            ),
        )

    def _page(self, name: str, path: str, title: str = "", current: str = "", **values: Any) -> None:
        up = "../" * path.count("/")
        said = self.said
        content = template(name).render(words=said, t=said.t, n=said.n, chrome=self.chrome, **values)
        # What surrounds the content differs between thousands of pages in two places alone.
        page = self._around(up, current)
        page = page.replace(_PATH, path).replace(_TITLE, escape(f"{title} – {self.name}" if title else self.name))
        with open(f"{self.folder}/{path}", "w", encoding="utf-8") as file:  # noqa: PTH123  # 30,000 times
            file.write(page.replace(_CONTENT, content, 1))

    def _around(self, up: str, current: str) -> str:
        """A page with marks in place of its content, path and title."""
        found = self._surroundings.get((up, current))
        if found is None:
            values = {"chrome": self.chrome, "path": _PATH, "title": _TITLE, "content": _CONTENT}
            found = render("pages/layout.html", self.said, up=up, current=current, **values)
            self._surroundings[up, current] = found
        return found

    def _initiatives(self) -> None:
        t = self.said.t
        for record in self.records:
            path = f"initiative/{record.id}.html"
            title = t("Initiative {number}", number=record.id)
            self._page("pages/initiative.html", path, title, it=self.below.whole(record), history=())
        for change in self.release.changes:
            if change.what == "withdrawn":
                path = f"initiative/{change.initiative_id}.html"
                title = t("Initiative {number}", number=change.initiative_id)
                self._page("pages/withdrawn.html", path, title, number=change.initiative_id, reason=change.reason)

    def _lists(self) -> None:
        t = self.said.t
        # An initiative stands in several lists: its line is drawn once.
        entry = template("parts/entry.html")
        drawn = {
            record.id: Markup(entry.render(line=self.below.line(record), t=t))  # noqa: S704
            for record in self.records
        }
        everything = t("All initiatives")
        self._list("initiatives/index.html", everything, everything, self.records, drawn)
        for group, field, place, title in (
            ("issues", "issues", "issue", t("Initiatives by issue")),
            ("types", "types", "type", t("Initiatives by type")),
        ):
            for term in self.taxonomy.group(group):
                having = [record for record in self.records if term.code in getattr(record.initiative, field)]
                about = term.in_scope.get(self.said.language) if isinstance(term, Described) else ""
                heading = term.label.get(self.said.language)
                self._list(f"{place}/{term.code}.html", title, heading, having, drawn, about)
        by_country: dict[str, list[Published]] = {}
        for record in self.records:
            for code in record.initiative.countries:
                by_country.setdefault(code, []).append(record)
        for code, having in by_country.items():
            name = self.below.country(code)
            self._list(f"country/{code}.html", name, name, having, drawn)

    def _list(
        self,
        path: str,
        title: str,
        heading: str,
        records: Sequence[Published],
        drawn: dict[int, Markup],
        about: str = "",
    ) -> None:
        folder, _, file = path.rpartition("/")
        stem = file.removesuffix(".html")
        of = max(1, -(-len(records) // LIST_LENGTH))
        names = [file, *(f"{stem}-{number}.html" for number in range(2, of + 1))]
        for number, name in enumerate(names, 1):
            self._page(
                "pages/list.html",
                f"{folder}/{name}",
                title,
                heading=heading,
                lead=self.said.n("{n} initiative", "{n} initiatives", len(records)),
                about=about,
                sample=any(record.sample for record in records),
                lines=[drawn[record.id] for record in records[(number - 1) * LIST_LENGTH : number * LIST_LENGTH]],
                number=number,
                of=of,
                before=names[number - 2] if number > 1 else "",
                after=names[number] if number < of else "",
            )

    def _overview(self) -> None:
        said = self.said
        entry = template("parts/entry.html")
        countries = counted(self.records, "countries")
        by_issue = counted(self.records, "issues")
        issues = [
            (self.top.label("issues", code), self.top.links.issue(code), said.number(by_issue.get(code, 0)), "")
            for code in self.taxonomy.codes("issues")
        ]
        top = dict(list(countries.items())[:TOP_COUNTRIES])
        self._page(
            "pages/overview.html",
            "index.html",
            current="overview",
            sample=self._sample,
            lead=self._lead(len(countries)),
            issues=issues,
            countries=bars(top, self.top.country, self.top.links.country, said),
            lines=[
                Markup(entry.render(line=self.top.line(record), t=said.t))  # noqa: S704
                for record in self.records[:NEWEST]
            ],
        )

    @property
    def _sample(self) -> bool:
        return any(record.sample for record in self.records)

    def _lead(self, countries: int) -> str:
        n = self.said.n
        return " · ".join(
            [
                n("{n} initiative", "{n} initiatives", len(self.records)),
                n("{n} country or territory", "{n} countries and territories", countries),
                self.said.t("as of {date}", date=self.said.date(self.release.at)),
            ]
        )

    def _indexes(self) -> None:
        t = self.said.t
        countries = counted(self.records, "countries")
        self._page(
            "pages/index_of.html",
            "countries.html",
            t("Countries"),
            "countries",
            heading=t("Initiatives by country"),
            lead=t("A small number may mean that little is known, not that little is done."),
            caption=t("Countries and territories with at least one initiative"),
            head=t("Country or territory"),
            sample=self._sample,
            rows=bars(countries, self.top.country, self.top.links.country, self.said),
        )
        found = counted(self.records, "types")
        types = {code: found.get(code, 0) for code in self.taxonomy.codes("types")}
        self._page(
            "pages/index_of.html",
            "types.html",
            t("Types"),
            "types",
            heading=t("Initiatives by type"),
            lead=t("What is done, in the order of the codebook. An initiative may have several types."),
            caption=t("Types of initiative"),
            head=t("Type"),
            sample=self._sample,
            rows=bars(types, lambda code: self.top.label("types", code), self.top.links.type, self.said),
        )

    def _texts(self) -> None:
        t = self.said.t
        site = self.settings.site
        self._page(
            "pages/text.html",
            "method.html",
            t("Method"),
            "method",
            part="parts/method.html",
            issues=self.taxonomy.group("issues"),
            families=families(self.taxonomy, self.said.language),
            links=self.top.links,
            contact=self.settings.contact,
            organisation=site.organisation,
            licence=site.licence,
        )
        self._page(
            "pages/text.html",
            "help.html",
            t("Help"),
            "help",
            part="parts/help.html",
            help_types=help_types(self.taxonomy, self.top),
            links=self.top.links,
        )

    def _data(self) -> None:
        t = self.said.t
        release = self.release
        site = self.settings.site
        feed = f"feed-{self.said.language}.atom"
        about = {**{name: t(text) for name, text in FILES.items()}, feed: t("What changed last, for feed readers")}
        files = [
            SimpleNamespace(name=name, about=text, size=self._size(self.root / name)) for name, text in about.items()
        ]
        public = {record.id for record in self.records}
        self._page(
            "pages/data.html",
            "data.html",
            t("Data"),
            "data",
            sample=self._sample,
            lead=t(
                "Release {number}, made {time}. A release never changes; corrections come with the next one.",
                number=release.number,
                time=self.said.time(release.at),
            ),
            files=files,
            citation=citation(self.settings, self.said.language, release.number, release.at),
            changed=self._changed(release.changes),
            changes=[
                SimpleNamespace(
                    id=change.initiative_id,
                    href=self.top.links.initiative(change.initiative_id)
                    if change.initiative_id in public or change.what == "withdrawn"
                    else "",
                    said=self.top.change(change.what, change.fields, change.reason),
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

    def _changed(self, changes: Iterable[Change]) -> str:
        found = Counter(change.what for change in changes)
        n = self.said.n
        return ", ".join(
            [
                n("{n} added", "{n} added", found["added"]),
                n("{n} changed", "{n} changed", found["changed"]),
                n("{n} withdrawn", "{n} withdrawn", found["withdrawn"]),
            ]
        )

    def _size(self, path: Path) -> str:
        """In kB or MB; empty for a file that is written after the pages, such as the checksums."""
        if not path.exists():
            return ""
        kilobytes = path.stat().st_size / 1000
        if kilobytes < 1000:
            return f"{self.said.number(max(1, round(kilobytes)))} kB"
        return f"{self.said.number(round(kilobytes / 1000, 1))} MB"
