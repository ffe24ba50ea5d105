from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from collectors import cli
from tests.collectors.conftest import SAMPLES, Reply, Web, article_of, feed_at, feed_of
from tests.makers import NOW
from tracker.cli import app
from tracker.errors import TrackerError
from tracker.store import Store

if not any(command.callback is cli.collect for command in app.registered_commands):
    cli.add_to(app)

ARTICLE_FIELDS = ["file", "url", "title", "text", "published", "published_origin", "author", "site", "language"]
ENTRY_FIELDS = [
    "file", "url", "guid", "title", "summary", "text", "published", "updated", "author", "language",
]  # fmt: skip


@pytest.fixture
def config(web: Web, tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with a feed that answers and one whose host does not exist."""
    web.pages["/feed"] = Reply(feed_of("shelter", "helpline"))
    file = tmp_path / "config.yaml"
    file.write_text(
        f"database: {sqlite_url}\n"
        "collect: {allow_networks: [127.0.1.0/24], per_host_delay_seconds: 0.01, timeout_seconds: 5}\n"
        "sources:\n"
        f"  - {{id: news, name: News, kind: feed, url: '{web.url('/feed')}', every: 3h}}\n"
        "  - {id: nowhere, name: Nowhere, kind: feed, url: 'https://feeds.invalid/rss.xml'}\n"
    )
    monkeypatch.setenv("TRACKER_DATA", str(tmp_path))
    return file


def tracker(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def status(*words: str | Path) -> int:
    """The exit status that `main` gives."""
    result = tracker(*words)
    return result.exception.exit_status if isinstance(result.exception, TrackerError) else result.exit_code


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output + repr(result.exception)
    return [json.loads(line) for line in result.stdout.splitlines()]


# ------------------------------------------------------------------------------------------------- collect, sources


def test_a_round_ends_with_a_line_for_each_source_and_a_failed_source_is_no_failed_round(config: Path) -> None:
    result = tracker("--config", config, "collect")

    assert result.exit_code == 0
    assert re.search(r"news +ok +2 ", result.stdout)
    assert re.search(r"nowhere +unreachable .*this host name is not known", re.sub(r"\s+", " ", result.stdout))
    assert "2 sources: 2 new, 0 changed, 0 known, 0 refused" in result.stdout


def test_a_round_speaks_json_to_machines(config: Path) -> None:
    fetches = json.loads(tracker("--config", config, "collect", "--json").stdout)

    assert {fetch["source_id"]: fetch["outcome"] for fetch in fetches} == {"news": "ok", "nowhere": "unreachable"}


def test_a_round_asks_only_who_is_due_or_named(config: Path, web: Web) -> None:
    tracker("--config", config, "collect", "news")
    nothing = tracker("--config", config, "collect", "--json", "news")

    assert json.loads(nothing.stdout)[0]["outcome"] == "unchanged"
    assert len(web.asked) == 2
    tracker("--config", config, "collect")
    assert len(web.asked) == 2
    tracker("--config", config, "collect", "--all")
    assert len(web.asked) == 3


@pytest.mark.parametrize("words", [["nobody"], ["news", "--all"], ["--no-such-option"]])
def test_wrong_use_of_collect_has_exit_status_2(config: Path, words: list[str]) -> None:
    assert status("--config", config, "collect", *words) == 2


def test_the_health_of_each_source_is_seen_at_a_glance(config: Path) -> None:
    before = json.loads(tracker("--config", config, "sources", "--json").stdout)
    tracker("--config", config, "collect")
    after = {row["id"]: row for row in json.loads(tracker("--config", config, "sources", "--json").stdout)}
    table = re.sub(r"\s+", " ", tracker("--config", config, "sources").stdout)

    assert [row["outcome"] for row in before] == [None, None]
    assert (after["news"]["items_7_days"], after["news"]["items"], after["news"]["failures"]) == (2, 2, 0)
    assert after["news"]["next_reason"] == "every 3h, as configured"
    assert (after["nowhere"]["outcome"], after["nowhere"]["failures"]) == ("unreachable", 1)
    assert "every 3h, as configured" in table
    assert "failed once (unreachable)" in table


def test_a_trial_shows_what_would_be_collected_and_writes_nothing(config: Path, sqlite_store: Store) -> None:
    result = tracker("--config", config, "sources", "try", "news")

    assert result.exit_code == 0
    assert "shelter" in result.stdout
    assert "2 of 2 would be collected" in result.stdout
    assert sqlite_store.last_fetches() == {}
    assert sqlite_store.source_counts(NOW) == {}


def test_a_trial_says_why_nothing_would_be_collected(config: Path) -> None:
    result = tracker("--config", config, "sources", "try", "nowhere")

    assert "why not: https://feeds.invalid/rss.xml: this host name is not known" in result.stdout


def test_a_trial_of_an_address_tells_a_page_from_a_feed(config: Path, web: Web) -> None:
    web.pages |= {
        "/news": Reply(b"<html><body><a href='/2020/a-shelter-opens'>A shelter opens in the town</a></body></html>"),
        "/2020/a-shelter-opens": Reply(article_of("A shelter opens")),
    }

    tried = json.loads(tracker("--config", config, "sources", "try", web.url("/news"), "--json").stdout)

    assert tried["source"]["kind"] == "page"
    assert [entry["title"] for entry in tried["entries"]] == ["A shelter opens"]
    assert "is a web page, not a feed" in tried["fetch"]["note"]


def test_sources_go_out_as_opml_and_come_back_once(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "sources.opml"
    tracker("--config", config, "sources", "export", file)
    file.write_text(file.read_text().replace("https://feeds.invalid/rss.xml", "https://other.invalid/rss.xml"))

    result = tracker("--config", config, "sources", "import", file)

    assert result.exit_code == 0, result.output
    rows = json.loads(tracker("--config", config, "sources", "--json").stdout)
    assert sorted(row["id"] for row in rows) == ["news", "nowhere", "nowhere-2"]


def test_a_source_of_the_desk_is_tried_and_exported_like_any_other(
    config: Path, web: Web, tmp_path: Path, sqlite_store: Store
) -> None:
    sqlite_store.add_source(feed_at(web.url("/feed"), "ours", terms="Asked on 1 May."), "ben@example.org")

    tried = tracker("--config", config, "sources", "try", "ours")
    tracker("--config", config, "sources", "export", tmp_path / "all.opml")

    assert "2 of 2 would be collected" in tried.stdout
    assert "Asked on 1 May." in (tmp_path / "all.opml").read_text()


def test_how_an_address_is_to_be_read_may_be_told_to_a_trial(config: Path, web: Web) -> None:
    web.pages["/list"] = Reply(b"<html><body><a href='/x'>Nothing</a><h2><a href='/y'>Something</a></h2></body></html>")
    web.pages["/y"] = Reply(article_of("A shelter opens"))
    like = json.dumps({"kind": "page", "listing": {"links": "h2 a"}})

    tried = json.loads(tracker("--config", config, "sources", "try", web.url("/list"), "--json", "--like", like).stdout)

    assert [entry["title"] for entry in tried["entries"]] == ["A shelter opens"]
    assert status("--config", config, "sources", "try", web.url("/list"), "--like", "{") == 2
    assert status("--config", config, "sources", "try", web.url("/list"), "--like", '{"kind": "x"}') == 3


def test_everything_about_one_source_is_shown(config: Path, sqlite_store: Store) -> None:
    tracker("--config", config, "collect")
    tracker("--config", config, "collect", "news")
    sqlite_store.move("news", "https://elsewhere.example/feed", "ben@example.org")
    shown = re.sub(r"\s+", " ", tracker("--config", config, "sources", "show", "news").stdout)

    assert "News (news), feed, kept by config" in shown
    assert re.search(r"unchanged 200 .* ok 200 ", shown)
    assert "became initiatives: 0 of 0 decided items" in shown
    assert "source moved (ben@example.org)" in shown
    assert status("--config", config, "sources", "show", "nobody") == 1


def test_a_failure_of_our_own_network_is_told_where_sources_are_listed(config: Path, sqlite_store: Store) -> None:
    sqlite_store.network_fails(3, 4, NOW)

    told = tracker("--config", config, "sources").stderr

    assert "our own network or its DNS seems to fail since 2020-05-04 12:00 UTC: 3 of 4 sources" in told


# --------------------------------------------------------------------------------------------------- parse, extract


def test_a_feed_file_becomes_a_line_for_each_entry() -> None:
    first, second = lines(
        tracker("parse", SAMPLES / "feeds" / "rss-shelters.xml", "--url", "https://shelters.example/")
    )

    assert list(first) == ENTRY_FIELDS
    assert first["title"] == "New rooms for families, open day and night"
    assert first["published"] == "2020-04-06T08:30:00Z"
    assert second["updated"] is None


def test_a_page_file_becomes_one_object() -> None:
    (article,) = lines(tracker("extract", SAMPLES / "pages" / "article.html", "--url", "https://ministere.example/a"))

    assert list(article) == ARTICLE_FIELDS
    assert article["published"] == "2020-04-06T10:30:00-04:00"
    assert article["published_origin"] == "page"
    assert article["url"] == "https://ministere.example/a"


def test_the_charset_may_come_from_outside(tmp_path: Path) -> None:
    file = tmp_path / "latin.xml"
    file.write_bytes(feed_of("Été").decode().encode("iso-8859-1"))

    kind = "application/rss+xml; charset=iso-8859-1"
    (entry,) = lines(tracker("parse", file, "--url", "https://a.example/", "--content-type", kind))

    assert entry["title"] == "Été"


def a_list(folder: Path, *entries: object) -> Path:
    file = folder / "list.jsonl"
    file.write_text("\n".join(entry if isinstance(entry, str) else json.dumps(entry) for entry in entries))
    return file


def test_many_feeds_are_read_in_order_and_a_bad_one_does_not_end_it(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(feed_of("a"))
    (tmp_path / "b.xml").write_bytes(feed_of("b", "c"))
    (tmp_path / "no.xml").write_bytes(b"hello")
    many = a_list(
        tmp_path,
        {"file": "a.xml", "url": "https://a.example/"},
        {"file": "missing.xml", "url": "https://a.example/"},
        {"file": "no.xml", "url": "https://a.example/"},
        "no json",
        {"url": "https://a.example/"},
        "",
        {"file": "b.xml", "url": "https://a.example/", "content_type": "text/xml"},
    )

    found = lines(tracker("parse", "--list", many))

    assert [line.get("title") or "error" for line in found] == ["a", "error", "error", "error", "error", "b", "c"]
    assert found[1] == {
        "file": "missing.xml",
        "error": f"{tmp_path / 'missing.xml'}: cannot be read (No such file or directory)",
    }
    assert "is no feed" in found[2]["error"]


def test_many_pages_are_read_in_order(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.html").write_bytes(article_of(name))
    (tmp_path / "empty.html").write_bytes(b"")
    many = a_list(
        tmp_path, *({"file": f"{name}.html", "url": "https://a.example/"} for name in ("one", "empty", "two"))
    )

    found = lines(tracker("extract", "--list", many))

    assert [line.get("title") for line in found] == ["one", None, "two"]
    assert found[1]["file"] == "empty.html"


@pytest.mark.parametrize("command", ["parse", "extract"])
def test_what_is_wrong_has_its_exit_status(tmp_path: Path, command: str) -> None:
    (tmp_path / "no.xml").write_bytes(b"hello")

    assert status(command) == 2
    assert status(command, tmp_path / "no.xml") == 2
    assert status(command, tmp_path / "no.xml", "--url", "https://a.example/") == 3
    assert status(command, tmp_path / "missing", "--url", "https://a.example/") == 3
    assert status(command, "--list", tmp_path / "missing") == 3


@pytest.mark.parametrize(
    "words",
    [
        ["collect"],
        ["sources"],
        ["sources", "try"],
        ["sources", "show"],
        ["sources", "import"],
        ["sources", "export"],
        ["parse"],
        ["extract"],
    ],
)
def test_every_help_has_an_example(words: list[str]) -> None:
    assert f"Example: tracker {' '.join(words)}" in tracker(*words, "--help").stdout


def test_the_commands_import_nothing_heavy_before_they_run() -> None:
    heavy = "scrapy feedparser trafilatura lxml sqlalchemy pandas streamlit rich.table"
    code = f"import collectors.cli, sys; print([name for name in {heavy.split()!r} if name in sys.modules])"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# -------------------------------------------------------------------------------------------------------- filling back


def test_filling_back_tells_what_came_and_why_it_ended(config: Path) -> None:
    first, second = (
        tracker("--config", config, "sources", "fill", "news"),
        tracker("--config", config, "sources", "fill", "news", "--since", "2020-01-01"),
    )

    assert first.stdout == "news: 2 new, 0 known, 0 refused on 1 pages of history; nothing older is offered\n"
    assert second.stdout == "news: 0 new, 2 known, 0 refused on 1 pages of history; nothing older is offered\n"


def test_filling_back_that_must_stop_says_so_with_its_status(config: Path) -> None:
    result = tracker("--config", config, "sources", "fill", "nowhere")

    assert result.exit_code == 1
    assert "the same command goes on from here" in result.stdout


@pytest.mark.parametrize("words", [("nobody",), ("news", "--since", "lately")])
def test_filling_back_what_is_not_there_is_wrong_use(words: tuple[str, ...], config: Path) -> None:
    assert status("--config", config, "sources", "fill", *words) == 2
