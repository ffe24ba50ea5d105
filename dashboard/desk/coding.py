"""Coding: an accepted item becomes a complete initiative; a second analyst reads it before anybody else does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import streamlit as st
from pydantic import ValidationError

from dashboard.desk import shared, steps
from dashboard.desk.shared import Desk, flash, said, told
from tracker import review
from tracker.errors import BadInitiative
from tracker.model import (
    Actor,
    Initiative,
    InitiativeState,
    Origin,
    Record,
    RoughDate,
    StatusChange,
    Wording,
)
from tracker.store.initiatives import Evidence
from tracker.taxonomy import Described


def show(desk: Desk) -> None:
    number = st.session_state.get("coding-id")
    if asked := st.query_params.get("id"):
        number = int(asked) if asked.isdigit() else None
    if number is None:
        st.html(f'<h1 class="d-h1">{desk.t("Initiatives")}</h1>')
        st.info(desk.t("Choose an initiative from the list."))
        return
    st.session_state["coding-id"] = number
    with told():
        record = desk.store.record(number)
        _page(desk, record)


def _page(desk: Desk, record: Record) -> None:
    evidence = desk.store.evidence(record.id)
    _head(desk, record)
    left, right = st.columns([3, 2], gap="large")
    with left:
        editing = record.state in (InitiativeState.DRAFT, InitiativeState.WITHDRAWN) or st.toggle(
            desk.t("Edit (makes a new revision, which needs a second look again)"),
            key=f"edit-{record.id}-{record.revision}",
        )
        if editing:
            _form(desk, record, evidence)
        else:
            _read(desk, record)
    with right:
        steps.steps(desk, record, evidence)
        steps.evidence_of(desk, record, evidence)
        steps.history(desk, record)


def state_label(desk: Desk, state: InitiativeState) -> str:
    return {
        InitiativeState.DRAFT: desk.t("Draft"),
        InitiativeState.SECOND_LOOK: desk.t("Waits for a second look"),
        InitiativeState.APPROVED: desk.t("Public"),
        InitiativeState.WITHDRAWN: desk.t("Withdrawn"),
        InitiativeState.DROPPED: desk.t("Given up"),
    }[state]


def _head(desk: Desk, record: Record) -> None:
    language, wording = record.initiative.wording(desk.words.language)
    title = wording.title or desk.t("(no title yet)")
    public = ""
    if record.approved_revision is not None and record.approved_revision != record.revision:
        public = f"<span>{desk.t('the public sees revision {number}', number=record.approved_revision)}</span>"
    sample = (
        f'<p class="t-banner">{desk.t("Sample: invented for practice, nothing of it is real.")}</p>'
        if record.sample
        else ""
    )
    st.html(
        sample
        + said(title, language, tag="h1", css="d-h1")
        + f'<p class="t-meta"><span>#{record.id}</span><span>{state_label(desk, record.state)}</span>'
        + f"<span>{desk.t('revision {number}', number=record.revision)}</span>{public}</p>"
    )


# ------------------------------------------------------------------------------------------------------------- form


def _form(desk: Desk, record: Record, evidence: list[Evidence]) -> None:
    now_is = record.initiative
    # A new revision has new keys: what is on screen is what is stored, plus what this analyst has typed since.
    key = f"{record.id}-{record.revision}"
    hints = _hints(desk, evidence)
    with st.form(f"coding-{key}", border=False, enter_to_submit=False):
        wordings = _wordings(desk, now_is, key)
        issues = _codes(desk, "issues", desk.t("Issues, the primary one first"), now_is.issues, key, hints)
        types = _codes(desk, "types", desk.t("Types, the primary one first"), now_is.types, key, hints)
        bias = _codes(desk, "bias_grounds", desk.t("Bias grounds (hate crime)"), now_is.bias_grounds, key)
        names = dict(desk.words.countries(shared.all_countries()))
        countries = st.multiselect(
            desk.t("Countries"),
            list(names),
            default=[code for code in now_is.countries if code in names],
            format_func=names.__getitem__,
            key=f"countries-{key}",
            placeholder=desk.t("None: international"),
            help=hints.get("countries"),
        )
        one, two, three = st.columns(3)
        subdivision = one.text_input(
            desk.t("Subdivision (ISO 3166-2)"), now_is.subdivision, key=f"subdivision-{key}", placeholder="CA-QC"
        )
        locality = two.text_input(desk.t("Town or area"), now_is.locality, key=f"locality-{key}")
        with three:
            geo_level = _one(desk, "geo_levels", desk.t("Reach"), now_is.geo_level, key)
        actors = _actors(desk, now_is, key)
        targets = _codes(desk, "targets", desk.t("For whom"), now_is.targets, key)
        covid_link = _one(desk, "covid_links", desk.t("Link to COVID-19"), now_is.covid_link, key)
        one, two, three = st.columns(3)
        announced = _date(one, desk.t("Announced"), now_is.announced, f"announced-{key}")
        start = _date(two, desk.t("Start"), now_is.start, f"start-{key}")
        end = _date(three, desk.t("End"), now_is.end, f"end-{key}")
        shared.note(desk.t("Dates as exactly as they are known: 2020-04-17, 2020-04 or 2020."))
        one, two = st.columns(2)
        with one:
            status = _one(desk, "statuses", desk.t("Status"), now_is.status, key)
        status_on = _date(two, desk.t("Since"), None, f"status-on-{key}")
        with st.expander(desk.t("Money, contact, grade of evidence, notes")):
            one, two, three = st.columns(3)
            amount = one.number_input(
                desk.t("Amount"), min_value=0.0, value=now_is.amount, key=f"amount-{key}", placeholder=""
            )
            currency = two.text_input(
                desk.t("Currency (ISO 4217)"), now_is.currency, key=f"currency-{key}", placeholder="CAD"
            )
            recipients = three.text_input(desk.t("Recipients"), now_is.recipients, key=f"recipients-{key}")
            shared.note(
                desk.t("Contact: only what its owner has published for everybody. Never the place of a shelter.")
            )
            one, two, three = st.columns(3)
            phone = one.text_input(desk.t("Telephone"), now_is.contact.phone, key=f"phone-{key}")
            url = two.text_input(desk.t("Web address"), now_is.contact.url or "", key=f"url-{key}")
            hours = three.text_input(desk.t("Hours"), now_is.contact.hours, key=f"hours-{key}")
            grade = _one(desk, "evidence_grades", desk.t("Grade of evidence"), now_is.evidence_grade, key)
            keywords = st.text_input(
                desk.t("Keywords, separated by commas"), ", ".join(now_is.keywords), key=f"keywords-{key}"
            )
            why_promising = st.text_area(desk.t("Why promising"), now_is.why_promising, key=f"promising-{key}")
            challenges = st.text_area(desk.t("Challenges"), now_is.challenges, key=f"challenges-{key}")
        reason = st.text_input(desk.t("What changed and why (for the history)"), key=f"reason-{key}")
        saved = st.form_submit_button(desk.t("Save the draft"), type="primary")
        sent = st.form_submit_button(desk.t("Save and send to the second look"))
    if not (saved or sent):
        return
    changed = status != now_is.status or bool(status_on)
    with told():
        content = _content(
            desk,
            now_is,
            wordings=wordings,
            issues=issues,
            types=types,
            bias_grounds=bias,
            countries=countries,
            subdivision=subdivision.strip().upper(),
            locality=locality.strip(),
            geo_level=geo_level,
            actors=actors,
            targets=targets,
            covid_link=covid_link,
            announced=announced,
            start=start,
            end=end,
            status=status or "unknown",
            amount=amount,
            currency=currency.strip().upper(),
            recipients=recipients.strip(),
            contact={"phone": phone.strip(), "url": url.strip() or None, "hours": hours.strip()},
            evidence_grade=grade,
            keywords=[word.strip() for word in keywords.split(",") if word.strip()],
            why_promising=why_promising.strip(),
            challenges=challenges.strip(),
            status_since=status_on if changed else None,
        )
        kept = review.save(
            desk.store, desk.taxonomy, desk.person, record.id, record.revision, content, shared.now(), reason
        )
        if sent:
            try:
                kept = review.submit(
                    desk.store, desk.person, kept.id, kept.revision, desk.settings.languages, shared.now()
                )
            except BadInitiative as problem:  # saved all the same: say so after the page is drawn anew
                st.session_state["coding-problem"] = str(problem)
        flash(desk.t("Saved") if kept.state is InitiativeState.DRAFT else desk.t("Waits for a second look"))
        st.rerun()


def _content(desk: Desk, before: Initiative, **fields: Any) -> Initiative:
    """The form as an initiative. Raises BadInitiative naming each field that cannot be so."""
    problems: list[str] = []
    labels = {
        "announced": desk.t("Announced"),
        "start": desk.t("Start"),
        "end": desk.t("End"),
        "status_since": desk.t("Since"),
        "subdivision": desk.t("Subdivision (ISO 3166-2)"),
        "currency": desk.t("Currency (ISO 4217)"),
        "contact": desk.t("Web address"),
        "wordings": desk.t("Title"),
    }
    for name in ("announced", "start", "end", "status_since"):
        try:
            fields[name] = RoughDate.parse(fields[name]) if fields[name] else None
        except ValueError as problem:
            problems.append(f"{labels[name]}: {problem}")
            fields[name] = None
    since, history = fields.pop("status_since"), list(before.status_history)
    if fields["status"] != before.status or since:
        history.append(StatusChange(status=fields["status"], on=since))
    try:
        content = Initiative.model_validate({**before.model_dump(), **fields, "status_history": history})
    except ValidationError as wrong:
        for one in wrong.errors():
            field = str(one["loc"][0])
            problems.append(f"{labels.get(field, field)}: {one['msg'].removeprefix('Value error, ')}")
    if problems:
        raise BadInitiative("; ".join(problems))
    return content


def _wordings(desk: Desk, now_is: Initiative, key: str) -> dict[str, Wording]:
    """Title and summary in the public languages, and in the source's own where that is another."""
    codes = [*desk.settings.languages, *(code for code in now_is.wordings if code not in desk.settings.languages)]
    labels = []
    for code in codes:
        there = bool(now_is.wordings.get(code, Wording()).title)
        labels.append(desk.words.tongue(code) + ("" if there else f" ({desk.t('missing')})"))
    found: dict[str, Wording] = {}
    # Open the language that has something in it; an analyst reads before translating.
    first = next((label for code, label in zip(codes, labels, strict=True) if code in now_is.wordings), labels[0])
    for code, tab in zip(codes, st.tabs(labels, default=first), strict=True):
        was = now_is.wordings.get(code, Wording())
        with tab:
            title = st.text_input(desk.t("Title"), was.title, max_chars=300, key=f"title-{code}-{key}")
            summary = st.text_area(
                desk.t("Summary"), was.summary, max_chars=5000, height=140, key=f"summary-{code}-{key}"
            )
            if was.title:
                shared.note(_origin(desk, was.origin))
        if title.strip() or summary.strip():
            origin = was.origin if (title, summary) == (was.title, was.summary) else Origin.HUMAN
            found[code] = Wording(title=title.strip(), summary=summary.strip(), origin=origin)
    return found


def _origin(desk: Desk, origin: Origin) -> str:
    return {
        Origin.HUMAN: desk.t("Written by an analyst."),
        Origin.MACHINE: desk.t("Translated by a machine; not yet read by a person."),
        Origin.SOURCE: desk.t("In the source's own words."),
    }[origin]


def _codes(
    desk: Desk, group: str, label: str, chosen: Iterable[str], key: str, hints: dict[str, str] | None = None
) -> list[str]:
    codes = desk.taxonomy.codes(group)
    return st.multiselect(
        label,
        codes,
        default=[code for code in chosen if code in codes],
        format_func=lambda code: f"{code} {desk.label(group, code)}" if group == "types" else desk.label(group, code),
        key=f"{group}-{key}",
        help=_guideline(desk, group, (hints or {}).get(group)),
        placeholder=desk.t("Choose"),
    )


def _one(desk: Desk, group: str, label: str, chosen: str | None, key: str) -> str | None:
    codes: list[str | None] = [None, *desk.taxonomy.codes(group)]
    return st.selectbox(
        label,
        codes,
        index=codes.index(chosen) if chosen in codes else 0,
        format_func=lambda code: "" if code is None else desk.label(group, code),
        key=f"{group}-{key}",
        placeholder=desk.t("Choose"),
    )


def _date(place: Any, label: str, was: RoughDate | None, key: str) -> str:
    written: str = place.text_input(label, str(was) if was else "", key=key, placeholder=str(date(2020, 4, 17)))
    return written.strip()


def _actors(desk: Desk, now_is: Initiative, key: str) -> list[Actor]:
    """Who takes the initiative: as many lines as there are, and one more."""
    kinds: list[str | None] = [None, *desk.taxonomy.codes("actor_kinds")]
    levels: list[str | None] = [None, *desk.taxonomy.codes("actor_levels")]
    roles = list(desk.taxonomy.codes("actor_roles"))
    found = []
    st.markdown(f"**{desk.t('Actors')}**")
    for number, was in enumerate([*now_is.actors, None]):
        one, two, three, four = st.columns([4, 3, 2, 2])
        shows: Any = "visible" if number == 0 else "collapsed"
        name = one.text_input(
            desk.t("Name"), was.name if was else "", key=f"actor-{number}-{key}", label_visibility=shows
        )
        kind = two.selectbox(
            desk.t("Kind"),
            kinds,
            index=kinds.index(was.kind) if was and was.kind in kinds else 0,
            format_func=lambda code: "" if code is None else desk.label("actor_kinds", code),
            key=f"actor-kind-{number}-{key}",
            placeholder=desk.t("Choose"),
            label_visibility=shows,
        )
        level = three.selectbox(
            desk.t("Level"),
            levels,
            index=levels.index(was.level) if was and was.level in levels else 0,
            format_func=lambda code: "" if code is None else desk.label("actor_levels", code),
            key=f"actor-level-{number}-{key}",
            placeholder=desk.t("Choose"),
            label_visibility=shows,
        )
        role = four.selectbox(
            desk.t("Role"),
            roles,
            index=roles.index(was.role) if was and was.role in roles else 0,
            format_func=lambda code: desk.label("actor_roles", code),
            key=f"actor-role-{number}-{key}",
            label_visibility=shows,
        )
        if name.strip():
            found.append(Actor(name=name.strip(), kind=kind, level=level, role=role))
    return found


def _hints(desk: Desk, evidence: list[Evidence]) -> dict[str, str]:
    """What the machine suggests of the items behind this initiative, by group; it never fills in by itself."""
    found: dict[str, list[str]] = {"issues": [], "types": [], "countries": []}
    for one in evidence:
        suggestion = desk.store.item(one.item.id, desk.now).suggestion
        for group, scored in (
            ("issues", suggestion.issues),
            ("types", suggestion.types),
            ("countries", suggestion.countries),
        ):
            for each in scored[:4]:
                name = desk.words.country(each.code) if group == "countries" else desk.label(group, each.code)
                found[group].append(f"{name} ({', '.join(each.terms[:3])})" if each.terms else name)
    return {
        group: desk.t("The machine suggests: {names}", names="; ".join(dict.fromkeys(names)))
        for group, names in found.items()
        if names
    }


def _guideline(desk: Desk, group: str, hint: str | None) -> str | None:
    """The codebook's lines for a control: what each code takes in and leaves out."""
    language, lines = desk.words.language, []
    for term in desk.taxonomy.group(group):
        if isinstance(term, Described):
            line = f"**{desk.label(group, term.code)}**: {term.in_scope.get(language)}"
            line += f" *{desk.t('Not')}:* {term.out_of_scope.get(language)}"
            lines.append(line)
    both = [*([hint] if hint else []), *lines]
    return "\n\n".join(both) or None


# ---------------------------------------------------------------------------------------------------------- reading


def _read(desk: Desk, record: Record) -> None:
    content = record.initiative
    parts = []
    for code, wording in content.wordings.items():
        about = f"{shared.safe(desk.words.tongue(code))} · {_origin(desk, wording.origin)}"
        parts.append(
            f'<section class="d-wording"><p class="t-note">{about}</p>'
            + said(wording.title, code, tag="h2")
            + said(wording.summary, code, tag="p", css="t-summary")
            + "</section>"
        )
    facts = [
        (desk.t("Issues"), desk.labels("issues", content.issues)),
        (desk.t("Types"), desk.labels("types", content.types)),
        (desk.t("Bias grounds (hate crime)"), desk.labels("bias_grounds", content.bias_grounds)),
        (desk.t("Countries"), desk.countries(content.countries) or desk.t("International")),
        (desk.t("Place"), ", ".join(part for part in (content.locality, content.subdivision) if part)),
        (desk.t("Actors"), "; ".join(actor.name for actor in content.actors)),
        (desk.t("For whom"), desk.labels("targets", content.targets)),
        (desk.t("Announced"), str(content.announced or "")),
        (desk.t("Start"), str(content.start or "")),
        (desk.t("End"), str(content.end or "")),
        (desk.t("Status"), desk.label("statuses", content.status)),
        (
            desk.t("Amount"),
            f"{desk.words.number(content.amount)} {content.currency}" if content.amount is not None else "",
        ),
        (
            desk.t("Contact"),
            " · ".join(part for part in (content.contact.phone, content.contact.url, content.contact.hours) if part),
        ),
    ]
    rows = "".join(
        f"<dt>{shared.safe(name)}</dt><dd dir='auto'>{shared.safe(value)}</dd>" for name, value in facts if value
    )
    st.html("".join(parts) + f'<dl class="t-facts">{rows}</dl>')
