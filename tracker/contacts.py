"""Whom can somebody in need call? What editors may do with these contacts: nothing is public that they did not check.

Each act is a check by the editor who does it: it holds for 180 days (`CheckedContact.holds`), then the public sees the
contact no more until somebody checks it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from tracker.errors import BadInput, Sentence
from tracker.model import CheckedContact, HelpContact, Person, Role
from tracker.people import require
from tracker.store import Store
from tracker.taxonomy import Taxonomy

ACT = Sentence("change the help contacts")


def drafted(given: Mapping[str, Any], taxonomy: Taxonomy) -> HelpContact:
    """The contact as it was written. Raises BadInput, with a sentence for each field that cannot be followed."""
    try:
        contact = HelpContact.model_validate(given)
    except ValidationError as wrong:
        said = (f"{'.'.join(map(str, one['loc'])) or 'contact'}: {_sentence(one)}" for one in wrong.errors())
        raise BadInput("\n".join(said)) from None
    for group in ("issues", "targets"):
        if unknown := [code for code in getattr(contact, group) if code not in taxonomy.codes(group)]:
            raise BadInput(f"{group}: the codebook does not have {', '.join(unknown)}")
    return contact


def add(store: Store, contact: HelpContact, person: Person, now: datetime) -> CheckedContact:
    """A new contact, checked now. Raises NotAllowed."""
    require(person, Role.EDITOR, ACT)
    return store.add_contact(contact, person, now)


def check(
    store: Store, number: int, revision: int, contact: HelpContact, person: Person, now: datetime
) -> CheckedContact:
    """The contact as it was found now, changed or the same; it holds anew.

    Raises NotAllowed, NotFound, and Conflict when somebody else saved it since `revision`.
    """
    require(person, Role.EDITOR, ACT)
    return store.check_contact(number, revision, contact, person, now)


def withdraw(store: Store, number: int, revision: int, person: Person, now: datetime, reason: str) -> CheckedContact:
    """Takes a contact away from the next release on; its history stays. Raises as `check`, and BadInput."""
    require(person, Role.EDITOR, ACT)
    if not reason.strip():
        raise BadInput("say why the contact is withdrawn")
    contact = store.contact_history(number)[0].contact
    return store.check_contact(number, revision, contact, person, now, withdrawn=True, reason=reason.strip())


def _sentence(problem: Any) -> str:
    field = str(problem["loc"][0]) if problem["loc"] else ""
    plain = {
        "phone": "write a number such as +1 555 0100",
        "text_number": "write a number such as +1 555 0100",
        "names": "give a name in one language at least",
        "url": "write a whole address such as https://example.org/",
        "source": "write the whole address of the page where its owner says so",
        "subdivision": "write an ISO 3166-2 code such as CA-QC",
    }
    return plain.get(field) or str(problem["msg"]).removeprefix("Value error, ")
