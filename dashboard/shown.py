"""What does a reader see of an initiative, in one language? Labels for codes, dates in words, and honest gaps.

The static pages and the explorer show the same; only their addresses differ, which `Links` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from dashboard.words import Words, mark
from tracker.model import MISSING_LANGUAGE, Confidence, Origin, Published, StatusChange
from tracker.places import place
from tracker.taxonomy import Taxonomy

EXCERPT_LENGTH = 280

FIELDS = {  # of an initiative, as a change log names them
    "title": mark("title"),
    "summary": mark("summary"),
    "issues": mark("issues"),
    "types": mark("types"),
    "bias_grounds": mark("bias grounds"),
    "countries": mark("countries"),
    "subdivision": mark("province or state"),  # as it was called once; old lines of a history keep it
    "subdivisions": mark("province or state"),
    "locality": mark("place"),
    "geo_level": mark("reach"),
    "actors": mark("who acts"),
    "targets": mark("for whom"),
    "covid_link": mark("link to COVID-19"),
    "announced": mark("date of announcement"),
    "start": mark("start"),
    "end": mark("end"),
    "status": mark("status"),
    "status_history": mark("status over time"),
    "amount": mark("amount"),
    "currency": mark("currency"),
    "recipients": mark("recipients"),
    "contact": mark("contact"),
    "evidence_grade": mark("grade of evidence"),
    "keywords": mark("keywords"),
    "why_promising": mark("why it is promising"),
    "challenges": mark("challenges"),
    "further_reading": mark("further reading"),
    "indigenous_relevance": mark("relevance to Indigenous peoples"),
    "confidence": mark("confidence"),
    "previous": mark("what it is an update of"),
    "related": mark("related initiatives"),
}

CONFIDENCE = {
    Confidence.HIGH: mark("High: said outright by a reliable source"),
    Confidence.MEDIUM: mark("Medium: some of it had to be inferred"),
    Confidence.LOW: mark("Low: to be read with care"),
}

_HAPPENED = {
    "added": mark("Published"),
    "changed": mark("Changed"),
    "withdrawn": mark("Withdrawn"),
    "merged": mark("Merged into another initiative"),
    "restored": mark("Public again"),
}


class Links(Protocol):
    """Where the pages about things are."""

    def initiative(self, id: int) -> str: ...
    def issue(self, code: str) -> str: ...
    def type(self, code: str) -> str: ...
    def country(self, code: str) -> str: ...


class Piece(NamedTuple):
    """A few words, perhaps with a link, perhaps in another language than the page."""

    text: str
    href: str = ""
    language: str = ""
    outside: bool = False  # of others: nothing of the reader goes with the link


class Line(NamedTuple):
    """An initiative in a list. `language` is given where the wording is not in the reader's."""

    id: int
    href: str
    title: str
    excerpt: str
    language: str
    note: str
    meta: tuple[str, ...]
    sample: bool


class SourceLine(NamedTuple):
    title: str
    href: str
    language: str
    about: str


@dataclass(frozen=True, slots=True)
class Whole:
    """An initiative on its own page."""

    id: int
    title: str
    summary: str
    language: str
    notes: tuple[str, ...]
    contact: tuple[tuple[str, Piece], ...]
    facts: tuple[tuple[str, tuple[Piece, ...]], ...]
    sources: tuple[SourceLine, ...]
    record: str  # when it was published, changed and verified
    sample: bool


class Reader:
    """Shows records to the readers of one language."""

    def __init__(self, words: Words, taxonomy: Taxonomy, links: Links) -> None:
        self.words = words
        self.taxonomy = taxonomy
        self.links = links
        self._labels: dict[tuple[str, str], str] = {}
        self._countries: dict[str, str] = {}
        self._linked: dict[tuple[str, str], Piece] = {}

    def label(self, group: str, code: str) -> str:
        found = self._labels.get((group, code))
        if found is None:
            found = self._labels[group, code] = self.taxonomy.label(group, code, self.words.language)
        return found

    def country(self, code: str) -> str:
        found = self._countries.get(code)
        if found is None:
            found = self._countries[code] = self.words.country(code)
        return found

    def line(self, record: Published) -> Line:
        """For a list: title, the beginning of the summary, where, what about, when."""
        t = self.words.t
        content = record.initiative
        spoken, wording = content.wording(self.words.language)
        where = [self.country(code) for code in content.countries] or [t("International")]
        meta = [", ".join(where[:4]) + ("…" if len(where) > 4 else "")]
        meta += [self.label("issues", code) for code in content.issues]
        meta += [self.label("types", code) for code in content.types[:1]]
        if began := content.start or content.announced:
            meta.append(self.words.date(began).replace(" ", "\u00a0"))
        return Line(
            id=record.id,
            href=self.links.initiative(record.id),
            title=wording.title or t("Initiative {number}", number=record.id),
            excerpt=shortened(wording.summary),
            language=self._foreign(spoken),
            note=t("in {language}", language=self.words.tongue(spoken)) if self._foreign(spoken) else "",
            meta=tuple(meta),
            sample=record.sample,
        )

    def whole(self, record: Published) -> Whole:
        t = self.words.t
        content = record.initiative
        spoken, wording = content.wording(self.words.language)
        notes = []
        if self._foreign(spoken):
            gap = t("This text is not available in {language} yet.", language=self.words.tongue(self.words.language))
            shown = t("It is shown in {language}.", language=self.words.tongue(spoken))
            notes.append(f"{gap} {shown}")
        if wording.origin is Origin.MACHINE:
            notes.append(t("This wording was translated by a machine."))
        verified = record.verified_at
        dates = [
            t("First published {date}.", date=self.words.date(record.first_public_at)),
            t("Last changed {date}.", date=self.words.date(record.changed_at)),
            t("Last verified {date}.", date=self.words.date(verified)) if verified else "",
            t("Revision {number}.", number=record.revision),
        ]
        return Whole(
            id=record.id,
            title=wording.title or t("Initiative {number}", number=record.id),
            summary=wording.summary,
            language=self._foreign(spoken),
            notes=tuple(notes),
            contact=tuple(self._contact(record)),
            facts=tuple((name, pieces) for name, pieces in self._facts(record) if pieces),
            sources=tuple(self._sources(record)),
            record=" ".join(filter(None, dates)),
            sample=record.sample,
        )

    def fields(self, names: Iterable[str]) -> str:
        """The fields of a change, in words: `title (French), start`."""
        said = []
        for name in names:
            part, _, language = name.partition("_")
            if name not in FIELDS and part in ("title", "summary") and language:
                said.append(f"{self.words.t(FIELDS[part])} ({self.words.tongue(language)})")
            else:
                said.append(self.words.t(FIELDS[name]) if name in FIELDS else name)
        return ", ".join(said)

    def change(self, what: str, fields: Iterable[str], reason: str, into: int | None = None) -> str:
        """One line of a history: what happened, to which fields, and why; `into` is where a merged one is told."""
        t = self.words.t
        if into is not None:
            return t("Merged into initiative {number}", number=into)
        said = t(_HAPPENED[what]) if what in _HAPPENED else what
        if named := self.fields(fields):
            said = t("{what}: {fields}", what=said, fields=named)
        return f"{said}. {reason}".strip() if reason else said

    def _foreign(self, language: str) -> str:
        return "" if language in (self.words.language, MISSING_LANGUAGE) else language

    def _contact(self, record: Published) -> Iterator[tuple[str, Piece]]:
        contact = record.initiative.contact
        t = self.words.t
        if contact.phone:
            yield t("Phone"), Piece(contact.phone)
        if contact.url:
            yield t("Website"), Piece(contact.url, href=contact.url)
        if contact.hours:
            yield t("Hours"), Piece(contact.hours)

    def _facts(self, record: Published) -> Iterator[tuple[str, tuple[Piece, ...]]]:
        t = self.words.t
        content = record.initiative
        yield t("Issues"), self._pieces("issues", content.issues, self.links.issue)
        yield t("Types of initiative"), self._pieces("types", content.types, self.links.type)
        places = [Piece(self.country(code), href=self.links.country(code)) for code in content.countries]
        within = [place(code, self.words.language) for code in content.subdivisions]
        finer = ", ".join(filter(None, [content.locality, *within]))
        yield t("Where"), (*(places or [Piece(t("International"))]), *([Piece(finer)] if finer else []))
        yield t("Reach"), self._pieces("geo_levels", [content.geo_level] if content.geo_level else [])
        yield t("Who acts"), tuple(Piece(self._actor(number, record)) for number in range(len(content.actors)))
        yield t("For whom"), self._pieces("targets", content.targets)
        yield t("Bias grounds"), self._pieces("bias_grounds", content.bias_grounds)
        yield t("Status"), (Piece(self.label("statuses", content.status)), *map(self._status, content.status_history))
        if content.announced:
            yield t("Announced"), (Piece(self.words.date(content.announced)),)
        if content.start:
            yield t("Start"), (Piece(self.words.date(content.start)),)
        if content.end:
            yield t("End"), (Piece(self.words.date(content.end)),)
        if content.covid_link:
            yield t("Link to COVID-19"), self._pieces("covid_links", [content.covid_link])
        if content.amount is not None:
            yield t("Amount"), (Piece(f"{self.words.number(content.amount)} {content.currency}"),)
        if content.recipients:
            yield t("Recipients"), (Piece(content.recipients),)
        if content.why_promising:
            yield t("Why it is promising"), (Piece(content.why_promising),)
        if content.challenges:
            yield t("Challenges"), (Piece(content.challenges),)
        if content.keywords:
            yield t("Keywords"), (Piece(", ".join(content.keywords)),)
        if content.evidence_grade:
            yield t("Grade of evidence"), self._pieces("evidence_grades", [content.evidence_grade])
        if content.confidence:
            yield t("Confidence"), (Piece(t(CONFIDENCE[content.confidence])),)
        if content.indigenous_relevance is not None:
            yield t("Relevance to Indigenous peoples"), (Piece(t("Yes") if content.indigenous_relevance else t("No")),)
        if content.previous is not None:
            yield t("Update of"), self._others([content.previous])
        if content.related:
            yield t("Related initiatives"), self._others(content.related)
        if content.further_reading:
            reading = (Piece(one.title or one.url, href=one.url, outside=True) for one in content.further_reading)
            yield t("Further reading"), tuple(reading)

    def _pieces(self, group: str, codes: Iterable[str], link: object = None) -> tuple[Piece, ...]:
        return tuple(self._linked.get((group, code)) or self._piece(group, code, link) for code in codes)

    def _piece(self, group: str, code: str, link: object) -> Piece:
        """A label, with a link where the taxonomy still has its code; made once, for a group is always linked alike."""
        href = link(code) if callable(link) and code in self.taxonomy.codes(group) else ""
        made = self._linked[group, code] = Piece(self.label(group, code), href=href)
        return made

    def _others(self, ids: Iterable[int]) -> tuple[Piece, ...]:
        t = self.words.t
        return tuple(Piece(t("Initiative {number}", number=id), href=self.links.initiative(id)) for id in ids)

    def _actor(self, number: int, record: Published) -> str:
        actor = record.initiative.actors[number]
        about = [self.label("actor_kinds", actor.kind)] if actor.kind else []
        about += [self.label("actor_levels", actor.level)] if actor.level else []
        about += [self.label("actor_roles", actor.role)] if actor.role != "lead" else []
        return f"{actor.name} ({', '.join(about)})" if about else actor.name

    def _status(self, change: StatusChange) -> Piece:
        said = self.label("statuses", change.status)
        if change.on:
            said = f"{self.words.date(change.on)}: {said}"
        return Piece(f"{said}. {change.note}" if change.note else said)

    def _sources(self, record: Published) -> Iterator[SourceLine]:
        for source in record.sources:
            about = [source.source, self.label("evidence_roles", source.role.value)]
            if source.published:
                about.append(self.words.date(source.published))
            if source.language not in (self.words.language, MISSING_LANGUAGE):
                about.append(self.words.t("in {language}", language=self.words.tongue(source.language)))
            language = source.language if source.language != MISSING_LANGUAGE else ""
            yield SourceLine(title=source.title, href=source.url, language=language, about=" · ".join(about))


def shortened(text: str, length: int = EXCERPT_LENGTH) -> str:
    """The beginning of a text, cut between words, with an ellipsis where something is missing."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0].rstrip(" ,;:.–—-") + "…"
