"""The key for searching, `/` or the one that somebody has chosen, brings the cursor into the search field of a page."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from dashboard.desk.shared import Desk
from dashboard.desk.surface import keys

# Registered once for each root: Streamlit calls the function at every run, and cleans up only at the end.
_SCRIPT = """
export default function (component) {
  const root = component.parentElement;
  root.wanted = component.data;
  if (root.tracker) return;
  const into = (event) => {
    const { field: name, key } = root.wanted;
    if (!key || event.key.toLowerCase() !== key) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const at = event.composedPath()[0];
    if (at instanceof Element && at.matches("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector(".st-key-" + name + " input");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  };
  root.tracker = into;
  document.addEventListener("keydown", into);
  return () => { document.removeEventListener("keydown", into); root.tracker = null; };
}
"""


def key_of(desk: Desk) -> str | None:
    """The key that this person searches with; None where single keys are off."""
    mine = keys.of(desk.store, desk.person.id)
    return mine.chosen()["search"] if mine.on else None


def slash(desk: Desk, field: str) -> None:
    """Lets that key go to the field of this name. In a field it stays a letter."""
    with st.container(key=f"slash-{field}"):
        _component()(data={"field": field, "key": key_of(desk)}, key=f"slash-component-{field}", height="content")


@cache
def _component() -> Any:
    return st.components.v2.component("desk_slash", js=_SCRIPT)
