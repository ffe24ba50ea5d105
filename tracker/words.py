"""Which words point to an issue or a type? What the desk may do with the lists; editors and above.

The shipped lists stay as they are. What is put in and taken out stands beside them, line by line, and can be undone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache
from typing import NamedTuple

from tracker.errors import BadTaxonomy, Conflict, Sentence
from tracker.model import ListedWord, Person, Role
from tracker.people import require
from tracker.reading.folding import fold
from tracker.reading.keywords import Keywords, Points, Words, read_words
from tracker.reading.own import as_term, checked, terms, with_own
from tracker.store import Store
from tracker.taxonomy import Taxonomy

LOOKED_AT = 2_000  # newest items that a word is looked for in
EXAMPLES = 3


class Standing(NamedTuple):
    """In how many of the newest items a word stands."""

    found: int
    looked_at: int
    titles: tuple[str, ...]  # of the newest few of them


def in_force(store: Store) -> dict[str, Words]:
    """The lists that count now, by language."""
    return _lists(store.own_words())


@cache
def shipped() -> dict[str, Words]:
    """The lists that ship with the tracker, by language."""
    return read_words()


@lru_cache(maxsize=2)
def _lists(own: tuple[ListedWord, ...]) -> dict[str, Words]:
    return with_own(shipped(), own)


def put_in(
    store: Store, taxonomy: Taxonomy, word: ListedWord, person: Person, now: datetime, reason: str = ""
) -> ListedWord:
    """The word as it stands in its list from now on; waiting items are read again in the background.

    Raises NotAllowed, and BadTaxonomy for what cannot be matched or stands there already.
    """
    return _change(store, taxonomy, word.but(added=True), person, now, reason)


def take_out(
    store: Store, taxonomy: Taxonomy, word: ListedWord, person: Person, now: datetime, reason: str = ""
) -> ListedWord:
    """Takes a word out of its list, a shipped one too. Raises NotAllowed, and BadTaxonomy when it is not there."""
    return _change(store, taxonomy, word.but(added=False), person, now, reason)


def undo(store: Store, taxonomy: Taxonomy, change_id: int, person: Person, now: datetime) -> ListedWord:
    """Takes back one line of the history by a line that says the contrary.

    Raises NotAllowed, NotFound, and Conflict when a later line has done so already.
    """
    require(person, Role.EDITOR, Sentence("change the word lists"))
    word = store.word_change(change_id).word
    try:
        return _change(store, taxonomy, word.but(added=not word.added), person, now, f"takes back change {change_id}")
    except BadTaxonomy as done:
        raise Conflict(Sentence("change {id} was taken back already", id=change_id)) from done


def bring_in(store: Store, taxonomy: Taxonomy, brought: Iterable[ListedWord], person: Person, now: datetime) -> int:
    """How many words were put in and taken out, of those that another tracker exported; all of them, or none.

    What is so already is passed over. Raises NotAllowed, and BadTaxonomy for what cannot be matched.
    """
    require(person, Role.EDITOR, Sentence("change the word lists"))
    done = 0
    with store.writing():
        for word in brought:
            term = as_term(word.term)
            stands = term in terms(in_force(store), word.language, word.group_name, word.code, word.kind)
            if stands != word.added:
                _change(store, taxonomy, word, person, now, "brought in from a file")
                done += 1
    return done


def _change(
    store: Store, taxonomy: Taxonomy, word: ListedWord, person: Person, now: datetime, reason: str
) -> ListedWord:
    require(person, Role.EDITOR, Sentence("change the word lists"))
    with store.writing():  # so that two editors do not put in the same word at once
        found = checked(word, in_force(store), taxonomy)
        store.add_word(found, person, now, reason.strip())
    return found


def standing(store: Store, term: str) -> Standing:
    """In how many of the newest items this term stands, with titles of some. Raises BadTaxonomy as `put_in` does."""
    lists = Keywords([("term", Points(strong=(as_term(term),)))])
    looked_at = store.newest_told(LOOKED_AT)
    found = [one for one in looked_at if lists.hits(fold(f"{one.title}\n{one.text}"))]
    return Standing(len(found), len(looked_at), tuple(one.title for one in found[:EXAMPLES]))
