"""What is wrong with a source, and what can an editor do about it? One sentence and one button for each trouble."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.desk import shared, source_parts, trying
from dashboard.desk.shared import Desk, safe
from tracker import sources
from tracker.conduct import Condition
from tracker.health import SENTENCES, WELL, Told, Trouble, Week, troubles
from tracker.model import Fetch, Role, Watched
from tracker.people import may


class Health:
    """What the store knows of how all sources are doing, read once for a page."""

    def __init__(self, desk: Desk, ids: list[str] | None = None) -> None:
        store = desk.store
        self.watched = store.watched(ids)
        self.last = store.last_fetches()
        self.counts = store.source_counts(desk.now)
        self.brought = store.brought()
        self.weeks: dict[str, Week] = store.weeks(desk.now)
        self.conducts = store.conducts(ids)
        self.rhythms = store.rhythms()
        self.now = desk.now

    def troubles(self, one: Watched) -> list[Told]:
        """What is wrong with a source, the worst first."""
        id = one.source.id
        return troubles(one, self.last.get(id), self.conducts[id], self.rhythms.get(id), self.weeks.get(id), self.now)

    def failed(self, one: Watched) -> bool:
        """Whether it was asked, and could not be read."""
        fetch = self.last.get(one.source.id)
        return fetch is not None and fetch.outcome not in WELL

    def in_trouble(self, one: Watched) -> bool:
        """Whether a person should look at it: it failed, or does something else than it used to."""
        told = [said for said in self.troubles(one) if said.trouble is not Trouble.UNRELIABLE]
        return one.asked and (self.failed(one) or bool(told))


def when_next(desk: Desk, one: Watched, health: Health) -> str:
    """When a source is asked next, or what it waits for."""
    if not one.asked:
        return desk.t("when it is resumed") if one.paused else desk.t("switched off in config.yaml")
    if health.conducts[one.source.id].condition is Condition.GONE:
        return desk.t("when it is reopened")
    return desk.words.time(one.schedule.next_at) if one.schedule.next_at else desk.t("as soon as possible")


def sentence(desk: Desk, told: Told) -> str:
    facts = {name: desk.words.number(value) if isinstance(value, int) else value for name, value in told.facts.items()}
    return desk.t(SENTENCES[told.trouble], **facts)


def show(desk: Desk, one: Watched, found: list[Told], fetch: Fetch | None) -> None:
    """The sentences, each with its button; a failure that has no sentence of its own is told as it came."""
    passing = {Trouble.MOVED, Trouble.UNRELIABLE}
    if fetch and fetch.outcome not in WELL and all(told.trouble in passing for told in found):
        _line(
            desk,
            one,
            source_parts.outcome_label(desk, fetch.outcome),
            "ask",
            desk.t("Ask again now"),
            _ask_again(desk, one),
        )
    for told in found:
        _line(desk, one, sentence(desk, told), told.trouble.value, *_remedy(desk, one, told))
    tried = st.session_state.get("sources-tried")
    if tried and tried[0] == one.source.id:
        trying.show(desk, tried[1], _use(desk, one) if may(desk.person, Role.EDITOR) else None, one.source.id)


def _line(desk: Desk, one: Watched, text: str, name: str, label: str, act: Callable[[], str] | None) -> None:
    left, right = st.columns([5, 2], vertical_alignment="center")
    left.html(f'<p class="d-trouble">{safe(text)}</p>')
    if act and may(desk.person, Role.EDITOR) and right.button(label, key=f"{name}-{one.source.id}", width="stretch"):
        do(act)


def do(act: Callable[[], str]) -> None:
    """Does it, and draws the page anew with the sentence that it gives; or shows why it cannot be done."""
    with shared.told():
        shared.flash(act())
        st.rerun()


def _remedy(desk: Desk, one: Watched, told: Told) -> tuple[str, Callable[[], str] | None]:
    """What the button says, and does."""
    match told.trouble:
        case Trouble.MOVED:
            return desk.t("Accept the new address"), _move(desk, one, str(told.facts["address"]))
        case Trouble.GONE:
            return desk.t("Reopen"), _ask_again(desk, one)
        case Trouble.PAGE:
            return desk.t("Look for its feeds"), _try(desk, one)
        case Trouble.LOGIN | Trouble.REFUSED:
            return desk.t("Pause it"), _pause(desk, one)
        case Trouble.MISSING | Trouble.FAILING:
            return desk.t("Ask again now"), _ask_again(desk, one)
        case Trouble.SILENT | Trouble.TOO_FEW | Trouble.TOO_MANY:
            return desk.t("See what it brings now"), _try(desk, one)
        case Trouble.UNRELIABLE:
            return "", None


def _ask_again(desk: Desk, one: Watched) -> Callable[[], str]:
    def act() -> str:
        sources.ask_again(desk.store, one.source.id, desk.person)
        return desk.t("{name} is asked again in the next round", name=one.source.name)

    return act


def _pause(desk: Desk, one: Watched) -> Callable[[], str]:
    def act() -> str:
        sources.pause(desk.store, one.source.id, desk.person)
        return desk.t("{name} is paused", name=one.source.name)

    return act


def _move(desk: Desk, one: Watched, address: str) -> Callable[[], str]:
    def act() -> str:
        sources.use_address(desk.store, one.source.id, address, desk.person)
        return desk.t("{name} is asked at its new address from now on", name=one.source.name)

    return act


def _use(desk: Desk, one: Watched) -> Callable[[str], None]:
    """For an address that a trial offers. It runs before the page does, so who acts is asked of the store again."""

    def called(address: str) -> None:
        with shared.told():
            sources.use_address(desk.store, one.source.id, address, desk.still_here())
            shared.flash(desk.t("{name} is asked at its new address from now on", name=one.source.name))
            st.session_state.pop("sources-tried", None)

    return called


def _try(desk: Desk, one: Watched) -> Callable[[], str]:
    def act() -> str:
        like = one.source.model_dump(mode="json", include={"kind", "listing", "article"})
        with st.spinner(desk.t("Asking the source …")):
            st.session_state["sources-tried"] = (one.source.id, trying.ask(desk, one.source.url, like))
        return desk.t("{name} was asked; nothing was stored", name=one.source.name)

    return act
