"""What is kept beside the sources: it says the same, and never another thing."""

from pathlib import Path

import numpy
import pytest

from tracker import taxonomy, yamlfile
from tracker.errors import BadTaxonomy
from tracker.reading import build_profiles, language
from tracker.reading.keywords import FOLDER

KEPT = [taxonomy.SHIPPED, *sorted(FOLDER.glob("*.yaml"))]


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_the_frozen_copy_is_of_the_file_as_it_is(path: Path) -> None:
    """Else: python -m tracker.yamlfile tracker/taxonomy.yaml tracker/reading/words/*.yaml."""
    assert yamlfile.copy_of(path).read_text(encoding="utf-8") == yamlfile.frozen(path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "words.yaml"
    path.write_text("action: [opens]\n", encoding="utf-8")
    yamlfile.copy_of(path).write_text(yamlfile.frozen(path), encoding="utf-8")
    return path


def test_an_edited_file_is_read_anew(file: Path) -> None:
    file.write_text("action: [closes]\n", encoding="utf-8")

    assert yamlfile.read(file, BadTaxonomy).data == {"action": ["closes"]}


@pytest.mark.parametrize("copy", ["", "{", "[]", "{}", "null"])
def test_a_broken_copy_is_no_harm(file: Path, copy: str) -> None:
    yamlfile.copy_of(file).write_text(copy, encoding="utf-8")

    assert yamlfile.read(file, BadTaxonomy).data == {"action": ["opens"]}


def test_a_mistake_in_a_frozen_file_still_has_its_line(file: Path) -> None:
    found = yamlfile.read(file, BadTaxonomy)

    assert found.line(("action", 0)) == 1


def test_the_letter_statistics_are_those_of_langdetect() -> None:
    """Else: python -m tracker.reading.build_profiles."""
    fresh = build_profiles.build()

    with numpy.load(language.BUILT) as kept:
        assert set(kept) == set(fresh)
        for name in ("languages", "groups", "ends", "column"):
            assert numpy.array_equal(kept[name], fresh[name]), name
        # Another processor may round a logarithm the other way.
        assert numpy.allclose(kept["worth"], fresh["worth"], rtol=1e-6)
        # Another Python knows further characters; those of today's languages are the same.
        assert numpy.array_equal(kept["letters"][:0x3000], fresh["letters"][:0x3000])
