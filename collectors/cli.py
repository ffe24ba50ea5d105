"""What the collectors add to the command `tracker`: collect, sources, parse, extract. Light until a command runs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.up import Service

if TYPE_CHECKING:
    from collectors.round import Progress
    from tracker.model import Fetch
    from tracker.store import Store

SCHEDULER = Service("scheduler", ("-m", "collectors.schedule"))

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
ListFile = Annotated[
    Path | None,
    typer.Option(
        "--list", metavar="L.jsonl", help='Many at once: {"file","url","content_type"?} a line, paths relative to L.'
    ),
]
Url = Annotated[str | None, typer.Option("--url", help="The address that the bytes came from.")]
ContentType = Annotated[str | None, typer.Option("--content-type", help="The HTTP header, which may name the charset.")]

sources_app = typer.Typer(invoke_without_command=True)


def add_to(app: typer.Typer) -> None:
    """Adds the commands of the collectors."""
    app.command()(collect)
    app.command()(work)
    app.add_typer(sources_app, name="sources")
    app.command()(parse)
    app.command()(extract)


def collect(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="These sources, due or not.")] = None,
    all_sources: Annotated[bool, typer.Option("--all", help="All enabled sources, due or not.")] = False,
    as_json: Json = False,
) -> None:
    """One round over the sources that are due; ends with a table. Ctrl-C keeps what was finished.

    Example: tracker collect un-news-en un-news-fr
    """
    from datetime import UTC, datetime

    from collectors import round as rounds
    from tracker.errors import NotFound, WrongUse
    from tracker.here import here, print_json, say
    from tracker.model import Outcome

    if ids and all_sources:
        raise WrongUse("name sources or say --all, not both")
    place = here(context)
    store = place.store()
    try:
        with _progress() as progress:
            fetches = rounds.collect(
                store, place.settings, lambda: datetime.now(UTC), ids or None, all=all_sources, progress=progress
            )
    except NotFound as problem:
        raise WrongUse(str(problem)) from problem
    if as_json:
        print_json([fetch.model_dump(mode="json") for fetch in fetches])
    elif fetches:
        _table_of_fetches(fetches)
    else:
        next_due = store.next_due()
        when = f"; the next one is due at {next_due:%Y-%m-%d %H:%M} UTC" if next_due else ""
        say(f"no source is due{when} (tracker collect --all asks every enabled one)")
    _tell_of_the_network(store)
    unfinished = sum(fetch.outcome is Outcome.BROKEN_OFF for fetch in fetches)
    if unfinished:
        say(f"interrupted: {len(fetches) - unfinished} sources are stored, {unfinished} are due as before")
        raise typer.Exit(1)


def work(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="How this worker is called in logs.")] = "worker",
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Only make the engine's tables, where there are none.")
    ] = False,
) -> None:
    """A worker of the job engine: one of several, on any number of machines, that share one PostgreSQL database.

    Workers collect, learn and make releases; what is due is shared among them, and what a dead one had begun is done
    by another one. Example: tracker work --name worker-1
    """
    import asyncio
    import logging

    from tracker.errors import WrongUse
    from tracker.here import here, say

    place = here(context)
    if not place.settings.database.startswith("postgresql"):
        raise WrongUse(
            "workers share a PostgreSQL database: set `database` or $TRACKER_DATABASE_URL to postgresql://...; "
            "on SQLite, `tracker up` runs everything on one machine"
        )
    from collectors import jobs

    store = place.store()
    made = asyncio.run(jobs.prepare(jobs.engine(store.url)))
    if prepare:
        say("the tables of the job engine were made" if made else "the tables of the job engine are there")
        return
    logging.getLogger().setLevel(min(logging.INFO, logging.getLogger().level))
    say(f"{name} works; Ctrl-C ends it in good order")
    jobs.main(jobs.Work(store, place.settings, place.taxonomy), name)
    say(f"{name} has ended")


@sources_app.callback()
def sources(
    context: typer.Context,
    as_json: Json = False,
    by_share: Annotated[bool, typer.Option("--least", help="What became initiatives least comes first.")] = False,
) -> None:
    """Health at a glance: how each source did, what it brings, when it is asked next and why then.

    Example: tracker sources
    """
    if context.invoked_subcommand:
        return
    from datetime import UTC, datetime

    from tracker import health
    from tracker.here import here, print_json, say

    store, now = here(context).store(), datetime.now(UTC)
    counts, last, conducts, brought = store.source_counts(now), store.last_fetches(), store.conducts(), store.brought()
    rhythms, weeks = store.rhythms(), store.weeks(now)
    rows: list[dict[str, Any]] = []
    for watched in store.watched():
        source, schedule = watched.source, watched.schedule
        fetch = last.get(source.id)
        seven, month, ever = counts.get(source.id, (0, 0, 0))
        initiatives, decided = brought.get(source.id, (0, 0))
        known = (fetch, conducts[source.id], rhythms.get(source.id), weeks.get(source.id))
        rows.append(
            {
                "id": source.id,
                "name": source.name,
                "kind": source.kind.value,
                "origin": watched.origin.value,
                "enabled": source.enabled,
                "paused": watched.paused,
                "condition": conducts[source.id].condition.value,
                "outcome": fetch.outcome.value if fetch else None,
                "said": (fetch.error or fetch.note) if fetch else "",
                "troubles": [str(told) for told in health.troubles(watched, *known, now)],
                "last_success_at": schedule.last_success_at,
                "items_7_days": seven,
                "items_28_days": month,
                "items": ever,
                "decided": decided,
                "initiatives": initiatives,
                "failures": schedule.failures,
                "next_at": schedule.next_at,
                "next_reason": schedule.next_reason,
            }
        )
    _tell_of_the_network(store)
    if as_json:
        print_json([{**row, **{key: _iso(row[key]) for key in ("last_success_at", "next_at")}} for row in rows])
        return
    if not rows:
        say("no source yet: name some under sources: in config.yaml, or tracker sources import FILE.opml")
        return
    if by_share:
        rows.sort(key=lambda row: (row["initiatives"] / row["decided"] if row["decided"] else 1.0, -row["decided"]))
    _print_table(
        ["source", "kind", "last outcome", "last success", "7 d", "28 d", "ever", "became", "failures", "next",
         "what to know"],
        [
            [
                row["id"],
                row["kind"],
                row["outcome"] or "never asked",
                _minute(row["last_success_at"]),
                *(str(row[key]) for key in ("items_7_days", "items_28_days", "items")),
                f"{row['initiatives']} of {row['decided']}" if row["decided"] else "",
                str(row["failures"]),
                _next(row),
                _to_know(row),
            ]
            for row in rows
        ],
        right={4, 5, 6, 7, 8},
    )  # fmt: skip


def _to_know(row: dict[str, Any]) -> str:
    """What a person should know of a source: what is wrong with it first, then why it is asked when."""
    if not row["enabled"] or row["paused"]:
        return ""
    return " ".join(filter(None, [*row["troubles"], row["said"] if row["failures"] else "", row["next_reason"]]))


@sources_app.command("show")
def show_source(context: typer.Context, id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """One source: what is wrong with it, its last 30 fetches, the sums of the days before, what was done about it.

    Example: tracker sources show un-news-en
    """
    from datetime import UTC, datetime, timedelta

    from tracker import health
    from tracker.here import here

    store, now = here(context).store(), datetime.now(UTC)
    [watched] = store.watched([id])
    source, schedule, fetches = watched.source, watched.schedule, store.fetches(id)
    rhythm, week = store.rhythms().get(id), store.weeks(now).get(id)
    initiatives, decided = store.brought().get(id, (0, 0))
    row = {"enabled": source.enabled, "paused": watched.paused, "next_at": schedule.next_at}
    conduct = store.conducts([id])[id]
    print(f"{source.name} ({id}), {source.kind.value}, kept by {watched.origin.value}")
    print(source.url)
    for told in health.troubles(watched, fetches[0] if fetches else None, conduct, rhythm, week, now):
        print(f"- {told}")
    print(f"next: {_next({**row, 'condition': conduct.condition.value})}, {schedule.next_reason}")
    print(f"became initiatives: {initiatives} of {decided} decided items")
    _print_table(
        ["when (UTC)", "outcome", "HTTP", "ms", "bytes", "new", "changed", "known", "what to know"],
        [
            [
                _minute(fetch.at),
                fetch.outcome.value,
                str(fetch.status or ""),
                *(str(n) for n in (fetch.duration_ms, fetch.body_bytes, fetch.new, fetch.changed, fetch.known)),
                fetch.error or fetch.note,
            ]
            for fetch in fetches
        ],
        right={2, 3, 4, 5, 6, 7},
    )
    first = fetches[-1].at.date() if fetches else now.date()
    days = store.fetch_days(now - timedelta(days=3650), id).get(id, [])
    for day in reversed([day for day in days if day.day < first]):
        print(f"{day.day}  {day.fetches} fetches, {day.failed} failed, {day.new} new")
    for event in store.events("source", id):
        change = " -> ".join(str(value) for value in (event.before, event.after) if value is not None)
        print(f"{_minute(event.at)}  {event.what} ({event.who}){': ' + change if change else ''}")


@sources_app.command("reopen")
def reopen_source(context: typer.Context, id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Lets a source be asked again that is gone (410), asleep or failing.

    Example: tracker sources reopen un-news-en
    """
    from tracker.here import here, say

    here(context).store().reopen(id, "command line")
    say(f"{id} is asked in the next round")


@sources_app.command("fill")
def fill_source(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID")],
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Nothing older: 2020-01-01.")] = None,
    pages: Annotated[int, typer.Option("--pages", min=1, help="Pages of history to ask at most in this call.")] = 500,
) -> None:
    """Fills the history of a source back, page after page. Ctrl-C keeps what was stored; the next call goes on.

    Example: tracker sources fill un-news-en --since 2020-01-01
    """
    from datetime import UTC, datetime

    from collectors import filling
    from tracker.errors import NotFound, WrongUse
    from tracker.here import here, say

    place = here(context)
    try:
        first = filling.day(since) if since else None
    except ValueError as problem:
        raise WrongUse(f"--since {since}: write a day such as 2020-01-01") from problem
    with _line() as tell:
        try:
            filled = filling.fill(
                place.store(),
                place.settings,
                lambda: datetime.now(UTC),
                id,
                first,
                pages=pages,
                progress=lambda so_far, url: tell(f"{so_far.pages} pages, {so_far.new} new: {url}"),
            )
        except NotFound as problem:
            raise WrongUse(str(problem)) from problem
    for said in filled.problems[:5]:
        say(said)
    counts = f"{filled.new} new, {filled.known} known, {filled.refused} refused on {filled.pages} pages of history"
    print(f"{id}: {counts}; {filled.ended}")
    if not filled.done:
        raise typer.Exit(1)


@sources_app.command("try")
def try_source(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="ID|URL", help="A source that is watched, or an address.")],
    as_json: Json = False,
    like: Annotated[
        str, typer.Option("--like", metavar="JSON", help='How to read an address: {"kind": "page", "listing": {…}}.')
    ] = "{}",
) -> None:
    """What would be collected, and why not. Asks the source now and writes nothing.

    Of a web page that is no feed, the feeds that it offers are asked too.

    Example: tracker sources try https://news.un.org/feed/subscribe/en/news/all/rss.xml
    """
    import json

    from collectors import trial
    from tracker.errors import WrongUse
    from tracker.here import here, print_json

    place = here(context)
    if "://" in what:
        try:
            source = trial.of_address(what, **json.loads(like))
        except (ValueError, TypeError) as problem:
            raise WrongUse(f"--like: is no JSON object ({problem})") from problem
    else:
        source = place.store().watched([what])[0].source
    tried = trial.attempt(place.settings, source)
    if as_json:
        print_json(tried.model_dump(mode="json"))
        return
    for line in trial.described(tried):
        print(line)


@sources_app.command("import")
def import_opml(context: typer.Context, file: Path) -> None:
    """Adds the sources of an OPML file to config.yaml; those that are there already are left alone.

    Example: tracker sources import feeds.opml
    """
    import os

    from collectors import opml
    from tracker import settings
    from tracker.address import canonical
    from tracker.errors import BadInput
    from tracker.here import here, say
    from tracker.text import free_id

    place = here(context)
    config = place.config or Path(os.environ.get("TRACKER_CONFIG") or "config.yaml")
    there = {canonical(source.url) for source in place.settings.sources}
    ids = {source.id for source in place.settings.sources}
    try:
        offered = opml.read(file.read_bytes())
        text = config.read_text(encoding="utf-8") if config.exists() else ""
    except OSError as problem:
        raise BadInput(f"{problem.filename}: cannot be read ({problem.strerror})") from problem
    new = [source for source in offered if canonical(source.url) not in there]
    for number, source in enumerate(new):
        new[number] = source.but(id=free_id(source.id, ids))
        ids.add(new[number].id)
    if new:
        draft = config.with_name(config.name + ".new")
        draft.write_text(opml.added(text, new), encoding="utf-8")
        try:
            settings.load(draft)
            draft.replace(config)
        finally:
            draft.unlink(missing_ok=True)
    for source in new:
        print(f"{source.id}  {source.url}")
    say(f"{len(new)} added to {config}, {len(offered) - len(new)} there already; read their terms before you collect")


@sources_app.command("export")
def export_opml(context: typer.Context, file: Path) -> None:
    """Writes the sources as OPML, for other feed readers.

    Example: tracker sources export sources.opml
    """
    from datetime import UTC, datetime

    from collectors import opml
    from tracker.errors import BadInput
    from tracker.here import here

    listed = [of.source for of in here(context).store().watched()]
    try:
        file.write_bytes(opml.written(listed, datetime.now(UTC)))
    except OSError as problem:
        raise BadInput(f"{file}: cannot be written ({problem.strerror})") from problem
    print(f"{file}: {len(listed)} sources")


def parse(
    file: Annotated[Path | None, typer.Argument(help="Feed bytes.")] = None,
    url: Url = None,
    content_type: ContentType = None,
    many: ListFile = None,
) -> None:
    """Feed bytes to one JSON object a line, an entry each.

    Example: tracker parse saved.xml --url https://example.org/feed.xml
    """
    from collectors import files

    for line in files.parsed(*files.wanted(file, url, content_type, many)):
        print(line)


def extract(
    file: Annotated[Path | None, typer.Argument(help="Page bytes.")] = None,
    url: Url = None,
    content_type: ContentType = None,
    many: ListFile = None,
) -> None:
    """Page bytes to one JSON object: title, text, date, author, site, language of the article.

    Example: tracker extract saved.html --url https://example.org/news/shelter
    """
    from collectors import files

    for line in files.extracted(*files.wanted(file, url, content_type, many)):
        print(line)


# ----------------------------------------------------------------------------------------------------------- drawing


@contextlib.contextmanager
def _progress() -> Iterator[Progress | None]:
    """A bar on stderr while it is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("collecting"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[last]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("collecting", last="")

        def report(fetch: Fetch | None, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, last=fetch.source_id if fetch else "")

        yield report


@contextlib.contextmanager
def _line() -> Iterator[Callable[[str], None]]:
    """One line on stderr that is written over while it is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield status.update


def _tell_of_the_network(store: Store) -> None:
    from tracker.here import say

    if alarm := store.network_alarm():
        say(
            f"our own network or its DNS seems to fail since {_minute(alarm.since)} UTC: {alarm.silent} of "
            f"{alarm.asked} sources gave no answer. None of that is counted against them; "
            "they are asked again every few minutes"
        )


def _table_of_fetches(fetches: list[Fetch]) -> None:
    _print_table(
        ["source", "outcome", "new", "changed", "known", "refused", "s", "what to know"],
        [
            [
                fetch.source_id,
                fetch.outcome.value,
                *(str(number) for number in (fetch.new, fetch.changed, fetch.known, fetch.refused)),
                f"{fetch.duration_ms / 1000:.1f}",
                fetch.error or fetch.note,
            ]
            for fetch in sorted(fetches, key=lambda fetch: fetch.source_id)
        ],
        right={2, 3, 4, 5, 6},
    )
    total = {name: sum(getattr(fetch, name) for fetch in fetches) for name in ("new", "changed", "known", "refused")}
    print(f"{len(fetches)} sources: " + ", ".join(f"{count} {name}" for name, count in total.items()))


def _print_table(head: list[str], rows: list[list[str]], right: set[int]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(head):
        # What does not fit goes on in the next line: an address that is cut helps nobody.
        table.add_column(name, justify="right" if number in right else "left", overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # Text: what a source said is no markup
    terminal = sys.stdout.isatty()
    Console(width=None if terminal else 200, highlight=False).print(table)


def _minute(time: Any) -> str:
    return f"{time:%Y-%m-%d %H:%M}" if time else ""


def _next(row: dict[str, Any]) -> str:
    """When a source is asked next, in a word or a time."""
    if not row["enabled"] or row["paused"]:
        return "paused" if row["enabled"] else "disabled"
    return "never: gone" if row["condition"] == "gone" else _minute(row["next_at"]) or "now"


def _iso(time: Any) -> str | None:
    return time.isoformat() if time else None
