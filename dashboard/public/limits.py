"""How often may somebody send something? Counted by a salted hash of the address, which is forgotten after an hour."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import threading
from collections import Counter
from datetime import datetime, timedelta

from starlette.requests import Request

HOUR = timedelta(hours=1)


class Limit:
    """So many acts an hour from one address, so many in all. Addresses are kept nowhere, not even as they are hashed:
    the salt is thrown away with the counts, so that nobody can tell afterwards who it was.
    """

    def __init__(self, *, from_one: int, in_all: int) -> None:
        self.from_one, self.in_all = from_one, in_all
        self._lock = threading.Lock()
        self._until: datetime | None = None

    def allows(self, address: str, now: datetime) -> bool:
        """Whether one more is allowed, which is then counted. An empty address is counted in all alone."""
        with self._lock:
            if self._until is None or now >= self._until:
                self._until, self._salt = now + HOUR, secrets.token_bytes(32)
                self._counts: Counter[bytes] = Counter()
            who = hashlib.blake2b(address.encode(), key=self._salt, digest_size=16).digest() if address else b""
            if self._counts.total() >= self.in_all or (who and self._counts[who] >= self.from_one):
                return False
            self._counts[who] += 1
            return True


def network_of(request: Request) -> str:
    """Where a request comes from, as far as it is counted: an IPv4 address, or the /64 of an IPv6 one.

    Behind a proxy of our own (an address that is not public), the proxy says it in X-Forwarded-For. Where it does not,
    nobody can be told apart: empty.
    """
    peer = _address(request.client.host if request.client else "")
    if peer is None or not peer.is_global:
        peer = _address(request.headers.get("x-forwarded-for", "").rsplit(",", 1)[-1].strip())
    if peer is None:
        return ""
    return str(ipaddress.ip_network((peer, 64 if peer.version == 6 else 32), strict=False))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
