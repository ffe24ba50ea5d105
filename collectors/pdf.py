"""What does a PDF say? Its title, text, date and language: bytes in, values out."""

from __future__ import annotations

import io
import logging
import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from collectors.plain import MAX_TEXT, language_code, one_line, paragraphs
from tracker.errors import BadPage
from tracker.model import Entry

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it makes of a broken file is seen in the text

MOST_PAGES = 100  # what is longer is a report, of which the beginning says what it is about
FEWEST_LETTERS = 20  # of the whole text; scans often bear a stamp or a page number
NO_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint)\b|powerpoint presentation|untitled|sans titre|sin t[íi]tulo|slide \d)"
    r"|^document\s?\d*$"
    r"|\.(?:docx?|odt|rtf|pptx?|xlsx?|indd|qxd|pub|pdf|html?|tex|dvi|ai)$|^[\w.-]+$|^https?://",
    re.IGNORECASE,
)
HYPHEN = re.compile(r"(?<=[a-zà-ÿ])[\u00ad-]\n(?=[a-zà-ÿ])")  # a word broken at the end of a line


def is_pdf(body: bytes) -> bool:
    """Whether these bytes are a PDF, whatever the server calls them."""
    return b"%PDF-" in body[:1024] and not body[:1024].lstrip().startswith(b"<")


def read_pdf(body: bytes, url: str) -> Entry:
    """What a PDF says. Its title is that of its metadata where it has a sensible one, else its largest line.

    `published` is when the document was made, by its own metadata (origin "page"). Raises BadPage for what is
    encrypted, broken, or has no text (a scan).
    """
    from pypdf import PdfReader  # pages and feeds do without
    from pypdf.errors import DependencyError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(body))
        if reader.is_encrypted and not reader.decrypt(""):
            raise BadPage(f"{url}: this PDF asks for a password; ask its owner for an open one")
        pages = [page.extract_text() for page in reader.pages[:MOST_PAGES]]
        heading = _largest_line(reader.pages[0]) if pages else ""
        said: Any = reader.metadata or {}
        title, author = str(said.get("/Title") or ""), str(said.get("/Author") or "")
        language = language_code(str(reader.root_object.get("/Lang") or ""))
        made = _made(said)
    except DependencyError as error:
        raise BadPage(f"{url}: this PDF is encrypted in a way that cannot be read here ({error})") from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        raise BadPage(f"{url}: this PDF is broken ({error}); ask its owner for one that opens") from error
    text = paragraphs(_flowing("\n\n".join(pages)[: MAX_TEXT * 2]), markup=False)
    if sum(letter.isalpha() for letter in text) < FEWEST_LETTERS:
        raise BadPage(f"{url}: this PDF has no text, it is a scan or a picture; read it by eye and add it at the desk")
    title = one_line(title, markup=False)
    if not title or NO_TITLE.search(title):
        title = one_line(heading, markup=False, limit=300) or text.partition("\n")[0][:300]
    return Entry(
        url=url,
        title=title or unquote(PurePosixPath(urlsplit(url).path).stem),
        text=text,
        published=made,
        published_origin="page" if made else None,
        author=one_line(author, markup=False, limit=300) or None,
        language=language,
    )


def _flowing(text: str) -> str:
    """Lines joined to paragraphs: a line that is followed by a small letter goes on."""
    text = HYPHEN.sub("", text.replace("\r", ""))
    return re.sub(r"(?<=[\w,;’'-])[ \t]*\n(?=[a-zà-ÿ(])", " ", text)


def _largest_line(page: Any) -> str:
    """The text of the first page that is written largest, if it is a title's length; else empty."""
    sizes: list[tuple[float, str]] = []

    def see(text: str, above: list[float], own: list[float], _font: Any, size: float) -> None:
        if text.strip():
            sizes.append((round(abs(size * (own[3] or own[1]) * (above[3] or above[1])), 1), text))

    page.extract_text(visitor_text=see)
    if not sizes:
        return ""
    largest = max(size for size, _ in sizes)
    if largest <= min(size for size, _ in sizes):
        return ""  # all of one size: nothing stands out
    line = " ".join("".join(text for size, text in sizes if size >= largest - 0.1).split())
    return line if 8 <= len(line) <= 300 else ""


def _made(said: Any) -> datetime | None:
    """When the document was made; a day of 1990 to 2100 or None, for clocks that were never set."""
    try:
        made: datetime | None = said.creation_date if said else None
        made = made and (made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
    return made if made and 1990 <= made.year <= 2100 else None
