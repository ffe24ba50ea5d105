"""The page From the public: what was sent, as analysts and as editors see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.desk.shared import Desk
from dashboard.words import words
from tests.dashboard.desk.pages import drawn, page
from tests.makers import NOW
from tracker import submissions, taxonomy
from tracker.letters import SPAM, Letter, LetterKind, Sent, hidden
from tracker.model import Person, Role
from tracker.settings import Settings
from tracker.store import Store, open_box

MAIL = "sender@example.org"
HOSTILE = "<script>alert(1)</script> **bold** [a](javascript:b)"


@pytest.fixture
def desk(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk of an editor."""
    monkeypatch.setattr(Desk, "still_here", lambda self: self.person)  # who is here is asked in test_in_a_browser
    ben = sqlite_store.add_person(Person(email="ben@example.org", name="Ben", role=Role.EDITOR), "no hash", "test")
    return Desk(sqlite_store, taxonomy.load(), Settings(database=sqlite_store.url), ben, words("en"), NOW)


@pytest.fixture
def sent(desk: Desk) -> Callable[..., None]:
    """Sends something in, and has the desk take it out of the box."""

    def send(name: str = "one", signs: tuple[str, ...] = (), **changes: object) -> None:
        content = Sent.model_validate({"title": "Helpline", "what": "It answers by text message.", **changes})
        letter = Letter(
            id=hidden(name),
            kind=LetterKind.SUBMISSION,
            reply_hash=hidden(name),
            at=NOW + timedelta(seconds=len(name)),
            language="fr",
            content={**content.model_dump(mode="json"), "contact": MAIL, "signs": list(signs)},
        )
        box = open_box(desk.store.url)
        box.put(letter)
        box.close()
        submissions.tend(desk.store, desk.settings, NOW)

    return send


def test_an_empty_box_says_so(desk: Desk) -> None:
    assert [one.value for one in page(desk, "from_public").info] == ["None here."]


def test_what_was_sent_is_drawn_as_text(desk: Desk, sent: Callable[..., None]) -> None:
    sent(title=HOSTILE, what=f"{HOSTILE} and some more", who=HOSTILE, place=HOSTILE, link="https://a.example/")

    test = page(desk, "from_public")

    assert "&lt;script&gt;alert(1)&lt;/script&gt; **bold**" in drawn(test)
    assert all("<script" not in element.proto.body for element in test.get("html"))
    assert not test.markdown


def test_an_editor_sees_a_contact_when_asking_for_it_and_an_analyst_never(
    desk: Desk, sent: Callable[..., None]
) -> None:
    sent()
    ana = desk.store.add_person(Person(email="ana@example.org", name="Ana"), "no hash", "test")

    analyst, editor = page(replace(desk, person=ana), "from_public"), page(desk, "from_public")
    assert "An editor can see how to reach the sender." in drawn(analyst)
    assert not [button for button in analyst.button if "show" in (button.key or "")]
    assert not editor.code
    editor.button(key="public-show-1").click().run()

    assert [code.value for code in editor.code] == [MAIL]
    assert desk.store.events("submission")[0].what == "contact read"
    editor.button(key="public-forget-1").click().run()
    assert not desk.store.submissions()[0].has_contact


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_each_sign_of_spam_has_its_words(desk: Desk, sent: Callable[..., None], language: str) -> None:
    sent(signs=tuple(SPAM))
    spoken = replace(desk, words=words(language))

    told = drawn(page(spoken, "from_public"))

    assert spoken.t("Perhaps spam") in told
    assert spoken.t("the hidden field was filled in") in told
    assert spoken.t("the same words were sent before") in told


def test_a_correction_leads_to_its_initiative(desk: Desk, sent: Callable[..., None]) -> None:
    sent(title="", concerns=7)

    test = page(desk, "from_public")

    assert "Correction of initiative 7" in drawn(test)
    assert [button.label for button in test.button if "initiative" in (button.key or "")] == ["Open initiative 7"]
