"""Who may change which source, and what is kept of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.makers import HOUR, NOW, a_source, asked
from tracker import sources
from tracker.conduct import Condition, Conduct
from tracker.errors import BadInput, Conflict, NotAllowed, NotFound
from tracker.model import Expect, Fetch, Keeper, Outcome, Person, Schedule, Watched
from tracker.store import Store
from tracker.taxonomy import Taxonomy

A_FORM: dict[str, Any] = {"name": "Ligue des droits", "url": "https://ligue.example.org/feed", "kind": "feed"}


def only(store: Store) -> Watched:
    [of] = store.watched()
    return of


# -------------------------------------------------------------------------------------------------------- the form


def test_a_source_of_a_form_gets_an_id_made_of_its_name_that_nobody_has(taxonomy: Taxonomy) -> None:
    assert sources.drafted(A_FORM, taxonomy).id == "ligue-des-droits"
    assert sources.drafted(A_FORM, taxonomy, frozenset({"ligue-des-droits"})).id == "ligue-des-droits-2"
    assert sources.drafted({**A_FORM, "name": "شبكة"}, taxonomy).id == "source"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"url": "ligue.example.org"}, "url: 'ligue.example.org' is no web address"),
        ({"url": "https://"}, "url: 'https://' is no web address"),
        ({"url": "https://[broken/"}, "url: "),
        ({"name": ""}, "name: "),
        ({"language": "french"}, "language: 'french' is no BCP 47 language code"),
        ({"country": "ca"}, "country: 'ca' is no ISO 3166-1 alpha-2 code"),
        ({"every": "often"}, "Write a number with m, h or d"),
        ({"issues": ["weather"]}, "issues: there is no issue 'weather'"),
        ({"expect": {"at_least": 5, "at_most": 2}}, "expect: at_least is more than at_most"),
    ],
)
def test_what_is_wrong_in_a_form_is_told_by_field(wrong: dict[str, Any], told: str, taxonomy: Taxonomy) -> None:
    with pytest.raises(BadInput) as raised:
        sources.drafted({**A_FORM, **wrong}, taxonomy)

    assert told in str(raised.value)


# ------------------------------------------------------------------------------------------------- sources of the desk


def test_an_editor_adds_a_source_that_is_due_at_once_and_outlives_the_configuration(store: Store, ben: Person) -> None:
    sources.add(store, a_source(id="ours", expect=Expect(at_least=1)), ben)
    store.register([a_source(id="theirs", url="https://theirs.example.org/feed")])
    store.register([])

    of = only(store)

    assert (of.source.id, of.origin, of.asked, of.source.expect.at_least) == ("ours", Keeper.DESK, True, 1)
    assert [one.source.id for one in store.claim_due(NOW, "round", HOUR, 10)] == ["ours"]
    assert [(event.what, event.who) for event in store.events("source", "ours")] == [("source added", ben.email)]


def test_a_source_is_watched_once(store: Store, ben: Person) -> None:
    sources.add(store, a_source(), ben)

    with pytest.raises(Conflict, match="is watched already: Ministry of Families"):
        sources.add(store, a_source(id="other", url="http://www.families.example.org/news.xml?utm_source=x"), ben)


def test_a_new_address_of_a_source_of_the_desk_starts_afresh_and_another_name_does_not(
    store: Store, ben: Person
) -> None:
    sources.add(store, a_source(), ben)
    asked(store, Fetch(source_id="ministry-en", at=NOW, outcome=Outcome.OK), Schedule(next_at=NOW + HOUR, etag="x"))

    sources.change(store, a_source(name="Ministry of Children"), ben)
    renamed = only(store)
    sources.change(store, a_source(url="https://families.example.org/other.xml"), ben)

    assert (renamed.source.name, renamed.schedule.etag) == ("Ministry of Children", "x")
    assert (only(store).schedule.etag, only(store).schedule.next_at) == (None, None)
    newest, before, *_ = store.events("source", "ministry-en")
    assert newest.after == {"name": "Ministry of Families", "url": "https://families.example.org/other.xml"}
    assert (before.before, before.after) == ({"name": "Ministry of Families"}, {"name": "Ministry of Children"})


def test_an_analyst_changes_no_source(store: Store, ana: Person) -> None:
    store.register([a_source()])

    for act in (
        lambda: sources.add(store, a_source(id="other"), ana),
        lambda: sources.change(store, a_source(), ana),
        lambda: sources.pause(store, "ministry-en", ana),
        lambda: sources.resume(store, "ministry-en", ana),
        lambda: sources.ask_again(store, "ministry-en", ana),
        lambda: sources.use_address(store, "ministry-en", "https://a.example/", ana),
    ):
        with pytest.raises(NotAllowed, match="this takes the role editor"):
            act()


# ----------------------------------------------------------------------------------------- sources of the configuration


def test_what_config_yaml_says_the_desk_does_not_change(store: Store, ben: Person) -> None:
    store.register([a_source()])

    with pytest.raises(Conflict, match=r"this source is written in config\.yaml"):
        sources.change(store, a_source(name="Another"), ben)


def test_a_pause_is_kept_when_the_configuration_is_registered_again(store: Store, ben: Person) -> None:
    store.register([a_source()])

    sources.pause(store, "ministry-en", ben)
    store.register([a_source(name="Ministry, renamed")])

    assert (only(store).paused, only(store).asked, only(store).source.name) == (True, False, "Ministry, renamed")
    assert store.claim_due(NOW, "round", HOUR, 10, all=True) == []
    assert store.next_due() is None
    sources.resume(store, "ministry-en", ben)
    assert [of.source.id for of in store.claim_due(NOW, "round", HOUR, 10)] == ["ministry-en"]


def test_what_config_yaml_switches_off_is_switched_on_there(store: Store, ben: Person) -> None:
    store.register([a_source(enabled=False)])

    with pytest.raises(Conflict, match=r"switched off in config\.yaml"):
        sources.resume(store, "ministry-en", ben)


def test_a_source_that_config_yaml_names_from_now_on_is_its_own(store: Store, ben: Person) -> None:
    sources.add(store, a_source(), ben)
    sources.pause(store, "ministry-en", ben)

    store.register([a_source()])

    assert (only(store).origin, only(store).paused) == (Keeper.CONFIG, True)


def test_an_accepted_address_stays_although_the_configuration_names_the_old_one(store: Store, ben: Person) -> None:
    store.register([a_source()])
    asked(
        store,
        Fetch(source_id="ministry-en", at=NOW, outcome=Outcome.OK),
        Schedule(next_at=NOW + HOUR, etag="old", failures=3),
        Conduct(condition=Condition.FAILING, moving_to="https://new.example.org/feed", moving_seen=1),
    )

    sources.use_address(store, "ministry-en", "https://new.example.org/feed", ben)
    store.register([a_source()])

    of = only(store)
    assert of.source.url == "https://new.example.org/feed"
    assert (of.schedule.etag, of.schedule.next_at, of.schedule.failures) == (None, None, 0)
    assert store.conducts()["ministry-en"] == Conduct()
    assert store.events("source", "ministry-en")[0].who == ben.email


def test_an_address_that_is_none_is_refused(store: Store, ben: Person) -> None:
    store.register([a_source()])

    with pytest.raises(BadInput, match="url: "):
        sources.use_address(store, "ministry-en", "javascript:alert(1)", ben)


def test_a_source_is_asked_again_whether_it_rests_or_waits(store: Store, ben: Person) -> None:
    store.register([a_source()])
    later = Schedule(next_at=NOW + 100 * HOUR)
    asked(store, Fetch(source_id="ministry-en", at=NOW, outcome=Outcome.TIMEOUT), later)

    sources.ask_again(store, "ministry-en", ben)
    waited = only(store).schedule.next_at
    gone = Conduct(condition=Condition.GONE)
    asked(store, Fetch(source_id="ministry-en", at=NOW, outcome=Outcome.HTTP_ERROR), later, gone)
    sources.ask_again(store, "ministry-en", ben)

    assert (waited, only(store).schedule.next_at) == (None, None)
    assert store.conducts()["ministry-en"].condition is Condition.OK
    with pytest.raises(NotFound):
        sources.ask_again(store, "nowhere", ben)
