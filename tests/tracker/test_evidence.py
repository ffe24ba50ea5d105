"""The rules of evidence: kept whole, kept once, readable by any tool for web archives, and checked when it is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from tests.makers import HOUR, NOW
from tracker.errors import NotFound, StoreUnavailable
from tracker.evidence import Archive, as_text

URL = "https://families.example.org/2020/helpline"
BODY = "<html><p>Une ligne d'écoute</p></html>".encode()


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_kept_comes_back_to_the_byte_with_its_address_and_time(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))

    digest = archive.keep(URL, 200, "text/html; charset=utf-8", BODY, NOW)
    copy = archive.find(digest)

    assert (copy.url, copy.status, copy.body, copy.kept_at) == (URL, 200, BODY, NOW)
    assert copy.content_type == "text/html; charset=utf-8"


def test_the_same_bytes_are_kept_once_wherever_they_come_from(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))

    first = archive.keep(URL, 200, None, BODY, NOW)
    again = archive.keep(f"{URL}?utm_source=x", 200, None, BODY, NOW + HOUR)

    assert first == again
    assert len(files(tmp_path)) == 1
    assert archive.find(first).kept_at == NOW


def test_any_tool_for_web_archives_can_read_it(tmp_path: Path) -> None:
    digest = Archive(str(tmp_path)).keep(URL, 200, "text/html", BODY, NOW)

    with (tmp_path / Archive(str(tmp_path)).path(digest)).open("rb") as file:
        records = {
            record.rec_type: record.content_stream().read() for record in ArchiveIterator(file, check_digests="raise")
        }

    assert list(records) == ["warcinfo", "response"]
    assert records["response"] == BODY


def test_a_damaged_copy_is_not_passed_off_as_evidence(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    digest = archive.keep(URL, 200, None, BODY, NOW)
    other = archive.keep(URL, 200, None, b"something else", NOW)

    (tmp_path / archive.path(other)).replace(tmp_path / archive.path(digest))

    with pytest.raises(NotFound, match="is damaged"):
        archive.find(digest)


def test_a_copy_that_is_cut_short_or_missing_is_said_to_be_unreadable(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    digest = archive.keep(URL, 200, None, BODY * 200, NOW)
    place = tmp_path / archive.path(digest)
    place.write_bytes(place.read_bytes()[:200])

    with pytest.raises(NotFound):
        archive.find(digest)
    with pytest.raises(NotFound, match="there is no copy"):
        archive.find("0" * 64)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreUnavailable, match=r"file.*evidence cannot be written"):
        Archive(str(tmp_path / "file")).keep(URL, 200, None, BODY, NOW)


def test_a_header_cannot_smuggle_in_another_line(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))

    copy = archive.find(archive.keep(URL, 200, "text/html\r\nX-Evil: 1", BODY, NOW))

    assert copy.body == BODY
    assert copy.content_type == "text/html  X-Evil: 1"


def test_the_folder_may_be_anywhere_that_fsspec_reaches() -> None:
    archive = Archive(f"memory://evidence-{os.getpid()}")

    assert archive.find(archive.keep(URL, 200, None, BODY, NOW)).body == BODY


@given(body=st.binary(max_size=5000))
def test_every_body_comes_back_as_it_was(body: bytes) -> None:
    archive = Archive("memory://evidence-any")

    assert archive.find(archive.keep(URL, 200, None, body, NOW)).body == body


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("text/html", b"<h1>Helpline</h1>\n<script>alert(1)</script><p>Day &amp; night</p>", "Helpline\nDay & night"),
        ("text/html; charset=iso-8859-1", "<p>\u00e9coute</p>".encode("latin-1"), "\u00e9coute"),
        ("text/html; charset=klingon", b"<p>plain</p>", "plain"),
        (None, b"\xff\xfe\x00", "\ufffd\ufffd"),
    ],
)
def test_a_copy_is_shown_as_text_that_cannot_act(content_type: str | None, body: bytes, said: str) -> None:
    archive = Archive("memory://evidence-text")
    copy = archive.find(archive.keep(URL, 200, content_type, body, NOW))

    assert as_text(copy).replace("\x00", "") == said
