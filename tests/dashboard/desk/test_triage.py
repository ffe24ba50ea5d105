"""Triage: what is said of an item before anybody decides, and what follows from what a browser sends."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.desk.shared import Desk
from dashboard.desk.surface import keys as keys_of
from dashboard.desk.surface.session import AHEAD, MOST_HELD, Session
from dashboard.words import words
from tests.dashboard.desk.pages import page
from tests.makers import a_person, a_source, an_initiative, entries
from tests.tracker.teaching import arrive, decide, mixed
from tracker import intake, review, taxonomy
from tracker.errors import NotAllowed, StoreUnavailable
from tracker.model import Drawn, ItemState, Person, Role, Scored, Wording
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.items import QueueFilter


@pytest.fixture
def desk(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)  # who is here is asked in test_in_a_browser
    monkeypatch.setattr(review, "AUDITED", 0.0)
    ana = sqlite_store.add_person(Person(email="ana@example.org", name="Ana"), "no hash", "test")
    sqlite_store.register([a_source()])
    return Desk(sqlite_store, taxonomy.load(), Settings(), ana, words("en"), datetime.now(UTC))


def of_ben(desk: Desk) -> Desk:
    ben = desk.store.add_person(a_person(email="ben@example.org", name="Ben", role=Role.EDITOR), "no hash", "test")
    return Desk(desk.store, desk.taxonomy, desk.settings, ben, desk.words, desk.now)


def opened(desk: Desk, wanted: QueueFilter | None = None) -> Session:
    session = Session()
    session.want(desk, wanted or QueueFilter())
    return session


def an_entry(item: dict[str, Any] | int = 1, **changes: Any) -> dict[str, Any]:
    """What a browser keeps in its outbox of one decision."""
    id, version = (item, 1) if isinstance(item, int) else (item["id"], item["version"])
    return {"uuid": str(uuid.uuid4()), "item": id, "version": version, "verdict": "hold", **changes}


def sent(desk: Desk, session: Session, *made: Any, **changes: Any) -> dict[str, Any]:
    """What is answered to a browser that sends these entries."""
    session.hear(desk, {"person": desk.person.id, "nonce": "n", "entries": [*made], **changes})
    return session.reply(desk)


def answered(reply: dict[str, Any]) -> list[tuple[str, str]]:
    return [(answer["what"], answer["said"]) for answer in reply["answers"]]


# ------------------------------------------------------------------------------------------------ what is shown


def test_an_item_that_was_drawn_by_chance_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    intake.take_in(desk.store, a_source(), entries(2), desk.now)
    monkeypatch.setattr(review, "AUDITED", 1.0)
    [drawn_by_chance, _] = opened(desk).reply(desk)["items"]
    desk.store.release_claims(desk.person.id)
    monkeypatch.setattr(review, "AUDITED", 0.0)
    [best, _] = opened(desk).reply(desk)["items"]

    assert (drawn_by_chance["audit"], best["audit"]) == (True, False)


def test_what_is_only_faintly_suggested_is_shown_and_not_chosen(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    said = desk.store.item(1, desk.now).suggestion
    faint = Scored(code="hate_crime", score=0.4, terms=("day",))
    likely = Scored(code="domestic_violence", score=0.8)
    [row] = desk.store.said_of([1]).values()
    model = said.but(version=f"model-1+{said.version}", issues=(likely, faint), countries=())
    desk.store.suggest_again({1: (row.words_id, model)}, desk.now)

    [item] = opened(desk).reply(desk)["items"]

    assert "Hate crime and racism 40 %" in str(item["why"])
    assert (item["issues"], item["countries"]) == (["domestic_violence"], [])


def test_matched_words_are_marked_in_the_text_and_the_rest_is_as_its_source_wrote_it(desk: Desk) -> None:
    hostile = entries(1)[0].but(text="A <b>helpline</b> for **victims** opens; helplines too.")
    intake.take_in(desk.store, a_source(), [hostile], desk.now)

    [item] = opened(desk).reply(desk)["items"]

    [line] = item["text"]
    assert "".join(line) == "A <b>helpline</b> for **victims** opens; helplines too."
    assert "helpline" in line[1::2]
    assert "helplines" not in line[1::2]


def test_every_value_of_an_answer_can_travel(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(3), desk.now)

    reply = sent(desk, opened(desk), look=1)

    assert json.loads(json.dumps(reply))["more"]["item"] == 1


def test_beside_an_item_stand_initiatives_that_share_its_words_and_country_and_why(desk: Desk) -> None:
    wording = Wording(title="Night shelter for women opens in Valparaiso", summary="A shelter at night.")
    there = an_initiative(wordings={"en": wording}, countries=("CL",))
    record = desk.store.add_initiative(there, desk.person, desk.now, "1", sample=False)
    told = entries(1)[0].but(title="Valparaiso: night shelter for women opens in Chile", text="The shelter in Chile.")
    intake.take_in(desk.store, a_source(), [told], desk.now)

    more = sent(desk, opened(desk), look=1)["more"]

    assert [(one["id"], one["text"]) for one in more["evidence"]] == [(record.id, wording.title)]
    assert more["evidence"][0]["why"].startswith("the same words, the same country")


def test_another_language_brings_its_own_words(desk: Desk) -> None:
    session = opened(desk)
    english = session.reply(desk)["lexicon"]
    french = session.reply(Desk(desk.store, desk.taxonomy, desk.settings, desk.person, words("fr"), desk.now))[
        "lexicon"
    ]

    assert (english["words"]["include"], french["words"]["include"]) == ("New initiative", "Nouvelle initiative")
    assert english["version"] != french["version"]


def test_the_page_mounts_the_surface_with_the_items_of_this_person(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(2), desk.now)

    [surface] = page(desk, "triage").get("bidi_component")

    data = json.loads(surface.proto.json)
    assert [id for id, _ in data["order"]] == [1, 2]
    assert data["person"] == desk.person.id


def test_how_far_the_week_is_read_is_said_once_some_were_decided(desk: Desk) -> None:
    items = arrive(desk.store, a_source(), mixed(40), desk.now)
    decide(desk.store, desk.person, items[:10], mixed(10), desk.now)
    assert not page(desk, "triage").markdown

    decide(desk.store, desk.person, items[10:30], mixed(20), desk.now)

    [line] = page(desk, "triage").markdown
    assert line.value == "This week: 11 found in 30 read, 10 left; read on"
    assert "Nothing is ever closed by it" in line.help


# ------------------------------------------------------------------------------------------ what is before a browser


def test_a_browser_has_twenty_five_items_before_it_and_gets_only_those_that_it_lacks(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(60), desk.now)
    session = opened(desk)
    first = session.reply(desk)

    again = sent(desk, session, have={str(id): version for id, version in first["order"]}, lexicon=first["said"])

    assert len(first["items"]) == len(again["order"]) == AHEAD
    assert (again["items"], again["lexicon"]) == ([], None)


def test_who_passes_over_items_gets_more_but_never_the_whole_queue(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(MOST_HELD + 10), desk.now)
    session = opened(desk)
    session.reply(desk)

    assert len(sent(desk, session, passed=20)["order"]) == AHEAD + 20
    assert len(sent(desk, session, passed=900)["order"]) == MOST_HELD


def test_a_short_queue_is_shared_and_whoever_is_alone_comes_to_its_end(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(5), desk.now)
    session, ben = opened(desk), of_ben(desk)
    first = session.reply(desk)["order"]
    second = opened(ben).reply(ben)["order"]
    desk.store.release_claims(ben.person.id)

    assert ([id for id, _ in first], [id for id, _ in second]) == ([1, 2, 3], [4, 5])
    while order := session.reply(desk)["order"]:
        sent(desk, session, an_entry(order[0][0]))
    assert len(desk.store.decisions()) == 5


def test_other_filters_give_back_what_was_open(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(3), desk.now)
    session = opened(desk)
    session.reply(desk)

    session.want(desk, QueueFilter(text="number 1"))

    ben = of_ben(desk)
    assert [id for id, _ in opened(ben).reply(ben)["order"]] == [1, 2, 3]


def test_an_item_that_somebody_else_decided_is_not_before_a_browser_any_more(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(3), desk.now)
    session = opened(desk)
    session.reply(desk)
    decide(desk.store, of_ben(desk).person, [2], [False], desk.now)

    assert [id for id, _ in session.reply(desk)["order"]] == [1, 3]


def test_an_item_that_was_chosen_on_another_page_comes_first_whatever_the_filter_says(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(3), desk.now)
    session = opened(desk, QueueFilter(text="number 0"))

    session.open(desk, 3)

    reply = session.reply(desk)
    assert [id for id, _ in reply["order"]] == [3, 1]
    assert reply["front"]["item"] == 3


def test_a_decided_item_says_what_was_decided_and_can_be_taken_back(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    [made] = decide(desk.store, desk.person, [1], [False], desk.now)
    session = opened(desk, QueueFilter(states=(ItemState.EXCLUDED,)))
    [item] = session.reply(desk)["items"]
    assert item["decided"] == {"key": made.key, "said": "item 1: excluded (Outside the issues of the tracker)"}

    sent(desk, session, an_entry(item, verdict="undo", undoes=made.key))

    assert desk.store.item(1, desk.now).item.state is ItemState.WAITING


# -------------------------------------------------------------------------------------------------- the outbox


def test_a_decision_keeps_which_suggestion_was_shown_and_how_the_item_came(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    monkeypatch.setattr(review, "AUDITED", 1.0)
    session = opened(desk)
    [item] = session.reply(desk)["items"]

    sent(desk, session, an_entry(item, suggestion=item["suggestion"], issues=["hate_crime"], countries=["CA"]))

    [decision] = desk.store.decisions()
    assert (decision.suggestion_id, decision.drawn_by) == (item["suggestion"], Drawn.AUDIT)
    assert (decision.issues, decision.countries) == (("hate_crime",), ("CA",))


def test_an_item_that_comes_after_passing_over_another_comes_from_the_queue(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(2), desk.now)
    session = opened(desk)
    [_, second] = session.reply(desk)["items"]

    sent(desk, session, an_entry(second), passed=1)

    [decision] = desk.store.decisions()
    assert (decision.item_id, decision.drawn_by) == (2, Drawn.QUEUE)


def test_an_entry_that_is_sent_again_is_answered_again_and_applied_once(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(2), desk.now)
    session, entry = opened(desk), an_entry()

    replies = [sent(desk, session, entry), sent(desk, session, entry), sent(desk, opened(desk), entry)]

    assert [answered(reply) for reply in replies] == [[("saved", "")]] * 3
    assert len(desk.store.decisions()) == 1


def test_whoever_comes_late_is_told_who_decided_what(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    decide(desk.store, of_ben(desk).person, [1], [False], desk.now)

    assert answered(sent(desk, opened(desk), an_entry())) == [("stale", "Item 1: Ben was first (excluded)")]


def test_what_somebody_else_has_open_is_refused_with_the_name(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    ben = of_ben(desk)
    opened(ben).reply(ben)

    assert answered(sent(desk, opened(desk), an_entry())) == [("stale", "Item 1: Ben has it open")]
    assert desk.store.decisions() == []


def test_a_claim_that_lapsed_while_the_connection_was_lost_loses_no_work(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    opened(desk).reply(desk)
    ben = of_ben(desk)
    later = Desk(desk.store, desk.taxonomy, desk.settings, desk.person, desk.words, desk.now + timedelta(hours=1))

    reply = sent(later, opened(later), an_entry())

    assert answered(reply) == [("saved", "")]
    assert opened(ben).reply(ben)["order"] == []


def test_a_text_that_has_changed_since_it_was_drawn_is_not_decided(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    session = opened(desk)
    session.reply(desk)
    intake.take_in(desk.store, a_source(), [entries(1)[0].but(text="It has closed.")], desk.now)

    reply = sent(desk, session, an_entry())

    assert answered(reply) == [("stale", "Item 1: its source has changed the text; read it again")]
    assert desk.store.decisions() == []


def test_any_of_the_last_ten_is_taken_back_and_comes_first_as_it_was_drawn(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.take_in(desk.store, a_source(), entries(30), desk.now)
    monkeypatch.setattr(review, "AUDITED", 1.0)
    session = opened(desk)
    made = [an_entry(id) for id, _ in session.reply(desk)["order"][:12]]
    monkeypatch.setattr(review, "AUDITED", 0.0)
    last = sent(desk, session, *made)["last"]
    assert [one["key"] for one in last] == [entry["uuid"] for entry in made[:1:-1]]

    back = an_entry(made[4]["item"], verdict="undo", undoes=made[4]["uuid"])
    reply = sent(desk, session, back, back)

    assert reply["front"]["item"] == reply["order"][0][0] == made[4]["item"]
    assert [one["undone"] for one in reply["last"]].count(True) == 1
    again = an_entry({"id": made[4]["item"], "version": 3})
    assert answered(sent(desk, session, again)) == [("saved", "")]
    assert desk.store.decision_by_key(again["uuid"]).drawn_by is Drawn.AUDIT  # type: ignore[union-attr]


def test_a_decision_and_its_undoing_and_the_next_decision_may_come_in_one_message(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    first = an_entry()
    back = an_entry(1, verdict="undo", undoes=first["uuid"])
    second = an_entry({"id": 1, "version": 3}, verdict="exclude", reason="opinion")

    reply = sent(desk, opened(desk), first, back, second)

    assert answered(reply) == [("saved", "")] * 3
    assert desk.store.item(1, desk.now).item.state is ItemState.EXCLUDED


def test_two_items_become_one_story_through_the_outbox_and_the_one_that_stands_for_it_is_shown(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(3), desk.now)
    session = opened(desk)
    session.reply(desk)

    joined = an_entry(3, verdict="join", other=1)
    reply = sent(desk, session, joined)
    again = sent(desk, opened(desk), joined)

    assert (answered(reply), answered(again)) == ([("saved", "")], [("saved", "")])
    assert desk.store.item(3, desk.now).item.copy_of == 1
    assert [id for id, _ in reply["order"]] == [1, 2]
    assert reply["front"]["item"] == 1


def test_evidence_goes_to_the_initiative_that_was_chosen(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    record = desk.store.add_initiative(an_initiative(), desk.person, desk.now, "1", sample=False)
    session = opened(desk)
    asked = sent(desk, session, ask={"number": 4, "kind": "evidence", "item": 1, "text": "helpline"})
    assert [row["id"] for row in asked["found"]["rows"]] == [record.id]

    sent(desk, session, an_entry(1, verdict="evidence", initiative=record.id))

    assert [one.item.id for one in desk.store.evidence(record.id)] == [1]


def test_what_cannot_be_kept_now_stays_unanswered_and_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    session, entry = opened(desk), an_entry()

    def full(*_: object) -> None:
        raise StoreUnavailable("The disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(review, "decide", full)
        reply = sent(desk, session, entry)

    assert (reply["answers"], reply["trouble"]) == ([], "The disk is full")
    assert answered(sent(desk, session, entry)) == [("saved", "")]


# ------------------------------------------------------------------------------------------------------- attacks


RUBBISH: list[Any] = [
    None,
    7,
    "x",
    [],
    {},
    {"uuid": 7},
    {"uuid": []},
    {"uuid": {"a": 1}},
    {"uuid": "x" * 10_000},
]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"uuid": "not-a-key"}, "uuid: "),
    ({"item": "1"}, "item: "),
    ({"item": True}, "item: "),
    ({"item": 2**40}, "item: "),
    ({"item": -1}, "item: "),
    ({"version": 1.5}, "version: "),
    ({"verdict": "publish"}, "verdict: "),
    ({"verdict": ["hold"]}, "verdict: "),
    ({"issues": ["hate_crime"] * 5000}, "issues: "),
    ({"countries": ["Canada"]}, "countries.0: "),
    ({"note": "x" * 5000}, "note: "),
    ({"note": "a\0b"}, "note: "),
    ({"note": "\ud800"}, "note: "),
    ({"item": 4000}, "there is no item 4000"),
    ({"verdict": "exclude"}, "an exclusion needs its reason"),
    ({"verdict": "exclude", "reason": "because"}, "an exclusion needs a reason of the codebook"),
    ({"issues": ["no_such_issue"]}, "there is no issue 'no_such_issue'"),
    ({"verdict": "evidence"}, "evidence needs the initiative"),
    ({"verdict": "evidence", "initiative": 77}, "there is no initiative 77"),
    ({"suggestion": 77}, "suggestion 77 was not made for item 1"),
    ({"verdict": "undo", "undoes": "nobody's"}, "there is no such decision on item 1"),
    ({"verdict": "join"}, "item 1: name the other item"),
    ({"verdict": "join", "other": 4000}, "there is no item 4000"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG, ids=[str(changes)[:60] for changes, _ in WRONG])
def test_an_entry_that_is_wrong_is_refused_with_its_reason_and_its_neighbours_are_applied(
    desk: Desk, changes: dict[str, Any], said: str
) -> None:
    intake.take_in(desk.store, a_source(), entries(3), desk.now)

    reply = sent(desk, opened(desk), an_entry(2), {**an_entry(1), **changes}, an_entry(3))

    assert [answer["what"] for answer in reply["answers"]] == ["saved", "refused", "saved"]
    assert reply["answers"][1]["said"].startswith(said)
    assert {one.item_id for one in desk.store.decisions()} == {2, 3}


def test_rubbish_among_the_entries_is_passed_over(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(2), desk.now)

    reply = sent(desk, opened(desk), *RUBBISH, an_entry())

    assert [what for what, _ in answered(reply)] == ["saved"]


@pytest.mark.parametrize(
    "message", [*RUBBISH, {"person": "1"}, {"person": 1, "entries": {}}, {"person": 1, "look": "x"}]
)
def test_a_message_that_is_none_changes_nothing_and_is_told(desk: Desk, message: Any) -> None:
    session = opened(desk)

    session.hear(desk, message)

    assert session.reply(desk)["trouble"] == "The browser sent something that cannot be read; reload the page"


def test_of_a_huge_list_only_as_much_is_applied_as_a_browser_ever_sends(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(120), desk.now)

    sent(desk, opened(desk), *(an_entry(id) for id in range(1, 121)))

    assert len(desk.store.decisions(limit=500)) == 100


def test_what_another_person_decided_in_this_tab_is_not_applied_under_the_wrong_name(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    ben = of_ben(desk)

    session = opened(ben)
    session.hear(ben, {"person": desk.person.id, "entries": [an_entry()]})

    reply = session.reply(ben)
    assert (reply["answers"], desk.store.decisions()) == ([], [])
    assert reply["trouble"].startswith("This was decided by somebody else in this tab")


def test_a_replayed_entry_of_somebody_else_is_refused(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(2), desk.now)
    ben, entry = of_ben(desk), an_entry()
    sent(desk, opened(desk), entry)

    assert answered(sent(ben, opened(ben), entry)) == [("stale", "another decision has this key already")]


def test_an_analyst_takes_nothing_back_that_somebody_else_decided(desk: Desk) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    [made] = decide(desk.store, of_ben(desk).person, [1], [False], desk.now)

    [(what, said)] = answered(sent(desk, opened(desk), an_entry(1, verdict="undo", undoes=made.key)))

    assert what == "refused"
    assert "may not take back the decision of somebody else" in said


def test_a_switched_off_account_decides_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    session = opened(desk)
    session.reply(desk)
    off = Desk(desk.store, desk.taxonomy, desk.settings, desk.person.but(active=False), desk.words, desk.now)

    [answer] = sent_off(off, session, an_entry())

    assert answer.what == "refused"
    assert "may not decide" in answer.said
    assert desk.store.decisions() == []


def sent_off(desk: Desk, session: Session, entry: dict[str, Any]) -> list[Any]:
    session.hear(desk, {"person": desk.person.id, "entries": [entry]})
    with pytest.raises(NotAllowed):
        Session(wanted=QueueFilter(), filters=1).reply(desk)
    return [*session.answers.values()]


def test_a_sign_in_that_ended_on_the_way_leaves_everything_in_the_outbox(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.take_in(desk.store, a_source(), entries(1), desk.now)
    session, entry = opened(desk), an_entry()

    def ended(_: Desk) -> Person:
        raise NotAllowed("You are signed out")

    with monkeypatch.context() as out:
        out.setattr(Desk, "still_here", ended)
        reply = sent(desk, session, entry)

    assert (reply["answers"], reply["trouble"]) == ([], "You are signed out")


# ---------------------------------------------------------------------------------------------------------- keys


def test_keys_are_kept_for_the_person_and_nobody_else(desk: Desk) -> None:
    session, ben = opened(desk), of_ben(desk)

    sent(desk, session, keys={"on": False, "keys": {"hold": "h"}})

    mine, theirs = opened(desk).reply(desk)["keys"], opened(ben).reply(ben)["keys"]
    assert (mine["on"], mine["chosen"]["hold"]) == (False, "h")
    assert (theirs["on"], theirs["chosen"]["hold"]) == (True, "s")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"keys": {"hold": "c"}}, "C belongs to the page itself"),
        ({"keys": {"hold": "1"}}, "hold needs one letter or sign"),
        ({"keys": {"hold": "ab"}}, "hold needs one letter or sign"),
        ({"keys": {"hold": "a"}}, "a would do two things"),
        ({"keys": {"explode": "z"}}, "there is no act 'explode'"),
        ({"keys": {"hold": 7}}, "keys: "),
        ({"on": "yes"}, "keys: "),
        ([1], "keys: "),
    ],
)
def test_keys_that_cannot_work_are_refused_with_the_reason(desk: Desk, keys: Any, said: str) -> None:
    reply = sent(desk, opened(desk), keys=keys)

    assert said in reply["trouble"]
    assert reply["keys"] == {"on": True, "chosen": keys_of.Keys().chosen()}
