"""Whom can a reader call? Contacts that an editor has checked, and health authorities; nothing that we made up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.shown import Piece, Reader
from dashboard.site.contents import Contents
from dashboard.site.frame import Frame, Page
from dashboard.site.parts import help_types
from dashboard.site.reuse import Shelf
from dashboard.words import Words
from tracker import yamlfile
from tracker.errors import BadSettings
from tracker.model import CheckedContact, Value, WebAddress
from tracker.places import place
from tracker.taxonomy import Wordings

AUTHORITIES = Path(__file__).with_name("authorities.yaml")
SHOWN_AT_ONCE = 60  # contacts on the page of help; where there are more, it leads to the pages of the countries


class Addresses(Value):
    """Where an authority speaks to the public, by language; English where it speaks no other."""

    en: WebAddress
    fr: WebAddress | None = None
    es: WebAddress | None = None


class Authority(Value):
    """A health authority that informs about the disease."""

    where: Wordings
    name: Wordings
    url: Addresses


class Authorities(Value):
    authorities: tuple[Authority, ...]


@dataclass(frozen=True)
class Card:
    """A contact as a reader sees it."""

    name: str
    language: str  # of the name, where it is not the reader's
    where: str
    facts: tuple[tuple[str, Piece], ...]
    checked: str
    source: str
    sample: bool


@dataclass(frozen=True)
class Group:
    """The contacts of one country."""

    code: str
    name: str
    href: str
    count: int
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class AuthorityLine:
    where: str
    name: str
    href: str


def write(frame: Frame, contents: Contents, shelf: Shelf) -> None:
    """The page of help."""
    said, links = frame.said, frame.top.links
    shown = what_helps(frame.top, contents.release.contacts, lambda code: f"{links.country(code)}#help")
    content = frame.draw("parts/help.html", links=links, **shown)
    shelf.write(f"{said.language}/help.html", frame.around(Page("help.html", content, said.t("Help"), "help")))


def what_helps(reader: Reader, contacts: Sequence[CheckedContact], elsewhere: Callable[[str], str]) -> dict[str, Any]:
    """What the page of help shows, here and in the explorer. Many contacts of a country are `elsewhere`."""
    said = reader.words
    by_country: dict[str, list[CheckedContact]] = {}
    for one in contacts:
        by_country.setdefault(one.contact.country or "", []).append(one)
    everywhere = by_country.pop("", [])
    some = len(contacts) <= SHOWN_AT_ONCE
    return {
        "help_types": help_types(reader.taxonomy, reader),
        "everywhere": cards(reader, everywhere),
        "groups": [
            Group(code, name, elsewhere(code), len(by_country[code]),
                  tuple(cards(reader, by_country[code])) if some else ())
            for code, name in said.countries(by_country)
        ],
        "sample": any(one.contact.sample for one in contacts),
        "authorities": authorities(said),
    }  # fmt: skip


def cards(reader: Reader, contacts: Iterable[CheckedContact]) -> list[Card]:
    """Contacts in the language of the reader, in the order given."""
    return [_card(reader, one) for one in contacts]


def authorities(said: Words) -> list[AuthorityLine]:
    """Who informs about the disease, from near to far, as the file beside this module lists them."""
    return [
        AuthorityLine(one.where.get(said.language), one.name.get(said.language),
                      getattr(one.url, said.language) or one.url.en)
        for one in _authorities()
    ]  # fmt: skip


@cache
def _authorities() -> tuple[Authority, ...]:
    return yamlfile.read(AUTHORITIES, BadSettings).checked(Authorities, BadSettings, lambda _: "").authorities


def _card(reader: Reader, one: CheckedContact) -> Card:
    said, t = reader.words, reader.words.t
    contact = one.contact
    spoken, name = contact.name(said.language)
    facts: list[tuple[str, Piece]] = []
    if contact.phone:
        facts.append((t("Phone"), Piece(contact.phone, href=f"tel:{_dialled(contact.phone)}")))
    if contact.text_number:
        facts.append((t("Text message"), Piece(contact.text_number, href=f"sms:{_dialled(contact.text_number)}")))
    if contact.url:
        facts.append((t("Website"), Piece(_bare(contact.url), href=contact.url)))
    if contact.hours:
        facts.append((t("Hours"), Piece(contact.hours)))
    if contact.languages:
        facts.append((t("Languages"), Piece(said.listed(said.tongue(code) for code in contact.languages))))
    for_whom = [reader.label("targets", code) for code in contact.targets]
    about = [reader.label("issues", code) for code in contact.issues]
    if for_whom:
        facts.append((t("For whom"), Piece(", ".join(for_whom))))
    if about:
        facts.append((t("About"), Piece(", ".join(about))))
    return Card(
        name=name,
        language="" if spoken == said.language else spoken,
        where=place(contact.subdivision, said.language) if contact.subdivision else "",
        facts=tuple(facts),
        checked=t("Checked {date}.", date=said.date(one.checked_at)),
        source=contact.source,
        sample=contact.sample,
    )


def _bare(address: str) -> str:
    """An address as people say it."""
    return address.partition("://")[2].removeprefix("www.").rstrip("/")


def _dialled(number: str) -> str:
    """A number as an address has it."""
    return "".join(sign for sign in number if sign in "+0123456789*#").replace("#", "%23")
