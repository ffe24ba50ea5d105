"""A PostgreSQL server of our own in a temporary folder, which can be stopped and started again."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.ports import free_port


class Server:
    """It runs once it is made, on loopback; with `network` (as pg_hba.conf has it) also for that one."""

    def __init__(self, folder: Path, *, settings: str = "", network: str | None = None) -> None:
        binaries = installed()
        if binaries is None:
            raise FileNotFoundError("PostgreSQL's server binaries are not on this machine (package 'postgresql')")
        self._bin, self._data, self.port = binaries, folder / "data", free_port()
        folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
        if network is not None:
            with (self._data / "pg_hba.conf").open("a") as file:
                file.write(f"host all all {network} trust\n")
        listens = "127.0.0.1" if network is None else "*"
        self._options = f"-p {self.port} -k {folder} -c listen_addresses={listens} {settings}"
        self.start()

    def url(self, database: str = "postgres", host: str = "127.0.0.1") -> str:
        return f"postgresql+psycopg://postgres@{host}:{self.port}/{database}"

    def start(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-o", self._options, "-l", self._data.parent / "log", "-w", "start")

    def stop(self, how: str = "fast") -> None:
        """`how`: fast, or immediate, which is a crash."""
        self._run("pg_ctl", "-D", self._data, "-m", how, "-w", "stop")

    def cpu_seconds(self) -> float:
        """The processor time of all that it has running."""
        parent = (self._data / "postmaster.pid").read_text().split("\n", 1)[0]
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in children) / 1e9

    def _run(self, name: str, *given: str | Path) -> None:
        # PostgreSQL refuses to run as root: there it runs as its own user.
        prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*prefix, str(self._bin / name), *map(str, given)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


def installed() -> Path | None:
    """The folder of the server's binaries; None where they are not on this machine."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)
