"""The key `/` brings the cursor into the search field of the page, as in most tools of this kind."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

# Registered once for each root: Streamlit calls the function at every run, and cleans up only at the end.
_SCRIPT = """
export default function (component) {
  const root = component.parentElement;
  if (root.tracker) return;
  const into = (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const at = event.composedPath()[0];
    if (at instanceof Element && at.matches("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector(".st-key-" + component.data + " input");
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


def slash(field: str) -> None:
    """Lets `/` go to the field of this key. In a field it stays a letter."""
    with st.container(key=f"slash-{field}"):
        _component()(data=field, key=f"slash-component-{field}", height="content")


@cache
def _component() -> Any:
    return st.components.v2.component("desk_slash", js=_SCRIPT)
