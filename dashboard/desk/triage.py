"""Triage: one item at a time, what it seems to say and why, and the analyst's decision."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.desk import reading_on, shared, why
from dashboard.desk.shared import Desk, flash, marked, outside, said, told
from tracker import review, tongues
from tracker.errors import Conflict, NotFound, TrackerError
from tracker.evidence import Archive, as_text
from tracker.model import (
    Decision,
    Drawn,
    InitiativeState,
    Item,
    ItemState,
    KeptCopy,
    Likeness,
    Member,
    Verdict,
    Waiting,
)
from tracker.store.items import QueueFilter
from tracker.tongues import MayBe


def show(desk: Desk) -> None:
    bar = st.container(horizontal=True, vertical_alignment="center", key="triage-head")
    wanted = _filters(desk, bar)
    with bar:
        _take_back(desk)
    waiting = _current(desk, wanted)
    if waiting is None:
        _nothing(desk, wanted)
    else:
        left, right = st.columns([3, 2], gap="large")
        with left:
            _item(desk, waiting)
        with right:
            _decision(desk, waiting)
    _last_decisions(desk)


def _filters(desk: Desk, bar: DeltaGenerator) -> QueueFilter:
    counts = {kind: desk.store.queue_by(kind) for kind in ("state", "issue", "language", "country")}
    waiting, held = counts["state"].get("waiting", 0), counts["state"].get("held", 0)
    today = desk.store.decided_since(desk.person.id, desk.now.replace(hour=0, minute=0, second=0, microsecond=0))
    bar.html(
        f'<h1 class="d-h1">{desk.t("Triage")}</h1><p class="t-note d-line">'
        + desk.t(
            "{waiting} waiting, {held} on hold, {today} decided by you today",
            waiting=desk.words.number(waiting),
            held=desk.words.number(held),
            today=desk.words.number(today),
        )
        + "</p>"
    )
    reading_on.line(desk, bar)
    with bar.popover(desk.t("Filter and order"), icon=":material/filter_list:"):
        which = st.segmented_control(
            desk.t("Show"),
            ["waiting", "held", "changed", "excluded", "copies"],
            default="waiting",
            format_func=lambda code: {
                "waiting": desk.t("Waiting"),
                "held": desk.t("On hold"),
                "changed": desk.t("Changed since decided"),
                "excluded": desk.t("Excluded"),
                "copies": desk.t("Behind another item"),
            }[code],
            key="triage-state",
        )
        issue = _choice(desk, "issue", desk.t("Issue"), counts["issue"], lambda code: desk.label("issues", code))
        language = _choice(desk, "language", desk.t("Language"), counts["language"], desk.words.tongue)
        country = _choice(desk, "country", desk.t("Country"), counts["country"], desk.words.country)
        text = st.text_input(desk.t("Words in title or text"), key="triage-text")
        oldest = st.toggle(desk.t("Oldest first, instead of most promising first"), key="triage-oldest")
    states = {
        "held": (ItemState.HELD,),
        "excluded": (ItemState.EXCLUDED,),
        "copies": (ItemState.COPY,),
    }.get(which or "waiting", (ItemState.WAITING,))
    return QueueFilter(
        states=states,
        issue=issue,
        language=language,
        country=country,
        text=text,
        changed=which == "changed",
        oldest_first=oldest,
    )


def _choice(desk: Desk, name: str, label: str, counted: dict[str, int], called: Callable[[str], str]) -> str | None:
    options: list[str | None] = [None, *counted]
    return st.selectbox(
        label,
        options,
        format_func=lambda code: desk.t("All") if code is None else f"{called(code)} ({counted[code]})",
        key=f"triage-{name}",
    )


def _current(desk: Desk, wanted: QueueFilter) -> Waiting | None:
    """The item that is open here, else the next one; an item that went elsewhere is told and passed over."""
    if st.session_state.get("triage-wanted") != wanted:
        st.session_state["triage-wanted"] = wanted
        desk.store.release_claims(desk.person.id)
        st.session_state.pop("triage-item", None)
    if (asked := st.query_params.get("item", "")).isdecimal():  # a link from search or from a notice
        st.session_state["triage-item"] = int(asked)
        st.query_params.pop("item")
    item_id = st.session_state.get("triage-item")
    if item_id is not None:
        try:
            return review.open_item(desk.store, desk.person, item_id, desk.now)
        except (Conflict, NotFound) as taken:
            st.warning(str(taken))
            st.session_state.pop("triage-item", None)
    waiting = review.open_next(desk.store, desk.person, wanted, desk.now)
    if waiting is not None:
        st.session_state["triage-item"] = waiting.item.id
    return waiting


def _item(desk: Desk, waiting: Waiting) -> None:
    item, suggestion = waiting.item, waiting.suggestion
    language = shared.item_language(item, suggestion)
    if item.sample:
        st.html(f'<p class="t-banner">{desk.t("Sample: invented for practice, nothing of it is real.")}</p>')
    claimed = (
        desk.t("dated {date} by its source", date=desk.words.date(item.dated.date()))
        if item.dated
        else desk.t("not dated by its source")
    )
    tongue = shared.safe(desk.words.tongue(language) if language else desk.t("language not known"))
    facts = [
        f"#{item.id}",
        shared.safe(waiting.source),
        tongue,
        claimed,
        desk.t("seen {date}", date=desk.words.date(item.arrived_at.date())),
        outside(item.url, desk.t("Open the original")),
    ]
    if waiting.drawn_by is Drawn.AUDIT:
        facts.insert(0, f'<b class="d-audit">{shared.safe(desk.t("Random check: one item in ten"))}</b>')
    if suggestion.language_confidence < 0.9 and language:
        facts[facts.index(tongue)] += f" ({desk.t('uncertain')})"
    st.html(
        said(item.title, language, tag="h2", css="d-title")
        + '<p class="t-meta">'
        + "".join(f"<span>{fact}</span>" for fact in facts)
        + "</p>"
        + why.box(desk, waiting)
        + _text(waiting, language)
    )
    _story(desk, waiting)
    if copies_kept := desk.store.kept_copies(item.id):
        _kept(desk, copies_kept[0])
    if item.changed_at and (versions := desk.store.item_versions(item.id)):
        with st.expander(desk.t("The source changed this text: what is different"), expanded=waiting.changed):
            st.html(shared.difference(versions[0].text or versions[0].summary, item.text or item.summary))


def _story(desk: Desk, waiting: Waiting) -> None:
    """Who tells the same story, what differs, and the two ways in which a person puts the machine right."""
    item = waiting.item
    members = desk.store.members(item.id)
    stands = members[0].item
    if carriers := desk.store.carriers(item.id):
        st.html(f"<p class='t-note'>{shared.safe(desk.t('Linked by: {names}', names=', '.join(carriers)))}</p>")
    if len(members) > 1:
        if stands.id != item.id:
            st.info(desk.t("Item {number} stands for this story; a decision on it stands for all.", number=stands.id))
        with st.expander(desk.t("One story, {number} items", number=len(members)), expanded=stands.id != item.id):
            for member in members:
                _member(desk, member, stands)
    if likely := tongues.may_tell_same(desk.store, item.id):
        shared.note(desk.t("May be the same story, in another language:"))
        for other in likely:
            st.button(
                _may_be(desk, desk.t("Same story as"), other),
                key=f"join-likely-{item.id}-{other.id}",
                width="stretch",
                on_click=_join,
                args=(desk, item.id, other.id),
            )
    with st.popover(desk.t("Same story as …"), icon=":material/join:", key=f"join-menu-{item.id}-{item.version}"):
        _others(desk, item)


def _may_be(desk: Desk, what: str, other: MayBe) -> str:
    """What a button offers that joins this item to something that it may be the same as."""
    percent = round(other.score * 100)
    if other.by == "meaning":
        why = desk.t("{percent} % the same meaning", percent=percent)
    else:
        why = desk.t("{percent} % words or numbers in common", percent=percent)
    return f"{what} #{other.id} {other.title[:80]} ({why})"


def _others(desk: Desk, item: Item) -> None:
    """Items that this one may be joined to: by number, or by words of their titles and texts."""
    text = st.text_input(desk.t("Words of the other item, or its number"), key=f"join-text-{item.id}").strip()
    if not text:
        return
    number = text.removeprefix("#")
    if number.isdecimal():
        found = list(desk.store.standing([int(number)]).values())
    else:
        everything = QueueFilter(states=tuple(ItemState), text=text)
        found = [one.item for one in desk.store.queue(everything, desk.now, limit=8)]
    others = [other for other in found if item.id not in (other.id, other.copy_of) and other.id != item.copy_of]
    for other in others:
        st.button(
            f"#{other.id} {other.title[:80]}",
            key=f"join-{item.id}-{other.id}",
            width="stretch",
            on_click=_join,
            args=(desk, item.id, other.id),
        )
    if not others:
        shared.note(desk.t("No other item has these words or this number."))


def _member(desk: Desk, member: Member, stands: Item) -> None:
    item = member.item
    when = item.dated or item.arrived_at
    facts = [
        f"#{item.id}",
        shared.safe(member.source),
        desk.words.date(when.date()),
        _likeness(desk, member),
        outside(item.url, desk.t("Open the original")),
    ]
    st.html(
        f'<p class="d-member">{said(item.title, item.declared_language, tag="strong")}</p>'
        '<p class="t-meta">' + "".join(f"<span>{fact}</span>" for fact in facts) + "</p>"
    )
    if item.id == stands.id:
        return
    if item.copy_kind is not Likeness.TRANSLATION and item.content_hash != stands.content_hash:
        st.html(shared.difference(_told(stands), _told(item)))
    st.button(
        desk.t("Not the same story"), key=f"split-{item.id}-{item.version}", on_click=_split, args=(desk, item.id)
    )


def _likeness(desk: Desk, member: Member) -> str:
    percent = round((member.item.copy_score or 0) * 100)
    match member.item.copy_kind:
        case None:
            return desk.t("stands for the story")
        case Likeness.EXACT:
            return desk.t("same words")
        case Likeness.NEAR:
            return desk.t("{percent} % the same words", percent=percent)
        case Likeness.TRANSLATION:
            return desk.t("in another language, {percent} % alike", percent=percent)
        case Likeness.JOINED:
            by = desk.t("joined by {name}", name=member.placed_by)
            return f"{shared.safe(by)}, {desk.t('{percent} % the same words', percent=percent)}"


def _told(item: Item) -> str:
    return f"{item.title} — {item.text or item.summary}"[:6000]


def _split(desk: Desk, item_id: int) -> None:
    with told():
        review.split(desk.store, desk.still_here(), item_id, shared.now())
        flash(desk.t("Item {number} is a story of its own and waits again", number=item_id))


def _join(desk: Desk, item_id: int, other_id: int) -> None:
    with told():
        stands = review.join(desk.store, desk.still_here(), item_id, other_id)
        flash(desk.t("One story now; item {number} stands for it", number=stands))
        st.session_state["triage-item"] = stands


def _kept(desk: Desk, copy: KeptCopy) -> None:
    """The bytes that the item was read from, as text that cannot act; read from the archive only when asked for."""
    with st.expander(desk.t("The copy that was kept")):
        if st.toggle(desk.t("Show it as plain text"), key=f"copy-{copy.digest[:16]}"):
            with told():
                kept = Archive(desk.settings.evidence).find(copy.digest)
                facts = (copy.url, desk.words.time(copy.kept_at), f"SHA-256 {copy.digest}")
                st.html(f"<p class='t-note'>{shared.safe(' · '.join(facts))}</p>")
                lines = "".join(f"<p>{shared.safe(line)}</p>" for line in as_text(kept).splitlines())
                st.html(f'<div class="d-text" dir="auto">{lines}</div>')


def _text(waiting: Waiting, language: str | None) -> str:
    item = waiting.item
    body = item.text or item.summary
    shown = body[:6000] + (" …" if len(body) > 6000 else "")
    lang = f' lang="{shared.safe(language)}"' if language else ""
    paragraphs = "".join(
        f"<p>{marked(line, waiting.suggestion.terms)}</p>"
        for line in shown.splitlines()
        if line.strip() and line.strip() != item.title
    )
    return f'<div class="d-text" dir="auto"{lang}>{paragraphs}</div>'


def _decision(desk: Desk, waiting: Waiting) -> None:
    item, suggestion = waiting.item, waiting.suggestion
    # Keys name item and version: a press that arrives late belongs to the item that was seen, or to nothing.
    key = f"{item.id}-{item.version}"
    decided = item.state not in (ItemState.WAITING, ItemState.HELD)
    if decided:
        _decided(desk, waiting)
        return
    likely = {scored.code for scored in suggestion.issues if scored.score >= why.LIKELY_FROM}
    issues = st.pills(
        desk.t("Issues"),
        desk.taxonomy.codes("issues"),
        selection_mode="multi",
        default=[code for code in desk.taxonomy.codes("issues") if code in likely],
        format_func=lambda code: desk.label("issues", code) + (" *" if code in likely else ""),
        key=f"issues-{key}",
        wrap=True,
    )
    guessed = [scored.code for scored in suggestion.countries if scored.score >= why.LIKELY_FROM]
    names = dict(desk.words.countries(shared.all_countries()))
    countries = st.multiselect(
        desk.t("Countries"),
        list(names),
        default=[code for code in guessed if code in names],
        format_func=lambda code: names[code] + (" *" if code in guessed else ""),
        key=f"countries-{key}",
        placeholder=desk.t("None: international, or not known"),
    )
    shared.note(desk.t("* suggested by the machine; what you leave chosen is your decision."))

    def press(verdict: Verdict, *, reason: str | None = None, initiative_id: int | None = None) -> None:
        decision = Decision(
            key=st.session_state.setdefault(f"decision-key-{key}", str(uuid.uuid4())),
            item_id=item.id,
            item_version=item.version,
            person_id=desk.person.id,
            at=shared.now(),
            verdict=verdict,
            reason=reason,
            initiative_id=initiative_id,
            suggestion_id=waiting.suggestion_id,
            issues=tuple(issues),
            countries=tuple(countries),
        )
        try:
            made = review.decide(desk.store, desk.taxonomy, desk.still_here(), decision)
        except TrackerError as problem:
            st.session_state["triage-problem"] = str(problem)
        else:
            st.session_state["last-drafted"] = made.initiative_id if verdict is Verdict.INCLUDE else None
            flash(_done(desk, made))
        st.session_state.pop("triage-item", None)

    if problem := st.session_state.pop("triage-problem", None):
        st.error(problem)
    st.button(
        desk.t("New initiative"),
        type="primary",
        shortcut="a",
        width="stretch",
        key=f"include-{key}",
        on_click=press,
        args=(Verdict.INCLUDE,),
    )
    if initiatives := tongues.may_be(desk.store, item.id, desk.now):
        shared.note(desk.t("May be the same initiative:"))
        for other in initiatives:
            st.button(
                _may_be(desk, desk.t("Evidence for"), other),
                key=f"may-be-{other.id}-{key}",
                width="stretch",
                on_click=press,
                args=(Verdict.EVIDENCE,),
                kwargs={"initiative_id": other.id},
            )
    with st.popover(desk.t("Exclude …"), width="stretch", key=f"exclude-menu-{key}"):
        for number, term in enumerate(desk.taxonomy.group("exclusion_reasons"), start=1):
            st.button(
                desk.label("exclusion_reasons", term.code),
                key=f"exclude-{term.code}-{key}",
                width="stretch",
                shortcut=str(number) if number < 10 else None,
                on_click=press,
                args=(Verdict.EXCLUDE,),
                kwargs={"reason": term.code},
            )
    with st.popover(desk.t("Evidence for an existing initiative …"), width="stretch", key=f"evidence-menu-{key}"):
        _existing(desk, key, press)
    st.button(
        desk.t("Hold for later"), shortcut="s", width="stretch", key=f"hold-{key}", on_click=press, args=(Verdict.HOLD,)
    )
    st.button(
        desk.t("Skip without deciding"),
        width="stretch",
        type="tertiary",
        key=f"skip-{key}",
        on_click=_skip,
        args=(desk, item.id),
    )


def _skip(desk: Desk, item_id: int) -> None:
    """The next item opens; this one stays claimed until that expires, so that it does not return at once."""
    st.session_state["triage-item"] = None
    st.session_state.setdefault("triage-skipped", []).append(item_id)
    following = [
        waiting
        for waiting in desk.store.queue(st.session_state["triage-wanted"], shared.now(), limit=50)
        if waiting.item.id not in st.session_state["triage-skipped"] and not waiting.claimed_by
    ]
    if following:
        item_id = st.session_state["triage-item"] = following[0].item.id
        with told():
            review.open_item(desk.store, desk.person, item_id, shared.now(), Drawn.QUEUE)
    else:
        st.session_state["triage-skipped"] = []


def _existing(desk: Desk, key: str, press: Callable[..., None]) -> None:
    text = st.text_input(desk.t("Words of its title"), key=f"evidence-text-{key}")
    states = [state for state in InitiativeState if state is not InitiativeState.DROPPED]
    found = desk.store.records(states=states, text=text, limit=8)
    for record in found:
        st.button(
            f"#{record.id} {shared.title_of(desk, record.initiative)[:80]}",
            key=f"evidence-{record.id}-{key}",
            width="stretch",
            on_click=press,
            args=(Verdict.EVIDENCE,),
            kwargs={"initiative_id": record.id},
        )
    if not found:
        shared.note(desk.t("No initiative has these words in its title."))


def _decided(desk: Desk, waiting: Waiting) -> None:
    decisions = desk.store.decisions(item_id=waiting.item.id, limit=1)
    if not decisions:
        return
    last = decisions[0]
    st.html(f"<h2>{desk.t('Decided')}</h2><p>{shared.safe(_done(desk, last))}</p>")
    st.button(desk.t("Take this decision back"), key=f"reopen-{last.id}", on_click=_undo, args=(desk, last.id))


def _take_back(desk: Desk) -> None:
    """The newest decision at hand: to take it back, or to code the initiative that it drafted."""
    drafted = st.session_state.get("last-drafted")
    if drafted and st.button(desk.t("Code #{number}", number=drafted), key=f"code-{drafted}"):
        st.session_state["coding-id"] = drafted
        st.switch_page(st.session_state["pages"]["initiative"])
    last = desk.store.decisions(person_id=desk.person.id, limit=1)
    if last and last[0].verdict is not Verdict.UNDO:
        st.button(desk.t("Undo"), shortcut="u", key=f"undo-{last[0].id}", on_click=_undo, args=(desk, last[0].id))


def _last_decisions(desk: Desk) -> None:
    last = desk.store.decisions(person_id=desk.person.id, limit=8)
    if not last:
        return
    undone = desk.store.undone([decision.id for decision in last])
    lines = "".join(
        f"<li>{desk.words.time(one.at)} · "
        + (f"<s>{shared.safe(_done(desk, one))}</s>" if one.id in undone else shared.safe(_done(desk, one)))
        + "</li>"
        for one in last
    )
    with st.expander(desk.t("Your last decisions")):
        st.html(f'<ul class="t-plain">{lines}</ul>')


def _undo(desk: Desk, decision_id: int) -> None:
    with told():
        back = review.undo(desk.store, desk.still_here(), decision_id, f"undo-{decision_id}", shared.now())
        flash(desk.t("Taken back: item {number} waits again", number=back.item_id))
        st.session_state["triage-item"] = back.item_id
        st.session_state["last-drafted"] = None


def _done(desk: Desk, decision: Decision) -> str:
    number = decision.item_id
    match decision.verdict:
        case Verdict.INCLUDE:
            return desk.t(
                "item {number}: drafted as initiative #{initiative}", number=number, initiative=decision.initiative_id
            )
        case Verdict.EVIDENCE:
            return desk.t("item {number}: evidence for #{initiative}", number=number, initiative=decision.initiative_id)
        case Verdict.EXCLUDE:
            why = desk.label("exclusion_reasons", decision.reason or "")
            return desk.t("item {number}: excluded ({why})", number=number, why=why)
        case Verdict.HOLD:
            return desk.t("item {number}: on hold", number=number)
        case Verdict.UNDO:
            return desk.t("item {number}: taken back", number=number)


def _nothing(desk: Desk, wanted: QueueFilter) -> None:
    if wanted != QueueFilter():
        st.info(desk.t("Nothing waits under this filter."))
        return
    st.info(
        desk.t("Nothing waits. New items arrive as the sources are collected; the page Sources shows how that goes.")
    )
    if not desk.store.queue_by("state"):
        _offer_samples(desk)


def _offer_samples(desk: Desk) -> None:
    """An empty tracker: the sample web gives something to practise on, marked as such for ever."""
    import subprocess
    import sys

    st.html(
        f"<h2>{desk.t('Try it with samples')}</h2><p>"
        + desk.t(
            "The sample web is invented, runs on this machine, and what it brings is marked as a sample everywhere. "
            "Nothing is fetched from outside."
        )
        + "</p>"
    )
    if st.button(desk.t("Load the sample web"), type="primary", key="load-samples"):
        with st.spinner(desk.t("Collecting from the sample web …")):
            done = subprocess.run(
                [sys.executable, "-m", "tracker", "samples"], capture_output=True, text=True, timeout=300, check=False
            )
        if done.returncode == 0:
            st.rerun()
        st.error(done.stderr.strip()[-500:] or desk.t("The sample web could not be loaded."))
