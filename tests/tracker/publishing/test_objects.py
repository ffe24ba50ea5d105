"""The rules of records as JSON: nothing that a table cannot hold is lost."""

from __future__ import annotations

import json

from tests.makers import a_published
from tracker.model import RoughDate, StatusChange
from tracker.publishing.objects import as_json, as_object
from tracker.settings import Settings

SETTINGS = Settings()


def test_json_has_the_whole_record_flat() -> None:
    record = a_published(
        start=RoughDate.parse("2020"), status_history=(StatusChange(status="ended", on=RoughDate.parse("2020-05")),)
    )

    whole = json.loads("".join(as_json([record, a_published(id=2)], SETTINGS, {"number": 3})))

    assert (whole["number"], [one["id"] for one in whole["initiatives"]]) == (3, [1, 2])
    one = whole["initiatives"][0]
    assert (one["start"], one["end"], one["status_history"][0]["on"]) == ("2020", None, "2020-05")
    assert one["sources"][0]["url"] == "https://example.org/news"
    assert one["wordings"]["fr"]["title"] == "Ligne d'écoute par texto"


def test_json_keeps_the_subdivision_of_readers_that_know_one_alone() -> None:
    said = as_object(a_published(subdivisions=("CA-QC", "CA-ON")), SETTINGS)

    assert (said["subdivision"], said["subdivisions"]) == ("CA-QC", ["CA-QC", "CA-ON"])
    assert as_object(a_published(), SETTINGS)["subdivision"] == ""


def test_json_of_nothing_is_still_json() -> None:
    assert json.loads("".join(as_json([], SETTINGS, {}))) == {"initiatives": []}
