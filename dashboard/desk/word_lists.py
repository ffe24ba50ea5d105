"""Which words point to an issue or a type? All lists, what the desk put in and took out, and the history of that."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.shared import Desk, flash, safe, told
from tracker import words
from tracker.errors import TrackerError
from tracker.model import ListedWord, Role, WordChange
from tracker.people import may
from tracker.reading.keywords import GROUPS, TONES
from tracker.reading.language import EXPECTED
from tracker.reading.own import KINDS, terms
from tracker.words import Standing

SHOWN_CHANGES = 20
WITHOUT_SPACES = frozenset({"zh"})  # a word of these languages cannot be found by its borders

List = tuple[str, str]  # a group of the taxonomy and one of its codes; a tone and nothing


def show(desk: Desk) -> None:
    st.html(
        f'<h1 class="d-h1">{safe(desk.t("Words"))}</h1><p class="t-lead">'
        + safe(
            desk.t(
                "Suggestions begin with these words. Capitals and accents do not matter, a hyphen is a space, "
                "and * stands for any ending. What is changed here counts at once for new items; "
                "those that wait are read again in the background."
            )
        )
        + "</p>"
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="words-choice"):
        languages = _languages(desk)
        language = st.selectbox(
            desk.t("Language"),
            languages,
            index=languages.index(desk.words.language),
            format_func=desk.words.tongue,
            key="words-language",
            width=220,
        )
        chosen = st.selectbox(
            desk.t("List"), _lists(desk), format_func=lambda one: _called(desk, one), key="words-list", width=420
        )
    own = desk.store.own_words()
    lists = words.in_force(desk.store)
    kinds = KINDS if chosen[0] in GROUPS else KINDS[:1]
    if may(desk.person, Role.EDITOR):
        standing = {kind: terms(lists, language, *chosen, kind) for kind in kinds}
        with st.container(border=True, key="words-change"):
            _change(desk, language, chosen, standing)
    _standing(desk, language, chosen, kinds, own)
    _history(desk, own)


def _languages(desk: Desk) -> list[str]:
    """Those that have lists first, then those that sources are likely to write in; each by name."""
    ships = sorted(words.shipped(), key=desk.words.tongue)
    return [*ships, *sorted(EXPECTED - set(ships) - WITHOUT_SPACES, key=desk.words.tongue)]


def _lists(desk: Desk) -> list[List]:
    return [
        *((group, code) for group in GROUPS for code in desk.taxonomy.codes(group)),
        *((tone, "") for tone in TONES),
    ]


def _called(desk: Desk, one: List) -> str:
    group, code = one
    name = {
        "issues": desk.t("Issue"),
        "types": desk.t("Type"),
        "bias_grounds": desk.t("Ground of bias"),
        "targets": desk.t("For whom"),
        "actor_kinds": desk.t("Kind of actor"),
        "action": desk.t("Words of something done"),
        "problem": desk.t("Words of mere trouble"),
        "covid": desk.t("Words of COVID-19"),
    }[group]
    return f"{name} · {desk.label(group, code)}" if code else name


def _kind(desk: Desk, kind: str) -> str:
    return {
        "strong": desk.t("Strong (3 points)"),
        "weak": desk.t("Weak (1 point)"),
        "not": desk.t("Passed over"),
    }[kind]


def _standing(desk: Desk, language: str, chosen: List, kinds: Iterable[str], own: Iterable[ListedWord]) -> None:
    """The words of a list; those of the desk and those that it took out told apart from the shipped ones."""
    changed = {
        (word.kind, word.term): word.added
        for word in own
        if (word.language, word.group_name, word.code) == (language, *chosen)
    }
    parts = []
    for kind in kinds:
        ships = terms(words.shipped(), language, *chosen, kind)
        listed = dict.fromkeys(ships, "")
        for (of, term), added in changed.items():
            if of == kind and (added != (term in ships)):
                listed[term] = "in" if added else "out"
        chips = "".join(
            f"<li>{_chip(desk, term, state)}</li>" for term, state in sorted(listed.items(), key=lambda pair: pair[0])
        )
        head = f"{_kind(desk, kind)} · {desk.words.number(sum(state != 'out' for state in listed.values()))}"
        side = ' dir="auto"' if listed else ""
        body = f'<ul class="d-words" lang="{safe(language)}"{side}>{chips}</ul>' if chips else _none(desk)
        parts.append(f'<h2 class="d-line">{safe(head)}</h2>{body}')
    st.html("".join(parts))


def _none(desk: Desk) -> str:
    return f'<p class="t-note">{safe(desk.t("None yet"))}</p>'


def _chip(desk: Desk, term: str, state: str) -> str:
    if state == "in":
        return f'<b>{safe(term)}</b> <span class="t-tag">{safe(desk.t("added"))}</span>'
    if state == "out":
        return f'<s>{safe(term)}</s> <span class="t-tag">{safe(desk.t("taken out"))}</span>'
    return safe(term)


# ----------------------------------------------------------------------------------------------------------- changing


def _change(desk: Desk, language: str, chosen: List, standing: dict[str, tuple[str, ...]]) -> None:
    here = f"{language}-{chosen[0]}-{chosen[1]}-{st.session_state.get('words-done', 0)}"
    act = st.segmented_control(
        desk.t("Change this list"),
        ["in", "out"],
        default="in",
        required=True,
        format_func=lambda code: {"in": desk.t("Put in a word"), "out": desk.t("Take out a word")}[code],
        key="words-act",
    )
    if act == "in":
        with st.container(horizontal=True, vertical_alignment="bottom"):
            term = st.text_input(
                desk.t("Word or phrase"),
                key=f"words-term-{here}",
                placeholder=desk.t("such as: hate crime*"),
                max_chars=100,
                width=320,
            ).strip()
            kind = st.segmented_control(
                desk.t("How much it says"),
                list(standing),
                default="strong",
                required=True,
                format_func=lambda code: _kind(desk, code),
                key=f"words-kind-{here}",
                wrap=True,
            )
    else:
        options = [(kind, term) for kind in standing for term in sorted(standing[kind])]
        picked = st.selectbox(
            desk.t("Word or phrase"),
            options,
            index=None,
            format_func=lambda pair: f"{pair[1]} · {_kind(desk, pair[0])}",
            placeholder=desk.t("Choose a word"),
            key=f"words-out-{here}",
            width=420,
        )
        kind, term = picked or ("strong", "")
    if not term:
        shared.note(desk.t("Before anything is saved, you see in which items the word stands."))
        return
    try:
        found = _looked_up(desk, term)
    except TrackerError as problem:
        st.error(shared.in_words(problem))
        return
    st.html(_where(desk, term, found))
    reason = st.text_input(desk.t("Why (for the history)"), key=f"words-why-{here}", max_chars=200)
    word = ListedWord(language=language, group_name=chosen[0], code=chosen[1], kind=kind, term=term, added=act == "in")
    label = desk.t("Put it in") if act == "in" else desk.t("Take it out")
    if st.button(label, type="primary", key=f"words-save-{here}"):
        with told():
            _save(desk, word, reason)
            st.rerun()


def _looked_up(desk: Desk, term: str) -> Standing:
    """Where the term stands, looked for once while it is on the screen."""
    kept = st.session_state.get("words-found")
    if kept is None or kept[0] != term:
        with st.spinner(desk.t("Looking through the newest items …")):
            kept = (term, words.standing(desk.store, term))
        st.session_state["words-found"] = kept
    found: Standing = kept[1]
    return found


def _where(desk: Desk, term: str, found: Standing) -> str:
    if not found.looked_at:
        return f'<p role="status">{safe(desk.t("There are no items yet to look for it in."))}</p>'
    said = desk.t(
        "“{term}” stands in {found} of the last {looked_at} items",
        term=term,
        found=desk.words.number(found.found),
        looked_at=desk.words.number(found.looked_at),
    )
    if not found.titles:
        return f'<p role="status">{safe(said)}.</p>'
    titles = "".join(f'<li dir="auto">{safe(title)}</li>' for title in found.titles)
    return f'<p role="status">{safe(said)}, {safe(desk.t("for instance"))}:</p><ul class="t-plain">{titles}</ul>'


def _save(desk: Desk, word: ListedWord, reason: str) -> None:
    if word.added:
        kept = words.put_in(desk.store, desk.taxonomy, word, desk.still_here(), desk.now, reason)
        flash(desk.t("“{term}” counts from now on", term=kept.term))
    else:
        kept = words.take_out(desk.store, desk.taxonomy, word, desk.still_here(), desk.now, reason)
        flash(desk.t("“{term}” does not count any more", term=kept.term))
    st.session_state["words-done"] = st.session_state.get("words-done", 0) + 1  # the fields are empty again
    st.session_state.pop("words-found", None)


# ------------------------------------------------------------------------------------------------------------ history


def _history(desk: Desk, own: tuple[ListedWord, ...]) -> None:
    changes = desk.store.word_changes(SHOWN_CHANGES)
    if not changes:
        return
    st.html(f'<h2 class="d-line">{safe(desk.t("What was changed"))}</h2>')
    editor = may(desk.person, Role.EDITOR)
    counts = set(own)
    for change in changes:
        with st.container(horizontal=True, vertical_alignment="center", key=f"words-change-{change.id}"):
            st.html(_told(desk, change), width="stretch")
            if editor and change.word in counts:
                counts.discard(change.word)  # only the newest line on a word can be taken back
                st.button(
                    desk.t("Undo"),
                    key=f"words-undo-{change.id}",
                    on_click=_undo,
                    args=(desk, change.id),
                    help=desk.t("Undo the change of “{term}”", term=change.word.term),
                )


def _told(desk: Desk, change: WordChange) -> str:
    word = change.word
    sign = desk.t("put in") if word.added else desk.t("taken out")
    where = [_called(desk, (word.group_name, word.code)), desk.words.tongue(word.language), _kind(desk, word.kind)]
    facts = [*where, f"{change.person}, {desk.words.time(change.at)}", change.reason]
    return (
        f'<p class="d-line"><strong dir="auto">{safe(word.term)}</strong> {safe(sign)}</p><p class="t-meta">'
        + "".join(f"<span>{safe(fact)}</span>" for fact in facts if fact)
        + "</p>"
    )


def _undo(desk: Desk, change_id: int) -> None:
    with told():
        word = words.undo(desk.store, desk.taxonomy, change_id, desk.still_here(), shared.now())
        flash(desk.t("Taken back: “{term}” is as it was", term=word.term))
