"""How often may somebody send something? Counted by a salted hash of the network, which is forgotten after an hour."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from datetime import datetime, timedelta
from ipaddress import ip_address

from starlette.requests import Request

from tracker import networks

HOUR = timedelta(hours=1)


class Limit:
    """So many acts an hour from one network, so many in all. Addresses are kept nowhere, not even as they are hashed:
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
                self._counts: Counter[str] = Counter()
            who = networks.hidden(address, self._salt) if address else ""
            if self._counts.total() >= self.in_all or (who and self._counts[who] >= self.from_one):
                return False
            self._counts[who] += 1
            return True


def caller_of(request: Request) -> str:
    """The address that a request comes from. Behind a proxy of our own (whose address is not public), what the proxy
    says in X-Forwarded-For; where it says nothing, nobody can be told apart: empty.
    """
    peer = request.client.host if request.client else ""
    if _is_public(peer):
        return peer
    said = request.headers.get("x-forwarded-for", "").rsplit(",", 1)[-1].strip()
    return said if _is_address(said) else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_public(text: str) -> bool:
    return _is_address(text) and ip_address(text).is_global
