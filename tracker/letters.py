"""What may somebody outside put into the tracker's letter box? Fields, their limits, and what speaks for spam.

Everything here is a function of its arguments: nothing is asked of the network, and no link is ever followed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from tracker.model import Country, Language, Time, Value

LONGEST = {
    "title": 200,
    "what": 4000,
    "country": 2,
    "place": 200,
    "when": 100,
    "link": 1000,
    "who": 300,
    "contact": 254,
}
FIELDS = tuple(LONGEST)
LONGEST_NOTE = 2000
SHORTEST_WHAT = 20  # characters from which somebody can tell what is meant
QUICKEST = timedelta(seconds=4)  # no person fills the form in less
OLDEST = timedelta(hours=4)  # of a form that was opened and is sent at last

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_MARKUP = re.compile(r"<\s*/?\s*(a|script|img|iframe|b|div|p)\b|\[/?(url|link|img)\b", re.IGNORECASE)
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")


class LetterKind(StrEnum):
    SUBMISSION = "submission"
    NOTE = "note"  # of the sender, once, under the reply link
    WITHDRAWAL = "withdrawal"


class ReplyState(StrEnum):
    """Where a submission stands, for its sender."""

    WAITING = "waiting"
    LOOKED_AT = "looked_at"  # somebody of the desk has it in work
    TAKEN = "taken"  # it is part of a public initiative
    NOT_TAKEN = "not_taken"
    WITHDRAWN = "withdrawn"


class Wrong(StrEnum):
    """What can be wrong with a field; the page has a sentence for each."""

    MISSING = "missing"
    SHORT = "short"
    LONG = "long"
    NO_LINK = "no_link"
    NO_COUNTRY = "no_country"
    NO_MAIL = "no_mail"


class Stale(StrEnum):
    """Why a form is not taken, although what is in it may be right."""

    QUICK = "quick"
    OLD = "old"
    FORGED = "forged"


class Sent(Value):
    """What somebody sent: plain text, as they wrote it. The contact travels apart from it."""

    title: str
    what: str  # of a correction: what is wrong, and how they know
    country: Country | None = None
    place: str = ""
    when: str = ""
    link: str = ""
    who: str = ""
    concerns: int | None = None  # the public initiative that is to be corrected


class Letter(Value):
    """One paper in the box. `id` is made of the reply link, so that the same form is never taken twice."""

    id: str
    kind: LetterKind
    reply_hash: str
    at: Time
    language: Language
    content: dict[str, object]


class Checked(NamedTuple):
    sent: Sent | None  # None where something is wrong
    contact: str
    wrong: dict[str, Wrong]  # by field, in the order of the form


def plain(text: str, *, lines: bool = False) -> str:
    """The text without anything that is not to be seen: no control signs, no turned direction; one line or several."""
    clean = _CONTROLS.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))
    if not lines:
        return " ".join(clean.split())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in clean.split("\n"))).strip()


def checked(fields: Mapping[str, str], countries: frozenset[str], concerns: int | None = None) -> Checked:
    """What was sent, or what is wrong with it. A correction needs no title: it has the initiative's number."""
    given = {name: plain(fields.get(name, ""), lines=name == "what") for name in FIELDS}
    wrong: dict[str, Wrong] = {}
    for name, text in given.items():
        if len(text) > LONGEST[name]:
            wrong[name] = Wrong.LONG
        elif name == "title" and not text and concerns is None:
            wrong[name] = Wrong.MISSING
        elif name == "what" and len(text) < SHORTEST_WHAT:
            wrong[name] = Wrong.SHORT if text else Wrong.MISSING
        elif name == "country" and text and text not in countries:
            wrong[name] = Wrong.NO_COUNTRY
        elif name == "link" and text and not is_public_link(text):
            wrong[name] = Wrong.NO_LINK
        elif name == "contact" and text and not _MAIL.fullmatch(text):
            wrong[name] = Wrong.NO_MAIL
    if "country" in wrong:
        wrong["country"] = Wrong.NO_COUNTRY
    contact = given.pop("contact")
    if wrong:
        return Checked(None, contact, wrong)
    country = given.pop("country") or None
    return Checked(Sent(**given, country=country, concerns=concerns), contact, {})


def is_public_link(text: str) -> bool:
    """Whether an address may be shown as a link: http(s), a public host by its look, no password. It is not asked."""
    if re.search(r"[\s<>\"'\\]", text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.username is not None or parts.password is not None:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    last = host.rstrip(".").rsplit(".", 1)[-1]
    local = ("localhost", "local", "internal", "intranet", "lan", "home", "test", "invalid")
    # A last part that begins with a digit is an address in disguise, such as 0x7f.1 or 127.1.
    return "." in host.rstrip(".") and last not in local and not last[:1].isdigit()


SPAM = {  # sign -> how much it weighs; from 0.5 on the desk calls it "perhaps spam". Nothing is deleted for it.
    "trap": 0.6,  # the field that no person sees was filled in
    "markup": 0.4,  # HTML or forum markup
    "links": 0.3,  # three links or more in the texts
    "shouting": 0.2,  # more than half of 40 or more letters are capitals
    "fast": 0.2,  # filled within ten seconds
    "again": 0.3,  # the same words were sent before
}


def spam_signs(sent: Sent, *, trap: str, took: timedelta) -> tuple[str, ...]:
    """What speaks for spam, of the signs that one letter alone can show."""
    text = f"{sent.title}\n{sent.what}\n{sent.who}\n{sent.place}"
    letters = [letter for letter in text if letter.isalpha() and letter.lower() != letter.upper()]
    found = {
        "trap": bool(trap.strip()),
        "markup": bool(_MARKUP.search(text)),
        "links": len(_LINK.findall(text)) >= 3,
        "shouting": len(letters) >= 40 and sum(letter.isupper() for letter in letters) * 2 > len(letters),
        "fast": took < timedelta(seconds=10),
    }
    return tuple(sign for sign, is_there in found.items() if is_there)


def spam_score(signs: tuple[str, ...]) -> float:
    return round(min(1.0, sum(SPAM.get(sign, 0) for sign in signs)), 2)


# ------------------------------------------------------------------------------------------- forms and reply links


class Stamp(NamedTuple):
    """What a form carries that was opened here: when, and a number of its own."""

    at: datetime
    nonce: str


def stamped(key: bytes, now: datetime, nonce: str = "") -> str:
    """A new stamp for a form, signed; it stands for no person and is kept nowhere."""
    text = f"{int(now.timestamp())}.{nonce or secrets.token_urlsafe(16)}"
    return f"{text}.{_signed(key, 'form', text)}"


def read_stamp(key: bytes, given: str, now: datetime) -> Stamp | Stale:
    """The stamp, or why the form is not taken."""
    text, _, mac = given.rpartition(".")
    if not hmac.compare_digest(_signed(key, "form", text).encode(), mac.encode("utf-8", "replace")):
        return Stale.FORGED
    seconds, _, nonce = text.partition(".")
    at = datetime.fromtimestamp(int(seconds), UTC)
    if now - at > OLDEST:
        return Stale.OLD
    if now - at < QUICKEST:
        return Stale.QUICK
    return Stamp(at, nonce)


def reply_secret(key: bytes, stamp: Stamp) -> str:
    """The secret of the reply link: the same form gives the same one, and nobody else can make it."""
    return _signed(key, "reply", f"{int(stamp.at.timestamp())}.{stamp.nonce}")


def hidden(secret: str) -> str:
    """What is kept of a reply link."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _signed(key: bytes, purpose: str, text: str) -> str:
    mac = hmac.digest(key, f"{purpose}\n{text}".encode("utf-8", "replace"), "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")
