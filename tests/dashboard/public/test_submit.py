"""The form of the public over HTTP: what is taken, what is refused and how it says so, and what leaks nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.testclient import TestClient

from dashboard.headers import Headers, content_policy
from dashboard.public import submit
from dashboard.public.limits import HOUR, Limit, caller_of
from dashboard.public.submit import Post
from dashboard.site.pages import write_pages
from tests.dashboard.conftest import as_the_standard_says
from tests.makers import NOW, a_decision, a_person, an_initiative
from tracker import letters, review, submissions
from tracker.letters import ReplyState
from tracker.model import InitiativeState, Release, Verdict
from tracker.publishing.files import write_data
from tracker.settings import Settings, Site
from tracker.store import Store, open_box, open_public
from tracker.store.roles import make_roles
from tracker.taxonomy import Taxonomy

KEY = b"a key of the server"
SITE = "https://tracker.example.org"
WHAT = "A shelter in our town opened a helpline for women that answers by text message."
GOOD = {"title": "Helpline of the shelter", "what": WHAT, "country": "CA", "contact": "sender@example.org"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def settings(store: Store) -> Settings:
    return Settings(database=store.url, site=Site(url=SITE))


@pytest.fixture
def client(store: Store, settings: Settings, taxonomy: Taxonomy) -> Iterator[TestClient]:
    """The public door: on PostgreSQL as the role that it has there."""
    url = store.url
    if url.startswith("postgresql"):
        [*_, role] = make_roles(url, "test_form", {})
        url = store.engine.url.set(username=role).render_as_string(hide_password=False)
    public, box = open_public(url), open_box(url)
    routes = Post(public, box, settings, taxonomy, KEY).routes()
    headers = Middleware(Headers, policy=content_policy(), https=True)
    with TestClient(Starlette(routes=routes, middleware=[headers]), follow_redirects=False) as made:
        yield made
    public.close()
    box.close()


def a_stamp(ago: timedelta = timedelta(minutes=2)) -> str:
    return letters.stamped(KEY, datetime.now(UTC) - ago)


def send(client: TestClient, *, address: str = "203.0.113.7", headers: Any = None, **changes: Any) -> Any:
    fields = {**GOOD, "stamp": a_stamp(), **changes}
    asked = {"X-Forwarded-For": address, "Origin": "null", "Sec-Fetch-Site": "same-origin", **(headers or {})}
    return client.post("/submit?lang=en", data=fields, headers=asked)


def reply_path(answer: Any) -> str:
    found = re.search(rf"{SITE}(/reply/[\w-]+)", answer.text)
    assert found
    return found[1]


def kept_fields(answer: Any) -> dict[str, str]:
    form = lxml.html.fromstring(answer.text).forms[0]
    return {name: str(value or "") for name, value in form.fields.items()}


# -------------------------------------------------------------------------------------------------------- what is taken


def test_what_is_sent_waits_at_the_desk_and_the_link_says_so(
    client: TestClient, store: Store, settings: Settings
) -> None:
    answer = send(client)
    submissions.tend(store, settings, NOW)

    assert answer.status_code == 200
    [one] = store.submissions()
    assert (one.sent.title, one.sent.country, one.language, one.has_contact) == (GOOD["title"], "CA", "en", True)
    assert "It waits." in client.get(f"{reply_path(answer)}?lang=en").text


@pytest.mark.parametrize(("language", "word"), [("en", "Send"), ("fr", "Envoyer"), ("es", "Enviar")])
def test_the_form_speaks_three_languages(client: TestClient, language: str, word: str) -> None:
    page = lxml.html.fromstring(client.get(f"/submit?lang={language}").text)

    assert page.get("lang") == language
    assert page.xpath("string(//button)") == word
    assert page.xpath("count(//script[not(@src)])") == 0


def test_a_correction_names_the_public_initiative(client: TestClient, store: Store, settings: Settings) -> None:
    ana = store.add_person(a_person(email="ana@example.org", name="Ana"), "no hash", "test")
    ben = store.add_person(a_person(email="ben@example.org", name="Ben"), "no hash", "test")
    made = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    unseen = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    store.move_initiative(made.id, made.revision, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ana)
    store.approve_initiative(made.id, made.revision, ben, NOW)

    page = client.get(f"/submit?initiative={made.id}&lang=en").text
    assert "Helpline by text message" in page
    assert "Helpline by text message" not in client.get(f"/submit?initiative={unseen.id}&lang=en").text
    send(client, title="", initiative=str(made.id))
    submissions.tend(store, settings, NOW)

    assert [one.sent.concerns for one in store.submissions()] == [made.id]


def test_what_became_of_it_is_told_in_the_language_of_the_sender(
    client: TestClient, store: Store, settings: Settings, taxonomy: Taxonomy
) -> None:
    path = reply_path(send(client))
    submissions.tend(store, settings, NOW)
    [one] = store.submissions()
    ana = store.add_person(a_person(), "no hash", "test")
    reason = taxonomy.codes("exclusion_reasons")[0]
    decision = a_decision(item_id=one.item_id, person_id=ana.id, verdict=Verdict.EXCLUDE, reason=reason, note="inner")
    review.decide(store, taxonomy, ana, decision)
    submissions.tend(store, settings, NOW)

    for language in ("en", "fr", "es"):
        page = lxml.html.fromstring(client.get(f"{path}?lang={language}").text).text_content()
        assert taxonomy.label("exclusion_reasons", reason, language) in page
        assert "inner" not in page


def test_a_sender_adds_one_note_and_takes_it_back(client: TestClient, store: Store, settings: Settings) -> None:
    path = reply_path(send(client))

    assert "Your note has arrived" in client.post(f"{path}?lang=en", data={"act": "note", "note": "It moved."}).text
    client.post(f"{path}?lang=en", data={"act": "note", "note": "And again."})
    assert "You took it back" in client.post(f"{path}?lang=en", data={"act": "withdraw"}).text
    submissions.tend(store, settings, NOW)

    [one] = store.submissions(open_only=False)
    assert (one.note, one.state, one.has_contact) == ("It moved.", ReplyState.WITHDRAWN, False)


# ------------------------------------------------------------------------------------------------------ what is wrong


def test_a_mistake_is_named_at_its_field_and_what_was_typed_stays(client: TestClient) -> None:
    answer = send(client, what="short", link="javascript:alert(1)", place="Montréal")

    page = lxml.html.fromstring(answer.text)
    assert answer.status_code == 422
    assert page.xpath("string(//title)").startswith("Problem:")
    assert page.xpath("//*[@role='alert']//a/@href") == ["#what", "#link"]
    for name in ("what", "link"):
        [field] = page.xpath(f"//*[@name='{name}']")
        assert field.get("aria-invalid") == "true"
        told = [page.get_element_by_id(id).text_content() for id in field.get("aria-describedby").split()]
        assert any("20 characters" in text or "public web address" in text for text in told)
    typed = kept_fields(answer)
    assert (typed["place"], typed["link"], typed["contact"]) == ("Montréal", "javascript:alert(1)", GOOD["contact"])


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        (lambda: a_stamp(timedelta(seconds=1)), "very quick"),
        (lambda: a_stamp(timedelta(hours=9)), "open for a long time"),
        (lambda: "1.made-up.by-a-robot", "open for a long time"),
        (lambda: "", "open for a long time"),
        (lambda: letters.stamped(b"another server", NOW), "open for a long time"),
    ],
)
def test_a_form_that_was_not_opened_here_and_read_is_not_taken(
    client: TestClient, store: Store, stamp: Any, said: str
) -> None:
    answer = send(client, stamp=stamp())

    assert answer.status_code == 409
    assert said in answer.text
    assert kept_fields(answer)["what"].strip() == WHAT
    assert store.letters(10) == []


def test_the_form_that_was_too_quick_goes_through_a_moment_later(
    client: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = kept_fields(send(client, stamp=a_stamp(timedelta(seconds=1))))
    later = datetime.now(UTC) + timedelta(seconds=30)
    monkeypatch.setattr(submit, "_now", lambda: later)

    assert send(client, **again).status_code == 200
    assert len(store.letters(10)) == 1


# ----------------------------------------------------------------------------------------------------------- attacks


def test_the_same_form_sent_again_is_taken_once(client: TestClient, store: Store, settings: Settings) -> None:
    stamp = a_stamp()

    statuses = [send(client, stamp=stamp).status_code for _ in range(2)]
    submissions.tend(store, settings, NOW)
    statuses.append(send(client, stamp=stamp).status_code)

    assert statuses == [200, 409, 409]
    assert len(store.submissions()) == 1


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_a_form_of_another_site_is_refused(client: TestClient, store: Store, headers: dict[str, str]) -> None:
    assert send(client, headers=headers).status_code == 403
    path = "/reply/anything"
    assert client.post(path, data={"act": "withdraw"}, headers=headers).status_code == 403
    assert store.letters(10) == []


def test_markup_in_every_field_stays_text(client: TestClient, store: Store, settings: Settings) -> None:
    attack = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}"
    fields = {name: f"{attack} {name} long enough to be read" for name in letters.FIELDS}

    wrong = send(client, **fields)
    taken = send(client, **{**fields, "country": "", "link": "", "contact": ""})

    assert (wrong.status_code, taken.status_code) == (422, 200)
    for answer in (wrong, taken, client.get(f"{reply_path(taken)}?lang=en")):
        page = lxml.html.fromstring(answer.text)
        assert page.xpath("//script[not(@src)] | //img | //*[@onerror]") == []
        assert "49" not in page.text_content()
    submissions.tend(store, settings, NOW)
    [one] = store.submissions()
    assert one.sent.title.startswith(attack)
    assert "markup" in one.spam_signs


def test_a_body_of_ten_megabytes_is_refused(client: TestClient, store: Store) -> None:
    answer = client.post("/submit?lang=en", content=b"what=" + b"x" * 10_000_000, headers=FORM)

    assert answer.status_code == 413
    assert store.letters(10) == []


@pytest.mark.parametrize(
    ("kind", "content"),
    [("application/json", b'{"title": "x"}'), ("multipart/form-data; boundary=x", b"--x--"), ("", b"\xff\xfe\x00")],
)
def test_what_is_no_form_changes_nothing(client: TestClient, store: Store, kind: str, content: bytes) -> None:
    assert client.post("/submit", content=content, headers={"Content-Type": kind}).status_code == 422
    many = "&".join(f"a{n}=1" for n in range(2000))
    assert client.post("/submit", content=many, headers=FORM).status_code == 413
    assert store.letters(10) == []


def test_the_trap_is_taken_in_and_marked_never_dropped(client: TestClient, store: Store, settings: Settings) -> None:
    assert send(client, **{submit.TRAP: "https://buy.example"}).status_code == 200
    submissions.tend(store, settings, NOW)

    assert [one.spam_signs for one in store.submissions()] == [("trap",)]


def test_the_trap_is_hidden_from_everybody(client: TestClient) -> None:
    page = lxml.html.fromstring(client.get("/submit").text)

    [field] = page.xpath(f"//input[@name='{submit.TRAP}']")
    assert field.getparent().get("class") == "t-off"
    assert (field.get("tabindex"), field.get("autocomplete")) == ("-1", "off")
    assert ".t-off{display:none}" in client.get("/assets/letters.css").text


def test_of_a_hundred_in_a_row_from_one_sender_five_are_taken(client: TestClient, store: Store) -> None:
    answers = [send(client) for _ in range(100)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 95
    assert "try again in an hour" in answers[-1].text
    assert kept_fields(answers[-1])["what"].strip() == WHAT
    assert len(store.letters(200)) == 5


def test_a_flood_from_everywhere_meets_a_limit_in_all_and_a_full_box(
    client: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submit, "MOST_IN_BOX", 8)

    statuses = [send(client, address=f"203.0.113.{n}").status_code for n in range(12)]

    assert statuses == [200] * 8 + [429] * 4
    assert len(store.letters(200)) == 8


def test_a_limit_forgets_after_an_hour_and_keeps_no_address() -> None:
    limit = Limit(from_one=1, in_all=3)

    assert [limit.allows("203.0.113.7", NOW) for _ in range(2)] == [True, False]
    assert "203.0.113.7" not in repr(vars(limit))
    assert limit.allows("203.0.113.7", NOW + HOUR)
    assert [limit.allows("", NOW + HOUR) for _ in range(3)] == [True, True, False], "nobody known: in all alone"


@pytest.mark.parametrize(
    ("peer", "said", "counted"),
    [
        ("8.8.8.8", "198.51.100.1", "8.8.8.8"),  # a stranger says what it likes
        ("127.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # what our proxy wrote stands last
        ("127.0.0.1", "", ""),
        ("10.0.0.5", "nonsense", ""),
        ("testclient", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_who_asks_is_said_by_the_connection_or_by_our_own_proxy(peer: str, said: str, counted: str) -> None:
    scope = {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", said.encode())]}

    assert caller_of(Request(scope)) == counted


def test_neighbours_in_one_network_of_ipv6_are_one_sender() -> None:
    limit = Limit(from_one=1, in_all=9)

    assert [limit.allows(f"2001:db8::{n}", NOW) for n in range(1, 3)] == [True, False]


def test_a_guessed_link_is_not_found_and_guessing_is_slow(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"X-Forwarded-For": "203.0.113.9"}
    statuses = [client.get(f"/reply/guess-{n}", headers=asked).status_code for n in range(submit.LOOKS_FROM_ONE + 3)]

    assert set(statuses[: submit.LOOKS_FROM_ONE]) == {404}
    assert statuses[submit.LOOKS_FROM_ONE :] == [429] * 3


def test_the_secret_of_a_link_is_kept_nowhere(client: TestClient, store: Store, settings: Settings) -> None:
    secret = reply_path(send(client)).removeprefix("/reply/")
    [letter] = store.letters(5)

    assert secret not in letter.model_dump_json()
    submissions.tend(store, settings, NOW)
    assert all(secret not in event.model_dump_json() for event in store.events())
    assert store.submissions()[0].model_dump_json().count(secret) == 0


# --------------------------------------------------------------------------------------------------- what leaks nothing


@pytest.mark.parametrize("path", ["/submit", "/submit?initiative=1", "/reply/unknown", "/privacy"])
def test_every_answer_keeps_to_itself(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    page = lxml.html.fromstring(answer.text)
    for address in page.xpath("//link/@href | //script/@src | //img/@src"):
        assert address.startswith("/")
    for link in page.xpath("//a[starts-with(@href, 'http')]"):
        assert {"noopener", "noreferrer"} <= set(link.get("rel", "").split())


def test_form_and_reply_are_not_kept_by_a_browser_nor_found_by_a_search_engine(client: TestClient) -> None:
    for answer in (client.get("/submit"), send(client), client.get(reply_path(send(client)))):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"


def test_the_title_of_a_reply_says_nothing_of_what_was_sent(client: TestClient) -> None:
    title = lxml.html.fromstring(client.get(f"{reply_path(send(client))}?lang=en").text).xpath("string(//title)")

    assert title == "What became of it – COVID-19 crime-prevention initiatives"


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_page_on_privacy_says_when_a_contact_goes(client: TestClient, settings: Settings, language: str) -> None:
    page = lxml.html.fromstring(client.get(f"/privacy?lang={language}").text).text_content()

    assert str(settings.keep.contact_days) in page
    assert "tracker_door" in page
    assert "Ctrl+H" in page


def test_a_door_that_cannot_write_says_that_it_is_closed(store: Store, settings: Settings, taxonomy: Taxonomy) -> None:
    public = open_public(store.url)
    with TestClient(Starlette(routes=Post(public, None, settings, taxonomy, KEY).routes())) as closed:
        answer = send(closed)

        assert answer.status_code == 503
        assert kept_fields(answer)["what"].strip() == WHAT
        assert closed.get("/reply/anything").status_code == 503
    public.close()


# ------------------------------------------------------------------------------------------------ what is on the pages


def test_every_page_of_the_form_is_html_as_the_standard_says(client: TestClient) -> None:
    for language in ("en", "fr", "es"):
        asked = {"lang": language}
        for answer in (
            client.get("/submit", params=asked),
            client.get("/privacy", params=asked),
            client.get("/reply/nothing", params=asked),
            client.post("/submit", params=asked, data={"title": "A", "country": "??"}),
            client.post("/submit", params=asked, data=GOOD),
        ):
            as_the_standard_says(answer.text)


def test_the_page_on_privacy_is_the_one_of_the_static_pages(
    client: TestClient, tmp_path: Path, taxonomy: Taxonomy
) -> None:
    mine = Settings(site=Site(url=SITE))
    made = Release(number=1, at=NOW, records=())
    write_data(made, tmp_path, mine, taxonomy)
    write_pages(made, tmp_path, mine, taxonomy)

    for language in ("en", "fr", "es"):
        served = client.get(f"/privacy?lang={language}").text
        static = (tmp_path / language / "privacy.html").read_text("utf-8")
        assert words_of(served) == words_of(static)


def words_of(page: str) -> list[str]:
    return str(lxml.html.fromstring(page).xpath("string(//main)")).split()
