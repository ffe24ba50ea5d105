"""Which tables does a release have, what is in their columns, and how do records become their rows?

Each column is written down once; the CSV files, their schema, the Parquet file and the spreadsheet all follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from tracker.model import Confidence, Origin, Published
from tracker.publishing.writing import address_of, csv_lines, joined
from tracker.settings import Settings
from tracker.taxonomy import GROUPS, Described, Taxonomy, Type

Row = tuple[Any, ...]


class Holds(StrEnum):
    """What is in the cells of a column."""

    NUMBER = "number"  # whole
    AMOUNT = "amount"
    YES_OR_NO = "yes_or_no"  # 1 or 0
    TIME = "time"  # UTC
    ROUGH_DATE = "rough_date"  # 2020-04-17, 2020-04 or 2020, as exactly as it is known
    COUNTRY = "country"  # ISO 3166-1 alpha-2
    CODE = "code"  # of a group of the codebook
    ADDRESS = "address"  # of a web page
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    holds: Holds
    about: str
    codes: str = ""  # the group of the codebook that its codes are from
    required: bool = False
    many: bool = False  # a list: joined with "; " where a cell cannot hold one


@dataclass(frozen=True, slots=True)
class Refers:
    """These columns name a row of another table by its key."""

    columns: tuple[str, ...]
    table: str
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What a table is; `rows` makes its rows of one record."""

    name: str
    path: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: Callable[[Published], Iterator[Row]]
    refers: tuple[Refers, ...] = ()

    def all_rows(self, records: Iterable[Published]) -> Iterator[Row]:
        for record in records:
            yield from self.rows(record)

    def as_csv(self, records: Iterable[Published]) -> Iterator[str]:
        header = [column.name for column in self.columns]
        return csv_lines(header, (map(in_one_cell, row) for row in self.all_rows(records)))


def in_one_cell(value: object) -> object:
    return joined(map(str, value)) if isinstance(value, tuple) else value


# ------------------------------------------------------------------------------------------- one line an initiative


_ID = Column("id", Holds.NUMBER, "Lasting number of the initiative; never given twice", required=True)
_ABOUT = (
    Column("revision", Holds.NUMBER, "Version of the record that two people have read", required=True),
    Column("url", Holds.ADDRESS, "Lasting address of the initiative", required=True),
)
_DATES = (
    Column("announced", Holds.ROUGH_DATE, "When it was announced, as exactly as it is known"),
    Column("start", Holds.ROUGH_DATE, "When it began, as exactly as it is known"),
    Column("end", Holds.ROUGH_DATE, "When it ended or is to end, as exactly as it is known"),
    Column("status", Holds.CODE, "Where it stood when it was last verified", "statuses", required=True),
)
_MONEY = (
    Column("amount", Holds.AMOUNT, "Money that was set aside for it"),
    Column("currency", Holds.TEXT, "Currency of the amount, ISO 4217"),
    Column("recipients", Holds.TEXT, "Who receives the money"),
)
_CONTACT = (
    Column("contact_phone", Holds.TEXT, "Telephone number that its owner published for everybody"),
    Column("contact_url", Holds.ADDRESS, "Web page that its owner published for everybody"),
    Column("contact_hours", Holds.TEXT, "When it answers"),
)
_JUDGED = (
    Column("why_promising", Holds.TEXT, "Why it is promising"),
    Column("challenges", Holds.TEXT, "What stood in its way"),
)
_RECORD = (
    Column("first_public_at", Holds.TIME, "When it was first published here", required=True),
    Column("changed_at", Holds.TIME, "When the record last changed", required=True),
    Column("verified_at", Holds.TIME, "When a person last made sure that it is so"),
    Column("sample", Holds.YES_OR_NO, "1: made up, to show how the tracker works", required=True),
)


_LATER = (  # columns that came later stand at the end
    Column("previous", Holds.NUMBER, "Number of the initiative that this one is an update of"),
    Column("related", Holds.NUMBER, "Numbers of initiatives that have to do with this one", many=True),
    Column("further_reading", Holds.ADDRESS, "Something to read on beside the sources", many=True),
    Column("indigenous_relevance", Holds.YES_OR_NO, "1: of relevance to Indigenous peoples; empty: nobody has said"),
    Column("confidence", Holds.TEXT, f"How sure the coding is: {', '.join(Confidence)}"),
)


def wide_columns(settings: Settings) -> tuple[Column, ...]:
    """The columns of initiatives.csv, always in this order; those with a language in their name follow the settings."""
    wordings = [
        Column(f"{part}_{language}", Holds.TEXT, f"{part.title()} in {language}")
        for part in ("title", "summary")
        for language in settings.languages
    ]
    return (
        _ID, *_ABOUT, *wordings,
        Column("title_other", Holds.TEXT, "Title in the language of the source, where it is none of the public ones"),
        Column("summary_other", Holds.TEXT, "Summary in that language"),
        Column("other_language", Holds.TEXT, "That language, BCP 47"),
        Column("issues", Holds.CODE, "What it is about, the first one first of all", "issues", many=True),
        Column("types", Holds.CODE, "What is done, the first one first of all", "types", many=True),
        Column("unw_type", Holds.TEXT, "Type of the UNDP-UN Women tracker that its first type matches"),
        Column("unw_subtype", Holds.TEXT, "Subtype of that tracker"),
        Column("bias_grounds", Holds.CODE, "Grounds of the bias that it is against", "bias_grounds", many=True),
        Column("countries", Holds.COUNTRY, "Where; empty: international", many=True),
        Column("subdivision", Holds.TEXT, "Provinces, states or the like, ISO 3166-2", many=True),
        Column("locality", Holds.TEXT, "City or place"),
        Column("geo_level", Holds.CODE, "How far it reaches", "geo_levels"),
        Column("actors", Holds.TEXT, "Who acts", many=True),
        Column("actor_kinds", Holds.CODE, "What kinds of bodies they are", "actor_kinds", many=True),
        Column("actor_levels", Holds.CODE, "From the city to the world", "actor_levels", many=True),
        Column("targets", Holds.CODE, "For whom", "targets", many=True),
        Column("covid_link", Holds.CODE, "How it is linked to COVID-19", "covid_links"),
        *_DATES, *_MONEY, *_CONTACT,
        Column("evidence_grade", Holds.CODE, "How well its effect is known", "evidence_grades"),
        Column("keywords", Holds.TEXT, "Further words", many=True),
        *_JUDGED,
        Column("sources", Holds.ADDRESS, "Addresses of the sources", many=True),
        Column("source_names", Holds.TEXT, "Who published the sources", many=True),
        *_RECORD, *_LATER,
        Column("status_history", Holds.TEXT, "How the status changed: when, as exactly as it is known, and to what",
               many=True),
    )  # fmt: skip


def wide(settings: Settings, taxonomy: Taxonomy) -> Table:
    """initiatives.csv: one line an initiative."""
    columns = wide_columns(settings)

    def rows(record: Published) -> Iterator[Row]:
        found = _of_record(record, settings, taxonomy)
        yield tuple(found[column.name] for column in columns)

    return Table("initiatives", "initiatives.csv", "One line an initiative", columns, ("id",), rows)


def _of_record(record: Published, settings: Settings, taxonomy: Taxonomy) -> dict[str, Any]:
    content = record.initiative
    other = next((code for code in content.wordings if code not in settings.languages), "")
    wording = content.wordings.get(other)
    found: dict[str, Any] = dict(content)
    found |= {
        **_scalars(record, settings),
        "title_other": wording.title if wording else "",
        "summary_other": wording.summary if wording else "",
        "other_language": other,
        "unw_type": "",
        "unw_subtype": "",
        "actors": tuple(actor.name for actor in content.actors),
        "actor_kinds": tuple(dict.fromkeys(actor.kind for actor in content.actors if actor.kind)),
        "actor_levels": tuple(dict.fromkeys(actor.level for actor in content.actors if actor.level)),
        "sources": tuple(source.url for source in record.sources),
        "source_names": tuple(source.source for source in record.sources),
        "subdivision": content.subdivisions,
        "related": content.related,
        "further_reading": tuple(one.url for one in content.further_reading),
        "status_history": tuple(f"{change.on or ''} {change.status}".strip() for change in content.status_history),
    }
    for language in settings.languages:
        spoken = content.wordings.get(language)
        found[f"title_{language}"] = spoken.title if spoken else ""
        found[f"summary_{language}"] = spoken.summary if spoken else ""
    if content.types and content.types[0] in taxonomy.codes("types"):
        primary = taxonomy.term("types", content.types[0])
        if isinstance(primary, Type) and primary.unw:
            found |= {"unw_type": primary.unw.type, "unw_subtype": primary.unw.subtype}
    return found


def _scalars(record: Published, settings: Settings) -> dict[str, Any]:
    """What there is once of each record, in the words of the columns."""
    content = record.initiative
    return {
        "id": record.id,
        "revision": record.revision,
        "url": address_of(record.id, settings),
        "geo_level": content.geo_level,
        "covid_link": content.covid_link,
        **{name: str(value) if (value := getattr(content, name)) else None for name in ("announced", "start", "end")},
        "status": content.status,
        "amount": content.amount,
        "currency": content.currency,
        "recipients": content.recipients,
        "contact_phone": content.contact.phone,
        "contact_url": content.contact.url,
        "contact_hours": content.contact.hours,
        "evidence_grade": content.evidence_grade,
        "why_promising": content.why_promising,
        "challenges": content.challenges,
        "first_public_at": record.first_public_at,
        "changed_at": record.changed_at,
        "verified_at": record.verified_at,
        "sample": record.sample,
        "previous": content.previous,
        "indigenous_relevance": content.indigenous_relevance,
        "confidence": content.confidence.value if content.confidence else None,
    }


def as_csv(records: Iterable[Published], settings: Settings, taxonomy: Taxonomy) -> Iterator[str]:
    """Lines of initiatives.csv for these records."""
    return wide(settings, taxonomy).as_csv(records)


# ------------------------------------------------------------------------------------- tables that refer to each other


_OF = Column("initiative_id", Holds.NUMBER, "Number of the initiative", required=True)
_PLACE = Column("position", Holds.NUMBER, "Place in the list, from 1; the first one counts most", required=True)
_TO_INITIATIVE = Refers(("initiative_id",), "core", ("id",))
_LISTED = ("issues", "types", "bias_grounds", "targets")  # groups of which an initiative may have several codes


def _core(record: Published, settings: Settings, columns: tuple[Column, ...]) -> Iterator[Row]:
    found = _scalars(record, settings)
    yield tuple(found[column.name] for column in columns)


def _wordings(record: Published) -> Iterator[Row]:
    for language, wording in record.initiative.wordings.items():
        yield record.id, language, wording.title, wording.summary, wording.origin.value


def _codes(record: Published) -> Iterator[Row]:
    for group in _LISTED:
        for number, code in enumerate(getattr(record.initiative, group), 1):
            yield record.id, group, code, number


def _keywords(record: Published) -> Iterator[Row]:
    for number, keyword in enumerate(record.initiative.keywords, 1):
        yield record.id, number, keyword


def _places(record: Published) -> Iterator[Row]:
    """A line for each subdivision, else for the country; the locality beside the first of them alone."""
    content = record.initiative
    lines = [
        (country, code)
        for country in content.countries
        for code in [code for code in content.subdivisions if code[:2] == country] or [""]
    ]
    first = next((line for line in lines if line[1]), lines[0] if lines else None)
    for number, (country, code) in enumerate(lines, 1):
        yield record.id, number, country, code, content.locality if (country, code) == first else ""


def _related(record: Published) -> Iterator[Row]:
    for number, other in enumerate(record.initiative.related, 1):
        yield record.id, number, other


def _further_reading(record: Published) -> Iterator[Row]:
    for number, one in enumerate(record.initiative.further_reading, 1):
        yield record.id, number, one.url, one.title


def _actors(record: Published) -> Iterator[Row]:
    for number, actor in enumerate(record.initiative.actors, 1):
        yield record.id, number, actor.name, actor.kind, actor.level, actor.role


def _status_history(record: Published) -> Iterator[Row]:
    for number, change in enumerate(record.initiative.status_history, 1):
        yield record.id, number, change.status, str(change.on) if change.on else None, change.note


def _sources(record: Published) -> Iterator[Row]:
    for number, source in enumerate(record.sources, 1):
        about = source.url, source.title, source.source, source.language, source.published, source.role.value
        yield record.id, number, *about


def normal(settings: Settings) -> tuple[Table, ...]:
    """The tables of the folder tables/: nothing is said twice, and each names its initiative by number."""
    scalar = (
        _ID, *_ABOUT,
        Column("geo_level", Holds.CODE, "How far it reaches", "geo_levels"),
        Column("covid_link", Holds.CODE, "How it is linked to COVID-19", "covid_links"),
        *_DATES, *_MONEY, *_CONTACT,
        Column("evidence_grade", Holds.CODE, "How well its effect is known", "evidence_grades"),
        *_JUDGED, *_RECORD, *(column for column in _LATER if not column.many),
    )  # fmt: skip
    origins = ", ".join(Origin)
    rows = partial(_core, settings=settings, columns=scalar)
    refers = (_TO_INITIATIVE,)
    numbered = ("initiative_id", "position")
    return (
        Table("core", "tables/initiatives.csv", "What there is once of each initiative", scalar, ("id",), rows),
        Table("wordings", "tables/wordings.csv", "Titles and summaries, by language", (
            _OF,
            Column("language", Holds.TEXT, "Language, BCP 47", required=True),
            Column("title", Holds.TEXT, "Title"),
            Column("summary", Holds.TEXT, "Summary"),
            Column("origin", Holds.TEXT, f"Who wrote it: {origins}", required=True),
        ), ("initiative_id", "language"), _wordings, refers),
        Table("codes", "tables/codes.csv", "Codes of which an initiative may have several", (
            _OF,
            Column("group", Holds.TEXT, "Group of the codebook", required=True),
            Column("code", Holds.TEXT, "Code of that group", required=True),
            _PLACE,
        ), ("initiative_id", "group", "code"), _codes,
        (_TO_INITIATIVE, Refers(("group", "code"), "codebook", ("group", "code")))),
        Table("keywords", "tables/keywords.csv", "Further words", (
            _OF, _PLACE, Column("keyword", Holds.TEXT, "Word", required=True),
        ), numbered, _keywords, refers),
        Table("places", "tables/places.csv", "Where; an international initiative has no line", (
            _OF, _PLACE,
            Column("country", Holds.COUNTRY, "Country or territory", required=True),
            Column("subdivision", Holds.TEXT, "Province, state or the like, ISO 3166-2"),
            Column("locality", Holds.TEXT, "City or place"),
        ), numbered, _places, refers),
        Table("related", "tables/related.csv", "Initiatives that have to do with it", (
            _OF, _PLACE, Column("related_id", Holds.NUMBER, "Number of the other one", required=True),
        ), numbered, _related, (*refers, Refers(("related_id",), "core", ("id",)))),
        Table("further_reading", "tables/further_reading.csv", "Something to read on", (
            _OF, _PLACE,
            Column("url", Holds.ADDRESS, "Address", required=True),
            Column("title", Holds.TEXT, "Title"),
        ), numbered, _further_reading, refers),
        Table("actors", "tables/actors.csv", "Who acts", (
            _OF, _PLACE,
            Column("name", Holds.TEXT, "Name", required=True),
            Column("kind", Holds.CODE, "What kind of body it is", "actor_kinds"),
            Column("level", Holds.CODE, "From the city to the world", "actor_levels"),
            Column("role", Holds.CODE, "What it does in the initiative", "actor_roles", required=True),
        ), numbered, _actors, refers),
        Table("status_history", "tables/status_history.csv", "How the status changed", (
            _OF, _PLACE,
            Column("status", Holds.CODE, "Status from then on", "statuses", required=True),
            Column("on", Holds.ROUGH_DATE, "From when on, as exactly as it is known"),
            Column("note", Holds.TEXT, "Note"),
        ), numbered, _status_history, refers),
        Table("sources", "tables/sources.csv", "What stands behind it", (
            _OF, _PLACE,
            Column("url", Holds.ADDRESS, "Address", required=True),
            Column("title", Holds.TEXT, "Title, in the language of the source"),
            Column("source", Holds.TEXT, "Who published it", required=True),
            Column("language", Holds.TEXT, "Language, BCP 47; und where it is not known", required=True),
            Column("published", Holds.TIME, "When, as the source says"),
            Column("role", Holds.CODE, "What it shows of the initiative", "evidence_roles", required=True),
        ), numbered, _sources, refers),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------- the codebook


def codebook(taxonomy: Taxonomy) -> tuple[Table, Iterable[Row]]:
    """codebook.csv and its rows: every code of every group, in three languages."""
    texts = [
        Column(f"{part}_{language}", Holds.TEXT, f"{about} in {language}", required=part == "label")
        for part, about in (("label", "Name"), ("in_scope", "What belongs to it"), ("out_of_scope", "What does not"))
        for language in ("en", "fr", "es")
    ]
    columns = (
        Column("group", Holds.TEXT, "Group of codes", required=True),
        Column("code", Holds.TEXT, "Code, which never changes its meaning", required=True),
        *texts,
    )
    table = Table("codebook", "codebook.csv", "Every code and what it means", columns, ("group", "code"), _no_rows)
    return table, _codebook_rows(taxonomy)


def _codebook_rows(taxonomy: Taxonomy) -> Iterator[Row]:
    for group in GROUPS:
        for term in taxonomy.group(group):
            scopes = (term.in_scope, term.out_of_scope) if isinstance(term, Described) else ()
            texts = [getattr(text, language) for text in (term.label, *scopes) for language in ("en", "fr", "es")]
            yield (group, term.code, *texts, *[""] * (9 - len(texts)))


def crosswalk(taxonomy: Taxonomy) -> tuple[Table, Iterable[Row]]:
    """crosswalk_unw.csv and its rows: our types beside those of the UNDP-UN Women tracker."""
    columns = (
        Column("type", Holds.CODE, "Type of this tracker", "types", required=True),
        Column("label_en", Holds.TEXT, "What it is called in English", required=True),
        Column("unw_type", Holds.TEXT, "Type of the UNDP-UN Women tracker; empty: it has none that matches"),
        Column("unw_subtype", Holds.TEXT, "Subtype of that tracker"),
    )
    kinds = [kind for kind in taxonomy.group("types") if isinstance(kind, Type)]
    rows = [
        (kind.code, kind.label.en, kind.unw.type if kind.unw else "", kind.unw.subtype if kind.unw else "")
        for kind in kinds
    ]
    title = "Types of this tracker beside those of the UNDP-UN Women tracker"
    return Table("crosswalk_unw", "crosswalk_unw.csv", title, columns, ("type",), _no_rows), rows


def _no_rows(_: Published) -> Iterator[Row]:
    return iter(())
