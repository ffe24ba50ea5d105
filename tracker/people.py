"""Who may come in, and what each may do. Passwords are argon2id; sign-ins live in the store and can be ended there."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from tracker.errors import BadInput, NotAllowed, NotFound
from tracker.model import Person, Role
from tracker.store import Store

SHORTEST_PASSWORD = 12  # characters; ASVS 5.0 6.2.1 asks for 8 at least, and recommends 15
LONGEST_SIGN_IN = timedelta(hours=8)
LONGEST_PAUSE = timedelta(hours=1)  # without any action
FREE_TRIES = 3
LONGEST_WAIT = timedelta(minutes=15)

_RANK = {Role.ANALYST: 0, Role.EDITOR: 1, Role.ADMIN: 2}
_hasher = PasswordHasher()


def add(store: Store, person: Person, password: str, by: str) -> Person:
    """The new account. Raises BadInput for a weak password or an address that has an account."""
    _strong_enough(password, person)
    return store.add_person(person, _hasher.hash(password), by)


def set_password(store: Store, email: str, password: str, by: str) -> None:
    """A new password; every sign-in of this person ends."""
    person = find(store, email)
    _strong_enough(password, person)
    store.change_person(person, by, password_hash=_hasher.hash(password))


def disable(store: Store, email: str, by: str) -> Person:
    """The account is switched off and signed out everywhere; what the person has decided stays theirs."""
    person = find(store, email).but(active=False)
    store.change_person(person, by)
    return person


def find(store: Store, email: str) -> Person:
    """Raises NotFound, with what to do."""
    account = store.account(email)
    if account is None:
        raise NotFound(f"nobody has the address {email}; `tracker people list` shows who has an account")
    return account.person


def sign_in(store: Store, email: str, password: str, now: datetime) -> str | None:
    """A new token for the right password, else None.

    Takes as long for an unknown address as for a wrong password. After three failures each further one makes the
    account wait twice as long, up to 15 minutes, in which even the right password is refused.
    """
    account = store.account(email)
    if account is None:
        _check(_nobody(), password)
        return None
    right = _check(account.password_hash, password)
    if account.locked_until and account.locked_until > now:
        return None
    if not right or not account.person.active:
        failures = account.failures + 1
        wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(failures, 12)))
        store.set_failures(account.person.id, failures, now + wait if failures >= FREE_TRIES else None)
        return None
    token = secrets.token_urlsafe(32)
    with store.writing():
        store.set_failures(account.person.id, 0, None)
        store.add_sign_in(_hidden(token), account.person, now, now + LONGEST_SIGN_IN)
    return token


def who(store: Store, token: str | None, now: datetime) -> Person | None:
    """Whose sign-in a token is; None when it has ended, was idle for an hour, or the account is switched off."""
    if not token:
        return None
    found = store.sign_in(_hidden(token))
    if found is None or found.expires_at <= now or found.last_seen_at + LONGEST_PAUSE <= now:
        return None
    if now - found.last_seen_at > timedelta(minutes=1):  # once a minute is enough to know that somebody is there
        store.touch_sign_in(_hidden(token), now)
    return found.person


def sign_out(store: Store, token: str) -> None:
    """Ends this sign-in, everywhere it is used, and gives back what the person had open."""
    found = store.sign_in(_hidden(token))
    with store.writing():
        if found is not None:
            store.release_claims(found.person.id)
        store.end_sign_in(_hidden(token))


def may(person: Person, role: Role) -> bool:
    """Whether somebody has this role or a higher one: analyst < editor < admin."""
    return person.active and _RANK[person.role] >= _RANK[role]


def require(person: Person, role: Role, act: str) -> None:
    """Raises NotAllowed, saying who may."""
    if not may(person, role):
        raise NotAllowed(f"{person.name} ({person.role.value}) may not {act}; this takes the role {role.value}")


def _check(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[:1024])
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash that no password has, so that unknown addresses take as long."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _hidden(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _strong_enough(password: str, person: Person) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(f"the password needs {SHORTEST_PASSWORD} characters or more; a few words do well")
    if len(set(password)) < 5 or person.email.split("@")[0] in password.casefold():
        raise BadInput("the password is too easy to guess: no repeated letters, no part of the e-mail address")
