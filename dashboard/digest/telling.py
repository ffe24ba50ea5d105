"""What happened in a week, and how is it said? Counts and short texts, from approved records alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from babel.dates import format_interval

from dashboard.digest.week import Week
from dashboard.words import Words
from tracker.model import Published
from tracker.settings import Settings
from tracker.store import PublicStore
from tracker.store.public_changes import ListedChange
from tracker.taxonomy import Taxonomy

SHORT, LONG = 280, 500  # characters that two kinds of networks take
NAMED = 3  # countries that a text names


@dataclass(frozen=True, slots=True)
class Digest:
    """A week in public. What was withdrawn or merged since is not named any more, whatever it was that week."""

    week: Week
    published: tuple[Published, ...]  # the newest first
    changed: tuple[tuple[Published, ListedChange], ...]  # and not published in the same week
    gone: tuple[ListedChange, ...]  # withdrawn or merged
    total: int  # public by the end of the week, and still

    @property
    def by_issue(self) -> dict[str, int]:
        return _counted(code for record in self.published for code in record.initiative.issues)

    @property
    def by_country(self) -> dict[str, int]:
        return _counted(code for record in self.published for code in record.initiative.countries)

    @property
    def sample(self) -> bool:
        return any(record.sample for record in self.published)

    @property
    def empty(self) -> bool:
        return not (self.published or self.changed or self.gone)


def digest_of(store: PublicStore, week: Week) -> Digest:
    with store.reading():  # one view of everything
        lines = store.changes(since=week.begins, until=week.ends, limit=None)
        records = store.several({line.initiative_id for line in lines})
        total = store.count_published_before(week.ends)
    added = {line.initiative_id for line in lines if line.what == "added"}
    changed: dict[int, ListedChange] = {}
    for line in lines:
        if line.what == "changed" and line.initiative_id not in added:
            changed.setdefault(line.initiative_id, line)
    published = [line.initiative_id for line in lines if line.what == "added"]
    return Digest(
        week=week,
        published=tuple(records[id] for id in dict.fromkeys(published) if id in records),
        changed=tuple((records[id], line) for id, line in changed.items() if id in records),
        gone=tuple(
            line for line in lines if line.what in ("withdrawn", "merged") and line.initiative_id not in records
        ),
        total=total,
    )


def span(week: Week, words: Words) -> str:
    """`4–10 May 2020`."""
    return format_interval(week.monday, week.sunday, "yMMMMd", locale=words.locale)


def address(week: Week, settings: Settings, language: str) -> str:
    return f"{settings.site.url.rstrip('/')}/digest/{week}?lang={language}"


def sentences(digest: Digest, words: Words, taxonomy: Taxonomy) -> list[str]:
    """What there is to say, the most important first."""
    t, n = words.t, words.n
    added, changed = len(digest.published), len(digest.changed)
    said = []
    if digest.sample:
        said.append(t("Sample, made up to show how the tracker works."))
    if added:
        said.append(
            n(
                "{n} initiative against violence and hate during COVID-19 was added this week.",
                "{n} initiatives against violence and hate during COVID-19 were added this week.",
                added,
            )
        )
        issues = [f"{taxonomy.label('issues', code, words.language)} {words.number(number)}"
                  for code, number in digest.by_issue.items()]  # fmt: skip
        said.append(t("By issue: {counts}.", counts="; ".join(issues)))
        where = [f"{words.country(code)} {words.number(number)}" for code, number in digest.by_country.items()]
        if where:
            rest = len(where) - NAMED
            more = n(" and {n} further country", " and {n} further countries", rest) if rest > 0 else ""
            said.append(t("Where: {counts}.", counts=f"{'; '.join(where[:NAMED])}{more}"))
    elif changed:
        said.append(t("No initiative was added this week."))
    else:
        said.append(t("Nothing new in the tracker this week."))
    if changed:
        said.append(n("{n} initiative was updated.", "{n} initiatives were updated.", changed))
    said.append(n("{n} initiative in all.", "{n} initiatives in all.", digest.total))
    return said


def fitted(said: Iterable[str], link: str, most: int) -> str:
    """As many of the sentences as fit with the link into so many characters, in their order; the first one always."""
    room = most - len(link) - 1
    text = ""
    for sentence in said:
        longer = f"{text} {sentence}" if text else sentence
        if len(longer) > room:
            if not text:
                text = f"{sentence[: room - 1].rstrip()}…"
            break
        text = longer
    return f"{text} {link}"


def short_text(digest: Digest, words: Words, settings: Settings, taxonomy: Taxonomy, most: int) -> str:
    """Ready to post: no longer than `most` characters with the link to the week's page."""
    link = address(digest.week, settings, words.language)
    return fitted(sentences(digest, words, taxonomy), link, most)


def alternative(digest: Digest, words: Words, taxonomy: Taxonomy) -> str:
    """What the picture shows, for those who do not see it."""
    when = words.t("Week of {span}", span=span(digest.week, words))
    return f"{when}. {' '.join(sentences(digest, words, taxonomy))}"


def _counted(codes: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(codes).items(), key=lambda pair: (-pair[1], pair[0])))
