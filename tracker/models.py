"""Which model is in service, when a person decides it?"""

from __future__ import annotations

from tracker.errors import Sentence
from tracker.model import KeptModel, Person, Role
from tracker.people import require
from tracker.store import Store


def use(store: Store, person: Person, version: int) -> KeptModel:
    """The model, in service from now on; no newer one takes its place until a person says so. Editors only.

    The queue is ranked by it in the next pass of the learning service. Raises NotFound, also when its weights were let
    go.
    """
    require(person, Role.EDITOR, Sentence("choose the model in service"))
    return store.put_in_service(version, f"chosen by {person.name}", person.email, person.id)


def hand_back(store: Store, person: Person) -> KeptModel:
    """The model in service, which newer ones may replace again when they are no worse. Editors only.

    Raises NotFound when none is in service.
    """
    require(person, Role.EDITOR, Sentence("choose the model in service"))
    return store.hand_back(f"left to the machine by {person.name}", person.email)
