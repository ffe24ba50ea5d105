"""How long does a test wait for another thread or process? Long: that a machine is busy is no fault of the tracker."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 90.0  # seconds


def until(true: Callable[[], object]) -> None:
    """Waits for it to be true; fails after `PATIENCE`."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
