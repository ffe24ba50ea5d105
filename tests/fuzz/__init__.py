"""Whatever stands in a file, an answer or a message: it is read, or refused with a named error. Nothing else comes out.

    TRACKER_TEST_FUZZ=5000 python -m pytest tests/fuzz --timeout 3600

tries that many examples of each law, new ones each time; without the variable, a few, always the same. A crash that
was found becomes an `@example` of its law.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("TRACKER_TEST_FUZZ", "60"))

fuzzed = settings(
    max_examples=EXAMPLES,
    derandomize="TRACKER_TEST_FUZZ" not in os.environ,  # a run of all tests says the same twice
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
"""What JSON can say, and numbers that it cannot."""


def pieces(*parts: str) -> st.SearchStrategy[str]:
    """Texts that look like the format: these parts in any order, again and again, with anything between them."""
    return st.lists(st.sampled_from(parts) | st.text(max_size=6), max_size=25).map("".join)
