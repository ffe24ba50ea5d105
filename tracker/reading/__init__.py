"""What does a text seem to say: which language, countries, issues and types, and does it report an initiative?

Plain functions over text: nothing is fetched or stored, the same text always gets the same answer, and every answer
names the words that made it. The rules are measured by `python -m benchmarks.reading`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.model import Suggestion

# A language is uncertain below this confidence. Above it, 99 of 100 labelled sentences and headlines are right.
LANGUAGE_UNCERTAIN_BELOW = 0.85

# To be raised by hand when the rules change so that the same words give another answer.
_RULES = 2


def hash_of(texts: Iterable[str]) -> str:
    """A short name for these texts: another text, another name."""
    digest = hashlib.sha256(str(_RULES).encode())
    for text in texts:
        digest.update(text.encode())
    return digest.hexdigest()[:8]


def _data() -> list[Path]:
    here = Path(__file__).parent
    return [*sorted((here / "words").glob("*.yaml")), here / "countries.tsv"]


# Says which words gave a suggestion; it changes when a word list does.
VERSION = f"words-{hash_of(path.read_text(encoding='utf-8') for path in _data())}"


def read(
    title: str,
    text: str,
    *,
    declared_language: str | None = None,
    country: str | None = None,
    issues: Sequence[str] = (),
    url: str = "",
    taxonomy: Path | None = None,
) -> Suggestion:
    """What `title` and `text` seem to say.

    The source may be weighed in: the language it declares, the country it speaks of, the issues it is about; so may the
    item's own link, by its domain and its words. Any text will do, an empty one too: then the suggestion is empty but
    for what these add. Only the first 20,000 characters are read. `taxonomy` is another file than the shipped one; its
    issues, types and words count then.
    """
    from tracker.reading.suggesting import reader  # with its word lists: not when a command only shows its help

    return reader(taxonomy).read(title, text, declared_language, country, issues, url)
