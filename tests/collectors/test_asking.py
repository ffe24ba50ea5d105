"""When, where and how a source is asked after what it answered before: real rounds over real HTTP on loopback."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from collectors.round import collect
from tests.collectors.conftest import Asked, Reply, Waits, Web, article_of, feed_at, feed_of, page_at
from tests.makers import HOUR, NOW
from tracker.conduct import Condition, Conduct
from tracker.errors import Conflict
from tracker.model import Fetch, Outcome, Schedule, Source
from tracker.settings import Settings
from tracker.store import Store, open_store

DAY = timedelta(days=1)


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def one(store: Store, settings: Settings, source: Source, at: datetime = NOW) -> Fetch:
    """The fetch of a round over this source alone."""
    store.register([source])
    (fetch,) = collect(store, settings, lambda: at, [source.id], wait=Waits())
    return fetch


def schedule(store: Store, id: str = "news") -> Schedule:
    return store.watched([id])[0].schedule


def conduct(store: Store, id: str = "news") -> Conduct:
    return store.conducts([id])[id]


# --------------------------------------------------------------------------------------------------------- condition


def test_a_source_that_fails_again_and_again_is_asked_weekly_and_one_success_ends_that(
    web: Web, settings: Settings, store: Store
) -> None:
    web.pages["/feed"] = Reply(status=403)
    source = feed_at(web.url("/feed"), every="3h")
    for n in range(8):
        one(store, settings, source, NOW + n * HOUR)

    failing, at = conduct(store), schedule(store)
    web.pages["/feed"] = Reply(feed_of("a"))
    one(store, settings, source, NOW + 9 * HOUR)

    assert (failing.condition, failing.condition_since) == (Condition.FAILING, NOW + 7 * HOUR)
    assert at.next_at == NOW + 7 * HOUR + 7 * DAY
    assert at.next_reason.startswith("failing, asked once a week: failed 8 times in a row")
    assert (conduct(store).condition, conduct(store).trouble_weight) == (Condition.OK, 0.0)
    assert [event.what for event in store.events("source", "news")] == ["source ok", "source failing"]


def test_a_source_that_is_gone_is_never_asked_again_and_its_items_stay(
    web: Web, settings: Settings, store: Store
) -> None:
    web.pages["/feed"] = Reply(feed_of("a"))
    source = feed_at(web.url("/feed"), every="3h")
    one(store, settings, source)
    web.pages["/feed"] = Reply(status=410)
    fetch = one(store, settings, source, NOW + 3 * HOUR)

    later = [
        *collect(store, settings, lambda: NOW + 400 * DAY),
        *collect(store, settings, lambda: NOW + 400 * DAY, all=True),
        *collect(store, settings, lambda: NOW + 400 * DAY, ["news"]),
    ]

    assert "removed for good" in fetch.error
    assert (later, len(web.asked)) == ([], 2)
    assert store.next_due() is None
    assert "tracker sources reopen news" in schedule(store).next_reason
    assert store.source_counts(NOW)["news"][2] == 1
    assert store.events("source", "news")[0].what == "source gone"


def test_a_person_reopens_what_is_gone(web: Web, settings: Settings, store: Store) -> None:
    web.pages["/feed"] = Reply(status=410)
    one(store, settings, feed_at(web.url("/feed")))
    web.pages["/feed"] = Reply(feed_of("a"))

    store.reopen("news", "ana@example.org")
    (fetch,) = collect(store, settings, lambda: NOW + HOUR)

    assert fetch.outcome is Outcome.OK
    assert [(event.what, event.who) for event in store.events("source", "news")] == [
        ("source reopened", "ana@example.org"),
        ("source gone", "collectors"),
    ]
    with pytest.raises(Conflict, match="nothing to reopen"):
        store.reopen("news", "ana@example.org")


def test_a_source_that_gets_a_new_address_starts_anew(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {"/old": Reply(status=410), "/new": Reply(feed_of("a"))}
    one(store, settings, feed_at(web.url("/old")))

    fetch = one(store, settings, feed_at(web.url("/new")), NOW + HOUR)

    assert fetch.outcome is Outcome.OK


# ----------------------------------------------------------------------------------------------------------- pausing


def test_a_host_that_asks_to_wait_is_left_alone_by_all_its_sources_even_after_a_restart(
    web: Web, settings: Settings, store: Store
) -> None:
    wait = Reply(status=429, headers={"Retry-After": "14400"})
    web.pages |= {"/a": wait, "/b": Reply(feed_of("b")), "/c": Reply(feed_of("c"))}
    store.register(
        [
            feed_at(web.url("/a"), "first", every="30m"),
            feed_at(web.url("/b"), "second", every="30m"),
            feed_at(web.url("/c", "127.0.1.2"), "elsewhere", every="30m"),
        ]
    )

    fetches = collect(store, settings, lambda: NOW)
    again = open_store(store.url)
    early = collect(again, settings, lambda: NOW + 3 * HOUR)
    forced = collect(again, settings, lambda: NOW + 3 * HOUR, all=True)
    asked = web.paths()
    web.pages["/a"] = Reply(feed_of("a"))
    collect(again, settings, lambda: NOW + 4 * HOUR)
    again.close()

    assert [fetch.source_id for fetch in fetches if fetch.outcome is not Outcome.BROKEN_OFF] == ["first", "elsewhere"]
    assert [fetch.source_id for fetch in (*early, *forced)] == ["elsewhere", "elsewhere"]
    assert "/b" not in asked
    assert "/b" in web.paths()
    assert (schedule(store, "first").failures, conduct(store, "first").trouble_weight) == (0, 0.0)


# ------------------------------------------------------------------------------------------------------------- hints


def test_an_adaptive_source_is_asked_no_sooner_than_its_feed_wants_although_later_answers_do_not_repeat_it(
    web: Web, settings: Settings, store: Store
) -> None:
    items = "".join(f"<item><title>t{n}</title><link>https://n.example/{n}</link>"
                    f"<pubDate>Mon, 04 May 2020 08:00:00 GMT</pubDate></item>" for n in range(336))  # fmt: skip
    body = f'<rss version="2.0"><channel><title>N</title><ttl>600</ttl>{items}</channel></rss>'.encode()

    def page(asked: Asked) -> Reply:
        return Reply(status=304) if "if-none-match" in asked.headers else Reply(body, headers={"ETag": '"1"'})

    web.pages["/feed"] = page
    source = feed_at(web.url("/feed"), every="adaptive")
    one(store, settings, source)
    first = schedule(store)
    one(store, settings, source, NOW + 10 * HOUR)

    assert first.next_at == NOW + 10 * HOUR
    assert first.next_reason == "the publisher asks to wait 600 minutes (ttl 600)"
    assert schedule(store).next_at == NOW + 20 * HOUR


def test_a_configured_interval_is_kept_whatever_the_publisher_wants(web: Web, settings: Settings, store: Store) -> None:
    web.pages["/feed"] = Reply(feed_of("a"), headers={"Cache-Control": "max-age=86400"})

    one(store, settings, feed_at(web.url("/feed"), every="1h"))

    assert schedule(store).next_at == NOW + HOUR


# --------------------------------------------------------------------------------------------------------- wrong 304


@pytest.mark.parametrize(("times", "apart"), [(20, HOUR), (1, 4 * DAY)])
def test_a_304_that_is_wrong_for_ever_is_found_out_and_conditions_are_given_up(
    web: Web, settings: Settings, store: Store, times: int, apart: timedelta
) -> None:
    news = ["a"]

    def page(asked: Asked) -> Reply:
        lies = "if-none-match" in asked.headers
        return Reply(status=304) if lies else Reply(feed_of(*news), headers={"ETag": '"always"'})

    web.pages["/feed"] = page
    source = feed_at(web.url("/feed"))
    one(store, settings, source)
    news.append("b")
    unchanged = [one(store, settings, source, NOW + n * apart) for n in range(1, times + 1)]

    found = one(store, settings, source, NOW + (times + 1) * apart)
    news.append("c")
    after = one(store, settings, source, NOW + (times + 2) * apart)

    assert {fetch.status for fetch in unchanged} == {304}
    assert (found.status, found.new, after.status, after.new) == (200, 1, 200, 1)
    assert conduct(store).unreliable_304
    assert [event.what for event in store.events("source", "news")] == ["source's 304 unreliable"]


def test_a_304_that_was_true_all_along_stays_in_use(web: Web, settings: Settings, store: Store) -> None:
    def page(asked: Asked) -> Reply:
        return Reply(status=304) if "if-none-match" in asked.headers else Reply(feed_of("a"), headers={"ETag": '"1"'})

    web.pages["/feed"] = page
    source = feed_at(web.url("/feed"))
    statuses = [one(store, settings, source, NOW + n * 3 * DAY).status for n in range(5)]

    assert statuses == [200, 304, 304, 200, 304]
    assert not conduct(store).unreliable_304


# ------------------------------------------------------------------------------------------------------------- moves


def moved(web: Web, status: int, to: str = "/new") -> Reply:
    return Reply(status=status, headers={"Location": web.url(to)})


def address(store: Store) -> str:
    return store.watched(["news"])[0].source.url


@pytest.mark.parametrize("status", [301, 308])
def test_a_move_is_believed_after_three_times_over_seven_days_and_the_old_address_is_kept(
    web: Web, settings: Settings, store: Store, status: int
) -> None:
    web.pages |= {"/old": moved(web, status), "/new": Reply(feed_of("a"), headers={"ETag": '"1"'})}
    source = feed_at(web.url("/old"))
    addresses = []
    for day in (0, 3, 7):
        one(store, settings, source, NOW + day * DAY)
        addresses.append(address(store))

    one(store, settings, source, NOW + 8 * DAY)

    assert addresses == [web.url("/old"), web.url("/old"), web.url("/new")]
    assert web.paths()[-1] == "/new", "the configuration, which still names the old address, does not undo the move"
    assert web.paths().count("/old") == 3
    [event] = store.events("source", "news")
    assert (event.what, event.before, event.after) == ("source moved", web.url("/old"), web.url("/new"))
    assert store.source_counts(NOW)["news"][2] == 1


def test_an_address_that_a_person_configures_counts_more_than_a_move(
    web: Web, settings: Settings, store: Store
) -> None:
    web.pages |= {"/old": moved(web, 301), "/new": Reply(feed_of("a")), "/other": Reply(feed_of("b"))}
    for day in (0, 3, 7):
        one(store, settings, feed_at(web.url("/old")), NOW + day * DAY)

    one(store, settings, feed_at(web.url("/other")), NOW + 8 * DAY)

    assert address(store) == web.url("/other")
    assert conduct(store).moving_to is None


@pytest.mark.parametrize("status", [404, 410])
def test_a_move_is_believed_at_once_when_the_old_address_is_no_more(
    web: Web, settings: Settings, store: Store, status: int
) -> None:
    web.pages |= {"/old": moved(web, 301), "/new": Reply(feed_of("a"))}
    source = feed_at(web.url("/old"))
    one(store, settings, source)
    web.pages["/old"] = Reply(status=status)
    one(store, settings, source, NOW + 4 * DAY)

    (fetch,) = collect(store, settings, lambda: NOW + 4 * DAY)

    assert (fetch.outcome, address(store)) == (Outcome.UNCHANGED, web.url("/new"))
    assert conduct(store).condition is Condition.OK


def test_a_source_that_redirects_for_good_is_asked_where_it_leads_and_looked_at_again_after_three_days(
    web: Web, settings: Settings, store: Store
) -> None:
    web.pages |= {"/old": moved(web, 301), "/new": Reply(feed_of("a"))}
    source = feed_at(web.url("/old"))
    for hours in (0, 1, 30, 73):
        one(store, settings, source, NOW + hours * HOUR)

    assert web.paths() == ["/old", "/new", "/new", "/new", "/old", "/new"]
    assert address(store) == web.url("/old")


@pytest.mark.parametrize("status", [404, 410, 500])
def test_where_it_leads_may_fail_and_then_its_own_address_is_asked(
    web: Web, settings: Settings, store: Store, status: int
) -> None:
    web.pages |= {"/old": moved(web, 301), "/new": Reply(feed_of("a"))}
    source = feed_at(web.url("/old"))
    one(store, settings, source)
    web.pages |= {"/new": Reply(status=status), "/old": Reply(feed_of("a", "b"))}
    one(store, settings, source, NOW + HOUR)

    fetch = one(store, settings, source, NOW + 2 * HOUR)

    assert (fetch.outcome, fetch.new) == (Outcome.OK, 1)
    assert (conduct(store).condition, conduct(store).moving_to) == (Condition.OK, None)


@pytest.mark.parametrize("hops", [[302], [307], [301, 302]])
def test_a_temporary_redirect_is_followed_and_never_kept(
    web: Web, settings: Settings, store: Store, hops: list[int]
) -> None:
    ways = ["/old", *(f"/hop{n}" for n in range(1, len(hops))), "/new"]
    web.pages |= {way: moved(web, status, to) for way, status, to in zip(ways, hops, ways[1:], strict=False)}
    web.pages["/new"] = Reply(feed_of("a"))
    fetches = [one(store, settings, feed_at(web.url("/old")), NOW + day * DAY) for day in (0, 4, 8, 12)]

    assert fetches[0].new == 1
    assert address(store) == web.url("/old")


def test_a_target_that_is_gone_itself_never_becomes_the_address(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {"/old": moved(web, 301), "/new": Reply(feed_of("a"))}
    one(store, settings, feed_at(web.url("/old")))
    web.pages["/new"] = Reply(status=404)

    one(store, settings, feed_at(web.url("/old")), NOW + HOUR)

    assert address(store) == web.url("/old")
    assert schedule(store).failures == 1


def test_a_target_that_is_no_feed_never_becomes_the_address(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {"/old": moved(web, 301), "/new": Reply(b"<html><body>We are moving</body></html>")}
    fetches = [one(store, settings, feed_at(web.url("/old")), NOW + day * DAY) for day in (0, 4, 8, 12)]

    assert {fetch.outcome for fetch in fetches} == {Outcome.UNREADABLE}
    assert address(store) == web.url("/old")


# ------------------------------------------------------------------------------------------------------- second tries


def test_a_server_that_stumbles_is_asked_once_more_in_the_same_round(
    web: Web, settings: Settings, store: Store
) -> None:
    web.pages["/feed"] = lambda _: Reply(status=500) if len(web.asked) == 1 else Reply(feed_of("a"))
    store.register([feed_at(web.url("/feed"))])
    waits = Waits()

    (fetch,) = collect(store, settings, lambda: NOW, wait=waits)

    assert (fetch.outcome, fetch.new, conduct(store).trouble_weight) == (Outcome.OK, 1, 0.0)
    assert waits.seconds == [5.0]


@pytest.mark.parametrize(
    ("reply", "asked"),
    [
        (Reply(status=500), 2),
        (Reply(status=503, headers={"Retry-After": "60"}), 1),
        (Reply(status=404), 1),
        (Reply(status=429), 1),
        (Reply(b"no feed"), 1),
    ],
)
def test_only_trouble_that_may_pass_at_once_gets_a_second_try_and_never_a_third(
    web: Web, settings: Settings, store: Store, reply: Reply, asked: int
) -> None:
    web.pages["/feed"] = reply

    one(store, settings, feed_at(web.url("/feed")))

    assert len(web.asked) == asked
    assert schedule(store).failures <= 1


def test_a_connection_that_fails_gets_a_second_try(settings: Settings, store: Store) -> None:
    store.register([feed_at("http://127.0.1.200:1/")])
    waits = Waits()

    (fetch,) = collect(store, settings, lambda: NOW, wait=waits)

    assert (fetch.outcome, waits.seconds) == (Outcome.UNREACHABLE, [5.0])


# ------------------------------------------------------------------------------------------ robots.txt, logins, cookies


FORBIDS = Reply(b"User-agent: *\nDisallow: /feed")


def test_a_feed_that_robots_txt_forbids_is_not_asked(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {"/robots.txt": FORBIDS, "/feed": Reply(feed_of("a"))}

    fetch = one(store, settings, feed_at(web.url("/feed")))

    assert (fetch.outcome, web.paths()) == (Outcome.NOT_ALLOWED, ["/robots.txt"])
    assert "robots.txt" in fetch.error


def test_an_operator_may_have_feeds_asked_all_the_same(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {"/robots.txt": FORBIDS, "/feed": Reply(feed_of("a"))}
    bold = settings.but(collect={**settings.collect.model_dump(), "feeds_ignore_robots": True})

    assert one(store, bold, feed_at(web.url("/feed"))).new == 1


def test_robots_txt_is_asked_once_a_day(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {"/robots.txt": Reply(b"User-agent: *\nDisallow: /private"), "/feed": Reply(feed_of("a"))}
    for hours in (0, 1, 23, 25):
        one(store, settings, feed_at(web.url("/feed")), NOW + hours * HOUR)

    assert web.paths().count("/robots.txt") == 2
    assert web.paths().count("/feed") == 4


def test_a_consent_that_is_a_cookie_is_kept_for_the_round(web: Web, settings: Settings, store: Store) -> None:
    def page(asked: Asked) -> Reply:
        if "consent=yes" in asked.headers.get("cookie", ""):
            return Reply(feed_of("a"))
        return Reply(status=302, headers={"Set-Cookie": "consent=yes; Path=/", "Location": "/feed"})

    web.pages["/feed"] = page

    assert one(store, settings, feed_at(web.url("/feed"))).new == 1


def test_a_login_comes_from_the_environment_and_stands_nowhere(
    web: Web, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def page(asked: Asked) -> Reply:
        known = asked.headers.get("authorization") == "Basic YW5hOnRvcHNlY3JldA=="
        return Reply(feed_of("a")) if known else Reply(status=401)

    web.pages["/feed"] = page
    source = feed_at(web.url("/feed"), login="TRACKER_LOGIN_NEWS")
    before = one(store, settings, source)
    monkeypatch.setenv("TRACKER_LOGIN_NEWS", "ana:topsecret")

    after = one(store, settings, source, NOW + HOUR)

    assert (before.outcome, after.new) == (Outcome.NOT_ALLOWED, 1)
    assert "TRACKER_LOGIN_NEWS" in before.error
    assert "topsecret" not in caplog.text + store.watched()[0].model_dump_json() + after.model_dump_json()


def test_a_login_is_never_carried_to_another_host_by_a_move(
    web: Web, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKER_LOGIN_NEWS", "ana:topsecret")
    elsewhere = web.url("/feed", web.hosts[1])
    web.pages |= {"/old": Reply(status=301, headers={"Location": elsewhere}), "/feed": Reply(feed_of("a"))}
    source = feed_at(web.url("/old"), login="TRACKER_LOGIN_NEWS")
    for day in (0, 4, 8, 12):
        one(store, settings, source, NOW + day * DAY)

    assert address(store) == web.url("/old")
    assert {asked.headers.get("authorization") for asked in web.asked if asked.path == "/feed"} == {None}


@pytest.mark.parametrize("name", ["TRACKER_DATABASE_URL", "PATH", "TRACKER_LOGIN_", "tracker_login_news"])
def test_only_variables_that_are_meant_for_it_can_be_named_as_a_login(name: str) -> None:
    with pytest.raises(ValueError, match="login"):
        feed_at("https://news.example/feed", login=name)


def test_an_address_that_tells_a_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="name it under login"):
        feed_at("https://ana:topsecret@news.example/feed")


# --------------------------------------------------------------------------------------------------------- cut short


def cut(body: bytes) -> Reply:
    return Reply(body, headers={"Content-Length": "100000", "Connection": "close", "ETag": '"1"'})


def test_of_a_feed_that_was_cut_short_the_whole_entries_are_kept_and_it_is_asked_again_whole(
    web: Web, settings: Settings, store: Store
) -> None:
    whole = feed_of("a", "b", "c")
    web.pages["/feed"] = cut(whole[: whole.index(b"<title>c") + 4])
    source = feed_at(web.url("/feed"), every="adaptive")

    first = one(store, settings, source)
    web.pages["/feed"] = Reply(whole, headers={"ETag": '"1"'})
    second = one(store, settings, source, NOW + HOUR)

    assert (first.outcome, first.new) == (Outcome.CUT_SHORT, 2)
    assert "broke off" in first.note
    assert (second.outcome, second.new, second.known) == (Outcome.OK, 1, 2)
    assert "if-none-match" not in web.asked[-1].headers


@pytest.mark.parametrize("body", [b"<rss><channel><item><title>a", b'{"items": [{"id": "1"', b""])
def test_a_feed_that_was_cut_before_its_first_whole_entry_has_failed(
    web: Web, settings: Settings, store: Store, body: bytes
) -> None:
    web.pages["/feed"] = cut(body)

    fetch = one(store, settings, feed_at(web.url("/feed")))

    assert fetch.outcome is Outcome.UNREACHABLE
    assert "broke off half-way" in fetch.error


def test_an_article_that_was_cut_short_is_not_taken_for_the_article(web: Web, settings: Settings, store: Store) -> None:
    web.pages |= {
        "/list": Reply(b'<html><body><a class="x" href="/a">It opens</a></body></html>'),
        "/a": cut(article_of("A")),
    }
    source = page_at(web.url("/list"), listing={"links": "a.x"})
    one(store, settings, source)
    web.pages["/a"] = Reply(article_of("A"))

    assert one(store, settings, source, NOW + HOUR).new == 1


# ---------------------------------------------------------------------------------------------------- the first days


def test_on_its_first_day_an_adaptive_source_is_asked_every_half_hour(
    web: Web, settings: Settings, store: Store
) -> None:
    web.pages["/feed"] = Reply(feed_of("a"))
    source = feed_at(web.url("/feed"), every="adaptive")
    waits = []
    for hours in (0, 12, 25):
        one(store, settings, source, NOW + hours * HOUR)
        waits.append(schedule(store).next_at - (NOW + hours * HOUR))  # type: ignore[operator]

    assert waits[:2] == [HOUR / 2, HOUR / 2]
    assert waits[2] > 20 * HOUR


def test_a_304_is_put_to_the_test_after_a_day_until_it_was_right_once(
    web: Web, settings: Settings, store: Store
) -> None:
    def page(asked: Asked) -> Reply:
        return Reply(status=304) if "if-none-match" in asked.headers else Reply(feed_of("a"), headers={"ETag": '"1"'})

    web.pages["/feed"] = page
    statuses = [
        one(store, settings, feed_at(web.url("/feed")), NOW + hours * HOUR).status
        for hours in (0, 1, 2, 26, 27, 28, 60)
    ]

    assert statuses == [200, 304, 304, 200, 304, 304, 304]
    assert conduct(store).reliable_304
