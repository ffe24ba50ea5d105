"""A page of the desk as somebody sees it, drawn without a browser."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from dashboard.desk.shared import Desk


def page(desk: Desk, name: str, **query: object) -> AppTest:
    """The page of this module of `dashboard.desk`, as this person sees it at an address with this query."""

    def script(desk, name):  # type: ignore[no-untyped-def]  # its text alone is run: it knows no names of this module
        from importlib import import_module

        import_module(f"dashboard.desk.{name}").show(desk)

    test = AppTest.from_function(script, default_timeout=30, args=(desk, name))
    for parameter, value in query.items():
        test.query_params[parameter] = str(value)
    test.run()
    assert not test.exception
    return test


def drawn(test: AppTest) -> str:
    """What the page says in its own HTML, without the marks."""
    html = "".join(element.proto.body for element in test.get("html"))
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
