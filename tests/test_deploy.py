"""The files to deploy with: each is read by the program that it is for, where that is on this machine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from dashboard.measured import VARIABLE
from tracker.cli import build
from tracker.metrics import SHOWN

DEPLOY = Path(__file__).parents[1] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"


def passes(program: str, *given: str | Path, cwd: Path = DEPLOY) -> None:
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/bin")
    if found is None:
        pytest.skip(f"{program} is not on this machine")
    done = subprocess.run([found, *map(str, given)], capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_caddy_reads_its_file() -> None:
    passes("caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile")


def test_nginx_reads_its_file(tmp_path: Path) -> None:
    passes(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "cert", "-subj", "/CN=x",
        cwd=tmp_path,
    )  # fmt: skip
    text = re.sub(r"/etc/ssl/tracker/\w+\.pem", str(tmp_path / "cert"), (DEPLOY / "nginx.conf").read_text())
    text = re.sub(r"/etc/ssl/tracker/\w+\.key", str(tmp_path / "key"), text)
    (tmp_path / "tracker.conf").write_text(text)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid; events {{}} http {{ include {tmp_path}/tracker.conf; }}")
    passes("nginx", "-t", "-e", tmp_path / "log", "-c", whole)


def test_the_rules_of_prometheus_alert_when_they_should() -> None:
    passes("promtool", "check", "rules", "rules.yaml", cwd=PROMETHEUS)
    passes("promtool", "test", "rules", "rules.test.yaml", cwd=PROMETHEUS)
    passes("promtool", "check", "config", "prometheus.yaml", cwd=PROMETHEUS)


def test_rules_and_dashboard_ask_for_metrics_that_there_are() -> None:
    ours = {f"tracker_{name}" for name in SHOWN} | {"tracker_up", "tracker_sessions"}
    ours |= {f"tracker_http_seconds_{ending}" for ending in ("bucket", "count", "sum")}
    texts = [(PROMETHEUS / name).read_text() for name in ("rules.yaml", "grafana-dashboard.json")]
    asked = {name for text in texts for name in re.findall(r"\btracker_[a-z_]+\b", text)}

    assert asked - ours == set()


def test_every_panel_has_its_place_and_its_question() -> None:
    panels = json.loads((PROMETHEUS / "grafana-dashboard.json").read_text())["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    assert all(target["expr"] for panel in panels for target in panel["targets"])


def test_units_start_commands_that_there_are() -> None:
    commands = set(get_command(build()).commands)  # type: ignore[attr-defined]
    for unit in (DEPLOY / "systemd").glob("*.service"):
        text = unit.read_text()
        for command in re.findall(r"/bin/tracker (\w+)", text):
            assert command in commands, unit.name
        for module in re.findall(r"python -m ([\w.]+)", text):
            assert (DEPLOY.parent / (module.replace(".", "/") + ".py")).exists(), unit.name
        assert "NoNewPrivileges=yes" in text
    assert VARIABLE in (DEPLOY / "systemd" / "tracker-public.service").read_text()
