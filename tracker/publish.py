"""The way out: how do public records become a release that is whole or not there, and never changes?

What is in its data files is said in `publishing/`. A release is built in a folder beside its place, then renamed: half
of one is never seen. What other rooms add to it, such as the static pages, comes in through the entry points
`tracker.release_writers`.
"""

from __future__ import annotations

import errno
import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from rich.console import Console

from tracker import taxonomy as taxonomy_of
from tracker.errors import Busy, StoreUnavailable, TrackerError
from tracker.model import Release
from tracker.publishing import figures
from tracker.publishing.about import LICENCES, citation
from tracker.publishing.files import write_checksums, write_data
from tracker.publishing.objects import as_json, as_object
from tracker.publishing.tables import as_csv
from tracker.publishing.writing import csv_lines
from tracker.settings import Settings
from tracker.store import Store
from tracker.taxonomy import Taxonomy

# What other rooms ask the way out for.
__all__ = [
    "LICENCES",
    "ReleaseWriter",
    "as_csv",
    "as_json",
    "as_object",
    "citation",
    "csv_lines",
    "lead_to_newest",
    "make_release",
    "write_checksums",
    "write_data",
]


class ReleaseWriter(Protocol):
    """What an entry point of `tracker.release_writers` is: it adds files to the folder of a release."""

    def __call__(self, release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> None: ...


def make_release(
    store: Store, settings: Settings, now: datetime, out: Path | None = None, *, by: str = "tracker publish"
) -> Path:
    """The folder of a new release, `<number>/` in `out` or in `releases/` of the data folder; `current` points to it.

    Raises Busy while another one is being made, StoreUnavailable when it cannot be written; the one before stands.
    """
    shelf = out or settings.data / "releases"
    taxonomy = taxonomy_of.load(settings.taxonomy)
    console = Console(stderr=True)
    with _understood(shelf), _alone(shelf), console.status("collecting the public records") as status:
        status.update("measuring how good they are")
        measured = figures.measure(store, now)
        release = store.release_next(now, by)
        searched = figures.covered(release.coverage, taxonomy.codes("issues"))
        release = release.model_copy(update={"quality": measured.but(coverage=searched)})
        folder, unfinished = shelf / str(release.number), shelf / f".{release.number}.unfinished"
        if unfinished.exists():  # of a run that was killed
            shutil.rmtree(unfinished)
        if (
            folder.exists()
        ):  # killed at the last moment, or the database was restored: kept, since it may have been read
            folder.rename(folder.with_name(f"{folder.name}.unlisted-{now:%Y%m%dT%H%M%S}"))
        unfinished.mkdir()
        try:
            status.update(f"release {release.number}: data files for {len(release.records)} initiatives")
            write_data(release, unfinished, settings, taxonomy)
            for entry in sorted(entry_points(group="tracker.release_writers"), key=lambda entry: entry.name):
                status.update(f"release {release.number}: {entry.name} for {len(release.records)} initiatives")
                writer: ReleaseWriter = entry.load()
                writer(release, unfinished, settings, taxonomy)
            checksums = write_checksums(unfinished)
            unfinished.rename(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        store.release_written(release.number, _told(folder, settings), checksums, by)
        _point(shelf / "current", folder)
    return folder


def lead_to_newest(store: Store, settings: Settings) -> None:
    """Makes `current` point to the newest release, where a run was killed after listing it and before that."""
    told = store.newest_folder()
    folder = settings.data / told if told else None
    if folder is None or not folder.is_dir():
        return
    link = folder.parent / "current"
    if link.resolve() != folder.resolve():
        with suppress(Busy), _alone(folder.parent):
            _point(link, folder)


def _told(folder: Path, settings: Settings) -> str:
    """The folder as the store remembers it: within the data folder relative to it, so that the whole may move."""
    whole, data = folder.resolve(), settings.data.resolve()
    return str(whole.relative_to(data) if whole.is_relative_to(data) else whole)


def _point(link: Path, folder: Path) -> None:
    """Makes `link` point to the folder beside it, at once: a reader finds the old one or the new one."""
    made = link.with_name(f".{link.name}.new")
    made.unlink(missing_ok=True)
    made.symlink_to(folder.name, target_is_directory=True)
    made.replace(link)


@contextmanager
def _alone(shelf: Path) -> Iterator[None]:
    shelf.mkdir(parents=True, exist_ok=True)
    with (shelf / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another release is being made in {shelf}; wait for it and try again") from None
        yield


@contextmanager
def _understood(shelf: Path) -> Iterator[None]:
    """Turns the disk's troubles into a sentence; nothing of the release is left by then, and the one before stands."""
    try:
        yield
    except TrackerError:
        raise
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            why = "the disk is full; free some space and publish again"
        else:
            why = f"{problem.filename or shelf} cannot be written ({problem.strerror}); mend that and publish again"
        raise StoreUnavailable(f"The release was not made: {why}. The release before it stands as it was.") from problem
