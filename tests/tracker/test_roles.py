"""The rules of who may do what: each act of the desk, by each role. A new act needs its row here."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

import tracker
from tests.makers import NOW, a_decision, a_person, a_source, an_initiative, entries
from tests.tracker.test_models import a_model
from tests.tracker.test_submissions import a_letter
from tracker import (
    accounts,
    contacts,
    exclusion,
    filters,
    intake,
    merging,
    models,
    people,
    review,
    searched,
    second_coding,
    second_look,
    sources,
    speed,
    submissions,
    suggestions,
    tasks,
    taxonomy,
    words,
)
from tracker.errors import NotAllowed, Sentence
from tracker.model import EvidenceRole, HelpContact, InitiativeState, ListedWord, Person, Role, Verdict, Wording
from tracker.settings import Settings
from tracker.store import Store, open_box
from tracker.store.audit import EventFilter
from tracker.store.coverage import Searched
from tracker.store.items import QueueFilter
from tracker.store.second_coding import DRAWN_UNDER, Coding
from tracker.store.second_looks import FieldVerdict

CODEBOOK = taxonomy.load()
PASSWORD = "four quiet brown horses"
DOORS = frozenset({"tracker.people"})  # where nobody is signed in yet: what is asked for there is a password or a link


@dataclass
class World:
    """A store in which every act has something to be done to, by somebody who had no part in it so far."""

    store: Store
    author: Person  # of everything that is there
    admin: Person
    draft: int
    second_look: int
    public: int
    harmful: int  # a draft that gives a stranger's telephone
    excluded: int  # the decision on an item that one person alone has excluded
    drawn: int  # the decision on an item that a second person is to code
    coded_twice: int  # the second coding of an item, which differs from the first


@pytest.fixture
def world(sqlite_store: Store) -> World:
    store = sqlite_store
    author = store.add_person(a_person(email="author@example.org", name="Author"), "", "test")
    reader = store.add_person(a_person(email="reader@example.org", name="Reader"), "", "test")
    admin = store.add_person(a_person(email="admin@example.org", name="Admin", role=Role.ADMIN), "", "test")
    store.register([a_source()])
    store.add_source(a_source(id="ours", url="https://ours.example.org/feed"), author.email)
    intake.take_in(store, a_source(), entries(7), NOW)
    suggestions.make(store, NOW)
    store.add_model(a_model(1), b"weights", "learning")
    made = [store.add_initiative(an_initiative(), author, NOW, "1", sample=False) for _ in range(3)]
    for record in made:
        store.add_evidence(record.id, 1, author, NOW, EvidenceRole.PRIMARY)
    for record in made[1:]:
        review.submit(store, author, record.id, record.revision, ("en",), NOW)
    second_look.approve(store, reader, made[2].id, made[2].revision, NOW)
    texted = {"en": Wording(title="Helpline", summary="Ask for the warden on 613 555 0199 at night.")}
    harmful = store.add_initiative(an_initiative(wordings=texted), author, NOW, "1", sample=False)
    coded, excluded, drawn = _excluded(store, author)
    twice = second_coding.code(store, CODEBOOK, reader, 5, coded, IN, NOW)
    draft, waiting, public = (record.id for record in made)
    return World(store, author, admin, draft, waiting, public, harmful.id, excluded, drawn, twice)


def _excluded(store: Store, author: Person) -> list[int]:
    """The author excludes items 5, 6 and 7; of all items 5 and 7 are drawn to be coded twice."""
    with store.writing() as db:
        db.execute(sa.text("UPDATE item SET second_lot = :lot"), {"lot": DRAWN_UNDER})
        db.execute(sa.text("UPDATE item SET second_lot = 0 WHERE id IN (5, 7)"))
    out = a_decision(person_id=author.id, verdict=Verdict.EXCLUDE, reason="problem_only", issues=(), countries=())
    return [review.decide(store, CODEBOOK, author, out.but(item_id=id, key=f"out-{id}")).id for id in (5, 6, 7)]


Act = Callable[[World, Person], object]
IN = Coding(verdict=Verdict.INCLUDE, issues=("domestic_violence",), countries=("CA",), type="A2")
CONTACT = HelpContact(country="CA", names={"en": "Line"}, phone="+1 555 0100", source="https://line.example.org/")
WORD = ListedWord(language="en", group_name="issues", code="domestic_violence", term="brickflinging")


def _decided(world: World, person: Person, **changes: object) -> int:
    """A decision that this person made, or the author."""
    by = a_decision(item_id=2, person_id=person.id, verdict=Verdict.HOLD, key=f"by-{person.id}", **changes)
    return review.decide(world.store, CODEBOOK, person, by).id


def _signed_in(world: World, person: Person) -> str:
    return people.hidden(people.let_in(world.store, person, NOW, network="", browser="", way="password"))


def _with_password(world: World, person: Person) -> object:
    world.store.change_person(person, "test", password_hash=people._hasher.hash(PASSWORD))
    return accounts.change_password(world.store, person, PASSWORD, "six loud white geese", NOW)


def _splits(world: World, person: Person) -> object:
    review.join(world.store, world.author, 3, 4)
    return review.split(world.store, person, 4, NOW)


def _takes_back(world: World, person: Person) -> object:
    words.put_in(world.store, CODEBOOK, WORD, world.admin, NOW)
    return words.undo(world.store, CODEBOOK, world.store.word_changes()[0].id, person, NOW)


def _takes_out(world: World, person: Person) -> object:
    words.put_in(world.store, CODEBOOK, WORD, world.admin, NOW)
    return words.take_out(world.store, CODEBOOK, WORD, person, NOW)


def _resumes(world: World, person: Person) -> object:
    sources.pause(world.store, "ministry-en", world.admin)
    sources.resume(world.store, "ministry-en", person)
    return world.store.watched(["ministry-en"])


def _switches_on(world: World, person: Person) -> object:
    accounts.switch_off(world.store, world.admin, world.author.id)
    return accounts.switch_on(world.store, person, world.author.id)


def _opens(found: object) -> None:
    assert found, "there is something to open"


def _drops(world: World, person: Person, owner: Person) -> None:
    """What is removed was kept by its owner while they could; whether they still can is the question."""
    filters.drop(world.store, person, world.store.keep_filter("queue", "new", True, {}, owner, NOW))


def _attaches(world: World, person: Person, drafted_by: Person) -> object:
    draft = world.store.add_initiative(an_initiative(), drafted_by, NOW, "1", sample=False)
    world.store.add_evidence(draft.id, 2, drafted_by, NOW, EvidenceRole.PRIMARY)
    role = EvidenceRole.CORROBORATES
    return merging.attach_instead(world.store, CODEBOOK, person, draft, world.public, role, NOW)


def _merges(world: World, person: Person) -> object:
    kept, other = world.store.record(world.public), world.store.record(world.draft)
    return merging.merge(world.store, CODEBOOK, person, kept, other, {}, "the same", NOW)


def _splits_initiative(world: World, person: Person) -> object:
    return merging.split(world.store, CODEBOOK, person, world.store.record(world.public), [1], "two", NOW, keep=True)


def _undoes_split(world: World, person: Person, by: Person) -> object:
    act = world.store.split_initiative(world.public, 1, [1], by, NOW, "1", "two", keep=True)
    return merging.undo(world.store, person, act.id, NOW)


def _confirms(world: World, person: Person) -> None:
    [finding] = second_look.findings(world.store, world.store.record(world.harmful))
    second_look.confirm(world.store, person, world.harmful, 1, finding, "help_line", NOW)


def _looks_later(world: World, person: Person) -> object:
    second_look.publish_at_once(world.store, world.admin, world.draft, 1, "a number to call today", NOW)
    return second_look.look_later(world.store, person, world.draft, NOW)


def _takes_back_approval(world: World, person: Person, by: Person) -> object:
    world.store.approve_initiative(world.second_look, 1, by, NOW)
    [act] = [one for one in world.store.acts(world.second_look) if one.what == "approved"]
    return second_look.take_back(world.store, person, act.id, "too early", NOW)


def _says_searched(world: World, person: Person) -> object:
    issues, months = ["domestic_violence"], [NOW.date()]
    return searched.say(
        world.store, CODEBOOK, person, ["CA"], issues, months, Searched.SEARCHED, "asked the ministry", NOW
    )


def _contact(world: World) -> int:
    return contacts.add(world.store, CONTACT, world.admin, NOW).number


def _submission(world: World) -> int:
    """The number of what somebody sent who may be reached."""
    box = open_box(world.store.url)
    box.put(a_letter())
    box.close()
    submissions.tend(world.store, Settings(database=world.store.url), NOW)
    return world.store.submissions()[0].id


def _unassigns(world: World, person: Person) -> None:
    tasks.assign(world.store, world.admin, "item", [2], world.author.id, NOW)
    assert tasks.unassign(world.store, person, "item", [2]) == 1


def _settles(world: World, person: Person) -> object:
    return second_coding.settle(world.store, CODEBOOK, person, world.coded_twice, IN, "it opens a line", NOW)


ANALYST, EDITOR, ADMIN = Role.ANALYST, Role.EDITOR, Role.ADMIN

# The name of the act and, where its role depends on whose thing it is, of the case; the lowest role; how it is done.
ACTS: dict[str, tuple[Role, Act]] = {
    "review.open_item": (ANALYST, lambda w, p: review.open_item(w.store, p, 2, NOW)),
    "review.lease": (ANALYST, lambda w, p: review.lease(w.store, p, QueueFilter(), (), 2, NOW)),
    "review.decide": (ANALYST, lambda w, p: _decided(w, p)),
    "review.undo one's own": (ANALYST, lambda w, p: review.undo(w.store, p, _decided(w, p), "undo", NOW)),
    "review.undo another's": (EDITOR, lambda w, p: review.undo(w.store, p, _decided(w, w.author), "undo", NOW)),
    "review.split": (ANALYST, _splits),
    "review.join": (ANALYST, lambda w, p: review.join(w.store, p, 3, 4)),
    "review.save": (ANALYST, lambda w, p: review.save(w.store, CODEBOOK, p, w.draft, 1, an_initiative(), NOW)),
    "review.keep": (ANALYST, lambda w, p: review.keep(w.store, p, w.draft, 1, {"title": "x"}, NOW)),
    "review.forget": (ANALYST, lambda w, p: review.forget(w.store, p, w.draft)),
    "review.submit": (ANALYST, lambda w, p: review.submit(w.store, p, w.draft, 1, ("en",), NOW)),
    "second_look.approve": (ANALYST, lambda w, p: second_look.approve(w.store, p, w.second_look, 1, NOW)),
    "second_look.send_back": (ANALYST, lambda w, p: second_look.send_back(w.store, p, w.second_look, 1, "too short")),
    "second_look.withdraw": (EDITOR, lambda w, p: second_look.withdraw(w.store, p, w.public, "wrong", NOW)),
    "review.link": (ANALYST, lambda w, p: review.link(w.store, p, w.draft, 2, EvidenceRole.CORROBORATES, NOW)),
    "review.take_back": (
        ANALYST,  # of whom, is settled by what calls it
        lambda w, p: review.take_back(w.store, p, w.store.decision(w.excluded), "back", NOW),
    ),
    "exclusion.open_next": (ANALYST, lambda w, p: _opens(exclusion.open_next(w.store, CODEBOOK, p, NOW))),
    "exclusion.look": (ANALYST, lambda w, p: exclusion.look(w.store, p, w.excluded, NOW, stands=False)),
    "second_coding.open_next": (ANALYST, lambda w, p: _opens(second_coding.open_next(w.store, p, NOW))),
    "second_coding.code": (ANALYST, lambda w, p: second_coding.code(w.store, CODEBOOK, p, 7, w.drawn, IN, NOW)),
    "second_coding.settle": (EDITOR, _settles),
    "second_look.comment": (
        ANALYST,
        lambda w, p: second_look.comment(w.store, p, w.second_look, 1, "types", FieldVerdict.WRONG, "A3?", NOW),
    ),
    "second_look.say": (ANALYST, lambda w, p: second_look.say(w.store, p, w.second_look, "Who runs it?", NOW)),
    "second_look.confirm": (ANALYST, _confirms),
    "second_look.publish_at_once": (
        EDITOR,
        lambda w, p: second_look.publish_at_once(w.store, p, w.draft, 1, "a number to call today", NOW),
    ),
    "second_look.look_later": (ANALYST, _looks_later),
    "second_look.take_back one's own": (ANALYST, lambda w, p: _takes_back_approval(w, p, p)),
    "second_look.take_back another's": (EDITOR, lambda w, p: _takes_back_approval(w, p, w.admin)),
    "second_look.still_so": (ANALYST, lambda w, p: second_look.still_so(w.store, p, w.public, NOW)),
    "second_look.ended": (
        ANALYST,
        lambda w, p: second_look.ended(w.store, CODEBOOK, p, w.public, 1, None, ("en",), NOW),
    ),
    "second_look.check_on": (ANALYST, lambda w, p: second_look.check_on(w.store, p, w.public, NOW.date())),
    "merging.merge": (EDITOR, _merges),
    "merging.attach_instead one's own": (ANALYST, lambda w, p: _attaches(w, p, p)),
    "merging.attach_instead another's": (EDITOR, lambda w, p: _attaches(w, p, w.author)),
    "merging.split": (ANALYST, _splits_initiative),
    "merging.undo one's own": (ANALYST, lambda w, p: _undoes_split(w, p, p)),
    "merging.undo another's": (EDITOR, lambda w, p: _undoes_split(w, p, w.author)),
    "searched.say": (ANALYST, _says_searched),
    "speed.paces": (ANALYST, lambda w, p: _opens(speed.paces(w.store, p, NOW))),
    "tasks.assign": (ANALYST, lambda w, p: tasks.assign(w.store, p, "item", [2], w.author.id, NOW)),
    "tasks.unassign": (ANALYST, _unassigns),
    "filters.keep": (ANALYST, lambda w, p: filters.keep(w.store, p, "queue", "new", {"country": "CA"}, NOW)),
    "filters.keep for the team": (
        EDITOR,
        lambda w, p: filters.keep(w.store, p, "queue", "new", {"country": "CA"}, NOW, shared=True),
    ),
    "filters.drop one's own": (ANALYST, lambda w, p: _drops(w, p, p)),
    "filters.drop another's": (EDITOR, lambda w, p: _drops(w, p, w.author)),
    "contacts.add": (EDITOR, lambda w, p: contacts.add(w.store, CONTACT, p, NOW)),
    "contacts.check": (EDITOR, lambda w, p: contacts.check(w.store, _contact(w), 1, CONTACT, p, NOW)),
    "submissions.contact": (EDITOR, lambda w, p: submissions.contact(w.store, p, _submission(w))),
    "submissions.forget_contact": (EDITOR, lambda w, p: submissions.forget_contact(w.store, p, _submission(w))),
    "contacts.withdraw": (EDITOR, lambda w, p: contacts.withdraw(w.store, _contact(w), 1, p, NOW, "closed")),
    "words.put_in": (EDITOR, lambda w, p: words.put_in(w.store, CODEBOOK, WORD, p, NOW)),
    "words.take_out": (EDITOR, _takes_out),
    "words.undo": (EDITOR, _takes_back),
    "words.bring_in": (EDITOR, lambda w, p: words.bring_in(w.store, CODEBOOK, [WORD], p, NOW)),
    "sources.add": (EDITOR, lambda w, p: sources.add(w.store, a_source(id="new", url="https://new.example/f"), p)),
    "sources.change": (
        EDITOR,
        lambda w, p: sources.change(w.store, a_source(id="ours", url="https://ours.example.org/feed", name="X"), p),
    ),
    "sources.pause": (EDITOR, lambda w, p: sources.pause(w.store, "ministry-en", p)),
    "sources.resume": (EDITOR, _resumes),
    "sources.ask_again": (EDITOR, lambda w, p: sources.ask_again(w.store, "ministry-en", p)),
    "sources.use_address": (
        EDITOR,
        lambda w, p: sources.use_address(w.store, "ministry-en", "https://moved.example.org/feed", p),
    ),
    "models.use": (EDITOR, lambda w, p: models.use(w.store, p, 1)),
    "models.hand_back": (EDITOR, lambda w, p: models.hand_back(w.store, p)),
    "accounts.everybody": (ADMIN, lambda w, p: accounts.everybody(w.store, p, NOW)),
    "accounts.invite": (ADMIN, lambda w, p: accounts.invite(w.store, p, a_person(email="new@example.org"), NOW)),
    "accounts.new_link": (ADMIN, lambda w, p: accounts.new_link(w.store, p, w.author.id, NOW)),
    "accounts.give_role": (ADMIN, lambda w, p: accounts.give_role(w.store, p, w.author.id, Role.EDITOR)),
    "accounts.give_role to oneself": (ADMIN, lambda w, p: accounts.give_role(w.store, p, p.id, Role.ADMIN)),
    "accounts.switch_off": (ADMIN, lambda w, p: accounts.switch_off(w.store, p, w.author.id)),
    "accounts.switch_on": (ADMIN, _switches_on),
    "accounts.forget_identity": (ADMIN, lambda w, p: accounts.forget_identity(w.store, p, w.author.id)),
    "accounts.sign_ins of one's own": (ANALYST, lambda w, p: accounts.sign_ins(w.store, p, p.id, NOW)),
    "accounts.sign_ins of another": (ADMIN, lambda w, p: accounts.sign_ins(w.store, p, w.author.id, NOW)),
    "accounts.end_sign_in of one's own": (
        ANALYST,
        lambda w, p: accounts.end_sign_in(w.store, p, _signed_in(w, p)),
    ),
    "accounts.end_sign_in of another": (
        ADMIN,
        lambda w, p: accounts.end_sign_in(w.store, p, _signed_in(w, w.author)),
    ),
    "accounts.end_sign_ins of one's own": (ANALYST, lambda w, p: accounts.end_sign_ins(w.store, p, p.id)),
    "accounts.end_sign_ins of another": (ADMIN, lambda w, p: accounts.end_sign_ins(w.store, p, w.author.id)),
    "accounts.audit": (ADMIN, lambda w, p: accounts.audit(w.store, p, EventFilter(), 10)),
    "accounts.change_password": (ANALYST, _with_password),
    "accounts.choose_language": (ANALYST, lambda w, p: accounts.choose_language(w.store, p, "fr")),
}

RANK = {Role.ANALYST: 0, Role.EDITOR: 1, Role.ADMIN: 2}


@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role.value if role else "switched off")
@pytest.mark.parametrize("act", ACTS)
def test_each_act_is_done_by_those_whose_role_allows_it_and_by_nobody_else(
    world: World, act: str, role: Role | None
) -> None:
    needed, do = ACTS[act]
    wanted = a_person(email="tess@example.org", name="Tess", role=role or Role.ADMIN)
    person = world.store.add_person(wanted, "", "test")
    if role is None:
        person = person.but(active=False)
        world.store.change_person(person, "test")

    if role is not None and RANK[role] >= RANK[needed]:
        do(world, person)
    else:
        with pytest.raises(NotAllowed, match="this takes the role") as refused:
            do(world, person)
        assert isinstance(refused.value.sentence, Sentence)
        assert isinstance(refused.value.sentence.values["act"], Sentence), "told in the reader's language"


def test_every_act_of_a_person_has_its_row() -> None:
    found = set()
    for module in pkgutil.iter_modules(tracker.__path__, "tracker."):
        if module.ispkg or module.name.endswith("__main__"):
            continue
        room = importlib.import_module(module.name)
        for name, act in vars(room).items():
            public = inspect.isfunction(act) and act.__module__ == module.name and not name.startswith("_")
            if public and module.name not in DOORS:
                given = inspect.signature(act).parameters
                if "store" in given and "person" in given and given["person"].annotation in ("Person", Person):
                    found.add(f"{module.name.removeprefix('tracker.')}.{name}")

    assert found == {act.split()[0] for act in ACTS}


def test_the_author_of_a_revision_is_not_its_second_pair_of_eyes(world: World) -> None:
    with pytest.raises(NotAllowed, match="for somebody else"):
        second_look.approve(world.store, world.author, world.second_look, 1, NOW)

    assert world.store.record(world.second_look).state is InitiativeState.SECOND_LOOK
