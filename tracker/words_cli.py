"""The command about the word lists: `tracker words`, for bringing the desk's own words to another tracker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.here import here, say

if TYPE_CHECKING:
    from tracker.model import ListedWord

words_app = typer.Typer(no_args_is_help=True, help="What editors put into the word lists and took out of them.")


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(words_app, name="words")


@words_app.command("export")
def export_words(context: typer.Context) -> None:
    """The desk's own words, one JSON object a line; what ships with the tracker is not among them.

    Example: tracker words export > words.jsonl
    """
    found = here(context).store().own_words()
    for word in found:
        print(word.model_dump_json())
    if not found:
        say("the lists are as they ship: nothing was put in or taken out")


@words_app.command("import")
def import_words(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `tracker words export` has printed.")],
    by: Annotated[str, typer.Option(help="E-mail address of an editor.")],
) -> None:
    """Puts in and takes out the words of a file, all or none; what is so already is passed over.

    Example: tracker words import words.jsonl --by ben@example.org
    """
    from tracker import people, words

    place = here(context)
    store = place.store()
    person = people.find(store, by)
    done = words.bring_in(store, place.taxonomy, _read(file), person, datetime.now(UTC))
    print(f"{done} words changed; waiting items are read again in the background")


def _read(file: Path) -> Iterator[ListedWord]:
    from pydantic import ValidationError

    from tracker.errors import BadInput
    from tracker.model import ListedWord

    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"{file}: cannot be read: {problem}") from problem
    for number, line in enumerate(lines, 1):
        try:
            yield ListedWord.model_validate_json(line)
        except ValidationError as wrong:
            first = wrong.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise BadInput(f"{file}, line {number}: {field or 'no word'}: {first['msg']}") from None
