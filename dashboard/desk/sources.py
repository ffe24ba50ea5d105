"""Which sources work? At a glance: how each was last asked, what it brings, when it is asked next and why."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.shared import Desk, outside
from tracker.conduct import Condition, Conduct
from tracker.health import Rhythm, silent_for
from tracker.model import Fetch, Outcome, Role, Watched
from tracker.people import may

_GOOD = (Outcome.OK, Outcome.UNCHANGED)


def show(desk: Desk) -> None:
    st.html(f'<h1 class="d-h1">{desk.t("Sources")}</h1>')
    watched = desk.store.watched()
    last = desk.store.last_fetches()
    counts = desk.store.source_counts(desk.now)
    enabled = [one for one in watched if one.source.enabled]
    rhythms = desk.store.rhythms()
    silent = {
        one.source.id: silence for one in enabled if (silence := silent_for(rhythms.get(one.source.id), desk.now))
    }
    asked = [one for one in enabled if one.source.id in last]
    working = [one for one in asked if last[one.source.id].outcome in _GOOD]
    st.html(
        '<p class="t-lead">'
        + desk.t(
            "{working} of {asked} sources that were asked work; "
            "{waiting} have not been asked yet, {off} are switched off.",
            working=desk.words.number(len(working)),
            asked=desk.words.number(len(asked)),
            waiting=desk.words.number(len(enabled) - len(asked)),
            off=desk.words.number(len(watched) - len(enabled)),
        )
        + "</p>"
    )
    which = st.segmented_control(
        desk.t("Show"),
        ["trouble", "working", "unasked", "off"],
        default="trouble" if len(working) < len(asked) or silent else "working",
        format_func=lambda code: {
            "trouble": desk.t("In trouble"),
            "working": desk.t("Working"),
            "unasked": desk.t("Not asked yet"),
            "off": desk.t("Switched off"),
        }[code],
        key="sources-show",
        label_visibility="collapsed",
    )
    chosen = {
        "trouble": [one for one in asked if one not in working or one.source.id in silent],
        "working": working,
        "unasked": [one for one in enabled if one not in asked],
        "off": [one for one in watched if not one.source.enabled],
    }[which or "working"]
    if not chosen:
        st.info(desk.t("None here."))
        return
    conducts = desk.store.conducts([one.source.id for one in chosen])
    rows = "".join(
        _row(
            desk,
            one,
            last.get(one.source.id),
            counts.get(one.source.id, (0, 0, 0)),
            [
                *([_silence(desk, rhythms, one)] if one.source.id in silent else []),
                *_condition(desk, conducts[one.source.id]),
            ],
            gone=conducts[one.source.id].condition is Condition.GONE,
        )
        for one in chosen
    )
    heads = [
        ("", desk.t("Source")),
        ("", desk.t("Last asked")),
        ("", desk.t("How it went")),
        (' class="n"', desk.t("7 days")),
        (' class="n"', desk.t("28 days")),
        (' class="n"', desk.t("All")),
        ("", desk.t("Next, and why")),
    ]
    st.html(
        '<div class="d-wide" tabindex="0"><table class="t-table d-sources"><thead><tr>'
        + "".join(f"<th{kind}>{shared.safe(head)}</th>" for kind, head in heads)
        + f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    _reopening(desk, [one for one in chosen if conducts[one.source.id].condition is not Condition.OK])


def _reopening(desk: Desk, resting: list[Watched]) -> None:
    """One button a source that is asked rarely or not at all: a person knows better when it is back."""
    if not resting or not may(desk.person, Role.EDITOR):
        return
    shared.note(desk.t("Asked rarely or not at all; when you know better, have them asked again as soon as possible:"))
    with st.container(horizontal=True):
        for one in resting:
            if st.button(one.source.name, key=f"reopen-{one.source.id}", icon=":material/refresh:"):
                with shared.told():
                    desk.store.reopen(one.source.id, desk.person.email)
                    shared.flash(desk.t("{name} is asked again in the next round", name=one.source.name))
                    st.rerun()


def _condition(desk: Desk, conduct: Conduct) -> list[str]:
    """What to know of a source beyond its last fetch, in a sentence each."""
    found = {
        Condition.OK: [],
        Condition.FAILING: [desk.t("Has failed for long: asked once a week")],
        Condition.ASLEEP: [desk.t("No answer for 90 days: asked once a month")],
        Condition.GONE: [desk.t("Removed for good (410): not asked any more")],
    }[conduct.condition]
    if conduct.moving_to:
        found = [*found, desk.t("Redirects for good to {address}; followed when that lasts", address=conduct.moving_to)]
    if conduct.unreliable_304:
        found = [*found, desk.t("Says “not modified” wrongly: always read whole")]
    return found


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
        Outcome.WALL: desk.t("Stopped at a wall"),
        Outcome.BROKEN_OFF: desk.t("Interrupted"),
    }[outcome]


def _silence(desk: Desk, rhythms: dict[str, Rhythm], one: Watched) -> str:
    rhythm = rhythms[one.source.id]
    gap = rhythm.usual_gap
    return desk.t(
        "Silent for {days} days; it usually brings news every {usual} days",
        days=desk.words.number((desk.now - rhythm.last).days),
        usual=desk.words.number(max(1, round(gap.total_seconds() / 86400)) if gap else 1),
    )


def _row(
    desk: Desk, one: Watched, fetch: Fetch | None, counts: tuple[int, int, int], alarms: list[str], *, gone: bool
) -> str:
    source, schedule = one.source, one.schedule
    kind = desk.t("feed") if source.kind.value == "feed" else desk.t("page")
    about = [kind, source.language or "", source.country or "", desk.t("sample") if one.sample else ""]
    detail = shared.safe(" · ".join(part for part in about if part))
    name = f"{outside(source.url, source.name)}<br><span class='t-note'>{detail}</span>"
    went = ""
    if fetch is not None:
        sign = "d-good" if fetch.outcome in _GOOD else "d-bad"
        told = fetch.error or (
            desk.t("{new} new of {seen}", new=fetch.new, seen=fetch.seen) if fetch.outcome is Outcome.OK else fetch.note
        )
        label = shared.safe(outcome_label(desk, fetch.outcome))
        went = f'<span class="{sign}">{label}</span><br><span class="t-note">{shared.safe(told)}</span>'
    went += "".join(f'<br><span class="d-bad">{shared.safe(alarm)}</span>' for alarm in alarms)
    asked = desk.words.time(fetch.at) if fetch else ""
    due = f"{desk.words.time(schedule.next_at)}" if schedule.next_at else desk.t("as soon as possible")
    following = f"{due}<br><span class='t-note'>{shared.safe(schedule.next_reason)}</span>"
    if gone or not source.enabled:
        following = desk.t("not any more") if gone else shared.safe(source.terms)
    numbers = "".join(f'<td class="n">{desk.words.number(number)}</td>' for number in counts)
    return f"<tr><td>{name}</td><td>{asked}</td><td>{went}</td>{numbers}<td>{following}</td></tr>"
