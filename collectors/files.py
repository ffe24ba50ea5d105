"""What do saved feeds and pages say? One JSON object a line, by the same workers that a round uses."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from collectors.parsing import Parsers
from tracker.errors import BadInput, WrongUse

MAX_BYTES = 64_000_000
AHEAD = 4  # files that are read while earlier ones are still being waited for

Lines = list[dict[str, Any]]
Read = Callable[[Parsers, "Saved", bytes], Awaitable[Lines]]


@dataclass(frozen=True, slots=True)
class Saved:
    """A file with the address that its bytes came from."""

    name: str  # as the person gave it
    path: Path
    url: str = ""
    content_type: str | None = None
    wrong: str = ""  # why its line in the list says nothing


def wanted(file: Path | None, url: str | None, content_type: str | None, many: Path | None) -> tuple[list[Saved], bool]:
    """What is asked for, and whether a file that fails ends it (one file) or not (a list).

    Raises WrongUse for neither or both, BadInput for a list that cannot be read.
    """
    if (file is None) == (many is None):
        raise WrongUse("name one FILE with its --url, or many with --list L.jsonl")
    if file is not None:
        if url is None:
            raise WrongUse("--url is missing: the address that the bytes came from makes their links whole")
        return [Saved(str(file), file, url, content_type)], True
    assert many is not None  # noqa: S101  # the first condition
    try:
        lines = many.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"{many}: cannot be read ({problem})") from problem
    return [_saved(line, number, many.parent) for number, line in enumerate(lines, 1) if line.strip()], False


def _saved(line: str, number: int, folder: Path) -> Saved:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as problem:
        return Saved(f"line {number}", folder, wrong=f"is no JSON ({problem})")
    name = said.get("file") if isinstance(said, dict) else None
    if not isinstance(name, str) or not name:
        return Saved(f"line {number}", folder, wrong='names no "file"')
    kind = said.get("content_type")
    return Saved(name, folder / name, str(said.get("url") or ""), kind if isinstance(kind, str) else None)


def parsed(saved: Sequence[Saved], strict: bool) -> Iterator[str]:
    """The entries of saved feeds, in order. A file that is no feed gives `file` and `error`, or raises if `strict`."""

    async def entries(parsers: Parsers, file: Saved, body: bytes) -> Lines:
        feed = await parsers.feed(body, file.url, file.content_type)
        return [
            {
                "file": file.name,
                "url": entry.url,
                "guid": entry.guid,
                "title": entry.title,
                "summary": entry.summary,
                "text": entry.text,
                "published": _iso(entry.published),
                "updated": _iso(entry.updated),
                "author": entry.author,
                "language": entry.language,
            }
            for entry in feed.entries
        ]

    return _lines(saved, strict, entries)


def extracted(saved: Sequence[Saved], strict: bool) -> Iterator[str]:
    """The articles of saved pages, in order. A file that is no page gives `file` and `error`, or raises if `strict`."""

    async def article(parsers: Parsers, file: Saved, body: bytes) -> Lines:
        entry = await parsers.article(body, file.url, None, file.content_type)
        return [
            {
                "file": file.name,
                "url": entry.url or None,
                "title": entry.title,
                "text": entry.text,
                "published": _iso(entry.published),
                "published_origin": entry.published_origin,
                "author": entry.author,
                "site": entry.site,
                "language": entry.language,
            }
        ]

    return _lines(saved, strict, article)


def _lines(saved: Sequence[Saved], strict: bool, read: Read) -> Iterator[str]:
    results = _results(saved, strict, read)
    with asyncio.Runner() as runner:

        async def following() -> Lines | None:
            return await anext(results, None)

        try:
            while (lines := runner.run(following())) is not None:
                yield from (json.dumps(line, ensure_ascii=False) for line in lines)
        finally:
            runner.run(results.aclose())


async def _results(saved: Sequence[Saved], strict: bool, read: Read) -> AsyncGenerator[Lines]:
    async with Parsers(workers=min(2, len(saved))) as parsers:

        async def one(file: Saved) -> Lines:
            try:
                return await read(parsers, file, _bytes(file))
            except BadInput as problem:
                if strict:
                    raise
                return [{"file": file.name, "error": str(problem)}]

        waiting: deque[asyncio.Task[Lines]] = deque()
        for file in saved:
            waiting.append(asyncio.create_task(one(file)))
            if len(waiting) >= AHEAD:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()


def _bytes(file: Saved) -> bytes:
    if file.wrong:
        raise BadInput(f"{file.name} {file.wrong}")
    try:
        if file.path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{file.path}: is larger than {MAX_BYTES // 1_000_000} MB")
        return file.path.read_bytes()
    except OSError as problem:
        raise BadInput(f"{file.path}: cannot be read ({problem.strerror})") from problem


def _iso(time: datetime | None) -> str | None:
    return time.isoformat().replace("+00:00", "Z") if time else None
