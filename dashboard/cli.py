"""What does the dashboard add to the command `tracker`? Two services, the digest, and the pages of a release.

Nothing heavy is imported here: the command line reads this module each time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracker.here import Json, here, print_json
from tracker.model import Release
from tracker.settings import Settings
from tracker.taxonomy import Taxonomy
from tracker.up import Service

PUBLIC = Service("public", ("-m", "dashboard.serve", "public", "--port", "{port}"), offset=0, says="public pages")
DESK = Service("desk", ("-m", "dashboard.serve", "desk", "--port", "{port}"), offset=1, says="analysts' desk")


def add_to(app: typer.Typer) -> None:
    """Adds `digest`. The doors need no command: `tracker up` runs both, `python -m dashboard.serve` one of them."""
    app.command()(digest)


def digest(
    context: typer.Context,
    week: Annotated[str | None, typer.Option(help="Such as 2020-W18; else the last one that is over.")] = None,
    language: Annotated[str | None, typer.Option(help="en, fr or es; else all that the settings name.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for texts and pictures; else the texts are said.")] = None,
    as_json: Json = False,
) -> None:
    """What was published in a week, ready to post: texts, and pictures of 1200 x 630 pixels.

    Example: tracker digest --week 2020-W18 --language fr --out digest
    """
    from datetime import UTC, datetime

    from dashboard.digest import files
    from dashboard.digest.telling import digest_of
    from dashboard.digest.week import Week, last_whole
    from tracker.errors import WrongUse
    from tracker.store import open_public

    place = here(context)
    settings = place.settings
    if language is not None and language not in settings.languages:
        raise WrongUse(f"--language is one of {', '.join(settings.languages)}, not {language!r}")
    spoken = [language] if language else list(settings.languages)
    store = open_public(settings.database)
    try:
        found = digest_of(store, Week.parse(week) if week else last_whole(datetime.now(UTC)))
    finally:
        store.close()
    told = files.told(found, spoken, settings, place.taxonomy)
    written = files.write(found, spoken, out, settings, place.taxonomy) if out else []
    if as_json:
        print_json(told)
        return
    for path in written:
        print(path)
    if not written:
        print("\n\n".join(told["texts"][one][name] for one in spoken for name in ("short", "long", "alternative")))


def write_pages(release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> None:
    """Adds the static pages to the folder of a release; a writer of the group `tracker.release_writers`."""
    from dashboard.site.pages import write_pages as write

    write(release, folder, settings, taxonomy)
