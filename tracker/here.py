"""What does a command work on? The settings, the taxonomy and the store, each opened when it is first asked for."""

from __future__ import annotations

import json
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.errors import BadInput

if TYPE_CHECKING:
    from tracker.settings import Settings
    from tracker.store import Store
    from tracker.taxonomy import Taxonomy


class Here:
    """What a command works on: the settings, the taxonomy and the store, each opened when it is first asked for."""

    def __init__(self, config: Path | None) -> None:
        self.config = config
        self._store: Store | None = None

    @cached_property
    def settings(self) -> Settings:
        from tracker import settings

        return settings.load(self.config)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        from tracker import taxonomy

        return taxonomy.load(self.settings.taxonomy)

    def store(self) -> Store:
        """The store, migrated, with the sources of the configuration registered."""
        if self._store is None:
            from tracker.store import open_store

            settings = self.settings
            _known_issues(settings, self.taxonomy)
            self._store = open_store(settings.database)
            self._store.register(settings.sources, sample=settings.samples)
        return self._store


def here(context: typer.Context) -> Here:
    """What this call of the command works on."""
    found = context.find_object(Here)
    assert found is not None  # noqa: S101  the callback below always sets it
    return found


def say(text: str) -> None:
    """A sentence for the person at the terminal; data goes to stdout, this does not."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, default=str))


Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


def _known_issues(settings: Settings, taxonomy: Taxonomy) -> None:
    known = taxonomy.codes("issues")
    wrong = [
        f"source {source.id}: there is no issue {issue!r}; known: {', '.join(known)}"
        for source in settings.sources
        for issue in source.issues
        if issue not in known
    ]
    if wrong:
        raise BadInput("\n".join(wrong))
