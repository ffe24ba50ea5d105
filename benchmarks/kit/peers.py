"""How do others collect the same feeds? Run by a Python of their own: `python peers.py NAME FOLDER PASS`.

FOLDER has `feeds.txt`, an address a line, and is kept from pass to pass. PASS is `setup` (untimed, no request),
`round`, or `held`, which prints the number of entries that are kept. Needs nothing of the project.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

AT_ONCE = 16


def reader(folder: Path, what: str) -> None:
    from reader import make_reader  # type: ignore[import-not-found]  # in an environment of its own

    with make_reader(str(folder / "reader.sqlite")) as store:
        if what == "setup":
            for url in feeds(folder):
                store.add_feed(url)
        elif what == "held":
            print(store.get_entry_counts().total)
        else:
            store.update_feeds(workers=AT_ONCE, scheduled=False)  # every feed, due or not


def newsboat(folder: Path, what: str) -> None:
    if what == "setup":
        (folder / "config").write_text(f"reload-threads {AT_ONCE}\ndownload-timeout 30\n")
    elif what == "held":
        with sqlite3.connect(folder / "cache.db") as db:
            print(db.execute("SELECT count(*) FROM rss_item WHERE deleted = 0").fetchone()[0])
    else:
        files = ("-u", "feeds.txt", "-c", "cache.db", "-C", "config")
        os.execvp("newsboat", ["newsboat", *(str(folder / n) if n[0] != "-" else n for n in files), "-x", "reload"])  # noqa: S606, S607


def loop(folder: Path, what: str, *, parse: bool) -> None:
    """A bare loop that fetches with ETags and, if wanted, parses. No guard, no pauses; it counts, and keeps nothing."""
    state = folder / "state.json"
    if what == "setup":
        state.write_text("{}")
        return
    known: dict[str, Any] = json.loads(state.read_text())
    if what == "held":
        print(sum(one["entries"] for one in known.values()))
        return
    import aiohttp

    if parse:
        import io

        import feedparser

    async def fetch(session: aiohttp.ClientSession, room: asyncio.Semaphore, url: str) -> None:
        headers = {"If-None-Match": known[url]["etag"]} if url in known else {}
        async with room, session.get(url, headers=headers) as answer:
            body = await answer.read()
            if answer.status == 304:
                return
            entries = 0
            if parse:
                options = {"sanitize_html": False, "resolve_relative_uris": False}
                entries = len(feedparser.parse(io.BytesIO(body), **options).entries)
            known[url] = {"etag": answer.headers.get("ETag", ""), "entries": entries}

    async def everything() -> None:
        room = asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(fetch(session, room, url) for url in feeds(folder)))

    asyncio.run(everything())
    state.write_text(json.dumps(known))


def articles(folder: Path, what: str, *, whole: bool) -> None:
    """A bare loop that fetches each feed and the pages of its entries once, and reads the text with trafilatura.

    `whole`: the title and the date too. What it has read is kept as one file a page.
    """
    state, texts = folder / "state.json", folder / "texts"
    if what == "setup":
        state.write_text("{}")
        texts.mkdir()
        return
    if what == "held":
        print(len(list(texts.iterdir())))
        return
    known: dict[str, str] = json.loads(state.read_text())
    import aiohttp
    import feedparser
    import trafilatura

    async def page(session: aiohttp.ClientSession, room: asyncio.Semaphore, url: str) -> None:
        async with room, session.get(url) as answer:
            body = await answer.read()
        if whole:
            found: Any = trafilatura.bare_extraction(body, url=url, with_metadata=True, include_comments=False)
            text = f"{found.title}\n{found.date}\n{found.text}"
        else:
            text = trafilatura.extract(body, url=url) or ""
        (texts / hashlib.sha256(url.encode()).hexdigest()).write_text(text)

    async def source(session: aiohttp.ClientSession, room: asyncio.Semaphore, url: str) -> None:
        async with room, session.get(url, headers={"If-None-Match": known.get(url, "")}) as answer:
            body = await answer.read()
            if answer.status == 304:
                return
            known[url] = answer.headers.get("ETag", "")
        await asyncio.gather(*(page(session, room, entry.link) for entry in feedparser.parse(body).entries))

    async def everything() -> None:
        room = asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(source(session, room, url) for url in feeds(folder)))

    asyncio.run(everything())
    state.write_text(json.dumps(known))


def feeds(folder: Path) -> list[str]:
    return (folder / "feeds.txt").read_text().split()


CONTENDERS: dict[str, Callable[[Path, str], None]] = {
    "reader": reader,
    "newsboat": newsboat,
    "fetch only": lambda folder, what: loop(folder, what, parse=False),
    "fetch + feedparser": lambda folder, what: loop(folder, what, parse=True),
    "fetch + trafilatura": lambda folder, what: articles(folder, what, whole=False),
    "the same with title and date": lambda folder, what: articles(folder, what, whole=True),
}

if __name__ == "__main__":
    CONTENDERS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
