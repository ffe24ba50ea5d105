"""From the public: taking letters out of the box into the queue, and what senders and editors learn of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import ValidationError

from tracker import suggestions
from tracker.address import canonical
from tracker.intake import hash_of
from tracker.letters import Letter, LetterKind, Sent
from tracker.model import ESTIMATED, Item, Kind, Person, Role, Source
from tracker.people import require
from tracker.settings import Settings
from tracker.store import Store

SOURCE_ID = "public-submissions"
AT_ONCE = 100  # letters taken out of the box in one go
MOST_WAITING = 500  # submissions that wait undecided; beyond that the box fills up and says "later"
LONGEST_CONTACT = timedelta(days=365)  # for which a contact is kept of what nobody ever decided


class Tended(NamedTuple):
    """What was done with the box."""

    taken: int
    replies: int  # that say something new
    contacts: int  # that were let go


def tend(store: Store, settings: Settings, now: datetime) -> Tended:
    """Takes letters out of the box into the queue, tells senders where they stand, lets go of old contacts.

    May be done by several processes at once, and again: each letter is taken once.
    """
    taken = _take(store, settings, now)
    replies = store.refresh_replies(now)
    old = old_contacts(store, settings, now)
    store.forget_contacts(old)
    if taken:
        suggestions.make(store, now, settings.taxonomy)
    return Tended(taken, replies, len(old))


def old_contacts(store: Store, settings: Settings, now: datetime) -> list[int]:
    """Submissions whose contact is to be deleted, as the settings say."""
    return store.old_contacts(now, timedelta(days=settings.keep.contact_days), LONGEST_CONTACT)


def contact(store: Store, person: Person, submission_id: int) -> str:
    """How a sender wished to be reached; editors only, and noted. Raises NotAllowed, NotFound."""
    require(person, Role.EDITOR, "read how a sender can be reached")
    return store.submission_contact(submission_id, person.email)


def forget_contact(store: Store, person: Person, submission_id: int) -> None:
    """Deletes how a sender can be reached before its time. Raises NotAllowed."""
    require(person, Role.EDITOR, "delete how a sender can be reached")
    store.forget_contacts([submission_id])


def source(settings: Settings) -> Source:
    """The source of what the public sends: never asked, since it is no place on the web.

    Not a kind of its own: a kind says how a source is read. It is switched off, and not among the configured ones, so
    that no round, list or health check meets it; nobody can switch it on.
    """
    return Source(
        id=SOURCE_ID,
        name="Sent in by the public",
        kind=Kind.PAGE,
        url=f"{settings.site.url.rstrip('/')}/submit",
        enabled=False,
    )


def _take(store: Store, settings: Settings, now: datetime) -> int:
    letters = store.letters(AT_ONCE)
    if not letters:
        return 0
    public = source(settings)
    store.found_public_source(public)
    room = MOST_WAITING - store.count_open_submissions()
    taken = 0
    for letter in letters:
        with store.writing():
            if letter.kind is LetterKind.SUBMISSION:
                if taken >= room:
                    continue  # notes and withdrawals go on
                taken += _take_submission(store, public, letter, now)
            elif letter.kind is LetterKind.NOTE:
                store.add_sender_note(letter.reply_hash, str(letter.content.get("text", "")), now)
            else:
                store.withdraw_submission(letter.reply_hash, now)
            store.burn(letter.id)
    return taken


def _take_submission(store: Store, public: Source, letter: Letter, now: datetime) -> int:
    given = dict(letter.content)
    contact, signs = str(given.pop("contact", "")), [str(sign) for sign in _listed(given.pop("signs", []))]
    try:
        sent = Sent.model_validate(given)
    except ValidationError:
        # The role of the public door may write what it likes into the box: what is no letter is noted, and gone.
        store.note("the public", "unreadable letter", "submission", "")
        return 0
    item = item_of(sent, public, letter, now)
    if store.same_words(item.content_hash, public.id):
        signs.append("again")
    ids = store.add_items([item])
    if not ids:
        return 0  # taken before
    store.add_submission(letter, item.but(id=ids[item.canonical_url]), sent, contact, signs)
    return 1


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def item_of(sent: Sent, public: Source, letter: Letter, now: datetime) -> Item:
    """The item of the queue that a submission makes: in the sender's words, under the link that they gave.

    Its canonical address is one of the box, not that of the link: what a source has reported stays an item of its own.
    """
    title = sent.title or f"Correction of initiative {sent.concerns}"
    facts = [
        (f"Initiative {sent.concerns}" if sent.concerns and sent.title else "", "Concerns"),
        (", ".join(part for part in (sent.place, sent.country or "") if part), "Where"),
        (sent.when, "When"),
        (sent.who, "Run by"),
        (sent.link, "Link"),
    ]
    text = "\n".join([sent.what, *(f"{name}: {value}" for value, name in facts if value)])
    return Item(
        source_id=public.id,
        url=sent.link or public.url,
        canonical_url=f"{canonical(public.url)}#{letter.reply_hash[:20]}",
        guid=letter.reply_hash[:40],
        title=title,
        text=text,
        published_at=now,
        published_origin=ESTIMATED,  # when it was sent says nothing of the initiative; "When" is in the text
        arrived_at=now,
        declared_language=letter.language,
        content_hash=hash_of(title, "", text),
    )
