"""What does the browser need to draw an item, and the desk around it? Values that JSON can hold, and text alone."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from dashboard.desk import joining, shared, why
from dashboard.desk.shared import Desk
from dashboard.desk.surface import keys
from dashboard.words import direction
from tracker import tongues
from tracker.model import Decision, Drawn, InitiativeState, ItemState, Verdict, Waiting
from tracker.same import Similar, similar_initiatives
from tracker.store.items import QueueFilter
from tracker.tongues import MayBe

LONGEST_TEXT = 6000  # characters of an item's text
LAST = 10  # decisions that can be taken back from the surface
OPEN = (ItemState.WAITING, ItemState.HELD, ItemState.COPY)


def item(desk: Desk, waiting: Waiting) -> dict[str, Any]:
    """An item as it is drawn: its text in pieces, marked words apart, and what is suggested of it."""
    of, suggestion = waiting.item, waiting.suggestion
    language = shared.item_language(of, suggestion)
    known = language if language and language != "und" else None
    body = of.text or of.summary
    lines = [
        line
        for line in (body[:LONGEST_TEXT] + (" …" if len(body) > LONGEST_TEXT else "")).splitlines()
        if line.strip() and line.strip() != of.title
    ]
    told = why.told(desk, waiting)
    return {
        "id": of.id,
        "version": of.version,
        "suggestion": waiting.suggestion_id,
        "title": of.title,
        "lang": known,
        "dir": direction(known) if known else "auto",
        "sample": of.sample,
        "audit": waiting.drawn_by is Drawn.AUDIT,
        "facts": _facts(desk, waiting, known),
        "url": of.url if of.url.startswith(("https://", "http://")) else None,
        "why": {"head": told.head, "lines": told.lines, "by": told.by},
        "text": [shared.pieces(line, suggestion.terms) for line in lines],
        "issues": [one.code for one in suggestion.issues if one.score >= why.LIKELY_FROM],
        "countries": [one.code for one in suggestion.countries if one.score >= why.LIKELY_FROM],
        "copies": waiting.copies,
        "decided": _decided(desk, waiting),
    }


def _facts(desk: Desk, waiting: Waiting, language: str | None) -> list[str]:
    of = waiting.item
    tongue = desk.words.tongue(language) if language else desk.t("language not known")
    if language and waiting.suggestion.language_confidence < 0.9:
        tongue += f" ({desk.t('uncertain')})"
    dated = (
        desk.t("dated {date} by its source", date=desk.words.date(of.dated.date()))
        if of.dated
        else desk.t("not dated by its source")
    )
    facts = [f"#{of.id}", waiting.source, tongue, dated, desk.t("seen {date}", date=desk.words.date(of.arrived_at))]
    if waiting.copies:
        facts.append(desk.words.n("{n} item more tells it", "{n} items more tell it", waiting.copies))
    return facts


def _decided(desk: Desk, waiting: Waiting) -> dict[str, Any] | None:
    """The decision that stands, of an item that waits no more."""
    if waiting.item.state in OPEN:
        return None
    last = desk.store.decisions(item_id=waiting.item.id, limit=1)
    return {"key": last[0].key, "said": done(desk, last[0])} if last else {"key": None, "said": ""}


def done(desk: Desk, decision: Decision) -> str:
    """A decision in words."""
    number = decision.item_id
    match decision.verdict:
        case Verdict.INCLUDE:
            return desk.t(
                "item {number}: drafted as initiative #{initiative}", number=number, initiative=decision.initiative_id
            )
        case Verdict.EVIDENCE:
            return desk.t("item {number}: evidence for #{initiative}", number=number, initiative=decision.initiative_id)
        case Verdict.EXCLUDE:
            reasons = desk.labels("exclusion_reasons", [decision.reason or "", *decision.reasons_more])
            return desk.t("item {number}: excluded ({why})", number=number, why=reasons)
        case Verdict.HOLD:
            return desk.t("item {number}: on hold", number=number)
        case Verdict.UNDO:
            return desk.t("item {number}: taken back", number=number)


def last(desk: Desk) -> list[dict[str, Any]]:
    """This person's newest decisions, newest first, each with whether it was taken back."""
    made = [
        one for one in desk.store.decisions(person_id=desk.person.id, limit=3 * LAST) if one.verdict is not Verdict.UNDO
    ][:LAST]
    undone = desk.store.undone([one.id for one in made]) if made else set()
    titles = desk.store.item_titles([one.item_id for one in made]) if made else {}
    return [
        {
            "key": one.key,
            "item": one.item_id,
            "said": done(desk, one),
            "title": titles.get(one.item_id, "")[:120],
            "at": f"{one.at:%H:%M}",
            "undone": one.id in undone,
            "drafted": one.initiative_id if one.verdict is Verdict.INCLUDE else None,
        }
        for one in made
    ]


def more(desk: Desk, item_id: int) -> dict[str, Any]:
    """What takes longer to find: what may be the same initiative, and what may tell the same story."""
    return {
        "item": item_id,
        "evidence": [_similar(desk, one) for one in similar_initiatives(desk.store, item_id, desk.now)],
        "story": [_may_be(desk, one) for one in tongues.may_tell_same(desk.store, item_id)],
    }


def _similar(desk: Desk, one: Similar) -> dict[str, Any]:
    return {"id": one.id, "text": one.title[:120], "why": ", ".join(desk.t(joining.WHY[why]) for why in one.why)}


def _may_be(desk: Desk, other: MayBe) -> dict[str, Any]:
    percent = round(other.score * 100)
    if other.by == "meaning":
        why_ = desk.t("{percent} % the same meaning", percent=percent)
    else:
        why_ = desk.t("{percent} % words or numbers in common", percent=percent)
    return {"id": other.id, "text": other.title[:120], "why": why_}


def initiatives(desk: Desk, text: str) -> list[dict[str, Any]]:
    """Initiatives with these words in their titles."""
    states = [state for state in InitiativeState if state is not InitiativeState.DROPPED]
    found = desk.store.records(states=states, text=text, limit=8)
    return [{"id": one.id, "text": shared.title_of(desk, one.initiative)[:120], "why": ""} for one in found]


def others(desk: Desk, item_id: int, text: str) -> list[dict[str, Any]]:
    """Items that this one may be joined to: by number, or by words of their titles and texts."""
    number = text.strip().removeprefix("#")
    if number.isdecimal() and len(number) < 10:
        found = list(desk.store.standing([int(number)]).values())
    elif text.strip():
        everything = QueueFilter(states=tuple(ItemState), text=text)
        found = [one.item for one in desk.store.queue(everything, desk.now, limit=9)]
    else:
        found = []
    own = {member.item.id for member in desk.store.members(item_id)}
    return [{"id": one.id, "text": one.title[:120], "why": ""} for one in found if one.id not in own][:8]


def lexicon(desk: Desk) -> dict[str, Any]:
    """Everything that the surface says by itself, in the language of the desk, with a name for this very set."""
    said: dict[str, Any] = {
        "words": _words(desk),
        "issues": [[code, desk.label("issues", code)] for code in desk.taxonomy.codes("issues")],
        "reasons": [[code, desk.label("exclusion_reasons", code)] for code in desk.taxonomy.codes("exclusion_reasons")],
        "countries": desk.words.countries(shared.all_countries()),
        "acts": [[act, desk.t(name), key] for act, (key, name) in keys.ACTIONS.items()],
        "reserved": sorted(keys.RESERVED),
    }
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
    return {**said, "version": digest}


def _words(desk: Desk) -> dict[str, str]:
    """By what the script calls them. Braces with a name are filled in there."""
    t = desk.t
    return {
        "surface": t("Triage"),
        "sample": t("Sample: invented for practice, nothing of it is real."),
        "audit": t("Random check: one item in ten"),
        "original": t("Open the original"),
        "decision": t("Decision"),
        "include": t("New initiative"),
        "exclude": t("Exclude …"),
        "evidence": t("Evidence …"),
        "story": t("Same story …"),
        "hold": t("Hold"),
        "issues": t("Issues"),
        "countries": t("Countries"),
        "no country": t("None: international, or not known"),
        "add country": t("Add a country"),
        "remove": t("Remove {name}"),
        "note": t("Note"),
        "suggested": t("suggested"),
        "suggestions": t("* suggested by the machine; what you leave chosen is your decision."),
        "why exclude": t("Why is it excluded?"),
        "two reasons": t("Two reasons: nobody else need look at it"),
        "first reason": t("And the second reason?"),
        "exclude twice": t("In the list of reasons, once more: two reasons"),
        "which initiative": t("Evidence for which initiative?"),
        "which story": t("The same story as which item?"),
        "find initiative": t("Words of its title"),
        "find item": t("Words of the other item, or its number"),
        "none found": t("Nothing found."),
        "searching": t("Searching …"),
        "cancel": t("Cancel"),
        "previous": t("Back"),
        "next": t("Skip without deciding"),
        "undo": t("Undo"),
        "help": t("Keys"),
        "may be": t("May be the same initiative:"),
        "may tell": t("May be the same story, in another language:"),
        "evidence for": t("Evidence for"),
        "same as": t("Same story as"),
        "saved": t("All saved"),
        "unsent": t("{n} not saved yet"),
        "offline": t("Not connected: {n} not saved yet, kept in this tab"),
        "offline none": t("Not connected: what you decide is kept in this tab"),
        "undone": t("taken back"),
        "last": t("Your last decisions"),
        "undo this": t("Undo: {said}"),
        "code": t("Code #{number}"),
        "next is": t("Next: {title}"),
        "nothing": t("Nothing waits under this filter."),
        "loading": t("Loading …"),
        "gone": t("Item {number} is not yours any more; this is the next one"),
        "changed": t("The text of item {number} has changed: read it again"),
        "decided": t("Decided"),
        "take back": t("Take this decision back"),
        "nothing to undo": t("There is nothing to undo"),
        "chosen": t("{name}: chosen"),
        "not chosen": t("{name}: not chosen"),
        "keys on": t("Single keys decide"),
        "keys title": t("Keys"),
        "keys intro": t(
            "One key, no Ctrl or Alt. Choose a key to change it. C and R belong to the page, digits to issues and "
            "reasons."
        ),
        "digits": t("Issues; in a list: its lines"),
        "escape": t("Leave a field or a list"),
        "press one": t("press a key"),
        "taken": t("{key} is taken"),
        "standard": t("Standard keys"),
        "close": t("Close"),
        "shortcut": t("{name}, key {key}"),
        "counts": t("{waiting} waiting, {held} on hold, {today} decided by you today"),
    }
