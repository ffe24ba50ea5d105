"""How is a figure drawn wherever it is shown? A share with its interval, kappa with its own, and what too few means."""

from __future__ import annotations

import math

import streamlit as st

from dashboard.desk.shared import Desk, safe
from tracker.agreement import NORM
from tracker.learning.measure import Agreement, Share
from tracker.quality import ENOUGH


def head(text: str, anchor: str = "") -> None:
    """A heading over a part of a page."""
    at = f' id="{safe(anchor)}"' if anchor else ""
    st.html(f'<h2 class="d-section"{at}>{safe(text)}</h2>')


def percent(desk: Desk, value: float) -> str:
    return desk.t("{percent} %", percent=whole(desk, value))


def whole(desk: Desk, value: float) -> str:
    return desk.words.number(round(100 * value))


def share_of(desk: Desk, share: Share) -> str:
    """A share with its interval and number; greyed, and said so, where there are too few to act on."""
    if not share.of:
        return f'<span class="t-note">{safe(desk.t("none yet"))}</span>'
    value = percent(desk, share.value)
    interval = f"({whole(desk, share.low)}–{percent(desk, share.high)}; {counted(desk, share.of)})"
    if share.of < ENOUGH:
        return f'<span class="t-note">{safe(value)} {safe(interval)} {too_few(desk)}</span>'
    return f'<strong>{safe(value)}</strong> <span class="t-note">{safe(interval)}</span>'


def agreed(desk: Desk, one: Agreement) -> list[str]:
    """Raw agreement and kappa, as two cells."""
    return [share_of(desk, one.raw), "" if math.isnan(one.kappa) else desk.words.number(round(one.kappa, 2))]


def kappa(desk: Desk, one: Agreement) -> str:
    """Kappa with its interval; greyed where there are too few to act on."""
    if math.isnan(one.kappa):
        return f'<span class="t-note">{safe(desk.t("not to be told: all answers are alike"))}</span>'
    value, low, high = (desk.words.number(round(number, 2)) for number in (one.kappa, one.low, one.high))
    interval = safe(desk.t("({low} to {high})", low=low, high=high))
    if one.raw.of < ENOUGH:
        return f'<span class="t-note">{safe(value)} {interval} {too_few(desk)}</span>'
    return f'<strong>{safe(value)}</strong> <span class="t-note">{interval}</span>'


def span(one: Agreement) -> str:
    """Kappa as a dot in its interval, on a scale from 0 to 1 with the norm as a rule; the figures stand beside it."""
    if math.isnan(one.kappa):
        return ""
    low, high, dot = (100 * min(1.0, max(0.0, number)) for number in (one.low, one.high, one.kappa))
    faint = " d-few" if one.raw.of < ENOUGH else ""
    return (
        f'<span class="d-span{faint}" aria-hidden="true"><i class="d-norm" style="left:{100 * NORM:.0f}%"></i>'
        f'<i class="d-range" style="left:{low:.1f}%;width:{max(high - low, 0.5):.1f}%"></i>'
        f'<i class="d-dot" style="left:{dot:.1f}%"></i></span>'
    )


def counted(desk: Desk, number: int) -> str:
    """`n = 45`, of one piece."""
    return f"n\u00a0=\u00a0{desk.words.number(number)}"


def too_few(desk: Desk) -> str:
    return f'<span class="t-tag">{safe(desk.t("too few"))}</span>'
