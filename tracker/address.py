"""When are two links the same page?

`canonical()` answers with an address for comparing. The address that is shown and fetched stays the one that the source
gave: a canonical address need not answer at all (https is assumed, www. is gone).
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes, urlsplit

import idna

from tracker.errors import BadItem

# Prefixes are from the lists of the big senders: Google and Meta ads, Matomo, HubSpot, Mailchimp, AT Internet, Adobe.
TRACKING_PREFIXES = (
    "utm_",
    "utm-",
    "mtm_",
    "pk_",
    "piwik_",
    "matomo_",
    "hsa_",
    "_hs",
    "at_",
    "mc_",
    "oly_",
    "vero_",
    "wt.",
)
TRACKING = frozenset((
    "__twitter_impression", "_ga", "_gac", "_gl", "_openstat", "cmp", "cmpid", "dclid", "ef_id", "epik", "fbclid",
    "ftag", "gbraid", "gclid", "gclsrc", "guccounter", "guce_referrer", "guce_referrer_sig", "igsh", "igshid",
    "itm_campaign", "itm_medium", "itm_source", "jsessionid", "mibextid", "mkt_tok", "msclkid", "ncid", "ns_campaign",
    "ns_mchannel", "ns_source", "ocid", "phpsessid", "rb_clickid", "ref_src", "s_cid", "s_kwcid", "spref", "srsltid",
    "trkcampaign", "ttclid", "twclid", "wbraid", "wickedid", "xtor", "yclid", "zanpid",
))  # fmt: skip
# Parameters that carry a page's content elsewhere, so that only these values mark a link as counted.
SENDERS = {"source": ("rss", "feed"), "src": ("rss", "feed"), "ref": ("rss", "feed"), "from": ("rss", "feed")}
AMP_QUERY = frozenset({"amp", "outputtype", "output"})
HOST_PREFIX = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.[^.]+)")
AMP_PATH = re.compile(r"(?:/amp(?:\.html)?|\.amp(?:\.html)?)/*$|/+$", re.IGNORECASE)
AMP_CACHE = re.compile(
    r"^(?:https?://)(?:(?:www\.)?google\.[a-z.]+/amp/|[^/]+\.cdn\.ampproject\.org/[cvr]/)(s/)?(?=[^/]+\.)", re.I
)
# No port, no query, nothing to escape, no dots to resolve, no cache of somebody else.
PLAIN = re.compile(
    r"https?://(?!(?:www\.)?google\.)([a-z0-9-]+(?:\.[a-z0-9-]+)*(?<!ampproject)\.[a-z]+)((?:/[\w~-][\w.~-]*)*/?)", re.A
)
PORTS = {"http": 80, "https": 443}
KEPT = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
PATH_SIGNS = frozenset("!$&'()*+,;=:@/")
QUERY_SIGNS = frozenset("!$'()*+,;:@/?=")


def canonical(url: str) -> str:
    """The address under which two links to one page are equal; it settles after one pass.

    Scheme folded to https (a default port goes with it), host in lower case and IDNA without `www.`, `m.`, `mobile.`,
    `amp.`, no credentials, no fragment (but `#!…`, which is a page), no tracking parameters, no AMP marks, no slash at
    the end, the query sorted. Other ports stay, so that two servers on one host stay two.

    Raises BadItem for what is no http(s) address.
    """
    if plain := PLAIN.fullmatch(url):  # most are; the same without the questions that they do not raise
        host, path = plain.groups()
        while (shorter := AMP_PATH.sub("", path)) != path:
            path = shorter
        if not path.lower().startswith("/amp/"):
            return f"https://{_host(host, url)}{path}"
    text = re.sub(r"[\x00-\x20\x7f]+", lambda found: "" if found[0].strip(" ") else "%20", url.strip())
    while cached := AMP_CACHE.match(text):
        text = f"http{'s' if cached[1] else ''}://{text[cached.end() :]}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadItem(f"{url[:200]!r} is no web address: {error}") from error
    if parts.scheme not in PORTS or not host:
        raise BadItem(f"{url[:200]!r} is no web address: it must begin with http:// or https://")
    netloc = _host(host, url)
    if port is not None and port not in (PORTS[parts.scheme], 443):
        netloc += f":{port}"
    path = _dots_resolved(
        _escaped(re.sub(r";(?:jsessionid|phpsessid)=[^/?#]*", "", parts.path, flags=re.I), PATH_SIGNS)
    )
    while (shorter := AMP_PATH.sub("", path)) != path:
        path = shorter
    while path.lower().startswith("/amp/"):
        path = path[4:]
    query = "&".join(sorted(_query(parts.query)))
    fragment = f"#{_escaped(parts.fragment, PATH_SIGNS)}" if parts.fragment.startswith("!") else ""
    return f"https://{netloc}{path}{'?' if query else ''}{query}{fragment}"


@lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    """The host that answers at an address, in small letters; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # such as brackets that do not close
        return ""


def _host(host: str, url: str) -> str:
    if ":" in host:
        try:
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError as error:
            raise BadItem(f"{url[:200]!r} is no web address: {error}") from error
    host = host.rstrip(".").lower()
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii").rstrip(".")
        except idna.IDNAError as error:
            raise BadItem(f"{url[:200]!r} is no web address: {error}") from error
    if not re.fullmatch(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", host):
        raise BadItem(f"{url[:200]!r} is no web address: {host!r} is no host name")
    while (shorter := HOST_PREFIX.sub("", host)) != host:
        host = shorter
    return host


def _escaped(text: str, signs: frozenset[str]) -> str:
    """Each character written one way: plain where it may be, else percent-encoded UTF-8 in capitals."""
    out = []
    for piece in re.split(r"(%[0-9A-Fa-f]{2})", text):
        if re.fullmatch(r"%[0-9A-Fa-f]{2}", piece):
            plain = unquote_to_bytes(piece).decode("latin-1")
            out.append(plain if plain in KEPT else piece.upper())
        elif all(character in KEPT or character in signs for character in piece):
            out.append(piece)
        else:
            out += [
                character
                if character in KEPT or character in signs
                else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
                for character in piece
            ]
    return "".join(out)


def _dots_resolved(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept)


def _query(query: str) -> list[str]:
    found = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        name = _escaped(name, QUERY_SIGNS).lower()
        value = value.lower()
        if not pair or name in TRACKING or name.startswith(TRACKING_PREFIXES):
            continue
        if name in SENDERS and value.startswith(SENDERS[name]):
            continue
        if name in AMP_QUERY and (value in ("amp", "1", "true") or (name == "amp" and not value)):
            continue
        found.append(_escaped(pair, QUERY_SIGNS))
    return found
