"""From which network does somebody come? Told apart by a keyed hash, so that the address itself is kept nowhere."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path

from tracker.errors import StoreUnavailable

KEY_FILE = "desk.key"

Network = IPv4Network | IPv6Network


def hidden(address: str, key: bytes) -> str:
    """The network of an address as a hash: an IPv4 address, or the /64 of an IPv6 one. What is none hides as itself."""
    try:
        found = ip_address(address)
    except ValueError:
        network = address
    else:
        if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
            network = str(IPv6Network((found, 64), strict=False))
        else:
            network = str(found.ipv4_mapped or found if isinstance(found, IPv6Address) else found)
    return hmac.new(key, network.encode(), hashlib.sha256).hexdigest()[:32]


def caller(peer: str, forwarded: str, proxies: Iterable[Network]) -> str:
    """Who is calling: the peer, or whom our own proxies say that they speak for.

    `forwarded` is the header X-Forwarded-For. Each proxy writes its caller at the end, so the last address that is no
    proxy of ours is the one; whatever stands before it was written by that caller and says nothing.
    """
    trusted = tuple(proxies)
    for address in (peer, *reversed([part.strip() for part in forwarded.split(",") if part.strip()])):
        try:
            found = ip_address(address)
        except ValueError:
            return peer
        if not any(found in network for network in trusted):
            return address
    return peer


def key_in(folder: Path) -> bytes:
    """The key of this tracker's hashes: made once, readable by its owner alone, and never in the database.

    Raises StoreUnavailable when it can be neither read nor made.
    """
    path = folder / KEY_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(32))
        return path.read_bytes()
    except OSError as problem:
        raise StoreUnavailable(
            f"{path}: {problem.strerror}; set $TRACKER_DATA to a folder of the desk's own"
        ) from problem
