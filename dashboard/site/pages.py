"""How does a release become pages that any web server carries, and any browser reads without scripts?

Every address within the pages is relative, so the folder may lie anywhere. What a page is called tells little on a
shared screen: titles in the history of a browser are numbers and the name of the site.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from dashboard.look import ASSETS, style_sheet
from dashboard.render import render
from dashboard.site import countries, found, helping, initiatives, lists, overview, searching, texts
from dashboard.site.contents import Contents
from dashboard.site.frame import Frame, leave
from dashboard.site.lists import Lines
from dashboard.site.parts import base_of, name_of
from dashboard.site.reuse import Shelf, fingerprint
from dashboard.words import OWN_NAMES, words
from tracker.model import Release
from tracker.settings import Settings
from tracker.taxonomy import Taxonomy

FOLDERS = ("initiative", "initiatives", "issue", "type", "country")
ASSETS_OF_PAGES = ("leave.js", "search.js", "icon.svg")


def write_pages(release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> int:
    """Adds the pages to the folder of a release, in every public language; the data files are there already.

    Pages that are as they were in the release before (`current` beside the folder) share its files; gives their number.
    """
    contents = Contents(release, taxonomy)
    shelf = Shelf(folder, folder.parent / "current", fingerprint(settings, taxonomy))
    _assets(folder)
    for place in ("search", "country", *(f"{code}/{name}" for code in settings.languages for name in ("", *FOLDERS))):
        (folder / place).mkdir(exist_ok=True)
    countries.write_files(contents, shelf)
    for language in settings.languages:
        frame = Frame(words(language), settings, taxonomy)
        lines = Lines(frame)
        initiatives.write(frame, contents, shelf)
        lists.write(frame, contents, shelf, lines)
        countries.write(frame, contents, shelf, lines)
        overview.write(frame, contents, shelf)
        helping.write(frame, contents, shelf)
        searching.write(frame, contents, shelf)
        texts.write(frame, contents, shelf)
    _doors(folder, settings)
    listed = [path for path in shelf.keys if path.endswith(".html")]
    not_there = {*release.merged, *(change.initiative_id for change in release.gone)}
    left_out = {countries.MAP, *(f"initiative/{number}.html" for number in not_there)}
    found.write(
        folder, base_of(settings), [path for path in listed if path.partition("/")[2] not in left_out], contents
    )
    shelf.close()
    return shelf.reused


def _assets(folder: Path) -> None:
    (folder / "style.css").write_text(style_sheet("base", "pages"), encoding="utf-8")
    for asset in ASSETS_OF_PAGES:
        shutil.copyfile(ASSETS / asset, folder / asset)


def _doors(folder: Path, settings: Settings) -> None:
    """The page where a language is chosen, and the one for what does not exist."""
    spoken = [words(language) for language in settings.languages]
    common = {
        "languages": spoken,
        "names": [name_of(settings, language) for language in settings.languages],
        "base": base_of(settings),
        "leave": leave(spoken[0], settings),
        "own_names": OWN_NAMES,
    }
    (folder / "index.html").write_text(render("pages/root.html", spoken[0], **common), encoding="utf-8")
    # Whatever the address was: no relative path can be right, so this page brings its style along.
    lost = render("pages/missing.html", spoken[0], **common, style=style_sheet("base", "pages"))
    (folder / "404.html").write_text(lost, encoding="utf-8")
