"""The one command, `tracker`. Heavy imports stay inside the commands, so that it answers at once."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.errors import TrackerError, WrongUse
from tracker.here import Here, Json, here, print_json, say

if TYPE_CHECKING:
    from tracker.model import Person

app = typer.Typer(
    name="tracker",
    help="Collects, triages and publishes initiatives against violence and hate during COVID-19.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
people_app = typer.Typer(help="Accounts of the desk: analyst, editor, admin.", no_args_is_help=True)
db_app = typer.Typer(help="The database: migrations, backup, restore.", no_args_is_help=True)
app.add_typer(people_app, name="people")
app.add_typer(db_app, name="db")


@app.callback()
def _begin(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Settings; else $TRACKER_CONFIG, else ./config.yaml."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more, on stderr.")] = False,
) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    context.obj = Here(config)


@app.command()
def up(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port of the public pages; the desk takes the next one.")] = 8501,
) -> None:
    """Runs the public pages, the desk and the scheduler on this machine until Ctrl-C.

    Example: tracker up --port 8601
    """
    from tracker import up as running

    place = here(context)
    services = running.installed_services()
    running.free_ports(services, port)
    lock = running.only_one(place.settings.data)
    store = place.store()
    if not store.people():
        say("Nobody has an account at the desk yet. Make one, in another terminal:")
        say('    tracker people add you@example.org --name "Your Name" --role admin')
    store.close()
    running.use_config(place.config)
    status = running.run(services, port, place.settings.data / "log", say)
    lock.close()
    raise typer.Exit(status)


@app.command()
def queue(context: typer.Context, as_json: Json = False) -> None:
    """What waits at the desk, by state, language, issue and age.

    Example: tracker queue --json
    """
    store, now = here(context).store(), datetime.now(UTC)
    arrivals = store.queue_arrivals()
    days = [(now - arrived).days for arrived in arrivals]
    ages = {
        "today": sum(day < 1 for day in days),
        "1 to 7 days": sum(1 <= day < 7 for day in days),
        "7 to 28 days": sum(7 <= day < 28 for day in days),
        "older": sum(day >= 28 for day in days),
    }
    found = {
        "state": store.queue_by("state"),
        "language": store.queue_by("language"),
        "issue": store.queue_by("issue"),
        "age": ages,
    }
    if as_json:
        print_json(found)
        return
    for name, counts in found.items():
        print(f"{name}:")
        for key, count in counts.items():
            print(f"  {count:>7}  {key}")
        if not counts:
            print("        0")


@app.command()
def decide(
    context: typer.Context,
    item: Annotated[int, typer.Argument(help="Number of the item.")],
    by: Annotated[str, typer.Option(help="E-mail address of the analyst.")],
    verdict: Annotated[str, typer.Option(help="include, exclude or hold.")],
    version: Annotated[int, typer.Option(help="Version of the item that was read.")],
    reason: Annotated[
        list[str] | None, typer.Option(help="Code of the reason, for exclude; with a second one nobody else need look.")
    ] = None,
    as_json: Json = False,
) -> None:
    """One decision from a script, audited as such. Exit status 4 when somebody was first.

    Example: tracker decide 17 --by ana@example.org --verdict exclude --reason problem_only --version 1
    """
    import uuid

    from tracker import people, review
    from tracker.model import Decision, Drawn, Verdict

    if verdict not in ("include", "exclude", "hold"):
        raise WrongUse(f"--verdict is include, exclude or hold, not {verdict!r}")
    reasons = tuple(dict.fromkeys(reason or ()))
    if verdict == "exclude" and not reasons:
        raise WrongUse(
            f"exclude needs --reason, one of: {', '.join(here(context).taxonomy.codes('exclusion_reasons'))}"
        )
    store = here(context).store()
    person = people.find(store, by)
    made = review.decide(
        store,
        here(context).taxonomy,
        person,
        Decision(
            key=f"cli-{uuid.uuid4()}",
            item_id=item,
            item_version=version,
            person_id=person.id,
            at=datetime.now(UTC),
            verdict=Verdict(verdict),
            reason=reasons[0] if reasons else None,
            reasons_more=reasons[1:] if verdict == "exclude" else (),
            note="by script",
            drawn_by=Drawn.SEARCH,
        ),
    )
    if as_json:
        print_json(made.model_dump(mode="json"))
    else:
        drafted = f"; initiative {made.initiative_id} drafted" if made.initiative_id else ""
        print(f"item {item}: {made.verdict.value}{drafted}")


@app.command()
def evidence(
    context: typer.Context,
    item: Annotated[int, typer.Argument(help="Number of the item.")],
    body: Annotated[bool, typer.Option("--body", help="Write the bytes of the newest copy to stdout.")] = False,
    as_json: Json = False,
) -> None:
    """Which bytes an item was read from, where they are kept, and whether they are still what they were.

    Example: tracker evidence 17 --body
    """
    from tracker.errors import NotFound
    from tracker.evidence import Archive

    place = here(context)
    store, archive = place.store(), Archive(place.settings.evidence)
    store.item(item, datetime.now(UTC))  # says so when there is no such item
    copies = store.kept_copies(item)
    if not copies:
        raise NotFound(f"item {item} has no kept copy: it was collected before copies were kept")
    if body:
        sys.stdout.buffer.write(archive.find(copies[0].digest).body)
        return
    found: list[dict[str, Any]] = []
    for copy in copies:
        try:
            kept = archive.find(copy.digest)
            state = {"whole": True, "bytes": len(kept.body), "content_type": kept.content_type}
        except NotFound as problem:
            state = {"whole": False, "bytes": 0, "content_type": None, "problem": str(problem)}
        path = f"{archive.address.rstrip('/')}/{archive.path(copy.digest)}"
        found.append({**copy.model_dump(mode="json"), "path": path, **state})
    if as_json:
        print_json(found)
        return
    for one in found:
        print(f"{one['kept_at']}  {'whole' if one['whole'] else 'LOST '}  {one['bytes']:>9} bytes  {one['url']}")
        print(f"    {one['path']}{'' if one['whole'] else '  ' + one['problem']}")


@app.command()
def publish(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Folder for the release; else releases/ in the data folder.")] = None,
) -> None:
    """Makes the next release: numbered, dated, immutable; data files, feeds, static pages, change log, checksums.

    Example: tracker publish --out /var/www/tracker
    """
    from tracker import publish as way_out

    place = here(context)
    folder = way_out.make_release(place.store(), place.settings, datetime.now(UTC), out)
    print(folder)


@app.command()
def check(context: typer.Context, as_json: Json = False) -> None:
    """Looks at configuration, database, disk, clock and sources, and says what to do about each.

    Example: tracker check
    """
    from tracker import checks

    found = checks.look(here(context))
    if as_json:
        print_json([finding._asdict() for finding in found])
    else:
        for finding in found:
            print(f"{'ok  ' if finding.well else 'LOOK'}  {finding.what:<14} {finding.says}")
    raise typer.Exit(0 if all(finding.well for finding in found) else 1)


@app.command()
def metrics(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Where Prometheus asks.")] = 9108,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Serves the tracker's figures to Prometheus until Ctrl-C: what waits, what is late, what fails.

    Example: tracker metrics --port 9108
    """
    import contextlib
    import signal

    from tracker import metrics as figures

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    served = figures.serve(here(context).store(), lambda: datetime.now(UTC), host, port)
    say(f"figures: http://{host}:{port}/metrics")
    with contextlib.suppress(KeyboardInterrupt):
        served.thread.join()


@app.command()
def tidy(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Lets go what need not be kept, as `keep:` in the settings says: old fetches become sums, ended sign-ins go.

    So do the contacts that senders left with submissions decided some time ago. Bytes of items that were excluded long
    ago go only where the settings say so. Example: tracker tidy --dry-run
    """
    from tracker import retention

    place, now = here(context), datetime.now(UTC)
    act = retention.old if dry_run else retention.let_go
    found = act(place.store(), place.settings, now)
    if as_json:
        print_json({**found._asdict(), "copies": len(found.copies), "contacts": len(found.contacts)})
        return
    would = "would " if dry_run else ""
    print(f"{found.fetches:>9} fetches {would}become sums by day")
    print(f"{found.sign_ins:>9} ended sign-ins {would}go")
    print(f"{len(found.contacts):>9} contacts of senders whose submissions were decided {would}go")
    print(f"{len(found.copies):>9} copies of long excluded items {would}go ({found.copy_bytes / 1e6:.1f} MB)")


@people_app.command("add")
def people_add(
    context: typer.Context,
    email: str,
    name: Annotated[str, typer.Option(help="As colleagues will see it.")],
    role: Annotated[str, typer.Option(help="analyst, editor or admin.")] = "analyst",
    language: Annotated[str, typer.Option(help="Of the desk: en, fr or es.")] = "en",
) -> None:
    """Makes an account. The password is asked for, or read from stdin when that is no terminal.

    Example: tracker people add ana@example.org --name "Ana Lee" --role analyst
    """
    from tracker import people
    from tracker.model import Role

    if role not in tuple(Role):
        raise WrongUse(f"--role is one of {', '.join(Role)}, not {role!r}")
    person = _person(email, name, role, language)
    made = people.add(here(context).store(), person, _password(), by="command line")
    print(f"{made.email} can sign in as {made.role.value}")


@people_app.command("list")
def people_list(context: typer.Context, as_json: Json = False) -> None:
    """Everybody with an account.

    Example: tracker people list
    """
    found = here(context).store().people()
    if as_json:
        print_json([person.model_dump(mode="json") for person in found])
        return
    for person in found:
        print(f"{person.email:<32} {person.role.value:<8} {'' if person.active else 'disabled':<9} {person.name}")
    if not found:
        say("Nobody yet: tracker people add you@example.org --name … --role admin")


@people_app.command("disable")
def people_disable(context: typer.Context, email: str) -> None:
    """Switches an account off and signs it out everywhere. Its decisions stay.

    Example: tracker people disable ana@example.org
    """
    from tracker import people

    print(f"{people.disable(here(context).store(), email, by='command line').email} cannot sign in any more")


@people_app.command("password")
def people_password(context: typer.Context, email: str) -> None:
    """Sets a new password, asked for or read from stdin, and signs the account out everywhere.

    Example: tracker people password ana@example.org
    """
    from tracker import people

    people.set_password(here(context).store(), email, _password(), by="command line")
    print(f"{email} has a new password")


@people_app.command("break-glass")
def people_break_glass(context: typer.Context, email: str) -> None:
    """Prints a link that lets somebody in once, without a password, within 15 minutes. It is audited.

    For when nobody can come in otherwise: the provider of sign-ins is down, or the last admin has lost the password.

    Example: tracker people break-glass chloe@example.org
    """
    from tracker import people

    store, desk = here(context).store(), here(context).settings.desk
    token = people.make_link(store, people.find(store, email), people.BREAK_GLASS, "command line", datetime.now(UTC))
    print(f"{str(desk.url or '').rstrip('/')}/welcome/{token}")
    if desk.url is None:
        say("Put the address of the desk before it, such as http://127.0.0.1:8502.")


@db_app.command("upgrade")
def db_upgrade(context: typer.Context) -> None:
    """Brings the database to the newest migration.

    Example: tracker db upgrade
    """
    from tracker.store import Store

    store = Store(here(context).settings.database)
    print(f"{'upgraded to' if store.upgrade() else 'already at'} {store.version()}")


@db_app.command("reindex")
def db_reindex(context: typer.Context) -> None:
    """Makes the full-text search anew from what is kept, should it ever miss something. Some minutes for 100,000 items.

    Example: tracker db reindex
    """
    print(f"{here(context).store().reindex():,} items and initiatives can be found")


@db_app.command("backup")
def db_backup(context: typer.Context, file: Path) -> None:
    """Copies the SQLite database to a new file while everything goes on, and checks the copy.

    Example: tracker db backup backups/tracker-2020-05-01.db
    """
    from tracker.store import backup

    print(f"{file}: {backup.backup(here(context).settings.database, file)} pages, checked")


@db_app.command("restore")
def db_restore(
    context: typer.Context,
    file: Path,
    yes: Annotated[bool, typer.Option("--yes", help="Replace the database that is there.")] = False,
) -> None:
    """Puts a backup in the place of the database, after checking it. The old one is kept beside it.

    Example: tracker db restore backups/tracker-2020-05-01.db --yes
    """
    from tracker.store import backup

    print(f"restored; the old database is {backup.restore(here(context).settings.database, file, replace=yes)}")


@db_app.command("copy")
def db_copy(
    context: typer.Context,
    target: Annotated[str, typer.Argument(metavar="URL", help="postgresql://… of an empty database.")],
) -> None:
    """Copies the whole database to another one, table by table, and compares counts and checksums of both.

    Stop the tracker first. What broke off goes on where it was. Example: tracker db copy postgresql://tracker@db/tracker
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from tracker import up as running
    from tracker.store import copying

    place = here(context)
    running.only_one(place.settings.data).close()  # says so when a tracker runs on it
    bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True))
    with bar:
        task = bar.add_task("")
        same = copying.copy(
            place.settings.database,
            target,
            lambda table, done, of: bar.update(task, description=table, completed=done, total=of),
        )
    for one in same:
        print(f"{one.table:<22}{one.rows:>10} rows  {one.digest[:16]}  the same on both sides")


@db_app.command("roles")
def db_roles(
    context: typer.Context,
    prefix: Annotated[str, typer.Option(help="What the names of the roles begin with.")] = "tracker",
) -> None:
    """Makes the roles of PostgreSQL: collector (workers), desk, public (reads the public's copy, may send in).

    Run it as the owner, after each upgrade. Passwords come from $TRACKER_COLLECTOR_PASSWORD, $TRACKER_DESK_PASSWORD and
    $TRACKER_PUBLIC_PASSWORD. Example: tracker db roles --prefix tracker
    """
    import os

    from tracker.store import roles

    given = {part: os.environ.get(f"TRACKER_{part.upper()}_PASSWORD", "") for part in ("collector", "desk", "public")}
    for name in roles.make_roles(here(context).settings.database, prefix, given):
        print(name)


def _person(email: str, name: str, role: str, language: str) -> Person:
    from pydantic import ValidationError

    from tracker.model import Person, Role

    try:
        return Person(email=email, name=name, role=Role(role), language=language)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise WrongUse(f"{first['loc'][0]}: {first['msg']}") from None


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password (12 characters or more)", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def build() -> typer.Typer:
    """The command with what every installed room adds to it."""
    from tracker import learn_cli, quality_cli, similar, words_cli
    from tracker.learning import cli as learning_cli
    from tracker.reading import cli as reading_cli

    reading_cli.add_to(app)
    similar.add_to(app)
    learning_cli.add_to(app)
    learn_cli.add_to(app)
    words_cli.add_to(app)
    quality_cli.add_to(app)
    for entry in sorted(entry_points(group="tracker.commands"), key=lambda entry: entry.name):
        add_to: Callable[[typer.Typer], None] = entry.load()
        add_to(app)
    return app


def main() -> None:
    """Runs the command; a TrackerError becomes its sentence on stderr and its exit status."""
    try:
        build()()
    except TrackerError as problem:
        say(f"tracker: {problem}")
        sys.exit(problem.exit_status)
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
