"""The rules of telling networks apart without keeping their addresses."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from tracker.errors import StoreUnavailable
from tracker.networks import caller, hidden, key_in

PROXIES = (ip_network("10.0.0.1/32"), ip_network("10.0.0.2/32"))


def test_a_network_is_known_again_and_its_address_cannot_be_read() -> None:
    found = hidden("192.0.2.7", b"key")

    assert found == hidden("192.0.2.7", b"key")
    assert found != hidden("192.0.2.8", b"key")
    assert found != hidden("192.0.2.7", b"another key")
    assert "192" not in hidden("192.0.2.7", b"k")[:3]


def test_addresses_of_one_ipv6_network_are_one_and_a_mapped_address_is_its_ipv4() -> None:
    assert hidden("2001:db8::1", b"key") == hidden("2001:db8::ffff:2", b"key")
    assert hidden("2001:db8::1", b"key") != hidden("2001:db8:0:1::1", b"key")
    assert hidden("::ffff:192.0.2.7", b"key") == hidden("192.0.2.7", b"key")


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),  # whoever is no proxy of ours may say what they like
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),  # the first one is made up
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(peer: str, forwarded: str, found: str) -> None:
    assert caller(peer, forwarded, PROXIES) == found


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    key = key_in(tmp_path / "data")

    assert key_in(tmp_path / "data") == key
    assert len(key) == 32
    assert (tmp_path / "data" / "desk.key").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_hold_the_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")

    with pytest.raises(StoreUnavailable, match=r"data/desk\.key: .*TRACKER_DATA"):
        key_in(tmp_path / "data")
