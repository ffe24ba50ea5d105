from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from collectors.page import read_article, read_listing
from collectors.pdf import is_pdf, read_pdf
from collectors.round import collect
from tests.collectors.conftest import Reply, Waits, Web, page_at
from tests.makers import NOW
from tracker.errors import BadPage
from tracker.model import Listing, Outcome
from tracker.settings import Settings
from tracker.store import Store

URL = "https://ministry.example/files/shelters.pdf"
TEXT = ("The ministry opens shelters day and", "night, and a helpline answers.", "It answers in nine languages.")


def pdf_of(*lines: str, heading: str = "", **metadata: str) -> bytes:
    """A PDF of one page with these lines, the heading larger than the rest."""
    drawn = [f"BT /F1 24 Tf 50 770 Td ({heading}) Tj ET"] if heading else []
    drawn += [f"BT /F1 11 Tf 50 {740 - 14 * number} Td ({line}) Tj ET" for number, line in enumerate(lines)]
    content = "\n".join(drawn).encode("latin-1")
    language = metadata.pop("Lang", "")
    said = " ".join(f"/{key} ({value})" for key, value in metadata.items())
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {f'/Lang ({language})' if language else ''} >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 7 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        f"<< {said} >>".encode("latin-1"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Font << /F1 6 0 R >> >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, table, len(objects) + 1, start)
    )


def locked(password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_of(*TEXT))))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf_says_its_title_text_date_author_and_language() -> None:
    body = pdf_of(
        *TEXT,
        Title="Shelters open day and night",
        Author="Ana Lee",
        CreationDate="D:20200406103000-04'00'",
        Lang="en-CA",
    )

    entry = read_article(body, URL, None, "application/octet-stream")

    assert (entry.title, entry.author, entry.language) == ("Shelters open day and night", "Ana Lee", "en-ca")
    assert (entry.published, entry.published_origin) == (datetime(2020, 4, 6, 14, 30, tzinfo=UTC), "page")
    assert (
        entry.text
        == "The ministry opens shelters day and night, and a helpline answers.\nIt answers in nine languages."
    )


@pytest.mark.parametrize("useless", ["Microsoft Word - communique_v3.docx", "untitled", "2020-04-06", "press.indd", ""])
def test_without_a_sensible_title_its_largest_line_is_the_title(useless: str) -> None:
    assert read_pdf(pdf_of(*TEXT, heading="Shelters stay open", Title=useless), URL).title == "Shelters stay open"


def test_without_any_title_its_first_line_is_the_title() -> None:
    assert read_pdf(pdf_of(*TEXT), URL).title.startswith("The ministry opens shelters")


def test_a_date_that_no_calendar_holds_is_left_out() -> None:
    assert read_pdf(pdf_of(*TEXT, CreationDate="D:00000000000000"), URL).published is None


def test_a_pdf_that_only_forbids_printing_is_read() -> None:
    assert "helpline" in read_pdf(locked(""), URL).text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (locked("secret"), "asks for a password"),
        (pdf_of(), "has no text, it is a scan"),
        (b"%PDF-1.7\nnothing", "is broken"),
        (pdf_of(*TEXT)[:200], "is broken"),
    ],
    ids=["encrypted", "scan", "no PDF inside", "cut short"],
)
def test_a_pdf_that_cannot_be_read_says_why_and_what_to_do(body: bytes, reason: str) -> None:
    with pytest.raises(BadPage, match=f"{URL}: this PDF {reason}"):
        read_pdf(body, URL)


def test_a_page_that_speaks_of_pdf_is_no_pdf() -> None:
    assert not is_pdf(b"<html><title>%PDF-1.7 explained</title>")
    assert is_pdf(b"\r\n%PDF-1.7\n")


@given(st.binary(max_size=400))
@hypothesis_settings(deadline=None, max_examples=60)
def test_any_bytes_give_an_entry_or_a_named_refusal(body: bytes) -> None:
    for whole in (b"%PDF-1.4\n" + body, pdf_of(*TEXT)[:150] + body + pdf_of(*TEXT)[150:]):
        try:
            read_pdf(whole, URL).model_dump_json()
        except BadPage:
            continue


def test_links_to_pdfs_with_a_title_are_articles_of_a_listing() -> None:
    body = (
        b"<html><body><main><a href='/f/plan-against-violence.pdf'>The plan against violence</a>"
        b"<a href='/f/form.pdf'>Download</a><a href='/f/picture-of-a-house.jpg'>A picture of a house</a></main>"
    )

    assert read_listing(body, URL, Listing()).links == ("https://ministry.example/f/plan-against-violence.pdf",)


def test_a_pdf_is_collected_with_the_pages_of_its_listing(web: Web, settings: Settings, sqlite_store: Store) -> None:
    web.pages["/list"] = Reply(b"<html><body><ul><li><a href=/a.pdf>a</a><li><a href=/b.pdf>b</a></ul>")
    web.pages["/a.pdf"] = Reply(
        pdf_of(*TEXT, heading="Shelters stay open"), headers={"Content-Type": "application/pdf"}
    )
    web.pages["/b.pdf"] = Reply(pdf_of(), headers={"Content-Type": "application/pdf"})
    source = page_at(web.url("/list"), listing={"links": "li a"})
    sqlite_store.register([source])

    (fetch,) = collect(sqlite_store, settings, lambda: NOW, [source.id], wait=Waits())

    assert (fetch.outcome, fetch.new, fetch.refused) == (Outcome.OK, 1, 1)
    assert "has no text, it is a scan" in fetch.note
    item = sqlite_store.item(1, NOW).item
    assert (item.title, item.url) == ("Shelters stay open", web.url("/a.pdf"))
    assert len(sqlite_store.kept_copies(item.id)) == 1
