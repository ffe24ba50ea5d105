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


def sign_in(page: Page, name: str, password: str) -> None:
    """Fills in the desk's form, on which the page stands, for `name@example.org`."""
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    settled(page)


def signed_in(browser: Browser, address: str, name: str, password: str, *, width: int = 1280) -> Page:
    """A page of a browser of its own, at the desk of this address."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{address}/login")
    sign_in(page, name, password)
    return page
