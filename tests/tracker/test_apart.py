"""The rules of work in a process of its own."""

from __future__ import annotations

import os
import time

import pytest

from tracker import apart
from tracker.errors import NotFound, TrackerError


def never() -> bool:
    return False


def number_of_process(added: int) -> tuple[int, int]:
    return os.getpid(), added + 1


def fails() -> None:
    raise NotFound("there is no item 7")


def dies() -> None:
    os._exit(9)


def test_the_answer_comes_from_another_process() -> None:
    answer = apart.run(never, number_of_process, 6)

    assert answer is not None
    assert answer[0] != os.getpid()
    assert answer[1] == 7


def test_what_fails_there_fails_here() -> None:
    with pytest.raises(NotFound, match="there is no item 7"):
        apart.run(never, fails)


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(TrackerError, match="the process for dies ended with status 9"):
        apart.run(never, dies)


def test_work_that_is_no_longer_wanted_is_ended() -> None:
    assert apart.run(lambda: True, time.sleep, 60) is None
