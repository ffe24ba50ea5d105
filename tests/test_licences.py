"""All that is installed to run the tracker is under a licence that we have looked at, at the version of the lock.

What asks something of those who pass it on (MPL, LGPL), or does not say its licence so that it can be read, stands in
the table "What asks for more" of docs/dependencies.md, with what it means for us.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FREE = {
    *("0bsd", "apache", "apache-2.0", "bsd", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "cnri-python", "isc", "mit"),
    *("mit-0", "mit-cmu", "psf", "psf-2.0", "public-domain", "unlicense", "zlib", "zpl-2.1"),
}
"""Licences that ask for their notice to be kept, and nothing more."""

CALLED = {
    "3-clause bsd license": "bsd-3-clause",
    "apache 2.0": "apache-2.0",
    "apache license 2.0": "apache-2.0",
    "apache license, version 2.0": "apache-2.0",
    "apache software license": "apache",
    "bsd license": "bsd",
    "isc license (iscl)": "isc",
    "mit license": "mit",
    "mozilla public license 2.0 (mpl 2.0)": "mpl-2.0",
    "psfl": "psf",
    "python software foundation license": "psf",
}
"""What packages without an SPDX expression write."""

PIN = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins() -> dict[str, set[str]]:
    """The versions of each package of the lock: more than one where it depends on the Python."""
    found: dict[str, set[str]] = {}
    for name, version in PIN.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")):
        found.setdefault(name, set()).add(version)
    return found


def looked_at() -> set[str]:
    """The packages under "What asks for more"."""
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    table = page.partition("## What asks for more")[2].partition("\n## ")[0]
    rows = table.partition("|---|")[2]
    return set(re.findall(r"[\w.-]+", " ".join(re.findall(r"^\| ([a-z][^|]+) \|", rows, re.MULTILINE))))


def licence_of(name: str) -> str:
    """What a package says of itself: its SPDX expression, else its classifiers, else its own words; "" for nothing."""
    about = metadata.metadata(name)
    expression, classifiers, words = (
        about.get_all(key) or [] for key in ("License-Expression", "Classifier", "License")
    )
    said = [line.rsplit(" :: ", 1)[-1] for line in classifiers if line.startswith("License ::")]
    return "".join(expression) or " AND ".join(said) or "".join(words).partition("\n")[0]


def is_free(licence: str) -> bool:
    """Whether one of the alternatives, with all its parts, asks for nothing but its notice."""
    parts = [one.split(" and ") for one in licence.casefold().split(" or ")]
    return any(all(CALLED.get(part.strip(), part.strip()) in FREE for part in one) for one in parts)


@pytest.mark.parametrize("licence", ["MIT", "Apache-2.0 AND MIT", "GPL-3.0-only OR MIT", "Apache Software License"])
def test_what_asks_for_its_notice_alone_is_free(licence: str) -> None:
    assert is_free(licence)


@pytest.mark.parametrize(
    "licence", ["", "GPL-3.0-only", "MIT AND LGPL-3.0-only", "MPL-2.0", "AGPLv3", "ask the author"]
)
def test_what_asks_for_more_or_is_not_known_is_not_free(licence: str) -> None:
    assert not is_free(licence)


def test_every_installed_package_is_free_or_was_looked_at() -> None:
    installed = {one.metadata["Name"].lower().replace("_", "-").replace(".", "-") for one in metadata.distributions()}
    asking = {name: licence_of(name) for name in pins().keys() & installed if not is_free(licence_of(name))}

    assert {name: licence for name, licence in asking.items() if name not in looked_at()} == {}


def test_what_was_looked_at_is_still_there() -> None:
    assert looked_at() - pins().keys() == set()


def test_what_is_installed_is_what_the_lock_pins() -> None:
    differing = {}
    for name, versions in pins().items():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # of another Python or platform
        if version not in versions:
            differing[name] = version

    assert differing == {}
