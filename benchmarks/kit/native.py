"""Triage as plain Streamlit would have it, to compare with: native buttons, a rerun a press. `triage` runs it.

The page takes `?keys=stable` (the widget stays the same from item to item) or `?keys=item` (each item has its own).
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any


def main(config: Path) -> None:
    import uvicorn

    from dashboard.serve import door, start
    from tracker import settings as settings_of
    from tracker import taxonomy as taxonomy_of
    from tracker.store import open_store

    settings = settings_of.load(config)
    start(open_store(settings.database), settings, taxonomy_of.load())
    application: Any = door(settings, Path(__file__).with_name("native_page.py"), pages={"": "Native"}, desk=True)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        print(f"Native: http://127.0.0.1:{bound.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(application, log_level="error")).run(sockets=[bound])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
