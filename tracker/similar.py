"""Which texts of a file tell the same story? The command `tracker similar`."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from tracker import jsonlines
from tracker.here import here

AT_ONCE = 256  # lines


def add_to(app: typer.Typer) -> None:
    """Adds `similar` to the command line."""
    app.command("similar")(similar_file)


def similar_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="One JSON object a line; - reads stdin.")],
) -> None:
    """Says which texts tell the same story, in other words or in another language.

    FILE holds {"id", "title", "text", "language"?} a line, some 100,000 of them at most; the answer is
    {"a", "b", "similarity"} a line for every two that are judged to tell one story. The similarity is the part of the
    shorter text that both have, or, of a translation, how near the two are in meaning (0 to 1).

    Example: tracker similar items.jsonl > pairs.jsonl
    """
    taxonomy = here(context).settings.taxonomy
    lines = (line for _, line in jsonlines.read(file, texts=("title", "text", "language")))
    ids: list[Any] = []
    with _counting() as count:
        for one, other, score in pairs(lines, ids, taxonomy, count):
            answer = {"a": ids[one], "b": ids[other], "similarity": score}
            typer.echo(json.dumps(answer, ensure_ascii=False))


def pairs(
    lines: Iterator[dict[str, Any]],
    ids: list[Any],
    taxonomy: Path | None = None,
    count: Callable[[int], None] = lambda _: None,
) -> Iterator[tuple[int, int, float]]:
    """Every two lines that tell one story, by their places, the earlier one first; `ids` fills up as lines are read.

    Near-duplicates come as their lines are read, translations at the end: two are one story as the store has it, or
    when each is what the other is nearest to in its language.
    """
    from tracker import similarity, stories, vectors  # not when the command only shows its help
    from tracker.reading import read
    from tracker.similarity import Told
    from tracker.translation import Meaning, Pool, signs, text_of

    told: list[Told] = []
    story: list[int] = []  # of each line, the line that stands for it
    members: dict[int, list[int]] = defaultdict(list)
    marked: dict[int, list[int]] = {}  # mark: lines that have it and stand for a story
    meanings: list[Meaning] = []
    while some := list(islice(lines, AT_ONCE)):
        new = [Told(line.get("title") or "", line.get("text") or "") for line in some]
        by_meaning = vectors.encode(list(map(text_of, new))) if vectors.available() else [None] * len(new)
        all_marks = similarity.marks(new)
        for line, one, vector, marks in zip(some, new, by_meaning, all_marks, strict=True):
            place = len(ids)
            ids.append(line["id"])
            told.append(one)
            said = read(one.title, one.text, declared_language=line.get("language"), taxonomy=taxonomy)
            countries = frozenset(country.code for country in said.countries if country.score >= stories.NAMED_FROM)
            scores = {
                other: score
                for other in stories.most_shared(marks, marked)
                if (score := similarity.alike(one, told[other])) is not None
            }
            best = min(scores, key=lambda other: (-scores[other], other)) if scores else place
            for other in members[best]:
                yield other, place, scores[best] if other == best else similarity.shared(one, told[other])
            story.append(best)
            members[best].append(place)
            if best == place:
                for value in marks:
                    marked.setdefault(value, []).append(place)
            language = line.get("language") or said.language
            meanings.append(Meaning(place, language, countries, None, signs(one), vector, best))
        count(len(ids))
    yield from Pool(meanings).pairs()


@contextmanager
def _counting() -> Iterator[Callable[[int], None]]:
    """Draws on a terminal how many lines were read."""
    drawn = sys.stderr.isatty()

    def draw(number: int) -> None:
        if drawn:
            print(f"\r{number:,} texts read", end="", file=sys.stderr, flush=True)

    yield draw
    if drawn:
        print(file=sys.stderr)
