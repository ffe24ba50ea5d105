"""What does each code mean? Limits, examples, uses and versions of all of them; to be searched and printed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.figures import head
from dashboard.desk.shared import Desk, safe
from dashboard.desk.source_parts import Head, row, table
from dashboard.words import LANGUAGES
from tracker.store.codes import Uses
from tracker.taxonomy import GROUPS, Described, Reason, Term, Type, Wordings

COUNTED_FOR = timedelta(minutes=1)  # a count goes through every initiative: not at each letter of a search


def show(desk: Desk) -> None:
    taxonomy = desk.taxonomy
    st.html(
        f'<h1 class="d-h1">{safe(desk.t("Codebook"))}</h1><p class="t-lead">'
        + safe(
            desk.t(
                "Version {version}: what each code means, what does not belong to it, and how often it is used. "
                "A code never changes its meaning; a new meaning is a new code in a new version.",
                version=taxonomy.version,
            )
        )
        + "</p>"
    )
    asked = st.query_params.get("code", "")
    with st.container(horizontal=True, vertical_alignment="bottom", key="codebook-choice"):
        text = st.text_input(
            desk.t("Code or words"), key="codebook-text", placeholder=desk.t("such as: A1, shelter, opinion"), width=320
        )
        group = st.selectbox(
            desk.t("Group"),
            GROUPS,
            index=None,
            format_func=lambda code: group_name(desk, code),
            placeholder=desk.t("All"),
            key="codebook-group",
            width=280,
        )
        every = st.toggle(desk.t("All three languages"), key="codebook-languages")
    uses = _uses(desk)
    if asked and not text and group is None:
        _one(desk, asked, uses)
        return
    languages = [desk.words.language, *(code for code in LANGUAGES if code != desk.words.language)]
    shown = 0
    for name in [group] if group else GROUPS:
        terms = [term for term in taxonomy.group(name) if _matches(term, text)]
        if terms:
            shown += len(terms)
            _group(desk, name, terms, uses, languages if every else languages[:1])
    if not shown:
        st.info(desk.t("No code has these words."))
    if not text and group is None:
        _versions(desk)


def _one(desk: Desk, code: str, uses: Uses) -> None:
    """The code of a deep link, in whichever groups it stands, in all languages."""
    found = [(name, term) for name in GROUPS for term in desk.taxonomy.group(name) if term.code == code]
    way = f'<a href="/codebook" target="_self">{safe(desk.t("All codes"))}</a>'
    st.html(f'<p class="t-noprint">{way}</p>')
    if not found:
        st.info(desk.t("There is no code {code} in version {version}.", code=code, version=desk.taxonomy.version))
    for name, term in found:
        _group(desk, name, [term], uses, [desk.words.language, *(x for x in LANGUAGES if x != desk.words.language)])


def _matches(term: Term, text: str) -> bool:
    """Whether all the words are in its code, wordings or limits, in any language, accents and case aside."""
    if not text.strip():
        return True
    texts = [term.label]
    if isinstance(term, Described):
        texts += [term.in_scope, term.out_of_scope, *term.examples]
    said = " ".join([term.code, *(one.get(language) for one in texts for language in LANGUAGES)])
    return shared.matches(text)(said)


def _uses(desk: Desk) -> Uses:
    kept = cast("tuple[datetime, Uses] | None", st.session_state.get("codebook-uses"))
    if kept is None or desk.now - kept[0] > COUNTED_FOR:
        kept = (desk.now, desk.store.code_uses())
        st.session_state["codebook-uses"] = kept
    return kept[1]


# -------------------------------------------------------------------------------------------------------------- drawing


def _group(desk: Desk, name: str, terms: Iterable[Term], uses: Uses, languages: list[str]) -> None:
    head(group_name(desk, name), f"group-{name}")
    if name in ("issues", "types"):
        st.html("".join(_described(desk, name, term, uses, languages) for term in terms if isinstance(term, Described)))
        return
    # One column for each language that is asked for, and what the group has besides.
    extra = [(desk.t("Enough from one person"), "")] if name == "exclusion_reasons" else []
    heads: list[Head] = [
        (desk.t("Code"), ""),
        *((desk.words.tongue(language), "") for language in languages),
        *extra,
        (desk.t("At the desk"), "n"),
        (desk.t("Public"), "n"),
    ]
    lines = []
    for term in terms:
        cells = [f'<a href="/codebook?code={safe(term.code)}" target="_self"><code>{safe(term.code)}</code></a>']
        cells += [f'<span lang="{language}">{safe(term.label.get(language))}</span>' for language in languages]
        if extra:
            cells.append(safe(desk.t("yes")) if isinstance(term, Reason) and term.safe else "")
        cells += [desk.words.number(counted[name, term.code]) for counted in uses]
        lines.append(row(cells, heads))
    table(heads, lines)


def _described(desk: Desk, name: str, term: Described, uses: Uses, languages: list[str]) -> str:
    """A code with its limits, as a small article."""
    used = desk.t(
        "used {desk} times at the desk, {public} in public",
        desk=desk.words.number(uses.desk[name, term.code]),
        public=desk.words.number(uses.public[name, term.code]),
    )
    facts = [used]
    if isinstance(term, Type):
        facts.insert(0, desk.label("type_families", term.family))
        if term.unw:
            facts.append(
                desk.t("UNDP–UN Women: {name}", name=" · ".join(filter(None, (term.unw.type, term.unw.subtype))))
            )
    limits = "".join(_limits(desk, term, language, alone=len(languages) == 1) for language in languages)
    link = f'<a href="/codebook?code={safe(term.code)}" target="_self"><code>{safe(term.code)}</code></a>'
    return (
        f'<article class="d-code"><h3 class="d-line">{link} {safe(term.label.get(languages[0]))}</h3>'
        '<p class="t-meta">' + "".join(f"<span>{safe(fact)}</span>" for fact in facts) + f"</p>{limits}</article>"
    )


def _limits(desk: Desk, term: Described, language: str, *, alone: bool) -> str:
    from dashboard.words import words

    w = words(language)  # a text in another language stands under that language's headings

    def of(texts: Wordings) -> str:
        return safe(texts.get(language))

    title = "" if alone else f"<p><strong>{safe(term.label.get(language))}</strong></p>"
    examples = "; ".join(of(one) for one in term.examples)
    del desk
    return (
        f'<div lang="{language}">{title}<dl><dt>{safe(w.t("Belongs"))}</dt><dd>{of(term.in_scope)}</dd>'
        f"<dt>{safe(w.t('Does not'))}</dt><dd>{of(term.out_of_scope)}</dd>"
        f"<dt>{safe(w.t('For example'))}</dt><dd>{examples}</dd></dl></div>"
    )


def _versions(desk: Desk) -> None:
    head(desk.t("Versions in use"))
    seen = desk.store.codebooks_seen()
    if not seen:
        shared.note(desk.t("No decision names a version yet; this one is {version}.", version=desk.taxonomy.version))
        return
    heads: list[Head] = [
        (desk.t("Version"), ""),
        (desk.t("First used"), ""),
        (desk.t("Last used"), ""),
        (desk.t("Decisions and revisions"), "n"),
    ]
    table(
        heads,
        [
            row(
                [
                    safe(one.version)
                    + (
                        f' <span class="t-tag">{safe(desk.t("now"))}</span>'
                        if one.version == desk.taxonomy.version
                        else ""
                    ),
                    safe(desk.words.date(one.first)),
                    safe(desk.words.date(one.last)),
                    desk.words.number(one.times),
                ],
                heads,
            )
            for one in seen
        ],
    )


def group_name(desk: Desk, name: str) -> str:
    """What a group of codes is called."""
    return {
        "issues": desk.t("Issues"),
        "type_families": desk.t("Families of types"),
        "types": desk.t("Types"),
        "bias_grounds": desk.t("Grounds of bias"),
        "actor_kinds": desk.t("Kinds of actors"),
        "actor_levels": desk.t("Levels of actors"),
        "actor_roles": desk.t("Roles of actors"),
        "targets": desk.t("For whom"),
        "covid_links": desk.t("Link to COVID-19"),
        "statuses": desk.t("Status"),
        "geo_levels": desk.t("Reach"),
        "evidence_grades": desk.t("Grades of evidence"),
        "exclusion_reasons": desk.t("Reasons for leaving out"),
        "evidence_roles": desk.t("What a source is to an initiative"),
    }[name]
