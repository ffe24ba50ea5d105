"""What has been done, by whom? The audit, newest first; and the people of the desk."""

from __future__ import annotations

import json

import streamlit as st

from dashboard.desk import shared
from dashboard.desk.shared import Desk


def show(desk: Desk) -> None:
    st.html(f'<h1 class="d-h1">{desk.t("Activity")}</h1>')
    events = desk.store.events(limit=200)
    rows = "".join(
        f"<tr><td>{desk.words.time(event.at)}</td><td>{shared.safe(event.who)}</td><td>{shared.safe(event.what)}</td>"
        f"<td>{shared.safe(event.subject)} {shared.safe(event.subject_id)}</td>"
        f"<td class='t-note'>{shared.safe(_short(event.before, event.after))}</td></tr>"
        for event in events
    )
    heads = [desk.t("When"), desk.t("Who"), desk.t("What"), desk.t("Of what"), desk.t("Before and after")]
    st.html(
        '<div class="d-wide" tabindex="0"><table class="t-table d-sources"><thead><tr>'
        + "".join(f"<th>{shared.safe(head)}</th>" for head in heads)
        + f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _short(before: object, after: object) -> str:
    told = [json.dumps(value, ensure_ascii=False) for value in (before, after) if value is not None]
    return " → ".join(text if len(text) <= 160 else text[:160] + " …" for text in told)
