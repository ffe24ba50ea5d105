"""The second look: what another person makes sure of before an initiative is public, and again while it is.

Nobody looks at what they wrote themselves: not at the whole, not at a field, and not at what could hurt somebody
(decision 0013 says how publishing at once goes with that).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from tracker import review, safety
from tracker.errors import BadInitiative, Conflict, IncompleteDecision, NotAllowed, NotFound, Sentence, by_field
from tracker.model import Initiative, InitiativeState, Person, Record, Role, RoughDate, StatusChange, lacking
from tracker.people import require
from tracker.safety import Finding
from tracker.store import Store
from tracker.store.second_looks import Confirmation, FieldComment, FieldVerdict, Message
from tracker.taxonomy import Taxonomy

CHECK_AGAIN = timedelta(days=60)
NEVER_CHECKED = frozenset({"ended"})  # statuses that do not change any more
LOOK_WITHIN = timedelta(days=7)  # after publishing at once


# ------------------------------------------------------------------------------------------------ fields and talk


def comment(
    store: Store,
    person: Person,
    record_id: int,
    revision: int,
    field: str,
    verdict: FieldVerdict,
    text: str,
    now: datetime,
) -> FieldComment:
    """What somebody who did not write it thinks of one field of the newest revision.

    A doubt and a wrong say what about. Raises Conflict when the record has moved on.
    """
    require(person, Role.ANALYST, Sentence("comment on a field"))
    with store.writing():
        record = _at(store, record_id, revision)
        _somebody_else(person, record)
        if field not in fields_of(record.initiative):
            raise NotFound(Sentence("initiative {id} has no field {field!r}", id=record_id, field=field))
        if verdict is not FieldVerdict.FINE and not text.strip():
            raise IncompleteDecision(
                Sentence("{field}: say what is wrong, so that the author can mend it", field=field)
                if verdict is FieldVerdict.WRONG
                else Sentence("{field}: say what is in doubt, so that the author can mend it", field=field)
            )
        made = FieldComment(
            initiative_id=record_id, revision=revision, field=field, verdict=verdict, text=text.strip(),
            person_id=person.id, at=now,
        )  # fmt: skip
        store.add_field_comment(made, person)
        return made


def say(store: Store, person: Person, record_id: int, text: str, now: datetime) -> None:
    """One more line of the conversation on an initiative, by anybody at the desk."""
    require(person, Role.ANALYST, Sentence("write on an initiative"))
    if not text.strip():
        raise IncompleteDecision(Sentence("the message is empty"))
    with store.writing():
        record = store.record(record_id)
        line = Message(
            initiative_id=record_id, revision=record.revision, text=text.strip()[:4000], person_id=person.id, at=now
        )
        store.add_message(line, person)


def fields_of(initiative: Initiative) -> list[str]:
    """The fields as verdicts and change logs name them: title_en, summary_en, issues, …"""
    wordings = [f"{part}_{language}" for language in initiative.wordings for part in ("title", "summary")]
    return [*wordings, *(name for name in Initiative.model_fields if name != "wordings")]


def verdicts(comments: Iterable[FieldComment]) -> dict[str, list[FieldComment]]:
    """What stands of each field: the newest verdict of each person, in the order in which they were given."""
    newest = {(one.field, one.person_id): one for one in comments}
    found: dict[str, list[FieldComment]] = {}
    for one in sorted(newest.values(), key=lambda one: one.at):
        found.setdefault(one.field, []).append(one)
    return found


def marked_wrong(store: Store, record: Record) -> list[FieldComment]:
    """Fields of the newest revision that somebody finds wrong."""
    standing = verdicts(store.field_comments(record.id, record.revision))
    return [one for said in standing.values() for one in said if one.verdict is FieldVerdict.WRONG]


# ------------------------------------------------------------------------------------------- what could hurt somebody


def findings(store: Store, record: Record) -> list[Finding]:
    """Everything in the newest revision that could hurt somebody, confirmed or not."""
    sources = [f"{one.item.title}\n{one.item.summary}\n{one.item.text}" for one in store.evidence(record.id)]
    return safety.findings(record.initiative, sources)


def confirmed(store: Store, record: Record) -> dict[tuple[str, str, str, str], Confirmation]:
    """What counts as confirmed, by the key of a finding: what somebody else than the writer has confirmed."""
    return {
        (one.field, one.kind, one.words, one.text_hash): one
        for one in store.confirmations(record.id)
        if one.person_id != record.changed_by
    }


def unconfirmed(store: Store, record: Record) -> list[Finding]:
    """What stands between this revision and approval."""
    said = confirmed(store, record)
    return [finding for finding in findings(store, record) if finding.key not in said]


def confirm(
    store: Store, person: Person, record_id: int, revision: int, finding: Finding, because: str, now: datetime
) -> None:
    """Somebody else than the writer says why these words hurt nobody; they are asked again when the text changes.

    `because` is a reason of `safety.REASONS` for this kind. Raises Conflict when the record has moved on, NotFound when
    the text does not say this.
    """
    require(person, Role.ANALYST, Sentence("confirm that something hurts nobody"))
    with store.writing():
        record = _at(store, record_id, revision)
        _somebody_else(person, record)
        if finding.key not in {one.key for one in findings(store, record)}:
            raise NotFound(
                Sentence("{field} does not say {words!r} (any more)", field=finding.field, words=finding.words)
            )
        if because not in safety.REASONS[finding.kind]:
            known = ", ".join(safety.REASONS[finding.kind])
            raise IncompleteDecision(
                Sentence(
                    "{field}: say why {words!r} hurts nobody: {known}",
                    field=finding.field,
                    words=finding.words,
                    known=known,
                )
            )
        store.add_confirmation(
            Confirmation(
                initiative_id=record_id,
                field=finding.field,
                kind=finding.kind.value,
                words=finding.words,
                text_hash=finding.text_hash,
                because=because,
                person_id=person.id,
                written_by=record.changed_by,
                at=now,
            ),
            person,
        )


# ------------------------------------------------------------------------------------------------------ approval


def approve(store: Store, person: Person, record_id: int, revision: int, now: datetime) -> Record:
    """The revision is public from now on, and what was merged into it is told there.

    Raises NotAllowed for whoever wrote it, and BadInitiative while a field is marked wrong or words that could hurt
    somebody are unconfirmed.
    """
    require(person, Role.ANALYST, Sentence("approve"))
    with store.writing():
        record = _at(store, record_id, revision)
        _somebody_else(person, record)
        _harmless_and_right(store, record)
        check = next_check(record.initiative.status, now.date())
        return store.approve_initiative(record_id, revision, person, now, next_check_on=check)


def publish_at_once(store: Store, person: Person, record_id: int, revision: int, reason: str, now: datetime) -> Record:
    """Public from now on, past the queue and from a draft too, because it is urgent; marked until a third person looks.

    It takes an editor who did not write it, so that nothing is public that one person alone has read, and the same
    check for what could hurt somebody. A title in any language will do. The public is not told that it was verified.
    Raises like `approve`, and IncompleteDecision without a reason.
    """
    require(person, Role.EDITOR, Sentence("publish at once"))
    if not reason.strip():
        raise IncompleteDecision(Sentence("say why it cannot wait for the full second look"))
    with store.writing():
        record = _at(store, record_id, revision)
        _somebody_else(person, record)
        if missing := lacking(record.initiative, record.initiative.wordings, now.date()):
            raise BadInitiative(by_field(missing))
        if not store.evidence(record_id):
            raise BadInitiative(by_field([("evidence", Sentence("needs at least one item that reports it"))]))
        _harmless_and_right(store, record)
        return store.approve_initiative(
            record_id,
            revision,
            person,
            now,
            next_check_on=next_check(record.initiative.status, now.date()),
            urgent=reason.strip(),
            look_due_at=now + LOOK_WITHIN,
        )


def look_later(store: Store, person: Person, record_id: int, now: datetime) -> Record:
    """The full look at what was published at once, by neither of the two who made it public.

    From now on the public reads when it was verified. Raises Conflict when none is due, BadInitiative while a field is
    marked wrong.
    """
    require(person, Role.ANALYST, Sentence("take the later look"))
    with store.writing():
        record = store.record(record_id)
        if record.look_due_at is None:
            raise Conflict(Sentence("no later look is due for initiative {id}", id=record_id), what="looked")
        if person.id in (record.written_by, record.approved_by):
            raise NotAllowed(
                Sentence(
                    "{name} wrote or published initiative {id}: the later look is for a third",
                    name=person.name,
                    id=record_id,
                )
            )
        if wrong := marked_wrong(store, record):
            raise BadInitiative(Sentence.joined(_found_wrong(wrong)))
        return store.verified(record_id, person, now, record.next_check_on, "later look taken")


def send_back(store: Store, person: Person, record_id: int, revision: int, note: str) -> Record:
    """A draft again, for its author: with a note, or with fields that were marked wrong."""
    require(person, Role.ANALYST, Sentence("send back"))
    wrong = marked_wrong(store, store.record(record_id))
    if not note.strip() and not wrong:
        raise IncompleteDecision(Sentence("say what should be changed, or mark the fields that are wrong"))
    told = note.strip() or "; ".join(f"{one.field}: {one.text}" for one in wrong)
    return store.move_initiative(
        record_id, revision, [InitiativeState.SECOND_LOOK], InitiativeState.DRAFT, person, told
    )


def withdraw(store: Store, person: Person, record_id: int, reason: str, now: datetime) -> Record:
    """Not public any more; the reason is. Editors only. A withdrawn record can be coded and approved again."""
    require(person, Role.EDITOR, Sentence("withdraw a public initiative"))
    if not reason.strip():
        raise IncompleteDecision(Sentence("the public is told why an initiative was withdrawn: give the reason"))
    return store.withdraw_initiative(record_id, person, now, reason.strip())


def take_back(store: Store, person: Person, act_id: int, reason: str, now: datetime) -> Record:
    """The initiative as it stood before its approval or withdrawal; the public sees of it what it saw.

    An approval is taken back by whoever gave it or an editor, and while no release holds it; a withdrawal by editors.
    Raises Conflict when something was built on it.
    """
    act = store.act(act_id)
    if act.person_id != person.id or act.what != "approved":
        approved = Sentence("take back what somebody else has approved")
        require(person, Role.EDITOR, approved if act.what == "approved" else Sentence("take back a withdrawal"))
    require(person, Role.ANALYST, Sentence("take something back"))
    if not reason.strip():
        raise IncompleteDecision(Sentence("the public may read why this is taken back: give the reason"))
    store.take_back(act_id, person, now, reason.strip())
    return store.record(act.initiative_id)


# ----------------------------------------------------------------------------------------------------------- time


def next_check(status: str, today: date) -> date | None:
    """When somebody is to make sure again, by status: in 60 days, and never of what has ended."""
    return None if status in NEVER_CHECKED else today + CHECK_AGAIN


def still_so(store: Store, person: Person, record_id: int, now: datetime) -> Record:
    """Somebody made sure that a public initiative is still so: the public reads when. Conflict while a look is due."""
    require(person, Role.ANALYST, Sentence("verify an initiative"))
    with store.writing():
        record = store.record(record_id)
        if record.look_due_at is not None:
            raise Conflict(
                Sentence("initiative {id} was published at once: take its full look first", id=record_id),
                what="urgent",
            )
        check = next_check(record.initiative.status, now.date())
        return store.verified(record_id, person, now, check, "checked: still so")


def ended(
    store: Store,
    taxonomy: Taxonomy,
    person: Person,
    record_id: int,
    revision: int,
    on: RoughDate | None,
    languages: tuple[str, ...],
    now: datetime,
) -> Record:
    """A revision that says that it has ended, which waits for its second look."""
    require(person, Role.ANALYST, Sentence("say that an initiative has ended"))
    record = _at(store, record_id, revision)
    history = (*record.initiative.status_history, StatusChange(status="ended", on=on))
    content = record.initiative.but(status="ended", end=on or record.initiative.end, status_history=history)
    with store.writing():
        saved = review.save(store, taxonomy, person, record_id, revision, content, now, "ended")
        return review.submit(store, person, record_id, saved.revision, languages, now)


def check_on(store: Store, person: Person, record_id: int, on: date | None) -> Record:
    """Another day for the next check, or none."""
    require(person, Role.ANALYST, Sentence("set the next check"))
    return store.set_next_check(record_id, person, on)


# ---------------------------------------------------------------------------------------------------------- inside


def _at(store: Store, record_id: int, revision: int) -> Record:
    record = store.record(record_id)
    if record.revision != revision:
        raise store.overtaken(record)
    return record


def _somebody_else(person: Person, record: Record) -> None:
    if record.changed_by == person.id:
        raise NotAllowed(
            Sentence(
                "{name} wrote revision {revision}: the second look is for somebody else",
                name=person.name,
                revision=record.revision,
            )
        )


def _harmless_and_right(store: Store, record: Record) -> None:
    problems = _found_wrong(marked_wrong(store, record))
    problems += [
        Sentence("{field}: {words!r} could hurt somebody; confirm or edit", field=one.field, words=one.words)
        for one in unconfirmed(store, record)
    ]
    if problems:
        raise BadInitiative(Sentence.joined(problems))


def _found_wrong(comments: Iterable[FieldComment]) -> list[Sentence]:
    return [Sentence("{field}: {name} finds it wrong", field=one.field, name=one.person) for one in comments]
