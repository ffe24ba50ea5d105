"""The rules of `tracker up`: one per folder, clear about ports, and what dies is started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.waiting import until
from tracker import up
from tracker.errors import Busy


def test_a_port_that_is_taken_is_named_with_a_way_out() -> None:
    service = up.Service("public", ("-c", "pass"), offset=0)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(Busy, match=rf"port {port}, for the public, is taken.*--port {port + 100}"):
            up.free_ports([service], port)


def test_a_second_tracker_on_the_same_folder_is_told_of_the_first(tmp_path: Path) -> None:
    lock = up.only_one(tmp_path)

    with pytest.raises(Busy, match=rf"process {os.getpid()}"):
        up.only_one(tmp_path)
    lock.close()

    up.only_one(tmp_path).close()


def test_the_lock_of_a_killed_tracker_is_free_again(tmp_path: Path) -> None:
    holds = (
        "from pathlib import Path; from tracker import up; "
        "lock = up.only_one(Path({!r})); print('held', flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holds.format(str(tmp_path))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    process.kill()
    process.communicate()

    up.only_one(tmp_path).close()


def test_services_are_told_when_they_answer_restarted_when_they_die_and_stopped_at_the_end(tmp_path: Path) -> None:
    dies_once = textwrap.dedent("""
        import http.server, pathlib, sys
        if not pathlib.Path(sys.argv[2]).exists():
            pathlib.Path(sys.argv[2]).write_text("died")
            sys.exit("the roof is on fire")
        http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
    """)
    script = tmp_path / "service.py"
    script.write_text(dies_once)
    service = up.Service("pages", (str(script), "{port}", str(tmp_path / "died")), offset=0, says="pages")
    port, said = free_port(), list[str]()

    def stop() -> None:
        until(lambda: any(line.startswith("pages") and str(port) in line for line in said))
        os.kill(os.getpid(), signal.SIGTERM)

    stopper = threading.Thread(target=stop)
    stopper.start()
    status = up.run([service], port, tmp_path / "log", said.append)
    stopper.join()

    assert status == 0
    assert said[0].startswith("pages ended with status 1")
    assert "the roof is on fire" in said[1]
    assert said[2] == f"pages      http://127.0.0.1:{port}   pages"
    up.free_ports([service], port)  # nothing is left on the port


def test_every_room_offers_its_services() -> None:
    assert [service.name for service in up.installed_services()] == ["public", "desk", "scheduler", "learning"]
