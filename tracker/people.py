"""Who may come in, and what each may do. Passwords are argon2id; sign-ins live in the store and can be ended there."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from tracker.errors import BadInput, NotAllowed, NotFound, Sentence
from tracker.model import Person, Role, Value
from tracker.store import Store
from tracker.store.people import Account, DoorLink, SignIn, Tries

SHORTEST_PASSWORD = 12  # characters; ASVS 5.0 6.2.1 asks for 8 at least, and recommends 15
LONGEST_PASSWORD = 1024
LONGEST_SIGN_IN = timedelta(hours=8)
LONGEST_PAUSE = timedelta(hours=1)  # without any action
FREE_TRIES = 3
FREE_TRIES_OF_A_NETWORK = 10  # many people may share one
NETWORK_FORGETS = timedelta(hours=1)
LONGEST_WAIT = timedelta(minutes=15)
NOBODY = "nobody"  # who acts when a sign-in fails

WELCOME, RESET, BREAK_GLASS = "welcome", "reset", "break_glass"  # what a link is for
_LINK_LASTS = {WELCOME: timedelta(days=7), RESET: timedelta(days=1), BREAK_GLASS: timedelta(minutes=15)}

ROLE_NAMES = {Role.ANALYST: Sentence("analyst"), Role.EDITOR: Sentence("editor"), Role.ADMIN: Sentence("admin")}
_RANK = {Role.ANALYST: 0, Role.EDITOR: 1, Role.ADMIN: 2}
_hasher = PasswordHasher()


def add(store: Store, person: Person, password: str, by: str) -> Person:
    """The new account. Raises BadInput for a weak password or an address that has an account."""
    strong_enough(password, person)
    return store.add_person(person, _hasher.hash(password), by)


def set_password(store: Store, email: str, password: str, by: str) -> None:
    """A new password; every sign-in of this person ends."""
    person = find(store, email)
    strong_enough(password, person)
    store.change_person(person, by, password_hash=_hasher.hash(password))


def disable(store: Store, email: str, by: str) -> Person:
    """The account is switched off and signed out everywhere; what the person has decided stays theirs.

    Raises Conflict for the last admin.
    """
    person = find(store, email).but(active=False)
    with store.writing():
        store.change_person(person, by)
        store.release_claims(person.id)
    return person


def find(store: Store, email: str) -> Person:
    """Raises NotFound, with what to do."""
    account = store.account(email)
    if account is None:
        raise NotFound(
            Sentence("nobody has the address {email}; `tracker people list` shows who has an account", email=email)
        )
    return account.person


# ------------------------------------------------------------------------------------------------------- signing in


def sign_in(
    store: Store, email: str, password: str, now: datetime, *, network: str = "", browser: str = ""
) -> str | None:
    """A new token for the right password, else None. Raises NotAllowed as `recognised` does."""
    person = recognised(store, email, password, now, network=network)
    return let_in(store, person, now, network=network, browser=browser, way="password") if person else None


def recognised(store: Store, email: str, password: str, now: datetime, *, network: str = "") -> Person | None:
    """Whose password this is; None when it is wrong, and in time that is waited for.

    Takes as long for an unknown address as for a wrong password. After three failures each further one makes the
    account wait twice as long, up to 15 minutes, in which even the right password is refused; after ten, the network
    that they came from (a hash, see `networks`). Raises NotAllowed while the network waits, without looking further.
    """
    with store.writing():  # the try counts before the password is looked at, so that many at once gain nothing
        _count_network(store, network, now)
        account = store.account(email, hold=True)
        waits = account is not None and account.locked_until is not None and account.locked_until > now
        if account is not None and not waits:
            _count_account(store, account, now)
    right = _check(account.password_hash if account else "", password)
    if account is None or waits or not right or not account.person.active:
        subject = ("person", account.person.id) if account else ("network", network[:8])
        store.note(NOBODY, "sign-in failed", *subject)
        return None
    with store.writing():
        store.set_failures(account.person.id, 0, None)
        _uncount_network(store, network, now)
    return account.person


def let_in(store: Store, person: Person, now: datetime, *, network: str, browser: str, way: str) -> str:
    """A new token for somebody who has shown who they are."""
    token = secrets.token_urlsafe(32)
    made = SignIn(
        person=person,
        token_hash=hidden(token),
        created_at=now,
        last_seen_at=now,
        expires_at=now + LONGEST_SIGN_IN,
        ip_hash=network,
        browser=browser,
        way=way,
    )
    store.add_sign_in(made)
    return token


def wait_after(failures: int, free: int) -> timedelta | None:
    """How long to wait after so many failures: twice as long each time, once those that are free are used up."""
    if failures < free:
        return None
    return min(LONGEST_WAIT, timedelta(seconds=2 ** min(failures - free + 3, 12)))


def _count_account(store: Store, account: Account, now: datetime) -> None:
    failures = account.failures + 1
    wait = wait_after(failures, FREE_TRIES)
    store.set_failures(account.person.id, failures, now + wait if wait else None)
    if failures == FREE_TRIES:
        store.note(NOBODY, "account waits", "person", account.person.id)


def _count_network(store: Store, network: str, now: datetime) -> None:
    if not network:
        return
    tries = store.tries(network, now)
    if tries.locked_until is not None and tries.locked_until > now:
        raise NotAllowed(Sentence("there were too many tries from your network; wait up to 15 minutes and try again"))
    failures = 1 if tries.last_at + NETWORK_FORGETS <= now else tries.failures + 1
    wait = wait_after(failures, FREE_TRIES_OF_A_NETWORK)
    if failures == FREE_TRIES_OF_A_NETWORK:
        store.note(NOBODY, "network waits", "network", network[:8])
    counted = Tries(failures=failures, last_at=now, locked_until=now + wait if wait else None)
    store.set_tries(network, counted, now - NETWORK_FORGETS)


def _uncount_network(store: Store, network: str, now: datetime) -> None:
    """A right password is no failure, but it makes none of the others undone: guessers may have an account too."""
    if network:
        tries = store.tries(network, now)
        counted = Tries(failures=max(0, tries.failures - 1), last_at=tries.last_at)
        store.set_tries(network, counted, now - NETWORK_FORGETS)


def who(store: Store, token: str | None, now: datetime) -> Person | None:
    """Whose sign-in a token is; None when it has ended, was idle for an hour, or the account is switched off."""
    if not token:
        return None
    found = store.sign_in(hidden(token))
    if found is None or found.expires_at <= now or found.last_seen_at + LONGEST_PAUSE <= now:
        return None
    if now - found.last_seen_at > timedelta(minutes=1):  # once a minute is enough to know that somebody is there
        store.touch_sign_in(found.token_hash, found.person.id, now)
    return found.person


def sign_out(store: Store, token: str) -> None:
    """Ends this sign-in, everywhere it is used, and gives back what the person had open."""
    found = store.sign_in(hidden(token))
    with store.writing():
        if found is not None:
            store.release_claims(found.person.id)
            store.end_sign_in(hidden(token), found.person.email)


# ---------------------------------------------------------------------------------------- through another's sign-in


class Proven(Value):
    """Whom a provider of sign-ins has recognised, by its own word."""

    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False


def let_in_as(store: Store, proven: Proven, now: datetime, *, network: str = "", browser: str = "") -> str:
    """A new token for somebody whom a provider recognised, if an admin has made an account for them.

    The first time, the verified e-mail address links the two; from then on only what the provider calls them counts.
    Raises NotAllowed for whoever is unknown here, switched off, or has an address that the provider has not verified.
    """
    with store.writing():
        person = store.known_as(proven.issuer, proven.subject)
        why = _why_not(store, proven, person)
        if why is None:
            if person is None:
                person = find(store, proven.email)
                store.add_identity(proven.issuer, proven.subject, person, now)
            return let_in(store, person, now, network=network, browser=browser, way="provider")
        told = {"way": "provider", "why": str(why)}
        if person is None:
            store.note(NOBODY, "sign-in failed", "provider", proven.issuer, None, told)
        else:
            store.note(NOBODY, "sign-in failed", "person", person.id, None, told)
    raise NotAllowed(why)


def _why_not(store: Store, proven: Proven, person: Person | None) -> Sentence | None:
    """What stands between somebody whom a provider recognised and the desk; None when nothing does."""
    if person is None:
        if not proven.email_verified:
            return Sentence("your provider has not verified your e-mail address; have it verified there")
        account = store.account(proven.email, hold=True)
        if account is None:
            return Sentence("nobody has made an account for you here; ask an admin of the desk")
        person = account.person
        if store.has_identity(proven.issuer, person.id):
            return Sentence("this account belongs to another identity at your provider; ask an admin of the desk")
    return None if person.active else Sentence("your account is switched off; ask an admin of the desk")


# ------------------------------------------------------------------------------------------- links that let in once


def make_link(store: Store, person: Person, purpose: str, by: str, now: datetime) -> str:
    """The token of a link that lets this person in once, instead of any earlier one. It is kept as a hash alone."""
    token = secrets.token_urlsafe(32)
    link = DoorLink(person=person, purpose=purpose, made_by=by, expires_at=now + _LINK_LASTS[purpose])
    store.add_link(link, hidden(token))
    return token


def link_of(store: Store, token: str, now: datetime) -> DoorLink:
    """Whose link a token is; looking does not use it up. Raises NotFound when it was used, replaced or is too old."""
    link = store.link(hidden(token)) if token else None
    if link is None or link.expires_at <= now:
        raise NotFound(Sentence("this link has been used or is too old; ask an admin of the desk for a new one"))
    return link


def use_link(store: Store, token: str, password: str, now: datetime, *, network: str = "", browser: str = "") -> str:
    """A new token for whoever holds the link, which also sets their password, unless it is to break the glass.

    Raises NotFound for a link that does not count, BadInput for a weak password: then the link still counts.
    """
    link = link_of(store, token, now)
    if link.purpose != BREAK_GLASS:
        strong_enough(password, link.person)
    password_hash = _hasher.hash(password) if link.purpose != BREAK_GLASS else None
    with store.writing():
        if not store.use_link(hidden(token)):
            link_of(store, token, now)
        if password_hash is not None:
            store.change_person(link.person, link.person.email, password_hash=password_hash)
        return let_in(store, link.person, now, network=network, browser=browser, way="link")


# -------------------------------------------------------------------------------------------------------- who may what


def may(person: Person, role: Role) -> bool:
    """Whether somebody has this role or a higher one: analyst < editor < admin."""
    return person.active and _RANK[person.role] >= _RANK[role]


def require(person: Person, role: Role, act: str) -> None:
    """Raises NotAllowed, saying who may."""
    if not may(person, role):
        raise NotAllowed(
            Sentence(
                "{name} ({role}) may not {act}; this takes the role {needed}",
                name=person.name,
                role=ROLE_NAMES[person.role],
                act=act,
                needed=ROLE_NAMES[role],
            )
        )


def _check(password_hash: str, password: str) -> bool:
    """Whether the password has this hash; takes as long where there is no hash."""
    try:
        right = _hasher.verify(password_hash or _nobody(), password[:LONGEST_PASSWORD])
        return right and bool(password_hash) and len(password) <= LONGEST_PASSWORD
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """A hash that no password has, so that unknown addresses take as long."""
    return _hasher.hash(secrets.token_urlsafe(32))


def hidden(token: str) -> str:
    """A token as the store keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in time that tells nothing."""
    return secrets.compare_digest(one.encode(), other.encode())


def strong_enough(password: str, person: Person) -> None:
    """Raises BadInput for a password that is too short, too long or easy to guess."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(
            Sentence("the password needs {least} characters or more; a few words do well", least=SHORTEST_PASSWORD)
        )
    if len(password) > LONGEST_PASSWORD:
        raise BadInput(Sentence("the password has more than {most} characters", most=LONGEST_PASSWORD))
    if len(set(password)) < 5 or person.email.split("@")[0] in password.casefold():
        raise BadInput(
            Sentence("the password is too easy to guess: no repeated letters, no part of the e-mail address")
        )
