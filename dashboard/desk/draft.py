"""What one analyst has on the form of an initiative: as it was saved, as it was suggested, as they have typed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import streamlit as st

from dashboard.desk import form, shared
from dashboard.desk.form import Problem, Raw, Understood
from dashboard.desk.shared import Desk, flash
from dashboard.shown import FIELDS
from tracker import drafting, review
from tracker.errors import BadInitiative, TrackerError
from tracker.model import LACKS, Record, Scored, Shortcoming, Waiting, Wording, shortcomings
from tracker.store.drafting import WorkingCopy

BAR = "coding-bar"  # the part of the page that says what is kept and what is missing


@dataclass
class Draft:
    """The form of one revision. Its parts are redrawn alone, and all of them hold this same draft."""

    record: Record
    start: Raw  # as saved, with what is suggested chosen beforehand
    raw: Raw  # as typed
    beforehand: Raw = field(default_factory=dict)  # what stands chosen because the machine suggests it, by name
    said: dict[str, tuple[Scored, ...]] = field(default_factory=dict)
    suggestion_ids: tuple[int, ...] = ()
    own_words: dict[str, Wording] = field(default_factory=dict)  # of the sources, by language
    kept_at: datetime | None = None

    def key(self, name: str) -> str:
        """The name of a field's widget. A new revision has new ones: what is on screen is what was read."""
        return f"code-{self.record.id}-{self.record.revision}-{name.replace('.', '-')}"

    def value(self, name: str) -> Any:
        first, _, rest = name.partition(".")
        empty = form.ROWS[first][rest.partition(".")[2]] if first in form.ROWS else ""
        return self.raw.get(name, empty)

    def understood(self) -> Understood:
        return form.read(self.raw, self.record.initiative, self.own_words, self.beforehand)

    def suggested(self, name: str, code: str) -> bool:
        """Whether a code stands chosen only because it was suggested."""
        there = self.beforehand.get(name, ())
        return code == there or (isinstance(there, list) and code in there)


def open_draft(desk: Desk, record: Record, waiting: Sequence[Waiting], copy: WorkingCopy | None) -> Draft:
    """The form as this person left it, or as the record is; with suggestions where nobody has coded it yet."""
    own_words: dict[str, Wording] = {}
    for one in waiting:
        language, wording = review.own_words(one)
        own_words.setdefault(language, wording)
    saved = form.typed(record.initiative, [*desk.settings.languages, *own_words])
    said: dict[str, tuple[Scored, ...]] = {}
    beforehand: Raw = {}
    suggestions = [one.suggestion for one in waiting]
    if record.revision == 1:
        said = drafting.said(suggestions)
        codes = drafting.chosen_beforehand(record.initiative, suggestions, desk.taxonomy)
        beforehand = {name: list(chosen) for name, chosen in codes.items() if name != "actor_kinds"}
        if kinds := codes.get("actor_kinds"):
            beforehand["actor.0.kind"] = kinds[0]
    start = saved | beforehand
    return Draft(
        record=record,
        start=start,
        raw=start | {name: value for name, value in (copy.fields if copy else {}).items() if form.known(name)},
        beforehand=beforehand,
        said=said,
        suggestion_ids=tuple(one.suggestion_id for one in waiting if one.suggestion_id) if said else (),
        own_words=own_words,
        kept_at=copy.at if copy else None,
    )


def missing(desk: Desk, understood: Understood) -> list[Shortcoming]:
    """What the second look will ask for, of the form as it stands."""
    return shortcomings(understood.content, desk.settings.languages, desk.now.date())


# ---------------------------------------------------------------------------------------------------------- keeping


def changed(desk: Desk, draft: Draft, part: str) -> None:
    """Keeps what was typed as this person's own, and draws the part anew where it was typed."""
    try:
        gather(desk, draft)
        moved = desk.store.record_revision(draft.record.id) != draft.record.revision
    except TrackerError as problem:
        st.session_state["coding-problem"] = desk.words.tell(problem.sentence)
        st.rerun()
    if moved:
        st.rerun()  # somebody saved meanwhile: the page says so
    st.rerun(scope=[part, BAR])


def gather(desk: Desk, draft: Draft) -> None:
    """Takes over what stands in the widgets. Raises NotAllowed when the sign-in has ended since."""
    typed = {}
    for name in names(draft):
        key = draft.key(name)
        if key in st.session_state and (value := st.session_state[key]) != draft.value(name):
            typed[name] = value
    keep(desk, draft, typed)


def keep(desk: Desk, draft: Draft, typed: Raw) -> None:
    if not typed:
        return
    kept = review.keep(desk.store, desk.still_here(), draft.record.id, draft.record.revision, typed, shared.now())
    draft.raw = draft.raw | typed
    draft.kept_at = kept.at


def names(draft: Draft) -> list[str]:
    """Every name that a widget can have: those of the form, and one more line of each group."""
    further = [f"{group}.{form.lines(draft.raw, group)}.{part}" for group, parts in form.ROWS.items() for part in parts]
    return list(dict.fromkeys([*draft.raw, *further]))


def save(desk: Desk, draft: Draft, *, send: bool) -> None:
    """Saves a revision, and sends it to the second look. What cannot be understood is told beside its field."""
    try:
        person = desk.still_here()
        gather(desk, draft)
        understood = draft.understood()
        if understood.problems:
            fields = ", ".join(dict.fromkeys(label(desk, name) for name in understood.problems))
            told = desk.t("Not saved yet. What is marked below cannot be understood: {fields}.", fields=fields)
            st.session_state["coding-problem"] = told
            st.session_state["coding-go"] = draft.key(next(iter(understood.problems)))
            st.rerun()
        kept = review.save(
            desk.store,
            desk.taxonomy,
            person,
            draft.record.id,
            draft.record.revision,
            understood.content,
            shared.now(),
            str(draft.raw.get("reason", "")).strip(),
            draft.suggestion_ids,
        )
        flash(desk.t("Saved"))
        if send:
            try:
                review.submit(desk.store, person, kept.id, kept.revision, desk.settings.languages, shared.now())
                flash(desk.t("Waits for a second look"))
            except BadInitiative as problem:  # saved all the same: say so after the page is drawn anew
                lacks = missing(desk, understood)
                told = "; ".join(f"{label(desk, one.field)}: {lack_text(desk, one)}" for one in lacks)
                told = told or desk.words.tell(problem.sentence)
                st.session_state["coding-lacks"] = told
    except TrackerError as problem:
        st.session_state["coding-problem"] = desk.words.tell(problem.sentence)
    st.rerun()


def label(desk: Desk, name: str) -> str:
    """What a field of the form or of an initiative is called in a sentence."""
    first = name.partition(".")[0]
    known = FIELDS.get(first) or FIELDS.get(form.fields_of(first)[0])
    return desk.t(known) if known else first


def problem_text(desk: Desk, problem: Problem) -> str:
    return desk.t(problem.sentence, **problem.facts)


def lack_text(desk: Desk, lack: Shortcoming) -> str:
    return desk.t(LACKS[lack.lack], **lack.facts)
