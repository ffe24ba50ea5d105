"""How does what a source says become plain text?"""

from __future__ import annotations

import html
import re

import nh3

# What no reader sees and some abuse: control characters, lone surrogates (no database takes them), non-characters, and
# the marks that reorder text, which let a title read otherwise than it is written.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
HIDDEN_TAGS = {"script", "style", "noscript", "template", "iframe", "object", "svg", "math", "select", "textarea"}
# Only the opening is looked at: a pattern that sought the closing bracket would be quadratic on hostile text.
BLOCK = re.compile(
    r"<(?=/?(?:address|article|aside|blockquote|br|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|ol|p"
    r"|pre|section|table|td|th|tr|ul)\b)",
    re.IGNORECASE,
)
# Tags that people put into titles; not every bracket is a tag.
TAG = re.compile(r"</?(?:a|b|br|div|em|font|h[1-6]|i|img|p|small|span|strong|sub|sup|u)\b[^<>]{0,300}>", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]\w{1,30});", re.IGNORECASE)
MAX_TITLE = 1000
MAX_TEXT = 200_000


def one_line(text: str, *, markup: bool, limit: int = MAX_TITLE) -> str:
    """A title or a name: no markup, no line breaks, entities resolved twice at most (many are escaped twice)."""
    text = text[: limit * 20]
    if markup:
        text = _without_markup(BLOCK.sub(" <", text))
        if TAG.search(text):  # it was escaped twice
            text = _without_markup(text)
    if ENTITY.search(text):
        text = html.unescape(text)
    return " ".join(UNSEEN.sub("", text).split())[:limit]


def paragraphs(text: str, *, markup: bool, limit: int = MAX_TEXT) -> str:
    """A longer text: without markup, one line a paragraph, no empty lines."""
    text = text[: limit * 5]
    if markup:
        text = _without_markup(BLOCK.sub("\n<", text.replace("\r", "").replace("\n", " ")))
    lines = (" ".join(line.split()) for line in UNSEEN.sub("", text).splitlines())
    return "\n".join(line for line in lines if line)[:limit]


def _without_markup(text: str) -> str:
    if "<" in text:
        text = nh3.clean(text, tags=set(), clean_content_tags=HIDDEN_TAGS)
    return html.unescape(text)


def language_code(code: object) -> str | None:
    """`EN_us` as `en-us`; None for what is no BCP 47 code, or says nothing (`und`)."""
    if not isinstance(code, str):
        return None
    code = code.strip().replace("_", "-").lower()
    return code if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", code) and code != "und" else None
