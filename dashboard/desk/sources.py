"""Which sources work, and what do they bring? All of them at a glance, those in trouble first."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboard.desk import one_source, shared, source_form, troubles
from dashboard.desk.shared import Desk, safe
from dashboard.desk.source_parts import DAYS, Head, facts, marks, name, row, share, short_time, table
from dashboard.desk.troubles import Health, when_next
from tracker.errors import NotFound
from tracker.health import WELL
from tracker.model import FetchDay, Role, Watched
from tracker.people import may


def show(desk: Desk) -> None:
    _alarm(desk)
    if st.query_params.get("do") == "add" and may(desk.person, Role.EDITOR):
        source_form.show(desk, None)
    elif id := st.query_params.get("source"):
        try:
            one_source.show(desk, Health(desk, [id]))
        except NotFound as problem:
            st.error(shared.in_words(problem))
            one_source.way_back(desk)
    else:
        _all(desk)


def _alarm(desk: Desk) -> None:
    """That it is us and not the sources, on top of everything else."""
    if alarm := desk.store.network_alarm():
        st.html(
            '<p class="t-banner" role="status"><strong>'
            + safe(desk.t("Our own network seems to fail since {time}.", time=desk.words.time(alarm.since)))
            + "</strong> "
            + safe(
                desk.t(
                    "{silent} of {asked} sources gave no answer. Nothing of it is counted against them; "
                    "they are asked again every few minutes.",
                    silent=desk.words.number(alarm.silent),
                    asked=desk.words.number(alarm.asked),
                )
            )
            + "</p>"
        )


def _all(desk: Desk) -> None:
    health = Health(desk)
    groups: dict[str, list[Watched]] = {"trouble": [], "working": [], "unasked": [], "off": []}
    for one in health.watched:
        if not one.asked:
            groups["off"].append(one)
        elif health.in_trouble(one):
            groups["trouble"].append(one)
        else:
            groups["working" if one.source.id in health.last else "unasked"].append(one)
    with st.container(horizontal=True, vertical_alignment="center", key="sources-head"):
        st.html(f'<h1 class="d-h1">{desk.t("Sources")}</h1>', width="stretch")
        if may(desk.person, Role.EDITOR) and st.button(desk.t("Add a source"), icon=":material/add:"):
            st.query_params["do"] = "add"
            st.rerun()
    _lead(desk, health)
    with st.container(horizontal=True, vertical_alignment="bottom", key="sources-choice"):
        which = st.segmented_control(
            desk.t("Show"),
            list(groups),
            default="trouble" if groups["trouble"] else "working",
            format_func=lambda code: f"{_group(desk, code)} {desk.words.number(len(groups[code]))}",
            key="sources-show",
            label_visibility="collapsed",
        )
        order = st.selectbox(
            desk.t("Order"),
            ["name", "least"],
            format_func=lambda code: {"name": desk.t("By name"), "least": desk.t("What brings least first")}[code],
            key="sources-order",
            label_visibility="collapsed",
            width=240,
        )
    chosen = groups[which or "working"]
    if order == "least":
        chosen = sorted(chosen, key=lambda one: _yield(health, one))
    if not chosen:
        st.info(desk.t("None here."))
    elif which == "trouble":
        for one in chosen:
            _in_trouble(desk, health, one)
    else:
        _table(desk, health, chosen)


def _group(desk: Desk, code: str) -> str:
    return {
        "trouble": desk.t("In trouble"),
        "working": desk.t("Working"),
        "unasked": desk.t("Not asked yet"),
        "off": desk.t("Paused or off"),
    }[code]


def _lead(desk: Desk, health: Health) -> None:
    asked = [one for one in health.watched if one.asked and one.source.id in health.last]
    working = sum(not health.failed(one) for one in asked)
    text = desk.t(
        "{working} of {asked} sources that were asked work.",
        working=desk.words.number(working),
        asked=desk.words.number(len(asked)),
    )
    st.html(f'<p class="t-lead">{safe(text)}</p>')


def _yield(health: Health, one: Watched) -> tuple[float, int]:
    """What a source brings, to sort by: its share, and for the same share the one with more decided items first."""
    initiatives, decided = health.brought.get(one.source.id, (0, 0))
    return (initiatives / decided if decided else 1.0), -decided


# ------------------------------------------------------------------------------------------------------------ drawing


def _in_trouble(desk: Desk, health: Health, one: Watched) -> None:
    fetch = health.last.get(one.source.id)
    told = fetch and fetch.outcome not in WELL and (fetch.error or fetch.note)
    with st.container(border=True, key=f"card-{one.source.id}"):
        st.html(
            f'<h2 class="d-line">{name(one)}</h2><p class="t-meta">'
            + "".join(f"<span>{safe(fact)}</span>" for fact in facts(desk, one))
            + "</p>"
        )
        troubles.show(desk, one, health.troubles(one), fetch)
        next_asked = safe(desk.t("Next asked: {when}", when=when_next(desk, one, health)))
        st.html(f'<p class="t-note">{f"{safe(told)}<br>" if told else ""}{next_asked}</p>')


def _table(desk: Desk, health: Health, chosen: list[Watched]) -> None:
    days = desk.store.fetch_days(desk.now - timedelta(days=DAYS))
    heads = [
        (desk.t("Source"), ""),
        (desk.t("Last {days} days", days=DAYS), ""),
        (desk.t("Last asked (UTC)"), ""),
        (desk.t("New in 7 days"), "n"),
        (desk.t("28 days"), "n d-more"),
        (desk.t("All"), "n d-more"),
        (desk.t("Became initiatives"), "n"),
        (desk.t("Next asked (UTC)"), ""),
    ]
    table(heads, (_row(desk, health, one, days.get(one.source.id, []), heads) for one in chosen))


def _row(desk: Desk, health: Health, one: Watched, days: list[FetchDay], heads: list[Head]) -> str:
    id, fetch = one.source.id, health.last.get(one.source.id)
    about = safe(" · ".join(facts(desk, one)))
    asked = ""
    if fetch:
        told = desk.t("{new} new of {seen}", new=fetch.new, seen=fetch.seen) if fetch.seen else ""
        asked = f"{short_time(fetch.at)}<br><span class='t-note'>{safe(told)}</span>"
    due = short_time(one.schedule.next_at) if one.schedule.next_at else desk.t("as soon as possible")
    reason = one.schedule.next_reason
    if not one.asked:
        due, reason = desk.t("not any more") if not one.paused else desk.t("when it is resumed"), one.source.terms
    seven, month, ever = health.counts.get(id, (0, 0, 0))
    cells = [
        f"{name(one)}<br><span class='t-note'>{about}</span>",
        marks(desk, days),
        asked,
        *(desk.words.number(number) for number in (seven, month, ever)),
        share(desk, health.brought.get(id, (0, 0))),
        f"{due}<br><span class='t-note'>{safe(reason)}</span>",
    ]
    return row(cells, heads)
