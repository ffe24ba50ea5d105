"""The configuration that ships: its sources can be followed, and only what may be collected is on."""

from pathlib import Path

import pytest

from tracker import settings, taxonomy
from tracker.model import Source, Tier

CONFIG = Path(__file__).parents[2] / "config.yaml"


@pytest.fixture(scope="module")
def shipped() -> settings.Settings:
    return settings.load(CONFIG, {})


@pytest.fixture(scope="module")
def sources(shipped: settings.Settings) -> tuple[Source, ...]:
    return shipped.sources


def test_over_a_hundred_sources_ship(sources: tuple[Source, ...]) -> None:
    assert len(sources) >= 103


def test_ids_and_addresses_are_given_once(sources: tuple[Source, ...]) -> None:
    assert len({source.id for source in sources}) == len(sources)
    assert len({source.url for source in sources}) == len(sources)


def test_every_source_is_about_issues_that_the_taxonomy_has(sources: tuple[Source, ...]) -> None:
    known = set(taxonomy.load().codes("issues"))

    assert {source.id for source in sources if not source.issues or not set(source.issues) <= known} == set()


def test_official_sources_are_on(sources: tuple[Source, ...]) -> None:
    assert {source.id for source in sources if source.tier is Tier.OFFICIAL and not source.enabled} == set()


def test_media_stay_off_until_their_terms_are_noted(sources: tuple[Source, ...]) -> None:
    media = [source for source in sources if source.tier is Tier.MEDIA]

    assert media
    assert not any(source.enabled for source in media)
    assert all("stays off" in source.terms for source in media)


def test_every_source_says_what_is_known_of_its_terms(sources: tuple[Source, ...]) -> None:
    assert [source.id for source in sources if not source.terms.strip()] == []


def test_a_source_that_ends_in_a_language_declares_that_language(sources: tuple[Source, ...]) -> None:
    endings = {"en", "fr", "es", "pt", "de", "it", "no"}

    for source in sources:
        if (ending := source.id.rsplit("-", 1)[-1]) in endings:
            assert source.language == ending, source.id


def test_the_settings_in_the_file_are_the_defaults_that_it_promises(shipped: settings.Settings) -> None:
    assert shipped.but(sources=()) == settings.Settings()
