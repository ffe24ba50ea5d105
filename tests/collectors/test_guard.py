from __future__ import annotations

import socket
from ipaddress import ip_network

import pytest

from collectors.guard import RefusedAddress, guarded_sockets, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "no address",
        "",
    ],
)
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "193.0.14.129", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


def test_a_network_may_be_allowed_and_nothing_beside_it() -> None:
    allowed = [ip_network("127.0.1.0/24"), ip_network("fc00::/64")]

    assert is_public("127.0.1.7", allowed)
    assert is_public("::ffff:127.0.1.7", allowed)
    assert is_public("fc00::7", allowed)
    assert not is_public("127.0.2.7", allowed)


def test_no_socket_is_made_for_an_address_that_is_not_public() -> None:
    make = guarded_sockets()

    with pytest.raises(RefusedAddress, match=r"169\.254\.169\.254 is not in the public internet"):
        make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("169.254.169.254", 80)))
