"""What has this browser before it, and what does it get next? One session is one tab of one person.

Everything in here can be lost, with the process or the tab: claims are in the store, decisions in the outbox.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from dashboard.desk.shared import Desk
from dashboard.desk.surface import keys, outbox, shown
from dashboard.desk.surface.outbox import Answer, Message
from tracker import review
from tracker.errors import Conflict, TrackerError
from tracker.model import Drawn, ItemState
from tracker.store.items import QueueFilter

AHEAD = 25  # items that the browser has before it
FEWEST = 3  # of a queue so short that it has to be shared
MOST_HELD = 100  # with those that were passed over
RENEWED_EVERY = timedelta(minutes=1)
COUNTED_EVERY = timedelta(seconds=15)
ANSWERS_KEPT = 400

_DECIDED = (ItemState.INCLUDED, ItemState.EXCLUDED)


@dataclass
class Session:
    """What is remembered between two messages of a tab."""

    wanted: QueueFilter = field(default_factory=QueueFilter)
    filters: int = 0  # how often other items were wanted
    held: list[int] = field(default_factory=list)  # leased, in the order in which they are shown
    by_hand: set[int] = field(default_factory=set)  # of these, those that the filter need not fit
    renewed_at: datetime | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    heard: Message | None = None
    front: tuple[int, int] | None = None  # the item that is to be shown now, with the number of this wish
    trouble: str = ""
    more: dict[int, dict[str, Any]] = field(default_factory=dict)
    found: dict[str, Any] | None = None
    code: int | None = None
    counts: tuple[datetime, dict[str, int]] | None = None
    lexicons: dict[str, dict[str, Any]] = field(default_factory=dict)  # by language

    # ------------------------------------------------------------------------------------------- what is wanted

    def want(self, desk: Desk, wanted: QueueFilter) -> None:
        """Other filters: what was open is given back."""
        if wanted != self.wanted or not self.filters:
            if self.filters:
                desk.store.release_claims(desk.person.id)
            self.wanted, self.held, self.by_hand, self.renewed_at = wanted, [], set(), None
            self.filters += 1

    def open(self, desk: Desk, item_id: int) -> None:
        """This item comes first, whatever the filter says. Raises Conflict when somebody else has it open."""
        review.open_item(desk.store, desk.person, item_id, desk.now)
        self._first(item_id)

    def _first(self, item_id: int) -> None:
        self.held = [item_id, *(id for id in self.held if id != item_id)]
        self.by_hand.add(item_id)
        self.front = (item_id, (self.front[1] if self.front else 0) + 1)

    # -------------------------------------------------------------------------------------------- what was heard

    def hear(self, desk: Desk, raw: Any) -> None:
        """Applies what a browser sent. What cannot be kept now stays unanswered, so that it is sent again."""
        self.trouble = ""
        message = outbox.read(raw)
        if message is None:
            self.trouble = desk.t("The browser sent something that cannot be read; reload the page")
            return
        if message.person != desk.person.id:
            self.trouble = desk.t("This was decided by somebody else in this tab; it waits until they sign in again")
            return
        self.heard = message
        new = [raw for raw in message.entries if _uuid(raw) not in self.answers]
        try:
            for answer in outbox.apply(desk, new, desk.now):
                self._note(desk, answer)
            if message.keys is not None:
                keys.keep(desk.store, desk.person.id, message.keys)
        except TrackerError as problem:
            self.trouble = desk.words.tell(problem.sentence)
        self.code = message.code
        self._look(desk, message)

    def _note(self, desk: Desk, answer: Answer) -> None:
        self.answers[answer.uuid] = answer
        while len(self.answers) > ANSWERS_KEPT:
            del self.answers[next(iter(self.answers))]
        if answer.what != "refused":
            self.held = [id for id in self.held if id != answer.item]
            self.by_hand.discard(answer.item)
        self.more.pop(answer.item, None)
        self.counts = None if answer.opens else self.counts
        if answer.opens is not None:
            self._open_again(desk, answer.opens)

    def _open_again(self, desk: Desk, item_id: int) -> None:
        """What was taken back comes first again, drawn as it was; so does the item that stands for a joined story."""
        [(state, _)] = desk.store.versions([item_id]).values()
        if state in _DECIDED:
            return
        before = desk.store.decisions(item_id=item_id, limit=2)
        try:
            review.open_item(
                desk.store, desk.person, item_id, desk.now, before[-1].drawn_by if before else Drawn.SEARCH
            )
        except Conflict:
            return  # it waits for somebody else by now
        self._first(item_id)

    def _look(self, desk: Desk, message: Message) -> None:
        if message.ask is None:
            self.found = None
        elif self.found is None or self.found["number"] != message.ask.number:
            ask = message.ask
            try:
                rows = (
                    shown.initiatives(desk, ask.text)
                    if ask.kind == "evidence"
                    else shown.others(desk, ask.item, ask.text)
                )
            except TrackerError as problem:
                rows, self.trouble = [], desk.words.tell(problem.sentence)
            self.found = {"number": ask.number, "kind": ask.kind, "rows": rows}

    # ----------------------------------------------------------------------------------------- what is answered

    def reply(self, desk: Desk) -> dict[str, Any]:
        """What the browser is told: what became of its entries, what it has before it, and those items it lacks."""
        heard = self.heard
        order = self._held_now(desk, heard.passed if heard else 0)
        have = heard.have if heard else {}
        lacking = [id for id, version in order if have.get(str(id)) != version]
        waiting = desk.store.items_shown(lacking, desk.now)
        language = desk.words.language
        if language not in self.lexicons:
            self.lexicons[language] = shown.lexicon(desk)
        lexicon = self.lexicons[language]
        entries = heard.entries if heard else []
        asked = [uuid for raw in entries if (uuid := _uuid(raw)) in self.answers]
        mine = keys.of(desk.store, desk.person.id)
        return {
            "person": desk.person.id,
            "heard": heard.nonce if heard else "",
            "filters": self.filters,
            "order": order,
            "items": [shown.item(desk, waiting[id]) for id in lacking if id in waiting],
            "front": {"item": self.front[0], "number": self.front[1]} if self.front else None,
            "answers": [self.answers[uuid].model_dump() for uuid in asked],
            "last": shown.last(desk),
            "counts": self._counts(desk),
            "more": self._more(desk),
            "found": self.found,
            "keys": {"on": mine.on, "chosen": mine.chosen()},
            "trouble": self.trouble,
            "said": lexicon["version"],
            "lexicon": None if heard and heard.lexicon == lexicon["version"] else lexicon,
        }

    def _held_now(self, desk: Desk, passed: int) -> list[tuple[int, int]]:
        """What is held, with versions: renewed and filled up where it is time, without what others have decided."""
        # Half of what is free at most: of a short queue something is left for whoever comes next.
        free = desk.store.free(self.wanted, desk.person.id, desk.now, 2 * AHEAD)
        ahead = min(AHEAD, max(FEWEST, free // 2))
        number = min(ahead + passed, MOST_HELD)
        due = self.renewed_at is None or desk.now - self.renewed_at > RENEWED_EVERY
        if due or len(self.held) < number - ahead // 4:
            self.held = review.lease(desk.store, desk.person, self.wanted, self.held, number, desk.now)
            self.renewed_at = desk.now
        standing = desk.store.versions(self.held)
        states = _DECIDED if self.wanted.changed else self.wanted.states
        self.held = [id for id in self.held if id in standing and (standing[id][0] in states or id in self.by_hand)]
        return [(id, standing[id][1]) for id in self.held]

    def looked_at(self) -> int | None:
        """The item that the browser has on show and wants to know more of."""
        look = self.heard.look if self.heard else None
        return look if look in self.held else None

    def _more(self, desk: Desk) -> dict[str, Any] | None:
        look = self.looked_at()
        if look is None:
            return None
        if look not in self.more:
            if len(self.more) > 2 * AHEAD:
                self.more.clear()
            self.more[look] = shown.more(desk, look)
        return self.more[look]

    def _counts(self, desk: Desk) -> dict[str, int]:
        if self.counts is None or desk.now - self.counts[0] > COUNTED_EVERY:
            by_state = desk.store.queue_by("state")
            self.counts = (desk.now, {name: by_state.get(name, 0) for name in ("waiting", "held")})
        midnight = desk.now.replace(hour=0, minute=0, second=0, microsecond=0)
        return {**self.counts[1], "today": desk.store.decided_since(desk.person.id, midnight)}


def _uuid(raw: Any) -> str:
    """The key of an entry, empty for what has none."""
    uuid = raw.get("uuid") if isinstance(raw, dict) else None
    return uuid if isinstance(uuid, str) else ""
