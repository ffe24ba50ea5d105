"""How good are the data of a release, in the words of its readers? What was not measured says so."""

from __future__ import annotations

from collections.abc import Iterator

from dashboard.shown import Piece, Reader
from dashboard.words import Words
from tracker.model import Agreed, Quality, Rate, SearchState, Spread

DAYS_FROM = 72  # hours from which a span is told in days
Fact = tuple[str, tuple[Piece, ...]]


def figures(quality: Quality | None, reader: Reader) -> list[Fact]:
    """(what it is, what was found), each of them always there."""
    t = reader.words.t
    by_question = quality.agreement_by if quality else {}
    agreed = quality.agreement if quality else None
    return [
        (t("Do two people agree?"), _told(_agreements(agreed, by_question, reader), reader.words)),
        (t("How many of the initiatives do the suggestions find?"), _told(_found(quality, reader.words), reader.words)),
        (t("Which countries were searched?"), _told(_searched(quality, reader.words), reader.words)),
        (
            t("From the source's date to this site"),
            _told(_passed(quality.from_claim if quality else None, reader.words), reader.words),
        ),
        (
            t("From our first sight of it to this site"),
            _told(_passed(quality.from_sight if quality else None, reader.words), reader.words),
        ),
    ]


def counted(quality: Quality | None, said: Words) -> str:
    """What the figures were counted over; empty without any."""
    if quality is None:
        return ""
    return said.t(
        "Counted from {since} to {until}: {decisions} decisions, {checks} of them random checks.",
        since=said.date(quality.since),
        until=said.date(quality.until),
        decisions=said.number(quality.decisions),
        checks=said.number(quality.random_checks),
    )


def has_shares(quality: Quality | None) -> bool:
    """Whether one of the figures is a share with an interval."""
    return quality is not None and bool(quality.agreement or quality.agreement_by or quality.recall)


def _told(lines: Iterator[str], said: Words) -> tuple[Piece, ...]:
    return tuple(map(Piece, lines)) or (Piece(said.t("not yet measured")),)


def _agreements(agreed: Agreed | None, by_question: dict[str, Agreed], reader: Reader) -> Iterator[str]:
    """Blind second codings, question by question."""
    t = reader.words.t
    every = {"initiative": agreed, **by_question}
    for question, one in every.items():
        if one is None:
            continue
        kappa = (
            ""
            if one.kappa is None
            else t("; beyond chance (kappa): {kappa}", kappa=reader.words.number(round(one.kappa, 2)))
        )
        yield f"{_question(question, reader)}: {_rate(one.raw, reader.words)}{kappa}"


def _question(question: str, reader: Reader) -> str:
    t = reader.words.t
    if question.startswith("issue:"):
        return reader.label("issues", question.removeprefix("issue:"))
    return {"initiative": t("an initiative or not"), "country": t("the countries"), "type": t("the type")}[question]


def _found(quality: Quality | None, said: Words) -> Iterator[str]:
    if quality and quality.recall:
        yield said.t("estimated over random checks: {rate}", rate=_rate(quality.recall, said))


def _searched(quality: Quality | None, said: Words) -> Iterator[str]:
    """Pairs of a country and an issue, over the whole time."""
    if quality and quality.coverage:
        found = {state: said.number(quality.coverage.get(state.value, 0)) for state in SearchState}
        yield said.t(
            "{searched} of {every} pairs of a country and an issue as a whole, {partly} in part, {rest} not at all",
            searched=found[SearchState.SEARCHED],
            every=said.number(sum(quality.coverage.values())),
            partly=found[SearchState.PARTLY],
            rest=found[SearchState.NOT_SEARCHED],
        )


def _passed(spread: Spread | None, said: Words) -> Iterator[str]:
    if spread:
        yield said.t(
            "half within {half}, nine in ten within {most} ({n} initiatives)",
            half=_span(spread.median_hours, said),
            most=_span(spread.ninth_decile_hours, said),
            n=said.number(spread.of),
        )


def _span(hours: float, said: Words) -> str:
    if hours < 1:
        return said.t("less than an hour")
    if hours < DAYS_FROM:
        return said.n("{n} hour", "{n} hours", round(hours))
    return said.n("{n} day", "{n} days", round(hours / 24))


def _rate(rate: Rate, said: Words) -> str:
    share, low, high = (said.number(round(100 * value)) for value in (rate.share, rate.low, rate.high))
    return said.t("{share} % ({low} to {high} %) of {n}", share=share, low=low, high=high, n=said.number(rate.of))
