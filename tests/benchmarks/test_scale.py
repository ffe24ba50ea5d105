"""How growth is told from the times that were measured."""

from __future__ import annotations

import pytest

from benchmarks.scale import growth, report


@pytest.mark.parametrize(("last", "power"), [(10.0, 0.0), (100.0, 1.0), (1_000.0, 2.0), (5.0, -0.301)])
def test_growth_is_the_power_of_the_size(last: float, power: float) -> None:
    assert growth({1_000: 1.0, 10_000: 10.0, 100_000: last}, [1_000, 10_000, 100_000]) == pytest.approx(
        power, abs=0.001
    )


def test_what_grows_more_than_it_may_is_named_unless_nobody_notices() -> None:
    told = {
        "decision: exclude": {1_000: 5.0, 10_000: 25.0},
        "public: overview": {1_000: 5.0, 10_000: 50.0},
        "queue: its length": {1_000: 5.0, 10_000: 100.0},
        "public: one initiative": {1_000: 0.1, 10_000: 1.0},
    }

    assert report(told, [1_000, 10_000]) == ["decision: exclude", "queue: its length"]
