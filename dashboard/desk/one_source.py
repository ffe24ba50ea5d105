"""How does one source do, and what was done about it? Its last fetches, its history, and what may be changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard.desk import shared, source_form, troubles
from dashboard.desk.shared import Desk, outside, safe
from dashboard.desk.source_parts import DAYS, facts, marks, outcome_label, row, share, short_time, table, tier_label
from dashboard.desk.troubles import Health, do
from tracker import sources as acts
from tracker.health import WELL
from tracker.model import Keeper, Role, Watched
from tracker.people import may
from tracker.store.audit import Event

FETCHES = 30
LONGEST_AGO = timedelta(days=3650)


def show(desk: Desk, health: Health) -> None:
    """Everything about the one source that `health` was read for."""
    [one] = health.watched
    editor = may(desk.person, Role.EDITOR)
    if editor and one.origin is Keeper.DESK and st.query_params.get("do") == "edit":
        source_form.show(desk, one)
        return
    way_back(desk)
    kept = desk.t("written in config.yaml") if one.origin is Keeper.CONFIG else ""
    about = [*facts(desk, one), tier_label(desk, one.source.tier), kept]
    st.html(
        f'<h1 class="d-h1">{safe(one.source.name)}</h1><p class="t-meta">'
        + "".join(f"<span>{safe(fact)}</span>" for fact in about if fact)
        + f"</p><p>{outside(one.source.url, one.source.url)}</p>"
    )
    if one.asked:
        troubles.show(desk, one, health.troubles(one), health.last.get(one.source.id))
    if editor:
        _buttons(desk, one)
    _facts(desk, health, one)
    _fetches(desk, one)
    _history(desk, one)


def way_back(desk: Desk) -> None:
    st.html(f'<p><a href="/sources" target="_self">{safe(desk.t("All sources"))}</a></p>')


def _buttons(desk: Desk, one: Watched) -> None:
    id, name = one.source.id, one.source.name

    def ask() -> str:
        acts.ask_again(desk.store, id, desk.person)
        return desk.t("{name} is asked again in the next round", name=name)

    def pause() -> str:
        acts.pause(desk.store, id, desk.person)
        return desk.t("{name} is paused", name=name)

    def resume() -> str:
        acts.resume(desk.store, id, desk.person)
        return desk.t("{name} is asked again as before", name=name)

    with st.container(horizontal=True, key="source-acts"):
        if one.asked and st.button(desk.t("Ask now"), icon=":material/refresh:", key="source-ask"):
            do(ask)
        if one.asked and st.button(desk.t("Pause"), icon=":material/pause:", key="source-pause"):
            do(pause)
        if one.paused and st.button(desk.t("Resume"), icon=":material/play_arrow:", key="source-resume"):
            do(resume)
        if one.origin is Keeper.DESK and st.button(desk.t("Edit"), icon=":material/edit:", key="source-edit"):
            st.query_params["do"] = "edit"
            st.rerun()
    if one.origin is Keeper.CONFIG:
        shared.note(desk.t("This source is written in config.yaml; what it says is changed there, not at the desk."))


def _facts(desk: Desk, health: Health, one: Watched) -> None:
    source, schedule = one.source, one.schedule
    seven, month, ever = (desk.words.number(number) for number in health.counts.get(source.id, (0, 0, 0)))
    expect = source.expect
    due = troubles.when_next(desk, one, health)
    if one.asked and schedule.next_reason:
        due = f"{due} ({schedule.next_reason})"
    days = desk.store.fetch_days(desk.now - timedelta(days=DAYS), source.id).get(source.id, [])
    told: list[tuple[str, str]] = [
        (desk.t("Last {days} days", days=DAYS), marks(desk, days)),
        (desk.t("Next asked"), safe(due)),
        (desk.t("Last read well"), desk.words.time(schedule.last_success_at) if schedule.last_success_at else ""),
        (
            desk.t("New items"),
            safe(desk.t("{seven} in 7 days, {month} in 28 days, {ever} ever", seven=seven, month=month, ever=ever)),
        ),
        (
            desk.t("Expected a week"),
            ""
            if expect.at_least is None and expect.at_most is None
            else safe(desk.t("from {least} to {most}", least=expect.at_least or 0, most=expect.at_most or "…")),
        ),
        (desk.t("Became initiatives"), share(desk, health.brought.get(source.id, (0, 0)))),
        (desk.t("Issues"), safe(desk.labels("issues", source.issues))),
        (desk.t("Terms"), safe(source.terms)),
    ]
    st.html(
        '<dl class="t-facts">'
        + "".join(f"<dt>{safe(name)}</dt><dd>{value}</dd>" for name, value in told if value)
        + "</dl>"
    )


def _fetches(desk: Desk, one: Watched) -> None:
    fetches = desk.store.fetches(one.source.id, FETCHES)
    st.html(f'<h2 class="d-line">{safe(desk.t("Its last fetches"))}</h2>')
    if not fetches:
        shared.note(desk.t("Not asked yet"))
        return
    heads = [
        (desk.t("When (UTC)"), ""),
        (desk.t("How it went"), ""),
        ("HTTP", "n"),
        ("ms", "n"),
        ("kB", "n"),
        (desk.t("New"), "n"),
        (desk.t("Changed"), "n"),
        (desk.t("Known"), "n"),
        (desk.t("What to know"), ""),
    ]
    rows = []
    for fetch in fetches:
        sign = "d-good" if fetch.outcome in WELL else "d-bad"
        cells = [
            short_time(fetch.at),
            f'<span class="{sign}">{safe(outcome_label(desk, fetch.outcome))}</span>',
            str(fetch.status or ""),
            desk.words.number(fetch.duration_ms),
            desk.words.number(round(fetch.body_bytes / 1000, 1)) if fetch.body_bytes else "",
            *(desk.words.number(number) if number else "" for number in (fetch.new, fetch.changed, fetch.known)),
            safe(fetch.error or fetch.note),
        ]
        rows.append(row(cells, heads))
    table(heads, rows)
    kept = desk.store.fetch_days(desk.now - LONGEST_AGO, one.source.id).get(one.source.id, [])
    first = fetches[-1].at.date()
    older = [day for day in reversed(kept) if day.day < first]
    if older:
        with st.expander(desk.t("Before that, by day")):
            heads = [(desk.t("Day"), ""), (desk.t("Fetches"), "n"), (desk.t("Failed"), "n"), (desk.t("New"), "n")]
            table(
                heads,
                [
                    row([f"{day.day}", *(desk.words.number(n) for n in (day.fetches, day.failed, day.new))], heads)
                    for day in older
                ],
            )


# -------------------------------------------------------------------------------------------------------------- history


def _history(desk: Desk, one: Watched) -> None:
    events = desk.store.events("source", one.source.id, limit=50)
    if not events:
        return
    lines = "".join(
        f'<li>{safe(_in_words(desk, event))} <span class="t-note">{safe(desk.words.time(event.at))} · '
        f"{safe(event.who)}</span></li>"
        for event in events
    )
    st.html(f'<h2 class="d-line">{safe(desk.t("Its history"))}</h2><ul class="t-plain">{lines}</ul>')


def _in_words(desk: Desk, event: Event) -> str:
    match event.what:
        case "source added":
            return desk.t("Added at the desk")
        case "source changed":
            changed: Any = event.after
            return desk.t("Changed: {fields}", fields=", ".join(changed) if isinstance(changed, dict) else "")
        case "source paused":
            return desk.t("Paused")
        case "source resumed":
            return desk.t("Resumed")
        case "source reopened":
            return desk.t("Reopened by a person")
        case "source to be asked soon":
            return desk.t("To be asked at once, by a person")
        case "source moved":
            return desk.t("Moved from {old} to {new}", old=event.before, new=event.after)
        case "source ok":
            return desk.t("Works again")
        case "source failing":
            return desk.t("Has failed for long: asked once a week from then on")
        case "source asleep":
            return desk.t("No answer for 90 days: asked once a month from then on")
        case "source gone":
            return desk.t("Removed for good (410): not asked from then on")
        case "source's 304 unreliable":
            return desk.t("Said “not modified” wrongly: always read whole from then on")
        case _:
            return event.what
