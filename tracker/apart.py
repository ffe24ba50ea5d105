"""How is work that takes much memory done in a process of its own, which gives the memory back?"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from tracker.errors import TrackerError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

P = ParamSpec("P")
T = TypeVar("T")
_LOOK_SECONDS, _ENDS_SECONDS = 0.2, 1.0


def run(until: Callable[[], bool], function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """What the function gives, called in a new process; None where `until()` ended it before.

    Its arguments and its value travel, so they should be small. What it raises is raised here; TrackerError when the
    process ends without an answer, as one does that the system kills for want of memory.
    """
    # A new interpreter and no fork: a library that has threads does not survive being copied.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(theirs, function, args, kwargs), daemon=True)
    process.start()
    theirs.close()
    try:
        while not ours.poll(_LOOK_SECONDS):
            if until():
                process.terminate()
                return None
        done, value = ours.recv()
    except EOFError:
        process.join()
        name = getattr(function, "__name__", "work")
        raise TrackerError(f"the process for {name} ended with status {process.exitcode}; is memory short?") from None
    finally:
        if process.is_alive():
            process.join(_ENDS_SECONDS)  # it has answered and is about to go
            process.terminate()  # or somebody interrupts us
        process.join()
        ours.close()
    if not done:
        raise value
    found: T = value
    return found


def _answer(to: Connection, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; whoever waits for the answer ends us
    try:
        answer = (True, function(*args, **kwargs))
    except Exception as problem:  # noqa: BLE001  it is raised where somebody waits for it
        answer = (False, problem)
    to.send(answer)
    to.close()
