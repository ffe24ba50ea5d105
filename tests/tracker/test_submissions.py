"""What the public sends: from the box into the queue, what its sender learns, and what is never kept or shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.makers import NOW, a_decision, a_person, a_source, an_entry
from tracker import intake, letters, retention, review, submissions
from tracker.errors import Conflict, NotAllowed, NotFound
from tracker.letters import Letter, LetterKind, ReplyState, Sent, Wrong, hidden
from tracker.model import InitiativeState, ItemState, Person, Role, Verdict
from tracker.settings import Settings, Site
from tracker.store import Box, Store, open_box
from tracker.store.items import QueueFilter
from tracker.store.roles import make_roles
from tracker.taxonomy import Taxonomy

WHAT = "A shelter in our town opened a helpline for women that answers by text message."
MAIL = "sender@example.org"
COUNTRIES = frozenset({"CA", "FR"})


@pytest.fixture
def settings(store: Store) -> Settings:
    return Settings(database=store.url, site=Site(url="https://tracker.example.org"))


@pytest.fixture
def box(store: Store) -> Iterator[Box]:
    opened = open_box(store.url)
    yield opened
    opened.close()


def a_letter(form: str = "one", *, contact: str = MAIL, signs: tuple[str, ...] = (), **changes: Any) -> Letter:
    sent = Sent(**{"title": "Helpline of the shelter", "what": WHAT, "country": "CA", **changes})
    return Letter(
        id=hidden(form),
        kind=LetterKind.SUBMISSION,
        reply_hash=hidden(form),
        at=NOW,
        language="en",
        content={**sent.model_dump(mode="json"), "contact": contact, "signs": list(signs)},
    )


def further(kind: LetterKind, form: str = "one", text: str = "") -> Letter:
    """What a sender adds under the reply link."""
    id = f"{kind.value}:{hidden(form)}"
    content: dict[str, object] = {"text": text} if text else {}
    return Letter(id=id, kind=kind, reply_hash=hidden(form), at=NOW, language="en", content=content)


def state(box: Box, form: str = "one") -> ReplyState:
    reply = box.reply(hidden(form))
    assert reply is not None
    return reply.state


def decide(store: Store, taxonomy: Taxonomy, person: Person, item_id: int, **changes: Any) -> None:
    good = {"key": f"{item_id} {changes}", "item_id": item_id, "person_id": person.id, "at": NOW}
    review.decide(store, taxonomy, person, a_decision(**{**good, **changes}))


# ------------------------------------------------------------------------------------------------------ into the queue


def test_a_letter_becomes_one_item_of_its_own_source_that_waits(store: Store, box: Box, settings: Settings) -> None:
    box.put(a_letter(link="https://shelter.example.org/helpline", who="The shelter"))

    assert submissions.tend(store, settings, NOW).taken == 1
    assert submissions.tend(store, settings, NOW).taken == 0

    [waiting] = store.queue(QueueFilter(source_id=submissions.SOURCE_ID), NOW)
    assert waiting.item.title == "Helpline of the shelter"
    assert waiting.item.url == "https://shelter.example.org/helpline"
    assert waiting.item.state is ItemState.WAITING
    assert WHAT in waiting.item.text
    assert waiting.suggestion.language == "en"
    assert box.count() == 0


def test_its_source_is_never_asked_and_stands_in_no_list(store: Store, box: Box, settings: Settings) -> None:
    box.put(a_letter())
    submissions.tend(store, settings, NOW)
    store.register([])

    assert store.watched() == []
    assert store.claim_due(NOW + timedelta(days=999), "round", timedelta(minutes=5), 10, all=True) == []
    with pytest.raises(NotFound):
        store.watched([submissions.SOURCE_ID])


def test_a_link_that_a_source_reported_makes_an_item_all_the_same(store: Store, box: Box, settings: Settings) -> None:
    store.register([a_source()])
    intake.take_in(store, a_source(), [an_entry()], NOW)
    box.put(a_letter(link=str(an_entry().url)))

    submissions.tend(store, settings, NOW)

    assert len(store.submissions()) == 1


def test_the_contact_is_nowhere_but_in_its_own_table(store: Store, box: Box, settings: Settings) -> None:
    box.put(a_letter())
    submissions.tend(store, settings, NOW)

    holding = []
    with store.reading() as db:
        for table in sa.inspect(db).get_table_names():
            rows = db.execute(sa.text(f'SELECT * FROM "{table}"')).mappings().all()  # noqa: S608  # names of tables
            if MAIL in json.dumps([dict(row) for row in rows], default=str):
                holding.append(table)
    assert holding == ["submission_contact"]


def test_only_editors_read_a_contact_and_each_time_is_noted(
    store: Store, box: Box, settings: Settings, ana: Person, ben: Person
) -> None:
    box.put(a_letter())
    submissions.tend(store, settings, NOW)
    [one] = store.submissions()

    with pytest.raises(NotAllowed):
        submissions.contact(store, ana, one.id)
    assert submissions.contact(store, ben, one.id) == MAIL

    newest = store.events("submission")[0]
    assert (newest.who, newest.what) == (ben.email, "contact read")


def test_spam_is_marked_and_never_dropped(store: Store, box: Box, settings: Settings) -> None:
    box.put(a_letter("one", signs=("trap", "links")))
    submissions.tend(store, settings, NOW)
    box.put(a_letter("two"))
    submissions.tend(store, settings, NOW)

    newer, older = store.submissions()

    assert older.spam_signs == ("trap", "links")
    assert newer.spam_signs == ("again",)


def test_what_is_no_letter_is_noted_and_holds_nothing_up(store: Store, box: Box, settings: Settings) -> None:
    broken = a_letter("one")
    box.put(broken.but(content={"title": 5, "more": "nonsense"}))
    box.put(a_letter("two"))

    assert submissions.tend(store, settings, NOW).taken == 1

    assert box.count() == 0
    assert "unreadable letter" in {event.what for event in store.events("submission")}


def test_more_than_the_desk_can_read_stays_in_the_box(
    store: Store, box: Box, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "MOST_WAITING", 2)
    for number in range(4):
        box.put(a_letter(str(number), what=f"{WHAT} Number {number}."))

    submissions.tend(store, settings, NOW)

    assert (len(store.submissions()), box.count()) == (2, 2)


# ---------------------------------------------------------------------------------------------- what the sender learns


def test_a_sender_sees_where_it_stands(
    store: Store, box: Box, settings: Settings, taxonomy: Taxonomy, ana: Person, ben: Person
) -> None:
    assert box.reply(hidden("one")) is None
    box.put(a_letter())
    assert state(box) is ReplyState.WAITING, "before the desk has it, too"
    submissions.tend(store, settings, NOW)
    assert state(box) is ReplyState.WAITING

    [one] = store.submissions()
    decide(store, taxonomy, ana, one.item_id)
    submissions.tend(store, settings, NOW)
    assert state(box) is ReplyState.LOOKED_AT

    [record] = store.records(limit=5)
    assert box.reply(hidden("one")).initiative_id is None  # type: ignore[union-attr]  # asserted above
    draft, second_look = InitiativeState.DRAFT, InitiativeState.SECOND_LOOK
    store.move_initiative(record.id, record.revision, [draft], second_look, ana)
    store.approve_initiative(record.id, record.revision, ben, NOW)
    submissions.tend(store, settings, NOW)
    reply = box.reply(hidden("one"))
    assert reply is not None
    assert (reply.state, reply.initiative_id) == (ReplyState.TAKEN, record.id)


def test_what_is_not_taken_says_why(
    store: Store, box: Box, settings: Settings, taxonomy: Taxonomy, ana: Person
) -> None:
    box.put(a_letter())
    submissions.tend(store, settings, NOW)
    [one] = store.submissions()
    reason = taxonomy.codes("exclusion_reasons")[0]

    decide(store, taxonomy, ana, one.item_id, verdict=Verdict.EXCLUDE, reason=reason, note="an inner note")
    submissions.tend(store, settings, NOW)

    reply = box.reply(hidden("one"))
    assert reply is not None
    assert (reply.state, reply.reason) == (ReplyState.NOT_TAKEN, reason)
    assert "inner" not in reply.model_dump_json()


def test_a_sender_adds_one_note(store: Store, box: Box, settings: Settings) -> None:
    box.put(a_letter())
    submissions.tend(store, settings, NOW)

    box.put(further(LetterKind.NOTE, text="It has moved."))
    with pytest.raises(Conflict):
        box.put(further(LetterKind.NOTE, text="And again."))
    submissions.tend(store, settings, NOW)
    box.put(further(LetterKind.NOTE, text="And again."))
    submissions.tend(store, settings, NOW)

    assert [one.note for one in store.submissions()] == ["It has moved."]


def test_a_sender_takes_it_back_and_the_contact_is_gone(
    store: Store, box: Box, settings: Settings, ben: Person
) -> None:
    box.put(a_letter())
    submissions.tend(store, settings, NOW)
    [one] = store.submissions()

    box.put(further(LetterKind.WITHDRAWAL))
    assert state(box) is ReplyState.WITHDRAWN
    submissions.tend(store, settings, NOW)

    assert state(box) is ReplyState.WITHDRAWN
    assert store.queue(QueueFilter(), NOW) == []
    with pytest.raises(NotFound):
        submissions.contact(store, ben, one.id)


def test_what_was_taken_back_does_not_hide_the_story_of_others(store: Store, box: Box, settings: Settings) -> None:
    store.register([a_source()])
    box.put(a_letter())
    submissions.tend(store, settings, NOW)
    [one] = store.submissions()
    intake.take_in(store, a_source(), [an_entry()], NOW)
    [other] = [w.item.id for w in store.queue(QueueFilter(), NOW) if w.item.id != one.item_id]
    ana = store.add_person(a_person(), "no hash", "test")
    assert review.join(store, ana, one.item_id, other) == one.item_id

    box.put(further(LetterKind.WITHDRAWAL))
    submissions.tend(store, settings, NOW)

    assert state(box) is ReplyState.WITHDRAWN
    assert [waiting.item.id for waiting in store.queue(QueueFilter(), NOW)] == [one.item_id]


def test_taking_back_in_the_same_breath_leaves_nothing_to_read(store: Store, box: Box, settings: Settings) -> None:
    box.put(a_letter())
    box.put(further(LetterKind.WITHDRAWAL))

    submissions.tend(store, settings, NOW)

    assert state(box) is ReplyState.WITHDRAWN
    assert store.queue(QueueFilter(), NOW) == []


def test_the_same_form_is_taken_once_even_after_the_desk_took_it_out(
    store: Store, box: Box, settings: Settings
) -> None:
    box.put(a_letter())
    with pytest.raises(Conflict):
        box.put(a_letter())
    submissions.tend(store, settings, NOW)

    with pytest.raises(Conflict):
        box.put(a_letter())


# -------------------------------------------------------------------------------------------------------- how long


@pytest.mark.parametrize(("days", "stays"), [(29, True), (31, False)])
def test_a_contact_goes_thirty_days_after_the_decision(
    store: Store, box: Box, settings: Settings, taxonomy: Taxonomy, ana: Person, days: int, stays: bool
) -> None:
    box.put(a_letter())
    submissions.tend(store, settings, NOW)
    [one] = store.submissions()
    reason = taxonomy.codes("exclusion_reasons")[0]
    decide(store, taxonomy, ana, one.item_id, verdict=Verdict.EXCLUDE, reason=reason)

    then = NOW + timedelta(days=days)
    planned = retention.old(store, settings, then).contacts
    gone = retention.let_go(store, settings, then).contacts

    assert planned == gone == (() if stays else (one.id,))
    assert [kept.has_contact for kept in store.submissions(open_only=False)] == [stays]


def test_a_contact_of_what_nobody_decides_goes_after_a_year(store: Store, box: Box, settings: Settings) -> None:
    box.put(a_letter())
    submissions.tend(store, settings, NOW)

    assert submissions.tend(store, settings, NOW + timedelta(days=364)).contacts == 0
    assert submissions.tend(store, settings, NOW + timedelta(days=366)).contacts == 1


# --------------------------------------------------------------------------------------------- what the public door may


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT content FROM letter",
        "DELETE FROM letter",
        "UPDATE letter SET language = 'fr'",
        "SELECT * FROM person",
        "SELECT * FROM submission_contact",
        "INSERT INTO event (at, who, what, subject, subject_id) VALUES ('2020-01-01', 'a', 'b', 'c', 'd')",
        "DROP TABLE letter",
        "CREATE TABLE mine (id INTEGER)",
        "ATTACH 'other.db' AS other",
        "PRAGMA query_only = OFF",
    ],
)
def test_the_public_side_of_the_box_does_nothing_else_on_sqlite(sqlite_store: Store, statement: str) -> None:
    box = open_box(sqlite_store.url)

    with pytest.raises(sa.exc.DBAPIError), box.engine.connect() as connection:
        connection.exec_driver_sql(statement)

    box.close()


def test_the_role_of_the_public_door_puts_letters_in_and_reads_none(postgresql_store: Store) -> None:
    [*_, public] = make_roles(postgresql_store.url, "test_box", {})
    box = open_box(sa.make_url(postgresql_store.url).set(username=public).render_as_string(hide_password=False))

    box.put(a_letter())

    assert box.count() == 1
    assert state(box) is ReplyState.WAITING
    for statement in (
        "SELECT content FROM letter", "DELETE FROM letter", "UPDATE letter SET language = 'fr'",
        "SELECT * FROM submission", "SELECT * FROM submission_contact", "SELECT * FROM item",
        "INSERT INTO reply VALUES ('a', 'taken', '', 1, false, now())",
    ):  # fmt: skip
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), box.engine.connect() as connection:
            connection.exec_driver_sql(statement)
    box.close()


# ------------------------------------------------------------------------------------------------------------- letters


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, {}),
        ({"title": ""}, {"title": Wrong.MISSING}),
        ({"what": "short"}, {"what": Wrong.SHORT}),
        ({"what": "x" * 4001}, {"what": Wrong.LONG}),
        ({"country": "XX"}, {"country": Wrong.NO_COUNTRY}),
        ({"country": "Canada"}, {"country": Wrong.NO_COUNTRY}),
        ({"contact": "not an address"}, {"contact": Wrong.NO_MAIL}),
        ({"link": "javascript:alert(1)"}, {"link": Wrong.NO_LINK}),
    ],
)
def test_each_field_says_what_is_wrong_with_it(changes: dict[str, str], wrong: dict[str, Wrong]) -> None:
    fields = {"title": "Helpline", "what": WHAT, "country": "CA", "link": "https://example.org/", "contact": MAIL}

    assert letters.checked({**fields, **changes}, COUNTRIES).wrong == wrong


@pytest.mark.parametrize(
    "link",
    [
        "ftp://example.org/", "http://localhost/", "http://127.0.0.1/", "http://10.0.0.1/", "http://[::1]/",
        "http://169.254.169.254/latest", "http://0x7f.1/", "http://2130706433/", "https://user:pass@example.org/",
        "https://intranet/", "https://printer.local/", "https://example.org/ a", "https://example.org:99999/",
        'https://example.org/"onclick=x', "//example.org/", "data:text/html,x",
    ],
)  # fmt: skip
def test_a_link_must_be_one_of_the_public_web(link: str) -> None:
    assert not letters.is_public_link(link)


def test_control_signs_and_turned_directions_are_not_kept() -> None:
    sent = letters.checked({"title": "A\u202ee\x00b\nc", "what": WHAT + "\r\n\r\n\r\n\r\nEnd"}, COUNTRIES).sent

    assert sent is not None
    assert sent.title == "Aeb c"
    assert sent.what == f"{WHAT}\n\nEnd"


def test_a_correction_needs_no_title() -> None:
    assert letters.checked({"what": WHAT}, COUNTRIES, 7).sent == Sent(title="", what=WHAT, concerns=7)


@pytest.mark.parametrize(
    ("what", "signs"),
    [
        (WHAT, ()),
        (f"{WHAT} <a href=x>", ("markup",)),
        ("http://a.example http://b.example www.c.example", ("links",)),
        ("WIN A PRIZE TODAY AND CALL US NOW FOR ALL OF YOUR MONEY", ("shouting",)),
    ],
)
def test_signs_of_spam(what: str, signs: tuple[str, ...]) -> None:
    assert letters.spam_signs(Sent(title="x", what=what), trap="", took=timedelta(minutes=2)) == signs


def test_a_form_is_known_by_its_stamp_alone(now: datetime) -> None:
    key = b"a key of the server"
    given = letters.stamped(key, now)

    def read(text: str, after: timedelta) -> object:
        return letters.read_stamp(key, text, now + after)

    assert read(given, timedelta(seconds=1)) is letters.Stale.QUICK
    assert isinstance(read(given, timedelta(minutes=2)), letters.Stamp)
    assert read(given, timedelta(hours=5)) is letters.Stale.OLD
    assert read(given[:-2] + "xx", timedelta(minutes=2)) is letters.Stale.FORGED
    assert read("", timedelta()) is letters.Stale.FORGED
    assert read("1.é.é", timedelta()) is letters.Stale.FORGED
    assert letters.read_stamp(b"another key", given, now + timedelta(minutes=2)) is letters.Stale.FORGED


def test_nobody_below_an_editor_deletes_a_contact(store: Store, box: Box, settings: Settings, ana: Person) -> None:
    box.put(a_letter())
    submissions.tend(store, settings, NOW)
    [one] = store.submissions()

    with pytest.raises(NotAllowed):
        submissions.forget_contact(store, ana, one.id)
    submissions.forget_contact(store, a_person(role=Role.EDITOR), one.id)

    assert not store.submissions()[0].has_contact
