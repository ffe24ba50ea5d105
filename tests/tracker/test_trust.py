"""The rules of trust: what is held out, what teaches, and which model may be put in service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.makers import NOW
from tests.tracker.teaching import OTHER, WANTED, mixed
from tracker import trust
from tracker.learning import kept, ranking
from tracker.learning.features import INITIATIVE, QUEUE, Table, columns
from tracker.learning.tags import Model
from tracker.model import Drawn, Verdict
from tracker.store.teaching import Taught

NAMES = columns(("domestic_violence", "hate_crime"), ("A1", "A2"))


def taught(
    wanted: Sequence[bool],
    *,
    person: int = 1,
    first: int = 0,
    drawn_by: Drawn = Drawn.QUEUE,
    reason: str = "outside_issues",
    types: tuple[str, ...] = (),
) -> list[Taught]:
    return [
        Taught(
            id=first + n,
            item_id=first + n,
            person_id=person,
            at=NOW,
            verdict=Verdict.INCLUDE if so else Verdict.EXCLUDE,
            reason=None if so else reason,
            issues=("domestic_violence",) if so else (),
            types=types if so else (),
            drawn_by=drawn_by,
        )
        for n, so in enumerate(wanted)
    ]


def a_table(wanted: Sequence[bool]) -> tuple[Table, dict[int, int]]:
    """Items that the word lists know a little of, the number of each being its row."""
    table = Table(NAMES)
    lists = np.zeros((len(wanted), len(NAMES)), dtype=np.float32)
    lists[:, :3] = [[0.6, 0.6, 0.6] if so else [0.2, 0.2, 0.2] for so in wanted]
    table.add([(WANTED if so else OTHER).format(n=n) for n, so in enumerate(wanted)], lists)
    return table, {n: n for n in range(len(wanted))}


def fitted(table: Table, rows: dict[int, int], some: Sequence[Taught], version: int = 1) -> Model:
    model = trust.fit(table, rows, some, version)
    assert model is not None
    return model


def test_one_decided_item_in_five_is_held_out_and_always_the_same() -> None:
    held = [id for id in range(10_000) if trust.is_held_out(id)]

    assert 1_850 < len(held) < 2_150
    assert [trust.is_held_out(id) for id in range(1, 8)] == [trust.is_held_out(id) for id in range(1, 8)]


def test_what_is_held_out_teaches_no_model() -> None:
    teach, held_out = trust.split(taught(mixed(400)))

    assert len(teach) + len(held_out) == 400
    assert not any(trust.is_held_out(one.item_id) for one in teach)
    assert all(trust.is_held_out(one.item_id) for one in held_out)


def test_while_too_little_would_be_held_out_everything_teaches() -> None:
    assert trust.split(taught(mixed(60))) == (taught(mixed(60)), [])


def test_random_checks_alone_are_compared_on_where_there_are_enough() -> None:
    audits = taught(mixed(300), first=1_000, drawn_by=Drawn.AUDIT)

    few = trust.split([*taught(mixed(300)), *audits[:50]]).held_out
    enough = trust.split([*taught(mixed(300)), *audits]).held_out

    assert {one.drawn_by for one in few} == {Drawn.QUEUE, Drawn.AUDIT}
    assert {one.drawn_by for one in enough} == {Drawn.AUDIT}


@pytest.mark.parametrize(
    ("reason", "initiative", "issue"),
    [("outside_issues", [False], [False]), ("problem_only", [False], []), ("duplicate", [], [])],
)
def test_an_exclusion_teaches_what_its_reason_says(reason: str, initiative: list[bool], issue: list[bool]) -> None:
    told = trust.answers(taught([False], reason=reason), NAMES)

    assert told[INITIATIVE][1] == told[QUEUE][1] == initiative
    assert told["issue:domestic_violence"][1] == issue


def test_types_are_learnt_from_initiatives_that_are_coded() -> None:
    told = trust.answers([*taught([True]), *taught([True], types=("A2",))], NAMES)

    assert told["type:A2"] == ([1], [True])
    assert told["type:A1"] == ([1], [False])


def test_too_few_decisions_make_no_model() -> None:
    table, rows = a_table(mixed(60))

    assert trust.fit(table, rows, taught(mixed(6)), 1) is None
    assert trust.fit(table, rows, [], 1) is None


def test_the_order_of_a_model_is_that_of_the_ranking_and_is_kept() -> None:
    wanted = mixed(60)
    table, rows = a_table(wanted)
    model = fitted(table, rows, taught(wanted[:30]))

    again = kept.from_bytes(kept.to_bytes(model))
    places = again.say(table)[QUEUE]

    np.testing.assert_array_equal(places, model.say(table)[QUEUE])
    np.testing.assert_allclose(places, ranking.scores(table, range(30), wanted[:30]), atol=0.002)
    np.testing.assert_allclose(trust.only(again, QUEUE).say(table)[QUEUE], places, atol=1e-6)
    assert again.digest == trust.digest(taught(wanted[:30]))
    assert again.digest != trust.digest(taught(wanted[:29]))


def test_fitted_in_a_process_of_its_own_a_model_says_the_same() -> None:
    wanted = mixed(60)
    table, rows = a_table(wanted)

    apart = trust.fit_apart(table, rows, taught(wanted[:30]), 3)

    assert apart is not None
    here = fitted(table, rows, taught(wanted[:30]), 3)
    assert (apart.version, apart.tags, apart.digest) == (here.version, here.tags, here.digest)
    np.testing.assert_allclose(apart.say(table)[QUEUE], here.say(table)[QUEUE], atol=0.002)


def test_fitting_that_is_no_longer_wanted_makes_no_model() -> None:
    table, rows = a_table(mixed(60))

    assert trust.fit_apart(table, rows, taught(mixed(60)), 1, lambda: True) is None


def test_a_tag_that_the_word_lists_find_better_is_left_to_them() -> None:
    wanted = mixed(60)
    table, rows = a_table(wanted)
    model = fitted(table, rows, taught(wanted[:30]))
    own = {INITIATIVE: {"f1": 0.8, "positive": 9}, "issue:domestic_violence": {"f1": 0.7, "positive": 9}}
    lists = {INITIATIVE: {"f1": 0.8}, "issue:domestic_violence": {"f1": 0.71}}

    assert model.tags == (QUEUE, INITIATIVE, "issue:domestic_violence")
    left = trust.proven(model, own, lists)
    assert left.learnt == (True, True, False)
    np.testing.assert_array_equal(left.say(table)["issue:domestic_violence"], table.say("issue:domestic_violence"))
    assert trust.proven(model, {}, {}) == model


def test_a_rare_tag_is_the_word_lists_while_little_of_it_could_be_measured() -> None:
    wanted = mixed(60)
    table, rows = a_table(wanted)
    own = {INITIATIVE: {"f1": 1.0, "positive": 4}}

    rare = trust.proven(fitted(table, rows, taught(wanted[:30])), own, {INITIATIVE: {"f1": 0.2}})

    assert rare.learnt == (True, False, False)


def test_a_tag_that_was_left_to_the_word_lists_is_no_change_for_the_worse() -> None:
    wanted = mixed(600)
    table, rows = a_table(wanted)
    teach, held_out = trust.split(taught(wanted))
    old, new = fitted(table, rows, teach, 7), fitted(table, rows, teach, 8)

    assert trust.judge(table, rows, held_out, replace(new, learnt=(True, False, False)), old, {}).good


def test_a_model_that_is_no_worse_may_serve() -> None:
    wanted = mixed(600)
    table, rows = a_table(wanted)
    teach, held_out = trust.split(taught(wanted))

    verdict = trust.judge(table, rows, held_out, fitted(table, rows, teach), None, {})

    assert verdict.good
    assert verdict.why.startswith(f"no worse than the word lists on {len(held_out)} held-out decisions (log loss ")


def test_a_worse_model_is_refused_with_the_reason() -> None:
    wanted = mixed(600)
    table, rows = a_table(wanted)
    teach, held_out = trust.split(taught(wanted))
    good = fitted(table, rows, teach, 7)
    wrong = fitted(table, rows, taught([not so for so in wanted[:200]]), 8)

    verdict = trust.judge(table, rows, held_out, wrong, good, {})

    assert not verdict.good
    assert verdict.why.startswith("worse than model 7 on ")


@pytest.mark.parametrize("flipped", [300, 600])
def test_an_account_that_flips_its_labels_does_not_get_its_model_in_service_unseen(flipped: int) -> None:
    wanted = mixed(300 + flipped)
    table, rows = a_table(wanted)
    honest = taught(wanted[:300], person=1)
    hostile = taught([not so for so in wanted[300:]], person=2, first=300)
    good = fitted(table, rows, trust.split(honest).teach, 7)
    teach, held_out = trust.split([*honest, *hostile])
    poisoned = fitted(table, rows, teach, 8)

    verdict = trust.judge(table, rows, held_out, poisoned, good, {1: "Ana", 2: "Eve"})

    assert not verdict.good
    assert "worse than model 7" in verdict.why
    assert trust.judge(table, rows, held_out, replace(good, version="8"), good, {}).good


def test_a_model_that_pleases_only_the_account_that_taught_it_is_refused_by_name() -> None:
    wanted = mixed(1_000)
    table, rows = a_table(wanted)
    honest = taught(wanted[:200], person=1)
    hostile = taught([not so for so in wanted[200:]], person=2, first=200)
    good = fitted(table, rows, trust.split(honest).teach, 7)
    turned = fitted(table, rows, trust.split(hostile).teach, 8)

    verdict = trust.judge(table, rows, trust.split([*honest, *hostile]).held_out, turned, good, {2: "Eve"})

    assert not verdict.good
    assert "on what everybody but Eve decided" in verdict.why


def test_scores_are_told_for_each_tag_that_was_decided() -> None:
    wanted = mixed(600)
    table, rows = a_table(wanted)
    teach, held_out = trust.split(taught(wanted))

    scores = trust.scores(table, rows, held_out, fitted(table, rows, teach))

    assert set(scores) == {QUEUE, INITIATIVE, "issue:domestic_violence", "issue:hate_crime"}
    assert scores[INITIATIVE]["n"] == len(held_out)
    assert scores[INITIATIVE]["f1"] > 0.95
    assert scores["issue:hate_crime"]["recall"] is None
