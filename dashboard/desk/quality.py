"""Is the desk well? Five figures first, then people beside people and machine beside people, and the models."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from dashboard.desk import between_people, reading_on, shared
from dashboard.desk.figures import agreed, head, percent, share_of, whole
from dashboard.desk.shared import Desk, flash, safe, told
from dashboard.desk.source_parts import Head, row, table
from tracker import models as acts
from tracker import quality, speed
from tracker.model import KeptModel, ModelState, Role
from tracker.people import may
from tracker.quality import ENOUGH, Line, Report

SHOWN_SOURCES = 40
SHOWN_MODELS = 12


def show(desk: Desk) -> None:
    report = quality.report(desk.store, desk.now)
    st.html(f'<h1 class="d-h1">{safe(desk.t("Quality"))}</h1><p class="t-lead">{safe(_lead(desk, report))}</p>')
    coded, paces = desk.store.twice(), speed.paces(desk.store, desk.person, report.since)
    between_people.glance(desk, coded, report.overall.found.recall, paces)
    _alerts(desk, report)
    if report.stop is not None:
        st.markdown(reading_on.sentence(desk, report.stop), help=reading_on.explained(desk))
    between_people.agreeing(desk, coded)
    if report.decisions:
        left, right = st.columns(2, gap="large")
        with left:
            between_people.second_looks(desk)
        with right:
            between_people.pace(desk, paces)
    if not report.decisions:
        st.info(desk.t("Nothing was decided yet. Figures come with decisions; one item in ten is drawn by chance."))
    else:
        _found(desk, report)
        _effort(desk, report)
        left, right = st.columns(2, gap="large")
        with left:
            _calibration(desk, report)
        with right:
            _agreement(desk, report)
    _models(desk)


def _lead(desk: Desk, report: Report) -> str:
    return desk.t(
        "From {since} to today: {decisions} decisions, {audits} of them random checks. Languages, sources and issues "
        "are judged by random checks alone: what the queue put first says nothing of what it missed.",
        since=desk.words.date(report.since),
        decisions=desk.words.number(report.decisions),
        audits=desk.words.number(report.audits),
    )


def _alerts(desk: Desk, report: Report) -> None:
    """What needs somebody's eyes; accounts are named to editors alone."""
    lines = [
        desk.t(
            "{language}: only {recall} of the initiatives in random checks were suggested; in English {english}.",
            language=desk.words.tongue(one.language),
            recall=percent(desk, one.recall.value),
            english=percent(desk, one.english.value),
        )
        for one in report.alerts
    ]
    if may(desk.person, Role.EDITOR):
        lines += [
            desk.t(
                "{name} agrees with the suggestions in {own} of {number} decisions, all others in {others}. "
                "Look at some of them together before a model learns from them.",
                name=one.name,
                own=percent(desk, one.agrees.value),
                number=desk.words.number(one.agrees.of),
                others=percent(desk, one.others.value),
            )
            for one in report.suspects
        ]
    for line in lines:
        st.html(f'<p class="t-banner" role="status">{safe(line)}</p>')


# ----------------------------------------------------------------------------------------------- precision and recall


def _found(desk: Desk, report: Report) -> None:
    head(desk.t("What random checks found"), "found")
    which = st.segmented_control(
        desk.t("Show"),
        ["languages", "sources", "issues"],
        default="languages",
        required=True,
        format_func=lambda code: {
            "languages": desk.t("By language"),
            "sources": desk.t("By source"),
            "issues": desk.t("By issue"),
        }[code],
        key="quality-by",
        label_visibility="collapsed",
    )
    if which == "issues":
        named = [(desk.label("issues", line.code), line) for line in report.issues]
    elif which == "sources":
        names = {of.source.id: of.source.name for of in desk.store.watched()}
        named = [(names.get(line.code, line.code), line) for line in report.sources[:SHOWN_SOURCES]]
    else:
        named = [(desk.words.tongue(line.code), line) for line in report.languages]
    if which != "issues" and report.overall.audits:
        named = [(desk.t("All"), report.overall), *named]
    if not named:
        st.info(desk.t("No random check was decided yet. One item in ten of the queue is one."))
        return
    heads: list[Head] = [
        (desk.t("Of"), ""),
        (desk.t("Random checks"), "n"),
        (desk.t("Precision: right among those suggested"), ""),
        (desk.t("Recall: suggested among those right"), ""),
    ]
    table(heads, [_line(desk, name, line, heads) for name, line in named])
    shared.note(
        desk.t(
            "In brackets: the 95 % interval (Wilson 1927) and of how many. Under {enough} it is too few to act on.",
            enough=ENOUGH,
        )
    )


def _line(desk: Desk, name: str, line: Line, heads: Sequence[Head]) -> str:
    shares = (share_of(desk, line.found.precision), share_of(desk, line.found.recall))
    return row([safe(name), desk.words.number(line.audits), *shares], heads)


# ------------------------------------------------------------------------------------------------ recall against effort


def _effort(desk: Desk, report: Report) -> None:
    """How soon the wanted ones were found: a picture, and the same as a table for those who do not see it."""
    if not report.effort:
        return
    head(desk.t("How soon the wanted items were found"))
    total = report.effort[-1][0]
    tenths = _tenths(report.effort)
    half = next(read for read, share in report.effort if share >= 0.5)
    said = desk.t(
        "Half of the wanted items were among the first {half} of {total} decisions.",
        half=desk.words.number(half),
        total=desk.words.number(total),
    )
    st.html(f'<p class="d-line">{safe(said)}</p>{_picture(desk, report.effort, said)}')
    with st.expander(desk.t("The same as a table")):
        heads: list[Head] = [(desk.t("Decided"), "n"), (desk.t("Found of the wanted"), "n")]
        table(heads, [row([desk.words.number(read), percent(desk, share)], heads) for read, share in tenths])


def _tenths(effort: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Some ten points of the curve, the last one always among them."""
    step = max(1, len(effort) // 10)
    kept = list(effort[step - 1 :: step])
    return kept if kept[-1] == effort[-1] else [*kept, effort[-1]]


def _picture(desk: Desk, effort: Sequence[tuple[int, float]], said: str) -> str:
    """The curve over what chance would have found. Drawn with clipped boxes, for st.html keeps no SVG."""
    total = effort[-1][0]
    curve = [(100 * read / total, 100 - 100 * share) for read, share in effort]
    rules = "".join(
        f'<i class="d-rule" style="bottom:{share}%"></i>'
        f'<span class="d-y" style="bottom:{share}%">{safe(percent(desk, share / 100))}</span>'
        for share in (0, 50, 100)
    )
    reads = "".join(
        f'<span class="d-x" style="left:{part}%">{safe(desk.words.number(round(total * part / 100)))}</span>'
        for part in (25, 50, 75, 100)
    )
    return (
        f'<figure class="d-picture"><figcaption class="t-note">'
        f"{safe(desk.t('Share of the wanted items found, by the number of decisions; dashed: in an order by chance'))}"
        f'</figcaption><div class="d-plot" role="img" aria-label="{safe(said)}">{rules}'
        f'<b class="d-area" style="clip-path:polygon(0% 100%,{_points(curve)},100% 100%)"></b>'
        f'<b class="d-chance" style="clip-path:polygon({_band([(0, 100), (100, 0)], 0.5)})"></b>'
        f'<b class="d-curve" style="clip-path:polygon({_band(curve, 0.8)})"></b>{reads}</div></figure>'
    )


def _points(line: Sequence[tuple[float, float]]) -> str:
    return ",".join(f"{x:.2f}% {y:.2f}%" for x, y in line)


def _band(line: Sequence[tuple[float, float]], half: float) -> str:
    """A line as the narrow area around it."""
    above, below = [(x, y - half) for x, y in line], [(x, y + half) for x, y in reversed(line)]
    return _points([*above, *below])


# -------------------------------------------------------------------------------------------- calibration and agreement


def _calibration(desk: Desk, report: Report) -> None:
    head(desk.t("Do probabilities keep their word?"))
    filled = [one for one in report.calibration if one.so.of]
    if not filled:
        shared.note(desk.t("No random check was decided yet. One item in ten of the queue is one."))
        return
    heads: list[Head] = [(desk.t("Probability said"), ""), (desk.t("It was so in"), "")]
    table(
        heads,
        [
            row([safe(f"{whole(desk, one.low)}–{percent(desk, one.high)}"), share_of(desk, one.so)], heads)
            for one in filled
        ],
    )
    if not math.isnan(report.calibration_error):
        shared.note(
            desk.t(
                "The probability that an item reports an initiative; on average it is off by {percent}.",
                percent=percent(desk, report.calibration_error),
            )
        )


def _agreement(desk: Desk, report: Report) -> None:
    head(desk.t("Machine and people"))
    heads: list[Head] = [
        (desk.t("On"), ""),
        (desk.t("They agree in"), ""),
        (desk.t("Beyond chance (kappa)"), "n"),
    ]
    rows = [row([safe(_question(desk, one.what)), *agreed(desk, one.agreement)], heads) for one in report.machine]
    if rows:
        table(heads, rows)
    else:
        shared.note(desk.t("none yet"))


def _question(desk: Desk, what: str) -> str:
    if what.startswith("issue:"):
        return desk.label("issues", what.removeprefix("issue:"))
    return {"initiative": desk.t("initiative or not"), "country": desk.t("the countries")}.get(what, what)


# ----------------------------------------------------------------------------------------------------------- the models


def _models(desk: Desk) -> None:
    head(desk.t("What was learnt from decisions"))
    found = desk.store.models(SHOWN_MODELS)
    if not found:
        shared.note(desk.t("No model yet: the word lists order the queue until five items of each kind are decided."))
        return
    editor, usable = may(desk.person, Role.EDITOR), desk.store.has_weights()
    for model in found:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"card-model-{model.version}"):
            st.html(_model(desk, model), width="stretch")
            if editor and model.state is ModelState.IN_SERVICE and model.put_by is not None:
                st.button(
                    desk.t("Let newer ones follow"), key=f"model-auto-{model.version}", on_click=_auto, args=(desk,)
                )
            elif editor and model.state is not ModelState.IN_SERVICE and model.version in usable:
                st.button(
                    desk.t("Use model {number}", number=model.version),
                    key=f"model-use-{model.version}",
                    on_click=_use,
                    args=(desk, model.version),
                )


def _model(desk: Desk, model: KeptModel) -> str:
    state = {
        ModelState.CANDIDATE: desk.t("good enough, waits"),
        ModelState.IN_SERVICE: desk.t("in service"),
        ModelState.RETIRED: desk.t("retired"),
        ModelState.REFUSED: desk.t("refused"),
    }[model.state]
    sign = {ModelState.IN_SERVICE: "d-good", ModelState.REFUSED: "d-bad"}.get(model.state, "t-note")
    facts = [
        desk.words.time(model.made_at),
        desk.words.n("from one decision", "from {n} decisions", model.made_of),
        *_scores(desk, model),
    ]
    return (
        f'<h3 class="d-line">{safe(desk.t("Model {number}", number=model.version))} '
        f'<span class="{sign}">{safe(state)}</span></h3><p class="t-meta">'
        + "".join(f"<span>{safe(fact)}</span>" for fact in facts)
        + f'</p><p class="t-note" lang="en">{safe(model.reason)}</p>'
    )


def _scores(desk: Desk, model: KeptModel) -> list[str]:
    """How it does on decisions that taught it nothing, beside the word lists on the same ones."""
    own, words = (model.scores.get(name, {}).get("initiative", {}) for name in ("tags", "word_lists"))
    if own.get("f1") is None:
        return [desk.t("no scores: too few decisions were held out")]
    figures = {
        name: desk.words.number(round(scores["f1"], 2))
        for name, scores in (("own", own), ("words", words))
        if scores.get("f1") is not None
    }
    said = desk.t("F1 {own} on {number} held-out decisions", own=figures["own"], number=desk.words.number(own["n"]))
    if "words" in figures:
        said += f" ({desk.t('the word lists {f1}', f1=figures['words'])})"
    return [said]


def _use(desk: Desk, version: int) -> None:
    with told():
        acts.use(desk.store, desk.still_here(), version)
        flash(desk.t("Model {number} is in service and stays until somebody says otherwise", number=version))


def _auto(desk: Desk) -> None:
    with told():
        model = acts.hand_back(desk.store, desk.still_here())
        flash(desk.t("Model {number} is in service until a newer one is no worse", number=model.version))
