"""What an initiative was: its fields in words, what each revision changed, and what can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.shared import Desk, flash, told
from dashboard.shown import FIELDS
from tracker import merging, second_look
from tracker.model import Initiative, InitiativeState, Record, Role, RoughDate
from tracker.people import may
from tracker.store.acts import Act, Did

_GROUPS = {
    "issues": "issues",
    "types": "types",
    "bias_grounds": "bias_grounds",
    "targets": "targets",
    "geo_level": "geo_levels",
    "covid_link": "covid_links",
    "status": "statuses",
    "evidence_grade": "evidence_grades",
}


def field_name(desk: Desk, field: str) -> str:
    """A field as a person calls it: `Title (French)`."""
    part, _, language = field.partition("_")
    if field in FIELDS:
        name = desk.t(FIELDS[field])
    elif part in ("title", "summary"):
        name = f"{desk.t(FIELDS[part])} ({desk.words.tongue(language)})"
    elif part == "wording":
        name = f"{desk.t('title and summary')} ({desk.words.tongue(language)})"
    else:
        name = field
    return name[:1].upper() + name[1:]


def value_of(initiative: Initiative, field: str) -> Any:
    """What a field says, as the plain value that revisions tell differences in."""
    plain = initiative.model_dump(mode="json")
    part, _, language = field.partition("_")
    if part in ("title", "summary", "wording") and field not in plain:
        wording = plain["wordings"].get(language) or {}
        return wording.get(part, "") if part != "wording" else " — ".join(filter(None, map(wording.get, _WORDING)))
    return plain[field]


_WORDING = ("title", "summary")


def said(desk: Desk, field: str, value: Any) -> str:
    """A plain value in words; empty when it says nothing."""
    if value in (None, "", [], {}):
        return ""
    if field in _GROUPS:
        codes = value if isinstance(value, list) else [value]
        return desk.labels(_GROUPS[field], codes)
    if field == "countries":
        return desk.countries(value)
    special: dict[str, Callable[[], str]] = {
        "actors": lambda: "; ".join(_actor(desk, one) for one in value),
        "status_history": lambda: "; ".join(_status(desk, one) for one in value),
        "contact": lambda: " · ".join(str(part) for part in value.values() if part),
        "keywords": lambda: ", ".join(value),
        "amount": lambda: desk.words.number(value),
        "further_reading": lambda: "; ".join(one["title"] or one["url"] for one in value),
        "related": lambda: ", ".join(f"#{id}" for id in value),
        "previous": lambda: f"#{value}",
        "subdivisions": lambda: ", ".join(value),
    }
    if field in ("announced", "start", "end"):
        return desk.words.date(RoughDate.model_validate(value))
    return special[field]() if field in special else str(value)


def _actor(desk: Desk, actor: dict[str, Any]) -> str:
    about = [desk.label("actor_kinds", actor["kind"])] if actor.get("kind") else []
    about += [desk.label("actor_levels", actor["level"])] if actor.get("level") else []
    about += [desk.label("actor_roles", actor["role"])] if actor.get("role") else []
    return f"{actor['name']} ({', '.join(about)})" if about else str(actor["name"])


def _status(desk: Desk, change: dict[str, Any]) -> str:
    when = desk.words.date(RoughDate.model_validate(change["on"])) if change.get("on") else ""
    return " ".join(filter(None, [desk.label("statuses", change["status"]), when, change.get("note", "")]))


def difference(desk: Desk, field: str, before: Any, after: Any) -> str:
    """What went and what came, as HTML: of long texts word by word."""
    old, new = said(desk, field, before), said(desk, field, after)
    if len(old) > 40 and len(new) > 40:
        return shared.difference(old, new)
    gone = f"<del>{shared.safe(old)}</del> " if old else ""
    come = f"<ins>{shared.safe(new)}</ins>" if new else shared.safe(desk.t("(removed)"))
    return f'<p class="d-text d-change" dir="auto">{gone}{come}</p>'


# ------------------------------------------------------------------------------------------------------------ history


def history(desk: Desk, record: Record) -> None:
    with st.expander(desk.t("History")):
        for revision in desk.store.revisions(record.id):
            facts = [
                f"<strong>{desk.t('Revision {number}', number=revision.revision)}</strong>",
                shared.safe(desk.words.time(revision.at)),
                shared.safe(revision.person),
                shared.safe(revision.reason if revision.reason != "drafted" else desk.t("drafted")),
                shared.safe(desk.t("taken back")) if revision.taken_back else "",
            ]
            lines = "".join(
                f"<dt>{shared.safe(field_name(desk, name))}</dt><dd>{difference(desk, name, *pair)}</dd>"
                for name, pair in sorted(revision.changes.items())
            )
            first = f'<p class="t-meta">{"".join(f"<span>{fact}</span>" for fact in facts if fact)}</p>'
            shown = f'<dl class="t-facts d-changes">{lines}</dl>' if revision.revision > 1 and lines else ""
            st.html(first + shown)
        for event in desk.store.events("initiative", record.id, limit=20):
            why = event.after.get("reason") or event.after.get("note") if isinstance(event.after, dict) else ""
            line = " · ".join(filter(None, (desk.words.time(event.at), event.who, event.what, str(why or ""))))
            st.html(f"<p class='t-note'>{shared.safe(line)}</p>")


def taken_back(desk: Desk, record: Record) -> None:
    """The newest act on this initiative, with a button that takes it back, for whoever may."""
    newest = next((act for act in desk.store.acts(record.id) if not act.undone and act.what is not Did.UNDONE), None)
    if newest is None or not (newest.person_id == desk.person.id or may(desk.person, Role.EDITOR)):
        return
    if newest.what is Did.APPROVED and (record.state, record.revision) != (InitiativeState.APPROVED, newest.revision):
        return  # somebody wrote on it since
    names = {
        Did.APPROVED: desk.t("Take the approval back …"),
        Did.WITHDRAWN: desk.t("Take the withdrawal back …"),
        Did.MERGED: desk.t("Take the merge back …"),
        Did.SPLIT: desk.t("Take the split back …"),
    }
    with st.popover(names[newest.what], width="stretch", key=f"back-menu-{newest.id}"):
        shared.note(
            desk.t(
                "{name} did it on {date}. Everything will stand as it stood before.",
                name=newest.person,
                date=desk.words.date(newest.at),
            )
        )
        st.text_input(desk.t("Reason"), key=f"back-reason-{newest.id}")
        st.button(desk.t("Take it back"), key=f"take-back-{newest.id}", on_click=_take_back, args=(desk, newest))


def _take_back(desk: Desk, act: Act) -> None:
    reason = str(st.session_state.get(f"back-reason-{act.id}") or "")
    with told():
        person = desk.still_here()
        if act.what in (Did.MERGED, Did.SPLIT):
            merging.undo(desk.store, person, act.id, shared.now(), reason)
        else:
            second_look.take_back(desk.store, person, act.id, reason, shared.now())
        flash(desk.t("Taken back"))
