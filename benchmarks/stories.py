"""Are stories joined, and only those, and at what cost? `python -m benchmarks.stories [NUMBER OF ITEMS, 100000]`.

A labelled web of made-up texts: half of the stories are told in sentences that hundreds of other stories share but for
a place and some numbers, and every tenth item tells an earlier story again, in one of seven ways. The baseline, in the
same run, is equal title and text alone. The cost of a new item must not grow with the number of items.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tracker import intake, stories
from tracker.model import Entry, Kind, Source
from tracker.store import Store, open_store
from tracker.store.items import NOT_READ

NOW = datetime(2020, 5, 4, 12, tzinfo=UTC)
BATCH = 20  # entries of one fetch
SOURCES = [
    Source(id=f"source-{n}", name=f"Source {n}", kind=Kind.FEED, url=f"https://s{n}.example.org/feed")
    for n in range(60)
]

PLACES = [
    f"{first}{last}"
    for first in ("Al", "Bel", "Cor", "Dun", "Est", "Fal", "Gor", "Hal", "Ist", "Jar", "Kol", "Lor", "Mar", "Nor", "Os")
    for last in ("ado", "bury", "casa", "dorf", "eville", "ford", "grad", "ham", "ington", "kirk", "land", "mouth")
]
ACTORS = ["The city council of {p}", "The police of {p}", "A network of shelters in {p}", "The governor of {p}"]
ACTS = [
    "opens a text line for victims of domestic violence",
    "rents {a} hotel rooms for families who flee violence at home",
    "trains the staff of {b} shops to answer a code word for help",
    "launches a form to report incidents of hate on the internet",
    "moves hearings for the support of victims to video",
]
FRAMES = [
    "The measure was announced on {d} April 2020 and applies for as long as the lockdown of {p} lasts.",
    "It is funded with {a} thousand dollars from an emergency budget.",
    "Staff answer every day, day and night, in {c} languages.",
    "Calls rose by {b} per cent in the first three weeks, the organisers in {p} say.",
    "Partners include local associations, the health authority and {c} universities.",
    "People without internet access can reach the service through neighbours and shops.",
    "An evaluation is planned after {c} months, with results made public.",
    "Similar programmes exist in other regions, and the team shares its guide free of charge.",
    "Those in danger are asked to use the emergency number first.",
]
NEWS = [
    "Unions welcomed the decision, which they had asked for since March, and called for more.",
    "The opposition doubts that the money will last until the end of the year.",
    "A spokeswoman said on the telephone that nobody would be turned away.",
]
WORDS = [
    f"{first}{middle}{last}"
    for first in ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru")
    for middle in ("l", "n", "r", "st", "v")
    for last in ("am", "et", "in", "or", "ous", "ing", "ed", "al")
]
ABOUT = "ALDFORD (Example Newswire) - Editors: photographs go with this text and may be used free of charge."
FOOT = "For more information write to the desk. All rights reserved. Subscribe to our newsletter."

Text = tuple[str, list[str]]  # headline, sentences


def a_story(number: int) -> Text:
    """The headline and the sentences of one story: in sentences of a template, or all its own."""
    choice = random.Random(number)
    facts = {
        "p": choice.choice(PLACES),
        "a": choice.randrange(10, 990),
        "b": choice.randrange(5, 96),
        "c": choice.randrange(2, 13),
        "d": choice.randrange(1, 30),
    }
    title = f"{choice.choice(ACTORS)} {choice.choice(ACTS)}".format(**facts)
    if number % 2:
        sentences = [frame.format(**facts) for frame in choice.sample(FRAMES, len(FRAMES))]
    else:
        sentences = [
            f"{' '.join(choice.choices(WORDS, k=12))} {choice.choice(PLACES)} {choice.randrange(999)}.".capitalize()
            for _ in range(9)
        ]
    return title, [f"{title}, case {number}.", *sentences]


def _headline(text: Text, choice: random.Random) -> Text:
    return f"{choice.choice(['COVID-19:', 'Now:', 'Lockdown:'])} {text[0]}", text[1]


def _sentence(text: Text, choice: random.Random) -> Text:
    sentences = list(text[1])
    sentences[choice.randrange(2, len(sentences))] = choice.choice(NEWS)
    return text[0], sentences


def _words(text: Text, choice: random.Random) -> Text:
    """Three words in a hundred are others, but no name and no number."""
    changed = [
        choice.choice(WORDS) if word.islower() and choice.random() < 0.03 else word
        for word in " ".join(text[1]).split()
    ]
    return text[0], [" ".join(changed)]


RETOLD: dict[str, Callable[[Text, random.Random], Text]] = {
    "exact": lambda text, _choice: text,
    "new headline": _headline,
    "one sentence changed": _sentence,
    "both": lambda text, choice: _headline(_sentence(text, choice), choice),
    "cut": lambda text, _choice: (text[0], [" ".join(text[1])[:240] + " …"]),
    "between boilerplate": lambda text, _choice: (text[0], [ABOUT, *text[1], FOOT]),
    "3 % of words changed": _words,
}


def main(number: int) -> None:
    choice = random.Random(1)
    told: Counter[str] = Counter()
    found: Counter[str] = Counter()
    equal: Counter[str] = Counter()
    wrong = 0
    spent: dict[int, float] = defaultdict(float)
    compared_at = [each for each in (number // 10, number // 2, number) if each]
    with tempfile.TemporaryDirectory() as place:
        store = open_store(f"sqlite:///{Path(place) / 'tracker.db'}")
        store.register(SOURCES)
        label: dict[int, tuple[int, str]] = {}  # item: story, how it is told
        stands: list[int] = []  # items that were told first
        for start in range(0, number, BATCH):
            here: list[tuple[int, str]] = []
            source = choice.choice(SOURCES)
            entries = []
            for place_in_batch in range(BATCH):
                serial = start + place_in_batch
                if stands and choice.random() < 0.1:
                    story, how = label[choice.choice(stands)][0], choice.choice(list(RETOLD))
                    title, sentences = RETOLD[how](a_story(story), choice)
                else:
                    story, how = serial, ""
                    title, sentences = a_story(serial)
                here.append((story, how))
                url = f"https://{source.id}.example.org/{serial}"
                entries.append(Entry(url=url, title=title, text=" ".join(sentences)))
            ids = _taken_in(store, source, entries, spent, start)
            for id, known in zip(ids, here, strict=True):
                label[id] = known
                if not known[1]:
                    stands.append(id)
        for id, one in store.standing(label).items():
            story, how = label[id]
            told[how] += 1
            found[how] += bool(how) and label[one.id][0] == story and one.id != id
            wrong += label[one.id][0] != story
            equal[how] += how == "exact"
        size = (Path(place) / "tracker.db").stat().st_size
        store.close()
    again = number - told[""]
    print(f"{number:,} items, {again:,} of them tell an earlier story; database {size / number / 1000:.1f} kB an item")
    for how in RETOLD:
        share, baseline = found[how] / max(told[how], 1), equal[how] / max(told[how], 1)
        print(f"  {how:22} found {share:7.2%} (equal text alone: {baseline:4.0%})")
    print(f"  different stories joined: {wrong}")
    for each in compared_at:
        last = [spent[start] for start in range(max(each - 2000, 0) // BATCH * BATCH, each, BATCH)]
        print(f"  ms an item, at {each:>7,} items: {sum(last) / len(last) / BATCH * 1000:.3f}")


def _taken_in(store: Store, source: Source, entries: list[Entry], spent: dict[int, float], start: int) -> list[int]:
    """The items' numbers; what telling stories costs is noted, what taking in costs anyway is not."""
    items = [intake.item_from(entry, source, NOW, guid=None) for entry in entries]
    originals = store.originals([item.content_hash for item in items])
    new = [
        intake.copied(item, originals[item.content_hash]) if item.content_hash in originals else item for item in items
    ]
    ids = store.add_items(new)
    arrived = store.unread(len(ids))
    began = time.perf_counter()
    found = stories.find(store, arrived)
    with store.writing():
        store.add_marks(found.marks)
        store.stand_behind(found.behind)
    spent[start] += time.perf_counter() - began
    store.add_suggestions([(item, NOT_READ.but(version="none")) for item in arrived], NOW)
    return [ids[item.canonical_url] for item in items]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
