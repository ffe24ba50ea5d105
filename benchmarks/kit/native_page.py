"""The page of `native`: one item and a button that holds it. Streamlit runs this file."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import streamlit as st

from dashboard import serve
from tracker import review
from tracker.model import Decision, Verdict, Waiting
from tracker.store.items import QueueFilter

HOLDS = "s"  # the key


def page() -> None:
    """One item and a button that holds it."""
    running = serve.running()
    store, person = running.store, running.store.people()[0]
    stable = st.query_params.get("keys") == "stable"

    def hold(waiting: Waiting | None) -> None:
        if waiting is None:  # what is on show by now
            waiting = store.queue(QueueFilter(), datetime.now(UTC), limit=1)[0]
        decision = Decision(
            key=str(uuid.uuid4()),
            item_id=waiting.item.id,
            item_version=waiting.item.version,
            person_id=person.id,
            at=datetime.now(UTC),
            verdict=Verdict.HOLD,
        )
        review.decide(store, running.taxonomy, person, decision)

    [waiting] = store.queue(QueueFilter(), datetime.now(UTC), limit=1)
    key = "hold" if stable else f"hold-{waiting.item.id}-{waiting.item.version}"
    st.html(f'<div data-item="{waiting.item.id}">{waiting.item.title}</div>')
    st.button("Hold", shortcut=HOLDS, key=key, on_click=hold, args=(None if stable else waiting,))


page()
