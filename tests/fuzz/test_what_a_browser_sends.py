"""What a browser sends, or somebody in its name: the outbox of the triage surface, the address of a page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import params
from dashboard.desk.shared import Desk
from dashboard.desk.surface import outbox
from tests.fuzz import VALUES, fuzzed
from tests.makers import NOW
from tracker.taxonomy import Taxonomy

NAMES = sorted({*outbox.Message.model_fields, *outbox.Entry.model_fields, *outbox.Ask.model_fields})
RIGHT = {"uuid": "0b7e3a52-3c5e-4d0e-9f55-0d4c4f4f4f4f", "item": 1, "version": 1, "verdict": "hold"}
NOT_SO = {
    "uuid": 1,
    "item": 0,
    "version": True,
    "verdict": "publish",
    "note": "\0",
    "countries": ["no"],
    "issues": "dv",
}
PARAMETERS = st.sampled_from(["issue", "country", "type", "q", "page", "from", "lang", "id"]) | st.text(max_size=5)
ADDRESSES = st.dictionaries(PARAMETERS, st.lists(st.text(max_size=12), max_size=3), max_size=5)


class NobodyActs:
    """A desk at which an entry that passes its checks would be applied: none of these may."""

    def still_here(self) -> Any:
        return SimpleNamespace(id=1)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"an entry that is none reached {name}")


@given(VALUES | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8))
@fuzzed
def test_any_value_is_a_message_or_none(raw: object) -> None:
    message = outbox.read(raw)

    assert message is None or outbox.read(message.model_dump()) == message


@given(st.lists(VALUES | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8), max_size=5))
@fuzzed
def test_what_is_no_entry_reaches_nothing_and_is_told_only_where_it_has_a_name(entries: list[Any]) -> None:
    answers = outbox.apply(cast("Desk", NobodyActs()), entries, NOW)

    named = [raw for raw in entries if isinstance(raw, dict) and isinstance(raw.get("uuid"), str)]
    assert len(answers) == len(named)
    assert all(answer.what == "refused" and answer.said for answer in answers)


@pytest.mark.parametrize("field", NOT_SO)
def test_an_entry_with_one_field_that_is_not_so_is_refused_by_its_name(field: str) -> None:
    answers = outbox.apply(cast("Desk", NobodyActs()), [{**RIGHT, field: NOT_SO[field]}], NOW)

    assert [answer.said.partition(":")[0].partition(".")[0] for answer in answers] == (
        [field] if field != "uuid" else []
    )


@given(ADDRESSES)
@fuzzed
def test_any_address_asks_for_something_that_there_is(taxonomy: Taxonomy, given_: dict[str, list[str]]) -> None:
    wanted = params.read_filters(given_, taxonomy)

    again: dict[str, list[str]] = {}
    for name, value in params.as_pairs(wanted):
        again.setdefault(name, []).append(value)
    assert params.read_filters(again, taxonomy) == wanted
    assert params.read_page(given_) >= 1
