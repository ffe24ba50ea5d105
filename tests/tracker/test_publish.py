"""The rules of a release: whole or not there, never changed, safe to open, and the same for everybody."""

from __future__ import annotations

import csv
import errno
import fcntl
import hashlib
import json
import zipfile
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.makers import NOW, a_decision, a_person, a_source, an_entry, an_initiative, entries, merge
from tracker import intake, publish, review
from tracker import taxonomy as taxonomy_of
from tracker.errors import Busy, StoreUnavailable
from tracker.model import EvidenceRole, InitiativeState, Record, Release, RoughDate, Verdict, Wording
from tracker.settings import Settings, Site
from tracker.store import Store, open_public
from tracker.store.public import ReleaseLine
from tracker.store.second_coding import Coding
from tracker.taxonomy import Taxonomy

LATER = NOW + timedelta(days=1)
SETTINGS = Settings(site=Site(url="https://tracker.example.org/"))


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


def checksums(folder: Path, name: str) -> dict[str, str]:
    lines = (folder / name).read_text("utf-8").splitlines()
    return {path: digest for digest, path in (line.split("  ") for line in lines)}


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
    with (folder / "changes.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["fields"] for row in table if row["what"] == "changed"] == ["countries"]
    assert [row["reason"] for row in table if row["what"] == "withdrawn"] == ["'=WRONG()"]


def test_the_checksums_are_those_of_the_files(store: Store, settings: Settings) -> None:
    folder = publish.make_release(store, settings, NOW)

    sums = {**checksums(folder, "SHA256SUMS"), **checksums(folder, "SHA256SUMS.pages")}
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(sums) == files - {"SHA256SUMS", "SHA256SUMS.pages"}
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
    assert list(checksums(folder, "SHA256SUMS.pages")) == ["index.html"]
    assert "index.html" not in checksums(folder, "SHA256SUMS")


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


def changed(store: Store, record: Record, **changes: Any) -> None:
    """The next approved revision of a record, with all fields but these as `an_initiative` has them."""
    ana, ben = store.people()
    store.add_revision(record.id, record.revision, an_initiative(**changes), ana, NOW, "1", "mended")
    store.move_initiative(record.id, record.revision + 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, ana)
    store.approve_initiative(record.id, record.revision + 1, ben, NOW)


def drafted(store: Store) -> tuple[Any, ...]:
    """Who drafts, when, and by which codebook."""
    people = [store.add_person(a_person(email=f"{name}@example.org", name=name), "no hash", "test") for name in "ab"]
    return people[0], NOW, "1"


def opened(path: Path) -> bytes:
    """What is in a file, with that of packed ones as it is when unpacked."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as packed:
            return b"".join(packed.read(name) for name in packed.namelist())
    if path.suffix == ".parquet":
        return repr(pq.read_table(path).to_pylist()).encode()
    return path.read_bytes()


def listed(store: Store) -> list[ReleaseLine]:
    """The releases that the public's door shows."""
    public = open_public(store.url)
    try:
        return public.releases()
    finally:
        public.close()


def test_the_codebook_explains_every_code_without_the_keywords(
    store: Store, settings: Settings, taxonomy: Taxonomy
) -> None:
    codebook = json.loads((publish.make_release(store, settings, NOW) / "codebook.json").read_text("utf-8"))

    assert [entry["code"] for entry in codebook["types"]] == list(taxonomy.codes("types"))
    assert codebook["issues"][0]["in_scope"]["es"]
    assert not any("words" in entry for group in codebook.values() if isinstance(group, list) for entry in group)


def test_a_change_says_what_codes_dates_and_numbers_were_and_are(store: Store, settings: Settings) -> None:
    record = approved(store, start=RoughDate.parse("2020-04"))
    publish.make_release(store, settings, NOW)
    changed(store, record, countries=("FR",), start=RoughDate.parse("2020-04-17"), types=("A1",))

    [told] = json.loads((publish.make_release(store, settings, LATER) / "changes.json").read_text("utf-8"))

    assert told["values"] == {
        "countries": {"before": ["CA"], "after": ["FR"]},
        "start": {"before": "2020-04", "after": "2020-04-17"},
        "types": {"before": ["A2"], "after": ["A1"]},
    }


def test_what_was_taken_out_of_a_text_is_not_said_again_in_the_next_release(store: Store, settings: Settings) -> None:
    told_too_much = {"en": Wording(title="Shelter", summary="The shelter is at 12 Elm Street.")}
    record = approved(store, wordings=told_too_much, locality="Elm Street", why_promising="Elm")
    publish.make_release(store, settings, NOW)
    changed(store, record, wordings={"en": Wording(title="Shelter", summary="A shelter opens.")})

    folder = publish.make_release(store, settings, LATER)

    [told] = json.loads((folder / "changes.json").read_text("utf-8"))
    assert told["fields"] == ["locality", "summary_en", "why_promising"]
    assert told["values"] == {}
    assert not [path for path in folder.rglob("*") if path.is_file() and b"Elm" in opened(path)]


def test_a_merged_record_is_told_with_where_it_went(store: Store, settings: Settings) -> None:
    stays, goes = approved(store), approved(store)
    publish.make_release(store, settings, NOW)
    merge(store, goes.id, stays.id)

    [told] = json.loads((publish.make_release(store, settings, LATER) / "changes.json").read_text("utf-8"))

    assert (told["initiative_id"], told["what"], told["merged_into"]) == (goes.id, "withdrawn", stays.id)
    assert told["reason"] == f"merged into initiative {stays.id}"


def test_nobody_of_the_desk_is_in_any_byte_of_a_release(store: Store, settings: Settings) -> None:
    people = [
        store.add_person(a_person(email=f"{name.split()[0].lower()}@desk.example", name=name), "no hash", "test")
        for name in ("Wilhelmina Quist", "Bartholomew Zapf")
    ]
    kept = store.add_initiative(an_initiative(), people[0], NOW, "1", sample=False)
    store.move_initiative(kept.id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, people[0])
    store.approve_initiative(kept.id, 1, people[1], NOW)
    draft = store.add_initiative(
        an_initiative(wordings={"en": Wording(title="Nobody has read Xanthippe")}), people[0], NOW, "1", sample=False
    )
    store.add_revision(kept.id, 1, an_initiative(locality="Xanthippe"), people[0], NOW, "1", "Xanthippe's reason")

    folder = publish.make_release(store, settings, NOW)

    assert draft.id
    whole = b"".join(opened(path) for path in folder.rglob("*") if path.is_file()).lower()
    for told in ("wilhelmina", "quist", "bartholomew", "zapf", "desk.example", "xanthippe"):
        assert told.encode() not in whole, told


def test_the_way_to_the_public_is_measured_from_claim_and_first_sight(store: Store, settings: Settings) -> None:
    source = a_source()
    store.register([source])
    intake.take_in(store, source, [an_entry(published=NOW - timedelta(hours=10))], NOW - timedelta(hours=4))
    record = store.add_initiative(an_initiative(), *drafted(store), sample=False)
    store.add_evidence(record.id, 1, store.people()[0], NOW, EvidenceRole.PRIMARY)
    store.move_initiative(record.id, 1, [InitiativeState.DRAFT], InitiativeState.SECOND_LOOK, store.people()[0])
    store.approve_initiative(record.id, 1, store.people()[1], NOW)

    figures = json.loads((publish.make_release(store, settings, NOW) / "quality.json").read_text("utf-8"))

    assert figures["measured"]["from_claim"] == {"of": 1, "median_hours": 10.0, "ninth_decile_hours": 10.0}
    assert figures["measured"]["from_sight"] == {"of": 1, "median_hours": 4.0, "ninth_decile_hours": 4.0}


def test_agreement_is_that_of_blind_second_codings(store: Store, settings: Settings) -> None:
    one, other = (store.add_person(a_person(email=f"{n}@example.org", name=n), "no hash", "test") for n in ("m", "n"))
    store.register([a_source()])
    intake.take_in(store, a_source(), entries(30), NOW)
    with store.writing() as db:
        db.exec_driver_sql("UPDATE item SET second_lot = 0")  # all of them are drawn
    for number in range(1, 31):
        item = review.open_item(store, one, number, NOW).item
        out = a_decision(
            key=f"out-{number}", item_id=number, item_version=item.version, person_id=one.id, at=NOW,
            verdict=Verdict.EXCLUDE, reason="opinion",
        )  # fmt: skip
        made = review.decide(store, taxonomy_of.load(), one, out)
        again = Coding(verdict=Verdict.EXCLUDE, reason="not_covid")
        store.add_second_coding(number, made.id, again, other, NOW, "1")

    measured = json.loads((publish.make_release(store, settings, NOW) / "quality.json").read_text("utf-8"))["measured"]

    assert measured["agreement"]["raw"] | {"low": 0} == {"share": 1.0, "low": 0, "high": 1.0, "of": 30}
    assert measured["coverage"] is None


def test_what_was_not_measured_is_null_and_not_nought(store: Store, settings: Settings) -> None:
    figures = json.loads((publish.make_release(store, settings, NOW) / "quality.json").read_text("utf-8"))["measured"]

    assert [figures[name] for name in ("agreement", "recall", "coverage", "from_claim", "from_sight")] == [None] * 5


def test_only_initiatives_that_are_public_are_named_as_related(sqlite_store: Store) -> None:
    one = approved(sqlite_store)
    hidden = sqlite_store.add_initiative(an_initiative(), sqlite_store.people()[0], NOW, "1", sample=False)
    other = approved(sqlite_store, related=(one.id, hidden.id), previous=hidden.id)

    release = sqlite_store.release_next(NOW, "test")
    public = open_public(sqlite_store.url)
    try:
        seen = public.one(other.id).initiative
        several = public.several([other.id])[other.id].initiative
    finally:
        public.close()

    for content in (seen, several, release.records[-1].initiative):
        assert (content.related, content.previous) == ((one.id,), None)
