"""What does an initiative say, for somebody who reads it at the desk and changes nothing?"""

from __future__ import annotations

import streamlit as st

from dashboard.desk.form_parts import origin
from dashboard.desk.shared import Desk, safe, said
from dashboard.shown import CONFIDENCE
from tracker.model import Initiative, Record, RoughDate
from tracker.places import place


def read(desk: Desk, record: Record) -> None:
    content = record.initiative
    parts = []
    for code, wording in content.wordings.items():
        about = f"{safe(desk.words.tongue(code))} · {safe(origin(desk, wording.origin))}"
        parts.append(
            f'<section class="d-wording"><p class="t-note">{about}</p>'
            + said(wording.title, code, tag="h2")
            + said(wording.summary, code, tag="p", css="t-summary")
            + "</section>"
        )
    rows = "".join(
        f"<dt>{safe(name)}</dt><dd dir='auto'>{safe(value)}</dd>" for name, value in _facts(desk, content) if value
    )
    st.html("".join(parts) + f'<dl class="t-facts">{rows}</dl>')


def _facts(desk: Desk, content: Initiative) -> list[tuple[str, str]]:
    t, words = desk.t, desk.words
    contact = content.contact
    others = [f"#{id}" for id in content.related]
    history = [
        " ".join(filter(None, [f"{_date(desk, change.on)}:" if change.on else "",
                               desk.label("statuses", change.status), change.note and f"({change.note})"]))
        for change in content.status_history
    ]  # fmt: skip
    indigenous = {None: "", True: t("Yes"), False: t("No")}[content.indigenous_relevance]
    return [
        (t("Issues"), desk.labels("issues", content.issues)),
        (t("Types"), desk.labels("types", content.types)),
        (t("Bias grounds (hate crime)"), desk.labels("bias_grounds", content.bias_grounds)),
        (t("For whom"), desk.labels("targets", content.targets)),
        (t("Link to COVID-19"), _label(desk, "covid_links", content.covid_link)),
        (t("Countries"), desk.countries(content.countries) or t("International")),
        (t("Place"), ", ".join([*filter(None, [content.locality]),
                                *(place(code, words.language) for code in content.subdivisions)])),
        (t("Reach"), _label(desk, "geo_levels", content.geo_level)),
        (t("Actors"), "; ".join(_actor(desk, content, number) for number in range(len(content.actors)))),
        (t("Announced"), _date(desk, content.announced)),
        (t("Start"), _date(desk, content.start)),
        (t("End"), _date(desk, content.end)),
        (t("Status"), desk.label("statuses", content.status)),
        (t("Status over time"), "; ".join(history)),
        (t("Contact"), " · ".join(part for part in (contact.phone, contact.url, contact.hours) if part)),
        (t("Amount"), f"{words.number(content.amount)} {content.currency}" if content.amount is not None else ""),
        (t("Recipients"), content.recipients),
        (t("Grade of evidence"), _label(desk, "evidence_grades", content.evidence_grade)),
        (t("Confidence"), t(CONFIDENCE[content.confidence]) if content.confidence else ""),
        (t("Relevance to Indigenous peoples"), indigenous),
        (t("Why promising"), content.why_promising),
        (t("Challenges"), content.challenges),
        (t("Keywords"), ", ".join(content.keywords)),
        (t("Update of"), f"#{content.previous}" if content.previous is not None else ""),
        (t("Related initiatives"), ", ".join(others)),
        (t("Further reading"), "; ".join(" ".join(filter(None, [one.title, one.url]))
                                         for one in content.further_reading)),
    ]  # fmt: skip


def _label(desk: Desk, group: str, code: str | None) -> str:
    return desk.label(group, code) if code else ""


def _date(desk: Desk, rough: RoughDate | None) -> str:
    return desk.words.date(rough) if rough else ""


def _actor(desk: Desk, content: Initiative, number: int) -> str:
    actor = content.actors[number]
    about = [_label(desk, "actor_kinds", actor.kind), _label(desk, "actor_levels", actor.level)]
    about.append(desk.label("actor_roles", actor.role) if actor.role != "lead" else "")
    told = ", ".join(filter(None, about))
    return f"{actor.name} ({told})" if told else actor.name
