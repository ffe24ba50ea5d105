"""What exactly did the server send? The bytes, kept as standard web-archive records, so that a link may rot.

One WARC file for each distinct payload, named after its digest: the same bytes are kept once, however often and from
wherever they are fetched. It is whole before the items that rest on it are written. The folder is any fsspec address.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import io
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import fsspec
import nh3
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tracker.errors import NotFound, StoreUnavailable

log = logging.getLogger(__name__)

SOFTWARE = "covid-crime-prevention-tracker"
LEVEL = 4  # of gzip


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """One answer of a server as it was kept."""

    url: str
    kept_at: datetime
    status: int
    content_type: str | None
    body: bytes
    digest: str


class Archive:
    """The folder of kept copies, for instance `data/evidence` or `s3://bucket/evidence`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._files, self._root = fsspec.core.url_to_fs(address)

    def path(self, digest: str) -> str:
        """Where the copy with this digest lies, within the folder."""
        return f"{digest[:2]}/{digest}.warc.gz"

    def keep(self, url: str, status: int, content_type: str | None, body: bytes, now: datetime) -> str:
        """The digest (SHA-256, hexadecimal) under which the body is kept from now on.

        Nothing is written when the same bytes are there. Raises StoreUnavailable, with the folder, when they cannot be
        written; a half-written file never bears the final name.
        """
        digest = hashlib.sha256(body).hexdigest()
        place = f"{self._root}/{self.path(digest)}"
        try:
            if self._files.exists(place):
                return digest
            self._files.makedirs(place.rsplit("/", 1)[0], exist_ok=True)
            unfinished = f"{place}.part"
            self._files.pipe_file(unfinished, _warc(url, status, content_type, body, digest, now))
            self._files.mv(unfinished, place)
        except OSError as problem:
            raise StoreUnavailable(
                f"{self.address}: the evidence cannot be written ({problem.strerror or problem}); nothing of this "
                "source was kept, it is asked again. Make room, or set `evidence:` to another folder"
            ) from problem
        return digest

    def find(self, digest: str) -> Copy:
        """The copy with this digest, its bytes checked against it. Raises NotFound when it is missing or damaged."""
        place = f"{self._root}/{self.path(digest)}"
        try:
            with self._files.open(place, "rb") as file:
                copy = _read(io.BytesIO(file.read()), digest)
        except (OSError, ArchiveLoadFailed) as problem:
            raise NotFound(f"{self.address}: there is no copy {digest} that can be read ({problem})") from problem
        if copy is None or hashlib.sha256(copy.body).hexdigest() != digest:
            raise NotFound(f"{self.address}: the copy {digest} is damaged: its bytes are not those that were kept")
        return copy

    def size(self, digest: str) -> int:
        """How many bytes the copy takes; 0 when there is none."""
        try:
            return int(self._files.size(f"{self._root}/{self.path(digest)}") or 0)
        except FileNotFoundError:
            return 0

    def let_go(self, digest: str) -> int:
        """Removes the copy; how many bytes that freed. Raises StoreUnavailable when it cannot be removed."""
        freed = self.size(digest)
        if freed:
            try:
                self._files.rm_file(f"{self._root}/{self.path(digest)}")
            except OSError as problem:
                raise StoreUnavailable(f"{self.address}: {digest} cannot be removed ({problem})") from problem
        return freed


def as_text(copy: Copy, most: int = 20_000) -> str:
    """What the copy says as plain text, up to so many characters: nothing in it can act where it is shown."""
    charset = re.search(r"charset=[\"']?([\w-]+)", copy.content_type or "")
    try:
        said = copy.body.decode(charset[1] if charset else "utf-8", "replace")
    except LookupError:  # a charset that nobody knows
        said = copy.body.decode("utf-8", "replace")
    bare = html.unescape(nh3.clean(said, tags=set(), clean_content_tags={"script", "style", "template", "noscript"}))
    lines = (" ".join(line.split()) for line in bare.splitlines())
    return "\n".join(line for line in lines if line)[:most]


class _Writer(WARCWriter):  # type: ignore[misc]  # warcio has no types
    """Writes records plain: each is packed as a gzip member of its own, as the format has it, by ourselves.

    warcio packs at level 9, which takes two and a half times as long and makes them 4 % smaller.
    """

    @staticmethod
    def _create_temp_file() -> io.BytesIO:
        return io.BytesIO()  # warcio's own leaves an open file behind; our bodies have a size limit already


def _warc(url: str, status: int, content_type: str | None, body: bytes, digest: str, now: datetime) -> bytes:
    """A web archive of two records (ISO 28500): what wrote it, and the response with the digest of its payload."""
    file = io.BytesIO()
    writer = _Writer(file, gzip=False)
    date = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    writer.write_record(
        writer.create_warcinfo_record(f"{digest}.warc.gz", {"software": SOFTWARE, "format": "WARC File Format 1.0"})
    )
    first = file.tell()
    # The body is what was unpacked, so the headers say nothing of packing.
    headers = [("Content-Length", str(len(body)))]
    if content_type:
        headers.insert(0, ("Content-Type", content_type.replace("\r", " ").replace("\n", " ")))
    record = writer.create_warc_record(
        url,
        "response",
        payload=io.BytesIO(body),
        http_headers=StatusAndHeaders(f"{status} ", headers, protocol="HTTP/1.1"),
        warc_headers_dict={"WARC-Date": date},
    )
    writer.write_record(record)
    both = file.getvalue()
    return gzip.compress(both[:first], LEVEL, mtime=0) + gzip.compress(both[first:], LEVEL, mtime=0)


def _read(file: io.BytesIO, digest: str) -> Copy | None:
    for record in ArchiveIterator(file):
        if record.rec_type != "response":
            continue
        headers: Any = record.http_headers
        return Copy(
            url=record.rec_headers.get_header("WARC-Target-URI"),
            kept_at=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")),
            status=int(headers.get_statuscode()),
            content_type=headers.get_header("Content-Type"),
            body=record.content_stream().read(),
            digest=digest,
        )
    return None
