"""What people do with accounts at the desk: an admin with those of others, everybody with their own.

Nothing is sent: a link that lets somebody in is shown once to the admin who made it, who passes it on.
"""

from __future__ import annotations

from datetime import datetime

from tracker import people
from tracker.errors import BadInput, Conflict, NotAllowed, NotFound, Sentence
from tracker.model import Person, Role
from tracker.people import RESET, WELCOME, require
from tracker.store import Store
from tracker.store.audit import Event, EventFilter
from tracker.store.people import Enrolled, SignIn

LANGUAGES = ("en", "fr", "es")  # in which the desk speaks

_MANAGE = Sentence("manage accounts")
_AUDIT = Sentence("read the audit")


# ------------------------------------------------------------------------------------------------ accounts of others


def everybody(store: Store, person: Person, now: datetime) -> list[Enrolled]:
    """All accounts, by name. Raises NotAllowed, as do all acts on accounts of others, for whoever is no admin."""
    require(person, Role.ADMIN, _MANAGE)
    return store.enrolled(now, now - people.LONGEST_PAUSE)


def invite(store: Store, person: Person, newcomer: Person, now: datetime) -> str:
    """Makes an account without a password; the token of the link with which the newcomer sets one, once.

    Raises BadInput when the address has an account.
    """
    require(person, Role.ADMIN, _MANAGE)
    with store.writing():
        made = store.add_person(newcomer, "", person.email)
        return people.make_link(store, made, WELCOME, person.email, now)


def new_link(store: Store, person: Person, of: int, now: datetime) -> str:
    """The token of a link with which somebody sets a new password; the old one and every sign-in end at once."""
    require(person, Role.ADMIN, _MANAGE)
    with store.writing():
        whom = store.person(of)
        if not whom.active:
            raise Conflict(Sentence("{name} is switched off; switch the account on first", name=whom.name))
        store.change_person(whom, person.email, password_hash="")
        return people.make_link(store, whom, RESET, person.email, now)


def give_role(store: Store, person: Person, of: int, role: Role) -> Person:
    """The person with another role, from their next action on. Raises Conflict for the last admin."""
    require(person, Role.ADMIN, _MANAGE)
    with store.writing():
        changed = store.person(of).but(role=role)
        store.change_person(changed, person.email)
    return changed


def switch_off(store: Store, person: Person, of: int) -> Person:
    """The account lets nobody in any more, and is signed out everywhere. Raises Conflict for the last admin."""
    require(person, Role.ADMIN, _MANAGE)
    return people.disable(store, store.person(of).email, person.email)


def switch_on(store: Store, person: Person, of: int) -> Person:
    """The account lets its person in again."""
    require(person, Role.ADMIN, _MANAGE)
    with store.writing():
        changed = store.person(of).but(active=True)
        store.change_person(changed, person.email)
    return changed


def forget_identity(store: Store, person: Person, of: int) -> None:
    """No provider of sign-ins knows this person any more, who is signed out everywhere; the next one links anew."""
    require(person, Role.ADMIN, _MANAGE)
    with store.writing():
        store.remove_identities(of, person.email)
        store.end_sign_ins(of, person.email)


def sign_ins(store: Store, person: Person, of: int, now: datetime) -> list[SignIn]:
    """Where somebody is signed in, the last used first: an admin asks for anybody, others for themselves."""
    if of != person.id or not person.active:
        require(person, Role.ADMIN, _MANAGE)
    return store.sign_ins(now, now - people.LONGEST_PAUSE, of)


def end_sign_in(store: Store, person: Person, token_hash: str) -> None:
    """Ends one sign-in in every tab that uses it: one's own, or an admin anybody's. Raises NotFound when it has."""
    found = store.sign_in(token_hash)
    if found is None or found.person.id != person.id or not person.active:
        require(person, Role.ADMIN, _MANAGE)
    if not store.end_sign_in(token_hash, person.email, "sign-in ended"):
        raise NotFound(Sentence("this sign-in has ended already"))


def end_sign_ins(store: Store, person: Person, of: int, *, but: str = "") -> int:
    """How many sign-ins of somebody were ended: all, or all but the one whose token's hash is given."""
    if of != person.id or not person.active:
        require(person, Role.ADMIN, _MANAGE)
    return store.end_sign_ins(of, person.email, but=but)


def audit(store: Store, person: Person, wanted: EventFilter, limit: int, offset: int = 0) -> list[Event]:
    """The audit, newest first. Raises NotAllowed for whoever is no admin."""
    require(person, Role.ADMIN, _AUDIT)
    return store.audit(wanted, limit, offset)


# ---------------------------------------------------------------------------------------------------- one's own account


def change_password(
    store: Store, person: Person, old: str, new: str, now: datetime, *, network: str = "", browser: str = ""
) -> str:
    """A new token after one's own password was changed; every other sign-in has ended.

    A wrong old password counts as a failed sign-in, and waits as one. Raises NotAllowed for it, BadInput for a weak
    new one.
    """
    require(person, Role.ANALYST, Sentence("change a password"))
    people.strong_enough(new, person)
    if old == new:
        raise BadInput(Sentence("the new password is the old one"))
    if people.recognised(store, person.email, old, now, network=network) is None:
        raise NotAllowed(
            Sentence("this is not your password, or there were too many tries; wait a little and try again")
        )
    with store.writing():
        people.set_password(store, person.email, new, person.email)
        return people.let_in(store, person, now, network=network, browser=browser, way="password")


def choose_language(store: Store, person: Person, language: str) -> None:
    """In which language the desk speaks to this person from now on. Raises BadInput for one that it does not speak."""
    require(person, Role.ANALYST, Sentence("choose a language"))
    if language not in LANGUAGES:
        raise BadInput(Sentence("the desk speaks {known}", known=", ".join(LANGUAGES)))
    store.choose_language(person.id, language)
