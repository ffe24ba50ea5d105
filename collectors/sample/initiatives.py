"""What does the sample tracker hold? Its people, its curated initiatives, and what was set aside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from collectors.sample.content import HERE, PORT, address
from tracker.model import Initiative, InitiativeState, Person, Role, RoughDate

PEOPLE = (
    Person(email="ana@sample.example", name="Ana (sample analyst)", role=Role.ANALYST),
    Person(email="ben@sample.example", name="Ben (sample editor)", role=Role.EDITOR),
    Person(email="chloe@sample.example", name="Chloé (sample administrator)", role=Role.ADMIN, language="fr"),
)

DATES = ("announced", "start", "end")


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleInitiative:
    """One curated record, with the addresses in the sample web that stand behind it; the first is the primary one."""

    key: str
    initiative: Initiative
    evidence_urls: tuple[str, ...]
    state: InitiativeState


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleExclusion:
    """A story that an analyst set aside, and the code of the reason."""

    url: str
    reason: str


@cache
def _written() -> Any:
    return YAML(typ="safe").load(HERE / "initiatives.yaml")


def initiatives(port: int = PORT) -> tuple[SampleInitiative, ...]:
    """All sample records in the order of the file, linked to the sample web on `port`."""
    return tuple(_one(key, dict(entry), port) for key, entry in _written()["initiatives"].items())


def exclusions(port: int = PORT) -> tuple[SampleExclusion, ...]:
    """All sample exclusions in the order of the file."""
    return tuple(
        SampleExclusion(url=address(key, port), reason=reason) for key, reason in _written()["exclusions"].items()
    )


def _one(key: str, entry: dict[str, Any], port: int) -> SampleInitiative:
    state = InitiativeState(entry.pop("state", InitiativeState.APPROVED))
    evidence = tuple(address(story, port) for story in entry.pop("evidence"))
    entry |= {name: RoughDate.parse(str(entry[name])) for name in DATES if name in entry}
    if "status_history" in entry:
        entry["status_history"] = [
            {**change, "on": RoughDate.parse(str(change["on"]))} for change in entry["status_history"]
        ]
    initiative = Initiative.model_validate(entry)
    return SampleInitiative(key=key, initiative=initiative, evidence_urls=evidence, state=state)
