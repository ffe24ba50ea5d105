"""What somebody tries who means harm: at the door, over the raw websocket, and with what they write into fields."""

from __future__ import annotations

import http.client
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import InvalidStatus

from dashboard.desk.login import COOKIE
from tests.dashboard.conftest import ready, serving, stop
from tests.dashboard.desk.raw import opened
from tests.makers import a_decision, a_person, a_source, entries
from tracker import accounts, intake, people, review, taxonomy
from tracker.errors import Conflict
from tracker.model import Person, Role, Verdict
from tracker.store import Store, open_store

pytestmark = pytest.mark.timeout(300)

PASSWORD = "four quiet brown horses"
SECRET_PAGES = ("/", "/people", "/audit", "/audit.csv", "/account", "/password", "/initiatives", "/words")


@dataclass
class Desk:
    """The real process, its store, and three people."""

    address: str
    store: Store
    ana: Person
    ben: Person
    chloe: Person

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.address, follow_redirects=False, timeout=30)

    def token(self, person: Person) -> str:
        return people.let_in(self.store, person, datetime.now(UTC), network="", browser="", way="password")

    def cookie(self, person: Person) -> str:
        return f"{COOKIE}={self.token(person)}"

    def sign_in(self, client: httpx2.Client, **form: str) -> httpx2.Response:
        return client.post("/login", data={"email": self.ana.email, "password": PASSWORD, **form})


@pytest.fixture(scope="module")
def desk(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("attacked")
    (folder / "tracker.db").write_bytes(migrated_sqlite.read_bytes())
    store = open_store(f"sqlite:///{folder}/tracker.db")
    store.register([a_source()])
    intake.take_in(store, a_source(), entries(5), datetime.now(UTC))
    found = [
        people.add(store, a_person(email=f"{name.lower()}@example.org", name=name, role=role), PASSWORD, "test")
        for name, role in (("Ana", Role.ANALYST), ("Ben", Role.EDITOR), ("Chloe", Role.ADMIN))
    ]
    config = folder / "config.yaml"
    config.write_text(f"database: sqlite:///{folder}/tracker.db\ndata: {folder}\n")
    process = serving("desk", config)
    try:
        yield Desk(ready(process), store, *found)
    finally:
        stop(process)
        store.close()


@pytest.fixture(autouse=True)
def _a_new_day(desk: Desk) -> None:
    """What earlier tests tried is forgotten."""
    with desk.store.writing() as db:
        db.exec_driver_sql("DELETE FROM network")
        db.exec_driver_sql("UPDATE person SET failures = 0, locked_until = NULL, active = 1")


# ------------------------------------------------------------------------------------------------------- cookies


@pytest.mark.parametrize("path", SECRET_PAGES)
@pytest.mark.parametrize("kind", ["none", "random", "hash", "expired", "ended", "nonsense"])
def test_no_cookie_but_that_of_a_live_sign_in_opens_a_page(desk: Desk, path: str, kind: str) -> None:
    now = datetime.now(UTC)
    token = desk.token(desk.chloe)
    if kind == "expired":
        with desk.store.writing() as db:
            past = (now - timedelta(hours=9)).strftime("%Y-%m-%d %H:%M:%S.%f")
            db.exec_driver_sql("UPDATE session SET expires_at = ? WHERE token_hash = ?", (past, people.hidden(token)))
    if kind == "ended":
        people.sign_out(desk.store, token)
    cookie = {
        "none": "",
        "random": secrets.token_urlsafe(32),
        "hash": people.hidden(token),  # what a thief of the database would have
        "nonsense": "'; DROP TABLE session; --",
    }.get(kind, token)

    with desk.client() as client:
        answer = client.get(path, headers={"Cookie": f"{COOKIE}={cookie}"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert answer.content == b""


def test_a_live_sign_in_opens_the_same_pages(desk: Desk) -> None:
    with desk.client() as client:
        statuses = [client.get(path, headers={"Cookie": desk.cookie(desk.chloe)}).status_code for path in SECRET_PAGES]

    assert statuses == [200] * len(SECRET_PAGES)


def test_a_cookie_that_was_planted_before_signing_in_is_worth_nothing_afterwards(desk: Desk) -> None:
    with desk.client() as client:
        client.cookies.set(COOKIE, "planted")
        answer = desk.sign_in(client)

    assert answer.cookies[COOKIE] != "planted"
    assert people.who(desk.store, "planted", datetime.now(UTC)) is None


def test_signing_in_anew_ends_what_the_browser_was_signed_in_as(desk: Desk) -> None:
    token = desk.token(desk.ben)
    with desk.client() as client:
        client.cookies.set(COOKIE, token)
        assert desk.sign_in(client).status_code == 303

    assert people.who(desk.store, token, datetime.now(UTC)) is None


# -------------------------------------------------------------------------------------------------- other sites


@pytest.mark.parametrize("path", ["/login", "/logout", "/welcome", "/password"])
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example.org"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=["origin", "null", "fetch"],
)
def test_no_form_of_the_desk_is_taken_from_another_site(desk: Desk, path: str, headers: dict[str, str]) -> None:
    token = desk.token(desk.ana)
    with desk.client() as client:
        form = {"email": desk.ana.email, "password": PASSWORD}
        answer = client.post(path, data=form, headers={**headers, "Cookie": f"{COOKIE}={token}"})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert people.who(desk.store, token, datetime.now(UTC)) == desk.ana


def test_another_sites_page_gets_no_websocket(desk: Desk) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(desk.address, desk.cookie(desk.ana), "https://evil.example"):
        pass

    assert refused.value.response.status_code == 403


# ---------------------------------------------------------------------------------------------- over the websocket


def test_a_stranger_on_the_websocket_sees_nothing_of_the_desk(desk: Desk) -> None:
    for page in ("", "people", "audit", "initiatives"):
        with opened(desk.address) as stranger:
            said = stranger.run(page)
        assert "You are signed out" in said
        assert "example.org" not in said
        assert "helpline" not in said


@pytest.mark.parametrize("page", ["people", "audit"])
def test_the_pages_of_admins_are_not_drawn_for_others_who_ask_by_name(desk: Desk, page: str) -> None:
    told = {"people": desk.chloe.email, "audit": "Person added"}[page]
    for person in (desk.ana, desk.ben):
        with opened(desk.address, desk.cookie(person)) as session:
            assert told not in session.run(page)
            assert told not in session.run(page, query=f"person={desk.chloe.id}")
    with opened(desk.address, desk.cookie(desk.chloe)) as session:
        assert told in session.run(page)  # so that the above says something


def test_the_audit_as_a_file_is_for_admins_alone(desk: Desk) -> None:
    with desk.client() as client:
        answers = [
            client.get("/audit.csv", headers={"Cookie": desk.cookie(person)})
            for person in (desk.ana, desk.ben, desk.chloe)
        ]

    assert [answer.status_code for answer in answers] == [403, 403, 200]
    assert ["person added" in answer.text for answer in answers] == [False, False, True]


def buttons_of_an_admin(desk: Desk) -> dict[str, str]:
    """The ids of the buttons on the admin's page about Ben, by label."""
    with opened(desk.address, desk.cookie(desk.chloe)) as session:
        session.run("people", query=f"person={desk.ben.id}")
        return session.buttons


def test_an_admins_button_does_nothing_for_somebody_else_who_presses_it_by_its_id(desk: Desk) -> None:
    button = buttons_of_an_admin(desk)["Switch off"]
    query = f"person={desk.ben.id}"

    with opened(desk.address, desk.cookie(desk.ana)) as session:
        for page in ("people", "", "account"):
            session.run(page, query)
            session.run(page, query, press=button)
    assert desk.store.person(desk.ben.id).active

    with opened(desk.address, desk.cookie(desk.chloe)) as session:
        session.run("people", query)
        session.run("people", query, press=button)
    assert not desk.store.person(desk.ben.id).active  # the same press of an admin's is one


def test_a_websocket_whose_sign_in_has_ended_acts_as_nobody(desk: Desk) -> None:
    query = f"person={desk.ben.id}"
    token = desk.token(desk.chloe)
    with opened(desk.address, f"{COOKIE}={token}") as session:
        session.run("people", query)
        people.sign_out(desk.store, token)
        said = session.run("people", query, press=session.buttons["Switch off"])

    assert "You are signed out" in said
    assert desk.store.person(desk.ben.id).active


def test_an_admin_who_is_one_no_more_presses_in_vain_in_an_open_tab(desk: Desk) -> None:
    query = f"person={desk.ben.id}"
    dora = desk.store.add_person(
        a_person(email=f"{secrets.token_hex(4)}@example.org", name="Dora", role=Role.ADMIN), "", "test"
    )
    with opened(desk.address, desk.cookie(dora)) as session:
        session.run("people", query)
        accounts.give_role(desk.store, desk.chloe, dora.id, Role.ANALYST)
        session.run("people", query, press=session.buttons["Switch off"])

    assert desk.store.person(desk.ben.id).active


def test_the_protocols_own_levers_move_nothing(desk: Desk) -> None:
    with opened(desk.address) as stranger:
        stranger.run()
        for lever in ("debug_shutdown_runtime", "debug_disconnect_websocket", "clear_cache", "set_run_on_save"):
            message = BackMsg()
            setattr(message, lever, True)
            stranger.send(message)
    with desk.client() as client:
        assert client.get("/_stcore/health").text == "ok"


def test_an_address_to_drive_the_desk_without_a_browser_does_not_exist(desk: Desk) -> None:
    headers = {"Cookie": desk.cookie(desk.chloe)}
    with desk.client() as client:
        for path in ("interact", "mcp", "openapi.json"):
            for method in ("GET", "POST"):
                assert client.request(method, f"/_stcore/agent/{path}", headers=headers).status_code == 404


# --------------------------------------------------------------------------------------------------- brute force


def test_guessing_at_one_account_soon_waits_even_with_the_right_password(desk: Desk) -> None:
    with desk.client() as client:
        statuses = [desk.sign_in(client, password=f"wrong {number}").status_code for number in range(3)]
        right = desk.sign_in(client)

    assert statuses == [401, 401, 401]
    assert right.status_code == 401
    assert "set-cookie" not in right.headers


def test_guessing_at_many_accounts_from_one_network_soon_waits_whatever_it_calls_itself(desk: Desk) -> None:
    def guess(number: int) -> int:
        headers = {"X-Forwarded-For": f"198.51.100.{number}"}
        form = {"email": f"person{number}@example.org", "password": "wrong"}
        with desk.client() as client:
            return client.post("/login", data=form, headers=headers).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(guess, range(16)))

    assert sorted(statuses) == [401] * people.FREE_TRIES_OF_A_NETWORK + [429] * 6


def test_the_desk_says_the_same_of_wrong_passwords_and_of_names_that_it_does_not_know(desk: Desk) -> None:
    with desk.client() as client:
        known = desk.sign_in(client, password="wrong")
        unknown = desk.sign_in(client, email="nobody@example.org", password="wrong")

    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


# ----------------------------------------------------------------------------------------- rubbish and tricks


@pytest.mark.parametrize("language", ["<script>", "../../etc/passwd", "en' OR 1=1", "%00", "x" * 5000, "fr,es", "FR"])
def test_rubbish_as_a_language_is_answered_in_one_that_there_is(desk: Desk, language: str) -> None:
    with desk.client() as client:
        answer = client.get("/login", params={"lang": language})

    assert answer.status_code == 200
    assert any(f'<html lang="{known}">' in answer.text for known in ("en", "fr", "es"))
    assert "<script" not in answer.text


def test_a_huge_body_is_neither_kept_nor_the_end_of_the_process(desk: Desk) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(200):
            yield b"password=" + b"x" * 65_536

    with desk.client() as client:
        for path in ("/login", "/welcome", "/password"):
            try:
                answer = client.post(path, content=body(), headers={"Cookie": desk.cookie(desk.ana)})
                assert answer.status_code in (401, 404, 422)
            except httpx2.TransportError:
                pass  # the desk has hung up, which is as good
        assert client.get("/_stcore/health").text == "ok"


@pytest.mark.parametrize(
    "path",
    [
        "/login/../people", "/login/%2e%2e/people", "/login/..%2fpeople", "//people", "/./people", "/people/",
        "/PEOPLE", "/static/../people", "/static/..%2fpeople", "/_stcore/../audit.csv", "/welcome/../audit.csv",
        "/login;/audit.csv", "/login%00/audit.csv", "/audit.csv%00", "/component/../audit.csv", "/login?next=//evil",
        "/welcome/", "/welcome/x", "/static/..%2f..%2f..%2f..%2fetc%2fpasswd", "/favicon/../people",
    ],
)  # fmt: skip
def test_no_detour_leads_a_stranger_past_the_form(desk: Desk, path: str) -> None:
    place = urlsplit(desk.address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    connection.putrequest("GET", path, skip_host=False)  # as it stands: a browser would tidy it up
    connection.endheaders()
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()

    assert answer.getheader("location") in (None, "/login")
    assert "person added" not in said
    assert "root:" not in said
    if answer.status == 200:
        assert 'action="/login' in said


# ------------------------------------------------------------------------------------------- stale and replayed


def test_a_decision_on_a_version_that_was_not_read_is_refused(desk: Desk) -> None:
    stale = a_decision(item_id=1, item_version=7, person_id=desk.ana.id, verdict=Verdict.HOLD, key="stale")

    with pytest.raises(Conflict):
        review.decide(desk.store, taxonomy.load(), desk.ana, stale)

    assert desk.store.decision_by_key("stale") is None


def test_a_key_that_is_sent_again_decides_nothing_again_whoever_sends_it(desk: Desk) -> None:
    for person in (desk.ana, desk.ben):  # what their pages have open since other tests
        desk.store.release_claims(person.id)
    first = a_decision(item_id=2, person_id=desk.ana.id, verdict=Verdict.HOLD, key="once")
    made = review.decide(desk.store, taxonomy.load(), desk.ana, first)

    again = review.decide(desk.store, taxonomy.load(), desk.ana, first)
    with pytest.raises(Conflict):
        review.decide(desk.store, taxonomy.load(), desk.ben, first.but(person_id=desk.ben.id, item_id=3))

    assert again == made
    assert desk.store.decisions(item_id=3, limit=5) == []
