"""Which words count, once the desk has put in some of its own and taken out some of the shipped ones?

Plain functions over the lists: what was put in and taken out comes from the store, and is checked as the files are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from tracker.errors import BadTaxonomy, Sentence, because
from tracker.model import ListedWord
from tracker.reading import VERSION, hash_of
from tracker.reading.keywords import GROUPS, TONES, Points, Word, Words
from tracker.taxonomy import Taxonomy

KINDS = ("strong", "weak", "not")
_WORD: TypeAdapter[str] = TypeAdapter(Word)

Lists = Mapping[str, Words]  # by language


def version_of(taxonomy: Taxonomy, own: Sequence[ListedWord]) -> str:
    """The name of these words, which suggestions carry: `words-…`, with a part of its own where some were added."""
    said = [term.model_dump_json() for name in GROUPS for term in taxonomy.group(name) if term.words]
    said += sorted(word.model_dump_json() for word in own)
    return f"{VERSION}-{hash_of(said)}" if said else VERSION


def with_own(shipped: Lists, own: Iterable[ListedWord]) -> dict[str, Words]:
    """The lists with the desk's words put in and taken out, in this order. A word that is put in twice stands once."""
    found = {language: words.model_dump(by_alias=True) for language, words in shipped.items()}
    own = list(own)
    if not own:
        return dict(shipped)
    for word in own:
        lists = found.setdefault(word.language, {})
        if word.group_name in TONES:
            lists[word.group_name] = _changed(lists.get(word.group_name, ()), word)
        else:
            points = lists.setdefault(word.group_name, {}).setdefault(word.code, {})
            points[word.kind] = _changed(points.get(word.kind, ()), word)
    return {language: Words.model_validate(lists) for language, lists in found.items()}


def _changed(terms: Iterable[str], word: ListedWord) -> tuple[str, ...]:
    others = tuple(term for term in terms if term != word.term)
    return (*others, word.term) if word.added else others


def terms(lists: Lists, language: str, group_name: str, code: str, kind: str) -> tuple[str, ...]:
    """The words of one list, in their order; none where there is no such list."""
    words = lists.get(language, Words())
    if group_name in TONES:
        return tuple(getattr(words, group_name)) if kind == "strong" else ()
    points: Points = getattr(words, group_name).get(code, Points())
    return points.blanked if kind == "not" else points.strong if kind == "strong" else points.weak


def as_term(text: str, where: str = "") -> str:
    """A word as it is matched: small letters, no accents. Raises BadTaxonomy for what cannot be matched."""
    try:
        return _WORD.validate_python(text)
    except ValidationError as wrong:
        why = because(wrong.errors()[0])
        raise BadTaxonomy(Sentence("{where}{why}, not '{text}'", where=where, why=why, text=text)) from None


def _wrong(where: str, why: Sentence) -> BadTaxonomy:
    return BadTaxonomy(Sentence("{where}: {why}", where=where, why=why))


def checked(word: ListedWord, lists: Lists, taxonomy: Taxonomy) -> ListedWord:
    """The word as it would stand in its list: small letters, no accents. `lists` are those that count now.

    Raises BadTaxonomy with the sentence that a mistake in a file would get: no such list, a term that cannot be
    matched, one that stands there already, one to take out that does not stand there.
    """
    where = f"{word.language}, {word.group_name}{f' / {word.code}' if word.code else ''}"
    if word.group_name in TONES:
        if word.code or word.kind != "strong":
            raise _wrong(where, Sentence("this is one plain list, without codes and without weak words"))
    elif word.group_name not in GROUPS:
        raise _wrong(where, Sentence("there is no such list. Known here: {known}.", known=", ".join((*GROUPS, *TONES))))
    elif word.code not in taxonomy.codes(word.group_name):
        known = ", ".join(taxonomy.codes(word.group_name))
        raise _wrong(where, Sentence("there is no such code. Known here: {known}.", known=known))
    term = as_term(word.term, f"{where}: ")
    standing = [kind for kind in KINDS if term in terms(lists, word.language, word.group_name, word.code, kind)]
    if not word.added:
        if word.kind not in standing:
            raise _wrong(where, Sentence("'{term}' does not stand under {kind}", term=term, kind=word.kind))
    elif word.kind in standing or (standing and "not" not in (word.kind, *standing)):
        raise _wrong(where, Sentence("'{term}' stands under {kind} already; keep one", term=term, kind=standing[0]))
    return word.but(term=term)
