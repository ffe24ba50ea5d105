"""What would a source bring? Asked now, by the command `tracker sources try`, and shown as what it is: others' text."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dashboard.desk.shared import Desk, outside, safe, said
from tracker.errors import BadInput, Busy

LONGEST_SECONDS = 120
MOST_SHOWN = 5
_one_at_a_time = threading.Lock()


def ask(desk: Desk, address: str, like: Mapping[str, Any]) -> dict[str, Any]:
    """What the trial of this address found, as the command prints it. `like` says how to read it.

    The desk does not fetch; the command does, in a process of its own. Raises BadInput with its sentence when it
    cannot be tried, Busy when somebody is trying a source at this moment.
    """
    if not address.startswith(("http://", "https://")):
        raise BadInput(desk.t("Write a whole address such as https://example.org/feed.xml"))
    if not _one_at_a_time.acquire(blocking=False):
        raise Busy(desk.t("Somebody is trying a source at this moment; try again in a minute"))
    try:
        command = [sys.executable, "-m", "tracker", "sources", "try", address, "--json", "--like", json.dumps(like)]
        ended = subprocess.run(  # noqa: S603  a list, no shell; the address is checked above
            command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as problem:
        raise BadInput(desk.t("No answer within {seconds} seconds", seconds=LONGEST_SECONDS)) from problem
    finally:
        _one_at_a_time.release()
    if ended.returncode:
        raise BadInput((ended.stderr.strip().splitlines() or [desk.t("It could not be tried")])[-1])
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def show(desk: Desk, tried: Mapping[str, Any], use: Callable[[str], None] | None, key: str) -> None:
    """The trial in a few lines: how it went, the newest titles, and the feeds that a page offers.

    `use(address)` is called with the offered address that a person chooses; without it, none can be chosen.
    """
    entries, refused = tried["entries"], len(tried["refused"])
    with st.container(border=True, key=f"tried-{key}"):
        st.html(
            f'<h2 class="d-line">{_headline(desk, tried, len(entries) - refused)}</h2>'
            + _why(tried["fetch"])
            + _titles(desk, entries)
        )
        _offers(desk, tried["offers"], use, key, of_a_page="Tried as kind: page" in tried["fetch"]["note"])


def _headline(desk: Desk, tried: Mapping[str, Any], usable: int) -> str:
    if not usable:
        return desk.t("Nothing could be collected here")
    if tried["offers"]:
        return safe(desk.words.n("As a page: one article", "As a page: {n} articles", usable))
    return safe(desk.words.n("One item would be collected", "{n} items would be collected", usable))


def _why(fetch: Mapping[str, Any]) -> str:
    said_of_it = fetch["error"] or fetch["note"]
    return f'<p class="t-note">{safe(said_of_it)}</p>' if said_of_it else ""


def _titles(desk: Desk, entries: list[dict[str, Any]]) -> str:
    if not entries:
        return ""
    lines = []
    for entry in entries[:MOST_SHOWN]:
        date = (entry["published"] or "")[:10] or desk.t("no date")
        title = said(entry["title"] or desk.t("(no title)"), entry["language"])
        lines.append(f'<li>{title} <span class="t-note">{safe(date)}</span></li>')
    return f'<ul class="t-plain">{"".join(lines)}</ul>'


def _offers(
    desk: Desk, offers: list[dict[str, Any]], use: Callable[[str], None] | None, key: str, *, of_a_page: bool
) -> None:
    if not offers:
        if of_a_page:
            st.html(f"<p>{safe(desk.t('No feed was found on it or where feeds usually are.'))}</p>")
        return
    st.html(f'<h2 class="d-line">{desk.t("Feeds that it offers, the best first")}</h2>')
    for number, offer in enumerate(offers):
        left, right = st.columns([5, 2], vertical_alignment="center")
        left.html(
            f'<p class="d-line">{outside(offer["url"], offer["url"])}</p>'
            f'<p class="t-note">{safe(_of_offer(desk, offer))}</p>'
        )
        if use and offer["entries"]:
            right.button(
                desk.t("Use this address"),
                key=f"use-{key}-{number}",
                on_click=use,
                args=(offer["url"],),
                type="primary" if number == 0 else "secondary",
                width="stretch",
            )


def _of_offer(desk: Desk, offer: Mapping[str, Any]) -> str:
    if not offer["entries"]:
        return str(offer["problem"] or desk.t("Nothing in it"))
    parts = [
        desk.words.n("one entry", "{n} entries", offer["entries"]),
        desk.t("{number} with a date", number=desk.words.number(offer["dated"])),
    ]
    if offer["newest"]:
        parts.append(desk.t("the newest of {date}", date=offer["newest"][:10]))
    if offer["comments"]:
        parts.append(desk.t("what readers write"))
    return " · ".join([*parts, str(offer["title"])])
