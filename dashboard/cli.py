"""What does the dashboard add to the command `tracker`? Two services, and the pages of a release.

Nothing heavy is imported here: the command line reads this module each time.
"""

from __future__ import annotations

from pathlib import Path

import typer

from tracker.model import Release
from tracker.settings import Settings
from tracker.taxonomy import Taxonomy
from tracker.up import Service

PUBLIC = Service("public", ("-m", "dashboard.serve", "public", "--port", "{port}"), offset=0, says="public pages")
DESK = Service("desk", ("-m", "dashboard.serve", "desk", "--port", "{port}"), offset=1, says="analysts' desk")


def add_to(app: typer.Typer) -> None:
    """Adds no command: `tracker up` runs both doors, `python -m dashboard.serve` one of them."""
    del app


def write_pages(release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> None:
    """Adds the static pages to the folder of a release; a writer of the group `tracker.release_writers`."""
    from dashboard.site.pages import write_pages as write

    write(release, folder, settings, taxonomy)
