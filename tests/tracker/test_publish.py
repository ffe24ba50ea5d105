"""The rules of a release: whole or not there, never changed, safe to open, and the same for everybody."""

from __future__ import annotations

import csv
import errno
import fcntl
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.makers import NOW, a_person, an_initiative
from tracker import publish
from tracker.errors import Busy, StoreUnavailable
from tracker.model import (
    Actor,
    Change,
    Cited,
    Contact,
    InitiativeState,
    Published,
    Reading,
    Record,
    Release,
    RoughDate,
    StatusChange,
    Wording,
)
from tracker.settings import Settings, Site
from tracker.store import Store, open_public
from tracker.store.public import ReleaseLine
from tracker.taxonomy import Taxonomy

SETTINGS = Settings(site=Site(url="https://tracker.example.org/"))
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def a_published(**changes: Any) -> Published:
    own = {name: changes.pop(name) for name in list(changes) if name in Published.model_fields}
    source = Cited(title="Province opens a helpline", url="https://example.org/news", source="Ministry")
    good: dict[str, Any] = {"id": 1, "revision": 1, "initiative": an_initiative(**changes), "sources": (source,)}
    return Published(**{**good, "first_public_at": NOW, "changed_at": NOW, **own})


def approved(store: Store, **changes: Any) -> Record:
    """An initiative that two people made public; the same two each time."""
    people = store.people() or [
        store.add_person(a_person(email=f"{name}@example.org", name=name.title()), "no hash", "test")
        for name in ("ana", "ben")
    ]
    record = store.add_initiative(an_initiative(**changes), people[0], NOW, "1", sample=False)
    store.move_initiative(record.id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, people[0])
    return store.approve_initiative(record.id, 1, people[1], NOW)


@pytest.fixture(autouse=True)
def no_other_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages have tests of their own; here the release is what the tracker itself makes."""
    monkeypatch.setattr(publish, "entry_points", lambda **_: [])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return SETTINGS.but(data=tmp_path / "data")


def rows(parts: Any) -> list[dict[str, str]]:
    whole = "".join(parts)
    assert whole.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(whole[1:])))


# ---------------------------------------------------------------------------------------------- a release as a whole


def test_the_first_release_of_an_empty_tracker_says_that_nothing_is_published(store: Store, settings: Settings) -> None:
    folder = publish.make_release(store, settings, NOW)

    assert folder == settings.data / "releases" / "1"
    assert json.loads((folder / "initiatives.json").read_text("utf-8"))["initiatives"] == []
    assert "Nothing has been published yet" in (folder / "README.txt").read_text("utf-8")
    assert [line.number for line in listed(store)] == [1]


def test_current_points_to_the_newest_release_and_the_older_one_stays(store: Store, settings: Settings) -> None:
    first = publish.make_release(store, settings, NOW)
    before = (first / "initiatives.csv").read_bytes()
    approved(store)

    second = publish.make_release(store, settings, NOW + timedelta(days=1))

    current = settings.data / "releases" / "current"
    assert current.resolve() == second.resolve()
    assert not current.readlink().is_absolute()
    assert (first / "initiatives.csv").read_bytes() == before


def test_a_release_tells_what_was_added_changed_and_withdrawn(store: Store, settings: Settings) -> None:
    stays, goes = approved(store), approved(store)
    publish.make_release(store, settings, NOW)
    ana, ben = store.people()
    changed = store.add_revision(stays.id, 1, an_initiative(countries=("FR",)), ana, NOW, "1", "moved")
    store.move_initiative(stays.id, 2, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ana)
    store.approve_initiative(stays.id, changed.revision, ben, NOW)
    store.withdraw_initiative(goes.id, ben, NOW, "=WRONG()")
    comes = approved(store)

    folder = publish.make_release(store, settings, NOW + timedelta(days=1))

    told = json.loads((folder / "changes.json").read_text("utf-8"))
    assert {(change["initiative_id"], change["what"]) for change in told} == {
        (stays.id, "changed"),
        (goes.id, "withdrawn"),
        (comes.id, "added"),
    }
    table = rows([(folder / "changes.csv").read_text("utf-8")])
    assert [row["fields"] for row in table if row["what"] == "changed"] == ["countries"]
    assert [row["reason"] for row in table if row["what"] == "withdrawn"] == ["'=WRONG()"]


def test_the_checksums_are_those_of_the_files(store: Store, settings: Settings) -> None:
    folder = publish.make_release(store, settings, NOW)

    lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert set(sums) == {path.name for path in folder.iterdir()} - {"SHA256SUMS"}
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in sums.items())


def test_release_json_counts_what_is_in_it(store: Store, settings: Settings, taxonomy: Taxonomy) -> None:
    approved(store)
    approved(store, countries=("FR", "CA"))

    about = json.loads((publish.make_release(store, settings, NOW) / "release.json").read_text("utf-8"))

    assert (about["number"], about["previous"], about["total"]) == (1, None, 2)
    assert about["by_country"] == {"CA": 2, "FR": 1}
    assert (about["taxonomy"], about["changes"]) == (taxonomy.version, {"added": 2})


def test_a_release_may_go_to_another_folder(store: Store, settings: Settings, tmp_path: Path) -> None:
    folder = publish.make_release(store, settings, NOW, tmp_path / "www")

    assert folder == tmp_path / "www" / "1"
    [line] = listed(store)
    assert settings.data / line.folder == folder.resolve()


def test_the_store_remembers_the_folder_relative_to_the_data(store: Store, settings: Settings) -> None:
    publish.make_release(store, settings, NOW)

    assert [line.folder for line in listed(store)] == ["releases/1"]


def test_a_writer_from_another_room_adds_its_files(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "entry_points", lambda group: [_entry(f"{__name__}:add_a_page", group)])

    folder = publish.make_release(store, settings, NOW)

    assert (folder / "index.html").read_text("utf-8") == "release 1"
    assert "index.html" in (folder / "SHA256SUMS").read_text("utf-8")


def add_a_page(release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> None:
    (folder / "index.html").write_text(f"release {release.number}", encoding="utf-8")


def fill_the_disk(release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> None:
    (folder / "half").write_text("half of a page", encoding="utf-8")
    raise OSError(errno.ENOSPC, "No space left on device", str(folder / "page"))


def break_down(release: Release, folder: Path, settings: Settings, taxonomy: Taxonomy) -> None:
    raise ZeroDivisionError


def _entry(value: str, group: str) -> EntryPoint:
    return EntryPoint(name="pages", value=value, group=group)


def test_a_full_disk_leaves_the_release_before_as_it_was(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish.make_release(store, settings, NOW)
    monkeypatch.setattr(publish, "entry_points", lambda group: [_entry(f"{__name__}:fill_the_disk", group)])

    with pytest.raises(StoreUnavailable, match=r"disk is full.*stands as it was"):
        publish.make_release(store, settings, NOW)

    assert sorted(path.name for path in first.parent.iterdir()) == [".lock", "1", "current"]
    assert (first.parent / "current").resolve() == first.resolve()
    assert [line.number for line in listed(store)] == [1]


def test_a_writer_that_fails_is_loud_and_leaves_nothing_behind(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "entry_points", lambda group: [_entry(f"{__name__}:break_down", group)])

    with pytest.raises(ZeroDivisionError):
        publish.make_release(store, settings, NOW)

    assert [path.name for path in (settings.data / "releases").iterdir()] == [".lock"]


def test_the_number_of_a_release_that_failed_is_given_again(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(publish, "entry_points", lambda group: [_entry(f"{__name__}:break_down", group)])
        with pytest.raises(ZeroDivisionError):
            publish.make_release(store, settings, NOW)

    assert publish.make_release(store, settings, NOW).name == "1"


def test_what_a_killed_run_left_behind_is_cleared_away(store: Store, settings: Settings) -> None:
    left = settings.data / "releases" / ".1.unfinished"
    left.mkdir(parents=True)
    (left / "half.html").touch()

    folder = publish.make_release(store, settings, NOW)

    assert not left.exists()
    assert not (folder / "half.html").exists()


def test_a_folder_that_the_store_does_not_know_is_kept_aside(store: Store, settings: Settings) -> None:
    unknown = settings.data / "releases" / "1"
    unknown.mkdir(parents=True)
    (unknown / "initiatives.csv").write_text("what somebody may have quoted", encoding="utf-8")

    folder = publish.make_release(store, settings, NOW)

    [kept] = folder.parent.glob("1.unlisted-*")
    assert (kept / "initiatives.csv").read_text("utf-8") == "what somebody may have quoted"
    assert (folder / "release.json").exists()


def test_two_releases_are_not_made_at_once(store: Store, settings: Settings) -> None:
    shelf = settings.data / "releases"
    shelf.mkdir(parents=True)
    with (shelf / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        with pytest.raises(Busy, match="another release is being made"):
            publish.make_release(store, settings, NOW)


def test_a_place_that_cannot_be_a_folder_is_told(store: Store, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnavailable, match="cannot be written"):
        publish.make_release(store, settings, NOW, tmp_path / "file" / "releases")


def listed(store: Store) -> list[ReleaseLine]:
    """The releases that the public's door shows."""
    public = open_public(store.url)
    try:
        return public.releases()
    finally:
        public.close()


# ---------------------------------------------------------------------------------------------- CSV


def test_a_row_has_codes_joined_lists_and_dates_as_exact_as_known(taxonomy: Taxonomy) -> None:
    record = a_published(
        issues=("hate_crime", "victim_services"),
        types=("A1", "G3"),
        actors=(Actor(name="Ministry", kind="executive", level="national"), Actor(name="City")),
        start=RoughDate.parse("2020-04"),
        amount=2500.5,
        currency="CAD",
    )

    [row] = rows(publish.as_csv([record], SETTINGS, taxonomy))

    assert (row["issues"], row["types"], row["countries"]) == ("hate_crime; victim_services", "A1; G3", "CA")
    assert (row["actors"], row["actor_kinds"], row["actor_levels"]) == ("Ministry; City", "executive", "national")
    assert (row["start"], row["end"], row["amount"]) == ("2020-04", "", "2500.5")
    assert (row["title_fr"], row["title_es"]) == ("Ligne d'écoute par texto", "")
    assert (row["unw_type"], row["unw_subtype"]) == ("Strengthening of services", "Hotlines and reporting mechanisms")
    assert row["url"] == "https://tracker.example.org/initiative/1"


def test_a_wording_in_another_language_than_the_public_ones_has_its_columns(taxonomy: Taxonomy) -> None:
    [row] = rows(publish.as_csv([a_published(wordings={"ar": Wording(title="خط مساعدة")})], SETTINGS, taxonomy))

    assert (row["title_en"], row["title_other"], row["other_language"]) == ("", "خط مساعدة", "ar")


def test_columns_keep_their_order(taxonomy: Taxonomy) -> None:
    header = next(iter(publish.as_csv([], SETTINGS, taxonomy)))

    assert header.startswith("\ufeffid,revision,url,title_en,title_fr,title_es,summary_en,")
    assert ",sources,source_names,first_public_at,changed_at,verified_at,sample,previous,related," in header
    assert header.endswith(",previous,related,further_reading,indigenous_relevance,confidence,status_history\r\n")


def test_what_came_later_stands_in_columns_at_the_end(taxonomy: Taxonomy) -> None:
    record = a_published(
        subdivisions=("CA-QC", "CA-ON"),
        related=(4, 5),
        previous=3,
        further_reading=(Reading(title="Report", url="https://example.org/report"),),
        indigenous_relevance=False,
        confidence="high",
        status_history=(StatusChange(status="planned", on=RoughDate.parse("2020-04")), StatusChange(status="active")),
    )

    [row] = rows(publish.as_csv([record], SETTINGS, taxonomy))

    assert (row["subdivision"], row["related"], row["previous"]) == ("CA-QC; CA-ON", "4; 5", "3")
    assert (row["further_reading"], row["indigenous_relevance"]) == ("https://example.org/report", "0")
    assert (row["confidence"], row["status_history"]) == ("high", "2020-04 planned; active")


def test_json_keeps_the_subdivision_of_readers_that_know_one_alone() -> None:
    said = publish.as_object(a_published(subdivisions=("CA-QC", "CA-ON")), SETTINGS)

    assert (said["subdivision"], said["subdivisions"]) == ("CA-QC", ["CA-QC", "CA-ON"])
    assert publish.as_object(a_published(), SETTINGS)["subdivision"] == ""


def test_only_initiatives_that_are_public_are_named_as_related(sqlite_store: Store) -> None:
    one = approved(sqlite_store)
    hidden = sqlite_store.add_initiative(an_initiative(), sqlite_store.people()[0], NOW, "1", sample=False)
    other = approved(sqlite_store, related=(one.id, hidden.id), previous=hidden.id)

    release = sqlite_store.release_next(NOW, "test")
    public = open_public(sqlite_store.url)
    try:
        seen = public.one(other.id).initiative
    finally:
        public.close()

    for content in (seen, release.records[-1].initiative):
        assert (content.related, content.previous) == ((one.id,), None)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠"])
def test_no_cell_begins_like_a_formula(taxonomy: Taxonomy, start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    record = a_published(
        wordings={"en": Wording(title=text, summary=text)},
        locality=text,
        actors=(Actor(name=text),),
        keywords=(text,),
        contact=Contact(phone="+1 555 0100"),
    )

    [row] = rows(publish.as_csv([record], SETTINGS, taxonomy))

    assert [row[name] for name in ("title_en", "summary_en", "locality", "actors", "keywords")] == [f"'{text}"] * 5
    assert row["contact_phone"] == "'+1 555 0100"


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_survives_the_way_through_the_csv(title: str, place: str) -> None:
    from tracker import taxonomy as taxonomy_of

    record = a_published(wordings={"en": Wording(title=title)}, locality=place)

    [row] = rows(publish.as_csv([record], SETTINGS, taxonomy_of.load()))

    assert row["title_en"].removeprefix("'") == title.removeprefix("'")
    assert row["locality"].removeprefix("'") == place.removeprefix("'")


# ---------------------------------------------------------------------------------------------- JSON and codebook


def test_json_has_the_whole_record_flat(taxonomy: Taxonomy) -> None:
    record = a_published(
        start=RoughDate.parse("2020"), status_history=(StatusChange(status="ended", on=RoughDate.parse("2020-05")),)
    )

    whole = json.loads("".join(publish.as_json([record, a_published(id=2)], SETTINGS, {"number": 3})))

    assert (whole["number"], [one["id"] for one in whole["initiatives"]]) == (3, [1, 2])
    one = whole["initiatives"][0]
    assert (one["start"], one["end"], one["status_history"][0]["on"]) == ("2020", None, "2020-05")
    assert one["sources"][0]["url"] == "https://example.org/news"
    assert one["wordings"]["fr"]["title"] == "Ligne d'écoute par texto"


def test_json_of_nothing_is_still_json() -> None:
    assert json.loads("".join(publish.as_json([], SETTINGS, {}))) == {"initiatives": []}


def test_the_codebook_explains_every_code_without_the_keywords(
    store: Store, settings: Settings, taxonomy: Taxonomy
) -> None:
    codebook = json.loads((publish.make_release(store, settings, NOW) / "codebook.json").read_text("utf-8"))

    assert [entry["code"] for entry in codebook["types"]] == list(taxonomy.codes("types"))
    assert codebook["issues"][0]["in_scope"]["es"]
    assert not any("words" in entry for group in codebook.values() if isinstance(group, list) for entry in group)


# ---------------------------------------------------------------------------------------------- feeds


def feed(taxonomy: Taxonomy, *records: Published, language: str = "en", **more: Any) -> Any:
    body = publish.as_atom(
        records, language, SETTINGS, taxonomy, address="https://tracker.example.org/feed", updated=NOW, **more
    )
    return etree.fromstring(body)


def test_a_feed_has_what_atom_asks_for(taxonomy: Taxonomy) -> None:
    made = feed(taxonomy, a_published(), a_published(id=2))

    for name in ("id", "title", "updated", "author/a:name"):
        assert len(made.xpath(f"a:{name}", namespaces=ATOM)) == 1, name
    for entry in made.xpath("a:entry", namespaces=ATOM):
        for name in ("id", "title", "updated", "summary", "link[@rel='alternate']"):
            assert len(entry.xpath(f"a:{name}", namespaces=ATOM)) == 1, name
    assert made.xpath("a:link[@rel='self']/@href", namespaces=ATOM) == ["https://tracker.example.org/feed"]


def test_an_entry_keeps_its_id_whatever_changes(taxonomy: Taxonomy) -> None:
    later = NOW + timedelta(days=3)
    before, after = feed(taxonomy, a_published()), feed(taxonomy, a_published(revision=2, changed_at=later))

    ids = [made.xpath("string(a:entry/a:id)", namespaces=ATOM) for made in (before, after)]
    assert ids == ["tag:tracker.example.org,2020:initiative:1"] * 2
    assert after.xpath("string(a:updated)", namespaces=ATOM) == later.isoformat()


def test_ids_in_a_feed_are_unique(taxonomy: Taxonomy) -> None:
    made = feed(taxonomy, *[a_published(id=number) for number in range(1, 20)])

    ids = made.xpath("//a:id/text()", namespaces=ATOM)
    assert len(set(ids)) == len(ids) == 20


def test_a_feed_speaks_its_language_and_marks_another(taxonomy: Taxonomy) -> None:
    made = feed(
        taxonomy, a_published(), a_published(id=2, wordings={"en": Wording(title="Only English")}), language="fr"
    )

    assert made.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    assert made.xpath("a:entry/@xml:lang", namespaces={**ATOM, "xml": "http://www.w3.org/XML/1998/namespace"}) == ["en"]
    assert made.xpath("a:entry[1]/a:category/@label", namespaces=ATOM) == ["Violence familiale et conjugale"]


def test_markup_and_letters_that_xml_cannot_hold_do_no_harm(taxonomy: Taxonomy) -> None:
    title = "<b>bold</b> & \x00\x0b\ufffe end"

    made = feed(taxonomy, a_published(wordings={"en": Wording(title=title)}))

    assert made.xpath("string(a:entry/a:title)", namespaces=ATOM) == "<b>bold</b> &  end"


def test_a_feed_without_entries_says_when_it_was_made(taxonomy: Taxonomy) -> None:
    assert feed(taxonomy).xpath("string(a:updated)", namespaces=ATOM) == NOW.isoformat()


def test_the_feeds_of_a_release_hold_what_changed_last(tmp_path: Path, taxonomy: Taxonomy) -> None:
    records = tuple(a_published(id=number, changed_at=NOW + timedelta(minutes=number % 97)) for number in range(1, 151))
    release = Release(number=1, at=NOW, records=records, changes=(Change(initiative_id=1, what="added"),))

    publish.write_data(release, tmp_path, SETTINGS, taxonomy)

    made = etree.parse(tmp_path / "feed-es.atom")
    times = [datetime.fromisoformat(text) for text in made.xpath("//a:entry/a:updated/text()", namespaces=ATOM)]
    assert len(times) == publish.FEED_LENGTH
    assert times == sorted(times, reverse=True)


# ---------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "initiatives, release 7 (2020-11-23)"), ("fr", "version 7"), ("es", "versión 7")],
)
def test_a_release_can_be_quoted(language: str, said: str) -> None:
    quoted = publish.citation(SETTINGS, language, 7, datetime(2020, 11, 23, tzinfo=UTC))

    assert quoted.startswith("International Centre for the Prevention of Crime (2020). ")
    assert said in quoted


def test_the_licence_is_named_with_its_address(store: Store, settings: Settings) -> None:
    licence = (publish.make_release(store, settings, NOW) / "LICENCE.txt").read_text("utf-8")

    assert "CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)" in licence


def test_made_up_records_are_said_to_be_made_up(tmp_path: Path, taxonomy: Taxonomy) -> None:
    release = Release(number=1, at=NOW, records=(a_published(sample=True),))

    publish.write_data(release, tmp_path, SETTINGS, taxonomy)

    assert "1 of them are SAMPLES" in (tmp_path / "README.txt").read_text("utf-8")
    assert rows([(tmp_path / "initiatives.csv").read_text("utf-8")])[0]["sample"] == "1"
