"""Where a page lists what the code also lists, the two say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from sqlmodel import SQLModel

import tracker.store.rows  # noqa: F401  the tables register themselves
from tests.tracker.test_cli import commands

ROOT = Path(__file__).parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_dependency_has_its_line() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    names = {re.split(r"[\[>=;]", one)[0] for one in wanted}
    listed = set(
        re.findall(r"[\w.-]+", " ".join(re.findall(r"^\| ([^|]+) \|", read("docs/dependencies.md"), re.MULTILINE)))
    )

    assert names - listed == set()


def test_no_lock_names_a_registry_or_lacks_a_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-build.lock"):
        lock = read(name)
        assert "http" not in re.sub(r"\bhttp[\w-]*==|\baiohttp==", "", lock), name
        assert lock.count("==") <= lock.count("--hash=sha256:"), name


def test_every_command_is_in_the_readme() -> None:
    page = read("README.md")
    words = {name.split()[1] for name, _ in commands()}

    assert {word for word in words if f"{word}" not in page} == set()


def test_every_table_is_on_the_page_of_the_architecture() -> None:
    listed = re.search(r"## Tables\n\n`([^`]+)`", read("docs/architecture.md"))
    assert listed is not None

    assert set(re.split(r",\s+", listed[1])) == set(SQLModel.metadata.tables)


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", ["docs/security.md", "docs/operations.md"])
def test_every_test_that_a_page_names_exists(page: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", read(page)))
    written = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert named - written == set()
    assert named
