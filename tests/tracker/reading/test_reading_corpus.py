"""How well texts are read, against labelled texts: floors a little under what was reached, so that a slip is seen."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import reading as benchmark
from tracker.model import Suggestion

pytestmark = pytest.mark.corpus

Read = list[tuple[benchmark.Row, Suggestion]]
Part = Callable[[str, str], Read]


@pytest.fixture(scope="module")
def corpus() -> Path:
    if not (benchmark.CORPUS / "records.jsonl.gz").exists():
        pytest.skip("the labelled corpus is not beside the repository (../shared/corpus)")
    return benchmark.CORPUS


@pytest.fixture(scope="module")
def read(corpus: Path) -> Read:
    return benchmark.records(corpus)


@pytest.fixture(scope="module")
def part(read: Read) -> Part:
    def of(dataset: str, language: str) -> Read:
        return [(row, it) for row, it in read if (row["dataset"], row["language"]) == (dataset, language)]

    return of


@pytest.mark.parametrize(("code", "f1"), [("domestic_violence", 0.89), ("hate_crime", 0.65), ("victim_services", 0.68)])
def test_issues_are_suggested_well(read: Read, code: str, f1: float) -> None:
    assert benchmark.issue(read, code).f1 >= f1


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_same_stories_are_read_alike_in_each_public_language(part: Part, language: str) -> None:
    stories = part("wedo", language)

    assert benchmark.issue(stories, "domestic_violence").f1 >= 0.95
    assert benchmark.issue(stories, "victim_services").f1 >= 0.58


@pytest.mark.parametrize(("dataset", "language"), [("wedo", "en"), ("wedo", "fr"), ("wedo", "es"), ("undp", "en")])
def test_the_first_country_is_right_where_a_text_names_one(part: Part, dataset: str, language: str) -> None:
    found = benchmark.countries(part(dataset, language))

    assert found.best / found.named >= (0.96 if dataset == "wedo" else 0.91)


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_countries_are_exact_as_often_as_a_text_allows(part: Part, language: str) -> None:
    found = benchmark.countries(part("wedo", language))

    assert found.exact / found.rows >= 0.60


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_link_tells_the_country_of_texts_that_name_none(corpus: Path, language: str) -> None:
    read = benchmark.records(corpus, link=True)

    found = benchmark.countries(
        (row, it) for row, it in read if (row["dataset"], row["language"]) == ("wedo", language)
    )

    assert found.exact / found.rows >= 0.72


def test_the_queue_shows_what_matters_first(read: Read) -> None:
    assert benchmark.queue(read) >= 0.94
    assert benchmark.initiative(read) >= 0.95


def test_languages_are_recognised(corpus: Path) -> None:
    found = benchmark.languages(corpus)

    for kind, floor in (("headline", 0.965), ("sentence", 0.98), ("word-pair", 0.81), ("single-word", 0.66)):
        right, every = found[kind]
        assert right / every >= floor, kind


def test_a_right_declaration_makes_headlines_almost_certain(corpus: Path) -> None:
    right, every = benchmark.languages(corpus, lambda row: row["lang"])["headline"]

    assert right / every >= 0.98
