"""Which sources are watched, and whose word is that? What the desk may do with a source; editors and above.

A source is written either in config.yaml, which the desk only pauses, moves and has asked again, or at the desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import HttpUrl, ValidationError

from tracker import settings
from tracker.errors import BadInput, Conflict, Sentence, because, by_field
from tracker.model import Person, Role, Source, Watched
from tracker.people import require
from tracker.store import Store
from tracker.taxonomy import Taxonomy
from tracker.text import free_id


def drafted(values: Mapping[str, Any], taxonomy: Taxonomy, taken: frozenset[str] = frozenset()) -> Source:
    """A source of what was written into a form; without an id, one is made of its name that is not among `taken`.

    Raises BadInput with a line for each field that is wrong: its name, what is wrong, and what would be right.
    """
    given = {**values, "id": values.get("id") or free_id(str(values.get("name") or "source"), taken)}
    try:
        source = Source.model_validate(given)
        HttpUrl(source.url)
    except ValidationError as wrong:
        raise BadInput(Sentence.joined(map(_told, wrong.errors()), "\n")) from None
    known = taxonomy.codes("issues")
    unknown = [issue for issue in source.issues if issue not in known]
    if unknown:
        known_ones = ", ".join(known)
        why = Sentence("there is no issue '{issue}'; known: {known}", issue=unknown[0], known=known_ones)
        raise BadInput(by_field([("issues", why)]))
    return source


def _told(problem: Any) -> Sentence:
    field = ".".join(str(step) for step in problem["loc"] if isinstance(step, str)) or "url"
    if remedy := settings.remedy(f"sources.{field}"):
        return Sentence("{field}: {why}. {remedy}", field=field, why=because(problem), remedy=remedy)
    return Sentence("{field}: {why}", field=field, why=because(problem))


def add(store: Store, source: Source, person: Person, *, sample: bool = False) -> None:
    """Watches a further source from now on. Raises NotAllowed, and Conflict when it is watched already."""
    require(person, Role.EDITOR, Sentence("add a source"))
    store.add_source(source, person.email, sample=sample)


def change(store: Store, source: Source, person: Person) -> None:
    """Writes what the desk now says of one of its own sources. Raises NotAllowed, NotFound, Conflict."""
    require(person, Role.EDITOR, Sentence("change a source"))
    store.change_source(source, person.email)


def pause(store: Store, source_id: str, person: Person) -> None:
    """Lets a source rest until somebody resumes it. Raises NotAllowed, NotFound."""
    require(person, Role.EDITOR, Sentence("pause a source"))
    store.pause_source(source_id, True, person.email)


def resume(store: Store, source_id: str, person: Person) -> None:
    """Ends a pause. Raises NotAllowed, NotFound, and Conflict for what config.yaml itself switches off."""
    require(person, Role.EDITOR, Sentence("resume a source"))
    [of] = store.watched([source_id])
    if not of.source.enabled:
        raise Conflict(
            Sentence("{name} is switched off in config.yaml (enabled: false); change it there", name=of.source.name)
        )
    store.pause_source(source_id, False, person.email)


def ask_again(store: Store, source_id: str, person: Person) -> None:
    """Has a source asked in the next round, also when it rests or is gone. Raises NotAllowed, NotFound."""
    require(person, Role.EDITOR, Sentence("have a source asked again"))
    try:
        store.reopen(source_id, person.email)
    except Conflict:  # it does not rest: it is only made due
        store.ask_soon(source_id, person.email)


def use_address(store: Store, source_id: str, url: str, person: Person) -> Watched:
    """Gives a source the address where it is now to be found. Raises NotAllowed, NotFound, BadInput, Conflict."""
    require(person, Role.EDITOR, Sentence("change the address of a source"))
    [of] = store.watched([source_id])
    try:
        moved = of.source.but(url=url)
        HttpUrl(url)
    except ValidationError as wrong:
        raise BadInput(Sentence.joined(map(_told, wrong.errors()), "\n")) from None
    store.move(source_id, moved.url, person.email, afresh=True)
    return of.but(source=moved)
