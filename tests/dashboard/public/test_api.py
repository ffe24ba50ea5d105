"""The rules of the API: it answers as it says it does, caches can trust it, and rubbish is told what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from dashboard.params import FILTERS
from dashboard.public.api import FIELDS, OPERATIONS
from dashboard.public.routes import public_routes
from tests.dashboard.conftest import GONE, NEVER, ODD, Newsroom
from tests.dashboard.public.conftest import BETWEEN, KEPT, MERGED
from tests.makers import NOW, an_initiative
from tracker.settings import Settings
from tracker.store import Store, open_public
from tracker.taxonomy import Taxonomy

SITE = "https://tracker.example.org"


def test_the_api_gives_pages_of_what_is_public(client: TestClient) -> None:
    first = client.get("/api/initiatives?limit=20").json()

    assert (first["total"], first["pages"], len(first["initiatives"])) == (31, 2, 20)
    assert first["next"] == "https://tracker.example.org/api/initiatives?page=2"
    second = client.get("/api/initiatives?page=2").json()
    ids = [one["id"] for page in (first, second) for one in page["initiatives"]]
    assert len(set(ids)) == 31
    assert second["next"] is None


def test_a_page_of_the_api_is_never_longer_than_a_hundred(client: TestClient) -> None:
    assert client.get("/api/initiatives?limit=5000").json()["limit"] == 100


def test_one_initiative_can_be_asked_for(client: TestClient) -> None:
    one = client.get(f"/api/initiatives/{ODD}").json()

    assert (one["id"], one["countries"], one["revision"]) == (ODD, ["LB", "SY"], 3)
    assert one["sources"][0]["source"] == "Ministry of Families"


@pytest.mark.parametrize(("id", "status", "says"), [(GONE, 410, "was withdrawn"), (NEVER, 404, "no public initiative")])
def test_what_is_not_public_says_whether_it_ever_was(client: TestClient, id: int, status: int, says: str) -> None:
    answer = client.get(f"/api/initiatives/{id}")

    assert answer.status_code == status
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(("sort", "key"), [("id", "id"), ("changed", "changed_at"), ("published", "first_public_at")])
def test_initiatives_come_in_the_order_asked_for(client: TestClient, sort: str, key: str) -> None:
    values = [one[key] for one in client.get(f"/api/initiatives?sort={sort}&limit=100").json()["initiatives"]]

    assert len(values) == 31
    assert values == sorted(values, reverse=sort != "id")


@pytest.mark.parametrize("since", ["2020-05-04T12:10:00Z", "2020-05-04T12:10:00+00:00", "2020-05-04T14:10:00+02:00"])
def test_what_changed_since_then_can_be_asked_for(client: TestClient, since: str) -> None:
    asked = {"changed_since": since, "limit": 100, "sort": "changed"}

    found = client.get(f"/api/initiatives?{urlencode(asked)}").json()

    assert found["total"] == 21
    assert found["initiatives"][-1]["changed_at"] == "2020-05-04T12:10:00Z"
    assert client.get(f"/api/initiatives?changed_since={since}").json()["total"] == 21  # with a plus sign as it is


def test_the_next_page_keeps_everything_that_was_asked(client: TestClient) -> None:
    path = "/api/initiatives?issue=domestic_violence&sort=id&limit=7&fields=countries&changed_since=2020-05-01"
    ids: list[int] = []
    while path:
        answer = client.get(path)
        page = answer.json()
        ids += [one["id"] for one in page["initiatives"]]
        assert all(set(one) == {"id", "countries"} for one in page["initiatives"])
        assert answer.headers.get("link") == (f'<{page["next"]}>; rel="next"' if page["next"] else None)
        path = (page["next"] or "").removeprefix(SITE)

    assert ids == sorted(set(ids))
    assert len(ids) == page["total"] == 21


def test_the_countries_have_names_in_each_language_and_counts(client: TestClient) -> None:
    found = {one["code"]: one for one in client.get("/api/countries").json()["countries"]}

    assert found["CA"]["names"] == {"en": "Canada", "fr": "Canada", "es": "Canadá"}
    assert (found["CA"]["initiatives"], found["CA"]["by_issue"]) == (10, {"hate_crime": 10})
    assert list(found) == ["CA", "FR", "LB", "MX", "SY"]


def test_counts_of_two_kinds_are_those_of_the_lists(store: Store, over: Callable[[], TestClient]) -> None:
    client = over()

    for country in client.get("/api/countries").json()["countries"]:
        for issue, number in country["by_issue"].items():
            query = f"/api/initiatives?country={country['code']}&issue={issue}&limit=1"
            assert client.get(query).json()["total"] == number, (country["code"], issue)
        assert client.get(f"/api/initiatives?country={country['code']}").json()["total"] == country["initiatives"]


def test_the_releases_are_listed_with_their_files(client: TestClient) -> None:
    [release] = client.get("/api/releases").json()["releases"]

    assert (release["number"], release["initiatives"]) == (1, 31)
    for name in ("datapackage", "changes", "checksums"):
        assert client.get(release[name].removeprefix(SITE)).status_code == 200


def test_the_changes_are_listed_newest_first_with_why(client: TestClient) -> None:
    newest, *earlier = client.get("/api/changes").json()["changes"]

    assert (newest["initiative_id"], newest["what"], newest["reason"]) == (
        GONE,
        "withdrawn",
        "The source took it back.",
    )
    assert (ODD, "changed", ["countries"]) in [
        (line["initiative_id"], line["what"], line["fields"]) for line in earlier
    ]


# ------------------------------------------------------------------------------------------------- merged records


def test_a_merged_initiative_leads_to_the_one_that_was_kept_for_ever(merged: TestClient) -> None:
    for id in (MERGED, BETWEEN):
        answer = merged.get(f"/api/initiatives/{id}")

        assert (answer.status_code, answer.headers["location"]) == (301, f"{SITE}/api/initiatives/{KEPT}")
        assert (answer.json()["merged_into"], answer.json()["status"]) == (KEPT, 301)
        permalink = merged.get(f"/initiative/{id}?lang=fr")
        assert (permalink.status_code, permalink.headers["location"]) == (301, f"/initiative/{KEPT}?lang=fr")
        assert answer.headers["cache-control"] == permalink.headers["cache-control"] == "public, max-age=3600"


def test_the_changes_say_where_a_merged_initiative_went(merged: TestClient) -> None:
    lines = merged.get("/api/changes?limit=100").json()["changes"]

    went = {line["initiative_id"]: line["merged_into"] for line in lines if line["what"] == "merged"}
    assert (went[MERGED], went[BETWEEN]) == (KEPT, KEPT)


def test_a_merge_that_nobody_has_approved_yet_is_not_told(store: Store, over: Callable[[], TestClient]) -> None:
    with store.writing() as db:
        db.execute(sa.text("UPDATE initiative SET merged_into = 7 WHERE id = 5"))
    client = over()

    assert client.get("/api/initiatives/5").json()["id"] == 5
    assert client.get("/initiative/5").headers["location"] == "/initiative?id=5"


def test_what_was_merged_into_something_withdrawn_is_gone(store: Store, over: Callable[[], TestClient]) -> None:
    with store.writing() as db:
        db.execute(sa.text("UPDATE initiative SET merged_into = 5 WHERE id = 32"))  # the other one was withdrawn

    assert over().get(f"/api/initiatives/{GONE}").status_code == 410


# ------------------------------------------------------------------------------------------------- for caches

ADDRESSES = (
    "/api/initiatives",
    "/api/initiatives/1",
    "/api/countries",
    "/api/codebook",
    "/api/releases",
    "/api/changes",
    "/api/openapi.json",
    "/feed.atom",
    "/feed.json",
    "/changes.atom",
    "/changes.json",
    "/download.csv",
)


@pytest.mark.parametrize("path", ADDRESSES)
def test_what_has_not_changed_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    tag, when = first.headers["etag"], first.headers["last-modified"]

    for wish in ({"If-None-Match": tag}, {"If-None-Match": f'"x", {tag}'}, {"If-Modified-Since": when}):
        again = client.get(path, headers=wish)
        assert (again.status_code, again.content) == (304, b""), wish
        assert again.headers["etag"] == tag
    for other in (
        {"If-None-Match": '"x"'},
        {"If-Modified-Since": "Mon, 01 Jan 2018 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
        {"If-None-Match": '"x"', "If-Modified-Since": when},
    ):
        assert client.get(path, headers=other).status_code == 200, other
    assert "max-age" in first.headers["cache-control"]


def test_after_an_approval_every_answer_has_another_tag(store: Store, over: Callable[[], TestClient]) -> None:
    client = over()
    before = {path: client.get(path).headers["etag"] for path in ("/api/initiatives", "/feed.atom", "/api/countries")}

    ana, ben, *_ = store.people()
    Newsroom(store, ana, ben).publish(an_initiative(), NOW + timedelta(days=1))

    for path, tag in before.items():
        answer = client.get(path, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.headers["etag"] != tag) == (200, True), path


def test_a_feed_in_another_language_has_another_tag(client: TestClient) -> None:
    tags = {client.get("/feed.atom", headers={"Accept-Language": wish}).headers["etag"] for wish in ("en", "fr", "es")}

    assert len(tags) == 3
    assert client.get("/feed.atom").headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("path", ADDRESSES)
def test_scripts_of_any_site_may_ask_and_the_head_alone_can_be_asked_for(client: TestClient, path: str) -> None:
    preflight = client.options(path, headers={"Origin": "https://x.example", "Access-Control-Request-Method": "GET"})
    head = client.head(path)

    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
    assert "GET" in preflight.headers["access-control-allow-methods"]
    assert "If-None-Match" in preflight.headers["access-control-allow-headers"]
    assert (head.status_code, head.content, head.headers["access-control-allow-origin"]) == (200, b"", "*")
    assert "set-cookie" not in head.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(client: TestClient, method: str) -> None:
    answer = client.request(method, "/api/initiatives")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


# ------------------------------------------------------------------------------------------------- problems


@pytest.mark.parametrize(
    ("query", "parameter", "says"),
    [
        ("limit=0", "limit", "no whole number from 1 on"),
        ("limit=ten", "limit", "'ten'"),
        ("page=-1", "page", "'-1'"),
        ("page=1&page=2", "page", "given 2 times"),
        ("page=99999999", "page", "100000 entries"),
        ("issue=nonsense", "issue", "none of domestic_violence, hate_crime"),
        ("country=Canada", "country", "ISO 3166-1"),
        ("sort=best", "sort", "began, changed, published, id"),
        ("fields=id,secret", "fields", "'secret'"),
        ("changed_since=spring", "changed_since", "2020-05-01T12:00:00Z"),
        ("changed_since=9999-12-31T23:59:59-23:59", "changed_since", "is no day or time"),
        (f"q={'x' * 300}", "q", "300 characters"),
        ("isue=hate_crime", "isue", "there is no such parameter here; there are: actor, changed_since, country"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(client: TestClient, query: str, parameter: str, says: str) -> None:
    answer = client.get(f"/api/initiatives?{query}")

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["title"], problem["parameter"]) == (400, "Bad Request", parameter)
    assert says in problem["detail"]


@pytest.mark.parametrize("path", ["/api/nothing", "/api/", "/api/initiatives/x", "/api/initiatives/1/more"])
def test_an_address_where_there_is_nothing_says_what_there_is(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "/api/initiatives/{id}" in answer.json()["detail"]


NAMES = [*FILTERS, "q", "page", "limit", "sort", "fields", "changed_since", "lang", "nonsense"]
RUBBISH = ("\0", "'; DROP TABLE public_initiative; --", "%", "_", "\u202e", "🙂" * 50, "1e9", "0x10", "٣", "null", "[]",
           "a,b,,c", "9" * 30, "\\", "%00", "x" * 5000, "\r\nSet-Cookie: a=b", "NaN", "2020-02-30", "-0", " ",
           ",")  # fmt: skip
PATHS = ["/api/initiatives", "/api/changes", "/feed.atom", "/feed.json", "/changes.json", "/download.csv"]


def test_rubbish_is_answered_on_both_databases(over: Callable[[], TestClient]) -> None:
    client = over()
    for number, (name, text) in enumerate(product(NAMES, RUBBISH)):
        path = PATHS[number % len(PATHS)]
        answer = client.get(f"{path}?{urlencode({name: text})}")
        assert answer.status_code in (200, 400), (path, name, text)
    for id in ("0", "2147483648", "9" * 40, "-1", "1.5", "%00", "a" * 500):
        for path in ("/api/initiatives/", "/initiative/"):
            assert client.get(path + id).status_code == 404, (path, id)


@trying(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(pairs=st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=30)), max_size=4), path=st.sampled_from(PATHS))
def test_whatever_is_asked_is_answered_or_refused(client: TestClient, pairs: list[tuple[str, str]], path: str) -> None:
    query = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs)

    assert client.get(f"{path}?{query}").status_code in (200, 400)


# ------------------------------------------------------------------------------------------------- the description


@pytest.fixture(scope="module")
def described(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/openapi.json").json()
    return found


def test_the_description_is_valid_openapi(described: dict[str, Any]) -> None:
    validate(described)

    assert described["openapi"].startswith("3.1")


def test_every_route_of_the_api_is_described_and_nothing_else(
    settings: Settings, taxonomy: Taxonomy, described: dict[str, Any]
) -> None:
    store = open_public(settings.database)
    served = {str(getattr(route, "path", "")) for route in public_routes(store, settings, taxonomy)}
    store.close()

    api = {re.sub(r":\w+", "", path) for path in served if path.startswith("/api/")}
    assert set(described["paths"]) == api - {"/api/openapi.json", "/api/{rest}"}


def test_every_parameter_that_is_described_is_read_and_no_other(client: TestClient, described: dict[str, Any]) -> None:
    wrong = {"array": "\u0661", "integer": "x", "string": "x" * 300}
    for path, about in described["paths"].items():
        address, listed = path.replace("{id}", "1"), about["get"]["parameters"]
        queried = [one for one in listed if one["in"] == "query"]
        for one in queried:
            answer = client.get(f"{address}?{urlencode({one['name']: wrong[one['schema']['type']]})}")
            assert (answer.status_code, answer.json()["parameter"]) == (400, one["name"]), (path, one["name"])
        told = client.get(f"{address}?further=1").json()["detail"].split("there are: ")[1]
        assert set(told.split(", ")) - {"none"} == {one["name"] for one in queried}


def addresses() -> Iterator[tuple[str, int]]:
    """An address of each operation and status that is described."""
    plain = [operation.path.replace("{id}", str(ODD)) for operation in OPERATIONS]
    yield from ((path, 200) for path in plain)
    yield from ((f"{path}?further=1", 400) for path in plain)
    yield f"/api/initiatives/{NEVER}", 404
    yield f"/api/initiatives/{GONE}", 410


@pytest.mark.parametrize(("address", "status"), list(addresses()))
def test_answers_are_what_the_description_says(
    client: TestClient, described: dict[str, Any], address: str, status: int
) -> None:
    path = re.sub(r"/\d+", "/{id}", address.split("?", maxsplit=1)[0])
    [(kind, content)] = described["paths"][path]["get"]["responses"][str(status)]["content"].items()

    answer = client.get(address)

    assert (answer.status_code, answer.headers["content-type"]) == (status, kind)
    schema = {**content["schema"], "components": described["components"]}
    jsonschema.Draft202012Validator(schema).validate(answer.json())


def test_the_fields_that_can_be_asked_for_are_those_of_a_record(client: TestClient) -> None:
    assert tuple(client.get("/api/initiatives/1").json()) == FIELDS
