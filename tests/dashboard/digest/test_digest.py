"""The rules of the digest: approved records of that week alone, texts that fit, the same picture on every machine."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from dashboard.digest import files
from dashboard.digest.picture import KINDS, as_png, as_svg
from dashboard.digest.telling import LONG, SHORT, Digest, alternative, digest_of, fitted, short_text
from dashboard.digest.week import Week
from dashboard.words import LANGUAGES, words
from tests.dashboard.conftest import Newsroom
from tests.makers import NOW, a_published, an_initiative, merge
from tracker.model import Wording
from tracker.settings import Settings, Site
from tracker.store import Store, open_public
from tracker.taxonomy import Taxonomy

WEEK = Week.of(NOW)
LATER = NOW + timedelta(days=7)
SETTINGS = Settings(site=Site(url="https://tracker.example.org"))
SVG = {"s": "http://www.w3.org/2000/svg"}


def told(store: Store, week: Week = WEEK) -> Digest:
    public = open_public(store.url)
    try:
        return digest_of(public, week)
    finally:
        public.close()


def a_digest(number: int = 3, **changes: object) -> Digest:
    records = tuple(
        a_published(id=id, countries=(("CA", "FR", "MX", "BR", "JP", "KE", "IN")[id % 7],))
        for id in range(1, number + 1)
    )
    good = {"week": WEEK, "published": records, "changed": (), "gone": (), "total": number + 100}
    return Digest(**{**good, **changes})  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ what happened


def test_a_week_tells_what_was_published_changed_and_withdrawn_in_it(newsroom: Newsroom) -> None:
    old = newsroom.publish(an_initiative(), NOW - timedelta(days=7))
    new = newsroom.publish(an_initiative(countries=("FR",), issues=("hate_crime",)), NOW)
    newsroom.change(old, an_initiative(countries=("MX",)), NOW)
    gone = newsroom.publish(an_initiative(), NOW - timedelta(days=8))
    newsroom.store.withdraw_initiative(gone.id, newsroom.ben, NOW, "wrong")
    newsroom.publish(an_initiative(), LATER)

    found = told(newsroom.store)

    assert [record.id for record in found.published] == [new.id]
    assert [(record.id, line.fields) for record, line in found.changed] == [(old.id, ("countries",))]
    assert [line.initiative_id for line in found.gone] == [gone.id]
    assert (found.by_issue, found.by_country, found.total) == ({"hate_crime": 1}, {"FR": 1}, 2)


def test_what_was_published_and_mended_in_the_same_week_is_told_once(newsroom: Newsroom) -> None:
    record = newsroom.publish(an_initiative(), NOW)
    newsroom.change(record, an_initiative(countries=("FR",)), NOW + timedelta(hours=1))

    found = told(newsroom.store)

    assert ([one.id for one in found.published], found.changed) == ([record.id], ())


def test_what_was_withdrawn_or_merged_later_is_not_named_in_an_earlier_week(newsroom: Newsroom) -> None:
    kept, withdrawn, merged = (newsroom.publish(an_initiative(), NOW) for _ in range(3))
    newsroom.store.withdraw_initiative(withdrawn.id, newsroom.ben, LATER, "wrong")
    merge(newsroom.store, merged.id, kept.id)

    assert [record.id for record in told(newsroom.store).published] == [kept.id]


def test_nothing_that_was_not_approved_is_in_a_digest(newsroom: Newsroom, tmp_path: Path, taxonomy: Taxonomy) -> None:
    secret = an_initiative(wordings={"en": Wording(title="Xanthippe", summary="Xanthippe")})
    newsroom.store.add_initiative(secret, newsroom.ana, NOW, "1", sample=False)
    record = newsroom.publish(an_initiative(), NOW)
    newsroom.store.add_revision(record.id, 1, secret, newsroom.ana, NOW, "1", "Xanthippe")

    paths = files.write(told(newsroom.store), LANGUAGES, tmp_path, SETTINGS, taxonomy)

    assert len(paths) == 1 + 3 * (1 + 2 * len(KINDS))
    assert not [path for path in paths if b"Xanthippe" in path.read_bytes() or b"Ana" in path.read_bytes()]


def test_a_week_in_which_nothing_happened_says_so(sqlite_store: Store, taxonomy: Taxonomy) -> None:
    found = told(sqlite_store)

    assert found.empty
    assert short_text(found, words("fr"), SETTINGS, taxonomy, SHORT).startswith("Rien de nouveau cette semaine.")


# ------------------------------------------------------------------------------------------------ texts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [0, 1, 40, 5000])
def test_texts_are_no_longer_than_networks_take_and_end_with_the_link(
    taxonomy: Taxonomy, language: str, number: int
) -> None:
    for most in (SHORT, LONG):
        text = short_text(a_digest(number), words(language), SETTINGS, taxonomy, most)

        assert len(text) <= most
        assert text.endswith(f" https://tracker.example.org/digest/{WEEK}?lang={language}")


@given(st.lists(st.text(min_size=1, max_size=400), min_size=1), st.integers(60, 500))
def test_any_sentences_fit(said: list[str], most: int) -> None:
    link = "https://tracker.example.org/digest/2020-W19"

    text = fitted(said, link, most)

    assert len(text) <= most
    assert text.endswith(f" {link}")


def test_a_text_says_the_most_important_first_in_the_language_of_its_readers(taxonomy: Taxonomy) -> None:
    text = short_text(a_digest(4), words("es"), SETTINGS, taxonomy, LONG)

    assert text.startswith("Esta semana se añadieron 4 iniciativas contra la violencia y el odio")
    assert "Violencia doméstica y familiar 4" in text
    assert "y 1 país más" in text
    assert "104 iniciativas en total." in text


def test_made_up_records_are_said_to_be_made_up_before_anything_else(taxonomy: Taxonomy) -> None:
    digest = a_digest(published=(a_published(sample=True),))

    assert short_text(digest, words("en"), SETTINGS, taxonomy, SHORT).startswith("Sample, made up")
    assert "Sample" in as_svg(digest, "issues", words("en"), SETTINGS, taxonomy)


# ------------------------------------------------------------------------------------------------ pictures


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [0, 1, 40])
def test_a_picture_has_the_size_that_networks_show(taxonomy: Taxonomy, language: str, kind: str, number: int) -> None:
    svg = as_svg(a_digest(number), kind, words(language), SETTINGS, taxonomy)

    with Image.open(BytesIO(as_png(svg))) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
        assert len(set(picture.convert("L").tobytes())) > 50  # letters are drawn: the fonts were found


def test_a_picture_shows_numbers_alone_and_no_title(taxonomy: Taxonomy) -> None:
    record = a_published(wordings={"en": Wording(title="Shelter at Elm Street", summary="Elm")}, locality="Elm")

    for kind in KINDS:
        svg = as_svg(a_digest(published=(record,)), kind, words("en"), SETTINGS, taxonomy)
        assert "Elm" not in svg
        assert etree.fromstring(svg.encode()).xpath("//s:image | //s:script | //s:a", namespaces=SVG) == []


def test_a_hostile_name_of_the_site_stays_text(taxonomy: Taxonomy) -> None:
    settings = Settings(site=Site(organisation="<script>&\"'", url="https://tracker.example.org"))

    svg = etree.fromstring(as_svg(a_digest(), "issues", words("en"), settings, taxonomy).encode())

    assert "<script>&\"'" in svg.xpath("//s:text/text()", namespaces=SVG)


def test_the_same_week_gives_the_same_bytes(tmp_path: Path, taxonomy: Taxonomy) -> None:
    first, second = (
        {
            path.name: path.read_bytes()
            for path in files.write(a_digest(), LANGUAGES, tmp_path / name, SETTINGS, taxonomy)
        }
        for name in ("first", "second")
    )

    assert first == second


def test_the_fonts_of_the_machine_take_no_part(taxonomy: Taxonomy) -> None:
    svg = as_svg(a_digest(), "issues", words("en"), SETTINGS, taxonomy)

    on_many_machines, on_none = (
        as_png(svg.replace("Source Sans Pro", name)) for name in ("DejaVu Sans", "No Such Font")
    )

    assert on_many_machines == on_none


def test_what_the_picture_shows_is_said_in_words(taxonomy: Taxonomy) -> None:
    said = alternative(a_digest(4), words("en"), taxonomy)

    assert said.startswith("Week of 4–10 May 2020. 4 initiatives")


def test_the_numbers_are_there_for_programmes(tmp_path: Path, taxonomy: Taxonomy) -> None:
    files.write(a_digest(), ["fr"], tmp_path, SETTINGS, taxonomy)

    about = json.loads((tmp_path / f"{WEEK}.json").read_text("utf-8"))
    assert (about["added"], about["total"], list(about["texts"])) == ([1, 2, 3], 103, ["fr"])
