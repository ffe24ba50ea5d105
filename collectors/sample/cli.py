"""The commands that show the tracker on samples: `tracker demo`, `tracker samples`."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tracker.here import here, say


def add_to(app: typer.Typer) -> None:
    app.command("demo")(demo)
    app.command("samples")(samples)


def demo(
    port: Annotated[
        int, typer.Option(help="Port of the public pages; the desk takes the next one, the sample web the one after.")
    ] = 8501,
    folder: Annotated[
        Path | None, typer.Option(help="Keep the demo in this folder, and go on with it next time.")
    ] = None,
) -> None:
    """Runs everything over a sample web on this machine, with sample analysts and a published first release.

    Nothing is fetched from outside. Without --folder, all of it is gone when it ends.
    Example: tracker demo --port 8601
    """
    from collectors.sample import demo as of_samples
    from tracker import settings as settings_of
    from tracker import taxonomy as taxonomy_of
    from tracker import up
    from tracker.store import open_store

    web = up.Service(
        "sample-web", ("-m", "collectors.sample.web", "--port", "{port}"), offset=2, host="127.0.1.1", says="sample web"
    )
    web_port = port + 2
    services = [*up.installed_services(), web]
    up.free_ports(services, port)
    place = (folder or Path(tempfile.mkdtemp(prefix="tracker-demo-"))).resolve()
    try:
        lock = up.only_one(place)
        fresh = not (place / "password.txt").exists()
        config = of_samples.write_config(place, f"http://{up.HOST}:{port}", web_port)
        settings = settings_of.load(config, {})
        store = open_store(settings.database)
        store.register(settings.sources, sample=True)
        if fresh:
            say(f"preparing the demo in {place} (some ten seconds)")
            password = of_samples.fill(store, settings, taxonomy_of.load(settings.taxonomy), web_port, say)
            (place / "password.txt").write_text(password, encoding="utf-8")
        store.close()
        password = (place / "password.txt").read_text(encoding="utf-8")
        say("Everything here is a sample: invented people, places and measures.")
        say("Sign in to the desk as ana@sample.example (analyst), ben@sample.example (editor)")
        say(f"or chloe@sample.example (admin), each with the password {password}")
        # The services of the demo must never touch the folder of a real tracker that the environment names.
        for override in ("TRACKER_DATA", "TRACKER_DATABASE_URL"):
            os.environ.pop(override, None)
        up.use_config(config)
        status = up.run(services, port, place / "log", say)
        lock.close()
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)
    raise typer.Exit(status)


def samples(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Port of the sample web, for the moment of loading.")] = 8503,
) -> None:
    """Loads the sample web once into this tracker's queue, to practise on. Every item is marked as a sample.

    Example: tracker samples
    """
    from collectors.sample import demo as of_samples

    place = here(context)
    number = of_samples.load_samples(place.store(), place.settings, port)
    print(f"{number} sample items are waiting at the desk")
