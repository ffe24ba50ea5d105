"""The taxonomy: codes, wordings, and what is said when the file is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tracker import taxonomy
from tracker.errors import BadTaxonomy
from tracker.model import Actor, Initiative, StatusChange

Edit = Callable[[str, str], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of the shipped taxonomy with one text replaced; gives its path."""

    def edit(old: str, new: str) -> Path:
        text = taxonomy.SHIPPED.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "taxonomy.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return edit


def line_of(path: Path, text: str) -> int:
    return path.read_text(encoding="utf-8").split(text, 1)[0].count("\n") + 1


def test_the_shipped_taxonomy_has_the_three_issues_and_all_types() -> None:
    shipped = taxonomy.load()

    assert shipped.codes("issues") == ("domestic_violence", "hate_crime", "victim_services")
    per_family = {"A": 4, "B": 4, "C": 5, "D": 3, "E": 7, "F": 5, "G": 4, "H": 4}
    expected = [f"{family}{number}" for family, many in per_family.items() for number in range(1, many + 1)]
    assert shipped.codes("types") == (*expected, "Z")


def test_no_two_terms_of_a_group_share_a_label() -> None:
    shipped = taxonomy.load()

    for group in taxonomy.GROUPS:
        for language in ("en", "fr", "es"):
            labels = [term.label.get(language) for term in shipped.group(group)]
            assert len(set(labels)) == len(labels), (group, language)


def test_the_taxonomy_is_read_once() -> None:
    assert taxonomy.load() is taxonomy.load()


@pytest.mark.parametrize(
    ("code", "language", "label"),
    [
        ("women", "fr", "Femmes"),
        ("women", "es-MX", "Mujeres"),
        ("women", "de", "Women"),
        ("a_code_of_an_older_version", "fr", "a_code_of_an_older_version"),
    ],
)
def test_a_label_falls_back_to_english_and_then_to_the_code(code: str, language: str, label: str) -> None:
    assert taxonomy.load().label("targets", code, language) == label


def test_an_initiative_with_known_codes_has_nothing_unknown() -> None:
    initiative = Initiative(
        issues=("hate_crime",),
        types=("A4", "G1"),
        bias_grounds=("perceived_asian",),
        targets=("asian_origin",),
        covid_link="created_for",
        geo_level="local",
        evidence_grade="official_primary",
        status="active",
        status_history=(StatusChange(status="announced"),),
        actors=(Actor(name="City (sample)", kind="executive", level="local", role="lead"),),
    )

    assert taxonomy.load().unknown(initiative) == []


def test_each_unknown_code_of_an_initiative_is_named_with_its_field() -> None:
    initiative = Initiative(
        issues=("trafficking",),
        types=("A9",),
        bias_grounds=("height",),
        targets=("cats",),
        covid_link="none",
        geo_level="moon",
        evidence_grade="rumour",
        status="lost",
        status_history=(StatusChange(status="paused"),),
        actors=(Actor(name="City (sample)", kind="guild", level="galactic", role="sponsor"),),
    )

    unknown = taxonomy.load().unknown(initiative)

    assert [field for field, _ in unknown] == [
        *("issues", "types", "bias_grounds", "targets", "covid_link", "geo_level", "evidence_grade"),
        *("status", "status_history", "actors", "actors", "actors"),
    ]
    assert "'trafficking' is none of the issues: domestic_violence, hate_crime, victim_services" in unknown[0][1]


def test_a_fourth_issue_needs_the_file_alone(edited: Edit) -> None:
    path = edited(
        "\n# Headings under which the types are shown.",
        """  - code: trafficking
    label: {en: Human trafficking, fr: Traite des personnes, es: Trata de personas}
    in_scope: {en: a, fr: b, es: c}
    out_of_scope: {en: a, fr: b, es: c}
    examples: [{en: a, fr: b, es: c}, {en: d, fr: e, es: f}]
    words:
      en: {strong: [human trafficking], weak: [exploit*], not: [drug trafficking]}

# Headings under which the types are shown.""",
    )

    extended = taxonomy.load(path)

    assert extended.codes("issues")[-1] == "trafficking"
    assert extended.label("issues", "trafficking", "fr") == "Traite des personnes"
    assert extended.term("issues", "trafficking").words["en"].blanked == ("drug trafficking",)


def test_a_missing_language_is_refused_with_file_line_and_entry(edited: Edit) -> None:
    path = edited("      fr: Femmes\n", "")

    with pytest.raises(BadTaxonomy) as error:
        taxonomy.load(path)

    line = line_of(path, "- code: women\n")
    assert str(error.value).startswith(f"{path}, line {line + 1}, targets / women / label / fr: is missing")
    assert "English, French and Spanish" in str(error.value)


def test_a_code_given_twice_is_refused_with_its_line(edited: Edit) -> None:
    path = edited("- code: children", "- code: women")

    with pytest.raises(BadTaxonomy, match="this code is entry 1 already") as error:
        taxonomy.load(path)

    assert f"line {line_of(path, '- code: women') + 5}, targets / women" in str(error.value)


def test_an_unknown_key_is_refused_and_the_known_ones_are_named(edited: Edit) -> None:
    path = edited("    label:\n      en: Women\n", "    colour: blue\n    label:\n      en: Women\n")

    with pytest.raises(BadTaxonomy, match=r"targets / women / colour: .*Known here: code, label, words") as error:
        taxonomy.load(path)

    assert f"line {line_of(path, 'colour')}," in str(error.value)


def test_a_code_that_the_tracker_relies_on_cannot_be_left_out(edited: Edit) -> None:
    path = edited("- code: planned", "- code: foreseen")

    with pytest.raises(BadTaxonomy, match="the code planned is missing"):
        taxonomy.load(path)


def test_a_type_of_a_family_that_does_not_exist_is_refused(edited: Edit) -> None:
    path = edited("    family: B\n", "    family: Q\n")

    with pytest.raises(BadTaxonomy, match="types / B1 / family: there is no such family"):
        taxonomy.load(path)


def test_several_mistakes_are_told_at_once(edited: Edit) -> None:
    path = edited("      fr: Femmes\n", "")
    path.write_text(
        path.read_text(encoding="utf-8")
        .replace("- code: A2", "- code: a 2", 1)
        .replace("- code: children", "- code: women", 1),
        encoding="utf-8",
    )

    with pytest.raises(BadTaxonomy) as error:
        taxonomy.load(path)

    assert len(str(error.value).splitlines()) == 3


def test_the_country_no_stays_text(edited: Edit) -> None:
    path = edited('version: "2026.1"', "version: NO")

    assert taxonomy.load(path).version == "NO"


def test_the_page_of_codes_is_that_of_the_shipped_taxonomy() -> None:
    """Else: python -m tracker.taxonomy > docs/reference-taxonomy.md."""
    page = Path(__file__).parents[2] / "docs" / "reference-taxonomy.md"

    assert page.read_text(encoding="utf-8") == taxonomy.reference(taxonomy.load())
