"""Keywords: how terms are matched, and what is said when a list is wrong."""

from pathlib import Path

import pytest

from tracker import reading, taxonomy
from tracker.errors import BadTaxonomy
from tracker.reading.folding import fold
from tracker.reading.keywords import FOLDER, Hit, Keywords, Points, read_words


def keywords(*strong: str, weak: tuple[str, ...] = (), blanked: tuple[str, ...] = ()) -> Keywords:
    points = Points.model_validate({"strong": strong, "weak": weak, "not": blanked})
    return Keywords([("issues/hate_crime", points)])


def hits(lists: Keywords, text: str) -> list[Hit]:
    return lists.hits(fold(text)).get("issues/hate_crime", [])


@pytest.mark.parametrize(
    ("term", "text", "written"),
    [
        ("hate crime*", "Hate crimes rise", "Hate crimes"),
        ("hate crime*", "a hate-crime unit", "hate-crime"),
        ("violence a l'egard des femmes", "Violence à l’égard des femmes", "Violence à l’égard des femmes"),
        ("crime* haineux", "des crimes haineux", "crimes haineux"),
        ("crime* haineux", "un crime haineux.", "crime haineux"),
        ("24/7", "open 24/7 now", "24/7"),
        ("العنف الاسري", "ضد العنف الأسري", "العنف الأسري"),
        ("العنف الاسري", "والعنف الأسري", "العنف الأسري"),
    ],
)
def test_a_term_is_found_as_it_stands_in_the_text(term: str, text: str, written: str) -> None:
    folded = fold(text)

    (hit,) = hits(keywords(term), text)

    assert folded.written(hit.start, hit.end) == written


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("race", "traces of grace"),
        ("app", "an application"),
        ("rape", "drape"),
        ("crime* haineux", "crime organisé haineux"),
        ("hate crime", "hate crimes"),
    ],
)
def test_a_term_begins_and_ends_at_the_border_of_a_word(term: str, text: str) -> None:
    assert hits(keywords(term), text) == []


def test_a_term_counts_once_however_often_it_stands_there() -> None:
    found = hits(keywords("racism"), "Racism, racism and again racism")

    assert [hit.points for hit in found] == [3]


def test_a_term_inside_a_longer_one_does_not_count_again() -> None:
    lists = keywords("violences sexistes", "violences sexistes et sexuelles", weak=("violence*",))

    found = hits(lists, "Contre les violences sexistes et sexuelles")

    assert [hit.term for hit in found] == ["violences sexistes et sexuelles"]


def test_what_stands_in_a_not_phrase_is_passed_over_there_alone() -> None:
    lists = keywords(weak=("prejudice*",), blanked=("without prejudice",))

    assert hits(lists, "without prejudice to the law") == []
    assert [hit.term for hit in hits(lists, "without prejudice, and yet prejudices grow")] == ["prejudice*"]


def test_a_term_that_is_weak_in_one_language_and_strong_in_another_is_strong() -> None:
    weak, strong = Points(weak=("stigma",)), Points(strong=("stigma",))

    for order in ((weak, strong), (strong, weak)):
        lists = Keywords([("issues/hate_crime", points) for points in order])
        assert [hit.points for hit in hits(lists, "stigma")] == [3]


def test_the_shipped_lists_speak_of_codes_that_the_taxonomy_has() -> None:
    shipped = taxonomy.load()

    for language, words in read_words().items():
        assert set(words.issues) <= set(shipped.codes("issues")), language
        assert set(words.types) <= set(shipped.codes("types")), language


def test_every_issue_has_words_in_every_shipped_language_and_every_type_in_the_public_ones() -> None:
    words = read_words()

    for language, of_language in words.items():
        assert set(of_language.issues) == set(taxonomy.load().codes("issues")), language
        assert of_language.action, language
        assert of_language.problem, language
        assert of_language.covid, language
    for language in ("en", "fr", "es"):
        assert set(words[language].types) == set(taxonomy.load().codes("types")), language


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_a_word_of_one_language_does_not_raise_the_other_ones_tone(language: str) -> None:
    """`publi*` (fr) once made every English `public` a word of action."""
    tones = {
        tone: Keywords([(tone, Points(strong=getattr(words, tone))) for words in read_words().values()])
        for tone in ("action", "problem")
    }
    neutral = {
        "en": "the public according to firms and a critical but active financial court at virtual capacity",
        "fr": "une urgence et une destination financière avec la capacité en Europe",
        "es": "la investigación fundamental que demanda Europa y creemos posterior en abril",
    }

    for tone, lists in tones.items():
        assert lists.hits(fold(neutral[language])).get(tone, []) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en.yaml").write_text("issues:\n  hate_crime:\n    strong: [racism]\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("issues:\n  hate_crime:\n    strong: [racism, '* here']\n", "line 3, issues / hate_crime / strong / entry 2"),
        ("issues:\n  hate_crime:\n    stron: [racism]\n", "line 3, issues / hate_crime / stron: .*strong, weak, not"),
        ("issues:\n  hate_crime:\n    strong: [Racism]\n    weak: [racism]\n", "line 4.*stands under strong already"),
        (
            "actions: [opens]\n",
            "line 1, actions: .*Known here: issues, types, bias_grounds, targets, actor_kinds, action, problem, covid",
        ),
        ("action: [a]\naction: [b]\n", "line 2: not well-formed YAML"),
        ("- action\n", "should be a list of `name: value` lines"),
    ],
)
def test_a_list_that_is_wrong_is_refused_with_file_line_and_remedy(folder: Path, text: str, complaint: str) -> None:
    (folder / "fr.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(BadTaxonomy, match=complaint) as error:
        read_words(folder)

    assert str(folder / "fr.yaml") in str(error.value)


def test_mistakes_in_two_files_are_told_at_once(folder: Path) -> None:
    (folder / "es.yaml").write_text("accion: [abre]\n", encoding="utf-8")
    (folder / "fr.yaml").write_text("actions: [ouvre]\n", encoding="utf-8")

    with pytest.raises(BadTaxonomy) as error:
        read_words(folder)

    assert "es.yaml" in str(error.value)
    assert "fr.yaml" in str(error.value)


def test_the_shipped_lists_lie_beside_the_code() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} >= {"en", "fr", "es", "de", "pt", "it", "ar"}


@pytest.mark.parametrize(
    ("text", "group", "code"),
    [
        ("Anti-Asian racism rises", "grounds", "perceived_asian"),
        ("Le racisme anti-asiatique", "grounds", "perceived_asian"),
        ("Odio contra los asiáticos", "grounds", "perceived_asian"),
        ("La xénophobie progresse", "grounds", "racist_xenophobic"),
        ("Antisemitismo en aumento", "grounds", "antisemitic"),
        ("Homofobia y transfobia", "grounds", "sexual_orientation_gender_identity"),
        ("A helpline for older people", "targets", "older_people"),
        ("Des femmes autochtones", "targets", "indigenous"),
        ("Mujeres con discapacidad", "targets", "disabled_people"),
        ("Trabajadoras del hogar", "targets", "domestic_workers"),
        ("Programs for perpetrators of violence", "targets", "perpetrators"),
        ("The police train officers", "actor_kinds", "police"),
        ("Le ministère annonce", "actor_kinds", "executive"),
        ("Las Naciones Unidas piden", "actor_kinds", "intergovernmental"),
        ("Une ONG locale", "actor_kinds", "ngo"),
        ("La fiscalía investiga", "actor_kinds", "judiciary"),
    ],
)
def test_words_tell_grounds_targets_and_actors(text: str, group: str, code: str) -> None:
    found = {one.code: one for one in getattr(reading.read(text, ""), group)}

    assert found[code].score >= 0.5
    assert found[code].terms


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("UN Women calls for action", "targets"),
        ("A non-governmental group of friends", "actor_kinds"),
        ("Roma Fiumicino", "grounds"),
        ("The weather is fine", "grounds"),
    ],
)
def test_what_only_looks_like_a_ground_a_target_or_an_actor_is_none(text: str, group: str) -> None:
    codes = [one.code for one in getattr(reading.read(text, ""), group) if one.score >= 0.5]

    assert codes in ([], ["intergovernmental"], ["ngo"])


@pytest.mark.parametrize("group", ["bias_grounds", "targets", "actor_kinds"])
def test_words_point_only_to_codes_of_the_taxonomy(group: str) -> None:
    known = set(taxonomy.load().codes(group))

    for language, words in read_words().items():
        assert set(getattr(words, group)) <= known, language
