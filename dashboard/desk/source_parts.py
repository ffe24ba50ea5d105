"""How is a source drawn, wherever it is shown? Its name, what it is, its last days, what it brings; tables of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import quote

import streamlit as st

from dashboard.desk.shared import Desk, safe
from tracker.model import FetchDay, Keeper, Kind, Outcome, Tier, Watched

DAYS = 14  # of marks
Head = tuple[str, str]  # what stands over a column, and its class: n for numbers


def name(one: Watched) -> str:
    """The name of a source, as a link to all that is known of it."""
    return f'<a href="/sources?source={quote(one.source.id)}" target="_self">{safe(one.source.name)}</a>'


def facts(desk: Desk, one: Watched) -> list[str]:
    """What kind of source it is, in a few words."""
    found = [
        desk.t("feed") if one.source.kind is Kind.FEED else desk.t("page"),
        desk.words.tongue(one.source.language) if one.source.language else "",
        desk.words.country(one.source.country) if one.source.country else "",
        desk.t("added at the desk") if one.origin is Keeper.DESK else "",
        desk.t("paused") if one.paused else "",
        desk.t("sample") if one.sample else "",
    ]
    return [fact for fact in found if fact]


def tier_label(desk: Desk, tier: Tier) -> str:
    return {
        Tier.OFFICIAL: desk.t("an authority"),
        Tier.ORGANISATION: desk.t("an organisation"),
        Tier.MEDIA: desk.t("media"),
    }[tier]


def outcome_label(desk: Desk, outcome: Outcome) -> str:
    return {
        Outcome.OK: desk.t("Read"),
        Outcome.UNCHANGED: desk.t("Nothing changed"),
        Outcome.EMPTY: desk.t("Nothing in it"),
        Outcome.UNREACHABLE: desk.t("Could not be reached"),
        Outcome.TIMEOUT: desk.t("Took too long"),
        Outcome.HTTP_ERROR: desk.t("Answered with an error"),
        Outcome.NOT_ALLOWED: desk.t("Must not be fetched"),
        Outcome.TOO_LARGE: desk.t("Too large"),
        Outcome.UNREADABLE: desk.t("Not what it should be"),
        Outcome.CUT_SHORT: desk.t("Cut short"),
        Outcome.WALL: desk.t("Stopped at a wall"),
        Outcome.BROKEN_OFF: desk.t("Interrupted"),
    }[outcome]


def short_time(when: datetime) -> str:
    """Day and minute, shorter than in a sentence."""
    return f'<span class="t-nowrap">{when:%Y-%m-%d %H:%M}</span>'


def share(desk: Desk, brought: tuple[int, int]) -> str:
    """How many of the decided items became initiatives: `3 of 12`."""
    initiatives, decided = brought
    if not decided and not initiatives:
        return desk.t("none decided")
    return desk.t("{number} of {all}", number=desk.words.number(initiatives), all=desk.words.number(decided))


def marks(desk: Desk, days: list[FetchDay]) -> str:
    """A mark for each of the last days: tall when all fetches went well, low and hollow when one failed, else a dot.

    The same is said in words for those who do not see it.
    """
    by_day = {one.day: one for one in days}
    signs, well, failed = [], 0, 0
    for back in range(DAYS - 1, -1, -1):
        one = by_day.get((desk.now - timedelta(days=back)).date())
        sign = "none" if one is None else "bad" if one.failed == one.fetches else "part" if one.failed else "good"
        well, failed = well + (sign == "good"), failed + (sign in ("bad", "part"))
        signs.append(f'<i class="d-mark-{sign}"></i>')
    said = desk.t(
        "Of the last {days} days: well on {well}, failures on {failed}, not asked on {rest}",
        days=DAYS,
        well=well,
        failed=failed,
        rest=DAYS - well - failed,
    )
    return f'<span class="d-marks" role="img" aria-label="{safe(said)}" title="{safe(said)}">{"".join(signs)}</span>'


def row(cells: Iterable[str], heads: Iterable[Head]) -> str:
    """A line of a table; each cell knows its head, which stands before it where there is no room for columns."""
    return (
        "<tr>"
        + "".join(
            f'<td class="{css}" data-head="{safe(head)}">{cell}</td>'
            for cell, (head, css) in zip(cells, heads, strict=True)
        )
        + "</tr>"
    )


def table(heads: Iterable[Head], rows: Iterable[str]) -> None:
    """A table that becomes a list on a narrow screen."""
    head = "".join(f'<th scope="col" class="{css}">{safe(text)}</th>' for text, css in heads)
    st.html(f'<table class="t-table d-health"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>')
