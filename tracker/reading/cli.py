"""The command `tracker read`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker import jsonlines
from tracker.errors import BadInput

if TYPE_CHECKING:
    from tracker.model import Scored


ALSO = ("places", "bodies", "grounds", "targets", "actor_kinds")  # told besides what the contract names


def add_to(app: typer.Typer) -> None:
    """Adds `read` to the command line."""
    app.command("read")(read_file)


def read_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="One JSON object a line; - reads stdin.")],
) -> None:
    """Says what texts seem to say: language, countries, issues, types, initiative or not.

    FILE holds {"id", "title", "text", "language"?, "country"?, "url"?} a line; the answer is one JSON object a
    line, in the same order: id, language, language_confidence, countries, issues, initiative, types, terms, places
    (ISO 3166-2), bodies (international ones), grounds, targets, actor_kinds. Scores are probabilities from 0 to 1.

    Example: tracker read items.jsonl > suggestions.jsonl
    """
    from tracker.here import here  # not when the command only shows its help
    from tracker.reading import read

    taxonomy = here(context).settings.taxonomy
    for number, item in jsonlines.read(file, texts=("title", "text", "language", "country", "url")):
        language, country = item.get("language"), item.get("country")
        if country is not None and not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise BadInput(f"{file}, line {number}: country {country!r} is no two-letter code such as CA")
        suggestion = read(
            item.get("title") or "",
            item.get("text") or "",
            declared_language=language,
            country=country.upper() if country else None,
            url=item.get("url") or "",
            taxonomy=taxonomy,
        )
        answer = {
            "id": item["id"],
            "language": suggestion.language,
            "language_confidence": suggestion.language_confidence,
            "countries": [{"code": one.code, "score": one.score} for one in suggestion.countries],
            "issues": [{"issue": one.code, "score": one.score} for one in suggestion.issues],
            "initiative": suggestion.initiative,
            "types": [{"type": one.code, "score": one.score} for one in suggestion.types],
            "terms": list(suggestion.terms),
            **{name: [_scored(one) for one in getattr(suggestion, name)] for name in ALSO},
        }
        typer.echo(json.dumps(answer, ensure_ascii=False))


def _scored(one: Scored) -> dict[str, object]:
    return {"code": one.code, "score": one.score, "terms": list(one.terms)}
