"""The rules of config.yaml: what is wrong is said by file, line and entry, with what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker import settings
from tracker.errors import BadSettings

GOOD = """\
contact: us@example.org
sources:
  - id: un-news-en
    name: UN News
    kind: feed
    url: https://news.example.org/rss.xml
    every: 3h
    country: NO
"""


def load(tmp_path: Path, text: str, **environment: str) -> settings.Settings:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return settings.load(path, environment)


def complaints(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(BadSettings) as wrong:
        load(tmp_path, text)
    return [line.removeprefix(f"{tmp_path / 'config.yaml'}, ") for line in str(wrong.value).splitlines()]


def test_norway_is_a_country_and_not_false(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).sources[0].country == "NO"


def test_every_setting_but_the_sources_has_a_default(tmp_path: Path) -> None:
    found = load(tmp_path, "sources: []\n")

    assert found.languages == ("en", "fr", "es")
    assert found.collect.max_megabytes == 8


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("contact:", "contct:"), "line 1, contct: there is no such setting. Did you mean contact?"),
        (("every: 3h", "every: 3 hours"), "line 7, sources / un-news-en / every: "),
        (("every: 3h", "expect: {at_least: lots}"), "line 7, sources / un-news-en / expect / at_least: "),
        (
            ("kind: feed", "kind: rss"),
            "line 5, sources / un-news-en / kind: input should be 'feed' or 'page', not 'rss'",
        ),
        (("https://", "htp://"), "line 6, sources / un-news-en / url: "),
        (("    name: UN News\n", ""), "line 3, sources / un-news-en / name: is missing"),
        (("country: NO", "country: Norway"), "line 8, sources / un-news-en / country: "),
        (("    kind: feed", "    kind: feed\n    kind: page"), "line 6: not well-formed YAML: "),
        (("name: UN News", "name: *x"), "line 4: not well-formed YAML: aliases (*name) are not allowed here"),
        (("name: UN News", "name: [UN"), "line 5: not well-formed YAML: "),
    ],
)
def test_a_mistake_is_told_with_line_entry_and_remedy(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    [line] = complaints(tmp_path, GOOD.replace(*change))

    assert line.startswith(said)


def test_several_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    wrong = GOOD.replace("contact:", "contct:").replace("kind: feed", "kind: rss").replace("every: 3h", "every: often")

    assert [line.split(",")[0] for line in complaints(tmp_path, wrong)] == ["line 1", "line 5", "line 7"]


def test_an_id_given_twice_names_both_lines(tmp_path: Path) -> None:
    twice = GOOD + GOOD.split("sources:\n")[1]

    [line] = complaints(tmp_path, twice)

    assert line == "line 9, sources / un-news-en / id: this id stands on line 3 already; give it another"


def test_the_environment_moves_the_data_and_the_database(tmp_path: Path) -> None:
    moved = load(tmp_path, GOOD, TRACKER_DATA="/srv/tracker")
    other = load(tmp_path, GOOD, TRACKER_DATABASE_URL="postgresql://db/tracker")

    assert moved.database == "sqlite:////srv/tracker/tracker.db"
    assert moved.evidence == "/srv/tracker/evidence"
    assert other.database == "postgresql://db/tracker"


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="there is no such file"):
        settings.load(tmp_path / "other.yaml", {})


OIDC = "oidc: {issuer: 'https://login.example.org', client_id: desk}\n"


def test_a_provider_of_sign_ins_is_asked_who_it_is_and_holds_no_secret_here(tmp_path: Path) -> None:
    found = load(tmp_path, OIDC.replace("}", ", scopes: [email]}") + "sources: []\n").oidc

    assert found is not None
    assert found.scopes == ("openid", "email")
    assert (
        "client_secret: there is no such setting" in complaints(tmp_path, OIDC.replace("}", ", client_secret: x}"))[0]
    )


def test_a_provider_that_could_be_overheard_is_refused(tmp_path: Path) -> None:
    [said] = complaints(tmp_path, OIDC.replace("https", "http"))

    assert "should begin with https://" in said


def test_without_passwords_and_without_a_provider_nobody_could_come_in(tmp_path: Path) -> None:
    [said] = complaints(tmp_path, "desk: {local_accounts: false}\n")

    assert "nobody could come in" in said
    assert not load(tmp_path, "desk: {local_accounts: false}\n" + OIDC).desk.local_accounts
