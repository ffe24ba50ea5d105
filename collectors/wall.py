"""Is this what was asked for, or something that stands before it: a consent form, a login, a bot check, a script?"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ahocorasick
from lxml.html import HtmlElement

from tracker import yamlfile
from tracker.errors import BadInput
from tracker.text import folded

SMALL = 5000  # characters that a visitor sees; what is larger is a page of its own, whatever else stands on it
SHORT = 600  # characters of text beside the phrases: an article has more
NOTHING = 100  # fewer say nothing
SENTENCES = {
    "challenge": "answers with a check against robots; ask its owner to let this collector in, or look for a feed",
    "script": "needs JavaScript: nothing stands on it without; look for its feed or its sitemap",
    "consent": "answers with a consent form for cookies; look for a feed, or ask its owner",
    "login": "asks for a login; what is behind it is not read",
    "paywall": "is for subscribers; what it shows to others is no article",
}
GATES = frozenset({"consent", "guce", "login", "signin", "accounts", "auth", "sso", "captcha", "validate"})
HIDDEN = frozenset({"script", "style", "template", "svg", "select", "option", "textarea", "head", "aside", "nav"})
ROOTS = "//*[@id='root' or @id='app' or @id='__next' or @id='__nuxt' or self::app-root][not(normalize-space())]"


def wall(tree: HtmlElement, url: str, text: str | None = None) -> str | None:
    """Which kind of wall this page is (a key of SENTENCES); None for a page that says what it should.

    `text` is what was extracted from it (all that a visitor sees, where nothing was): a long one is an article, also
    beside a banner or a notice.
    """
    phrases = _phrases()
    seen, hidden = _visible(tree)
    text = "\n".join(seen) if text is None else text
    left = _left(text)
    if left >= SHORT:
        return None
    said = folded(" ".join([str(tree.xpath("string((//title)[1])")), *seen]))
    if len(said) > SMALL and text:
        return None
    for kind, (sure, _) in phrases.items():
        if any(phrase in said for phrase in sure):
            return kind
    if gate := _gate(url):
        return gate
    if left >= NOTHING:
        return None
    for kind, (sure, often) in phrases.items():
        where = f"{said} {folded(' '.join(hidden))}" if kind == "script" else said
        if any(phrase in where for phrase in (*sure, *often)):
            return kind
    return "script" if tree.xpath(ROOTS) and tree.xpath("//script") else None


def says_enough(text: str) -> bool:
    """Whether a page with this text is an article, whatever else it says."""
    return _left(text) >= SHORT


def _left(text: str) -> int:
    """How many characters there are in lines without any of the phrases; counted no further than matters."""
    finder, left = _finder(), 0
    for line in text.splitlines():
        left += len(line) + 1 if next(finder.iter(folded(line)), None) is None else 0
        if left > SHORT:
            break
    return left


def _visible(tree: HtmlElement) -> tuple[list[str], list[str]]:
    """What a visitor reads, and what only one without scripts reads, in pieces."""
    seen: list[str] = []
    hidden: list[str] = []

    def walk(node: HtmlElement, into: list[str], depth: int) -> None:
        if not isinstance(node.tag, str) or depth > 200:
            return
        if node.tag not in HIDDEN:
            inner = hidden if node.tag == "noscript" else into
            inner.append(node.text or "")
            for child in node:
                walk(child, inner, depth + 1)
                inner.append(child.tail or "")

    walk(tree, seen, 0)
    return seen, hidden


def _gate(url: str) -> str | None:
    """What the address alone tells, after redirects: consent.example.org, /login."""
    parts = urlsplit(url)
    first = parts.path.strip("/").partition("/")[0].lower()
    for word in ((parts.hostname or "").partition(".")[0], first):
        if word in GATES:
            return {"consent": "consent", "guce": "consent", "captcha": "challenge", "validate": "challenge"}.get(
                word, "login"
            )
    return None


@lru_cache(maxsize=1)
def _finder() -> Any:
    """Finds any of the phrases in one pass over a text."""
    automaton = ahocorasick.Automaton()
    for both in _phrases().values():
        for phrase in (phrase for some in both for phrase in some):
            automaton.add_word(phrase, phrase)
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    data: dict[str, Any] = yamlfile.read(Path(__file__).with_name("walls.yaml"), BadInput).data
    return {
        kind: (tuple(map(folded, lists["sure"])), tuple(map(folded, lists["often"]))) for kind, lists in data.items()
    }
