"""The parts of the form of an initiative. Each is drawn anew alone when something in it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Any

import streamlit as st
from babel.numbers import format_decimal, get_currency_name

from dashboard.desk import form, shared
from dashboard.desk.draft import Draft, changed, gather, keep, lack_text, missing, problem_text
from dashboard.desk.form import Understood
from dashboard.desk.shared import Desk, safe
from dashboard.shown import CONFIDENCE
from dashboard.words import words
from tracker import places
from tracker.drafting import LIKELY_FROM
from tracker.model import Confidence, Origin, RoughDate, Scored, Wording
from tracker.reading.language import is_small
from tracker.taxonomy import Described, Type

FAINT_FROM = 0.3  # probability from which a suggestion is named
MOST_NAMED, MOST_TERMS = 6, 3
OTHERS_OFFERED = 200  # initiatives in the lists of those that may be related


class Part:
    """One part as it is being drawn: what it understood so far, and how its fields are made."""

    def __init__(self, desk: Desk, draft: Draft, name: str) -> None:
        self.desk = desk
        self.draft = draft
        self.name = name
        self.understood: Understood = draft.understood()
        self.lacks = missing(desk, self.understood)

    def held(self, name: str, default: str, beginning: Callable[[Any], Any] = lambda value: value) -> dict[str, Any]:
        """What every widget has: its key, what it holds now, and that a change is kept.

        What it holds is its `default` at first and set later on: a browser that comes back to a server that was
        started anew still has what was typed meanwhile, and that counts.
        """
        key, value = self.draft.key(name), self.draft.value(name)
        common = {"key": key, "on_change": partial(changed, self.desk, self.draft, self.name)}
        if key not in st.session_state:
            return {**common, default: beginning(value)}
        if st.session_state[key] != value:
            st.session_state[key] = value
        return common

    def noticed(self, name: str, value: Any) -> None:
        """Keeps what a browser brought along that nobody was there to hear of."""
        if value != self.draft.value(name):
            keep(self.desk, self.draft, {name: value})
            self.understood = self.draft.understood()

    def text(self, name: str, label: str, *, told: bool = True, **more: Any) -> None:
        self.noticed(name, st.text_input(label, live=True, **self.held(name, "value"), **more))
        if told:
            self.told(name)

    def area(self, name: str, label: str, **more: Any) -> None:
        self.noticed(name, st.text_area(label, **self.held(name, "value"), **more))
        self.told(name)

    def one(
        self,
        name: str,
        label: str,
        options: Iterable[Any],
        say: Callable[[Any], str],
        *,
        told: bool = True,
        **more: Any,
    ) -> None:
        """One of the options or none; a value that is no option any more stays one."""
        value = self.draft.value(name)
        offered = [*options]
        if value is not None and value not in offered:
            offered.append(value)
        held = {
            "index": None,
            "placeholder": self.desk.t("Choose"),
            **more,
            **self.held(name, "index", lambda value: None if value is None else offered.index(value)),
        }
        self.noticed(name, st.selectbox(label, offered, format_func=say, **held))
        if told:
            self.told(name)

    def some(self, name: str, label: str, options: Iterable[Any], say: Callable[[Any], str], **more: Any) -> None:
        """Several of the options, in the order in which they were chosen."""
        offered = [*options]
        offered += [one for one in self.draft.value(name) if one not in offered]
        held = {**self.held(name, "default"), "placeholder": self.desk.t("Choose"), **more}
        chosen = st.multiselect(label, offered, format_func=self._marked(name, say), select_all=False, **held)
        self.noticed(name, chosen)
        self.told(name)

    def coded(self, name: str, label: str, group: str | None = None, **more: Any) -> None:
        """Several codes of a group of the codebook, with what was suggested and what each chosen one takes in."""
        group = group or name
        codes = self.desk.taxonomy.codes(group)
        self.some(name, label, codes, lambda code: _code_label(self.desk, group, code), **more)
        self.suggested(name, lambda code: self.desk.label(group, code))
        _guideline(self.desk, group, self.draft.value(name))

    def choice(self, name: str, label: str, group: str, *, told: bool = True, **more: Any) -> None:
        """One code of a group of the codebook, or none."""
        codes = self.desk.taxonomy.codes(group)
        self.one(name, label, codes, lambda code: self.desk.label(group, code), told=told, **more)

    def date(self, name: str, label: str, **more: Any) -> None:
        """A date as exactly as it is known, and how it was understood."""
        self.text(name, label, placeholder="2020-04-17", told=False, autocomplete="off", **more)
        self.dated(name)

    def dated(self, name: str) -> None:
        if not self.told(name) and (text := self.draft.value(name).strip()):
            _note(_understood_date(self.desk, RoughDate.parse(text)))

    def told(self, name: str) -> bool:
        """What cannot be understood, or stands before the second look, beside its field. Whether it was the first."""
        if problem := self.understood.problems.get(name):
            self._say(name, "d-problem", problem_text(self.desk, problem))
        for lack in self.lacks:
            if lack.field == name:
                self._say(name, "d-lack", self.desk.t("For the second look: {why}", why=lack_text(self.desk, lack)))
        return problem is not None

    def _say(self, name: str, css: str, text: str) -> None:
        key = self.draft.key(name)
        st.html(f'<p class="d-beside {css}" id="said-{safe(key)}" data-for="{safe(key)}">{safe(text)}</p>')

    # Suggestions

    def _marked(self, name: str, say: Callable[[Any], str]) -> Callable[[Any], str]:
        mark = self.desk.t("suggested")
        return lambda code: f"{say(code)} · {mark}" if self.draft.suggested(name, code) else say(code)

    def suggested(self, name: str, say: Callable[[str], str]) -> None:
        """What the machine suggests for a field and the words that made it so. Only what is likely stands chosen."""
        found = [one for one in self.draft.said.get(name, ()) if one.score >= FAINT_FROM][:MOST_NAMED]
        if found:
            named = ", ".join(_said(self.desk, one, say(one.code)) for one in found)
            st.html(
                f'<p class="d-beside d-said"><span class="t-tag">{safe(self.desk.t("Suggested"))}</span> {named}</p>'
            )


def _said(desk: Desk, one: Scored, name: str) -> str:
    css = "d-likely" if one.score >= LIKELY_FROM else "d-faint"
    percent = desk.t("{percent} %", percent=round(one.score * 100))
    telling = {term.casefold(): term for term in reversed(one.terms) if not is_small(term)}
    terms = ", ".join([*reversed(telling.values())][:MOST_TERMS])
    told = f" ({safe(terms)})" if terms else ""
    return f'<span class="{css}">{safe(name)} {safe(percent)}</span>{told}'


def _note(text: str) -> None:
    st.html(f'<p class="d-beside">{safe(text)}</p>')


def _head(text: str) -> None:
    st.html(f'<h2 class="d-part">{safe(text)}</h2>')


def _understood_date(desk: Desk, rough: RoughDate) -> str:
    return desk.t("understood as {date}", date=desk.words.date(rough))


def _code_label(desk: Desk, group: str, code: str) -> str:
    return f"{code} {desk.label(group, code)}" if group == "types" else desk.label(group, code)


# --------------------------------------------------------------------------------------------------------- guideline


def _guideline(desk: Desk, group: str, chosen: Sequence[str]) -> None:
    """What each chosen code takes in, under it; and what all codes of the group take in and leave out, one key away."""
    described = [term for term in desk.taxonomy.group(group) if isinstance(term, Described)]
    if not described:
        return
    language = desk.words.language
    lines = "".join(
        f"<li>{_told(desk, 'strong', _code_label(desk, group, term.code), term.in_scope.get(language))} "
        f"{_told(desk, 'em', desk.t('Not'), term.out_of_scope.get(language))}</li>"
        for term in described
        if term.code in chosen
    )
    if lines:
        st.html(f'<ul class="d-guide">{lines}</ul>')
    st.html(_all_codes(desk, group))


def _told(desk: Desk, tag: str, name: str, text: str) -> str:
    """`Name: text.` with the name set off, as the language sets its colons."""
    return desk.t("{name}: {told}", name=f"<{tag}>{safe(name)}</{tag}>", told=f"{safe(text)}.")


_GUIDES: dict[tuple[str, str, str], str] = {}  # they are the same for everybody and long: made once


def _all_codes(desk: Desk, group: str) -> str:
    language = desk.words.language
    key = (desk.taxonomy.version, group, language)
    if key not in _GUIDES:
        rows = []
        for term in desk.taxonomy.group(group):
            if isinstance(term, Described):
                examples = "; ".join(example.get(language) for example in term.examples)
                rows.append(
                    f"<dt>{safe(_code_label(desk, group, term.code))}</dt><dd>{safe(term.in_scope.get(language))}.<br>"
                    f"{_told(desk, 'em', desk.t('Not'), term.out_of_scope.get(language))}<br>"
                    f"{_told(desk, 'em', desk.t('For example'), examples)}</dd>"
                )
        summary = desk.t("All codes, what belongs and what does not (codebook {version})", version=key[0])
        _GUIDES[key] = f'<details class="d-codes"><summary>{safe(summary)}</summary><dl>{"".join(rows)}</dl></details>'
    return _GUIDES[key]


# ------------------------------------------------------------------------------------------------------------- parts


@st.fragment(key="coding-wordings")
def wordings(desk: Desk, draft: Draft) -> None:
    """Title and summary in the public languages and in the sources' own; what is missing says so."""
    part = Part(desk, draft, "coding-wordings")
    # Where the keyboard begins, each time another revision is opened.
    codes = [name.partition(".")[2] for name in draft.start if name.startswith("title.")]
    first = draft.key(f"title.{codes[0]}")
    st.html(f'<h2 class="d-part" id="coding-start" data-first="{safe(first)}">{safe(desk.t("Title and summary"))}</h2>')
    for code in codes:
        was = part.understood.content.wordings.get(code, Wording())
        own = draft.own_words.get(code)
        with st.container(key=draft.key(f"tongue-{code}"), gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.html(
                    f'<h3 class="d-tongue">{safe(desk.words.tongue(code))} {_state(desk, was)}</h3>', width="content"
                )
                if own and (draft.value(f"title.{code}"), draft.value(f"summary.{code}")) != (own.title, own.summary):
                    st.button(
                        desk.t("Copy from the source"),
                        key=draft.key(f"copy-{code}"),
                        on_click=partial(_copy, desk, draft, code, own),
                        type="tertiary",
                    )
            name = desk.words.tongue(code)
            part.text(f"title.{code}", desk.t("Title ({language})", language=name), max_chars=300)
            part.area(f"summary.{code}", desk.t("Summary ({language})", language=name), max_chars=5000, height=120)
            length = len(draft.value(f"summary.{code}"))
            if length:
                _note(desk.t("{number} of 5,000 characters", number=desk.words.number(length)))
            if was.origin is Origin.MACHINE and was.title:
                held = part.held(f"checked.{code}", "value")
                part.noticed(
                    f"checked.{code}", st.checkbox(desk.t("I have read this translation and it is right"), **held)
                )
    part.told("title")


def _state(desk: Desk, wording: Wording) -> str:
    if not wording.title:
        return f'<span class="t-tag d-missing">{safe(desk.t("missing"))}</span>'
    return f'<span class="t-tag">{safe(origin(desk, wording.origin))}</span>'


def origin(desk: Desk, by: Origin) -> str:
    return {
        Origin.HUMAN: desk.t("written by a person"),
        Origin.MACHINE: desk.t("translated by a machine"),
        Origin.SOURCE: desk.t("the source's own words"),
    }[by]


def _copy(desk: Desk, draft: Draft, code: str, own: Wording) -> None:
    with shared.told():
        gather(desk, draft)
        keep(desk, draft, {f"title.{code}": own.title, f"summary.{code}": own.summary})
    st.rerun(scope=["coding-wordings", "coding-bar"])


@st.fragment(key="coding-what")
def what(desk: Desk, draft: Draft) -> None:
    part = Part(desk, draft, "coding-what")
    _head(desk.t("What it is"))
    part.coded("issues", desk.t("Issues, the primary one first"))
    part.coded("types", desk.t("Types, the primary one first"))
    if said := _unw(desk, draft.value("types")):
        _note(desk.t("In the UNDP–UN Women tracker: {name}", name=said))
    left, right = st.columns(2)
    with left:
        part.coded("targets", desk.t("For whom"))
    with right:
        part.coded("bias_grounds", desk.t("Bias grounds (hate crime)"))
    part.choice("covid_link", desk.t("Link to COVID-19"), "covid_links")


def _unw(desk: Desk, types: Sequence[str]) -> str:
    """What the primary type is in the tracker of UNDP and UN Women; empty where it has no place there."""
    if not types or types[0] not in desk.taxonomy.codes("types"):
        return ""
    term = desk.taxonomy.term("types", types[0])
    unw = term.unw if isinstance(term, Type) else None
    return " – ".join(filter(None, (unw.type, unw.subtype))) if unw else ""


@st.fragment(key="coding-where")
def where(desk: Desk, draft: Draft) -> None:
    part = Part(desk, draft, "coding-where")
    language = desk.words.language
    _head(desk.t("Where"))
    names = _countries(language)
    part.some(
        "countries",
        desk.t("Countries, the primary one first"),
        names,
        lambda code: names.get(code, code),
        placeholder=desk.t("None: international"),
    )
    part.suggested("countries", desk.words.country)
    chosen = draft.value("countries")
    inside = dict(places.places(chosen, language))

    def place(code: str) -> str:
        name = places.place(code, language)
        return name if len(chosen) < 2 else f"{name}, {desk.words.country(code[:2])}"

    part.some(
        "subdivisions",
        desk.t("Provinces, states, regions"),
        inside,
        place,
        placeholder=desk.t("Choose") if inside else desk.t("Choose the country first"),
    )
    part.suggested("subdivisions", lambda code: places.place(code, language))
    left, right = st.columns(2)
    with left:
        part.text("locality", desk.t("Town or area"), max_chars=200)
    with right:
        part.choice("geo_level", desk.t("Reach"), "geo_levels")


@st.fragment(key="coding-who")
def who(desk: Desk, draft: Draft) -> None:
    """Who takes the initiative: as many lines as there are, and one more."""
    part = Part(desk, draft, "coding-who")
    _head(desk.t("Actors"))
    for number in range(form.lines(draft.raw, "actor") + 1):
        shows: Any = "visible" if number == 0 else "collapsed"
        one, two, three, four = st.columns([5, 4, 3.4, 3.6])
        with one:
            part.text(
                f"actor.{number}.name",
                desk.t("Name") if number == 0 else desk.t("Name of actor {number}", number=number + 1),
                label_visibility=shows,
                max_chars=300,
            )
        for place, name, label, group in (
            (two, "kind", desk.t("Kind"), "actor_kinds"),
            (three, "level", desk.t("Level"), "actor_levels"),
        ):
            with place:
                part.choice(f"actor.{number}.{name}", label, group, label_visibility=shows, told=False)
        with four:  # never without one
            part.choice(
                f"actor.{number}.role", desk.t("Role"), "actor_roles", label_visibility=shows, told=False, index=0
            )
        if number == 0:
            part.suggested("actor_kinds", lambda code: desk.label("actor_kinds", code))
            kind = draft.value("actor.0.kind")
            if kind and draft.suggested("actor.0.kind", kind) and not draft.value("actor.0.name"):
                _note(desk.t("The kind is only suggested; it counts once the actor has a name."))


@st.fragment(key="coding-when")
def when(desk: Desk, draft: Draft) -> None:
    part = Part(desk, draft, "coding-when")
    _head(desk.t("When"))
    for place, name, label in zip(
        st.columns(3),
        form.DATES,
        (desk.t("Announced"), desk.t("Start"), desk.t("End")),
        strict=True,
    ):
        with place:
            part.date(name, label)
    _note(desk.t("Dates as exactly as they are known: 2020-04-17, 2020-04 or 2020."))
    for number in range(form.lines(draft.raw, "status") + 1):
        shows: Any = "visible" if number == 0 else "collapsed"
        one, two, three = st.columns([3, 2, 4])
        with one:
            part.choice(f"status.{number}.status", desk.t("Status"), "statuses", label_visibility=shows)
        with two:
            part.date(f"status.{number}.on", desk.t("Since"), label_visibility=shows)
        with three:
            part.text(f"status.{number}.note", desk.t("Note"), label_visibility=shows)
    part.told("status_history")
    _note(desk.t("One line for each change of status; the last line is what holds now."))


@st.fragment(key="coding-details")
def details(desk: Desk, draft: Draft) -> None:
    part = Part(desk, draft, "coding-details")
    _head(desk.t("Contact for the public"))
    _note(desk.t("Only what its owner has published for everybody. Never the place of a shelter."))
    one, two, three = st.columns(3)
    with one:
        part.text("phone", desk.t("Telephone"), max_chars=60, autocomplete="off")
    with two:
        part.text("url", desk.t("Web address"), placeholder="https://", autocomplete="off")
    with three:
        part.text("hours", desk.t("Hours"), max_chars=200)
    _head(desk.t("Money"))
    one, two, three = st.columns([2, 3, 4])
    with one:
        part.text("amount", desk.t("Amount"), autocomplete="off")
    with two:
        part.one("currency", desk.t("Currency"), form.currencies(), partial(_currency, desk.words.language))
    with three:
        part.text("recipients", desk.t("Recipients"), max_chars=500)
    if (amount := part.understood.content.amount) is not None and "amount" not in part.understood.problems:
        _note(desk.t("understood as {amount}", amount=_money(desk, amount, draft.value("currency"))))
    _head(desk.t("Judgement"))
    one, two, three = st.columns(3)
    with one:
        part.choice("evidence_grade", desk.t("Grade of evidence"), "evidence_grades")
    with two:
        part.one("confidence", desk.t("Confidence"), [one.value for one in Confidence],
                 lambda code: desk.t(CONFIDENCE[Confidence(code)]))  # fmt: skip
    with three:
        said = {"yes": desk.t("Yes"), "no": desk.t("No")}
        part.one("indigenous_relevance", desk.t("Relevance to Indigenous peoples"), said, said.__getitem__)
    part.area("why_promising", desk.t("Why promising"), height=80)
    part.area("challenges", desk.t("Challenges"), height=80)
    part.some(
        "keywords", desk.t("Keywords"), (), str, accept_new_options=True, placeholder=desk.t("Type a word, Enter")
    )
    _others(part)
    _further(part)
    part.text("reason", desk.t("What changed and why (for the history)"))


def _others(part: Part) -> None:
    """Other initiatives: of which it is an update, and which belong together."""
    desk, draft = part.desk, part.draft
    _head(desk.t("Other initiatives"))
    named = [*draft.value("related"), draft.value("previous")]
    titles = desk.store.initiative_titles(OTHERS_OFFERED, tuple(one for one in named if isinstance(one, int)))
    titles.pop(draft.record.id, None)

    def say(id: Any) -> str:
        return f"#{id} {titles[id]}" if id in titles else str(id)

    more: dict[str, Any] = {"accept_new_options": True, "placeholder": desk.t("Words of its title, or its number")}
    part.one("previous", desk.t("Update of"), titles, say, **more)
    part.some("related", desk.t("Related initiatives"), titles, say, **more)


def _further(part: Part) -> None:
    desk, draft = part.desk, part.draft
    _head(desk.t("Further reading"))
    for number in range(form.lines(draft.raw, "reading") + 1):
        shows: Any = "visible" if number == 0 else "collapsed"
        one, two = st.columns(2)
        with one:
            part.text(f"reading.{number}.title", desk.t("Name of the page"), label_visibility=shows, max_chars=300)
        with two:
            part.text(
                f"reading.{number}.url", desk.t("Its web address"), label_visibility=shows, placeholder="https://",
                autocomplete="off",
            )  # fmt: skip


@cache
def _countries(language: str) -> dict[str, str]:
    return dict(words(language).countries(shared.all_countries()))


@cache
def _currency(language: str, code: str) -> str:
    return f"{code} {get_currency_name(code, locale=words(language).locale)}"


def _money(desk: Desk, amount: float, currency: str | None) -> str:
    number = format_decimal(amount, locale=desk.words.locale)
    if not currency:
        return number
    name = get_currency_name(currency, count=amount, locale=desk.words.locale)
    return f"{number} {name}"
