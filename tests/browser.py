"""A real browser for journeys: Debian's Chromium, or any other that is on the machine, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RUN_ENDED = "[data-testid=stApp][data-test-script-state=notRunning]"
PATIENCE_MS = 30_000


def installed() -> str:
    """The browser's program. Skips the test where there is none, loudly; fails it in CI, where there must be one."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if os.environ.get("CI"):
        pytest.fail("no Chromium: .ci/run installs Debian's package 'chromium'")
    pytest.skip("NO BROWSER: the journeys were not run; install the package 'chromium'")


@contextmanager
def launched() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def settled(page: Page) -> None:
    """Waits until Streamlit has run the page to its end."""
    page.wait_for_selector(RUN_ENDED, timeout=PATIENCE_MS)
    page.wait_for_timeout(300)
    page.wait_for_selector(RUN_ENDED, timeout=PATIENCE_MS)
