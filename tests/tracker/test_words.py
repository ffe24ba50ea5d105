"""Words: what editors put into the lists and take out of them, and what becomes of the items that wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.makers import NOW, an_entry
from tracker import intake, suggestions, taxonomy, words
from tracker.errors import BadTaxonomy, Conflict, NotAllowed
from tracker.model import ListedWord, Person, Role, Source
from tracker.reading import VERSION
from tracker.store import Store
from tracker.store.items import QueueFilter

CODES = taxonomy.load()


def a_word(**changes: object) -> ListedWord:
    return ListedWord.model_validate(
        {"language": "fr", "group_name": "issues", "code": "hate_crime", "term": "crachat raciste*", **changes}
    )


def waiting(store: Store, text: str, source: Source, **changes: object) -> int:
    """The number of a new item that says this."""
    intake.take_in(store, source, [an_entry(text=text, **changes)], NOW)
    return store.queue(QueueFilter(), NOW)[0].item.id


def issues(store: Store, item_id: int) -> dict[str, tuple[str, ...]]:
    return {one.code: one.terms for one in store.item(item_id, NOW).suggestion.issues}


def test_a_word_that_an_editor_puts_in_is_found_in_items_that_wait(store: Store, source: Source, ben: Person) -> None:
    item = waiting(store, "The bureau counts brickflinging against newcomers.", source, title="A bureau counts")
    assert "hate_crime" not in issues(store, item)

    words.put_in(store, CODES, a_word(language="en", term="Brickflinging"), ben, NOW)
    assert suggestions.make(store, NOW) == 1

    assert issues(store, item)["hate_crime"] == ("brickflinging",)
    assert store.queue_by("issue")["hate_crime"] == 1
    assert suggestions.make(store, NOW) == 0


def test_a_shipped_word_that_is_taken_out_counts_no_more(store: Store, source: Source, ben: Person) -> None:
    item = waiting(store, "Hate crimes grow in the town.", source, title="What grows")
    assert "hate_crime" in issues(store, item)
    words.take_out(store, CODES, a_word(language="en", term="hate crime*"), ben, NOW)
    suggestions.make(store, NOW)

    assert "hate_crime" not in issues(store, item)


def test_an_item_that_other_words_say_the_same_of_gets_no_second_suggestion(
    store: Store, source: Source, ben: Person
) -> None:
    item = waiting(store, "A helpline.", source)
    before = store.item(item, NOW).suggestion

    words.put_in(store, CODES, a_word(term="brickflinging"), ben, NOW)

    assert suggestions.make(store, NOW + timedelta(hours=1)) == 1
    assert store.item(item, NOW).suggestion == before
    assert suggestions.make(store, NOW) == 0


def test_the_version_of_the_suggestions_names_the_words_that_made_them(
    store: Store, source: Source, ben: Person
) -> None:
    first = waiting(store, "brickflinging", source)
    assert store.item(first, NOW).suggestion.version == VERSION

    words.put_in(store, CODES, a_word(language="en", term="brickflinging"), ben, NOW)
    suggestions.make(store, NOW)
    version = store.item(first, NOW).suggestion.version
    assert version.startswith(f"{VERSION}-")

    words.take_out(store, CODES, a_word(language="en", term="brickflinging"), ben, NOW)
    suggestions.make(store, NOW)
    assert store.item(first, NOW).suggestion.version not in (version, VERSION)


def test_a_place_in_the_queue_that_was_learnt_is_kept_when_words_change(
    store: Store, source: Source, ben: Person
) -> None:
    item = waiting(store, "The bureau counts brickflinging.", source)
    with store.writing() as db:
        db.exec_driver_sql("UPDATE item SET score = 0.875")

    words.put_in(store, CODES, a_word(language="en", term="brickflinging"), ben, NOW)
    suggestions.make(store, NOW)

    assert "hate_crime" in issues(store, item)
    with store.reading() as db:
        assert db.exec_driver_sql("SELECT score FROM item").scalar_one() == 0.875


def test_only_editors_change_the_lists_and_each_change_is_in_the_audit(store: Store, ana: Person, ben: Person) -> None:
    with pytest.raises(NotAllowed, match="editor"):
        words.put_in(store, CODES, a_word(), ana, NOW)
    assert store.own_words() == ()

    words.put_in(store, CODES, a_word(), ben, NOW, "heard in three towns")

    [event] = store.events("word list")
    assert (event.who, event.what) == (ben.email, "word added")
    assert event.after["term"] == "crachat raciste*"
    [change] = store.word_changes()
    assert (change.person, change.reason) == ("Ben", "heard in three towns")


def test_a_change_is_undone_once_and_both_lines_stay_on_record(store: Store, ben: Person, ana: Person) -> None:
    words.put_in(store, CODES, a_word(), ben, NOW)
    [put_in] = store.word_changes()

    with pytest.raises(NotAllowed):
        words.undo(store, CODES, put_in.id, ana, NOW)
    words.undo(store, CODES, put_in.id, ben, NOW)

    assert "crachat raciste*" not in words.in_force(store)["fr"].issues["hate_crime"].strong
    assert [change.word.added for change in store.word_changes()] == [False, True]
    with pytest.raises(Conflict, match="taken back already"):
        words.undo(store, CODES, put_in.id, ben, NOW)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"term": "x"}, "fr, issues / hate_crime: a term has two letters or more"),
        ({"term": "*phobe"}, "a term has two letters or more"),
        ({"code": "piracy"}, "fr, issues / piracy: there is no such code. Known here: domestic_violence"),
        ({"group_name": "statuses"}, "there is no such list. Known here: issues, types"),
        ({"group_name": "action", "code": "", "kind": "weak"}, "one plain list"),
        ({"term": "Discours de haine"}, "'discours de haine' stands under strong already"),
        ({"term": "discours de haine", "kind": "weak"}, "stands under strong already"),
    ],
)
def test_a_word_that_a_file_could_not_hold_is_refused_with_the_same_sentence(
    sqlite_store: Store, wrong: dict[str, str], told: str
) -> None:
    editor = sqlite_store.add_person(Person(email="e@example.org", name="E", role=Role.EDITOR), "", "test")

    with pytest.raises(BadTaxonomy, match=told.replace("*", r"\*")):
        words.put_in(sqlite_store, CODES, a_word(**wrong), editor, NOW)


def test_a_word_that_does_not_stand_in_its_list_cannot_be_taken_out(store: Store, ben: Person) -> None:
    with pytest.raises(BadTaxonomy, match="does not stand under strong"):
        words.take_out(store, CODES, a_word(term="nowhere"), ben, NOW)


def test_a_word_is_looked_for_in_the_newest_items_before_it_is_put_in(store: Store, source: Source) -> None:
    said = [
        an_entry(url=f"https://families.example.org/{n}", guid=None, title=f"Number {n}", text="Crachats racistes." * n)
        for n in range(3)
    ]
    intake.take_in(store, source, said, NOW)

    found = words.standing(store, "crachat* racistes")

    assert found == (2, 3, ("Number 2", "Number 1"))
    with pytest.raises(BadTaxonomy, match="two letters"):
        words.standing(store, "x")


def test_the_lines_on_words_cannot_be_changed_afterwards(store: Store, ben: Person) -> None:
    words.put_in(store, CODES, a_word(), ben, NOW)

    with pytest.raises(Exception, match="append-only"), store.writing() as db:
        db.exec_driver_sql("UPDATE word_list SET term = 'else'")


def test_what_a_model_says_of_an_item_does_not_have_it_read_again(store: Store, source: Source) -> None:
    item = waiting(store, "A helpline.", source)
    [said] = store.said_of([item]).values()

    store.suggest_again({item: (said.words_id, said.words.but(version=f"model-1+{said.words.version}"))}, NOW)

    assert suggestions.make(store, NOW) == 0


def test_words_of_another_tracker_are_brought_in_whole_or_not_at_all(store: Store, ben: Person) -> None:
    shipped = words.shipped()["fr"].issues["hate_crime"].strong[0]
    brought = [a_word(), a_word(term=shipped, added=False), a_word(term="racisme", code="piracy")]

    with pytest.raises(BadTaxonomy, match="no such code"):
        words.bring_in(store, CODES, brought, ben, NOW)
    assert store.own_words() == ()

    assert words.bring_in(store, CODES, brought[:2], ben, NOW) == 2
    assert store.own_words() == tuple(brought[:2])
    assert words.bring_in(store, CODES, brought[:2], ben, NOW) == 0
