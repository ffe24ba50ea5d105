"""The command `tracker rank`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker import jsonlines
from tracker.errors import BadInput, WrongUse
from tracker.here import here, say

if TYPE_CHECKING:
    from tracker.learning.features import Table
    from tracker.taxonomy import Taxonomy

_AT_ONCE = 500
Items = list[dict[str, Any]]


def add_to(app: typer.Typer) -> None:
    """Adds `rank` to the command line."""
    app.command("rank")(rank)


def rank(
    context: typer.Context,
    decisions: Annotated[
        Path | None, typer.Option(metavar="D.jsonl", help='Decided items: fields of the pool and "relevant".')
    ] = None,
    pool: Annotated[Path | None, typer.Option(metavar="P.jsonl", help="Items to put in order.")] = None,
    simulate: Annotated[
        Path | None, typer.Option(metavar="P.jsonl", help='Replays a set of items that have "relevant".')
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws the order of items that rank alike (--simulate).")] = 0,
) -> None:
    """Puts items in the order in which an analyst should read them, by what was decided of others.

    Files hold {"id", "title", "text", "language"?} a line. Prints {"id", "score"} a line, best first. --simulate starts
    from nothing and prints {"id", "relevant"} in the order that an analyst would have seen; then, on stderr, recall
    against effort and where one could have stopped.

    Example: tracker rank --decisions decided.jsonl --pool waiting.jsonl > order.jsonl
    """
    if simulate is not None and (decisions or pool):
        raise WrongUse("--simulate replays one file; leave --decisions and --pool out")
    if simulate is None and (decisions is None or pool is None):
        raise WrongUse("give --decisions D.jsonl and --pool P.jsonl, or --simulate P.jsonl")
    place = here(context)
    taxonomy = place.taxonomy
    if simulate is not None:
        _simulate(_read(simulate, decided=True), taxonomy, place.settings.taxonomy, seed)
    elif decisions is not None and pool is not None:
        _rank(_read(decisions, decided=True), _read(pool), taxonomy, place.settings.taxonomy)


def _rank(decided: Items, pool: Items, taxonomy: Taxonomy, words: Path | None) -> None:
    from tracker.learning.ranking import best_first, scores

    table = _table([*decided, *pool], taxonomy, words)
    found = scores(table, range(len(decided)), [one["relevant"] for one in decided])[len(decided) :]
    for row in best_first(found):
        _print({"id": pool[row]["id"], "score": round(float(found[row]), 6)})


def _simulate(items: Items, taxonomy: Taxonomy, words: Path | None, seed: int) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from tracker.learning.measure import found_by
    from tracker.learning.replay import replay
    from tracker.learning.stopping import Advice, first_advice

    wanted = [one["relevant"] for one in items]
    table = _table(items, taxonomy, words)
    with Progress(console=Console(stderr=True), transient=True, disable=_quiet()) as bar:
        task = bar.add_task("reading", total=len(items))
        order = replay(table, wanted, seed=seed, told=lambda read: bar.update(task, completed=read))
    for row in order:
        _print({"id": items[row]["id"], "relevant": wanted[row]})
    seen = [wanted[row] for row in order]
    say(f"{len(items)} items, {sum(seen)} relevant")
    for share in (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0):
        read = round(share * len(seen))
        say(f"  {share:4.0%} read ({read}): recall {found_by(seen, read):.3f}")
    for advice, words_for in (
        (Advice.PROBABLY_ENOUGH, "probably over 95 % found"),
        (Advice.ENOUGH, "95 % found, sure"),
    ):
        stop = first_advice(seen, advice)
        if stop is None:
            say(f"  {words_for}: never said")
        else:
            unread = 1 - stop / len(seen)
            say(f"  {words_for}: said after {stop} ({unread:.0%} unread), recall {found_by(seen, stop):.3f}")


def _read(file: Path, *, decided: bool = False) -> Items:
    items = []
    for number, item in jsonlines.read(file, texts=("title", "text", "language")):
        if decided and not isinstance(item.get("relevant"), bool):
            raise BadInput(f'{file}, line {number}: "relevant" should be true or false')
        items.append(item)
    return items


def _table(items: Items, taxonomy: Taxonomy, words: Path | None) -> Table:
    from rich.console import Console
    from rich.progress import track

    from tracker import reading, vectors
    from tracker.learning.features import Table, columns, said

    if not vectors.available():
        say("Without the extra `semantic` meaning across languages is not compared; the order is worse for it.")
    names = columns(taxonomy.codes("issues"), taxonomy.codes("types"))
    table = Table(names)
    starts = range(0, len(items), _AT_ONCE)
    for start in track(starts, "taking items in", console=Console(stderr=True), transient=True, disable=_quiet()):
        part: Sequence[dict[str, Any]] = items[start : start + _AT_ONCE]
        texts = [f"{one.get('title') or ''}\n{one.get('text') or ''}" for one in part]
        suggestions = [
            reading.read(
                one.get("title") or "",
                one.get("text") or "",
                declared_language=one.get("language"),
                taxonomy=words,
            )
            for one in part
        ]
        meaning = vectors.encode(texts) if vectors.available() else None
        table.add(texts, said(suggestions, names), meaning)
    return table


def _quiet() -> bool:
    import sys

    return not sys.stderr.isatty()


def _print(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))
