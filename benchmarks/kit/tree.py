"""What does a command cost: CPU, time and memory of its whole process tree?"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """A command that has ended. CPU is that of the process and of all its children that have ended too."""

    status: int
    cpu: float  # seconds, user and system
    wall: float  # seconds
    memory_mb: float  # the most that the tree held at once
    parts_mb: Mapping[str, float]  # the most of each part of the tree: main, parsers, other
    said: str  # stdout
    complained: str  # stderr


def run(command: Sequence[str], *, folder: Path, env: Mapping[str, str] | None = None) -> Ran:
    """The cost of a command from its start to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=folder, env=env, stdout=out, stderr=err, stdin=subprocess.DEVNULL, start_new_session=True
        )
        peak = Peak(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        peak.stop()
        out.seek(0)
        err.seek(0)
        return Ran(
            status=child.returncode,
            cpu=usage.ru_utime + usage.ru_stime,
            wall=wall,
            memory_mb=peak.most,
            parts_mb=peak.parts,
            said=out.read().decode("utf-8", "replace"),
            complained=err.read().decode("utf-8", "replace"),
        )


class Peak(threading.Thread):
    """The most memory that a process and its children held together, looked at ten times a second, in megabytes."""

    def __init__(self, pid: int | None = None) -> None:
        super().__init__(daemon=True)
        self.most, self.parts = 0.0, dict[str, float]()
        self._pid, self._over = pid or os.getpid(), threading.Event()
        self.start()

    def run(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            now = shares(self._pid)
            self.most = max(self.most, sum(now.values()))
            for part, held in now.items():
                self.parts[part] = max(self.parts.get(part, 0), held)

    def stop(self) -> float:
        """The most of the whole tree."""
        self._over.set()
        self.join()
        return self.most


def members(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it has ended
        return
    for child in children:
        yield from members(child)


def shares(pid: int) -> dict[str, float]:
    """Megabytes of each part of a tree. What several processes share is divided among them, so none counts twice."""
    found: dict[str, float] = {}
    for one in members(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            words = Path(f"/proc/{one}/cmdline").read_bytes()
        except OSError:
            continue
        part = "main" if one == pid else "parsers" if b"collectors.parsing" in words else "other"
        held = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        found[part] = found.get(part, 0) + held * 1024 / 1e6
    return found


def counts(pid: int) -> tuple[int, int]:
    """Open files and threads of a tree."""
    files = threads = 0
    for one in members(pid):
        try:
            files += len(list(Path(f"/proc/{one}/fd").iterdir()))
            threads += len(list(Path(f"/proc/{one}/task").iterdir()))
        except OSError:
            continue
    return files, threads
