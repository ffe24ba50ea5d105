"""How do people do? How far they agree, what waits for another pair of eyes, and how long the queue will take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.figures import counted, head, kappa, percent, share_of, span, whole
from dashboard.desk.shared import Desk, safe
from dashboard.desk.source_parts import Head, row, table
from tracker import agreement, speed
from tracker.agreement import COUNTRY, INITIATIVE, ISSUE, NORM, TYPE, Answered
from tracker.learning import measure
from tracker.learning.measure import Agreement
from tracker.model import Role, RoughDate
from tracker.people import may
from tracker.quality import ENOUGH
from tracker.speed import AIM_PER_HOUR, Pace, Paces
from tracker.store.second_coding import Twice

GOOD_RECALL = 0.87  # of the suggestions: what one person alone finds (triage.md §4.2)
WEEK_HOURS = 40  # of one person: a queue that takes longer needs a look
SHOWN_MONTHS = 12
SHOWN_PAIRS = 20


def agreeing(desk: Desk, coded: Sequence[Twice]) -> None:
    """Agreement on every question, by month, and by pair for editors."""
    head(desk.t("Two people on the same item"), "agreement")
    if not coded:
        shared.note(
            desk.t(
                "No item was coded by two people yet. One decided item in ten waits for it on the page Second coding."
            )
        )
        return
    told = agreement.by_question(coded, desk.taxonomy.codes("issues"))
    _table(desk, desk.t("On"), [(question(desk, one.of), one) for one in told])
    odd = next((one for one in told if agreement.looks_better_than_it_is(one.agreement)), None)
    if odd is not None:
        st.html(f'<p class="t-banner" role="note">{safe(_paradox(desk, odd))}</p>')
    shared.note(
        desk.t(
            "Kappa is agreement beyond chance (Cohen 1960), in brackets its 95 % interval; the rule in the picture is "
            "the norm of {norm} (Landis and Koch 1977). Raw agreement flatters where nearly all items get the same "
            "answer, so both are shown. Coders see the same suggestion: where both follow it, they agree through it.",
            norm=desk.words.number(NORM),
        )
    )
    asked = st.selectbox(
        desk.t("By month and by pair, on"),
        [one.of for one in told],
        format_func=lambda of: question(desk, of),
        key="agreement-on",
        width=320,
    )
    months = agreement.by_month(coded, asked)[:SHOWN_MONTHS]
    with st.expander(desk.t("By month of the first decision"), key="agreement-months"):
        _table(desk, desk.t("Month"), [(month_of(desk, one.of), one) for one in months])
    if may(desk.person, Role.EDITOR):
        names = {person.id: person.name for person in desk.store.people()}
        pairs = agreement.by_pair(coded, asked)[:SHOWN_PAIRS]
        with st.expander(desk.t("By pair (only editors see this)"), key="agreement-pairs"):
            told_pairs = [
                (desk.words.listed(sorted(names.get(id, f"#{id}") for id in pair)), Answered(asked, found))
                for pair, found in pairs
            ]
            _table(desk, desk.t("Who"), told_pairs)


def _table(desk: Desk, first: str, named: Sequence[tuple[str, Answered]]) -> None:
    heads: list[Head] = [
        (first, ""),
        (desk.t("They agree in"), ""),
        (desk.t("Kappa"), ""),
        (desk.t("0 to 1, the norm as a rule"), "d-span-cell"),
    ]
    table(heads, [row([safe(name), *_cells(desk, one.agreement)], heads) for name, one in named])


def _cells(desk: Desk, one: Agreement) -> list[str]:
    return [share_of(desk, one.raw), kappa(desk, one), span(one)]


def _paradox(desk: Desk, odd: Answered) -> str:
    return desk.t(
        "{question}: {raw} % raw agreement, yet kappa {kappa}. So it is where few items are wanted: leaving nearly all "
        "out agrees by itself. Other teams met the same (96 % and 0.56). Judge by kappa, and look at what differs.",
        question=question(desk, odd.of),
        raw=whole(desk, odd.agreement.raw.value),
        kappa=desk.words.number(round(odd.agreement.kappa, 2)),
    )


def question(desk: Desk, of: str) -> str:
    """What was asked, in words."""
    if of.startswith(ISSUE):
        return desk.label("issues", of.removeprefix(ISSUE))
    return {
        INITIATIVE: desk.t("In or out"),
        COUNTRY: desk.t("The countries"),
        TYPE: desk.t("The primary type"),
    }[of]


def month_of(desk: Desk, month: str) -> str:
    """`May 2020` for 2020-05."""
    return desk.words.date(RoughDate.parse(month))


# ------------------------------------------------------------------------------------------------ another pair of eyes


def second_looks(desk: Desk) -> None:
    """Exclusions by one person: how many wait for somebody else, and what looking has brought."""
    head(desk.t("Excluded by one person"), "excluded")
    waiting = desk.store.count_excluded_by_one(desk.taxonomy.safe_reasons)
    looked = desk.store.looked()
    found = measure.share(looked.sent_back, looked.looked_at)
    st.html(
        '<p class="d-line">'
        + safe(
            desk.words.n(
                "One exclusion for one reason waits for another person.",
                "{n} exclusions for one reason wait for another person.",
                waiting,
            )
        )
        + f' <a href="/excluded" target="_self">{safe(desk.t("Look at them"))}</a></p>'
        + f'<p class="d-line">{safe(desk.t("Sent back into the queue, of those that were looked at:"))} '
        + f"{share_of(desk, found)}</p>"
    )
    safe_ones = desk.labels("exclusion_reasons", sorted(desk.taxonomy.safe_reasons))
    shared.note(
        desk.t(
            "One person alone misses some 13 % of what belongs in; two obvious reasons bring that to 1.2 %. So an "
            "exclusion stands by itself with two reasons, or with one of these: {reasons}.",
            reasons=safe_ones,
        )
    )


# ---------------------------------------------------------------------------------------------------------------- pace


def pace(desk: Desk, paces: Paces) -> None:
    """Items an hour: one's own and the team's, and everybody's for editors."""
    head(desk.t("Items an hour"), "pace")
    heads: list[Head] = [
        (desk.t("Who"), ""),
        (desk.t("An hour"), "n"),
        (desk.t("Decided"), "n"),
        (desk.t("Active time"), ""),
        (desk.t("Aim: {number} an hour", number=AIM_PER_HOUR), "bar"),
    ]
    most = max([AIM_PER_HOUR, *(one.per_hour for _, one in paces.each if not math.isnan(one.per_hour))])
    lines = [_pace(desk, desk.t("You"), paces.own, heads, most), _pace(desk, desk.t("Team"), paces.team, heads, most)]
    if paces.each:
        names = {person.id: person.name for person in desk.store.people()}
        lines += [_pace(desk, names.get(id, f"#{id}"), one, heads, most) for id, one in paces.each]
    table(heads, lines)
    shared.note(
        desk.t(
            "Active time is the sum of the gaps under five minutes between one decision and the next; longer gaps are "
            "pauses. It is a measure of a workplace: it says how long the queue will take, not who is good. You see "
            "your own figure and the team's; those of others are for editors."
        )
    )


def _pace(desk: Desk, name: str, one: Pace, heads: Sequence[Head], most: float) -> str:
    if math.isnan(one.per_hour):
        return row([safe(name), desk.t("none yet"), desk.words.number(one.decided), "", ""], heads)
    bar = f'<span style="width:{min(100.0, 100 * one.per_hour / most):.0f}%" aria-hidden="true"></span>'
    cells = [safe(name), desk.words.number(round(one.per_hour)), desk.words.number(one.decided), _time(desk, one), bar]
    return row(cells, heads)


def _time(desk: Desk, one: Pace) -> str:
    minutes = round(one.active / timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    return safe(
        desk.t("{hours} h {minutes} min", hours=desk.words.number(hours), minutes=rest)
        if hours
        else desk.t("{minutes} min", minutes=rest)
    )


# ------------------------------------------------------------------------------------------------------- at a glance


def glance(desk: Desk, coded: Sequence[Twice], recall: measure.Share, paces: Paces) -> None:
    """Whether the desk is well, in five figures; each leads to what stands behind it."""
    tiles = [
        _agreement(desk, coded),
        _recall(desk, recall),
        _speed(desk, paces),
        _backlog(desk, paces),
        _to_do(desk, coded),
    ]
    st.html(f'<ul class="d-glance">{"".join(tiles)}</ul>')


def _tile(desk: Desk, name: str, figure: str, more: str, to: str, well: bool | None) -> str:
    """`well` is None where nothing can be said: too few, or a figure that is neither good nor bad."""
    state = {True: ("d-well", desk.t("well")), False: ("d-look", desk.t("needs a look")), None: ("", "")}[well]
    sign = f' <span class="{"d-good" if well else "d-bad"}">{safe(state[1])}</span>' if state[1] else ""
    return (
        f'<li class="{state[0]}"><a href="{safe(to)}" target="_self"><span>{safe(name)}{sign}</span>'
        f"<strong>{safe(figure)}</strong><span>{safe(more)}</span></a></li>"
    )


def _agreement(desk: Desk, coded: Sequence[Twice]) -> str:
    found = agreement.agreed(coded, INITIATIVE)
    name = desk.t("Agreement, in or out")
    if math.isnan(found.kappa):
        return _tile(desk, name, "–", counted(desk, found.raw.of), "#agreement", None)
    well = agreement.good_enough(found)
    more = desk.t("kappa; norm {norm}", norm=desk.words.number(NORM))
    if well is None:
        more = f"{more}; {desk.t('too few')}"
    figure = desk.words.number(round(found.kappa, 2))
    return _tile(desk, name, figure, f"{more}; {counted(desk, found.raw.of)}", "#agreement", well)


def _recall(desk: Desk, recall: measure.Share) -> str:
    name = desk.t("Recall of the suggestions")
    if not recall.of:
        return _tile(desk, name, "–", counted(desk, 0), "#found", None)
    more = f"{whole(desk, recall.low)}–{percent(desk, recall.high)}; {counted(desk, recall.of)}"
    if recall.of < ENOUGH:
        return _tile(desk, name, percent(desk, recall.value), f"{more}; {desk.t('too few')}", "#found", None)
    return _tile(desk, name, percent(desk, recall.value), more, "#found", recall.value >= GOOD_RECALL)


def _speed(desk: Desk, paces: Paces) -> str:
    name = desk.t("Items an hour, team")
    if math.isnan(paces.team.per_hour):
        return _tile(desk, name, "–", desk.t("none yet"), "#pace", None)
    mine = "–" if math.isnan(paces.own.per_hour) else desk.words.number(round(paces.own.per_hour))
    figure = desk.words.number(round(paces.team.per_hour))
    return _tile(desk, name, figure, desk.t("you: {number}", number=mine), "#pace", None)


def _backlog(desk: Desk, paces: Paces) -> str:
    states = desk.store.queue_by("state")
    waiting, held = states.get("waiting", 0), states.get("held", 0)
    hours = waiting / (speed.AIM_PER_HOUR if math.isnan(paces.team.per_hour) else paces.team.per_hour)
    more = desk.t("about {hours} h of work", hours=desk.words.number(math.ceil(hours)))
    if held:
        more += f"; {desk.words.n('one on hold', '{n} on hold', held)}"
    return _tile(desk, desk.t("Waiting"), desk.words.number(waiting), more, "/triage", hours <= WEEK_HOURS)


def _to_do(desk: Desk, coded: Sequence[Twice]) -> str:
    open_ones = [one for one in agreement.disagreements(coded) if one.ruling is None]
    drawn = desk.store.count_drawn()
    by_one = desk.store.count_excluded_by_one(desk.taxonomy.safe_reasons)
    more = "; ".join(
        (
            desk.words.n("one to code again", "{n} to code again", drawn),
            desk.words.n("one exclusion to look at", "{n} exclusions to look at", by_one),
        )
    )
    name = desk.t("To be settled")
    return _tile(desk, name, desk.words.number(len(open_ones)), more, "/second", not open_ones)
