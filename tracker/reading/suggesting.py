"""How do words found in a text become a suggestion?

Strong words are worth 3 points, weak ones 1, each word once; weak words alone count one point less, since a few of them
stand in any long text. Points become a probability that grows with each word and never reaches 1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tracker import taxonomy as taxonomies
from tracker.model import Scored, Suggestion
from tracker.reading import VERSION, hash_of
from tracker.reading.countries import spoken_of
from tracker.reading.folding import fold
from tracker.reading.keywords import GROUPS, STRONG, Hit, Keywords, of_taxonomy, read_words
from tracker.reading.language import detect
from tracker.taxonomy import Taxonomy

READ_AT_MOST = 20_000  # characters of text
_LONGEST_TITLE = 1_000

_EVEN_ISSUE = 3  # points that make an issue as likely as not: one strong word, or four weak ones
_EVEN_TYPE = 4
_SHOWN_FROM = 0.2
_MOST_PLACES = 20
_MOST_TYPES, _MOST_TERMS, _LONGEST_TERM = 5, 60, 100

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Reader:
    """The words of one taxonomy, ready to read texts with."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._keywords: Keywords = of_taxonomy(taxonomy, read_words())
        self._groups = {name: taxonomy.codes(name) for name in GROUPS}
        own = [term.model_dump_json() for name in self._groups for term in taxonomy.group(name) if term.words]
        self.version = f"{VERSION}-{hash_of(own)}" if own else VERSION

    def read(
        self,
        title: str,
        text: str,
        declared_language: str | None,
        country: str | None,
        issues: Sequence[str],
        url: str = "",
    ) -> Suggestion:
        """The suggestion for a text; see `tracker.reading.read`."""
        title = _CONTROL.sub(" ", title[:_LONGEST_TITLE]).strip()
        whole = f"{title}\n{_CONTROL.sub(' ', text[:READ_AT_MOST]).strip()}".strip()
        folded = fold(whole)
        hits = self._keywords.hits(folded)

        def written(found: Sequence[Hit]) -> tuple[str, ...]:
            terms = (folded.written(hit.start, hit.end) for hit in found)
            return tuple(dict.fromkeys(term for term in terms if len(term) <= _LONGEST_TERM))

        points = {code: _points(hits.get(f"issues/{code}", [])) for code in self._groups["issues"]}
        for code in issues:
            if points.get(code):  # a source about an issue makes its words surer; it does not replace them
                points[code] += 1
        of_issues = [
            Scored(code=code, score=_likely(worth, _EVEN_ISSUE), terms=written(hits.get(f"issues/{code}", [])))
            for code, worth in points.items()
            if _likely(worth, _EVEN_ISSUE) >= _SHOWN_FROM
        ]
        of_types = [
            Scored(code=code, score=_likely(_points(found), _EVEN_TYPE), terms=written(found))
            for code in self._groups["types"]
            if (found := hits.get(f"types/{code}", [])) and _likely(_points(found), _EVEN_TYPE) >= _SHOWN_FROM
        ]
        of_types.sort(key=lambda one: -one.score)
        spoken = spoken_of(folded, len(title), country, url)
        of_issues.sort(key=lambda one: -one.score)

        def further(group: str) -> tuple[Scored, ...]:
            """The codes of a group that has no types below it: each with one chance in two from one strong word."""
            scored = [
                Scored(code=code, score=score, terms=written(found))
                for code in self._groups[group]
                if (found := hits.get(f"{group}/{code}", []))
                and (score := _likely(_points(found), _EVEN_ISSUE)) >= _SHOWN_FROM
            ]
            return tuple(sorted(scored, key=lambda one: -one.score)[:_MOST_TYPES])

        done, told = len(hits.get("action", ())), len(hits.get("problem", ()))
        language, confidence = detect(whole, declared_language)
        marked = [*of_issues, *of_types[:_MOST_TYPES], *spoken.countries]
        return Suggestion(
            version=self.version,
            language=language,
            language_confidence=confidence,
            countries=spoken.countries,
            issues=tuple(of_issues),
            initiative=_initiative(max(points.values(), default=0), done, told),
            types=tuple(of_types[:_MOST_TYPES]),
            places=spoken.places[:_MOST_PLACES],
            bodies=spoken.bodies[:_MOST_PLACES],
            grounds=further("bias_grounds"),
            targets=further("targets"),
            actor_kinds=further("actor_kinds"),
            terms=tuple(dict.fromkeys(term for one in marked for term in one.terms))[:_MOST_TERMS],
            score=_place(sum(points.values()), done, told),
        )


def _points(hits: Sequence[Hit]) -> int:
    total = sum(hit.points for hit in hits)
    return total if any(hit.points == STRONG for hit in hits) else max(0, total - 1)


def _likely(points: float, even: float) -> float:
    """A probability: one half at `even` points, three quarters at twice as many, and so on."""
    return round(1.0 - math.exp2(-points / even), 3)


def _initiative(points: int, done: int, told: int) -> float:
    """The probability that something is done about an issue, by its points and by words of action and of trouble."""
    tone = 1 / (1 + math.exp(0.5 - 1.6 * (math.log1p(done) - math.log1p(told))))
    return round(tone * min(1.0, 2 * _likely(points, _EVEN_ISSUE)), 3)


def _place(points: int, done: int, told: int) -> float:
    """The place in the queue: issue words first, and among equals rather those that tell of action."""
    return _likely(max(0.0, points + 0.2 * (done - told)), 2 * _EVEN_ISSUE) if points else 0.0


@cache
def reader(taxonomy: Path | None = None) -> Reader:
    """The reader for a taxonomy file, made once; None is the shipped one. Raises BadTaxonomy."""
    return Reader(taxonomies.load(taxonomy))
