"""The rules of accounts and sign-ins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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


def test_a_password_counts_as_it_was_typed_to_its_last_sign(sqlite_store: Store, now: datetime) -> None:
    longest = ("four quiet brown horses " * 50)[: people.LONGEST_PASSWORD]
    person = people.add(sqlite_store, a_person(), longest, "test")

    for other in (f"{longest}x", f" {longest}", longest.upper()):
        assert people.sign_in(sqlite_store, person.email, other, now) is None
    assert people.sign_in(sqlite_store, person.email, longest, now + timedelta(hours=1)) is not None


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


# ------------------------------------------------------------------------------------------------------- many tries


@pytest.mark.parametrize(("failures", "seconds"), [(2, None), (3, 8), (4, 16), (9, 512), (10, 900), (400, 900)])
def test_each_failure_doubles_the_wait_up_to_a_quarter_of_an_hour(failures: int, seconds: int | None) -> None:
    wait = people.wait_after(failures, people.FREE_TRIES)

    assert (wait and wait.total_seconds()) == seconds


def test_a_network_that_guesses_waits_whichever_names_it_tries(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    for number in range(people.FREE_TRIES_OF_A_NETWORK):
        people.sign_in(sqlite_store, f"nobody{number}@example.org", "wrong", now, network="n1")

    with pytest.raises(NotAllowed, match="too many tries from your network"):
        people.sign_in(sqlite_store, account.email, PASSWORD, now, network="n1")
    assert people.sign_in(sqlite_store, account.email, PASSWORD, now, network="n2") is not None
    assert people.sign_in(sqlite_store, account.email, PASSWORD, now + timedelta(hours=2), network="n1") is not None


def test_a_right_password_neither_counts_against_its_network_nor_washes_others_clean(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    for _ in range(30):
        assert people.sign_in(sqlite_store, account.email, PASSWORD, now, network="office") is not None
    for _ in range(people.FREE_TRIES_OF_A_NETWORK - 1):
        people.sign_in(sqlite_store, "nobody@example.org", "wrong", now, network="office")
    people.sign_in(sqlite_store, account.email, PASSWORD, now, network="office")

    people.sign_in(sqlite_store, "nobody@example.org", "wrong", now, network="office")

    with pytest.raises(NotAllowed):
        people.sign_in(sqlite_store, account.email, PASSWORD, now, network="office")


def test_tries_at_the_same_moment_all_count(store: Store, now: datetime) -> None:
    account = people.add(store, a_person(), PASSWORD, "test")
    checked: list[str] = []

    def guess(number: int) -> None:
        try:
            people.recognised(store, account.email, f"wrong {number}", now, network="n1")
            checked.append(account.email)
        except NotAllowed:
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, range(20)))

    found = store.account(account.email)
    assert found is not None
    assert found.failures == people.FREE_TRIES  # no more were looked at before the account waited
    assert len(checked) == people.FREE_TRIES_OF_A_NETWORK


def test_known_and_unknown_names_take_the_same_work(
    sqlite_store: Store, account: Person, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_store.add_person(a_person(email="new@example.org"), "", "test")  # no password has been set
    checked: list[str] = []
    check = people._hasher.verify

    class Counting:
        def verify(self, password_hash: str, password: str) -> bool:
            checked.append(password_hash)
            return bool(check(password_hash, password))

    people._nobody()
    monkeypatch.setattr(people, "_hasher", Counting())
    work = []
    for email in (account.email, "new@example.org", "nobody@example.org", *[account.email] * 4):
        people.sign_in(sqlite_store, email, "wrong", now)
        work.append(len(checked))

    assert work == [1, 2, 3, 4, 5, 6, 7]
    assert {hashed.rsplit("$", 2)[0] for hashed in checked} == {checked[0].rsplit("$", 2)[0]}  # of the same cost


def test_who_fails_is_audited_without_password_name_or_address(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    for _ in range(3):
        people.sign_in(sqlite_store, account.email, "a secret guess", now, network="abcdef0123456789")
    people.sign_in(sqlite_store, "password typed as name", "x", now, network="abcdef0123456789")

    events = [(event.what, event.subject, event.subject_id) for event in sqlite_store.events(limit=5)]
    assert events == [
        ("sign-in failed", "network", "abcdef01"),
        ("sign-in failed", "person", str(account.id)),
        ("account waits", "person", str(account.id)),
        ("sign-in failed", "person", str(account.id)),
        ("sign-in failed", "person", str(account.id)),
    ]
    told = " ".join(str(event.model_dump()) for event in sqlite_store.events())
    assert "secret guess" not in told
    assert "typed as name" not in told


# ------------------------------------------------------------------------------------------------------------ links


def test_a_link_lets_its_person_in_once_with_a_password_of_their_own(sqlite_store: Store, now: datetime) -> None:
    newcomer = sqlite_store.add_person(a_person(), "", "test")
    link = people.make_link(sqlite_store, newcomer, people.WELCOME, "chloe@example.org", now)

    token = people.use_link(sqlite_store, link, PASSWORD, now)

    assert people.who(sqlite_store, token, now) == newcomer
    assert people.sign_in(sqlite_store, newcomer.email, PASSWORD, now) is not None
    with pytest.raises(NotFound, match="has been used"):
        people.use_link(sqlite_store, link, "six loud white geese", now)


def test_a_link_ends_with_its_time_with_a_newer_one_and_with_the_account(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    old = people.make_link(sqlite_store, account, people.RESET, "test", now)
    new = people.make_link(sqlite_store, account, people.RESET, "test", now)

    with pytest.raises(NotFound):
        people.link_of(sqlite_store, old, now)
    with pytest.raises(NotFound):
        people.link_of(sqlite_store, new, now + timedelta(days=1))
    people.disable(sqlite_store, account.email, "test")
    with pytest.raises(NotFound):
        people.link_of(sqlite_store, new, now)


def test_a_weak_password_does_not_use_a_link_up(sqlite_store: Store, account: Person, now: datetime) -> None:
    link = people.make_link(sqlite_store, account, people.RESET, "test", now)

    with pytest.raises(BadInput):
        people.use_link(sqlite_store, link, "short", now)

    assert people.link_of(sqlite_store, link, now).person == account


def test_breaking_the_glass_lets_in_without_a_password_and_leaves_it_as_it_is(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    link = people.make_link(sqlite_store, account, people.BREAK_GLASS, "command line", now)

    assert people.who(sqlite_store, people.use_link(sqlite_store, link, "", now), now) == account
    assert people.sign_in(sqlite_store, account.email, PASSWORD, now) is not None


# ------------------------------------------------------------------------------------------- through a provider

ISSUER = "https://login.example.org"


def proven(**changes: object) -> people.Proven:
    good = {"issuer": ISSUER, "subject": "7", "email": "ANA@example.org", "email_verified": True}
    return people.Proven.model_validate({**good, **changes})


def test_a_verified_address_links_an_account_once_and_then_the_name_alone_counts(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    first = people.let_in_as(sqlite_store, proven(), now)
    later = people.let_in_as(sqlite_store, proven(email="moved@example.org", email_verified=False), now)

    assert people.who(sqlite_store, first, now) == people.who(sqlite_store, later, now) == account
    assert [event.what for event in sqlite_store.events(limit=3)] == ["signed in", "signed in", "identity linked"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email_verified": False}, "has not verified"),
        ({"email": "nobody@example.org"}, "nobody has made an account"),
        ({"email": ""}, "nobody has made an account"),
    ],
)
def test_whom_nobody_prepared_an_account_for_stays_outside(
    sqlite_store: Store, account: Person, now: datetime, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(NotAllowed, match=sentence):
        people.let_in_as(sqlite_store, proven(**changes), now)

    assert sqlite_store.people() == [account]
    assert sqlite_store.events(limit=1)[0].what == "sign-in failed"


def test_an_address_that_the_provider_gave_to_somebody_else_does_not_take_the_account_over(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    people.let_in_as(sqlite_store, proven(), now)

    with pytest.raises(NotAllowed, match="belongs to another identity"):
        people.let_in_as(sqlite_store, proven(subject="8"), now)


def test_a_disabled_account_stays_outside_whoever_recognises_it(
    sqlite_store: Store, account: Person, now: datetime
) -> None:
    people.let_in_as(sqlite_store, proven(), now)
    people.disable(sqlite_store, account.email, "test")

    with pytest.raises(NotAllowed, match="switched off"):
        people.let_in_as(sqlite_store, proven(), now)
