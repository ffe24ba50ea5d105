"""The rules of a dashboard process: it says when it is ready, what is wrong, and ends when it is told to."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import websockets

from dashboard import cli
from dashboard.serve import listen, streamlit_options
from tests.dashboard.conftest import PublicSite, ready, serving, stop
from tracker.errors import Busy
from tracker.settings import Settings, Site
from tracker.store import open_store


def test_a_port_that_is_taken_is_told_with_what_to_do() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        with pytest.raises(Busy, match=r"port \d+ on 127.0.0.1 is taken by another process.*--port"):
            listen("127.0.0.1", other.getsockname()[1])


def test_an_address_that_is_not_of_this_machine_is_told() -> None:
    with pytest.raises(Busy, match=r"192\.0\.2\.1 cannot be listened on"):
        listen("192.0.2.1", 0)


def test_without_a_database_the_process_ends_with_a_sentence(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"database: sqlite:///{tmp_path}/none.db\n", encoding="utf-8")

    process = serving("public", config)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "there is no database yet" in said
    assert "Traceback" not in said


def test_streamlit_sends_nothing_elsewhere_and_watches_nothing() -> None:
    options = streamlit_options(Settings(site=Site(url="https://tracker.example.org", hosts=("mirror.example.org",))))

    assert options["browser.gatherUsageStats"] is False
    assert options["server.fileWatcherType"] == "none"
    assert options["server.enableAgentApi"] is False
    assert options["runner.postScriptGC"] is False
    assert options["client.showErrorDetails"] == "none"
    allowed = options["server.allowedHosts"]
    assert isinstance(allowed, list)
    assert {"127.0.0.1", "localhost", "tracker.example.org", "mirror.example.org"} <= set(allowed)
    assert "*" not in allowed


def test_every_option_is_one_that_this_streamlit_knows() -> None:
    from streamlit import config

    known = set(config.get_config_options())

    assert set(streamlit_options(Settings())) <= known


def test_the_process_says_where_it_answers_and_ends_when_told(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"database: sqlite:///{tmp_path}/tracker.db\ndata: {tmp_path}\n", encoding="utf-8")
    open_store(f"sqlite:///{tmp_path}/tracker.db").close()

    process = serving("public", config)
    address = ready(process)
    with urllib.request.urlopen(f"{address}/_stcore/health") as answer:
        healthy = answer.read()
    status, said = stop(process)

    assert (healthy, status, said) == (b"ok", 0, "")


def test_the_answers_do_not_tell_what_serves_them(public_site: PublicSite) -> None:
    with urllib.request.urlopen(public_site.address) as answer:
        headers = {name.lower(): value for name, value in answer.headers.items()}

    assert "server" not in headers
    assert headers["referrer-policy"] == "no-referrer"
    assert "'sha256-" in headers["content-security-policy"]
    assert "strict-transport-security" in headers


@pytest.mark.parametrize(
    ("host", "origin", "let_in"),
    [
        ("127.0.0.1", "http://127.0.0.1", True),
        ("tracker.example.org", "https://tracker.example.org", True),
        ("evil.example.com", "http://evil.example.com", False),  # a foreign name that points to this machine
        ("127.0.0.1", "http://evil.example.com", False),
    ],
)
def test_only_our_own_names_may_open_the_socket(public_site: PublicSite, host: str, origin: str, let_in: bool) -> None:
    async def connects() -> bool:
        try:
            async with websockets.connect(
                f"ws://{host}/_stcore/stream",
                host="127.0.0.1",
                port=urlsplit(public_site.address).port,
                origin=websockets.Origin(origin),
                subprotocols=[websockets.Subprotocol("streamlit")],
            ):
                return True
        except websockets.InvalidStatus:
            return False

    assert asyncio.run(connects()) is let_in


def test_what_streamlit_would_answer_everywhere_is_not_found(public_site: PublicSite) -> None:
    for path in ("/nothing", "/_stcore/agent/openapi.json", "/login", "/oauth2callback"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{public_site.address}{path}")
        assert refused.value.code == 404, path
        refused.value.close()


def test_the_command_line_offers_both_doors_as_services_and_loads_nothing_heavy() -> None:
    assert (cli.PUBLIC.offset, cli.DESK.offset) == (0, 1)
    assert cli.PUBLIC.command(8600)[1:] == ["-m", "dashboard.serve", "public", "--port", "8600"]
    loads = "import sys, dashboard.cli; print({'streamlit', 'pandas', 'uvicorn', 'jinja2'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"
