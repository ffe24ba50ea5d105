"""The commands about what decisions teach: `tracker learn`, `tracker models`, `tracker evaluate`."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.errors import WrongUse
from tracker.here import Json, here, print_json, say
from tracker.up import Service

if TYPE_CHECKING:
    from tracker.learning.measure import Share
    from tracker.quality import Line, Report

LEARNING = Service("learning", ("-m", "tracker.learn"))

models_app = typer.Typer(invoke_without_command=True)


def add_to(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(learn)
    app.add_typer(models_app, name="models")
    app.command()(evaluate)


# --------------------------------------------------------------------------------------------------------------- learn


def learn(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Stop when everything is done.")] = False,
) -> None:
    """Learns from the decisions and ranks the queue, as `tracker up` does; by hand, until Ctrl-C.

    Example: tracker learn --once
    """
    import threading

    from tracker import learn as learning

    place = here(context)
    store = place.store()
    learner = learning.Learner(store, place.taxonomy, own_processes=True)
    stop = threading.Event()
    with store.alone(learning.WHO), _line() as tell, contextlib.suppress(KeyboardInterrupt):
        while True:
            done = learner.once(datetime.now(UTC), told=tell, refit=once)
            if not done.idle:
                print(_told(done))
            if once and not done.more:
                break
            if not done.more:
                tell("waiting for decisions and items")
                stop.wait(learning.PAUSE_SECONDS)
    serving = store.serving()
    say("the word lists alone order the queue" if serving is None else f"model {serving.version} is in service")


def _told(done: Any) -> str:
    counts = (
        f"{done.taken_in} items taken in, {done.compared} compared across languages, {done.ranked} with another place, "
        f"{done.suggested} with another suggestion"
    )
    if done.model is None:
        return counts
    return f"{counts}; model {done.model.version} {done.model.state.value}: {done.model.reason}"


# -------------------------------------------------------------------------------------------------------------- models


@models_app.callback()
def models(context: typer.Context, as_json: Json = False) -> None:
    """What was learnt: versions, scores on held-out decisions, which is in service; compare them, roll back.

    Example: tracker models
    """
    if context.invoked_subcommand is None:
        list_models(context, as_json)


@models_app.command("list")
def list_models(context: typer.Context, as_json: Json = False) -> None:
    """Every model, newest first.

    Example: tracker models list
    """
    store = here(context).store()
    found, kept = store.models(), store.has_weights()
    if as_json:
        print_json([{**one.model_dump(mode="json"), "kept": one.version in kept} for one in found])
        return
    for one in found:
        f1 = one.scores.get("tags", {}).get("initiative", {}).get("f1")
        measured = "" if f1 is None else f"F1 {f1:.2f}"
        state = one.state.value + (", pinned" if one.put_by is not None else "")
        gone = "" if one.version in kept else "  (weights not kept)"
        print(
            f"{one.version:>5}  {one.made_at:%Y-%m-%d %H:%M}  {one.made_of:>6} decisions  {state:<18} {measured}{gone}"
        )
        print(f"       {one.reason}")
    if not found:
        say("No model yet: the word lists order the queue until five items of each kind are decided.")


@models_app.command("show")
def show_model(
    context: typer.Context,
    version: Annotated[int, typer.Argument(help="Number of the model.")],
    as_json: Json = False,
) -> None:
    """One model: what it was made of, where it stands and why, how it does on what taught it nothing.

    Example: tracker models show 12
    """
    store = here(context).store()
    model = store.model(version)
    events = store.events("model", version)
    if as_json:
        print_json({**model.model_dump(mode="json"), "events": [one.model_dump(mode="json") for one in events]})
        return
    print(f"model {model.version}, {model.state.value}: {model.reason}")
    print(f"made {model.made_at:%Y-%m-%d %H:%M} UTC of {model.made_of} decisions over the word lists {model.words}")
    print(f"decisions {model.data_hash}")
    _print_scores([("model", model.scores.get("tags", {})), ("word lists", model.scores.get("word_lists", {}))])
    for event in events:
        print(f"{event.at:%Y-%m-%d %H:%M}  {event.what}  ({event.who})")


@models_app.command("compare")
def compare_models(
    context: typer.Context,
    a: Annotated[int, typer.Argument(help="Number of a model.")],
    b: Annotated[int, typer.Argument(help="Number of another one.")],
    as_json: Json = False,
) -> None:
    """Two models side by side, each by its own scores on the decisions that were held out when it was made.

    Example: tracker models compare 11 12
    """
    store = here(context).store()
    found = [store.model(a), store.model(b)]
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    for one in found:
        print(f"model {one.version}: {one.made_of} decisions, {one.state.value}: {one.reason}")
    _print_scores([(f"model {one.version}", one.scores.get("tags", {})) for one in found])


@models_app.command("use")
def use_model(
    context: typer.Context,
    version: Annotated[str, typer.Argument(metavar="VERSION|auto", help="Number of the model, or auto.")],
    by: Annotated[str, typer.Option(help="E-mail address of an editor.")],
) -> None:
    """Puts a model in service; it stays until a person says otherwise. `auto` lets newer ones take its place again.

    Example: tracker models use 11 --by ben@example.org
    """
    from tracker import models as acts
    from tracker import people

    store = here(context).store()
    person = people.find(store, by)
    if version == "auto":
        model = acts.hand_back(store, person)
        print(f"model {model.version} is in service until a newer one does as well")
        return
    if not version.isdigit():
        raise WrongUse(f"VERSION is a number or auto, not {version!r}")
    model = acts.use(store, person, int(version))
    print(f"model {model.version} is in service and stays; `tracker models use auto --by …` lets newer ones follow")


def _print_scores(columns: Sequence[tuple[str, dict[str, Any]]]) -> None:
    tags = sorted({tag for _, scores in columns for tag in scores})
    if not tags:
        print("no scores: too few decisions were held out")
        return
    head = ["tag", "measured on", *(f"{name}: {what}" for name, _ in columns for what in ("P", "R", "F1", "AP", "ECE"))]
    rows = []
    for tag in tags:
        n, positive = next((scores[tag]["n"], scores[tag]["positive"]) for _, scores in columns if tag in scores)
        row = [tag, f"{positive} of {n}"]
        for _, scores in columns:
            one = scores.get(tag, {})
            names = ("precision", "recall", "f1", "average_precision", "calibration_error")
            row += ["" if one.get(name) is None else f"{one[name]:.2f}" for name in names]
        rows.append(row)
    _print_table(head, rows)


# ------------------------------------------------------------------------------------------------------------ evaluate


def evaluate(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Decisions from that day on, as 2020-04-01; else of 90 days.")
    ] = None,
    as_json: Json = False,
) -> None:
    """How good suggestions are (by random checks), how far people agree, how far this week's batch is read.

    Example: tracker evaluate --since 2020-04-01
    """
    from tracker import quality

    try:
        first = datetime.fromisoformat(since).replace(tzinfo=UTC) if since else None
    except ValueError as problem:
        raise WrongUse(f"--since {since}: write a day such as 2020-04-01") from problem
    found = quality.report(here(context).store(), datetime.now(UTC), first)
    if as_json:
        print_json(_plain(asdict(found)))
        return
    _print_report(found)


def _print_report(found: Report) -> None:
    print(f"{found.decisions} decisions since {found.since:%Y-%m-%d}, {found.audits} of them on random checks")
    for alert in found.alerts:
        print(f"ALERT  {alert.language}: finds {alert.recall.value:.2f}, English {alert.english.value:.2f}")
    for suspect in found.suspects:
        print(
            f"ALERT  {suspect.name} agrees with what is suggested in {suspect.agrees.value:.2f} of "
            f"{suspect.agrees.of} decisions, the others in {suspect.others.value:.2f}"
        )
    for name, lines in (
        ("initiatives, all", (found.overall,)),
        ("initiatives by language", found.languages),
        ("initiatives by source", found.sources),
        ("issues", found.issues),
    ):
        print(f"\n{name} (random checks)")
        _print_table(["", "checks", "precision", "recall", "F1"], [_line_of(line) for line in lines])
    print(f"\ncalibration (random checks): error {_number(found.calibration_error) or 'unknown'}")
    bins = [
        [f"{one.low:.1f} to {one.high:.1f}", _number(one.said), _share(one.so)]
        for one in found.calibration
        if one.so.of
    ]
    _print_table(["said", "on average", "was so"], bins)
    print("\nmachine against people (all decisions)")
    rows = [[one.what, _share(one.agreement.raw), _number(one.agreement.kappa)] for one in found.machine]
    rows.append(["two people, same item", _share(found.people.raw), _number(found.people.kappa)])
    _print_table(["", "agree", "kappa"], rows)
    print("\nrecall against effort")
    tenths = found.effort[:: max(1, len(found.effort) // 10)]
    _print_table(["decided", "of the wanted found by then"], [[str(n), f"{share:.2f}"] for n, share in tenths])
    if found.stop is not None:
        far = found.stop.progress
        print(
            f"\nsince Monday {found.stop.since:%Y-%m-%d}: {far.read} read, {far.found} wanted, {far.unread} unread; "
            f"at least {far.recall_at_least:.0%} found with 95 % confidence: {far.advice.value.replace('_', ' ')}"
        )


def _line_of(line: Line) -> list[str]:
    shares = [_share(line.found.precision), _share(line.found.recall)]
    return [line.code, str(line.audits), *shares, f"{line.found.f1:.2f}"]


def _share(share: Share) -> str:
    from tracker.quality import ENOUGH

    if not share.of:
        return "none"
    few = "  too few" if share.of < ENOUGH else ""
    return f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f}) of {share.of}{few}"


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"


def _plain(value: Any) -> Any:
    """The value as JSON can hold it: what is not known is null, tuples that have names are objects."""
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if hasattr(value, "_asdict"):
        return _plain(value._asdict())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _print_table(head: list[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    if not rows:
        print("  nothing yet")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(head):
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False).print(table)


@contextlib.contextmanager
def _line() -> Iterator[Callable[[str], None]]:
    """One line on stderr that is written over while it is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield status.update
