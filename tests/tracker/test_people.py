"""The rules of accounts and sign-ins."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.makers import a_person
from tracker import people
from tracker.errors import BadInput, NotAllowed, NotFound
from tracker.model import Person, Role
from tracker.store import Store

PASSWORD = "four quiet brown horses"


@pytest.fixture
def account(sqlite_store: Store) -> Person:
    return people.add(sqlite_store, a_person(), PASSWORD, "test")


def test_the_right_password_signs_in_and_the_token_says_who(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    token = people.sign_in(sqlite_store, "ANA@example.org ", PASSWORD, now)

    assert people.who(sqlite_store, token, now) == account


def test_a_wrong_password_and_an_unknown_address_give_nothing(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    assert people.sign_in(sqlite_store, account.email, "five quiet brown horses", now) is None
    assert people.sign_in(sqlite_store, "nobody@example.org", PASSWORD, now) is None


def test_after_three_failures_even_the_right_password_waits(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    for _ in range(3):
        people.sign_in(sqlite_store, account.email, "wrong", now)

    assert people.sign_in(sqlite_store, account.email, PASSWORD, now) is None
    assert people.sign_in(sqlite_store, account.email, PASSWORD, now + timedelta(minutes=16)) is not None


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "ana is the best of all"])
def test_a_weak_password_is_refused(sqlite_store: Store, password: str) -> None:
    with pytest.raises(BadInput):
        people.add(sqlite_store, a_person(), password, "test")


def test_an_address_has_one_account(sqlite_store: Store, account: Person) -> None:
    with pytest.raises(BadInput, match="has an account already"):
        people.add(sqlite_store, a_person(name="Another Ana"), PASSWORD, "test")


def test_neither_password_nor_token_is_in_the_database(sqlite_store: Store, account: Person, now: datetime) -> None:
    token = people.sign_in(sqlite_store, account.email, PASSWORD, now) or ""
    sqlite_store.close()

    path = sqlite_store.engine.url.database or ""
    with open(path, "rb") as database:  # noqa: PTH123  the bytes as they lie on the disk
        kept = database.read()

    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept


def test_a_sign_in_ends_after_an_idle_hour_and_after_eight_hours_at_work(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    idle = people.sign_in(sqlite_store, account.email, PASSWORD, now)
    busy = people.sign_in(sqlite_store, account.email, PASSWORD, now)

    for minutes in range(30, 8 * 60, 30):
        assert people.who(sqlite_store, busy, now + timedelta(minutes=minutes)) is not None

    assert people.who(sqlite_store, idle, now + timedelta(minutes=61)) is None
    assert people.who(sqlite_store, busy, now + timedelta(hours=8)) is None


def test_signing_out_ends_the_token_everywhere(sqlite_store: Store, account: Person, now: datetime) -> None:
    token = people.sign_in(sqlite_store, account.email, PASSWORD, now) or ""

    people.sign_out(sqlite_store, token)

    assert people.who(sqlite_store, token, now) is None


def test_a_new_password_ends_every_sign_in(sqlite_store: Store, account: Person, now: datetime) -> None:
    token = people.sign_in(sqlite_store, account.email, PASSWORD, now)

    people.set_password(sqlite_store, account.email, "six loud white geese", "test")

    assert people.who(sqlite_store, token, now) is None
    assert people.sign_in(sqlite_store, account.email, "six loud white geese", now) is not None


def test_a_disabled_account_is_out_at_once_and_cannot_come_back(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    token = people.sign_in(sqlite_store, account.email, PASSWORD, now)

    people.disable(sqlite_store, account.email, "test")

    assert people.who(sqlite_store, token, now) is None
    assert people.sign_in(sqlite_store, account.email, PASSWORD, now) is None


def test_roles_include_the_lower_ones_and_say_what_is_needed() -> None:
    editor = a_person(role=Role.EDITOR)

    people.require(editor, Role.ANALYST, "decide")
    with pytest.raises(NotAllowed, match="this takes the role admin"):
        people.require(editor, Role.ADMIN, "make accounts")


def test_an_unknown_address_is_said_to_be_unknown(sqlite_store: Store) -> None:
    with pytest.raises(NotFound, match="tracker people list"):
        people.find(sqlite_store, "nobody@example.org")


def test_what_somebody_has_set_for_themselves_is_theirs_alone_and_the_last_counts(
    store: Store, ana: Person, ben: Person
) -> None:
    store.set_setting(ana.id, "keys", {"on": True})
    store.set_setting(ana.id, "keys", {"on": False})

    assert store.setting(ana.id, "keys") == {"on": False}
    assert store.setting(ben.id, "keys") is None
