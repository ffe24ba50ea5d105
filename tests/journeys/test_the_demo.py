"""The promise of `make demo`: everything there, nothing from outside, nothing left behind."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from tests.journeys.test_the_whole_path import environment
from tests.ports import free_port
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]  # slow: it collects a whole sample web, twice


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        body: bytes = answer.read()
    return body


def test_the_demo_shows_every_page_something_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "demo", "--port", str(port)],
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(tmp_path), "TMPDIR": str(tmp_path)},
        cwd=tmp_path,
    )
    said: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=lambda: said.extend(iter(process.stderr.readline, "")))  # type: ignore[union-attr]
    reader.start()
    try:
        for _ in range(1200):
            if sum(line.startswith(("public", "desk", "scheduler", "sample-web")) for line in said) == 4:
                break
            assert process.poll() is None, "".join(said)
            time.sleep(0.1)
        public = f"http://127.0.0.1:{port}"
        initiatives = json.loads(get(f"{public}/api/initiatives"))
        first = get(f"{public}/site/en/initiative/1.html").decode()
        desk = get(f"http://127.0.0.1:{port + 1}/login").decode()
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(timeout=PATIENCE)
        reader.join()
        process.stderr.close()

    assert status == 0
    assert initiatives["total"] == 38
    assert "Sample data." in first
    assert "Sign in" in desk
    assert re.search(r"collected 20\d items", "".join(said))
    assert "ana@sample.example" in "".join(said)
    assert [path for path in tmp_path.iterdir() if path.name.startswith("tracker-demo")] == []
