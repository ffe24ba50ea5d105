"""Search without a server: a small index for each language, read in the browser; what is looked for goes nowhere.

Without scripts the same form asks the explorer. The index comes in portions of some thousand initiatives, newest first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial

from dashboard.site.contents import Contents
from dashboard.site.frame import Frame, Page
from dashboard.site.reuse import Shelf, digest
from tracker.model import Published

PORTION = 5_000  # initiatives; about 150 kB on the way, since web servers compress


@dataclass(frozen=True)
class Box:
    """The form as a page shows it; the script finds in it where the index lies and what to say."""

    action: str
    language: str
    index: str  # address of the portions, without number and ending
    portions: int
    place: str  # address of the folder of the language
    script: str


def write(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    """The index, and a page with nothing but the form."""
    language = frame.said.language
    for number, start in enumerate(range(0, max(1, len(contents.records)), PORTION), 1):
        portion = contents.records[start : start + PORTION]
        key = digest(*(contents.keys[record.id] for record in portion))
        shelf.put(f"search/{language}-{number}.json", key, partial(_index, frame, portion))
    content = frame.draw("pages/search.html", search=box(frame, contents, ""), explorer=frame.chrome.explorer)
    page = Page("search.html", content, frame.said.t("Search"), "search")
    shelf.write(f"{language}/search.html", frame.around(page))


def box(frame: Frame, contents: Contents, up: str) -> Box:
    language = frame.said.language
    portions = max(1, -(-len(contents.records) // PORTION))
    return Box(f"{frame.explorer}/", language, f"{up}../search/{language}-", portions, up, f"{up}../search.js")


def _index(frame: Frame, records: list[Published]) -> str:
    """Names of codes once, then a row for each initiative: number, title, codes, date, language of the title."""
    codes: dict[str, str] = {}
    rows = []
    for record in records:
        content = record.initiative
        spoken, wording = content.wording(frame.said.language)
        own = [(f"c{code}", frame.top.country(code)) for code in content.countries]
        own += [(f"i{code}", frame.top.label("issues", code)) for code in content.issues]
        own += [(f"t{code}", frame.top.label("types", code)) for code in content.types]
        codes.update(own)
        began = content.start or content.announced
        row = [record.id, wording.title, " ".join(code for code, _ in own), frame.said.date(began) if began else ""]
        if spoken != frame.said.language:
            row.append(spoken)
        rows.append(row)
    return json.dumps({"codes": codes, "rows": rows}, ensure_ascii=False, separators=(",", ":")) + "\n"
