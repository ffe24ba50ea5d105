"""The promise to all three people, kept once from end to end: bytes of a feed become a public page.

`tracker up` runs as an operator starts it; the feed comes over real HTTP from a server of the test; two analysts work
in a real browser; the public reads in another one.
"""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import launched, settled, sign_in
from tests.ports import free_port
from tests.waiting import PATIENCE
from tracker import people
from tracker.model import Person, Role
from tracker.store import open_store

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]  # slow: three processes and a browser

PASSWORD = "four quiet brown horses"
FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Ministry of Families</title><link>http://{host}/</link>
<item><title>Province opens helpline by text message for victims of domestic violence</title>
<link>http://{host}/news/helpline?utm_source=feed</link><guid>helpline</guid>
<pubDate>Fri, 17 Apr 2020 12:00:00 GMT</pubDate>
<description>The helpline answers by text message, day and night, in all of Canada.
&lt;script&gt;alert(1)&lt;/script&gt;
It was launched for victims of domestic violence who cannot speak.</description></item>
<item><title>Opinion: the lockdown is too long</title><link>http://{host}/news/opinion</link><guid>opinion</guid>
<description>A column.</description></item>
</channel></rss>
"""


@dataclass
class Running:
    """A tracker that was started as a person starts it."""

    folder: Path
    public: str
    desk: str

    def command(self, *arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "tracker", "--config", str(self.folder / "config.yaml"), *arguments],
            capture_output=True,
            text=True,
            check=True,
            env=environment(self.folder),
        ).stdout


def environment(folder: Path) -> dict[str, str]:
    root = str(Path(__file__).parent.parent.parent)
    return {**os.environ, "TRACKER_DATA": str(folder / "data"), "PYTHONPATH": root}


@pytest.fixture(scope="module")
def feed() -> Iterator[str]:
    """The address of a feed on loopback."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == "/feed.xml"
            body = FEED.format(host=self.headers["Host"]).encode() if known else b"User-agent: *\nAllow: /\n"
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml; charset=utf-8" if known else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/feed.xml"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def running(feed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("tracker")
    port = free_port()
    (folder / "config.yaml").write_text(
        f"contact: test@example.org\n"
        f"site: {{url: 'http://127.0.0.1:{port}'}}\n"
        f"collect: {{allow_networks: [127.0.0.0/8], per_host_delay_seconds: 0.05}}\n"
        f"sources:\n  - {{id: ministry-en, name: Ministry of Families, kind: feed, url: '{feed}', language: en,\n"
        f"     country: CA, issues: [domestic_violence], tier: official, every: 1h}}\n"
    )
    store = open_store(f"sqlite:///{folder / 'data' / 'tracker.db'}")
    for name, role in (("Ana", Role.ANALYST), ("Ben", Role.ANALYST)):
        people.add(store, Person(email=f"{name.lower()}@example.org", name=name, role=role), PASSWORD, "test")
    store.close()
    log = (folder / "up.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "--config", str(folder / "config.yaml"), "up", "--port", str(port)],
        stdout=log,
        stderr=log,
        env=environment(folder),
    )
    try:
        made = Running(folder, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}")
        wait_for(made.public + "/", folder)
        wait_for(made.desk + "/login", folder)
        yield made
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(timeout=PATIENCE)
        log.close()
    assert status == 0


def wait_for(address: str, folder: Path) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"{address} does not answer:\n{(folder / 'up.log').read_text()}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as made:
        yield made


def at_the_desk(browser: Browser, running: Running, name: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 1000}, locale="en-CA").new_page()
    page.goto(f"{running.desk}/")
    sign_in(page, name.lower(), PASSWORD)
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()
    settled(page)


def choose(page: Page, label: str, option: str) -> None:
    """Chooses in a list that takes several."""
    box = page.get_by_label(label, exact=True).first
    box.click()
    box.type(option)
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")


def test_bytes_of_a_feed_become_a_public_page_through_two_people(running: Running, browser: Browser) -> None:
    # the scheduler of `tracker up` has collected the feed by itself
    for _ in range(100):
        if json.loads(running.command("queue", "--json"))["state"].get("waiting") == 2:
            break
        time.sleep(0.2)

    # an analyst opens the most promising item, takes it, and codes it
    ana = at_the_desk(browser, running, "Ana")
    helpline = ana.get_by_role("heading", name="Province opens helpline by text message")
    expect(ana.locator("h2.title")).to_be_visible()
    if not helpline.is_visible():  # one item in ten is drawn by chance
        press(ana, "Skip without deciding")
    expect(helpline).to_be_visible()
    assert "alert(1)" not in ana.content()
    press(ana, "New initiative")
    press(ana, "Code #1")
    ana.get_by_label("Title (French)").fill("Une ligne d'écoute par texto")
    choose(ana, "Types, the primary one first", "A2")
    press(ana, "Save and send")
    expect(ana.get_by_text("You wrote this revision")).to_be_visible()
    assert json.loads(urllib.request.urlopen(f"{running.public}/api/initiatives").read())["total"] == 0

    # another one takes the second look
    ben = at_the_desk(browser, running, "Ben")
    ben.get_by_role("link", name="Initiatives").click()
    settled(ben)
    press(ben, "Look")
    ben.get_by_text("It gives away no shelter's place").click()
    settled(ben)
    ben.get_by_text("The sources say what it says").click()
    settled(ben)
    press(ben, "Approve: make it public")
    expect(ben.get_by_text("Public").first).to_be_visible()

    # the public reads it, in its language, with its source; and the next release holds it
    reader = browser.new_context(locale="fr-CA").new_page()
    reader.goto(f"{running.public}/")
    settled(reader)
    expect(reader.get_by_text("Une ligne d'écoute par texto").first).to_be_visible()
    release = Path(running.command("publish").strip())
    page = (release / "fr" / "initiative" / "1.html").read_text()
    assert "Une ligne d&#39;écoute par texto" in page
    assert "/news/helpline" in page
    assert "alert(1)" not in page


def test_a_second_tracker_on_the_same_folder_is_told_so(running: Running) -> None:
    second = subprocess.run(
        [
            sys.executable,
            "-m",
            "tracker",
            "--config",
            str(running.folder / "config.yaml"),
            "up",
            "--port",
            str(free_port()),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=environment(running.folder),
    )

    assert second.returncode == 1
    assert "a tracker runs on" in second.stderr
