"""What the tests of faults share: the small web of the collectors' tests."""

from __future__ import annotations

from tests.collectors.conftest import settings, web

__all__ = ["settings", "web"]
