"""What did two people see differently, and what did an editor find? Names are told only afterwards."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.read_again import chosen, fields, item_of
from dashboard.desk.shared import Desk, flash, outside, safe, said
from dashboard.desk.source_parts import Head, row, table
from tracker import agreement, second_coding
from tracker.errors import TrackerError
from tracker.model import Verdict
from tracker.store.second_coding import Coding, Twice

SHOWN = 10


def open_ones(desk: Desk, found: list[Twice]) -> None:
    """Those that wait for an editor; whose coding is whose is not told, so that it is judged by what it says."""
    if problem := st.session_state.pop("settle-problem", None):
        st.error(problem)
    if not found:
        st.info(desk.t("Nothing to settle: where two people differ and you are neither of them, it comes here."))
        return
    shared.note(
        desk.t(
            "Names are hidden until it is settled. Where you turn the decision over that stands, it is taken back and "
            "the item is decided again in your name; all three codings stay on record."
        )
    )
    for one in found[:SHOWN]:
        with st.container(border=True, key=f"card-settle-{one.id}"):
            _head(desk, one)
            _side_by_side(desk, one, [desk.t("First"), desk.t("Second")], [one.first, one.second])
            with st.expander(desk.t("The text, as both have read it"), key=f"settle-text-{one.id}"):
                item_of(desk, desk.store.as_it_was(one.item_id, one.decision_id), titled=False)
            _settle(desk, one)
    if len(found) > SHOWN:
        shared.note(desk.words.n("and one more", "and {n} more", len(found) - SHOWN))


def settled_ones(desk: Desk, found: list[Twice]) -> None:
    """Those that are settled, with names and the reason: what decides the next one like it. Newest first."""
    if not found:
        st.info(desk.t("Nothing has been settled yet."))
        return
    names = {person.id: person.name for person in desk.store.people()}
    for one in found[::-1][:SHOWN]:
        if (ruling := one.ruling) is None:
            continue
        with st.container(border=True, key=f"card-settled-{one.id}"):
            _head(desk, one)
            called = [names.get(id, f"#{id}") for id in (one.first_by, one.second_by, ruling.by)]
            called[2] = desk.t("{name} (editor)", name=called[2])
            _side_by_side(desk, one, called, [one.first, one.second, ruling.coding])
            turned = desk.t("The item was decided again.") if ruling.overturned else desk.t("The decision stands.")
            st.html(
                f'<p class="d-line"><strong>{safe(desk.t("Why:"))}</strong> '
                f'<span dir="auto">{safe(ruling.why)}</span></p>'
                f'<p class="t-note">{safe(turned)} {safe(desk.words.time(ruling.at))}</p>'
            )


def _head(desk: Desk, one: Twice) -> None:
    facts = [f"#{one.item_id}", safe(desk.words.date(one.first_at)), outside(one.url, desk.t("Open the original"))]
    if one.initiative_id is not None and one.ruling is not None:  # its page names who drafted it
        name = safe(desk.t("Initiative #{number}", number=one.initiative_id))
        facts.append(f'<a href="/initiative?id={one.initiative_id}" target="_self">{name}</a>')
    st.html(
        said(one.title, one.language, tag="h2", css="d-line")
        + '<p class="t-meta">'
        + "".join(f"<span>{fact}</span>" for fact in facts)
        + "</p>"
    )


def _side_by_side(desk: Desk, one: Twice, called: list[str], codings: list[Coding]) -> None:
    """A line for each field; where the first two differ it is marked, in words too."""
    heads: list[Head] = [(desk.t("On"), ""), *((name, "") for name in called)]
    different = agreement.differences(one.first, one.second)
    lines = []
    for field, name in (
        ("verdict", desk.t("In or out")),
        ("issues", desk.t("Issues")),
        ("countries", desk.t("Countries")),
        ("type", desk.t("Primary type")),
    ):
        cells = [_told(desk, field, coding) for coding in codings]
        if not any(cells):
            continue
        mark = f' <span class="d-bad">{safe(desk.t("differs"))}</span>' if field in different else ""
        lines.append(row([safe(name) + mark, *(safe(cell or desk.t("not said")) for cell in cells)], heads))
    table(heads, lines)


def _told(desk: Desk, field: str, coding: Coding) -> str:
    if field == "verdict":
        return verdict_of(desk, coding)
    if field == "issues":
        return desk.labels("issues", coding.issues)
    if field == "countries":
        return desk.countries(coding.countries)
    return f"{coding.type} {desk.label('types', coding.type)}" if coding.type else ""


def verdict_of(desk: Desk, coding: Coding) -> str:
    """In or out, in words."""
    if coding.verdict is Verdict.EXCLUDE:
        return desk.t("out: {reason}", reason=desk.label("exclusion_reasons", coding.reason or ""))
    return desk.t("in: an initiative") if coding.verdict is Verdict.INCLUDE else desk.t("cannot tell")


# ------------------------------------------------------------------------------------------------------------- settling


def _settle(desk: Desk, one: Twice) -> None:
    key = f"settle-{one.id}"
    with st.expander(desk.t("Settle it"), key=f"{key}-open"):
        choice = st.segmented_control(
            desk.t("What is right?"),
            ["first", "second", "other"],
            default=None,
            format_func=lambda code: {
                "first": desk.t("The first"),
                "second": desk.t("The second"),
                "other": desk.t("Something else"),
            }[code],
            key=f"{key}-choice",
            wrap=True,
        )
        if choice == "other":
            _third(desk, one, key)
        st.text_area(
            desk.t("Why (everybody reads it, so that the next one is coded alike)"),
            key=f"{key}-why",
            max_chars=1_000,
            height=80,
        )
        coding = _found(one, key)
        if coding is not None and coding.verdict is not one.first.verdict:
            shared.note(desk.t("This turns the first decision over: the item will be decided again in your name."))
        st.button(
            desk.t("Keep this"),
            type="primary",
            key=f"{key}-keep",
            disabled=coding is None,
            on_click=_keep,
            args=(desk, one, key),
        )


def _third(desk: Desk, one: Twice, key: str) -> None:
    """Fields for what an editor says instead."""
    verdict = st.segmented_control(
        desk.t("In or out"),
        [Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.HOLD],
        default=one.first.verdict,
        required=True,
        format_func=lambda code: {
            Verdict.INCLUDE: desk.t("It reports an initiative"),
            Verdict.EXCLUDE: desk.t("Exclude"),
            Verdict.HOLD: desk.t("On hold"),
        }[code],
        key=f"{key}-verdict",
        wrap=True,
    )
    if verdict is Verdict.EXCLUDE:
        st.selectbox(
            desk.t("Reason"),
            desk.taxonomy.codes("exclusion_reasons"),
            index=None,
            format_func=lambda code: desk.label("exclusion_reasons", code),
            key=f"{key}-reason",
            placeholder=desk.t("Choose"),
        )
    if verdict is Verdict.INCLUDE:
        fields(desk, key, begun=one.first if one.first.verdict is Verdict.INCLUDE else one.second)


def _found(one: Twice, key: str) -> Coding | None:
    """What the fields say now, also in a callback; None while nothing is chosen or an exclusion has no reason."""
    state = st.session_state
    choice = state.get(f"{key}-choice")
    if choice != "other":
        return {"first": one.first, "second": one.second}.get(choice or "")
    verdict = Verdict(state[f"{key}-verdict"])
    if verdict is Verdict.EXCLUDE:
        reason = state.get(f"{key}-reason")
        return Coding(verdict=verdict, reason=reason) if reason else None
    return Coding(verdict=verdict, **(chosen(key)._asdict() if verdict is Verdict.INCLUDE else {}))


def _keep(desk: Desk, one: Twice, key: str) -> None:
    coding, why = _found(one, key), st.session_state[f"{key}-why"]
    if coding is None:  # chosen otherwise in the moment of the press
        return
    try:
        settled = second_coding.settle(desk.store, desk.taxonomy, desk.still_here(), one.id, coding, why, shared.now())
    except TrackerError as problem:
        st.session_state["settle-problem"] = shared.in_words(problem)
        return
    if settled.ruling and settled.ruling.overturned:
        flash(desk.t("Settled: item {number} was decided again in your name", number=one.item_id))
    else:
        flash(desk.t("Settled: the decision on item {number} stands", number=one.item_id))
