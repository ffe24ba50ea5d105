"""What may be fetched at all? Web addresses whose server stands in the public internet.

The check is made where the connection is made, on the address that is connected to: so it holds for every redirect, for
robots.txt, for decimal and octal spellings and for names that answer differently the second time.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network
TRANSLATED = IPv6Network("64:ff9b::/96")  # IPv4 inside IPv6 (RFC 6052)


class RefusedAddress(OSError):
    """A connection that must not be made. An OSError, so that the client tries the host's other addresses."""


def is_public(address: str, allowed: Iterable[Network] = ()) -> bool:
    """Whether a server at this IP address may be asked: in the public internet, or in a network that is allowed."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        found = _inner(found)
    if any(found in network for network in allowed if network.version == found.version):
        return True
    return found.is_global and not found.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, else itself."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def guarded_sockets(allowed: Iterable[Network] = ()) -> Callable[[Any], socket.socket]:
    """A maker of sockets for aiohttp that refuses to make one for an address that is not public.

    It is called with what is about to be connected, once a connection; nothing is looked up afterwards.
    """
    networks = tuple(allowed)

    def make(info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, address = info
        if not is_public(str(address[0]), networks):
            raise RefusedAddress(
                f"{address[0]} is not in the public internet; allow its network under collect: allow_networks: if it "
                "may be fetched all the same"
            )
        return socket.socket(family, kind, protocol)

    return make
