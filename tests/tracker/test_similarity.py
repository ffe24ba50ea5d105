"""The rules of likeness: the same story in other words is found, two stories in the same words are told apart."""

from __future__ import annotations

import random

import pytest

from tests.makers import entries
from tracker import similarity
from tracker.similarity import Told, alike, marks, shared

SENTENCES = (
    "The province opens a helpline for victims of domestic violence in Manitoba on 4 May 2020.",
    "It answers by text message and by telephone, day and night, in twelve languages.",
    "The measure costs 340 thousand dollars and is paid from the emergency budget of the ministry.",
    "Calls have risen by 41 per cent since the schools were closed, the organisers say.",
    "A person who cannot speak can send a single word and is called back within minutes.",
    "Shelters in Winnipeg, Brandon and Thompson have kept rooms free for women and children.",
    "The minister thanked the volunteers, many of whom work from their kitchens.",
    "An evaluation is planned for 2021, and its results will be made public.",
)
TITLE = "Province opens a helpline by text message"
STORY = Told(TITLE, " ".join(SENTENCES), "ministry")


def retold(title: str = TITLE, source: str = "agency", **replaced: str) -> Told:
    """The story by another source, with these sentences (`s3=…`) replaced; an empty one is left out."""
    sentences = [replaced.get(f"s{number}", sentence) for number, sentence in enumerate(SENTENCES)]
    return Told(title, " ".join(sentence for sentence in sentences if sentence), source)


SAME = {
    "under a new headline": retold("Manitoba helpline for victims goes around the clock"),
    "with one sentence changed": retold(s6="Unions and churches have welcomed what they had asked for since March."),
    "with a new headline and one sentence changed": retold(
        "Text message helpline for victims in Manitoba", s3="The organisers expect many more calls than in the spring."
    ),
    "with one of several numbers corrected": retold(s3=SENTENCES[3].replace("41", "43")),
    "cut after two sentences": Told(TITLE, " ".join(SENTENCES[:2]), "agency"),
    "cut in the middle of a sentence": Told(TITLE, " ".join(SENTENCES)[:190] + " …", "agency"),
    "between an agency's own words": Told(
        TITLE,
        "WINNIPEG, May 4, 2020 (Canadian Newswire) - All times are Eastern. Editors: a photograph goes with this text. "
        + " ".join(SENTENCES)
        + " For more information, write to the desk of the agency. We use cookies to improve your visit.",
        "agency",
    ),
    "in capitals and without accents": Told(TITLE.upper(), " ".join(SENTENCES).upper(), "agency"),
    "with a longer ending": retold(s7=f"{SENTENCES[7]} Three other provinces have asked for the plans."),
}

OTHER = {
    "of another place": retold(
        "Province opens a helpline by text message",
        s0=SENTENCES[0].replace("Manitoba", "Alberta"),
        s5=SENTENCES[5].replace("Winnipeg, Brandon and Thompson", "Calgary, Edmonton and Banff"),
    ),
    "of another place, named once": retold(s0=SENTENCES[0].replace("Manitoba", "Alberta")),
    "with other numbers": retold(
        s2=SENTENCES[2].replace("340", "95"), s3=SENTENCES[3].replace("41", "17"), s1=SENTENCES[1]
    ),
    "that shares only the boilerplate": Told(
        "Judges hear families by video",
        "Hearings on custody are moved to video from Tuesday, and lawyers may file by mail. "
        "The bar association doubts that clients can follow from home. " + " ".join(SENTENCES[5:]),
        "agency",
    ),
}


@pytest.mark.parametrize("how", SAME)
def test_a_story_is_found_and_known_again(how: str) -> None:
    first, second = marks([STORY, SAME[how]])

    assert set(first) & set(second)
    score = alike(STORY, SAME[how])
    assert score is not None
    assert score >= 0.7


@pytest.mark.parametrize("how", OTHER)
def test_another_story_is_told_apart(how: str) -> None:
    assert alike(STORY, OTHER[how]) is None


def test_equal_texts_share_everything() -> None:
    assert alike(STORY, STORY._replace(source_id="agency")) == 1.0


def test_likeness_does_not_depend_on_which_comes_first() -> None:
    for told in [*SAME.values(), *OTHER.values()]:
        assert alike(STORY, told) == alike(told, STORY)


def test_towns_in_one_sentence_of_a_template_are_different_stories() -> None:
    told = [Told(entry.title, entry.text, "ministry") for entry in entries(5)]

    for other in told[1:]:
        assert alike(told[0], other) is None
        assert alike(told[0], other._replace(source_id="agency")) is None


def test_what_stands_under_every_page_of_a_site_is_no_story() -> None:
    footer = " ".join(SENTENCES)

    one = Told("Mayor opens a shelter", footer, "town")
    other = Told("Library lends telephones to the elderly", footer, "town")

    assert alike(one, other) is None


def test_two_days_of_a_series_with_one_description_are_two_stories() -> None:
    description = "Ministers and their officials have over the past days been involved in a number of decisions."

    one = Told("Daily update on the virus (9 July 2020)", description, "executive")
    other = Told("Daily update on the virus (30 June 2020)", description, "press")

    assert alike(one, other) is None


def test_a_replaced_word_tells_stories_apart_where_a_script_has_no_capitals() -> None:
    text = "أعلنت الحكومة في {place} فتح خط هاتفي جديد لضحايا العنف المنزلي طوال أيام الأسبوع " * 6

    assert alike(Told("", text.format(place="تونس"), "a"), Told("", text.format(place="المغرب"), "b")) is None


def test_a_text_under_eight_words_has_no_marks() -> None:
    assert marks([Told("Helpline", "Open day and night."), Told("", "")]) == [[], []]


def test_no_texts_have_no_marks() -> None:
    assert marks([]) == []


def test_marks_are_the_same_alone_and_in_company_and_fit_into_a_signed_number() -> None:
    company = marks([Told("", "too short"), STORY, retold("Another headline for it")])

    assert company[1] == marks([STORY])[0]
    assert all(0 <= value < 2**63 for value in company[1])
    assert 0 < len(company[1]) <= similarity.MOST_MARKS


def test_any_passage_of_twenty_words_is_found_again() -> None:
    rng = random.Random(5)
    words = [f"word{number}" for number in range(200)]
    long = Told("", " ".join(words), "a")
    for _ in range(50):
        start = rng.randrange(180)
        passage = Told("", " ".join(words[start : start + 20]), "b")

        assert set(marks([long])[0]) & set(marks([passage])[0])


def test_what_two_texts_share_is_told_whatever_story_they_tell() -> None:
    assert shared(STORY, OTHER["of another place, named once"]) > 0.9
    assert shared(STORY, OTHER["that shares only the boilerplate"]) < 0.7
    assert shared(STORY, Told("", "")) == 0.0
