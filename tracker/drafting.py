"""What does the form of an initiative begin with? What its evidence seems to say, until a person has coded it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tracker import places
from tracker.model import Initiative, Scored, Suggestion
from tracker.taxonomy import Taxonomy

LIKELY_FROM = 0.5  # probability from which a suggested code stands chosen
MOST = {"types": 3, "subdivisions": 3}  # of a field; more are named, not chosen

# Field of the form: what it is called in a suggestion.
SUGGESTED = {
    "issues": "issues",
    "types": "types",
    "bias_grounds": "grounds",
    "countries": "countries",
    "subdivisions": "places",
    "targets": "targets",
    "actor_kinds": "actor_kinds",
}


def said(suggestions: Iterable[Suggestion]) -> dict[str, tuple[Scored, ...]]:
    """What the suggestions of several items say together, by field, best first; of a code said twice, the surer."""
    best: dict[str, dict[str, Scored]] = {field: {} for field in SUGGESTED}
    for suggestion in suggestions:
        for field, name in SUGGESTED.items():
            for one in getattr(suggestion, name):
                known = best[field].get(one.code)
                if known is None or one.score > known.score:
                    best[field][one.code] = one
    return {field: tuple(sorted(found.values(), key=lambda one: (-one.score, one.code)))
            for field, found in best.items()}  # fmt: skip


def chosen_beforehand(
    content: Initiative, suggestions: Sequence[Suggestion], taxonomy: Taxonomy
) -> dict[str, tuple[str, ...]]:
    """The likely codes for every field in which a person has chosen none yet; only codes that may be chosen.

    A place is likely only within a country that is chosen or likely.
    """
    found: dict[str, tuple[str, ...]] = {}
    for field, scored in said(suggestions).items():
        likely = [one.code for one in scored if one.score >= LIKELY_FROM]
        if field == "subdivisions":
            countries = content.countries or found.get("countries", ())
            known = {code for code, _ in places.places(countries, "en")}
            likely = [code for code in likely if code in known]
        elif field != "countries":
            likely = [code for code in likely if code in taxonomy.codes(field)]
        there = content.actors if field == "actor_kinds" else getattr(content, field)
        if likely and not there:
            found[field] = tuple(likely[: MOST.get(field)])
    return found
