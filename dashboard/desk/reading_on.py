"""Is it worth reading on? How far this week's batch is read, with its guarantee; it never closes anything."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from dashboard.desk.shared import Desk
from tracker import quality
from tracker.learning.stopping import Advice
from tracker.quality import Stop

FEW = 20  # decisions; under so many nothing can be said


def line(desk: Desk, where: DeltaGenerator) -> None:
    """One quiet sentence, with what stands behind it in its help; nothing while too few were decided this week."""
    if (stop := quality.stopping(desk.store, desk.now)) is not None and stop.progress.read >= FEW:
        where.markdown(sentence(desk, stop), help=explained(desk), width="content")


def sentence(desk: Desk, stop: Stop) -> str:
    """How far the batch is read, and what may be said of what is left."""
    done = stop.progress
    left = desk.words.number(done.unread)
    if not done.unread:
        return desk.t("This week: everything is read")
    if done.advice is Advice.ENOUGH:
        return desk.t("This week: 95 % found with 95 % confidence; {left} left unread", left=left)
    if done.advice is Advice.PROBABLY_ENOUGH:
        return desk.t("This week: probably over 95 % found; {left} left unread", left=left)
    return desk.t(
        "This week: {found} found in {read} read, {left} left; read on",
        found=desk.words.number(done.found),
        read=desk.words.number(done.read),
        left=left,
    )


def explained(desk: Desk) -> str:
    """The method by its name, and what it does not do."""
    return desk.t(
        "What waited on Monday and what has arrived since, read best first. How many wanted items can still be among "
        "the unread ones is tested as in Callaghan and Müller-Hansen 2020 (Systematic Reviews 9:273); “probably” means "
        "100 unwanted items in a row and that test at one half. Nothing is ever closed by it: whether to stop is for "
        "people to decide."
    )
