"""Everything on one machine: migrates, then keeps the services of all rooms running until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import IO

from tracker.errors import Busy

HOST = "127.0.0.1"
FIRST_PORT = 8501
STARTS_WITHIN_SECONDS = 60.0
STOPS_WITHIN_SECONDS = 15.0
HEALTHY_AFTER_SECONDS = 60.0  # a service that ran this long starts again at once
LONGEST_PAUSE_SECONDS = 60.0


@dataclass(frozen=True)
class Service:
    """A program that `tracker up` runs: Python with these arguments.

    `offset` is added to the first port for a service that listens; its arguments may name `{port}`.
    """

    name: str
    args: tuple[str, ...]
    offset: int | None = None
    says: str = ""  # what a person finds at its address
    host: str = HOST

    def port(self, first: int) -> int | None:
        return None if self.offset is None else first + self.offset

    def command(self, first: int) -> list[str]:
        return [sys.executable, *(arg.format(port=self.port(first)) for arg in self.args)]


def installed_services() -> list[Service]:
    """The services that the rooms above the tracker offer, in the order public, desk, scheduler, learning, others."""
    order = {"public": 0, "desk": 1, "scheduler": 2, "learning": 3}
    found = [entry.load() for entry in entry_points(group="tracker.services")]
    return sorted(found, key=lambda service: (order.get(service.name, 4), service.name))


def use_config(config: Path | None) -> None:
    """Lets the services read the same settings: they inherit the environment."""
    if config is not None:
        os.environ["TRACKER_CONFIG"] = str(config.resolve())


def only_one(folder: Path) -> IO[str]:
    """A lock that says that this data folder is in use; the kernel takes it back however the process ends.

    Raises Busy, with the process number, when another one has it. Keep the result until the end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "up.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        number = lock.read().strip() or "unknown"
        lock.close()
        raise Busy(
            f"a tracker runs on {folder} already (process {number}); "
            "stop that one, or set $TRACKER_DATA to another folder"
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def free_ports(services: Sequence[Service], first: int) -> None:
    """Raises Busy naming the port that is taken and what to do."""
    for service in services:
        port = service.port(first)
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((service.host, port))
            except OSError:
                raise Busy(
                    f"port {port}, for the {service.name}, is taken by another program; "
                    f"choose others with --port, such as --port {first + 100}"
                ) from None


@dataclass
class _Running:
    service: Service
    process: subprocess.Popen[bytes]
    started: float
    failures: int = 0
    restart_at: float | None = None
    told: bool = field(default=False)


def run(services: Sequence[Service], first_port: int, logs: Path, say: Callable[[str], None]) -> int:
    """Runs the services until SIGINT or SIGTERM; the exit status.

    Says one line a service when it answers. A service that dies is started again, after a pause that doubles up to a
    minute, and its last words are said. What the services print is in `logs`.
    """
    free_ports(services, first_port)
    logs.mkdir(parents=True, exist_ok=True)
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    running = [_start(service, first_port, logs) for service in services]
    try:
        while not stop.wait(0.1):
            for one in running:
                _look_after(one, first_port, logs, say)
    finally:
        say("stopping")
        _stop([one.process for one in running])
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _start(service: Service, first_port: int, logs: Path) -> _Running:
    with (logs / f"{service.name}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  our own modules, by this interpreter
            service.command(first_port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches us alone; we stop them in order
        )
    return _Running(service, process, time.monotonic())


def _look_after(one: _Running, first_port: int, logs: Path, say: Callable[[str], None]) -> None:
    now = time.monotonic()
    if one.restart_at is not None:
        if now >= one.restart_at:
            again = _start(one.service, first_port, logs)
            one.process, one.started, one.restart_at = again.process, again.started, None
        return
    status = one.process.poll()
    if status is not None:
        one.failures = 1 if now - one.started > HEALTHY_AFTER_SECONDS else one.failures + 1
        pause = min(LONGEST_PAUSE_SECONDS, 2.0 ** (one.failures - 1))
        say(f"{one.service.name} ended with status {status}; starting it again in {pause:.0f} s. Its last words:")
        say(_last_words(logs / f"{one.service.name}.log"))
        one.restart_at, one.told = now + pause, False
        return
    port = one.service.port(first_port)
    if one.told:
        return
    if port is None:
        say(f"{one.service.name:<10} running")
        one.told = True
    elif _answers(one.service.host, port):
        say(f"{one.service.name:<10} http://{one.service.host}:{port}   {one.service.says}")
        one.told = True
    elif now - one.started > STARTS_WITHIN_SECONDS:
        say(f"{one.service.name} does not answer on port {port} yet; see {logs / (one.service.name + '.log')}")
        one.started = now


def _answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((host, port)) == 0


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"    {line}" for line in lines[-5:]) or "    (it said nothing)"


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + STOPS_WITHIN_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
