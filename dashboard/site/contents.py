"""What does a release hold, counted and sorted once for the pages of all languages?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from dashboard.site.reuse import of_value
from tracker.model import CheckedContact, Published, Release, SearchState
from tracker.taxonomy import Taxonomy


class Contents:
    """A release from the side of its readers; records are newest first."""

    def __init__(self, release: Release, taxonomy: Taxonomy) -> None:
        self.release = release
        self.taxonomy = taxonomy
        self.records = sorted(release.records, key=_began, reverse=True)
        self.by_country: dict[str, list[Published]] = {}
        self.by_issue: dict[str, list[Published]] = {}
        self.by_type: dict[str, list[Published]] = {}
        self.international: list[Published] = []
        for record in self.records:
            content = record.initiative
            for codes, place in (
                (content.countries, self.by_country),
                (content.issues, self.by_issue),
                (content.types, self.by_type),
            ):
                for code in codes:
                    place.setdefault(code, []).append(record)
            if not content.countries:
                self.international.append(record)
        self.numbers = {code: len(records) for code, records in self.by_country.items()}
        self.states: dict[str, dict[str, SearchState]] = {}
        for one in release.coverage:
            self.states.setdefault(one.country, {})[one.issue] = one.state

    @cached_property
    def keys(self) -> dict[int, str]:
        """What each record is made of, in short; a page that shows a record changes when this does."""
        return {record.id: of_value(record) for record in self.records}

    @cached_property
    def searched(self) -> frozenset[str]:
        """Countries that were looked at, wholly or in part, for one issue at least."""
        looked = {SearchState.SEARCHED, SearchState.PARTLY}
        return frozenset(code for code, states in self.states.items() if looked & set(states.values()))

    def state(self, country: str, issue: str) -> SearchState:
        return self.states.get(country, {}).get(issue, SearchState.NOT_SEARCHED)

    @cached_property
    def contacts(self) -> dict[str, list[CheckedContact]]:
        """Checked contacts by country; those for everywhere under an empty code."""
        found: dict[str, list[CheckedContact]] = {}
        for one in self.release.contacts:
            found.setdefault(one.contact.country or "", []).append(one)
        return found

    @cached_property
    def sample(self) -> bool:
        return any(record.sample for record in self.records)


def tops(names: Iterable[str], most: int) -> list[tuple[str, int]]:
    """The most frequent, with how often; equal ones by name."""
    return sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0]))[:most]


def newest_change(records: Sequence[Published]) -> str:
    """The day on which one of them changed last; empty for none."""
    return max(record.changed_at for record in records).date().isoformat() if records else ""


def _began(record: Published) -> tuple[str, int]:
    began = record.initiative.start or record.initiative.announced
    return (began.first_day.isoformat() if began else "", record.id)
